"""Province tile map: in each tile the mix over time, or one value; not assessed is not "no partnership".

One axes and not `Figure.subplot_mosaic` holds the tiles: docs/design.md, "Decisions that may surprise".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from lnlib.charts.canvas.fast_axes import Box
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.province_tiles_alt_text import LEAST_N, reached_in, units_with_any
from lnlib.charts.province_tiles_alt_text import describe as describe
from lnlib.charts.province_tiles_alt_text import finding as finding
from lnlib.charts.style.share_classes import class_key, class_of, class_shades
from lnlib.charts.style.states import at_or_above, require_columns, state_styles, swatch_style
from lnlib.charts.style.tile_grid import INSET_MM, Tile, codes, frame, map_mm, name_lines, named, tiles, write_head
from lnlib.charts.style.time_axis import is_order, number, on_last_date, when

COLUMNS = (
    "unit",
    "label",
    "row",
    "col",
    "date",
    "stage",
    "count",
    "n_assessed",
    "n_not_assessed",
    "n_ended",
    "n_known",
    "shown",
)
TILE_MM = {"column": 16.5, "two-columns": 23.0}
VALUE_MM = {"column": 15.5, "two-columns": 15.0}
PLOT_MM = {"column": 8.5, "two-columns": 12.0}  # of a tile, under its name
SQUARE_MM, APART_MM = {"column": 2.4, "two-columns": 3.2}, 0.4


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], value: str = "", least: int = 0) -> Figure:
    """Draw the counts of `measures.shares` by province on a map of tiles.

    Over time, every panel has one scale: its full height is all partnerships begun by then, and n stands beside its name.
    Of fewer than five there are no shares: each is a square, at the state that it has on the last date.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label`, `row`, `col` (from the top and the left; NA for what has no place on the map), and
        those of `shares`: `date`, `stage`, `count`, `n_assessed`, `n_not_assessed`, `n_ended`, `n_known`, `shown`.
        A unit with two tiles has its rows twice, once a tile.
    value : str
        A stage: draw one value instead, the share of the assessed at that stage or above, on the last date. Where `shown` is
        False the count is given and no percentage.
    least : int
        Fewest provinces with partnerships that are drawn: a map of fewer is nearly all white, and the chart says how many
        there are.
    """
    require_columns(data, COLUMNS, chart="province_tiles")
    inner, tile_mm = sheet.inner_mm, sheet.of_width(VALUE_MM if value else TILE_MM)
    # a script with tall lines needs a taller tile for its name and two lines more
    tile_mm = max(tile_mm, 2 * INSET_MM + 3.2 * sheet.line_mm()) if value else tile_mm
    found = tiles(data, width_mm=inner, height_mm=tile_mm)
    if not found or units_with_any(data) < least:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, value=value, least=least))
    last = on_last_date(data).drop_duplicates(["unit", "stage"])
    ended, with_names = _by_unit(last), named(found, sheet)
    names = {tile.unit: name_lines(tile, sheet, named=with_names) for tile in found}
    at = {tile.unit: _number_line(tile, names[tile.unit], ended[tile.unit], sheet) for tile in found}
    heads = max(max(len(names[unit]), line + 1) for unit, line in at.items())
    needs = 2 * INSET_MM + heads * sheet.line_mm() + sheet.of_width(PLOT_MM)
    if not value and needs > tile_mm:
        tile_mm = needs
        found = tiles(data, width_mm=inner, height_mm=tile_mm)
    states = [str(stage) for stage in data["stage"].cat.categories]
    entries = state_styles(states, labels, sheet)
    placed = data.dropna(subset=["row", "col"])
    seen = [state for state in entries if _ever(placed, state)]
    key = class_key(sheet) if value else [entries[state] for state in seen]
    few = [_is_few(rows) for rows in ended.values() if rows["row"].notna().any() and rows["n_known"].max()]
    reading = _reading(data, value, labels, sheet, few=few)
    below = [*reading, *([] if with_names else codes(data, sheet)), *_off_map(last, sheet)]
    key_mm = sheet.key_mm(key, inner) + 1.5 if key else 0.0
    area = map_mm(data, height_mm=tile_mm)
    sheet.open(key_mm + area + 1.0 + len(below) * sheet.line_mm())
    ax = sheet.axes(left=0, right=0, bare=True)
    top = key_mm + area + 1.0 + len(below) * sheet.line_mm()
    sheet.key(ax, key, y=top - 0.5, width_mm=inner)
    write_lines(ax, 0, len(below) * sheet.line_mm(), below, sheet, color=sheet.theme.faint)
    lift = 1.0 + len(below) * sheet.line_mm()
    over_time = {} if value else _over_time(data.drop_duplicates(["unit", "date", "stage"]))
    for tile in found:
        raised = Tile(tile.unit, tile.label, tile.x, tile.y + lift, tile.width, tile.height)
        if value:
            _value(ax, raised, ended[tile.unit], value, names[tile.unit], sheet)
        else:
            _mix(ax, raised, over_time[tile.unit], seen, entries, (names[tile.unit], at[tile.unit], heads), sheet)
    return sheet.figure


def _by_unit(data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(unit): rows for unit, rows in data.groupby(data["unit"].astype(str), sort=False)}


@dataclass(frozen=True)
class _Bars:
    """A unit over time: its dates as numbers, and how many were known and at each state on each."""

    at: np.ndarray
    known: np.ndarray
    counts: dict[str, np.ndarray]


def _over_time(data: pd.DataFrame) -> dict[str, _Bars]:
    """Return the bars of each unit, of counts once a unit, date and stage."""
    data = data.sort_values("date", kind="stable")
    at, stage, count = number(data["date"]), data["stage"].cat.codes.to_numpy(), data["count"].to_numpy(dtype=float)
    states = {name: data[f"n_{name}"].to_numpy(dtype=float) for name in ("known", "not_assessed", "ended")}
    result = {}
    for unit, rows in data.groupby(data["unit"].astype(str), sort=False).indices.items():
        own = {str(name): rows[stage[rows] == code] for code, name in enumerate(data["stage"].cat.categories)}
        once = rows[np.unique(at[rows], return_index=True)[1]]
        counts = {name: count[places] for name, places in own.items()}
        counts |= {name: states[name][once] for name in ("not_assessed", "ended")}
        result[str(unit)] = _Bars(at[once], states["known"][once], counts)
    return result


def _number_line(tile: Tile, name: list[str], rows: pd.DataFrame, sheet: Sheet) -> int:
    """Return the line of a tile that its number is written on: at one column beside the name, if there is room."""
    n = int(rows["n_known"].max())
    room = tile.width - 2 * INSET_MM - sheet.text_mm(sheet.words.number(n)) - 0.3
    beside = [place for place, line in enumerate(name) if sheet.text_mm(line) <= room]
    return beside[-1] if sheet.narrow and beside else len(name)


def _ever(data: pd.DataFrame, state: str) -> bool:
    if state in ("not_assessed", "ended"):
        return bool((data[f"n_{state}"] > 0).any())
    return bool((data.loc[data["stage"] == state, "count"] > 0).any())


def _off_map(last: pd.DataFrame, sheet: Sheet) -> list[str]:
    """Return how many partnerships stand in no tile."""
    lost = last[last["row"].isna() | last["col"].isna()].drop_duplicates("unit")
    n = int(lost["n_known"].sum())
    return sheet.wrapped(sheet.words("province_tiles.foot_off_map", n=n), sheet.inner_mm) if n else []


def _is_few(rows: pd.DataFrame) -> bool:
    """Return whether too few partnerships had begun for shares."""
    return bool(rows["n_known"].max() < LEAST_N)


def _reading(data: pd.DataFrame, value: str, labels: dict[str, str], sheet: Sheet, *, few: list[bool]) -> list[str]:
    words, end = sheet.words, data["date"].max()
    final = float(end) if is_order(data["date"]) else None
    if value:
        text = words("province_tiles.foot_value", reached=at_or_above(value, labels, words))
    else:
        times = {"from": when(data["date"].min(), words, last=final), "to": when(end, words, last=final)}
        every = [] if few and all(few) else [words("province_tiles.foot", **times)]
        text = " ".join([*every, *([words("province_tiles.foot_few")] if any(few) else [])])
    return sheet.wrapped(text, sheet.inner_mm)


def _mix(
    ax: Axes,
    tile: Tile,
    bars: _Bars,
    seen: list[str],
    entries: dict[str, Entry],
    names: tuple[list[str], int, int],
    sheet: Sheet,
) -> None:
    words, theme = sheet.words, sheet.theme
    n = int(bars.known[-1])
    empty = int(bars.known.max()) == 0
    frame(ax, tile, sheet, empty=empty)
    name, line, heads = names
    low = write_head(ax, tile, name, sheet, theme.faint if empty else theme.ink)
    if empty:
        none = words("province_tiles.none_short" if sheet.narrow else "province_tiles.none")
        lines = sheet.wrapped(none, tile.width - 2 * INSET_MM)
        write_lines(ax, tile.x + INSET_MM, low, lines, sheet, color=theme.faint)
        return
    y = tile.y + tile.height - INSET_MM - sheet.line_mm() * (line + 0.5)
    if sheet.narrow:
        write(ax, tile.x + tile.width - INSET_MM, y, words.number(n), sheet, ha="right", color=theme.faint)
    else:
        write(ax, tile.x + INSET_MM, y, words("n_label", n=n), sheet, color=theme.faint)
    if n < LEAST_N:
        _squares(ax, tile, {state: int(bars.counts[state][-1]) for state in seen}, entries, sheet)
        return
    head = tile.y + tile.height - INSET_MM - sheet.line_mm() * (heads - 0.5)
    room = head - 0.5 * sheet.line_mm() - 0.6 - (tile.y + INSET_MM)
    edges = tile.x + INSET_MM + _edges(bars.at) * (tile.width - 2 * INSET_MM)
    scale = room / np.maximum(bars.known, 1)
    base = np.full(len(bars.at), tile.y + INSET_MM)
    # the limits are set: `Axes.stairs` would work them out again from every one
    for state in seen:
        counts = bars.counts[state]
        top = base + counts * scale
        if counts.any():
            colour, hatch = entries[state].colour, entries[state].hatch or None
            style: dict[str, Any] = {"facecolor": colour, "hatch": hatch, "linewidth": 0, "baseline": base}
            ax.add_artist(StepPatch(top, edges, fill=True, label=state, **style))
        base = top
    # a line around all of them, so that what is pale stands out on white
    outline = StepPatch(base, edges, baseline=tile.y + INSET_MM, fill=False, edgecolor=theme.faint, linewidth=0.4)
    ax.add_artist(outline)


def _squares(ax: Axes, tile: Tile, counts: dict[str, int], entries: dict[str, Entry], sheet: Sheet) -> None:
    """Draw a square a partnership along the foot of a tile, of the colour of its state."""
    size = sheet.of_width(SQUARE_MM)
    states = [state for state, count in counts.items() for _ in range(count)]
    for place, state in enumerate(states):
        corner = (tile.x + INSET_MM + 0.2 + place * (size + APART_MM), tile.y + INSET_MM + 0.2)
        ax.add_artist(Box(corner, size, size, label=f"one {state}", **swatch_style(entries[state], sheet)))


def _edges(x: np.ndarray) -> np.ndarray:
    """Return where each bar begins and the last ends, from 0 to 1; a period reaches back to the date before."""
    if len(x) < 2:
        return np.array([0.0, 1.0])
    edges = np.r_[x[0] - (x[1] - x[0]), x]
    shares: np.ndarray = (edges - edges[0]) / (edges[-1] - edges[0])
    return shares


def _value(ax: Axes, tile: Tile, rows: pd.DataFrame, value: str, name: list[str], sheet: Sheet) -> None:
    words, theme = sheet.words, sheet.theme
    reached, n, known, shown = reached_in(rows, value)
    fill = "none"
    if n and shown:
        fill = class_shades(sheet)[class_of(reached, n)]
    elif known and not n:
        fill = theme.not_assessed
    frame(ax, tile, sheet, empty=not known, fill=fill)
    colour = theme.faint if not known else theme.ink if fill == "none" else theme.over(fill)
    low = write_head(ax, tile, name, sheet, colour)
    if not known:
        text = [words("province_tiles.none_short" if sheet.narrow else "province_tiles.none")]
    elif not n:
        text = [words("province_tiles.not_assessed")]
    elif shown:
        write(
            ax,
            tile.x + INSET_MM,
            low - sheet.line_mm("title") / 2,
            words.percent(reached / n),
            sheet,
            role="title",
            color=colour,
        )
        text, low = [words("n_label", n=n)], low - sheet.line_mm("title")
    else:
        text = [words("province_tiles.of", count=reached, n=n)]
        _points(ax, tile, reached, n, theme.ink)
    lines = [line for part in text for line in sheet.wrapped(part, tile.width - 2 * INSET_MM)]
    write_lines(ax, tile.x + INSET_MM, low, lines, sheet, color=colour)


def _points(ax: Axes, tile: Tile, reached: int, n: int, ink: str) -> None:
    """Draw a point a partnership along the foot of a tile, filled where it reached the stage."""
    size = 1.6
    for i in range(n):
        x, y = tile.x + INSET_MM + size / 2 + i * (size + 0.6), tile.y + INSET_MM + size / 2
        fill = ink if i < reached else "none"
        ax.plot(x, y, marker="o", markersize=size / 25.4 * 72, markerfacecolor=fill, markeredgecolor=ink, mew=0.6)
