"""Registers as they really come: what a file of each kind should give, by hand."""

import csv
import shutil
from pathlib import Path

import pytest

from lnlib.errors import RegisterError
from lnlib.intake import examine, open_register
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile

CASES = Path(__file__).parents[1] / "registers" / "cases"


@pytest.fixture
def imported(tmp_path):
    """Import a case, with the text of a mapping where it needs one."""

    def run(name, mapping=""):
        file = tmp_path / "map.yml"
        file.write_text(mapping, encoding="utf-8")
        return import_register(CASES / name, tmp_path / "out", mapping=file if mapping else None)

    return run


def table(account, name, *columns):
    return account.register.tables[name][list(columns)].astype("str").values.tolist()


def refusals(account):
    with (account.folder / "refused.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["row"], row["reason"]) for row in csv.DictReader(lines)]


def warnings(account):
    return [str(problem) for problem in account.warnings]


def test_an_index_that_repeats_in_pasted_exports_is_told_apart_by_the_submission(imported):
    account = imported("63-merged-exports.xlsx")
    assert table(account, "assessments", "partnership", "date") == [["P001", "2011-05-03"], ["P002", "2012-05-03"]]
    assert account.exit_code == 0


def test_an_index_that_repeats_and_no_submission_tells_apart_is_refused(book, tmp_path):
    path = book(
        {
            "Form": [
                ["non_state", "state", "state_kind", "province", "_index"],
                ["River Voices", "Sala", "commune_council", "02", 1],
                ["Green Delta", "Sala", "commune_council", "02", 1],
            ],
            "assess": [
                ["date", "stage", "rated_by", "_parent_table_name", "_parent_index"],
                ["2011", "coalition", "state", "Form", 1],
            ],
        }
    )
    account = import_register(path, tmp_path / "out")
    assert refusals(account) == [("2", "its parent is ambiguous: _parent_index '1' appears in rows 2 and 3 of Form")]
    assert account.read["assessments"] == 1


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("70-names-keyed-clean.xlsx", ["2011-05-03", "2012-05-03"]),
        ("77-year-sheets-blank-prov.xlsx", ["2011", "2012"]),
        ("21-names-keyed.xlsx", ["2011-05-03"]),
    ],
)
def test_a_row_without_a_province_belongs_to_the_only_partnership_of_its_actors(imported, name, dates):
    account = imported(name)
    assert table(account, "partnerships", "partnership", "province") == [["P001", "02"]]
    assert table(account, "assessments", "partnership", "date") == [["P001", date] for date in dates]
    assert any("no province; read as the only partnership of these two actors" in text for text in warnings(account))
    assert account.exit_code == 0


def test_a_row_without_a_province_that_could_be_of_two_partnerships_is_refused(imported):
    account = imported("20-moves.xlsx")
    assert table(account, "partnerships", "partnership", "province") == [["P001", "02"], ["P002", "15"]]
    assert refusals(account) == [
        ("4", "no province, and these two actors have partnerships in 'Battambang' and 'Pursat'; name one")
    ]


def test_the_clock_of_the_interview_never_stands_for_a_question(imported):
    account = imported("k1-meta-start.xlsx")
    assert table(account, "partnerships", "start", "end") == [["2010-01-15", "2012-02-20"], ["2010-02-15", ""]]


def test_a_sheet_that_is_not_read_is_on_the_console_and_in_the_exit_status(imported):
    account = imported("s1.xlsx")
    assert account.exit_code == 1
    assert account.words[0] == (
        "NOT READ: s1.xlsx, sheet Rounds: the sheet is not recognised as a register table; its 2 rows below the first "
        "(Partnership ID, Assessment date, How far are they, Who rated, Remarks) were not read; "
        "name the sheet and its columns in a mapping, or skip it"
    )
    assert "read 3 = accepted 3 + refused 0; 1 part of the file NOT READ" in account.words
    assert "the register has no assessment: nothing can be shown over time" in account.words
    with (account.folder / "account.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            (row["sheet"], row["letters"], row["column"], row["cells"], row["status"]) for row in csv.DictReader(lines)
        ]
    assert ("Rounds", "C", "How far are they", "2", "not read") in rows
    assert ("Partners", "B", "NGO", "1", "read") in rows
    assert len(rows) == 10


