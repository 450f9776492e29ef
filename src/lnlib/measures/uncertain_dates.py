"""Placing: what uncertain dates do to a result.

A date known only as a year or a half is an interval. Placing it in the middle is a choice; how far a result hangs on it
shows when the dates are placed anew many times, anywhere within their intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns

PLACES = ("middle", "start", "end")
_SWEEPS = 10  # of the sampler between two placings
_DAY = np.int64(86_400_000_000)


def placed(dated: pd.DataFrame, *, placed: str = "middle") -> pd.DataFrame:
    """Place uncertain dates at the middle, start or end of their interval.

    Parameters
    ----------
    dated
        Columns `first` and `last` (first ≤ date ≤ last) as in `docs/columns.md`.
    placed
        `middle` (of dates the day, the earlier of two), `start` or `end`.

    Returns
    -------
    DataFrame
        The rows of `dated`, with `date` instead of `first` and `last`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is missing or of the wrong kind, or an interval ends before it starts.

    Examples
    --------
    >>> dated = pd.DataFrame({"first": pd.to_datetime(["2011-01-01"]), "last": pd.to_datetime(["2011-12-31"])})
    >>> placed(dated)["date"].astype(str).tolist()
    ['2011-07-02']
    """
    columns.option("placed", placed, PLACES)
    first, last = _intervals(dated, caller="placed")
    if placed == "middle":
        if columns.is_dates(first):
            half = (last - first).astype(np.int64) // 2
            date = first + (half // _DAY * _DAY).astype("timedelta64[us]")
        else:
            date = first + (last - first) / 2
    else:
        date = first if placed == "start" else last
    return _visits(dated, date)


def sensitivity(  # noqa: PLR0913 - what the estimate rests on, by keyword
    dated: pd.DataFrame,
    measure: Callable[[pd.DataFrame], pd.DataFrame],
    *,
    of: str | Sequence[str],
    on: str | Sequence[str] = (),
    times: int = 200,
    seed: int,
    step: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Place the dates anew many times, and give the spread of a result.

    Each date is drawn evenly within its interval. With a column of steps, the order of the dates within a partnership
    is kept: all orders of dates that fit it are equally likely (Gibbs sampling: each date in turn is drawn between its
    neighbours, over and over).

    Parameters
    ----------
    dated
        Columns `first`, `last` as in `docs/columns.md`; with `step` also `partnership` and that column.
    measure
        From visits (`dated` with `date` instead of `first` and `last`) to a frame.
    of
        Number columns of that frame whose spread is asked.
    on
        Columns that say which row of the frame is which; together they name a row once.
    times
        How many placings.
    seed
        Of the placings; the same seed gives the same result.
    step
        A column of numbers, which order a partnership's rows, each number once.
    level
        Share of the placings that lie between `low` and `high`. This is no confidence interval: it knows of the
        uncertain dates only.

    Returns
    -------
    DataFrame
        One row a combination of `on` (in the order of the middle placing, then any that came up later) × `of`: the
        columns of `on`, `of`, `middle`, `start`, `end` (the result with dates placed so), `low`, `median`, `high`,
        `sd` (over the placings), `times` (placings in which the row was there and a number).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is missing or of the wrong kind, `on` does not name rows once, or the intervals of a partnership
        cannot be in the order of its steps.

    Examples
    --------
    >>> dated = pd.DataFrame({"first": [0.0, 4.0], "last": [2.0, 4.0]})
    >>> measure = lambda visits: pd.DataFrame({"mean": [visits["date"].mean()]})
    >>> sensitivity(dated, measure, of="mean", times=50, seed=1)[["of", "middle", "start", "end", "times"]]
         of  middle  start  end  times
    0  mean     2.5    2.0  3.0     50
    """
    tail = (1 - columns.fraction("level", level)) / 2
    if isinstance(times, bool) or not isinstance(times, (int, np.integer)) or times < 2:
        raise ValueNotAllowed(f"times must be a whole number, 2 or more, but got {times}")
    keys, values = columns.names(on), columns.names(of)
    taken = [name for name in keys if name in {"of", *PLACES, "low", "median", "high", "sd", "times"}]
    if taken:
        raise ValueNotAllowed(f"sensitivity gives column {', '.join(taken)} itself; rename it in the measure")
    results = [_asked(measure(placed(dated, placed=place)), keys, values) for place in PLACES]
    drawn = [
        _asked(measure(_visits(dated, date)), keys, values)
        for date in placings(dated, times=times, seed=seed, step=step)
    ]
    both = pd.concat([*results, *drawn], axis=1, sort=False)
    fixed, spread = both.iloc[:, : len(PLACES)], both.iloc[:, len(PLACES) :].to_numpy(dtype=float)
    there = np.isfinite(spread).sum(axis=1)
    low, median, high, sd = np.full((4, len(both)), np.nan)
    for row in np.flatnonzero(there):
        numbers = spread[row][np.isfinite(spread[row])]
        low[row], median[row], high[row] = np.quantile(numbers, [tail, 0.5, 1 - tail])
        sd[row] = numbers.std(ddof=1) if len(numbers) > 1 else np.nan
    table = both.index.to_frame(index=False)
    for place, (_, column) in zip(PLACES, fixed.items(), strict=True):
        table[place] = column.to_numpy(dtype=float)
    return table.assign(low=low, median=median, high=high, sd=sd, times=there)


