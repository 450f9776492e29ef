"""The names of columns that are narrower than they: each lies on lines of its own, with a stroke down to its column."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import write_lines

APART_MM = 1.0  # between two names side by side
STROKE_MM = 0.25  # from the edge of a column to its stroke


def stepped(names: Sequence[str], lefts: Sequence[float], sheet: Sheet) -> list[tuple[int, list[str]]]:
    """Return the lines of each name, broken only at the edge of the sheet, and how many lines lie under them.

    A name lies as low as it can without running over the stroke of a column to its right.
    """
    result: list[tuple[int, list[str]]] = []  # from the last column on
    for place in reversed(range(len(names))):
        lines = sheet.wrapped(names[place], sheet.inner_mm - lefts[place])
        end = lefts[place] + max(map(sheet.text_mm, lines)) + APART_MM
        over = [under + len(other) for left, (under, other) in zip(reversed(lefts), result, strict=False) if left < end]
        result.append((max(over, default=0), lines))
    return result[::-1]


def stepped_mm(heads: Sequence[tuple[int, list[str]]], sheet: Sheet) -> float:
    """Return the height in mm that names in steps take."""
    return max(under + len(lines) for under, lines in heads) * sheet.line_mm()


def write_stepped(
    ax: Axes, heads: Sequence[tuple[int, list[str]]], lefts: Sequence[float], y: float, sheet: Sheet
) -> None:
    """Write names in steps over their columns, up from a height y of axes in mm."""
    line = sheet.line_mm()
    for (under, lines), left in zip(heads, lefts, strict=True):
        write_lines(ax, left, y + (under + len(lines)) * line, lines, sheet)
        if under:
            ends = [y + 0.1 * line, y + under * line]
            ax.plot([left + STROKE_MM] * 2, ends, color=sheet.theme.rule, linewidth=0.5, label="_step")
