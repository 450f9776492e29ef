"""Workbooks as people keep them: what is read of each, and what is said of it."""

import datetime as dt
import re
import zipfile

import pytest

from lnlib.errors import RegisterError
from lnlib.intake import examine, open_register
from lnlib.intake import workbook as spreadsheet
from lnlib.intake.workbook import read_sheets

HEADER = ["NGO", "Government partner", "Province", "Stage", "rated_by"]
ROW = ["River Watch", "OWSO Battambang", "Battambang", "coalition", "state"]


def message(path, severity, **kwargs):
    _, checked = examine(path, **kwargs)
    return [str(problem) for problem in checked.problems if problem.severity == severity]


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_a_sheet_per_table_is_read_as_its_tables(book):
    path = book(
        {
            "Actors": [["actor", "name", "kind"], ["A1", "River Watch", "ngo"], ["S1", "One Window", "owso"]],
            "Partnerships": [["partnership", "non_state", "state", "province"], ["P1", "A1", "S1", "02"]],
            "Assessments": [
                ["partnership", "date", "stage", "rated_by"],
                ["P1", dt.datetime(2011, 5, 3), "coalition", "state"],
                ["P1", "2011-Q3", "collaboration", "state"],
            ],
        }
    )
    register = open_register(path)
    assert rows(register.partnerships, "partnership", "non_state", "state", "province") == [("P1", "A1", "S1", "02")]
    assert rows(register.assessments, "date", "stage") == [("2011-05-03", "coalition"), ("2011-Q3", "collaboration")]
    assert register.problems == ()


def test_an_actor_named_instead_of_keyed_is_found_and_said(book):
    path = book(
        {
            "actors": [["actor", "name", "kind"], ["A1", "River Watch", "ngo"], ["S1", "One Window", "owso"]],
            "partnerships": [["partnership", "non_state", "state"], ["P1", "river watch", "S1"]],
        }
    )
    assert message(path, "warning") == [
        "book.xlsx, sheet partnerships, row 2, column non_state: actor 'river watch' read as A1, by its name"
    ]


def test_a_sheet_per_year_with_one_row_per_partnership(book):
    path = book(
        {
            "2011": [HEADER, ROW],
            "Q2 2012": [HEADER, ["river  watch", "OWSO Battambang", 2, "integrated", "state"]],
        }
    )
    register, checked = examine(path)
    assert rows(register.actors, "actor", "name", "kind") == [
        ("N001", "River Watch", "ngo"),
        ("S001", "OWSO Battambang", "owso"),
    ]
    assert rows(register.partnerships, "partnership", "non_state", "state", "province") == [
        ("P001", "N001", "S001", "02")
    ]
    assert rows(register.assessments, "partnership", "date", "stage") == [
        ("P001", "2011", "coalition"),
        ("P001", "2012-Q2", "integrated"),
    ]
    assert sum(checked.refused.values()) == 0


def test_one_wide_sheet_with_a_column_per_period_under_merged_years(book):
    path = book(
        {
            "Stages": [
                ["Partnerships and their stages", None, None, None, None, None],
                [],
                ["NGO", "Government partner", "Province", "2011", None, "2012"],
                [None, None, None, "Q1", "Q3", "Q1"],
                ["River Watch", "OWSO", "Battambang", "coalition", None, "collaboration"],
            ]
        },
        merges={"Stages": ["A1:F1", "D3:E3"]},
    )
    register, _ = examine(path)
    assert rows(register.assessments, "date", "stage") == [("2011-Q1", "coalition"), ("2012-Q1", "collaboration")]
    assert message(path, "warning")[0] == (
        "book.xlsx, sheet Stages, row 1: the row stands above the header and was left out"
    )


def test_a_bad_stage_of_a_wide_sheet_is_named_by_their_header(book):
    path = book({"Wide": [["NGO", "State", "Province", "Stage 2011"], ["River Watch", "OWSO", "02", "deep"]]})
    assert message(path, "error") == [
        "book.xlsx, sheet Wide, row 2, column Stage 2011: stage 'deep' is not known. "
        "Allowed: coalition, collaboration, integrated"
    ]


