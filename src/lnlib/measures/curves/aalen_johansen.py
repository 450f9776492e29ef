r"""Occupation probabilities of a process that may go back, with clustered standard errors, in closed form.

**Estimate** (Aalen & Johansen 1978). With :math:`Y_i(t)` subjects at risk in state i just before t and
:math:`N_{ij}(t)` moves at t, the step is :math:`H(t) = I + dA(t)`, :math:`dA_{ij} = N_{ij}/Y_i`, and
:math:`p(t) = p(0)\prod_{s \le t} H(s)`.

**Standard errors** by the infinitesimal jackknife, clustered by subject, the starting distribution held fixed
(Therneau, `survival`). The derivative of p(t) by the weight of subject k obeys, while k is at risk in i,

.. math:: U_k(t) = U_k(t-) H(t) + q_i(t)(e_{j} - H_i(t)), \qquad q_i(t) = p_i(t-)/Y_i(t),

where j is where k goes at t (i, if it stays), and :math:`U_k(t) = U_k(t-)H(t)` while it is not at risk. The variance
is :math:`V(t) = \sum_k U_k(t)'U_k(t)`, which obeys

.. math:: V(t) = H'V(t-)H + M + M' + \sum_i q_i^2 Y_i(\mathrm{diag}(H_i) - H_i'H_i),

.. math:: M = \sum_i q_i \Big[(G_i(t-)H)'(e_i - H_i) + \sum_{k: i \to j}(U_k(t-)H)'(e_j - e_i)\Big],

with :math:`G_i` the sum of :math:`U_k` over those at risk in i; G changes only by who comes and who goes, because the
second term of U sums to nothing over all who are at risk in i. So each subject is looked at only where its spells
begin and end. What U becomes over a spell is an affine map, the product of the steps between; a table of products over
blocks of doubling size gives it for any spell without inverting anything (some H are singular), and all recursions
over time are run by the same doubling. The cost is O(times·log times + spells), with no loop over either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lnlib.measures.curves.step_products import apply, between, sandwich, since_first


@dataclass(frozen=True)
class Occupied:
    """Probabilities of the states at each time, one column a state; `start` is the distribution before them.

    `variance` has one covariance matrix of the probabilities per time.
    """

    time: np.ndarray
    start: np.ndarray
    probability: np.ndarray
    variance: np.ndarray

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the probabilities."""
        errors: np.ndarray = np.sqrt(np.maximum(np.diagonal(self.variance, axis1=1, axis2=2), 0))
        return errors


def aalen_johansen(
    subject: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    *,
    states: int,
    distribution: np.ndarray | None = None,
) -> Occupied:
    """Estimate the probabilities of being in each state.

    Parameters
    ----------
    subject
        Whole numbers; rows of one subject do not overlap.
    start, stop
        Numbers, start < stop: at risk at times start < t ≤ stop.
    source, target
        The state held, 0 … states − 1, and the one entered at `stop`; −1 (or the same state) where none is.
    states
        How many states there are.
    distribution
        The distribution at the start; else that of the subjects at risk at the time of the first move.

    Returns
    -------
    Occupied
        At every time at which a spell ends.

    Examples
    --------
    >>> found = aalen_johansen(np.array([0, 1]), np.zeros(2), np.array([1.0, 2.0]), np.zeros(2, dtype=int),
    ...                        np.array([1, -1]), states=2)
    >>> found.probability, found.se.round(6)
    (array([[0.5, 0.5],
           [0.5, 0.5]]), array([[0.353553, 0.353553],
           [0.353553, 0.353553]]))
    """
    counted = _counted(subject, start, stop, source, target, states=states, distribution=distribution)
    step, weight, stay = counted.step, counted.weight, counted.stay
    source, target, last = counted.source, counted.target, counted.last
    times, moved, diagonal = len(step), counted.source != counted.target, np.arange(states)

    begin, end = _influence(counted)
    change = np.zeros((times, states, states))
    _add(change, last, source, -end)
    later = counted.first > 0
    _add(change, counted.first[later] - 1, source[later], begin[later])
    held = since_first(step, change, apply)[1]
    held = np.concatenate([np.zeros((1, states, states)), held[:-1]]) @ step

    mixed = np.einsum("tiu,tiv->tuv", held, stay)
    rows, i, j = last[moved], source[moved], target[moved]
    q = weight[rows, i][:, None]
    onwards = q * (end[moved] - q * (np.eye(states)[j] - step[rows, i]))
    _add(mixed.transpose(0, 2, 1), rows, j, onwards)
    _add(mixed.transpose(0, 2, 1), rows, i, -onwards)
    spread = mixed + mixed.transpose(0, 2, 1)
    share = weight**2 * counted.at_risk
    spread -= np.einsum("ti,tiu,tiv->tuv", share, step, step)
    spread[:, diagonal, diagonal] += np.einsum("ti,tiu->tu", share, step)
    variance = since_first(step, spread, sandwich)[1]
    return Occupied(counted.time, counted.start, counted.probability, variance)


