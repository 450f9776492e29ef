"""The door of all formats: encodings, separators, folders, and input made to harm."""

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook

from lnlib.errors import LnlibError, RegisterError
from lnlib.intake import examine, open_register
from lnlib.register.separated_text import decoded, separator

SMALL = Path(__file__).parent.parent / "registers" / "small"


def message(path):
    return [str(problem) for problem in examine(path)[1].problems]


def recoded(tmp_path, encoding, sign=","):
    """Save the small register as somebody's program saves it: without a descriptor, in this encoding and separator."""
    folder = tmp_path / "saved"
    folder.mkdir()
    for file in SMALL.glob("*.csv"):
        text = file.read_text("utf-8").replace("River Watch", "Rivière Watch")
        if sign != ",":
            text = text.replace(";", "\0").replace(",", sign).replace("\0", "," if sign == ";" else ";")
        (folder / file.name).write_bytes(text.encode(encoding))
    return folder


@pytest.mark.parametrize(
    ("encoding", "sign", "remarks"),
    [
        ("utf-8", ",", []),
        ("utf-8-sig", ",", []),
        ("cp1252", ",", ["the file was read as Windows-1252, not UTF-8"]),
        ("utf-16", "\t", ["the file was read as UTF-16, not UTF-8", "cells are separated by a tab, not a comma"]),
        ("utf-8", "\t", ["cells are separated by a tab, not a comma"]),
        ("utf-8", ";", ["cells are separated by a semicolon, not a comma"]),
    ],
)
def test_encodings_and_separators_are_found_and_said(tmp_path, encoding, sign, remarks):
    folder = recoded(tmp_path, encoding, sign)
    register, checked = examine(folder)
    assert register.actors["name"].iat[0] == "Rivière Watch"
    whole = [problem for problem in checked.problems if problem.file == "actors.csv" and not problem.row]
    assert [problem.reason for problem in whole] == remarks


def test_a_separator_is_not_mistaken_for_a_sign_inside_of_cells():
    assert separator("a,b\nx;y,1\nu;v,2\n") == ","
    assert separator("a;b\nx, y;1\nu, v, w;2\n") == ";"
    assert separator("a\tb\nx,y;z\t1\n") == "\t"
    assert separator("alone\n") == ","
    assert separator("") == ","


def test_bytes_that_are_no_text_are_refused(tmp_path):
    file = tmp_path / "actors.csv"
    file.write_bytes(b"actor\n\x81\xff\n")
    with pytest.raises(RegisterError) as caught:
        decoded(file)
    assert str(caught.value) == f"{file} is not text in UTF-8 or Windows-1252 (byte 6); save it as CSV UTF-8"


def test_a_nul_is_refused(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"actor,name\nA\0,b\n")
    with pytest.raises(RegisterError) as caught:
        examine(file)
    assert str(caught.value) == f"{file} holds a NUL character: it is not a CSV text"


