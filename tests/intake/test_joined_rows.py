"""Rows of the same two actors: one partnership or several, and what the account says of it."""

import csv

import pytest

from lnlib.intake.import_account import import_register

HEADER = [
    "No.",
    "Province",
    "District",
    "NGO partner",
    "Government partner",
    "Start",
    "Jun 2013",
    "Mar 2014",
    "rated_by",
]
VISION = ["World Vision", "OWSO Siem Reap"]
WATCH = ["River Watch", "OWSO Siem Reap"]


@pytest.fixture
def imported(book, tmp_path):
    return lambda sheets: import_register(book(sheets), tmp_path / "out")


def partnerships(account, *columns):
    return [tuple(cells) for cells in account.register.partnerships[list(columns)].astype(str).to_numpy()]


def stages(account):
    """Return the ratings in their file order: partnership, date and stage."""
    return [tuple(c) for c in account.register.assessments[["partnership", "date", "stage"]].astype(str).to_numpy()]


def joined(account):
    return [line for line in account.words if line.endswith("were joined")]


def test_another_district_is_another_partnership(imported):
    account = imported(
        {
            "A": [
                HEADER,
                [1, "Siem Reap", "Varin", *VISION, "2011", "coalition", "integrated", "state"],
                [2, "Siem Reap", "Puok", *VISION, "2011", "coalition", "integrated", "state"],
            ]
        }
    )
    assert partnerships(account, "partnership", "district") == [("P001", "Varin"), ("P002", "Puok")]
    assert [partnership for partnership, _, _ in stages(account)] == ["P001", "P001", "P002", "P002"]
    assert joined(account) == []


def test_the_same_district_on_a_later_sheet_is_the_same_partnership(imported):
    header = [*HEADER[1:6], "Stage", "rated_by"]
    rows = [["Siem Reap", district, *VISION, "2011"] for district in ("Varin", "Puok")]
    account = imported(
        {
            "2013": [header, *([*row, "coalition", "state"] for row in rows)],
            "2014": [header, *([*row, "integrated", "state"] for row in reversed(rows))],
        }
    )
    assert partnerships(account, "partnership", "district") == [("P001", "Varin"), ("P002", "Puok")]
    assert sorted(stages(account)) == [
        ("P001", "2013", "coalition"),
        ("P001", "2014", "integrated"),
        ("P002", "2013", "coalition"),
        ("P002", "2014", "integrated"),
    ]
    assert joined(account) == [
        "4 rows, 2 partnerships: row 2 of 2013 and row 3 of 2014, row 3 of 2013 and row 2 of 2014 were joined"
    ]


@pytest.mark.parametrize("first", [True, False])
def test_a_row_without_a_district_is_refused_where_there_are_several(imported, first):
    rows = [["Siem Reap", district, *VISION, "2011", "coalition", None, "state"] for district in ("Varin", "Puok")]
    rows.insert(0 if first else 2, ["Siem Reap", None, *VISION, "2011", "integrated", None, "state"])
    account = imported({"A": [HEADER[1:], *rows]})
    assert partnerships(account, "district") == [("Varin",), ("Puok",)]
    assert [(p.row, p.reason) for p in account.listed if p.table == "partnerships"] == [
        (2 if first else 4, "no district, and these two actors have partnerships in 'Varin' and 'Puok'; name one")
    ]


def test_a_row_without_a_district_is_in_the_only_one(imported):
    header = [*HEADER[1:6], "Stage", "Date", "rated_by"]
    account = imported(
        {
            "A": [
                header,
                ["Siem Reap", None, *VISION, None, "coalition", "2013", "state"],
                ["Siem Reap", "Varin", *VISION, "2011", "integrated", "2014", "state"],
            ]
        }
    )
    assert partnerships(account, "district", "start") == [("Varin", "2011")]
    assert joined(account) == ["2 rows, 1 partnership: rows 2 and 3 were joined"]


def test_a_district_nearly_that_of_another_row_is_said(imported):
    rows = [
        ["Siem Reap", one, *VISION, "2011", "coalition", None, "state"] for one in ("Prasat Bakong", "Prasat Bakongg")
    ]
    account = imported({"A": [HEADER[1:], *rows]})
    assert len(account.register.partnerships) == 2
    assert [str(p) for p in account.warnings if "nearly" in p.reason] == [
        "book.xlsx, sheet A, row 3, column District: nearly 'Prasat Bakong' of row 2; read as another partnership"
    ]


def test_two_ratings_of_one_date_or_two_starts_are_two_partnerships(imported):
    account = imported(
        {
            "A": [
                HEADER,
                [1, "Siem Reap", "Varin", *VISION, None, "coalition", "integrated", "state"],
                [2, "Siem Reap", "Varin", *VISION, None, "integrated", "integrated", "state"],
                [3, "Siem Reap", "Puok", *WATCH, "2010", "coalition", None, "state"],
                [4, "Siem Reap", "Puok", *WATCH, "2012", "coalition", None, "state"],
            ]
        }
    )
    assert stages(account) == [
        ("P001", "2013-06", "coalition"),
        ("P001", "2014-03", "integrated"),
        ("P002", "2013-06", "integrated"),
        ("P002", "2014-03", "integrated"),
        ("P003", "2013-06", "coalition"),
        ("P004", "2013-06", "coalition"),
    ]
    end = "of the same two actors and place; read as another partnership; give both rows one key in a column partnership if they are one"
    assert [str(p) for p in account.warnings if "another partnership" in p.reason] == [
        f"book.xlsx, sheet A, row 3, column stage: stage is 'coalition (2013-06)' in row 2, {end}",
        f"book.xlsx, sheet A, row 5, column Start: start is '2010' in row 4, {end}",
    ]
    assert joined(account) == []


