r"""Rates of provinces, or of actors: the pooled panel model's rates times a multiplier of their own, shrunken.

A province with five partnerships cannot have rates of its own; it can have a *pace*. With :math:`Q` the pooled model's
rates, group g moves at :math:`q_{rs}e^{u_g}` (all moves, or those up, down, or to the end), and
:math:`u_g \sim N(\mu, \tau^2)`. The likelihood of each group is computed on a grid of u, exactly, and nothing is plugged
in: :math:`\mu \sim N(0, 1)` and :math:`\tau \sim` half-normal(1) are integrated over a grid (Gelman et al. 2013, ch. 5;
plugging in an estimated spread covers far too little where groups are few). What groups have in common decides how much
each is drawn towards the rest; raw estimates, with limits by the likelihood ratio, stand beside.

The ratios between the pooled rates are taken as known; their level is not (μ absorbs it).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp, ndtri

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel.life_histories import likelihood_of_each
from lnlib.measures.panel.likelihood import Grouped, endings, exponential, intensities
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.measures.panel.visit_intervals import Effect, clock_of, group_intervals, read_visits

MOVES = ("all", "up", "down", "ended")
# Log multipliers, from a fiftieth to fifty times the pooled pace; closer where large groups need it.
_HALF = np.concatenate([np.arange(0, 30) * 0.005, 0.15 + np.arange(0, 23) * 0.02, 0.61 + np.arange(0, 68) * 0.05])
_PACES = np.concatenate([-_HALF[:0:-1], _HALF])
_EDGES = np.concatenate([_PACES[:1], (_PACES[1:] + _PACES[:-1]) / 2, _PACES[-1:]])
_CENTRES = np.concatenate([-np.geomspace(2, 0.02, 20), [0.0], np.geomspace(0.02, 2, 20)])
_SPREADS = np.concatenate([[0.01, 0.02, 0.04, 0.07, 0.1, 0.15], np.linspace(0.2, 2.6, 25)])
_ENTRY = "the group itself"  # no column can be called so, as it is never looked up


def group_multipliers(
    visits: pd.DataFrame,
    *,
    by: str | Sequence[str],
    fit: PanelFit | None = None,
    moves: str | Sequence[tuple[Any, Any]] = "all",
    until: Any = None,
    level: float = 0.95,
    missing: str = "refuse",
) -> pd.DataFrame:
    """Estimate by how much each group moves faster or slower than the pooled panel model.

    Parameters
    ----------
    visits
        As `panel_model` takes them, with the columns of `by`; a partnership's group is that of its first row.
    by
        Columns to group by.
    fit
        The pooled model; by default `panel_model(visits)`. Where in it raters err (`misrated`), the multipliers are those
        of the hidden stage, `visits` are the rows it was fitted to, and `until` is the model's.
    moves
        Which rates the multiplier is of: `all`, `up`, `down`, `ended`, or a list of transitions. The other rates are
        then the pooled ones.
    level
        Nominal coverage of the limits.
    until, missing
        As `panel_model` takes them.

    Returns
    -------
    DataFrame
        The columns of `by`, `n` (partnerships), `years` (observed, or in the unit of `date`), `raw` (most likely
        multiplier; 0 where no such move was seen), `raw_low`, `raw_high`, `multiplier` (posterior median), `low`,
        `high`. Groups without intervals have raw NaN, and the multiplier of a group of which nothing is known.

    Notes
    -----
    Coverage is simulated in `benchmarks/coverage/rates.py` and printed in `docs/measures/models.md`.

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2, "province": ["01", "01", "02", "02"],
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> found = group_multipliers(seen, by="province")
    >>> found[["province", "n", "raw"]].values.tolist()[1], bool(found["multiplier"].is_monotonic_decreasing)
    (['02', 1, 0.0], True)
    """
    columns.fraction("level", level)
    caller = "group_multipliers"
    pooled = panel_model(visits, until=until, missing=missing) if fit is None else fit
    group, groups = columns.groups(
        visits, by, caller=caller, taken=("n", "years", "raw", "raw_low", "raw_high", "multiplier", "low", "high")
    )
    chosen = _chosen(pooled, moves)
    if pooled.hidden is not None and pooled.raters:
        return _table(groups, *_hidden_likelihoods(visits, group, pooled, chosen, len(groups)), level=level)
    effects = pooled.effects[: len(pooled.effects) - len(pooled.cuts)]
    visited = read_visits(visits, covariates=pooled.covariates, missing=missing, effects=effects, caller=caller)
    if visited.states != pooled.states:
        raise ValueNotAllowed(
            f"the fit is of states {', '.join(map(str, pooled.states))}, but the visits have "
            f"{', '.join(map(str, visited.states))}"
        )
    opening = np.flatnonzero(np.diff(visited.subject, prepend=-1))
    whose = group[visited.rows][np.repeat(opening, np.diff(np.append(opening, len(visited.subject))))]
    marked = dataclasses.replace(
        visited, covariates=np.column_stack([whose, visited.covariates]), effects=(Effect(_ENTRY, None, 0.0), *effects)
    )
    shift = 0.0
    if visited.since is not None:
        shift = float(columns.years_between(np.array([visited.since]), np.array([pooled.design.since]))[0])
    cuts = [cut + shift for cut in pooled.design.cuts]
    marks = [pooled.states.index(state) for state in pooled.exact]
    data, _ = group_intervals(
        marked,
        transitions=pooled.design.transitions,
        exact=marks,
        cuts=cuts,
        until=clock_of(visited, until, name="until"),
        caller=caller,
    )

    likelihood = _likelihoods(pooled, data, chosen, len(groups))
    inside = visited.subject[1:] == visited.subject[:-1]
    years = np.bincount(whose[:-1][inside], weights=np.diff(visited.time)[inside], minlength=len(groups))
    pieces = np.bincount(data.design[data.pattern, 0].astype(int), minlength=len(groups))
    n = np.bincount(whose[opening], minlength=len(groups))
    return _table(groups, likelihood, n, years, pieces > 0, level=level)


def _table(
    groups: pd.DataFrame, likelihood: np.ndarray, n: np.ndarray, years: np.ndarray, known: np.ndarray, *, level: float
) -> pd.DataFrame:
    """Return the multipliers of the groups, most likely and pooled, from their likelihoods at every pace."""
    table = groups.assign(n=n, years=years)
    raw = [_raw(each, level=level) if some else (np.nan,) * 3 for each, some in zip(likelihood, known, strict=True)]
    table[["raw", "raw_low", "raw_high"]] = np.array(raw).reshape(len(groups), 3)
    shares = [(1 - level) / 2, 0.5, 1 - (1 - level) / 2]
    table[["low", "multiplier", "high"]] = np.exp(_quantiles(_posterior(likelihood), shares))
    order = [*groups.columns, "n", "years", "raw", "raw_low", "raw_high", "multiplier", "low", "high"]
    return table[order].reset_index(drop=True)


def _hidden_likelihoods(
    visits: pd.DataFrame, group: np.ndarray, fit: PanelFit, chosen: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each group's log-likelihood at every pace with the stage hidden, and its partnerships and years."""
    hidden = fit.hidden
    if hidden is None or len(visits) != len(fit.rows):
        raise ValueNotAllowed("of a model with raters who err, visits must be those it was fitted to")
    owner, labels = columns.codes_of(visits, caller="group_multipliers")
    home = np.full(len(labels), -1)
    home[owner[::-1]] = group[::-1]  # that of the first row
    whose = home[np.concatenate([bundle.subject for bundle in hidden.lives.bundles])]
    first, errors = hidden.read(fit.theta)
    base = fit.design.log_rates(fit.theta, hidden.lives.grouped.design)
    result = np.zeros((groups, len(_PACES)))
    for place, pace in enumerate(_PACES):
        own = likelihood_of_each(base + pace * chosen, hidden.lives, first=first, errors=errors)
        with np.errstate(divide="ignore"):
            result[:, place] = np.bincount(whose, weights=np.log(own), minlength=groups)
    length = np.append(hidden.lives.grouped.length, 0.0)
    spent = np.concatenate([length[bundle.pieces].sum(axis=1) for bundle in hidden.lives.bundles])
    n = np.bincount(whose, minlength=groups)
    return result, n, np.bincount(whose, weights=spent, minlength=groups), n > 0


