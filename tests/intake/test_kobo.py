"""Exports of KoboToolbox and ODK."""

import pytest

from lnlib.intake import examine
from lnlib.intake.reading import read

FORM = [
    "start",
    "end",
    "NGO",
    "Type of NGO",
    "Government partner",
    "state_kind",
    "Province",
    "sectors",
    "_uuid",
    "_index",
]
TIMES = ["2011-05-03T08:00:00.000+07:00", "2011-05-03T08:20:00.000+07:00"]
FIRST = [*TIMES, "River Watch", "ngo", "OWSO", "owso", "battambang", "water education", "u1", 1]
VISITS = ["date", "stage", "rated_by", "_index", "_parent_table_name", "_parent_index"]


def errors(checked):
    return [str(problem) for problem in checked.problems if problem.severity == "error"]


@pytest.fixture
def export(book):
    def write(*visits, form=(FIRST,), header=FORM):
        return book({"Partnership form": [header, *form], "visits": [VISITS, *visits]})

    return write


def test_repeat_groups_find_their_parent(export):
    register, checked = examine(
        export(
            ["2011-05-03", "coalition", "state", 1, "Partnership form", 1],
            ["2012", "integrated", "state", 2, "Partnership form", 1],
        )
    )
    assert errors(checked) == []
    assert list(register.assessments["partnership"]) == ["P001", "P001"]
    assert list(register.partnerships["sectors"]) == ["education;water"]


def test_times_of_the_interview_are_not_dates_of_the_partnership(export):
    path = export()
    register, _ = examine(path)
    assert list(register.partnerships["start"]) == [""]
    parts = {part.place.column: (part.status, part.what) for part in read(path).parts}
    assert parts["start"] == parts["end"] == ("left out", "times of day, those of the interview")


def test_a_repeat_without_its_parent_is_refused(export):
    _, checked = examine(export(["2011", "coalition", "state", 1, "Partnership form", 9]))
    assert errors(checked) == [
        "book.xlsx, sheet visits, row 2, column _parent_index: its parent, _parent_index '9', is not in "
        "sheet Partnership form"
    ]
    assert checked.read["assessments"] == checked.refused["assessments"] == 1


def test_several_provinces_of_a_select_multiple_take_their_repeats_along(export):
    form = [*FIRST]
    form[6] = "pursat takeo"
    register, _ = examine(export(["2011", "coalition", "state", 1, "Partnership form", 1], form=[form]))
    assert list(register.partnerships["province"]) == ["15", "21"]
    assert list(register.assessments["partnership"]) == ["P001", "P002"]


def test_select_multiple_as_columns_of_ones_and_noughts(export):
    header = [*FORM[:7], "sectors/water", "sectors/Health", "_uuid", "_index"]
    register, checked = examine(
        export(
            form=[[*FIRST[:7], 1, 0, "u1", 1], [*FIRST[:2], "Other", *FIRST[3:7], "TRUE", 2, "u2", 2]], header=header
        )
    )
    assert list(register.partnerships["sectors"]) == ["water"]
    assert errors(checked) == [
        "book.xlsx, sheet Partnership form, row 3, column sectors/Health: "
        "'2' is neither 1 nor 0, which say whether sectors has health"
    ]


def test_both_forms_of_a_select_multiple_are_read_once(export):
    header = [*FORM, "sectors/water", "sectors/education"]
    register, checked = examine(export(form=[[*FIRST, 1, 1]], header=header))
    assert list(register.partnerships["sectors"]) == ["education;water"]
    assert not any("sectors/" in problem.column for problem in checked.problems)


def test_odk_files_are_joined_by_parent_key(tmp_path):
    (tmp_path / "form.csv").write_text(
        "SubmissionDate,about-non_state,about-non_state_kind,about-state,about-state_kind,about-province,meta-instanceID,KEY\n"
        "2011-05-03T08:00:00Z,River Watch,ngo,One Window,owso,02,uuid:1,uuid:1\n"
    )
    (tmp_path / "form-visits.csv").write_text(
        "date,stage,rated_by,PARENT_KEY,KEY\n"
        "2011-05-03,coalition,state,uuid:1,uuid:1/visits[1]\n"
        "2011-06-03,coalition,state,uuid:7,uuid:7/visits[1]\n"
    )
    (tmp_path / "form-steps.csv").write_text("mechanism,start,PARENT_KEY,KEY\nmou,2011-05,uuid:1,uuid:1/steps[1]\n")
    register, checked = examine(tmp_path)
    assert list(register.assessments["partnership"]) == list(register.mechanisms["partnership"]) == ["P001"]
    assert [str(problem) for problem in checked.problems] == [
        "form-visits.csv, row 3, column PARENT_KEY: its parent, PARENT_KEY 'uuid:7', is not in form.csv"
    ]


PARENT = ["_index", "_parent_table_name", "_parent_index"]


