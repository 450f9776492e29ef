"""The cells of two CSV files compared: rows are matched by what identifies them, not by where they stand."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[str, ...]
_LONGEST_KEY = 8  # columns


@dataclass(frozen=True)
class CellChange:
    """A cell that is not what it was."""

    row: Row  # what identifies it: the values of the key columns
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class DataChange:
    """How the data of an exhibit changed.

    Parameters
    ----------
    key : tuple of str
        The columns that identify a row; empty where none do, and rows are then told whole.
    columns : tuple of str
        Those of `rows_gone` and `rows_added`.
    rows_gone, rows_added : tuple of rows
    columns_gone, columns_added : tuple of str
    """

    key: tuple[str, ...] = ()
    cells: tuple[CellChange, ...] = ()
    columns: tuple[str, ...] = ()
    rows_gone: tuple[Row, ...] = ()
    rows_added: tuple[Row, ...] = ()
    columns_gone: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()

    @property
    def only_order(self) -> bool:
        """Whether the same rows stand in another order, and no more."""
        return not (self.cells or self.rows_gone or self.rows_added or self.columns_gone or self.columns_added)


def compare_data(old: str, new: str) -> DataChange:
    r"""Compare two CSV texts.

    >>> compare_data("unit,n\n01,3\n02,4\n", "unit,n\n01,3\n02,5\n").cells
    (CellChange(row=('02',), column='n', old='4', new='5'),)
    """
    (old_columns, old_rows), (new_columns, new_rows) = _read(old), _read(new)
    both = [column for column in old_columns if column in new_columns]
    before = [_of(row, old_columns, both) for row in old_rows]
    after = [_of(row, new_columns, both) for row in new_rows]
    length = _key_length(before, after, both)
    pairs, gone, added = _paired(before, after, length)
    cells = [
        CellChange(was[:length], column, was[place], now[place])
        for was, now in pairs
        for place, column in enumerate(both)
        if was[place] != now[place]
    ]
    return DataChange(
        tuple(both[:length]),
        tuple(cells),
        tuple(both),
        tuple(gone),
        tuple(added),
        tuple(column for column in old_columns if column not in both),
        tuple(column for column in new_columns if column not in both),
    )


def _read(text: str) -> tuple[list[str], list[list[str]]]:
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    columns = rows[0] if rows else []
    return columns, [[*row, *[""] * len(columns)][: len(columns)] for row in rows[1:]]


def _of(row: Sequence[str], columns: Sequence[str], wanted: Sequence[str]) -> Row:
    cells = dict(zip(columns, row, strict=True))
    return tuple(cells[column] for column in wanted)


def _key_length(before: list[Row], after: list[Row], columns: Sequence[str]) -> int:
    """Return how many of the first columns identify a row: keys stand before measurements."""
    for length in range(1, min(len(columns), _LONGEST_KEY) + 1):
        if all(len({row[:length] for row in rows}) == len(rows) for rows in (before, after)):
            # a last column of fractions is a measure that happens to differ in every row
            fractions = any(_is_fraction(row[length - 1]) for rows in (before, after) for row in rows)
            return 0 if fractions else length
    return 0


def _is_fraction(cell: str) -> bool:
    try:
        return not float(cell).is_integer()
    except (ValueError, OverflowError):
        return False


def _paired(before: list[Row], after: list[Row], length: int) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Pair the rows that have one key; of the rest, those alone with the first columns of a key."""
    pairs: list[tuple[Row, Row]] = []
    if not length:
        gone, added = Counter(before), Counter(after)
        return pairs, list((gone - added).elements()), list((added - gone).elements())
    for size in range(length, 0, -1):
        old, new = _alone(before, size), _alone(after, size)
        found = [key for key in old if key in new]
        pairs += [(old[key], new[key]) for key in found]
        taken_old, taken_new = {old[key] for key in found}, {new[key] for key in found}
        before = [row for row in before if row not in taken_old]
        after = [row for row in after if row not in taken_new]
    return pairs, before, after


def _alone(rows: list[Row], size: int) -> dict[Row, Row]:
    counts = Counter(row[:size] for row in rows)
    return {row[:size]: row for row in rows if counts[row[:size]] == 1}
