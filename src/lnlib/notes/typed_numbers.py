"""What may drift from the edition without being wrong: numbers typed by hand, in sentences and in titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from lnlib.editions.edition_folder import Entry
from lnlib.notes.composed_note import Sentence
from lnlib.notes.number_words import number_words
from lnlib.notes.quoted_numbers import Numbers

_VALUE = re.compile(r"\{\{(.*?)\}\}")
# a number, its sign of a percentage with it; the digits of any language, and Khmer has no space between words
_LETTER = r"[^\W\u1780-\u17b3]"
_NUMBER = re.compile(rf"(?<!{_LETTER})(?<![.,@-])\d+(?:[.,]\d+)*\s?%?(?!{_LETTER}|-)")
# Note 17, Figure 2, no. 92206: a name and no count
_NAMED = re.compile(r"(?:\b[A-Z][\w’'-]*\s+|(?:no|nos|No|Nos)\.\s+)$")
_IN_A_SENTENCE = re.compile(
    r"(?:Of|In|At|On|By|From|To|Among|All|Only|Some|About|Over|Under|Nearly|The|These|And|But)\s+$"
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_LEVEL = re.compile(r"^\s+(?:confidence\s+)?intervals?\b")  # 95% interval
_DATED = re.compile(r"^\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")


def typed_numbers(sentence: Sentence, numbers: Numbers) -> Iterator[str]:
    """Warn of numbers typed into a sentence that quotes keys, in digits or words, where they equal none of these."""
    quoted = [found.split("|")[0].strip() for found in _VALUE.findall(sentence.template)]
    keys = [key for key in quoted if key in numbers.statistics]
    if not keys:
        return
    plainly = {key: numbers.plain(key) for key in keys}
    known = {_bare(written) for several in plainly.values() for written in several}
    known |= {_bare(written) for written in sentence.values.values()}
    shares = [share for key in keys if (share := numbers.share(key)) is not None]
    shares += [0.5 for key in keys if key.endswith(".median")]  # which half have passed
    for typed, value in _typed(_VALUE.sub("\ue000", sentence.template), numbers):
        if _is_known(typed, value, known, shares):
            continue
        plain = typed if value is None or value.denominator > 1 else str(value)
        near = next((key for key in numbers.statistics if plain in numbers.plain(key)), "")
        hint = f"; {{{{{near}}}}} is {plain}" if near else ""
        stated = ", ".join(f"{key} ({several[0]})" for key, several in plainly.items() if several)
        yield f"'{typed}' is typed by hand in a sentence that quotes {stated}, and equals none of them{hint}"


def title_warnings(template: str, title: str, entry: Entry, numbers: Numbers) -> Iterator[str]:
    """Warn of numbers typed into a title of one's own that the exhibit's own words no longer state."""
    # a description states too many to tell one from another
    own = " ".join((entry.title, entry.subtitle, *entry.notes))
    words = list(number_words(own, numbers.words.language))
    stated = {_bare(number) for number in _NUMBER.findall(own)} | {str(one.value) for one in words}
    shares = [float(one.value) for one in words if one.value < 1]
    for typed, value in _typed(_VALUE.sub("\ue000", template), numbers):
        if not _is_known(typed, value, stated, shares):
            yield f"the title '{title}' states {typed}, which '{entry.name}' does not: {entry.title}"


def _is_known(typed: str, value: Fraction | None, known: set[str], shares: list[float]) -> bool:
    """Return whether a typed number is one of the known; a part where it rounds to the percentage of a share."""
    if value is None:
        return _bare(typed) in known
    if value.denominator == 1:
        return str(value) in known
    return f"{float(value):.0%}".rstrip("%") in known or any(
        round(share, 2) == round(float(value), 2) for share in shares
    )


def _typed(text: str, numbers: Numbers) -> Iterator[tuple[str, Fraction | None]]:
    """Find numbers that are counts or parts, those in words with their value: no years, no dates, none that is part of a name."""
    for found in _NUMBER.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        named = _NAMED.search(before) and not _IN_A_SENTENCE.search(before)
        if not (_YEAR.match(_bare(found[0])) or named or _DATED.match(after) or _LEVEL.match(after)):
            yield found[0].strip(), None
    for one in number_words(text, numbers.words.language):
        yield one.written, one.value


def _bare(text: str) -> str:
    """Return a number without separators and signs, in the digits 0 to 9."""
    digits = (str(unicodedata.digit(one)) if one.isdigit() else one for one in text)
    return re.sub(r"[\s,%\u200b]", "", "".join(digits))
