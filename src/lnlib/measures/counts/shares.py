"""Shares of partnerships at each stage on a grid of dates, counted from spells.

A spell is in force on a date t where start ≤ t < end, so what stands on every date is what has started by then less
what has ended by then: two counts and a running sum, however fine the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.intervals import with_share

STATUSES = ("assessed", "not_assessed", "ended")
GRIDS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_COUNTS = ("date", "stage", "count", "n", "n_assessed", "n_not_assessed", "n_ended", "n_known")
_COLUMNS = (*_COUNTS, "share", "low", "high", "shown")


def shares(  # noqa: PLR0913 - what the estimate rests on, by keyword
    spells: pd.DataFrame,
    *,
    grid: str = "quarter",
    dates: Sequence[Any] | None = None,
    by: str | Sequence[str] = (),
    interval: str = "wilson",
    level: float = 0.95,
    ended: str = "out",
    least_n: int = 5,
) -> pd.DataFrame:
    """Count partnerships at each stage on each date, and give their share with its interval.

    Parameters
    ----------
    spells
        Columns `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    grid
        `month`, `quarter`, `half` or `year`: one date a period, its **last day**. A period is counted as it stood on
        that day. The grid runs over the periods whose last day lies within the observed period (the first start ≤
        the day < the last end); an observed period meant to hold 31 December ends on 1 January.
    dates
        Dates of your own instead of a grid; needed where times are plain numbers. Outside the observed period
        nothing is known: the counts are 0 and the share is NaN.
    by
        Columns to group by. Every category of a categorical stays in, also an empty one.
    interval
        `wilson`, `jeffreys` or `clopper_pearson`, see `lnlib.measures.intervals`, at `level`.
    ended
        Whether ended partnerships stay in the denominator: `out` (n = assessed) or `in` (n = assessed + ended). The
        not assessed are never in it.
    least_n
        Where n is under it, `shown` is False; the numbers stay.

    Returns
    -------
    DataFrame
        One row a group × date × stage, all present, in this order: the columns of `by`, `date`, `stage`, `count`,
        `n`, `n_assessed`, `n_not_assessed`, `n_ended`, `n_known` (all that have begun), `share` (0 to 1, NaN where
        n = 0), `low`, `high`, `shown`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is missing or of the wrong kind, a spell ends before it starts, an assessed spell has no
        stage, or an option is not known.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "status": "assessed", "start": [0, 1, 0], "end": [1, 3, 3],
    ... })
    >>> shares(spells, dates=[0, 2])[["date", "stage", "count", "n", "share"]]
       date stage  count  n  share
    0   0.0   low      2  2    1.0
    1   0.0  high      0  2    0.0
    2   2.0   low      1  2    0.5
    3   2.0  high      1  2    0.5
    """
    columns.option("grid", grid, tuple(GRIDS))
    columns.option("ended", ended, ("out", "in"))
    columns.require(spells, ["stage", "status", "start", "end"], caller="shares")
    start, end, state = spell_states(spells, caller="shares")
    stages = columns.stages_of(spells, caller="shares")
    group, levels = columns.groups(spells, by, caller="shares", taken=_COLUMNS)
    when = period_ends(start, end, grid=grid) if dates is None else _declared(dates, like=start)

    in_force = standing(start, end, group * (len(stages) + 2) + state, when, kinds=len(levels) * (len(stages) + 2))
    counts = in_force.reshape(len(levels), len(stages) + 2, len(when)).transpose(0, 2, 1)
    at_stage, unknown, over = counts[..., :-2], counts[..., -2], counts[..., -1]
    assessed = at_stage.sum(axis=2)
    each = {
        "n": assessed + over if ended == "in" else assessed,
        "n_assessed": assessed,
        "n_not_assessed": unknown,
        "n_ended": over,
        "n_known": assessed + unknown + over,
    }
    k = len(stages)
    table = columns.spread_over(levels, rows=len(when) * k)
    table["date"] = np.tile(np.repeat(when, k), len(levels))
    table["stage"] = columns.staged(np.tile(np.arange(k), len(levels) * len(when)), stages)
    table["count"] = at_stage.ravel()
    for name, numbers in each.items():
        table[name] = np.repeat(numbers.ravel(), k)
    return with_share(table, interval=interval, level=level, least_n=least_n)


def spell_states(spells: pd.DataFrame, *, caller: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check spells; give their starts, ends, and state: the stage's place, then k not assessed, then k + 1 ended.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "stage": pd.Categorical(["low", None], ["low", "high"], ordered=True),
    ...     "status": ["assessed", "ended"], "start": [0, 1], "end": [1, 3],
    ... })
    >>> spell_states(spells, caller="shares")[2]
    array([0, 3])
    """
    start = columns.times_of(spells, "start", caller=caller)
    end = columns.times_of(spells, "end", caller=caller)
    if len(spells) and columns.is_dates(start) != columns.is_dates(end):
        raise ValueNotAllowed(f"{caller} needs start and end both as dates or both as numbers")
    backward = int(np.count_nonzero(end < start)) if len(spells) else 0
    if backward:
        raise ValueNotAllowed(f"{caller} needs start ≤ end, but {backward} of {len(spells)} spells end before")
    stage = columns.stage_codes(spells, caller=caller)
    status = columns.words_of(spells, "status", STATUSES, caller=caller)
    assessed = status == 0
    bare = int(np.count_nonzero(assessed & (stage < 0)))
    if bare:
        raise ValueNotAllowed(f"{caller} needs a stage in every assessed spell, but {bare} have none")
    nameless = int(np.count_nonzero(status < 0))
    if nameless:
        raise ValueNotAllowed(f"{caller} needs every status, but {nameless} of {len(spells)} are missing")
    k = len(columns.stages_of(spells, caller=caller))
    return start, end, np.where(assessed, stage, status + np.int8(k - 1)).astype(np.int64)


def period_ends(start: np.ndarray, end: np.ndarray, *, grid: str) -> np.ndarray:
    """Return the last day of each period of a grid that the spells cover.

    Examples
    --------
    >>> start, end = (columns.times(pd.to_datetime([day])) for day in ("2010-11-05", "2012-01-01"))
    >>> period_ends(start, end, grid="half").astype("datetime64[D]")
    array(['2010-12-31', '2011-06-30', '2011-12-31'], dtype='datetime64[D]')
    """
    if len(start) == 0:
        return np.empty(0, dtype="datetime64[us]")
    if not columns.is_dates(start):
        raise ValueNotAllowed(f"a grid of {grid}s needs dates, but the times are numbers; give dates= of your own")
    months = GRIDS[grid]
    first, last = (moments.astype("datetime64[M]").astype(np.int64) for moments in (start.min(), end.max()))
    opening = np.arange(first // months * months, last + months + 1, months).astype("datetime64[M]")
    days = (opening.astype("datetime64[D]") - np.timedelta64(1, "D")).astype("datetime64[us]")
    inside: np.ndarray = days[(days >= start.min()) & (days < end.max())]
    return inside


def standing(start: np.ndarray, end: np.ndarray, kind: np.ndarray, when: np.ndarray, *, kinds: int) -> np.ndarray:
    """Count the spells of each kind in force on each moment, kinds × moments; moments are in order.

    Examples
    --------
    >>> standing(np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.array([0, 0]), np.array([0.0, 1.0, 2.0]), kinds=1)
    array([[1, 2, 1]])
    """
    # A spell that starts between two moments counts from the later one on; likewise one that ends.
    slots = len(when) + 1
    row = kind.astype(np.int64, copy=False) * slots
    begun = np.bincount(row + _place(when, start), minlength=kinds * slots)
    gone = np.bincount(row + _place(when, end), minlength=kinds * slots)
    return (begun - gone).reshape(kinds, slots).cumsum(axis=1)[:, :-1]


def in_force(
    owner: np.ndarray, labels: pd.Index, start: np.ndarray, end: np.ndarray, date: Any, *, caller: str
) -> np.ndarray:
    """Return the rows of the spells in force on a date; raise where a partnership has several.

    Examples
    --------
    >>> start, end = np.array([0.0, 1.0]), np.array([1.0, 3.0])
    >>> in_force(np.array([0, 0]), pd.Index(["a"]), start, end, 2.0, caller="cohorts")
    array([1])
    """
    there = np.flatnonzero((start <= date) & (date < end))
    twice = np.flatnonzero(np.bincount(owner[there], minlength=len(labels)) > 1)
    if len(twice):
        raise ValueNotAllowed(
            f"{caller} needs one spell a partnership at a time, but '{labels[int(twice[0])]}' has several at {date}"
        )
    return there


def _place(when: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Find the first of `when` that is not before each moment; of dates by their day, which is faster."""
    if len(when) == 0 or not columns.is_dates(moments) or len(moments) < 1000:
        return np.searchsorted(when, moments)
    day = np.int64(86_400_000_000)
    ticks, marks = moments.view(np.int64), when.view(np.int64)
    low, high = ticks.min() // day, ticks.max() // day
    if high - low > 200_000 or (marks % day).any():
        return np.searchsorted(when, moments)
    # On whole days "not before the moment" is "not before its day, rounded up".
    table = np.searchsorted(marks, np.arange(low, high + 2) * day).astype(np.int32)
    positions: np.ndarray = table[-(-ticks // day) - low]
    return positions


def _declared(dates: Sequence[Any], *, like: np.ndarray) -> np.ndarray:
    if len(like) == 0 and not columns.is_dates(like):  # an empty column of no kind: whatever times are declared
        return np.unique(columns.times(pd.Series(dates), name="dates"))
    return np.unique(np.array([columns.moment(value, like=like, name="dates") for value in dates], dtype=like.dtype))
