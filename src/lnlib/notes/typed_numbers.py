"""What may drift from the edition without being wrong: numbers typed by hand, in sentences and in titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
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
    """Warn of numbers typed into a sentence that quotes keys, in digits or words, and name the key that is meant.

    One that equals a key of the sentence is as likely to drift as one that equals none; a part (*a quarter*) has no form of a
    key that writes it, and is let be where it holds.
    """
    quoted = [found.split("|")[0].strip() for found in _VALUE.findall(sentence.template)]
    keys = [key for key in dict.fromkeys(quoted) if numbers.beside(key)]
    if not keys:
        return
    candidates = dict.fromkeys(other for key in keys for other in numbers.beside(key))
    typed_text = _VALUE.sub("\ue000", sentence.template)
    families = {key.rpartition(".")[0] for key in keys}
    plainly = {key: numbers.plain(key) for key in keys}
    known = {_bare(written) for several in plainly.values() for written in several.values()}
    shares = [share for key in keys if (share := numbers.share(key)) is not None]
    shares += [0.5 for key in keys if key.endswith(".median")]  # which half have passed
    for typed, value in _typed(typed_text, numbers):
        if value is not None and value.denominator > 1:
            if _is_known(typed, value, known, shares):
                continue
        elif same := _key_of(typed, value, plainly.items()):
            yield f"'{typed}' is typed by hand; if it is {same}, of the same sentence, write the key, so that both change together"
            continue
        others = [key for key in candidates if key not in keys and _is_named(key, typed_text)]
        others.sort(key=lambda key: key.rpartition(".")[0] not in families)  # those of the sentence's own kind first
        near = _key_of(typed, value, ((key, numbers.plain(key)) for key in others))
        hint = f"; if it is {near}, write the key" if near else ""
        stated = ", ".join(f"{key} ({next(iter(several.values()))})" for key, several in plainly.items() if several)
        yield f"'{typed}' is typed by hand in a sentence that quotes {stated}, and equals none of them{hint}"


def _key_of(typed: str, value: Fraction | None, plainly: Iterable[tuple[str, dict[str, str]]]) -> str:
    """Return the first of some keys that is written as a typed number is, in its form; empty where none is."""
    for key, forms in plainly:
        for form, written in forms.items():
            if value is not None and form in ("", "n") and _bare(written) == str(value):
                return f"{{{{{key}{' | n' if form else ' | words'}}}}}"
            if value is None and _bare(written) == _bare(typed) and ("%" in typed) <= ("%" in written):
                return f"{{{{{f'{key} | {form}' if form else key}}}}}"
    return ""


def _is_named(key: str, text: str) -> bool:
    """Return whether a text has the words that tell a key from others, such as `coalition` of `shares.last.coalition`.

    >>> _is_named("shares.last.coalition", "14 were coalitions"), _is_named("mechanisms.letter", "14 were coalitions")
    (True, False)
    """
    parts = key.split(".")
    telling = parts[-2] if len(parts) > 1 and parts[-1] == "partnerships" else parts[-1]
    words = re.findall(r"[a-z]+", text.casefold())
    return all(
        any(word == part or (len(part) > 3 and word.startswith(part[:-1])) for word in words)
        for part in telling.split("_")
    )


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
