"""What is wrong with a figure: words that touch, are cut, too small or hard to read, and marks outside their axes.

Nothing is taken on trust from the artists. The figure is drawn once, at a coarse resolution, by a renderer that leaves
the words out and writes down where each would have stood, what was already there and what was drawn over it later. So
rotated text, text in boxes, clipped text and text on pictures are all measured as they are drawn, and what is not drawn
is not measured.

Contrast is that of WCAG 2.2 (success criterion 1.4.3, relative luminance); boxes of rotated words are compared by the
separating axis theorem (Gottschalk, Lin and Manocha 1996).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal
from matplotlib.text import Text

from lnlib.charts.canvas.line_breaks import shown
from lnlib.charts.canvas.sheet import TITLE
from lnlib.charts.canvas.svg import POINTS
from lnlib.charts.canvas.text_size import extent
from lnlib.charts.style.contrast import luminance
from lnlib.charts.style.house_style import LEAST_CONTRAST, SMALLEST_POINTS

DOTS_PER_INCH = 100
HAIR_MM = 0.25  # boxes of letters have a little air: they may go so far into each other
MOST_TITLE_LINES = 2
LEAST_LAST_LINE = 0.4  # of the title's longest line
BEYOND_MM = 1.5  # marks of one value may stand side by side so far beyond their axes
PART = 0.12  # of what lies behind a word may be too near its colour: a line that passes, not a ground


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a word, or with the marks of an axes.

    Parameters
    ----------
    kind : str
        `overlap`, `outside`, `cut`, `covered`, `small` or `contrast`; of a title, `long` or `orphan`; of marks, `beyond`.
    text : str
        The word, the title's last line, or the side of the axes.
    more : str
        The other word, or the measure.
    """

    kind: str
    text: str
    more: str = ""

    def __str__(self) -> str:
        return {
            "overlap": f"'{self.text}' overlaps '{self.more}'",
            "outside": f"'{self.text}' leaves the figure",
            "cut": f"'{self.text}' is cut by its axes",
            "covered": f"'{self.text}' is covered by what is drawn over it",
            "small": f"'{self.text}' is {self.more} points, under {SMALLEST_POINTS}",
            "long": f"the title takes {self.more} lines, over {MOST_TITLE_LINES}",
            "orphan": f"the title leaves '{self.text}' to its last line",
            "beyond": f"marks lie {self.more} mm beyond the {self.text} of their axes: leave them out, or widen the axis",
            "contrast": f"'{self.text}' has a contrast of {self.more}:1, under {LEAST_CONTRAST}:1",
        }[self.kind]


def faults(figure: Figure) -> list[Fault]:
    """Measure the words drawn on a figure at its print size, the lines of its title, and its marks.

    Parameters
    ----------
    figure : Figure
        Drawn, and left as it was.

    Returns
    -------
    list of Fault
        In the order drawn, overlaps last; empty where all is well.
    """
    words, size = _drawn(figure)
    result = [Fault(kind, word.text, more) for word in words for kind, more in _alone(word, size)]
    result += [Fault("overlap", one.text, two.text) for one, two in _touching(words)]
    return result + _of_title(figure) + [fault for ax in figure.axes if ax.axison for fault in _beyond(ax)]


def _of_title(figure: Figure) -> list[Fault]:
    """Find what is wrong with the lines of the title."""
    lines = [text for text in figure.texts if text.get_label() == TITLE]
    widths = [extent(line.get_text(), line.get_fontproperties())[0] for line in lines]
    result = [Fault("long", lines[-1].get_text(), str(len(lines)))] if len(lines) > MOST_TITLE_LINES else []
    if len(lines) > 1 and widths[-1] < LEAST_LAST_LINE * max(widths):
        result.append(Fault("orphan", lines[-1].get_text()))
    return result


def _beyond(ax: Axes) -> Iterator[Fault]:
    """Find marks and bars outside their axes, whether they are drawn over what is there or cut away."""
    corners = np.concatenate([np.empty((0, 2)), *(_corners(one) for one in ax.get_children() if one is not ax.patch)])
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return
    box, mm = ax.get_window_extent(), ax.figure.get_dpi() / 25.4
    low, high = corners.min(axis=0), corners.max(axis=0)
    over = {"left": box.x0 - low[0], "right": high[0] - box.x1, "bottom": box.y0 - low[1], "top": high[1] - box.y1}
    for side, pixels in over.items():
        if pixels > BEYOND_MM * mm:
            yield Fault("beyond", side, f"{pixels / mm:.0f}")


