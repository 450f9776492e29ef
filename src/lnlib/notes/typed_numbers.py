"""What may drift from the edition without being wrong: numbers typed by hand, in sentences and in titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lnlib.editions.opening import Entry
from lnlib.notes.composed_note import Sentence
from lnlib.notes.numbers import Numbers

_VALUE = re.compile(r"\{\{(.*?)\}\}")
# a number, its sign of a percentage with it; the digits of any language
_NUMBER = re.compile(r"(?<![\w.,@-])\d+(?:[.,]\d+)*\s?%?(?![\w-])")
_NAMED = re.compile(
    r"(?:\b[A-Z][\w’'-]*\s+|(?:no|nos|No|Nos)\.\s+)$"
)  # Note 17, Figure 2, no. 92206: a name and no count
_IN_A_SENTENCE = re.compile(
    r"(?:Of|In|At|On|By|From|To|Among|All|Only|Some|About|Over|Under|Nearly|The|These|And|But)\s+$"
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_LEVEL = re.compile(r"^\s+(?:confidence\s+)?intervals?\b")  # 95% interval
_DATED = re.compile(r"^\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")


def typed_numbers(sentence: Sentence, numbers: Numbers) -> Iterator[str]:
    """Warn of numbers typed into a sentence that quotes keys, where they equal none of these."""
    quoted = [found.split("|")[0].strip() for found in _VALUE.findall(sentence.template)]
    keys = [key for key in quoted if key in numbers.statistics]
    if not keys:
        return
    known = {_bare(written) for key in keys for written in numbers.plain(key)} | set(
        map(_bare, sentence.values.values())
    )
    words = _numerals(numbers)
    for typed in _typed(_VALUE.sub("\ue000", sentence.template), words):
        if _bare(typed) not in known and _bare(words.get(typed.casefold(), typed)) not in known:
            near = next((key for key in numbers.statistics if typed in numbers.plain(key)), "")
            hint = f"; {{{{{near}}}}} is {typed}" if near else ""
            yield f"'{typed}' is typed by hand in a sentence that quotes {', '.join(dict.fromkeys(keys))}, and equals none of them{hint}"


def title_warnings(template: str, title: str, entry: Entry, numbers: Numbers) -> Iterator[str]:
    """Warn of numbers typed into a title of one's own that the exhibit's own words no longer state."""
    own = " ".join(
        (entry.title, entry.subtitle, *entry.notes)
    )  # a description states too many to tell one from another
    words = _numerals(numbers)
    stated = {_bare(words.get(typed.casefold(), typed)) for typed in _typed(own, words)}
    stated |= {_bare(number) for number in _NUMBER.findall(own)}
    for typed in _typed(_VALUE.sub("\ue000", template), words):
        if _bare(words.get(typed.casefold(), typed)) not in stated:
            yield f"the title '{title}' states {typed.strip()}, which '{entry.name}' does not: {entry.title}"


def _typed(text: str, words: dict[str, str]) -> Iterator[str]:
    """Find numbers that are counts: no years, no dates, none that is part of a name."""
    for found in _NUMBER.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        named = _NAMED.search(before) and not _IN_A_SENTENCE.search(before)
        if not (_YEAR.match(found[0]) or named or _DATED.match(after) or _LEVEL.match(after)):
            yield found[0].strip()
    for word in re.findall(r"\b[^\W\d_]+\b", text):
        if word.casefold() in words:
            yield word


def _numerals(numbers: Numbers) -> dict[str, str]:
    """Return the numbers that prose writes out, by their word; one and two are often no count."""
    return {word: number for number, word in numbers.words.group("numerals").items() if int(number) > 2}


def _bare(text: str) -> str:
    return re.sub(r"[\s,%]", "", text)
