"""Text in a chart: at a point, in lines of a width, or the sentence of a chart that has nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect

from lnlib.charts.canvas.fast_axes import write_centred
from lnlib.charts.canvas.sheet import Sheet


def write(
    ax: Axes, x: float, y: float, text: str, sheet: Sheet, *, role: str = "text", ha: str = "left", **more: Any
) -> None:
    """Write a line of text with its middle at the height y; `more` is what `Axes.text` takes."""
    write_centred(ax, x, y, text, sheet.points(role), ha=ha, **more)


def on_paper(sheet: Sheet, *, width: float) -> list[AbstractPathEffect]:
    """Return the edge of paper, so many points wide, that sets text apart from what lies behind it."""
    return [patheffects.Stroke(linewidth=width, foreground=sheet.theme.paper), patheffects.Normal()]


def write_lines(
    ax: Axes, x: float, top: float, lines: Sequence[str], sheet: Sheet, *, role: str = "text", **more: Any
) -> None:
    """Write lines of text one under the other, down from the height `top` of axes in mm."""
    for row, line in enumerate(lines):
        write(ax, x, top - (row + 0.5) * sheet.line_mm(role), line, sheet, role=role, **more)


def write_foot(ax: Axes, lines: Sequence[str], sheet: Sheet) -> None:
    """Write the note under a drawing, with its last line at the foot of axes in mm."""
    top = len(lines) * sheet.line_mm("note")
    write_lines(ax, 0, top, lines, sheet, role="note", color=sheet.theme.faint)


def empty_figure(sheet: Sheet, sentence: str) -> Figure:
    """Write the sentence that says why there is nothing to show; an exhibit prints it in place of the figure."""
    sheet.empty = sentence
    if sentence == sheet.heading.title:
        return sheet.open(0.0)
    lines = sheet.wrapped(sentence, sheet.inner_mm)
    sheet.open(len(lines) * sheet.line_mm())
    ax = sheet.axes(left=0, right=0, bare=True)
    write_lines(ax, 0, len(lines) * sheet.line_mm(), lines, sheet, color=sheet.theme.faint)
    return sheet.figure
