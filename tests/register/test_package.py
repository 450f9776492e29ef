from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lnlib.errors import RegisterError
from lnlib.intake import examine, open_register
from lnlib.reference.places import COLUMNS, Places
from lnlib.register import Register
from lnlib.register.cell_text import guarded, unguarded
from lnlib.register.package import DESCRIPTOR
from lnlib.register.schema import TABLES

SMALL = Path(__file__).parents[1] / "registers" / "small"


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).filter(str.strip)


def assert_same(one: Register, other: Register) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])
    for field in ("title", "kind", "scale", "places", "frame", "period", "description", "licence", "sources"):
        assert getattr(one, field) == getattr(other, field)


def test_what_is_written_reads_back_the_same(small, tmp_path):
    small.save(tmp_path / "copy")
    assert_same(open_register(tmp_path / "copy"), small)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy"]


def test_writing_again_gives_the_same_bytes(small, tmp_path):
    small.save(tmp_path / "one")
    open_register(tmp_path / "one").save(tmp_path / "other" / "one")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / "one" / file.name).read_bytes()


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@example(
    ["a\rb", "a\r\nb", "a\u2028b\x85c", '"', ",", ";"],
    ["'", "''", "'=", "\ufeffx", " x ", "ខ្មែរ"],
)
@given(st.lists(text, min_size=6, max_size=6), st.lists(text, min_size=6, max_size=6))
def test_any_text_reads_back_the_same(names, notes):
    register = open_register(SMALL)
    actors = register.tables["actors"].assign(name=names, note=notes)
    with tempfile.TemporaryDirectory() as folder:
        replace(register, tables={**register.tables, "actors": actors}).save(Path(folder) / "copy", workbook=False)
        read, _ = examine(Path(folder) / "copy")
    assert read.actors["name"].tolist() == names
    assert read.actors["note"].tolist() == notes


