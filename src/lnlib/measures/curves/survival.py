r"""Time until something happens, from a frame of one row a subject: how long followed, and what happened then.

*Followed* frames have `time` (numbers, from the subject's own start), `event`, and perhaps `entry` (when it came under
observation, if later than its start: left truncation). `event` is boolean or 0/1 where one thing can happen; where
several compete it is a categorical or strings, NA where the follow-up ended first.

* Where nothing competes: Kaplan & Meier (1958), :math:`S(t) = \prod_{s \le t}(1 - d_s/Y_s)`, with Greenwood's standard
  error :math:`S\sqrt{\sum d/(Y(Y-d))}` and limits on the scale of log(−log S), which hold at small n where S is not 0 or
  1. `limits="beta"` also holds there: the beta product of Fay, Brittain & Proschan (2013), by its moments.
* Where things compete: the cumulative incidence (Aalen & Johansen 1978); 1 − Kaplan–Meier of one cause with the others
  taken as censored would overstate it. Standard errors by the infinitesimal jackknife (`aalen_johansen`).

Numbers are those of R's `survival` (Therneau), ties included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from lnlib.errors import ValueNotAllowed, listed
from lnlib.measures import columns
from lnlib.measures.curves.aalen_johansen import aalen_johansen
from lnlib.measures.curves.curve_limits import CHOICES, LIMITS, beta_limits, limits_of, tied

TAKEN = (  # columns that a curve has: no group can
    *("time", "event", "n", "n_at_risk", "n_event", "n_censored"),
    *("survival", "incidence", "mean", "se", "low", "high"),
)


def kaplan_meier(
    followed: pd.DataFrame, *, by: str | Sequence[str] = (), level: float = 0.95, limits: str = "small-n"
) -> pd.DataFrame:
    """Estimate the probability that it has not happened yet, where nothing competes.

    Parameters
    ----------
    followed
        Columns `time` (numbers), `event` (boolean or 0/1) and perhaps `entry`.
    by
        Columns to group by.
    level, limits
        Nominal coverage of the limits and their scale: `log-log`, `log`, `logit`, `plain` as R has them, `beta`, or
        `small-n`: log-log, and `beta` where that is undefined.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (0, then every time at which a follow-up ends), `n_at_risk` (just before),
        `n_event`, `n_censored`, `survival`, `se` (NaN once survival is 0), `low`, `high` (NaN where the scale is
        undefined: never with `small-n` or `beta`). Groups without rows have none.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above; `beta` is not for frames with `entry`.

    Notes
    -----
    Kaplan & Meier (1958); Greenwood (1926); Fay, Brittain & Proschan (2013).

    Examples
    --------
    >>> kaplan_meier(pd.DataFrame({"time": [1, 2, 3], "event": [1, 0, 1]}))[["time", "survival"]].values.round(3).tolist()
    [[0.0, 1.0], [1.0, 0.667], [2.0, 0.667], [3.0, 0.0]]
    """
    columns.option("limits", limits, CHOICES)
    columns.fraction("level", level)
    read = _Read(followed, by=by, caller="kaplan_meier")
    if len(read.causes) > 1:
        raise ValueNotAllowed(
            f"kaplan_meier is for one kind of event, but got {listed(read.causes)}; where these compete, "
            "use cumulative_incidence"
        )
    if limits == "beta" and np.isfinite(read.entry).any():
        raise ValueNotAllowed("limits 'beta' are not known for frames with entry; use 'log-log'")
    parts: list[tuple[int, pd.DataFrame]] = []
    for group in range(len(read.groups)):
        rows = read.group == group
        if not rows.any():
            continue
        table = _counts(read.time[rows], read.event[rows] > 0, read.entry[rows])
        curve = [table[name].to_numpy() for name in ("survival", "se", "n_at_risk")]
        if limits in LIMITS or np.isfinite(read.entry[rows]).any():
            low, high = limits_of(*curve, level=level, choice=limits)
        else:
            low, high = _beta_limits(table, level=level)
            if limits == "small-n":
                drawn = limits_of(*curve, level=level, choice="log-log")
                low, high = (np.where(np.isnan(a), b, a) for a, b in zip(drawn, (low, high), strict=True))
        parts.append((group, table.assign(low=low, high=high)))
    return _stacked(read.groups, parts) if parts else _none(read, table_like=True)


def cumulative_incidence(
    followed: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
    limits: str = "small-n",
) -> pd.DataFrame:
    """Estimate the probability that each of several competing things has happened.

    Parameters
    ----------
    followed
        Columns `time` (numbers), `event` (categorical or strings; NA where nothing happened) and perhaps `entry`.
    by
        Columns to group by.
    cluster
        Column of the partnership, where one may have several rows: standard errors are then by partnership, and a column
        `n` counts them.
    level, limits
        Nominal coverage of the limits and their scale: `log-log`, `log`, `logit`, `plain` as R has them, `beta`
        (`curve_limits.beta_limits`), or `small-n`: log-log, and `beta` where that is undefined; from the first event on the
        upper limit is no lower than that of no event among those known then.

    Returns
    -------
    DataFrame
        The columns of `by`, `time` (0, then every time at which a follow-up ends), `event` (every category, in
        order), `n_at_risk` (just before), `n_event` (of this kind at this time), `incidence`, `se`, `low`, `high`
        (NaN at 0 and 1; never with `small-n` or `beta`). Groups without rows have none.

    Notes
    -----
    Aalen & Johansen (1978); standard errors by the infinitesimal jackknife.

    Examples
    --------
    >>> two = pd.DataFrame({"time": [1, 2, 3], "event": ["reached", "ended", None]})
    >>> cumulative_incidence(two).round(3).query("time == 3")[["event", "incidence"]].values.tolist()
    [['ended', 0.333], ['reached', 0.333]]
    """
    columns.option("limits", limits, CHOICES)
    columns.fraction("level", level)
    read = _Read(followed, by=by, caller="cumulative_incidence")
    causes = len(read.causes)
    parts: list[tuple[int, pd.DataFrame]] = []
    for group in range(len(read.groups)):
        rows = np.flatnonzero(read.group == group)
        if not len(rows):
            continue
        time, event = read.time[rows], read.event[rows]
        start = np.where(np.isfinite(read.entry[rows]), read.entry[rows], -np.inf)
        found = aalen_johansen(
            np.arange(len(rows)), start, time, np.zeros(len(rows), dtype=np.int64), np.where(event > 0, event, -1),
            states=causes + 1, distribution=np.eye(causes + 1)[0],
        )  # fmt: skip
        table = _counts(time, event > 0, read.entry[rows])
        late = len(table) - len(found.time)  # the row of the start, where it is no time of its own
        incidence = np.concatenate([np.zeros((late, causes)), found.probability[:, 1:]])
        se = np.concatenate([np.zeros((late, causes)), found.se[:, 1:]])
        known = (table["n_at_risk"] + table["n_event"].cumsum().shift(fill_value=0)).to_numpy(dtype=float)
        if cluster is not None:
            owner, _ = columns.codes_of(followed.iloc[rows], cluster, caller="cumulative_incidence")
            effect = _clustered(owner, time, event, read.entry[rows], table, causes)
            se, known = se * np.sqrt(effect), known * (len(np.unique(owner)) / len(rows))
        low, high = limits_of(incidence, se, known[:, None], level=level, choice=limits)
        if limits == "small-n":
            high = _from_first_event(incidence, high, known, level=level)
        happened = event > 0
        place = np.searchsorted(table["time"].to_numpy(), time[happened]) * causes + event[happened] - 1
        size = incidence.size
        parts.append(
            (
                group,
                pd.DataFrame(
                    {
                        "time": np.repeat(table["time"].to_numpy(), causes),
                        "event": pd.Categorical.from_codes(np.tile(np.arange(causes), len(table)), read.causes),
                        "n_at_risk": np.repeat(table["n_at_risk"].to_numpy(), causes),
                        "n_event": np.bincount(place, minlength=size),
                        "incidence": incidence.ravel(),
                        "se": se.ravel(),
                        "low": low.ravel(),
                        "high": high.ravel(),
                    }
                ).assign(**({} if cluster is None else {"n": len(np.unique(owner))})),
            )
        )
    return _stacked(read.groups, parts) if parts else _none(read, table_like=False)


def _from_first_event(incidence: np.ndarray, high: np.ndarray, known: np.ndarray, *, level: float) -> np.ndarray:
    """Return upper limits that do not fall at the first event: two kinds of limits meet there.

    Of no event, clusters alone count; of one, the design effect is near 1, and log-log limits may lie lower.
    """
    first = (incidence > 0).argmax(axis=0)
    none = beta_limits(np.zeros(len(first)), np.zeros(len(first)), known[first], level=level)[1]
    return np.where(incidence > 0, np.fmax(high, none), high)


def landmark(followed: pd.DataFrame, *, at: float) -> pd.DataFrame:
    """Start the clock anew at a landmark, with those to whom nothing has happened by then.

    What is known at the landmark (a mechanism in force, a stage held) may then group them fairly; what became known
    later may not.

    Parameters
    ----------
    followed
        Columns `time`, `event` and perhaps `entry`.
    at
        The landmark.

    Returns
    -------
    DataFrame
        The rows with `time` > `at` and, where there is `entry`, `entry` ≤ `at`; `time` is since the landmark, `entry`
        is dropped.

    Notes
    -----
    Anderson, Cain & Gelber (1983).

    Examples
    --------
    >>> landmark(pd.DataFrame({"time": [1, 2, 3], "event": [1, 0, 1]}), at=1).values.tolist()
    [[1.0, 0.0], [2.0, 1.0]]
    """
    time = _numbers(followed, "time", caller="landmark")
    kept = time > at
    if "entry" in followed:
        kept &= _numbers(followed, "entry", caller="landmark") <= at
    rest = followed[kept].drop(columns="entry", errors="ignore").reset_index(drop=True)
    return rest.assign(time=time[kept] - at)


class _Read:
    """Followed subjects as arrays: `event` is 0 where censored, else the place of the cause, from 1."""

    def __init__(self, followed: pd.DataFrame, *, by: str | Sequence[str], caller: str) -> None:
        columns.require(followed, ["time", "event"], caller=caller)
        self.group, self.groups = columns.groups(followed, by, caller=caller, taken=TAKEN)
        self.event, self.causes = _events(followed["event"], caller=caller)
        time = _numbers(followed, "time", caller=caller)
        if (bad := int((time < 0).sum())) > 0 and "entry" not in followed:
            raise ValueNotAllowed(f"{caller} needs times of 0 or more, but {bad} of {len(time)} are less")
        if "entry" in followed:
            entry = _numbers(followed, "entry", caller=caller)
            if (bad := int((entry >= time).sum())) > 0:
                raise ValueNotAllowed(f"{caller} needs entry before time, but {bad} of {len(time)} rows have not")
            self.time, self.entry = tied(time, entry)
        else:
            (self.time,), self.entry = tied(time), np.full(len(time), -np.inf)


def _numbers(frame: pd.DataFrame, column: str, *, caller: str) -> np.ndarray:
    result = columns.times_of(frame, column, caller=caller)
    if columns.is_dates(result):
        raise ValueNotAllowed(f"{caller} needs column {column} as numbers, but got dates")
    return result


def _events(events: pd.Series, *, caller: str) -> tuple[np.ndarray, pd.Index]:
    if pd.api.types.is_bool_dtype(events.dtype) or pd.api.types.is_numeric_dtype(events.dtype):
        result = events.to_numpy(dtype=float, na_value=np.nan)
        if not np.isin(result, (0, 1)).all():
            strange = result[~np.isin(result, (0, 1))][0]
            raise ValueNotAllowed(f"{caller} needs event as booleans, 0/1 or words (NA: nothing), but got {strange:g}")
        return result.astype(np.int64), pd.Index(["event"])
    words = events if isinstance(events.dtype, pd.CategoricalDtype) else events.astype("category")
    return words.cat.codes.to_numpy().astype(np.int64) + 1, words.cat.categories


def _counts(time: np.ndarray, happened: np.ndarray, entry: np.ndarray) -> pd.DataFrame:
    """Count at every time, and multiply up the survival; the first row is the start."""
    ends = np.unique(time)
    times = ends if ends[0] <= 0 else np.concatenate([[0.0], ends])
    order = np.sort(time)
    gone = np.searchsorted(order, times, side="left")
    out = np.searchsorted(order, times, side="right") - gone
    events = np.bincount(np.searchsorted(times, time[happened]), minlength=len(times))
    n = np.searchsorted(np.sort(entry), times, side="left") - gone
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(events > 0, 1 - events / n, 1.0))
        se = survival * np.sqrt(np.cumsum(np.where(events > 0, events / (n * (n - events)), 0.0)))
    return pd.DataFrame(
        {"time": times, "n_at_risk": n, "n_event": events, "n_censored": out - events, "survival": survival, "se": se}
    )


def _clustered(
    owner: np.ndarray, time: np.ndarray, event: np.ndarray, entry: np.ndarray, table: pd.DataFrame, causes: int
) -> np.ndarray:
    """Return by how much the variance of each cause's cumulative hazard grows where rows of one owner go together.

    What a row contributes to a hazard up to t is Σ (dN − Y dA) / n; its variance sums squares over rows, the clustered
    one over owners. A curve of the table's times × causes.
    """
    times, n = table["time"].to_numpy(), table["n_at_risk"].to_numpy(dtype=float)
    at_risk = (entry[:, None] < times) & (times <= time[:, None])
    effect = np.ones((len(times), causes))
    for cause in range(causes):
        own = (time[:, None] == times) & (event == cause + 1)[:, None]
        hazard = np.divide(own.sum(axis=0), n, out=np.zeros(len(n)), where=n > 0)
        parts = np.divide(own - at_risk * hazard, n, out=np.zeros(own.shape), where=n > 0).cumsum(axis=1)
        together = np.zeros((int(owner.max(initial=-1)) + 1, len(times)))
        np.add.at(together, owner, parts)
        alone = (parts**2).sum(axis=0)
        effect[:, cause] = np.divide((together**2).sum(axis=0), alone, out=np.ones(len(alone)), where=alone > 0)
    return np.maximum(effect, 1.0)


def _beta_limits(table: pd.DataFrame, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the beta product limits by the method of moments: between Clopper–Pearson's, where none is censored."""
    n, d = table["n_at_risk"].to_numpy(dtype=float), table["n_event"].to_numpy(dtype=float)
    left = n - d - table["n_censored"].to_numpy()
    mean = np.cumprod((n - d + 1) / (n + 1))
    square = np.cumprod((n - d + 1) * (n - d + 2) / ((n + 1) * (n + 2)))
    tail = (1 - level) / 2
    low = _beta_quantile(tail, mean * left / (left + 1), square * left / (left + 2))
    high = _beta_quantile(1 - tail, mean, square)
    return np.where(left > 0, low, 0.0), high


