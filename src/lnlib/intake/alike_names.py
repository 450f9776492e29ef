"""Names of actors in a file that are so alike that both may be one actor: typing mistakes and abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lnlib.intake.cell_words import is_blank, is_ditto, is_no_name, is_total
from lnlib.intake.headers import SHEET, declared_words
from lnlib.intake.rows import KIND_OF, Gathered
from lnlib.intake.tables import Headed
from lnlib.reference.scales import folded

FEWEST_LETTERS = 4  # of a word in which one letter may be wrong
LONG = 8  # letters of a word in which two may be
MOST_ALIKE = 200  # names that differ in one word; of more, such as numbered ones, none is compared


@dataclass(frozen=True)
class AlikeNames:
    """Two names of one side that may be the same actor.

    Parameters
    ----------
    side : str
        `non_state` or `state`.
    name, likely : str
        The rarer of the two, and the one that it may stand for.
    rows, likely_rows : int
        In how many rows each stands.
    """

    side: str
    name: str
    likely: str
    rows: int
    likely_rows: int


@dataclass
class _Name:
    """A name as it is spelled first, how many rows have it, and in which provinces."""

    spelled: str
    rows: int = 0
    provinces: set[str] = field(default_factory=set)


def alike_names(tables: Sequence[Headed], gathered: Gathered) -> Iterator[AlikeNames]:
    """Yield the names that may be a mistake for another, or short for it, on sheets with one row per partnership.

    A name whose value the mapping declares is settled. State actors are compared within a province: offices of the same
    name in two provinces are two.
    """
    for side in KIND_OF.values():
        names = _names(tables, side, gathered)
        settled = {folded(word) for pair in gathered.mapping.values.get(side, {}).items() for word in pair}
        taken: set[str] = set()
        for key, other in _pairs({key: name.spelled for key, name in names.items()}):
            one, two = sorted((names[key], names[other]), key=lambda name: name.rows)
            if one.rows == two.rows and len(two.spelled) < len(one.spelled):
                one, two = two, one  # the longer one is not abbreviated
            apart = side == "state" and one.provinces and two.provinces and not one.provinces & two.provinces
            if apart or folded(one.spelled) in settled | taken:
                continue
            taken.add(folded(one.spelled))
            yield AlikeNames(side, one.spelled, two.spelled, one.rows, two.rows)


def _names(tables: Sequence[Headed], side: str, gathered: Gathered) -> dict[str, _Name]:
    """Return the names of one side by what identifies them."""
    names: dict[str, _Name] = {}
    for table in tables:
        if table.layout != SHEET:
            continue
        for number, cells in table.data:
            province = _first(table, "province", cells, gathered) or table.above.get(number, {}).get("province", "")
            place = gathered.read_place(province or table.province) or folded(province)
            name = _first(table, side, cells, gathered)
            if not name or is_blank(name) or is_total(name) or is_no_name(name) or is_ditto(name):
                continue
            known = names.setdefault(folded(name), _Name(name))
            known.rows += 1
            known.provinces |= {place} - {""}
    return names


def _first(table: Headed, column: str, cells: Sequence[str], gathered: Gathered) -> str:
    filled = (cells[at] for at in table.columns.get(column, ()) if at < len(cells) and cells[at].strip())
    return gathered.clean(column, next(filled, "")).strip()


def _pairs(names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of names that differ in one word, and in it only by a slip or an abbreviation.

    >>> names = {1: "River Guard", 2: "River Gaurd", 3: "Dept of Water", 4: "Department of Water", 5: "River Watch"}
    >>> list(_pairs({str(key): name for key, name in names.items()}))
    [('1', '2'), ('3', '4')]
    """
    split = {key: [_in_full(word) for word in re.findall(r"[^\W_]+", name.casefold())] for key, name in names.items()}
    but_one: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    found: set[tuple[str, str]] = set()
    for key, words in split.items():
        for at in range(len(words)):
            others = but_one.setdefault((at, (*words[:at], *words[at + 1 :])), [])
            for other in others if len(others) < MOST_ALIKE else ():
                if (other, key) not in found and _alike(split[other][at], words[at]):
                    found.add((other, key))
                    yield other, key
            others.append(key)


def _in_full(word: str) -> str:
    """Return a word that is usually abbreviated in full.

    >>> _in_full("dept"), _in_full("water")
    ('department', 'water')
    """
    short = {short: full for full, several in declared_words("abbreviations").items() for short in several}
    return short.get(word, word)


def _alike(one: str, other: str) -> bool:
    """Return whether two words may be one that was mistyped; words with digits never are.

    >>> _alike("gaurd", "guard"), _alike("bavel", "bakan"), _alike("2", "3")
    (True, False, False)
    """
    from rapidfuzz.distance import OSA

    if one == other:
        return True
    shorter = min(len(one), len(other))
    if shorter < FEWEST_LETTERS or any(map(str.isdigit, one + other)):
        return False
    return int(OSA.distance(one, other)) <= (2 if shorter >= LONG else 1)
