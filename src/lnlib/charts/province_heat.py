"""Heat table of provinces by date: how many of the assessed were at a stage or above, shaded by the share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot
from lnlib.charts.shaded_table import draw_heat, share_key
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.states import at_or_above, require_columns
from lnlib.charts.style.time_axis import is_order, when
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "stage", "count", "n_assessed", "n_known", "shown")
Cell = tuple[int, int, int, bool]  # at the stage or above, assessed, begun, whether the share is shown


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], value: str) -> Figure:
    """Draw a row for each province and a column for each date, as many as have room, always the last.

    Every cell holds the count and the number assessed; it is shaded where enough were assessed for a share.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label`, `date`, `stage` (ordered categorical), `count`, `n_assessed`, `n_known` (begun), `shown`
        (enough for a share); one row a unit, date and stage. Units stand in their order.
    value : str
        The stage: those at it or above are counted.
    """
    require_columns(data, COLUMNS, chart="province_heat")
    table = _table(data, value)
    if not any(shown for row in table.values() for _, _, _, shown in row):
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, value=value))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    names = {str(unit): str(label) for unit, label in zip(data["unit"], data["label"], strict=True)}
    empty = [unit for unit, row in table.items() if not any(begun for _, _, begun, _ in row)]
    kept, left_out = set_aside(names, empty, words)
    dates = sorted(data["date"].unique())
    texts = {unit: [_text(cell, words) for cell in table[unit]] for unit in kept}
    heads = [_head(date, dates, words) for date in dates]
    left = max(sheet.text_mm(names[unit]) for unit in kept) + 2.0
    needs = max(sheet.text_mm(text) for row in [*texts.values(), *heads] for text in row) + 1.2
    most = max(int((inner - left) // needs), 1)
    columns = list(range(len(dates)))[:: -int(np.ceil(len(dates) / most))][::-1]
    thinned = words("province_heat.foot_thinned") if len(columns) < len(dates) else ""
    key = share_key(sheet)
    key_mm = sheet.key_mm(key, inner) + 1.5
    notes = sheet.wrapped(" ".join(filter(None, [words("province_heat.foot"), thinned, left_out])), inner, role="note")
    foot = (len(notes) + 0.5) * sheet.line_mm("note")
    head = (max(map(len, heads)) + 0.3) * line
    sheet.open(key_mm + head + len(kept) * 1.45 * line + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    sheet.key(page, key, y=page.get_ylim()[1] - 0.3, width_mm=inner)
    write_foot(page, notes, sheet)
    ax = sheet.axes(left=left, right=0, bottom=foot, top=key_mm + head)
    cells = [[table[unit][column] for column in columns] for unit in kept]
    shares = np.array([[reached / n if shown else np.nan for reached, n, _, shown in row] for row in cells])
    draw_heat(ax, shares, [[[_text(cell, words)] for cell in row] for row in cells], sheet)
    for place, column in enumerate(columns):
        for row, text in enumerate(heads[column]):
            up = (len(heads[column]) - row - 0.3) / 1.45
            write(ax, place + 0.5, -up, text, sheet, ha="center")
    for row, unit in enumerate(kept):
        write(page, 0, foot + (len(kept) - row - 0.5) * 1.45 * line, names[unit], sheet)
    return sheet.figure


def _table(data: pd.DataFrame, value: str) -> dict[str, list[Cell]]:
    """Return the cells of each unit, one a date; a unit that the frame does not have on a date was not begun."""
    dates = sorted(data["date"].unique())
    level = [str(stage) for stage in data["stage"].cat.categories].index(value)
    once = data.drop_duplicates(["unit", "date", "stage"]).assign(unit=data["unit"].astype("str"))
    once = once.assign(reached=once["count"].where(once["stage"].cat.codes >= level, 0))
    cells = once.groupby(["unit", "date"])[["reached", "n_assessed", "n_known", "shown"]].agg(
        {"reached": "sum", "n_assessed": "first", "n_known": "first", "shown": "first"}
    )
    result = {key: (int(at), int(n), int(begun), bool(shown)) for key, at, n, begun, shown in cells.itertuples()}
    return {unit: [result.get((unit, date), (0, 0, 0, False)) for date in dates] for unit in once["unit"].unique()}


def _text(cell: Cell, words: Words) -> str:
    reached, n, begun, _ = cell
    return words("of", count=reached, n=n) if n else "–" if begun else ""


def _head(date: Any, dates: list[Any], words: Words) -> list[str]:
    """Return the lines above a column: the month, and the year below it; of an order, its place."""
    if is_order(pd.Series(dates)):
        return [when(date, words, last=float(dates[-1]), alone=True)]
    month, year = (words.date(date.date(), precision=precision) for precision in ("month", "year"))
    return [month.replace(year, "").strip(), year]


def _changes(data: pd.DataFrame, value: str) -> list[tuple[float, float]]:
    """Return the first and the last share of each province that has two; partnerships without one are in no province."""
    result = []
    for unit, row in _table(data, value).items():
        if not unit:
            continue
        known = [reached / n for reached, n, _, shown in row if shown and n]
        if len(known) > 1:
            result.append((known[0], known[-1]))
    return result


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str) -> str:
    """Return in how many provinces the share rose between the first date and the last with enough assessed."""
    changes = _changes(data, value) if len(data) else []
    reached = at_or_above(value, labels, words)
    if not changes:
        return words("province_heat.finding_few", reached=reached)
    up = sum(last > first for first, last in changes)
    if len(changes) == 1:
        return words(f"province_heat.finding_one_{'rose' if up else 'not'}", reached=reached)
    return words("province_heat.finding", up=up, n=len(changes), reached=reached)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str) -> str:
    """Return the long description: the finding, and the counts of each province on every date."""
    sentence = finding(data, words=words, labels=labels, value=value)
    if not len(data) or not _changes(data, value):
        return sentence
    dates = sorted(data["date"].unique())
    final = float(dates[-1]) if is_order(data["date"]) else None
    dates_text = [when(date, words, last=final) for date in dates]
    names = {str(unit): str(label) for unit, label in zip(data["unit"], data["label"], strict=True)}
    table = _table(data, value)
    rows = []
    for unit, row in table.items():
        cells = [
            f"{at} {words('of', count=reached, n=n)}"
            for at, (reached, n, _, _) in zip(dates_text, row, strict=True)
            if n
        ]
        if cells:
            rows.append(f"{names[unit]}: {words.listed(cells)}")
    span = {"from": dates_text[0], "to": dates_text[-1], "reached": at_or_above(value, labels, words)}
    return words("province_heat.alt", finding=sentence, units=len(table), rows="; ".join(rows), **span)
