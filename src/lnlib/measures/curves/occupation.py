"""Occupation: how likely is each stage after so long, moves back included.

Aalen–Johansen estimates with standard errors by the infinitesimal jackknife clustered by partnership (formulas and
authors in `aalen_johansen`; numbers as R's `survival::survfit` with `id` gives them). Two layers:

* `occupation` reads `spells`, with the follow-up of `follow_up`;
* `occupation_of_stays` reads *stays*: a subject at a stage over start < t ≤ stop, and then `into`.

**Not assessed** is a state that partnerships enter and leave, and have not left the follow-up by it. What is shown of a
stage is its share of those whose stage is known, times the probability of not having ended; the standard error follows
by the delta method. That takes those not assessed to stand as the others do.

A move counts from the day it was *seen*, so the curve lags the truth: with assessments 150 days apart, the lowest stage
is overstated by about .11 after half a year and .02 after two years. The panel model's curve does not lag.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.curves.aalen_johansen import aalen_johansen
from lnlib.measures.curves.curve_limits import CHOICES, limits_of, tied
from lnlib.measures.curves.follow_up import follow

ENDED, NOT_ASSESSED = "ended", "not_assessed"
_TAKEN = ("time", "stage", "n_at_risk", "n", "mean", "probability", "se", "low", "high")


def occupation(
    spells: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    at: Sequence[float] | None = None,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability of each stage, and of having ended, at every time since the start.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end`, as in `docs/columns.md`; perhaps `origin`, when each
        partnership began; else its first spell is taken.
    by
        Columns to group by.
    at
        Times to give the curve at; else 0 and every time at which something happens.
    level, limits
        Nominal coverage of the limits, and their scale: `log-log`, `log`, `logit`, `plain` as R has them, `beta`
        (`curve_limits.beta_limits`), or `small-n`: log-log, and `beta` where that is undefined, at 0 and 1.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (years), `stage` (ordered, `ended` last),
        `n_at_risk` (known to be at the stage just before), `probability` (of all stages and `ended`, 1; NaN where
        nobody's stage is known), `se`, `low`, `high`. The first row of a curve is its start, whose distribution is
        taken as known. Groups without any spell have no rows, or, with `at`, rows of NaN.

    Notes
    -----
    Method: Aalen & Johansen (1978); Therneau, Crowson & Atkinson, `survival`.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": ["a", "a", "b"], "status": "assessed", "start": [0, 1, 0],
    ...     "end": [1, 3, 2], "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> occupation(one, at=[2])[["stage", "n_at_risk", "probability"]].to_dict("list")
    {'stage': ['low', 'high', 'ended'], 'n_at_risk': [1, 1, 0], 'probability': [0.5, 0.5, 0.0]}
    """
    stays = _stays(spells, by=by, caller="occupation")
    return occupation_of_stays(stays, by=by, at=at, level=level, limits=limits, unknown=NOT_ASSESSED)


