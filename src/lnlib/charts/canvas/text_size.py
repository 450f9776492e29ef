"""How much room a line of text takes, measured once for all figures: the words of a chart come again at each width."""

from __future__ import annotations

from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

_DPI = 288  # fine enough that a line's parts, each rounded, add up
_MOST_KEPT = 20_000
_MEASURED: dict[tuple[Any, ...], tuple[float, float, float]] = {}


def extent(text: str, font: FontProperties, ismath: Any = False) -> tuple[float, float, float]:
    """Return the width, the height and the depth below the baseline of a line of text, in points."""
    key = (text, hash(font), ismath, mpl.rcParams["text.hinting"])
    if key not in _MEASURED:
        if len(_MEASURED) >= _MOST_KEPT:
            _MEASURED.clear()
        pixels = _ruler().get_text_width_height_descent(text, font, ismath)
        width, height, depth = (float(length) * 72 / _DPI for length in pixels)
        _MEASURED[key] = width, height, depth
    return _MEASURED[key]


@cache
def _ruler() -> RendererAgg:
    return RendererAgg(1, 1, _DPI)
