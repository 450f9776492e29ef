"""Sheets that hold more than one table: above, below and beside each other, known and unknown."""

import pytest

from lnlib.intake import guided_import
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.import_account import import_register

HEADER = ["NGO", "Government partner", "Province", "Stage", "Date"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang", "coalition", "2011-05-03"]
DELTA = ["Green Delta", "Commune council of Bak", "Pursat", "integrated", "2012-06-01"]
FRENCH = [
    ["Partenaire", "ONG", "Lieu", "Etape", "Jour"],
    ["Commune council of Kor", "Commune NGO", "Kep", "integrated", "2012-01-01"],
    ["Commune council of Bo", "Rouge", "Kep", "coalition", "2012-01-01"],
]
BLANK = []
ADVICE = "name the sheet and its columns in a mapping, or skip it"


def imported(book, tmp_path, sheets, mapping="", out="out"):
    (tmp_path / "m.yml").write_text(mapping, encoding="utf-8")
    return import_register(book(sheets), tmp_path / out, mapping=tmp_path / "m.yml")


def table(account, name, *columns):
    return account.register.tables[name][list(columns)].astype("str").values.tolist()


def unread(account):
    return [problem.reason for problem in account.unread]


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([*FRENCH, BLANK, HEADER, RIVER, DELTA], "rows 1 to 3"),
        ([*FRENCH, HEADER, RIVER, DELTA], "rows 1 to 3"),
        ([["Table 1"], *FRENCH, BLANK, ["Table 2"], HEADER, RIVER, DELTA], "rows 2 to 4"),
        ([HEADER, RIVER, DELTA, BLANK, *FRENCH], "rows 5 to 7"),
        ([HEADER, RIVER, DELTA, BLANK, ["Tableau 2"], *FRENCH], "rows 5 to 8"),
        ([HEADER, RIVER, DELTA, ["Tableau 2"], *FRENCH], "rows 4 to 7"),
    ],
)
def test_a_table_in_words_that_are_not_known_is_not_read_and_counted(book, tmp_path, rows, part):
    account = imported(book, tmp_path, {"A": rows})
    headers = "Partenaire, ONG, Lieu, Etape, Jour"
    assert unread(account) == [
        f"the table in {part} of the sheet is not recognised as a register table; its 2 rows below the first ({headers}) "
        f"were not read; {ADVICE}"
    ]
    assert table(account, "actors", "name") == [[RIVER[0]], [RIVER[1]], [DELTA[0]], [DELTA[1]]]
    assert account.exit_code == 1


def test_such_a_table_is_skipped_by_its_name_and_read_by_its_columns(book, tmp_path):
    sheets = {"A": [HEADER, RIVER, DELTA, BLANK, *FRENCH]}
    account = imported(book, tmp_path, sheets, "sheets: {'A, rows 5 to 7': skip}", "some")
    assert (unread(account), account.exit_code, len(account.register.assessments)) == ([], 0, 2)
    columns = "columns: {Partenaire: state, ONG: non_state, Lieu: province, Etape: stage, Jour: date}"
    account = imported(book, tmp_path, sheets, columns)
    assert table(account, "actors", "name")[4:] == [["Commune NGO"], [FRENCH[1][0]], ["Rouge"], [FRENCH[2][0]]]
    assert account.exit_code == 0


