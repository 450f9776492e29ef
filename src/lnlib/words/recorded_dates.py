"""Dates in the words of a language, as precisely as a register holds them."""

from __future__ import annotations

import re

from lnlib.reference.dates import PartialDate
from lnlib.words.catalogue import Words


def in_words(date: str, words: Words) -> str:
    """Write a date as precisely as it was recorded.

    >>> in_words("2011-Q3", Words.load("en")), in_words("2011/2012-05", Words.load("en"))
    ('Q3 2011', 'between 2011 and May 2012')
    """
    if "/" in date:
        first, last = date.split("/")
        return words("dates.between", first=in_words(first, words), last=in_words(last, words))
    if not date:
        return ""
    return words.date(PartialDate.read(date).first, precision=_precision(date))


def shortened(date: str, words: Words) -> str:
    """Write a date as a narrow column has room for it: a day by its month, a half-year by its letter.

    >>> shortened("2011-07-02", Words.load("en")), shortened("2011-H2", Words.load("en"))
    ('Jul 2011', 'H2 2011')
    """
    if not date or "/" in date:
        return in_words(date, words)
    precision = _precision(date)
    return words.date(PartialDate.read(date).first, precision=_SHORTER.get(precision, precision))


def _precision(date: str) -> str:
    return next(name for name, form in _PRECISION.items() if form.fullmatch(date))


_SHORTER = {"day": "month", "half": "half_short"}
_PRECISION = {
    name: re.compile(form)
    for name, form in {
        "year": r"\d{4}",
        "half": r"\d{4}-H\d",
        "quarter": r"\d{4}-Q\d",
        "month": r"\d{4}-\d{2}",
        "day": r"\d{4}-\d{2}-\d{2}",
    }.items()
}
