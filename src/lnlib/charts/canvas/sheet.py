"""The sheet a chart is drawn on: a figure of a print width with its heading above and its notes below, laid out in mm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect
from matplotlib.text import Text

from lnlib.charts.canvas.fast_axes import Box, Panel, write_centred
from lnlib.charts.canvas.line_breaks import clusters, shown, words_of
from lnlib.charts.canvas.text_size import extent
from lnlib.charts.style.contrast import contrast
from lnlib.charts.style.house_style import MM, POINT_MM, Theme
from lnlib.words import Words

GAP_MM = 2.0  # between heading, body and notes
PAD = 1.2
EDGE = 0.6  # points, of an outline that means something
SAMPLE_MM = 4.5  # of a line, in a key or beside its name
_NARROWER = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
SHORT_LINE = 0.25  # of the width: a last line shorter than this is an orphan
TITLE = "title"  # the label of the lines of a title among a figure's texts
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNDRAWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")


@dataclass(frozen=True)
class Heading:
    """The words around a chart.

    Parameters
    ----------
    number : str
        Such as `Figure 2`; may be empty.
    title : str
        The finding.
    subtitle : str
        Indicator, population, years and denominator.
    notes : tuple of str
        What was left out or assumed, a sentence each.
    source : str
        Source and kind of data.
    places : tuple of str
        Names of the province that the subtitle states, in every language and spelling.
    """

    number: str = ""
    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One entry of a key: a swatch of a colour, hatch and edge, a mark, or a line of a colour and dash."""

    label: str
    colour: str = ""
    hatch: str = ""
    mark: str = ""
    dash: Any = None
    edge: str = ""  # colour of the swatch's outline; else a faint one