def test_a_row_for_each_round_continues_its_partnership(imported):
    header = ["Province", "NGO partner", "Government partner", "Stage", "Date", "rated_by"]
    rows = [
        ["Siem Reap", *VISION, stage, date, rater]
        for stage, date, rater in (
            ("coalition", "2013", "state"),
            ("integrated", "2013", "non_state"),  # another rater contradicts nothing
            ("integrated", "2014", "state"),
        )
    ]
    account = imported({"A": [header, *rows]})
    assert len(account.register.partnerships) == 1
    assert [date for _, date, _ in stages(account)] == ["2013", "2013", "2014"]
    assert joined(account) == ["3 rows, 1 partnership: rows 2, 3 and 4 were joined"]


def test_rows_that_follow_two_partnerships_continue_one_each(imported):
    header = ["Province", "NGO partner", "Government partner", "Stage", "Date", "rated_by"]
    rows = [
        ["Siem Reap", *VISION, stage, date, "state"]
        for date, stage in (
            ("2013", "coalition"),
            ("2013", "integrated"),
            ("2014", "integrated"),
            ("2014", "integrated"),
        )
    ]
    account = imported({"A": [header, *rows]})
    assert stages(account) == [
        ("P001", "2013", "coalition"),
        ("P002", "2013", "integrated"),
        ("P001", "2014", "integrated"),
        ("P002", "2014", "integrated"),
    ]


def test_the_account_lists_what_was_joined(imported, tmp_path):
    rows = [["Siem Reap", "Varin", *VISION, "2011", "coalition", None, "state"]] * 2
    rows += [["Siem Reap", "Varin", *WATCH, "2011", "coalition", None, "state"]] * 2
    rows += [["Siem Reap", f"Puok {n}", *WATCH, "2011", "coalition", None, "state"] for n in (1, 1, 2, 2, 3, 3, 4, 4)]
    account = imported({"A": [HEADER[1:], *rows]})
    assert joined(account) == [
        "12 rows, 6 partnerships: rows 2 and 3, 4 and 5, 6 and 7, 8 and 9, 10 and 11, and those of 1 more partnership were "
        "joined"
    ]
    with (tmp_path / "out" / "account.csv").open(encoding="utf-8", newline="") as lines:
        listed = [line[4:] for line in csv.reader(lines) if line[5] == "joined"]
    assert listed[:2] == [["12", "joined", "12 rows, 6 partnerships"], ["2", "joined", "rows 2 and 3"]]
    assert len(listed) == 7


def test_rows_with_one_key_are_one_partnership(imported):
    header = ["Partnership ID", *HEADER[1:]]
    rows = [
        ["P7", "Siem Reap", "Varin", *VISION, start, stage, None, "state"]
        for start, stage in (("2010", "coalition"), ("2011", "coalition"))
    ]
    account = imported({"A": [header, *rows]})
    assert partnerships(account, "partnership", "start") == [("P7", "2010")]
    assert joined(account) == []


def test_one_stage_in_two_words_and_one_that_is_none_tell_no_partnerships_apart(imported):
    header = [*HEADER[1:6], "Stage", "Date", "rated_by"]
    row = ["Siem Reap", "Varin", *VISION, "2011"]
    ratings = [["integrated", "2013", "state"], ["Integrated partnership", "2013", "state"], ["3rd", "2013", "state"]]
    account = imported({"A": [header, *([*row, *rating] for rating in ratings)]})
    assert partnerships(account, "partnership") == [("P001",)]
    assert joined(account) == ["3 rows, 1 partnership: rows 2, 3 and 4 were joined"]


@pytest.mark.parametrize(("start", "found"), [("May 2011", 1), ("May 2012", 2)])
def test_starts_that_may_be_one_day_tell_no_partnerships_apart(imported, start, found):
    header = [*HEADER[1:6], "Stage", "Date", "rated_by"]
    rows = [
        ["Siem Reap", "Varin", *VISION, one, "coalition", date, "state"]
        for one, date in (("2011", "2013"), (start, "2014"))
    ]
    assert len(imported({"A": [header, *rows]}).register.partnerships) == found


def test_a_start_that_cannot_be_read_takes_no_other_row_with_it(imported):
    header = [*HEADER[1:6], "Stage", "Date", "rated_by"]
    rows = [["Siem Reap", "Varin", *VISION, start, "coalition", "2013", "state"] for start in ("some day", "2012")]
    account = imported({"A": [header, *rows]})
    assert partnerships(account, "start") == [("2012",)]
    assert account.refused["partnerships"] == 1
    assert len(account.register.assessments) == 1


def test_a_row_goes_to_the_partnership_with_its_own_start_before_one_that_may_have_it(imported):
    header = [*HEADER[1:6], "Stage", "Date", "rated_by"]
    told = [("May 2011", "coalition", "2013"), ("2011", "integrated", "2013"), ("2011", "integrated", "2014")]
    rows = [["Siem Reap", "Varin", *VISION, start, stage, date, "state"] for start, stage, date in told]
    rated = imported({"A": [header, *rows]}).register.assessments
    assert rated.groupby("partnership")["date"].agg(list).tolist() == [["2013"], ["2013", "2014"]]
