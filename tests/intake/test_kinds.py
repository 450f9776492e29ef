"""More files of the kinds in `test_cases.py`: other separators, orders, headers, placeholders and spellings."""

import csv
import zipfile

import pytest
from openpyxl import load_workbook

from lnlib.errors import RegisterError
from lnlib.intake import open_register
from lnlib.intake.import_account import import_register
from lnlib.register.cell_text import unguard
from lnlib.register.problems import shortened

HEADER = ["NGO", "Government partner", "Province", "Stage", "Date", "Rated by"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang", "coalition", "2011-05-03", "state"]
DELTA = ["Green Delta", "Commune council of Bak", "Pursat", "integrated", "2012-06-01", "independent"]


@pytest.fixture
def imported(book, tmp_path):
    """Import a workbook of these rows by sheet."""

    def run(sheets, **more):
        return import_register(book(sheets, **more), tmp_path / "out")

    return run


def table(account, name, *columns):
    return account.register.tables[name][list(columns)].astype("str").values.tolist()


def refusals(account):
    with (account.folder / "refused.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["row"], unguard(row["reason"])) for row in csv.DictReader(lines)]


def warnings(account):
    return [problem.reason for problem in account.warnings]


def unread(account):
    return [(problem.sheet, problem.column) for problem in account.unread]


RATED = [["P001", "2011-05-03", "coalition", "state"]]


@pytest.mark.parametrize(
    "header",
    [
        [
            "Partners / NGO",
            "Partners > Government partner",
            "Location - Province",
            "Rating: Stage",
            "a.date",
            "[Rated by]",
        ],
        ["1. Partners/1.1 NGO", "2) Government partner", "Where/Province *", "Q7. Stage", "Q8) Date", "9 Rated by"],
        ["NGO\n(full name)", "Government partner:", "PROVINCE", "Stage (1-3)", "Date (dd/mm/yyyy)", "Rated by?"],
        ["អង្គការ", "អាជ្ញាធរ", "ខេត្ត", "ដំណាក់កាល", "កាលបរិច្ឆេទ", "វាយតម្លៃ\u200bដោយ"],
    ],
)
def test_groups_numbers_hints_and_khmer_do_not_hide_a_header(imported, header):
    account = imported({"A": [header, RIVER]})
    assert table(account, "assessments", "partnership", "date", "stage", "rated_by") == RATED
    assert account.exit_code == 0


def test_a_subscript_that_looks_the_same_in_khmer_is_the_same(imported):
    account = imported({"A": [[*HEADER, "ចាប់ផ្ដើម"], [*RIVER, "2010"]]})
    assert table(account, "partnerships", "start") == [["2010"]]


@pytest.mark.parametrize(
    ("cell", "sectors"),
    [
        ("Water/Education", "education;water"),
        ("water, education and health", "education;health;water"),
        ("1. Water\n2. Education", "education;water"),
        ("• Water • Health", "health;water"),
        ("water|health", "health;water"),
        ("Water & Education", "education;water"),
        ("(none)", ""),
    ],
)
def test_lists_in_a_cell_are_cut_where_every_part_is_known(imported, cell, sectors):
    account = imported({"A": [[*HEADER, "Sectors"], [*RIVER, cell]]})
    assert table(account, "partnerships", "sectors") == [[sectors]]
    assert account.exit_code == 0


@pytest.mark.parametrize(
    ("cell", "mechanisms"),
    [
        ("MoU, joint committee and letter of support", ["mou", "joint_committee", "letter"]),
        ("MoU / scorecard", ["mou", "scorecard"]),
        ("- MoU\n- Training", ["mou", "training"]),
    ],
)
def test_mechanisms_of_a_cell_are_cut_alike(imported, cell, mechanisms):
    account = imported({"A": [[*HEADER, "Mechanisms"], [*RIVER, cell]]})
    assert [word for (word,) in table(account, "mechanisms", "mechanism")] == mechanisms


def test_a_mechanism_that_is_not_known_does_not_take_the_others_with_it(imported):
    account = imported({"A": [[*HEADER, "Mechanisms"], [*RIVER, "MoU, lunch"]]})
    assert table(account, "mechanisms", "mechanism") == [["mou"]]
    assert [reason.split(".")[0] for _, reason in refusals(account)] == ["mechanism 'lunch' is not known"]


@pytest.mark.parametrize("end", ["ongoing", "to date", "present", "Still active", "(ongoing)", "not ended"])
def test_words_for_a_partnership_that_lasts_leave_its_end_empty(imported, end):
    account = imported({"A": [[*HEADER, "End date"], [*RIVER, end]]})
    assert table(account, "partnerships", "end") == [[""]]
    assert f"'{end}' read as empty in 1 row" in warnings(account)
    assert account.exit_code == 0


@pytest.mark.parametrize(
    "name",
    [
        "Various",
        "All NGOs",
        "other",
        "Name of NGO",
        "Enter name",
        "e.g. River Watch",
        "Example NGO",
        "unknown NGO",
        "0",
    ],
)
def test_hints_and_words_for_several_are_no_actors(imported, name):
    account = imported({"A": [HEADER, RIVER, [name, *DELTA[1:]]]})
    assert table(account, "actors", "name") == [["River Voices"], ["Commune council of Sala"]]
    assert refusals(account) == [("3", f"'{name}' does not name one non-state actor")]


@pytest.mark.parametrize("name", ["(blank)", "<none>", "xxx", "to be identified", "not yet identified"])
def test_other_words_for_nothing_are_no_actors(imported, name):
    account = imported({"A": [HEADER, RIVER, [name, *DELTA[1:]]]})
    assert table(account, "actors", "name") == [["River Voices"], ["Commune council of Sala"]]
    reason = "non_state may not be empty: a partnership has a non-state and a state actor"
    assert refusals(account) == [("3", f"'{name}' names no non-state actor; {reason}")]


@pytest.mark.parametrize("name", ["Sub-total", "Average", "Count: 2", "N = 2", "មធ្យម"])
def test_rows_of_totals_and_averages_are_left_out(imported, name):
    account = imported({"A": [HEADER, RIVER, [name, "2"]]})
    assert table(account, "actors", "name") == [["River Voices"], ["Commune council of Sala"]]
    assert account.exit_code == 0


def test_columns_of_a_period_belong_to_its_stage(imported):
    account = imported(
        {
            "A": [
                [
                    "NGO",
                    "Government partner",
                    "Province",
                    "Stage 2010",
                    "Stage 2012",
                    "Date 2010",
                    "2012 date",
                    "Note 2012",
                ],
                [*RIVER[:3], "coalition", "integrated", "2010-05-01", "2012-05-01", "seen"],
            ]
        }
    )
    assert table(account, "assessments", "date", "stage", "note") == [
        ["2010-05-01", "coalition", ""],
        ["2012-05-01", "integrated", "seen"],
    ]
    assert account.exit_code == 0


def test_signed_ticks_a_mechanism(imported):
    account = imported({"A": [[*HEADER, "MoU", "Committee"], [*RIVER, "signed", "in place"]]})
    assert table(account, "mechanisms", "mechanism") == [["mou"], ["joint_committee"]]


def test_headings_with_numbers_and_years_give_the_province_and_the_date_of_the_rows_below(imported):
    header = ["NGO", "Government partner", "Stage", "Date"]
    rows = [[name, "Commune of Sala", "coalition", ""] for name in "ABCD"]
    account = imported(
        {"A": [header, ["1. Battambang, 2011"], rows[0], ["Sub-total", 1], ["2) Pursat province"], rows[1], ["Year 2012"],
               rows[2], ["ខេត្តតាកែវ"], rows[3]]}
    )  # fmt: skip
    assert table(account, "partnerships", "province") == [["02"], ["15"], ["15"], ["21"]]
    assert table(account, "assessments", "date") == [["2011"], ["2011"], ["2012"], ["2012"]]
    assert account.exit_code == 0


def test_a_heading_that_is_not_understood_ends_what_the_one_above_it_gave(imported):
    header = ["NGO", "Government partner", "Stage", "Date"]
    rows = [[name, "Commune of Sala", "coalition", "2011"] for name in "AB"]
    account = imported({"A": [header, ["Battambang"], rows[0], ["Upper valley"], rows[1]]})
    assert table(account, "partnerships", "province") == [["02"], [""]]
    assert refusals(account) == [
        (
            "4",
            "the row holds one text alone, which is neither a partnership nor names a province or period; "
            "the sub-heading above it does not hold below it",
        )
    ]


def test_a_sheet_is_named_for_its_province_and_its_year(imported):
    rows = [["NGO", "Government partner", "Stage"], ["A", "Commune of Sala", "coalition"]]
    account = imported({"Battambang 2011": rows, "Pursat_Q3 2012": rows, "ខេត្តតាកែវ-2013": rows})
    assert table(account, "partnerships", "province") == [["02"], ["15"], ["21"]]
    assert table(account, "assessments", "date") == [["2011"], ["2012-Q3"], ["2013"]]


def test_a_title_above_each_table_gives_its_year(imported):
    header = ["NGO", "Government partner", "Province", "Stage"]
    account = imported(
        {
            "A": [
                ["Table 1. Partnerships in 2011"],
                header,
                RIVER[:4],
                ["Table 2. Partnerships in May 2012"],
                header,
                DELTA[:4],
            ]
        }
    )
    assert table(account, "assessments", "date") == [["2011"], ["2012-05"]]
    assert "no column gives the date; that of the title 'Table 1. Partnerships in 2011', 2011, was taken" in warnings(
        account
    )
    assert account.exit_code == 0


def test_partnerships_without_any_province_are_counted(imported):
    rows = [["NGO", "Government partner", "Stage", "Date"], ["A", "Commune of Sala", "coalition", "2011"]]
    account = imported({"BTB": rows})
    reason = "no column, sub-heading, title or sheet name gives the province of 1 row; it was left empty"
    assert reason in warnings(account)


def test_notes_below_a_table_are_left_out(imported):
    account = imported({"A": [HEADER, RIVER, [], ["Source: annual report 2012"], ["* visited twice"]]})
    assert account.counts == (4, 4, 0)
    assert warnings(account).count("the row holds a note and was left out") == 2


def test_tables_side_by_side_are_two(imported):
    account = imported({"A": [[*HEADER, "", *HEADER], [*RIVER, "", *DELTA]]})
    assert table(account, "partnerships", "province") == [["02"], ["15"]]
    assert table(account, "assessments", "date", "stage") == [["2011-05-03", "coalition"], ["2012-06-01", "integrated"]]
    assert account.exit_code == 0


def test_a_list_beside_a_table_is_not_read_and_is_named(imported):
    account = imported(
        {"A": [[*HEADER, "", "NGO", "Budget"], [*RIVER, "", "Green Delta", "7"], [*DELTA, "", "River Voices", "8"]]}
    )
    assert account.counts == (8, 8, 0)
    assert [problem.reason.split(";")[0] for problem in account.unread] == [
        "the table in columns H to I of the sheet is not recognised as a register table"
    ]


def test_rounds_named_by_their_number_alone_are_paired_with_their_dates(imported):
    header = [
        "NGO",
        "Government partner",
        "Province",
        "Assessment 1",
        "Assessment 1 date",
        "Assessment 2",
        "Assessment 2 date",
    ]
    account = imported({"A": [header, [*RIVER[:3], "coalition", "2010", "integrated", "2012"]]})
    assert table(account, "assessments", "date", "stage") == [["2010", "coalition"], ["2012", "integrated"]]


def test_dates_of_rounds_without_stages_are_not_read_and_refuse_nothing(imported):
    header = ["NGO", "Government partner", "Province", "Baseline date", "Endline date"]
    account = imported({"A": [header, [*RIVER[:3], "2010", "2012"]]})
    assert table(account, "partnerships", "province") == [["02"]]
    assert unread(account) == [("A", "Baseline date"), ("A", "Endline date")]
    assert account.exit_code == 1


def test_ticked_columns_headed_by_sectors_are_a_multiple_answer(imported):
    account = imported(
        {"A": [[*HEADER, "Water", "Education", "Health"], [*RIVER, "x", "", "✓"], [*DELTA, "", "Yes", "no"]]}
    )
    assert table(account, "partnerships", "sectors") == [["health;water"], ["education"]]


def test_columns_headed_by_sectors_that_hold_numbers_are_not_read(imported):
    account = imported({"A": [[*HEADER, "Water"], [*RIVER, "14"]]})
    assert unread(account) == [("A", "Water")]


@pytest.mark.parametrize("header", ["Review status", "Validation Status", "approval_status"])
@pytest.mark.parametrize("state", ["Rejected", "Not approved", "ON HOLD", "disapproved"])
def test_a_review_status_under_another_header_leaves_out_too(imported, header, state):
    account = imported({"A": [[*HEADER, header], [*RIVER, "Approved"], [*DELTA, state]]})
    assert table(account, "partnerships", "province") == [["02"]]
    assert account.exit_code == 0


def test_hxl_tags_alone_are_a_header(imported):
    tags = ["#org", "#org+gov", "#adm1", "#date", "#status"]
    account = imported({"A": [tags, [*RIVER[:3], "2011-05-03", "coalition"], [*DELTA[:3], "2012", "integrated"]]})
    assert table(account, "assessments", "date", "stage") == [["2011-05-03", "coalition"], ["2012", "integrated"]]


def test_an_actor_without_a_key_is_named_as_people_call_it(imported):
    account = imported({"A": [HEADER, RIVER], "Actors": [["Name", "Kind"], [RIVER[0], "ngo"], [RIVER[1], "comune"]]})
    why, *rest = [reason for _, reason in refusals(account)]
    assert rest == [
        "its actor, 'Commune council of Sala', was refused in book.xlsx, sheet Actors, row 3: " + shortened(why),
        "its partnership, 'River Voices' with 'Commune council of Sala', was refused in book.xlsx, sheet A, row 2: "
        "its actor, 'Commune council of Sala', was refused in book.xlsx, sheet Actors, r…",
    ]
    assert [problem.value for problem in account.listed] == ["comune", "", ""]  # no key that only lnlib knows


@pytest.fixture
def reports(book, tmp_path):
    """A folder of two years, each with a tracker of the same name, and a file that is no table."""
    for year, row in (("2011", RIVER), ("2012", DELTA)):
        (tmp_path / "reports" / year).mkdir(parents=True)
        book({"Tracker": [HEADER, row]}, name=f"reports/{year}/tracker.xlsx")
    (tmp_path / "reports" / "2011" / "photo.jpg").write_bytes(b"x")
    return tmp_path / "reports"


def zipped(folder, file):
    with zipfile.ZipFile(file, "w") as archive:
        for one in sorted(folder.rglob("*")):
            archive.write(one, one.relative_to(folder))
    return file


def test_folders_inside_a_folder_are_read_and_other_files_named(reports, tmp_path):
    account = import_register(reports, tmp_path / "out")
    assert {(part.place.file, part.status) for part in account.parts} == {
        ("2011/tracker.xlsx", "read"),
        ("2012/tracker.xlsx", "read"),
        ("2011/photo.jpg", "left out"),
    }
    assert "left out: 2011/photo.jpg: the file (neither a workbook nor a CSV)" in account.words
    assert (account.counts, account.exit_code) == ((8, 8, 0), 0)


def test_a_zip_with_folders_and_a_zip_inside_is_read(reports, tmp_path):
    inner = zipped(reports / "2012", reports / "2012.zip")
    for file in (reports / "2012").iterdir():
        file.unlink()
    account = import_register(zipped(reports, tmp_path / "all.zip"), tmp_path / "out")
    assert {part.place.file for part in account.parts if part.status == "read"} == {
        "2011/tracker.xlsx",
        f"{inner.name}/tracker.xlsx",
    }
    assert account.counts == (8, 8, 0)


def test_a_file_that_looks_like_data_and_cannot_be_opened_is_not_read(reports, tmp_path):
    (reports / "2013.sav").write_bytes(b"$FL2")
    account = import_register(reports, tmp_path / "out")
    assert [line for line in account.words if line.startswith("NOT READ")] == [
        "NOT READ: 2013.sav: the file was not read: it is neither a workbook nor a CSV; save it as one of them"
    ]
    assert account.exit_code == 1


def test_a_register_inside_a_folder_is_not_read_as_a_source(reports, tmp_path):
    import_register(reports, reports / "out")
    account = import_register(reports, tmp_path / "again")
    assert account.counts == (8, 8, 0)


def test_a_row_that_repeats_one_of_another_file_names_the_file(reports, book, tmp_path):
    book({"Tracker": [HEADER, RIVER]}, name="reports/2012/tracker.xlsx")
    account = import_register(reports, tmp_path / "out")
    assert refusals(account) == [("2", "repeats row 2 of 2011/tracker.xlsx, sheet Tracker")]


def test_a_page_of_google_is_no_file():
    with pytest.raises(RegisterError) as caught:
        open_register("https://docs.google.com/spreadsheets/d/abc/edit#gid=0")
    assert str(caught.value) == (
        "https://docs.google.com/spreadsheets/d/abc/edit#gid=0 is a page of Google, not a file; "
        "download the sheet (File, Download, .xlsx) and import that file"
    )


def noticed(account):
    return [(problem.row, problem.reason) for problem in account.problems if problem.severity == "review"]


def test_a_date_out_of_the_order_of_its_column_is_to_be_looked_at(imported):
    years = ["2009", "2010", "2011", "2021-05-03", "2012", "2013", "2014"]
    account = imported({"A": [HEADER, *([f"NGO {year}", *RIVER[1:4], year, "state"] for year in years)]})
    reason = "date '2021-05-03' is out of order: the column ascends otherwise; it stands beside '2011' (row 4) and '2012' (row 6)"
    assert noticed(account) == [(5, reason)]
    assert account.exit_code == 0


def test_a_column_without_an_order_has_no_date_out_of_it(imported):
    years = ["2014", "2010", "2013", "2009", "2012", "2011", "2010"]
    account = imported({"A": [HEADER, *([f"NGO {at}", *RIVER[1:4], year, "state"] for at, year in enumerate(years))]})
    assert noticed(account) == []


def test_a_later_round_with_an_earlier_date_is_to_be_looked_at(imported):
    header = [
        "NGO",
        "Government partner",
        "Province",
        "Baseline date",
        "Baseline stage",
        "Endline date",
        "Endline stage",
    ]
    account = imported({"A": [header, [*RIVER[:3], "2012", "coalition", "2010", "integrated"]]})
    assert (2, "'Endline date', 2010, is before 'Baseline date', 2012") in noticed(account)


@pytest.mark.parametrize(
    ("total", "stated"),
    [(["Total", "", 3], "3"), (["Total: 4"], "4"), (["GRAND TOTAL", "", "", "", "", "", 12], "12")],
)
def test_a_total_that_does_not_add_up_is_to_be_looked_at(imported, total, stated):
    account = imported({"A": [[*HEADER, "Members"], [*RIVER, 4], [*DELTA, 7], total]})
    assert noticed(account) == [(4, f"the total of {stated} is neither the number nor the sum of the 2 rows above it")]


@pytest.mark.parametrize(
    "total", [["Total", "", 2], ["Total: 2"], ["GRAND TOTAL", "", "", "", "", "", 11], ["Total", 1]]
)
def test_a_total_that_adds_up_is_not(imported, total):
    account = imported({"A": [[*HEADER, "Members"], [*RIVER, 4], [DELTA[0], RIVER[1], *DELTA[2:], 7], total]})
    assert noticed(account) == []


@pytest.mark.parametrize(
    ("first", "last"),
    [("Mid-term", "Final"), ("T0", "T1"), ("Initial", "Final"), ("Before", "After"), ("Base-line", "End-line")],
)
def test_rounds_are_named_in_many_ways(imported, first, last):
    header = [*HEADER[:3], "Rated by", f"{first} date", f"{first} stage", f"{last} date", f"{last} stage"]
    account = imported({"A": [header, [*RIVER[:3], "state", "2011-05", "coalition", "2013-05", "integrated"]]})
    assert table(account, "assessments", "date", "stage") == [["2011-05", "coalition"], ["2013-05", "integrated"]]
    assert account.exit_code == 0


@pytest.mark.parametrize("titles", [["Baseline", None, "Endline"], ["Round 1", None, "Round 2"]])
def test_the_titles_of_rounds_stand_in_the_header_and_their_columns_below_it(imported, titles):
    rows = [[*HEADER[:3], *titles], ["", "", "", "Date", "Stage", "Date", "Stage"]]
    account = imported({"A": [*rows, [*RIVER[:3], "2011-05", "coalition", "2013-05", "integrated"]]})
    assert table(account, "assessments", "date", "stage") == [["2011-05", "coalition"], ["2013-05", "integrated"]]
    assert table(account, "partnerships", "partnership") == [["P001"]]
    assert account.exit_code == 0


@pytest.mark.parametrize(
    ("title", "province"),
    [
        ("Data - Battambang (2011)", "02"),
        ("Partners in Siem Reap, 2011", "17"),
        ("Kep and Kampot", ""),  # which of the two?
        ("All partners 2011", ""),
    ],
)
def test_a_province_among_the_words_of_a_sheets_name_holds_for_its_rows(imported, title, province):
    account = imported({title: [HEADER[:2] + HEADER[3:], RIVER[:2] + RIVER[3:]]})
    assert table(account, "partnerships", "province") == [[province]]
    assert any(problem.column == "province" for problem in account.warnings)


def test_the_total_of_a_province_is_no_partnership(imported):
    rows = [HEADER, RIVER, ["Sub-total Battambang", "1"], DELTA, ["Subtotal: Pursat", 1]]
    account = imported({"A": rows})
    assert table(account, "partnerships", "partnership") == [["P001"], ["P002"]]
    assert account.exit_code == 0


@pytest.mark.parametrize(
    ("at", "cell", "side"),
    [
        (0, "[NGO name]", "non-state"),
        (0, "<name>", "non-state"),
        (1, "various communes", "state"),
        (1, "All ministries", "state"),
    ],
)
def test_brackets_to_fill_in_and_words_for_several_name_no_actor(imported, at, cell, side):
    bad = [*RIVER]
    bad[at] = cell
    account = imported({"A": [HEADER, DELTA, bad]})
    assert refusals(account) == [("3", f"'{cell}' does not name one {side} actor")]
    assert [name for (name,) in table(account, "actors", "name")] == ["Green Delta", "Commune council of Bak"]


def test_the_clock_of_an_older_form_is_the_tools_own(imported):
    clock = ["2014-01-02T10:00:00.000+07:00", "2014-01-02T10:40:00.000+07:00", "2014-01-02"]
    account = imported({"A": [["starttime", "endtime", "today", *HEADER, "Start date"], [*clock, *RIVER, "2010"]]})
    assert table(account, "partnerships", "start", "end") == [["2010", ""]]
    assert account.exit_code == 0


def test_a_submission_that_was_pasted_twice_is_one_parent(imported):
    form = ["u1", 1, *RIVER[:3]]
    visits = [
        ["Stage", "Date", "Rated by", "_parent_index", "_submission__uuid"],
        ["coalition", "2011", "state", 1, "u1"],
    ]
    account = imported({"form": [["_uuid", "_index", *HEADER[:3]], form, form], "visits": visits})
    assert table(account, "assessments", "partnership", "date") == [["P001", "2011"]]
    assert account.exit_code == 0


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("Quarter 1, 2012", "2012-Q1"),
        ("Report of the 4th quarter 2013", "2013-Q4"),
        ("2012 Semester 1", "2012-H1"),
        ("Second half of 2011", "2011-H2"),
    ],
)
def test_quarters_and_half_years_in_words_name_the_period_of_a_sheet(imported, title, date):
    account = imported({title: [HEADER[:4], RIVER[:4]]})
    assert table(account, "assessments", "date") == [[date]]


