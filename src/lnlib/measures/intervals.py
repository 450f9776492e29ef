"""Intervals of one proportion: how sure is a share of so few.

All take counts and numbers of any shape that broadcast, and give low and high of that shape; where n is 0 both are NaN.
At n = 3 to 30 Wilson's and Jeffreys' cover what they promise (`docs/measures/coverage.md`); the Wald interval does not
and is not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from lnlib.errors import ValueNotAllowed
from lnlib.measures.columns import fraction, option

METHODS = ("wilson", "jeffreys", "clopper_pearson")


def wilson(x: Any, n: Any, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's score interval (Wilson 1927, JASA 22, 209–212).

    `x` need not be whole: the mean of a quantity between 0 and 1 varies no more than a proportion does, so with `x`
    its sum the interval is on the safe side.

    Examples
    --------
    >>> low, high = wilson(1, 3)
    >>> round(float(low), 3), round(float(high), 3)
    (0.061, 0.792)
    """
    count, number, tail = _checked(x, n, level)
    z2 = special.ndtri(1 - tail) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / number
        middle = share + z2 / (2 * number)
        half = np.sqrt(z2 * (share * (1 - share) / number + z2 / (4 * number**2)))
        shrink = 1 + z2 / number
        low = np.where(count == 0, 0.0, (middle - half) / shrink)  # exact, where rounding would leave 1e-17
        high = np.where(count == number, 1.0, (middle + half) / shrink)
    return np.where(number > 0, low, np.nan), np.where(number > 0, high, np.nan)


def jeffreys(x: Any, n: Any, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Jeffreys' interval: equal tails of the posterior under Beta(½, ½) (Brown, Cai & DasGupta 2001).

    Low is set to 0 at x = 0 and high to 1 at x = n, as Brown, Cai and DasGupta advise (Statistical Science 16,
    101–133).

    Examples
    --------
    >>> low, high = jeffreys(0, 3)
    >>> float(low), round(float(high), 3)
    (0.0, 0.536)
    """
    count, number, tail = _checked(x, n, level)
    low = special.betaincinv(count + 0.5, number - count + 0.5, tail)
    high = special.betainccinv(count + 0.5, number - count + 0.5, tail)
    low, high = np.where(count == 0, 0.0, low), np.where(count == number, 1.0, high)
    return np.where(number > 0, low, np.nan), np.where(number > 0, high, np.nan)


def clopper_pearson(x: Any, n: Any, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact interval, which never covers less than it promises (Clopper & Pearson 1934, Biometrika 26, 404).

    Examples
    --------
    >>> low, high = clopper_pearson(3, 3)
    >>> round(float(low), 3), float(high)
    (0.292, 1.0)
    """
    count, number, tail = _checked(x, n, level)
    low = special.betaincinv(np.where(count == 0, 1, count), number - count + 1, tail)
    high = special.betainccinv(count + 1, np.where(count == number, 1, number - count), tail)
    low, high = np.where(count == 0, 0.0, low), np.where(count == number, 1.0, high)
    return np.where(number > 0, low, np.nan), np.where(number > 0, high, np.nan)


def limits(x: Any, n: Any, *, interval: str = "wilson", level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of a declared method: `wilson`, `jeffreys` or `clopper_pearson`.

    Examples
    --------
    >>> limits(1, 2, interval="wald")
    Traceback (most recent call last):
    lnlib.errors.ValueNotAllowed: interval 'wald' is not known. Allowed: wilson, jeffreys, clopper_pearson
    """
    option("interval", interval, METHODS)
    method = {"wilson": wilson, "jeffreys": jeffreys, "clopper_pearson": clopper_pearson}[interval]
    return method(x, n, level=level)


def with_share(
    frame: pd.DataFrame,
    *,
    interval: str,
    level: float,
    least_n: int,
    share: np.ndarray | None = None,
    worth: np.ndarray | None = None,
) -> pd.DataFrame:
    """Add `share`, `low`, `high` and `shown` to a frame with `count` and `n`, as every measure of shares does.

    `shown` is False where n is under `least_n`: the numbers stay, charts hide them.

    Parameters
    ----------
    frame
        Columns `count` and `n`.
    interval, level, least_n
        As for `lnlib.measures.counts.shares.shares`.
    share
        The shares, where they are not `count` / `n`.
    worth
        Of how many independent observations the limits are, where not of n.

    Examples
    --------
    >>> frame = pd.DataFrame({"count": [1], "n": [3]})
    >>> with_share(frame, interval="wilson", level=0.95, least_n=5).round(3).to_dict("records")
    [{'count': 1, 'n': 3, 'share': 0.333, 'low': 0.061, 'high': 0.792, 'shown': False}]
    """
    if isinstance(least_n, bool) or not isinstance(least_n, (int, np.integer)) or least_n < 0:
        raise ValueNotAllowed(f"least_n must be a whole number, 0 or more, but got {least_n}")
    count, n = frame["count"].to_numpy(), frame["n"].to_numpy()
    if share is None:
        share = np.divide(count, n, out=np.full(len(frame), np.nan), where=n > 0)
    known = np.isfinite(share)
    of = np.where(known, n if worth is None else worth, 0)
    low, high = limits(np.where(of == n, count, np.where(known, share * of, 0)), of, interval=interval, level=level)
    return frame.assign(share=share, low=low, high=high, shown=n >= max(least_n, 1))


def _checked(x: Any, n: Any, level: float) -> tuple[np.ndarray, np.ndarray, float]:
    tail = (1 - fraction("level", level)) / 2
    count, number = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(n, dtype=float))
    wrong = ~((count >= 0) & (count <= number))
    if wrong.any():
        raise ValueNotAllowed(
            f"a proportion needs 0 ≤ x ≤ n, but got x = {count[wrong][0]:g} of n = {number[wrong][0]:g}"
        )
    return count, number, tail