def placings(dated: pd.DataFrame, *, times: int, seed: int, step: str | None = None) -> list[np.ndarray]:
    """Draw the dates of `dated` anew, so many times; see `sensitivity`.

    Examples
    --------
    >>> dated = pd.DataFrame({"partnership": "a", "step": [2, 1], "first": 0.0, "last": 1.0})
    >>> all(late >= early for late, early in placings(dated, times=20, seed=1, step="step"))
    True
    """
    first, last = _intervals(dated, caller="sensitivity")
    random = np.random.default_rng(seed)
    if columns.is_dates(first):
        # Whole days, the last one counted: drawn within [first, last + 1), and rounded down, which keeps their order.
        low, high = first.astype(np.int64) // _DAY, last.astype(np.int64) // _DAY + 1
    else:
        low, high = first, last
    low, high = low.astype(float), high.astype(float)
    if step is None:
        drawn = [random.uniform(low, high) for _ in range(times)]
    else:
        drawn = _in_steps(dated, low, high, step, times, random)
    if columns.is_dates(first):
        return [
            (np.clip(np.floor(days), low, high - 1).astype(np.int64) * _DAY).astype("datetime64[us]") for days in drawn
        ]
    return drawn


def _in_steps(
    dated: pd.DataFrame, low: np.ndarray, high: np.ndarray, step: str, times: int, random: np.random.Generator
) -> list[np.ndarray]:
    owner, labels = columns.codes_of(dated, caller="sensitivity")
    steps = columns.times_of(dated, step, caller="sensitivity")
    order = np.lexsort((steps, owner))
    owner, low, high = owner[order], low[order], high[order]
    follows = np.append(owner[1:] == owner[:-1], False)[: len(owner)]
    twice = np.flatnonzero(follows[:-1] & (steps[order][1:] == steps[order][:-1]))
    if len(twice):
        raise ValueNotAllowed(
            f"sensitivity needs each {step} once in a partnership, but '{labels[int(owner[twice[0]])]}' has one twice"
        )
    # The earliest dates that keep the order are where the sampler starts, if there are any.
    now = low.copy()
    for row in np.flatnonzero(follows):
        now[row + 1] = max(now[row + 1], now[row])
    late = np.flatnonzero(now > high)
    if len(late):
        raise ValueNotAllowed(
            f"sensitivity needs dates that can be in the order of {step}, but those of '{labels[int(owner[late[0]])]}' cannot"
        )
    opening = np.flatnonzero(np.append(True, ~follows[:-1])[: len(owner)])
    parity = (np.arange(len(owner)) - np.repeat(opening, np.diff(np.append(opening, len(owner))))) % 2
    halves = [np.flatnonzero(parity == side) for side in (0, 1)]
    preceded = np.append(False, follows[:-1])[: len(owner)]
    drawn, back = [], np.argsort(order)
    for placing in range(times):
        for _ in range(_SWEEPS * (10 if placing == 0 else 1)):  # longer at first, to forget where it started
            for rows in halves:
                before = np.where(preceded[rows], now[rows - 1], -np.inf)
                after = np.where(follows[rows], now[np.minimum(rows + 1, len(now) - 1)], np.inf)
                bottom = np.maximum(low[rows], before)
                now[rows] = random.uniform(bottom, np.maximum(np.minimum(high[rows], after), bottom))
        drawn.append(now[back])
    return drawn


def _intervals(dated: pd.DataFrame, *, caller: str) -> tuple[np.ndarray, np.ndarray]:
    columns.require(dated, ["first", "last"], caller=caller)
    first, last = (columns.times_of(dated, column, caller=caller) for column in ("first", "last"))
    if len(dated) and columns.is_dates(first) != columns.is_dates(last):
        raise ValueNotAllowed(f"{caller} needs first and last both as dates or both as numbers")
    backward = int(np.count_nonzero(last < first)) if len(dated) else 0
    if backward:
        raise ValueNotAllowed(f"{caller} needs first ≤ last, but {backward} of {len(dated)} intervals end before")
    return first, last


def _visits(dated: pd.DataFrame, date: np.ndarray) -> pd.DataFrame:
    result = dated.drop(columns=["first", "last"])
    return result.assign(date=date)


def _asked(result: pd.DataFrame, keys: list[str], values: list[str]) -> pd.Series:
    """Return the numbers asked of a result as one series, by row and by column."""
    columns.require(result, [*keys, *values], caller="sensitivity")
    named: Any = result[keys].astype(object) if keys else pd.DataFrame(index=result.index)
    if named.duplicated().any() or (not keys and len(result) > 1):
        raise ValueNotAllowed(
            f"sensitivity needs on= to name each row once, but {', '.join(keys) or 'nothing'} does not"
        )
    rows = []
    for value in values:
        index = pd.MultiIndex.from_frame(named.assign(of=value)) if keys else pd.Index([value] * len(result), name="of")
        rows.append(pd.Series(result[value].to_numpy(dtype=float, na_value=np.nan), index=index))
    return pd.concat(rows)
