"""Shares over time: a line for each stage, with a band of intervals and the number assessed under the axis."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Sheet, outline_of
from lnlib.charts.canvas.text import empty_figure, write_foot
from lnlib.charts.curve_axes import (
    BAND_ALPHA,
    NAME_MM,
    STYLES,
    Named,
    draw_names,
    numbers_below,
    share_axis,
    top_of,
)
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.time_axis import draw_years, is_order, on_last_date, when
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("date", "stage", "count", "n", "share", "low", "high", "shown")
BODY_MM = {"column": 50.0, "two-columns": 62.0}


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw the shares of `measures.shares` as a line for each stage.

    Where fewer than the least n were assessed there is no share, and the lines are interrupted.

    Parameters
    ----------
    data : DataFrame
        Columns `date`, `stage` (ordered categorical), `count`, `n` (assessed), `share`, `low`, `high`, `shown`; one row
        a date and stage.

    Returns
    -------
    Figure
        Of a register that gives an order and no dates, the sentence that says so.
    """
    require_columns(data, COLUMNS, chart="share_lines")
    known = _known(data)
    if known.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    stages = [str(stage) for stage in data["stage"].cat.categories]
    latest = on_last_date(known)
    ends = {str(stage): float(share) for stage, share in zip(latest["stage"], latest["share"], strict=True)}
    entries = state_styles(stages, labels, sheet)
    names = {stage: f"{entries[stage].label} {words.percent(ends[stage])}" for stage in stages}
    left = sheet.text_mm(words.percent(1)) + 1.5
    right = max(map(sheet.text_mm, names.values())) + NAME_MM
    title = words("share_lines.foot")
    notes = sheet.wrapped(title, inner, role="note")
    foot = 2.4 * line + len(notes) * sheet.line_mm("note")
    sheet.open(sheet.of_width(BODY_MM) + foot)
    ax = sheet.axes(left=left, right=right, bottom=foot, top=1.0)
    share_axis(ax, top_of(float(known[["share", "high"]].max().max())), sheet)
    dates = mdates.date2num(sorted(data["date"].unique()))
    ax.set_xlim(dates[0], dates[-1])
    draw_lines(ax, data, sheet, labels=labels, bands=stages)
    last = mdates.date2num(known["date"].max())
    draw_names(ax, [Named(last, ends[stage], names[stage], entries[stage].colour) for stage in stages], sheet)
    room = inner - left - right
    draw_years(ax, data["date"].min(), data["date"].max(), sheet, room_mm=room)
    n = data.drop_duplicates("date").sort_values("date")["n"]
    numbers_below(ax, list(dates), list(n), 1.75, sheet, room_mm=room)
    page = sheet.axes(left=0, right=0, bare=True)
    write_foot(page, notes, sheet)
    return sheet.figure


def draw_lines(ax: Axes, data: pd.DataFrame, sheet: Sheet, *, labels: dict[str, str], bands: Sequence[str]) -> None:
    """Draw a line for each stage in axes of dates, interrupted where no share is shown; `bands`: stages with limits."""
    stages = [str(stage) for stage in data["stage"].cat.categories]
    entries = state_styles(stages, labels, sheet)
    for stage in stages:
        rows = data[data["stage"] == stage].sort_values("date")
        x, colour = mdates.date2num(rows["date"].to_numpy()), entries[stage].colour
        values = rows[["share", "low", "high"]].where(rows["shown"]).to_numpy(dtype=float)
        if stage in bands:
            ax.fill_between(x, values[:, 1], values[:, 2], color=colour, alpha=BAND_ALPHA, linewidth=0, zorder=1)
        # seaborn leaves out what is missing, which would join the line over it: each stretch is a unit of its own
        stretch = np.cumsum(np.isnan(values[:, 0]))
        sns.lineplot(
            x=x, y=values[:, 0], units=stretch, estimator=None, errorbar=None, ax=ax, color=colour, linewidth=1.4,
            linestyle=dash_of(stage, stages), path_effects=outline_of(colour, sheet), label=stage, legend=False, zorder=3,
        )  # fmt: skip
    ax.set(xlabel="", ylabel="")


def dash_of(stage: str, stages: list[str]) -> object:
    """Return the dash of a stage; the highest has a solid line."""
    return STYLES[(len(stages) - 1 - stages.index(stage)) % len(STYLES)]


def _known(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a share, if they are of two dates at least."""
    if data.empty or is_order(data["date"]):
        return data.iloc[:0]
    known = data[data["shown"] & data["share"].notna()]
    return known if len(known) and known["date"].min() < known["date"].max() else data.iloc[:0]


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return how the share that changed most went from the first date to the last."""
    if len(data) and is_order(data["date"]):
        return words("undated")
    known = _known(data)
    if known.empty:
        return words("share_lines.finding_few")
    ends = known.sort_values("date").groupby("stage", observed=True)["share"].agg(["first", "last"]).reset_index()
    row = ends.iloc[int((ends["last"] - ends["first"]).abs().argmax())]
    stage, first, last = str(row["stage"]), words.percent(float(row["first"])), words.percent(float(row["last"]))
    way = "same" if first == last else "rose" if row["last"] > row["first"] else "fell"
    n = known.groupby("date")["n"].first()
    span = {
        "from": when(n.index[0], words),
        "to": when(n.index[-1], words),
        "first_n": int(n.iloc[0]),
        "last_n": int(n.iloc[-1]),
    }
    return words(f"share_lines.finding_{way}", stage=labels.get(stage, stage), first=first, last=last, **span)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and every share at the last date."""
    sentence = finding(data, words=words, labels=labels)
    known = _known(data)
    if known.empty:
        return sentence
    last = on_last_date(known)
    parts = [
        f"{labels.get(str(row.stage), str(row.stage))} {words.percent(float(str(row.share)))}"
        for row in last.itertuples()
    ]
    return words("share_lines.alt", finding=sentence, parts=words.listed(parts), n=int(last["n"].iloc[0]))