def test_a_quote_that_is_not_closed_is_named(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('NGO,State,Stage\n"a,b,c\n' + "x,y,z\n" * 40_000)
    with pytest.raises(RegisterError) as caught:
        examine(file)
    assert str(caught.value) == f"{file}, row 2: a cell is longer than 131,072 characters; is a quote not closed?"


def test_a_quote_that_swallows_the_rest_of_the_file_is_named(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('NGO,State,Stage\nx,y,z\n"a,b,c\nx,y,z\n')
    with pytest.raises(RegisterError) as caught:
        examine(file)
    assert str(caught.value) == f"{file}, row 3: a quote is opened and not closed"


def test_a_huge_cell_of_a_csv_refuses_its_row(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"NGO,State,Province,Stage,Date\n{'x' * 40_000},OWSO,02,coalition,2011\nB,OWSO,02,coalition,2011\n")
    register, _ = examine(file)
    assert len(register.partnerships) == 1
    assert "a.csv, row 2, column NGO: the cell holds 40,000 characters; at most 32,767 are read" in message(file)


def test_too_many_columns_are_refused(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("NGO,State\n" + "x," * 1500 + "x\n")
    with pytest.raises(RegisterError) as caught:
        examine(file)
    assert str(caught.value) == f"{file}, row 2, has 1,501 cells; at most 1,000 columns are read"


def test_a_path_that_climbs_out_of_its_folder_is_refused(tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    about = json.loads((folder / "datapackage.json").read_text("utf-8"))
    about["resources"] = [{"name": "actors", "path": "../../etc/actors.csv"}]
    (folder / "datapackage.json").write_text(json.dumps(about))
    with pytest.raises(RegisterError) as caught:
        examine(folder)
    assert str(caught.value) == (
        f"{folder / 'datapackage.json'}: path '../../etc/actors.csv' of actors leads out of the register's folder"
    )


def test_other_files_are_no_register(tmp_path):
    file = tmp_path / "note.pdf"
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(RegisterError) as caught:
        examine(file)
    assert str(caught.value) == (
        f"{file} is no register: a folder with CSV tables, or a file that ends in .xlsx, .xlsm, .xltx, .xls, .xlsb, .ods, .csv, .tsv, .txt, .zip"
    )


def test_a_plain_folder_with_other_headers_is_recognised(tmp_path):
    (tmp_path / "actors.csv").write_text("Actor ID,Organisation,Type\nA1,River Watch,ngo\nS1,One Window,owso\n")
    (tmp_path / "partnerships.csv").write_text("Partnership ID,NGO,Government partner\nP1,A1,S1\n")
    (tmp_path / "assessments.csv").write_text("Partnership ID,Date,Stage,Rater\nP1,2011,coalition,state\n")
    (tmp_path / "mechanisms.csv").write_text("Partnership ID,Kind of mechanism\nP1,mou\n")
    register, checked = examine(tmp_path)
    assert [len(frame) for frame in register.tables.values()] == [2, 1, 1, 1]
    assert str(checked.problems[0]) == "actors.csv, column Actor ID: column 'Actor ID' read as actor"


def test_one_csv_with_one_row_per_partnership(tmp_path):
    file = tmp_path / "tracker.csv"
    file.write_text("NGO;State;Province;2011;2012\nRiver Watch;OWSO;Pursat;coalition;integrated\n")
    register = open_register(file)
    assert register.title == "tracker"
    assert list(register.assessments["date"]) == ["2011", "2012"]


def test_places_of_another_country_are_told_by_a_mapping(tmp_path):
    (tmp_path / "land.csv").write_text(
        "code,iso,name_en,name_km,spellings,row,col,from,until,split_from,split_districts\n"
        "N,,North,,Upper,0,0,,,,\nS,,South,,,1,0,,,,\n"
    )
    (tmp_path / "map.yml").write_text("register: {places: land.csv, kind: field, title: Made up}\n")
    file = tmp_path / "tracker.csv"
    file.write_text("NGO,State,Province,2011\nA,OWSO,Upper,coalition\n")
    register = open_register(file, mapping=tmp_path / "map.yml")
    assert (register.title, register.kind, register.places.codes) == ("Made up", "field", ("N", "S"))
    assert list(register.partnerships["province"]) == ["N"]
    register.save(tmp_path / "saved")
    again = open_register(tmp_path / "saved")
    assert again.places == register.places
    register.save(tmp_path / "saved.xlsx")
    assert open_register(tmp_path / "saved.xlsx").places == register.places


@pytest.mark.parametrize(
    ("scale", "stage", "key"), [("frey", "Coalition", "4"), ("partner", "integration", "integration")]
)
def test_stages_are_read_on_the_scale_that_was_told(tmp_path, scale, stage, key):
    (tmp_path / "map.yml").write_text(f"register: {{scale: {scale}}}\n")
    file = tmp_path / "tracker.csv"
    file.write_text(f"NGO,State,Province,2011\nA,OWSO,02,{stage}\n")
    assert list(open_register(file, mapping=tmp_path / "map.yml").assessments["stage"]) == [key]


def test_a_label_is_never_matched_across_scales(tmp_path):
    file = tmp_path / "tracker.csv"
    file.write_text("NGO,State,Province,2011\nA,OWSO,02,networking\n")
    with pytest.raises(LnlibError, match="stage 'networking' is not known"):
        open_register(file)


@pytest.mark.parametrize("text", ["actor,name,kind\n", "NGO,State,Stage\n"])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path, text):
    (tmp_path / "secret.csv").write_text(text)
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("partnerships", "assessments", "mechanisms"):
        (folder / f"{name}.csv").write_text("partnership,mechanism\n" if text.startswith("actor") else "x,y\n1,2\n")
    (folder / "actors.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(RegisterError) as caught:
        examine(folder)
    assert str(caught.value) == f"{folder}: path 'actors.csv' of actors.csv leads out of the register's folder"


def test_a_sheet_of_assessments_without_stage_and_date_is_refused_row_by_row(tmp_path):
    book = Workbook()
    partnerships, assessments = book.active, book.create_sheet("assessments")
    partnerships.title = "partnerships"
    partnerships.append(["partnership", "non_state", "state"])
    partnerships.append(["P1", "River Watch", "Ek Phnom district hall"])
    for row in (["partnership", "note"], ["P1", "went well"], ["P1", "went on"]):
        assessments.append(row)
    book.save(tmp_path / "visits.xlsx")
    _, checked = examine(tmp_path / "visits.xlsx")
    refused = [
        problem for problem in checked.problems if problem.sheet == "assessments" and problem.severity == "error"
    ]
    reason = "no column gives the stage of the assessment or its date; name a column stage, and one date"
    assert [(problem.row, problem.column, problem.reason) for problem in refused] == [
        (2, "stage", reason),
        (3, "stage", reason),
    ]