def test_several_provinces_in_a_cell_are_one_partnership_each(book):
    path = book({"2011": [HEADER, ["River Watch", "OWSO", "Pursat; Takeo and Kampong Cham", "coalition", "state"]]})
    register, _ = examine(path)
    assert rows(register.partnerships, "partnership", "province") == [("P001", "15"), ("P002", "21"), ("P003", "03")]
    assert list(register.assessments["partnership"]) == ["P001", "P002", "P003"]
    assert (
        "book.xlsx, sheet 2011, row 2, column Province: 3 provinces in one cell; read as one partnership in each"
        in message(path, "warning")
    )


def test_several_provinces_in_a_table_take_their_assessments_along(book):
    path = book(
        {
            "actors": [["actor", "name", "kind"], ["A1", "River Watch", "ngo"], ["S1", "One Window", "owso"]],
            "partnerships": [["partnership", "non_state", "state", "province"], ["P1", "A1", "S1", "Pursat, Takeo"]],
            "assessments": [["partnership", "date", "stage", "rated_by"], ["P1", "2011", "coalition", "state"]],
        }
    )
    register, _ = examine(path)
    assert list(register.partnerships["partnership"]) == ["P1-15", "P1-21"]
    assert list(register.assessments["partnership"]) == ["P1-15", "P1-21"]


def test_one_unknown_province_among_several_is_refused_alone(book):
    path = book({"2011": [HEADER, ["River Watch", "OWSO", "Pursat, Tako", "coalition", "state"]]})
    register, _ = examine(path)
    assert list(register.partnerships["province"]) == ["15"]
    assert message(path, "error")[0] == (
        "book.xlsx, sheet 2011, row 2, column Province: province 'Tako' is not known; did you mean 'Takéo', Takeo (21)? "
        "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"
    )


def test_merged_cells_are_read_for_each_of_their_rows(book):
    path = book(
        {"2011": [HEADER, ROW, [None, "OWSO Pursat", "Pursat", "integrated", "state"]]}, merges={"2011": ["A2:A3"]}
    )
    register, _ = examine(path)
    assert list(register.partnerships["non_state"]) == ["N001", "N001"]
    assert (
        "book.xlsx, sheet 2011, row 2, column NGO: non_state of merged cells A2:A3 read for each of their rows"
        in message(path, "warning")
    )


def test_hxl_tags_blank_rows_and_repeated_headers_are_no_data(book):
    tags = ["#org", "#org+gov", "#adm1 +name", "#status", "#meta"]
    path = book({"2011": [HEADER, tags, [], ROW, [], HEADER]})
    register, _ = examine(path)
    assert len(register.partnerships) == len(register.assessments) == 1
    warnings = message(path, "warning")
    assert "book.xlsx, sheet 2011, row 2: the row holds HXL tags, by which columns were recognised" in warnings
    assert "book.xlsx, sheet 2011, row 6: the row repeats the header and was left out" in warnings


def test_a_row_without_a_partner_is_refused_with_its_cells(book):
    _, checked = examine(book({"2011": [HEADER, ROW, ["Source: field visits", None, None, 1]]}))
    (problem,) = (problem for problem in checked.problems if problem.severity == "error")
    assert problem.value == "Source: field visits | 1"
    assert str(problem) == (
        "book.xlsx, sheet 2011, row 3, column Government partner: "
        "state may not be empty: a partnership has a non-state and a state actor"
    )


def test_a_state_actor_whose_kind_nothing_tells_is_refused(book):
    path = book({"2011": [HEADER, ["River Watch", "RDB", "02", "coalition", "state"]]})
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 2, column Government partner: no column gives the kind of state actor 'RDB', "
        "nor does its name; name a column state_kind, or use kinds or assume, in a mapping"
    ]


def test_a_rater_whom_nothing_tells_is_assumed_and_said(book):
    path = book({"2011": [HEADER[:4], ROW[:4]]})
    assert list(examine(path)[0].assessments["rated_by"]) == ["unstated"]
    assert (
        "book.xlsx, sheet 2011, column rated_by: no column says who rated; unstated was assumed; "
        "use assume: rated_by in a mapping"
    ) in message(path, "warning")


