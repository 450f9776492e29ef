"""Words of cells that mean yes, no, nothing, a total, or the same as above."""

from __future__ import annotations

import re
from functools import lru_cache

from lnlib.reference.scales import folded

_YES = frozenset(("1", "true", "yes", "y", "x", "✓", "✔", "☑", "√", "បាទ", "ចាស", "មាន"))
_NO = frozenset(("0", "false", "no", "n", "✗", "✘", "☐", "×", "ទេ", "គ្មាន", ""))
_BLANK = frozenset(
    folded(word)
    for word in (
        *(
            "n/a",
            "na",
            "n.a.",
            "n.a",
            "none",
            "nil",
            "null",
            "nan",
            "#n/a",
            "tbd",
            "tbc",
            "tba",
            "unknown",
            "not known",
        ),
        *("not applicable", "not available", "not stated", "not specified", "no data", "no information", "missing"),
        *(
            "blank",
            "empty",
            "not yet",
            "to be determined",
            "to be confirmed",
            "dk",
            "don't know",
            "គ្មាន",
            "មិនមាន",
            "មិនដឹង",
        ),
    )
)
_ONLY_SIGNS = re.compile(r"[\s\-‐‑–—−_.?·…*/\\]+")
_DITTO = frozenset(
    folded(word) for word in ('"', "''", "”", "〃", "ditto", "idem", "id.", "same", "same as above", "do.")
)
_TOTAL = re.compile(
    r"((grand|sub)[\s-]*)?(total|totals|sum|សរុប)(\s+(of|number|no\.?|all|ngos?|csos?|partners|partnerships|partners?))*"
    r"\s*([:=(#-].*|\d.*)?",
    re.IGNORECASE,
)


def is_ticked(cell: str) -> bool | None:
    """Return whether a cell says yes or no; None where it says neither.

    >>> is_ticked("Yes"), is_ticked("✗"), is_ticked("planned")
    (True, False, None)
    """
    word = cell.strip().casefold()
    return True if word in _YES else False if word in _NO else None


@lru_cache(maxsize=8192)
def is_blank(cell: str) -> bool:
    """Return whether a cell stands for an empty one.

    >>> is_blank("n/a"), is_blank("—"), is_blank("?"), is_blank("River Watch")
    (True, True, True, False)
    """
    text = cell.strip()
    return not text or folded(text) in _BLANK or _ONLY_SIGNS.fullmatch(text) is not None


def is_ditto(cell: str) -> bool:
    """Return whether a cell stands for the one above it.

    >>> is_ditto('"'), is_ditto("ditto")
    (True, True)
    """
    return folded(cell) in _DITTO


@lru_cache(maxsize=8192)
def is_total(cell: str) -> bool:
    """Return whether a cell heads a row of totals.

    >>> is_total("GRAND TOTAL"), is_total("Total: 2 NGOs"), is_total("Total Health Cambodia")
    (True, True, False)
    """
    return _TOTAL.fullmatch(" ".join(cell.split())) is not None
