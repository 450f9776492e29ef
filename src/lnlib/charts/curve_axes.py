"""What charts of curves over years share: the axes, a step curve with its band, and the numbers under the axis.

Plain step lines and not `seaborn` draw them: docs/design.md, "Decisions that may surprise".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from lnlib.charts.canvas.label_positions import spread
from lnlib.charts.canvas.sheet import Sheet, outline_of
from lnlib.charts.canvas.text import write
from lnlib.charts.style.contrast import contrast, lab, of_lab
from lnlib.charts.style.house_style import LEAST_CONTRAST, MM
from lnlib.charts.style.time_axis import below

BAND_ALPHA = 0.18
NAME_MM = 2.0  # from the axes to the name of a curve
NEAR_LINES = 0.6  # a name further from its curve's end than this many lines is joined to it
STYLES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (5, 1, 1, 1)), (0, (1, 1)))


@dataclass(frozen=True)
class Named:
    """The end of a curve, and the text that names it there in its colour."""

    time: float
    y: float
    text: str
    colour: str


def known_until(rows: pd.DataFrame, *, least_n: int) -> pd.DataFrame:
    """Return a curve up to where fewer than `least_n` are at risk; the time before anybody has entered stays."""
    n = rows["n_at_risk"].to_numpy()
    enough = np.flatnonzero(n >= least_n)
    return rows.iloc[: enough[-1] + 1] if len(enough) else rows.iloc[:0]


def value_at(rows: pd.DataFrame, column: str, time: float) -> float:
    """Return the height of a step curve at a time."""
    place = int(np.searchsorted(rows["time"].to_numpy(), time + 1e-9, side="right")) - 1
    return float(rows[column].iloc[place])


def risk_at(rows: pd.DataFrame, ticks: Sequence[float]) -> list[int]:
    """Return the number at risk at each tick: that of the next time on the curve."""
    times, n = rows["time"].to_numpy(), rows["n_at_risk"].to_numpy()
    # nobody can be at risk at 0 who entered later: there it is those at the first time after the start
    after = [int(np.searchsorted(times, tick - 1e-9 if tick > 0 else 1e-9)) for tick in ticks]
    return [int(n[place]) if place < len(n) else 0 for place in after]


def ticks_of(last: float, room_mm: float, sheet: Sheet) -> list[float]:
    """Return ticks at whole or half years, or wider apart where there is no room."""
    needs = sheet.text_mm("0.5") + 3.0
    for step in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0):
        if last / step <= 7 and room_mm / max(last / step, 1e-9) >= needs:
            return [float(tick) for tick in np.arange(0, last + 1e-9, step)]
    return [0.0, float(last)]


def year(tick: float, sheet: Sheet) -> str:
    """Write a number of years with as many decimals as it needs."""
    decimals = 0 if tick == round(tick) else 1 if tick * 2 == round(tick * 2) else 2
    return sheet.words.number(tick, decimals=decimals)


def draw_axes(
    ax: Axes,
    ticks: Sequence[float],
    last: float,
    sheet: Sheet,
    *,
    percent: bool = True,
    top: float = 1.0,
    labels: Sequence[str] = (),
) -> None:
    """Draw shares from 0 upwards, as far as they go, and years to the right; `labels` in place of the years."""
    ax.set_xlim(0, last * 1.01 or 1)
    share_axis(ax, top, sheet, percent=percent)
    ax.set_xticks(list(ticks), labels=[""] * len(ticks))
    for tick, label in zip(ticks, labels or [year(tick, sheet) for tick in ticks], strict=True):
        put_below(ax, tick, 0.9, label, sheet)


def put_below(ax: Axes, tick: float, line: float, text: str, sheet: Sheet, **more: Any) -> None:
    """Write a number so many lines below the axis at a tick."""
    write(ax, tick, -line * sheet.line_mm(), text, sheet, ha="center", transform=below(ax, sheet), **more)


def draw_curve(
    ax: Axes, rows: pd.DataFrame, column: str, sheet: Sheet, *, colour: str, style: Any = "-", label: str
) -> None:
    """Draw a step curve with its limits as a band."""
    known = rows[rows["low"].notna() & rows["high"].notna()]
    if len(known):
        ax.fill_between(
            known["time"],
            known["low"],
            known["high"],
            step="post",
            color=colour,
            alpha=BAND_ALPHA,
            linewidth=0,
            zorder=1,
        )
    ax.plot(
        rows["time"], rows[column], drawstyle="steps-post", color=colour, linestyle=style, linewidth=1.4, label=label,
        zorder=3, path_effects=outline_of(colour, sheet),
    )  # fmt: skip


def draw_names(ax: Axes, named: Sequence[Named], sheet: Sheet) -> None:
    """Label each curve right of the axes, at the height of its own end.

    Names are moved apart where they would touch, each as little as possible; one that is moved further than a reader
    would follow is joined to its end by a straight line.
    """
    height = ax.get_position().height * sheet.height_mm
    edge, top, line = ax.get_xlim()[1], ax.get_ylim()[1], sheet.line_mm()
    ends = sorted(named, key=lambda one: one.y)
    wanted = [one.y / top * height for one in ends]
    for one, y in zip(ends, spread(wanted, [line] * len(ends), room=height), strict=True):
        beside = mm_at(ax, edge, y / height * top, sheet)
        plain: dict[str, Any] = {"color": one.colour, "clip_on": False, "label": "_name"}
        if one.time < edge:
            ax.plot([one.time, edge], [one.y, one.y], linewidth=0.5, zorder=2, **plain)
        step = y - one.y / top * height
        if abs(step) > NEAR_LINES * line:
            ax.plot([0, NAME_MM - 0.4], [-step, 0], linewidth=0.5, transform=beside, **plain)
        ax.plot([one.time], [one.y], marker="o", markersize=2.6, zorder=4, **plain)
        write(ax, NAME_MM, 0, one.text, sheet, transform=beside, color=legible(one.colour, sheet))


def mm_at(ax: Axes, x: float, y: float, sheet: Sheet) -> Transform:
    """Return a transform of mm whose origin is a point of the data."""
    return Affine2D().scale(MM) + sheet.figure.dpi_scale_trans + ScaledTranslation(x, y, ax.transData)  # type: ignore[arg-type]  # the stubs ask for an affine one, matplotlib for any


def legible(colour: str, sheet: Sheet) -> str:
    """Return a colour dark enough for text on the paper: the same hue, darker by as much as it takes."""
    place = lab(colour)
    while contrast(of_lab(place), sheet.theme.paper) < LEAST_CONTRAST:
        place = place - [2.0, 0.0, 0.0]
    return of_lab(place)


def numbers_below(
    ax: Axes,
    places: Sequence[float],
    numbers: Sequence[int],
    line: float,
    sheet: Sheet,
    *,
    room_mm: float,
    widest: float = 0.0,
) -> None:
    """Write numbers so many lines below the axis; from the last on, those that have room.

    Panels that are given the width in mm of the `widest` number of all write theirs under the same places.
    """
    texts = [sheet.words.number(int(number)) for number in numbers]
    apart = room_mm / max(len(texts) - 1, 1)
    every = max(int(np.ceil((max(widest, *map(sheet.text_mm, texts)) + 1.2) / apart)), 1)
    for place, text in list(zip(places, texts, strict=True))[::-1][::every]:
        put_below(ax, place, line, text, sheet, color=sheet.theme.faint)


def quoted_time(last: float) -> float:
    """Return the time in years at which a sentence reads curves that go so far: the last whole year, or month.

    >>> [quoted_time(last) for last in (2.7, 1.0, 0.55)]
    [2, 1, 0.5]
    """
    return int(last) if last >= 1 else int(12 * last) / 12


def top_of(highest: float) -> float:
    """Return the tenth above the highest share drawn, so that low curves do not lie at the foot of an empty panel.

    >>> [top_of(highest) for highest in (0.1, 0.33, 0.6, 1.0)]
    [0.2, 0.4, 0.6, 1.0]
    """
    return float(min(max(np.ceil(10 * highest - 1e-9) / 10, 0.2), 1.0))


def share_axis(ax: Axes, top: float, sheet: Sheet, *, percent: bool = True) -> None:
    """Scale the y axis from 0, with lines at quarters where it goes to 100%, else at fifths or tenths."""
    ax.set_ylim(0, 1.02 * top)
    step = 0.25 if top == 1 else 0.2 if top > 0.5 else 0.1
    marks = [float(mark) for mark in np.arange(0, top + 1e-9, step)]
    ax.set_yticks(marks, labels=[sheet.words.percent(mark) if percent else "" for mark in marks])
    ax.grid(axis="y")
