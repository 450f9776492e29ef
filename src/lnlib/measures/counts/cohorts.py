"""Cohorts: did those there move, or did others come and go.

A share can rise though nobody moved, because those low on the scale left. Between two dates the partnerships assessed
at both (the matched cohort) stand beside all that are assessed at either (the cross-section).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.counts.shares import in_force, spell_states
from lnlib.measures.intervals import with_share

COHORTS = ("matched", "cross_section")
FLOWS = ("stayed", "begun", "newly_assessed", "ended", "lost_sight")


def standing_at(
    spells: pd.DataFrame, *, start: Any, end: Any, by: str | Sequence[str] = (), caller: str = "standing_at"
) -> pd.DataFrame:
    """Set each partnership's standing on two dates side by side.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    start, end
        The two dates, in this order.
    by
        Attributes to carry along; those in force at the later date, or at the earlier for one no longer there.

    Returns
    -------
    DataFrame
        One row a partnership assessed at one of the dates at least: `partnership`, the columns of `by`, `first` and
        `last` (the stage at start and at end, NA where not assessed), `flow`: `stayed` (assessed at both), `begun`
        (its first spell starts after `start`), `newly_assessed` (was there before, not assessed), `ended`,
        `lost_sight` (not assessed any more).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is wrong, the dates are not in order, or a partnership has two spells in force on one date.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": ["a", "a", "b"],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "status": "assessed", "start": [0, 1, 1], "end": [1, 3, 3],
    ... })
    >>> standing_at(spells, start=0, end=2)
      partnership first  last    flow
    0           a   low  high  stayed
    1           b   NaN   low   begun
    """
    columns.require(spells, ["partnership", "stage", "status", "start", "end"], caller=caller)
    since, until, state = spell_states(spells, caller=caller)
    stages = columns.stages_of(spells, caller=caller)
    group, levels = columns.groups(spells, by, caller=caller, taken=("partnership", "first", "last", "flow"))
    owner, labels = columns.codes_of(spells, caller=caller)
    k, many = len(stages), len(labels)
    begins, ends = (_moment(value, like=since, name=name) for value, name in ((start, "start"), (end, "end")))
    if not begins < ends:
        raise ValueNotAllowed(f"{caller} needs start before end, but got {start} and {end}")

    nowhere = k + 2  # not in any spell: not begun, or beyond the observed period
    held = np.full((2, many), nowhere)
    place = np.zeros(many, dtype=np.int64)
    for row, when in enumerate((begins, ends)):
        there = in_force(owner, labels, since, until, when, caller=caller)
        held[row, owner[there]] = state[there]
        place[owner[there]] = group[there]
    assessed = held < k
    first_start = np.full(many, until.max() if len(until) else 0, dtype=since.dtype)
    np.minimum.at(first_start, owner, since)
    flow = np.select(
        [assessed.all(axis=0), assessed[1] & (first_start > begins), assessed[1], held[1] == k + 1], [0, 1, 2, 3], 4
    )
    kept = np.flatnonzero(assessed.any(axis=0))
    stage = np.where(assessed, held, -1)[:, kept]
    return pd.concat(
        [
            pd.DataFrame({"partnership": pd.Series(labels.take(kept), dtype=spells["partnership"].dtype)}),
            levels.iloc[place[kept]].reset_index(drop=True),
            pd.DataFrame(
                {
                    "first": columns.staged(stage[0], stages),
                    "last": columns.staged(stage[1], stages),
                    "flow": columns.worded(flow[kept], FLOWS),
                }
            ),
        ],
        axis=1,
    )


def cohorts(
    spells: pd.DataFrame,
    *,
    start: Any,
    end: Any,
    by: str | Sequence[str] = (),
    interval: str = "wilson",
    level: float = 0.95,
    least_n: int = 5,
) -> pd.DataFrame:
    """Return shares at two dates, of the partnerships assessed at both and of all assessed at each.

    Parameters
    ----------
    spells, start, end, by
        As for `standing_at`; here a partnership counts in the one group it is in at the later date.
    interval, level, least_n
        As for `shares`. The limits of the two dates of a matched cohort are not independent: they are about the same
        partnerships.

    Returns
    -------
    DataFrame
        One row a group × cohort (`matched`, `cross_section`) × date × stage, all present: the columns of `by`,
        `cohort`, `date`, `stage`, `count`, `n`, `share` (0 to 1), `low`, `high`, `shown`.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": ["a", "a", "b"],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "status": "assessed", "start": [0, 1, 1], "end": [1, 3, 3],
    ... })
    >>> cohorts(spells, start=0, end=2).query("stage == 'high'")[["cohort", "date", "count", "n"]]
              cohort  date  count  n
    1        matched   0.0      0  1
    3        matched   2.0      1  1
    5  cross_section   0.0      0  1
    7  cross_section   2.0      1  2
    """
    taken = ("cohort", "date", "stage", "count", "n", "share", "low", "high", "shown")
    pair, group, levels, stages = _paired(spells, start, end, by, caller="cohorts", taken=taken)
    k = len(stages)
    codes = np.stack([pair[column].cat.codes.to_numpy() for column in ("first", "last")], axis=1)
    counts = np.zeros((len(levels), 2, 2, k), dtype=np.int64)
    for cohort, rows in enumerate(((codes >= 0).all(axis=1), np.ones(len(pair), dtype=bool))):
        for date in (0, 1):
            there = rows & (codes[:, date] >= 0)
            key = group[there] * k + codes[there, date]
            counts[:, cohort, date] = np.bincount(key, minlength=len(levels) * k).reshape(len(levels), k)
    like = spell_states(spells, caller="cohorts")[0]
    when = np.array([_moment(start, like=like, name="start"), _moment(end, like=like, name="end")])
    table = columns.spread_over(levels, rows=4 * k)
    table["cohort"] = columns.worded(np.tile(np.repeat([0, 1], 2 * k), len(levels)), COHORTS)
    table["date"] = np.tile(np.repeat(when, k), 2 * len(levels))
    table["stage"] = columns.staged(np.tile(np.arange(k), 4 * len(levels)), stages)
    table["count"] = counts.ravel()
    table["n"] = np.repeat(counts.sum(axis=3).ravel(), k)
    return with_share(table, interval=interval, level=level, least_n=least_n)


def _paired(
    spells: pd.DataFrame, start: Any, end: Any, by: str | Sequence[str], *, caller: str, taken: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, pd.Index]:
    _, levels = columns.groups(spells, by, caller=caller, taken=taken)
    pair = standing_at(spells, start=start, end=end, by=by, caller=caller)
    # The groups of all spells, so that a group without a pair stays in.
    both = pd.concat([levels, pair[list(levels.columns)]], ignore_index=True)
    number, _ = columns.groups(both, by, caller=caller)
    return pair, number[len(levels) :], levels, columns.stages_of(spells, caller=caller)


def _moment(value: Any, *, like: np.ndarray, name: str) -> Any:
    if len(like):
        return columns.moment(value, like=like, name=name)
    return float(value) if isinstance(value, (int, float)) else pd.Timestamp(value).to_datetime64()
