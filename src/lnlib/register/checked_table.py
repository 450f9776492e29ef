"""One table under check: its typed columns so far, which rows have an error, and the problems found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from lnlib.register.problems import Problem, Severity
from lnlib.register.raw_rows import RawTable
from lnlib.register.schema import Table


class Sheet:
    """One table under check.

    Parameters
    ----------
    raw : RawTable
        Its rows as read.
    table : Table
        What they should be.
    strict : bool, optional
        Whether a warning refuses a row as an error does.
    """

    def __init__(self, raw: RawTable, table: Table, *, strict: bool = False) -> None:
        # a row's label is its position, so that either finds it
        self.raw, self.table = replace(raw, frame=raw.frame.reset_index(drop=True)), table
        self.refusing = ("error", "warning") if strict else ("error",)
        self.size = len(raw.frame)
        self.bad = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.typed: dict[str, pd.Series] = {}
        self.dropped = np.zeros(self.size, dtype=bool)  # rows made in reading that nothing accepted refers to

    def find(
        self,
        severity: Severity,
        rows: np.ndarray,
        column: str,
        reason: str | Iterable[str],
        suggestion: str = "",
        *,
        derived: bool = False,
    ) -> None:
        """Add a problem for each of the rows, with one reason or a reason for each; an error refuses them.

        A value that is `derived` stands in no file, and is not named.
        """
        there = column in self.raw.frame and not derived
        values = self.raw.frame[column].to_numpy()[rows] if there else [""] * len(rows)
        reasons: Iterable[str] = [reason] * len(rows) if isinstance(reason, str) else reason
        for row, value, why in zip(rows.tolist(), values, reasons, strict=True):
            self.problems.append(self.raw.problem(severity, row, column, value, why, suggestion))
        if severity in self.refusing:
            self.bad[rows] = True

    def row(self, position: int) -> int:
        """Return the row number, in its file, of the row at a position."""
        return self.raw.place(position).row

    def other_place(self, position: int) -> str:
        """Return the row at a position as a message about another row names it: file and sheet where there are several."""
        place = self.raw.place(position)
        if not isinstance(self.raw.file, str) and len(set(self.raw.file)) > 1:
            return f"row {place.row} of {place.at(0)}"
        several = not isinstance(self.raw.sheet, str) and len(set(self.raw.sheet)) > 1
        return f"row {place.row}" + f" of sheet {place.sheet}" * (several and bool(place.sheet))

    def where(self, which: pd.Series | np.ndarray) -> np.ndarray:
        """Return the positions of the selected rows that have no error so far."""
        return np.flatnonzero(np.asarray(which, dtype=bool) & ~self.bad)


def rows_of(codes: np.ndarray, wanted: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Return the positions of each wanted code, in one pass over all codes.

    >>> [(code, rows.tolist()) for code, rows in rows_of(np.array([2, 0, 2, 1]), [1, 2])]
    [(1, [3]), (2, [0, 2])]
    """
    chosen = sorted(wanted)
    if not chosen:
        return
    meant = np.zeros(max(int(codes.max(initial=-1)), chosen[-1]) + 1, dtype=bool)
    meant[chosen] = True
    positions = np.flatnonzero(meant[codes])
    ordered = positions[np.argsort(codes[positions], kind="stable")]
    ends = np.searchsorted(codes[ordered], chosen, side="right")
    yield from zip(chosen, np.split(ordered, ends[:-1]), strict=True)
