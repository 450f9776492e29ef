"""Coverage calendar: who was assessed when and by whom, with the gaps in view."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.lettering import empty_figure, write, write_lines
from lnlib.charts.canvas.page import page_room, rows_that_fit
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.states import require_columns
from lnlib.charts.style.time_axis import below, draw_years, is_order, number, order_labels, when
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "rated_by", "count", "running")
RATERS = ("state", "non_state", "independent")  # ratings whose rater is not stated share the last strip
LABEL_MM = {"column": 28.0, "two-columns": 56.0}
STRIP_MM, GAP_MM, LEAD_MM = 1.15, 1.2, 0.6
STEPS = ((1, 0.35), (2, 0.65), (5, 1.0))


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], rows: str = "province") -> Figure:
    """Draw a row a province or partnership and a cell a period, with a strip a rater.

    A cell has a pale ground where a partnership was running, so that a period in which nobody was assessed is seen;
    a strip is the darker, the more assessments it stands for. Where there are more rows than a page holds, the first
    are drawn and the chart says how many are left to the table.

    Parameters
    ----------
    data : DataFrame
        Columns `unit` (a province, partnership, …), `label`, `date` (the last day of a period, or a number of an
        order), `rated_by` (`state`, `non_state`, `independent`, `unstated`; NA in a row that only says what was running), `count`
        (assessments), `running` (partnerships begun and not ended in the period; alike in all rows of a cell). Rows
        of the chart are in the order of the frame; a cell that is left out was not running.
    sheet : Sheet
    labels : dict of str to str
        What each stage is called; not used, charts share their signature.
    rows : str
        `province` or `partnership`: what the words call a row.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    """
    require_columns(data, COLUMNS, chart="calendar")
    if data.empty or not data["running"].any():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, rows=rows))
    words, inner = sheet.words, sheet.inner_mm
    cells = _cells_of(data)
    empty = {unit for unit, own in cells.items() if not any(running for running, _ in own.values())}
    names = {str(unit): str(label) for unit, label in zip(data["unit"], data["label"].fillna(""), strict=True)}
    kept, left_out = set_aside(names, empty, words)
    names = {unit: names[unit] for unit in kept}
    label_mm = min(max(sheet.text_mm(name) for name in names.values()) + 2.0, sheet.of_width(LABEL_MM))
    lines = {unit: sheet.wrapped(name or words("place_not_stated"), label_mm - 1.5) for unit, name in names.items()}
    tall = 3 * STRIP_MM
    above = sheet.narrow and any(len(text) > 2 for text in lines.values())
    if above:  # names that are long for a column of their own stand over their row
        label_mm = 0.0
        lines = {unit: sheet.wrapped(name or words("place_not_stated"), inner) for unit, name in names.items()}
    text_mm = {unit: len(text) * sheet.line_mm() for unit, text in lines.items()}
    heights = {
        unit: (mm + LEAD_MM + tall if above else max(tall, mm)) + GAP_MM * (1 + above) for unit, mm in text_mm.items()
    }
    key = _key(sheet)
    how = sheet.wrapped(words("calendar.strips"), inner)
    key_mm = sheet.key_mm(key, inner) + 0.6 + len(how) * sheet.line_mm() + 1.5
    axis_mm = 1.4 * sheet.line_mm()
    room = page_room(sheet) - key_mm - axis_mm - (3.5 + len(sheet.wrapped(left_out, inner))) * sheet.line_mm()
    drawn = list(heights)[: rows_that_fit(list(heights.values()), room)]
    n = int(data["count"].sum())
    said = words("n_assessments", n=n)
    if len(drawn) < len(names):
        said = words("calendar.more", n=len(names) - len(drawn), drawn=len(drawn), all=len(names))
    foot = [line for text in (said, left_out) if text for line in sheet.wrapped(text, inner)]
    foot_mm = axis_mm + len(foot) * sheet.line_mm() + 0.5
    body = sum(heights[unit] for unit in drawn)
    sheet.open(key_mm + sheet.line_mm() + body + foot_mm)
    bare = sheet.axes(left=0, right=0, bare=True)
    top = key_mm + sheet.line_mm() + body + foot_mm
    took = sheet.key(bare, key, y=top - 0.5, width_mm=inner)
    write_lines(bare, 0, top - took - 0.6, how, sheet, color=sheet.theme.faint)
    write_lines(bare, 0, len(foot) * sheet.line_mm(), foot, sheet, color=sheet.theme.faint)
    write(bare, inner, foot_mm + body + sheet.line_mm() * 0.6, words("n_row"), sheet, ha="right")
    n_mm = max(sheet.text_mm(f"{n:,}"), 3.0) + 1.5
    ax = sheet.axes(left=label_mm, right=n_mm, bottom=foot_mm, top=key_mm + sheet.line_mm())
    edges = _axis(ax, data, body, sheet, room=inner - label_mm - n_mm, grid=not above)
    y = body
    for unit in drawn:
        own = cells[unit]
        middle = y - text_mm[unit] - LEAD_MM - tall / 2 if above else y - heights[unit] / 2
        top = y if above else middle + text_mm[unit] / 2
        write_lines(bare, 0, foot_mm + top, lines[unit], sheet)
        if unit not in empty:
            _row(ax, own, middle + tall / 2, edges, sheet)
        else:
            # no line of a year runs through it
            ground = {"facecolor": sheet.theme.paper, "edgecolor": "none", "pad": 0.6}
            none = words("province_tiles.none")
            write(bare, label_mm, foot_mm + middle, none, sheet, color=sheet.theme.faint, bbox=ground)
        total = words.number(sum(sum(counts.values()) for _, counts in own.values()))
        write(bare, inner, foot_mm + middle, total, sheet, ha="right", color=sheet.theme.faint)
        y -= heights[unit]
    return sheet.figure


def _key(sheet: Sheet) -> list[Entry]:
    theme, words = sheet.theme, sheet.words
    key = [Entry(words("calendar.unseen"), theme.not_assessed)]
    bounds = [least for least, _ in STEPS]
    for i, (least, depth) in enumerate(STEPS):
        most = bounds[i + 1] - 1 if i + 1 < len(bounds) else None
        if most is None:
            label = words("calendar.or_more", n=least)
        else:
            label = words.number(least) if most == least else f"{words.number(least)}–{words.number(most)}"
        key.append(Entry(label, _shade(depth, sheet)))
    return key


def _shade(depth: float, sheet: Sheet) -> str:
    """Mix the ink with the ground of a cell."""
    ink, ground = np.array(to_rgb(sheet.theme.ink)), np.array(to_rgb(sheet.theme.not_assessed))
    return to_hex((ground + (ink - ground) * depth).tolist())


def _axis(
    ax: Axes, data: pd.DataFrame, body: float, sheet: Sheet, *, room: float, grid: bool
) -> dict[float, tuple[float, float]]:
    """Set the axes up; give where each period begins and ends, by its date."""
    ends = np.unique(number(data["date"]))
    ax.set_ylim(0, body)
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    if is_order(data["date"]):
        ax.set_xlim(ends[0] - 1, ends[-1])
        ax.set_xticks([])
        for place, text in zip(ends, order_labels(list(ends), sheet), strict=True):
            middle = place - 0.5
            write(ax, middle, -0.6 * sheet.line_mm(), text, sheet, ha="center", transform=below(ax, sheet))
        return {end: (end - 1, end) for end in ends}
    closed = ends + 1  # a period lasts to the end of its last day
    first = np.diff(closed).max() if len(closed) > 1 else 91.0
    starts = np.r_[closed[0] - first, closed[:-1]]
    ax.set_xlim(starts[0], closed[-1])
    begin = pd.Timestamp(mdates.num2date(starts[0])).tz_localize(None).normalize()
    draw_years(ax, begin, pd.Timestamp(data["date"].max()), sheet, room_mm=room)
    if grid:
        ax.grid(axis="x")
    ax.set_axisbelow(True)
    return dict(zip(ends, zip(starts, closed, strict=True), strict=True))


Cells = dict[float, tuple[int, dict[str, int]]]


def _cells_of(data: pd.DataFrame) -> dict[str, Cells]:
    """Give by unit and end of period how many were running, and the assessments of each rater."""
    found: dict[str, Cells] = {}
    columns = (data["unit"].astype(str), number(data["date"]), data["rated_by"], data["count"], data["running"])
    for unit, end, rater, count, running in zip(*columns, strict=True):
        cell = found.setdefault(unit, {}).setdefault(end, (int(running), dict.fromkeys(RATERS, 0)))
        if count:
            cell[1][str(rater) if rater in RATERS else RATERS[-1]] += int(count)
    return found


def _row(ax: Axes, cells: Cells, top: float, edges: dict[float, tuple[float, float]], sheet: Sheet) -> None:
    for end, (running, counts) in cells.items():
        if not running and not any(counts.values()):
            continue
        left, right = edges[end]
        width = (right - left) * 0.88
        left += (right - left) * 0.06
        style: dict[str, Any] = {"edgecolor": sheet.theme.rule, "linewidth": 0.3}
        corner = (left, top - 3 * STRIP_MM)
        ax.add_patch(Rectangle(corner, width, 3 * STRIP_MM, facecolor=sheet.theme.not_assessed, **style))
        for i, count in enumerate(counts.values()):
            if count:
                depth = max(deep for least, deep in STEPS if count >= least)
                low = top - (i + 1) * STRIP_MM
                ax.add_patch(Rectangle((left, low), width, STRIP_MM, facecolor=_shade(depth, sheet), linewidth=0))


def _gaps(data: pd.DataFrame) -> pd.DataFrame:
    """Give a row a cell that was running: assessments in it."""
    cells = data.assign(unit=data["unit"].astype(str)).pivot_table(
        index=["unit", "date"], values=["count", "running"], aggfunc={"count": "sum", "running": "max"}, sort=False
    )
    return cells[cells["running"] > 0]


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], rows: str = "province") -> str:  # noqa: ARG001
    """Say in how many running cells nobody was assessed."""
    cells = _gaps(data) if len(data) else data
    if cells.empty:
        return words("paths.finding_none")
    gaps = int((cells["count"] == 0).sum())
    which = "order" if is_order(data["date"]) else rows
    return words(f"calendar.{'finding' if gaps else 'seen'}_{which}", gaps=gaps, n=len(cells))


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], rows: str = "province") -> str:
    """Say what the calendar shows, with its finding, the raters, and each row's assessments and gaps."""
    cells = _gaps(data) if len(data) else data
    if cells.empty:
        return finding(data, words=words, labels=labels, rows=rows)
    last = float(data["date"].max()) if is_order(data["date"]) else None
    span = {
        name: when(time, words, last=last) for name, time in (("from", data["date"].min()), ("to", data["date"].max()))
    }
    by = [
        words(
            "calendar.by",
            rater=words(f"calendar.raters.{rater}"),
            n=int(data.loc[data["rated_by"].replace("unstated", RATERS[-1]) == rater, "count"].sum()),
        )
        for rater in RATERS
    ]
    names = {str(unit): str(label) for unit, label in zip(data["unit"], data["label"].fillna(""), strict=True)}
    point = "calendar.point" if last is None else "calendar.point_order"
    points = []
    for unit, label in names.items():
        own = cells[cells.index.get_level_values("unit") == unit]
        if len(own):
            values = {"gaps": int((own["count"] == 0).sum()), "n": len(own)}
            counted = words("n_assessments", n=int(own["count"].sum()))
            points.append(words(point, label=label or words("place_not_stated"), assessments=counted, **values))
    said = finding(data, words=words, labels=labels, rows=rows)
    return words("calendar.alt", **span, finding=said, raters=words.listed(by), points=" ".join(points))