def test_what_differs_on_a_later_sheet_is_said_and_what_was_empty_is_filled(book):
    header = [*HEADER, "sectors", "end"]
    path = book(
        {"2011": [header, [*ROW, "water", None]], "2012": [header, [*ROW[:3], "integrated", "state", "health", "2013"]]}
    )
    register, _ = examine(path)
    assert rows(register.partnerships, "sectors", "end") == [("water", "2013")]
    assert (
        "book.xlsx, sheet 2012, row 2, column sectors: sectors differs from 'water' in row 2 of sheet 2011, which was kept"
        in message(path, "review")
    )


def test_a_key_of_another_partnership_refuses_the_later_row(book):
    header = ["Partnership ID", *HEADER, "Date", "MoU"]
    path = book(
        {
            "2011": [
                header,
                ["P09", *ROW, "2011", "2011-05"],
                ["P09", ROW[0], "Sala commune council", "15", "collaboration", "state", "2012", "2012-05"],
            ],
            "2012": [header, ["P09", *ROW[:3], "collaboration", "state", "2012", None]],
        }
    )
    register, checked = examine(path)
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 3, column Government partner: key 'P09' is that of row 2, where state is "
        "'OWSO Battambang', not 'Sala commune council', and province is 'Battambang', not 'Pursat'; write another key if "
        "this is another partnership, or correct the row that is wrong"
    ]
    assert (checked.read["partnerships"], checked.refused["partnerships"]) == (2, 1)
    assert list(register.assessments["date"]) == ["2011", "2012"]
    assert list(register.actors["name"]) == ["River Watch", "OWSO Battambang"]
    assert list(register.mechanisms["start"]) == ["2011-05"]


def test_a_key_with_another_province_alone_refuses_its_row(book):
    header = ["Partnership ID", *HEADER, "Date"]
    path = book({"2011": [header, ["P09", *ROW, "2011"], ["P09", *ROW[:2], "Takeo", *ROW[3:], "2012"]]})
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 3, column Province: key 'P09' is that of row 2, where province is 'Battambang', not "
        "'Takeo'; write another key if this is another partnership, or correct the row that is wrong"
    ]


def test_a_name_spelled_otherwise_under_one_key_is_to_be_reviewed(book):
    header = ["Partnership ID", *HEADER, "Date", "start"]
    path = book(
        {
            "2011": [
                header,
                ["P09", *ROW, "2011", "2010"],
                ["P09", ROW[0], "OWSO Batambang", *ROW[2:], "2012", "2009"],
            ]
        }
    )
    register, _ = examine(path)
    assert list(register.assessments["date"]) == ["2011", "2012"]
    assert message(path, "review")[:2] == [
        "book.xlsx, sheet 2011, row 3, column start: start differs from '2010' in row 2, which was kept",
        "book.xlsx, sheet 2011, row 3, column Government partner: state differs from 'OWSO Battambang' in row 2, which was "
        "kept",
    ]


def test_a_sheet_named_partnerships_that_gives_stages_has_one_row_per_partnership(book, tmp_path):
    header = ["Partnership ID", "State actor", "Province", "Where we are", "Date", "Mechanisms"]
    path = book({"Partnerships": [header, ["P01", "OWSO Battambang", "02", "coalition", "2011-05", "MoU"]]})
    mapping = tmp_path / "m.yml"
    mapping.write_text('columns: {"Where we are": stage}\nassume: {non_state: River Watch, rated_by: state}\n')
    register, checked = examine(path, mapping=mapping)
    assert [str(problem) for problem in checked.problems if problem.severity in ("error", "unread")] == []
    assert rows(register.assessments, "partnership", "date", "stage") == [("P01", "2011-05", "coalition")]
    assert rows(register.mechanisms, "partnership", "mechanism") == [("P01", "mou")]


def test_a_date_shown_by_its_month_is_a_month(book):
    path = book({"2011": [[*HEADER, "Date"], [*ROW, dt.datetime(2011, 5, 1)]]}, formats={("2011", "F2"): "mmm yyyy"})
    assert list(examine(path)[0].assessments["date"]) == ["2011-05"]
    assert (
        "book.xlsx, sheet 2011, row 2, column Date: date 2011-05-01 is shown by its month alone; read as 2011-05"
        in message(path, "warning")
    )