def _chosen(fit: PanelFit, moves: str | Sequence[tuple[Any, Any]]) -> np.ndarray:
    """Return which transitions the multiplier applies to."""
    origin, into = fit.design.transitions.T
    absorbing = ~np.isin(into, origin)
    if isinstance(moves, str):
        columns.option("moves", moves, MOVES)
        result: np.ndarray = {
            "all": np.ones(len(origin), dtype=bool),
            "up": (into > origin) & ~absorbing,
            "down": into < origin,
            "ended": absorbing,
        }[moves]
        if moves == "up" and not absorbing.all() and not result.any():
            result = into > origin  # the top of the scale may itself be where all paths end
    else:
        ways = [f"{one} → {other}" for one, other in fit.transitions]
        wanted = [columns.option("transition", f"{one} → {other}", ways) for one, other in moves]
        result = np.isin(ways, wanted)
    if not result.any():
        raise ValueNotAllowed(f"moves {moves!r} are not among the allowed transitions of the fit")
    return result


def _likelihoods(fit: PanelFit, data: Grouped, chosen: np.ndarray, groups: int) -> np.ndarray:
    """Return each group's log-likelihood (rows) at each pace (columns)."""
    values, alike = np.unique(data.design[:, 1:], axis=0, return_inverse=True)
    mine = alike.ravel()[data.pattern]
    lengths, length = np.unique(data.length, return_inverse=True)
    pieces, piece = np.unique(mine * len(lengths) + length, return_inverse=True)
    pattern, time = pieces // len(lengths), lengths[pieces % len(lengths)]
    base = fit.design.log_rates(fit.theta, values)
    whose = data.design[data.pattern, 0].astype(int)
    result = np.zeros((groups, len(_PACES)))
    for place, pace in enumerate(_PACES):
        q = intensities(base + pace * chosen, data.transitions, data.states)
        p = exponential(q, time, pattern)
        for chain in data.chains:
            parts = piece[chain.pieces]
            last = pattern[parts[:, -1]]
            end = endings(chain, q[last], data)
            ahead = p[parts[:, 0], chain.source]
            for more in parts.T[1:]:
                ahead = np.einsum("ni,nij->nj", ahead, p[more])
            with np.errstate(divide="ignore"):
                value = chain.count * np.log((ahead * end).sum(axis=1))
            result[:, place] += np.bincount(whose[chain.pieces[:, 0]], weights=value, minlength=groups)
    return result


