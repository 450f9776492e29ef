"""What charts of curves over years share: the axes, a step curve with its band, and the numbers under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from lnlib.charts.canvas.lettering import write
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.spread import spread
from lnlib.charts.style.theme import MM, contrast
from lnlib.charts.style.time_axis import below

BAND_ALPHA = 0.18


@dataclass(frozen=True)
class Named:
    """A curve's end, and the lines of text that name it there."""

    y: float
    lines: tuple[str, ...]
    colour: str


def known_until(rows: pd.DataFrame, *, least_n: int) -> pd.DataFrame:
    """Keep a curve until fewer than `least_n` are at risk; before anybody has entered, it stays."""
    n = rows["n_at_risk"].to_numpy()
    enough = np.flatnonzero(n >= least_n)
    return rows.iloc[: enough[-1] + 1] if len(enough) else rows.iloc[:0]


def value_at(rows: pd.DataFrame, column: str, time: float) -> float:
    """Give the height of a step curve at a time."""
    place = int(np.searchsorted(rows["time"].to_numpy(), time + 1e-9, side="right")) - 1
    return float(rows[column].iloc[place])


def risk_at(rows: pd.DataFrame, ticks: Sequence[float]) -> list[int]:
    """Give how many were at risk at each tick: those counted at the next time on the curve."""
    times, n = rows["time"].to_numpy(), rows["n_at_risk"].to_numpy()
    # nobody can be at risk at 0 who entered later: there it is those at the first time after the start
    after = [int(np.searchsorted(times, tick - 1e-9 if tick > 0 else 1e-9)) for tick in ticks]
    return [int(n[place]) if place < len(n) else 0 for place in after]


def ticks_of(last: float, room_mm: float, sheet: Sheet) -> list[float]:
    """Give ticks at whole or half years, or wider apart where there is no room."""
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
    ax: Axes, ticks: Sequence[float], last: float, sheet: Sheet, *, percent: bool = True, top: float = 1.0
) -> None:
    """Draw shares from 0 upwards, to 100% or a quarter under it, and years to the right."""
    ax.set_xlim(0, last * 1.01 or 1)
    ax.set_ylim(0, 1.02 * top)
    marks = [mark for mark in (0, 0.25, 0.5, 0.75, 1.0) if mark <= top]
    ax.set_yticks(marks, labels=[sheet.words.percent(mark) if percent else "" for mark in marks])
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.set_xticks(list(ticks), labels=[""] * len(ticks))
    for tick in ticks:
        put_below(ax, tick, 0.9, year(tick, sheet), sheet)


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
    # a curve too pale for paper has an outline
    pale = contrast(colour, sheet.theme.paper) < 3
    edge = patheffects.Stroke(linewidth=2.0, foreground=sheet.theme.faint)
    outline = [edge, patheffects.Normal()] if pale else None
    ax.plot(
        rows["time"], rows[column], drawstyle="steps-post", color=colour, linestyle=style, linewidth=1.4, label=label,
        zorder=3, path_effects=outline,
    )  # fmt: skip


def draw_names(ax: Axes, named: Sequence[Named], last: float, sheet: Sheet) -> None:
    """Name the curves at their ends, moved apart where they would touch."""
    height = ax.get_position().height * sheet.height_mm
    ends = sorted(named, key=lambda one: one.y)
    line = sheet.line_mm()
    top = ax.get_ylim()[1]
    wanted = [one.y / top * height for one in ends]
    shift = ScaledTranslation(1.5 * MM, 0, sheet.figure.dpi_scale_trans)
    for one, y in zip(ends, spread(wanted, [(len(one.lines) + 0.4) * line for one in ends], room=height), strict=True):
        for row, text in enumerate(one.lines):
            at = y + (len(one.lines) / 2 - row - 0.5) * line
            write(ax, last * 1.01, at / height * top, text, sheet, transform=ax.transData + shift)
