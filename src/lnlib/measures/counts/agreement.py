"""Agreement: do the state and the non-state actor rate the same partnership alike in the same period.

Interval of few pairs: the large-sample standard error of kappa is 0 where all pairs agree, and far too small of three
or ten pairs. The default interval is therefore that of a posterior: the cells of the table of both ratings have a
Dirichlet distribution, and kappa is worked out for draws from it. One prior would decide too much of so few pairs. So
kappa has two, one that leans to disagreement for the lower limit and one that leans to agreement for the upper, as
Clopper and Pearson's limits are those of Beta(x, n − x + 1) and Beta(x + 1, n − x): the imprecise Dirichlet model of
Walley (1996, JRSS B 58, 3–57). What the limits cover is in `docs/measures/coverage.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.counts.shares import GRIDS

RATERS = ("state", "non_state", "independent", "unstated")
# What the table weighs beforehand, in pairs (on the diagonal, off it), for the lower and for the upper limit. Flat over
# all cells it would sit at kappa 0 and miss good agreement of few pairs.
KAPPA_PRIORS = ((0.5, 1.0), (1.0, 0.5))


def rated_pairs(
    visits: pd.DataFrame,
    *,
    period: str | float = "half",
    raters: Sequence[str] = ("state", "non_state"),
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Pair the ratings that two kinds of rater gave the same partnership in the same period.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage`, `status`, `rated_by` as in `docs/columns.md`, and those of `by`.
    period
        `month`, `quarter`, `half` or `year`; of plain numbers the width of a period, counted from 0.
    raters
        The two kinds, in this order. Of several ratings by one kind in a period the last counts; of several on that
        day the lowest.
    by
        Attributes to carry along, as in the first rater's row.

    Returns
    -------
    DataFrame
        One row a partnership and period that both rated: `partnership`, the columns of `by`, `period` (its last day;
        of plain numbers its upper edge), `first`, `second` (stages, by the first and second of `raters`), `date_first`,
        `date_second`, `difference` (steps of the scale, above 0 where the first rates higher).

    Examples
    --------
    >>> visits = pd.DataFrame({
    ...     "partnership": "a", "date": [0.0, 0.4], "status": "assessed", "rated_by": ["state", "non_state"],
    ...     "stage": pd.Categorical(["high", "low"], ["low", "high"], ordered=True),
    ... })
    >>> rated_pairs(visits, period=1)[["partnership", "period", "first", "second", "difference"]]
      partnership  period first second  difference
    0           a     1.0  high    low           1
    """
    columns.require(visits, ["partnership", "date", "stage", "status", "rated_by"], caller="rated_pairs")
    for kind in raters:
        columns.option("rater", kind, RATERS)
    if len(raters) != 2 or raters[0] == raters[1]:
        raise ValueNotAllowed(f"raters must be two different kinds, but got {', '.join(raters)}")
    taken = ("partnership", "period", "first", "second", "date_first", "date_second", "difference")
    _, levels = columns.groups(visits.iloc[:0], by, caller="rated_pairs", taken=taken)
    stages, stage = columns.stages_of(visits, caller="rated_pairs"), columns.stage_codes(visits, caller="rated_pairs")
    owner, _ = columns.codes_of(visits, caller="rated_pairs")
    date = columns.times_of(visits, "date", caller="rated_pairs")
    rater = columns.words_of(visits, "rated_by", RATERS, caller="rated_pairs")
    number, edges = _periods(date, period)

    last = []
    for kind in raters:
        rows = np.flatnonzero((rater == RATERS.index(kind)) & (stage >= 0))
        # In order of date, and on a day from the highest stage to the lowest: the last row of each is the one.
        order = columns.in_order(owner[rows], number[rows], date[rows], -stage[rows].astype(np.int64))
        rows = rows[order]
        closes = (owner[rows][1:] != owner[rows][:-1]) | (number[rows][1:] != number[rows][:-1])
        last.append(rows[np.append(closes, True)[: len(rows)]])
    span = int(number.max(initial=0)) + 1
    keys = [owner[rows] * span + number[rows] for rows in last]
    _, here, there = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    one, other = last[0][here], last[1][there]
    kept = visits.iloc[one].reset_index(drop=True)
    table: pd.DataFrame = pd.concat(
        [
            kept[["partnership", *levels.columns]],
            pd.DataFrame(
                {
                    "period": edges[number[one]],
                    "first": columns.staged(stage[one], stages),
                    "second": columns.staged(stage[other], stages),
                    "date_first": date[one],
                    "date_second": date[other],
                    "difference": stage[one].astype(np.int64) - stage[other],
                }
            ),
        ],
        axis=1,
    )
    return table