def _corners(artist: Any) -> np.ndarray:
    """Return where the marks of an artist stand, or the corners of a bar, in pixels; of what is not seen, nothing."""
    points: Any = np.empty((0, 2))
    if not artist.get_visible():
        return np.asarray(points)
    if isinstance(artist, Line2D) and artist.get_marker() not in ("None", "none", "", " ", None):
        points = artist.get_transform().transform(artist.get_xydata())
    elif isinstance(artist, PathCollection):
        points = artist.get_offset_transform().transform(artist.get_offsets())
    elif isinstance(artist, Rectangle) and to_rgba(artist.get_facecolor())[3]:
        points = artist.get_window_extent().get_points()
    return np.asarray(points, dtype=float)


@dataclass
class _Word:
    """A line of text as drawn: its box in pixels (anticlockwise, y upwards), and what lies behind it."""

    text: str
    points: float
    box: np.ndarray
    colour: np.ndarray
    behind: np.ndarray
    place: tuple[slice, slice, np.ndarray]
    clip: np.ndarray | None = None
    halo: np.ndarray | None = None
    over: np.ndarray = field(default_factory=lambda: np.empty(0))


class _Recorder(RendererAgg):
    """Draws everything but the words, and keeps those."""

    def __init__(self, width: float, height: float, dpi: float, halos: Mapping[Text, np.ndarray | None]) -> None:
        super().__init__(width, height, dpi)  # type: ignore[no-untyped-call]  # matplotlib is typed in part
        self.words: list[_Word] = []
        self._halos = halos

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002 - the signature of matplotlib's renderers
    ) -> tuple[float, float, float]:
        """Measure a line of text."""
        width, height, descent = (length * self.dpi / POINTS for length in extent(s, prop))
        return width, height, descent

    def draw_text(  # noqa: PLR0913 - the signature of matplotlib's renderers
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Write down where a line of text would stand, and what is there."""
        s = shown(s)
        if not s.strip() or gc.get_alpha() == 0 or gc.get_rgb()[3] == 0:
            return
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        turn = np.deg2rad(angle)
        across, up = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        corner = np.array([x, self.height - y]) - descent * up
        box = corner + np.array([0 * across, width * across, width * across + height * up, height * up])
        place = self._place(box)
        word = _Word(s, float(prop.get_size_in_points()), box, self._colour(gc), self._pixels(place), place)
        word.clip = self._clip(gc)
        # an outline is not measured as a word, but counts as its ground
        word.halo = self._halos.get(mtext)
        self.words.append(word)

    def finished(self) -> list[_Word]:
        """Return the words, with what came to lie over them."""
        for word in self.words:
            word.over = self._pixels(word.place)
        return self.words

    def _place(self, box: np.ndarray) -> tuple[slice, slice, np.ndarray]:
        """Return the rows and columns of pixels around a box, and which of those are in it."""
        x0, y0 = np.maximum(np.floor(box.min(axis=0)), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(box.max(axis=0)), (self.width, self.height)).astype(int)
        x1, y1 = max(x1, x0), max(y1, y0)
        inside = np.ones((y1 - y0, x1 - x0), dtype=bool)
        if not (box[0] == box[1]).any():  # turned
            y, x = np.ogrid[y1 - 0.5 : y0 : -1, x0 + 0.5 : x1]  # from the top, as pixels are counted
            for a, b in pairwise([*box, box[0]]):
                inside &= (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0
        height = int(self.height)
        return slice(height - y1, height - y0), slice(x0, x1), inside

    def _pixels(self, place: tuple[slice, slice, np.ndarray]) -> np.ndarray:
        rows, columns, inside = place
        colours: np.ndarray = np.asarray(RendererAgg.buffer_rgba(self))[rows, columns][inside][:, :3].astype(int)
        return colours

    @staticmethod
    def _colour(gc: Any) -> np.ndarray:
        red, green, blue, alpha = gc.get_rgb()
        return np.array([red, green, blue, alpha if gc.get_alpha() is None else gc.get_alpha()])

    @staticmethod
    def _clip(gc: Any) -> np.ndarray | None:
        """Return the corners of what the text is clipped to: left, bottom, right, top."""
        extents = []
        if gc.get_clip_rectangle() is not None:
            extents.append(gc.get_clip_rectangle().extents)
        path, transform = gc.get_clip_path()
        if path is not None:
            extents.append(path.get_extents(transform).extents)
        if not extents:
            return None
        sides = np.array(extents)
        overlap: np.ndarray | None = np.r_[sides[:, :2].max(axis=0), sides[:, 2:].min(axis=0)]
        return overlap


def _drawn(figure: Figure) -> tuple[list[_Word], np.ndarray]:
    """Draw a figure without its words; return those, and its size in pixels."""
    dpi = figure.dpi
    outlined = {text: text.get_path_effects() for text in _texts(figure) if text.get_path_effects()}
    try:
        figure.dpi = DOTS_PER_INCH
        for text in outlined:  # else only the outlines would be drawn, as paths, and no words
            text.set_path_effects([])
        width, height = map(float, figure.bbox.size)
        halos = {text: _halo(effects) for text, effects in outlined.items()}
        recorder = _Recorder(width, height, DOTS_PER_INCH, halos)
        figure.draw(recorder)
    finally:
        figure.dpi = dpi
        for text, effects in outlined.items():
            text.set_path_effects(effects)
    return recorder.finished(), np.array([width, height])


def _texts(artist: Artist) -> Iterator[Text]:
    """Yield the texts within an artist; an axis that is not drawn is not asked, as it would make its ticks for that."""
    for child in artist.get_children():
        if isinstance(child, Text):
            yield child
        elif not (isinstance(child, Axis) and not (child.axes.axison and child.get_visible())):
            yield from _texts(child)


def _halo(effects: Sequence[Any]) -> np.ndarray | None:
    for effect in effects:
        given = getattr(effect, "_gc", {})
        if not isinstance(effect, Normal) and given.get("foreground") and given.get("linewidth", 0) >= 1:
            return np.array(to_rgb(given["foreground"]))
    return None


def _alone(word: _Word, size: np.ndarray) -> Iterator[tuple[str, str]]:
    """Find what is wrong with a word by itself."""
    hair = HAIR_MM / 25.4 * DOTS_PER_INCH
    low, high = word.box.min(axis=0), word.box.max(axis=0)
    if (low < -hair).any() or (high > size + hair).any():
        yield "outside", ""
    elif word.clip is not None and ((low < word.clip[:2] - hair).any() or (high > word.clip[2:] + hair).any()):
        yield "cut", ""
    if word.points < SMALLEST_POINTS - 1e-6:
        yield "small", f"{word.points:g}"
    if not word.behind.size:
        return
    if (np.abs(word.over - word.behind).max(axis=-1) > 25).mean() > PART:
        yield "covered", ""
    least = _contrast(word)
    if least < LEAST_CONTRAST:
        yield "contrast", f"{least:.1f}"


def _contrast(word: _Word) -> float:
    """Return the contrast with what lies behind a word, but for the small part of it that is nearest in colour."""
    if word.halo is not None:
        ground, many = word.halo[None, :], np.ones(1, dtype=int)
    else:
        # a ground has few colours: each is measured once
        packed, many = np.unique(word.behind @ [65536, 256, 1], return_counts=True)
        ground = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1) / 255
    ink = word.colour[3] * word.colour[:3] + (1 - word.colour[3]) * ground
    one, two = luminance(ink), luminance(ground)
    ratio = (np.maximum(one, two) + 0.05) / (np.minimum(one, two) + 0.05)
    nearest = np.argsort(ratio)
    return float(ratio[nearest][np.searchsorted(many[nearest].cumsum(), PART * many.sum())])


def _touching(words: list[_Word]) -> Iterator[tuple[_Word, _Word]]:
    """Find the pairs of words whose boxes go into each other."""
    if len(words) < 2:
        return
    hair = HAIR_MM / 25.4 * DOTS_PER_INCH
    low = np.array([word.box.min(axis=0) for word in words])
    high = np.array([word.box.max(axis=0) for word in words])
    near = (np.minimum(high[:, None], high) - np.maximum(low[:, None], low) > hair).all(axis=-1)
    for one, two in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        if _into(words[one].box, words[two].box) > hair:
            yield words[one], words[two]


def _into(one: np.ndarray, two: np.ndarray) -> float:
    """Return how far two boxes go into each other: the least, over the directions of their sides."""
    sides = [b - a for box in (one, two) for a, b in pairwise(box[:3])]
    depths = []
    for side in sides:
        length = np.hypot(*side)
        if not length:
            continue
        a, b = one @ (side / length), two @ (side / length)
        depths.append(min(a.max(), b.max()) - max(a.min(), b.min()))
    return float(min(depths, default=0.0))
