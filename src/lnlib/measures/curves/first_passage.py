"""First passage: how long until a stage is first recorded, with ending as what competes.

`passages` derives from spells one row a partnership: how long it was followed, and what happened. `first_passage`
turns them into curves, and `reached_after` reads numbers from one. The other layer, `survival`, reads such rows from
anywhere.

**Follow-up** is that of `follow_up`: from the first assessment until the partnership ends or the observed period does.
**Entry.** A partnership already at the stage when first assessed tells nothing about when it got there: it is marked
`already`, left out of the curve, and counted. **Reaching** a stage is being assessed at it *or above* it, and is dated
at that assessment: the curve is of what was recorded, lags the truth, and misses what nobody assessed again
(`docs/measures/first-passage.md` has by how much). **Ending** before the stage is recorded competes: a curve that took
it for censoring would overstate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.measures import columns
from lnlib.measures.curves import survival
from lnlib.measures.curves.follow_up import follow

EVENTS = ("reached", "ended")
_FOLLOWED = ("entry", "time", "event", "already")  # columns of `passages`


def passages(spells: pd.DataFrame, *, to: Any, keep: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return for each partnership how long it was followed, and whether it reached a stage or ended.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end`, as in `docs/columns.md`; perhaps `origin`, when each
        partnership began; else its first spell is taken.
    to
        The stage.
    keep
        Columns to keep, with their value in the partnership's first assessed spell.

    Returns
    -------
    DataFrame
        `partnership`, `entry` and `time` (years since the start; plain numbers in their unit), `event` (categorical:
        `reached`, `ended`; NA where censored), `already` (at the stage when first assessed), the columns of `keep`.
        Partnerships never assessed have no row.

    Examples
    --------
    >>> two = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 2, 0], "end": [2, 3, 5],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> passages(two, to="high")[["partnership", "time", "event"]].values.tolist()
    [['a', 2.0, 'reached'], ['b', 5.0, nan]]
    """
    stages = columns.stages_of(spells, caller="passages")
    goal = list(stages).index(columns.option("stage", to, list(stages)))
    keep = columns.names(keep)
    columns.groups(spells.iloc[:0], keep, caller="passages", taken=_FOLLOWED)
    rows = follow(spells, caller="passages")
    opening = np.flatnonzero(np.diff(rows.subject, prepend=-1))
    count, nothing = len(opening), len(rows.subject)
    closing = np.append(opening[1:], nothing)[: len(opening)] - 1
    reached = _first((rows.state >= goal) & (rows.state < rows.not_assessed), rows.subject, count)
    over = _first(rows.state == rows.ended, rows.subject, count)
    event = np.where(reached < over, 0, np.where(over < nothing, 1, -1))
    at = np.minimum(np.where(event == 0, reached, over), nothing - 1)
    moment = np.where(event < 0, rows.end[closing], rows.start[at]) if count else rows.end
    result = pd.DataFrame(
        {
            "partnership": spells["partnership"].array.take(rows.row[opening]),
            "entry": columns.years_between(rows.begun[opening], rows.start[opening]),
            "time": columns.years_between(rows.begun[opening], moment),
            "event": pd.Categorical.from_codes(event.astype(np.int64), categories=pd.Index(EVENTS)),
            "already": reached == opening,
        }
    )
    for column in keep:
        result[column] = spells[column].array.take(rows.row[opening])
    return result


