"""Numbers that prose writes out in words, to recognise one that is typed by hand: `fifteen`, `two thirds`, `half`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: number for number, word in enumerate(_UNITS.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), 2)
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS.split())})(?:[\s-](?:{'|'.join(_UNITS.split()[1:10])}))?|(?:{'|'.join(_UNITS.split()[::-1])}))"
_GROUP = rf"(?:(?:a\s+|{_BELOW_100}[\s-]+)?(?:{'|'.join(_LARGE)}))"
_CARDINAL = re.compile(rf"\b(?:{_GROUP}(?:\s+{_GROUP})*(?:\s+(?:and\s+)?{_BELOW_100})?|{_BELOW_100})\b", re.IGNORECASE)
_PART = re.compile(
    rf"\b(?:(?P<many>a|an|{'|'.join(_SMALL)})[\s-]+)?(?P<part>{'|'.join(_PARTS)})(?P<plural>s)?\b(?![-–])",
    re.IGNORECASE,
)
_HALF_OF_TIME = re.compile(r"\b(?:first|second|last|latter|other|next|this|that|each|every)\s+$", re.IGNORECASE)
_SHARE = re.compile(r"\s+(?:of|were|was|are|is|had|have|has)\b|\s*(?:[.,;:)]|$)", re.IGNORECASE)

_KHMER = {
    "បី": 3, "បួន": 4, "ប្រាំ": 5, "ប្រាំមួយ": 6, "ប្រាំពីរ": 7, "ប្រាំបី": 8, "ប្រាំបួន": 9, "ដប់": 10,
    "ម្ភៃ": 20, "សាមសិប": 30, "សែសិប": 40, "ហាសិប": 50, "ហុកសិប": 60, "ចិតសិប": 70, "ប៉ែតសិប": 80, "កៅសិប": 90,
}  # fmt: skip
_KHMER_UNITS = {"មួយ": 1, "ពីរ": 2, **{word: number for word, number in _KHMER.items() if number < 10}}
_KHMER_TENS = {word: number for word, number in _KHMER.items() if number >= 10}
_KHMER_HALF = "ពាក់កណ្តាល|ពាក់កណ្ដាល"
_LONGEST = "|".join(sorted(_KHMER_UNITS, key=len, reverse=True))
_KHMER_TEN = "|".join(sorted(_KHMER_TENS, key=len, reverse=True))
_SIGNS = r"(?![\u17b6-\u17d3\u17dd])"  # a letter that a sign follows is another syllable
_KHMER_PART = re.compile(rf"(?<!\u17d2)(?:(?P<many>{_LONGEST})ភាគ(?P<part>{_LONGEST}){_SIGNS}|(?P<half>{_KHMER_HALF}))")
_KHMER_CARDINAL = re.compile(
    rf"(?<!\u17d2)(?:(?P<hundreds>{_LONGEST})រយ)?(?:(?P<tens>{_KHMER_TEN})(?P<ones>{_LONGEST})?|(?P<only>{_LONGEST}))?{_SIGNS}"
)


@dataclass(frozen=True)
class NumberWords:
    """A number in words, as it is written, and its value; that of a part of something is below 1."""

    written: str
    value: Fraction


def number_words(text: str, language: str) -> Iterator[NumberWords]:
    """Return the counts above two and the parts that a text writes in words; one and two are often no count.

    >>> [(one.written, str(one.value)) for one in number_words("Fifteen of them, or two thirds, and a dozen.", "en")]
    [('two thirds', '2/3'), ('Fifteen', '15'), ('a dozen', '12')]
    """
    plain = text.replace("\u200b", "")
    parts, rest = _parts(plain, language)
    yield from parts
    yield from _khmer_cardinals(rest) if language == "km" else _cardinals(rest)


def _parts(text: str, language: str) -> tuple[list[NumberWords], str]:
    """Return the parts of something, and the text without them."""
    found = []
    for match in (_KHMER_PART if language == "km" else _PART).finditer(text):
        value = _khmer_part(match) if language == "km" else _english_part(match, text)
        if value is not None:
            found.append(NumberWords(match[0].strip(), value))
            text = text[: match.start()] + "\ue000" * len(match[0]) + text[match.end() :]
    return found, text


def _english_part(match: re.Match[str], text: str) -> Fraction | None:
    """Return the value of a part; None for the ordinal, the quarter of a year and the half of a period."""
    many, part, plural = (match["many"] or "").casefold(), match["part"].casefold(), match["plural"]
    before, after = text[: match.start()], text[match.end() :]
    if part.startswith("hal"):
        if _HALF_OF_TIME.search(before) or re.match(r"\s+(?:a\s+)?year", after):
            return None
        return Fraction(_SMALL.get(many, 1), 2)
    if not many or (not plural and not _SHARE.match(after)):
        return None
    return Fraction(_SMALL.get(many, 1), _PARTS[part])


def _khmer_part(match: re.Match[str]) -> Fraction:
    return Fraction(1, 2) if match["half"] else Fraction(_KHMER_UNITS[match["many"]], _KHMER_UNITS[match["part"]])


def _cardinals(text: str) -> Iterator[NumberWords]:
    for match in _CARDINAL.finditer(text):
        value, group = 0, 0
        for word in re.findall(r"[a-z]+", match[0].casefold()):
            if word in _SMALL:
                group += _SMALL[word]
            elif word in _LARGE:
                group = max(group, 1) * _LARGE[word]
                if _LARGE[word] > 100:
                    value, group = value + group, 0
        if value + group > 2:
            yield NumberWords(match[0], Fraction(value + group))


def _khmer_cardinals(text: str) -> Iterator[NumberWords]:
    for match in _KHMER_CARDINAL.finditer(text):
        value = 100 * _KHMER_UNITS.get(match["hundreds"], 0) + _KHMER_TENS.get(match["tens"], 0)
        value += _KHMER_UNITS.get(match["ones"] or match["only"], 0)
        if value > 2:
            yield NumberWords(match[0], Fraction(value))
