"""Provinces side by side: a bar of counts each, by stage on one date, in official order and never ranked."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, on_paper, write, write_lines
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.labelled_rows import LabelledRows
from lnlib.charts.style.states import including, require_columns, state_styles, swatch_style
from lnlib.charts.style.time_axis import is_order, on_last_date, when
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "stage", "count", "n_not_assessed", "n_ended", "n_known")
LABEL_MM = {"column": 28.0, "two-columns": 46.0}
BAR_MM = 3.2


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw the counts of `measures.shares` by province on the last date, with n at the right.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label` (empty: place not stated), `date`, `stage` (ordered categorical), `count`,
        `n_not_assessed`, `n_ended`, `n_known`; rows in the order of the provinces.
    """
    require_columns(data, COLUMNS, chart="province_mix")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    counts, names = _counts(on_last_date(data).drop_duplicates(["unit", "stage"])), _names(data, sheet.words)
    empty = counts.index[counts.sum(axis=1) == 0]
    kept, left_out = set_aside({unit: names[unit] for unit in counts.index}, empty, sheet.words)
    counts, names = counts.loc[kept], {unit: names[unit] for unit in kept}
    entries = state_styles([str(stage) for stage in data["stage"].cat.categories], labels, sheet)
    present = [state for state in entries if counts[state].any()]
    key, inner, words, line = [entries[state] for state in present], sheet.inner_mm, sheet.words, sheet.line_mm()
    key_mm = sheet.key_mm(key, inner) + 1.0
    rows = LabelledRows.of(names, sheet, most_mm=sheet.of_width(LABEL_MM), least_mm=BAR_MM)
    some = {state: state in present for state in ("not_assessed", "ended")}
    n_note = words("province_mix.foot", including=including(words, **some))
    notes = sheet.wrapped(" ".join(filter(None, [n_note, left_out])), inner, role="note")
    foot = 0.5 + len(notes) * sheet.line_mm("note")
    sheet.open(key_mm + line + rows.body_mm + foot)
    page = sheet.axes(left=0, right=0, bottom=foot, bare=True)
    sheet.key(page, key, y=rows.body_mm + line + key_mm - 0.5, width_mm=inner)
    write(page, inner, rows.body_mm + 0.5 * line, words("n_row"), sheet, ha="right")
    totals = counts.sum(axis=1).astype(int)
    none = set(totals.index[totals == 0])
    rows.write(page, sheet, numbers={str(unit): words.number(int(n)) for unit, n in totals.items()}, faint=none)
    n_mm = sheet.text_mm(words.number(int(totals.max()))) + 2.0
    ax = sheet.axes(left=rows.label_mm, right=n_mm, bottom=foot, top=key_mm + line)
    ax.set(xlim=(0, max(totals.max(), 1)), ylim=(0, rows.body_mm), xticks=[], yticks=[])
    ax.spines["bottom"].set_visible(False)
    per = (inner - rows.label_mm - n_mm) / max(totals.max(), 1)
    middles = dict(rows.middles())
    _bars(ax, counts[present], middles, per, entries, sheet)
    for unit in none:
        write(ax, 0, middles[unit], words("province_tiles.none"), sheet, color=sheet.theme.faint)
    under = sheet.axes(left=0, right=0, bare=True)
    write_lines(under, 0, foot - 0.5, notes, sheet, role="note", color=sheet.theme.faint)
    return sheet.figure


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per province and a column per state; those without a stated place last, if there are any."""
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


def _bars(
    ax: Axes, counts: pd.DataFrame, middles: dict[str, float], per: float, entries: dict[str, Entry], sheet: Sheet
) -> None:
    """Draw the bars, a state after the other, with each count that has room in its part."""
    starts = counts.cumsum(axis=1) - counts
    for state in map(str, counts):
        entry, values = entries[state], counts[state][counts[state] > 0]
        y, left = [middles[unit] for unit in values.index], starts[state][values.index]
        style = swatch_style(entry, sheet)
        ax.barh(y, values, left=left, height=BAR_MM, label=state, clip_on=False, **style)
        # a number on hatching is read only on a ground of its own
        ground = on_paper(sheet, width=2.4) if entry.hatch else None
        for start, middle, count in zip(left, y, values, strict=True):
            text = sheet.words.number(int(count))
            if count * per > sheet.text_mm(text) + 1.0:
                write(ax, start + count / 2, middle, text, sheet, ha="center", color=sheet.theme.over(entry.colour),
                      path_effects=ground)  # fmt: skip


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Describe the chart, with its finding and the counts of every province."""
    if data.empty:
        return finding(data, words=words, labels=labels)
    rows = on_last_date(data).drop_duplicates(["unit", "stage"])
    counts, names = _counts(rows), _names(data, words)
    sentences = []
    for unit in counts.index:
        here = counts.loc[unit]
        if not here.sum():
            continue
        stages = [str(stage) for stage in data["stage"].cat.categories]
        parts = [f"{labels.get(stage, stage)} {words.number(int(here[stage]))}" for stage in stages]
        rest = {"not_assessed": int(here["not_assessed"]), "ended": int(here["ended"])}
        sentences.append(
            words("province_tiles.point", label=names[unit], parts=words("marks.list").join(parts), **rest)
        )
    empty = [names[unit] for unit in counts.index if not counts.loc[unit].sum()]
    sentences += [words("province_tiles.point_none", labels=words.listed(empty))] if empty else []
    sentence = finding(data, words=words, labels=labels)
    return words("province_mix.alt", when=_when(data, rows, words), finding=sentence, points=" ".join(sentences))


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:  # noqa: ARG001 - as every chart's
    """State where most partnerships are, and how many provinces have none."""
    if data.empty:
        return words("province_tiles.finding_none")
    counts, names = _counts(on_last_date(data).drop_duplicates(["unit", "stage"])), _names(data, words)
    totals = counts.sum(axis=1).astype(int)
    stated = totals[totals.index != ""]
    n = int(totals.sum())
    if n == 0:
        return words("province_tiles.finding_none")
    unstated, units = n - int(stated.sum()), int((stated > 0).sum())
    none = words("province_mix.empty", n=int((stated == 0).sum()))
    top = list(stated[stated == stated.max()].index) if stated.any() else []
    if unstated:
        # those without a stated place could lie elsewhere: no province has the most if they could overturn it
        ahead = len(top) == 1 and stated.max() > stated.drop(top).max() + unstated if len(stated) > 1 else len(top) == 1
        one = {"top": names[top[0]], "count": int(stated.max())} if ahead else {}
        key = f"province_mix.finding{'' if one else '_even'}_unstated"
        return words(key, n=unstated, all=n, stated=n - unstated, units=units, **one)
    if len(top) == 1:
        return words("province_mix.finding", top=names[top[0]], count=int(stated.max()), all=n, empty=none)
    return words("province_mix.finding_even", n=n, units=units, empty=none)


def _when(data: pd.DataFrame, rows: pd.DataFrame, words: Words) -> str:
    final = float(data["date"].max()) if is_order(data["date"]) else None
    return when(rows["date"].iloc[0], words, last=final)
