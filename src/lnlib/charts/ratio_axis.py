"""What charts of ratios share: the ticks of a log axis, and a ratio with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from lnlib.charts.canvas.sheet import Sheet
from lnlib.words import Words

TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
MARGIN = 1.1  # from the end of an interval to that of the axis


def limits_around(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of an axis from a half to 2 or as far as intervals go; one beyond the last tick is cut there."""
    low, high = (rows["low"].min() / MARGIN, rows["high"].max() * MARGIN) if len(rows) else (0.5, 2.0)
    return max(min(low, 0.5), TICKS[0]), min(max(high, 2.0), TICKS[-1])


def ticks_within(limits: tuple[float, float]) -> list[float]:
    """Return the ticks of an axis with these ends.

    >>> ticks_within((0.41, 2.0))
    [0.5, 1.0, 2.0]
    """
    return [tick for tick in TICKS if limits[0] <= tick <= limits[1]]


def tick_label(tick: float, words: Words) -> str:
    """Write a tick with as many decimals as it needs."""
    return words.number(tick, decimals=0 if tick >= 1 else 1 if tick >= 0.1 else 2)


def is_clear(row: pd.Series) -> bool:
    """Return whether 1 lies outside the interval."""
    return bool(row["low"] > 1 or row["high"] < 1)


def draw_ratio(
    ax: Axes, row: pd.Series, at: float, sheet: Sheet, *, label: str, upright: bool = False, weak: bool = False
) -> None:
    """Draw a ratio with its interval, filled where 1 lies outside; an arrow where the interval goes on beyond the axis.

    Parameters
    ----------
    ax : Axes
        With a log scale along the ratios.
    row : Series
        `ratio`, `low`, `high`.
    at : float
        Place on the other axis.
    label : str
        Of the mark.
    upright : bool
        Whether the ratios go upwards.
    weak : bool
        Whether it rests on few moves: then it is never filled.
    """
    colour, (first, last) = sheet.theme.stages[-1], ax.get_ylim() if upright else ax.get_xlim()
    low, high = max(float(row["low"]), first), min(float(row["high"]), last)
    ratio = min(max(float(row["ratio"]), first), last)
    limits = [[ratio - low], [high - ratio]]
    x, y = (at, ratio) if upright else (ratio, at)
    ax.errorbar(
        [x], [y], xerr=None if upright else limits, yerr=limits if upright else None, fmt="s", color=colour, ecolor=colour, elinewidth=1.3, markersize=4.6, markeredgewidth=1.0,
        markerfacecolor=colour if is_clear(row) and not weak else sheet.theme.paper, zorder=4, label=label, clip_on=False,
    )  # fmt: skip
    shapes = ("v", "^") if upright else ("<", ">")
    for end, beyond, shape in zip((first, last), (row["low"] < first, row["high"] > last), shapes, strict=True):
        if beyond:
            x, y = (at, end) if upright else (end, at)
            ax.plot(
                [x], [y], marker=shape, markersize=3.5, color=colour, zorder=4, clip_on=False, label=f"goes on {label}"
            )
