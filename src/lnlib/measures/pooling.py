"""Pooling: what can be said of the share in a province with few partnerships, in the light of the others.

Each province's share is drawn from one beta distribution that all provinces have in common; its centre and its spread
are not fixed at a best guess, which promises too much, but integrated over a grid. A province with few partnerships
is then drawn towards the others, one with many hardly. Raw and pooled shares belong side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from lnlib.errors import ValueNotAllowed
from lnlib.measures.columns import fraction, groups, require

_NEGLIGIBLE = (
    -32.0
)  # log of the least weight of a node beside the greatest: a sum over all of them moves by under 1e-11
_CENTRES, _SPREADS = 80, 32  # nodes of the grid; twice as many of each moved no limit by 0.0005 where tried


def pooled_shares(
    counts: pd.DataFrame, *, within: str | Sequence[str] = ("date", "stage"), level: float = 0.95
) -> pd.DataFrame:
    """Pool the shares of provinces (or actors, or any groups), and return them beside the raw ones.

    Method: the beta-binomial model (Skellam 1948, JRSS B 10, 257–261), in full (Gelman et al. 2013, Bayesian Data
    Analysis, 5.3): count ~ Binomial(n, p), p ~ Beta(μκ, (1 − μ)κ), with the centre μ and the correlation
    ρ = 1 / (1 + κ) each even between 0 and 1 beforehand. Both are integrated over a grid; each province's p is then a
    mixture of beta distributions, of which the mean and equal tails are given.

    Parameters
    ----------
    counts
        Columns `count`, `n` (whole numbers, 0 ≤ count ≤ n) and those of `within`; for instance `shares` by province.
    within
        Rows alike in these columns are pooled with each other: one date and stage across provinces.
    level
        Of the interval.

    Returns
    -------
    DataFrame
        The rows and columns of `counts`, as they were, and `pooled` (0 to 1), `pooled_low`, `pooled_high`; of all rows
        pooled together: `centre` (the mean share, μ), `between` (the standard deviation between provinces), both
        posterior means. A row with n = 0 gets what the others say of a province not seen. The interval is over all
        that could be believed, not over repeated counts alone; its coverage is in `docs/measures/coverage.md`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is missing, a count is not between 0 and n, or the result's names are taken.

    Examples
    --------
    >>> counts = pd.DataFrame({"province": ["01", "02", "03"], "count": [0, 4, 5], "n": [3, 8, 10]})
    >>> pooled_shares(counts, within=())[["province", "count", "n", "pooled"]].round(2)
      province  count   n  pooled
    0       01      0   3    0.23
    1       02      4   8    0.47
    2       03      5  10    0.47
    """
    tail = (1 - fraction("level", level)) / 2
    require(counts, ["count", "n"], caller="pooled_shares")
    taken = [name for name in ("pooled", "pooled_low", "pooled_high", "centre", "between") if name in counts.columns]
    if taken:
        raise ValueNotAllowed(f"pooled_shares gives column {', '.join(taken)} itself; the frame has it already")
    x, n = (counts[name].to_numpy(dtype=float, na_value=np.nan) for name in ("count", "n"))
    wrong = ~((x >= 0) & (x <= n) & (x == np.floor(x)) & (n == np.floor(n)))
    if wrong.any():
        raise ValueNotAllowed(
            f"pooled_shares needs whole numbers with 0 ≤ count ≤ n, but got {x[wrong][0]:g} of {n[wrong][0]:g}"
        )
    pool, _ = groups(counts, within, caller="pooled_shares")
    result = np.full((5, len(counts)), np.nan)
    if len(counts):
        grid = _Grid(n.max())
        order = np.argsort(pool, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(pool[order])) + 1):
            pairs, place, many = np.unique(
                np.stack([x[rows], n[rows]]), axis=1, return_inverse=True, return_counts=True
            )
            result[:, rows] = grid.posterior(pairs[0], pairs[1], many, tail)[:, place.ravel()]
    names = ("pooled", "pooled_low", "pooled_high", "centre", "between")
    return counts.assign(**dict(zip(names, result, strict=True)))


class _Grid:
    """The grid of centres and spreads, and of shares between 0 and 1 on which the mixtures are summed.

    Nodes lie even in the arcsine of the square root, so that they are dense where shares near 0 and 1 need it.
    """

    def __init__(self, most: float) -> None:
        angle = (np.arange(_CENTRES) + 0.5) / _CENTRES * np.pi / 2
        root = (np.arange(_SPREADS) + 0.5) / _SPREADS
        centre, rho = (nodes.ravel() for nodes in np.meshgrid(np.sin(angle) ** 2, root**2, indexing="ij"))
        # Even beforehand in μ and ρ: each node weighs as much as the ground it stands for.
        self.log_prior = np.log(
            np.outer(np.sin(angle) * np.cos(angle), root).ravel()  # dμ and dρ per step of angle and of root
        )
        size = 1 / rho - 1
        self.size = size[:_SPREADS]
        self.a, self.b, self.centre = centre * size, (1 - centre) * size, centre
        self.plain = special.betaln(self.a, self.b)
        self.between = np.sqrt(centre * (1 - centre) * rho)
        # The narrowest posterior is about 1 / (2√n) wide in angle; four cells and more across it.
        cells = int(np.clip(np.ceil(4 * np.pi * np.sqrt(most)), 400, 4000))
        self.edges = np.linspace(0, np.pi / 2, cells + 1)
        half, width = (self.edges[1:] + self.edges[:-1]) / 2, self.edges[1]
        self.log_p, self.log_q = 2 * np.log(np.sin(half)), 2 * np.log(np.cos(half))
        shape = np.outer(self.a - 0.5, self.log_p) + np.outer(self.b - 0.5, self.log_q)
        # Below a = ½ the density has a pole at 0 (likewise b at 1): its mean over the first cell instead of the middle.
        pole_a, pole_b = self.a < 0.5, self.b < 0.5
        shape[pole_a, 0] = (2 * self.a[pole_a] - 1) * np.log(width) - np.log(2 * self.a[pole_a])
        shape[pole_b, -1] = (2 * self.b[pole_b] - 1) * np.log(width) - np.log(2 * self.b[pole_b])
        self.peak = shape.max(axis=1)
        self.shape = np.exp(shape - self.peak[:, None])

    def posterior(self, x: np.ndarray, n: np.ndarray, many: np.ndarray, tail: float) -> np.ndarray:
        """Return mean, low and high of each pair (x, n), and the centre and spread of all."""
        log_beta = self._log_beta(x, n)
        log_weight = self.log_prior + many @ (log_beta - self.plain)
        log_weight -= special.logsumexp(log_weight)
        # far from its peak the posterior weighs nothing; with many partnerships that is most of the grid
        held = np.flatnonzero(log_weight > log_weight.max() + _NEGLIGIBLE)
        log_weight, log_beta = log_weight[held], log_beta[:, held]
        weight = np.exp(log_weight)
        a, size = self.a[held], (self.a + self.b)[held]
        mean = ((a + x[:, None]) / (size + n[:, None])) @ weight
        seen = np.outer(x, self.log_p) + np.outer(n - x, self.log_q)
        top = seen.max(axis=1)
        mixed = np.exp(log_weight + self.peak[held] + top[:, None] - log_beta) @ self.shape[held]
        mass = (mixed * np.exp(seen - top[:, None])).cumsum(axis=1)
        mass = np.concatenate([np.zeros((len(x), 1)), mass / mass[:, -1:]], axis=1)
        limits = np.array([np.interp([tail, 1 - tail], row, self.edges) for row in mass]).T
        low, high = np.sin(limits) ** 2
        every = np.ones(len(x))
        centre, between = self.centre[held] @ weight, self.between[held] @ weight
        return np.stack([mean, low, high, every * centre, every * between])

    def _log_beta(self, x: np.ndarray, n: np.ndarray) -> np.ndarray:
        """Return log B(a + x, b + n − x), pairs × nodes; a + b has one value a spread, and most of the time is here."""
        whole = special.gammaln(self.size[None, :] + n[:, None])
        parts: np.ndarray = special.gammaln(self.a + x[:, None])
        parts += special.gammaln(self.b + (n - x)[:, None])
        parts.reshape(len(x), _CENTRES, _SPREADS)[...] -= whole[:, None, :]
        return parts
