"""The cells of an Excel workbook as they stand in the file, within declared limits.

Read without a tree of the XML, so that a sheet made to fill the memory cannot; in one pass it gives what a reader of
other people's workbooks needs together: the last result of a formula and that there was one, merged ranges, and
whether a date is shown by day, month or year. What a number means as a date is told by openpyxl, which is loaded when
there is a workbook.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lnlib.errors import RegisterError
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, Merge, Progress, column_letters
from lnlib.register.companion_workbook import MOST_ROWS
from lnlib.register.separated_text import LONGEST_CELL

LARGEST_UNPACKED = 512 * 1024**2  # bytes of XML; 50,000 rows take about 40 MB
MOST_PARTS = 10_000  # files inside the workbook
MOST_SHEETS = 500
MOST_MERGES = 100_000  # in one sheet
_CHUNK = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMES = re.compile(r"[A-Z]{1,3}")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")
_ESCAPED = re.compile(r"_x((?!0000|[dD][89a-fA-F])[0-9A-Fa-f]{4})_")  # not a NUL, not half a character
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')  # parts of a number format that are not codes


def read_sheets(file: Path, progress: Progress | None = None) -> list[Grid]:
    """Read all worksheets of a workbook.

    Raises
    ------
    RegisterError
        It is protected by a password, of another format, broken, or beyond a limit; one sentence says which.
    """
    try:
        with file.open("rb") as stream:
            head = stream.read(8)
            if head == _OLE:
                raise RegisterError(_of_ole(file, stream.read(1 << 20)))
        with zipfile.ZipFile(file) as archive:
            return _Workbook(file, archive, progress).grids()
    except OSError as error:
        raise RegisterError(f"{file} cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError) as error:
        raise RegisterError(f"{file} is broken or not an Excel workbook (.xlsx): {_reason(error)}") from None
    except expat.ExpatError as error:
        raise RegisterError(f"{file} is a broken workbook: {error}") from None


def _reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).strip("'\"") or type(error).__name__


def _of_ole(file: Path, start: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in start:
        return f"{file} is protected by a password; save it without one"
    return f"{file} is an old Excel file (.xls) or protected by a password; save it as .xlsx without a password"


@dataclass(frozen=True)
class _Style:
    """Whether a number is a date, and to what it is shown: `day`, `month`, `year` or nothing."""

    precision: str = ""


class _Workbook:
    """An opened workbook: its parts, shared texts and styles."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, progress: Progress | None) -> None:
        self.file, self.archive, self.progress = file, archive, progress
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise RegisterError(f"{file} holds {len(parts):,} parts; at most {MOST_PARTS:,} are read")
        # a part is never read beyond its declared size, so the declared sizes bound the work
        unpacked = sum(part.file_size for part in parts)
        if unpacked > LARGEST_UNPACKED:
            size, limit = -(-unpacked // 1024**2), LARGEST_UNPACKED // 1024**2
            raise RegisterError(f"{file} unpacks to {size:,} MB; at most {limit} MB are read")
        if any(part.flag_bits & 1 for part in parts):
            raise RegisterError(f"{file} is protected by a password; save it without one")
        names = set(archive.namelist())
        if "xl/workbook.bin" in names:
            raise RegisterError(f"{file} is a binary workbook (.xlsb); save it as .xlsx")
        if "content.xml" in names:
            raise RegisterError(f"{file} is an OpenDocument spreadsheet (.ods); save it as .xlsx")
        if "xl/workbook.xml" not in names:
            raise RegisterError(f"{file} is not an Excel workbook (.xlsx)")
        self.names = names
        self.cells = 0
        self.since_1904 = False  # how old versions for Macintosh count days

    def grids(self) -> list[Grid]:
        targets = self._relations("xl/workbook.xml")
        sheets: list[tuple[str, str, bool]] = []

        def start(name: str, words: dict[str, str]) -> None:
            if name == "sheet":
                relation = next((v for k, v in words.items() if k.endswith(" id")), "")
                sheets.append((words.get("name", ""), relation, words.get("state", "visible") != "visible"))
            elif name == "workbookPr" and words.get("date1904", "0") in ("1", "true"):
                self.since_1904 = True

        self._parse("xl/workbook.xml", start=start)
        if len(sheets) > MOST_SHEETS:
            raise RegisterError(f"{self.file} has {len(sheets):,} sheets; at most {MOST_SHEETS} are read")
        kinds = {relation: kind for relation, (kind, _) in targets.items()}
        paths = dict(targets.values())
        self.texts = self._shared(paths.get("sharedStrings", ""))
        self.styles = self._styles(paths.get("styles", ""))
        return [
            _Sheet(self, title, hidden=hidden).read(targets[relation][1])
            for title, relation, hidden in sheets
            if kinds.get(relation, "worksheet") == "worksheet"
        ]

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, base = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, words: dict[str, str]) -> None:
            if name == "Relationship" and words.get("TargetMode") != "External":
                path = posixpath.normpath(posixpath.join("/" + folder, words["Target"])).lstrip("/")
                found[words["Id"]] = (words["Type"].rsplit("/", 1)[-1], path)

        self._parse(f"{folder}/_rels/{base}.rels", start=start)
        return found

    def _shared(self, part: str) -> list[str]:
        texts: list[str] = []
        if part not in self.names:
            return texts
        pieces: list[str] = []
        phonetic = False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal phonetic
            if name == "si":
                pieces.clear()
            elif name == "rPh":
                phonetic = True

        def end(name: str, text: str) -> None:
            nonlocal phonetic
            if name == "t" and not phonetic:
                pieces.append(text)
            elif name == "rPh":
                phonetic = False
            elif name == "si":
                texts.append(_unescaped("".join(pieces)))

        self._parse(part, start=start, end=end)
        return texts

    def _styles(self, part: str) -> list[_Style]:
        styles: list[_Style] = []
        if part not in self.names:
            return styles
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        formats = dict(BUILTIN_FORMATS)
        inside = False

        def start(name: str, words: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt" and "numFmtId" in words:
                formats[int(words["numFmtId"])] = words.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                styles.append(_style(formats.get(int(words.get("numFmtId", 0)), "General")))

        def end(name: str, _: str) -> None:
            nonlocal inside
            if name == "cellXfs":
                inside = False

        self._parse(part, start=start, end=end)
        return styles

    def _parse(
        self, part: str, *, start: Callable[[str, dict[str, str]], None], end: Callable[[str, str], None] | None = None
    ) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        pieces: list[str] = []

        def on_start(name: str, words: dict[str, str]) -> None:
            pieces.clear()
            start(name[name.rfind(" ") + 1 :], words)

        parser.StartElementHandler = on_start
        if end:
            ended = end

            def on_end(name: str) -> None:
                ended(name[name.rfind(" ") + 1 :], "".join(pieces))
                pieces.clear()

            parser.EndElementHandler = on_end
            parser.CharacterDataHandler = pieces.append
        self.feed(part, parser)

    def feed(self, part: str, parser: Any) -> None:
        """Feed a part to a parser; a document type, with which entities could be declared, is refused."""

        def refuse(*_: object) -> None:
            raise RegisterError(f"{self.file} declares a document type in {part}, which no workbook does")

        parser.StartDoctypeDeclHandler = refuse
        with self.archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)


