"""Where a line may be broken: between words, and inside a word only between letters that are written by themselves.

Khmer puts no spaces between words. The catalogue marks them with zero-width spaces (U+200B); names come without, and are
cut, if they must be, at the edge of a cluster: a base with the subscripts, vowels and signs that stand around it (The
Unicode Standard, 16.4 Khmer: base, then coeng and consonant, then vowel, then signs). A repetition mark or a full stop
stays with what it follows.
"""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_SPACE = "\u200b"
_BREAKS = re.compile("(?<=[ \u200b\u2013/-])(?<![0-9០-៩]\u2013)")  # two years stay on one line
# a number stays with the name that it is part of, and with the n it is of
_NUMBER = re.compile("[0-9]{1,3}(?![0-9%])")
_NUMBERED = re.compile("([A-Za-z]|=) $")
_KHMER = re.compile(
    "[\u1780-\u17b3]?(?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd\u200c\u200d])+[\u17d4-\u17d7]*"
    "|[\u1780-\u17b3][\u17d4-\u17d7]*"
)


def words_of(text: str) -> list[str]:
    r"""Part a text where a line may be broken; each part keeps the space or hyphen at its end.

    >>> words_of("one two-three")
    ['one ', 'two-', 'three']
    >>> words_of("in 2009\u20132014")
    ['in ', '2009–2014']
    >>> words_of("of Learning Note 17 (n = 7)")
    ['of ', 'Learning ', 'Note 17 ', '(n = 7)']
    >>> words_of("34 of 83 partnerships")
    ['34 ', 'of 83 ', 'partnerships']
    """
    pieces: list[str] = []
    for piece in filter(None, _BREAKS.split(text)):
        if pieces and (piece == "= " or (_NUMBER.match(piece) and _NUMBERED.search(pieces[-1]))):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def clusters(text: str) -> list[str]:
    """Part a text into what is never broken: letters with their marks, Khmer clusters whole.

    >>> [len(cluster) for cluster in clusters("ខ្ញុំជា")]
    [5, 2]
    """
    result: list[str] = []
    at = 0
    while at < len(text):
        khmer = _KHMER.match(text, at)
        end = khmer.end() if khmer else at + 1
        while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Mc", "Cf"):
            end += 1
        result.append(text[at:end])
        at = end
    return result


def shown(text: str) -> str:
    """Return a line as it is drawn: the marks between words do their work in breaking and are left out."""
    return text.replace(ZERO_WIDTH_SPACE, "")
