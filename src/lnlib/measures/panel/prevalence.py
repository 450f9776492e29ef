"""Prevalence check: how many stand at each stage, beside how many the fitted panel model foretells.

At each time, those under observation are counted at the stage they were last seen at, and set beside how many the model
expects there (Gentleman et al. 1994; Jackson 2011, section 2.12). The observed count lags: a move counts when it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.measures import columns
from lnlib.measures.panel.model import PanelFit
from lnlib.measures.panel.results import probability_matrix
from lnlib.measures.panel.visit_intervals import CHANGED, Visited, clock_of, read_visits

INTERPOLATIONS = ("start", "midpoint")
EACH = "each"


def prevalence(
    fit: PanelFit,
    visits: pd.DataFrame,
    *,
    at: Sequence[Any],
    origin: Any = None,
    interpolated: str = "start",
    until: Any = None,
    missing: str = "refuse",
) -> pd.DataFrame:
    """Set observed beside expected counts at each stage.

    Parameters
    ----------
    fit
        The fitted model.
    visits
        The visits it was fitted to, as `panel_model` takes them.
    at
        Times, in the kind of `date`.
    origin
        The time from whose observed distribution the model foretells; by default the first of all. Times before it
        are not foretold. `each`: every partnership from its own first row and the stage seen there, as is right where they
        come under observation at different times.
    interpolated
        Between two rows a partnership counts at the earlier one's stage (`start`), or at the nearer one's (`midpoint`).
    until
        Those seen to have ended count until then; by default for ever. Others count until their last row.
    missing
        As `panel_model` takes it.

    Returns
    -------
    DataFrame
        `date`, `stage`, `n` (under observation), `observed`, `expected`, `observed_share`, `expected_share`. With
        covariates, each partnership is expected to move at the rates of its own first row.

    Notes
    -----
    As in msm, everybody under observation is by default expected to have begun at `origin`, with the distribution observed
    there. Rows of status `changed`, at which no stage is known, have no part: moves are expected at the rates of the first row
    with a stage.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> prevalence(fit, seen, at=[1])[["stage", "observed", "expected"]].round(4).values.tolist()
    [['low', 1, 1.0], ['high', 1, 1.0]]
    """
    columns.option("interpolated", interpolated, INTERPOLATIONS)
    effects = fit.effects[: len(fit.effects) - len(fit.cuts)]
    if "status" in visits:
        visits = visits[visits["status"] != CHANGED]
    visited = read_visits(visits, covariates=fit.covariates, missing=missing, effects=effects, caller="prevalence")
    shift = 0.0  # from the clock of these visits to the clock of the fit
    if visited.since is not None:
        shift = float(columns.years_between(np.array([fit.design.since]), np.array([visited.since]))[0])
    times = np.array([clock_of(visited, moment, name="at") for moment in at], dtype=float)
    apart = isinstance(origin, str) and origin == EACH
    begin = None if apart else clock_of(visited, origin, name="origin")
    begin = float(visited.time.min()) if begin is None else begin
    last = clock_of(visited, until, name="until")
    last = np.inf if last is None else last
    absorbing = np.setdiff1d(np.arange(len(fit.states)), fit.design.transitions[:, 0])
    states = len(fit.states)

    standing = _standing(visited, np.append(times, begin), absorbing, last, interpolated)
    observed = np.stack([np.bincount(row[row >= 0], minlength=states) for row in standing])
    total = observed.sum(axis=1)
    starting = observed[-1] / total[-1] if total[-1] else np.full(states, np.nan)

    opening = np.flatnonzero(np.diff(visited.subject, prepend=-1))
    values = visited.covariates[opening] - np.array([effect.centre for effect in effects])
    kinds, kind = (
        np.unique(values, axis=0, return_inverse=True) if len(effects) else (values[:1], np.zeros(len(opening), int))
    )
    expected = np.full((len(times), states), np.nan)
    for place, time in enumerate(times):
        if time < begin:
            continue
        if apart:
            expected[place] = 0
            for row in np.flatnonzero(standing[place] >= 0):
                since, state = visited.time[opening[row]], visited.state[opening[row]]
                ahead = probability_matrix(
                    fit, max(time - since, 0.0), values=kinds[kind.ravel()[row]], since=since + shift
                )
                expected[place] += ahead[state]
            continue
        there = np.bincount(kind.ravel()[standing[place] >= 0], minlength=len(kinds))
        expected[place] = 0
        for number, covariates in zip(there, kinds, strict=True):
            if number:
                ahead = probability_matrix(fit, time - begin, values=covariates, since=begin + shift)
                expected[place] += number * (starting @ ahead)
    observed, total = observed[:-1], total[:-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        seen_share = observed / total[:, None]
        rated_share = expected / expected.sum(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "date": np.repeat(np.asarray(pd.to_datetime(list(at)) if visited.since is not None else times), states),
            "stage": columns.staged(np.tile(np.arange(states), len(times)), list(fit.states)),
            "n": np.repeat(total, states),
            "observed": observed.ravel(),
            "expected": expected.ravel(),
            "observed_share": seen_share.ravel(),
            "expected_share": rated_share.ravel(),
        }
    )


def _standing(
    visited: Visited, times: np.ndarray, absorbing: np.ndarray, until: float, interpolated: str
) -> np.ndarray:
    """Return the state at which each partnership counts at each time; −1 where it is not under observation."""
    opening = np.flatnonzero(np.diff(visited.subject, prepend=-1))
    closing = np.append(opening[1:], len(visited.subject)) - 1
    number = np.repeat(np.arange(len(opening)), closing - opening + 1)
    close = 1e-9 * np.maximum(1.0, np.abs(times))  # the same day, reckoned two ways
    result = np.full((len(times), len(opening)), -1)
    for place, time in enumerate(times):
        passed = np.bincount(number, weights=visited.time <= time + close[place], minlength=len(opening)).astype(int)
        before = opening + np.maximum(passed, 1) - 1
        after = np.minimum(before + 1, closing)
        state = visited.state[before]
        if interpolated == "midpoint":
            middle = (visited.time[before] + visited.time[after]) / 2
            at_row = visited.time[before] >= time - close[place]
            state = np.where(at_row | (time <= middle), state, visited.state[after])
        ended = np.isin(visited.state[closing], absorbing) & (time <= until)
        over = time > visited.time[closing] + close[place]
        result[place] = np.where((passed == 0) | (over & ~ended), -1, state)
    return result
