"""Years beside quarters and months, rounds that are dated in their headers, and dates without a stage."""

import pytest

from lnlib.intake.report import import_register

WHO = ["NGO", "Government partner", "Province"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang"]


@pytest.fixture
def imported(book, tmp_path):
    def run(rows, **more):
        return import_register(book({"A": rows}, **more), tmp_path / "out")

    return run


def rated(account, *columns):
    return account.register.assessments[[*("date", "stage"), *columns]].astype("str").values.tolist()


@pytest.mark.parametrize(
    ("header", "cells", "date"),
    [
        (["Year"], ["2011"], "2011"),
        (["Year", "Quarter"], ["2011", "Q3"], "2011-Q3"),
        (["Year", "Quarter"], ["2011", ""], "2011"),
        (["Year", "Month"], ["2011", "March"], "2011-03"),
        (["Month", "Year"], ["5", "2011"], "2011-05"),
        (["ឆ្នាំ", "ខែ"], ["2011", "ឧសភា"], "2011-05"),
        (["Quarter"], ["Q3 2011"], "2011-Q3"),
        (["Year", "Date"], ["2011", "2011-05-03"], "2011-05-03"),
        (["Year", "Date"], ["2011", ""], "2011"),
    ],
)
def test_a_year_and_what_stands_beside_it_make_one_date(imported, header, cells, date):
    account = imported([[*WHO, *header, "Stage"], [*RIVER, *cells, "coalition"]])
    assert rated(account) == [[date, "coalition"]]
    assert account.exit_code == 0


def test_a_date_outside_of_its_year_refuses_the_row(imported):
    account = imported([[*WHO, "Year", "Date", "Stage"], [*RIVER, "2011", "2012-05-03", "coalition"]])
    assert [problem.reason for problem in account.listed] == [
        "columns 'Year' and 'Date' both mean date but differ: '2011' and '2012-05-03'; leave one of them out in a mapping (columns)"
    ]


def test_a_month_without_a_year_is_not_read(imported):
    account = imported([[*WHO, "Month", "Stage"], [*RIVER, "May", "coalition"]])
    assert [problem.reason for problem in account.unread] == [
        "column 'Month' was not read: no column gives the year of it; its 1 cell was not read; name it in a mapping (columns)"
    ]


@pytest.mark.parametrize("header", ["Round 1 (May 2011)", "Baseline - May 2011", "Visit 1: 2011-05"])
def test_a_round_that_its_header_dates_is_a_period(imported, header):
    account = imported([[*WHO, header, "Endline 2013"], [*RIVER, "coalition", "integrated"]])
    assert rated(account) == [["2011-05", "coalition"], ["2013", "integrated"]]


@pytest.mark.parametrize(
    ("above", "below", "merged"),
    [
        ([*WHO, "2011", "", "2012", ""], ["", "", "", "Stage", "Rated by", "Stage", "Rated by"], True),
        (["", "", "", "2011", "", "2012", ""], [*WHO, "Stage", "Rated by", "Stage", "Rated by"], True),
        ([*WHO, "2011", "", "2012", ""], ["", "", "", "Stage", "Rated by", "Stage", "Rated by"], False),
    ],
)
def test_what_stands_below_a_year_belongs_to_it(imported, above, below, merged):
    merges = {"A": ["D1:E1", "F1:G1"]} if merged else {}
    account = imported([above, below, [*RIVER, "coalition", "state", "integrated", "independent"]], merges=merges)
    assert rated(account, "rated_by") == [["2011", "coalition", "state"], ["2012", "integrated", "independent"]]
    assert account.exit_code == 0


def test_columns_of_assessments_without_a_stage_are_not_read(imported):
    account = imported([[*WHO, "Date", "Rated by"], [*RIVER, "2011", "state"]])
    why = "no column gives the stage of an assessment that it could belong to; its 1 cell was not read"
    assert [problem.reason for problem in account.unread] == [
        f"column '{name}' was not read: {why}; name it in a mapping (columns)" for name in ("Date", "Rated by")
    ]


def test_a_date_without_a_stage_is_refused_unless_the_stage_is_said_to_be_none(imported):
    account = imported([[*WHO, "Date", "Stage"], [*RIVER, "2011", ""], ["Delta", *RIVER[1:], "2012", "not assessed"]])
    reasons = [(problem.row, problem.reason) for problem in account.listed]
    assert (2, "the row dates an assessment but gives no stage") in reasons


def test_a_row_without_a_province_among_others_is_named(imported):
    account = imported(
        [[*WHO, "Date", "Stage"], [*RIVER, "2011", "coalition"], ["Delta", RIVER[1], "", "2011", "coalition"]]
    )
    assert [problem.row for problem in account.warnings if "gives no province" in problem.reason] == [3]
