"""The fonts of a figure within the figure: a page that shows an SVG as an image lends it none."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

from lnlib.batch.site.pages import font_face
from lnlib.charts.style.typeface import SHIPPED, WEIGHTS, subset_of

_TEXT = re.compile(r"<text [^>]*>([^<]*)</text>")
_OPENING = re.compile(r"<svg [^>]*>")


def with_fonts(svg: bytes) -> bytes:
    """Return a figure that was saved as SVG with the glyphs of the shipped typeface that its words use.

    Without them it is set in another typeface, and words run over their neighbours. A family of the house style that was
    installed by hand is not copied: its licence may forbid it.
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
    return font_face(family, weight, subset_of(file, map(ord, letters))).rstrip()