@dataclass(frozen=True)
class _Counted:
    """Spells in order of subject and start, and per time: at risk, H, q, and q·(e − H)."""

    subject: np.ndarray
    first: np.ndarray
    last: np.ndarray
    source: np.ndarray
    target: np.ndarray
    time: np.ndarray
    start: np.ndarray
    at_risk: np.ndarray
    step: np.ndarray
    weight: np.ndarray
    stay: np.ndarray
    probability: np.ndarray


def _counted(
    subject: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    *,
    states: int,
    distribution: np.ndarray | None,
) -> _Counted:
    order = np.lexsort((start, subject))
    subject, start, stop, source, target = (x[order] for x in (subject, start, stop, source, target))
    target = np.where(target < 0, source, target)
    subject, start, stop, source, target = _joined(subject, start, stop, source, target)
    time, last = np.unique(stop, return_inverse=True)
    first = np.searchsorted(time, start, side="right")
    moved = source != target
    cell, size = (len(time), states), len(time) * states

    come = np.bincount(first * states + source, minlength=size)[:size].reshape(cell)
    gone = np.bincount(last * states + source, minlength=size).reshape(cell)
    at_risk = np.cumsum(come, axis=0)
    at_risk[1:] -= np.cumsum(gone, axis=0)[:-1]
    index = (last[moved] * states + source[moved]) * states + target[moved]
    step = np.bincount(index, minlength=size * states).reshape(*cell, states) / np.maximum(at_risk, 1)[:, :, None]
    diagonal = np.arange(states)
    step[:, diagonal, diagonal] = 1 - step.sum(axis=2)
    if distribution is None:
        distribution = _start(first, last, source, moved, states=states)
    probability = distribution @ since_first(step, np.zeros((len(time), 0, states)), apply)[0]
    before = np.concatenate([distribution[None], probability[:-1]])
    weight = np.divide(before, at_risk, out=np.zeros(cell), where=at_risk > 0)
    stay = weight[:, :, None] * (np.eye(states) - step)
    return _Counted(subject, first, last, source, target, time, distribution, at_risk, step, weight, stay, probability)


def _joined(*spells: np.ndarray) -> tuple[np.ndarray, ...]:
    """Join rows of a subject that touch without a move between them: their joint is no time at which anything is."""
    subject, start, stop, source, target = spells
    touch = (subject[1:] == subject[:-1]) & (start[1:] == stop[:-1]) & (source[1:] == target[:-1])
    touch &= source[:-1] == target[:-1]
    if not touch.any():
        return spells
    opens, closes = np.concatenate([[True], ~touch]), np.concatenate([~touch, [True]])
    return subject[opens], start[opens], stop[closes], source[opens], target[closes]


def _start(first: np.ndarray, last: np.ndarray, source: np.ndarray, moved: np.ndarray, *, states: int) -> np.ndarray:
    """Return the distribution of those at risk at the first move (at the last time, where nobody moves)."""
    origin = last[moved].min() if moved.any() else last.max()
    there = (first <= origin) & (last >= origin)
    shares: np.ndarray = np.bincount(source[there], minlength=states) / there.sum()
    return shares


def _influence(counted: _Counted) -> tuple[np.ndarray, np.ndarray]:
    """Return each spell's U where it begins (before its first time at risk) and where it ends (after its last)."""
    subject, first, last = counted.subject, counted.first, counted.last
    source, target, step, stay, weight = counted.source, counted.target, counted.step, counted.stay, counted.weight
    states = step.shape[1]
    new = np.concatenate([[True], subject[1:] != subject[:-1]])
    opening = np.flatnonzero(new)
    place = np.arange(len(subject)) - np.repeat(opening, np.diff(np.append(opening, len(subject))))
    away = np.flatnonzero(~new & (first > np.concatenate([[0], last[:-1] + 1])))  # was not at risk in between

    carried, gained = between(
        np.concatenate([first, last[away - 1] + 1]),
        np.concatenate([last, first[away] - 1]),
        np.concatenate([source, np.zeros(len(away), dtype=source.dtype)]),
        step=step,
        stay=stay,
    )
    gained = gained[: len(subject)]
    moved = np.flatnonzero(source != target)
    q = weight[last[moved], source[moved]]
    gained[moved, target[moved]] += q
    gained[moved, source[moved]] -= q

    gap = np.full(len(subject), -1)
    gap[away] = np.arange(len(subject), len(subject) + len(away))
    begin, end = np.zeros((len(subject), states)), np.zeros((len(subject), states))
    by_place = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    for low, high in zip(np.concatenate([[0], ends[:-1]]), ends, strict=True):  # first spells, second spells, …
        rows = by_place[low:high]
        if low:
            found = end[rows - 1]
            apart = np.flatnonzero(gap[rows] >= 0)
            found[apart] = np.einsum("ni,nij->nj", found[apart], carried[gap[rows[apart]]])
            begin[rows] = found
            end[rows] = np.einsum("ni,nij->nj", found, carried[rows]) + gained[rows]
        else:
            end[rows] = gained[rows]
    return begin, end


def _add(table: np.ndarray, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
    """Add vectors into table[row, column, :], also where a place comes twice."""
    times, states = table.shape[:2]
    index = rows * states + columns
    for state in range(values.shape[1]):
        table[:, :, state] += np.bincount(index, weights=values[:, state], minlength=times * states).reshape(
            times, states
        )
