"""Words of cells that mean yes, no, nothing, a total, a hint, or the same as above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from lnlib.reference import resources
from lnlib.reference.scales import folded

_NOT_YET = re.compile(
    r"((still |yet )?to be|not (yet )?(been )?) ?(decided|determined|identified|selected|confirmed|assigned|appointed|announced|named"
    r"|known|found|filled( in)?|completed|recorded|reported|clear|sure|set|signed|started"
    r"|assessed|rated|visited|evaluated|scored|applicable)( yet)?|no (visit|assessment|rating|score)( yet)?"
    r"|(tb[acdi]|n/?a|unknown|none|pending)\s*[(:;,–-].{0,40}",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(\[<]\s*([^()\[\]<>]*?)\s*[)\]>]")
_ONLY_SIGNS = re.compile(r"[\s\-‐‑–—−_.?·…*/\\]+")
_TOTAL = re.compile(
    r"((grand|sub|sous|sum|overall)[\s-]*)?(total|totals|sum|average|mean|median|count|overall|សរុប(រួម|ទាំងអស់)?|មធ្យម)"
    r"(\s+(of|number|no\.?|all|ngos?|csos?|partners|partnerships))*\s*([:=(#-].*|\d.*)?|n\s*[:=]\s*\d+"
    r"|(grand|sub|sous)[\s-]*total\b.*|total g[eé]n[eé]ral|(#|no\.?|number|total( number)?) of (ngos?|csos?|partners(hips)?|actors|rows)\s*([:=(#-].*|\d.*)?"
    r"|all (provinces|districts|communes)",
    re.IGNORECASE,
)
_OF_PLACE = re.compile(
    r"(?:sub[\s-]*)?totals?\s+(?:(?:of|for|in)\s+)?(?P<after>.+)|(?P<before>.+?)\s+(?:sub[\s-]*)?totals?", re.IGNORECASE
)
_ORGANISATION = (
    r"(local\s+|state\s+|non-?state\s+|government\s+)?(ngos?|csos?|cbos?|organi[sz]ations?|partners?|actors?|authorit(y|ies)|names?|communes?|districts?"
    r"|councils?|departments?|offices?|ministr(y|ies)|agenc(y|ies)|communit(y|ies)|schools?|officials?)"
)
_GENERIC = r"(local\s+|state\s+|non-?state\s+|government\s+)?(ngos?|csos?|cbos?|organi[sz]ations?|partners?|actors?|names?|authorit(y|ies))"
_NO_NAME = re.compile(
    rf"(no|unknown|unnamed|any|example|sample|test|all|various|several|multiple|many|other)(\s+{_ORGANISATION})?"
    rf"|others?\b.{{0,3}}(please )?(specify)?\W*|various|tests?|testing|true|false|yes|{_GENERIC}(\s+names?)?|n\W*n\W*|xyz|n°"
    r"|[\W\d_]+|\?+\W*\w{0,12}|ផ្សេងៗ|ផ្សេងទៀត|អង្គការ|អាជ្ញាធរ"
    rf"|[\[<{{].*[\]>}}]|\([^()]*\)|name of (the )?{_ORGANISATION}|(enter|insert|type|write|please|choose|select|e\.?\s?g\.?|for example)\b.*",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[*†].*|(source|sources|note|notes|n\.?b\.?|remark|remarks|legend|key|prepared|compiled|updated|last updated|"
    r"សម្គាល់|ចំណាំ|ប្រភព)(\s*[:.)៖–-]|\s+(by|of|from|on|that)\b).*",
    re.IGNORECASE | re.DOTALL,
)


@cache
def _declared() -> dict[str, list[str]]:
    declared: dict[str, list[str]] = resources.declared("data", "cells")
    return declared


@cache
def as_written(group: str) -> frozenset[str]:
    """Return the words of a group of `data/cells.yml`, letter by letter."""
    return frozenset(_declared()[group])


@cache
def folded_words(group: str) -> frozenset[str]:
    """Return the words of a group of `data/cells.yml`, folded."""
    return frozenset(map(folded, _declared()[group]))


def is_ticked(cell: str) -> bool | None:
    """Return whether a cell says yes or no; None where it says neither.

    >>> is_ticked("Yes"), is_ticked("✗"), is_ticked("planned")
    (True, False, None)
    """
    word = cell.strip().casefold()
    return True if word in as_written("ticked") else False if word in as_written("not_ticked") else None


def answer(cell: str) -> bool | None:
    """Return whether a cell ticks an option; what stands for an empty cell does not. None where it says neither.

    >>> answer("Yes"), answer("n/a"), answer("planned")
    (True, False, None)
    """
    ticked = is_ticked(cell)
    return False if ticked is None and is_blank(cell) else ticked


def ticked_on(cell: str) -> str:
    """Return what stands behind a yes, such as its date; empty where nothing does.

    >>> ticked_on("Yes (May 2010)"), ticked_on("signed 2010"), ticked_on("No (2010)")
    ('May 2010', '2010', '')
    """
    first, _, rest = re.sub(r"[\s(:,;–-]+", " ", cell.strip(), count=1).partition(" ")
    return rest.strip(" )").removeprefix("in ").removeprefix("on ") if is_ticked(first) else ""


@lru_cache(maxsize=8192)
def is_blank(cell: str) -> bool:
    """Return whether a cell stands for an empty one.

    >>> is_blank("n/a"), is_blank("—"), is_blank("(none)"), is_blank("TBC (2012)"), is_blank("River Watch")
    (True, True, True, True, False)
    """
    text = cell.strip()
    if not text or folded(text) in folded_words("blank") or _ONLY_SIGNS.fullmatch(text) or _NOT_YET.fullmatch(text):
        return True
    inside = _BRACKETED.fullmatch(text)
    return inside is not None and is_blank(inside[1])


def is_lasting(cell: str) -> bool:
    """Return whether a cell says that something has not ended.

    >>> is_lasting("on-going"), is_lasting("to date"), is_lasting("2012")
    (True, True, False)
    """
    return folded(_BRACKETED.sub(r"\1", cell.strip())) in folded_words("lasting")


def is_ditto(cell: str) -> bool:
    """Return whether a cell stands for the one above it.

    >>> is_ditto('"'), is_ditto("ditto")
    (True, True)
    """
    return folded(cell) in folded_words("ditto")


@lru_cache(maxsize=8192)
def is_total(cell: str) -> bool:
    """Return whether a cell heads a row of totals.

    >>> is_total("GRAND TOTAL"), is_total("Total: 2 NGOs"), is_total("Total Health Cambodia")
    (True, True, False)
    """
    return _TOTAL.fullmatch(" ".join(cell.split())) is not None


def holds_totals(cells: Sequence[str]) -> bool:
    """Return whether a row is one of totals: its first cell that holds something heads such a row."""
    return is_total(next((cell for cell in cells if cell.strip()), ""))


def totalled(cell: str) -> str:
    """Return what a cell names beside the word total: where it is a place, the row holds its totals.

    >>> totalled("Total Battambang"), totalled("Pursat sub-total"), totalled("River Voices")
    ('Battambang', 'Pursat', '')
    """
    found = _OF_PLACE.fullmatch(" ".join(cell.split()))
    return (found["after"] or found["before"]).strip(" :") if found else ""


@lru_cache(maxsize=8192)
def is_no_name(cell: str) -> bool:
    """Return whether a cell cannot be the name of one actor: a hint, a number, a header, or a word for several or for none.

    >>> is_no_name("Enter name"), is_no_name("Various NGOs"), is_no_name("0"), is_no_name("All Ways Forward")
    (True, True, True, False)
    """
    return _NO_NAME.fullmatch(" ".join(cell.split())) is not None


def is_note(cell: str) -> bool:
    """Return whether a text below or above a table is a remark about it.

    >>> is_note("Source: annual report 2012"), is_note("* no visit in 2011"), is_note("Key Consulting")
    (True, True, False)
    """
    return _NOTE.fullmatch(cell.strip()) is not None
