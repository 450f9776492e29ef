"""How a text cell is written so that a spreadsheet takes it for text, and read back as it was.

A cell that starts with `=`, `+`, `-` or `@` would be run as a formula when a CSV is opened in a spreadsheet
(OWASP, CSV injection). It is written with an apostrophe before it; reading takes exactly that one away.
"""

from __future__ import annotations

import pandas as pd

_RISKY = ("=", "+", "-", "@", "'", "\t", "\r")
_GUARDED = tuple(f"'{sign}" for sign in _RISKY)


def guarded(cells: pd.Series) -> pd.Series:
    """Prefix with an apostrophe the cells that a spreadsheet would run or change.

    >>> list(guarded(pd.Series(["=1+1", "-", "plain", "'=x"])))
    ["'=1+1", "'-", 'plain', "''=x"]
    """
    risky = cells.str.startswith(_RISKY)
    return cells.mask(risky, "'" + cells) if risky.any() else cells


def unguarded(cells: pd.Series) -> pd.Series:
    """Remove the apostrophe that `guarded` added.

    >>> list(unguarded(pd.Series(["'=1+1", "''=x", "'quoted'"])))
    ['=1+1', "'=x", "'quoted'"]
    """
    safe = cells.str.startswith(_GUARDED)
    return cells.mask(safe, cells.str[1:]) if safe.any() else cells
