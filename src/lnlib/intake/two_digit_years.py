"""Years of two digits: the century is declared in a mapping, or that of all other dates of the column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lnlib.intake.headers import column_of
from lnlib.intake.mapping import MappingFile
from lnlib.intake.tables import Headed
from lnlib.reference.dates import PartialDate, is_plausible
from lnlib.register.problems import shortened

MOST_YEARS_APART = 10  # from the years of four digits in the column, for a century to be taken from them
_NAMED = re.compile(r"(\d{1,2})[\s/.-]+([A-Za-z]{3,9})\.?[\s/.'’-]+(\d{2})")  # 12-Feb-24: only the century is open
_MONTH = re.compile(r"([A-Za-z]{3,9})\.?[\s/.'’-]+(\d{2})")  # Feb-24, which may be a day of February
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{2})")  # 12/02/24, where any part may be the year


def has_short_year(cell: str) -> bool:
    """Return whether a cell is a day, its month as a word, and a year of two digits.

    >>> has_short_year("12-Feb-24"), has_short_year("Feb-24"), has_short_year("12-Feb-2024")
    (True, False, False)
    """
    return _NAMED.fullmatch(cell.strip()) is not None


def write_years_in_full(table: Headed, mapping: MappingFile) -> None:
    """Write dates with years of two digits with four.

    A mapping may declare the century of a column. Otherwise a day with its month as a word is read in the only century of
    the column's other dates, where its year is close to theirs, with a warning; all others stay as they are and are refused.
    """
    for at in _columns_of_dates(table):
        declared = mapping.century(table.headers[at])
        dates = list(_dated(table, at))
        years = [year for _, _, text in dates if (year := _year_of(text))]
        centuries = {year // 100 for year in years}
        for position, number, text in dates:
            century = declared or (str(centuries.copy().pop()) if len(centuries) == 1 else "")
            full = _in_full(text, century, numbers=bool(declared)) if century else ""
            year = _year_of(full) if full and not declared else 0
            if not full or (year and not min(years) - MOST_YEARS_APART <= year <= max(years) + MOST_YEARS_APART):
                continue
            _, cells = table.data[position]
            table.data[position] = (number, [*cells[:at], full, *cells[at + 1 :]])
            if not declared:
                reason = f"date '{shortened(text)}' read as {full}: all other years of the column are {century}xx"
                header = table.headers[at].strip()
                table.problems.append(table.problem("warning", number, header, shortened(text), reason))


def _columns_of_dates(table: Headed) -> Iterator[int]:
    for at, what in enumerate(table.meanings):
        declared = column_of(what.column) if what else None
        option = what is not None and what.how in ("option", "option date")
        if option or (what and declared and declared.holds == "date" and what.how not in ("period", "part of date")):
            yield at


def _dated(table: Headed, at: int) -> Iterator[tuple[int, int, str]]:
    """Yield position, row number and text of the cells of a column that hold something."""
    for position, (number, cells) in enumerate(table.data):
        if at < len(cells) and (text := cells[at].strip()):
            yield position, number, text


def _year_of(text: str) -> int:
    """Return the year of a date that has one of four digits; 0 for anything else, also for a year of no register."""
    if not re.search(r"\d{4}|[០-៩]{4}", text):
        return 0
    date = PartialDate.find(text)
    return date.first.year if date and is_plausible(date) else 0


def _in_full(text: str, century: str, *, numbers: bool) -> str:
    """Return a date with its year in full; empty where it is none of two digits, or no date.

    >>> _in_full("12-Feb-24", "20", numbers=False), _in_full("31-Feb-24", "20", numbers=False)
    ('12 Feb 2024', '')
    >>> _in_full("12/02/24", "20", numbers=True), _in_full("Feb-24", "20", numbers=True)
    ('12/02/2024', 'Feb 2024')
    """
    full = ""
    if named := _NAMED.fullmatch(text):
        full = f"{named[1]} {named[2]} {century}{named[3]}"
    elif numbers and (month := _MONTH.fullmatch(text)):
        full = f"{month[1]} {century}{month[2]}"
    elif numbers and (parts := _NUMBERS.fullmatch(text)):
        return f"{parts[1]}{parts[2]}{parts[3]}{parts[2]}{century}{parts[4]}"  # the order of its day and month is read later
    return full if full and _year_of(full) else ""
