"""The register as an Excel workbook: every cell a text, so that no code loses its zero and nothing runs as a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from lnlib.errors import RegisterError
from lnlib.filesystem import write_atomic
from lnlib.reference.scales import Scale
from lnlib.register.companion_workbook import ABOUT_SHEET, BESIDE, MADE_BY, MOST_ROWS, PLACES_SHEET
from lnlib.register.contents import Contents
from lnlib.register.schema import TABLES, Table
from lnlib.register.separated_text import LONGEST_CELL

TEXT = "@"  # the number format of text
BESIDE_ROWS = 50_000  # a larger register is written to its folder without the workbook
# what XML cannot hold is written as _xHHHH_, as spreadsheets do; so is text that looks like it
_UNHELD = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(register: Contents, file: Path) -> None:
    """Write a register as a workbook with a sheet a table; it reads back exactly.

    Raises
    ------
    RegisterError
        It has more rows or a longer cell than a sheet can hold, or the file cannot be written.
    """
    tables = {name: _texts(register.tables[name], table) for name, table in TABLES.items()}
    book = Workbook(write_only=True)
    _write_about(book, about_rows(register))
    if not register.places.shipped:
        _write_places(book, register)
    for name, cells in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, column, bold=True) for column in TABLES[name].names])
        for row in cells.itertuples(index=False, name=None):
            sheet.append([_cell(sheet, text) if text else None for text in row])
    save_settled(book, file)


def _texts(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    if len(frame) >= MOST_ROWS:
        raise RegisterError(f"{table.name} has {len(frame):,} rows; a sheet holds {MOST_ROWS - 1:,}: write to a folder")
    cells = _as_text(frame, table)
    for column in table.names:
        if (longest := _longest(cells[column])) > LONGEST_CELL:
            where = f"{table.name}, column {column},"
            raise RegisterError(f"{where} has a cell of {longest:,} characters; a workbook holds {LONGEST_CELL:,}")
    return cells


def _as_text(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    return frame[table.names].astype("str").fillna("")


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def about_rows(register: Contents) -> list[tuple[str, str]]:
    """Return what the sheet `about` says of a register, word by word."""
    rows = [
        ("title", register.title),
        ("description", register.description),
        ("kind", register.kind),
        ("scale", scale_words(register.scale)),
        ("places", register.places.key),
        ("frame", register.frame),
        ("period", register.period.text if register.period else ""),
        ("licence", register.licence),
        ("sources", json.dumps([dict(source) for source in register.sources], ensure_ascii=False)),
    ]
    return [(key, value) for key, value in rows if value not in ("", "[]")]


def scale_words(scale: Scale) -> str:
    """Return a scale's name if it ships, else its declaration.

    >>> scale_words(Scale.load("frey"))
    'frey'
    """
    try:
        if Scale.load(scale.key) == scale:
            return scale.key
    except ValueError:
        pass
    return json.dumps(scale.as_declared(), ensure_ascii=False)


def _write_about(book: Workbook, rows: Sequence[tuple[str, str]]) -> None:
    sheet = book.create_sheet(ABOUT_SHEET)
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])


def _write_places(book: Workbook, register: Contents) -> None:
    sheet = book.create_sheet(PLACES_SHEET)
    for row in csv.reader(io.StringIO(register.places.as_csv())):
        sheet.append([_cell(sheet, text) if text else None for text in row])


def _cell(sheet: Any, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, escaped(text))
    cell.data_type = "s"  # a text that begins with = is a text
    cell.number_format = TEXT
    if bold:
        cell.font = Font(bold=True)
    return cell


def escaped(text: str) -> str:
    r"""Write the signs that XML cannot hold as spreadsheets do.

    >>> escaped("a\rb"), escaped("_x000D_")
    ('a_x000D_b', '_x005F_x000D_')
    """
    return _UNHELD.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def save_settled(book: Workbook, file: Path) -> None:
    """Save a workbook whole or not at all, without the time of writing: the same content gives the same bytes."""
    content = io.BytesIO()
    try:
        try:
            book.save(content)
        except OSError:
            for sheet in book.worksheets if book.write_only else ():
                sheet.close()  # it holds a temporary file open
            raise
        write_atomic(file, _settled(content), sole=True)
    except OSError as error:
        raise RegisterError(f"{file} cannot be written: {error.strerror}") from None


def _settled(content: io.BytesIO) -> bytes:
    """Return a workbook's bytes without the time of writing and the program's version."""
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core, app = "docProps/core.xml", "docProps/app.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", b"2000-01-01T00:00:00Z", parts[core])
    parts[app] = re.sub(rb"<Application>[^<]*</Application>", MADE_BY, parts[app])
    settled = io.BytesIO()
    with zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return settled.getvalue()


def write_beside(register: Contents, folder: Path) -> bool:
    """Write the workbook beside the tables of a folder, unless the register is too large for it.

    Returns
    -------
    bool
        Whether it was written.
    """
    if sum(len(register.tables[name]) for name in TABLES) > BESIDE_ROWS:
        return False
    texts = [_as_text(register.tables[name], table) for name, table in TABLES.items()]
    if max(_longest(column) for cells in texts for _, column in cells.items()) > LONGEST_CELL:
        return False
    write_workbook(register, folder / BESIDE)
    return True