def test_rounds_side_by_side_are_paired(imported):
    account = imported("12-dup-rounds.xlsx")
    assert table(account, "assessments", "date", "stage") == [
        ["2010-05-03", "coalition"],
        ["2011-05-03", "collaboration"],
        ["2012-05-03", "integrated"],
    ]
    assert (
        "12-dup-rounds.xlsx, sheet Tracker, column Stage: 3 rounds of assessment stand side by side; paired as "
        "'Stage' (F) with 'Date' (E); 'Stage' (H) with 'Date' (G); 'Stage' (J) with 'Date' (I)"
    ) in warnings(account)


@pytest.mark.parametrize(
    "header",
    [
        ["Baseline date", "Baseline stage", "Endline date", "Endline stage"],
        ["Stage 1", "Date 1", "Stage 2", "Date 2"],
        ["Round 1 stage", "Round 2 stage", "Round 1 date", "Round 2 date"],
    ],
)
def test_rounds_that_headers_name_are_paired_by_their_names(book, tmp_path, header):
    cells = {"date": iter(["2010", "2012"]), "stage": iter(["coalition", "integrated"])}
    row = [next(cells["date" if "date" in name.casefold() else "stage"]) for name in header]
    path = book({"A": [["non_state", "state", "state_kind", "province", "rated_by", *header],
                       ["R", "S", "owso", "02", "state", *row]]})  # fmt: skip
    account = import_register(path, tmp_path / "out")
    assert table(account, "assessments", "date", "stage", "rated_by") == [
        ["2010", "coalition", "state"],
        ["2012", "integrated", "state"],
    ]


def test_an_unedited_draft_leaves_nothing_out(tmp_path):
    for name in ("12-dup-rounds.xlsx", "32-yesno.xlsx", "s1.xlsx", "a-labels-en.xlsx"):
        plain = examine(CASES / name)[1]
        (tmp_path / "map.yml").write_text(suggest_mapping(CASES / name), encoding="utf-8")
        drafted = examine(CASES / name, mapping=tmp_path / "map.yml")[1]
        for one in plain.read:
            accepted = [checked.read[one] - checked.refused[one] for checked in (plain, drafted)]
            assert accepted[0] <= accepted[1], (name, one)


def test_the_name_of_a_sheet_gives_the_province_of_its_rows(imported):
    account = imported("53-sheet-per-province.xlsx")
    assert table(account, "partnerships", "province") == [["02"], ["15"], ["17"]]
    assert (
        "53-sheet-per-province.xlsx, sheet Siem Reap, column province: no column gives the province; "
        "that of the sheet's name, Siem Reap, was taken"
    ) in warnings(account)


def test_the_same_actors_on_two_sheets_of_provinces_are_two_partnerships(book, tmp_path):
    rows = [
        ["NGO", "State", "state_kind", "Date", "Stage", "rated_by"],
        ["A", "B", "owso", "2011", "coalition", "state"],
    ]
    account = import_register(book({"Battambang": rows, "Pursat": rows}), tmp_path / "out")
    assert table(account, "partnerships", "partnership", "province") == [["P001", "02"], ["P002", "15"]]
    assert account.counts[2] == 0


def test_a_sub_heading_gives_the_province_of_the_rows_below_it(book, tmp_path):
    header = ["NGO", "State", "state_kind", "Date", "Stage", "rated_by"]
    row = ["A", "B", "owso", "2011", "coalition", "state"]
    path = book({"Tracker": [header, ["Battambang"], row, ["Province: Pursat"], ["C", *row[1:]]]})
    account = import_register(path, tmp_path / "out")
    assert table(account, "partnerships", "province") == [["02"], ["15"]]
    assert account.exit_code == 0