def occupation_of_stays(
    stays: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    at: Sequence[float] | None = None,
    starting: Sequence[float] | None = None,
    level: float = 0.95,
    limits: str = "small-n",
    unknown: str = "",
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
    unknown
        A state that is no stage: the curve gives the probability of each other one among those, and has no rows of it.

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
    Times that differ only by rounding are tied (`curve_limits.tied`), over all groups together.

    Examples
    --------
    >>> two = pd.DataFrame({"subject": [1, 2], "start": 0, "stop": [1, 2], "into": ["high", None],
    ...     "stage": pd.Categorical(["low", "low"], ["low", "high"], ordered=True)})
    >>> occupation_of_stays(two)[["time", "stage", "probability"]].values.tolist()[2:4]
    [[1.0, 'low', 0.5], [1.0, 'high', 0.5]]
    """
    columns.option("limits", limits, CHOICES)
    columns.fraction("level", level)
    read = _Read(stays, by=by, caller="occupation_of_stays")
    shown = np.flatnonzero(read.stages != unknown)
    distribution = None if starting is None else _distribution(starting, read.stages)
    parts = []
    for group in range(len(read.groups)):
        rows = np.flatnonzero(read.group == group)
        start, stop, source = read.start[rows], read.stop[rows], read.source[rows]
        times = _times(at, stop)
        if len(rows):
            found = aalen_johansen(
                read.subject[rows], start, stop, source, read.target[rows],
                states=len(read.stages), distribution=distribution,
            )  # fmt: skip
            place = np.searchsorted(found.time, times, side="right")
            probability = np.concatenate([found.start[None], found.probability])[place]
            if len(shown) < len(read.stages):
                variance = np.concatenate([np.zeros((1, *found.variance.shape[1:])), found.variance])[place]
                probability, se = _of_the_known(probability, variance, shown)
            else:
                se = np.concatenate([np.zeros((1, len(shown))), found.se])[place]
        else:
            probability = se = np.full((len(times), len(shown)), np.nan)
        n = np.stack([_at_risk(times, start, stop, source == state) for state in shown], axis=1)
        gone = np.searchsorted(np.sort(stop[read.absorbed[rows]]), times, side="left")
        low, high = limits_of(probability, se, (n.sum(axis=1) + gone)[:, None], level=level, choice=limits)
        size = n.size
        parts.append(
            read.groups.iloc[np.full(size, group)].assign(
                time=np.repeat(times, len(shown)),
                stage=columns.staged(np.tile(np.arange(len(shown)), len(times)), read.stages[shown]),
                n_at_risk=n.ravel(),
                probability=probability.ravel(),
                se=se.ravel(),
                low=low.ravel(),
                high=high.ravel(),
            )
        )
    if not parts:
        # where nobody was assessed, `by` may hold no group at all
        nothing = pd.DataFrame({name: np.empty(0) for name in ("time", "stage", "n_at_risk", "probability")})
        nothing = nothing.assign(stage=columns.staged(np.empty(0, dtype=np.int64), read.stages[shown]))
        return read.groups.assign(**nothing.astype({"n_at_risk": np.int64}), se=0.0, low=0.0, high=0.0)
    return pd.concat(parts, ignore_index=True)


class _Read:
    """Stays as arrays, with their groups; refuses those that cannot be."""

    def __init__(self, stays: pd.DataFrame, *, by: str | Sequence[str], caller: str) -> None:
        columns.require(stays, ["subject", "start", "stop", "stage", "into"], caller=caller)
        self.stages = columns.stages_of(stays, caller=caller)
        self.group, self.groups = columns.groups(stays, by, caller=caller, taken=_TAKEN)
        self.subject, _ = columns.codes_of(stays, "subject", caller=caller)
        start = columns.times_of(stays, "start", caller=caller)
        stop = columns.times_of(stays, "stop", caller=caller)
        for name, values in (("start", start), ("stop", stop)):
            if columns.is_dates(values):
                raise ValueNotAllowed(f"{caller} needs column {name} as numbers, but got dates")
        if (bad := int((start >= stop).sum())) > 0:
            raise ValueNotAllowed(f"{caller} needs start before stop, but {bad} of {len(start)} rows have not")
        source = columns.stage_codes(stays, caller=caller)
        if (bad := int((source < 0).sum())) > 0:
            raise ValueNotAllowed(f"{caller} needs every stage, but {bad} of {len(source)} are missing")
        self.start, self.stop = tied(start, stop)
        self.source = source.astype(np.int64)
        self.target = columns.words_of(stays, "into", list(self.stages), caller=caller)
        order = np.arange(len(start))[columns.in_order(self.subject, self.start)]
        subject, begin, end = self.subject[order], self.start[order], self.stop[order]
        final = np.append(subject[1:] != subject[:-1], np.ones(min(1, len(subject)), dtype=bool))
        self.absorbed = np.zeros(len(start), dtype=bool)  # went where it stays, known for good
        self.absorbed[order] = final & (self.target[order] >= 0)
        if (bad := int(((subject[1:] == subject[:-1]) & (begin[1:] < end[:-1])).sum())) > 0:
            raise ValueNotAllowed(f"{caller} needs stays of a subject that do not overlap, but {bad} do")


def _stays(spells: pd.DataFrame, *, by: str | Sequence[str], caller: str) -> pd.DataFrame:
    """Return the stays of the follow-up, in time since each partnership began."""
    by = columns.names(by)
    columns.require(spells, by, caller=caller)
    columns.groups(spells.iloc[:0], by, caller=caller, taken=(*_TAKEN, "subject", "stop", "into"))
    rows = follow(spells, caller=caller)
    touches = np.append((rows.subject[1:] == rows.subject[:-1]) & (rows.start[1:] == rows.end[:-1]), False)
    into = np.where(touches[: len(rows.state)], np.append(rows.state[1:], -1)[: len(rows.state)], -1)
    alive = np.flatnonzero(rows.state != rows.ended)
    states = pd.Index([*rows.stages, NOT_ASSESSED, ENDED])
    stays = pd.DataFrame(
        {
            "subject": rows.subject[alive],
            "start": columns.years_between(rows.begun[alive], rows.start[alive]),
            "stop": columns.years_between(rows.begun[alive], rows.end[alive]),
            "stage": columns.staged(rows.state[alive], states),
            "into": columns.staged(into[alive], states),
        }
    )
    return stays.assign(**{column: spells[column].array.take(rows.row[alive]) for column in by})


def _of_the_known(probability: np.ndarray, variance: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share the probability of an unknown stage out among the known ones; the last state is no stage.

    With s the sum over stages and e the probability of having ended, a stage has p (1 − e) / s.
    """
    stages = shown[:-1]
    p, ended = probability[:, stages], probability[:, shown[-1]]
    known = p.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(known > 0, (1 - ended) / known, np.where(ended >= 1 - 1e-12, 0.0, np.nan))
        over = np.where(known > 0, 1 / known, 0.0)
    shared = np.concatenate([p * scale[:, None], ended[:, None]], axis=1)
    slope = np.zeros((len(p), len(shown), probability.shape[1]))
    slope[:, :-1, stages] = scale[:, None, None] * np.eye(len(stages)) - (p * (scale * over)[:, None])[:, :, None]
    slope[:, :-1, shown[-1]] = -p * over[:, None]
    slope[:, -1, shown[-1]] = 1
    square = np.einsum("tij,tjk,tik->ti", slope, variance, slope)
    return shared, np.sqrt(np.maximum(square, 0))


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
    result = np.asarray(starting, dtype=float)
    if result.shape != (len(stages),) or (result < 0).any() or abs(result.sum() - 1) > 1e-8:
        raise ValueNotAllowed(
            f"starting must be {len(stages)} probabilities that add up to 1, one a stage, but got {list(starting)}"
        )
    return result
