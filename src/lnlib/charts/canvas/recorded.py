"""A figure drawn once, to be printed in any format and resolution.

matplotlib lays a figure out and asks every artist to draw itself once for each file that is made. Most of that is the
same for all of them: here the figure draws itself on a `Recording`, in points, which then draws what it was told on
the renderer of a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import PathEffectRenderer
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform, TransformedPath

from lnlib.charts.canvas.breaking import shown
from lnlib.charts.canvas.measured import extent

POINTS = 72  # an inch
IMAGES = 300  # dots per inch that pictures in a figure are resampled to


@dataclass(frozen=True)
class Line:
    """A line of text as it was set; it answers renderers as the `Text` would that it comes from."""

    text: str
    font: FontProperties
    angle: float
    ismath: Any
    anchor: tuple[float, float]
    ha: str
    rotation_mode: str
    features: Any
    language: Any
    outline: tuple[Any, ...]  # path effects
    whole: bool  # whether it is all of its text

    def get_unitless_position(self) -> tuple[float, float]:
        """Return the point in the figure that it is aligned with, in points."""
        return self.anchor

    def get_transform(self) -> IdentityTransform:
        """Return that the point is in the figure."""
        return IdentityTransform()

    def get_ha(self) -> str:
        """Return which side of it the point is at."""
        return self.ha

    def get_rotation_mode(self) -> str:
        """Return whether it was turned around the point."""
        return self.rotation_mode

    def get_fontfeatures(self) -> Any:
        """Return the features of the font that were asked for."""
        return self.features

    def get_language(self) -> Any:
        """Return the language that was asked for."""
        return self.language


TextDrawing = Callable[[Any, GraphicsContextBase, float, float, Line], None]


def draw_line(renderer: Any, gc: GraphicsContextBase, x: float, y: float, line: Line) -> None:
    """Draw a line of text with its outline."""
    target: Any = PathEffectRenderer(line.outline, renderer) if line.outline else renderer
    target.draw_text(gc, x, y, line.text, line.font, line.angle, ismath=line.ismath, mtext=line if line.whole else None)


class Recording(RendererBase):
    """What a figure draws, in points from its lower left corner.

    Parameters
    ----------
    width, height : float
        Of the figure, in points.
    """

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.below = 0.0  # points of the figure that lie under it
        self.whole: Recording = self  # what it is a band of
        self.raster: tuple[np.ndarray, np.ndarray] | None = None  # palette and pixels, once it was printed
        self._steps: list[Callable[[Any, _Onto], None]] = []
        self._body = 0
        self._outlines: dict[Text, list[Any]] = {}

    @classmethod
    def of(cls, figure: Figure, *, around: Sequence[Text] = ()) -> Recording:
        """Record a figure; it is left as it was. Texts `around` the drawing come last, so that `band` can omit them."""
        before = figure.dpi
        outlines = {text: text.get_path_effects() for text in _texts(figure) if text.get_path_effects()}
        try:
            figure.dpi = POINTS
            recording = cls(*figure.bbox.size)
            recording._outlines = outlines
            for text in outlines:  # else only the outlines would be told, as paths, and no words
                text.set_path_effects([])
            for text in around:
                text.set_visible(False)
            figure.draw(recording)
            recording._body = len(recording._steps)
            for text in around:
                text.set_visible(True)
                text.draw(recording)
            return recording
        finally:
            for text, drawn in outlines.items():
                text.set_path_effects(drawn)
            figure.dpi = before

    def band(self, low: float, high: float) -> Recording:
        """Return the part between two heights, in points from below, without the texts around the drawing."""
        part = Recording(self.width, high - low)
        part.below, part.whole = low, self
        part._steps, part._body, part._outlines = self._steps[: self._body], self._body, self._outlines
        return part

    def replay(self, renderer: Any, dpi: float = POINTS, *, draw_text: TextDrawing = draw_line) -> None:
        """Draw it on the renderer of a format, at so many dots an inch."""
        onto = _Onto(renderer, dpi / POINTS, self.below, draw_text)
        for draw in self._steps:
            draw(renderer, onto)

    # --- what artists ask of a renderer

    def flipy(self) -> bool:
        """Return False: y increases upwards."""
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size in points."""
        return self.width, self.height

    def get_image_magnification(self) -> float:
        """Return how many pixels a picture has for each point."""
        return IMAGES / POINTS

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Measure a line of text."""
        return extent(s, prop, ismath)

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group of a name."""
        self._steps.append(lambda renderer, _: renderer.open_group(s, gid))

    def close_group(self, s: str) -> None:
        """End a group."""
        self._steps.append(lambda renderer, _: renderer.close_group(s))

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        """Record a path."""
        kept, place = _kept(gc), _placed(transform)
        self._steps.append(
            lambda renderer, onto: renderer.draw_path(onto.context(kept), path, onto.place(place), rgbFace)
        )

    def draw_markers(
        self,
        gc: Any,
        marker_path: Any,
        marker_trans: Any,
        path: Any,
        trans: Any,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Record a marker at each of a path's points."""
        kept, mark, place = _kept(gc), _placed(marker_trans), _placed(trans)
        self._steps.append(
            lambda renderer, onto: renderer.draw_markers(
                onto.context(kept), marker_path, onto.size(mark), path, onto.place(place), rgbFace
            )
        )

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Record an image."""
        assert transform is None  # only renderers that scale pictures themselves are given one
        kept = _kept(gc)
        self._steps.append(lambda _, onto: onto.image(kept, x, y, im))

    def draw_gouraud_triangles(self, gc: Any, triangles_array: Any, colors_array: Any, transform: Any) -> None:
        """Record shaded triangles."""
        kept, place = _kept(gc), _placed(transform)
        self._steps.append(
            lambda renderer, onto: renderer.draw_gouraud_triangles(
                onto.context(kept), triangles_array, colors_array, onto.place(place)
            )
        )

    def draw_text(  # noqa: PLR0913 - the signature of matplotlib's renderers
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Record a line of text."""
        kept, anchor = _kept(gc), (x, y)
        known: dict[str, Any] = {"ha": "left", "rotation_mode": "default", "features": None, "language": None}
        if mtext is not None:
            anchor = tuple(mtext.get_transform().transform(mtext.get_unitless_position()))
            known = {name: getattr(mtext, f"get_{ask}")() for name, ask in _ASKED.items()}
        outline = tuple(self._outlines.get(mtext, ()))
        # to a PDF the marks between words would not be as narrow as they were measured
        line = Line(shown(s), prop, angle, ismath, anchor, **known, outline=outline, whole=mtext is not None)
        self._steps.append(lambda _, onto: onto.text(kept, x, y, line))


_ASKED = {"ha": "ha", "rotation_mode": "rotation_mode", "features": "fontfeatures", "language": "language"}


class _Onto:
    """A renderer that a recording is drawn on, at a scale, from a height upwards."""

    def __init__(self, renderer: Any, scale: float, below: float, draw_text: TextDrawing) -> None:
        self._renderer, self._scale, self._below, self._draw_text = renderer, scale, below, draw_text
        self._by = np.array([[scale, 0, 0], [0, scale, -below * scale], [0, 0, 1]])
        self._same = scale == 1 and not below

    def place(self, placed: Affine2D) -> Affine2D:
        return placed if self._same else Affine2D(self._by @ placed.get_matrix())

    def size(self, sized: Affine2D) -> Affine2D:
        """Scale a marker about its own origin: only the points that it is drawn at are moved."""
        return Affine2D(sized.get_matrix()).scale(self._scale)

    def context(self, kept: GraphicsContextBase) -> GraphicsContextBase:
        gc: GraphicsContextBase = self._renderer.new_gc()
        gc.copy_properties(kept)
        if not self._same:
            rectangle = kept.get_clip_rectangle()
            if rectangle is not None:
                gc.set_clip_rectangle(Bbox((rectangle.get_points() - [0, self._below]) * self._scale))
            path, placed = _clip(kept)
            if path is not None:
                gc.set_clip_path(TransformedPath(path, self.place(placed)))
        return gc

    def text(self, kept: GraphicsContextBase, x: float, y: float, line: Line) -> None:
        height = self._renderer.get_canvas_width_height()[1]
        x, y = x * self._scale, (y - self._below) * self._scale
        if self._below:
            line = replace(line, anchor=(line.anchor[0], line.anchor[1] - self._below))
        self._draw_text(self._renderer, self.context(kept), x, height - y if self._renderer.flipy() else y, line)

    def image(self, kept: GraphicsContextBase, x: float, y: float, pixels: np.ndarray) -> None:
        if not getattr(self._renderer, "image_dpi", 0):  # it takes each pixel for one of its own
            rows, columns = (max(round(many * self._scale * POINTS / IMAGES), 1) for many in pixels.shape[:2])
            down, across = (
                np.minimum((np.arange(now) + 0.5) * before / now, before - 1).astype(int)
                for now, before in ((rows, pixels.shape[0]), (columns, pixels.shape[1]))
            )
            pixels = np.ascontiguousarray(pixels[down][:, across])
        at = x * self._scale, (y - self._below) * self._scale
        self._renderer.draw_image(self.context(kept), *at, pixels)


class Replayed(Figure):
    """A recording as a figure, for matplotlib to save."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(figsize=(recording.width / POINTS, recording.height / POINTS))
        self._recording = recording

    def draw(self, renderer: Any) -> None:
        """Draw what was recorded."""
        self._recording.replay(renderer, self.dpi)


def _texts(artist: Artist) -> Iterator[Text]:
    """Find the texts that are drawn; an axis that is off would make its ticks only to be asked for them."""
    for child in artist.get_children():
        if isinstance(child, Text):
            yield child
        elif not (isinstance(child, Axis) and isinstance(artist, Axes) and not artist.axison):
            yield from _texts(child)


def _kept(gc: GraphicsContextBase) -> GraphicsContextBase:
    """Return a copy of how something is drawn, which later changes of the figure leave alone."""
    kept = GraphicsContextBase()
    kept.copy_properties(gc)
    rectangle = gc.get_clip_rectangle()
    if rectangle is not None:
        kept.set_clip_rectangle(rectangle.frozen())
    path, placed = _clip(gc)
    if path is not None:
        kept.set_clip_path(TransformedPath(path, placed))
    return kept


def _clip(gc: Any) -> tuple[Any, Affine2D]:
    """Return the path that a drawing is clipped to, and how it is placed; the stubs do not know the two."""
    path, transform = gc.get_clip_path()
    return path, Affine2D() if transform is None else _placed(transform)


def _placed(transform: Any) -> Affine2D:
    """Return a transform as it is now."""
    return Affine2D(np.array(transform.get_matrix()))
