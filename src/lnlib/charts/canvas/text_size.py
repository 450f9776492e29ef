"""How much room a line of text takes, measured once for all figures: the words of a chart come again at each width and size."""

from __future__ import annotations

import io
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from matplotlib.font_manager import FontPath, FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

_POINTS, _DPI = 100, 72  # at which text is measured, as matplotlib does for SVG: other sizes are in proportion
_MOST_KEPT = 20_000
_SUBPIXELS = 64  # in a pixel, as FreeType counts


def extent(text: str, font: FontProperties) -> tuple[float, float, float]:
    """Return the width, the height and the depth below the baseline of a line of text, in points, without hinting."""
    style = (font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch())
    width, height, depth = _measured(text, tuple(font.get_family()), style, len(fontManager.ttflist))
    scale = font.get_size_in_points() / _POINTS
    return width * scale, height * scale, depth * scale


@lru_cache(_MOST_KEPT)
def _measured(
    text: str, families: tuple[str, ...], style: tuple[Any, ...], fonts_known: int
) -> tuple[float, float, float]:
    """Measure text as matplotlib's renderers do, which look for the files of each family anew at every line."""
    files = _files(families, style, fonts_known)
    face = _in_memory(files[0], threading.get_ident())
    if not all(face.get_char_index(ord(letter)) for letter in text):
        face = get_font(files)
    face.set_size(_POINTS, _DPI)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = face.get_width_height()
    return width / _SUBPIXELS, height / _SUBPIXELS, face.get_descent() / _SUBPIXELS


@cache
def _in_memory(file: FontPath, thread: int) -> FT2Font:
    """Return a font that is held in memory: from a file it is read in Python, glyph by glyph, and anew in each fork."""
    del thread  # of which each has its own, as one writes into it
    return FT2Font(io.BytesIO(Path(file.path).read_bytes()), face_index=file.face_index)


@cache
def _files(families: tuple[str, ...], style: tuple[Any, ...], fonts_known: int) -> list[FontPath]:
    """Return the files of the families that are installed, or of matplotlib's own where none is."""
    del fonts_known  # of more fonts, another may be nearer
    slant, variant, weight, stretch = style
    asked = [
        FontProperties(family=family, style=slant, variant=variant, weight=weight, stretch=stretch)
        for family in families
    ]
    found = []
    for font in asked:
        try:
            found.append(findfont(font, fallback_to_default=False))
        except ValueError:  # matplotlib's word for one that is not installed
            continue
    return found or [findfont(asked[0])]