def test_the_codes_of_humanitarian_data_sets_are_provinces(imported):
    account = imported({"A": [HEADER, [*RIVER[:2], "KH02", *RIVER[3:]]]})
    assert table(account, "partnerships", "province") == [["02"]]
    assert account.exit_code == 0


def test_hidden_columns_are_named_together(book, tmp_path):
    path = book({"A": [HEADER, RIVER]})
    made = load_workbook(path)
    for letter in "CD":
        made["A"].column_dimensions[letter].hidden = True
    made.save(path)
    account = import_register(path, tmp_path / "out")
    assert [text for text in warnings(account) if "hidden" in text] == [
        "columns 'Province' (C) and 'Stage' (D) are hidden; hidden parts were read like the rest"
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.xlsx", b"NGO,State\nRiver,Sala\n", "is no workbook but text; rename it to end in .csv"),
        (
            "t.xls",
            b"\r\n<html><table><tr><td>NGO",
            "is no workbook but a web page; open it in a spreadsheet and save it as .xlsx",
        ),
        ("t.xlsx", b"", "is empty"),
        ("t.csv", b"", "is empty"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_refused_with_what_it_is(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RegisterError) as caught:
        import_register(path, tmp_path / "out")
    assert str(caught.value) == f"{path} {message}"


def test_a_workbook_that_is_called_csv_is_read(book, tmp_path):
    path = book({"A": [HEADER, RIVER]}).rename(tmp_path / "tracker.csv")
    assert table(import_register(path, tmp_path / "out"), "assessments", "stage") == [["coalition"]]


def test_dots_between_names_without_spaces_are_groups(imported):
    header = [
        "partners.ngo",
        "partners.government_partner",
        "place.province",
        "rating.stage",
        "rating.date",
        "rating.rated_by",
    ]
    assert table(imported({"A": [header, RIVER]}), "assessments", "partnership", "date", "stage", "rated_by") == RATED


def test_a_corrected_title_is_not_replaced(book, tmp_path):
    path, out = book({"A": [HEADER, RIVER]}), tmp_path / "out"
    import_register(path, out)
    descriptor = out / "datapackage.json"
    descriptor.write_text(descriptor.read_text("utf-8").replace('"title": "book"', '"title": "Mine"'), "utf-8")
    with pytest.raises(RegisterError) as caught:
        import_register(path, out)
    assert str(caught.value) == (
        f"datapackage.json in {out} was changed since the import, and the changes would be lost; "
        "write to another folder, or move it away"
    )


def test_a_register_that_was_not_imported_is_not_replaced(book, tmp_path):
    path, out = book({"A": [HEADER, RIVER]}), tmp_path / "out"
    import_register(path, tmp_path / "first").register.save(out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(RegisterError) as caught:
        import_register(path, out)
    assert (
        str(caught.value) == f"{out} holds a register that was not imported; write to another folder, or move it away"
    )
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.parametrize("short", ["RV", "river voices"])
def test_an_acronym_is_the_actor_whose_name_has_it(imported, short):
    sheets = {
        "Rounds": [["NGO", *HEADER[1:2], *HEADER[3:]], [short, RIVER[1], *RIVER[3:]]],
        "Partners": [HEADER[:3], ["River Voices (RV)", *RIVER[1:3]]],
    }
    account = imported(sheets)
    assert table(account, "actors", "name") == [["River Voices (RV)"], [RIVER[1]]]
    assert table(account, "assessments", "partnership") == [["P001"]]
    assert f"'{short}' read as 'River Voices (RV)'" in warnings(account)
    assert account.exit_code == 0


def test_an_acronym_of_two_actors_is_refused_with_both(imported):
    partners = [HEADER[:3], ["River Voices (RV)", *RIVER[1:3]], ["Rural Vision (RV)", *DELTA[1:3]]]
    account = imported(
        {"Partners": partners, "Rounds": [["NGO", *HEADER[1:2], *HEADER[3:]], ["RV", RIVER[1], *RIVER[3:]]]}
    )
    assert refusals(account) == [("2", "'RV' may be 'River Voices (RV)' or 'Rural Vision (RV)'; write out which")]
    assert len(account.register.actors) == 4


def test_what_stands_in_brackets_and_is_no_acronym_tells_actors_apart(imported):
    account = imported({"A": [HEADER, ["Farmers (North)", *RIVER[1:]], ["Farmers", *RIVER[1:]]]})
    assert [name for (name,) in table(account, "actors", "name")][::2] == ["Farmers (North)", "Farmers"]


@pytest.mark.parametrize("merged", [["D1:F1"], []])
def test_years_below_one_header_are_the_periods_of_its_columns(book, tmp_path, merged):
    rows = [[*HEADER[:3], "Stage", None, None], [None, None, None, 2010, 2011, 2012]]
    path = book({"A": [*rows, [*RIVER[:3], "coalition", "n/a", "integrated"]]}, merges={"A": merged})
    account = import_register(path, tmp_path / "out")
    assert table(account, "assessments", "date", "stage") == [["2010", "coalition"], ["2012", "integrated"]]
    assert account.exit_code == 0


@pytest.mark.parametrize("cell", ["3/5/11", "May-12", "12-Jun-13"])
def test_a_year_of_two_digits_is_asked_for_in_full(imported, cell):
    account = imported({"A": [HEADER, [*RIVER[:4], cell, "state"]]})
    assert refusals(account) == [
        (
            "2",
            f"date '{cell}' cannot be read: write the year with four digits, or declare its century in a mapping (dates)",
        )
    ]


def test_a_submission_is_found_with_and_without_the_prefix_of_its_id(imported):
    form = [["_uuid", "_index", *HEADER[:3]], ["uuid:a1", 1, *RIVER[:3]], ["uuid:b2", 1, *DELTA[:3]]]
    visits = [
        ["Stage", "Date", "Rated by", "_parent_index", "_submission__uuid"],
        ["coalition", "2011", "state", 1, "b2"],
    ]
    account = imported({"form": form, "visits": visits})
    assert table(account, "assessments", "partnership") == [["P002"]]


@pytest.mark.parametrize(
    ("cells", "name", "match"),
    [
        (["River Voice", "Commune council of Sala"], "River Voice", "River Voices"),
        (["River Voices", "Comune council of Sala"], "Comune council of Sala", "Commune council of Sala"),
    ],
)
def test_a_misspelt_name_without_a_province_makes_no_second_partnership(imported, cells, name, match):
    account = imported({"Partners": [HEADER[:3], RIVER[:3]], "Rounds": [HEADER[:2] + HEADER[3:], [*cells, *RIVER[3:]]]})
    assert refusals(account) == [
        ("2", f"no province, and no row with one pairs '{name}' with this actor; did you mean '{match}'?")
    ]
    assert table(account, "partnerships", "partnership") == [["P001"]]


def test_another_pair_without_a_province_is_a_partnership_of_its_own(imported):
    sheets = {"Partners": [HEADER[:3], RIVER[:3]], "Rounds": [HEADER[:2] + HEADER[3:], [*DELTA[:2], *DELTA[3:]]]}
    account = imported(sheets)
    assert table(account, "partnerships", "partnership", "province") == [["P001", "02"], ["P002", ""]]
    assert account.exit_code == 0


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5, 6], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]])
def test_the_numbers_of_columns_below_the_header_are_no_row(imported, numbers):
    account = imported({"A": [HEADER, numbers, RIVER]})
    assert table(account, "assessments", "partnership", "date", "stage", "rated_by") == RATED
    assert "the row numbers the columns and was left out" in warnings(account)
    assert account.exit_code == 0


