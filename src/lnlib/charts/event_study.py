"""Event study: how fast partnerships move up in the half-years before and after a mechanism starts, on a log axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot, write_lines
from lnlib.charts.curve_axes import mm_at, put_below
from lnlib.charts.ratio_axis import draw_ratio, is_clear, limits_around, tick_label, ticks_within
from lnlib.charts.style.states import require_columns
from lnlib.charts.style.time_axis import below
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("window", "n", "moves", "ratio", "low", "high", "shown")
BODY_MM = {"column": 63.0, "two-columns": 60.0}


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], mechanism: str, order: bool = False) -> Figure:
    """Draw the ratios of `measures.panel.event_study` with their intervals, a window beside the other.

    Parameters
    ----------
    data : DataFrame
        Columns `window` (ordered categorical: the reference first, then the number of half-years since the start), `n`
        (partnerships with time in it), `moves` (recorded moves up), `ratio`, `low`, `high`, `shown` (False: too few).
    mechanism : str
        The mechanism, a word of the vocabulary.
    order : bool
        Whether assessments are placed in the order that a source gives: then there are no rates, and the chart is the
        sentence that says so.
    """
    require_columns(data, COLUMNS, chart="event_study")
    known = _known(data)
    if known.empty or order:
        sentence = finding(data, words=sheet.words, labels=labels, mechanism=mechanism, order=order)
        return empty_figure(sheet, sentence)
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    windows = [str(window) for window in data["window"].cat.categories]
    rows = data.set_index(data["window"].astype("str")).reindex(windows)
    limits = limits_around(known)
    ticks = ticks_within(limits)
    names = [_window(window, windows, words) for window in windows]
    heads = [words("event_study.n"), words("event_study.moves")]
    left = max(sheet.text_mm(text) for text in [*heads, *(tick_label(tick, words) for tick in ticks)]) + 1.5
    notes = sheet.wrapped(words("event_study.foot"), inner, role="note")
    wide = inner - left
    wrapped = [sheet.wrapped(name, wide / len(windows) - 1.0) for name in names]
    under = (max(map(len, wrapped)) + 3.5) * line
    title = sheet.wrapped(
        words("event_study.since", mechanism=words(f"mechanism_in_sentence.{mechanism}")), inner - left
    )
    foot = under + (len(title) + 0.3) * line + len(notes) * sheet.line_mm("note")
    sheet.open(sheet.of_width(BODY_MM) + foot)
    ax = sheet.axes(left=left, right=0.0, bottom=foot, top=line)
    ax.set_yscale("log")
    ax.set(xlim=(-0.6, len(windows) - 0.4), ylim=limits)
    ax.set_yticks(ticks, labels=[tick_label(tick, words) for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.set_xticks([])
    ax.grid(axis="y")
    ax.axhline(1, color=sheet.theme.ink, linewidth=0.7, zorder=1)
    if "0" in windows:
        start = windows.index("0") - 0.5
        ax.axvline(start, color=sheet.theme.faint, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1, label="_start")
        over = ax.get_position().height * sheet.height_mm + 0.5 * line
        write(ax, start, over, words("event_study.start"), sheet, ha="center", color=sheet.theme.faint,
              transform=below(ax, sheet))  # fmt: skip
    for place, (window, row) in enumerate(rows.iterrows()):
        if place == 0:
            ax.plot([0], [1], marker="o", markersize=4.6, color=sheet.theme.faint, zorder=4, label=str(window))
        elif row["shown"]:
            draw_ratio(ax, row, place, sheet, label=str(window), upright=True)
    for place, lines in enumerate(wrapped):
        for number, text in enumerate(lines):
            put_below(ax, place, 0.9 + number, text, sheet)
    deep = max(map(len, wrapped))
    for number, (head, column) in enumerate(zip(heads, ("n", "moves"), strict=True)):
        at = deep + len(title) + 1.4 + number
        write(
            ax,
            -1.0,
            -at * line,
            head,
            sheet,
            ha="right",
            color=sheet.theme.faint,
            transform=mm_at(ax, -0.6, limits[0], sheet),
        )
        for place, value in enumerate(rows[column]):
            put_below(ax, place, at, words.number(int(value)), sheet, color=sheet.theme.faint)
    page = sheet.axes(left=0, right=0, bare=True)
    write_lines(page, left, foot - (deep + 0.5) * line, title, sheet)
    write_foot(page, notes, sheet)
    return sheet.figure


def _known(data: pd.DataFrame) -> pd.DataFrame:
    """Return the windows with a ratio, the reference left out."""
    if data.empty:
        return data
    reference = data["window"].cat.categories[0]
    shown: pd.DataFrame = data[(data["window"] != reference) & data["shown"] & np.isfinite(data["ratio"].astype(float))]
    return shown


def _window(window: str, windows: list[str], words: Words) -> str:
    """Return the name of a window: the reference, a number of half-years, or all time after the last."""
    if window == windows[0]:
        return words("event_study.earlier")
    number = words.number(int(window))
    return words("event_study.later", n=number) if window == windows[-1] else number


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as of every chart
    mechanism: str,
    order: bool = False,
) -> str:
    """Return in which half-year before the start moves up were clearly faster or slower already, and else in which after it."""
    if order:
        return words("undated")
    known = _known(data)
    name = {"mechanism": words(f"mechanism_in_sentence.{mechanism}")}
    if known.empty:
        return words("event_study.finding_few", **name)
    clear = known[[is_clear(row) for _, row in known.iterrows()]]
    before = clear[clear["window"].astype("str").astype(int) < 0]
    after = clear[clear["window"].astype("str").astype(int) >= 0]
    if before.empty and after.empty:
        return words("event_study.finding_none", **name)
    side, rows = ("before", before) if len(before) else ("after", after)
    row = rows.sort_values("window").iloc[-1 if side == "before" else 0]
    way = "faster" if row["ratio"] > 1 else "slower"
    windows = [str(window) for window in data["window"].cat.categories]
    number = int(str(row["window"]))
    nearest = number if side == "after" else -number - 1  # half-years between the window and the start
    span = "then" if str(row["window"]) == windows[-1] else side
    when = words(f"event_study.in_{span}", n=nearest + 1, first=6 * nearest, last=6 * (nearest + 1), **name)
    # of so many windows one may be clear by chance: how many were looked at is part of the finding
    values = {"ratio": words.ratio(float(row["ratio"])), "n": len(known), "clear": len(clear)}
    return words(f"event_study.finding_{side}_{way}", when=when, **values)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], mechanism: str, order: bool = False) -> str:
    """Return the long description: the finding, and the ratio of every window with its interval and n."""
    sentence = finding(data, words=words, labels=labels, mechanism=mechanism, order=order)
    known = _known(data)
    if order or known.empty:
        return sentence
    windows = [str(window) for window in data["window"].cat.categories]
    points = [
        words(
            "event_study.alt_point",
            window=_window(str(row["window"]), windows, words),
            **{key: words.ratio(float(row[key])) for key in ("ratio", "low", "high")},
            n=int(row["n"]),
            moves=int(row["moves"]),
        )
        for _, row in known.iterrows()
    ]
    return words("event_study.alt", finding=sentence, points="; ".join(points))
