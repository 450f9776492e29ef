"""An empty workbook to fill in: four sheets with drop-downs, notes on each header, an example, the scale's criteria."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from lnlib.errors import RegisterError, ValueNotAllowed
from lnlib.intake.grids import column_letters
from lnlib.intake.layouts import EXAMPLE
from lnlib.intake.recognise import CRITERIA_SHEET, LISTS_SHEET
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.companion_workbook import ABOUT_SHEET, PLACES_SHEET
from lnlib.register.schema import TABLES, Column, Table
from lnlib.register.writing import TEXT, save_settled, scale_words

LANGUAGES = ("en", "km")
FILLED = 10_000  # rows that have drop-downs
_DATES = (
    "Write 2011, 2011-H1, 2011-Q3, 2011-05 or 2011-05-03, as precisely as it is known. The cells are text, so that a "
    "month stays a month."
)
_SEVERAL = "Several with ; between them."
_GREY, _HEAD = Font(italic=True, color="808080"), PatternFill("solid", fgColor="DDDDDD")


def write_template(
    path: str | Path, *, language: str = "en", scale: str | Path = "dfgg", places: str = "cambodia"
) -> Path:
    """Write the workbook that `lnlib import` reads without a problem.

    Parameters
    ----------
    path : str or Path
        File to write; it may not exist yet.
    language : str, optional
        `en` or `km`: the language of headers and sheet names. The other one stands in the note on each header.
    scale : str or Path, optional
        Scale by name, or the path of its YAML.
    places : str, optional
        Places by name, or the path of their CSV.

    Raises
    ------
    ValueNotAllowed
        The language or scale is not known.
    RegisterError
        The file exists, does not end in .xlsx, or cannot be written.
    """
    file = Path(path)
    if language not in LANGUAGES:
        raise ValueNotAllowed.of("language", language, LANGUAGES)
    if file.suffix.casefold() != ".xlsx":
        raise RegisterError(f"{file} should end in .xlsx: a template is an Excel workbook")
    if file.exists():
        raise RegisterError(f"{file} exists; a template is written to a new file")
    chosen, country = Scale.load(scale), Places.load(places)
    book = Workbook()
    book.remove(book.active)
    lists = _Lists(book)
    titles = {name: table.name if language == "en" else table.name_km for name, table in TABLES.items()}
    for name, table in TABLES.items():
        _write_table(book.create_sheet(titles[name]), table, language)
    for name, table in TABLES.items():
        for at, column in enumerate(table.columns):
            choice = _choice(column, chosen, country, language, lists, titles)
            if choice:
                _offer(book[titles[name]], at, column, choice)
            if column.holds == "stage":
                book[titles[name]].cell(2, at + 1, chosen.keys[0]).font = _GREY
    _write_criteria(book, chosen)
    _write_about(book, chosen, country)
    if not country.shipped:
        _write_places(book, country)
    lists.write()
    save_settled(book, file)
    return file


class _Lists:
    """The hidden sheet with the words of the drop-downs, a column a list."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.columns: dict[tuple[str, ...], str] = {}

    def range(self, words: Sequence[str]) -> str:
        """Return the range where these words stand."""
        letters = self.columns.setdefault(tuple(words), column_letters(len(self.columns)))
        return f"'{LISTS_SHEET}'!${letters}$1:${letters}${len(words)}"

    def write(self) -> None:
        sheet = self.book.create_sheet(LISTS_SHEET)
        sheet.sheet_state = "hidden"
        for words, letters in self.columns.items():
            for row, word in enumerate(words, 1):
                _text(sheet[f"{letters}{row}"], word)


def _text(cell: Any, text: str) -> None:
    cell.value = text
    cell.data_type = "s"
    cell.number_format = TEXT


