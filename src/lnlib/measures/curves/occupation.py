"""Occupation: how likely is each stage after so long, moves back included.

Aalen–Johansen estimates with standard errors by the infinitesimal jackknife clustered by partnership (formulas and
authors in `aalen_johansen`; numbers as R's `survival::survfit` with `id` gives them). Two layers:

* `occupation` and `time_at_stages` read `spells`, and say when time starts and until when a stage counts as known;
* `occupation_of_stays` and `time_of_stays` read *stays*: a subject at a stage over start < t ≤ stop, and then `into`.

A move counts from the day it was *seen*, so the curve lags the truth: with assessments 150 days apart, the lowest stage
is overstated by about .11 after half a year and .02 after two years. The panel model's curve does not lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import NotEnough, ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.curves.aalen_johansen import Occupied, aalen_johansen, occupied_time
from lnlib.measures.curves.steps import CHOICES, limits_of, mean_limits, tied

STATUSES = ("assessed", "not_assessed", "ended")
CLOCKS = ("partnership", "calendar")
ENDED = "ended"


def occupation(
    spells: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    at: Sequence[Any] | None = None,
    clock: str = "partnership",
    origin: str | None = None,
    carried: bool = True,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability of each stage, and of having ended, at every time since the start.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end`, `into` (and `seen`, where not `carried`), as in
        `docs/columns.md`. While a partnership is not assessed it is not at risk: it leaves when its stage goes stale
        and comes back when it is assessed again.
    by
        Columns to group by.
    at
        Times to give the curve at; else 0 and every time at which something happens.
    clock
        `partnership`: time since the partnership began. `calendar`: the dates themselves.
    origin
        Column that holds when each partnership began, where it began before the first spell (left truncation: it
        enters late). Else time starts with its first spell of any status.
    carried
        Whether a stage counts as held until it goes stale or the period ends (True), or only until it was last seen.
    level, limits
        Nominal coverage of the limits, and their scale: `log-log`, `log`, `logit`, `plain` as R has them, `beta`
        (`curves.beta_limits`), or `small-n`: log-log, and `beta` where that is undefined, at 0 and 1.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (years; dates with `clock="calendar"`), `stage` (ordered, `ended` last),
        `n_at_risk` (known to be at the stage just before), `probability`, `se`, `low`, `high`. The first row of a
        curve is its start, whose distribution is taken as known. Groups without any spell have no rows, or, with
        `at`, rows of NaN.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above.

    Notes
    -----
    Method: Aalen & Johansen (1978); Therneau, Crowson & Atkinson, `survival`.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 1, 0],
    ...     "end": [1, 3, 2], "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "into": ["high", None, None]})
    >>> occupation(one, at=[2])[["stage", "n_at_risk", "probability"]].to_dict("list")
    {'stage': ['low', 'high', 'ended'], 'n_at_risk': [1, 1, 0], 'probability': [0.5, 0.5, 0.0]}
    """
    stays, since = _stays(spells, by=by, clock=clock, origin=origin, carried=carried, asked_by="occupation")
    if at is not None and since is not None:
        moments = np.array([columns.moment(value, like=np.array([since]), name="at") for value in at])
        at = columns.years_between(np.full(len(moments), since), moments).tolist()
    found = occupation_of_stays(stays, by=by, at=at, level=level, limits=limits)
    if since is not None:
        found["time"] = columns.later(np.full(len(found), since), found["time"].to_numpy())
    return found


