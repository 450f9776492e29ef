"""One number with its sentence in every language, and how such a sentence is written."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lnlib.register import Register
from lnlib.text import shown
from lnlib.words import Words, languages

Value = int | float | dt.date | None
Spoken = Callable[[Words], str]  # a value whose words depend on the language, such as a label


@dataclass(frozen=True)
class Statistic:
    """A number that prose may quote.

    Parameters
    ----------
    key : str
        What it is, the same for every register: `shares.last.integrated`.
    value : int, float, date or None
        None where it cannot be given; the sentence then says why.
    unit : str
        `actors`, `partnerships`, `assessments`, `mechanisms`, `provinces`, `pairs`, `windows`, `share`, `years`, `kappa` or `date`.
    n : int or None
        The denominator.
    low, high : float or None
        Limits of the 95% interval, where it has one, in the unit of `value`; for a count, of its share of `n`.
    sentences : mapping of str to str
        By language.
    measure : str
        What yields it: a measure's function, or the register's table that was counted.
    cell : int
        Number of the notebook's cell that yields it, counted from 1.
    rests_on : tuple of str
        Names of the choices it rests on.
    topic : str
        What it was counted or measured for, such as `shares`.
    """

    key: str
    value: Value
    unit: str
    n: int | None
    low: float | None
    high: float | None
    sentences: Mapping[str, str]
    measure: str
    cell: int
    rests_on: tuple[str, ...]
    topic: str

    def entry(self) -> dict[str, Any]:
        """Return it for JSON; unknown values are null."""
        value = self.value.isoformat() if isinstance(self.value, dt.date) else self.value
        return {**vars(self), "value": value, "sentences": dict(self.sentences), "rests_on": list(self.rests_on)}


@dataclass(frozen=True)
class StatisticWriter:
    """Writes the statistics of one cell.

    Parameters
    ----------
    choices : mapping
        `placed`, `rater`, `carried`, and whatever else the histories rest on.
    least_n : int
        Under it no share is given.
    measure, cell, rests_on, topic
        As a `Statistic` has them.
    """

    register: Register
    choices: Mapping[str, Any]
    least_n: int
    measure: str
    cell: int
    rests_on: tuple[str, ...] = field(default=())
    topic: str = ""

    @property
    def order(self) -> bool:
        """Whether the source tells an order and no dates: then there are counts, and neither rates nor shares."""
        return self.choices.get("placed") == "order"

    @property
    def counts_only(self) -> bool:
        """Whether no share, rate or interval may be given: there are no dates, or the cases are no sample."""
        return self.order or self.register.counts_only

    def write(  # noqa: PLR0913 - the columns of a statistic
        self,
        key: str,
        pattern: str,
        value: Value,
        unit: str,
        values: Mapping[str, object],
        *,
        n: int | None = None,
        low: float | None = None,
        high: float | None = None,
    ) -> Statistic:
        """Return a statistic.

        Its pattern, a key of the catalogue under `statistics`, is filled with the values in every language; a value that is
        a function is called with the words of each.
        """
        sentences = {}
        for language in languages():
            words = Words.load(language)
            filled = {name: one(words) if callable(one) else one for name, one in values.items()}
            sentences[language] = shown(words(f"statistics.{pattern}", **filled))
        limits = (_finite(low), _finite(high))
        return Statistic(key, value, unit, n, *limits, sentences, self.measure, self.cell, self.rests_on, self.topic)

    def count(self, key: str, pattern: str, count: int, unit: str, **more: object) -> Statistic:
        """Return the statistic of a plain count, `n` in its pattern."""
        return self.write(key, pattern, count, unit, {"n": count, **more})

    def part(
        self,
        key: str,
        pattern: str,
        count: int,
        unit: str,
        *,
        of: int,
        low: float | None = None,
        high: float | None = None,
        **more: object,
    ) -> Statistic:
        """Return the statistic of a count out of a total (`n` and `total` in its pattern), with its share where n allows."""
        if of == 0:
            return self.write(key, "nothing", None, unit, more, n=0)
        shared = not self.counts_only and of >= self.least_n
        limits = (_finite(low), _finite(high)) if shared else (None, None)
        share = _share(count / of, *limits) if shared else ""
        values = {"n": count, "total": of, "share": share, **more}
        return self.write(key, pattern, count, unit, values, n=of, low=limits[0], high=limits[1])


def label(group: str, word: str) -> Spoken:
    """Return the label of a coded word."""
    return lambda words: words.group(group)[word]


def _share(share: float, low: float | None, high: float | None) -> Spoken:
    def spoken(words: Words) -> str:
        if low is None or high is None:
            return words("statistics.share", percent=words.percent(share))
        limits = {"low": words.percent(low), "high": words.percent(high)}
        return words("statistics.share_limits", percent=words.percent(share), **limits)

    return spoken


def decimal(number: float, decimals: int = 1) -> Spoken:
    """Return a number with so many decimals."""
    return lambda words: words.number(number, decimals=decimals)


def percent(share: float) -> Spoken:
    """Return a share as a percentage."""
    return lambda words: words.percent(share)


def day(date: dt.date) -> Spoken:
    """Return a date to the day."""
    return lambda words: words.date(date)


def _finite(number: float | None) -> float | None:
    return float(number) if number is not None and math.isfinite(number) else None