TAGS = ["#org", "#org+gov", "#adm1", "#status", "#date"]


@pytest.mark.parametrize(
    "header",
    [
        ["Organisation", "Partner", "Adm1", "Status of it", "Visit"],
        ["NGO", "Government partner", "Province", "Stage", "Date"],
    ],
)
def test_tags_above_the_header_say_what_its_columns_are(imported, header):
    account = imported({"3W": [TAGS, header, RIVER[:5], DELTA[:5]]})
    assert table(account, "partnerships", "province") == [["02"], ["15"]]
    assert account.counts == (8, 8, 0)


@pytest.mark.parametrize(
    "label", ["**NGO**", "<span style='color:red'>NGO</span>", "## NGO", "**Partners**/NGO", "NGO<br>"]
)
def test_markup_of_a_label_does_not_hide_it(imported, label):
    account = imported({"A": [[label, *HEADER[1:]], RIVER]})
    assert account.counts == (4, 4, 0)


@pytest.mark.parametrize("title", ["Partnerships in Banteay Meanche", "Register of the NGOs in Mondulk"])
def test_a_province_at_the_end_of_a_name_that_was_cut_is_known(imported, title):
    account = imported({title: [[*HEADER[:2], *HEADER[3:]], [*RIVER[:2], *RIVER[3:]]]})
    assert table(account, "partnerships", "province") == [["01" if "Banteay" in title else "11"]]


