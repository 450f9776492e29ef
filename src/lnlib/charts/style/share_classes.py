"""Shares in four classes, as maps show them: the shade of each, its key entry, and the class of a share."""

from __future__ import annotations

import math

import seaborn as sns

from lnlib.charts.canvas.sheet import Entry, Sheet

CLASSES = 4


def class_shades(sheet: Sheet) -> list[str]:
    """Return the grounds of the classes, the lowest first."""
    colours: list[str] = sns.light_palette(sheet.theme.amount, CLASSES + 1).as_hex()[1:]
    return colours


def class_key(sheet: Sheet) -> list[Entry]:
    """Return the key entries of the classes, such as 25–49%."""
    step = 100 // CLASSES
    ends = [(place * step, place * step + step - (place < CLASSES - 1)) for place in range(CLASSES)]
    labels = [f"{sheet.words.number(low)}–{sheet.words.percent(high / 100)}" for low, high in ends]
    return [Entry(label, shade) for label, shade in zip(labels, class_shades(sheet), strict=True)]


def class_of(reached: int, n: int) -> int:
    """Return the class of a share; it is rounded to a whole percentage first, as it is written.

    >>> [class_of(reached, 1000) for reached in (0, 244, 246, 750, 1000)]
    [0, 0, 1, 3, 3]
    """
    return min(math.floor(100 * reached / n + 0.5) * CLASSES // 100, CLASSES - 1)
