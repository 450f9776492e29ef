"""More files of the kinds in `test_cases.py`: other separators, orders, headers, placeholders and spellings."""

import csv

import pytest

from lnlib.intake.report import import_register
from lnlib.register.cells import unguard

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