def test_a_province_that_two_have_in_common_after_the_cut_is_left_empty(imported):
    account = imported({"Partners of provinces Kampong C": [[*HEADER[:2], *HEADER[3:]], [*RIVER[:2], *RIVER[3:]]]})
    assert table(account, "partnerships", "province") == [[""]]


@pytest.mark.parametrize(
    ("name", "province", "date"),
    [("Pursat/tracker", "15", ""), ("Pursat_2012", "15", "2012"), ("2012", "", "2012"), ("Tracker 2014", "", "")],
)
def test_the_names_of_a_file_and_its_folder_give_what_its_sheets_do_not(book, tmp_path, name, province, date):
    (tmp_path / "in" / "Pursat").mkdir(parents=True)
    book({"Sheet1": [HEADER[:2] + HEADER[3:4], RIVER[:2] + RIVER[3:4]]}, name=f"in/{name}.xlsx")
    account = import_register(tmp_path / "in", tmp_path / "out")
    assert table(account, "partnerships", "province") == [[province]]
    assert table(account, "assessments", "date") == [[date]] * bool(date)


def test_the_review_status_of_the_api_and_the_lists_of_odk_are_told(book, tmp_path):
    status = '{"label": "Not Approved", "uid": "validation_status_not_approved"}'
    form = [[*HEADER, "_index", "_uuid", "_validation_status"], [*RIVER, "1", "a", status], [*DELTA, "2", "b", ""]]
    account = import_register(book({"Form": form}), tmp_path / "out")
    assert table(account, "actors", "name") == [[DELTA[0]], [DELTA[1]]]
    assert account.left_out[0].startswith(
        "book.xlsx, sheet Form: 1 row (submissions marked 'validation_status_not_approved'"
    )


