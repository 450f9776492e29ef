"""CSV as people save it: its encoding and its separator are found by fixed rules, and said where they are unusual."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lnlib.errors import RegisterError
from lnlib.filesystem import read_small

LARGEST_CSV = 2 * 1024**3  # bytes; a million assessments take about 150 MB
LONGEST_CELL = 32_767  # characters; more than that no spreadsheet holds
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_LOOKED_AT = 30  # rows looked at to find the separator
_LOOKED_AT_CHARACTERS = 1_000_000  # and no further than this
_PARSER_CELL = 131_072  # the limit of Python's csv, left as it is: beyond it a quote was not closed


def decoded(file: Path) -> tuple[str, str]:
    """Read a text file as UTF-8, as UTF-16 with a byte order mark, or else as Windows-1252.

    Returns
    -------
    tuple of (str, str)
        The text, its line ends untouched, and a remark where its encoding was not UTF-8.

    Raises
    ------
    RegisterError
        It is too large, cannot be read, holds a NUL, or is text in none of these.
    """
    try:
        if file.stat().st_size > LARGEST_CSV:
            raise RegisterError(f"{file} is larger than {LARGEST_CSV // 1024**3} GB; split it")
        data = read_small(file, largest=LARGEST_CSV)
    except OSError as error:
        raise RegisterError(f"{file} cannot be read: {error.strerror}") from None
    remark = ""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text, remark = data.decode("utf-16"), "the file was read as UTF-16, not UTF-8"
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text, remark = data.decode("cp1252"), "the file was read as Windows-1252, not UTF-8"
        except UnicodeDecodeError as error:
            at = f"byte {error.start}"
            raise RegisterError(f"{file} is not text in UTF-8 or Windows-1252 ({at}); save it as CSV UTF-8") from None
    if "\0" in text:
        raise RegisterError(f"{file} holds a NUL character: it is not a CSV text")
    return text, remark


def separator(text: str) -> str:
    r"""Return the separator: the character that splits the first rows into the most even, then the most, cells.

    >>> separator("a;b;c\n1;2,5;3\n")
    ';'
    """
    start = text[:_LOOKED_AT_CHARACTERS]
    best, found = (0.0, 0), ","
    for sign in _SEPARATORS:
        try:
            rows = islice(csv.reader(io.StringIO(start, newline=""), delimiter=sign), _LOOKED_AT * 3)
            filled = (row for row in rows if any(cell.strip() for cell in row))
            widths = Counter(len(row) for row in islice(filled, _LOOKED_AT))
        except csv.Error:
            continue
        if not widths:
            continue
        width = max(widths, key=lambda wide: (widths[wide], wide))
        if width > 1 and (widths[width] / widths.total(), width) > best:
            best, found = (widths[width] / widths.total(), width), sign
    return found


def read_rows(file: Path) -> tuple[Iterator[list[str]], list[str]]:
    """Read the rows of a CSV, one by one as they are asked for.

    Returns
    -------
    tuple of (iterator of list of str, list of str)
        The rows, and remarks about encoding and separator where they are not UTF-8 and the comma.

    Raises
    ------
    RegisterError
        It is not a text, or (while rows are read) a cell does not end.
    """
    text, remark = decoded(file)
    sign = separator(text)
    remarks = [remark] * bool(remark)
    if sign != ",":
        remarks.append(f"cells are separated by a {_SEPARATORS[sign]}, not a comma")
    return _rows(text, sign, file), remarks


def _rows(text: str, sign: str, file: Path) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    number, row = 0, [""]
    # the limit belongs to the process, and other libraries lift it
    before = csv.field_size_limit(_PARSER_CELL)
    try:
        for number, row in enumerate(reader, 1):  # noqa: B007  the last one is looked at below
            yield row
    except csv.Error:
        raise RegisterError(
            f"{file}, row {number + 1}: a cell is longer than {_PARSER_CELL:,} characters; is a quote not closed?"
        ) from None
    finally:
        csv.field_size_limit(before)
    if any("\n" in cell for cell in row) and text.count('"') % 2:
        # the rest of the file would stand in one cell, and its rows would be lost
        raise RegisterError(f"{file}, row {number}: a quote is opened and not closed")
