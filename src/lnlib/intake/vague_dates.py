"""What a text that is no date may mean as one, so that somebody can choose: `mid 2012`, `around May 2011`, `31/02/2012`."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator

from lnlib.reference.dates import FIRST_YEAR, LAST_YEAR, with_signs

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})(?!\d)")
_SIGN = re.compile(r"\b(?:Q([1-4])|H([12]))\b", re.IGNORECASE)
_MAY_BE = re.compile(r"\bmay\s+(?:be|have)\b")  # no month
_MONTHS = {name.casefold(): at for names in (calendar.month_name, calendar.month_abbr) for at, name in enumerate(names)}
_MONTHS = {name: at for name, at in _MONTHS.items() if name} | {"sept": 9}
_OTHER_YEAR = {"before", "after", "since", "until", "till", "by", "from", "prior", "later", "earlier", "not"}
_PARTS = {  # of a year
    **dict.fromkeys(("early", "beginning", "start"), ("{0}-H1", "{0}-Q1")),
    **dict.fromkeys(("mid", "middle", "midyear"), ("{0}-Q2/{0}-Q3", "{0}-Q2", "{0}-Q3")),
    **dict.fromkeys(("late", "end"), ("{0}-H2", "{0}-Q4")),
}


def dates_meant(text: str) -> tuple[str, ...]:
    """Return the dates that a text may mean by its year and its words, the widest first; none where it holds no year.

    Words such as *before* mean another year than the one they stand with, so nothing is returned for them.

    Examples
    --------
    >>> dates_meant("mid 2012"), dates_meant("late 2013")
    (('2012', '2012-Q2/2012-Q3', '2012-Q2', '2012-Q3'), ('2013', '2013-H2', '2013-Q4'))
    >>> dates_meant("2011 or 2012"), dates_meant("31/02/2012"), dates_meant("before 2012"), dates_meant("soon")
    (('2011/2012', '2011', '2012'), ('2012', '2012-02'), (), ())
    """
    plain = _MAY_BE.sub("", with_signs(text).casefold())
    words = set(_WORD.findall(plain))
    years = sorted({year for found in _YEAR.findall(plain) if FIRST_YEAR <= (year := int(found)) <= LAST_YEAR})
    if not years or len(years) > 2 or words & _OTHER_YEAR:
        return ()
    if len(years) == 2:
        return (f"{years[0]}/{years[1]}", *map(str, years))
    return tuple(dict.fromkeys((str(years[0]), *_within(years[0], plain, words))))


def _within(year: int, plain: str, words: set[str]) -> Iterator[str]:
    """Yield the parts of a year that a text may mean: those it names, or else those its words stand for."""
    named = [f"{year}-Q{quarter}" if quarter else f"{year}-H{half}" for quarter, half in _SIGN.findall(plain)]
    named += [f"{year}-{_MONTHS[word]:02}" for word in sorted(words & _MONTHS.keys(), key=lambda word: _MONTHS[word])]
    for one, two in _NUMERIC.findall(_YEAR.sub(" ", plain)):
        for month, day in ((int(two), int(one)), (int(one), int(two))):  # day first, then month first
            if 1 <= month <= 12:
                exists = 1 <= day <= calendar.monthrange(year, month)[1]
                named.append(dt.date(year, month, day).isoformat() if exists else f"{year}-{month:02}")
    yield from named or [part.format(year) for word, parts in _PARTS.items() if word in words for part in parts]