def first_passage(
    spells: pd.DataFrame,
    *,
    to: Any,
    by: str | Sequence[str] = (),
    since: float | None = None,
    least_n: int = 5,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability of having reached a stage, and of having ended before, at every time since the start.

    Where partnerships come under observation late, the first of them may be very few, and a curve that one of them
    settles for all would say nothing. Such a curve begins where the number at risk first comes to `least_n` (or to the
    most it ever is), for those to whom nothing had happened by then; so does one whose risk set was exhausted before
    others came.

    Parameters
    ----------
    spells, to
        As `passages` takes them.
    by
        Columns to group by; a partnership belongs to the group of its first assessed spell.
    since
        A landmark in years: only those followed longer, to whom nothing has happened by then, with the clock restarted.
    least_n
        How many must be at risk where a curve begins.
    level, limits
        Nominal coverage of the limits and their scale, as `survival.cumulative_incidence` takes them.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (years), `event` (`reached`, `ended`), `begins` (years since the start at which the
        curve begins: 0 unless too few were at risk before), `n` (partnerships in the curve), `n_already` (left out:
        already there when first assessed), `n_at_risk`, `n_event`, `incidence`, `se`, `low`, `high`.

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
    least_n = int(columns.positive("least_n", least_n))
    taken = (*_FOLLOWED, *survival.TAKEN, "n_already", "begins")
    columns.groups(spells.iloc[:0], by, caller="first_passage", taken=taken)
    followed = passages(spells, to=to, keep=by)
    group, groups = columns.groups(followed, by, caller="first_passage")
    inside = (~followed["already"] & (followed["time"] > followed["entry"])).to_numpy()
    if since is not None:
        inside = inside & ((followed["time"] > since) & (followed["entry"] <= since)).to_numpy()
    begins = np.zeros(len(groups))
    entry, time = followed["entry"].to_numpy().copy(), followed["time"].to_numpy()
    if since is None:
        for place in range(len(groups)):
            own = inside & (group == place)
            begins[place] = _beginning(entry[own], time[own], followed["event"].notna().to_numpy()[own], least_n)
        inside = inside & (time > begins[group])
        entry = np.maximum(entry, begins[group])
    rows = followed.assign(entry=entry)[inside]
    if since is not None:
        rows = survival.landmark(rows, at=since)
    counts = groups.assign(
        begins=begins,
        n=np.bincount(group[inside], minlength=len(groups)),
        n_already=np.bincount(group[followed["already"].to_numpy()], minlength=len(groups)),
    )
    if "entry" in rows and (rows["entry"] == 0).all():
        rows = rows.drop(columns="entry")
    curve = survival.cumulative_incidence(rows, by=by, level=level, limits=limits)
    result = curve.merge(counts, on=by, how="left") if by else curve.merge(counts, how="cross")
    names = ["time", "event", "begins", "n", "n_already", "n_at_risk", "n_event", "incidence", "se", "low", "high"]
    return result[[*by, *names]]


def reached_after(curve: pd.DataFrame, *, years: float) -> pd.DataFrame:
    """Return how many had reached the stage, and had ended before, after so many years, and when half had.

    Parameters
    ----------
    curve
        As from `first_passage`, of one group: `time`, `event`, `begins`, `n`, `n_at_risk`, `incidence`, `low`, `high`.
    years
        Years since the start (or the unit of plain numbers).

    Returns
    -------
    DataFrame
        One row an event (`reached`, `ended`): `event`, `years`, `begins` (where the curve begins; a share since then is
        no share since the start), `n` (partnerships in the curve), `n_at_risk` (followed so
        long, with nothing happened before; where to all something had happened by then, those at risk at the last time),
        `incidence`, `low`, `high` (NaN where nobody was followed so long; the limits also before the first event), `median`,
        `median_low`, `median_high`: the first time at which the curve, its upper and its lower limit are at one half
        (NaN: not reached). With what competes the curve may never come to one half, however long one waits.

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
    needed = ["time", "event", "begins", "n", "n_at_risk", "incidence", "low", "high"]
    columns.require(curve, needed, caller="reached_after")
    years = columns.positive("years", years)
    last = curve[curve["time"] == curve["time"].max()]
    over = last["incidence"].sum() > 1 - 1e-9  # to all of them something has happened: the curves stay as they are
    rows = []
    for event in EVENTS:
        mine = curve[curve["event"] == event].sort_values("time")
        time, n, at_risk = (mine[name].to_numpy() for name in ("time", "n", "n_at_risk"))
        held, later = np.searchsorted(time, years, side="right"), np.searchsorted(time, years, side="left")
        known = later < len(time) or over
        row = {"event": event, "years": years, "begins": mine["begins"].to_numpy().max(initial=0.0)}
        row |= {"n": n.max(initial=0), "n_at_risk": at_risk[later : later + 1].sum()}
        if over and later == len(time):
            row["n_at_risk"] = at_risk[-1:].sum()
        row |= {name: mine[name].to_numpy()[held - 1] if known else np.nan for name in ("incidence", "low", "high")}
        for name, column in {"median": "incidence", "median_low": "high", "median_high": "low"}.items():
            crossed = time[mine[column].to_numpy() >= 0.5]
            row[name] = crossed[0] if len(crossed) else np.nan
        rows.append(row)
    result = pd.DataFrame(rows).astype({"n": "int64", "n_at_risk": "int64"})
    return result.assign(event=pd.Categorical(result["event"], categories=list(EVENTS)))


def _beginning(entry: np.ndarray, time: np.ndarray, happened: np.ndarray, least_n: int) -> float:
    """Return the earliest time with enough at risk after which no risk set is exhausted; 0 where nothing came before."""
    begins, lasting, settled = 0.0, time, happened
    while len(entry):
        candidates = np.unique(np.append(entry[entry > begins], begins))
        at_risk = np.searchsorted(np.sort(entry), candidates, side="right")
        at_risk = at_risk - np.searchsorted(np.sort(time), candidates, side="right")
        begins = float(candidates[at_risk >= min(least_n, int(at_risk.max()))][0])
        left = time > begins
        # a risk set is exhausted where all at risk have their event at once and somebody comes later
        times = np.unique(time[left & happened])
        before = np.searchsorted(np.sort(np.maximum(entry[left], begins)), times, side="left")
        before = before - np.searchsorted(np.sort(time[left]), times, side="left")
        events = np.searchsorted(np.sort(time[left & happened]), times, side="right")
        events = events - np.searchsorted(np.sort(time[left & happened]), times, side="left")
        empty = times[(events == before) & (times < entry.max(initial=0.0))]
        if not len(empty):
            break
        later = entry >= empty[-1]
        entry, time, happened = entry[later], time[later], happened[later]
        begins = float(empty[-1])
    return begins if (settled & (lasting <= begins)).any() else 0.0  # few at risk, but nothing happened among them


def _first(chosen: np.ndarray, subject: np.ndarray, count: int) -> np.ndarray:
    """Return the first chosen row of each subject; the number of rows where it has none."""
    result = np.full(count, len(subject))
    rows = np.flatnonzero(chosen)[::-1]
    result[subject[rows]] = rows  # the last writing, the earliest row, stays
    return result
