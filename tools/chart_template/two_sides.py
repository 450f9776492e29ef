"""WHAT: a bar on either side of zero for each row, with its n at the right."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write
from lnlib.charts.style.labelled_rows import LabelledRows, unstated_last, without_place
from lnlib.charts.style.states import require_columns, swatch_style
from lnlib.words import Words

COLUMNS = ("label", "left", "right", "n")
LABEL_MM = {"column": 34.0, "two-columns": 80.0}  # the widest that names may be; longer ones are broken
BAR_MM = 3.2


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw a bar on either side of zero for each row, and its n at the right.

    Parameters
    ----------
    data : DataFrame
        Columns `label` (empty: place not stated), `left`, `right` (counts), `n` (what they are of); rows from the top.
    """
    require_columns(data, COLUMNS, chart="new_chart")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, data = sheet.words, sheet.line_mm(), unstated_last(data, sheet.words)
    names = without_place({str(row): label for row, label in enumerate(data["label"])}, sheet.heading.places)
    numbers = {row: words.number(n) for row, n in zip(names, data["n"], strict=True)}
    rows = LabelledRows.of(names, sheet, most_mm=sheet.of_width(LABEL_MM), least_mm=BAR_MM)
    n_mm = max(map(sheet.text_mm, numbers.values())) + 3.0
    foot = 2.6 * line  # the numbers of the axis, and its name
    sides = [Entry(words("new_chart.left"), sheet.theme.rule), Entry(words("new_chart.right"), sheet.theme.amount)]
    key_mm = sheet.key_mm(sides, sheet.inner_mm) + 1.0
    sheet.open(key_mm + line + rows.body_mm + foot)  # the height of the drawing; its width is the sheet's
    page = sheet.axes(left=0, right=0, bottom=foot, bare=True)  # in mm, for names and numbers
    sheet.key(page, sides, y=rows.body_mm + line + key_mm - 0.5, width_mm=sheet.inner_mm)
    write(page, sheet.inner_mm, rows.body_mm + line / 2, words("n_row"), sheet, ha="right")
    rows.write(page, sheet, numbers=numbers)
    ax = sheet.axes(left=rows.label_mm, right=n_mm, bottom=foot, top=key_mm + line)  # for what was counted
    middles = [middle for _, middle in rows.middles()]
    for side, values in zip(sides, (-data["left"], data["right"]), strict=True):
        ax.barh(middles, values, height=BAR_MM, **swatch_style(side, sheet))
    ticks = MaxNLocator(6, integer=True).tick_values(-data["left"].max(), max(data["right"].max(), 1))
    ax.set(xlim=(ticks[0], ticks[-1]), ylim=(0, rows.body_mm), xticks=ticks, yticks=[])
    ax.xaxis.set_major_formatter(lambda value, _: words.number(abs(value)))
    ax.axvline(0, color=sheet.theme.faint, linewidth=0.7)
    middle = rows.label_mm + (sheet.inner_mm - rows.label_mm - n_mm) / 2
    write(page, middle, 0.5 * line - foot, words("new_chart.axis"), sheet, ha="center")
    return sheet.figure


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the numbers of every row."""
    sentence = finding(data, words=words, labels=labels)
    if data.empty:
        return sentence
    points = [
        words("new_chart.point", label=row["label"], **{key: words.number(row[key]) for key in COLUMNS[1:]})
        for _, row in unstated_last(data, words).iterrows()
    ]
    return words("new_chart.alt", finding=sentence, points=words.listed(points))


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:  # noqa: ARG001 - as every chart's
    """Return the sums of both sides, which become the title."""
    if not data[["left", "right"]].to_numpy().sum():
        return words("new_chart.finding_none")
    return words("new_chart.finding", **{key: words.number(data[key].sum()) for key in COLUMNS[1:]})
