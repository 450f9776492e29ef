r"""What follows from a fitted panel model: rates, hazard ratios, probabilities, times.

Every function takes a `PanelFit` and gives a frame with `low` and `high`. Limits are by the delta method on the scale on
which the quantity is unbounded (log for rates and times; logit for probabilities), with derivatives by differences.
`at` sets covariates; those not named stand at their centre, and a category is set by its level. Where the model has cuts
in time, `since` is when the interval begins (rates from the last cut at or before it), in the kind of `date`.

P(t) = exp(Qt); the mean stay is :math:`-1/q_{rr}` (Norris 1997; Jackson 2011).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel.likelihood import exponential
from lnlib.measures.panel.model import PanelFit

_DIFFERENCE = 1e-5
At = Mapping[str, Any]


def rates(fit: PanelFit, *, at: At | None = None, since: Any = None, level: float = 0.95) -> pd.DataFrame:
    """Return the rate of each allowed transition.

    Parameters
    ----------
    fit
        The fitted model.
    at, since
        Covariates, and the time where rates change by time.
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        `from`, `to`, `rate` (a year, or the unit of time), `se`, `low`, `high`.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> rates(panel_model(seen, allowed=[("low", "high")], prior=None))[["from", "to", "rate"]].round(4).values.tolist()
    [['low', 'high', 0.6931]]
    """
    z = ndtri(0.5 + columns.fraction("level", level) / 2)
    values = _values(fit, at, since)[None]
    slope = fit.design.by_theta(values, len(fit.theta))[0]  # log-rates are sums of parameters, so limits are exact
    rate, spread = (
        np.exp(fit.design.log_rates(fit.theta, values)[0]),
        np.sqrt(((slope @ fit.covariance) * slope).sum(axis=1)),
    )
    with np.errstate(over="ignore"):
        low, high = rate * np.exp(-z * spread), rate * np.exp(z * spread)
    return _pairs(fit, pd.DataFrame({"rate": rate, "se": rate * spread, "low": low, "high": high}))


def hazard_ratios(fit: PanelFit, *, level: float = 0.95) -> pd.DataFrame:
    """Return the factor by which a covariate multiplies each rate.

    Parameters
    ----------
    fit
        The fitted model.
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        `covariate`, `value` (the level of a category; NA: one unit more), `from`, `to`, `ratio`, `low`, `high`, and on
        the scale of logs `effect` and `se`. For cuts in time the covariate is `date`.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2, "new": [0, 0, 1, 1],
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> found = hazard_ratios(panel_model(seen, allowed=[("low", "high")], covariates="new"))
    >>> found[["covariate", "from", "to"]].values.tolist(), bool(found["ratio"].iloc[0] < 1)
    ([['new', 'low', 'high']], True)
    """
    z = ndtri(0.5 + columns.fraction("level", level) / 2)
    se = fit.parameters["se"].to_numpy()
    parts = []
    for effect, place in zip(fit.effects, fit.design.slopes, strict=True):
        table = _pairs(fit, pd.DataFrame({"effect": fit.theta[place], "se": se[place]}))
        table.insert(0, "covariate", effect.covariate)
        table.insert(1, "value", effect.level)
        parts.append(table)
    names = ["covariate", "value", "from", "to", "ratio", "low", "high", "effect", "se"]
    if not parts:
        return pd.DataFrame(columns=names)
    result = pd.concat(parts, ignore_index=True)
    with np.errstate(over="ignore"):
        result["ratio"] = np.exp(result["effect"])
        result["low"] = np.exp(result["effect"] - z * result["se"])
        result["high"] = np.exp(result["effect"] + z * result["se"])
    return result[names]


def probabilities(
    fit: PanelFit, *, over: float | Sequence[float], at: At | None = None, since: Any = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the probability of being at each stage so long after being at each.

    Parameters
    ----------
    fit, at, since, level
        As `rates` takes them.
    over
        Years (or units of time), one or several.

    Returns
    -------
    DataFrame
        `over`, `from`, `to`, `probability`, `se`, `low`, `high` (NaN at 0 and 1). A `from`'s probabilities add up to 1.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> probabilities(fit, over=[1, 2])["probability"].round(4).tolist()
    [0.5, 0.5, 0.0, 1.0, 0.25, 0.75, 0.0, 1.0]
    """
    times = [float(over)] if isinstance(over, (int, float)) else [float(each) for each in over]

    def quantity(theta: np.ndarray) -> np.ndarray:
        return np.concatenate([_matrix(fit, theta, time, at, since).ravel() for time in times])

    table = delta(fit, quantity, "probability", scale="logit", level=level)
    states = len(fit.states)
    table.insert(0, "over", np.repeat(times, states**2))
    table.insert(1, "from", _stage(fit, np.tile(np.repeat(np.arange(states), states), len(times))))
    table.insert(2, "to", _stage(fit, np.tile(np.arange(states), states * len(times))))
    return table