def test_a_question_that_was_renamed_between_versions_is_combined(imported):
    account = imported(
        "small-renamed-xml.xlsx",
        "columns: {ngo_name: non_state, non_state: non_state}\n"
        "values: {sectors: {localgov: local_governance, natres: environment}}\n",
    )
    names = ["River Voices", "Green Delta", "Open Ledger", "Hands-On Schools"]
    actors = dict(table(account, "actors", "actor", "name"))
    assert [actors[key] for (key,) in table(account, "partnerships", "non_state")] == names
    assert [cell for (cell,) in table(account, "partnerships", "sectors")] == [
        "local_governance;water", "environment", "environment;local_governance", "water",
    ]  # fmt: skip
    assert account.exit_code == 0


def test_columns_of_one_meaning_that_differ_refuse_the_row_and_name_both(book, tmp_path):
    path = book({"A": [["NGO", "NGO name", "State", "state_kind", "province"], ["One", "Two", "S", "owso", "02"],
                       ["Three", None, "S", "owso", "02"]]})  # fmt: skip
    account = import_register(path, tmp_path / "out")
    assert refusals(account) == [
        (
            "2",
            "columns 'NGO' and 'NGO name' both mean non_state but differ: 'One' and 'Two'; "
            "leave one of them out in a mapping (columns)",
        )
    ]
    assert table(account, "actors", "name") == [["Three"], ["S"]]


def test_values_reach_each_option_of_a_select_multiple(imported):
    mapping = (
        "columns: {ngo_name: non_state, non_state: non_state}\n"
        "values: {sectors: {localgov: local_governance, natres: environment}}\n"
    )
    account = imported("small-details-xml.xlsx", mapping)
    assert [cell for (cell,) in table(account, "partnerships", "sectors")] == [
        "local_governance;water", "environment", "environment;local_governance", "water",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["small-renamed-xml.xlsx", "small-details-xml.xlsx"])
def test_an_option_that_is_not_known_refuses_and_never_vanishes(imported, name):
    account = imported(name, "columns: {ngo_name: non_state}\n")
    assert table(account, "partnerships", "sectors") == [["water"]]
    assert any("localgov" in reason for _, reason in refusals(account))


def test_labels_of_several_words_between_spaces_are_cut_where_they_are_known(book, tmp_path):
    path = book({"A": [["non_state", "state", "state_kind", "province", "sectors"],
                       ["R", "S", "owso", "02", "Local governance Natural resources"]]})  # fmt: skip
    account = import_register(path, tmp_path / "out")
    assert table(account, "partnerships", "sectors") == [["environment;local_governance"]]


@pytest.mark.parametrize(
    ("name", "ratings"), [("61-long-title-1level.xlsx", 2), ("p-xml.xlsx", 20), ("p-lab-hier.xlsx", 20)]
)
def test_a_form_title_that_the_exporter_cut_is_found(imported, name, ratings):
    account = imported(name)
    assert (account.accepted["assessments"], account.refused["assessments"]) == (ratings, 0)


@pytest.mark.parametrize(
    ("name", "mapping", "counts"),
    [
        ("60-kobo-rounds.xlsx", "", (1, 2)),
        ("60-kobo-rounds.xlsx", "submissions: all\n", (2, 4)),
        ("partnership_monitoring", "", (4, 8)),
        ("partnership_monitoring", "submissions: all\n", (8, 16)),
    ],
)
def test_what_the_office_rejected_is_left_out_unless_asked(imported, name, mapping, counts):
    account = imported(name, mapping)
    assert (account.accepted["partnerships"], account.accepted["assessments"]) == counts
    lines = [line for line in account.words if "submissions marked" in line]
    assert bool(lines) == (not mapping)


def test_rejected_submissions_are_counted_on_the_console(imported):
    assert [line for line in imported("60-kobo-rounds.xlsx").words if "submissions marked" in line] == [
        "left out: 60-kobo-rounds.xlsx, sheet Visit form: 1 row "
        "(submissions marked 'Not approved'; `submissions: all` in a mapping reads them)",
        "left out: 60-kobo-rounds.xlsx, sheet Visit form: 1 row "
        "(submissions marked 'On hold'; `submissions: all` in a mapping reads them)",
    ]


def test_totals_are_no_actors(imported):
    account = imported("51-total-accepted.xlsx")
    assert table(account, "actors", "name") == [
        ["River Voices"], ["Commune council of Ta Sanh"], ["Green Delta"], ["Commune council of Bak"],
    ]  # fmt: skip
    assert account.exit_code == 0


