"""Nothing of a file is lost unsaid: what refers to a refused row, what a mapping empties, columns of ticks and dates."""

import datetime as dt

import pytest

from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.guided_import import look
from lnlib.intake.import_account import import_register
from lnlib.register.problems import of_severity

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


EMPTIED = """
values: {stage: {not yet: }, sectors: {other: }, province: {abroad: }, mechanism: {planned: }}
empty: [not filled]
"""


def test_what_a_mapping_empties_is_counted_by_column_and_word(imported):
    header = [*HEADER, "Sectors", "MoU", "Mechanism", "Remarks"]
    rows = [
        [*RIVER[:3], "Battambang, abroad", *RIVER[4:], "water, other", "planned", "letter; planned", "Not filled"],
        [*DELTA[:4], "not yet", "", DELTA[6], "other", "yes", "", "well"],
    ]
    account = imported({"A": [header, *rows]}, EMPTIED)
    assert account.exit_code == 0
    assert [line for line in account.words if line.startswith("left out")] == [
        "left out: book.xlsx, sheet A: Rated by (no assessment to belong to, and no such column in another table, in 1 row)",
        "left out: book.xlsx, sheet A: Province ('abroad' in 1 row, empty by the mapping)",
        "left out: book.xlsx, sheet A: Sectors ('other' in 2 rows, empty by the mapping)",
        "left out: book.xlsx, sheet A: Mechanism, MoU ('planned' in 1 row, empty by the mapping)",
        "left out: book.xlsx, sheet A: Remarks ('Not filled' in 1 row, empty by the mapping)",
        "left out: book.xlsx, sheet A: Stage ('not yet' in 1 row, empty by the mapping)",
    ]
    lines = (account.folder / "account.csv").read_text("utf-8").splitlines()
    assert "book.xlsx,A,,Sectors,2,left out,\"''other' in 2 rows, empty by the mapping\"" in lines
    assert account.register.partnerships["sectors"].tolist() == ["water", ""]
    assert account.register.partnerships["province"].tolist() == ["02", "15"]
    assert not any("read as empty" in problem.reason for problem in account.warnings)  # declared, not assumed


def test_a_word_for_nothing_is_listed_at_the_column_it_stands_in(imported):
    header = [*HEADER[:4], "Baseline date", "Baseline stage", "Endline date", "Endline stage", "Rated by"]
    account = imported({"A": [header, [*RIVER[:4], "2011", "coalition", "2013", "n/a", "state"]]})
    listed = [(problem.column, problem.row) for problem in account.warnings if "read as empty" in problem.reason]
    assert listed == [("Endline stage", 2)]


def test_an_assessment_after_today_is_refused_and_a_beginning_is_reviewed(imported):
    today = dt.date.today()
    ahead = f"{today.year + 1}-05"
    third = ["P3", "Lake Watch", "Commune council of Kor", "Takeo", "coalition", f"{today:%Y-%m}", "state"]
    fourth = ["P4", "Lake Watch", "Commune council of Bak", "Takeo", "", "", "", ahead]
    account = imported({"A": [[*HEADER, "Start"], RIVER, [*DELTA[:5], ahead, "state"], third, fourth]})
    late = f"date '{ahead}' is after today, {today}; an assessment has the date on which it was made"
    assert (account.listed[0].row, account.listed[0].reason) == (3, late)
    assert account.register.assessments["date"].tolist() == ["2011-05-03", f"{today:%Y-%m}"]
    reviews = [problem.reason for problem in of_severity(account.problems, "review")]
    assert reviews == [f"start '{ahead}' is after today, {today}; it has not begun yet"]


def test_a_simulated_register_may_tell_of_years_to_come(imported):
    ahead = f"{dt.date.today().year + 1}"
    account = imported({"A": [HEADER, [*RIVER[:5], ahead, "state"]]}, "register: {kind: simulated}")
    assert account.register.assessments["date"].tolist() == [ahead]


def test_a_sheet_that_lacks_one_actor_is_drafted_from_the_header_below_its_titles(book):
    titles = ["Who", "", "", "", "Baseline", "", "Endline", ""]
    header = ["No", "In the field", "State partner", "Province", "Date", "Stage", "Date", "Stage"]
    rows = [[at, *row[1:4], 2011, "coalition", 2013, row[4]] for at, row in enumerate((RIVER, DELTA), 1)]
    path = book({"A": [["Tracker"], titles, header, *rows]}, merges={"A": ["A2:D2", "E2:F2", "G2:H2"]})
    draft = suggest_mapping(path)
    assert '  "A": sheet  # likely; 5 rows' in draft.splitlines()
    assert (
        '  "In the field": non_state  # likely, as the only column left; River Voices | Green Delta'
        in draft.splitlines()
    )
    asked = look(path).questions
    sheet = "Sheet 'A' (5 rows: No, In the field, State partner, Province, Baseline Date and 3 more) is not recognised. What is it?"
    assert [(one.about, one.likely) for one in asked if one.kind == "need"] == [(("non_state",), "In the field")]
    assert sheet in [one.text for one in asked]


def test_nothing_is_refused_of_a_row_of_totals_whose_formulas_were_never_calculated(book, tmp_path):
    header = ["NGO", "Government partner", "Province", "2011", "MoU signed", "Start"]
    row = ["River Voices", "Commune council of Sala", "Battambang", "coalition", "yes", "2010"]
    totals = ["TOTAL", None, None, '=COUNTIF(D2:D2,"coalition")', "=COUNTA(E2:E2)", "=MIN(F2:F2)"]
    account = import_register(book({"Partnerships": [header, row, totals]}), tmp_path / "out")
    assert [str(problem) for problem in account.problems if problem.severity == "error"] == []
    assert account.counts[2] == account.exit_code == 0
    assert any("1 row (the row of 'TOTAL' holds totals)" in line for line in account.left_out)
