from __future__ import annotations

import datetime as dt
import os
import warnings

import openpyxl
import pandas as pd
import pytest

from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed
from lnlib.intake import examine, find_register, open_register, register_opening
from lnlib.register.writing import write_workbook


def test_a_bare_name_is_looked_for_in_the_data_folders_above(spoiled, tmp_path, monkeypatch):
    folder = spoiled()
    (tmp_path / "data").mkdir()
    folder.rename(tmp_path / "data" / "mine")
    (tmp_path / "notebooks" / "old").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "old")
    assert find_register("mine") == tmp_path / "data" / "mine"
    with pytest.raises(RegisterError) as error:
        find_register("mne")
    assert str(error.value) == "register 'mne' does not exist; did you mean 'mine'?"


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(RegisterError) as error:
        open_register(tmp_path / "none")
    assert str(error.value) == f"register '{tmp_path / 'none'}' does not exist"


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have(name):
    with pytest.raises(RegisterError) as error:
        find_register(name)
    assert str(error.value) == f"register '{name}' does not exist"


def test_errors_are_listed_up_to_ten(spoiled):
    folder = spoiled(rows={"assessments": [f"P{number},2012,,coalition,state,,,,,," for number in range(10, 23)]})
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    lines = str(error.value).split("\n")
    assert lines[0] == f"register {folder} has 13 errors; `lnlib check {folder}` lists all:"
    assert lines[1] == (
        "  assessments.csv, row 9, column partnership: partnership 'P10' is not in partnerships.csv; did you mean 'P1'?"
    )
    assert lines[-1] == "  and 3 more"
    assert len(lines) == 12


def test_one_error_is_one_error(spoiled):
    folder = spoiled(cells={("assessments", 2, "stage"): "low"})
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    assert str(error.value) == (
        f"register {folder} has 1 error; `lnlib check {folder}` lists all:\n  assessments.csv, row 2, column stage: "
        "stage 'low' is not known. Allowed: coalition, collaboration, integrated"
    )


def test_examining_gives_the_accepted_rows_and_the_counts_add_up(spoiled):
    folder = spoiled(cells={("assessments", 2, "stage"): "low"})
    register, checked = examine(folder)
    for name, frame in register.tables.items():
        assert checked.read[name] == len(frame) + checked.refused[name]
    assert checked.refused["assessments"] == 1


def test_an_empty_register(spoiled):
    folder = spoiled(
        texts={
            "actors.csv": "actor,name,kind\n",
            "partnerships.csv": "partnership,non_state,state\n",
            "assessments.csv": "partnership,date,stage,rated_by\n",
            "mechanisms.csv": "partnership,mechanism\n",
        }
    )
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    assert str(error.value) == f"register {folder} is empty: its table of partnerships has no rows"
    register, checked = examine(folder)
    assert register.assessments.empty
    assert checked.problems == ()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (
            {"kind": "fieldwork"},
            "{0}/datapackage.json: kind 'fieldwork' is not known; did you mean 'field'? "
            "Allowed: field, coded, simulated, unstated",
        ),
        (
            {"knd": "field"},
            "{0}/datapackage.json: register: key 'knd' is not known; did you mean 'kind'? "
            "Allowed: kind, scale, places, frame, period",
        ),
        (
            {"frame": "26"},
            "frame '26' is not known: the frame is the number of provinces of the whole country, for 'cambodia' 24 (without Tboung Khmum) or 25; places names those of another country",
        ),
        (
            {"period": "always"},
            "{0}/datapackage.json: period: date 'always' cannot be read; "
            "allowed: 2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between",
        ),
        ({"scale": "dfg"}, "scale 'dfg' is not known; did you mean 'dfgg'? Allowed: dfgg, frey, partner"),
        ({"scale": "../x.yml"}, "{0}/datapackage.json: path '../x.yml' of scale leads out of the register's folder"),
        ({"scale": "mine.yml"}, "scale file {0}/mine.yml does not exist"),
        (
            {"scale": {"stages": [{"key": "low"}]}},
            "{0}/datapackage.json: scale: a scale has at least two stages",
        ),
        ({"places": "../x.csv"}, "{0}/datapackage.json: path '../x.csv' of places leads out of the register's folder"),
        ({"places": "camboda"}, "places 'camboda' is not known; did you mean 'cambodia'? Allowed: cambodia"),
    ],
)
def test_what_a_register_says_of_itself_is_checked(spoiled, about, message):
    folder = spoiled(about=about)
    with pytest.raises(LnlibError) as error:
        open_register(folder)
    assert str(error.value) == message.format(folder)


def test_a_register_declares_its_own_scale(spoiled):
    stages = [{"key": "coalition"}, {"key": "collaboration"}, {"key": "fusion", "aliases": ["integrated"]}]
    register = open_register(spoiled(about={"scale": {"key": "own", "stages": stages}}))
    assert register.assessments["stage"].cat.categories.tolist() == ["coalition", "collaboration", "fusion"]
    assert register.assessments["stage"].tolist()[2] == "fusion"


def test_a_scale_asked_for_is_taken_instead_and_nothing_is_matched_across(spoiled):
    with pytest.raises(RegisterError) as error:
        open_register(spoiled(), scale="partner")
    assert (
        "stage 'coalition' is not known; did you mean 'cooperation'? Allowed: awareness, cooperation, coordination, integration"
        in str(error.value)
    )


