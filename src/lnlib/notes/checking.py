"""What may drift from the edition without being wrong: numbers typed by hand, in sentences and in titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lnlib.editions.opening import Entry
from lnlib.notes.composed import Sentence
from lnlib.notes.numbers import Numbers

_VALUE = re.compile(r"\{\{(.*?)\}\}")
# a number, its sign of a percentage with it; the digits of any language
_NUMBER = re.compile(r"(?<![\w.,@-])\d+(?:[.,]\d+)*\s?%?(?![\w-])")
_NAMED = re.compile(
    r"(?:\b[A-Z][\w’'-]*\s+|(?:no|nos|No|Nos)\.\s+)$"
)  # Note 17, Figure 2, no. 92206: a name and no count
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
    words = {word: number for number, word in numbers.words.group("numerals").items() if int(number) > 2}
    for typed in _typed(_VALUE.sub("\ue000", sentence.template), words):
        if _bare(typed) not in known and _bare(words.get(typed.casefold(), typed)) not in known:
            near = next((key for key in numbers.statistics if typed in numbers.plain(key)), "")
            hint = f"; {{{{{near}}}}} is {typed}" if near else ""
            yield f"'{typed}' is typed by hand in a sentence that quotes {', '.join(dict.fromkeys(keys))}, and equals none of them{hint}"


def title_warnings(template: str, title: str, entry: Entry) -> Iterator[str]:
    """Warn of numbers typed into a title of one's own that the exhibit itself no longer states."""
    stated = {
        _bare(number)
        for text in (entry.title, entry.subtitle, entry.alt, *entry.notes)
        for number in _NUMBER.findall(text)
    }
    for typed in _typed(_VALUE.sub("\ue000", template), {}):
        if _bare(typed) not in stated:
            yield f"the title '{title}' states {typed.strip()}, which '{entry.name}' does not: {entry.title}"


def _typed(text: str, words: dict[str, str]) -> Iterator[str]:
    """Find numbers that are counts: no years, no dates, none that is part of a name."""
    for found in _NUMBER.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        if not (_YEAR.match(found[0]) or _NAMED.search(before) or _DATED.match(after) or _LEVEL.match(after)):
            yield found[0].strip()
    for word in re.findall(r"\b[^\W\d_]+\b", text):
        if word.casefold() in words:
            yield word


def _bare(text: str) -> str:
    return re.sub(r"[\s,%]", "", text)