@pytest.mark.parametrize("name", ["n/a", "-", "?", "TBD", "unknown", "??????", '"', "ditto"])
def test_placeholders_are_no_actors_and_a_refused_row_leaves_nothing(book, tmp_path, name):
    header = ["NGO", "State", "state_kind", "province", "Stage", "Date", "rated_by"]
    row = ["Commune of Sala", "commune_council", "02", "coalition", "2011", "state"]
    account = import_register(book({"A": [header, ["River", *row], [name, *row]]}), tmp_path / "out")
    assert table(account, "actors", "name") == [["River"], ["Commune of Sala"]]
    assert account.refused == {"actors": 0, "partnerships": 1, "assessments": 0, "mechanisms": 0}


def test_a_row_that_the_check_refuses_leaves_no_actor(book, tmp_path):
    header = ["NGO", "State", "state_kind", "province", "Stage", "Date", "rated_by"]
    rows = [["Name of NGO here", "their office", "owso", "choose one", "see list", "yyyy", "state"],
            ["River", "Commune of Sala", "commune_council", "02", "coalition", "2011", "state"]]  # fmt: skip
    account = import_register(book({"A": [header, *rows]}), tmp_path / "out")
    assert table(account, "actors", "name") == [["River"], ["Commune of Sala"]]


def test_words_for_nothing_in_an_optional_cell_are_empty_with_a_warning(imported):
    account = imported("05-missing.xlsx", 'empty: ["0", x]\n')
    assert [p for (p,) in table(account, "partnerships", "province")] == [""] * 16
    assert [row for row, _ in refusals(account)] == ["18", "18", "18"]  # whose province and end are 'same'
    assert "05-missing.xlsx, sheet Tracker, row 2, column Province: 'n/a' read as empty in 1 row" in warnings(account)


def test_impossible_years_are_refused(imported):
    account = imported("54-future-year.xlsx")
    assert [(row, reason.split(";")[0]) for row, reason in refusals(account)] == [
        ("2", "year 2101 is not plausible (1950 to 2100)"),
        ("3", "year 2110 is not plausible (1950 to 2100)"),
        ("4", "year 0201 is not plausible (1950 to 2100)"),
        ("5", "year 1911 is not plausible (1950 to 2100)"),
        ("6", "date '20111-05-03' cannot be read"),
        ("7", "year 1900 is not plausible (1950 to 2100)"),
    ]
    assert account.exit_code == 1


def test_a_column_that_proves_month_first_is_read_so(imported):
    account = imported("52-us-dates.xlsx")
    assert [date for (date,) in table(account, "assessments", "date")] == [
        "2011-04-05", "2011-05-13", "2011-11-12", "2011-12-25",
    ]  # fmt: skip
    assert (
        "52-us-dates.xlsx, sheet Tracker, row 2, column Date: date '04/05/2011' read as 2011-04-05, month first, "
        "as row 3 proves"
    ) in warnings(account)


@pytest.mark.parametrize(
    ("mapping", "date"), [("dates: month first", "2011-04-05"), ("dates: {Date: day first}", "2011-05-04")]
)
def test_a_mapping_declares_the_order_of_dates(book, tmp_path, mapping, date):
    (tmp_path / "map.yml").write_text(mapping)
    path = book({"A": [["non_state", "state", "state_kind", "province", "Date", "stage", "rated_by"],
                       ["R", "S", "owso", "02", "04/05/2011", "coalition", "state"]]})  # fmt: skip
    register, _ = examine(path, mapping=tmp_path / "map.yml")
    assert list(register.assessments["date"]) == [date]


def test_a_column_of_both_orders_refuses_the_dates_that_could_be_either(book, tmp_path):
    header = ["non_state", "state", "state_kind", "province", "Date", "stage", "rated_by"]
    rows = [["R", "S", "owso", "02", date, "coalition", "state"] for date in ("13/05/2011", "05/14/2011", "04/05/2011")]
    account = import_register(book({"A": [header, *rows]}), tmp_path / "out")
    assert [date for (date,) in table(account, "assessments", "date")] == ["2011-05-13", "2011-05-14"]
    assert refusals(account) == [
        (
            "4",
            "date '04/05/2011' may be day or month first: row 2 proves day first, row 3 month first; "
            "declare the order in a mapping (dates)",
        )
    ]


