"""Colours as they are seen: contrast, lightness, difference, and sight without one of the three cones.

Sources: sRGB, IEC 61966-2-1; CIELAB, CIE 15; contrast, WCAG 2.2; difference, CIEDE2000 (Sharma, Wu and Dalal 2005);
colour-vision deficiency, Machado, Oliveira and Fernandes (2009), severity 1.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex, to_rgb

# linear sRGB to CIE XYZ (D65)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_DELTA = 6 / 29
_SEEN = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SIGHTS = ("normal", *_SEEN)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Return the relative luminance, 0 to 1, of sRGB colours (last axis: red, green, blue, 0 to 1)."""
    return np.asarray(_linear(np.asarray(rgb, dtype=float)) @ [0.2126, 0.7152, 0.0722])


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
    ratio = _TO_XYZ @ _linear(np.array(to_rgb(colour))) / _WHITE
    f = np.where(ratio > _DELTA**3, np.cbrt(ratio), ratio / (3 * _DELTA**2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def of_lab(place: np.ndarray) -> str:
    """Return the colour nearest to a place in CIELAB."""
    y = (place[0] + 16) / 116
    f = np.array([y + place[1] / 500, y, y - place[2] / 200])
    ratio = np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))
    return _hex(np.linalg.solve(_TO_XYZ, ratio * _WHITE))


def seen(colour: str, sight: str) -> str:
    """Return a colour as it is seen by `normal`, `protan`, `deutan` or `tritan` eyes.

    >>> seen("#808080", "protan")
    '#808080'
    """
    return colour if sight == "normal" else _hex(np.array(_SEEN[sight]) @ _linear(np.array(to_rgb(colour))))


def grey(colour: str) -> str:
    """Return a colour as it is printed in grey: of the same luminance.

    >>> grey("#808080")
    '#808080'
    """
    return _hex(np.full(3, luminance(np.array(to_rgb(colour)))))


def difference(one: str, two: str) -> float:
    """Return how different two colours look (CIEDE2000): about 1 is just seen, 10 at a glance.

    >>> difference("#ffffff", "#ffffff")
    0.0
    """
    return ciede2000(lab(one), lab(two))


def ciede2000(one: np.ndarray, two: np.ndarray) -> float:
    """Return the CIEDE2000 difference of two places in CIELAB, the three weights being 1."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*two[1:])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    (l1, c1, h1), (l2, c2, h2) = (_cylinder(place, stretch) for place in (one, two))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue_step = 2 * np.sqrt(c1 * c2) * _sin(turn / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * _sin(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    )  # blue: hue and chroma lean on each other
    steps = ((l2 - l1) / s_l, (c2 - c1) / s_c, hue_step / s_h)
    return float(np.sqrt(sum(step**2 for step in steps) + rotation * steps[1] * steps[2]))


def _cylinder(place: np.ndarray, stretch: float) -> tuple[float, float, float]:
    a, b = place[1] * stretch, place[2]
    return float(place[0]), float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)


def _sin(degrees: float) -> float:
    return float(np.sin(np.radians(degrees)))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _hex(linear: np.ndarray) -> str:
    kept = np.clip(linear, 0, 1)
    return to_hex(tuple(np.where(kept <= 0.0031308, 12.92 * kept, 1.055 * kept ** (1 / 2.4) - 0.055).clip(0, 1)))