def test_the_frame_and_the_period_asked_for(spoiled):
    folder = spoiled()
    register = open_register(folder, frame=24, period_from="2011", period_to="2012-06")
    assert (len(register.units), register.frame) == (24, "24")
    assert register.observed == (dt.date(2011, 1, 1), dt.date(2012, 6, 30))
    with pytest.raises(ValueNotAllowed) as error:
        open_register(folder, frame="23")
    assert (
        str(error.value)
        == "frame '23' is not known: the frame is the number of provinces of the whole country, for 'cambodia' 24 (without Tboung Khmum) or 25; places names those of another country"
    )
    with pytest.raises(LnlibError) as backwards:
        open_register(folder, period_from="2012", period_to="2011")
    assert str(backwards.value) == "the period observed ends before it starts: from 2012-01-01 to 2011-12-31"


@pytest.fixture
def readings(monkeypatch):
    """The paths that are read from now on; what is prepared is forgotten after the test."""
    monkeypatch.setattr(register_opening, "_prepared", {})
    read, paths = register_opening.read, []

    def noted(path, **asked):
        paths.append(path)
        return read(path, **asked)

    monkeypatch.setattr(register_opening, "read", noted)
    return paths


def test_a_prepared_register_is_the_register_that_opening_gives(spoiled, readings):
    folder = spoiled(rows={"assessments": ["P1,never,,coalition,state,interview,,,,,"]})
    plain, plainly = examine(folder, frame=24)
    register_opening.prepare(folder)
    del readings[:]
    known, checked = examine(folder, frame=24)
    assert not readings
    for one, other in ((known, plain), (checked, plainly)):
        assert {**vars(one), "tables": None, "refused_at": None} == {**vars(other), "tables": None, "refused_at": None}
        for name, table in other.tables.items():
            pd.testing.assert_frame_equal(one.tables[name], table)
    assert [problem.value for problem in checked.problems if problem.severity == "error"] == ["never"]
    with pytest.raises(ValueNotAllowed):
        examine(folder, frame="23")


def test_a_register_that_has_not_changed_is_prepared_once(spoiled, readings):
    folder = spoiled()
    register_opening.prepare(folder)
    register_opening.prepare(folder)
    assert len(readings) == 1
    table = folder / "assessments.csv"
    table.write_text(table.read_text("utf-8").replace("2010-03-01", "2010-03-02"), "utf-8")
    register_opening.prepare(folder)
    assert len(readings) == 2


def test_each_opening_of_a_prepared_register_has_tables_of_its_own(spoiled, readings):
    folder = spoiled()
    plain = open_register(folder).assessments
    register_opening.prepare(folder)
    del readings[:]
    spoilt = open_register(folder).assessments
    for column in ("stage", "date", "date_first"):  # below what pandas copies when it is written to
        spoilt[column].array[0] = spoilt[column].array[1]
        assert spoilt[column].iat[0] != plain[column].iat[0]
    spoilt.loc[0, "partnership"] = "P4"
    spoilt["more"] = 1
    pd.testing.assert_frame_equal(open_register(folder).assessments, plain)
    assert not readings


def test_a_prepared_register_is_read_again_when_a_file_or_the_asking_is_another(spoiled, readings, tmp_path):
    folder = spoiled()
    register_opening.prepare(folder)
    file = folder / "partnerships.csv"
    was = file.stat()
    file.write_text(file.read_text("utf-8").replace("P3,", "P9,"), "utf-8")
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert "P9" in set(open_register(folder).partnerships["partnership"])
    assert len(readings) == 2
    register_opening.prepare(folder)
    open_register(folder, scale="dfgg")
    (tmp_path / "mapping.yml").write_text("{}", "utf-8")
    open_register(folder, mapping=tmp_path / "mapping.yml")
    assert len(readings) == 5


@pytest.mark.parametrize("beside", [True, False])
def test_a_workbook_is_prepared_unless_it_names_what_lies_beside_it(small, readings, beside, tmp_path):
    file = tmp_path / "book.xlsx"
    write_workbook(small, file)
    if beside:
        stages = "key: own\nstages: [{key: coalition}, {key: collaboration}, {key: integrated}]\n"
        (tmp_path / "own.yml").write_text(stages, "utf-8")
        written = openpyxl.load_workbook(file)
        scale = next(row for row in written["about"].iter_rows() if row[0].value == "scale")
        scale[1].value = "own.yml"
        written.save(file)
    register_opening.prepare(file)
    before = len(readings)
    assert open_register(file).scale.key == ("own" if beside else "dfgg")
    assert len(readings) - before == beside


def test_a_register_whose_opening_warns_is_not_prepared_so_that_each_opening_warns(spoiled, readings, monkeypatch):
    folder = spoiled()
    read = register_opening.read

    def warning(path, **asked):
        warnings.warn("a part of the workbook is not supported", UserWarning, stacklevel=2)
        return read(path, **asked)

    monkeypatch.setattr(register_opening, "read", warning)
    register_opening.prepare(folder)
    with pytest.warns(UserWarning, match="not supported"):
        open_register(folder)
