"""Figures that show everywhere as they were drawn: as PNG, and as SVG with the glyphs that it uses."""

from __future__ import annotations

import base64
import html
import io
import re
from functools import cache
from pathlib import Path

from lnlib.charts.canvas.export import png
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.typeface import SHIPPED, WEIGHTS

_TEXT = re.compile(r"<text [^>]*>([^<]*)</text>")
_OPENING = re.compile(r"<svg [^>]*>")


def raster(svg: bytes, language: str) -> bytes:
    """Return a figure that was saved as SVG, in a language, as PNG."""
    return png(Drawing.read(svg.decode()), language)


def with_fonts(svg: bytes) -> bytes:
    """Return a figure that was saved as SVG with the glyphs of the shipped typeface that its words use.

    A page that shows an SVG as an image lends it no fonts; without its own, it is set in another typeface, and words run
    over their neighbours. A family of the house style that was installed by hand is not copied: its licence may forbid it.
    """
    text = svg.decode()
    letters = frozenset(html.unescape("".join(_TEXT.findall(text))))
    faces = "".join(
        _face(face.family, weight, file, letters)
        for face in SHIPPED
        if f"'{face.family}'" in text
        for weight, file in zip(WEIGHTS, face.files(), strict=True)
    )
    return _OPENING.sub(lambda opening: f"{opening[0]}\n <style>{faces}</style>", text, count=1).encode()


@cache
def _face(family: str, weight: int, file: Path, letters: frozenset[str]) -> str:
    # fontTools takes a third of a second to import
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    subsetter = Subsetter(Options(hinting=False, notdef_outline=True, layout_features=["*"]))
    subsetter.populate(text="".join(letters))
    subset = io.BytesIO()
    with TTFont(file, lazy=True, recalcTimestamp=False) as font:
        subsetter.subset(font)
        font.save(subset)
    content = base64.b64encode(subset.getvalue()).decode()
    source = f"url(data:font/ttf;base64,{content})"
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}'