def agreement_table(pairs: pd.DataFrame, *, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Count the pairs at each pair of stages.

    Parameters
    ----------
    pairs
        As from `rated_pairs`: columns `first`, `second`, and those of `by`.

    Returns
    -------
    DataFrame
        One row a group × first × second, all present: the columns of `by`, `first`, `second`, `count`, `n` (pairs of
        the group), `share` (of n, 0 to 1; NaN of none), `difference` (steps).

    Examples
    --------
    >>> pairs = pd.DataFrame({name: pd.Categorical(["low"], ["low", "high"], ordered=True)
    ...                       for name in ("first", "second")})
    >>> agreement_table(pairs)[["first", "second", "count"]]
      first second  count
    0   low    low      1
    1   low   high      0
    2  high    low      0
    3  high   high      0
    """
    counts, found, stages, _ = _table(
        pairs, by, "agreement_table", ("first", "second", "count", "n", "share", "difference")
    )
    k = len(stages)
    one, other = np.divmod(np.tile(np.arange(k * k), len(found)), k)
    n = np.repeat(counts.sum(axis=(1, 2)), k * k)
    table = columns.spread_over(found, rows=k * k)
    table["first"], table["second"] = columns.staged(one, stages), columns.staged(other, stages)
    table["count"], table["n"] = counts.ravel(), n
    table["share"] = np.divide(counts.ravel(), n, out=np.full(len(n), np.nan), where=n > 0)
    table["difference"] = one - other
    return table


def kappa(
    pairs: pd.DataFrame,
    *,
    weights: str = "linear",
    by: str | Sequence[str] = (),
    interval: str = "posterior",
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 1,
) -> pd.DataFrame:
    """Compute weighted kappa, agreement beyond chance, with its interval.

    Method: Cohen (1968), Psychological Bulletin 70, 213–220; standard error of Fleiss, Cohen & Everitt (1969),
    Psychological Bulletin 72, 323–327.

    Parameters
    ----------
    pairs
        As from `rated_pairs`: columns `first`, `second`, and those of `by`. With a column `partnership`, several pairs of
        one count as what they are worth: the table is divided by the design effect of kappa, and by the square of a ratio
        of Student's t, at as many degrees of freedom as partnerships and as pairs less 1, for the design effect is an
        estimate too (Korn & Graubard 1998, Survey Methodology 24, 193–201).
    weights
        Agreement of stages so many steps apart on a scale of k: `linear` 1 − steps / (k − 1); `quadratic`
        1 − (steps / (k − 1))²; `none` 1 or 0 (Cohen 1960).
    interval
        `posterior`: equal tails of two posteriors, from `draws` of a Dirichlet with `seed`. The prior weighs a pair and
        a half: for the lower limit half a pair on the diagonal and one off it, for the upper limit the reverse (Walley
        1996). `large_sample`: kappa ± z standard errors, cut at −1 and 1; for large n only.
    level
        Of the interval.

    Returns
    -------
    DataFrame
        One row a group: the columns of `by`, `n` (pairs), `observed` and `expected` (weighted agreement, and that
        expected by chance), `kappa` (1 full agreement, 0 chance), `se` (large-sample), `low`, `high`. Where both gave
        every partnership one and the same stage, chance explains it all and `kappa` and `se` are NaN; so are all
        numbers where n = 0, and kappa on a scale of one stage. With full agreement at several stages kappa is 1 and
        `se` 0, whatever n: the large-sample limits are then 1 and 1, and say nothing. The posterior's limits are
        there wherever n > 0, and hold the estimate: 1 is then the upper one.

    Examples
    --------
    >>> pairs = pd.DataFrame({
    ...     "first": pd.Categorical(["low", "low", "high", "high"], ["low", "high"], ordered=True),
    ...     "second": pd.Categorical(["low", "high", "high", "high"], ["low", "high"], ordered=True),
    ... })
    >>> kappa(pairs)[["n", "observed", "expected", "kappa"]]
       n  observed  expected  kappa
    0  4      0.75       0.5    0.5
    """
    columns.option("weights", weights, ("linear", "quadratic", "none"))
    tail = _tail(interval, level)
    taken = ("n", "observed", "expected", "kappa", "se", "low", "high")
    counts, result, stages, key = _table(pairs, by, "kappa", taken)
    k = len(stages)
    weight = _weights(k, weights)
    n = counts.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts / n[:, None, None]
        observed, expected, value = _kappa(share, weight)
        # Fleiss, Cohen & Everitt (1969), formula 8: rows' and columns' mean weights are those of the other margin.
        row_mean = np.einsum("ij,gj->gi", weight, share.sum(axis=1))
        column_mean = np.einsum("ij,gi->gj", weight, share.sum(axis=2))
        means = row_mean[:, :, None] + column_mean[:, None, :]
        rest = (1 - value)[:, None, None]
        square = (share * (weight - means * rest) ** 2).sum(axis=(1, 2)) - (value - expected * (1 - value)) ** 2
        influence = (weight - means * rest) - (value - expected * (1 - value))[:, None, None]
        effect, clusters = _effect(pairs, influence, key, n)
        se = np.sqrt(np.clip(square, 0, None) / n * effect) / (1 - expected)
    if interval == "large_sample":
        half = special.ndtri(1 - tail) * se
        low, high = np.clip(value - half, -1, None), np.clip(value + half, None, 1)
    elif k == 1:
        low = high = np.full(len(result), np.nan)
    else:
        worth = counts * (_effective(n, effect, clusters, tail) / np.maximum(n, 1))[:, None, None]
        low, high = _posterior(worth, lambda p: _kappa(p, weight)[2], KAPPA_PRIORS, tail, draws, seed)
        low, high = np.fmin(low, value), np.fmax(high, value)
    return result.assign(n=n, observed=observed, expected=expected, kappa=value, se=se, low=low, high=high)


def _tail(interval: str, level: float) -> float:
    columns.option("interval", interval, ("posterior", "large_sample"))
    return (1 - columns.fraction("level", level)) / 2


def _periods(date: np.ndarray, period: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the period number of each date, from 0, and the last day (or upper edge) of each period."""
    if len(date) == 0:
        return np.empty(0, dtype=np.int64), date
    if columns.is_dates(date):
        months = GRIDS[columns.option("period", period, tuple(GRIDS))]
        number = date.astype("datetime64[M]").astype(np.int64) // months
        many = np.arange(number.min(), number.max() + 1)
        edges = (((many + 1) * months).astype("datetime64[M]").astype("datetime64[D]") - np.timedelta64(1, "D")).astype(
            date.dtype
        )
    else:
        if isinstance(period, str):
            raise ValueNotAllowed(f"a period of a {period} needs dates, but the dates are numbers; give its width")
        width = columns.positive("period", period)
        number = np.floor(date / width).astype(np.int64)
        edges = (np.arange(number.min(), number.max() + 1) + 1) * width
    return number - number.min(), edges


def _table(
    pairs: pd.DataFrame, by: str | Sequence[str], caller: str, taken: Sequence[str]
) -> tuple[np.ndarray, pd.DataFrame, pd.Index, np.ndarray]:
    """Return the table of each group, the groups, the stages, and the cell of each pair over all tables."""
    one, other = (columns.stage_codes(pairs, column, caller=caller) for column in ("first", "second"))
    stages = columns.stages_of(pairs, "first", caller=caller)
    if list(stages) != list(columns.stages_of(pairs, "second", caller=caller)):
        raise ValueNotAllowed(f"{caller} needs first and second on one scale")
    lacking = int(np.count_nonzero((one < 0) | (other < 0)))
    if lacking:
        raise ValueNotAllowed(f"{caller} needs both stages of every pair, but {lacking} of {len(pairs)} lack one")
    group, levels = columns.groups(pairs, by, caller=caller, taken=taken)
    k = len(stages)
    key = (group * k + one) * k + other
    return np.bincount(key, minlength=len(levels) * k * k).reshape(len(levels), k, k), levels, stages, key


def _effect(
    pairs: pd.DataFrame, influence: np.ndarray, key: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the design effect of kappa in each group, from what each pair contributes to it, and the partnerships."""
    if "partnership" not in pairs:
        return np.ones(len(n)), n
    owner, _ = columns.codes_of(pairs, caller="kappa")
    own = np.nan_to_num(influence.reshape(-1))[key]
    groups_of = key // (influence.shape[1] * influence.shape[2])
    both, place = np.unique(owner * len(n) + groups_of, return_inverse=True)
    clusters = np.bincount(both % len(n), minlength=len(n))
    together = np.bincount(both % len(n), np.bincount(place.ravel(), own, minlength=len(both)) ** 2, minlength=len(n))
    alone = np.bincount(groups_of, own**2, minlength=len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw: np.ndarray = 1 + (together / alone - 1) * clusters / (clusters - 1)
    # where all contribute alike, as in full agreement, only partnerships count
    return np.maximum(np.where((alone > 1e-12) & (clusters > 1), raw, n / np.maximum(clusters, 1)), 1.0), clusters


def _effective(n: np.ndarray, effect: np.ndarray, clusters: np.ndarray, tail: float) -> np.ndarray:
    """Return how many independent pairs those of each group are worth: a partnership is never worth less than one pair."""
    worth = n / effect
    many, few = (special.stdtrit(np.maximum(each - 1, 1), 1 - tail) for each in (n, clusters))
    result: np.ndarray = np.maximum(worth * (many / few) ** 2, np.minimum(worth, clusters))
    return result


def _weights(k: int, weights: str) -> np.ndarray:
    place = np.arange(k)
    apart = np.abs(place[:, None] - place) / max(k - 1, 1)
    matrix: np.ndarray = {"linear": 1 - apart, "quadratic": 1 - apart**2, "none": (apart == 0).astype(float)}[weights]
    return matrix


def _kappa(share: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    observed = (share * weight).sum(axis=(1, 2))
    expected = np.einsum("gi,ij,gj->g", share.sum(axis=2), weight, share.sum(axis=1))
    chance = 1 - expected < 1e-12  # nothing is left to agree on beyond chance
    with np.errstate(invalid="ignore", divide="ignore"):
        return observed, expected, np.where(chance, np.nan, (observed - expected) / (1 - expected))


def _posterior(
    counts: np.ndarray,
    of: Callable[[np.ndarray], np.ndarray],
    priors: tuple[tuple[float, float], tuple[float, float]],
    tail: float,
    draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tails of a quantity of the table over draws from its Dirichlet posteriors, for each group."""
    k = counts.shape[1]
    even, apart = np.eye(k) / k, (1 - np.eye(k)) / max(k * (k - 1), 1)
    # Groups with the same table have the same limits, and many do where pairs are few.
    tables, place = np.unique(counts.reshape(len(counts), k * k), axis=0, return_inverse=True)
    found = np.full((2, len(tables)), np.nan)
    for row in np.flatnonzero(tables.sum(axis=1)):
        for prior in dict.fromkeys(priors):
            cells = tables[row] + (prior[0] * even + prior[1] * apart).ravel()
            # Each table has the seed's draws to itself, so that it is the same alone and among others.
            drawn = np.random.default_rng(seed).dirichlet(cells, size=draws).reshape(draws, k, k)
            both = np.nanquantile(of(drawn), [tail, 1 - tail])
            for side in (0, 1):
                if priors[side] == prior:
                    found[side, row] = both[side]
    low, high = found[:, place.ravel()]
    return low, high
