"""The template: what it offers, and that it reads back without a problem."""

import pytest
from openpyxl import load_workbook

from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed
from lnlib.intake import examine, open_register
from lnlib.intake.template import write_template
from lnlib.register.schema import TABLES

LANGUAGES = ("en", "km")


def titles(language):
    return {name: table.name if language == "en" else table.name_km for name, table in TABLES.items()}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def fill(path, language, rows):
    book = load_workbook(path)
    for name, row in rows.items():
        sheet = book[titles(language)[name]]
        columns = TABLES[name].names
        for column, value in row.items():
            sheet.cell(3, columns.index(column) + 1, value)
    book.save(path)


def test_an_empty_template_is_an_empty_register(tmp_path, language):
    path = write_template(tmp_path / "register.xlsx", language=language)
    _, checked = examine(path)
    assert checked.problems == ()
    assert set(checked.read.values()) == {0}
    with pytest.raises(RegisterError) as caught:
        open_register(path)
    assert str(caught.value) == f"register {path} is empty: its table of partnerships has no rows"


def test_a_filled_template_reads_without_a_problem(tmp_path, language):
    path = write_template(tmp_path / "register.xlsx", language=language)
    where = {"en": "02 Battambang", "km": "02 បាត់ដំបង"}[language]
    fill(path, language, {
        "actors": {"actor": "A1", "name": "River Watch", "kind": "ngo"},
        "partnerships": {"partnership": "P1", "non_state": "A1", "state": "S1", "province": where, "start": "2011-05"},
        "assessments": {"partnership": "P1", "date": "2011-Q3", "stage": "coalition", "rated_by": "state"},
        "mechanisms": {"partnership": "P1", "mechanism": "mou"},
    })  # fmt: skip
    book = load_workbook(path)
    book[titles(language)["actors"]].append(["S1", "One Window", "", "owso"])
    book.save(path)
    register = open_register(path)
    assert register.problems == ()
    assert register.kind == "field"
    assert list(register.partnerships["province"]) == ["02"]
    assert [len(frame) for frame in register.tables.values()] == [2, 1, 1, 1]


def test_every_coded_column_has_a_drop_down_and_every_header_a_note(tmp_path, language):
    book = load_workbook(write_template(tmp_path / "register.xlsx", language=language))
    for name, table in TABLES.items():
        sheet = book[titles(language)[name]]
        offered = {str(rule.sqref).split("2:")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
        for cell, column in zip(sheet[1], table.columns, strict=True):
            assert cell.value == (column.name_km if language == "km" else column.name) or not column.name_km
            assert column.meaning in cell.comment.text
            assert column.name_km in cell.comment.text
            coded = column.allowed or column.refers_to or column.holds in ("stage", "province")
            assert (cell.column_letter in offered) == bool(coded)
            assert sheet.column_dimensions[cell.column_letter].number_format == "@"
            assert sheet.cell(2, cell.column).number_format in ("@", "General")


def test_drop_downs_point_at_the_words_they_offer(tmp_path):
    book = load_workbook(write_template(tmp_path / "register.xlsx"))
    (rule,) = (r for r in book["assessments"].data_validations.dataValidation if str(r.sqref).startswith("D2"))
    assert rule.formula1.startswith("'lnlib lists'!")
    letter = rule.formula1.split("$")[1]
    assert [book["lnlib lists"][f"{letter}{row}"].value for row in (1, 2, 3, 4)] == [
        "coalition", "collaboration", "integrated", None,
    ]  # fmt: skip


def test_the_example_is_marked_and_not_read(tmp_path):
    book = load_workbook(write_template(tmp_path / "register.xlsx"))
    assert [cell.value for cell in book["partnerships"][2]][:4] == ["#example P001", "A01", "A02", "02"]


def test_the_criteria_stand_on_a_sheet_of_their_own(tmp_path):
    sheet = load_workbook(write_template(tmp_path / "register.xlsx"))["working criteria"]
    assert [cell.value for cell in sheet[1]] == ["stage", "coalition", "collaboration", "integrated"]
    assert [cell.value for cell in sheet[4]] == [
        "formality", "none, or a letter per activity", "MoU or agreed roles",
        "standing mechanism in the local plan or mandate",
    ]  # fmt: skip


def test_another_scale_and_other_places_are_kept(tmp_path):
    places = tmp_path / "land.csv"
    places.write_text(
        "code,iso,name_en,name_km,spellings,row,col,from,until,split_from,split_districts\nN,,North,,,0,0,,,,\n"
    )
    scale = tmp_path / "own.yml"
    scale.write_text("key: own\ntitle: Ours\nsource: us\nstages: [{key: low, label: Low}, {key: high, label: High}]\n")
    path = write_template(tmp_path / "register.xlsx", scale=scale, places=str(places))
    register, checked = examine(path)
    assert (register.scale.keys, register.places.codes, checked.problems) == (("low", "high"), ("N",), ())
    assert examine(write_template(tmp_path / "frey.xlsx", scale="frey"))[0].scale.key == "frey"


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ValueNotAllowed, match="language 'fr' is not known"):
        write_template(tmp_path / "a.xlsx", language="fr")
    with pytest.raises(RegisterError) as caught:
        write_template(tmp_path / "a.xls")
    assert str(caught.value) == f"{tmp_path / 'a.xls'} should end in .xlsx: a template is an Excel workbook"
    write_template(tmp_path / "a.xlsx")
    with pytest.raises(RegisterError) as caught:
        write_template(tmp_path / "a.xlsx")
    assert str(caught.value) == f"{tmp_path / 'a.xlsx'} exists; a template is written to a new file"
    with pytest.raises(LnlibError, match="scale 'freya' is not known; did you mean 'frey'"):
        write_template(tmp_path / "b.xlsx", scale="freya")