def test_columns_of_yes_and_no_are_mechanisms(imported):
    account = imported("32-yesno.xlsx")
    assert table(account, "mechanisms", "partnership", "mechanism", "start") == [
        ["P001", "mou", "2010-03-01"],
        ["P001", "joint_committee", ""],
        ["P002", "mou", ""],
        ["P003", "mou", ""],
        ["P003", "joint_committee", ""],
        ["P004", "mou", ""],
        ["P004", "joint_committee", ""],
        ["P005", "mou", ""],
    ]
    assert refusals(account) == [("6", "joint_committee 'planned' is neither yes, no nor a date")]


@pytest.mark.parametrize("name", ["~$ok.xlsx", "~tracker.xlsx"])
def test_a_path_that_begins_with_a_tilde_gives_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegisterError) as caught:
        open_register(name)
    assert str(caught.value) == f"register '{name}' does not exist"
    (tmp_path / "~$ok.xlsx").write_bytes(b"PK")
    with pytest.raises(RegisterError) as caught:
        open_register("~$ok.xlsx")
    assert str(caught.value) == "~$ok.xlsx is the lock file of an open workbook; close it and import 'ok.xlsx'"


def test_a_natural_survey_form_needs_one_round_of_questions(tmp_path):
    draft = suggest_mapping(CASES / "a-labels-en.xlsx")
    assert '  "Name of the NGO (in full)": non_state  # ' in draft
    answers = draft.replace('#   "GPS":', '  "GPS":').replace('#   "Photo of', '  "Photo of')
    (tmp_path / "map.yml").write_text(answers, encoding="utf-8")
    account = import_register(CASES / "a-labels-en.xlsx", tmp_path / "out", mapping=tmp_path / "map.yml")
    assert account.unread == ()
    assert [reason for _, reason in refusals(account)] == ["repeats row 9", "repeats row 11", "repeats row 19"]
    assert account.read == {"actors": 18, "partnerships": 40, "assessments": 62, "mechanisms": 43}


def test_a_draft_goes_on_from_a_mapping(tmp_path):
    (tmp_path / "map.yml").write_text("sheets: {Rounds: assessments}\ncolumns: {How far are they: stage}\n")
    draft = suggest_mapping(CASES / "s1.xlsx", mapping=tmp_path / "map.yml")
    given = MappingFile.read(draft)
    assert given.sheets == {"Rounds": "assessments"}
    assert given.columns["How far are they"] == "stage"
    assert "# sheets" not in draft


def test_the_columns_of_a_sheet_that_is_not_recognised_are_listed_with_guesses(tmp_path):
    draft = suggest_mapping(CASES / "s1.xlsx")
    assert '  "Rounds": assessments  # likely; 3 rows' in draft
    assert '  "How far are they": stage  # likely, by its cells; coalition | collaboration' in draft
    (tmp_path / "map.yml").write_text(draft, encoding="utf-8")
    account = import_register(CASES / "s1.xlsx", tmp_path / "out", mapping=tmp_path / "map.yml")
    assert (account.accepted["assessments"], account.exit_code) == (2, 0)


def test_a_zip_is_read_as_its_folder(imported, tmp_path):
    account = imported("partnership_monitoring.csv.zip")
    again = import_register(CASES / "partnership_monitoring", tmp_path / "again")
    assert account.read == again.read
    assert account.register.assessments.equals(again.register.assessments)


def test_a_folder_of_workbooks_is_one_register(imported):
    account = imported("folder")
    assert account.accepted == {"actors": 7, "partnerships": 4, "assessments": 5, "mechanisms": 0}
    assert [problem.sheet for problem in account.unread] == ["Codes", "Summary"]


def test_khmer_labels_of_our_own_are_read(imported):
    account = imported("79-khmer-values.xlsx")
    assert table(account, "partnerships", "sectors") == [["water"], ["education"]]
    assert table(account, "assessments", "rated_by") == [["state"], ["independent"]]
    assert dict(table(account, "actors", "name", "kind"))["Commune council of Ta Sanh"] == "commune_council"


