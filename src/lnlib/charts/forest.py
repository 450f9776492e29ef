"""Forest plot: how much faster or slower partnerships move, with intervals, n and what each is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.ratio_axis import draw_ratio, limits_around, tick_label, ticks_within
from lnlib.charts.style.states import require_columns
from lnlib.charts.style.time_axis import corner
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("label", "compared_with", "n", "ratio", "low", "high", "shown")
LABEL_MM = 74.0
_HEAD, _MARK = 1.4, 1.3  # lines that a heading and a mark take


@dataclass(frozen=True)
class Row:
    """The words of a row in lines, and what it takes: `lift` mm over the mark, `height` mm in all."""

    head: str
    name: list[str]
    other: list[str]
    n: str
    number: str
    known: bool
    lift: float
    height: float


def draw(
    data: pd.DataFrame,
    *,
    sheet: Sheet,
    labels: dict[str, str],
    order: bool = False,
    often: bool = False,
    gather: bool = False,
) -> Figure:
    """Draw ratios of rates, such as those of `measures.panel.results.hazard_ratios`, on a log axis.

    Parameters
    ----------
    data : DataFrame
        Columns `label` (what is compared), `compared_with`, `n` (partnerships with it), `ratio`, `low`, `high`,
        `shown` (False: too little data); perhaps `move`, a heading over the rows that share it, and `in_place`, words
        written where no ratio is shown, and `few` (True: a ratio that rests on few moves, marked and never filled). Rows
        are drawn in their order.
    labels : dict of str to str
        Not used: the frame holds its own labels.
    order : bool
        Whether the assessments are placed in the order a source tells them: then there are no rates, and the chart is
        the sentence that says so.
    often : bool
        Whether the rates are of being assessed, and not of moving.
    gather : bool
        Whether those with too little data are named in one line under the chart, and have no row.
    """
    require_columns(data, COLUMNS, chart="forest")
    if data.empty or order or (gather and not _known(data).any()):
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, order=order, often=often))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    data, aside = _gathered(data, words, gather)
    known = _known(data)
    rows, right = _rows(data, known, sheet)
    body = sum(row.height + (_HEAD * line if row.head else 0.0) for row in rows)
    foot_lines = sheet.wrapped(" ".join(filter(None, [_foot(data, words), aside])), inner, role="note")
    foot = 3.0 * line + len(foot_lines) * sheet.line_mm("note")
    sheet.open(body + foot)
    limits = limits_around(data[known])
    ticks = ticks_within(limits)
    left = sheet.text_mm(tick_label(ticks[0], words)) / 2 if sheet.narrow else LABEL_MM
    ax = sheet.axes(left=left, right=right + 1.5, bottom=foot)
    page = sheet.axes(left=0, right=0, bare=True)
    _axis(ax, ticks, limits, body, sheet, ends=("rarer", "more_often") if often else ("slower", "faster"))
    write_lines(page, 0, foot - 2.9 * line, foot_lines, sheet, role="note", color=sheet.theme.faint)
    if not sheet.narrow:
        _grid(ax, ticks, 0, body, sheet)
    y = foot + body
    for row, (_, values) in zip(rows, data.iterrows(), strict=True):
        if row.head:
            write(page, 0, y - 0.5 * _HEAD * line, row.head, sheet, weight="bold")
            y -= _HEAD * line
        middle = y - row.lift - (row.height - row.lift) / 2
        top = y if sheet.narrow else middle + len(row.name + row.other) / 2 * line
        write_lines(page, 0, top, row.name, sheet)
        write_lines(page, 0, top - len(row.name) * line, row.other, sheet, color=sheet.theme.faint)
        side = inner if sheet.narrow else LABEL_MM - 3
        write(page, side, top - line / 2, row.n, sheet, ha="right", color=sheet.theme.faint)
        if row.known:
            if sheet.narrow:  # names have the whole width there, and no lines run through them
                _grid(ax, ticks, middle - foot - 0.5 * line, middle - foot + 0.5 * line, sheet)
            draw_ratio(
                ax, values, middle - foot, sheet, label=str(values["label"]), weak=bool(values.get("few", False))
            )
        ink = sheet.theme.ink if row.known else sheet.theme.faint
        write(page, inner, middle, row.number, sheet, ha="right", color=ink)
        y -= row.height
    return sheet.figure


def _rows(data: pd.DataFrame, known: pd.Series, sheet: Sheet) -> tuple[list[Row], float]:
    """Break the words of every row into lines, and say how wide the numbers on the right are.

    On a narrow sheet the name of a row lies over its mark; one of too few has no mark, and its words take that place.
    """
    words, line, usual = sheet.words, sheet.line_mm(), _usual(data)
    numbers = [
        _numbers(row, words) if ok else str(row.get("in_place", "")) or words("forest.too_few")
        for ok, (_, row) in zip(known, data.iterrows(), strict=True)
    ]
    right = max(sheet.text_mm(text) for text in numbers) + 2.5
    room = sheet.inner_mm if sheet.narrow else LABEL_MM - 3
    rows = []
    for head, number, ok, (_, row) in zip(_heads(data), numbers, known, data.iterrows(), strict=True):
        n = words("n_label", n=int(row["n"]))
        name = sheet.wrapped(str(row["label"]), room - sheet.text_mm(n) - 2.0)
        other = []
        if row["compared_with"] != usual:
            beside = words("forest.compared", compared_with=str(row["compared_with"]))
            other = sheet.wrapped(beside, room - (right if sheet.narrow and not ok else 0.0))
        lift, height = 0.0, (len(name + other) + 0.7) * line
        if sheet.narrow:
            lift = len(name if not ok else name + other) * line
            height = lift + (_MARK if ok else max(len(other), 1) + _MARK - 1) * line
        rows.append(Row(head, name, other, n, number, bool(ok), lift, height))
    return rows, right


def _known(data: pd.DataFrame) -> pd.Series:
    finite = pd.Series(np.isfinite(data[["ratio", "low", "high"]].to_numpy(dtype=float)).all(axis=1), index=data.index)
    return finite & data["shown"].astype(bool) & (data["ratio"] > 0)


def _weak(data: pd.DataFrame) -> pd.Series:
    """Return which ratios rest on few moves."""
    return data["few"].astype(bool) if "few" in data else pd.Series(False, index=data.index)


def _numbers(row: pd.Series, words: Words) -> str:
    values = {name: _ratio(float(row[name]), words) for name in ("ratio", "low", "high")}
    return words("forest.numbers_few" if row.get("few", False) else "forest.numbers", **values)


def _ratio(value: float, words: Words) -> str:
    """Write a ratio to two decimals, so that a bracket has one precision; one that has no room for them as elsewhere."""
    return words.number(value, decimals=2) if 0.01 <= value < 100 else words.ratio(value)


def _gathered(data: pd.DataFrame, words: Words, gather: bool) -> tuple[pd.DataFrame, str]:
    """Return the rows drawn, and the sentence that names the others where they are gathered."""
    known = _known(data)
    if not gather or known.all():
        return data, ""
    return data[known], words(
        "forest.gathered", labels=words.listed([str(label) for label in data.loc[~known, "label"]])
    )


def _few_note(data: pd.DataFrame, words: Words) -> list[str]:
    """Return the sentence on ratios that rest on few moves, where one is shown."""
    return [words("forest.foot_few")] if _weak(data[_known(data)]).any() else []


def _foot(data: pd.DataFrame, words: Words) -> str:
    usual = _usual(data)
    key = "forest.compared_all" if (data["compared_with"] == usual).all() else "forest.compared_rest"
    sentences = [words(key, compared_with=usual)] if usual else []
    return " ".join([*sentences, words("forest.foot"), *_few_note(data, words)])


def _usual(data: pd.DataFrame) -> str:
    """Return what most rows are compared with, if more than one is: the foot states it once."""
    counts = data["compared_with"].astype("str").value_counts(sort=True)
    return str(counts.index[0]) if counts.iloc[0] > 1 or len(data) == 1 else ""


def _heads(data: pd.DataFrame) -> list[str]:
    """Return a heading for each row that is the first of its move."""
    if "move" not in data:
        return [""] * len(data)
    moves = [str(move) for move in data["move"]]
    return [move if place == 0 or moves[place - 1] != move else "" for place, move in enumerate(moves)]


def _axis(
    ax: Axes, ticks: list[float], limits: tuple[float, float], body: float, sheet: Sheet, *, ends: tuple[str, str]
) -> None:
    """Scale the axes: ratios on a log scale, and mm upwards; name its ends."""
    ax.set_xscale("log")
    ax.set(xlim=limits, ylim=(0, body))
    ax.set_yticks([])
    ax.set_xticks([], minor=True)
    # where ticks are close, every second one has its number, and 1 always
    wide_mm = ax.get_position().width * sheet.width_mm
    apart = wide_mm * min(np.diff(np.log(ticks))) / np.log(limits[1] / limits[0])
    needs = max(sheet.text_mm(tick_label(tick, sheet.words)) for tick in ticks) + 1.0
    every = int(np.ceil(needs / apart))
    named = [tick for place, tick in enumerate(ticks) if (place - ticks.index(1.0)) % every == 0]
    ax.set_xticks(ticks, labels=[tick_label(tick, sheet.words) if tick in named else "" for tick in ticks])
    for key, x, ha in ((ends[0], 0.0, "left"), (ends[1], 1.0, "right")):
        text = sheet.words(f"forest.{key}")
        write(ax, x, -1.9 * sheet.line_mm(), text, sheet, ha=ha, color=sheet.theme.faint, transform=corner(ax, sheet))


def _grid(ax: Axes, ticks: list[float], bottom: float, top: float, sheet: Sheet) -> None:
    """Draw a line at each tick, that of no difference in ink."""
    ax.vlines([tick for tick in ticks if tick != 1], bottom, top, color=sheet.theme.rule, linewidth=0.4, zorder=1)
    ax.vlines(1, bottom, top, color=sheet.theme.ink, linewidth=0.7, zorder=1)


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    order: bool = False,
    often: bool = False,
    gather: bool = False,  # noqa: ARG001 - as of draw
) -> str:
    """Return the clearest comparison, if any is clear; one that rests on few moves is none, and is only counted."""
    if order:
        return words("undated")
    if data.empty:
        return words("forest.finding_empty")
    rows = data[_known(data)]
    if rows.empty:
        return words("forest.finding_few", n=len(data))
    outside = (rows["low"] > 1) | (rows["high"] < 1)
    clear, few = rows[outside & ~_weak(rows)], int((outside & _weak(rows)).sum())
    if clear.empty and few:
        return words("forest.finding_weak", n=len(rows), few=few)
    if clear.empty:
        return words("forest.finding_none_often" if often else "forest.finding_none", n=len(rows))
    # the one whose interval keeps farthest from 1
    edge = np.maximum(np.log(clear["low"]), -np.log(clear["high"]))
    row = clear.loc[edge.idxmax()]
    move = {"label": str(row["label"])}
    aside = words("forest.foot_aside", n=few)
    return words(
        "forest.finding_often" if often else "forest.finding", **move, ratio=words.ratio(float(row["ratio"])), compared_with=str(row["compared_with"]),
        n=len(data), aside=aside,
    )  # fmt: skip


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    order: bool = False,
    often: bool = False,
    gather: bool = False,  # noqa: ARG001 - as of draw
) -> str:
    """Return the long description: the finding, and every ratio with its interval."""
    if data.empty or order:
        return finding(data, words=words, labels=labels, order=order, often=often)
    parts = []
    for ok, (_, row) in zip(_known(data), data.iterrows(), strict=True):
        label = str(row["label"])
        if "move" in data:
            label = words("forest.moved", move=str(row["move"]), label=label)
        text = _numbers(row, words) if ok else str(row.get("in_place", "")) or words("forest.too_few")
        values = {"compared_with": str(row["compared_with"]), "n": int(row["n"])}
        parts.append(words("forest.alt_row", label=label, text=text, **values))
    sentence = finding(data, words=words, labels=labels, often=often)
    return " ".join([words("forest.alt", finding=sentence, rows="; ".join(parts)), *_few_note(data, words)])
