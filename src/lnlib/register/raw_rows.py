"""Rows as they were read, each with its place, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from lnlib.register.problems import Place, Problem, Severity


@dataclass(frozen=True)
class RawTable:
    """Rows of one table as text.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : DataFrame
        One column of str per header; an empty cell is `""`.
    file, sheet : array of str
        Where each row stands (or one for all).
    rows : array of int
        The row's number in its file or sheet, the header's being 1.
    headers : sequence of mapping of str to str
        For each row, our column to their header where it differs; empty where none does.
    labels : mapping of str to str
        Keys made in reading to what a person calls the row, for messages.
    derived : frozenset of str
        Keys of rows that only other rows speak of, such as an actor named in the row of a partnership.
    lost : mapping of str to Problem
        Keys of rows that were refused in reading, with the reason.
    """

    name: str
    frame: pd.DataFrame
    file: str | np.ndarray
    rows: np.ndarray
    sheet: str | np.ndarray = ""
    headers: Sequence[Mapping[str, str]] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    lost: Mapping[str, Problem] = field(default_factory=dict)

    def place(self, position: int) -> Place:
        """Return the place of the row at a position."""
        file = self.file if isinstance(self.file, str) else str(self.file[position])
        sheet = self.sheet if isinstance(self.sheet, str) else str(self.sheet[position])
        return Place(file, sheet, int(self.rows[position]))

    def problem(
        self, severity: Severity, position: int, column: str, value: object, reason: str, suggestion: str = ""
    ) -> Problem:
        """Return the problem of one cell."""
        place = self.place(position)
        header = self.headers[position].get(column, column) if self.headers else column
        return Problem(severity, place.at(place.row, header), reason, self.name, str(value), suggestion)

    @property
    def whole(self) -> str:
        """File of a problem with the whole table."""
        return self.file if isinstance(self.file, str) else str(self.file[0]) if len(self.file) else self.name


@dataclass(frozen=True)
class FilePart:
    """A column of a sheet with something in it, and what became of it.

    Parameters
    ----------
    place : Place
        File, sheet and header.
    letters : str
        The column as a spreadsheet names it.
    cells : int
        How many cells below the header hold something.
    status : str
        `read`, `left out` (by a rule or the mapping), `not read`, or `joined` (rows, into one partnership).
    what : str
        The column it was read as, or the rule; the rows that were joined, after how many there are.
    """

    place: Place
    letters: str
    cells: int
    status: Literal["read", "left out", "not read", "joined"]
    what: str


@dataclass(frozen=True)
class RawRegister:
    """The four tables as read, what the source says of itself, and what was remarked in reading.

    Parameters
    ----------
    about : mapping
        The `datapackage.json`, or what stands for it.
    tables : mapping of str to RawTable
        All four.
    path : Path
        What was opened.
    problems : tuple of Problem
        Rows refused, parts not read and things assumed in reading.
    parts : tuple of FilePart
        Every column with something in it; empty for a Data Package.
    provinces : frozenset of str
        Codes of the provinces that cells name, also those of rows that were refused in reading; empty for a Data Package.
    """

    about: Mapping[str, Any]
    tables: Mapping[str, RawTable]
    path: Path
    problems: tuple[Problem, ...] = field(default=())
    parts: tuple[FilePart, ...] = field(default=())
    provinces: frozenset[str] = frozenset()
