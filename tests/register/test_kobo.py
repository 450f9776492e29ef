"""Exports of KoboToolbox and ODK."""

import pytest

from lnlib.register import examine

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
    register, checked = examine(export())
    assert list(register.partnerships["start"]) == [""]
    assert "column 'start' holds times of day, those of the interview; it was not read" in [
        p.reason for p in checked.problems
    ]


def test_a_repeat_without_its_parent_is_refused(export):
    _, checked = examine(export(["2011", "coalition", "state", 1, "Partnership form", 9]))
    assert errors(checked) == [
        "book.xlsx, sheet visits, row 2, column _parent_index: its parent, _parent_index '9', is not in "
        "sheet Partnership form, or was refused there"
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
        "form-visits.csv, row 3, column PARENT_KEY: its parent, PARENT_KEY 'uuid:7', is not in form.csv, "
        "or was refused there"
    ]