@pytest.mark.parametrize(
    "name", ["999", "-99", "N/K", "to be selected", "?? NGO", "NGO name", "Other (specify)", "ផ្សេងៗ"]
)
def test_numbers_headers_and_words_for_later_are_no_actors(imported, name):
    account = imported({"A": [HEADER, [name, *RIVER[1:]], DELTA]})
    assert table(account, "actors", "name") == [[DELTA[0]], [DELTA[1]]]
    assert [row for row, _ in refusals(account)] == ["2"]


@pytest.mark.parametrize("name", ["365 Degrees", "To be Free", "Unknown Heroes", "Schools", "Other Hands"])
def test_names_that_begin_like_such_words_are_actors(imported, name):
    assert imported({"A": [HEADER, [name, *RIVER[1:]]]}).counts == (4, 4, 0)


@pytest.mark.parametrize("name", ["Overall", "All provinces", "Total général", "Number of NGOs", "សរុបរួម"])
def test_other_rows_of_totals_are_left_out(imported, name):
    account = imported({"A": [HEADER, RIVER, [name, "1"]]})
    assert account.counts == (4, 4, 0)


VISITS = [["RW", "Commune council of Sala", "Pursat", "2011-01", "coalition", "2012-03", "integrated"]]


@pytest.mark.parametrize(
    "headers",
    [
        ["Date of visit 1", "Stage at visit 1", "Date of visit 2", "Stage at visit 2"],
        ["Date at baseline", "Stage at the baseline", "Date of the endline", "Stage at endline"],
        ["First visit: date", "First visit: stage", "Second visit: date", "Second visit: stage"],
    ],
)
def test_a_round_may_stand_behind_a_preposition(imported, headers):
    account = imported({"A": [[*HEADER[:3], *headers], *VISITS]})
    assert table(account, "assessments", "date", "stage") == [["2011-01", "coalition"], ["2012-03", "integrated"]]
    assert account.exit_code == 0