def time_at_stages(
    spells: pd.DataFrame,
    *,
    until: float,
    by: str | Sequence[str] = (),
    origin: str | None = None,
    carried: bool = True,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the mean time spent at each stage within the first `until` years (restricted mean).

    Parameters
    ----------
    spells, by, origin, carried
        As `occupation` takes them; time is since the partnership began.
    until
        Years since the start.
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        The columns of `by`, `stage` (`ended` last), `n` (partnerships), `mean` (years; a group's means add up to
        `until`), `se`, `low`, `high` (`curves.mean_limits`, within 0 … `until`).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above.
    NotEnough
        Where a group is not followed for so long.

    Notes
    -----
    Area under the Aalen–Johansen curves; standard errors by the infinitesimal jackknife.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 1, 0],
    ...     "end": [1, 3, 3], "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
    ...     "into": ["high", None, None]})
    >>> time_at_stages(one, until=3)[["stage", "mean"]].to_dict("list")
    {'stage': ['low', 'high', 'ended'], 'mean': [2.0, 1.0, 0.0]}
    """
    stays, _ = _stays(spells, by=by, clock="partnership", origin=origin, carried=carried, asked_by="time_at_stages")
    return time_of_stays(stays, until=until, by=by, level=level)


def occupation_of_stays(
    stays: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    at: Sequence[float] | None = None,
    starting: Sequence[float] | None = None,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability of each stage from stays: the counting process itself.

    Parameters
    ----------
    stays
        Columns `subject`, `start`, `stop` (numbers), `stage` (ordered categorical over all states) and `into` (the
        state entered at `stop`; NA where censored). A subject is at risk at start < t ≤ stop.
    by, at, level, limits
        As `occupation` takes them; `at` in the unit of `start`.
    starting
        The starting distribution over the stages; else that of the subjects at risk at the first move of the group.

    Returns
    -------
    DataFrame
        As `occupation` gives it; `time` in the unit of `start`, beginning with 0 or the earliest start, if negative.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above; also for stays of one subject that overlap.

    Notes
    -----
    Times that differ only by rounding are tied (`curves.tied`), over all groups together.

    Examples
    --------
    >>> two = pd.DataFrame({"subject": [1, 2], "start": 0, "stop": [1, 2], "into": ["high", None],
    ...     "stage": pd.Categorical(["low", "low"], ["low", "high"], ordered=True)})
    >>> occupation_of_stays(two)[["time", "stage", "probability"]].values.tolist()[2:4]
    [[1.0, 'low', 0.5], [1.0, 'high', 0.5]]
    """
    columns.option("limits", limits, CHOICES)
    columns.fraction("level", level)
    read = _Read(stays, by=by, asked_by="occupation_of_stays")
    distribution = None if starting is None else _distribution(starting, read.stages)
    parts = []
    for group in range(len(read.groups)):
        rows = np.flatnonzero(read.group == group)
        start, stop, source = read.start[rows], read.stop[rows], read.source[rows]
        times = _times(at, stop)
        if len(rows):
            found = read.estimate(rows, distribution)
            place = np.searchsorted(found.time, times, side="right")
            probability = np.concatenate([found.start[None], found.probability])[place]
            se = np.concatenate([np.zeros((1, len(read.stages))), found.se])[place]
        else:
            probability = se = np.full((len(times), len(read.stages)), np.nan)
        n = np.stack([_at_risk(times, start, stop, source == state) for state in range(len(read.stages))], axis=1)
        gone = np.searchsorted(np.sort(stop[read.absorbed[rows]]), times, side="left")
        low, high = limits_of(probability, se, (n.sum(axis=1) + gone)[:, None], level=level, choice=limits)
        size = n.size
        parts.append(
            read.groups.iloc[np.full(size, group)].assign(
                time=np.repeat(times, len(read.stages)),
                stage=columns.staged(np.tile(np.arange(len(read.stages)), len(times)), read.stages),
                n_at_risk=n.ravel(),
                probability=probability.ravel(),
                se=se.ravel(),
                low=low.ravel(),
                high=high.ravel(),
            )
        )
    if not parts:
        return read.no_rows("time", "stage", "n_at_risk", "probability")
    return pd.concat(parts, ignore_index=True)


