"""Coverage calendar: how many assessments in each period, with the gaps in view."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from lnlib.charts.canvas.fast_axes import Box
from lnlib.charts.canvas.page_rows import page_room
from lnlib.charts.canvas.sheet import EDGE, Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.style.empty_rows import set_aside
from lnlib.charts.style.labelled_rows import LabelledRows, without_place
from lnlib.charts.style.states import require_columns
from lnlib.charts.style.time_axis import is_order, order_labels, when
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "rated_by", "count", "running")
RATERS = ("state", "non_state", "independent")  # ratings whose rater is not stated count with the last
LABEL_MM = {"column": 38.0, "two-columns": 82.0}
CELL_MM = 3.4
INSET_MM = 0.3  # of an outline in its cell
CLASSES = (0, 1, 3, 6)  # the least number of assessments of each shade
YEAR_GAP_MM = 0.8  # at least, between two years
PERIODS = {1: "month", 3: "quarter", 6: "half", 12: "year"}  # by months


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], rows: str = "province") -> Figure:
    """Draw a row a province or partnership and a cell a period, shaded by its assessments, with their number where it fits.

    A period in which a partnership was running and none was assessed is an outline; one in which none was running is
    blank. Where there are more rows than a page holds, the first are drawn and the chart says how many are
    left to the table.

    Parameters
    ----------
    data : DataFrame
        Columns `unit` (a province, partnership, …), `label`, `date` (the last day of a period, or a number of an
        order), `rated_by` (`state`, `non_state`, `independent`, `unstated`; NA in a row that only tells what was
        running), `count` (assessments), `running` (partnerships begun and not ended in the period; alike in all rows of
        a cell). Rows of the chart are in the order of the frame; a cell that is left out was not running.
    labels : dict of str to str
        Label of each stage; not used, charts share their signature.
    rows : str
        `province` or `partnership`: what the words call a row.
    """
    require_columns(data, COLUMNS, chart="calendar")
    if data.empty or not data["running"].any():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, rows=rows))
    words, inner, line = sheet.words, sheet.inner_mm, sheet.line_mm()
    counts = _counts(data)
    empty = set(counts.index[counts.isna().all(axis=1)])
    names = {str(unit): str(label) for unit, label in zip(data["unit"], data["label"].fillna(""), strict=True)}
    kept, left_out = set_aside(names, empty, words)
    shown = without_place({unit: names[unit] or words("place_not_stated") for unit in kept}, sheet.heading.places)
    laid = LabelledRows.of(shown, sheet, most_mm=sheet.of_width(LABEL_MM), least_mm=CELL_MM, alike=True)
    axis_mm = 1.5 * line
    totals = counts.sum(axis=1)
    n_mm = max(sheet.text_mm(words.number(int(total))) for total in totals) + 2.0
    numbered = _fits(counts, sheet, room=inner - laid.label_mm - n_mm)
    notes = [words("calendar.foot_numbers") if numbered else "", words("calendar.foot"), left_out]
    some = sheet.wrapped(" ".join(filter(None, notes)), inner, role="note")
    key = _key(sheet)
    key_mm = sheet.key_mm(key, inner) + 1.0
    room = page_room(sheet) - axis_mm - line - key_mm - (len(some) + 2) * sheet.line_mm("note")
    drawn = laid.within(room)
    if len(drawn.lines) < len(kept):
        more = words("calendar.foot_more", n=len(kept) - len(drawn.lines), drawn=len(drawn.lines), all=len(kept))
        some = sheet.wrapped(" ".join(filter(None, [*notes, more])), inner, role="note")
    foot = axis_mm + len(some) * sheet.line_mm("note")
    sheet.open(key_mm + line + drawn.body_mm + foot)
    page = sheet.axes(left=0, right=0, bottom=foot, bare=True)
    page.set_zorder(1)  # words in a row without cells lie over its lines
    write(page, inner, drawn.body_mm + 0.5 * line, words("n_row"), sheet, ha="right")
    sheet.key(page, key, y=drawn.body_mm + line + key_mm - 0.3, width_mm=inner)
    numbers = {unit: words.number(int(totals[unit])) for unit in drawn.lines}
    drawn.write(page, sheet, numbers=numbers, faint=empty)
    ax = sheet.axes(left=drawn.label_mm, right=n_mm, bottom=foot, top=key_mm + line)
    _cells(ax, counts, drawn, sheet, numbered=numbered)
    _times(page, counts.columns, drawn.label_mm, sheet, room=inner - drawn.label_mm - n_mm)
    for unit, middle in drawn.middles():
        if unit in empty:
            write(page, drawn.label_mm, middle, words("province_tiles.none"), sheet, color=sheet.theme.faint)
    under = sheet.axes(left=0, right=0, bare=True)
    write_lines(under, 0, foot - axis_mm, some, sheet, role="note", color=sheet.theme.faint)
    return sheet.figure


def _counts(data: pd.DataFrame) -> pd.DataFrame:
    """Return assessments by unit and period; NaN where nothing was running and nothing was assessed."""
    cells = data.assign(unit=data["unit"].astype(str))
    table = cells.pivot_table(index="unit", columns="date", values="count", aggfunc="sum", sort=False)
    running = cells.pivot_table(index="unit", columns="date", values="running", aggfunc="max", sort=False)
    table = table.reindex(list(dict.fromkeys(cells["unit"]))).sort_index(axis=1)
    running = running.reindex(index=table.index, columns=table.columns)
    return table.where((running > 0) | (table > 0))


def _shades(sheet: Sheet) -> list[str]:
    """Return the ground of each class, the lowest first: paper where nobody was assessed."""
    colours: list[str] = sns.light_palette(sheet.theme.amount, 2 * len(CLASSES)).as_hex()[2::2]
    return [sheet.theme.paper, *colours]


def _key(sheet: Sheet) -> list[Entry]:
    """Return the key entries of the classes, such as 1–2."""
    number = sheet.words.number
    labels = [
        number(low) if high == low + 1 else f"{number(low)}–{number(high - 1)}" for low, high in pairwise(CLASSES)
    ]
    labels.append(sheet.words("calendar.or_more", n=CLASSES[-1]))
    edges = [sheet.theme.accent, *[""] * (len(labels) - 1)]  # where nobody was assessed
    return [Entry(label, shade, edge=edge) for label, shade, edge in zip(labels, _shades(sheet), edges, strict=True)]


def _fits(counts: pd.DataFrame, sheet: Sheet, *, room: float) -> bool:
    """Return whether the number of every cell has room in it."""
    most = int(np.nanmax(counts.to_numpy(dtype=float)))
    return room / counts.shape[1] >= sheet.text_mm(sheet.words.number(most)) + 0.8


def _cells(ax: Axes, counts: pd.DataFrame, rows: LabelledRows, sheet: Sheet, *, numbered: bool) -> None:
    """Draw the cells of each row, outlined where nobody was assessed, with their numbers where all of them fit."""
    shades, shown = _shades(sheet), counts.loc[list(rows.lines)].to_numpy(dtype=float)
    sns.heatmap(
        shown, ax=ax, cmap=ListedColormap(shades), norm=BoundaryNorm([*CLASSES, np.inf], len(CLASSES)), cbar=False,
        linewidths=1.0, linecolor=sheet.theme.paper, xticklabels=False, yticklabels=False,
    )  # fmt: skip
    ax.set(xlim=(0, shown.shape[1]), ylim=(shown.shape[0], 0), xlabel="", ylabel="")
    box = ax.get_position()
    inset_x = INSET_MM / (box.width * sheet.width_mm) * shown.shape[1]
    inset_y = INSET_MM / (box.height * sheet.height_mm) * shown.shape[0]
    for (row, column), count in np.ndenumerate(shown):
        if count == 0:
            corner, size = (column + inset_x, row + inset_y), (1 - 2 * inset_x, 1 - 2 * inset_y)
            ax.add_patch(Box(corner, *size, facecolor="none", edgecolor=sheet.theme.accent, linewidth=EDGE))
        if numbered and not np.isnan(count):
            ink = sheet.theme.over(shades[int(np.searchsorted(CLASSES, count, side="right")) - 1])
            write(ax, column + 0.5, row + 0.5, sheet.words.number(int(count)), sheet, ha="center", color=ink)


def _times(page: Axes, dates: pd.Index, left: float, sheet: Sheet, *, room: float) -> None:
    """Write each year once under its periods, or the places of an order."""
    per, y = room / len(dates), -0.8 * sheet.line_mm()
    if is_order(dates.to_series()):
        for place, text in enumerate(order_labels([float(date) for date in dates], sheet)):
            write(page, left + (place + 0.5) * per, y, text, sheet, ha="center")
        return
    years = dates.to_series().dt.year.value_counts()
    short = int(
        years.max() * per < max(sheet.text_mm(sheet.words.digits(str(year))) for year in years.index) + YEAR_GAP_MM
    )
    for year, group in groupby(enumerate(dates), key=lambda item: item[1].year):
        places = [place for place, _ in group]
        first, last = left + places[0] * per, left + (places[-1] + 1) * per
        page.plot([first + 0.3, last - 0.3], [-0.4, -0.4], color=sheet.theme.rule, linewidth=0.6, clip_on=False)
        texts = [sheet.words.digits(text) for text in (str(year), f"’{year % 100:02d}")][short:]
        text = next((text for text in texts if sheet.text_mm(text) + YEAR_GAP_MM < last - first), "")
        write(page, (first + last) / 2, y, text, sheet, ha="center")


def _gaps(data: pd.DataFrame) -> pd.DataFrame:
    """Return one row per running cell, with its assessments."""
    cells = data.assign(unit=data["unit"].astype(str)).pivot_table(
        index=["unit", "date"], values=["count", "running"], aggfunc={"count": "sum", "running": "max"}, sort=False
    )
    return cells[cells["running"] > 0]


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], rows: str = "province") -> str:  # noqa: ARG001
    """State in how many running cells nobody was assessed."""
    cells = _gaps(data) if len(data) else data
    if cells.empty:
        return words("paths.finding_none")
    gaps = int((cells["count"] == 0).sum())
    # with a row of those whose province is not stated, not every row is a province
    unstated = rows == "province" and "" in cells.index.get_level_values("unit")
    which = "order" if is_order(data["date"]) else "row" if unstated else rows
    periods = words(f"calendar.periods.{_period(data)}")
    return words(f"calendar.{'finding' if gaps else 'seen'}_{which}", gaps=gaps, n=len(cells), periods=periods)


def _period(data: pd.DataFrame) -> str:
    """Return which period most dates are apart; `unequal` where that is none that has a name."""
    if is_order(data["date"]):
        return "unequal"
    dates = pd.Series(sorted(data["date"].unique()))
    months = (12 * dates.dt.year + dates.dt.month).diff().dropna()
    return "unequal" if months.empty else PERIODS.get(int(months.mode().iloc[0]), "unequal")


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], rows: str = "province") -> str:
    """Describe the calendar, with its finding, the raters, and each row's assessments and gaps."""
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
    periods = words(f"calendar.periods.{_period(data)}")
    point = "calendar.point" if last is None else "calendar.point_order"
    points = []
    for unit, label in names.items():
        own = cells[cells.index.get_level_values("unit") == unit]
        if len(own):
            values = {"gaps": int((own["count"] == 0).sum()), "n": len(own), "periods": periods}
            counted = words("n_assessments", n=int(own["count"].sum()))
            points.append(words(point, label=label or words("place_not_stated"), assessments=counted, **values))
    sentence = finding(data, words=words, labels=labels, rows=rows)
    return words("calendar.alt", **span, finding=sentence, raters=words.listed(by), points=" ".join(points))
