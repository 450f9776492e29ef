"""Rows of many sheets gathered into the four tables, each with the place it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.intake.headers import Meaning
from lnlib.intake.layouts import Headed
from lnlib.intake.mapping import MappingFile, column_of
from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import folded
from lnlib.register.problems import Problem, shortened
from lnlib.register.raw import RawRegister, RawTable
from lnlib.register.schema import TABLES

_BETWEEN_PROVINCES = re.compile(r"[;,/\n&+]|\band\b|និង", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[;,\n]")
_CODE_AND_NAME = re.compile(r"(\S+)\s+[-–—]?\s*(\S.*)")
_YES, _NO = {"1", "true", "yes", "x", "✓"}, {"0", "false", "no", ""}


@dataclass(slots=True)
class Record:
    """One row of one of our tables, and where it stands in their file."""

    cells: dict[str, str]
    file: str
    sheet: str
    row: int
    headers: Mapping[str, str]


class Gathered:
    """The four tables while sheets are read into them.

    Parameters
    ----------
    places : Places
        The country's provinces, by which a cell with several of them is told.
    mapping : MappingFile
        What was told of the file.
    """

    def __init__(self, places: Places, mapping: MappingFile) -> None:
        self.places, self.mapping = places, mapping
        self.records: dict[str, list[Record]] = {name: [] for name in TABLES}
        self.columns: dict[str, dict[str, None]] = {name: {} for name in TABLES}
        self.problems: list[Problem] = []
        self.split: dict[str, list[str]] = {}  # a partnership in several provinces → one key for each
        self.parents: dict[tuple[str, str], list[str]] = {}  # sheet and index of a row → its partnerships
        self._clean: dict[tuple[str, str], str] = {}

    def add(self, table: str, cells: dict[str, str], found: Headed, row: int, headers: Mapping[str, str]) -> Record:
        """Add a row to a table."""
        record = Record(cells, found.grid.file, found.grid.sheet, row, headers)
        self.records[table].append(record)
        return record

    def take(self, table: str, columns: Sequence[str]) -> None:
        """Note that a table has these columns, so that a missing one is told from an empty one."""
        self.columns[table].update(dict.fromkeys(columns))

    def clean(self, column: str, text: str) -> str:
        """Give a cell as our column writes it: their value told in the mapping, a list as we separate it."""
        key = (column, text)
        found = self._clean.get(key)
        if found is None:
            found = self._cleaned(column, text)
            if len(self._clean) < 200_000:
                self._clean[key] = found
        return found

    def _cleaned(self, column: str, text: str) -> str:
        declared = column_of(column)
        if declared is None:
            return text
        if declared.holds != "text":
            text = text.strip()
        text = self.mapping.value(column, text)
        if declared.holds == "province":
            return self._province(text)
        return self._words(declared.vocabulary, text) if declared.holds == "words" else text

    def _province(self, text: str) -> str:
        # "02 Battambang", as the drop-downs of the template have it
        match = _CODE_AND_NAME.fullmatch(text)
        if match and match[1] in self.places.by_code and self.read_place(match[2]) == match[1]:
            return match[1]
        return text

    def _words(self, name: str, text: str) -> str:
        if not text or _reads(name, text):
            return text
        for parts in (_BETWEEN_WORDS.split(text), text.split()):
            words = [self.mapping.value(name, part.strip()) for part in parts if part.strip()]
            if len(words) > 1 and all(_reads(name, word) for word in words):
                return ";".join(words)
        return ";".join(part.strip() for part in text.split(";"))

    def read_place(self, text: str) -> str:
        """Give the code of a province, empty where it is none."""
        try:
            return self.places.read(text)[0]
        except LnlibError:
            return ""

    def provinces(self, text: str) -> list[str]:
        """Cut a cell with several provinces; a cell with one, or with none that is known, stays whole.

        >>> Gathered(Places.load(), MappingFile()).provinces("Battambang, Pursat and Takeo")
        ['Battambang', 'Pursat', 'Takeo']
        """
        if not text or self.read_place(text):
            return [text]
        told = self.mapping.value
        for cut in (_BETWEEN_PROVINCES.split(text), text.split()):
            parts = [told("province", part.strip()) for part in cut if part.strip()]
            known = {self.read_place(part) or part: part for part in parts}
            codes = [code for code in known if code in self.places.by_code]
            # words between spaces are provinces only if each is one: a survey tool separates them so
            if len(parts) > 1 and codes and (cut != text.split() or len(codes) == len(known)):
                return list(known.values())
        return [text]

    def partnership(self, key: str) -> list[str]:
        """Give the partnerships a key means: one for each province where its cell named several."""
        return self.split.get(key, [key])

    @cached_property
    def actor_keys(self) -> dict[str, str]:
        """Actors by key and, where only one is called so, by name."""
        names: dict[str, set[str]] = {}
        for record in self.records["actors"]:
            key = record.cells.get("actor", "").strip()
            for name in (record.cells.get("name", ""), record.cells.get("name_km", "")):
                if key and name.strip():
                    names.setdefault(folded(name), set()).add(key)
        found = {name: next(iter(keys)) for name, keys in names.items() if len(keys) == 1}
        return found | {key: key for r in self.records["actors"] if (key := r.cells.get("actor", "").strip())}

    def actor(self, text: str) -> str:
        """Give the key of an actor named by its key or its name; empty where neither is known."""
        return self.actor_keys.get(text) or self.actor_keys.get(folded(text), "")

    def raw(self, about: Mapping[str, Any], path: Path, title: str) -> RawRegister:
        """Give what was gathered, to be checked."""
        tables = {}
        for name, table in TABLES.items():
            records = self.records[name]
            columns = [column for column in table.names if column in self.columns[name] or not records]
            frame = pd.DataFrame(
                {c: [r.cells.get(c, "") for r in records] for c in columns}, index=range(len(records)), dtype="str"
            )
            files = np.array([r.file for r in records], dtype=object)
            sheets = np.array([r.sheet for r in records], dtype=object)
            rows = np.array([r.row for r in records], dtype=int)
            headers = [r.headers for r in records] if any(r.headers for r in records) else ()
            tables[name] = RawTable(
                name, frame, files if records else path.name, rows, sheets if records else "", headers
            )
        return RawRegister({"title": title, **about}, tables, path, tuple(self.problems))


def _reads(name: str, text: str) -> bool:
    try:
        vocabulary.read_word(name, text)
    except LnlibError:
        return False
    return True


class Row:
    """One row of a grid, its cells by our columns; what is wrong with them is noted as problems.

    Parameters
    ----------
    gathered : Gathered
        Where problems are noted.
    found : Headed
        The grid.
    number : int
        The row.
    cells : list of str
        As they stand.
    table : str
        The table it is refused from.
    """

    def __init__(self, gathered: Gathered, found: Headed, number: int, cells: list[str], table: str) -> None:
        self.found, self.number, self.cells = found, number, cells
        self.refused = False
        self.bad_periods: set[int] = set()
        for fault, what in found.faults(number) if number in found.grid.faults else ():
            header = self._header(fault.column)
            single = what is not None and what.how == "period"
            severity, of = fault.severity, "assessments" if single else table
            gathered.problems.append(
                found.problem(severity, number, header, shortened(fault.value), fault.reason, fault.suggestion, of)
            )
            if severity == "error" and single:
                self.bad_periods.add(fault.column)
            elif severity == "error":
                self.refused = True
        if self.refused:
            return
        self.ours = {
            column: gathered.clean(column, cells[at]) for column, at in found.columns().items() if at < len(cells)
        }
        for at, part in found.of_how("part"):
            self._take_part(gathered, at, part, table)
        for column, value in gathered.mapping.assume.items():
            self.ours[column] = self.ours.get(column) or value

    def _header(self, column: int) -> str:
        headers = self.found.headers
        return headers[column] if 0 <= column < len(headers) else ""

    def _take_part(self, gathered: Gathered, at: int, part: Meaning, table: str) -> None:
        cell = self.cells[at].strip() if at < len(self.cells) else ""
        if cell.casefold() in _YES:
            self.ours[part.column] = ";".join(filter(None, (self.ours.get(part.column, ""), part.word)))
        elif cell.casefold() not in _NO:
            reason = f"'{shortened(cell)}' is neither 1 nor 0, which say whether {part.column} has {part.word}"
            gathered.problems.append(
                self.found.problem("error", self.number, self._header(at), shortened(cell), reason, "", table)
            )
            self.refused = True


def headers_of(found: Headed) -> dict[str, str]:
    """Give our column to their header, where the two differ."""
    columns = {column: found.headers[at].strip() for column, at in found.columns().items()}
    columns |= {m.column: found.headers[at].strip() for at, m in found.of_how("part") if m.column not in columns}
    return {column: header for column, header in columns.items() if header != column}