@pytest.fixture
def nested(book):
    """A form of two rows, visits of it, and ratings within the visits."""

    def write(*ratings, visits=(["Ann", "2011-05-03", 1, "form", 2], ["Ben", "2012", 2, "form", 1]), parent=PARENT):
        lake = [*FIRST[:2], "Lake Circle", *FIRST[3:6], "pursat", *FIRST[7:8], "u2", 2]
        return book(
            {
                "form": [FORM, FIRST, lake],
                "visits": [["visitor", "date", *PARENT], *visits],
                "ratings": [["stage", "rated_by", *parent], *ratings],
            }
        )

    return write


def whole(checked, sheet):
    return [str(p) for p in checked.problems if p.sheet == sheet]


def test_a_group_in_a_group_finds_its_partnership_and_takes_the_date_of_the_group_around(nested):
    register, checked = examine(nested(["coalition", "state", 1, "visits", 1], ["integrated", "state", 2, "visits", 2]))
    assert errors(checked) == []
    assert register.assessments[["partnership", "date", "stage"]].values.tolist() == [
        ["P002", "2011-05-03", "coalition"],
        ["P001", "2012", "integrated"],
    ]
    assert whole(checked, "visits") == [
        "book.xlsx, sheet visits: the sheet is a repeat group around another; what it gives was read for the rows "
        "within it",
        "book.xlsx, sheet visits, column visitor: column 'visitor' is not recognised; its 2 cells were not read; "
        "name it in a mapping (columns)",
    ]


def test_a_row_of_a_group_around_that_nothing_is_within_is_said(nested):
    _, checked = examine(nested(["coalition", "state", 1, "visits", 1]))
    assert whole(checked, "visits")[-1] == (
        "book.xlsx, sheet visits, row 3: no row of a group within names this row: nothing was read from it"
    )


def test_a_rating_is_never_given_to_a_row_of_another_sheet_with_the_same_index(nested):
    _, checked = examine(nested(["coalition", "state", 1, "visits", 1], visits=[["Ann", "2011", 2, "form", 2]]))
    assert errors(checked) == [
        "book.xlsx, sheet ratings, row 2, column _parent_index: its parent, _parent_index '1', is not in sheet visits"
    ]


def test_without_the_name_of_the_parent_an_index_in_two_sheets_is_refused(nested):
    _, checked = examine(nested(["coalition", "state", 1, 1], parent=["_index", "_parent_index"]))
    assert errors(checked) == [
        "book.xlsx, sheet ratings, row 2, column _parent_index: its parent, _parent_index '1', may be in form and "
        "visits; no _parent_table_name tells which"
    ]


def test_groups_that_are_within_each_other_end(nested):
    around = [["Ann", "2011", 1, "visits", 2], ["Ben", "2012", 2, "visits", 1]]
    _, checked = examine(nested(["coalition", "state", 1, "visits", 1], visits=around))
    assert errors(checked) == [
        "book.xlsx, sheet ratings, row 2, column _parent_index: its parent, _parent_index '1', is not in sheet visits"
    ]


def test_a_repeat_group_with_nothing_known_but_a_stage_is_read_and_its_rater_unstated(book):
    visits = [["when seen", "stage", *PARENT], ["2011", "coalition", 1, "form", 1]]
    path = book({"form": [FORM, FIRST], "visits": visits})
    _, checked = examine(path)
    assert errors(checked) == ["book.xlsx, sheet visits, row 2, column date: date may not be empty"]
    assert checked.read["assessments"] == checked.refused["assessments"] == 1
    (path.parent / "map.yml").write_text("columns: {when seen: date}\n")
    register, checked = examine(path, mapping=path.parent / "map.yml")
    assert register.assessments[["date", "rated_by"]].values.tolist() == [["2011", "unstated"]]
    assert whole(checked, "visits") == [
        "book.xlsx, sheet visits, column rated_by: no column says who rated; unstated was assumed; "
        "use assume: rated_by in a mapping"
    ]


def test_odk_files_of_a_group_in_a_group_are_joined(tmp_path):
    (tmp_path / "form.csv").write_text(
        "non_state,non_state_kind,state,state_kind,province,KEY\nRiver,ngo,One Window,owso,02,uuid:1\n"
    )
    (tmp_path / "form-visits.csv").write_text("date,PARENT_KEY,KEY\n2011-05-03,uuid:1,uuid:1/visits[1]\n")
    (tmp_path / "form-ratings.csv").write_text(
        "stage,rated_by,PARENT_KEY,KEY\ncoalition,state,uuid:1/visits[1],uuid:1/visits[1]/ratings[1]\n"
    )
    register, checked = examine(tmp_path)
    assert errors(checked) == []
    assert register.assessments[["partnership", "date"]].values.tolist() == [["P001", "2011-05-03"]]
