"""First passage: how long until a stage is first reached, with ending as what competes.

`passages` derives from spells one row a partnership: how long it was followed, and what happened. `first_passage`
turns them into curves, and `reached_after` reads numbers from one. The other layer, `survival`, reads such rows from anywhere.

**When time starts.** With the partnership's first spell, of whatever status; or, where it began before the observed
period, on the date in the column `origin`: then it comes under observation late (`entry`) and counts as at risk only
from there (left truncation). **Entry.** A partnership is at risk from its first assessment. One already at the stage
when first assessed tells nothing about when it got there: it is marked `already`, left out of the curve, and counted.
**Reaching** a stage is being assessed at it *or above* it, and is dated at that assessment: the curve lags the truth.
**Gaps.** One that went unassessed and comes back below the stage counts as below it in between. **Ending** before the
stage is reached competes: a curve that took it for censoring would overstate. **Censoring** is where the last assessed
spell ends, carried forward (`carried=True`), or at its last assessment, `seen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.curves import survival
from lnlib.measures.curves.occupation import STATUSES

EVENTS = ("reached", "ended")


def passages(
    spells: pd.DataFrame,
    *,
    to: Any,
    origin: str | None = None,
    carried: bool = True,
    keep: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Derive for each partnership how long it was followed, and whether it reached a stage or ended.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` (and `seen`, where not `carried`), as in
        `docs/columns.md`.
    to
        The stage.
    origin
        Column with the date on which each partnership began; else its first spell starts it.
    carried
        Whether the stage counts as known until its last assessed spell ends (True), or until it was last seen.
    keep
        Columns to keep, with their value in the first spell.

    Returns
    -------
    DataFrame
        `partnership`, `entry` and `time` (years since the start; plain numbers in their unit), `event` (categorical:
        `reached`, `ended`; NA where censored), `already` (at the stage when first assessed), the columns of `keep`.
        Partnerships never assessed have no row.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above.

    Examples
    --------
    >>> two = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 2, 0], "end": [2, 3, 5],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> passages(two, to="high")[["partnership", "time", "event"]].values.tolist()
    [['a', 2.0, 'reached'], ['b', 5.0, nan]]
    """
    asked_by = "passages"
    stages = columns.stages_of(spells, asked_by=asked_by)
    goal = list(stages).index(columns.option("stage", to, list(stages)))
    keep = columns.names(keep)
    extra = ([] if carried else ["seen"]) + ([origin] if origin else []) + keep
    columns.require(spells, ["partnership", "start", "end", *extra], asked_by=asked_by)
    status = columns.words_of(spells, "status", STATUSES, asked_by=asked_by)
    subject, labels = columns.codes_of(spells, asked_by=asked_by)
    start = columns.times_of(spells, "start", asked_by=asked_by)
    end = columns.times_of(spells, "end", asked_by=asked_by)
    begun = start if origin is None else columns.times_of(spells, origin, asked_by=asked_by)
    stop = end if carried else np.fmin(columns.times_of(spells, "seen", asked_by=asked_by, known=False), end)

    order = np.lexsort((start, subject))
    subject, start, status, stop, begun = (each[order] for each in (subject, start, status, stop, begun))
    stage = columns.stage_codes(spells, asked_by=asked_by)[order]
    count = len(labels)
    first = _first(np.ones(len(subject), dtype=bool), subject, count)
    rated = (status == 0) & (stage >= 0)
    seen_first = _first(rated, subject, count)
    seen_last = len(subject) - 1 - _first(rated[::-1], subject[::-1], count)
    reached = _first(rated & (stage >= goal), subject, count)
    over = _first(status == 2, subject, count)

    known = np.flatnonzero(seen_first < len(subject))
    first, seen_first, seen_last, reached, over = (x[known] for x in (first, seen_first, seen_last, reached, over))
    nothing = len(subject)
    event = np.where(reached < over, 0, np.where(over < nothing, 1, -1))
    at = np.where(event == 0, reached, over)
    moment = np.where(event < 0, stop[seen_last], start[np.minimum(at, nothing - 1)])
    already = reached == seen_first
    rows = order[first]
    found = pd.DataFrame(
        {
            "partnership": labels[known],
            "entry": columns.years_between(begun[first], start[seen_first]),
            "time": columns.years_between(begun[first], moment),
            "event": pd.Categorical.from_codes(event.astype(np.int64), categories=pd.Index(EVENTS)),
            "already": already,
        }
    )
    if (bad := int((found["entry"] < 0).sum())) > 0:
        raise ValueNotAllowed(f"passages needs {origin} no later than the first assessment, but {bad} are later")
    for column in keep:
        found[column] = spells[column].array.take(rows)
    return found


