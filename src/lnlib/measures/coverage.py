"""Coverage: who was assessed when and by whom, and what was running and not assessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.measures.columns import option, require, times

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
        Last day of each period, in order; a period reaches back to the one before it.
    by : str
        A column of both frames; its categories are all in the result.

    Returns
    -------
    DataFrame
        One row a group × period × rater, all present: the column `by`, `date`, `rated_by`, `count` (assessments),
        `running` (partnerships begun and not ended at some time in the period; alike for the raters).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        A frame lacks a column, or a rater is not known.

    Examples
    --------
    >>> seen = pd.DataFrame({"date": [1.0], "rated_by": ["state"], "unit": ["02"]})
    >>> lives = pd.DataFrame({"partnership": ["a"], "status": ["assessed"], "start": [1.0], "end": [3.0], "unit": ["02"]})
    >>> coverage(seen, lives, dates=[1.0, 2.0], by="unit").query("rated_by == 'state'")[["count", "running"]].values.tolist()
    [[1, 1], [0, 1]]
    """
    require(visits, ["date", "rated_by", by], asked_by="coverage")
    require(spells, ["partnership", "status", "start", "end", by], asked_by="coverage")
    rated = visits[visits["rated_by"].notna()]
    for rater in pd.unique(rated["rated_by"].astype(object)):
        option("rated_by", rater, RATERS)
    groups = _groups(rated, spells, by)
    ends = times(pd.Series(list(dates)))
    counts = np.zeros((len(groups), len(ends), len(RATERS)), dtype=int)
    # the first period whose last day is not before the assessment
    period = np.searchsorted(ends, times(rated["date"]), side="left")
    inside = period < len(ends)
    row = groups.get_indexer(pd.Index(rated[by].astype(object)))
    rater = pd.Index(RATERS).get_indexer(pd.Index(rated["rated_by"].astype(object)))
    np.add.at(counts, (row[inside], period[inside], rater[inside]), 1)
    running = _running(spells, ends, groups, by)
    index = pd.MultiIndex.from_product([groups, ends, RATERS], names=[by, "date", "rated_by"])
    frame = index.to_frame(index=False).assign(count=counts.ravel(), running=np.repeat(running.ravel(), len(RATERS)))
    return frame.astype({by: spells[by].dtype})


def _groups(rated: pd.DataFrame, spells: pd.DataFrame, by: str) -> pd.Index:
    if isinstance(spells[by].dtype, pd.CategoricalDtype):
        return pd.Index(spells[by].cat.categories.astype(object))
    return pd.Index(sorted(set(rated[by]) | set(spells[by])), dtype=object)


def _running(spells: pd.DataFrame, ends: np.ndarray, groups: pd.Index, by: str) -> np.ndarray:
    """Count lives: a partnership runs from its first spell to its ending, in every period that it touches."""
    alive = spells[spells["status"] != "ended"]
    lives = alive.groupby("partnership", observed=True).agg({"start": "min", "end": "max", by: "first"})
    first = np.searchsorted(ends, times(lives["start"]), side="left")
    # a life covers start ≤ t < end: one that ends on the day after a period's last day does not touch the next
    until = times(lives["end"])
    dated = np.issubdtype(until.dtype, np.datetime64)
    last = np.searchsorted(ends, until - np.timedelta64(1, "D") if dated else until, side="left") - (not dated)
    change = np.zeros((len(groups), len(ends) + 1), dtype=int)
    row = groups.get_indexer(pd.Index(lives[by].astype(object)))
    touches = first < len(ends)
    np.add.at(change, (row[touches], first[touches]), 1)
    np.add.at(change, (row[touches], np.minimum(last[touches] + 1, len(ends))), -1)
    return change.cumsum(axis=1)[:, : len(ends)]
