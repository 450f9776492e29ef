r"""One test a claim: its comparisons together, in the direction the claim names, corrected for the number of claims.

A claim that asks for several ratios could call any of them its support, and six claims have a dozen chances to do so. So
each claim is tested once. With :math:`z_j = d_j \hat\beta_j / se_j`, where :math:`\hat\beta_j` is a log ratio and :math:`d_j`
is 1 where the claim says more and −1 where it says fewer, the statistic is that of O'Brien (1984, *Biometrics* 40, 1079):

.. math:: T = \sum_j z_j \Big/ \sqrt{\textstyle\sum_{jk} \rho_{jk}},

with :math:`\rho` the correlation of the directed estimates. Estimates of different models are of different kinds of event,
and taken as uncorrelated. Where no ratio differs from 1, the statistic is referred to Student's t with the partnerships in
the model less its parameters as degrees of freedom (the fewest, where a claim rests on two models): standard errors are
estimates too, and a model of five dozen effects leaves few partnerships to estimate them from, so that the tail of the
normal distribution, where Holm's first step lies, would be too thin. The p-values of all claims that can be tested
are corrected by Holm (1979, *Scandinavian Journal of Statistics* 6, 65): the chance to support any claim of a note where
none holds is at most the level. The same is done for the other direction.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr, stdtrit

from lnlib.measures import columns

LEVEL = 0.05  # the chance to support any claim where none holds
POWER = 0.8  # with which the ratio would be found that is called detectable


def joint_test(effects: np.ndarray, covariance: np.ndarray, directions: np.ndarray) -> tuple[float, float]:
    """Return the joint statistic of several log ratios, and the ratio that it would detect.

    Parameters
    ----------
    effects
        Log ratios.
    covariance
        Of the log ratios.
    directions
        1 where the claim says more, −1 where it says fewer.

    Returns
    -------
    tuple of float
        The statistic, which has variance 1 where every ratio is 1 and is above 0 on the claim's side; and its slope: how
        much it grows with a log ratio common to all comparisons.

    Examples
    --------
    >>> statistic, slope = joint_test(np.array([0.5, -0.5]), np.diag([0.04, 0.04]), np.array([1, -1]))
    >>> round(statistic, 3), round(slope, 3)
    (3.536, 7.071)
    """
    se = np.sqrt(np.diag(covariance))
    correlation = directions[:, None] * covariance / np.outer(se, se) * directions
    size = np.sqrt(correlation.sum())
    return float((directions * effects / se).sum() / size), float((1 / se).sum() / size)


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected for how many there are (Holm 1979); NaN, which is no test, stays.

    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).round(2).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    result = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    result[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return result


def claim_tests(comparisons: pd.DataFrame, covariance: np.ndarray) -> pd.DataFrame:
    """Test each claim once, in its direction and against it.

    Parameters
    ----------
    comparisons
        One row a comparison: `claim`, `move` (of `ended` fewer is claimed, of others more), `effect` (log ratio), `df`
        (degrees of freedom of its standard error; infinite where that is known), `bound`, `shown`. Rows that are neither
        shown nor bounded are too few, and not tested.
    covariance
        Of the effects, rows by rows.

    Returns
    -------
    DataFrame
        One row a claim, in order: `claim`, `comparisons`, `tested` (how many of them), `on_its_side` (of the tested),
        `clear` (how many point its way by themselves, with an interval or a limit that leaves 1 out), `statistic`, `p`, `p_against`, `p_holm`, `p_against_holm` (one-sided, the last two corrected), `p_rest` (one-sided, of those that are not clear by
        themselves, together and not corrected; NaN where all are clear or none is), `detectable` (the
        ratio nearest to 1, common to all comparisons, that the test would find with 80% power were it made at the
        first step of Holm's correction; under 1 where all are of endings; NaN where they are of both directions and one
        number cannot say it, or too few), `detectable_rise` (the same as a factor on the claim's side, above 1), and
        `verdict`: `supported`, `partly` (supported, though some comparisons are too few or point the other
        way, or those that are not clear by themselves do not support it without the others), `against`, `inconclusive` or `few`.

    Examples
    --------
    >>> one = pd.DataFrame({"claim": ["a", "b"], "move": "up", "effect": [1.0, 0.1], "df": np.inf,
    ...     "bound": "", "shown": True})
    >>> claim_tests(one, np.diag([0.04, 0.04]))[["claim", "statistic", "p_holm", "verdict"]].round(2).values.tolist()
    [['a', 5.0, 0.0, 'supported'], ['b', 0.5, 0.31, 'inconclusive']]
    """
    columns.require(comparisons, ["claim", "move", "effect", "df", "bound", "shown"], caller="claim_tests")
    usable = (comparisons["shown"] | (comparisons["bound"] != "")).to_numpy(dtype=bool)
    direction = np.where(comparisons["move"] == "ended", -1, 1)
    effect, degrees = (comparisons[name].to_numpy(dtype=float) for name in ("effect", "df"))
    rows = []
    for claim in comparisons["claim"].unique():
        own = (comparisons["claim"] == claim).to_numpy()
        used = np.flatnonzero(own & usable)
        statistic = slope = np.nan
        df = degrees[used].min(initial=np.inf)
        if len(used):
            statistic, slope = joint_test(effect[used], covariance[np.ix_(used, used)], direction[used])
        clear = used[_is_clear(effect, covariance, direction, comparisons)[used]]
        rest = np.setdiff1d(used, clear)
        p_rest = np.nan
        if len(clear) and len(rest):
            p_rest = stdtr(df, -joint_test(effect[rest], covariance[np.ix_(rest, rest)], direction[rest])[0])
        sides = set(direction[used].tolist())
        rows.append(
            {
                "claim": claim,
                "comparisons": int(own.sum()),
                "tested": len(used),
                "on_its_side": int((effect[used] * direction[used] > 0).sum()),
                "clear": len(clear),
                "p_rest": p_rest,
                "statistic": statistic,
                "p": stdtr(df, -statistic),
                "p_against": stdtr(df, statistic),
                "df": df,
                "slope": slope,
                "side": sides.pop() if len(sides) == 1 else 0,
            }
        )
    names = ["claim", "comparisons", "tested", "on_its_side", "clear", "statistic", "p", "p_against", "p_rest"]
    names += ["df", "slope", "side"]
    result = pd.DataFrame(rows, columns=names)
    result["p_holm"], result["p_against_holm"] = (
        holm(result[name].to_numpy(dtype=float)) for name in ("p", "p_against")
    )
    tests = max(int((result["tested"] > 0).sum()), 1)
    df = result["df"].to_numpy(dtype=float)
    least = (stdtrit(df, 1 - LEVEL / tests) + stdtrit(df, POWER)) / result["slope"]
    result["detectable_rise"] = np.exp(least.astype(float))
    result["detectable"] = np.exp((least * result["side"]).where(result["side"] != 0).astype(float))
    whole = (result["tested"] == result["comparisons"]) & (result["on_its_side"] == result["tested"])
    whole &= ~(result["p_rest"] >= LEVEL)
    result["verdict"] = np.select(
        [
            result["tested"] == 0,
            (result["p_holm"] < LEVEL) & whole,
            result["p_holm"] < LEVEL,
            result["p_against_holm"] < LEVEL,
        ],
        ["few", "supported", "partly", "against"],
        "inconclusive",
    )
    return result.drop(columns=["df", "slope", "side"])


def _is_clear(
    effect: np.ndarray, covariance: np.ndarray, direction: np.ndarray, comparisons: pd.DataFrame
) -> np.ndarray:
    """Return which comparisons point the way of their claim by themselves: by an interval of 95%, or a one-sided limit."""
    z = direction * effect / np.sqrt(np.diag(covariance))
    limit = np.where(direction > 0, comparisons["bound"] == "at_least", comparisons["bound"] == "at_most")
    shown = comparisons["shown"].to_numpy(dtype=bool)
    result: np.ndarray = (shown & (z > ndtri(0.975))) | (limit & (z > ndtri(0.95)))
    return result
