"""Finding where a smooth function is least, given its gradient; and saying so when it was not found.

Newton's method with curvature from differences of the gradient, updated between (BFGS), each step no longer than a
declared length and shortened until the function falls (Nocedal & Wright 2006, chapters 3 and 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lnlib.errors import NotConverged

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]
_STEP = 2.0  # a log-rate moves by no more at once
_DIFFERENCE = 1e-4
_FLAT = 1e-9  # curvature under this share of the greatest is noise of the differences


@dataclass(frozen=True)
class Least:
    """The place found, the value there, and the curvature (the matrix of second derivatives)."""

    place: np.ndarray
    value: float
    curvature: np.ndarray


def least(
    function: Function,
    start: np.ndarray,
    *,
    names: list[str],
    curvature_at: Callable[[np.ndarray], np.ndarray] | None = None,
    most: int = 200,
    near: float = 1e-9,
) -> Least:
    """Find where a function is least.

    Parameters
    ----------
    function
        Gives value and gradient.
    start
        Where to begin.
    names
        Of the parameters, for the message.
    curvature_at
        Gives the matrix of second derivatives; by default it is made of differences of the gradient.
    most
        How many steps at most.
    near
        Stop where the gain that a full Newton step promises is less.

    Returns
    -------
    Least
        With the curvature at the place found.

    Raises
    ------
    NotConverged
        Where it was not found, or the place is not a least one.

    Examples
    --------
    >>> least(lambda x: (float((x**2).sum()), 2 * x), np.ones(2), names=["a", "b"]).place.round(6) + 0.0
    array([0., 0.])
    """
    place = np.asarray(start, dtype=float)
    value, slope = function(place)
    if not np.isfinite(value):
        raise NotConverged("the likelihood cannot be computed at the starting rates")
    exact = curvature_at or partial(differences, function)
    # a rough curvature is enough to set out; the one at the place found is exact
    curvature, fresh = curvature_at(place) if curvature_at else differences(function, place, slope), False
    for _ in range(most):
        step, gain = _newton(curvature, slope)
        if gain < near:
            if fresh:
                _refuse_saddle(curvature, names)
                return _polished(function, place, value, slope, curvature)
            curvature, fresh = exact(place), True
            continue
        length = shortest = min(1.0, _STEP / np.abs(step).max())
        shortest *= 1e-8
        while length >= shortest:
            ahead = place + length * step
            found, steep = function(ahead)
            if found <= value + 1e-4 * length * (slope @ step) + 1e-14 * abs(value):
                break
            length /= 2
        else:
            if fresh:
                if gain < 1e-5:  # the value no longer falls by more than its rounding
                    _refuse_saddle(curvature, names)
                    return Least(place, value, curvature)
                break
            curvature, fresh = exact(place), True
            continue
        curvature = _updated(curvature, ahead - place, steep - slope)
        place, value, slope, fresh = ahead, found, steep, False
    worst = names[int(np.abs(slope).argmax())]
    raise NotConverged(
        f"no best rates were found in {most} steps: −log-likelihood {value:.4f}, steepest in {worst} "
        f"({slope[np.abs(slope).argmax()]:.2g}); try fewer transitions or covariates, or a prior"
    )


def differences(function: Function, place: np.ndarray, slope: np.ndarray | None = None) -> np.ndarray:
    """Return the curvature by central differences of the gradient; where the gradient is given, by one-sided ones.

    >>> differences(lambda x: (float((x**2).sum()), 2 * x), np.ones(2)).round(6)
    array([[2., 0.],
           [0., 2.]])
    """
    rows = []
    for step in _DIFFERENCE * np.eye(len(place)):
        ahead = function(place + step)[1]
        rough = slope is not None
        rows.append((ahead - (slope if rough else function(place - step)[1])) / ((2 - rough) * _DIFFERENCE))
    found = np.array(rows).reshape(len(place), len(place))
    symmetric: np.ndarray = (found + found.T) / 2
    return symmetric


def inverse(curvature: np.ndarray) -> np.ndarray:
    """Invert a curvature; what is flat gets a variance so great that limits span everything.

    >>> inverse(np.diag([4.0, 1.0]))
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    if not len(curvature):
        return curvature
    sizes, ways = np.linalg.eigh(curvature)
    inverse: np.ndarray = (ways / np.maximum(sizes, _floor(sizes))) @ ways.T
    return inverse


def _floor(sizes: np.ndarray) -> float:
    return max(_FLAT * float(np.abs(sizes).max(initial=0.0)), 1e-12)


def _newton(curvature: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, float]:
    if not len(slope):
        return slope, 0.0
    sizes, ways = np.linalg.eigh(curvature)
    along = ways.T @ slope
    scaled = along / np.maximum(np.abs(sizes), _floor(sizes))
    return -ways @ scaled, float(along @ scaled)


def _updated(curvature: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    if not step @ change > 1e-12 * np.linalg.norm(step) * np.linalg.norm(change):
        return curvature
    sizes, ways = np.linalg.eigh(curvature)
    if sizes[0] < 0:  # the step was that of the bowl with these curvatures turned up, and what is learnt is of it
        curvature = (ways * np.maximum(np.abs(sizes), _floor(sizes))) @ ways.T
    pushed = curvature @ step
    bent = step @ pushed
    if not bent > 0:
        return curvature
    updated: np.ndarray = curvature + np.outer(change, change) / (step @ change) - np.outer(pushed, pushed) / bent
    return updated


def _polished(function: Function, place: np.ndarray, value: float, slope: np.ndarray, curvature: np.ndarray) -> Least:
    """Make a last Newton step where the curvature is well known: it doubles the digits."""
    sizes, ways = np.linalg.eigh(curvature) if len(curvature) else (np.zeros(0), curvature)
    known = sizes > 1e-5 * np.abs(sizes).max(initial=0.0)
    ahead = place - ways[:, known] @ ((ways[:, known].T @ slope) / sizes[known])
    result, steep = function(ahead)
    if np.linalg.norm(steep) < np.linalg.norm(slope):
        return Least(ahead, result, curvature)
    return Least(place, value, curvature)


def _refuse_saddle(curvature: np.ndarray, names: list[str]) -> None:
    sizes, ways = np.linalg.eigh(curvature) if len(curvature) else (np.zeros(0), curvature)
    if len(sizes) and sizes[0] < -1e-6 * max(float(np.abs(sizes).max()), 1e-6):
        worst = names[int(np.abs(ways[:, 0]).argmax())]
        raise NotConverged(f"no best rates were found: the likelihood still rises away from {worst}")
