"""Curves of a probability over time: which times are tied, and how sure a point of a curve is.

Shared by `first_passage` and `occupation`. Limits are those of R's `survival` (Therneau): *plain* p ± z·se, and the
same on the scale of log p, log(−log p) or logit p, drawn back to 0…1.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, ndtri

from lnlib.measures.columns import fraction, option

LIMITS = ("log-log", "log", "logit", "plain")
CHOICES = ("small-n", *LIMITS, "beta")
_TIED = np.sqrt(np.finfo(float).eps)


def tied(*times: np.ndarray) -> list[np.ndarray]:
    """Make times equal that differ only by rounding.

    Times in years that come from days differ in their last digits although they are the same day. Two neighbours are
    tied where they lie within 1.5e-8 of each other, or within 1.5e-8 of the mean time; each takes the first of its
    run (Therneau, `aeqSurv`).

    Parameters
    ----------
    *times
        Arrays of numbers that share one clock.

    Returns
    -------
    list of ndarray
        New arrays in the order given.

    Examples
    --------
    >>> tied(np.array([0.1 + 0.2, 0.5]), np.array([0.3]))[0] == [0.3, 0.5]
    array([ True,  True])
    """
    every = np.unique(np.concatenate(times)) if times else np.empty(0)
    if len(every) < 2:
        return [time.copy() for time in times]
    gap = np.diff(every)
    with np.errstate(divide="ignore", invalid="ignore"):
        close = (gap <= _TIED) | (gap / np.mean(np.abs(every)) <= _TIED)
    if not close.any():
        return [time.copy() for time in times]
    first = every[np.concatenate([[True], ~close])]
    return [first[np.searchsorted(first, time, side="right") - 1] for time in times]


def limits(
    probability: np.ndarray, se: np.ndarray, *, level: float = 0.95, scale: str = "log-log"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of points of a curve from their standard errors.

    Parameters
    ----------
    probability, se
        Points of the curve and their standard errors, on the scale of probabilities.
    level
        The nominal coverage.
    scale
        `log-log` (undefined at 0 and 1), `log` (undefined at 0), `logit` (undefined at 0 and 1), or `plain`.

    Returns
    -------
    tuple of ndarray
        Low and high, within 0…1; NaN where the scale is undefined.

    Examples
    --------
    >>> low, high = limits(np.array([0.8]), np.array([0.178885438199983]))
    >>> round(float(low[0]), 6), round(float(high[0]), 6)
    (0.203809, 0.96918)
    """
    option("limits", scale, LIMITS)
    z = ndtri(0.5 + fraction("level", level) / 2)
    p = np.asarray(probability, dtype=float)
    if scale == "plain":
        return np.clip(p - z * se, 0, 1), np.clip(p + z * se, 0, 1)
    inside = (p > 0) if scale == "log" else (p > 0) & (p < 1)
    known = np.where(inside, p, np.nan)
    with np.errstate(divide="ignore", over="ignore"):
        width = z * np.asarray(se) / known
        if scale == "log":
            return np.exp(np.log(known) - width), np.minimum(np.exp(np.log(known) + width), 1)
        if scale == "logit":
            odds, width = np.log(known / (1 - known)), width / (1 - known)
            return 1 / (1 + np.exp(width - odds)), 1 / (1 + np.exp(-width - odds))
        width = width / np.log(known)  # negative: the limits change places
        centre = np.log(-np.log(known))
        return np.exp(-np.exp(centre - width)), np.exp(-np.exp(centre + width))


def limits_of(
    probability: np.ndarray, se: np.ndarray, known: np.ndarray, *, level: float = 0.95, choice: str = "small-n"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of a declared choice: a scale of `limits`, `beta`, or `small-n`.

    `small-n` is log-log, and `beta_limits` where log-log is undefined, at 0 and 1: there a chart of few partnerships
    would otherwise show no interval at all, just where one is needed most.

    Parameters
    ----------
    probability, se, known, level
        As `beta_limits` takes them.
    choice
        `small-n`, `log-log`, `log`, `logit`, `plain` or `beta`.

    Returns
    -------
    tuple of ndarray
        Low and high.

    Examples
    --------
    >>> low, high = limits_of(np.array([0.8, 1.0]), np.array([0.178885438199983, 0.0]), np.array([5, 4]))
    >>> low.round(4), high.round(4)
    (array([0.2038, 0.3976]), array([0.9692, 1.    ]))
    """
    option("limits", choice, CHOICES)
    if choice == "beta":
        return beta_limits(probability, se, known, level=level)
    if choice != "small-n":
        return limits(probability, se, level=level, scale=choice)
    return tuple(  # type: ignore[return-value]
        np.where(np.isnan(drawn), other, drawn)
        for drawn, other in zip(
            limits(probability, se, level=level), beta_limits(probability, se, known, level=level), strict=True
        )
    )


def beta_limits(
    probability: np.ndarray, se: np.ndarray, known: np.ndarray, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits that hold at small n and are defined at 0 and 1: Clopper–Pearson's, at an effective n.

    The effective n is that of a proportion with this standard error, p(1 − p)/se², and no more than `known`; at 0 and 1,
    where the standard error says nothing, it is `known`.

    Parameters
    ----------
    probability, se
        Points of the curve and their standard errors.
    known
        How many there are whose state is known at the time.
    level
        The nominal coverage.

    Returns
    -------
    tuple of ndarray
        Low and high; NaN where nobody's state is known or the point is NaN.

    Notes
    -----
    Korn & Graubard (1998), for surveys.

    Examples
    --------
    >>> low, high = beta_limits(np.array([0.0, 0.5]), np.array([0.0, 0.25]), np.array([4, 4]))
    >>> low.round(4), high.round(4)
    (array([0.    , 0.0676]), array([0.6024, 0.9324]))
    """
    tail = (1 - fraction("level", level)) / 2
    p = np.asarray(probability, dtype=float)
    most = np.broadcast_to(np.asarray(known, dtype=float), p.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.where((p > 0) & (p < 1), np.fmin(p * (1 - p) / np.asarray(se) ** 2, most), most)
        n = np.where((n > 0) & ~np.isnan(p), n, np.nan)
    return _exact(p, n, tail)


def _exact(p: np.ndarray, n: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Clopper–Pearson's limits of a share p of an n that need not be whole."""
    with np.errstate(invalid="ignore"):
        low = np.where(p <= 0, 0 * n, betaincinv(p * n, n - p * n + 1, tail))
        high = np.where(p >= 1, 0 * n + 1, betaincinv(p * n + 1, n - p * n, 1 - tail))
    return low, high