def test_columns_below_a_round_with_its_period_belong_to_it(imported):
    header = [*HEADER[:3], "Baseline 2010", None, "Endline 2013", None]
    below = ["", "", "", "Date", "Level", "Date", "Level"]
    account = imported({"A": [header, below, *VISITS]}, merges={"A": ["D1:E1", "F1:G1"]})
    assert table(account, "assessments", "date", "stage") == [["2011-01", "coalition"], ["2012-03", "integrated"]]


def test_a_sub_heading_may_count_what_stands_below_it(imported):
    rows = [["Kratie Province (2 partners)"], RIVER[:2] + RIVER[3:5], ["Takeo: 3"], DELTA[:2] + DELTA[3:5]]
    account = imported({"A": [HEADER[:2] + HEADER[3:5], *rows]})
    assert table(account, "partnerships", "province") == [["10"], ["21"]]


def test_a_row_below_a_heading_that_names_no_province_is_not_given_to_another_province(imported):
    header = ["NGO", "Government partner", "Stage", "Date"]
    rows = [["Battambang"], ["A", "Commune of Sala", "coalition", "2011"], ["Upper valley"]]
    account = imported({"A": [header, *rows, ["A", "Commune of Sala", "coalition", "2012"]]})
    assert table(account, "assessments", "date") == [["2011"]]
    assert refusals(account)[-1] == (
        "5",
        "no province: the row stands below 'Upper valley' (row 4), which names none; these two actors have a partnership in 'Battambang'",
    )


