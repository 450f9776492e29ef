"""Shares over time by group, such as kinds of actors: a panel of stage lines for each, on the same axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, on_paper, write, write_foot
from lnlib.charts.curve_axes import legible, mm_at, numbers_below, share_axis, top_of
from lnlib.charts.share_lines import dash_of, draw_lines
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.time_axis import corner, draw_years, is_order, when
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("date", "stage", "count", "n", "share", "low", "high", "shown")
PANEL_MM = {"column": 33.0, "two-columns": 36.0}
LEAST_PANEL_MM = 30.0
BESIDE_MM = 1.0  # from the end of a line to its share


@dataclass(frozen=True)
class Group:
    """A group with its name and rows; `known` are those with a share."""

    key: str
    name: str
    rows: pd.DataFrame
    known: pd.DataFrame

    @property
    def n(self) -> int:
        """The most that were assessed on a date."""
        return int(self.rows["n"].max())


def draw(
    data: pd.DataFrame,
    *,
    sheet: Sheet,
    labels: dict[str, str],
    by: str,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the shares of `measures.shares`, a panel for each group with a share on two dates at least.

    Parameters
    ----------
    data : DataFrame
        Columns `date`, `stage` (ordered categorical), `count`, `n` (assessed), `share`, `low`, `high`, `shown` and that
        of `by`; one row a group, date and stage.
    by : str
        Column of the groups, such as `non_state_kind`.
    names : mapping, optional
        Names of the groups, in the order of the panels; by default those of the catalogue.

    Returns
    -------
    Figure
        Of a register that gives an order and no dates, the sentence that says so.
    """
    require_columns(data, [*COLUMNS, by], chart="share_panels")
    groups = _groups(data, by, names, sheet.words)
    panels = [group for group in groups if len(group.known)]
    if len(panels) < 2:  # nothing to compare
        sentence = finding(data, words=sheet.words, labels=labels, by=by, names=names)
        return empty_figure(sheet, sentence)
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    stages = [str(stage) for stage in data["stage"].cat.categories]
    entries = state_styles(stages, labels, sheet)
    key = [Entry(entries[stage].label, entries[stage].colour, dash=dash_of(stage, stages)) for stage in stages]
    left = sheet.text_mm(words.percent(1)) + 1.5
    under = [group.rows.drop_duplicates("date").sort_values("date") for group in panels]
    # in some scripts digits have widths of their own
    widest = max(sheet.text_mm(words.number(int(n))) for rows in under for n in rows["n"].unique())
    highest = str(data["stage"].cat.categories[-1])  # of three bands in a small panel none can be read
    beside = BESIDE_MM + max(sheet.text_mm(words.percent(_last(group, highest))) for group in panels) + 1.0
    across = min(len(panels), max(int((inner - left) // (LEAST_PANEL_MM + beside)), 1))
    down = int(np.ceil(len(panels) / across))
    wide = min((inner - left) / across - beside, 62.0)
    heads = [sheet.wrapped(group.name, wide, weight="bold") for group in panels]
    head, below = (max(map(len, heads)) + 0.5) * line, 2.6 * line
    height = head + sheet.of_width(PANEL_MM) + below
    notes = sheet.wrapped(_foot(groups, words), inner, role="note")
    foot, key_mm = len(notes) * sheet.line_mm("note"), sheet.key_mm(key, inner) + 1.5
    sheet.open(key_mm + down * height + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    sheet.key(page, key, y=page.get_ylim()[1] - 0.3, width_mm=inner)
    write_foot(page, notes, sheet)
    top = top_of(max(float(group.known[["share", "high"]].max().max()) for group in panels))
    first, last = data["date"].min(), data["date"].max()
    for place, (group, lines, n) in enumerate(zip(panels, heads, under, strict=True)):
        row, column = divmod(place, across)
        start = left + column * (wide + beside)
        bottom = foot + (down - 1 - row) * height + below
        ax = sheet.axes(left=start, right=inner - start - wide, bottom=bottom, top=key_mm + row * height + head)
        share_axis(ax, top, sheet, percent=column == 0)
        ax.set_xlim(*mdates.date2num([first, last]))
        draw_lines(ax, group.rows, sheet, labels=labels, bands=[highest])
        draw_years(ax, first, last, sheet, room_mm=wide)
        dates = list(mdates.date2num(n["date"].to_numpy()))
        numbers_below(ax, dates, list(n["n"]), 1.6, sheet, room_mm=wide, widest=widest)
        _write_last(ax, group, highest, entries[highest].colour, sheet)
        for number, text in enumerate(lines):
            up = ax.get_position().height * sheet.height_mm + (len(lines) - number - 0.2) * line
            write(ax, 0, up, text, sheet, weight="bold", transform=corner(ax, sheet))
    return sheet.figure


def _write_last(ax: Axes, group: Group, stage: str, colour: str, sheet: Sheet) -> None:
    """Write the last share of a stage beside the end of its line."""
    share, at = _last(group, stage), float(mdates.date2num(group.known["date"].max()))
    ax.plot([at], [share], "o", color=colour, markersize=2.6, clip_on=False, zorder=4, label="_last")
    write(ax, BESIDE_MM, 0, sheet.words.percent(share), sheet, color=legible(colour, sheet), zorder=5,
          path_effects=on_paper(sheet, width=1.8), transform=mm_at(ax, at, share, sheet))  # fmt: skip


def _groups(data: pd.DataFrame, by: str, names: Mapping[str, str] | None, words: Words) -> list[Group]:
    """Return the groups that have partnerships, in the order of their names."""
    if data.empty or is_order(data["date"]):
        return []
    called = dict(names or words.group(by.removeprefix("non_state_").removeprefix("state_")))
    parts = {str(key): rows for key, rows in data.groupby(by, observed=True)}
    order = [key for key in called if key in parts] + [key for key in parts if key not in called]
    result = []
    for key in order:
        rows = parts[key].sort_values(["date", "stage"])
        known = rows[rows["shown"] & rows["share"].notna()]
        several = len(known) and known["date"].min() < known["date"].max()
        if rows["n"].max() > 0:
            result.append(Group(key, str(called.get(key, key)), rows, known if several else known.iloc[:0]))
    return result


def _foot(groups: list[Group], words: Words) -> str:
    texts = [words("share_panels.foot")]
    few = [f"{group.name} ({words('n_label', n=group.n)})" for group in groups if not len(group.known)]
    if few:
        texts.append(words("share_panels.foot_few", groups=words.listed(few)))
    return " ".join(texts)


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    by: str,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return between which shares the groups lay at the highest stage, on the last date on which any has a share."""
    if len(data) and is_order(data["date"]):
        return words("undated")
    panels = [group for group in _groups(data, by, names, words) if len(group.known)]
    if not panels:
        return words("share_panels.finding_few")
    stage = str(data["stage"].cat.categories[-1])
    last = max(group.known["date"].max() for group in panels)
    ends = sorted((_last(group, stage), group.name) for group in panels if group.known["date"].max() == last)
    values = {"stage": labels.get(stage, stage), "when": when(last, words)}
    if len(ends) == 1:
        return words("share_panels.finding_one", name=ends[0][1], share=words.percent(ends[0][0]), **values)
    (low, lowest), (high, highest) = ends[0], ends[-1]
    shares = {"low": words.percent(low), "high": words.percent(high)}
    return words("share_panels.finding", lowest=lowest, highest=highest, **shares, **values)


def _last(group: Group, stage: str) -> float:
    """Return the last share of a group at a stage."""
    rows = group.known[group.known["stage"] == stage]
    return float(rows.sort_values("date")["share"].iloc[-1])


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    by: str,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return the long description: the finding, and the last shares of every group."""
    sentence = finding(data, words=words, labels=labels, by=by, names=names)
    panels = [group for group in _groups(data, by, names, words) if len(group.known)]
    if not panels:
        return sentence
    stages = [str(stage) for stage in data["stage"].cat.categories]
    points = []
    for group in panels:
        parts = [f"{labels.get(stage, stage)} {words.percent(_last(group, stage))}" for stage in stages]
        final = group.known.sort_values("date").iloc[-1]
        values = {"parts": words.listed(parts), "n": int(final["n"]), "when": when(final["date"], words)}
        key = "alt_point" if final["date"] == data["date"].max() else "alt_point_then"
        points.append(words(f"share_panels.{key}", name=group.name, **values))
    return words("share_panels.alt", finding=sentence, points="; ".join(points))