def test_khmer_dates_are_read_and_buddhist_years_named(imported):
    account = imported("04-khmer.xlsx")
    assert [date for (date,) in table(account, "assessments", "date")] == [
        "2011-05-03", "2012-05", "2013-05-03", "2013-Q3",
    ]  # fmt: skip
    assert [reason.rpartition("; ")[2] for _, reason in refusals(account)] == [
        "is it Buddhist era, did you mean '2011-05-03'?", "is it Buddhist era, did you mean '2011'?",
    ]  # fmt: skip


def test_hxl_tags_say_what_columns_are(imported):
    account = imported("23-hxl3w.xlsx", "columns: {Activity: }\nassume: {date: 2011}\n")
    assert table(account, "partnerships", "province", "district", "sectors", "start", "end") == [
        ["02", "Bakan", "water", "2010-01-01", "2012-01-01"]
    ]
    assert table(account, "actors", "name", "kind") == [
        ["River Voices", "ngo"], ["Commune council of Ta Sanh", "commune_council"],
    ]  # fmt: skip
    assert table(account, "assessments", "stage", "date") == [["coalition", "2011"]]
    assert account.exit_code == 0


def test_groups_before_a_label_do_not_change_it(imported):
    account = imported("k2-label-hier.xlsx")
    assert account.accepted == {"actors": 4, "partnerships": 2, "assessments": 2, "mechanisms": 0}
    assert account.exit_code == 0


def test_a_second_table_with_its_columns_in_another_order_is_read_by_its_own_header(book, tmp_path):
    path = book(
        {
            "Tracker": [
                ["NGO", "Government partner", "Province", "Stage", "Date"],
                ["River", "Commune of Sala", "Battambang", "coalition", "2011"],
                [],
                ["Government partner", "NGO", "Date", "Stage", "Province"],
                ["Commune of Bak", "Delta", "2012", "integrated", "Pursat"],
            ]
        }
    )
    account = import_register(path, tmp_path / "out")
    assert table(account, "actors", "name", "kind") == [
        ["River", "ngo"], ["Commune of Sala", "commune_council"], ["Delta", "ngo"], ["Commune of Bak", "commune_council"],
    ]  # fmt: skip
    assert table(account, "assessments", "stage", "date") == [["coalition", "2011"], ["integrated", "2012"]]
    assert account.counts[2] == 0


def test_hidden_parts_are_read_and_named(imported):
    account = imported("07-hidden.xlsx")
    assert [text for text in warnings(account) if "hidden parts" in text] == [
        "07-hidden.xlsx, sheet Tracker: row 4 is hidden; column 'Remarks' (I) is hidden; hidden parts were read like the rest",
        "07-hidden.xlsx, sheet Archive: the sheet is hidden; hidden parts were read like the rest",
    ]


def test_the_sheets_name_is_the_cause_where_a_date_is_missing(book, tmp_path):
    rows = [
        ["NGO", "State", "state_kind", "province", "Stage", "rated_by"],
        ["A", "B", "owso", "02", "coalition", "state"],
    ]
    account = import_register(book({"Oct-Dec 2011": rows, "2012 (final)": rows, "FY 2015": rows}), tmp_path / "out")
    assert [date for (date,) in table(account, "assessments", "date")] == ["2011-Q4", "2012"]
    assert refusals(account) == [
        (
            "2",
            "no column gives the date of the assessment, and the sheet's name 'FY 2015' is no date; "
            "name a column date, or use assume: date, in a mapping",
        )
    ]


