"""Specification curve: how far a result depends on the choices behind it, every combination side by side."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot, write_lines
from lnlib.charts.style.states import require_columns
from lnlib.charts.style.time_axis import corner
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("label", "unit", "estimate", "low", "high", "n", "never", "chosen")
CHOICES = ("placed", "carried", "rater", "evidence")
PANEL_MM = {"column": 27.0, "two-columns": 30.0}
LABEL_MM = {"column": 0.0, "two-columns": 54.0}
TICKS_MM = 10.0  # what the numbers of an axis take beside a panel
SHARE = "share"


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw a panel for each result, and under them which choices each combination has.

    The combinations stand in the order of the first result, alike in all panels; that of the edition is marked.

    Parameters
    ----------
    data : DataFrame
        Columns `label` (the result), `unit` (`share`, or another that is a plain number), `estimate` (NaN where a
        combination has none), `low`, `high` (NaN where open), `n`, `never` (whether the estimate is beyond all that was
        observed, and not too few: drawn as a triangle at the top), `chosen` (the edition's own combination), and a column
        for each choice (`placed`, `carried`, `rater`, `evidence`); one row a result and combination. An interval without
        an upper limit ends in an arrow.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis.
    """
    require_columns(data, [*COLUMNS, *CHOICES], chart="specification_curve")
    known = _known(data)
    if known.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    places = _places(known)
    levels = [(choice, level) for choice in CHOICES for level in _levels(data[choice])]
    names = [_level(choice, level, words) for choice, level in levels]
    outcomes = list(dict.fromkeys(known["label"].astype(str)))
    parts = {outcome: known[known["label"].astype(str) == outcome] for outcome in outcomes}
    left = max(sheet.of_width(LABEL_MM), *(sheet.text_mm(name) + 2.0 for name in names))
    right = max(sheet.text_mm(text) for rows in parts.values() for text in _values(rows, words)) + 2.5
    # the name of a result stands over its panel where there is no room beside it
    heads = [
        sheet.wrapped(_head(parts[outcome], words), inner if sheet.narrow else left - TICKS_MM, weight="bold")
        for outcome in outcomes
    ]
    row_mm, gap = (1.0 if sheet.narrow else 1.15) * line, 0.5 * line
    matrix = len(levels) * row_mm + (len(CHOICES) - 1) * gap
    texts = [words("specification_curve.foot", n=len(places))]
    texts += [words("specification_curve.foot_open")] if _is_open(known).any() else []
    notes = sheet.wrapped(" ".join(texts), inner, role="note")
    foot = (len(notes) + 0.4) * sheet.line_mm("note")
    over = [len(lines) * line if sheet.narrow else 0.0 for lines in heads]
    panels = [
        up + max(sheet.of_width(PANEL_MM), 0.0 if sheet.narrow else (len(lines) + 0.4) * line) + line
        for up, lines in zip(over, heads, strict=True)
    ]
    sheet.open(sum(panels) + matrix + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    write_foot(page, notes, sheet)
    top = 0.0
    for outcome, lines, up, height in zip(outcomes, heads, over, panels, strict=True):
        write_lines(page, 0, page.get_ylim()[1] - top, lines, sheet, weight="bold")
        bottom = sum(panels) + matrix + foot - top - height + line
        ax = sheet.axes(left=left, right=right, bottom=bottom, top=top + up + 0.5)
        _curve(ax, parts[outcome], places, sheet)
        top += height
    ax = sheet.axes(left=left, right=right, bottom=foot, top=sum(panels))
    _matrix(ax, known, places, levels, names, sheet, row_mm=row_mm, gap=gap)
    return sheet.figure


def _known(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a result: an estimate, or one beyond all that was observed."""
    return data[data["estimate"].notna() | data["never"].astype(bool)]


def _is_open(rows: pd.DataFrame) -> pd.Series:
    """Return whether a result, or its interval, has no upper end."""
    return rows["never"].astype(bool) | (rows["low"].notna() & rows["high"].isna())


def _head(rows: pd.DataFrame, words: Words) -> str:
    """Return the name of a result with how many partnerships its combinations rest on."""
    label, least, most = str(rows["label"].iloc[0]), int(rows["n"].min()), int(rows["n"].max())
    if least == most:
        return words("specification_curve.head_one", label=label, n=most)
    return words("specification_curve.head", label=label, least=least, most=most)


def _places(known: pd.DataFrame) -> dict[tuple[Hashable, ...], int]:
    """Return the place of each combination: in the order of the first result, those without it last."""
    first = known[known["label"] == known["label"].iloc[0]].sort_values("estimate", kind="stable")
    result = [*_combinations(first), *_combinations(known)]
    return {combination: place for place, combination in enumerate(dict.fromkeys(result))}


def _combinations(rows: pd.DataFrame) -> list[tuple[Hashable, ...]]:
    return list(rows[list(CHOICES)].itertuples(index=False, name=None))


def _levels(column: pd.Series) -> list[Hashable]:
    """Return the levels of a choice: numbers in order, words in the order in which they come."""
    result = list(dict.fromkeys(column))
    return sorted(result) if pd.api.types.is_numeric_dtype(column) else result


def _level(choice: str, level: Hashable, words: Words) -> str:
    """Return what a level is called; one that the catalogue does not know, as it is."""
    if isinstance(level, int | float) and not isinstance(level, bool):
        if np.isinf(level):
            return words("specification_curve.always")
        return words("specification_curve.months", n=int(level))
    return words.group(f"level_{choice}").get(str(level), str(level))


def _value(row: pd.Series, words: Words) -> str:
    if row["never"]:
        return words("specification_curve.never")
    value = float(row["estimate"])
    return words.percent(value) if row["unit"] == SHARE else words.number(value, decimals=1)


def _values(rows: pd.DataFrame, words: Words) -> list[str]:
    return [_value(row, words) for _, row in rows[rows["chosen"].astype(bool)].iterrows()] or [""]


def _curve(ax: Axes, rows: pd.DataFrame, places: dict[tuple[Hashable, ...], int], sheet: Sheet) -> None:
    """Draw the estimates of one result with their intervals, and that of the edition over them with its value."""
    at = np.array([places[combination] for combination in _combinations(rows)], dtype=float)
    chosen, theme, words = rows["chosen"].to_numpy(dtype=bool), sheet.theme, sheet.words
    never, open_ended = rows["never"].to_numpy(dtype=bool), _is_open(rows).to_numpy()
    limits = (rows["low"].notna() & rows["high"].notna()).to_numpy()
    ax.vlines(at[limits], rows.loc[limits, "low"], rows.loc[limits, "high"], color=theme.rule, linewidth=0.7, zorder=2)
    ax.plot(at[~chosen & ~never], rows.loc[~chosen & ~never, "estimate"], "o", markersize=2.0, color=theme.stages[-1],
            zorder=3, label="estimates")  # fmt: skip
    if open_ended.any():  # a line up to the top, and a mark there
        known = rows[["estimate", "low", "high"]].to_numpy(dtype=float)
        top = np.nanmax(known) + 0.15 * (np.nanmax(known) - np.nanmin(known)) if np.isfinite(known).any() else 1.0
        below = open_ended & rows["low"].notna().to_numpy()
        ax.vlines(at[below], rows.loc[below, "low"], top, color=theme.rule, linewidth=0.7, zorder=2, label="_open")
        for which, colour, size, name in (
            (open_ended & ~never, theme.faint, 2.4, "open"),
            (never & ~chosen, theme.stages[-1], 3.0, "never"),
        ):
            ax.plot(at[which], np.full(which.sum(), top), "^", markersize=size, color=colour, zorder=3, label=name)
        rows = rows.assign(estimate=rows["estimate"].where(~never, top))
    unit = str(rows["unit"].iloc[0])
    ax.set_xlim(-0.8, len(places) - 0.2)
    ax.set_xticks([])
    ax.margins(y=0.08)
    low, high = ax.get_ylim()
    ticks = [tick for tick in MaxNLocator(nbins=3, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    decimals = 0 if all(tick == round(tick) for tick in ticks) else 1
    ax.set_yticks(
        ticks,
        labels=[words.percent(tick) if unit == SHARE else words.number(tick, decimals=decimals) for tick in ticks],
    )
    ax.set_ylim(low, high)
    ax.grid(axis="y")
    for x, (_, row) in zip(at[chosen], rows[chosen].iterrows(), strict=True):
        y = float(row["estimate"])
        ax.plot([x], [y], "D", markersize=4.2, color=theme.accent, zorder=5, label="chosen", clip_on=False)
        ax.plot([x, len(places) - 0.2], [y, y], color=theme.accent, linewidth=0.6, zorder=4, label="_chosen")
        beside = 1 + 1.0 / (ax.get_position().width * sheet.width_mm)
        write(ax, beside, y, _value(row, words), sheet, color=theme.accent, transform=ax.get_yaxis_transform())


def _matrix(  # noqa: PLR0913 - what one part of the chart is drawn from
    ax: Axes,
    known: pd.DataFrame,
    places: dict[tuple[Hashable, ...], int],
    levels: list[tuple[str, Hashable]],
    names: list[str],
    sheet: Sheet,
    *,
    row_mm: float,
    gap: float,
) -> None:
    """Draw a row for each level of a choice, with a tick for every combination that has it."""
    ax.set_axis_off()
    height = ax.get_position().height * sheet.height_mm
    ax.set(xlim=(-0.8, len(places) - 0.2), ylim=(0, height))
    chosen = set(_combinations(known[known["chosen"].astype(bool)]))
    y, before = height, levels[0][0]
    for (choice, level), name in zip(levels, names, strict=True):
        y -= gap if choice != before else 0.0
        before, middle, column = choice, y - row_mm / 2, CHOICES.index(choice)
        for own, colour, width in ((False, sheet.theme.faint, 0.7), (True, sheet.theme.accent, 1.4)):
            xs = [place for key, place in places.items() if key[column] == level and (key in chosen) == own]
            if xs:
                ax.vlines(xs, middle - 0.36 * row_mm, middle + 0.36 * row_mm, color=colour, linewidth=width,
                          label=f"{choice} {level}", clip_on=False)  # fmt: skip
        used = any(key[column] == level for key in chosen)
        ink, weight = (sheet.theme.accent, "bold") if used else (sheet.theme.ink, "normal")
        left = -ax.get_position().x0 * sheet.width_mm + 1.2
        share = left / (ax.get_position().width * sheet.width_mm)
        write(ax, share, middle, name, sheet, color=ink, weight=weight, transform=corner(ax, sheet))
        y -= row_mm


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as of every chart
) -> str:
    """Return between which values the first result lies, and what the edition's own choices give."""
    known = _known(data)
    if known.empty:
        return words("specification_curve.finding_few")
    rows = known[known["label"] == known["label"].iloc[0]]
    return words("specification_curve.finding", n=len(_places(rows)), **_range(rows, words))


def _range(rows: pd.DataFrame, words: Words) -> dict[str, str]:
    ends, never = rows.sort_values("estimate", kind="stable"), int(rows["never"].sum())  # without an estimate last
    chosen = _values(rows, words)[0]
    high = words("specification_curve.never_of", n=never, all=len(rows)) if never else _value(ends.iloc[-1], words)
    return {
        "label": _head(rows, words),
        "low": _value(ends.iloc[0], words),
        "high": high,
        "chosen": chosen or "–",
    }


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the range of every result."""
    known = _known(data)
    sentence = finding(data, words=words, labels=labels)
    if known.empty:
        return sentence
    parts = [
        words("specification_curve.alt_point", **_range(known[known["label"] == label], words))
        for label in dict.fromkeys(known["label"])
    ]
    return words("specification_curve.alt", n=len(_places(known)), finding=sentence, points="; ".join(parts))
