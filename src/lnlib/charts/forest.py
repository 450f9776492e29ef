"""Forest plot: how much faster or slower partnerships move, with intervals, n and what each is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.lettering import nothing, write, write_lines
from lnlib.charts.sheet import Sheet
from lnlib.charts.states import need
from lnlib.words import Words

COLUMNS = ("label", "compared_with", "n", "ratio", "low", "high", "shown")
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
LEAST, MOST = 0.02, 50.0
LABEL_MM = 62.0


@dataclass(frozen=True)
class Scale:
    """Where a ratio lies on the log axis, in mm."""

    left: float
    right: float
    low: float
    high: float

    def at(self, ratio: float) -> float:
        """Give the place of a ratio; one beyond the axis lies at its end."""
        part = (np.log(np.clip(ratio, self.low, self.high)) - np.log(self.low)) / (np.log(self.high) - np.log(self.low))
        return float(self.left + part * (self.right - self.left))


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], order: bool = False) -> Figure:
    """Draw ratios of rates, such as those of `measures.panel_results.hazard_ratios`, on a log axis.

    Parameters
    ----------
    data : DataFrame
        Columns `label` (what is compared), `compared_with`, `n` (partnerships with it), `ratio`, `low`, `high`,
        `shown` (False: too few to say); perhaps `move`, a heading over the rows that share it. Rows are drawn in
        their order.
    sheet : Sheet
    labels : dict of str to str
        Not used: the frame holds its own labels.
    order : bool
        Whether the assessments are placed in the order a source tells them: then there are no rates, and the chart is
        the sentence that says so.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    """
    need(data, COLUMNS, chart="forest")
    if data.empty or order:
        return nothing(sheet, finding(data, words=sheet.words, labels=labels, order=order))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.width_mm - 2.4
    known = _known(data)
    numbers = [
        _numbers(row, words) if ok else words("forest.too_few")
        for ok, (_, row) in zip(known, data.iterrows(), strict=True)
    ]
    right = max(sheet.text_mm(text) for text in numbers) + 2.5
    beside = 0.0 if sheet.narrow else LABEL_MM
    common = bool(_common(data))
    room = inner if sheet.narrow else LABEL_MM - 3
    names = [sheet.wrapped(str(label), room) for label in data["label"]]
    texts = [[*name, *_second(row, sheet, room, common)] for name, (_, row) in zip(names, data.iterrows(), strict=True)]
    heads = _heads(data)
    lift = [len(lines) * line if sheet.narrow else 0.0 for lines in texts]
    heights = [
        1.6 * line + extra if sheet.narrow else (len(lines) + 0.7) * line
        for lines, extra in zip(texts, lift, strict=True)
    ]
    body = sum(heights) + sum(1.5 * line for head in heads if head)
    said = sheet.wrapped(_foot(data, words), inner, role="note")
    foot = 2.6 * line + len(said) * sheet.line_mm("note")
    sheet.open(body + foot)
    ax = sheet.axes(left=0, right=0, bare=True)
    scale = _scale(data[known], beside + 1.5, inner - right - 1.5)
    _axis(ax, scale, sheet, bottom=foot)
    write_lines(ax, 0, foot - 2.5 * line, said, sheet, role="note", color=sheet.theme.faint)
    if not sheet.narrow:
        _grid(ax, scale, sheet, foot, foot + body)
    y = foot + body
    for head, name, lines, height, extra, number, ok, (_, row) in zip(
        heads, names, texts, heights, lift, numbers, known, data.iterrows(), strict=True
    ):
        if head:
            write(ax, 0, y - 0.8 * line, head, sheet, weight="bold")
            y -= 1.5 * line
        middle = y - extra - (height - extra) / 2
        top = y if sheet.narrow else middle + len(lines) / 2 * line
        for place, text in enumerate(lines):
            colour = sheet.theme.faint if place >= len(name) else sheet.theme.ink
            write_lines(ax, 0, top - place * line, [text], sheet, color=colour)
        if sheet.narrow:  # names have the whole width there, and no lines run through them
            _grid(ax, scale, sheet, y - height, y - extra)
        if ok:
            _mark(ax, row, scale, middle, sheet)
        write(ax, inner, middle, number, sheet, ha="right", color=sheet.theme.ink if ok else sheet.theme.faint)
        y -= height
    return sheet.figure


def _known(data: pd.DataFrame) -> pd.Series:
    finite = pd.Series(np.isfinite(data[["ratio", "low", "high"]].to_numpy(dtype=float)).all(axis=1), index=data.index)
    return finite & data["shown"].astype(bool) & (data["ratio"] > 0)


def _numbers(row: pd.Series, words: Words) -> str:
    values = {name: _ratio(float(row[name]), words) for name in ("ratio", "low", "high")}
    return words("forest.numbers", **values)


def _ratio(value: float, words: Words) -> str:
    """Write a ratio to two figures that count, and no immense ones."""
    if value >= 100:
        return words("forest.over", most=100)
    if value < 0.01:
        return words("forest.under", least=words.number(0.01, decimals=2))
    return words.number(value, decimals=0 if value >= 10 else 1 if value >= 1 else 2)


def _second(row: pd.Series, sheet: Sheet, width: float, common: bool) -> list[str]:
    """Say n, and what a row is compared with unless it is the same for all: then the foot says it once."""
    key = "n_label" if common else "forest.compared"
    return sheet.wrapped(sheet.words(key, compared_with=str(row["compared_with"]), n=int(row["n"])), width)


def _foot(data: pd.DataFrame, words: Words) -> str:
    said = [words("forest.compared_all", compared_with=other) for other in _common(data)]
    return " ".join([*said, words("forest.foot")])


def _common(data: pd.DataFrame) -> list[str]:
    """Give what all rows are compared with, if it is one thing."""
    others = [str(other) for other in data["compared_with"].unique()]
    return others if len(others) == 1 else []


def _heads(data: pd.DataFrame) -> list[str]:
    """Give a heading for each row that is the first of its move."""
    if "move" not in data:
        return [""] * len(data)
    moves = [str(move) for move in data["move"]]
    return [move if place == 0 or moves[place - 1] != move else "" for place, move in enumerate(moves)]


def _scale(rows: pd.DataFrame, left: float, right: float) -> Scale:
    """Give an axis that holds all intervals and 1, from tick to tick."""
    low = max(min(rows["low"].min() if len(rows) else 0.5, 0.5), LEAST)
    high = min(max(rows["high"].max() if len(rows) else 2.0, 2.0), MOST)
    first = max(tick for tick in TICKS if tick <= low + 1e-12)
    last = min(tick for tick in TICKS if tick >= high - 1e-12)
    return Scale(left, right, first, last)


def _axis(ax: Axes, scale: Scale, sheet: Sheet, *, bottom: float) -> None:
    line = sheet.line_mm()
    ticks = [tick for tick in TICKS if scale.low <= tick <= scale.high]
    for tick in ticks:
        x = scale.at(tick)
        decimals = 0 if tick >= 1 else 1 if tick >= 0.1 else 2
        write(ax, x, bottom - 0.7 * line, sheet.words.number(tick, decimals=decimals), sheet, ha="center")
    write(ax, scale.left - 1.5, bottom - 1.8 * line, sheet.words("forest.slower"), sheet, color=sheet.theme.faint)
    write(
        ax,
        scale.right + 1.5,
        bottom - 1.8 * line,
        sheet.words("forest.faster"),
        sheet,
        ha="right",
        color=sheet.theme.faint,
    )


def _grid(ax: Axes, scale: Scale, sheet: Sheet, bottom: float, top: float) -> None:
    """Draw a line at each tick, that of no difference in ink."""
    for tick in TICKS:
        if scale.low <= tick <= scale.high:
            colour, width = (sheet.theme.ink, 0.7) if tick == 1 else (sheet.theme.rule, 0.4)
            x = scale.at(tick)
            ax.plot([x, x], [bottom, top], color=colour, linewidth=width, zorder=1, gid=f"tick {tick:g}")


def _mark(ax: Axes, row: pd.Series, scale: Scale, y: float, sheet: Sheet) -> None:
    """Draw the interval and the ratio; an arrow where the interval goes on beyond the axis."""
    clear = row["low"] > 1 or row["high"] < 1
    colour = sheet.theme.stages[-1]
    ends = [scale.at(float(row["low"])), scale.at(float(row["high"]))]
    ax.plot(
        ends, [y, y], color=colour, linewidth=1.3, zorder=3, solid_capstyle="butt", label=f"interval {row['label']}"
    )
    for end, beyond, shape in ((ends[0], row["low"] < scale.low, "<"), (ends[1], row["high"] > scale.high, ">")):
        if beyond:
            ax.plot([end], [y], marker=shape, markersize=3.5, color=colour, zorder=4, label=f"goes on {row['label']}")
    ax.plot(
        [scale.at(float(row["ratio"]))], [y], marker="s", markersize=4.6, color=colour, zorder=5,
        markerfacecolor=colour if clear else sheet.theme.paper, markeredgewidth=1.0, label=str(row["label"]),
    )  # fmt: skip


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    order: bool = False,
) -> str:
    """Say which comparison is the clearest, if any is clear."""
    if order:
        return words("undated")
    if data.empty:
        return words("forest.finding_empty")
    rows = data[_known(data)]
    if rows.empty:
        return words("forest.finding_few", n=len(data))
    clear = rows[(rows["low"] > 1) | (rows["high"] < 1)]
    if clear.empty:
        return words("forest.finding_none", n=len(rows))
    # the one whose interval keeps farthest from 1
    edge = np.maximum(np.log(clear["low"]), -np.log(clear["high"]))
    row = clear.loc[edge.idxmax()]
    move = {"label": str(row["label"])}
    if "move" in data:
        move["label"] = words("forest.moved", move=str(row["move"]), label=str(row["label"]))
    return words(
        "forest.finding", **move, ratio=_ratio(float(row["ratio"]), words), compared_with=str(row["compared_with"]),
        n=len(data),
    )  # fmt: skip


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], order: bool = False) -> str:
    """Say what the chart shows, with its finding and every ratio with its interval."""
    if data.empty or order:
        return finding(data, words=words, labels=labels, order=order)
    parts = []
    for ok, (_, row) in zip(_known(data), data.iterrows(), strict=True):
        label = str(row["label"])
        if "move" in data:
            label = words("forest.moved", move=str(row["move"]), label=label)
        said = _numbers(row, words) if ok else words("forest.too_few")
        values = {"compared_with": str(row["compared_with"]), "n": int(row["n"])}
        parts.append(words("forest.alt_row", label=label, said=said, **values))
    return words("forest.alt", finding=finding(data, words=words, labels=labels), rows="; ".join(parts))
