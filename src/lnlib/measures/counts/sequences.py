"""Sequences: how long partnerships stood at each stage in their first years."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnlib.measures import columns
from lnlib.measures.counts.shares import STATUSES, spell_states
from lnlib.measures.intervals import wilson


def mean_time(
    spells: pd.DataFrame, *, horizon: float, by: str | Sequence[str] = (), level: float = 0.95
) -> pd.DataFrame:
    """Return the mean time spent at each stage within a horizon after the partnership's beginning.

    Restricted: only the partnerships observed for the whole horizon are in it, so that no life is cut short by the end
    of the observed period. An ended one is observed after its end.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    horizon
        In years (or the unit of plain numbers), from the start of the first spell.
    by
        Columns to group by, as in the partnership's first spell.
    level
        Of the interval: Wilson's, of the mean share of the horizon, which is on the safe side.

    Returns
    -------
    DataFrame
        One row a group × state, all present: the columns of `by`, `state` (the stages, then `not_assessed`, `ended`),
        `n` (partnerships observed throughout), `mean` (years; those of a group sum to the horizon), `low`, `high`,
        `n_short` (partnerships left out, observed for less).

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": "a", "status": "assessed", "start": [0, 1], "end": [1, 4],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True),
    ... })
    >>> mean_time(spells, horizon=3)[["state", "n", "mean"]]
              state  n  mean
    0           low  1   1.0
    1          high  1   2.0
    2  not_assessed  1   0.0
    3         ended  1   0.0
    """
    horizon = columns.positive("horizon", horizon)
    taken = ("state", "n", "mean", "low", "high", "n_short")
    group, levels = columns.groups(spells, by, caller="mean_time", taken=taken)
    columns.require(spells, ["partnership", "stage", "status", "start", "end"], caller="mean_time")
    start, end, state = spell_states(spells, caller="mean_time")
    owner, labels = columns.codes_of(spells, caller="mean_time")
    stages = columns.stages_of(spells, caller="mean_time")
    many, kinds = len(labels), len(stages) + 2
    if many:
        begins, ends = np.full(many, start.max(), dtype=start.dtype), np.full(many, end.min(), dtype=end.dtype)
        np.minimum.at(begins, owner, start)
        np.maximum.at(ends, owner, end)
    else:
        begins, ends = start, end
    until = columns.later(begins, horizon)
    whole = ends >= until
    time = np.clip(columns.years_between(start, np.minimum(end, until[owner])), 0, None)
    order = columns.in_order(owner, start)
    place = np.zeros(many, dtype=np.int64)
    place[owner[order][::-1]] = group[order][::-1]
    held = whole[owner]
    cell = (place[owner] * kinds + state)[held]
    total = np.bincount(cell, weights=time[held], minlength=len(levels) * kinds)
    n = np.repeat(np.bincount(place[whole], minlength=len(levels)), kinds)
    low, high = wilson(np.minimum(total / horizon, n), n, level=level)
    table = columns.spread_over(levels, rows=kinds)
    table["state"] = columns.worded(np.tile(np.arange(kinds), len(levels)), [*stages, *STATUSES[1:]])
    table["n"] = n
    table["mean"] = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    table["low"], table["high"] = low * horizon, high * horizon
    table["n_short"] = np.repeat(np.bincount(place[~whole], minlength=len(levels)), kinds)
    return table
