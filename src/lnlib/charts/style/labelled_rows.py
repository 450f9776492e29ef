"""Rows with their names at the left and a number at the right: wrapped, measured, and drawn on real axes in mm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from lnlib.charts.canvas.page_rows import rows_that_fit
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import write
from lnlib.words import Words

GAP_MM = 2.8  # between the longest name and what is drawn


@dataclass(frozen=True)
class LabelledRows:
    """Rows laid out: the lines of each name, the height of each row, and the width of the names.

    Parameters
    ----------
    lines : mapping of str to list of str
        The name of each row, broken into lines, from the top.
    heights : mapping of str to float
        In mm.
    label_mm : float
        Width of the names with the gap after them.
    """

    lines: Mapping[str, list[str]]
    heights: Mapping[str, float]
    label_mm: float

    @classmethod
    def of(
        cls,
        names: Mapping[str, str],
        sheet: Sheet,
        *,
        most_mm: float,
        least_mm: float,
        gap_mm: float = 1.0,
        alike: bool = False,
    ) -> LabelledRows:
        """Lay rows out.

        Parameters
        ----------
        names : mapping of str to str
            From the top.
        most_mm : float
            The widest that the names may be; longer ones are broken.
        least_mm : float
            Height of what is drawn in a row.
        gap_mm : float
            Between rows.
        alike : bool
            Whether all rows are as high as the highest.
        """
        label_mm = min(max((sheet.text_mm(name) for name in names.values()), default=0.0) + GAP_MM, most_mm)
        lines = {key: sheet.wrapped(name, label_mm - GAP_MM + 0.5) for key, name in names.items()}
        heights = {key: max(len(text) * sheet.line_mm(), least_mm) + gap_mm for key, text in lines.items()}
        if alike:
            heights = dict.fromkeys(heights, max(heights.values(), default=0.0))
        return cls(lines, heights, label_mm)

    @property
    def body_mm(self) -> float:
        """Height of all rows."""
        return sum(self.heights.values())

    def within(self, room_mm: float) -> LabelledRows:
        """Return the rows that fit, from the first on; one at least."""
        kept = list(self.heights)[: rows_that_fit(list(self.heights.values()), room_mm)]
        return LabelledRows(
            {key: self.lines[key] for key in kept}, {key: self.heights[key] for key in kept}, self.label_mm
        )

    def middles(self) -> Iterator[tuple[str, float]]:
        """Yield each row with the height of its middle over the foot of the last, in mm."""
        top = self.body_mm
        for key, height in self.heights.items():
            yield key, top - height / 2
            top -= height

    def write(
        self, ax: Axes, sheet: Sheet, *, numbers: Mapping[str, str] | None = None, faint: Iterable[str] = ()
    ) -> None:
        """Write names, and numbers at the right, on axes over the whole width, in mm from the foot of the last row."""
        faint = set(faint)
        for key, middle in self.middles():
            ink = sheet.theme.faint if key in faint else sheet.theme.ink
            for row, line in enumerate(self.lines[key]):
                up = (len(self.lines[key]) / 2 - row - 0.5) * sheet.line_mm()
                write(ax, 0, middle + up, line, sheet, color=ink)
            if numbers is not None:
                write(ax, sheet.inner_mm, middle, numbers[key], sheet, ha="right", color=sheet.theme.faint)


def unstated_last(data: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return rows with their labels as text, those whose place is not stated named so and last.

    Parameters
    ----------
    data : DataFrame
        Column `label`, empty, or named by `named_units`, where no place is stated.
    """
    unstated = words("place_not_stated")
    rows = data.assign(label=data["label"].fillna("").astype(str).replace("", unstated))
    return pd.concat([rows[rows["label"] != unstated], rows[rows["label"] == unstated]])


def without_place(names: Mapping[str, str], places: Iterable[str]) -> dict[str, str]:
    """Leave out a place in brackets after a body's name: the subtitle states it (`Heading.places`).

    It is left out where some bodies are national and have none, but nowhere if two names would then be the same.

    >>> without_place({"1": "A (Kep) – B (Kep)", "2": "A (Kep) – national body"}, ["Kep"])
    {'1': 'A – B', '2': 'A – national body'}
    >>> without_place({"1": "A – B (Kep)", "2": "A – B"}, ["Kep"])
    {'1': 'A – B (Kep)', '2': 'A – B'}
    """
    stated = re.compile(rf" \((?:{'|'.join(map(re.escape, places)) or '(?!)'})\)(?= – |$)")
    shorter = {key: stated.sub("", name) for key, name in names.items()}
    return shorter if len(set(shorter.values())) == len(set(names.values())) else dict(names)
