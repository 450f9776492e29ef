"""Fonts for a script that the house style's own do not write."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

from lnlib.charts.style.theme import Theme
from lnlib.errors import LnlibError
from lnlib.words import Words


def written(theme: Theme, words: Words) -> Theme:
    """Give the house style with a font that writes the language.

    The house style's fonts stay first, so that Latin names keep them; after the first of them comes the first installed
    font that the catalogue names (`type.fonts`), unless one of the style's own writes the script already.

    Raises
    ------
    LnlibError
        None of the fonts is installed; the message says what to install.
    """
    named, sample = tuple(words.entries["type"]["fonts"]), str(words.entries["type"]["sample"])
    if not named or any(writes(font, sample) for font in theme.fonts):
        return theme
    found = next((font for font in named if writes(font, sample)), None)
    if found is None:
        raise LnlibError(
            f"no font that writes language '{words.language}' is installed: install {named[0]} "
            f"(or one of: {', '.join(named[1:])}) and try again"
        )
    return replace(theme, fonts=(theme.fonts[0], found, *theme.fonts[1:]))


@cache
def writes(family: str, sample: str) -> bool:
    """Whether a font is installed and has every letter of a sample."""
    try:
        path = findfont(FontProperties(family=family), fallback_to_default=False)
    except ValueError:
        return False
    font = get_font(path)
    return all(font.get_char_index(ord(letter)) for letter in sample)
