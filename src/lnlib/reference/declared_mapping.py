"""A mapping that somebody declared in YAML, read key by key; whatever is wrong is named by the keys that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lnlib.errors import LnlibError, listed, not_allowed, shortened
from lnlib.reference.dates import PartialDate
from lnlib.reference.yaml_files import refuse_unknown

Allowed = tuple[str, Sequence[str]]


class Declared:
    """A mapping under its place.

    Parameters
    ----------
    words : Any
        What the YAML holds there; nothing counts as an empty mapping.
    place : str
        File and keys that lead to it.

    Examples
    --------
    >>> Declared({"rate": "fast"}, "rates.yml: mou").number("rate", 1.0)
    Traceback (most recent call last):
    ...
    lnlib.errors.LnlibError: rates.yml: mou: rate should be a number from 0, not 'fast'
    """

    def __init__(self, words: Any, place: str) -> None:
        if words is not None and not isinstance(words, dict):
            raise LnlibError(f"{place} should be a mapping, not '{shortened(words)}'")
        # a bare 03 is the number 3 in YAML, and a bare 2012 a year: keys are compared as text
        self.words = {str(key): value for key, value in (words or {}).items()}
        self.place = place

    def only(self, allowed: Sequence[str]) -> None:
        """Refuse keys that are not allowed."""
        refuse_unknown(self.words, allowed, place=self.place)

    def get(self, key: str, default: Any) -> Any:
        """Return what stands under a key as it is."""
        value = self.words.get(key)
        return default if value is None else value

    def inner(self, key: str, *, only: Sequence[str] = (), needed: bool = False) -> Declared:
        """Return the mapping under a key, empty where there is none."""
        if needed and not self.words.get(key):
            raise LnlibError(f"{self.place} lacks {key}, a mapping with keys {listed(only)}")
        inner = Declared(self.words.get(key), f"{self.place}: {key}")
        if only:
            inner.only(only)
        return inner

    def each(self, key: str, allowed: Allowed) -> list[tuple[str, Declared]]:
        """Return the mappings under the words of a key."""
        inner = self.inner(key)
        inner._known(allowed)
        return [(word, inner.inner(word)) for word in inner.words]

    def number(self, key: str, default: float, *, most: float | None = None) -> float:
        """Return a number from 0, at most `most`."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise LnlibError(f"{self.place}: {key} should be a number from 0, not '{value}'")
        if most is not None and value > most:
            raise LnlibError(f"{self.place}: {key} should be a number from 0 to {most:g}, not '{value}'")
        return float(value)

    def numbers(self, allowed: Allowed | None = None, *, most: float | None = None) -> dict[str, float]:
        """Return a number for each of the words here, which may be any if none are listed."""
        if allowed is not None:
            self._known(allowed)
        return {word: self.number(word, 0.0, most=most) for word in self.words}

    def weights(self, key: str, allowed: Allowed) -> dict[str, float]:
        """Return the weights under a key, not all of them 0."""
        inner = self.inner(key)
        weights = inner.numbers(allowed)
        if weights and not any(weights.values()):
            raise LnlibError(f"{inner.place}: at least one weight should be above 0")
        return weights

    def whole_numbers(self) -> dict[str, int]:
        """Return a whole number for each of the words here."""
        numbers = self.numbers()
        for word, number in numbers.items():
            if number != int(number):
                raise LnlibError(f"{self.place}: {word} should be a whole number, not '{number}'")
        return {word: int(number) for word, number in numbers.items()}

    def date(self, key: str) -> PartialDate:
        """Return the date or period under a key."""
        if self.words.get(key) is None:
            raise LnlibError(f"{self.place} lacks {key}, a date or two dates with / between")
        try:
            return PartialDate.read(self.words[key])
        except LnlibError as error:
            raise LnlibError(f"{self.place}: {key}: {error}") from None

    def dated(self, *, most: float | None = None) -> dict[str, float]:
        """Return the number under each date here."""
        for key in self.words:
            self.__class__({key: key}, self.place).date(key)
        return {key: self.number(key, 0.0, most=most) for key in self.words}

    def _known(self, allowed: Allowed) -> None:
        name, words = allowed
        for key in self.words:
            if key not in words:
                raise LnlibError(f"{self.place}: {not_allowed(name, key, words)}")
