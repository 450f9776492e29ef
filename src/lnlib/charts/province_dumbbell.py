"""Province dumbbell: counts on the first date and on the last, and the pooled share of each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.labelled_rows import LabelledRows
from lnlib.charts.style.states import at_or_above, require_columns
from lnlib.charts.style.time_axis import is_order, when
from lnlib.errors import ValueNotAllowed
from lnlib.words import Words

COLUMNS = (
    "unit",
    "label",
    "date",
    "count",
    "n",
    "n_known",
    "pooled",
    "pooled_low",
    "pooled_high",
)
LABEL_MM = {"column": 29.0, "two-columns": 46.0}
APART_MM = 0.75
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
ROW_MM = 3.0


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], value: str = "") -> Figure:
    """Draw the counts of each province on the first and the last date, and its pooled shares beside them.

    Few provinces have enough partnerships for a share of their own, so every one has its counts in words. A province in
    which nobody was assessed has no mark at all.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label`, `date`, `count`, `n`, `n_known`, `pooled`, `pooled_low`, `pooled_high` (0 to 1); one row a
        unit and date, in the order of the provinces.
    value : str
        The stage at which, or above, the share stands; for the words.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        The frame lacks a column, or has two rows of one unit and date.
    """
    require_columns(data, COLUMNS, chart="province_dumbbell")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, value=value))
    words, inner = sheet.words, sheet.inner_mm
    found = {str(place): row for place, row in enumerate(pairs(data, words))}
    empty = {place for place, row in found.items() if not row.known}
    kept, left_out = set_aside({place: row.label for place, row in found.items()}, empty, words)
    first, last = _ends(data, words, alone=True)
    key = [Entry(first, mark="○"), Entry(last, mark="●")]
    key_mm = sheet.key_mm(key, inner) + 1.5
    labelled = {place: found[place].label for place in kept}
    laid = LabelledRows.of(labelled, sheet, most_mm=sheet.of_width(LABEL_MM), least_mm=ROW_MM)
    counts = {place: found[place].counted(words) for place in kept}
    titles = [words(f"province_dumbbell.{name}") for name in ("counts", "pooled")]
    counts_mm = max(*map(sheet.text_mm, counts.values()), sheet.text_mm(titles[0], weight="bold")) + 4.5
    note = sheet.wrapped(" ".join(filter(None, [words("province_dumbbell.foot"), left_out])), inner, role="note")
    foot, head = len(note) * sheet.line_mm("note") + 1.5 * sheet.line_mm(), sheet.line_mm() + 1.0
    sheet.open(key_mm + head + laid.body_mm + foot)
    page = sheet.axes(left=0, right=0, bottom=foot, bare=True)
    page.set_zorder(1)  # its words lie over the lines of the panel
    sheet.key(page, key, y=laid.body_mm + head + key_mm - 0.5, width_mm=inner)
    left, right = laid.label_mm + counts_mm, sheet.text_mm(words.percent(1)) / 2
    ax = sheet.axes(left=left, right=right, bottom=foot, top=key_mm + head)
    for at, title in zip((laid.label_mm, left), titles, strict=True):
        write(page, at, laid.body_mm + head / 2, title, sheet, weight="bold")
    _axis(ax, laid.body_mm, sheet)
    laid.write(page, sheet)
    for place, middle in laid.middles():
        half = laid.heights[place] / 2
        ax.vlines(TICKS, middle - half, middle + half, color=sheet.theme.rule, linewidth=0.4, zorder=1, label="grid")
        write(page, laid.label_mm, middle, counts[place], sheet, color=sheet.theme.faint)
        _marks(ax, found[place].pooled, middle, sheet)
    under = sheet.axes(left=0, right=0, bare=True)
    write_foot(under, note, sheet)
    return sheet.figure


@dataclass(frozen=True)
class Pair:
    """A province on the two dates: (count, n) on each, and the pooled (share, low, high), None where unknown."""

    label: str
    stated: bool
    known: bool
    first: tuple[int, int]
    last: tuple[int, int]
    pooled: list[tuple[float, float, float] | None]

    def counted(self, words: Words) -> str:
        """Write the counts on both dates."""
        if not self.known:
            return words("province_tiles.none")
        if not self.first[1] and not self.last[1]:
            return words("province_tiles.not_assessed")
        points = [
            words("province_tiles.of", count=count, n=n) if n else words("province_dumbbell.nobody")
            for count, n in (self.first, self.last)
        ]
        return " → ".join(points)


def pairs(data: pd.DataFrame, words: Words) -> list[Pair]:
    """Return each province's first and last date."""
    twice = data.duplicated(["unit", "date"])
    if twice.any():
        row = data[twice].iloc[0]
        raise ValueNotAllowed(
            f"chart province_dumbbell needs one row a unit and date, but unit '{row['unit']}' has more on {row['date']}"
        )
    days = data["date"].min(), data["date"].max()
    units: dict[str, list[Any]] = {}
    on_dates = data.rename(columns={"count": "reached"}).itertuples(index=False)
    for unit, on_date in zip(data["unit"].astype(str), on_dates, strict=True):
        units.setdefault(unit, []).append(on_date)
    result = []
    for unit, rows in units.items():
        ends = [next((end for end in rows if end.date == day), None) for day in days]
        counts = [(int(end.reached), int(end.n)) if end is not None else (0, 0) for end in ends]
        pooled = [
            (float(end.pooled), float(end.pooled_low), float(end.pooled_high))
            if end is not None and int(end.n)
            else None
            for end in ends
        ]
        label = "" if pd.isna(rows[0].label) else str(rows[0].label)
        known = any(end.n_known for end in rows)
        result.append(Pair(label or words("place_not_stated"), bool(unit), known, counts[0], counts[1], pooled))
    return result


def _axis(ax: Axes, body: float, sheet: Sheet) -> None:
    ax.set(xlim=(0, 1), ylim=(0, body), yticks=[], xticks=TICKS)
    ax.xaxis.set_major_formatter(lambda share, _: sheet.words.percent(share))
    ax.tick_params(axis="x", length=0, pad=2)
    ax.spines["bottom"].set_visible(False)


def _marks(ax: Axes, ends: list[tuple[float, float, float] | None], y: float, sheet: Sheet) -> None:
    """Draw the share of each date with its interval, the first a little above the last, and a level line between them."""
    ink, places = sheet.theme.ink, (y + APART_MM, y - APART_MM)
    if ends[0] and ends[1]:
        ax.plot([ends[0][0], ends[1][0]], [y, y], color=sheet.theme.accent, linewidth=1.4, clip_on=False)
    for end, at, fill in zip(ends, places, (sheet.theme.paper, ink), strict=True):
        if end:
            share, low, high = end
            ax.errorbar(
                share, at, xerr=[[max(share - low, 0)], [max(high - share, 0)]], fmt="o", color=ink, markersize=3.4,
                markerfacecolor=fill, mew=0.7, ecolor=sheet.theme.faint, elinewidth=0.8, clip_on=False,
            )  # fmt: skip


def _ends(data: pd.DataFrame, words: Words, *, alone: bool = False) -> tuple[str, str]:
    last = data["date"].max()
    final = float(last) if is_order(data["date"]) else None
    first, end = (when(time, words, last=final, alone=alone) for time in (data["date"].min(), last))
    return first, end


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str = "") -> str:
    """State in how many provinces the pooled share rose, and in how many its intervals do not overlap."""
    rows = pairs(data, words) if len(data) else []
    known = [row.pooled for row in rows if row.stated and row.pooled[0] and row.pooled[1]]
    if not known:
        return words("province_dumbbell.finding_none")
    rose = [ends for ends in known if ends[0] and ends[1] and ends[1][0] > ends[0][0]]
    apart = sum(bool(ends[0] and ends[1] and ends[1][1] > ends[0][2]) for ends in rose)
    first, last = _ends(data, words)
    share = words("province_dumbbell.share_at", reached=at_or_above(value, labels, words)) if value else ""
    return words(
        "province_dumbbell.finding",
        **{"from": first, "to": last},
        share=share,
        up=len(rose) or words("paths.none_of"),
        n=len(known),
        apart=words("province_dumbbell.apart", n=apart),
    )


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str = "") -> str:
    """Describe the chart, with its finding and the numbers of every province."""
    if data.empty:
        return finding(data, words=words, labels=labels, value=value)
    points = []
    for row in pairs(data, words):
        pooled = " → ".join(words.percent(end[0]) if end else words("province_dumbbell.nobody") for end in row.pooled)
        key = "alt_point" if any(row.pooled) else "alt_point_none"
        points.append(words(f"province_dumbbell.{key}", label=row.label, counts=row.counted(words), pooled=pooled))
    sentence = finding(data, words=words, labels=labels, value=value)
    return words("province_dumbbell.alt", finding=sentence, points=" ".join(points))
