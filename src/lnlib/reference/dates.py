"""Dates that carry their precision: a partial date is an interval of days.

`2011`, `2011-H1`, `2011-Q3`, `2011-05`, `2011-05-03` and `2009-06/2014-09` are written as such (EDTF where EDTF has
a form for it). On reading, `Q3 2011`, `May 2011`, `3 May 2011`, `03/05/2011` (day first) and Excel's dates are taken
too; what was not in a written form is reported to the reader as a warning.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from lnlib.errors import LnlibError

PLACINGS = ("middle", "start", "end")
_MONTHS = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.casefold(): i for i, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_KHMER_MONTHS = ["មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"]
_KHMER_WORDS = {"ត្រីមាសទី": "Q", "ត្រីមាស": "Q", "ឆមាសទី": "H", "ឆមាស": "H", "ថ្ងៃទី": "", "ថ្ងៃ": "", "ខែ": " ", "ឆ្នាំ": " "}
_KHMER = re.compile("[ក-៿]")
_UNSEEN = re.compile("[\u200b-\u200d\ufeff]")
_SHORT_YEAR = re.compile(
    r"(?:\d{1,2}[\s/.-]+)?(?:\d{1,2}|[A-Za-z]{3,9})\.?[\s/.'’-]+\d{2}"
)  # 3/5/11, May-12, 12 Jun '13
_ORDINALS = ("first", "second", "third", "fourth")
_PART = r"quarter|qtr\.?|semester|half(?:[ -]year)?"
_NAMED_PART = re.compile(
    rf"\b(?:(?P<number>[1-4]|{'|'.join(_ORDINALS)})(?:st|nd|rd|th)?[\s-]+(?P<after>{_PART})"
    rf"|(?P<before>{_PART})\s*(?P<last>[1-4]))(?!\w)(?:\s+of\b)?,?\s*",
    re.IGNORECASE,
)
FIRST_YEAR, LAST_YEAR = 1950, 2100  # of dates in a register
BUDDHIST = 543  # years that the Buddhist calendar is ahead
_ALLOWED = "2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between"


@dataclass(frozen=True, order=True)
class PartialDate:
    """A date as precisely as it is known: some day from `first` to `last`.

    Parameters
    ----------
    first, last : datetime.date
        First and last day it can be.
    text : str
        How it is written in a register.

    Examples
    --------
    >>> PartialDate.read("2011-Q3").first
    datetime.date(2011, 7, 1)
    >>> PartialDate.read("May 2011").text
    '2011-05'
    >>> PartialDate.read("2011").placed("middle")
    datetime.date(2011, 7, 2)
    """

    first: dt.date
    last: dt.date
    text: str

    @classmethod
    def read(cls, value: object) -> PartialDate:
        """Read a date as people write it.

        Raises
        ------
        LnlibError
            It is not a date, or names a day, month or order that does not exist.
        """
        return cls.read_with_remark(value)[0]

    @classmethod
    def read_with_remark(cls, value: object) -> tuple[PartialDate, str]:
        """Read a date; the remark says what was assumed, and is empty where the date was in a written form.

        Returns
        -------
        tuple of (PartialDate, str)
            The date, and `day first` or `other form` where its reading should be looked at.
        """
        # pandas' missing time is a datetime without a date, and not equal to itself
        if isinstance(value, dt.datetime) and value == value:
            return cls.day(value.date()), ""
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return cls.day(value), ""
        date, remark = _parsed(str(value).strip())
        if date is None:
            raise LnlibError(remark)
        return date, remark

    @classmethod
    def find(cls, text: str) -> PartialDate | None:
        """Return a date as `read` does; None where the text is none."""
        return _parsed(text.strip())[0]

    @classmethod
    def day(cls, day: dt.date) -> PartialDate:
        """Return the date that is known to the day."""
        return cls(day, day, day.isoformat())

    @property
    def exact(self) -> bool:
        """Whether it is known to the day."""
        return self.first == self.last

    def placed(self, where: str = "middle") -> dt.date:
        """Return one day of it: the middle, start or end of what it can be."""
        if where == "start":
            return self.first
        if where == "end":
            return self.last
        return self.first + (self.last - self.first) // 2


def check_year(date: PartialDate) -> None:
    """Refuse a date outside of the years that a register can speak of.

    Raises
    ------
    LnlibError
        With the year that was meant where the Buddhist calendar explains it.

    Examples
    --------
    >>> check_year(PartialDate.read("2554-05"))
    Traceback (most recent call last):
    ...
    lnlib.errors.LnlibError: year 2554 is not plausible (1950 to 2100); is it Buddhist era, did you mean '2011-05'?
    """
    for year in (date.first.year, date.last.year):
        if FIRST_YEAR <= year <= LAST_YEAR:
            continue
        reason = f"year {year:04d} is not plausible ({FIRST_YEAR} to {LAST_YEAR})"
        if 1990 <= year - BUDDHIST <= 2060:
            meant = date.text.replace(str(year), str(year - BUDDHIST))
            reason += f"; is it Buddhist era, did you mean '{meant}'?"
        raise LnlibError(reason)


def is_plausible(date: PartialDate) -> bool:
    """Return whether a date lies in the years that a register can speak of."""
    return all(FIRST_YEAR <= day.year <= LAST_YEAR for day in (date.first, date.last))


def _without_khmer(text: str) -> str:
    """Return a date in Khmer words and digits in the forms that are read.

    >>> _without_khmer("៣ ឧសភា ២០១៣"), _without_khmer("ត្រីមាសទី៣ ២០១៣")
    ('3 May 2013', 'Q3 2013')
    """
    plain = text.translate(_KHMER_DIGITS)
    if not _KHMER.search(plain):
        return plain
    plain = _UNSEEN.sub("", plain)
    for word, ours in _KHMER_WORDS.items():
        plain = plain.replace(word, ours)
    for number, month in enumerate(_KHMER_MONTHS, 1):
        plain = re.sub(rf"\s*{month}\s*", f" {calendar.month_abbr[number]} ", plain)
    return re.sub(r"([QH]) +(?=\d)", r"\1", " ".join(plain.split()))


def with_signs(text: str) -> str:
    """Return a text in which quarters and half-years in words are written Q1 to Q4, H1 and H2.

    >>> with_signs("3rd quarter of 2012"), with_signs("Semester 1, 2012"), with_signs("first half 2012")
    ('Q3 2012', 'H1 2012', 'H1 2012')
    """
    if not _NAMED_PART.search(text):
        return text

    def sign(match: re.Match[str]) -> str:
        what, number = match["after"] or match["before"], match["number"] or match["last"]
        ordinal = _ORDINALS.index(number.casefold()) + 1 if number.casefold() in _ORDINALS else int(number)
        return f"{'Q' if what.casefold().startswith('q') else 'H'}{ordinal} "

    return " ".join(_NAMED_PART.sub(sign, text).split())


@lru_cache(maxsize=65536)
def _parsed(text: str) -> tuple[PartialDate | None, str]:
    """Return a date and what was assumed in reading it; None and the reason where it cannot be read."""
    plain = with_signs(_without_khmer(text))
    if plain.count("/") == 1 and (halves := re.fullmatch(r"(\d{4}\S*?)\s*/\s*(\d{4}\S*)", plain)):
        (one, remark), (two, other) = _parsed(halves[1]), _parsed(halves[2])
        if one is None or two is None:
            return None, other if one else remark
        if one.first > two.last:
            return None, f"date '{text}' ends before it starts"
        return PartialDate(one.first, two.last, f"{one.text}/{two.text}"), remark or other
    for pattern, remark in _FORMS:
        if match := pattern.fullmatch(plain):
            try:
                return _built(match.groupdict()), remark
            except _NoSuchDay as error:
                return None, f"date '{text}' cannot be read: {error}"
            except (KeyError, ValueError):  # no month is called so, or no calendar has the year
                break
    if _SHORT_YEAR.fullmatch(plain):
        how = "write the year with four digits, or declare its century in a mapping (dates)"
        return None, f"date '{text}' cannot be read: {how}"
    return None, f"date '{text}' cannot be read; allowed: {_ALLOWED}"


def _built(found: dict[str, str]) -> PartialDate:
    """Build a date from the named parts of its text."""
    year = int(found["year"])
    if "until" in found:
        return _span(found["name"], found["until"], year)
    if "quarter" in found:
        return _quarter(year, int(found["quarter"]))
    if "half" in found:
        return _half(year, int(found["half"]))
    if not ("name" in found or "month" in found):
        return _year(year)
    month = _MONTHS[found["name"].casefold()] if "name" in found else int(found["month"])
    return _day(year, month, int(found["day"])) if "day" in found else _month(year, month)


def _year(year: int) -> PartialDate:
    return PartialDate(dt.date(year, 1, 1), dt.date(year, 12, 31), f"{year:04d}")


def _months(year: int, month: int, count: int, text: str) -> PartialDate:
    end = month + count - 1
    return PartialDate(dt.date(year, month, 1), dt.date(year, end, calendar.monthrange(year, end)[1]), text)


def _half(year: int, half: int) -> PartialDate:
    return _months(year, 6 * half - 5, 6, f"{year:04d}-H{half}")


def _quarter(year: int, quarter: int) -> PartialDate:
    return _months(year, 3 * quarter - 2, 3, f"{year:04d}-Q{quarter}")


class _NoSuchDay(ValueError):
    """A day or month that no calendar has; the message is the reason."""


def _month(year: int, month: int) -> PartialDate:
    if not 1 <= month <= 12:
        raise _NoSuchDay(f"there is no month {month}")
    return _months(year, month, 1, f"{year:04d}-{month:02d}")


def _span(first: str, last: str, year: int) -> PartialDate:
    """Return the months from one to another: a quarter or half year where they are one."""
    start, end = _MONTHS[first.casefold()], _MONTHS[last.casefold()]
    if start > end:
        raise ValueError
    count = end - start + 1
    if count in (3, 6, 12) and (start - 1) % count == 0:
        whole = {3: f"{year:04d}-Q{(start + 2) // 3}", 6: f"{year:04d}-H{(start + 5) // 6}", 12: f"{year:04d}"}
        return _months(year, start, count, whole[count])
    return _months(year, start, count, f"{year:04d}-{start:02d}/{year:04d}-{end:02d}")


def _day(year: int, month: int, day: int) -> PartialDate:
    if not 1 <= month <= 12:
        raise _NoSuchDay(f"there is no month {month}")
    if year and not 1 <= day <= calendar.monthrange(year, month)[1]:
        in_year = f" in {year}" * (month == 2 and day == 29)
        raise _NoSuchDay(f"{calendar.month_name[month]} has no day {day}{in_year}")
    return PartialDate.day(dt.date(year, month, day))


_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?"
_ORDINAL = r"(?:st|nd|rd|th)?"
_TIME = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_FORMS = [
    (re.compile(form), remark)
    for form, remark in (
        (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", ""),
        (r"(?P<year>\d{4})-(?P<month>\d{2})", ""),
        (r"(?P<year>\d{4})-[Qq](?P<quarter>[1-4])", ""),
        (r"(?P<year>\d{4})-[HhSs](?P<half>[12])", ""),
        (r"(?P<year>\d{4})(?:\.0)?", ""),
        (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})" + _TIME, ""),
        (r"(?P<year>\d{4})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})", "other form"),
        (r"(?P<day>\d{1,2})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})", "day first"),
        (r"[Qq](?P<quarter>[1-4])[\s/-]*(?P<year>\d{4})", "other form"),
        (r"(?P<year>\d{4})[\s/]*[Qq](?P<quarter>[1-4])", "other form"),
        (r"[HhSs](?P<half>[12])[\s/-]*(?P<year>\d{4})", "other form"),
        (r"(?P<year>\d{4})[\s/]*[HhSs](?P<half>[12])", "other form"),
        (r"(?P<name>[A-Za-z]{3,9})\.?,?[\s-]+(?P<year>\d{4})", "other form"),
        (
            rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}[\s-]+(?:of\s+)?(?P<name>[A-Za-z]{{3,9}})\.?,?[\s-]+(?P<year>\d{{4}})",
            "other form",
        ),
        (
            rf"{_WEEKDAY}(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}})",
            "other form",
        ),
        (
            r"(?P<name>[A-Za-z]{3,9})\.?\s*(?:-|–|to)\s*(?P<until>[A-Za-z]{3,9})\.?[\s-]+(?P<year>\d{4})",
            "other form",
        ),
        (r"(?P<month>\d{1,2})/(?P<year>\d{4})", "other form"),
    )
]
