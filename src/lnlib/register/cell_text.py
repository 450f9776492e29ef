"""How a text cell is written so that a spreadsheet takes it for text, and read back as it was.

A cell that starts with `=`, `+`, `-`, `@` or one of their full-width forms would be run as a formula when a CSV is
opened in a spreadsheet, one that starts with `|` as a command by some (OWASP, CSV injection). It is written with an
apostrophe before it; reading removes exactly that one.
"""

from __future__ import annotations

import pandas as pd

RISKY = ("=", "+", "-", "@", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'", "\t", "\r", "\n")
_GUARDED = tuple(f"'{character}" for character in RISKY)


def guard(cell: str) -> str:
    """Return a cell with an apostrophe before it if a spreadsheet would run or change it.

    >>> guard("=1+1"), guard("|calc"), guard("plain")
    ("'=1+1", "'|calc", 'plain')
    """
    return f"'{cell}" if cell.startswith(RISKY) else cell


def unguard(cell: str) -> str:
    """Return a cell without the apostrophe that `guard` added.

    >>> unguard("'=1+1"), unguard("'quoted'")
    ('=1+1', "'quoted'")
    """
    return cell[1:] if cell.startswith(_GUARDED) else cell


def guarded(cells: pd.Series) -> pd.Series:
    """Prefix with an apostrophe the cells that a spreadsheet would run or change.

    >>> list(guarded(pd.Series(["=1+1", "-", "plain", "'=x"])))
    ["'=1+1", "'-", 'plain', "''=x"]
    """
    risky = cells.str.startswith(RISKY)
    return cells.mask(risky, "'" + cells) if risky.any() else cells


def unguarded(cells: pd.Series) -> pd.Series:
    """Remove the apostrophe that `guarded` added.

    >>> list(unguarded(pd.Series(["'=1+1", "''=x", "'quoted'"])))
    ['=1+1', "'=x", "'quoted'"]
    """
    safe = cells.str.startswith(_GUARDED)
    return cells.mask(safe, cells.str[1:]) if safe.any() else cells
