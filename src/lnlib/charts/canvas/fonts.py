"""Fonts for a script that neither the house style's nor the shipped typeface can write."""

from __future__ import annotations

from dataclasses import replace

from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.typeface import writes
from lnlib.errors import LnlibError
from lnlib.words import Words


def for_language(theme: Theme, words: Words) -> Theme:
    """Return the house style with a font that writes the language.

    Where none of its families has the characters of the language's sample (`type.sample` in the catalogue), the first
    installed font that the catalogue names (`type.fonts`) is added.

    Raises
    ------
    LnlibError
        No font installed writes the language; the message names those that would.
    """
    sample = str(words.entries["type"]["sample"])
    if any(writes(family, sample) for family in theme.families):
        return theme
    named = [str(family) for family in words.entries["type"]["fonts"]]
    result = next((family for family in named if writes(family, sample)), None)
    if result is None:
        wanted = f"install {' or '.join(named)}" if named else "name one in the house style (fonts)"
        raise LnlibError(f"no installed font writes language '{words.language}': {wanted}")
    return replace(theme, fonts=(*theme.fonts, result))
