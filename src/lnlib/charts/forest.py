"""Forest plot: how much faster or slower partnerships move, with intervals, n and what each is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.lettering import empty_figure, write, write_lines
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.states import require_columns
from lnlib.words import Words

COLUMNS = ("label", "compared_with", "n", "ratio", "low", "high", "shown")
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
LEAST, MOST = 0.02, 50.0
LABEL_MM = 74.0
_HEAD, _MARK = 1.4, 1.2  # lines that a heading and a mark take


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
    require_columns(data, COLUMNS, chart="forest")
    if data.empty or order:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, order=order))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    known = _known(data)
    rows, right = _rows(data, known, sheet)
    body = sum(row.height + (_HEAD * line if row.head else 0.0) for row in rows)
    said = sheet.wrapped(_foot(data, words), inner, role="note")
    foot = 2.6 * line + len(said) * sheet.line_mm("note")
    sheet.open(body + foot)
    ax = sheet.axes(left=0, right=0, bare=True)
    scale = _scale(data[known], (0.0 if sheet.narrow else LABEL_MM) + 1.5, inner - right - 1.5)
    _axis(ax, scale, sheet, bottom=foot)
    write_lines(ax, 0, foot - 2.5 * line, said, sheet, role="note", color=sheet.theme.faint)
    if not sheet.narrow:
        _grid(ax, scale, sheet, foot, foot + body)
    y = foot + body
    for row, (_, values) in zip(rows, data.iterrows(), strict=True):
        if row.head:
            write(ax, 0, y - 0.5 * _HEAD * line, row.head, sheet, weight="bold")
            y -= _HEAD * line
        middle = y - row.lift - (row.height - row.lift) / 2
        top = y if sheet.narrow else middle + len(row.name + row.other) / 2 * line
        write_lines(ax, 0, top, row.name, sheet)
        write_lines(ax, 0, top - len(row.name) * line, row.other, sheet, color=sheet.theme.faint)
        side = inner if sheet.narrow else LABEL_MM - 3
        write(ax, side, top - line / 2, row.n, sheet, ha="right", color=sheet.theme.faint)
        if row.known:
            if sheet.narrow:  # names have the whole width there, and no lines run through them
                _grid(ax, scale, sheet, y - row.height, y - row.lift)
            _mark(ax, values, scale, middle, sheet)
        ink = sheet.theme.ink if row.known else sheet.theme.faint
        write(ax, inner, middle, row.number, sheet, ha="right", color=ink)
        y -= row.height
    return sheet.figure


def _rows(data: pd.DataFrame, known: pd.Series, sheet: Sheet) -> tuple[list[Row], float]:
    """Break the words of every row into lines, and say how wide the numbers on the right are.

    On a narrow sheet the name of a row lies over its mark; one of too few has no mark, and its words take that place.
    """
    words, line, usual = sheet.words, sheet.line_mm(), _usual(data)
    numbers = [
        _numbers(row, words) if ok else words("forest.too_few")
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


def _numbers(row: pd.Series, words: Words) -> str:
    values = {name: words.ratio(float(row[name])) for name in ("ratio", "low", "high")}
    return words("forest.numbers", **values)


def _foot(data: pd.DataFrame, words: Words) -> str:
    usual = _usual(data)
    key = "forest.compared_all" if (data["compared_with"] == usual).all() else "forest.compared_rest"
    said = [words(key, compared_with=usual)] if usual else []
    return " ".join([*said, words("forest.foot")])


def _usual(data: pd.DataFrame) -> str:
    """Give what more than one row is compared with, of several that with the most: the foot says it once."""
    counts = data["compared_with"].astype("str").value_counts(sort=True)
    return str(counts.index[0]) if counts.iloc[0] > 1 or len(data) == 1 else ""


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
        heading = str(row["move"]).lstrip("0123456789 ")  # a number orders headings; in a sentence it is in the way
        move["label"] = words("forest.moved", move=heading, label=str(row["label"]))
    return words(
        "forest.finding", **move, ratio=words.ratio(float(row["ratio"])), compared_with=str(row["compared_with"]),
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
