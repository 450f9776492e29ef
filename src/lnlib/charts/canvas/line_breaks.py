"""Where a line may be broken: between words, and inside a word only between letters that are written by themselves.

Khmer puts no spaces between words. The catalogue marks them with zero-width spaces (U+200B); names come without, and are
cut, if they must be, at the edge of a cluster: a base with the subscripts, vowels and signs that stand around it (The
Unicode Standard, 16.4 Khmer: base, then coeng and consonant, then vowel, then signs). A repetition mark or a full stop
stays with what it follows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ZERO_WIDTH_SPACE = "\u200b"
# two years stay on one line, and so does a word with a short one before its hyphen, such as half-year, and moved up
_BREAKS = re.compile(
    "(?!(?:up|back)\\b)(?<=[ \u200b\u2013/-])(?<![0-9០-៩]\u2013)(?<!\\b[A-Za-z]{3}-)(?<!\\b[A-Za-z]{4}-)"
    # nor is a Khmer prefix that makes a noun parted from its word, or a word from the "all", "state" or "most" after it
    "(?!ទាំង\u200bអស់|អស់|រដ្ឋ|គេ)(?<![\u200b ]ការ\u200b)(?<!^ការ\u200b)(?<![\u200b ]ភាព\u200b)(?<!^ភាព\u200b)(?<!ភាព\u200bជា\u200b)"
)
# a number stays with the n it is of, with the name that it is part of, and with what it counts: in English the word
# after it, in Khmer the word before
_PART = re.compile("\\(?[0-9][0-9,.]*%? of ")
_COUNT = re.compile(f"(?:{_PART.pattern})?\\(?[0-9][0-9,.]* $")
_NUMBER = re.compile("[0-9]{1,3}(?![0-9%])|[០-៩]{1,4}(?![០-៩%\u2013])")
_NUMBERED = re.compile("([A-Za-z\u1780-\u17d3]|=) $")
_NAME = re.compile("(?:^|[ (])(?!(?:After|All|Among|At|Both|By|For|From|In|Of|On|Over|Under|Within) )[A-Z][^ ]* $")
_COUNTED = re.compile(
    "(?!(?:and|are|as|at|between|by|for|from|had|has|have|in|is|of|on|or|than|that|to|was|were|with)\\b)[a-z]"
)
_KHMER = re.compile(
    "[\u1780-\u17b3]?(?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd\u200c\u200d])+[\u17d4-\u17d7]*"
    "|[\u1780-\u17b3][\u17d4-\u17d7]*"
)


def words_of(text: str) -> list[str]:
    r"""Part a text where a line may be broken; each part keeps the space or hyphen at its end.

    >>> words_of("one service-provider, two half-years")
    ['one ', 'service-', 'provider, ', 'two ', 'half-years']
    >>> words_of("in 2009\u20132014")
    ['in ', '2009–2014']
    >>> words_of("of Learning Note 17 (n = 7)")
    ['of ', 'Learning ', 'Note 17 ', '(n = 7)']
    >>> words_of("34 of 83 partnerships, 7 in June")
    ['34 of 83 partnerships, ', '7 ', 'in ', 'June']
    >>> words_of("ខែ ធ្នូ ២០១១")
    ['ខែ ', 'ធ្នូ ២០១១']
    """
    return list(_pieces(text))


@lru_cache(maxsize=1024)  # a title is broken at one width after another until its lines are alike
def _pieces(text: str) -> tuple[str, ...]:
    pieces: list[str] = []
    parts = [part for part in _BREAKS.split(text) if part]
    for place, piece in enumerate(parts):
        after = parts[place + 1] if place + 1 < len(parts) else ""
        if pieces and (_belongs(piece, pieces[-1], after) or (_COUNT.fullmatch(pieces[-1]) and _COUNTED.match(piece))):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def _belongs(piece: str, before: str, after: str) -> bool:
    """Return whether a part stays with the one before it: in an equation, in 2 of 7, or a number that names or counts it."""
    if piece == "= " or before.endswith("= "):
        return True
    if (_PART.fullmatch(before + piece) and after[:1].isdigit()) or (_PART.fullmatch(before) and piece[:1].isdigit()):
        return True
    if not (_NUMBER.match(piece) and _NUMBERED.search(before)):
        return False
    counts_what_follows = bool(_COUNT.fullmatch(piece) and (after == "of " or _COUNTED.match(after)))
    return not counts_what_follows or bool(_NAME.search(before))


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
