"""What charts of shaded tables share: seaborn's heat map on named rows and columns, with the words of each cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_hex

from lnlib.charts.canvas.line_breaks import shown, words_of
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import write, write_lines

MOST_CELL_MM = 38.0
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def palette(sheet: Sheet) -> Colormap:
    """Return the colours of shares: from the paper to the darkest shade of amounts, which is no stage's colour."""
    colours: Colormap = sns.blend_palette([sheet.theme.paper, sheet.theme.amount], as_cmap=True)
    return colours


def shade(share: float, sheet: Sheet) -> str:
    """Return the colour of a share from 0 to 1; of the paper where there is none."""
    return sheet.theme.paper if np.isnan(share) else to_hex(palette(sheet)(share))


def share_key(sheet: Sheet) -> list[Entry]:
    """Return the key entries of the shades."""
    return [Entry(sheet.words.percent(step), shade(step, sheet)) for step in STEPS]


def draw_heat(
    ax: Axes,
    shares: np.ndarray,
    cells: Sequence[Sequence[Sequence[str]]],
    sheet: Sheet,
    *,
    marked: Sequence[tuple[int, int]] = (),
    bold: bool = False,
) -> None:
    """Draw a heat map of shares, with the lines of words of each cell.

    Parameters
    ----------
    ax : Axes
        Scaled to one unit a cell; the first row is at the top.
    shares : array
        Rows × columns, 0 to 1; a cell with NaN is not shaded, and its words are faint.
    cells : sequence
        Rows × columns × lines.
    marked : sequence of (int, int)
        Row and column of cells with a frame of ink.
    bold : bool
        Whether the first line of a cell is bold.
    """
    sns.heatmap(
        shares, ax=ax, cmap=palette(sheet), vmin=0, vmax=1, cbar=False, xticklabels=False, yticklabels=False,
        linewidths=0.5, linecolor=sheet.theme.rule, square=False,
    )  # fmt: skip
    rows, columns = shares.shape
    ax.set(xlim=(0, columns), ylim=(rows, 0), xlabel="", ylabel="")
    row_mm = ax.get_position().height * sheet.height_mm / rows
    for row, column in marked:
        ax.plot(
            np.array([0, 1, 1, 0, 0]) + column, np.array([0, 0, 1, 1, 0]) + row, color=sheet.theme.ink, linewidth=1.1,
            clip_on=False, label=f"_marked {row} {column}", zorder=4,
        )  # fmt: skip
    for row in range(rows):
        for column in range(columns):
            share, lines = shares[row, column], cells[row][column]
            ink = sheet.theme.faint if np.isnan(share) else sheet.theme.over(shade(share, sheet))
            for line, text in enumerate(lines):
                down = (line + 0.5 - len(lines) / 2) * sheet.line_mm() / row_mm
                weight = "bold" if bold and not line and not np.isnan(share) else "normal"
                write(ax, column + 0.5, row + 0.5 + down, text, sheet, ha="center", color=ink, weight=weight)


def open_grid(
    sheet: Sheet,
    rows: Sequence[Sequence[str]],
    columns: Sequence[str],
    *,
    titles: tuple[str, str],
    row_mm: float,
    foot: float,
) -> Axes:
    """Open the sheet for a square table and return its axes, with rows and columns named.

    Parameters
    ----------
    rows : sequence
        The lines beside each row; those after the first are faint.
    columns : sequence of str
        The name above each column.
    titles : (str, str)
        What the rows are, and what the columns are.
    row_mm : float
        Height of a row.
    foot : float
        Room in mm under the table.
    """
    line = sheet.line_mm()
    title = sheet.wrapped(titles[0], 0.3 * sheet.inner_mm, weight="bold")
    beside = max(sheet.text_mm(text) for lines in rows for text in lines)
    beside = max(beside, *(sheet.text_mm(text, weight="bold") for text in title)) + 2.5
    cell = min((sheet.inner_mm - beside) / len(columns), MOST_CELL_MM)
    upright = any(sheet.text_mm(shown(part).strip()) > cell - 1 for name in columns for part in words_of(name))
    heads = [[name] if upright else sheet.wrapped(name, cell - 1) for name in columns]
    above = sheet.wrapped(titles[1], cell * len(columns), weight="bold")
    head_mm = (max(map(len, heads)) + 0.3) * line
    if upright:
        head_mm = max(sheet.text_mm(shown(name)) for name in columns) + 1.5
    top = max(head_mm + (len(above) + 0.2) * line, len(title) * line)
    sheet.open(top + len(rows) * row_mm + foot)
    ax = sheet.axes(left=beside, right=sheet.inner_mm - beside - cell * len(columns), bottom=foot, top=top)
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    for column, lines in enumerate(heads):
        if upright:
            ax.text(column + 0.5, -1.0 / row_mm, shown(lines[0]), rotation=90, fontsize=sheet.points(), ha="center",
                    va="bottom", clip_on=False)  # fmt: skip
            continue
        for place, text in enumerate(lines):
            write(ax, column + 0.5, -(len(lines) - place - 0.3) * line / row_mm, text, sheet, ha="center")
    page = sheet.axes(left=0, right=0, bare=True)
    height = page.get_ylim()[1]
    write_lines(page, beside, height, above, sheet, weight="bold")
    write_lines(page, 0, foot + len(rows) * row_mm + len(title) * line + 0.6, title, sheet, weight="bold")
    for place, beside_row in enumerate(rows):
        middle = foot + (len(rows) - place - 0.5) * row_mm
        for number, text in enumerate(beside_row):
            ink = sheet.theme.faint if number else sheet.theme.ink
            write(page, 0, middle + (len(beside_row) / 2 - number - 0.5) * line, text, sheet, color=ink)
    return ax
