"""Years beside quarters and months, rounds that are dated in their headers, and dates without a stage."""

import pytest

from lnlib.errors import RegisterError
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.guided_import import ANY_DATE, look
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile

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


SHORT = [
    [*WHO, "Stage", "Date", "MoU"],
    [*RIVER, "coalition", "2011-05-03", "3 May 2204"],
    [*RIVER, "collaboration", "12-Feb-13", "3 May 2011"],
    [*RIVER[:1], "Commune council of Bak", "Takeo", "coalition", "1 Mar 99", "12 Jun '13"],
]


def test_a_year_of_two_digits_beside_a_month_in_words_is_read_in_the_only_century_of_its_column(imported):
    account = imported(SHORT)
    assert rated(account) == [["2011-05-03", "coalition"], ["2013-02-12", "collaboration"]]
    assert account.register.mechanisms["start"].to_list() == ["2011-05-03", "2013-06-12"]
    assert [str(problem) for problem in account.warnings if "xx" in problem.reason] == [
        "book.xlsx, sheet A, row 3, column Date: date '12-Feb-13' read as 12 Feb 2013: all other years of the column are 20xx",
        "book.xlsx, sheet A, row 4, column MoU: date '12 Jun '13' read as 12 Jun 2013: all other years of the column are 20xx",
    ]
    assert [str(problem) for problem in account.listed] == [
        "book.xlsx, sheet A, row 4, column Date: date '1 Mar 99' cannot be read: write the year with four digits, or "
        "declare its century in a mapping (dates)",
        "book.xlsx, sheet A, row 2, column MoU: year 2204 is not plausible (1950 to 2100)",
    ]


def test_years_of_two_digits_are_read_in_the_century_that_a_mapping_declares(book, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text('dates: {Date: "month first, years 20xx", MoU: years 19xx}\n')
    dates = [["5/13/11", "12-Jun-93"], ["Feb-12", "Yes"], ["2 Mar '13", "No"]]
    rows = [[*RIVER, "coalition", *cells] for cells in dates]
    path = book({"A": [[*WHO, "Stage", "Date", "MoU"], *rows]})
    account = import_register(path, tmp_path / "out", mapping=mapping)
    assert [date for date, _ in rated(account)] == ["2011-05-13", "2012-02", "2013-03-02"]
    assert account.register.mechanisms["start"].astype("str").to_list()[:1] == ["1993-06-12"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (
            "years 18xx",
            "order 'years 18xx' is not known; did you mean 'years 19xx'? Allowed: day first, month first, years 19xx, years 20xx",
        ),
        ("day first, month first", "'day first, month first' declares two orders or two centuries"),
    ],
)
def test_a_mistaken_rule_of_dates_is_named(rule, reason):
    with pytest.raises(RegisterError) as caught:
        MappingFile.read(f"dates: {{Date: '{rule}'}}", place="m.yml")
    assert str(caught.value) == f"m.yml, line 1: dates: Date: {reason}"


def test_dates_that_cannot_be_read_are_in_the_draft_and_asked_about(book):
    path = book({"A": [[*WHO, "Stage", "Date"], [*RIVER, "coalition", "soon"], [*RIVER, "coalition", "31/02/2012"]]})
    assert '# values:\n#   date:\n#     "soon": ""\n#     "31/02/2012": ""\n' in suggest_mapping(path)
    asked = [(one.about, one.allowed) for one in look(path).questions if one.kind == "value"]
    assert asked == [
        (("date", "soon"), (ANY_DATE, "undecided")),
        (("date", "31/02/2012"), ("2012", "2012-02", ANY_DATE, "undecided")),
    ]


def test_a_status_may_be_the_end_of_a_partnership(book, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text("values: {stage: {Stopped: ended}}\n")
    rows = [
        [*RIVER, "coalition", "2011", None],
        [*RIVER, "Stopped", "2012-05", None],
        [RIVER[0], "Commune council of Bak", "Takeo", "Stopped", "2013", "2012-11"],
        [RIVER[0], "Commune council of Kou", "Takeo", "Stopped", None, None],
    ]
    account = import_register(book({"A": [[*WHO, "Stage", "Date", "End"], *rows]}), tmp_path / "out", mapping=mapping)
    assert rated(account) == [["2011", "coalition"]]
    assert account.register.partnerships["end"].fillna("").to_list() == ["2012-05", "2012-11", ""]
    assert [str(problem) for problem in account.warnings if "Stopped" in problem.reason] == [
        "book.xlsx, sheet A, row 3, column Stage: stage 'Stopped' read as the end of the partnership on the date of that stage, 2012-05",
        "book.xlsx, sheet A, row 4, column Stage: stage 'Stopped' read as the end of the partnership, whose date is 2012-11",
    ]
    assert [str(problem) for problem in account.listed] == [
        "book.xlsx, sheet A, row 5, column Stage: stage 'Stopped' stands for the end of the partnership, and the row gives no date of it"
    ]


def test_an_end_stands_in_the_column_of_a_period_or_a_round_too(book, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text("values: {stage: {Stopped: ended}}\n")
    wide = [[*WHO, "2011", "2012"], [*RIVER, "coalition", "Stopped"]]
    rounds = [
        [*WHO, "Baseline stage", "Baseline date", "Endline stage", "Endline date"],
        [*RIVER[:2], "Takeo", "coalition", "2011", "Stopped", "2013-05"],
    ]
    account = import_register(book({"A": wide, "B": rounds}), tmp_path / "out", mapping=mapping)
    assert rated(account) == [["2011", "coalition"], ["2011", "coalition"]]
    assert account.register.partnerships["end"].to_list() == ["2012", "2013-05"]


def test_the_draft_and_the_questions_offer_an_end_for_a_status(book):
    path = book({"A": [[*WHO, "Stage", "Date"], [*RIVER, "Stopped", "2012"]]})
    drafted = '#   stage:  # ended: the partnership ended on the date of that stage\n#     "Stopped": "ended"\n'
    assert drafted in suggest_mapping(path)
    (question,) = [one for one in look(path).questions if one.kind == "value"]
    assert question.allowed == ("coalition", "collaboration", "integrated", "ended", "undecided")
