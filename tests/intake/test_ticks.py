"""Mechanisms and sectors that are ticked, dated in the cell, asked as a question, or headed by a group."""

import pytest

from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.guided_import import look
from lnlib.intake.import_account import import_register

WHO = ["NGO", "Government partner", "Province"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang"]
RATED = ["coalition", "2011"]


@pytest.fixture
def imported(book, tmp_path):
    return lambda rows, **more: import_register(book({"A": rows}, **more), tmp_path / "out")


def mechanisms(account):
    return account.register.mechanisms[["mechanism", "start"]].astype("str").values.tolist()


@pytest.mark.parametrize(
    ("header", "cells", "found"),
    [
        (["MoU signed?"], ["Yes"], [["mou", ""]]),
        (["Is there a joint committee?"], ["yes"], [["joint_committee", ""]]),
        (["Has an MoU been signed (Y/N)"], ["Y"], [["mou", ""]]),
        (["MoU signed?", "Date of MoU"], ["Yes", "2010-03-01"], [["mou", "2010-03-01"]]),
        (["MoU signed?", "Date of MoU"], ["No", ""], []),
        (["MoU"], ["Yes (May 2010)"], [["mou", "2010-05"]]),
        (["MoU"], ["signed 2010"], [["mou", "2010"]]),
        (["MoU"], ["1 May 2020"], [["mou", "2020-05-01"]]),
        (["MoU"], ["1-July-2021"], [["mou", "2021-07-01"]]),
        (["MoU"], ["●"], [["mou", ""]]),
        (["MoU"], ["*"], [["mou", ""]]),
        (["Mechanisms"], ["MoU (2010), Joint committee 2011"], [["mou", "2010"], ["joint_committee", "2011"]]),
        (["អនុស្សរណៈ"], ["មាន"], [["mou", ""]]),
    ],
)
def test_mechanisms_are_read_with_their_dates(imported, header, cells, found):
    account = imported([[*WHO, *header, "Stage", "Date"], [*RIVER, *cells, *RATED]])
    assert mechanisms(account) == found
    assert account.exit_code == 0


@pytest.mark.parametrize(("cell", "date"), [("1 May 2020", "2020-05-01"), ("Yes (May 2010)", "2010-05")])
def test_a_date_of_a_mechanism_is_quoted_as_it_stands(imported, cell, date):
    account = imported([[*WHO, "MoU", "Stage", "Date"], [*RIVER, cell, *RATED]])
    assert f"date '{cell}' read as {date}" in [problem.reason for problem in account.warnings]


@pytest.mark.parametrize("word", ["?", "n/a", "pending"])
@pytest.mark.parametrize("header", [["MoU"], ["MoU", "Date of MoU"], ["Water"]])
def test_a_word_for_an_empty_cell_in_a_ticked_column_is_reported(imported, word, header):
    ticked = ["yes", "2012"][: len(header)]
    blank = ["no", word] if len(header) > 1 else [word]
    rows = [[*RIVER, *ticked, *RATED], [RIVER[0], "Commune council of Bak", "Pursat", *blank, *RATED]]
    account = imported([[*WHO, *header, "Stage", "Date"], *rows])
    assert len(mechanisms(account)) == (header != ["Water"])
    problems = [(p.row, p.column, p.value) for p in account.warnings if p.reason == f"'{word}' read as empty in 1 row"]
    assert problems == [(3, header[-1], word)]
    assert account.exit_code == 0


def test_a_date_beside_a_no_is_refused(imported):
    account = imported([[*WHO, "MoU signed?", "Date of MoU", "Stage", "Date"], [*RIVER, "No", "2010", *RATED]])
    assert mechanisms(account) == []
    assert [problem.reason for problem in account.listed] == ["mou has a date but 'No' says no"]


@pytest.mark.parametrize(
    ("title", "below", "merges"),
    [
        ("Formal mechanisms", ["MoU", "Letter", "Committee"], ["D1:F1"]),
        ("Formal mechanisms", ["MoU", "Letter", "Committee"], []),
        ("Mechanisms", ["MoU", "Letter", "Committee"], ["D1:F1"]),
    ],
)
def test_options_below_the_title_of_their_group_are_read(imported, title, below, merges):
    above = [*WHO, title, "", "", "Stage", "Date"]
    account = imported([above, ["", "", "", *below], [*RIVER, "x", "", "yes", *RATED]], merges={"A": merges})
    assert mechanisms(account) == [["mou", ""], ["joint_committee", ""]]
    assert account.counts == (6, 6, 0)


def test_sectors_below_their_title_and_columns_below_others_are_read(imported):
    above = [*WHO, "Sectors", "", "Assessment", ""]
    account = imported(
        [above, ["", "", "", "Water", "Health", "Stage", "Date"], [*RIVER, "x", "", *RATED]],
        merges={"A": ["D1:E1"]},
    )
    assert list(account.register.partnerships["sectors"]) == ["water"]
    assert account.register.assessments[["date", "stage"]].values.tolist() == [["2011", "coalition"]]
    assert account.exit_code == 0


@pytest.mark.parametrize("tick", ["*", "●", "✅", "+"])
def test_signs_tick_a_sector(imported, tick):
    account = imported([[*WHO, "Water", "Health", "Stage", "Date"], [*RIVER, tick, "-", *RATED]])
    assert list(account.register.partnerships["sectors"]) == ["water"]


TRACKER = ["NGO", "Government partner", "Province", "Signed paper?", "Signed on", "Meets?"]


def test_a_mapping_names_the_mechanism_of_a_column_and_a_bad_date_of_it_is_refused_where_it_stands(book, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text(
        'columns: {"Signed paper?": mechanism MoU, "Signed on": start MoU, "Meets?": mechanism joint committee}\n'
        "values: {mechanism: {sometimes: }}\n"
    )
    rows = [
        ["River Watch", "Commune council of Sala", "02", "Yes", "2012-05", "sometimes"],
        ["River Watch", "Commune council of Bak", "02", "Yes", "20/03/2204", "Yes"],
        ["River Watch", "Commune council of Bak", "15", "No", None, "20/03/2204"],
    ]
    account = import_register(book({"2012": [TRACKER, *rows]}), tmp_path / "out", mapping=mapping)
    held = account.register.mechanisms[["partnership", "mechanism", "start"]].fillna("").astype("str").values.tolist()
    assert held == [["P001", "mou", "2012-05"], ["P002", "joint_committee", ""]]
    errors = [(problem.value, str(problem)) for problem in account.problems if problem.severity == "error"]
    assert errors == [
        ("20/03/2204", f"book.xlsx, sheet 2012, row {row}, column {column}: year 2204 is not plausible (1950 to 2100)")
        for row, column in ((3, "Signed on"), (4, "Meets?"))
    ]
    assert [part.what for part in account.parts if part.letters and part.place.column in TRACKER[3:]] == [
        "mechanism mou",
        "start mou",
        "mechanism joint_committee",
    ]


def test_a_draft_and_the_questions_offer_mechanisms_for_a_column_of_yes_and_no(book):
    path = book({"2012": [TRACKER[:4], ["River Watch", "Commune council of Sala", "02", "Yes"]]})
    words = ["training", "letter", "mou", "joint_committee", "shared_resources", "scorecard", "permission_waived"]
    choices = [f"mechanism {word}" for word in words]
    assert f'#   "Signed paper?":  # Yes; of a mechanism: {" | ".join(choices)}\n' in suggest_mapping(path)
    (question,) = [one for one in look(path).questions if one.kind == "column"]
    assert question.allowed[-8:] == (*choices, "leave out")
