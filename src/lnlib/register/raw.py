"""Rows as they were read, each with its place, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.register.problems import Problem


@dataclass(frozen=True)
class RawTable:
    """Rows of one table as text.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : DataFrame
        One column of str a header; an empty cell is `""`.
    file, sheet : array of str
        Where each row stands (or one for all).
    rows : array of int
        The row's number in its file or sheet, the header's being 1.
    headers : sequence of mapping of str to str
        For each row, our column to their header where it differs; empty where none does.
    """

    name: str
    frame: pd.DataFrame
    file: str | np.ndarray
    rows: np.ndarray
    sheet: str | np.ndarray = ""
    headers: Sequence[Mapping[str, str]] = ()

    def place(self, position: int) -> tuple[str, str, int]:
        """Give file, sheet and row of the row at a position."""
        file = self.file if isinstance(self.file, str) else str(self.file[position])
        sheet = self.sheet if isinstance(self.sheet, str) else str(self.sheet[position])
        return file, sheet, int(self.rows[position])

    def problem(
        self, severity: str, position: int, column: str, value: object, reason: str, suggestion: str = ""
    ) -> Problem:
        """Make the problem of one cell."""
        file, sheet, row = self.place(position)
        column = self.headers[position].get(column, column) if self.headers else column
        return Problem(severity, self.name, file, sheet, row, column, str(value), reason, suggestion)  # type: ignore[arg-type]

    @property
    def whole(self) -> str:
        """Name of the file and sheet, for a problem of the whole table."""
        return self.file if isinstance(self.file, str) else str(self.file[0]) if len(self.file) else self.name


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
        Rows refused and things assumed already in reading.
    """

    about: Mapping[str, Any]
    tables: Mapping[str, RawTable]
    path: Path
    problems: tuple[Problem, ...] = field(default=())