@pytest.mark.parametrize(
    "state", ["Rejected by the office", "not approved (see note)", "Returned", "on-hold", "មិនអនុម័ត"]
)
def test_review_states_are_recognised_as_people_write_them(imported, state):
    account = imported({"A": [[*HEADER, "Review status"], [*RIVER, state], [*DELTA, "Approved"]]})
    assert table(account, "assessments", "date") == [["2012-06-01"]]
    assert f"left out: submissions marked '{state}'; `submissions: all` in a mapping reads them" in warnings(account)


def test_a_review_state_that_is_not_known_is_listed(imported):
    account = imported({"A": [[*HEADER, "Review status"], [*RIVER, "Draft"], [*DELTA, "Approved"]]})
    assert len(table(account, "assessments", "date")) == 2
    reason = "review status 'Draft' of 1 row says neither approved nor rejected; read like the rest"
    assert reason in warnings(account)


def test_a_blank_rater_is_unstated(imported):
    account = imported({"A": [HEADER, [*RIVER[:5], "n/a"], [*DELTA[:5], ""]]})
    assert table(account, "assessments", "rated_by") == [["unstated"], ["unstated"]]
    assert "2 rows do not say who rated; unstated was assumed; use assume: rated_by in a mapping" in warnings(account)


def test_totals_of_a_province_are_no_actor(imported):
    totals = [["Total Battambang", "2 communes"], ["Pursat sub-total", "1 commune"], ["Number of NGOs: 2", "communes"]]
    account = imported({"A": [HEADER, RIVER, *totals, ["Total Health Cambodia", *DELTA[1:]]]})
    assert table(account, "actors", "name")[::2] == [["River Voices"], ["Total Health Cambodia"]]
    assert account.exit_code == 0


