"""Figures as pictures that every word processor shows."""

from __future__ import annotations

from lnlib.charts.canvas.export import png
from lnlib.charts.canvas.svg import Drawing


def raster(svg: bytes, language: str) -> bytes:
    """Return a figure that was saved as SVG, in a language, as PNG."""
    return png(Drawing.read(svg.decode()), language)