class Sheet:
    """A figure of one print width; charts ask it for axes in mm.

    Parameters
    ----------
    width : str
        Name of a print width of the theme.
    theme : Theme, optional
        By default the one that ships with lnlib.
    words : Words, optional
        By default the English ones.
    """

    def __init__(
        self, width: str, theme: Theme | None = None, words: Words | None = None, heading: Heading = Heading()
    ) -> None:
        self.width, self.theme, self.heading = width, theme or Theme.load(), heading
        self.words = words or Words.load()
        self.width_mm = self.theme.width(width)
        self.inner_mm = self.width_mm - 2 * PAD
        self.empty = ""  # the sentence drawn where there is nothing to show
        self.around: list[Text] = []  # the lines of the heading
        self.figure = Figure()
        FigureCanvasAgg(self.figure)
        self.body_top = self.body_bottom = self.height_mm = 0.0

    def of_width(self, sizes: Mapping[str, float]) -> float:
        """Return what a chart declares for this width."""
        return sizes[self.width]

    @property
    def body_points(self) -> tuple[float, float]:
        """Lower and upper edge of the drawing without the words around it, in points."""
        low, high = self.body_bottom - PAD, self.body_top + PAD
        return max(low, 0.0) / POINT_MM, min(high, self.height_mm) / POINT_MM

    @property
    def narrow(self) -> bool:
        """Whether this is one column."""
        return self.width == "column"

    def points(self, role: str = "text") -> float:
        """Size in points of a role (`title`, `subtitle`, `text`, `note`) at this width."""
        return self.theme.points(role, width=self.width)

    def line_mm(self, role: str = "text") -> float:
        """Height in mm of a line of text."""
        return self.points(role) * POINT_MM * float(self.words.entries["type"]["leading"])

    def text_mm(self, text: str, *, role: str = "text", weight: str = "normal") -> float:
        """Width in mm that a line of text takes."""
        return _text_mm(text, self.points(role), weight, self.theme.families)

    def wrapped(self, text: str, width_mm: float, *, role: str = "text", weight: str = "normal") -> list[str]:
        """Break a text into lines of at most a width; where a word would be left to the last, into narrower ones.

        A word longer than a line is cut, never inside a cluster.
        """
        lines = self._filled(text, width_mm, role, weight)
        if len(lines) > 1 and self.text_mm(lines[-1], role=role, weight=weight) < SHORT_LINE * width_mm:
            parts = words_of(one_line(text))  # none is cut for the sake of the last line
            least = max(self.text_mm(shown(part).rstrip(), role=role, weight=weight) for part in parts) / width_mm
            narrower = (self._filled(text, part * width_mm, role, weight) for part in _NARROWER if part >= least)
            return next(
                (tried for tried in narrower if self._ends_well(tried, len(lines), width_mm, role, weight)), lines
            )
        return lines

    def _ends_well(self, lines: list[str], count: int, width_mm: float, role: str, weight: str) -> bool:
        """Return whether a text is broken into so many lines, and the last is no orphan."""
        last = self.text_mm(lines[-1], role=role, weight=weight)
        return len(lines) == count and last >= SHORT_LINE * width_mm

    def _filled(self, text: str, width_mm: float, role: str, weight: str) -> list[str]:
        """Break a text into lines, each as full as it can be."""
        lines: list[str] = []
        line = ""

        def fits(piece: str) -> bool:
            return self.text_mm(shown(piece).rstrip(), role=role, weight=weight) <= width_mm

        taken = 0.0
        for piece in words_of(one_line(text)):
            # the same words come again and again: only near the edge is a whole line measured
            needs = self.text_mm(shown(piece), role=role, weight=weight)
            taken += needs
            if line and taken > 0.95 * width_mm and not fits(line + piece):
                lines.append(line)
                line, taken = "", needs
            while not fits(piece) and len(letters := clusters(piece)) > 1:
                cut = len(letters) - 1
                while cut > 1 and not fits("".join(letters[:cut])):
                    cut -= 1
                lines.append("".join(letters[:cut]))
                piece = "".join(letters[cut:])
                taken = self.text_mm(shown(piece), role=role, weight=weight)
            line += piece
        if shown(line).strip() or not lines:
            lines.append(line)
        return [shown(line).rstrip() for line in lines]

    def title_lines(self, title: str) -> list[str]:
        """Break a title into as few lines as it needs, of about the same length."""
        if not title:
            return []
        lines = self._filled(title, self.inner_mm, "title", "bold")
        return self._balanced(title, lines, self.inner_mm, "title", "bold")

    def _balanced(self, text: str, lines: list[str], width_mm: float, role: str, weight: str) -> list[str]:
        """Break a text into as many lines as it has, at the least width that takes no more."""
        low, high, fewest = width_mm / 2, width_mm, len(lines)
        while fewest > 1 and high - low > 0.5:
            middle = (low + high) / 2
            tried = self._filled(text, middle, role, weight)
            if len(tried) == fewest:
                lines, high = tried, middle
            else:
                low = middle
        return lines

    def blank(self) -> Sheet:
        """Return another sheet with the same words on it, to try how much room they leave."""
        return Sheet(self.width, self.theme, self.words, self.heading)

    def open(self, body_mm: float) -> Figure:
        """Set the figure's height for a body of so many mm and write the heading and the notes."""
        head, foot, inner = self.heading, self.heading, self.inner_mm
        title = ". ".join(filter(None, [head.number, head.title]))
        above = [(line, "title", "bold", self.theme.ink) for line in self.title_lines(title)]
        above += [
            (line, "subtitle", "normal", self.theme.faint) for line in self._lines(head.subtitle, inner, "subtitle")
        ]
        notes = [
            (line, "note", "normal", self.theme.faint) for line in self._lines(" ".join(foot.notes), inner, "note")
        ]
        sources = [(line, "note", "normal", self.theme.ink) for line in self._lines(foot.source, inner, "note")]
        above_mm = sum(self.line_mm(role) for _, role, _, _ in above)
        gap_above, gap_below = GAP_MM * bool(above), GAP_MM * bool(notes or sources)
        between = GAP_MM / 2 * bool(notes and sources)
        below_mm = len([*notes, *sources]) * self.line_mm("note") + between
        self.height_mm = PAD + above_mm + gap_above + body_mm + gap_below + below_mm + PAD
        self.body_bottom = PAD + below_mm + gap_below
        self.body_top = self.body_bottom + body_mm
        self.figure.set_size_inches(self.width_mm * MM, self.height_mm * MM)
        y = self.height_mm - PAD
        for text, role, weight, colour in above:
            y = self._write(text, y, role, weight, colour)
        y = PAD + below_mm
        for part, after in ((notes, between), (sources, 0.0)):
            for text, role, weight, colour in part:
                y = self._write(text, y, role, weight, colour)
            y -= after
        return self.figure

    def axes(self, *, left: float, right: float, bottom: float = 0.0, top: float = 0.0, bare: bool = False) -> Axes:
        """Return axes inside the body with margins in mm; bare ones have neither frame nor ticks, and mm as units."""
        x0, x1 = PAD + left, self.width_mm - PAD - right
        y0, y1 = self.body_bottom + bottom, self.body_top - top
        ax = self.figure.add_axes(
            (x0 / self.width_mm, y0 / self.height_mm, (x1 - x0) / self.width_mm, (y1 - y0) / self.height_mm),
            axes_class=Panel,
            points=self.points(),
        )
        if bare:
            ax.set_axis_off()
            ax.set_xlim(0, x1 - x0)
            ax.set_ylim(0, y1 - y0)
        return ax

    def key(self, ax: Axes, entries: Sequence[Entry], *, x: float = 0.0, y: float, width_mm: float) -> float:
        """Draw a key in bare axes from (x, y) downwards; return the mm it took."""
        for entry, at, row in self._flow(entries, width_mm):
            size = self._sign_mm(entry)
            low, middle = y - row * self.line_mm() - size, y - row * self.line_mm() - self._sign_mm() / 2
            if entry.mark:
                weight = "bold" if entry.mark.isalpha() else "normal"  # a letter is told from its word
                write_centred(ax, x + at + size / 2, middle, entry.mark, self.points(), weight=weight, ha="center")
            elif entry.dash is not None:
                ends = [x + at, x + at + size]
                ax.plot(
                    ends, [middle, middle], color=entry.colour, linestyle=entry.dash, linewidth=1.4, clip_on=False,
                    path_effects=outline_of(entry.colour, self),
                )  # fmt: skip
            else:
                box = swatch((x + at, low), size, size, entry.colour, entry.hatch, self.theme, edge=entry.edge)
                ax.add_artist(box)
            write_centred(ax, x + at + size + 1, middle, entry.label, self.points())
        return self.key_mm(entries, width_mm)

    def key_mm(self, entries: Sequence[Entry], width_mm: float) -> float:
        """Return the height in mm that `key` takes."""
        return (1 + max((row for _, _, row in self._flow(entries, width_mm)), default=-1)) * self.line_mm()

    def _sign_mm(self, entry: Entry | None = None) -> float:
        """Return the width of what stands before a label of a key."""
        return SAMPLE_MM if entry is not None and entry.dash is not None else self.points() * POINT_MM

    def _flow(self, entries: Sequence[Entry], width_mm: float) -> list[tuple[Entry, float, int]]:
        """Place the entries of a key in as few rows as they need, of about the same length."""
        needs = [self._sign_mm(entry) + 1 + self.text_mm(entry.label) for entry in entries]
        gap = next((gap for gap in (3.5, 2.8, 2.1) if sum(needs) + gap * (len(needs) - 1) <= width_mm), 3.5)
        rows = self._rows(needs, gap, width_mm)
        low, high = width_mm / 2, width_mm
        while rows and rows[-1] and high - low > 0.5:  # no row is left to a word or two
            middle = (low + high) / 2
            tried = self._rows(needs, gap, middle)
            low, high = (low, middle) if tried[-1] == rows[-1] else (middle, high)
        rows = self._rows(needs, gap, high)
        placed, at = [], 0.0
        for place, (entry, row) in enumerate(zip(entries, rows, strict=True)):
            at = 0.0 if place and row != rows[place - 1] else at
            placed.append((entry, at, row))
            at += needs[place] + gap
        return placed

    @staticmethod
    def _rows(needs: Sequence[float], gap: float, width_mm: float) -> list[int]:
        """Return the row of each entry where no row is longer than a width."""
        rows, at, row = [], 0.0, 0
        for need in needs:
            if at > 0 and at + need > width_mm:
                at, row = 0.0, row + 1
            rows.append(row)
            at += need + gap
        return rows

    def _lines(self, text: str, width_mm: float, role: str) -> list[str]:
        return self.wrapped(text, width_mm, role=role) if text else []

    def _write(self, text: str, y: float, role: str, weight: str, colour: str) -> float:
        low = y - self.line_mm(role)
        line = self.figure.text(
            PAD / self.width_mm,
            (low + 0.28 * self.line_mm(role)) / self.height_mm,
            text,
            fontsize=self.points(role),
            fontweight=weight,
            color=colour,
            va="baseline",
            ha="left",
            label=role,
        )
        self.around.append(line)
        return low


