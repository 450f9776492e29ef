"""WHAT: a dot for each row on one axis, with its n at the right."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write
from lnlib.charts.style.labelled_rows import LabelledRows, unstated_last, without_place
from lnlib.charts.style.states import require_columns
from lnlib.words import Words

COLUMNS = ("label", "value", "n")
LABEL_MM = {"column": 34.0, "two-columns": 80.0}  # the widest that names may be; longer ones are broken
DOT_MM = 3.2


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw a dot for each row at its value, and its n at the right.

    Parameters
    ----------
    data : DataFrame
        Columns `label` (empty: place not stated), `value`, `n` (what the value is of); rows from the top.
    """
    require_columns(data, COLUMNS, chart="new_chart")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, data = sheet.words, sheet.line_mm(), unstated_last(data, sheet.words)
    names = without_place({str(row): label for row, label in enumerate(data["label"])}, sheet.heading.places)
    numbers = {row: words.number(n) for row, n in zip(names, data["n"], strict=True)}
    rows = LabelledRows.of(names, sheet, most_mm=sheet.of_width(LABEL_MM), least_mm=DOT_MM)
    n_mm = max(map(sheet.text_mm, numbers.values())) + 3.0
    foot = 2.6 * line  # the numbers of the axis, and its name
    sheet.open(line + rows.body_mm + foot)  # the height of the drawing; its width is the sheet's
    page = sheet.axes(left=0, right=0, bottom=foot, bare=True)  # in mm, for names and numbers
    write(page, sheet.inner_mm, rows.body_mm + line / 2, words("n_row"), sheet, ha="right")
    rows.write(page, sheet, numbers=numbers)
    ax = sheet.axes(left=rows.label_mm, right=n_mm, bottom=foot, top=line)  # for what was measured
    middles = [middle for _, middle in rows.middles()]
    ax.hlines(middles, 0, data["value"], color=sheet.theme.rule, linewidth=0.7)
    ax.plot(data["value"], middles, "o", color=sheet.theme.amount, markersize=4.5, clip_on=False)
    low, high = min(float(data["value"].min()), 0.0), max(float(data["value"].max()), 1.0)
    ticks = MaxNLocator(5, integer=True).tick_values(low, high)
    ax.set(xlim=(ticks[0], ticks[-1]), ylim=(0, rows.body_mm), xticks=ticks, yticks=[])
    ax.xaxis.set_major_formatter(lambda value, _: words.number(value))
    middle = rows.label_mm + (sheet.inner_mm - rows.label_mm - n_mm) / 2
    write(page, middle, 0.5 * line - foot, words("new_chart.axis"), sheet, ha="center")
    return sheet.figure


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the numbers of every row."""
    sentence = finding(data, words=words, labels=labels)
    if data.empty:
        return sentence
    points = [
        words("new_chart.point", label=row["label"], value=words.number(row["value"]), n=words.number(row["n"]))
        for _, row in unstated_last(data, words).iterrows()
    ]
    return words("new_chart.alt", finding=sentence, points=words.listed(points))


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:  # noqa: ARG001 - as every chart's
    """Return the least and the greatest value, which becomes the title."""
    if data.empty:
        return words("new_chart.finding_none")
    low, high = (words.number(round(value)) for value in (data["value"].min(), data["value"].max()))
    if low == high:
        return words("new_chart.finding_alike", value=high)
    return words("new_chart.finding", low=low, high=high)