def test_a_question_about_such_a_table_leaves_the_rest_of_its_sheet_alone(book):
    path = book({"A": [HEADER, RIVER, DELTA, BLANK, *FRENCH]})
    (first, *_) = guided_import.look(path).questions
    assert (first.kind, first.about) == ("sheet", ("A, rows 5 to 7",))
    skipped = guided_import.look(path).mapping_of({first.key: "skip"})
    assert skipped.sheets == {"A, rows 5 to 7": "skip"}


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        (
            [[*HEADER, "", "Mechanism", "Start date"], [*RIVER, "", "MoU", "2010"], [*DELTA, "", "Letter", "2010"]],
            "columns G to H",
        ),
        (
            [[*HEADER, "", "Province"], [*RIVER, "", "Kampot"], [*DELTA, "", "Kep"]],
            "column G",
        ),
        (
            [HEADER, RIVER, DELTA, BLANK, ["Mechanism", "Start date"], ["MoU", "2010"], ["Letter", "2010"]],
            "rows 5 to 7",
        ),
        ([HEADER, RIVER, DELTA, BLANK, ["Item", "Communes"], ["Bus", "Sala"], ["Fuel", "Bak"]], "rows 5 to 7"),
    ],
)
def test_a_list_of_its_own_gives_nothing_to_the_partnerships_beside_or_above_it(book, tmp_path, rows, part):
    account = imported(book, tmp_path, {"A": rows})
    assert [reason.split(" of the sheet")[0] for reason in unread(account)] == [f"the table in {part}"]
    assert table(account, "partnerships", "province", "start") == [["02", ""], ["15", ""]]
    assert (len(account.register.mechanisms), account.exit_code) == (0, 1)


@pytest.mark.parametrize(
    ("header", "cells", "dates"),
    [
        (["Mechanism", "Start date"], ["MoU", "2010-03-01"], ["2010-03-01", ""]),
        (["Mechanism", "Date"], ["MoU", "2010-03"], ["2010-03", ""]),
        (["Mechanism", "Date signed", "Until"], ["MoU", "2010", "2013"], ["2010", "2013"]),
        (["Mechanism", "Start date", "End date"], ["MoU", "2010", "2013"], ["2010", "2013"]),
    ],
)
def test_the_dates_beside_a_mechanism_are_its_own_where_a_sheet_lists_mechanisms(book, tmp_path, header, cells, dates):
    lists = [[*HEADER[:3], *header], [*RIVER[:3], *cells]]
    account = imported(book, tmp_path, {"A": [HEADER, RIVER], "Agreements": lists})
    assert table(account, "mechanisms", "partnership", "mechanism", "start", "end") == [["P001", "mou", *dates]]
    assert table(account, "partnerships", "start", "end") == [["", ""]]
    assert account.exit_code == 0


def test_a_start_before_the_mechanism_is_that_of_the_partnership(book, tmp_path):
    rows = [[*HEADER[:3], "Start date", "Mechanism", "Mechanism date"], [*RIVER[:3], "2009", "MoU", "2010"]]
    account = imported(book, tmp_path, {"A": rows})
    assert table(account, "partnerships", "start") == [["2009"]]
    assert table(account, "mechanisms", "mechanism", "start") == [["mou", "2010"]]


def test_the_date_of_no_mechanism_is_refused(book, tmp_path):
    rows = [[*HEADER, "Mechanism", "Date signed"], [*RIVER, "", "2010"]]
    account = imported(book, tmp_path, {"A": rows})
    assert [problem.reason for problem in account.listed] == ["no mechanism is named that this could be the date of"]
    account = imported(book, tmp_path, {"A": [[*HEADER, "Date signed"], [*RIVER, "2010"]]}, "", "none")
    assert unread(account) == [
        "column 'Date signed' was not read: no column names the mechanism that it dates; its 1 cell was not read; "
        "name it in a mapping (columns)"
    ]


def test_what_is_labelled_above_the_header_holds_for_the_rows(book, tmp_path):
    rows = [["Prepared by:", "Dara"], ["Province:", "Pursat"], ["Year", "2011"], BLANK, [*HEADER[:2], "Stage"]]
    account = imported(book, tmp_path, {"A": [*rows, [*RIVER[:2], "coalition"]]})
    assert table(account, "partnerships", "province") == [["15"]]
    assert table(account, "assessments", "date") == [["2011"]]
    assert account.exit_code == 0


RATED = ["NGO", "Stage", "Date"]


