"""The numbers of an edition by key, and the forms that prose may write them in."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lnlib.editions.edition_folder import Opened
from lnlib.errors import EditionError, LnlibError, nearest, not_allowed
from lnlib.notes.nodes import Value
from lnlib.words import Words

NUMBERS = "data/08-inline-statistics.json"
PROVINCE_NUMBERS = "data/05-province-{province}-numbers.json"
NO_PROVINCES = "states no numbers by province; run 05-province with for_each: {province: all}"
_ONE_PROVINCE = re.compile(r"province\.([^.]+)\.")  # province.battambang.endings: a province's key, in any note
FEW = 5  # under it no percentage is written, where the edition names no least n of its own
_WHOLE = {"actors", "partnerships", "assessments", "mechanisms", "provinces", "pairs", "windows"}
_DECIMALS = {"years": 1, "kappa": 2}
_TELLING = ("title", "subtitle", "source", "alt")  # what a key may quote of an exhibit: `02-over-time-mix.title`


@dataclass(frozen=True)
class Numbers:
    """What a note may quote of an edition.

    Parameters
    ----------
    words : Words
        Of the note's language.
    statistics : mapping
        Entries of the edition's inline statistics, by key.
    texts : mapping of str to str
        What is quoted as it stands: titles of exhibits and of the register, the province of a note made for each.
    least_n : int
        Under it no percentage is written.
    in_order : bool
        Whether the source tells an order and no dates: then counts are written, and no percentages.
    absent : frozenset of str
        Keys without a value, because the province they would be of has no partnership.
    prefix : str
        What all keys of statistics begin with: `province.battambang.` where those of one province are quoted beside others.
    provinces : ProvinceNumbers, optional
        The numbers of each province, which a note may quote beside its own.
    """

    words: Words
    statistics: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, str] = field(default_factory=dict)
    least_n: int = FEW
    in_order: bool = False
    absent: frozenset[str] = frozenset()
    prefix: str = ""
    provinces: ProvinceNumbers | None = None

    @classmethod
    def read(cls, edition: Opened, words: Words, *, province: str = "", name: str = "", prefix: str = "") -> Numbers:
        """Read the numbers of an edition, or of one province of it.

        Raises
        ------
        EditionError
            The edition did not run the notebook that states them, or its file is not whole.
        """
        empty = province in edition.empty  # the keys and choices of another are those of every province
        read_from = next(iter(stated_provinces(edition)), province) if empty else province
        file = PROVINCE_NUMBERS.format(province=read_from) if province else NUMBERS
        if not (edition.folder / file).is_file():
            needed = "05-province with for_each: {province: all}" if province else "08-inline-statistics"
            message = f"edition '{edition.name}' has no {file}, the numbers to quote"
            raise EditionError(f"{message}: its edition file must run {needed}")
        try:
            stored = json.loads(edition.read(file))
            statistics = {prefix + entry["key"]: entry for entry in stored["statistics"]}
            choices = stored["choices"]
            register = str(stored["register"]["title"])
        except (ValueError, KeyError, TypeError) as error:
            raise EditionError(f"{edition.folder / file} does not hold the numbers of an edition: {error!r}") from None
        texts = {f"{entry.name}.{part}": getattr(entry, part) for entry in edition.entries for part in _TELLING}
        texts |= {"edition.title": edition.title, "register.title": register}
        if province:
            texts["province"] = name or province
        absent = frozenset(key for key in statistics if empty and not key.startswith(f"{prefix}period."))
        statistics = {key: entry for key, entry in statistics.items() if key not in absent}
        if empty:
            sentence = words("pages.empty", n=1, names=texts["province"])
            none = {"unit": "partnerships", "value": 0, "n": None, "low": None, "high": None}
            key = f"{prefix}partnerships"
            statistics[key] = {**none, "key": key, "sentences": {words.language: sentence}}
        least_n, in_order = int(choices.get("least_n", FEW)), choices.get("placed") == "order"

        absent -= {f"{prefix}partnerships"}
        return cls(
            words,
            statistics,
            texts,
            least_n,
            in_order,
            absent,
            prefix,
            None if prefix else ProvinceNumbers(edition, words),
        )

    @property
    def keys(self) -> list[str]:
        """All keys, those of statistics first."""
        return [*self.statistics, *sorted(self.absent), *self.texts]

    def beside(self, key: str) -> list[str]:
        """Return the keys of the statistics of which a key is one: the note's own, or a province's; none where it is no statistic."""
        statistics = self._scope(key).statistics
        return list(statistics) if key in statistics else []

    def number(self, key: str) -> float:
        """Return the value of a key that is a number.

        Raises
        ------
        LnlibError
            There is no such key, or its value is not a number.
        """
        value = self._entry(key)["value"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LnlibError(f"key '{key}' is not a number: {self._sentence(key)}")
        return value

    def case(self, key: str) -> str:
        """Return which case a count is: none, one, few (under five) or many."""
        number = self.number(key)
        return "none" if number == 0 else "one" if number == 1 else "few" if number < FEW else "many"

    def written(self, value: Value) -> str:
        """Write a value in its form."""
        if value.key in self.texts:
            if value.form:
                raise LnlibError(f"'{value.key}' is text and has no forms, but got '{value.form}'")
            return self.texts[value.key]
        entry = self._entry(value.key)
        self.check(value)
        if value.form == "sentence":
            return self._sentence(value.key)
        if entry["value"] is None:
            raise LnlibError(f"key '{value.key}' has no value in this edition: {self._sentence(value.key)}")
        if value.arguments and value.form != "plural":
            raise LnlibError(f"form '{value.form}' of '{value.key}' takes no words after it")
        return _FORMS[value.form or "number"](self, entry, value)

    def check(self, value: Value) -> None:
        """Raise LnlibError if there is no such key, in any province, or no such form."""
        if value.key in self.texts or value.key in self._scope(value.key).absent:
            return
        self._entry(value.key)
        if value.form and value.form not in _FORMS:
            raise LnlibError(not_allowed(f"form of {value.key}", value.form, list(_FORMS)))

    def plain(self, key: str) -> dict[str, str]:
        """Return how a key's numbers are written by form, to recognise one that is typed by hand; its own has no form."""
        written = {}
        for form in ("", "n", "percent", "interval"):
            try:
                written[form] = self.written(Value(key, form))
            except LnlibError:
                continue
        return written

    def share(self, key: str) -> float | None:
        """Return the share that a key states, its own or that of its count in n; None where it states none."""
        entry = self._entry(key)
        value, n = entry["value"], entry["n"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if entry["unit"] == "share" else value / n if n else None

    def _scope(self, key: str) -> Numbers:
        """Return the numbers that a key is one of: these, or those of the province that it names."""
        one = _ONE_PROVINCE.match(key)
        return (one and self.provinces and self.provinces.find(one[1])) or self

    def _entry(self, key: str) -> Mapping[str, Any]:
        scope = self._scope(key)
        if key in scope.absent:
            raise LnlibError(
                f"key '{key}' has no value in {scope.texts['province']}, where the register has no partnership; "
                f"write it within '::: if {scope.prefix}partnerships one few many'"
            )
        if key not in scope.statistics:
            meant = scope.provinces.meant(key) if scope.provinces else ""
            if scope.provinces and not meant and (one := _ONE_PROVINCE.match(key)):
                raise LnlibError(scope.provinces.unknown(one[1]))
            near = meant or nearest(key, scope.keys)
            hint = f"; did you mean '{near}'?" if near else ""
            raise LnlibError(f"key '{key}' is not in the edition{hint}")
        return scope.statistics[key]

    def _sentence(self, key: str) -> str:
        sentences = self._entry(key)["sentences"]
        return str(sentences.get(self.words.language) or sentences["en"])

    # --- forms

    def _number(self, entry: Mapping[str, Any], value: Value) -> str:
        del value
        if entry["unit"] == "date":
            return self.words.date(dt.date.fromisoformat(entry["value"]), prose=True)
        if entry["unit"] == "share":
            return self.words.percent(entry["value"])
        return self.words.number(entry["value"], decimals=_DECIMALS.get(entry["unit"], 0))

    def _count(self, entry: Mapping[str, Any], value: Value) -> str:
        return self.words.number(self._whole(entry, value))

    def _percent(self, entry: Mapping[str, Any], value: Value) -> str:
        if entry["unit"] == "share":
            return self.words.percent(entry["value"])
        count, n = self._whole(entry, value), self._n(entry, value)
        if self.in_order:
            raise LnlibError(
                f"'{value.key}' has no percentage: the source gives an order and no dates; write its count"
            )
        if n < self.least_n:
            raise LnlibError(
                f"'{value.key}' has no percentage: n is {n}, under {self.least_n}; write '{value.key} | of'"
            )
        return self.words.percent(count / n)

    def _of(self, entry: Mapping[str, Any], value: Value) -> str:
        count, n = self._whole(entry, value), self._n(entry, value)
        return self.words("of", count=self.words.number(count), n=self.words.number(n))

    def _in_words(self, entry: Mapping[str, Any], value: Value) -> str:
        count = self._whole(entry, value)
        names = self.words.group("numerals")
        if value.form.casefold() == "pronoun" and not count:
            word = self.words("note_page.none")
        else:
            word = names.get(str(count), self.words.number(count))
        return word[:1].upper() + word[1:] if value.form[0].isupper() else word

    def _denominator(self, entry: Mapping[str, Any], value: Value) -> str:
        return self.words.number(self._n(entry, value))

    def _interval(self, entry: Mapping[str, Any], value: Value) -> str:
        if entry["low"] is None or entry["high"] is None:
            raise LnlibError(f"'{value.key}' has no interval: {self._sentence(value.key)}")
        decimals = _DECIMALS.get(entry["unit"])
        limits = [
            self.words.percent(limit) if decimals is None else self.words.number(limit, decimals=decimals)
            for limit in (entry["low"], entry["high"])
        ]
        return self.words("note_page.range", low=limits[0], high=limits[1])

    def _part_of_date(self, entry: Mapping[str, Any], value: Value) -> str:
        if entry["unit"] != "date":
            raise LnlibError(f"'{value.key}' is no date, so it has no {value.form}")
        return self.words.date(dt.date.fromisoformat(entry["value"]), precision=value.form, prose=True)

    def _plural(self, entry: Mapping[str, Any], value: Value) -> str:
        if len(value.arguments) != 2:
            raise LnlibError(
                f"'{value.key} | plural' takes the word for one and the word for more, such as: plural partnership partnerships"
            )
        return value.arguments[0 if self._whole(entry, value) == 1 else 1]

    def _whole(self, entry: Mapping[str, Any], value: Value) -> int:
        if not isinstance(entry["value"], int) or entry["unit"] not in _WHOLE:
            raise LnlibError(
                f"'{value.key}' is no count but a number of unit '{entry['unit']}', so it has no form '{value.form}'"
            )
        return entry["value"]

    def _n(self, entry: Mapping[str, Any], value: Value) -> int:
        if entry["n"] is None:
            raise LnlibError(f"'{value.key}' has no denominator, so it has no form '{value.form}'")
        return int(entry["n"])


@dataclass(frozen=True)
class ProvinceNumbers:
    """The numbers of an edition's provinces, each read when it is first quoted."""

    edition: Opened
    words: Words
    _read: dict[str, Numbers | None] = field(default_factory=dict)

    def find(self, province: str) -> Numbers | None:
        """Return the numbers of a province by its code or its name, such as `02` or `battambang`; None where there is none."""
        if province not in self._read:
            code = self._codes.get(province)
            prefix = f"province.{province}."
            self._read[province] = (
                Numbers.read(self.edition, self.words, province=code, name=self._names[code], prefix=prefix)
                if code
                else None
            )
        return self._read[province]

    def unknown(self, province: str) -> str:
        """Return the message for a province that the edition states no numbers of."""
        if not self._codes:
            return f"edition '{self.edition.name}' {NO_PROVINCES}"
        return not_allowed("province", province, list(self._codes))

    def meant(self, key: str) -> str:
        """Return the key of a province that an unknown key with its code or name stands for; empty where it has none."""
        parts = key.casefold().split(".")
        for place, part in enumerate(parts):
            province = re.sub(r"[\W_]+", "-", part.removeprefix("05-province-").removesuffix("-numbers").strip())
            if numbers := self.find(province):
                rest = ".".join(parts[place + 1 :] or [part for part in parts[:place] if part != "province"])
                near = nearest(numbers.prefix + rest, list(numbers.statistics)) if rest else ""
                return near or f"{numbers.prefix}partnerships"
        return ""

    @cached_property
    def _names(self) -> dict[str, str]:
        return province_names(self.edition, self.words.language)

    @cached_property
    def _codes(self) -> dict[str, str]:
        """Codes by themselves and by name as a key writes it, such as `banteay-meanchey`."""
        names = province_names(self.edition, "en")
        written = {re.sub(r"\W+", "-", name.casefold()).strip("-"): code for code, name in names.items()}
        return written | {code: code for code in names}


def stated_provinces(edition: Opened) -> list[str]:
    """Return the keys of the provinces whose numbers an edition states."""
    before, after = PROVINCE_NUMBERS.split("{province}")
    files = sorted(edition.folder.glob(PROVINCE_NUMBERS.format(province="*")))
    return [file.relative_to(edition.folder).as_posix().removeprefix(before).removesuffix(after) for file in files]


def province_names(edition: Opened, language: str) -> dict[str, str]:
    """Return the names, by code, of the provinces that an edition states the numbers of, those without a partnership too."""
    found = {}
    for code in stated_provinces(edition):
        file = edition.folder / PROVINCE_NUMBERS.format(province=code)
        try:
            words = json.loads(file.read_text("utf-8"))["words"]
            found[code] = str(words.get(language, words["en"])["place"])
        except (ValueError, KeyError, OSError) as error:
            raise EditionError(f"{file} does not hold the numbers of a province: {error!r}") from None
    return dict(sorted({**edition.empty, **found}.items())) if found else {}


_FORMS: Mapping[str, Callable[[Numbers, Mapping[str, Any], Value], str]] = {
    "number": Numbers._number,
    "count": Numbers._count,
    "percent": Numbers._percent,
    "of": Numbers._of,
    "words": Numbers._in_words,
    "Words": Numbers._in_words,
    "pronoun": Numbers._in_words,  # a number without its noun: none, one, two
    "Pronoun": Numbers._in_words,
    "n": Numbers._denominator,
    "interval": Numbers._interval,
    "sentence": Numbers._number,  # written before a form is chosen
    "plural": Numbers._plural,
    "month": Numbers._part_of_date,
    "year": Numbers._part_of_date,
}
