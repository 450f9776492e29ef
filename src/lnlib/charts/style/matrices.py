"""What charts of a square table share: cells in mm, shaded by a share, with names beside and above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.lettering import write, write_lines
from lnlib.charts.canvas.sheet import Sheet

MOST_CELL_MM = 38.0
GAP_MM = 0.8


@dataclass(frozen=True)
class Grid:
    """Where the cells of a table are drawn.

    Parameters
    ----------
    left : float
        Left edge of the first column, mm.
    cell_mm : float
        Width of a column.
    row_mm : float
        Height of a row.
    lift_mm : float
        Room above each row for its name; 0 where names stand beside the rows.
    top : float
        Upper edge of the first row.
    turned : bool
        Whether the names above the columns stand upright.
    """

    left: float
    cell_mm: float
    row_mm: float
    lift_mm: float
    top: float
    turned: bool

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """Give the lower left corner of a cell."""
        y = self.top - (row + 1) * (self.row_mm + self.lift_mm) - row * GAP_MM
        return self.left + column * self.cell_mm, y


def lay_out(
    rows: list[list[str]], columns: list[str], sheet: Sheet, *, row_mm: float, foot: float, above: float, title: str
) -> Grid:
    """Find room for a table, set the sheet's height, and give its grid.

    Parameters
    ----------
    rows : list of list of str
        The lines beside each row.
    columns : list of str
        The name above each column.
    sheet : Sheet
    row_mm : float
        Height of a row.
    foot, above : float
        Room in mm under the table, and above the names of the columns.
    title : str
        What stands, bold, above the names of the rows.
    """
    inner = sheet.inner_mm
    beside = max(sheet.text_mm(line) for lines in rows for line in lines)
    beside = max(beside, sheet.text_mm(title, weight="bold")) + 2.5
    lift = 0.0
    if sheet.narrow:
        # a column has no room for names beside the rows: they stand above them
        beside, lift = 0.0, 1.25 * sheet.line_mm()
    cell = min((inner - beside) / len(columns), MOST_CELL_MM)
    turned = max(sheet.text_mm(word) for name in columns for word in name.split(" ")) > cell - 1.0
    head = (
        max(sheet.text_mm(name) for name in columns) + 1.5
        if turned
        else (max(len(sheet.wrapped(name, cell - 1)) for name in columns) + 0.4) * sheet.line_mm()
    )
    body = len(rows) * (row_mm + lift + GAP_MM)
    sheet.open(above + head + body + foot)
    return Grid(beside, cell, row_mm, lift, foot + body, turned)


def shade(share: float, sheet: Sheet) -> str:
    """Give the ground of a cell: paper at 0, the theme's middle stage colour at 1."""
    dark, light = (
        np.array(to_rgb(sheet.theme.stages[len(sheet.theme.stages) // 2])),
        np.array(to_rgb(sheet.theme.paper)),
    )
    return to_hex(tuple((light + (dark - light) * min(max(share, 0), 1)).tolist()))


def draw_names(ax: Axes, grid: Grid, rows: list[list[str]], columns: list[str], sheet: Sheet) -> None:
    """Write the names of rows and columns; the second line of a row is fainter."""
    for place, lines in enumerate(rows):
        x, y = grid.corner(place, 0)
        if grid.lift_mm:
            above = y + grid.row_mm + 0.6 * sheet.line_mm()
            write(ax, 0, above, lines[0], sheet)
            write(ax, sheet.text_mm(lines[0]) + 2, above, " ".join(lines[1:]), sheet, color=sheet.theme.faint)
            continue
        top = y + grid.row_mm / 2 + len(lines) / 2 * sheet.line_mm()
        for line, text in enumerate(lines):
            colour = sheet.theme.faint if line else sheet.theme.ink
            write_lines(ax, x - 2.0, top - line * sheet.line_mm(), [text], sheet, ha="right", color=colour)
    for place, name in enumerate(columns):
        x = grid.left + (place + 0.5) * grid.cell_mm
        if grid.turned:
            ax.text(x, grid.top + 0.8, name, rotation=90, fontsize=sheet.points(), ha="center", va="bottom")
            continue
        lines = sheet.wrapped(name, grid.cell_mm - 1)
        write_lines(ax, x, grid.top + (len(lines) + 0.2) * sheet.line_mm(), lines, sheet, ha="center")


def draw_cell(
    ax: Axes,
    grid: Grid,
    place: tuple[int, int],
    lines: list[str],
    sheet: Sheet,
    *,
    ground: str,
    marked: bool,
    label: str,
) -> None:
    """Draw one cell with its lines, the first bold; a marked one is outlined in ink."""
    x, y = grid.corner(*place)
    colour = sheet.theme.over(ground)
    ax.add_patch(
        Rectangle(
            (x + GAP_MM / 2, y),
            grid.cell_mm - GAP_MM,
            grid.row_mm,
            facecolor=ground,
            edgecolor=sheet.theme.ink if marked else sheet.theme.rule,
            linewidth=0.9 if marked else 0.4,
            label=label,
        )
    )
    top = y + grid.row_mm / 2 + len(lines) / 2 * sheet.line_mm()
    empty = lines == [sheet.words.number(0)]
    for line, text in enumerate(lines):
        weight = "normal" if line or empty else "bold"
        colour = sheet.theme.faint if empty else colour
        middle = x + grid.cell_mm / 2
        write_lines(ax, middle, top - line * sheet.line_mm(), [text], sheet, ha="center", color=colour, weight=weight)