def first_passage(
    spells: pd.DataFrame,
    *,
    to: Any,
    by: str | Sequence[str] = (),
    origin: str | None = None,
    carried: bool = True,
    since: float | None = None,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability of having reached a stage, and of having ended before, at every time since the start.

    Parameters
    ----------
    spells, to, origin, carried
        As `passages` takes them.
    by
        Columns to group by; a partnership belongs to the group of its first spell.
    since
        A landmark in years: only those followed longer, to whom nothing has happened by then, with the clock restarted.
    level, limits
        Nominal coverage of the limits and their scale, as `survival.cumulative_incidence` takes them.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (years), `event` (`reached`, `ended`), `n` (partnerships in the curve), `n_already`
        (left out: already there when first assessed), `n_at_risk`, `n_event`, `incidence`, `se`, `low`, `high`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above.

    Notes
    -----
    Aalen & Johansen (1978).

    Examples
    --------
    >>> two = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 2, 0], "end": [2, 3, 5],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> curve = first_passage(two, to="high")
    >>> curve[curve["event"] == "reached"][["time", "incidence"]].values.tolist()
    [[0.0, 0.0], [2.0, 0.5], [5.0, 0.5]]
    """
    by = columns.names(by)
    followed = passages(spells, to=to, origin=origin, carried=carried, keep=by)
    group, groups = columns.groups(followed, by, asked_by="first_passage", taken=("n", "n_already"))
    inside = (~followed["already"] & (followed["time"] > followed["entry"])).to_numpy()
    if since is not None:
        inside = inside & ((followed["time"] > since) & (followed["entry"] <= since)).to_numpy()
    rows = followed[inside]
    if since is not None:
        rows = survival.landmark(rows, at=since)
    counts = groups.assign(
        n=np.bincount(group[inside], minlength=len(groups)),
        n_already=np.bincount(group[followed["already"].to_numpy()], minlength=len(groups)),
    )
    if "entry" in rows and (rows["entry"] == 0).all():
        rows = rows.drop(columns="entry")
    curve = survival.cumulative_incidence(rows, by=by, level=level, limits=limits)
    found = (
        curve.merge(counts, on=by, how="left")
        if by
        else curve.assign(n=counts["n"].iloc[0], n_already=counts["n_already"].iloc[0])
    )
    return found[[*by, "time", "event", "n", "n_already", "n_at_risk", "n_event", "incidence", "se", "low", "high"]]


def reached_after(curve: pd.DataFrame, *, years: float) -> pd.DataFrame:
    """Read from a curve how many had reached the stage, and had ended before, after so many years, and when half had.

    Parameters
    ----------
    curve
        As from `first_passage`, of one group: `time`, `event`, `n`, `n_at_risk`, `incidence`, `low`, `high`.
    years
        Years since the start (or the unit of plain numbers).

    Returns
    -------
    DataFrame
        One row an event (`reached`, `ended`): `event`, `years`, `n` (partnerships in the curve), `n_at_risk` (followed so
        long, with nothing happened before; where to all something had happened by then, those at risk at the last time),
        `incidence`, `low`, `high` (NaN where nobody was followed so long; the limits also before the first event), `median`,
        `median_low`, `median_high`: the first time at which the curve, its upper and its lower limit are at one half
        (NaN: not reached). With what competes the curve may never come to one half, however long one waits.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above.

    Notes
    -----
    The limits of the median are where those of the curve cross one half: Brookmeyer & Crowley (1982), Biometrics 38,
    29–41, for a cumulative incidence.

    Examples
    --------
    >>> two = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 2, 0], "end": [2, 3, 5],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> reached_after(first_passage(two, to="high"), years=4)[["event", "n_at_risk", "incidence", "median"]]
         event  n_at_risk  incidence  median
    0  reached          1        0.5     2.0
    1    ended          1        0.0     NaN
    """
    needed = ["time", "event", "n", "n_at_risk", "incidence", "low", "high"]
    columns.require(curve, needed, asked_by="reached_after")
    years = columns.positive("years", years)
    last = curve[curve["time"] == curve["time"].max()]
    over = last["incidence"].sum() > 1 - 1e-9  # to all of them something has happened: the curves stay as they are
    rows = []
    for event in EVENTS:
        mine = curve[curve["event"] == event].sort_values("time")
        held, later = mine[mine["time"] <= years], mine[mine["time"] >= years]
        known = len(later) > 0 or over
        at_risk = (
            later["n_at_risk"].iloc[:1] if len(later) else mine["n_at_risk"].iloc[-1:] if over else mine["n"].iloc[:0]
        )
        row = {"event": event, "years": years, "n": mine["n"].max() if len(mine) else 0, "n_at_risk": at_risk.sum()}
        row |= {name: held[name].iloc[-1] if known else np.nan for name in ("incidence", "low", "high")}
        crossed = {"median": "incidence", "median_low": "high", "median_high": "low"}
        row |= {name: mine.loc[mine[column] >= 0.5, "time"].min() for name, column in crossed.items()}
        rows.append(row)
    found = pd.DataFrame(rows).astype({"n": "int64", "n_at_risk": "int64"})
    return found.assign(event=pd.Categorical(found["event"], categories=list(EVENTS)))


def _first(chosen: np.ndarray, subject: np.ndarray, count: int) -> np.ndarray:
    """Give the first chosen row of each subject; the number of rows where it has none."""
    found = np.full(count, len(subject))
    rows = np.flatnonzero(chosen)[::-1]
    found[subject[rows]] = rows  # the last writing, the earliest row, stays
    return found