@given(st.lists(st.text(st.sampled_from("=+-@|＝＋－＠'\t\r\na ខ"), max_size=5)))
def test_guarding_is_undone_and_leaves_no_formula(cells):
    column = pd.Series(cells, dtype="str")
    safe = guarded(column)
    assert not safe.str.startswith(
        ("=", "+", "-", "@", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
    ).any()
    assert unguarded(safe).tolist() == cells
    assert column.tolist() == cells


def test_a_formula_is_neutralised_in_the_file(small, tmp_path):
    frames = dict(small.tables)
    frames["actors"] = frames["actors"].assign(note=["=1+1", "", "", "", "", ""])
    replace(small, tables=frames).save(tmp_path / "copy")
    assert ",'=1+1\n" in (tmp_path / "copy" / "actors.csv").read_text("utf-8")
    assert open_register(tmp_path / "copy").actors["note"].iat[0] == "=1+1"


def test_the_descriptor_declares_what_the_register_is(small, tmp_path):
    small.save(tmp_path / "Ln 17 ឯកសារ")
    about = json.loads((tmp_path / "Ln 17 ឯកសារ" / DESCRIPTOR).read_text("utf-8"))
    assert about["name"] == "ln-17"
    assert about["register"]["kind"] == "simulated"
    assert about["register"]["scale"]["stages"][0]["key"] == "coalition"
    assert [resource["path"] for resource in about["resources"]] == [f"{name}.csv" for name in TABLES]
    assert about["resources"][2]["schema"]["fields"][3]["constraints"]["enum"] == list(small.scale.keys)


def test_places_of_ones_own_are_kept_with_the_register(spoiled, tmp_path):
    rows = ["02,X-2,Westland,,,0,0,,,,", "03,X-3,Eastland,,,0,1,,,,", "17,X-17,Lakeland,,,1,0,,,,"]
    folder = spoiled(
        texts={"island.csv": "\n".join([",".join(COLUMNS), *rows, ""])}, about={"places": "island.csv", "frame": ""}
    )
    register = open_register(folder)
    assert [unit.name() for unit in register.units] == ["Westland", "Eastland", "Lakeland"]
    register.save(tmp_path / "copy")
    assert_same(open_register(tmp_path / "copy"), register)
    replace(register, places=Places("actors", register.places.places)).save(tmp_path / "named")
    assert open_register(tmp_path / "named").places.key == "places"


def test_a_folder_of_tables_without_a_descriptor_is_a_register_of_unstated_kind(spoiled):
    register = open_register(spoiled(without=(DESCRIPTOR,)))
    assert (register.title, register.kind, register.scale.key, register.frame) == ("small", "unstated", "dfgg", "25")


def test_tables_may_have_other_names_inside_the_folder(spoiled):
    folder = spoiled()
    (folder / "tables").mkdir()
    (folder / "actors.csv").rename(folder / "tables" / "who.csv")
    about = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    about["resources"] = [{"name": "actors", "path": "tables/who.csv"}, {"name": "photos", "path": "p.zip"}]
    (folder / DESCRIPTOR).write_text(json.dumps(about), "utf-8")
    assert len(open_register(folder).actors) == 6


@pytest.mark.parametrize(
    "path", ["../small/../x.csv", "/etc/passwd", "https://example.org/a.csv", 7, ["a.csv"], "a\0b"]
)
def test_a_path_that_leaves_the_folder_is_refused(spoiled, path):
    folder = spoiled()
    about = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    about["resources"] = [{"name": "actors", "path": path}]
    (folder / DESCRIPTOR).write_text(json.dumps(about), "utf-8")
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    assert str(error.value) == (f"{folder / DESCRIPTOR}: path '{path}' of actors leads out of the register's folder")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"actors.csv": ""}, "{0}/actors.csv is empty; its first row should hold the headers"),
        ({"actors.csv": "actor,name,kind,name\n"}, "{0}/actors.csv has column name more than once"),
        ({"actors.csv": "actor\n\0\n"}, "{0}/actors.csv holds a NUL character: it is not a CSV text"),
        (
            {DESCRIPTOR: "{"},
            "{0}/datapackage.json is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ({DESCRIPTOR: "[]"}, "{0}/datapackage.json is not a Data Package: it should be a mapping"),
        ({DESCRIPTOR: '{"resources": ["a"]}'}, "{0}/datapackage.json: resources should be a list of mappings"),
        ({DESCRIPTOR: '{"licenses": "CC0"}'}, "{0}/datapackage.json: licenses should be a list of mappings"),
        ({DESCRIPTOR: '{"sources": ["LN17"]}'}, "{0}/datapackage.json: sources should be a list of mappings"),
        ({DESCRIPTOR: '{"register": []}'}, None),
        ({DESCRIPTOR: '{"register": ["field"]}'}, "{0}/datapackage.json: register should be a mapping"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(spoiled, texts, message):
    folder = spoiled(texts=texts)
    if message is None:
        assert open_register(folder).kind == "unstated"
        return
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    assert str(error.value) == message.format(folder)


def test_a_missing_table_is_named(spoiled):
    folder = spoiled(without=("actors.csv", "mechanisms.csv"))
    with pytest.raises(RegisterError) as error:
        open_register(folder)
    assert str(error.value) == (
        f"register {folder} lacks actors.csv, mechanisms.csv; "
        "a register has actors.csv, partnerships.csv, assessments.csv, mechanisms.csv"
    )


def test_a_register_is_never_written_over_other_files(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(RegisterError) as error:
        small.save(tmp_path)
    assert str(error.value) == f"{tmp_path} holds other files; a register is written to a folder of its own"
    with pytest.raises(RegisterError) as file:
        small.save(tmp_path / "thesis.txt")
    assert str(file.value) == f"{tmp_path / 'thesis.txt'} is a file; a register is written to a folder of its own"
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_is_left_half_written(small, tmp_path, monkeypatch):
    def full(*_args, **_words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(RegisterError) as error:
        small.save(tmp_path / "copy")
    assert str(error.value) == f"{tmp_path / 'copy'} cannot be written: No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written(small, tmp_path, monkeypatch):
    def refused(*_args, **_words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(RegisterError) as error:
        small.save(tmp_path / "copy")
    assert str(error.value) == f"{tmp_path / 'copy'} cannot be written: Permission denied"