def test_a_sheet_that_names_one_actor_rates_its_only_partnership(book, tmp_path):
    sheets = {"Partners": [HEADER[:3], RIVER[:3], DELTA[:3]], "Ratings": [RATED, [RIVER[0], *RIVER[3:]]]}
    account = imported(book, tmp_path, sheets)
    assert table(account, "assessments", "partnership", "stage") == [["P001", "coalition"]]
    reason = f"no state actor; read as the only partner of this one, '{RIVER[1]}'"
    assert reason in [problem.reason for problem in account.warnings]
    assert account.exit_code == 0


def test_a_sheet_that_names_an_actor_of_several_partnerships_is_refused_and_names_them(book, tmp_path):
    partners = [HEADER[:3], RIVER[:3], [RIVER[0], *DELTA[1:3]]]
    account = imported(book, tmp_path, {"Partners": partners, "Ratings": [RATED, [RIVER[0], *RIVER[3:]]]})
    assert [problem.reason for problem in account.listed] == [
        f"no state actor, and this one has partnerships with '{RIVER[1]}' and '{DELTA[1]}'; name one"
    ]
    assert (len(account.register.partnerships), account.exit_code) == (2, 1)


def test_a_sheet_that_names_an_actor_without_a_partnership_is_refused(book, tmp_path):
    account = imported(book, tmp_path, {"Partners": [HEADER[:3], RIVER[:3]], "Ratings": [RATED, ["Delta", *RIVER[3:]]]})
    reason = "state may not be empty: a partnership has a non-state and a state actor"
    assert [problem.reason for problem in account.listed] == [reason]


@pytest.mark.parametrize("gap", [True, False])
def test_mechanisms_of_actors_by_name_below_or_beside_the_table_are_theirs(book, tmp_path, gap):
    lists = [["NGO", "Mechanism", "Start date"], [RIVER[0], "MoU", "2010"], [DELTA[0], "Letter", "2011"]]
    rows = [HEADER, RIVER, DELTA]
    rows = [*rows, BLANK, *lists] if gap else [[*row, "", *beside] for row, beside in zip(rows, lists, strict=True)]
    account = imported(book, tmp_path, {"A": rows})
    assert table(account, "mechanisms", "partnership", "mechanism", "start") == [
        ["P001", "mou", "2010"],
        ["P002", "letter", "2011"],
    ]
    assert account.exit_code == 0


def test_a_column_that_is_not_known_may_name_the_other_actor(book, tmp_path):
    ratings = [["Who is it?", "Government partner", "Stage", "Date"], ["Delta", RIVER[1], *RIVER[3:]]]
    account = imported(book, tmp_path, {"Partners": [HEADER[:3], RIVER[:3]], "Ratings": ratings})
    assert (len(account.register.assessments), account.exit_code) == (0, 1)
    assert "Who is it?" in unread(account)[0]


def test_the_unedited_draft_of_such_a_table_can_be_used(book, tmp_path):
    path = book({"A": [HEADER, RIVER, DELTA, BLANK, *FRENCH]})
    account = imported(book, tmp_path, {"A": [HEADER, RIVER, DELTA, BLANK, *FRENCH]}, suggest_mapping(path))
    assert (len(account.register.assessments), account.exit_code) == (2, 1)
    assert [reason.split(" of the sheet")[0] for reason in unread(account)] == ["the table in rows 5 to 7"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_row_of_data_that_has_words_of_headers_is_no_header_below_its_own(book, tmp_path, rows):
    """`state` is a rater here: read as a header, it would leave nothing below it and the sheet nowhere."""
    unknown = [
        ["", "Who is it?", "With whom", "Place", "When", "How far", "rated_by"],
        *[["", f"River {row}", f"Commune {row}", "TBD", "2010-02-22", "collaboration", "state"] for row in range(rows)],
    ]
    account = imported(book, tmp_path, {"2011": unknown, "2012": [HEADER, RIVER]})
    below = "its 1 row below" if rows == 1 else f"its {rows} rows below"
    were = "was" if rows == 1 else "were"
    assert unread(account) == [
        f"the sheet is not recognised as a register table; {below} the first "
        f"(Who is it?, With whom, Place, When, How far, rated_by) {were} not read; {ADVICE}"
    ]
    assert account.register.tables["partnerships"].shape[0] == 1
