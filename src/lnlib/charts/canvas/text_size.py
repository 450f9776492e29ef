"""How much room a line of text takes, measured once for all figures: the words of a chart come again at each width."""

from __future__ import annotations

from functools import cache
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags

_DPI = 288  # fine enough that a line's parts, each rounded, add up
_MOST_KEPT = 20_000
_MEASURED: dict[tuple[Any, ...], tuple[float, float, float]] = {}
_SUBPIXELS = 64  # in a pixel, as FreeType counts


def extent(text: str, font: FontProperties) -> tuple[float, float, float]:
    """Return the width, the height and the depth below the baseline of a line of text, in points, without hinting."""
    key = (text, hash(font))
    if key not in _MEASURED:
        if len(_MEASURED) >= _MOST_KEPT:
            _MEASURED.clear()
        width, height, depth = (length * 72 / _DPI for length in _pixels(text, font))
        _MEASURED[key] = width, height, depth
    return _MEASURED[key]


def _pixels(text: str, font: FontProperties) -> tuple[float, float, float]:
    """Measure text as Agg's renderer does, which looks for the files of each family anew at every line."""
    style = (font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch())
    face = get_font(_files(tuple(font.get_family()), style, len(fontManager.ttflist)))
    face.clear()
    face.set_size(font.get_size_in_points(), _DPI)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = face.get_width_height()
    return width / _SUBPIXELS, height / _SUBPIXELS, face.get_descent() / _SUBPIXELS


@cache
def _files(families: tuple[str, ...], style: tuple[Any, ...], fonts_known: int) -> list[Any]:
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
