"""Coverage: who was assessed when and by whom, and what was running and not assessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns

RATERS = ("state", "non_state", "independent", "unstated")


def coverage(visits: pd.DataFrame, spells: pd.DataFrame, *, dates: Sequence[Any], by: str) -> pd.DataFrame:
    """Count the assessments of each group in each period, by rater, beside the partnerships that were running.

    Parameters
    ----------
    visits : DataFrame
        `date`, `rated_by` and the column `by`, one row an assessment; rows without a rater are not counted.
    spells : DataFrame
        `partnership`, `status`, `start`, `end` and the column `by`, as in `docs/columns.md`.
    dates : sequence
        Last day of each period, rising, of the kind `start` is of; a period reaches back to the one before it, the
        first one to the beginning: leave out of `visits` what lies before the observed period (`history.placed_in_time.in_period`),
        or the first period counts it too. What lies after the last is not counted.
    by : str
        A column of both frames. The categories of a categorical in `spells` are all in the result; rows where it is NA
        are a group of their own, last.

    Returns
    -------
    DataFrame
        One row a group × period × rater, all present: the column `by`, `date`, `rated_by`, `count` (assessments),
        `running` (partnerships begun and not ended at some time in the period; alike for the raters). A partnership
        belongs to the group of its first spell, an assessment to that of its own row. Dates count by the day; numbers
        that are all whole, such as places in an order, count by ones.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        A frame lacks a column, a time is missing, a rater or a group is not known, or the dates do not rise.

    Examples
    --------
    >>> seen = pd.DataFrame({"date": [1.0], "rated_by": ["state"], "unit": ["02"]})
    >>> lives = pd.DataFrame({"partnership": ["a"], "status": ["assessed"], "start": [1.0], "end": [3.0], "unit": ["02"]})
    >>> coverage(seen, lives, dates=[1.0, 2.0], by="unit").query("rated_by == 'state'")[["count", "running"]].values.tolist()
    [[1, 1], [0, 1]]
    """
    caller = "coverage"
    columns.require(visits, ["date", "rated_by", by], caller=caller)
    columns.require(spells, ["partnership", "status", "start", "end", by], caller=caller)
    if by in ("date", "rated_by", "count", "running"):
        raise ValueNotAllowed(f"coverage gives column {by} itself; group by another column")
    rated = visits[visits["rated_by"].notna()]
    rater = columns.words_of(rated, "rated_by", RATERS, caller=caller).astype(np.int64)
    seen = columns.times_of(rated, "date", caller=caller)
    start, end = (columns.times_of(spells, name, caller=caller) for name in ("start", "end"))
    like = start if len(start) or columns.is_dates(start) else seen
    ends = np.array([columns.moment(date, like=like, name="dates") for date in dates], dtype=like.dtype)
    if (ends[1:] <= ends[:-1]).any():
        raise ValueNotAllowed(f"coverage needs dates that rise, but got {', '.join(str(date) for date in dates)}")
    if len(seen) and len(start) and columns.is_dates(seen) != columns.is_dates(start):
        raise ValueNotAllowed("coverage needs date, start and end all as dates or all as numbers")

    both = pd.DataFrame({by: pd.concat([spells[by], _alike(rated, spells, by)], ignore_index=True)})
    group, levels = columns.groups(both.astype({by: spells[by].dtype}), by, caller=caller)
    count = np.zeros((len(levels), len(ends), len(RATERS)), dtype=np.int64)
    period = np.searchsorted(ends, _days(seen))  # the first whose last day is not before the assessment
    inside = period < len(ends)
    np.add.at(count, (group[len(spells) :][inside], period[inside], rater[inside]), 1)
    running = _running(spells, start, end, group[: len(spells)], ends, many=len(levels))

    table = columns.spread_over(levels, rows=len(ends) * len(RATERS))
    table["date"] = np.tile(np.repeat(ends, len(RATERS)), len(levels))
    table["rated_by"] = np.tile(np.array(RATERS, dtype=object), len(levels) * len(ends))
    return table.assign(count=count.ravel(), running=np.repeat(running.ravel(), len(RATERS)))


def _alike(rated: pd.DataFrame, spells: pd.DataFrame, by: str) -> pd.Series:
    """Return the groups of the assessments as the spells write them; refuse one outside their categories."""
    values = rated[by].astype(object)
    if isinstance(spells[by].dtype, pd.CategoricalDtype):
        known = list(spells[by].cat.categories)
        for value in pd.unique(values.dropna()):
            columns.option(by, value, known)
        return values.astype(spells[by].dtype)
    return values


def _days(moments: np.ndarray) -> np.ndarray:
    return moments.astype("datetime64[D]").astype(moments.dtype) if columns.is_dates(moments) else moments


def _running(
    spells: pd.DataFrame, start: np.ndarray, end: np.ndarray, group: np.ndarray, ends: np.ndarray, *, many: int
) -> np.ndarray:
    """Count lives, groups × periods: one runs from its first spell to its ending, in every period that it touches."""
    slots = len(ends) + 1
    change = np.zeros((many, slots), dtype=np.int64)
    alive = np.flatnonzero((spells["status"] != "ended").to_numpy(dtype=bool, na_value=True))
    if len(alive):
        owner, _ = columns.codes_of(spells.iloc[alive], caller="coverage")
        order = alive[np.lexsort((end[alive], start[alive], owner))]
        opening = np.flatnonzero(np.diff(np.sort(owner), prepend=-1))
        first, home, until = start[order][opening], group[order][opening], np.maximum.reduceat(end[order], opening)
        # A life covers start ≤ t < end: of whole days, or whole numbers, the last is the one before the end.
        if columns.is_dates(end):
            until = _days(until - np.timedelta64(1, "us"))
        elif not (np.concatenate([first, until, ends]) % 1).any():
            until = until - 1
        np.add.at(change, (home, np.searchsorted(ends, _days(first))), 1)
        np.add.at(change, (home, np.minimum(np.searchsorted(ends, until) + 1, slots - 1)), -1)
    return change.cumsum(axis=1)[:, :-1]
