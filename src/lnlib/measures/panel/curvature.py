r"""Second derivatives of the likelihood of whole lives, by all parameters at once.

Differences of the gradient take two evaluations a parameter, and a model of claims has nearly a hundred. The likelihood of a
life is a product of factors x: matrices of pieces, ratings, the first distribution, the density of an ending. So

.. math:: \frac{\partial^2\ell}{\partial\theta_k\,\partial\theta_l} =
   \sum_x \frac{\partial}{\partial\theta_k}\Bigl(\frac{\partial\ell}{\partial x}\Bigr)\frac{\partial x}{\partial\theta_l}
   + \sum_x \frac{\partial\ell}{\partial x}\,\frac{\partial^2 x}{\partial\theta_k\,\partial\theta_l}.

The first sum is exact: derivatives of the products are carried through the lives with the products themselves. The second is
within one factor, and a matrix depends on the log-rates of its own pattern alone: central differences of these, two
evaluations a transition, give its first derivatives and its second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lnlib.measures.panel.life_histories import Lives, adjoints, endings_of, ratings
from lnlib.measures.panel.likelihood import Slopes

_DIFFERENCE = 1e-4  # of a log-rate
_AT_ONCE = 256  # lives whose derivatives are held together


@dataclass(frozen=True)
class Tangents:
    """First derivatives by the parameters of what the likelihood of lives is made of.

    `rates` returns those of the log-rates of some patterns, patterns × transitions × parameters; `first` are parameters ×
    states, `errors` raters × 2 × parameters.
    """

    rates: Callable[[np.ndarray], np.ndarray]
    first: np.ndarray
    errors: np.ndarray


def curvature_of_lives(
    log_rates: np.ndarray, data: Lives, *, first: np.ndarray, errors: np.ndarray, tangents: Tangents
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the second derivatives of the log-likelihood, but for what ratings and the first distribution bend themselves.

    Parameters
    ----------
    log_rates, data, first, errors
        As `life_histories.likelihood_of_lives` takes them; nothing observed may be impossible.
    tangents
        Derivatives of these by the parameters.

    Returns
    -------
    tuple of three ndarrays
        Parameters × parameters, without the second sum over ratings and the first distribution; and the derivatives of the
        log-likelihood by these: states, and codes of ratings × states.
    """
    grouped, size = data.grouped, len(tangents.first)
    chain = Slopes(log_rates, grouped)
    likelihoods, turned = ratings(errors, states=grouped.states, stages=data.stages)
    found = adjoints(chain, data, first=first, likelihoods=likelihoods)
    assert found is not None
    _, by_p, by_e, by_first = found
    count = len(grouped.transitions)
    by_rate, bent = np.empty((count, *chain.p.shape)), np.empty((count, *log_rates.shape))
    for place, step in enumerate(_DIFFERENCE * np.eye(count)):
        ahead, behind = (Slopes(log_rates + sign * step, grouped, by_q=chain.by_q) for sign in (1, -1))
        by_rate[place] = (ahead.p - behind.p) / (2 * _DIFFERENCE)
        bent[place] = (ahead.by_log_rates(by_p) - behind.by_log_rates(by_p)) / (2 * _DIFFERENCE)
    result = np.zeros((size, size))
    for part in np.array_split(np.arange(len(log_rates)), len(log_rates) // _AT_ONCE + 1):
        by_theta = tangents.rates(part)
        curved = bent[:, part].transpose(1, 0, 2) @ by_theta
        result += by_theta.reshape(-1, size).T @ curved.reshape(-1, size)
    parts = _Parts(
        chain, data, tangents, first,
        np.concatenate([chain.p, np.eye(grouped.states)[None]]),
        np.concatenate([by_rate.transpose(1, 0, 2, 3), np.zeros((1, count, grouped.states, grouped.states))]),
        np.concatenate([likelihoods, np.ones((1, grouped.states))]),
        np.concatenate([np.einsum("rpcs,rpk->cks", turned, tangents.errors), np.zeros((1, size, grouped.states))]),
    )  # fmt: skip
    for number, bundle in enumerate(data.bundles):
        for begin in range(0, len(bundle.last), _AT_ONCE):
            result += parts.crossed(number, np.arange(begin, min(begin + _AT_ONCE, len(bundle.last))))
    return result, by_first, by_e


@dataclass(frozen=True)
class _Parts:
    """The factors of lives and their derivatives; the last matrix and the last rating stand for no time and for none."""

    chain: Slopes
    data: Lives
    tangents: Tangents
    first: np.ndarray
    p: np.ndarray
    by_rate: np.ndarray  # of p: pieces × transitions × states × states
    e: np.ndarray
    by_errors: np.ndarray  # of e: codes × parameters × states

    def crossed(self, number: int, chosen: np.ndarray) -> np.ndarray:
        """Return the first sum over all factors of some lives of a bundle."""
        lives = self.data.bundles[number]
        pieces, rated = lives.pieces[chosen], lives.rated[chosen]
        e, e_by = self.e[rated], self.by_errors[rated]
        by_theta = [self._rates(pieces[:, step]) for step in range(pieces.shape[1])]
        forward, f_by = self.first * e[:, 0], self.tangents.first * e[:, :1] + self.first * e_by[:, 0]
        before, passed = [], []
        for step, x in enumerate(by_theta):
            there = pieces[:, step]
            moved = x @ np.einsum("ni,ntij->ntj", forward, self.by_rate[there])
            before.append((f_by, moved))
            forward, f_by = np.einsum("ni,nij->nj", forward, self.p[there]), f_by @ self.p[there] + moved
            passed.append((forward, f_by))
            after = step + 1
            forward, f_by = forward * e[:, after], f_by * e[:, after, None] + forward[:, None] * e_by[:, after]
        end, end_by = self._ending(number, chosen)
        likelihood = (forward * end).sum(axis=1)[:, None]
        score = (f_by @ end[:, :, None] + end_by @ forward[:, :, None])[:, :, 0] / likelihood
        backward = end / likelihood
        b_by = (end_by - score[:, :, None] * end[:, None]) / likelihood[:, None]
        # what each factor's derivative by the likelihood turns by, beside the factor's own derivative
        pairs = [((f_by - score[:, :, None] * forward[:, None]) / likelihood[:, None], end_by)]
        for step in range(len(by_theta) - 1, -1, -1):
            there, (f_by, moved), (forward, p_by) = pieces[:, step], before[step], passed[step]
            after = step + 1
            pairs.append((p_by * backward[:, None] + forward[:, None] * b_by, e_by[:, after]))
            backward, b_by = backward * e[:, after], b_by * e[:, after, None] + backward[:, None] * e_by[:, after]
            turned = by_theta[step] @ np.einsum("ntij,nj->nti", self.by_rate[there], backward)
            pairs += [(f_by, turned), (b_by, moved)]
            back = self.p[there].transpose(0, 2, 1)
            backward, b_by = np.einsum("nij,nj->ni", self.p[there], backward), b_by @ back + turned
        opened = np.broadcast_to(self.tangents.first, b_by.shape)
        pairs.append((opened * backward[:, None] + self.first * b_by, e_by[:, 0]))
        pairs.append((e_by[:, 0] * backward[:, None] + e[:, :1] * b_by, opened))
        one, other = (np.concatenate(side, axis=2).transpose(1, 0, 2) for side in zip(*pairs, strict=True))
        crossed: np.ndarray = one.reshape(len(one), -1) @ other.reshape(len(other), -1).T
        return crossed

    def _rates(self, pieces: np.ndarray) -> np.ndarray:
        """Return the derivatives of the log-rates in each piece, pieces × parameters × transitions."""
        pattern = np.append(self.data.grouped.pattern, 0)[pieces]  # what is no time does not move, whatever its rates
        return self.tangents.rates(pattern).transpose(0, 2, 1)

    def _ending(self, number: int, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how each state accounts for what is known at the end, and its derivatives."""
        lives, origin_into = self.data.bundles[number], self.data.grouped.transitions.T
        end = endings_of(lives, self.chain.q, self.data.grouped.running)[chosen]
        by_theta = self.tangents.rates(lives.last[chosen])
        result = np.zeros((len(chosen), by_theta.shape[2], end.shape[1]))
        for place, (origin, into) in enumerate(origin_into.T):
            entered = lives.target[chosen] == into
            result[entered, :, origin] = by_theta[entered, place] * end[entered, origin, None]
        return end, result
