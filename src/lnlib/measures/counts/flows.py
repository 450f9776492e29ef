"""Flows: who stood where on each of some dates, and where they stood on the date before.

Between two dates nothing is looked at: a partnership that rose and fell back between them has stayed. For every move
there is, read `transitions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.counts.shares import in_force, spell_states

NOT_BEGUN = "not_begun"
OTHERS = ("not_assessed", "ended")
_TAKEN = ("date_from", "date_to", "state_from", "state_to", "count", "n")


def flows(spells: pd.DataFrame, *, dates: Sequence[Any], by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Count the partnerships that went from each state to each between neighbouring dates.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    dates
        Two dates or more, of the kind `start` is of; order and repeats do not matter.
    by
        Columns to group by; a partnership belongs to the group of its first spell.

    Returns
    -------
    DataFrame
        One row a group × pair of neighbouring dates × state from × state to, all present: the columns of `by`,
        `date_from`, `date_to`, `state_from` (categorical: `not_begun`, the stages lowest first, `not_assessed`,
        `ended`), `state_to` (the same without a row for `not_begun`), `count`, `n` (all that have begun by `date_to`).
        A partnership of which nothing is known on a date after its start counts as not assessed then.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is wrong, there are fewer than two dates, or a partnership has two spells on one date.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": ["a", "a", "b"],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "status": "assessed", "start": [0, 1, 1], "end": [1, 3, 3],
    ... })
    >>> flows(spells, dates=[0, 2]).query("count > 0")[["state_from", "state_to", "count", "n"]]
      state_from state_to  count  n
    0  not_begun      low      1  2
    5        low     high      1  2
    """
    caller = "flows"
    columns.require(spells, ["partnership", "stage", "status", "start", "end"], caller=caller)
    start, end, state = spell_states(spells, caller=caller)
    states = [NOT_BEGUN, *columns.stages_of(spells, caller=caller), *OTHERS]
    group, levels = columns.groups(spells, by, caller=caller, taken=_TAKEN)
    owner, labels = columns.codes_of(spells, caller=caller)
    when = _moments(dates, like=start)
    held = _held(owner, labels, start, end, state, when, many_states=len(states))

    first = np.lexsort((start, owner))
    home = group[first[np.searchsorted(owner[first], np.arange(len(labels)))]] if len(owner) else group
    k, steps = len(states), len(when) - 1
    begun = held[1:] > 0
    step = np.broadcast_to(np.arange(steps)[:, None], begun.shape)
    cell = ((home * steps + step) * k + held[:-1]) * (k - 1) + held[1:] - 1
    count = np.bincount(cell[begun], minlength=len(levels) * steps * k * (k - 1))

    table = columns.spread_over(levels, rows=steps * k * (k - 1))
    table["date_from"] = np.tile(np.repeat(when[:-1], k * (k - 1)), len(levels))
    table["date_to"] = np.tile(np.repeat(when[1:], k * (k - 1)), len(levels))
    table["state_from"] = columns.worded(np.tile(np.repeat(np.arange(k), k - 1), len(levels) * steps), states)
    table["state_to"] = columns.worded(np.tile(np.arange(1, k), len(levels) * steps * k), states)
    table["count"] = count
    table["n"] = np.repeat(count.reshape(-1, k * (k - 1)).sum(axis=1), k * (k - 1))
    return table


def _moments(dates: Sequence[Any], *, like: np.ndarray) -> np.ndarray:
    if len(like) or columns.is_dates(like):
        when = np.unique(np.array([columns.moment(value, like=like, name="dates") for value in dates]))
    else:
        when = np.unique(pd.Series(list(dates)).to_numpy())
    if len(when) < 2:
        raise ValueNotAllowed(f"flows needs two dates or more, but got {len(when)}")
    return when


def _held(
    owner: np.ndarray,
    labels: pd.Index,
    start: np.ndarray,
    end: np.ndarray,
    state: np.ndarray,
    when: np.ndarray,
    *,
    many_states: int,
) -> np.ndarray:
    """Return the place in the list of states of each partnership on each date, dates × partnerships."""
    many, unknown = len(labels), many_states - 2
    held = np.zeros((len(when), many), dtype=np.int64)
    for row, date in enumerate(when):
        held[row, owner[start <= date]] = unknown  # begun; what follows says more
        there = in_force(owner, labels, start, end, date, caller="flows")
        held[row, owner[there]] = state[there] + 1
    return held