def _posterior(likelihood: np.ndarray) -> np.ndarray:
    """Return each group's posterior weights over the paces, centre and spread integrated out."""
    centre, spread = (each.ravel() for each in np.meshgrid(_CENTRES, _SPREADS, indexing="ij"))
    widths = np.outer(np.gradient(_CENTRES), np.gradient(_SPREADS)).ravel()
    prior = -0.5 * centre**2 - 0.5 * spread**2 + np.log(widths)
    kernel = -0.5 * ((_PACES - centre[:, None]) / spread[:, None]) ** 2 + np.log(np.diff(_EDGES))
    kernel -= logsumexp(kernel, axis=1, keepdims=True)
    scaled = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    shape = np.exp(kernel)
    evidence = np.maximum(shape @ scaled.T, 1e-300)  # (centre, spread) × groups
    weight = prior + np.log(evidence).sum(axis=1)
    weight = np.exp(weight - logsumexp(weight))
    found = scaled * ((weight[:, None] / evidence).T @ shape)
    shares: np.ndarray = found / found.sum(axis=1, keepdims=True)
    return shares


def _quantiles(weights: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Return quantiles of weights over the paces, each weight spread evenly over its step."""
    return np.array([np.interp(shares, np.append(0, np.cumsum(each)), _EDGES) for each in weights])


def _raw(likelihood: np.ndarray, *, level: float) -> tuple[float, float, float]:
    """Return the most likely multiplier and its likelihood-ratio limits; 0 or infinity where the grid ends first."""
    finite = np.isfinite(likelihood)
    fine = np.linspace(_PACES[finite][0], _PACES[-1], 20_001)
    curve = CubicSpline(_PACES[finite], likelihood[finite])(fine)
    drop = ndtri(0.5 + level / 2) ** 2 / 2
    within = fine[curve >= curve.max() - drop]
    best = int(curve.argmax())
    low = 0.0 if within[0] == fine[0] else float(np.exp(within[0]))
    high = np.inf if within[-1] == fine[-1] else float(np.exp(within[-1]))
    most = 0.0 if best == 0 else np.inf if best == len(fine) - 1 else float(np.exp(fine[best]))
    return most, low, high