def test_a_formula_gives_its_last_result_or_refuses_its_row(book):
    path = book({"2011": [HEADER, [*ROW[:2], "=A9", *ROW[3:]], ROW]})
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 2, column Province: the cell holds a formula that was never calculated; "
        "open and save the file in a spreadsheet"
    ]
    edited(path, rb"<f>A9</f><v ?/?>(</v>)?", b"<f>[1]Sheet1!A9</f><v>7</v>")  # openpyxl writes it as lxml or not does
    assert message(path, "error") == []
    assert (
        "book.xlsx, sheet 2011, row 2, column Province: the cell holds a formula that refers to another file; "
        "its last result was read"
    ) in message(path, "warning")


def test_an_error_value_refuses_its_row_only_in_a_column_that_is_read(book):
    path = book({"2011": [[*HEADER, "Budget"], ["#REF!", *ROW[1:]], [*ROW, "#N/A"]]})
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 2, column NGO: the cell holds the spreadsheet error #REF!"
    ]


def test_columns_and_sheets_that_are_not_read_are_listed(book):
    path = book(
        {"2011": [[*HEADER, "Budget"], [*ROW, 7]], "Codes": [["code", "meaning"], ["A", "ngo"], ["B", "media"]]}
    )
    assert message(path, "unread") == [
        "book.xlsx, sheet 2011, column Budget: column 'Budget' is not recognised; its 1 cell was not read; "
        "name it in a mapping (columns)",
        "book.xlsx, sheet Codes: the sheet is not recognised as a register table; its 2 rows below the first "
        "(code, meaning) were not read; name the sheet and its columns in a mapping, or skip it",
    ]


def test_a_sheet_of_text_is_left_out(book):
    path = book({"2011": [HEADER, ROW], "Read me": [["Kept by the unit."], ["One row per partnership."]]})
    assert message(path, "unread") == []
    assert message(path, "warning")[-2] == "book.xlsx, sheet Read me: the sheet was left out: 2 rows of text, no table"


def test_a_workbook_without_a_register_is_refused(book):
    path = book({"Lists": [["a"], ["b"]]})
    with pytest.raises(RegisterError) as caught:
        examine(path)
    assert str(caught.value) == (
        f"{path} holds no table that is part of a register (looked at: Lists, 1 row below the first (a)); "
        f"`lnlib import {path} --suggest` drafts a mapping"
    )


# --- workbooks made to harm, or broken -------------------------------------------------------------------------------


