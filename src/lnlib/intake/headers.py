"""What a header means: our own names and their Khmer, other words for them, and periods of a wide sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from lnlib.errors import LnlibError
from lnlib.reference import resources, vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded
from lnlib.register.schema import TABLES

SHEET = "sheet"  # a sheet with one row per partnership, its actors by name
LAYOUTS = (*TABLES, SHEET)
FIRST_YEAR, LAST_YEAR = 1950, 2100  # a header outside of these is a number, not a year
_STAGE = re.compile(r"^(stage|level|rating|ដំណាក់កាល)\b[\s:_/-]*(?:of|in|at)?[\s:_/-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Meaning:
    """What a header means.

    Parameters
    ----------
    column : str
        Our column.
    how : str
        `own` (our name or its Khmer), `alias`, `mapping`, `part` (one word of a select-multiple) or `period`.
    word : str
        The period, or the word of a select-multiple.
    """

    column: str
    how: str
    word: str = ""


@cache
def _declared() -> dict[str, dict[str, list[str]]]:
    return resources.declared("data", "headers")


@cache
def columns_of(layout: str) -> tuple[str, ...]:
    """Give the columns of a table, or of a sheet with one row per partnership.

    >>> columns_of("mechanisms")[:2]
    ('partnership', 'mechanism')
    """
    return tuple(TABLES[layout].names) if layout in TABLES else tuple(_declared()[layout])


@cache
def _lookup(layout: str) -> dict[str, Meaning]:
    found = {folded(name): Meaning(name, "own") for name in columns_of(layout)}
    for table in [TABLES[layout]] if layout in TABLES else TABLES.values():
        for column in table.columns:
            if column.name in columns_of(layout) and column.name_km:
                found.setdefault(folded(column.name_km), Meaning(column.name, "own"))
    for name, aliases in _declared()[layout].items():
        for alias in aliases:
            found.setdefault(folded(alias), Meaning(name, "alias"))
    return found


@lru_cache(maxsize=8192)
def meaning(header: str, layout: str) -> Meaning | None:
    """Give what a header means in a table or sheet; None where it is not known.

    A group before the name, as survey tools write it (`about/province`, `about-province`), does not change it.

    >>> meaning("NGO", "sheet")
    Meaning(column='non_state', how='alias', word='')
    >>> meaning("Q3 2011", "sheet")
    Meaning(column='stage', how='period', word='2011-Q3')
    """
    lookup = _lookup(layout)
    plain = re.sub(r"[*:?]+$", "", header.strip()).strip()
    if found := lookup.get(folded(plain)):
        return found
    if layout != "actors" and (period := read_period(plain)):
        return Meaning("stage", "period", period) if layout in (SHEET, "assessments") else None
    if part := _part(plain, layout):
        return part
    for sign in ("/", "-", ":"):
        last = plain.rsplit(sign, 1)[-1]
        if last != plain and (found := lookup.get(folded(last))) and found.how == "own":
            return found
    return None


def _part(header: str, layout: str) -> Meaning | None:
    for sign in ("/", "-"):
        pieces = header.rsplit(sign, 1)
        if len(pieces) < 2:
            continue
        whole = meaning(pieces[0], layout)
        if whole is None or whole.how in ("part", "period"):
            continue
        table = next((t for t in TABLES.values() if whole.column in t.names), None)
        column = table.column(whole.column) if table else None
        if column is None or column.holds != "words":
            continue
        try:
            word, _ = vocabulary.read_word(column.vocabulary, pieces[1])
        except LnlibError:
            continue
        return Meaning(whole.column, "part", word)
    return None


@lru_cache(maxsize=8192)
def read_period(text: str) -> str:
    """Read a header or a sheet's name as a period; empty where it is none.

    >>> read_period("Stage 2011"), read_period("Q3 2011"), read_period("1234567")
    ('2011', '2011-Q3', '')
    """
    plain = _STAGE.sub("", text.strip()).strip(" ()")
    if not re.search(r"\d{4}|[០-៩]{4}", plain):
        return ""
    try:
        date = PartialDate.read(plain)
    except LnlibError:
        return ""
    return date.text if FIRST_YEAR <= date.first.year <= LAST_YEAR else ""


@cache
def _kind_words() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for kind, words in _declared()["kind_words"].items():
        for word in words:
            found[word.casefold()] = (kind, vocabulary.side_of(kind))
    return found


@lru_cache(maxsize=8192)
def kind_told(text: str, side: str) -> str:
    """Give the actor kind that a name or a header tells by one of its words; empty where none does.

    >>> kind_told("Provincial Governor of Pursat", "state"), kind_told("NGO", "non_state"), kind_told("DND", "non_state")
    ('provincial_office', 'ngo', '')
    """
    plain = " ".join(text.casefold().split())
    best = ""
    for word, (_, of) in _kind_words().items():
        # Khmer has no spaces between words, so there a word may stand within another
        if of == side and len(word) > len(best) and re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", plain):
            best = word
    return _kind_words()[best][0] if best else ""
