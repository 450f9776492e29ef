"""Labels within a plot of step curves, as near to their point as can be without touching a curve or another label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import on_paper, write
from lnlib.charts.curve_axes import legible, mm_at

ASIDE_MM = 1.2  # from a point to its label
AIR_MM = 0.35  # between a label and a curve
THREAD_LINES = 1.3  # a label further from its point than this many lines is joined to it
_STEPS = [step * sign for step in (0.0, 0.3, 0.6, 0.8, 1.1, 1.5, 2.0, 2.6, 3.2, 4.0, 5.0, 6.0) for sign in (1, -1)]

Box = tuple[float, float, float, float]  # left, bottom, right, top, in mm from the corner of the axes


@dataclass(frozen=True)
class Label:
    """Text for a point of a curve, broken into lines; `sides` (`left`, `right`) in the order preferred."""

    time: float
    y: float
    lines: Sequence[str]
    colour: str
    sides: Sequence[str] = ("right", "left")


@dataclass
class CurveLabels:
    """The labels of a plot: what is drawn there, and where labels may stand.

    Parameters
    ----------
    ax : Axes
        With its limits set.
    sheet : Sheet
    beyond_mm : float
        Room right of the axes.
    """

    ax: Axes
    sheet: Sheet
    beyond_mm: float = 0.0
    _taken: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Measure the axes."""
        box = self.ax.get_position()
        self.width = box.width * self.sheet.width_mm
        self.height = box.height * self.sheet.height_mm

    def avoid_curve(self, rows: pd.DataFrame, column: str) -> None:
        """Keep labels off a step curve."""
        points = [self._mm(time, y) for time, y in zip(rows["time"], rows[column], strict=True)]
        for (x, y), (x_next, y_next) in pairwise(points):
            self._taken += [(x, y, x_next, y), (x_next, min(y, y_next), x_next, max(y, y_next))]

    def avoid_time(self, time: float) -> None:
        """Keep labels off a vertical line."""
        x, _ = self._mm(time, 0.0)
        self._taken.append((x, 0.0, x, self.height))

    def write(self, labels: Iterable[Label]) -> None:
        """Write each label where it touches least, and join it to its point where it stands further off."""
        for label in labels:
            box, ha = min(self._places(label), key=lambda place: self._cost(label, *place))
            self._taken.append(box)
            self._draw(label, box, ha)

    def _mm(self, time: float, y: float) -> tuple[float, float]:
        (left, right), (bottom, top) = self.ax.get_xlim(), self.ax.get_ylim()
        return (time - left) / (right - left) * self.width, (y - bottom) / (top - bottom) * self.height

    def _places(self, label: Label) -> Iterator[tuple[Box, str]]:
        line = self.sheet.line_mm()
        x, y = self._mm(label.time, label.y)
        wide = max(map(self.sheet.text_mm, label.lines))
        high = len(label.lines) * line
        for side in label.sides:
            left = x + ASIDE_MM if side == "right" else x - ASIDE_MM - wide
            for step in _STEPS:
                middle = y + step * line + (len(label.lines) - 1) * line * 0.5 * ((step > 0) - (step < 0))
                yield (left, middle - high / 2, left + wide, middle + high / 2), side

    def _cost(self, label: Label, box: Box, side: str) -> float:
        """Return how ill a label stands: what it touches, how far it is off, and on which side."""
        left, bottom, right, top = box
        _, y = self._mm(label.time, label.y)
        outside = left < 0 or bottom < 0.3 or top > self.height + 0.5 or right > self.width + self.beyond_mm
        hits = sum(
            left - AIR_MM < there[2] and there[0] < right + AIR_MM and bottom < there[3] and there[1] < top
            for there in self._taken
        )
        off = abs((bottom + top) / 2 - y) / self.sheet.line_mm()
        return 1000.0 * outside + 100.0 * hits + off + 0.4 * list(label.sides).index(side)

    def _draw(self, label: Label, box: Box, side: str) -> None:
        line = self.sheet.line_mm()
        origin = mm_at(self.ax, self.ax.get_xlim()[0], self.ax.get_ylim()[0], self.sheet)
        left, bottom, right, top = box
        middle = (bottom + top) / 2
        x, y = self._mm(label.time, label.y)
        if abs(middle - y) > (THREAD_LINES + (len(label.lines) - 1) / 2) * line:
            near = left - 0.3 if side == "right" else right + 0.3
            ends: Any = ([x, near], [y, middle])
            self.ax.plot(
                *ends, color=label.colour, linewidth=0.5, transform=origin, clip_on=False, label="_thread", zorder=4
            )
        for row, text in enumerate(label.lines):
            at = top - (row + 0.5) * line
            ink = legible(label.colour, self.sheet)
            edge, ha = (left, "left") if side == "right" else (right, "right")
            write(
                self.ax,
                edge,
                at,
                text,
                self.sheet,
                ha=ha,
                transform=origin,
                color=ink,
                path_effects=on_paper(self.sheet, width=1.6),  # bands may lie behind
                zorder=5,
            )