def _beta_quantile(share: float, mean: np.ndarray, square: np.ndarray) -> np.ndarray:
    spread = square - mean**2
    certain = spread <= 1e-15
    size = np.where(certain, 1.0, mean * (1 - mean) / np.where(certain, 1.0, spread) - 1)
    inside = (mean > 0) & (mean < 1)
    a, b = np.where(inside, mean * size, 1.0), np.where(inside, (1 - mean) * size, 1.0)
    return np.where(certain | ~inside, mean, betaincinv(a, b, share))


def _stacked(groups: pd.DataFrame, parts: list[tuple[int, pd.DataFrame]]) -> pd.DataFrame:
    """Concatenate the tables of groups, with the columns of the groups first."""
    places = np.repeat([group for group, _ in parts], [len(table) for _, table in parts])
    tables = pd.concat([table for _, table in parts], ignore_index=True)
    return pd.concat([groups.iloc[places].reset_index(drop=True), tables], axis=1)


def _none(read: _Read, *, table_like: bool) -> pd.DataFrame:
    """Return the columns of a curve, and no rows."""
    counted: dict[str, Any] = {"time": float, "n_at_risk": int, "n_event": int}
    counted |= {"n_censored": int, "survival": float} if table_like else {"event": object, "incidence": float}
    counted |= {"se": float, "low": float, "high": float}
    return pd.concat([read.groups.iloc[:0], pd.DataFrame({k: pd.Series(dtype=v) for k, v in counted.items()})], axis=1)
