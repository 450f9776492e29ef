"""Colours as they are seen: luminance, contrast and lightness (sRGB, IEC 61966-2-1; CIELAB, CIE 15; WCAG 2.2)."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.colors import to_hex, to_rgb

# linear sRGB to CIE XYZ (D65)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_DELTA = 6 / 29


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Return the relative luminance, 0 to 1, of sRGB colours (last axis: red, green, blue, 0 to 1)."""
    return np.asarray(linear(np.asarray(rgb, dtype=float)) @ [0.2126, 0.7152, 0.0722])


@cache
def contrast(one: str, two: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    dark, light = sorted(float(luminance(np.array(to_rgb(colour)))) for colour in (one, two))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str) -> np.ndarray:
    """Return lightness (0 to 100), a and b of a colour in CIELAB.

    >>> lab("#ffffff").round().tolist()[0]
    100.0
    """
    ratio = _TO_XYZ @ linear(np.array(to_rgb(colour))) / _WHITE
    f = np.where(ratio > _DELTA**3, np.cbrt(ratio), ratio / (3 * _DELTA**2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def of_lab(place: np.ndarray) -> str:
    """Return the colour nearest to a place in CIELAB."""
    y = (place[0] + 16) / 116
    f = np.array([y + place[1] / 500, y, y - place[2] / 200])
    ratio = np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))
    return hex_of(np.linalg.solve(_TO_XYZ, ratio * _WHITE))


def linear(rgb: np.ndarray) -> np.ndarray:
    """Return sRGB as linear light."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def hex_of(light: np.ndarray) -> str:
    """Return linear light as an sRGB colour."""
    kept = np.clip(light, 0, 1)
    return to_hex(tuple(np.where(kept <= 0.0031308, 12.92 * kept, 1.055 * kept ** (1 / 2.4) - 0.055).clip(0, 1)))