def time_of_stays(
    stays: pd.DataFrame,
    *,
    until: float,
    by: str | Sequence[str] = (),
    starting: Sequence[float] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the mean time spent at each stage before `until` from stays.

    Parameters
    ----------
    stays, by, starting
        As `occupation_of_stays` takes them.
    until
        End of the window, in the unit of `start`; it begins at 0 or the earliest start, if negative.
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        As `time_at_stages` gives it, in the unit of `start`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed, NotEnough
        As `time_at_stages` raises them.

    Examples
    --------
    >>> two = pd.DataFrame({"subject": [1, 2], "start": 0, "stop": [1, 2], "into": ["high", "high"],
    ...     "stage": pd.Categorical(["low", "low"], ["low", "high"], ordered=True)})
    >>> time_of_stays(two, until=2)["mean"].tolist()
    [1.5, 0.5]
    """
    columns.positive("until", until)
    columns.fraction("level", level)
    read = _Read(stays, by=by, asked_by="time_of_stays")
    distribution = None if starting is None else _distribution(starting, read.stages)
    parts = []
    for group in range(len(read.groups)):
        rows = np.flatnonzero(read.group == group)
        if len(rows):
            since = min(0.0, read.start[rows].min())
            last = read.stop[rows].max()
            if last < until and (read.target[rows][read.stop[rows] == last] < 0).any():
                raise NotEnough(
                    f"time at stages until {until:g} needs subjects followed so long, but the last is seen at {last:g}"
                )
            mean, se = occupied_time(
                *read.arrays(rows), states=len(read.stages), since=since, until=until, distribution=distribution
            )
        else:
            since, mean, se = 0.0, *np.full((2, len(read.stages)), np.nan)
        n = len(np.unique(read.subject[rows]))
        low, high = mean_limits(mean / (until - since), se / (until - since), np.array(n), level=level)
        parts.append(
            read.groups.iloc[np.full(len(mean), group)].assign(
                stage=columns.staged(np.arange(len(mean)), read.stages),
                n=n,
                mean=mean,
                se=se,
                low=low * (until - since),
                high=high * (until - since),
            )
        )
    if not parts:
        return read.no_rows("stage", "n", "mean")
    return pd.concat(parts, ignore_index=True)


class _Read:
    """Stays as arrays, with their groups; refuses those that cannot be."""

    def __init__(self, stays: pd.DataFrame, *, by: str | Sequence[str], asked_by: str) -> None:
        columns.require(stays, ["subject", "start", "stop", "stage", "into"], asked_by=asked_by)
        self.stages = columns.stages_of(stays, asked_by=asked_by)
        self.group, self.groups = columns.groups(
            stays, by, asked_by=asked_by, taken=("time", "stage", "n_at_risk", "n", "mean", "probability", "se")
        )
        self.subject, _ = columns.codes_of(stays, "subject", asked_by=asked_by)
        start = columns.times_of(stays, "start", asked_by=asked_by)
        stop = columns.times_of(stays, "stop", asked_by=asked_by)
        for name, values in (("start", start), ("stop", stop)):
            if columns.is_dates(values):
                raise ValueNotAllowed(f"{asked_by} needs column {name} as numbers, but got dates")
        if (bad := int((start >= stop).sum())) > 0:
            raise ValueNotAllowed(f"{asked_by} needs start before stop, but {bad} of {len(start)} rows have not")
        source = columns.stage_codes(stays, asked_by=asked_by)
        if (bad := int((source < 0).sum())) > 0:
            raise ValueNotAllowed(f"{asked_by} needs every stage, but {bad} of {len(source)} are missing")
        self.start, self.stop = tied(start, stop)
        self.source = source.astype(np.int64)
        self.target = columns.words_of(stays, "into", list(self.stages), asked_by=asked_by)
        order = np.arange(len(start))[columns.in_order(self.subject, self.start)]
        subject, begin, end = self.subject[order], self.start[order], self.stop[order]
        final = np.append(subject[1:] != subject[:-1], np.ones(min(1, len(subject)), dtype=bool))
        self.absorbed = np.zeros(len(start), dtype=bool)  # went where it stays, known for good
        self.absorbed[order] = final & (self.target[order] >= 0)
        if (bad := int(((subject[1:] == subject[:-1]) & (begin[1:] < end[:-1])).sum())) > 0:
            raise ValueNotAllowed(f"{asked_by} needs stays of a subject that do not overlap, but {bad} do")

    def arrays(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(each[rows] for each in (self.subject, self.start, self.stop, self.source, self.target))

    def no_rows(self, *names: str) -> pd.DataFrame:
        """Give the result's columns with no rows: where nobody was assessed, `by` may hold no group at all."""
        kinds = {"n": np.int64, "n_at_risk": np.int64}
        found = {name: np.empty(0, dtype=kinds.get(name, np.float64)) for name in (*names, "se", "low", "high")}
        return self.groups.assign(**found | {"stage": columns.staged(np.empty(0, dtype=np.int64), self.stages)})

    def estimate(self, rows: np.ndarray, distribution: np.ndarray | None) -> Occupied:
        return aalen_johansen(*self.arrays(rows), states=len(self.stages), distribution=distribution)


def _stays(
    spells: pd.DataFrame, *, by: str | Sequence[str], clock: str, origin: str | None, carried: bool, asked_by: str
) -> tuple[pd.DataFrame, Any]:
    """Make stays of spells, on the clock asked for; with dates on the calendar's clock, also the first of them."""
    columns.option("clock", clock, CLOCKS)
    stages = columns.stages_of(spells, asked_by=asked_by)
    needed = ["partnership", "start", "end", "into", *([] if carried else ["seen"]), *([origin] if origin else [])]
    columns.require(spells, needed, asked_by=asked_by)
    status = columns.words_of(spells, "status", STATUSES, asked_by=asked_by)
    subject, _ = columns.codes_of(spells, asked_by=asked_by)
    start = columns.times_of(spells, "start", asked_by=asked_by)
    end = columns.times_of(spells, "end", asked_by=asked_by)
    into = columns.words_of(spells, "into", [*stages, ENDED, "not_assessed"], asked_by=asked_by)
    into = np.where(into > len(stages), -1, into)
    if not carried:
        seen = columns.times_of(spells, "seen", asked_by=asked_by, known=False)
        end = np.where((status == 0) & (into < 0), np.fmin(seen, end), end)
    since = None
    if clock == "partnership":
        begun = _first(subject, start) if origin is None else columns.times_of(spells, origin, asked_by=asked_by)
    elif columns.is_dates(start):
        since = start.min() if len(start) else np.datetime64(0, "us")
        begun = np.full(len(start), since)
    else:
        begun = np.zeros(len(start))
    kept = np.flatnonzero((status == 0) & (start < end))
    states = pd.Index([*stages, ENDED])
    stays = pd.DataFrame(
        {
            "subject": subject[kept],
            "start": columns.years_between(begun[kept], start[kept]),
            "stop": columns.years_between(begun[kept], end[kept]),
            "stage": columns.staged(columns.stage_codes(spells, asked_by=asked_by)[kept], states),
            "into": columns.staged(into[kept], states),
        }
    )
    for column in columns.names(by):
        columns.require(spells, [column], asked_by=asked_by)
        stays[column] = spells[column].array.take(kept)
    return stays, since


def _first(subject: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Give each row the earliest start of its subject."""
    order = np.lexsort((start, subject))
    opening = np.flatnonzero(np.diff(subject[order], prepend=-1))
    return start[order][opening][np.searchsorted(subject[order][opening], subject)]


def _times(at: Sequence[float] | None, stop: np.ndarray) -> np.ndarray:
    if at is not None:
        return np.array([columns.moment(value, like=np.empty(0), name="at") for value in at], dtype=float)
    ends = np.unique(stop)
    return ends if not len(ends) else np.concatenate([[min(0.0, ends[0])], ends]) if ends[0] != 0 else ends


def _at_risk(times: np.ndarray, start: np.ndarray, stop: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Count those with start < t ≤ stop; at the very start, those who are there from it."""
    begun = np.sort(start[there])
    before, up_to = np.searchsorted(begun, times, side="left"), np.searchsorted(begun, times, side="right")
    gone = np.searchsorted(np.sort(stop[there]), times, side="left")
    return np.where(times <= (start.min() if len(start) else 0), up_to, before) - gone


def _distribution(starting: Sequence[float], stages: pd.Index) -> np.ndarray:
    found = np.asarray(starting, dtype=float)
    if found.shape != (len(stages),) or (found < 0).any() or abs(found.sum() - 1) > 1e-8:
        raise ValueNotAllowed(
            f"starting must be {len(stages)} probabilities that add up to 1, one a stage, but got {list(starting)}"
        )
    return found
