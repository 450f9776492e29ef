"""The tiles of a map: which units stand where, joined where a unit has neighbouring tiles, with their names."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.line_breaks import shown, words_of
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import write

GAP_MM = 0.5
INSET_MM = 0.5
TILE = "tile:"  # what the id of a tile in an SVG begins with; its unit follows


@dataclass(frozen=True)
class Tile:
    """A box of the map in mm from its lower left corner, and the unit in it."""

    unit: str
    label: str
    x: float
    y: float
    width: float
    height: float


def tiles(data: pd.DataFrame, *, width_mm: float, height_mm: float) -> list[Tile]:
    """Place each unit by its `row` and `col`; tiles of one unit that touch are one box.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label`, `row`, `col` (NA where a unit has no place on the map); a unit with two tiles has its
        rows twice.
    width_mm : float
        Of the whole map.
    height_mm : float
        Of one tile.

    Returns
    -------
    list of Tile
        In the order of the units.
    """
    placed = data.dropna(subset=["row", "col"]).drop_duplicates(["unit", "row", "col"])
    if placed.empty:
        return []
    first_row, first_col = int(placed["row"].min()), int(placed["col"].min())
    rows, cols = int(placed["row"].max()) - first_row + 1, int(placed["col"].max()) - first_col + 1
    step_x, step_y = (width_mm - 0.3 + GAP_MM) / cols, height_mm + GAP_MM
    result = []
    for unit, own in placed.groupby(placed["unit"].astype(str), sort=False):
        cells = [(int(r) - first_row, int(c) - first_col) for r, c in zip(own["row"], own["col"], strict=True)]
        for (top, left), (low, right) in _boxes(cells):
            box = ((right - left + 1) * step_x - GAP_MM, (low - top + 1) * step_y - GAP_MM)
            result.append(Tile(str(unit), str(own["label"].iloc[0]), left * step_x, (rows - 1 - low) * step_y, *box))
    return result


def map_mm(data: pd.DataFrame, *, height_mm: float) -> float:
    """Return the height of the whole map."""
    rows = data["row"].dropna()
    return (int(rows.max()) - int(rows.min()) + 1) * (height_mm + GAP_MM) - GAP_MM if len(rows) else 0.0


def _boxes(cells: list[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the whole rectangle of the cells if they fill it, else each cell alone."""
    rows, cols = [r for r, _ in cells], [c for _, c in cells]
    top, low, left, right = min(rows), max(rows), min(cols), max(cols)
    if (low - top + 1) * (right - left + 1) == len(cells):
        return [((top, left), (low, right))]
    return [(cell, cell) for cell in cells]


def frame(ax: Axes, tile: Tile, sheet: Sheet, *, empty: bool, fill: str = "none") -> None:
    """Draw the outline of a tile, broken where it is empty."""
    box = Rectangle(
        (tile.x, tile.y),
        tile.width,
        tile.height,
        facecolor=fill,
        edgecolor=sheet.theme.rule,
        linewidth=0.5,
        clip_on=False,
        gid=f"{TILE}{tile.unit}",
    )
    box.set_linestyle((0, (2, 2)) if empty else "-")
    ax.add_patch(box)


def named(found: list[Tile], sheet: Sheet) -> bool:
    """Whether every tile has room for its name in two lines; else each has its code."""
    lines = [(tile, name_lines(tile, sheet, named=True)) for tile in found]
    return all(len(own) < 3 and _longest(tile, sheet) <= tile.width - 0.2 for tile, own in lines)


def name_lines(tile: Tile, sheet: Sheet, *, named: bool) -> list[str]:
    """Return the lines of a tile's name, or its code where there is no room for names."""
    if not named:
        return [tile.unit]
    return sheet.wrapped(tile.label, max(tile.width - 2 * INSET_MM, min(_longest(tile, sheet), tile.width)))


def _longest(tile: Tile, sheet: Sheet) -> float:
    return max(sheet.text_mm(shown(word).strip()) for word in words_of(tile.label))


def write_head(ax: Axes, tile: Tile, lines: list[str], sheet: Sheet, colour: str) -> float:
    """Write lines at the top of a tile, a long word nearer to its edges; return the height under them."""
    y = tile.y + tile.height - INSET_MM - sheet.line_mm() / 2
    for i, line in enumerate(lines):
        x = tile.x + min(INSET_MM, (tile.width - sheet.text_mm(line)) / 2)
        write(ax, x, y - i * sheet.line_mm(), line, sheet, color=colour)
    return y - (len(lines) - 0.5) * sheet.line_mm()


def codes(data: pd.DataFrame, sheet: Sheet) -> list[str]:
    """Return the lines that list each code with its name."""
    placed = data.dropna(subset=["row", "col"]).drop_duplicates("unit")
    # a code and its name stay on one line
    pairs = [
        f"{unit}\u00a0{label}".replace(" ", "\u00a0")
        for unit, label in zip(placed["unit"], placed["label"], strict=True)
    ]
    return sheet.wrapped(", ".join(pairs), sheet.inner_mm)
