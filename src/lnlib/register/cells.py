"""How a text cell is written so that a spreadsheet takes it for text, and read back as it was.

A cell that starts with `=`, `+`, `-` or `@` would be run as a formula when a CSV is opened in a spreadsheet
(OWASP, CSV injection). It is written with an apostrophe before it; reading takes exactly that one away.
"""

from __future__ import annotations

import re

import pandas as pd

_RISKY = r"^([=+\-@'\t\r])"
_GUARDED = re.compile(r"^'([=+\-@'\t\r])")


def guarded(cells: pd.Series) -> pd.Series:
    """Put an apostrophe before the cells that a spreadsheet would run or change.

    >>> list(guarded(pd.Series(["=1+1", "-", "plain", "'=x"])))
    ["'=1+1", "'-", 'plain', "''=x"]
    """
    return cells.str.replace(_RISKY, r"'\1", regex=True)


def unguarded(cells: pd.Series) -> pd.Series:
    """Take away the apostrophe that `guarded` put there.

    >>> list(unguarded(pd.Series(["'=1+1", "''=x", "'quoted'"])))
    ['=1+1', "'=x", "'quoted'"]
    """
    return cells.str.replace(_GUARDED, r"\1", regex=True)
