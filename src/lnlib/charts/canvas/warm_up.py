"""A figure of everything that charts draw with, made and thrown away.

The first figure of a process takes longer than the next: fonts are read, colours parsed, renderers loaded. Processes
that are forked after a rehearsal have that behind them; what they draw is the same.
"""

from __future__ import annotations

import string
from itertools import product

from matplotlib import patheffects
from matplotlib.font_manager import FontProperties, findfont

from lnlib.charts.canvas import export
from lnlib.charts.canvas.sheet import Entry, Heading, Sheet
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.house_style import Theme

_LETTERS = " ".join([string.ascii_uppercase, string.ascii_lowercase, string.digits, ".,;:()'’“”–—…%/-"])


def rehearse() -> None:
    """Draw a figure at one column with the shipped style, and prepare to print it."""
    theme = Theme.load()
    with theme.drawn():
        sheet = Sheet("column", theme, heading=Heading("Figure 1", _LETTERS, _LETTERS, (_LETTERS,), _LETTERS))
        figure = sheet.open(40)
        entries = [Entry("key", colour, hatch) for colour, hatch in ((theme.stages[0], ""), (theme.ended, "////"))]
        sheet.key(sheet.axes(left=0, right=0, bare=True), entries, y=5, width_mm=60)
        ax = sheet.axes(left=10, right=10, bottom=10)
        ax.bar([0, 1], [1, 2], color=theme.stages[0], hatch="////", edgecolor=theme.rule)
        ax.barh([0, 1], [1, 2], color=theme.stages[1], linewidth=0.4)
        ax.plot([0, 1], [1, 2], "o--", color=theme.accent, clip_on=False)
        ax.axvline(1, color=theme.rule, linestyle=":")
        ax.fill_between([0, 1], [0, 1], [1, 2], alpha=0.3)
        ax.grid(axis="y", color=theme.rule)
        ax.text(0.5, 0.5, "12", path_effects=[patheffects.Stroke(linewidth=2), patheffects.Normal()])
        drawing = Drawing.of(figure, title=_LETTERS, description=_LETTERS)
        export.prepare(drawing)
        _find_fonts(theme)


def _find_fonts(theme: Theme) -> None:
    """Find the font of each size, weight and family: matplotlib looks through all fonts of the system for each."""
    sizes = sorted({*theme.size.values(), *theme.narrow.values()})
    for size, weight, family in product(sizes, ("normal", "bold"), theme.families):
        findfont(FontProperties(family=family, size=size, weight=weight), fallback_to_default=False)
