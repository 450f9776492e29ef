"""Nothing of a file is lost unsaid: what refers to a refused row, what a mapping empties, columns of ticks and dates."""

import pytest

from lnlib.intake.report import import_register

HEADER = ["Partnership ID", "NGO", "Government partner", "Province", "Stage", "Date", "Rated by"]
RIVER = ["P1", "River Voices", "Commune council of Sala", "Battambang", "coalition", "2011-05-03", "state"]
DELTA = ["P2", "Green Delta", "Commune council of Bak", "Pursat", "integrated", "2012-06-01", "independent"]


@pytest.fixture
def imported(book, tmp_path):
    """Import a workbook of these rows by sheet, with a mapping."""

    def run(sheets, mapping="", **more):
        file = tmp_path / "mapping.yml"
        file.write_text(mapping, encoding="utf-8")
        return import_register(book(sheets, **more), tmp_path / "out", mapping=file if mapping else None)

    return run


def reasons(account):
    return [(problem.sheet, problem.row, problem.reason) for problem in account.listed]


def test_what_refers_to_a_row_that_was_refused_in_reading_says_where_and_why(imported):
    nameless = ["P2", "", *DELTA[2:]]
    account = imported(
        {"2011": [HEADER, RIVER, nameless], "Mechanisms": [["partnership", "mechanism"], ["P1", "mou"], ["P2", "mou"]]}
    )
    why = "non_state may not be empty: a partnership has a non-state and a state actor"
    assert reasons(account) == [
        ("2011", 3, why),
        ("Mechanisms", 3, f"partnership 'P2' was refused in book.xlsx, sheet 2011, row 3: {why}"),
    ]


def test_a_partnership_that_no_row_has_is_not_in_the_file(imported):
    account = imported({"2011": [HEADER, RIVER], "Mechanisms": [["partnership", "mechanism"], ["P9", "mou"]]})
    assert reasons(account) == [("Mechanisms", 2, "partnership 'P9' is not in book.xlsx, which has P1")]


@pytest.mark.parametrize("header", ["MoU signed?", "Date of MoU"])
def test_a_column_of_ticks_and_dates_alone_is_read_whatever_one_cell_holds(imported, header):
    third = ["P3", "Lake Watch", "Commune council of Kor", "Takeo", *DELTA[4:]]
    account = imported({"A": [[*HEADER, header], [*RIVER, "Yes"], [*DELTA, "2010"], [*third, "lunch"]]})
    mechanisms = account.register.mechanisms[["partnership", "mechanism", "start"]].to_numpy().tolist()
    assert mechanisms == [["P1", "mou", ""], ["P2", "mou", "2010"]]
    assert reasons(account) == [("A", 4, "mou 'lunch' is neither yes, no nor a date")]


def test_of_two_columns_with_the_date_of_a_mechanism_the_second_is_not_read(imported):
    account = imported({"A": [[*HEADER, "MoU", "MoU signed", "MoU date"], [*RIVER, "yes", "2010", "2011"]]})
    assert account.register.mechanisms["start"].tolist() == ["2010"]
    assert [(part.column, part.reason.split(";")[0]) for part in account.unread] == [
        ("MoU date", "column 'MoU date' was not read: it gives the date of mou as column 'MoU signed' (I) does")
    ]


def test_a_header_of_several_words_for_one_column_below_the_titles_of_rounds(imported):
    titles = ["Who", "", "", "", "Baseline", "", "Endline", ""]
    header = ["No", "NGO / CBO", "State partner", "Province", "Date", "Stage", "Date", "Stage"]
    rows = [[number, *row[1:4], 2011, "coalition", 2013, row[4]] for number, row in enumerate((RIVER, DELTA), 1)]
    account = imported({"A": [["Tracker"], titles, header, *rows]}, merges={"A": ["A2:D2", "E2:F2", "G2:H2"]})
    assert account.register.assessments["date"].tolist() == ["2011", "2013", "2011", "2013"]
    assert account.exit_code == 0
