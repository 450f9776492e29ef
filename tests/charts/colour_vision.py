"""Colours as others see them: how different two look, in grey, and without one of the three cones.

Sources: CIEDE2000 (Sharma, Wu and Dalal 2005); colour-vision deficiency, Machado, Oliveira and Fernandes (2009), severity 1.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb

from lnlib.charts.style.contrast import hex_of, lab, linear, luminance

_SEEN = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SIGHTS = ("normal", *_SEEN)


def seen(colour: str, sight: str) -> str:
    """Return a colour as it is seen by `normal`, `protan`, `deutan` or `tritan` eyes."""
    return colour if sight == "normal" else hex_of(np.array(_SEEN[sight]) @ linear(np.array(to_rgb(colour))))


def grey(colour: str) -> str:
    """Return a colour as it is printed in grey: of the same luminance."""
    return hex_of(np.full(3, luminance(np.array(to_rgb(colour)))))


def difference(one: str, two: str) -> float:
    """Return how different two colours look (CIEDE2000): about 1 is just seen, 10 at a glance."""
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
