"""Every label and sentence pattern, by language, from `en.yml` and its sisters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from typing import Any

import yaml

from lnlib.errors import LnlibError, ValueNotAllowed, nearest
from lnlib.reference import resources
from lnlib.reference.yaml_files import mistake

_DIGITS = "0123456789"
_MARK = "[not translated]"
_FORMATS = ("marks", "dates", "type")  # groups that hold no sentences


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a catalogue.

    >>> "en" in languages()
    True
    """
    return tuple(resources.names("words"))


class _Label(str):
    """A text that a pattern may write as `{name:lower}`: without a capital, unless it begins with an abbreviation such as NGO or MoU."""

    def __format__(self, spec: str) -> str:
        if spec != "lower":
            return format(str(self), spec)
        first = self.partition(" ")[0]
        return self if any(map(str.isupper, first[1:])) else f"{self[:1].lower()}{self[1:]}"


_FORMS: Mapping[object, str] = {0: "none", 1: "one", 2: "two"}


def _is_group(entry: object) -> bool:
    """Return whether an entry holds further entries; the forms of a pattern by number are one entry."""
    return isinstance(entry, Mapping) and ("other" not in entry or not {*entry} <= {*_FORMS.values(), "other"})


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Parameters
    ----------
    language : str
        Its code.
    entries : mapping
        Nested mapping of patterns; one with `other`, and where the language has them `one`, `two` and `none`, is chosen
        by its `n`. What the language lacks is here in English, and marked as not translated.
    untranslated : tuple of str
        The keys of what is in English.
    """

    language: str
    entries: Mapping[str, Any] = field(repr=False)
    untranslated: tuple[str, ...] = ()

    @classmethod
    def load(cls, language: str = "en") -> Words:
        """Load the catalogue of a language.

        Examples
        --------
        >>> Words.load("en")("n_partnerships", n=1)
        '1 partnership'
        """
        return _load(language)

    @classmethod
    def read(cls, language: str) -> Words:
        """Read the catalogue of a language from its files, at each call anew; the same text is parsed once."""
        if language not in languages():
            raise ValueNotAllowed.of("language", language, languages())
        return _parsed(language, *(resources.text("words", name) for name in dict.fromkeys([language, "en"])))

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key (dotted), filled with its values; `{name:lower}` writes a label within a sentence.

        Raises
        ------
        LnlibError
            The catalogue has no such key, or the pattern needs a value that was not given.
        """
        entry = self.pattern(key)
        if _is_group(entry):
            raise LnlibError(f"words '{key}' of {self.language}.yml are a group, not a pattern")
        if isinstance(entry, Mapping):
            entry = entry.get(_FORMS.get(values.get("n"), "other"), entry["other"])
        try:
            return marked_once(str(entry).format(**{name: self._written(value) for name, value in values.items()}))
        except KeyError as missing:
            given = f"; given: {', '.join(sorted(values))}" if values else ""
            raise LnlibError(f"words '{key}' of {self.language}.yml need a value for {missing}{given}") from None

    def pattern(self, key: str) -> Any:
        """Return the pattern of a key, or its forms by number."""
        entry: Any = self.entries
        for part in key.split("."):
            if not isinstance(entry, Mapping) or part not in entry:
                near = nearest(key, self.keys())
                raise LnlibError(
                    f"words '{key}' are not in {self.language}.yml" + (f"; did you mean '{near}'?" * bool(near))
                )
            entry = entry[part]
        return entry

    def group(self, name: str) -> dict[str, str]:
        """Return the labels of a vocabulary, such as `status` or `certainty.column`; none where there is no such group."""
        entry: Any = self.entries
        for part in name.split("."):
            entry = entry.get(part) if isinstance(entry, Mapping) else None
        return {str(key): str(label) for key, label in entry.items()} if isinstance(entry, Mapping) else {}

    def translated(self, text: str) -> str:
        """Return a title, header or question of a notebook in this language; as it is, where the catalogue lacks it.

        >>> Words.load("km").translated("Stage") == Words.load("km")("texts.stage")
        True
        """
        key = next((key for key, english in Words.load("en").group("texts").items() if english == text), "")
        return self.group("texts")[key] if key else text

    def keys(self) -> list[str]:
        """Return all keys, dotted."""
        return list(self._keys)

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        def walk(entry: Mapping[str, Any], before: str) -> list[str]:
            result = []
            for name, inner in entry.items():
                if _is_group(inner):
                    result += walk(inner, f"{before}{name}.")
                else:
                    result.append(f"{before}{name}")
            return result

        return tuple(walk(self.entries, ""))

    def _written(self, value: object) -> object:
        if isinstance(value, str):
            return _Label(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return self.number(value)

    def number(self, value: float, *, decimals: int = 0) -> str:
        """Write a number with the language's separators.

        >>> Words.load("en").number(12345.6, decimals=1)
        '12,345.6'
        """
        marks = self.entries["marks"]
        text = f"{value:,.{decimals}f}".translate(str.maketrans({",": marks["thousands"], ".": marks["decimal"]}))
        # what rounds to nothing has no sign
        signed = any(sign in "123456789" for sign in text)
        return self.digits(text.replace("-", "−") if signed else text.removeprefix("-"))

    def digits(self, text: str) -> str:
        """Write the digits of a text in the language's own.

        >>> Words.load("en").digits("2011")
        '2011'
        """
        return text.translate(str.maketrans(_DIGITS, str(self.entries["marks"].get("digits", _DIGITS))))

    def ratio(self, value: float) -> str:
        """Write a ratio to two figures that count, more next to 1 so that its side is seen, and no immense ones.

        >>> words = Words.load("en")
        >>> [words.ratio(value) for value in (0.001, 0.474, 0.996, 1.006, 2.04, 19.4, 320.0)]
        ['under 0.01', '0.47', '0.996', '1.01', '2.0', '19', 'over 100']
        """
        if value >= 100:
            return self("forest.over", most=100)
        if value < 0.01:
            return self("forest.under", least=self.number(0.01, decimals=2))
        if abs(value - 1) < 0.095:
            return self.number(value, decimals=3 if 0 < abs(value - 1) < 0.005 else 2)
        return self.number(value, decimals=0 if value >= 10 else 1 if value >= 1 else 2)

    def percent(self, share: float) -> str:
        """Write a share as a whole percentage; a half is rounded up, as by hand.

        >>> Words.load("en").percent(0.256)
        '26%'
        """
        whole = (100 * Decimal(str(float(share)))).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return str(self.entries["marks"]["percent"]).format(n=self.number(int(whole)))

    def date(self, day: dt.date, *, precision: str = "day", prose: bool = False) -> str:
        """Write a date to the `day`, `month`, `quarter`, `half` or `year`; in `prose` the month is not abbreviated.

        >>> Words.load("en").date(dt.date(2011, 7, 2), precision="month")
        'Jul 2011'
        >>> Words.load("en").date(dt.date(2011, 7, 2), prose=True)
        '2 July 2011'
        """
        patterns = self.entries["dates"]
        months = patterns["month_names" if prose else "months"]
        written = str(patterns[precision]).format(
            day=day.day,
            month=months[day.month - 1],
            year=day.year,
            quarter=(day.month + 2) // 3,
            half=(day.month + 5) // 6,
        )
        return self.digits(written)

    def listed(self, words: list[str]) -> str:
        """Write words as a list in a sentence.

        >>> Words.load("en").listed(["a", "b", "c"])
        'a, b and c'
        """
        if len(words) < 2:
            return "".join(words)
        before = str(self.entries["marks"]["list"]).join(words[:-1])
        return marked_once(str(self.entries["marks"]["list_last"]).format(before=before, last=words[-1]))


@cache
def _load(language: str) -> Words:
    return Words.read(language)


@cache
def _parsed(language: str, own: str, english: str = "") -> Words:
    """Parse the catalogue of a language, of which only English has no other beside it."""
    entries = _entries(language, own)
    return translated(language, entries, _entries("en", english)) if english else Words(language, entries)


def _entries(language: str, text: str) -> Any:
    try:
        return resources.parsed(text)
    except yaml.YAMLError as error:
        raise LnlibError(f"words {language}.yml: {mistake(error, text)}") from None


def translated(language: str, entries: Mapping[str, Any], english: Mapping[str, Any]) -> Words:
    """Return the words of a language, with English for what it lacks.

    >>> words = translated("fr", {"yes": "oui"}, {"yes": "yes", "no": "no"})
    >>> words("yes"), words("no"), words.untranslated
    ('oui', 'no [not translated]', ('no',))
    """
    missing: list[str] = []
    whole = _completed(entries, english, "", missing)
    return Words(language, whole, tuple(missing))


def _completed(own: Mapping[str, Any], english: Mapping[str, Any], before: str, missing: list[str]) -> dict[str, Any]:
    whole = dict(own)
    for name, entry in english.items():
        key = f"{before}{name}"
        if _is_group(entry) and isinstance(own.get(name, {}), Mapping):
            whole[name] = _completed(own.get(name, {}), entry, f"{key}.", missing)
        elif name not in own:
            missing.append(key)
            whole[name] = _marked(entry) if before.partition(".")[0] not in _FORMATS else entry
    return whole


def _marked(entry: Any) -> Any:
    """Return a pattern, or its forms, marked as English."""
    if isinstance(entry, Mapping):
        return {form: _marked(pattern) for form, pattern in entry.items()}
    return not_translated(entry) if isinstance(entry, str) else entry


def not_translated(text: str) -> str:
    """Return an English text with the mark of what a language lacks.

    >>> not_translated("agreed roles")
    'agreed roles [not translated]'
    """
    return f"{text} {_MARK}" if text else text


def marked_once(text: str) -> str:
    """Return a text with a single mark, at its end, if any part of it is marked as not translated.

    >>> marked_once("agreed roles [not translated] and a letter [not translated]")
    'agreed roles and a letter [not translated]'
    """
    return not_translated(text.replace(f" {_MARK}", "")) if _MARK in text else text


def draft_translation(words: Words) -> str:
    """Return what a draft translation says of itself; empty for words that a speaker of the language has read."""
    draft = str(words.entries["type"].get("status", "read")) == "draft"
    return words("note_page.draft_translation") if draft else ""