def test_a_hint_in_brackets_is_no_actor(imported):
    account = imported(
        {"A": [HEADER, RIVER, ["(name of NGO)", "Commune council of Sala", "Pursat", "coalition", "2011", "state"]]}
    )
    assert refusals(account) == [("3", "'(name of NGO)' does not name one non-state actor")]


def test_options_of_mechanisms_beside_their_words_count_once(imported):
    header = [*HEADER, "Mechanisms", "Mechanisms/MoU", "Mechanisms/Joint committee", "Mechanisms/Letter"]
    rows = [[*RIVER, "MoU Joint committee", 1, 1, 0], [*DELTA, "", 0, 0, 1]]
    account = imported({"A": [header, *rows]})
    assert table(account, "mechanisms", "partnership", "mechanism") == [
        ["P001", "mou"],
        ["P001", "joint_committee"],
        ["P002", "letter"],
    ]
    assert account.exit_code == 0


@pytest.mark.parametrize("header", ["Letter of support - date", "Letter/Start", "Letter of support: date"])
def test_a_date_behind_a_mechanism_is_its_own(imported, header):
    account = imported({"A": [[*HEADER, header], [*RIVER, "15/03/2010"]]})
    assert table(account, "mechanisms", "mechanism", "start") == [["letter", "2010-03-15"]]
    assert table(account, "assessments", "date") == [["2011-05-03"]]
    assert table(account, "partnerships", "start") == [[""]]


@pytest.mark.parametrize("cell", ["not assessed", "Not yet rated", "no visit", "to be visited"])
def test_a_stage_that_was_not_rated_is_no_assessment(imported, cell):
    account = imported({"A": [HEADER, [*RIVER[:3], cell, *RIVER[4:]], DELTA]})
    assert table(account, "assessments", "date") == [["2012-06-01"]]
    assert account.exit_code == 0
    assert f"'{cell}' read as empty in 1 row" in warnings(account)