def _write_table(sheet: Any, table: Table, language: str) -> None:
    sheet.freeze_panes = "A2"
    for at, column in enumerate(table.columns):
        letters = column_letters(at)
        head = sheet[f"{letters}1"]
        _text(head, column.name_km if language == "km" and column.name_km else column.name)
        head.font, head.fill = Font(bold=True), _HEAD
        head.comment = Comment(_note(column), "lnlib", height=160, width=320)
        # a typed 02 keeps its zero, and 2011-05 does not become the first of May
        sheet.column_dimensions[letters].number_format = TEXT
        sheet.column_dimensions[letters].width = 28 if column.holds in ("text", "words") else 18
        example = column.example
        if at == 0:
            example = f"{EXAMPLE} {example}"
        if example:
            cell = sheet[f"{letters}2"]
            _text(cell, example)
            cell.font = _GREY


def _note(column: Column) -> str:
    lines = [column.name + (f" · {column.name_km}" if column.name_km else ""), column.meaning]
    lines += ["Required."] if column.required else []
    if column.allowed:
        lines.append(
            f"One of: {', '.join(column.allowed)}." if column.holds == "word" else f"Of: {', '.join(column.allowed)}."
        )
    lines += [_SEVERAL] if column.holds == "words" else []
    lines += [_DATES] if column.holds == "date" else []
    lines += ["A two-digit code, or a name."] if column.holds == "province" else []
    return "\n".join(lines)


def _choice(column: Column, scale: Scale, places: Places, language: str, lists: _Lists, titles: dict[str, str]) -> str:
    if column.allowed:
        return lists.range(column.allowed)
    if column.holds == "stage":
        return lists.range(scale.keys)
    if column.holds == "province":
        return lists.range([f"{place.code} {place.name(language)}" for place in places.places])
    if column.refers_to:
        return f"'{titles[column.refers_to]}'!$A$3:$A${FILLED}"
    return ""


def _offer(sheet: Any, at: int, column: Column, choice: str) -> None:
    rule = DataValidation(type="list", formula1=choice, allow_blank=True)
    # several words, or a code alone, may be typed where one cell cannot offer them
    rule.showErrorMessage = column.holds in ("word", "stage")
    rule.errorTitle, rule.error = column.name, "Choose one of the list."
    letters = column_letters(at)
    rule.add(f"{letters}2:{letters}{FILLED}")
    sheet.add_data_validation(rule)


def _write_criteria(book: Workbook, scale: Scale) -> None:
    sheet = book.create_sheet(CRITERIA_SHEET)
    cues = list(dict.fromkeys(cue for stage in scale.stages for cue in stage.criteria))
    rows = [["stage", *scale.keys], ["English", *(stage.name() for stage in scale.stages)]]
    if any("km" in stage.label for stage in scale.stages):
        rows.append(["ខ្មែរ", *(stage.label.get("km", "") for stage in scale.stages)])
    rows += [[cue, *(stage.criteria.get(cue, "") for stage in scale.stages)] for cue in cues]
    rows += [[], ["source", scale.source]] if scale.source else []
    for row, texts in enumerate(rows, 1):
        for at, text in enumerate(texts):
            cell = sheet[f"{column_letters(at)}{row}"]
            _text(cell, text)
            cell.font = Font(bold=not at or row == 1)
            cell.alignment = Alignment(wrap_text=row <= len(rows) - 1, vertical="top")
    sheet.column_dimensions["A"].width = 16
    for at in range(1, len(scale.stages) + 1):
        sheet.column_dimensions[column_letters(at)].width = 32


def _write_places(book: Workbook, places: Places) -> None:
    sheet = book.create_sheet(PLACES_SHEET)
    for row, texts in enumerate(csv.reader(io.StringIO(places.as_csv())), 1):
        for at, text in enumerate(texts):
            _text(sheet[f"{column_letters(at)}{row}"], text)


def _write_about(book: Workbook, scale: Scale, places: Places) -> None:
    sheet = book.create_sheet(ABOUT_SHEET)
    rows = [
        ("title", ""),
        ("description", ""),
        ("kind", "field"),
        ("scale", scale_words(scale)),
        ("places", places.key),
    ]
    for row, texts in enumerate([*rows, ("period", ""), ("licence", "")], 1):
        for at, text in enumerate(texts):
            _text(sheet[f"{column_letters(at)}{row}"], text)
    sheet.column_dimensions["B"].width = 60
