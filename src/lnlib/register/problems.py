"""What a check found, cell by cell, and how it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

Severity = Literal["error", "warning", "review"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "review")
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Problem:
    """One thing found in a register.

    Parameters
    ----------
    severity : str
        `error`: the row is refused; `warning`: something was assumed in reading it; `review`: it was read as it
        stands, and somebody should look at it.
    table : str
        Table the row belongs to.
    file, sheet : str
        Where it stands; `sheet` is empty for CSV.
    row : int
        Row in the file as a spreadsheet counts it, the header being row 1; 0 where the whole table is meant.
    column, value : str
        The cell, or empty where the whole row is meant.
    reason : str
        What is wrong, with what is allowed and the nearest match.
    suggestion : str
        What to write instead, where one can be proposed.
    """

    severity: Severity
    table: str
    file: str
    sheet: str
    row: int
    column: str
    value: str
    reason: str
    suggestion: str = ""

    @property
    def place(self) -> str:
        """Give the place in words.

        >>> Problem("error", "actors", "a.xlsx", "Actors", 3, "kind", "x", "bad").place
        'a.xlsx, sheet Actors, row 3, column kind'
        """
        words = [self.file]
        words += [f"sheet {self.sheet}"] * bool(self.sheet)
        words += [f"row {self.row}"] * bool(self.row)
        words += [f"column {self.column}"] * bool(self.column)
        return ", ".join(words)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def shortened(value: object) -> str:
    """Shorten a cell for a message; the whole of it stays in its file."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def of_severity(problems: Sequence[Problem], severity: Severity) -> list[Problem]:
    """Give the problems of one severity, in their order."""
    return [problem for problem in problems if problem.severity == severity]


def as_frame(problems: Sequence[Problem]) -> pd.DataFrame:
    """Give the problems as a table with the columns of `Problem`, one row each."""
    columns = list(Problem.__dataclass_fields__)
    return pd.DataFrame([asdict(problem) for problem in problems], columns=columns)