def outline_of(colour: str, sheet: Sheet) -> list[AbstractPathEffect] | None:
    """Return the outline of a line that is too pale for the paper; None where it needs none."""
    pale = contrast(colour, sheet.theme.paper) < 3
    edge = patheffects.Stroke(linewidth=2.0, foreground=sheet.theme.faint)
    return [edge, patheffects.Normal()] if pale else None


def swatch(
    corner: tuple[float, float], width: float, height: float, colour: str, hatch: str, theme: Theme, *, edge: str = ""
) -> Rectangle:
    """Return a filled box, hatched where the state is not a stage, outlined so that it shows on white."""
    outline, width_pt = (edge, EDGE) if edge else (theme.faint if hatch else theme.rule, 0.4)
    return Box(corner, width, height, facecolor=colour, edgecolor=outline, hatch=hatch or None, linewidth=width_pt)


def one_line(text: str) -> str:
    r"""Replace line breaks and characters that cannot be drawn by a space: text from a cell may hold them.

    Signs that turn the direction of other letters are left out, so that a name turns none but itself.

    >>> one_line("Office\nof the\ttown")
    'Office of the town'
    """
    return _UNDRAWN.sub(" ", _TURNING.sub("", text))


@cache
def _text_mm(text: str, points: float, weight: str, fonts: tuple[str, ...]) -> float:
    return extent(text, FontProperties(family=list(fonts), size=points, weight=weight))[0] * POINT_MM