class _Sheet:
    """One worksheet while it is read."""

    def __init__(self, book: _Workbook, title: str, *, hidden: bool = False) -> None:
        self.book, self.title, self.hidden = book, title, hidden
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.cells: list[list[str]] = []
        self.rows: list[int] = []
        self.faults: dict[int, list[Fault]] = {}
        self.merges: list[Merge] = []
        self.row = self.column = 0
        self.line: list[str] = []
        self.pieces: list[str] = []
        self.taken = False
        self.value: str | None = None
        self.formula: str | None = None
        self.kind, self.style = "", 0

    def read(self, part: str) -> Grid:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self.book.feed(part, parser)
        return Grid(
            self.book.file.name,
            self.title,
            self.cells,
            self.rows,
            tuple(self.merges),
            self.faults,
            hidden=self.hidden,
            hidden_rows=frozenset(self.hidden_rows & set(self.rows)),
            hidden_columns=frozenset(self.hidden_columns),
        )

    def _start(self, name: str, words: dict[str, str]) -> None:
        name = name[name.rfind(" ") + 1 :]
        if name == "c":
            place = words.get("r", "")
            letters = _NAMES.match(place)
            self.column = _column(letters[0]) if letters else self.column + 1
            if self.column > MOST_COLUMNS:
                raise RegisterError(f"{self._words} has a cell in column {place or self.column}; {_COLUMNS_READ}")
            self.kind, self.style = words.get("t", "n"), int(words.get("s", 0))
            self.value = self.formula = None
        elif name in ("v", "t", "f"):
            self.taken = True
            self.pieces.clear()
        elif name == "row":
            self.row = int(words.get("r", self.row + 1))
            if self.row > MOST_ROWS:
                raise RegisterError(f"{self._words} has a row {self.row:,}; at most {MOST_ROWS:,} are read")
            self.column, self.line = 0, []
            if words.get("hidden") in ("1", "true"):
                self.hidden_rows.add(self.row)
        elif name == "col" and (words.get("hidden") in ("1", "true") or words.get("width") in ("0", "0.0")):
            first, last = int(words.get("min", 1)), int(words.get("max", 1))
            self.hidden_columns.update(range(first - 1, min(last, MOST_COLUMNS)))
        elif name == "rPh":
            self.kind = "phonetic"
        elif name == "mergeCell" and (match := _RANGE.fullmatch(words.get("ref", ""))) and match[3]:
            left, right = _column(match[1]) - 1, _column(match[3]) - 1
            if len(self.merges) >= MOST_MERGES:
                raise RegisterError(f"{self._words} has more than {MOST_MERGES:,} merged ranges")
            self.merges.append(Merge(int(match[2]), left, int(match[4]), right))

    def _text(self, text: str) -> None:
        if self.taken:
            self.pieces.append(text)

    def _end(self, name: str) -> None:
        name = name[name.rfind(" ") + 1 :]
        if name in ("v", "t", "f"):
            self.taken = False
            text = "".join(self.pieces)
            if name == "f":
                self.formula = text
            elif name == "v":
                self.value = text
            elif self.kind == "phonetic":
                self.kind = "inlineStr"
            else:
                self.value = (self.value or "") + text
        elif name == "c":
            self._cell()
        elif name == "row":
            self._row()

    def _row(self) -> None:
        while self.line and not self.line[-1].strip():
            self.line.pop()
        if not self.line:
            if self.row not in self.faults:
                return
            self.line = [""]
        if self.rows and self.row <= self.rows[-1]:
            raise RegisterError(f"{self._words} has row {self.row:,} twice or out of order: the workbook is broken")
        self.cells.append(self.line)
        self.rows.append(self.row)
        self.book.cells += len(self.line)
        if self.book.cells > MOST_CELLS:
            raise RegisterError(f"{self.book.file} has more than {MOST_CELLS:,} cells; split it")
        if self.book.progress and len(self.rows) % 1000 == 0:
            self.book.progress(f"reading {self.title}", len(self.rows), 0)

    def _cell(self) -> None:
        text = self._shown()
        if self.formula is not None:
            self._remark_formula(text)
        if len(text) > LONGEST_CELL:
            self._fault(
                "error", text[:200], f"the cell holds {len(text):,} characters; at most {LONGEST_CELL:,} are read"
            )
            text = text[:200]
        if text == "":
            return
        while len(self.line) < self.column - 1:
            self.line.append("")
        if len(self.line) >= self.column:
            place = f"{column_letters(self.column - 1)}{self.row}"
            raise RegisterError(f"{self._words} has cell {place} twice or out of order: the workbook is broken")
        self.line.append(text)

    def _shown(self) -> str:
        value, kind = self.value, self.kind
        if value is None or value == "":
            return ""
        if kind == "s":
            number = int(value)
            if not 0 <= number < len(self.book.texts):
                raise RegisterError(f"{self._words} row {self.row}: text {number} is not in the workbook: it is broken")
            return self.book.texts[number]
        if kind == "n":
            styles = self.book.styles
            style = styles[self.style] if 0 <= self.style < len(styles) else _Style()
            return self._date(value, style.precision) if style.precision else _number(value)
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        if kind == "d":
            return value.removesuffix("T00:00:00")
        if kind == "e" and value == "#N/A":
            self._fault("warning", value, "the cell holds #N/A, not available; read as empty")
            return ""
        if kind == "e":
            self._fault("error", value, f"the cell holds the spreadsheet error {value}")
            return value
        return _unescaped(value)

    def _date(self, value: str, precision: str) -> str:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        try:
            moment = from_excel(float(value), CALENDAR_MAC_1904 if self.book.since_1904 else CALENDAR_WINDOWS_1900)
        except (ValueError, OverflowError):
            return _number(value)
        if not isinstance(moment, dt.datetime):
            return str(moment)
        if moment.time() != dt.time():
            return moment.isoformat(timespec="seconds")
        day = moment.date().isoformat()
        short = {"month": day[:7], "year": day[:4]}.get(precision)
        if short is None:
            return day
        self._fault("warning", day, f"date {day} is shown by its {precision} alone; read as {short}")
        return short

    def _remark_formula(self, text: str) -> None:
        written = f"={self.formula}" if self.formula else "shared formula"
        if not self.value and self.kind != "str":  # a text may well be empty
            reason = "the cell holds a formula that was never calculated; open and save the file in a spreadsheet"
            self._fault("error", written[:200], reason)
            return
        where = " that refers to another file" if re.search(r"\[\d+\]", self.formula or "") else ""
        self._fault("warning", text[:200], f"the cell holds a formula{where}; its last result was read")

    def _fault(self, severity: str, value: str, reason: str) -> None:
        self.faults.setdefault(self.row, []).append(Fault(severity, self.column - 1, value, reason))

    @property
    def _words(self) -> str:
        return f"{self.book.file}, sheet {self.title},"


_COLUMNS_READ = f"at most {MOST_COLUMNS:,} columns are read"


@lru_cache(maxsize=4096)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=65536)
def _number(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else value


@lru_cache(maxsize=1024)
def _style(code: str) -> _Style:
    from openpyxl.styles.numbers import is_date_format

    if not code or not is_date_format(code):
        return _Style()
    plain = _QUOTED.sub("", code).casefold()
    if "d" in plain or "h" in plain or "s" in plain:
        return _Style("day")
    return _Style("month") if "m" in plain else _Style("year")


def _unescaped(text: str) -> str:
    # how a workbook writes a sign that XML cannot hold
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