def edited(path, old, new, part="xl/worksheets/sheet1.xml"):
    """Replace what a pattern finds in a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert re.search(old, parts[part])
    parts[part] = re.sub(old, lambda _: new, parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def refusal(path):
    with pytest.raises(RegisterError) as caught:
        read_sheets(path)
    return str(caught.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(book, monkeypatch):
    path = book({"2011": [HEADER]})
    monkeypatch.setattr(spreadsheet, "LARGEST_UNPACKED", 1024**2)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * 3 * 1024**2)
    assert refusal(path) == f"{path} unpacks to 4 MB; at most 1 MB are read"


def test_a_billion_rows_are_refused(book):
    path = book({"2011": [HEADER, ROW]})
    edited(path, b'<row r="2"', b'<row r="1000000000"')
    assert refusal(path) == f"{path}, sheet 2011, has a row 1,000,000,000; at most 1,048,576 are read"


def test_a_cell_far_to_the_right_is_refused(book):
    path = book({"2011": [HEADER, ROW]})
    edited(path, b'r="E2"', b'r="XFD2"')
    assert refusal(path) == f"{path}, sheet 2011, has a cell in column XFD2; at most 1,000 columns are read"


def test_too_many_cells_are_refused(book, monkeypatch):
    path = book({"2011": [HEADER, ROW, ROW]})
    monkeypatch.setattr(spreadsheet, "MOST_CELLS", 10)
    assert refusal(path) == f"{path} has more than 10 cells; split it"


def test_a_huge_cell_refuses_its_row(book):
    path = book({"2011": [HEADER, ROW]})
    edited(path, b"River Watch", b"x" * 40_000)
    assert message(path, "error") == [
        "book.xlsx, sheet 2011, row 2, column NGO: the cell holds 40,000 characters; at most 32,767 are read"
    ]


def test_declared_entities_are_refused(book):
    path = book({"2011": [HEADER]})
    edited(path, b"<worksheet", b'<!DOCTYPE a [<!ENTITY a "b">]><worksheet')
    assert refusal(path) == f"{path} declares a document type in xl/worksheets/sheet1.xml, which no workbook does"


def test_a_password_an_old_file_and_other_formats_are_named(tmp_path, book):
    path = tmp_path / "a.xlsx"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    assert refusal(path) == f"{path} is protected by a password; save it without one"
    path.write_bytes(ole)
    assert refusal(path) == (
        f"{path} is an old Excel file (.xls) or protected by a password; save it as .xlsx without a password"
    )
    for part, words in (
        ("content.xml", "is an OpenDocument spreadsheet (.ods); save it as .xlsx"),
        ("xl/workbook.bin", "is a binary workbook (.xlsb); save it as .xlsx"),
        ("word/document.xml", "is not an Excel workbook (.xlsx)"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(part, "")
        assert refusal(path) == f"{path} {words}"


def test_broken_workbooks_are_refused_in_one_sentence(book):
    path = book({"2011": [HEADER, ROW]})
    whole = path.read_bytes()
    edited(path, b"</sheetData>", b"</sheetDat>")
    assert refusal(path).startswith(f"{path} is a broken workbook: mismatched tag")
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path) == f"{path} is broken or not an Excel workbook (.xlsx): File is not a zip file"
    path.write_bytes(whole)
    edited(path, b't="inlineStr"><is><t>NGO</t></is>', b't="s"><v>99</v>')
    assert refusal(path) == f"{path}, sheet 2011, row 1: text 99 is not in the workbook: it is broken"
    path.write_bytes(whole)
    edited(path, b'r="2"', b'r="1"')
    assert refusal(path) == f"{path}, sheet 2011, has row 1 twice or out of order: the workbook is broken"


def test_texts_are_read_as_a_spreadsheet_shows_them(book):
    path = book({"a": [["x", "y"]]})
    shared = b'<Relationship Id="rId9" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    edited(path, b"</Relationships>", shared, part="xl/_rels/workbook.xml.rels")
    edited(path, b't="inlineStr"><is><t>x</t></is>', b't="s"><v>1</v>')
    edited(path, b"<is><t>y</t></is>", b"<is><r><t>rich</t></r><r><t> _x0041_</t></r><rPh><t>no</t></rPh></is>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            "<sst><si><t>unused</t></si>"
            "<si><r><t>two</t></r><r><t xml:space='preserve'> parts</t></r><rPh><t>no</t></rPh></si></sst>",
        )
    assert read_sheets(path)[0].cells == [["two parts", "rich A"]]


def test_numbers_dates_and_truths_are_read_as_text(book):
    values = [2, 2.0, 2.5, 1e300, True, dt.datetime(2011, 5, 3), dt.datetime(2011, 5, 3, 8, 30), dt.time(8, 30)]
    assert read_sheets(book({"a": [values]}))[0].cells == [
        ["2", "2", "2.5", "1e+300", "TRUE", "2011-05-03", "2011-05-03T08:30:00", "08:30:00"]
    ]


def test_progress_is_told(book):
    outcome = []
    read_sheets(book({"a": [["x"]] * 2000}), lambda *words: outcome.append(words))
    assert outcome == [("reading a", 1000, 0), ("reading a", 2000, 0)]


def test_a_date_that_shows_as_its_number_is_refused_with_the_date(book):
    _, checked = examine(
        book({"A": [["non_state", "non_state_kind", "state", "state_kind", "date", "stage", "rated_by"],
                    ["A", "ngo", "B", "owso", 40666, "coalition", "state"]]})
    )  # fmt: skip
    assert [(str(p), p.suggestion) for p in checked.problems if p.severity == "error"] == [
        (
            "book.xlsx, sheet A, row 2, column date: date '40666' cannot be read; allowed: 2011, 2011-H1, 2011-Q3, "
            "2011-05, 2011-05-03, or two of these with / between; it looks like the spreadsheet's number for 2011-05-03",
            "2011-05-03",
        )
    ]
