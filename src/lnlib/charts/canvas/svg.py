"""A figure as SVG, drawn once, with its text as text; PDF and PNG are made from it (`lnlib.charts.canvas.export`)."""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from lnlib.charts.canvas.line_breaks import shown
from lnlib.charts.canvas.text_size import extent

POINTS = 72  # an inch
_SIZE = re.compile(r'width="(?P<width>[\d.]+)pt" height="(?P<height>[\d.]+)pt" viewBox="\S+ (?P<top>\S+) \S+ \S+"')
_AROUND = "around"  # the group of each text around the drawing
_AROUND_GROUP = re.compile(rf' *<g id="{_AROUND}_\d+">.*?</g>\n', re.DOTALL)


class _Renderer(RendererSVG):
    """Draws a figure as SVG, with text measured once for all figures."""

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002 - the signature of matplotlib's renderers
    ) -> tuple[float, float, float]:
        """Measure a line of text."""
        return extent(s, prop)


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG.

    Parameters
    ----------
    content : str
        As matplotlib writes it, or with what `svg` adds.
    width, height : float
        Points.
    title, description : str
        Its name, and what it shows, for a reader who cannot see it.
    top : float
        Points of the figure that lie above it.
    """

    content: str
    width: float
    height: float
    title: str
    description: str
    top: float = 0.0

    @classmethod
    def of(cls, figure: Figure, *, title: str, description: str, around: Sequence[Text] = ()) -> Drawing:
        """Draw a figure; it is left as it was. Texts `around` the drawing are those that `body` omits."""
        buffer = io.StringIO()
        width, height = (float(side) * POINTS for side in figure.get_size_inches())
        # nothing in it says when it was drawn
        about = {"Title": title, "Description": description, "Date": None}
        with _a_dot_a_point(figure), _grouped(around):
            # matplotlib is typed in part
            renderer = _Renderer(width, height, buffer, metadata=about)  # type: ignore[no-untyped-call]
            figure.draw(renderer)
            renderer.finalize()  # type: ignore[no-untyped-call]
        # the marks between words did their work in breaking lines
        return cls(shown(buffer.getvalue()), width, height, title, description)

    @classmethod
    def read(cls, svg: str) -> Drawing:
        """Read a drawing back from its SVG."""
        size = _SIZE.search(svg)
        title, description = (re.search(rf"<{name}[^>]*>(.*?)</{name}>", svg, re.DOTALL) for name in ("title", "desc"))
        assert size
        assert title
        assert description
        width, height, top = (float(size[name]) for name in ("width", "height", "top"))
        return cls(svg, width, height, html.unescape(title[1]), html.unescape(description[1]), top)

    def body(self, low: float, high: float) -> Drawing:
        """Return the part between two heights, in points from below, without the texts around it."""
        top = self.height - high
        return replace(self, content=_AROUND_GROUP.sub("", self.content), height=high - low, top=top)

    def svg(self) -> str:
        """Return the SVG: one image with its name and description for a reader who cannot see it.

        Its root names `<title>` and `<desc>` by ids that come of the words, so that figures on one page keep theirs apart
        (SVG 2, "Access"; WAI-ARIA, `aria-labelledby` and `aria-describedby`).
        """
        key = f"{zlib.crc32(f'{self.title} {self.description}'.encode()):08x}"
        box = " ".join(f"{length:.6f}" for length in (0, self.top, self.width, self.height))
        svg = _SIZE.sub(
            f'width="{self.width:.6f}pt" height="{self.height:.6f}pt" viewBox="{box}"', self.content, count=1
        )
        if 'role="img"' in svg[: svg.index(">", svg.index("<svg"))]:
            return svg
        for written, replacement in (
            ("<svg ", f'<svg role="img" aria-labelledby="title-{key}" aria-describedby="desc-{key}" '),
            ("<title>", f'<title id="title-{key}">'),
            ("</title>", f'</title>\n <desc id="desc-{key}">{escape(self.description)}</desc>'),
        ):
            svg = svg.replace(written, replacement, 1)
        return svg


@contextmanager
def _a_dot_a_point(figure: Figure) -> Iterator[None]:
    before = figure.dpi
    try:
        figure.dpi = POINTS
        yield
    finally:
        figure.dpi = before


@contextmanager
def _grouped(texts: Sequence[Text]) -> Iterator[None]:
    """Have each of some texts written in a group of an id of its own."""
    before = [text.get_gid() for text in texts]
    try:
        for place, text in enumerate(texts, start=1):
            text.set_gid(f"{_AROUND}_{place}")
        yield
    finally:
        for text, gid in zip(texts, before, strict=True):
            text.set_gid(gid)
