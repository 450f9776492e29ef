"""Provinces side by side: a bar of counts each, by stage on one date, in official order and never ranked."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.lettering import empty_figure, write, write_lines
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.states import require_columns, state_styles, swatch_style
from lnlib.charts.style.time_axis import is_order, when
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "stage", "count", "n_not_assessed", "n_ended", "n_known")
LABEL_MM = {"column": 28.0, "two-columns": 46.0}
BAR_MM, GAP_MM = 3.2, 1.4


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], date: object = None) -> Figure:
    """Draw the counts of `measures.shares` by province on one date, with n at the right.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label` (empty: place not stated), `date`, `stage` (ordered categorical), `count`,
        `n_not_assessed`, `n_ended`, `n_known`; rows in the order of the provinces.
    sheet : Sheet
    labels : dict of str to str
        What each stage is called.
    date : time, optional
        By default the last.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    """
    require_columns(data, COLUMNS, chart="province_mix")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, date=date))
    counts, names = _counts(_on(data, date)), _names(data, sheet.words)
    empty = counts.index[counts.sum(axis=1) == 0]
    kept, left_out = set_aside({unit: names[unit] for unit in counts.index}, empty, sheet.words)
    counts, names = counts.loc[kept], {unit: names[unit] for unit in kept}
    entries = state_styles([str(stage) for stage in data["stage"].cat.categories], labels, sheet)
    present = [state for state in entries if counts[state].any()]
    key, inner = [entries[state] for state in present], sheet.inner_mm
    key_mm = sheet.key_mm(key, inner) + 2.0 if key else 0.0
    label_mm = min(max(sheet.text_mm(name) for name in names.values()) + 2.0, sheet.of_width(LABEL_MM))
    lines = {unit: sheet.wrapped(names[unit], label_mm - 1.5) for unit in counts.index}
    heights = {unit: max(len(text) * sheet.line_mm(), BAR_MM) + GAP_MM for unit, text in lines.items()}
    said = [
        line for text in (sheet.words("province_mix.n_note"), left_out) if text for line in sheet.wrapped(text, inner)
    ]
    foot_mm = sheet.line_mm() * len(said) + 1.0
    body = sum(heights.values())
    sheet.open(key_mm + sheet.line_mm() + body + foot_mm)
    bare = sheet.axes(left=0, right=0, bare=True)
    sheet.key(bare, key, y=key_mm + sheet.line_mm() + body + foot_mm - 0.5, width_mm=inner)
    write_lines(bare, 0, foot_mm - 1.0, said, sheet, color=sheet.theme.faint)
    write(bare, inner, foot_mm + body + sheet.line_mm() / 2, sheet.words("n_row"), sheet, ha="right")
    n_mm = sheet.text_mm(f"{int(counts.sum(axis=1).max()):,}") + 2.0
    ax = sheet.axes(left=label_mm, right=n_mm, bottom=foot_mm, top=key_mm + sheet.line_mm(), bare=True)
    per = (inner - label_mm - n_mm) / max(counts.sum(axis=1).max(), 1)
    y = body
    for unit in counts.index:
        middle = y - heights[unit] / 2
        n = int(counts.loc[unit].sum())
        top = middle + len(lines[unit]) * sheet.line_mm() / 2 + foot_mm
        write_lines(bare, 0, top, lines[unit], sheet, color=sheet.theme.ink if n else sheet.theme.faint)
        write(bare, inner, middle + foot_mm, sheet.words.number(n), sheet, ha="right", color=sheet.theme.faint)
        if n:
            _bar(ax, counts.loc[unit, present], middle, per, entries, sheet)
        else:
            write(ax, 0, middle, sheet.words("province_tiles.none"), sheet, color=sheet.theme.faint)
        y -= heights[unit]
    return sheet.figure


def _on(data: pd.DataFrame, date: object) -> pd.DataFrame:
    day = data["date"].max() if date is None else date if is_order(data["date"]) else pd.Timestamp(str(date))
    return data[data["date"] == day].drop_duplicates(["unit", "stage"])


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Give a row a province and a column a state; those whose place is not stated last, and only if there are any."""
    units = list(dict.fromkeys(rows["unit"].astype(str)))
    table = rows.assign(unit=rows["unit"].astype(str)).pivot_table(
        index="unit", columns="stage", values="count", observed=False, aggfunc="sum"
    )
    table.columns = table.columns.astype(str)
    once = rows.drop_duplicates("unit").set_axis(rows.drop_duplicates("unit")["unit"].astype(str))
    table = table.assign(not_assessed=once["n_not_assessed"], ended=once["n_ended"]).loc[units]
    stated = table[table.index != ""]
    lost = table[(table.index == "") & (table.sum(axis=1) > 0)]
    return pd.concat([stated, lost])


def _names(data: pd.DataFrame, words: Words) -> dict[str, str]:
    once = data.drop_duplicates("unit")
    pairs = zip(once["unit"].astype(str), once["label"].fillna("").astype(str), strict=True)
    return {unit: label or words("place_not_stated") for unit, label in pairs}


def _bar(ax: Axes, counts: pd.Series, y: float, per: float, entries: dict[str, Entry], sheet: Sheet) -> None:
    at = 0.0
    for state, count in counts.items():
        if not count:
            continue
        entry, width = entries[str(state)], float(count) * per
        ax.barh(y, width, left=at, height=BAR_MM, label=str(state), clip_on=False, **swatch_style(entry, sheet))
        text = sheet.words.number(int(count))
        if width > sheet.text_mm(text) + 1.0:
            # a number on hatching is read only on a ground of its own
            ground = {"facecolor": sheet.theme.paper, "edgecolor": "none", "pad": 0.8} if entry.hatch else None
            colour = sheet.theme.over(entry.colour)
            write(ax, at + width / 2, y, text, sheet, ha="center", color=colour, bbox=ground)
        at += width


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], date: object = None) -> str:
    """Say what the chart shows, with its finding and the counts of every province."""
    if data.empty:
        return finding(data, words=words, labels=labels, date=date)
    rows = _on(data, date)
    counts, names = _counts(rows), _names(data, words)
    told = []
    for unit in counts.index:
        here = counts.loc[unit]
        if not here.sum():
            continue
        stages = [str(stage) for stage in data["stage"].cat.categories]
        parts = [f"{labels.get(stage, stage)} {words.number(int(here[stage]))}" for stage in stages]
        rest = {"not_assessed": int(here["not_assessed"]), "ended": int(here["ended"])}
        told.append(words("province_tiles.point", label=names[unit], parts=words("marks.list").join(parts), **rest))
    empty = [names[unit] for unit in counts.index if not counts.loc[unit].sum()]
    told += [words("province_tiles.point_none", labels=words.listed(empty))] if empty else []
    said = finding(data, words=words, labels=labels, date=date)
    return words("province_mix.alt", when=_when(data, rows, words), finding=said, points=" ".join(told))


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], date: object = None) -> str:  # noqa: ARG001
    """Say where most partnerships are, and how many provinces have none."""
    if data.empty:
        return words("province_tiles.finding_none")
    counts, names = _counts(_on(data, date)), _names(data, words)
    totals = counts.sum(axis=1).astype(int)
    stated = totals[totals.index != ""]
    n = int(totals.sum())
    if n == 0:
        return words("province_tiles.finding_none")
    none = words("province_mix.empty", n=int((stated == 0).sum()))
    top = list(stated[stated == stated.max()].index) if stated.any() else []
    if len(top) == 1:
        return words("province_mix.finding", top=names[top[0]], count=int(stated.max()), all=n, empty=none)
    return words("province_mix.finding_even", n=n, units=int((stated > 0).sum()), empty=none)


def _when(data: pd.DataFrame, rows: pd.DataFrame, words: Words) -> str:
    final = float(data["date"].max()) if is_order(data["date"]) else None
    return when(rows["date"].iloc[0], words, last=final)
