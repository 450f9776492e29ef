r"""Likelihood of a continuous-time Markov chain seen only now and then, and its gradient.

**Model** (Kalbfleisch & Lawless 1985; Jackson 2011, `msm`). Between two assessments t apart, the chain with rates Q
goes from r to s with probability :math:`P(t)_{rs} = \exp(Qt)_{rs}`. Where the entry into an absorbing state D is dated
exactly, the chain stood at some k until then: :math:`\sum_{k \ne D} P(t)_{rk}\, q_{kD}`. Where rates change between
two assessments (a cut in time), the probabilities of the pieces are multiplied. Rates are log-linear,
:math:`\log q_{rs} = \theta_{rs} + x'\beta_{rs}`.

**Grouping.** Each distinct (covariates, length) has its matrix computed once, each distinct (from, to, covariates,
length) enters once with its count: a hundred thousand partnerships are grouped into some thousands of terms.

**Gradient.** With :math:`A = \partial\ell/\partial P` and :math:`Q = V\Lambda V^{-1}`,

.. math:: \partial\ell/\partial Q = V^{-T}\,[(V^T A V^{-T}) \circ \Phi]\,V^T, \qquad
   \Phi_{ij} = (e^{\lambda_i t} - e^{\lambda_j t})/(\lambda_i - \lambda_j),

one contraction for all parameters at once. Where Q has no good eigenvectors, or a probability is too small to come out
of cancelling terms, exp(Qt) is summed as a series of non-negative matrices, scaled and squared (uniformisation,
Jensen 1953), which keeps relative accuracy in every entry; its derivative is the upper right block of
:math:`\exp\begin{pmatrix} Q^T & A \\ 0 & Q^T \end{pmatrix}t` (Van Loan 1978), summed the same way.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

# Beyond this condition of the eigenvectors, or below this probability, cancellation would cost digits that count.
WORST_CONDITION = 1e6
LEAST_PROBABILITY = 1e-7
_TERMS = 24  # of the series at arguments up to 1: the rest is below 1e-24
_HIGHEST = 60.0  # log-rates above this are no rates, and the search must turn back; one far below 0 is a rate of none


@dataclass(frozen=True)
class Chains:
    """Observed intervals of equal numbers of pieces: which pieces, from and into which state, how many times.

    A `target` of as many as there are states stands for "not ended yet": any of `Grouped.running`.
    """

    pieces: np.ndarray  # n × pieces, places in `Grouped.pattern` and `Grouped.length`
    source: np.ndarray
    target: np.ndarray
    exact: np.ndarray
    count: np.ndarray


@dataclass(frozen=True)
class Grouped:
    """All that the likelihood needs to know of the data.

    `design` holds the covariates of each pattern (patterns × effects); `pattern` (ascending) and `length` those of each
    distinct piece of time.
    """

    states: int
    transitions: np.ndarray  # n × 2
    design: np.ndarray
    pattern: np.ndarray
    length: np.ndarray
    chains: tuple[Chains, ...]
    running: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=bool))


def intensities(log_rates: np.ndarray, transitions: np.ndarray, states: int) -> np.ndarray:
    """Make matrices Q (patterns × states × states) of log-rates (patterns × transitions).

    >>> intensities(np.log([[2.0]]), np.array([[0, 1]]), 2)
    array([[[-2.,  2.],
            [ 0.,  0.]]])
    """
    q = np.zeros((len(log_rates), states, states))
    q[:, transitions[:, 0], transitions[:, 1]] = np.exp(log_rates)
    diagonal = np.arange(states)
    q[:, diagonal, diagonal] = 0.0 - q.sum(axis=2)
    return q


def exponential(q: np.ndarray, length: np.ndarray, pattern: np.ndarray | None = None) -> np.ndarray:
    """Return exp(Qt) of many Q and t, each entry to nearly full relative accuracy, whatever the eigenvectors.

    `pattern` says which Q each t is of; by default each has its own.

    >>> exponential(np.array([[[-2.0, 2.0], [0.0, 0.0]]]), np.array([0.5])).round(6)
    array([[[0.367879, 0.632121],
            [0.      , 1.      ]]])
    """
    states, whose = q.shape[1], np.arange(len(q)) if pattern is None else pattern
    fastest = np.maximum(-q[:, np.arange(states), np.arange(states)].min(axis=1), 1e-300)
    return _series(q / fastest[:, None, None] + np.eye(states), fastest[whose] * length, whose)


def log_likelihood(log_rates: np.ndarray, data: Grouped) -> tuple[float, np.ndarray]:
    """Return the log-likelihood, and its gradient by every log-rate (patterns × transitions).

    Parameters
    ----------
    log_rates
        Patterns × transitions.
    data
        The grouped intervals.

    Returns
    -------
    tuple of float and ndarray
        −inf and zeros where the rates make something observed impossible.

    Examples
    --------
    >>> one = Chains(np.array([[0]]), *(np.array([each]) for each in (0, 1, False, 3.0)))
    >>> data = Grouped(2, np.array([[0, 1]]), np.zeros((1, 0)), np.array([0]), np.array([0.5]), (one,))
    >>> value, slope = log_likelihood(np.log([[2.0]]), data)
    >>> round(value, 6), slope.round(6)
    (-1.376025, array([[1.74593]]))
    """
    nothing = -np.inf, np.zeros_like(log_rates)
    if not possible(log_rates):
        return nothing
    # Rates on their way to infinity overflow: what is then not finite is refused as a whole, and the search turns back.
    with np.errstate(over="ignore", invalid="ignore"):
        chain = Slopes(log_rates, data)
        value, by_p = _terms(chain, data)
        if not np.isfinite(value):
            return nothing
        slope = chain.by_log_rates(by_p)
    return (value, slope) if np.isfinite(slope).all() else nothing


def possible(log_rates: np.ndarray) -> bool:
    """Whether these are rates at all; the search must turn back from others.

    >>> possible(np.array([[0.0, 100.0]]))
    False
    """
    return bool((log_rates < _HIGHEST).all())


class Slopes:
    """The matrices at some log-rates, Q of each pattern and P of each piece, and the way back from derivatives by them.

    `by_q` collects derivatives by Q that do not come through P: those of the densities of exact entries.
    """

    def __init__(self, log_rates: np.ndarray, data: Grouped, *, by_q: np.ndarray | None = None) -> None:
        self.data = data
        self.q = intensities(log_rates, data.transitions, data.states)
        self.by_q = np.zeros_like(self.q) if by_q is None else by_q
        self._spectra = _Spectra(self.q)
        self.p, self._careful = _matrices(self.q, self._spectra, data)

    def by_log_rates(self, by_p: np.ndarray) -> np.ndarray:
        """Return derivatives by log-rates from those by P and what `by_q` has collected."""
        by_q = self.by_q + _by_rates(by_p, self.q, self._spectra, self.data, self._careful)
        origin, into = self.data.transitions.T
        by_rate: np.ndarray = (by_q[:, origin, into] - by_q[:, origin, origin]) * self.q[:, origin, into]
        return by_rate


def endings(chain: Chains, q: np.ndarray, data: Grouped) -> np.ndarray:
    """Return, for each interval, how each state that the chain may stand at accounts for what was seen at its end.

    >>> one = Chains(np.array([[0]]), *(np.array([each]) for each in (0, 1, True, 3.0)))
    >>> data = Grouped(2, np.array([[0, 1]]), np.zeros((1, 0)), np.array([0]), np.array([0.5]), (one,))
    >>> endings(one, np.array([[[-2.0, 2.0], [0.0, 0.0]]]), data)
    array([[2., 0.]])
    """
    states = np.arange(data.states)
    there = states == chain.target[:, None]
    result: np.ndarray = there.astype(float)
    open_ended = chain.target == data.states
    if open_ended.any():
        result[open_ended] = data.running
    entered = np.flatnonzero(chain.exact)
    result[entered] = np.where(there[entered], 0.0, q[entered, :, chain.target[entered]])
    return result


class _Spectra:
    """Eigenvalues, eigenvectors and their inverses; `sound` where they can be trusted."""

    def __init__(self, q: np.ndarray) -> None:
        values, vectors = np.linalg.eig(q)
        if np.iscomplexobj(values) and not values.imag.any():
            values, vectors = values.real, vectors.real
        try:
            inverse = np.linalg.inv(vectors)
            # the condition by Frobenius norms, which is never under that by the greatest and the least singular value
            sizes = np.linalg.norm(vectors, axis=(1, 2)) * np.linalg.norm(inverse, axis=(1, 2))
            self.sound = sizes < WORST_CONDITION
        except np.linalg.LinAlgError:  # one is singular
            self.sound = np.zeros(len(q), dtype=bool)
        if not self.sound.all():
            sizes = np.linalg.svd(vectors[~self.sound], compute_uv=False)
            self.sound[~self.sound] = sizes[:, -1] * WORST_CONDITION > sizes[:, 0]
            vectors[~self.sound] = np.eye(q.shape[1])
            inverse = np.linalg.inv(vectors)
        self.values, self.vectors, self.inverse = values, vectors, inverse


def _matrices(q: np.ndarray, spectra: _Spectra, data: Grouped) -> tuple[np.ndarray, np.ndarray]:
    """Return P of every piece, and which of them were summed with care."""
    pattern, length = data.pattern, data.length
    growth = np.exp(spectra.values[pattern] * length[:, None])
    p = np.real((spectra.vectors[pattern] * growth[:, None, :]) @ spectra.inverse[pattern])
    # where the ways through the pieces are not known any entry may count; a negative one has lost its digits
    careful = ~spectra.sound[pattern] | ((p.min(axis=(1, 2)) < 0) if not data.chains else False)
    for chain in data.chains:
        if chain.pieces.shape[1] == 1:
            piece = chain.pieces[:, 0]
            closed = ~chain.exact & (chain.target < data.states)
            piece = piece[closed]
            careful[piece[p[piece, chain.source[closed], chain.target[closed]] < LEAST_PROBABILITY]] = True
        else:  # the way through the pieces is not known, so any entry may count
            careful[chain.pieces[p[chain.pieces].min(axis=(2, 3)) < 0]] = True
    if careful.any():
        p[careful] = exponential(q, length[careful], pattern[careful])
    return np.maximum(p, 0), careful


def _terms(chains: Slopes, data: Grouped) -> tuple[float, np.ndarray]:
    """Return the log-likelihood and its derivatives by every P; those by Q itself, at exact entries, are collected."""
    p, q, by_q = chains.p, chains.q, chains.by_q
    value, by_p = 0.0, np.zeros_like(p)
    states = np.arange(data.states)
    for chain in data.chains:
        pattern = data.pattern[chain.pieces[:, -1]]
        end = endings(chain, q[pattern], data)
        forward = [(states == chain.source[:, None]).astype(float)]
        for piece in chain.pieces.T:
            forward.append(np.einsum("ni,nij->nj", forward[-1], p[piece]))
        likelihood = (forward[-1] * end).sum(axis=1)
        if (likelihood <= 0).any():
            return -np.inf, by_p
        value += float(chain.count @ np.log(likelihood))
        weight = (chain.count / likelihood)[:, None]
        entered = np.flatnonzero(chain.exact)
        _add(
            by_q.transpose(0, 2, 1), pattern[entered], chain.target[entered],
            np.where(states == chain.target[entered, None], 0.0, weight[entered] * forward[-1][entered]),
        )  # fmt: skip
        backward = weight * end
        for place in range(chain.pieces.shape[1] - 1, -1, -1):
            piece = chain.pieces[:, place]
            for state in states:
                held = forward[place][:, state]
                used = np.flatnonzero(held)
                for into in states:
                    by_p[:, state, into] += np.bincount(
                        piece[used], weights=held[used] * backward[used, into], minlength=len(p)
                    )
            backward = np.einsum("nij,nj->ni", p[piece], backward)
    return value, by_p


def _by_rates(by_p: np.ndarray, q: np.ndarray, spectra: _Spectra, data: Grouped, careful: np.ndarray) -> np.ndarray:
    """Carry derivatives by P over to derivatives by Q, added up by pattern."""
    result = np.zeros_like(q)
    plain = np.flatnonzero(~careful)
    if len(plain):
        pattern, length = data.pattern[plain], data.length[plain]
        vectors, inverse = spectra.vectors, spectra.inverse
        inner = vectors[pattern].transpose(0, 2, 1) @ by_p[plain] @ inverse[pattern].transpose(0, 2, 1)
        inner = inner * _quotients(spectra.values[pattern], length)
        opening = np.flatnonzero(np.diff(pattern, prepend=-1))
        summed, held = np.add.reduceat(inner, opening, axis=0), pattern[opening]
        result[held] += np.real(inverse[held].transpose(0, 2, 1) @ summed @ vectors[held].transpose(0, 2, 1))
    if careful.any():
        states = q.shape[1]
        pattern, length = data.pattern[careful], data.length[careful]
        mine = q[pattern]
        fastest = np.maximum(-mine[:, np.arange(states), np.arange(states)].min(axis=1), 1e-300)
        block = np.zeros((len(mine), 2 * states, 2 * states))
        scaled = mine.transpose(0, 2, 1) / fastest[:, None, None] + np.eye(states)
        block[:, :states, :states] = block[:, states:, states:] = scaled
        block[:, :states, states:] = by_p[careful] / fastest[:, None, None]
        np.add.at(result, pattern, _series(block, fastest * length, np.arange(len(block)))[:, :states, states:])
    return result


def _quotients(values: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the divided differences of exp(λt), their limit t·exp(λt) where two λ are as good as equal."""
    first, second, t = values[:, :, None], values[:, None, :], length[:, None, None]
    slower = np.where(first.real >= second.real, first, second)  # from the slower one nothing overflows
    gap = 2 * slower - first - second
    close = np.abs(gap * t) < 1e-8
    ratio = -np.expm1(np.where(close, 0.0, -gap * t)) / np.where(close, 1.0, gap)
    divided: np.ndarray = np.exp(slower * t) * np.where(close, t * (1 - gap * t / 2), ratio)
    return divided


def _series(matrix: np.ndarray, size: np.ndarray, whose: np.ndarray) -> np.ndarray:
    """Return exp(x(M − 1)) of non-negative matrices M: nothing cancels, so no digits are lost. `whose` is the M of each x."""
    halvings = np.maximum(0, np.ceil(np.log2(np.maximum(size, 1e-300)))).astype(int)
    part = (size / 2.0**halvings)[:, None, None]
    matrix_power, weight = np.broadcast_to(np.eye(matrix.shape[1]), matrix.shape), np.exp(-part)
    total: np.ndarray = weight * matrix_power[whose]
    for power in range(1, _TERMS + matrix.shape[1]):
        matrix_power, weight = matrix_power @ matrix, weight * (part / power)
        total += weight * matrix_power[whose]
    for squaring in range(halvings.max(initial=0)):
        more = halvings > squaring
        total[more] = total[more] @ total[more]
    return total


def _add(table: np.ndarray, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
    """Add vectors into table[row, column, :], also where a place comes twice."""
    size = table.shape[0] * table.shape[1]
    for state in range(values.shape[1]):
        table[:, :, state] += np.bincount(
            rows * table.shape[1] + columns, weights=values[:, state], minlength=size
        ).reshape(table.shape[:2])
