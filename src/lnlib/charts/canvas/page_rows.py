"""How much a page holds: the height that heading and notes leave, and the rows that fit in it."""

from __future__ import annotations

from collections.abc import Sequence

from lnlib.charts.canvas.sheet import Sheet


def page_room(sheet: Sheet) -> float:
    """Return the mm that heading and notes leave for the body on a page of the theme's greatest height."""
    trial = sheet.blank()
    trial.open(0)
    return sheet.theme.page_height - trial.height_mm


def rows_that_fit(heights: Sequence[float], room: float) -> int:
    """Count the rows that fit, from the first on; one at least, so that a chart is never without rows.

    >>> rows_that_fit([4.0, 4.0, 4.0], 9.0)
    2
    """
    used = 0.0
    for many, height in enumerate(heights):
        used += height
        if many and used > room:
            return many
    return len(heights)
