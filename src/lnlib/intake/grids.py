"""A grid: one sheet or one CSV as text cells, each row with its number, before anybody knows what its columns mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from lnlib.register.problems import Place

MOST_COLUMNS = 1_000  # a register has fewer than 20; a wide sheet one a period
MOST_CELLS = 10_000_000  # in one workbook or CSV that is not a Data Package

# what is done, how much of it, and of how much (0 where that is not known beforehand)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fault:
    """Something about one cell that shows before its meaning is known: a formula, an error value, a cell too large.

    Parameters
    ----------
    severity : str
        `error` refuses the row if the column is read; `warning` says what was assumed.
    column : int
        Position of the cell, from 0; -1 where the whole row is meant.
    value, reason, suggestion : str
        As in a `Problem`.
    """

    severity: str
    column: int
    value: str
    reason: str
    suggestion: str = ""


@dataclass(frozen=True)
class Merge:
    """A merged range: rows as a spreadsheet counts them, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        """Return the range as a spreadsheet writes it.

        >>> Merge(2, 0, 4, 27).name
        'A2:AB4'
        """
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"


@dataclass(frozen=True)
class Grid:
    """One sheet or one CSV.

    Parameters
    ----------
    file, sheet : str
        Where it stands; `sheet` is empty for a CSV.
    cells : list of list of str
        The rows that are not blank, each as long as its last cell.
    rows : list of int
        Their numbers as a spreadsheet counts them.
    merges : tuple of Merge
        Merged ranges.
    faults : mapping of int to list of Fault
        By row number.
    remarks : tuple of str
        What was assumed of the whole file.
    part : str
        The columns of a table beside others or the rows of one below others, such as `columns H to J`; empty for a whole
        sheet.
    unopened : str
        For a file in a folder that is no workbook or CSV: whether it is of a kind that holds `data`, or an `other` one.
    hidden : bool
        Whether the sheet is hidden.
    hidden_rows, hidden_columns : frozenset of int
        Hidden or filtered-out rows by number, and columns by position.
    """

    file: str
    sheet: str
    cells: list[list[str]]
    rows: list[int]
    merges: tuple[Merge, ...] = ()
    faults: Mapping[int, list[Fault]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    part: str = ""
    unopened: Literal["", "data", "other"] = ""
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    @property
    def title(self) -> str:
        """Name of the sheet, or of the CSV without its ending."""
        return self.sheet or self.file.rsplit("/", 1)[-1].removesuffix(".csv")

    @property
    def name(self) -> str:
        """Title, and which part of the sheet it is; by it a mapping names one table of several on a sheet."""
        return f"{self.title}, {self.part}" if self.part else self.title

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.file, self.sheet)

    def between(self, first: int, last: int) -> Grid:
        """Return the part from one position of `cells` up to another."""
        rows = self.rows[first:last]
        part = self.part if len(rows) in (0, len(self.rows)) else f"rows {rows[0]} to {rows[-1]}"
        return replace(self, cells=self.cells[first:last], rows=rows, part=part)


def width_of(cells: Sequence[str]) -> int:
    """Return how many cells of a row hold something."""
    return sum(bool(cell.strip()) for cell in cells)


def column_letters(column: int) -> str:
    """Return the letters by which a spreadsheet names a column.

    >>> column_letters(0), column_letters(26)
    ('A', 'AA')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
