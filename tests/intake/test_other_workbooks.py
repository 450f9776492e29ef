"""Workbooks that are not `.xlsx`, read with calamine."""

import zipfile
from pathlib import Path

import pytest
from intake import binary_workbook

from lnlib.errors import RegisterError
from lnlib.intake import examine
from lnlib.intake.other_workbooks import read_other_workbook
from lnlib.intake.reading import read

REGISTERS = Path(__file__).parents[1] / "registers"
REMARK = "a workbook of this format does not tell formulas from values; their last results were read"
CELL = {
    "text": '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>',
    "date": '<table:table-cell office:value-type="date" office:date-value="{0}"><text:p>{0}</text:p></table:table-cell>',
}
BOOK = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Tracker">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


def ods(file, rows):
    """Write rows of texts, and of dates where a text is written as one, as an OpenDocument spreadsheet."""
    kind = lambda text: "date" if text[:4].isdigit() else "text"  # noqa: E731
    lines = ["".join(CELL[kind(text)].format(text) for text in row) for row in rows]
    content = BOOK.format("".join(f"<table:table-row>{line}</table:table-row>" for line in lines))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return file


def test_an_old_excel_workbook_is_read_with_its_hidden_sheet(tmp_path):
    register, checked = examine(REGISTERS / "tracker.xls")
    assert register.partnerships["province"].tolist() == ["02", "15", "10"]
    assert register.assessments[["date", "stage"]].values.tolist() == [
        ["2011-05-03", "coalition"], ["2011-06-13", "collaboration"], ["2009-01-01", "coalition"],
    ]  # fmt: skip
    texts = [str(problem) for problem in checked.problems]
    assert f"tracker.xls, sheet 2011: {REMARK}" in texts
    assert "tracker.xls, sheet Old: the sheet is hidden; hidden parts were read like the rest" in texts


def test_an_opendocument_workbook_is_read(tmp_path):
    rows = [
        ["NGO", "Government partner", "Province", "Stage", "Date", "Rated by"],
        ["River Watch", "Commune council of Sala", "Battambang", "coalition", "2011-05-03", "state"],
        ["Lake Circle", "Commune council of Sala", "Pursat", "integrated", "2012-05-03", "#VALUE!"],
    ]
    raw = read(ods(tmp_path / "book.ods", rows))
    assert raw.tables["partnerships"].rows.tolist() == [2]
    assert raw.tables["assessments"].frame[["date", "stage"]].values.tolist() == [["2011-05-03", "coalition"]]
    assert [str(problem) for problem in raw.problems if problem.severity == "error"] == [
        "book.ods, sheet Tracker, row 3, column Rated by: the cell holds the spreadsheet error #VALUE!"
    ]


def test_a_binary_workbook_is_read_with_its_hidden_sheet(tmp_path):
    header = ["NGO", "Government partner", "Province", "Stage", "Rated by"]
    rows = [header, ["River Watch", "Commune council of Sala", 2, "coalition", "state"]]
    path = binary_workbook.write(
        tmp_path / "book.xlsb", {"2011": rows, "2012": [header, [*rows[1][:3], "integrated", "state"]]}, hidden=["2012"]
    )
    raw = read(path)
    assert raw.tables["partnerships"].frame["province"].tolist() == ["2"]
    assert raw.tables["assessments"].frame[["date", "stage"]].values.tolist() == [
        ["2011", "coalition"],
        ["2012", "integrated"],
    ]
    texts = [str(problem) for problem in raw.problems]
    assert f"book.xlsb, sheet 2011: {REMARK}" in texts
    assert "book.xlsb, sheet 2012: the sheet is hidden; hidden parts were read like the rest" in texts


@pytest.mark.parametrize("name", ["book.ods", "book.xlsb", "book.xls"])
def test_a_broken_workbook_gives_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(RegisterError) as caught:
        read_other_workbook(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name} is broken or not a workbook: ")
    assert "\n" not in str(caught.value)
