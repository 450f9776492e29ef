"""Writing workbooks: exact round trips, and nothing a spreadsheet could change."""

import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from lnlib.errors import RegisterError
from lnlib.intake import examine, open_register
from lnlib.register.writing import write_workbook

text = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def with_notes(register, notes):
    """Write texts into the notes of the actors."""
    actors = register.tables["actors"]
    filled = [*notes, *[""] * len(actors)][: len(actors)]
    return replace(register, tables={**register.tables, "actors": actors.assign(note=filled).astype({"note": "str"})})


def same(one, two):
    assert {name: frame.equals(two.tables[name]) for name, frame in one.tables.items()} == dict.fromkeys(
        one.tables, True
    )


def test_a_workbook_reads_back_exactly(small, tmp_path):
    small.save(tmp_path / "register.xlsx")
    again = open_register(tmp_path / "register.xlsx")
    same(small, again)
    for word in ("title", "kind", "scale", "places", "frame", "period", "description", "licence", "sources"):
        assert getattr(again, word) == getattr(small, word), word
    assert [p for p in again.problems if p.severity != "review"] == []


@pytest.mark.slow
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@example(["=1+1", "#REF!", "_x0041_", "a\r\nb", "\x0b", " x "])
@example(["02", "2011-05", "'x", "TRUE", "1e5", "\uffff"])
@given(st.lists(text, min_size=6, max_size=6))
def test_any_text_reads_back_exactly(small, tmp_path_factory, notes):
    file = tmp_path_factory.mktemp("x") / "register.xlsx"
    register = with_notes(small, [note if note.strip() else "" for note in notes])
    register.save(file)
    same(register, examine(file)[0])


def test_every_cell_is_text(small, tmp_path):
    with_notes(small, ["=1+1"]).save(tmp_path / "register.xlsx")
    book = load_workbook(tmp_path / "register.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "f"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert "02" in {cell.value for cell in book["partnerships"]["D"]}
    with zipfile.ZipFile(tmp_path / "register.xlsx") as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_the_workbook_beside_the_tables_says_when_it_was_edited(small, tmp_path):
    small.save(tmp_path / "out")
    assert [p for p in examine(tmp_path / "out")[1].problems if p.severity == "warning"] == []
    book = load_workbook(tmp_path / "out" / "register.xlsx")
    book.save(tmp_path / "out" / "register.xlsx")
    assert [str(p) for p in examine(tmp_path / "out")[1].problems if p.severity == "warning"] == [
        "register.xlsx: register.xlsx was changed in a spreadsheet; what stands in the CSV tables was read, not the changes"
    ]


def test_a_folder_has_a_workbook_that_opens_without_changing_codes_unless_asked_not_to(small, tmp_path):
    small.save(tmp_path / "out")
    sheet = load_workbook(tmp_path / "out" / "register.xlsx")["partnerships"]
    assert [(cell.value, cell.data_type, cell.number_format) for cell in sheet["D"][:2]] == [
        ("province", "s", "@"), ("02", "s", "@"),
    ]  # fmt: skip
    same(small, open_register(tmp_path / "out" / "register.xlsx"))
    small.save(tmp_path / "out", workbook=False)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "actors.csv", "assessments.csv", "datapackage.json", "mechanisms.csv", "partnerships.csv",
    ]  # fmt: skip


def test_a_workbook_that_somebody_changed_is_not_written_over(small, tmp_path):
    small.save(tmp_path / "out")
    file = tmp_path / "out" / "register.xlsx"
    load_workbook(file).save(file)
    before = file.read_bytes()
    for workbook in (True, False):
        with pytest.raises(RegisterError) as caught:
            small.save(tmp_path / "out", workbook=workbook)
        assert str(caught.value) == (
            f"{file} was changed in a spreadsheet and would be lost; import it to a new folder, or move it away"
        )
    assert file.read_bytes() == before


def test_the_same_register_gives_the_same_bytes(small, tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(small, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_cell_that_no_sheet_holds_is_refused_and_nothing_is_written(small, tmp_path):
    with pytest.raises(RegisterError) as caught:
        with_notes(small, ["x" * 40_000]).save(tmp_path / "register.xlsx")
    assert str(caught.value) == "actors, column note, has a cell of 40,000 characters; a workbook holds 32,767"
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_named(small, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RegisterError) as caught:
        small.save(tmp_path / "file" / "register.xlsx")
    assert str(caught.value) == f"{tmp_path / 'file' / 'register.xlsx'} cannot be written: File exists"