def test_a_parent_on_a_sheet_that_was_not_read_is_named_as_the_cause(book, tmp_path):
    path = book(
        {
            "Form": [["what", "when", "_index"], ["River", "x", 1]],
            "assess": [
                ["date", "stage", "rated_by", "_parent_table_name", "_parent_index"],
                ["2011", "coalition", "state", "Form", 1],
            ],
        }
    )
    account = import_register(path, tmp_path / "out")
    assert refusals(account) == [("2", "its parent, _parent_index '1', is on sheet Form, which was not read")]
    assert account.exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns:\n\tA: stage\n", ": line 2 begins with a tab; indent with spaces"),
        ("columns:\n  *Stage: stage\n", ": line 2: text that begins with * is not plain text in YAML; put the text in double quotes"),
        ("columns:\n  Stage: how far: stage\n", ": line 2 has two colons; put the text in double quotes where a header or value holds a colon"),
        ("values:\n  kind: {Village office: commune_council}\n", ", line 2: values: kind has no effect: a sheet with one row per partnership has non_state_kind and state_kind"),
        (
            "colums:\n  A: stage\nsheets:\n  Round: assesments\n",
            " has 2 mistakes:\n"
            "  line 2: key 'colums' is not known; did you mean 'columns'? Allowed: register, sheets, columns, values, kinds, assume, dates, empty, submissions\n"
            "  line 4: sheets: Round: table 'assesments' is not known; did you mean 'assessments'? Allowed: actors, partnerships, assessments, mechanisms, sheet, skip",
        ),
    ],
)  # fmt: skip
def test_mistakes_of_a_mapping_are_in_plain_words_with_their_lines(tmp_path, text, message):
    file = tmp_path / "map.yml"
    file.write_text(text)
    with pytest.raises(RegisterError) as caught:
        examine(CASES / "90-values-kind.xlsx", mapping=file)
    assert str(caught.value) == f"{file}{message}"


@pytest.mark.parametrize(
    "text",
    [
        "sheets: {rounds: Assessments}\ncolumns: {“How far are they”: Stage}",
        'sheets: {"Rounds ": assessments}\ncolumns: {How far are they: stage}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_case_spaces_quotes_and_encodings_of_a_mapping_do_not_matter(tmp_path, text, encoding):
    (tmp_path / "map.yml").write_text(text, encoding=encoding)
    assert examine(CASES / "s1.xlsx", mapping=tmp_path / "map.yml")[1].read["assessments"] == 2


def test_corrections_made_in_the_tables_are_not_replaced(tmp_path):
    out = tmp_path / "out"
    import_register(CASES / "18-spellings.xlsx", out)
    assert import_register(CASES / "18-spellings.xlsx", out).counts[0] > 0  # nothing was corrected yet
    actors = out / "actors.csv"
    actors.write_text(actors.read_text("utf-8").replace("RV", "River Voices"), encoding="utf-8")
    with pytest.raises(RegisterError) as caught:
        import_register(CASES / "18-spellings.xlsx", out)
    assert str(caught.value) == (
        f"actors.csv in {out} was changed since the import, and the changes would be lost; "
        "write to another folder, or move it away"
    )
    assert "River Voices" in actors.read_text("utf-8")


def test_the_register_of_another_file_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    import_register(CASES / "18-spellings.xlsx", out)
    with pytest.raises(RegisterError) as caught:
        import_register(CASES / "52-us-dates.xlsx", out)
    assert str(caught.value) == (
        f"{out} holds the register imported from '18-spellings.xlsx'; write to another folder, or move it away"
    )


def test_the_register_of_a_file_of_the_same_name_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    for folder, name in (("north", "18-spellings.xlsx"), ("south", "52-us-dates.xlsx"), ("moved", "18-spellings.xlsx")):
        (tmp_path / folder).mkdir()
        shutil.copyfile(CASES / name, tmp_path / folder / "tracker.xlsx")
    import_register(tmp_path / "north" / "tracker.xlsx", out)
    with pytest.raises(RegisterError) as caught:
        import_register(tmp_path / "south" / "tracker.xlsx", out)
    assert str(caught.value) == (
        f"{out} holds the register imported from another file named 'tracker.xlsx'; write to another folder, or move it away"
    )
    import_register(tmp_path / "moved" / "tracker.xlsx", out)  # the same contents elsewhere
    shutil.copyfile(CASES / "52-us-dates.xlsx", tmp_path / "moved" / "tracker.xlsx")
    account = import_register(tmp_path / "moved" / "tracker.xlsx", out)  # the same file, changed
    assert account.accepted["assessments"] > 0
