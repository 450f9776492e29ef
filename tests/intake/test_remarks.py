"""What a row says in words is kept: with the assessment it makes, or with the partnership where it makes none."""

import csv

import pytest

from lnlib.intake.import_account import import_register

WHO = ["NGO", "Government partner", "Province"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang"]
DELTA = ["Green Delta", "Commune council of Bak", "Pursat"]
ENDED = "values: {stage: {Ended: ended, not yet: }}"


@pytest.fixture
def imported(book, tmp_path):
    """Import the rows of a sheet, or of several by title, with a mapping that reads `Ended` as an end."""

    def run(rows, mapping=ENDED):
        file = tmp_path / "mapping.yml"
        file.write_text(mapping, encoding="utf-8")
        return import_register(book(rows if isinstance(rows, dict) else {"A": rows}), tmp_path / "out", mapping=file)

    return run


def notes(account, table):
    return account.register.tables[table]["note"].fillna("").tolist()


@pytest.mark.parametrize(
    ("stage", "of_partnership", "of_assessments"),
    [
        ("Ended", "Owner sold the mill", []),
        ("", "Owner sold the mill", []),
        ("n/a", "Owner sold the mill", []),
        ("not yet", "Owner sold the mill", []),
        ("coalition", "", ["Owner sold the mill"]),
    ],
)
def test_a_comment_is_of_the_assessment_or_where_there_is_none_of_the_partnership(
    imported, stage, of_partnership, of_assessments
):
    date = "" if stage == "" else "2012-05"  # a date beside an empty stage is refused
    account = imported([[*WHO, "Stage", "Date", "Comments"], [*RIVER, stage, date, "Owner sold the mill"]])
    assert (notes(account, "partnerships"), notes(account, "assessments")) == ([of_partnership], of_assessments)


def test_the_comments_of_several_rows_of_a_partnership_are_all_kept_once(imported):
    rows = [
        [*RIVER, "coalition", "2011", "Went well", "Report 1"],
        [*RIVER, "", "", "Office closed", ""],
        [*RIVER, "n/a", "", "Office closed", ""],
        [*RIVER, "Ended", "2013", "Did not renew", "Report 2"],
        [*DELTA, "Ended", "2012", "Owner sold the mill", "Report 2"],
        [*DELTA, "", "", "", ""],
    ]
    account = imported([[*WHO, "Stage", "Date", "Comments", "Source"], *rows])
    assert notes(account, "partnerships") == ["Office closed; Did not renew", "Owner sold the mill"]
    assert account.register.partnerships["source"].tolist() == ["Report 2", "Report 2"]
    assert notes(account, "assessments") == ["Went well"]
    assert account.exit_code == 0


def test_a_comment_is_added_to_the_note_of_a_partnership_that_another_sheet_has(imported):
    actors = [["actor", "name", "kind"], ["N1", RIVER[0], "ngo"], ["S1", RIVER[1], "commune_council"]]
    partnerships = [["partnership", "non_state", "state", "province", "note"], ["P1", "N1", "S1", "02", "Began small"]]
    tracker = [[*WHO, "Stage", "Date", "Comments"], [*RIVER, "Ended", "2013", "Did not renew"]]
    account = imported({"actors": actors, "partnerships": partnerships, "Tracker": tracker})
    assert notes(account, "partnerships") == ["Began small; Did not renew"]


@pytest.mark.parametrize("last", ["Ended", "not yet", "coalition"])
def test_a_comment_beside_the_stage_of_a_round_or_a_period_is_kept_too(imported, last):
    rounds = [*WHO, "Baseline stage", "Baseline date", "Baseline comment", "Endline stage", "Endline date"]
    wide = [*WHO, "2011", "Comment 2011", "2013", "Comment 2013"]
    account = imported(
        {
            "A": [[*rounds, "Endline comment"], [*RIVER, "coalition", "2011", "Well", last, "2013", "Mill sold"]],
            "B": [wide, [*DELTA, "coalition", "Well", last, "Mill sold"]],
        }
    )
    rated = last == "coalition"
    assert notes(account, "partnerships") == ["" if rated else "Mill sold"] * 2
    assert notes(account, "assessments") == (["Well", "Mill sold"] if rated else ["Well"]) * 2


def test_a_quotation_that_no_assessment_takes_is_listed_and_counted_as_left_out(imported):
    header = [*WHO, "Stage", "Date", "Quotation"]
    account = imported([header, [*RIVER, "coalition", "2011", "We meet"], [*DELTA, "Ended", "2013", "We parted"]])
    rule = "no assessment to belong to, and no such column in another table"
    with (account.folder / "account.csv").open(encoding="utf-8", newline="") as lines:
        left = [
            (row["column"], row["cells"], row["what"]) for row in csv.DictReader(lines) if row["status"] == "left out"
        ]
    assert left == [("Quotation", "1", f"{rule}, in 1 row")]
    listed = [(p.row, p.column, p.value) for p in account.warnings if p.reason == f"left out: {rule}"]
    assert listed == [(3, "Quotation", "We parted")]


def left_out(account):
    with (account.folder / "account.csv").open(encoding="utf-8", newline="") as lines:
        return [
            (row["column"], row["cells"], row["what"]) for row in csv.DictReader(lines) if row["status"] == "left out"
        ]


@pytest.mark.parametrize("stage", ["Ended", "n/a", "not yet"])
def test_who_rated_and_on_what_evidence_is_listed_and_counted_where_nothing_was_rated(imported, stage):
    header = [*WHO, "Stage", "Date", "rated_by", "evidence"]
    rows = [[*RIVER, "coalition", "2011", "state", "interview"], [*DELTA, stage, "2013", "non_state", "document"]]
    account = imported([header, *rows])
    rule = "no assessment to belong to, and no such column in another table"
    listed = [(p.row, p.column, p.value) for p in account.warnings if p.reason == f"left out: {rule}"]
    assert listed == [(3, "rated_by", "non_state"), (3, "evidence", "document")]
    told = [one for one in left_out(account) if one[0] in ("rated_by", "evidence")]
    assert told == [("rated_by", "1", f"{rule}, in 1 row"), ("evidence", "1", f"{rule}, in 1 row")]


def test_who_rated_holds_for_the_rounds_of_a_row_and_is_listed_of_a_round_that_is_not_rated(imported):
    header = [*WHO, "rated_by", "Baseline stage", "Baseline date", "Endline stage", "Endline date", "Endline evidence"]
    account = imported([header, [*RIVER, "state", "coalition", "2011", "Ended", "2013", "document"]])
    listed = [(p.column, p.value) for p in account.warnings if p.reason.startswith("left out: no assessment")]
    assert listed == [("Endline evidence", "document")]


def test_the_comment_of_a_refused_rating_is_listed_and_counted(imported):
    header = [*WHO, "Stage", "Date", "Comments", "Quotation"]
    rows = [[*RIVER, "coalition", "soon", "Began well", "We meet"], [*DELTA, "coalition", "2012", "Well", ""]]
    account = imported([header, *rows, [*RIVER, "good", "2013", "Fine", ""]])
    rule = "its assessment was refused"
    listed = [(p.row, p.column, p.value) for p in account.warnings if p.reason == f"left out: {rule}"]
    assert sorted(listed) == [(2, "Comments", "Began well"), (2, "Quotation", "We meet"), (4, "Comments", "Fine")]
    assert sorted(one for one in left_out(account) if one[2] == rule) == [
        ("Comments", "2", rule),
        ("Quotation", "1", rule),
    ]
    assert f"book.xlsx, sheet A: Comments, Quotation ({rule})" in account.left_out
    assert account.refused["assessments"] == 2


def test_the_comment_of_a_rating_that_no_column_dates_stays_with_the_partnership(imported):
    account = imported([[*WHO, "Stage", "Comments"], [*RIVER, "coalition", "Began well"]])
    assert (notes(account, "partnerships"), notes(account, "assessments")) == (["Began well"], [])


def test_a_comment_on_a_period_that_a_table_of_assessments_does_not_rate_is_listed(imported):
    actors = [["actor", "name", "kind"], ["N1", RIVER[0], "ngo"], ["S1", RIVER[1], "commune_council"]]
    partnerships = [["partnership", "non_state", "state", "province"], ["P1", "N1", "S1", "02"]]
    assessments = [
        ["partnership", "rated_by", "2011", "note 2011", "2013", "note 2013"],
        ["P1", "state", "coalition", "Well", "n/a", "Mill sold"],
    ]
    sheets = {"actors": actors, "partnerships": partnerships, "assessments": assessments}
    account = imported(sheets, "register: {kind: field}")
    assert notes(account, "assessments") == ["Well"]
    assert [p.value for p in account.warnings if p.reason.startswith("left out: no assessment")] == ["Mill sold"]
