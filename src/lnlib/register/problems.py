"""What a check found, cell by cell, and how it is worded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "unread", "warning", "review"]
SEVERITIES: tuple[Severity, ...] = ("error", "unread", "warning", "review")
LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands.

    Parameters
    ----------
    file, sheet : str
        `sheet` is empty for a CSV.
    row : int
        As a spreadsheet counts it, the header being row 1; 0 for the whole sheet.
    column : str
        The header; empty for the whole row.
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""

    def at(self, row: int = 0, column: str = "") -> Place:
        """Return the place of a row and column on the same sheet."""
        return replace(self, row=row, column=column)

    def __str__(self) -> str:
        words = [self.file] * bool(self.file)
        words += [f"sheet {self.sheet}"] * bool(self.sheet)
        words += [f"row {self.row}"] * bool(self.row)
        words += [f"column {self.column}"] * bool(self.column)
        return ", ".join(words)


@dataclass(frozen=True)
class Problem:
    """One thing found in a register.

    Parameters
    ----------
    severity : str
        `error`: the row is refused; `unread`: something in the file was not read; `warning`: something was assumed;
        `review`: read as it stands, but somebody should look at it.
    place : Place
        The cell, row, sheet or file.
    reason : str
        What is wrong, what is allowed and the nearest match.
    table : str
        Table the row belongs to.
    value, suggestion : str
        The cell, and what to write instead where that can be proposed.
    unused : bool
        Whether the cell was read and is not in the register, because another row's was kept.

    Examples
    --------
    >>> print(Problem.error(Place("a.xlsx", "Actors", 3, "kind"), "kind 'x' is not known", table="actors"))
    a.xlsx, sheet Actors, row 3, column kind: kind 'x' is not known
    """

    severity: Severity
    place: Place
    reason: str
    table: str = ""
    value: str = ""
    suggestion: str = ""
    unused: bool = False

    @property
    def assumes(self) -> bool:
        """Whether a strict check refuses its row: something was assumed, not read or not used."""
        return self.severity in ("unread", "warning") or self.unused

    @classmethod
    def error(cls, place: Place, reason: str, *, table: str = "", value: object = "", suggestion: str = "") -> Problem:
        """Return a problem that refuses the row."""
        return cls("error", place, reason, table, str(value), suggestion)

    @classmethod
    def warning(cls, place: Place, reason: str, *, table: str = "", value: object = "") -> Problem:
        """Return an assumption made in reading."""
        return cls("warning", place, reason, table, str(value))

    @classmethod
    def unread(cls, place: Place, reason: str, *, table: str = "", value: object = "", suggestion: str = "") -> Problem:
        """Return a part of the file that was not read."""
        return cls("unread", place, reason, table, str(value), suggestion)

    @property
    def file(self) -> str:
        """File of the place."""
        return self.place.file

    @property
    def sheet(self) -> str:
        """Sheet of the place."""
        return self.place.sheet

    @property
    def row(self) -> int:
        """Row of the place."""
        return self.place.row

    @property
    def column(self) -> str:
        """Column of the place."""
        return self.place.column

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def shortened(value: object) -> str:
    """Return a cell shortened for a message; its file keeps the whole of it."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def of_severity(problems: Sequence[Problem], severity: Severity) -> list[Problem]:
    """Return the problems of one severity, in their order."""
    return [problem for problem in problems if problem.severity == severity]