def sojourns(fit: PanelFit, *, at: At | None = None, since: Any = None, level: float = 0.95) -> pd.DataFrame:
    """Return the mean time of one stay at each stage that can be left.

    Parameters
    ----------
    fit, at, since, level
        As `rates` takes them.

    Returns
    -------
    DataFrame
        `stage`, `mean` (years, or the unit of time), `se`, `low`, `high`.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> sojourns(panel_model(seen, allowed=[("low", "high")], prior=None))["mean"].round(4).tolist()
    [1.4427]
    """
    values = _values(fit, at, since)
    left = np.unique(fit.design.transitions[:, 0])

    def quantity(theta: np.ndarray) -> np.ndarray:
        years: np.ndarray = -1 / fit.design.intensity(theta, values)[left, left]
        return years

    table = delta(fit, quantity, "mean", scale="log", level=level)
    table.insert(0, "stage", _stage(fit, left))
    return table


def passage_probabilities(
    fit: PanelFit, *, over: float, at: At | None = None, since: Any = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the probability of having been at each stage at some time within so long.

    Parameters
    ----------
    fit, at, since, level
        As `rates` takes them; rates are those at `since` throughout.
    over
        Years (or units of time).

    Returns
    -------
    DataFrame
        `from`, `to`, `probability` (1 where they are the same), `se`, `low`, `high` (NaN at 0 and 1).

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> passage_probabilities(fit, over=1)["probability"].round(4).tolist()
    [1.0, 0.5, 0.0, 1.0]
    """
    columns.positive("over", over)
    values = _values(fit, at, since)
    states = len(fit.states)

    def quantity(theta: np.ndarray) -> np.ndarray:
        stopped = np.repeat(fit.design.intensity(theta, values)[None], states, axis=0)
        stopped[np.arange(states), np.arange(states)] = 0  # reaching a stage is staying there
        p = exponential(stopped, np.full(states, float(over)))
        return p[np.arange(states), :, np.arange(states)].T.ravel()

    table = delta(fit, quantity, "probability", scale="logit", level=level)
    table.insert(0, "from", _stage(fit, np.repeat(np.arange(states), states)))
    table.insert(1, "to", _stage(fit, np.tile(np.arange(states), states)))
    return table


def curve(
    fit: PanelFit, start: np.ndarray, times: Sequence[float], *, at: At | None, since: Any, level: float
) -> pd.DataFrame:
    """Return p(0)·P(t) at each time, one row a time and state, for `panel.model_occupation`.

    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> curve(fit, np.array([1.0, 0.0]), [1.0], at=None, since=None, level=0.95)["probability"].round(4).tolist()
    [0.5, 0.5]
    """

    def quantity(theta: np.ndarray) -> np.ndarray:
        empty = np.empty(0)
        return np.concatenate([empty, *(start @ _matrix(fit, theta, time, at, since) for time in times)])

    return delta(fit, quantity, "probability", scale="logit", level=level)


def probability_matrix(
    fit: PanelFit, over: float, *, values: np.ndarray | None = None, since: float = -np.inf
) -> np.ndarray:
    """Return P over an interval as an array, at centred covariate values, from `since` on the model's clock.

    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> probability_matrix(panel_model(seen, allowed=[("low", "high")], prior=None), 1.0).round(4)
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    plain = np.zeros(len(fit.effects) - len(fit.cuts)) if values is None else values
    return _over(fit, fit.theta, over, plain, since)


def _matrix(fit: PanelFit, theta: np.ndarray, over: float, at: At | None, since: Any) -> np.ndarray:
    return _over(fit, theta, over, _covariates(fit, at), _clock(fit, since))


def _over(fit: PanelFit, theta: np.ndarray, over: float, values: np.ndarray, since: float) -> np.ndarray:
    """Multiply the matrices of the pieces between the cuts."""
    begin = since if np.isfinite(since) else 0.0
    later = [cut for cut in fit.design.cuts if begin < cut < begin + over] if np.isfinite(since) else []
    edges = [begin, *later, begin + over]
    result = np.eye(len(fit.states))
    for start, stop in itertools.pairwise(edges):
        q = fit.design.intensity(theta, np.concatenate([values, _period(fit, start if np.isfinite(since) else since)]))
        result = result @ exponential(q[None], np.array([stop - start]))[0]
    return result


def _values(fit: PanelFit, at: At | None, since: Any) -> np.ndarray:
    return np.concatenate([_covariates(fit, at), _period(fit, _clock(fit, since))])


def _covariates(fit: PanelFit, at: At | None) -> np.ndarray:
    """Return centred values of the effects of covariates."""
    given = dict(at or {})
    for name in given:
        columns.option("covariate", name, list(fit.covariates))
    effects = fit.effects[: len(fit.effects) - len(fit.cuts)]
    result = np.zeros(len(effects))
    for place, effect in enumerate(effects):
        if effect.covariate in given:
            value = given[effect.covariate]
            if effect.level is not None:
                value = float(value == effect.level)
            elif isinstance(value, str) or not np.isfinite(value):
                raise ValueNotAllowed(f"covariate {effect.covariate} must be a number, but got {value!r}")
            result[place] = float(value) - effect.centre
    return result


def _clock(fit: PanelFit, since: Any) -> float:
    if since is None:
        return -np.inf
    if fit.design.since is None:
        return float(columns.moment(since, like=np.empty(0), name="since"))
    origin = np.array([fit.design.since])
    moment = np.array([columns.moment(since, like=origin, name="since")])
    return float(columns.years_between(origin, moment)[0])


def _period(fit: PanelFit, clock: float) -> np.ndarray:
    result = np.zeros(len(fit.cuts))
    place = int(np.searchsorted(fit.design.cuts, clock, side="right"))
    if place:
        result[place - 1] = 1
    return result


def _stage(fit: PanelFit, places: np.ndarray) -> pd.Series:
    return pd.Series(columns.staged(places, list(fit.states)))


def _pairs(fit: PanelFit, table: pd.DataFrame) -> pd.DataFrame:
    origin, into = fit.design.transitions.T
    left = pd.DataFrame({"from": _stage(fit, origin), "to": _stage(fit, into)})
    return pd.concat([left, table], axis=1)


def delta(
    fit: PanelFit,
    function: Callable[[np.ndarray], np.ndarray],
    name: str,
    *,
    scale: str,
    level: float,
    more: np.ndarray | float = 0.0,
) -> pd.DataFrame:
    """Return a function of the parameters with its standard error and limits, by the delta method.

    Parameters
    ----------
    fit
        The fitted model.
    function
        From the parameters to an array.
    name
        What the column is called.
    scale
        `log`, or `logit` of a quantity between 0 and 1.
    level
        Nominal coverage of the limits.
    more
        Variance besides that of the parameters, an array like the value.

    Returns
    -------
    DataFrame
        `name`, `se`, `low`, `high`.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> delta(fit, np.exp, "rate", scale="log", level=0.95).round(3).values.tolist()
    [[0.693, 0.707, 0.094, 5.119]]
    """
    z = ndtri(0.5 + columns.fraction("level", level) / 2)
    theta = fit.theta
    value = function(theta)
    sizes = _DIFFERENCE / fit.units  # alike in every unit of the covariates
    steps = np.diag(sizes)
    finite = np.isfinite(value)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        slope = np.stack(
            [
                (function(theta + step) - function(theta - step)) / (2 * size)
                for step, size in zip(steps, sizes, strict=True)
            ]
        )
        slope[:, ~finite] = np.nan
        se = np.sqrt(np.maximum(np.einsum("pn,pq,qn->n", slope, fit.covariance, slope), 0) + more)
        if scale == "log":
            inside = finite & (value > 0)
            width = z * se / value
            low, high = value * np.exp(-width), value * np.exp(width)
        else:
            inside = finite & (value > 0) & (value < 1 - 1e-12)
            odds, width = np.log(value / (1 - value)), z * se / (value * (1 - value))
            low, high = 1 / (1 + np.exp(width - odds)), 1 / (1 + np.exp(-width - odds))
    return pd.DataFrame(
        {name: value, "se": se, "low": np.where(inside, low, np.nan), "high": np.where(inside, high, np.nan)}
    )
