"""Do gains last: the time from reaching a stage, or from a day on which it held, to a rating below it.

Followed by the rule of all curves (`follow_up`): until the ending or the end of the observed period, whether or not
anybody assessed the partnership in between. A fall is known from the assessment that saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.curves.follow_up import Followed, follow

EVENTS = ("back", "ended")


def gains(spells: pd.DataFrame, *, stage: Any, days: Sequence[Any] | None = None) -> pd.DataFrame:
    """Follow partnerships from when they were first recorded at a stage, or any above it, until they fall below it or end.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end`, as in `docs/columns.md`.
    stage
        The stage gained, above the lowest.
    days
        Follow instead from the first of these days on which the stage, or any above it, held: closings of projects.

    Returns
    -------
    DataFrame
        One row a partnership that had the stage: `partnership`, `time` (years followed), `event` (categorical: `back`, a
        rating below the stage; `ended`; NA where neither was seen until the end of the observed period), for
        `survival.cumulative_incidence`, and `held` (the stage recorded when the clock starts, `stage` or one above it).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        A column is missing or of the wrong kind, or the stage is not known or the lowest.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": "a", "start": [0.0, 1.0, 3.0], "end": [1.0, 3.0, 5.0], "status": "assessed",
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> gains(one, stage="high").values.tolist()
    [['a', 2.0, 'back', 'high']]
    >>> gains(one, stage="high", days=[2.5]).values.tolist()
    [['a', 0.5, 'back', 'high']]
    """
    followed = follow(spells, caller="gains")
    target = list(followed.stages).index(columns.option("stage", stage, list(followed.stages)))
    if target == 0:
        raise ValueNotAllowed(f"stage must be above the lowest, but got {stage}")
    begun, place = _begun(followed, target, days)
    names = spells["partnership"].to_numpy()[followed.row]
    last = np.append(followed.subject[1:] != followed.subject[:-1], True)[: len(followed.subject)]
    final = dict(zip(followed.subject[last].tolist(), np.flatnonzero(last).tolist(), strict=True))
    rows: list[tuple[Any, float, int, int]] = []
    for start, first in zip(begun, place, strict=True):
        stop = final[int(followed.subject[first])]
        own = slice(first + 1, stop + 1)
        state = followed.state[own]
        happened = np.flatnonzero((state < target) | (state == followed.ended))
        if len(happened):
            at, event = followed.start[own][happened[0]], int(state[happened[0]] == followed.ended)
        else:
            at, event = followed.end[stop], -1
        if at > start:
            years = float(columns.years_between(np.array([start]), np.array([at]))[0])
            rows.append((names[first], years, event, int(followed.state[first])))
    frame = pd.DataFrame(rows, columns=["partnership", "time", "code", "state"])
    events = pd.Categorical.from_codes(frame["code"].to_numpy(dtype=int), categories=pd.Index(list(EVENTS)))
    held = columns.staged(frame["state"].to_numpy(dtype=int), list(followed.stages))
    return frame.assign(event=events, held=held)[["partnership", "time", "event", "held"]].astype({"time": float})


def _begun(followed: Followed, target: int, days: Sequence[Any] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return when each partnership's clock starts, and the spell that it stands in then."""
    high = (followed.state >= target) & (followed.state < followed.not_assessed)
    if days is None:
        place = np.flatnonzero(high)
        place = place[np.unique(followed.subject[place], return_index=True)[1]]
        return followed.start[place], place
    result: dict[int, tuple[Any, int]] = {}
    for day in sorted(columns.moment(each, like=followed.start, name="days") for each in days):
        for held in np.flatnonzero(high & (followed.start <= day) & (followed.end > day)).tolist():
            result.setdefault(int(followed.subject[held]), (day, held))
    starts = np.array([day for day, _ in result.values()], dtype=followed.start.dtype)
    return starts, np.array([place for _, place in result.values()], dtype=int)
