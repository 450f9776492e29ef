"""Transitions: from which stage to which, in how long, counted from visits.

What lies between two visits is not seen: a partnership seen twice at one stage may have left it and come back, and one
that jumped may have passed the stage between. Counts are therefore always given with the time between the visits (dt),
and shares over different dt are not to be compared; the panel model is for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.clusters import design_effects
from lnlib.measures.intervals import with_share

MOVES = ("up", "down", "stayed", "ended")
STATUSES = ("assessed", "ended")
_DT = ("dt_median", "dt_min", "dt_max")
_SHARE = ("count", "n", "n_partnerships", "share", "low", "high", "shown", *_DT)
_SLACK = 1e-9  # of a year or unit: a visit on the very edge of the tolerance is within it, whatever rounding does


def transitions(  # noqa: PLR0913 - what the estimate rests on, by keyword
    visits: pd.DataFrame,
    *,
    lag: float | None = None,
    tolerance: float | None = None,
    until: Any = None,
    windows: str = "apart",
    by: str | Sequence[str] = (),
    interval: str = "jeffreys",
    level: float = 0.95,
    least_n: int = 5,
) -> pd.DataFrame:
    """Count transitions from each stage to each, with row proportions and their interval.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage`, `status` as in `docs/columns.md`, and those of `by`. Several assessments
        of a partnership on one day are taken as one, at the lowest stage given; an ending on the day of an assessment
        comes after it, with dt 0.
    lag
        In years (plain numbers: in their unit). None pairs each visit with the next. Else each with the visit
        nearest to date + lag, the earlier of two as near. A partnership ended by date + lag has gone to `ended`.
    tolerance
        How far from the lag a visit may lie, in the same unit; a quarter of the lag if not given.
    until
        The end of the observed period, with a lag; the latest date if not given. A visit less than the lag before it
        opens no pair, whatever followed.
    windows
        With a lag: `apart` begins at the first visit and goes on from the visit it was paired with (or, where there
        was none, from the first one after the lag), so that pairs of a partnership never overlap; `every` begins at
        every visit.
    by
        Columns to group by, as at the opening visit.
    interval, level, least_n
        As for `lnlib.measures.counts.shares.shares`, but Jeffreys' interval by default: a row of few partnerships is often one
        or two pairs, and of those Wilson's covers less than 92% (`docs/measures/coverage.md`).

    Returns
    -------
    DataFrame
        One row a group × stage × into, all present: the columns of `by`, `stage`, `into` (stages, then `ended`),
        `count`, `n` (pairs that open at the stage), `n_partnerships` (that they are of), `share`, `low`, `high`,
        `shown`, `dt_median`, `dt_min`, `dt_max` (years between the two visits of these pairs; NaN of none), `move`
        (`up`, `down`, `stayed`, `ended`), `jump` (True over a stage at least), `n_unpaired` (opening visits at the
        stage that nothing follows).

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is wrong, an assessment has no stage, or one follows the partnership's end.

    Notes
    -----
    Without a lag a share is `count` / `n`. With one, an ending is known of every partnership and a stage only where
    somebody assessed it near the lag; a share of pairs would overstate endings. So the share that ended is that of all
    openings followed for the lag, and a stage has its share of the assessed among those that had not ended. Intervals
    count several pairs of a partnership as what they are worth (`clusters.design_effects`).

    Examples
    --------
    >>> visits = pd.DataFrame({
    ...     "partnership": "a", "date": [0.0, 1.0, 2.5], "status": ["assessed", "assessed", "ended"],
    ...     "stage": pd.Categorical(["low", "high", None], ["low", "high"], ordered=True),
    ... })
    >>> transitions(visits)[["stage", "into", "count", "n", "share", "dt_median", "move"]]
      stage   into  count  n  share  dt_median    move
    0   low    low      0  1    0.0        NaN  stayed
    1   low   high      1  1    1.0        1.0      up
    2   low  ended      0  1    0.0        NaN   ended
    3  high    low      0  1    0.0        NaN    down
    4  high   high      0  1    0.0        NaN  stayed
    5  high  ended      1  1    1.0        1.5   ended
    """
    taken = ("stage", "into", *_SHARE, "move", "jump", "n_unpaired")
    frame = _Paired(visits, lag=lag, tolerance=tolerance, until=until, windows=windows, caller="transitions")
    group, levels = columns.groups(visits, by, caller="transitions", taken=taken)
    k, many = len(frame.stages), len(levels)
    row = _rows(group, frame) * k + frame.code[frame.opening]
    paired = frame.closing >= 0
    table = columns.spread_over(levels, rows=k * (k + 1))
    origin, into = np.divmod(np.tile(np.arange(k * (k + 1)), many), k + 1)
    table["stage"] = columns.staged(origin, frame.stages)
    table["into"] = columns.worded(into, [*frame.stages, "ended"])
    cell = (row * (k + 1) + frame.into)[paired]
    table = _counted(table, frame, row, cell, of=k + 1, interval=interval, level=level, least_n=least_n)
    table["move"] = columns.worded(_move(origin, into, k), MOVES)
    table["jump"] = (into < k) & (np.abs(into - origin) > 1)
    table["n_unpaired"] = np.repeat(np.bincount(row[~paired], minlength=many * k), k + 1)
    return table


def moves(  # noqa: PLR0913 - what the estimate rests on, by keyword
    visits: pd.DataFrame,
    *,
    lag: float | None = None,
    tolerance: float | None = None,
    until: Any = None,
    windows: str = "apart",
    by: str | Sequence[str] = (),
    interval: str = "wilson",
    level: float = 0.95,
    least_n: int = 5,
) -> pd.DataFrame:
    """Count moves up, down, stays and endings, whatever the stage they began from.

    Parameters
    ----------
    visits, lag, tolerance, until, windows, by, level, least_n
        As for `transitions`.
    interval
        As for `lnlib.measures.counts.shares.shares`, Wilson's by default.

    Returns
    -------
    DataFrame
        One row a group × move, all present: the columns of `by`, `move`, `count`, `n` (all pairs), `n_partnerships`,
        `share`, `low`, `high`, `shown`, `dt_median`, `dt_min`, `dt_max` (years), `jumps` (those of the count that went over a stage).

    Examples
    --------
    >>> visits = pd.DataFrame({
    ...     "partnership": "a", "date": [0.0, 1.0, 2.5], "status": ["assessed", "assessed", "ended"],
    ...     "stage": pd.Categorical(["low", "high", None], ["low", "high"], ordered=True),
    ... })
    >>> moves(visits)[["move", "count", "n", "jumps"]]
         move  count  n  jumps
    0      up      1  2      0
    1    down      0  2      0
    2  stayed      0  2      0
    3   ended      1  2      0
    """
    frame = _Paired(visits, lag=lag, tolerance=tolerance, until=until, windows=windows, caller="moves")
    group, levels = columns.groups(visits, by, caller="moves", taken=("move", *_SHARE, "jumps"))
    k, many = len(frame.stages), len(levels)
    paired = frame.closing >= 0
    code, into = frame.code[frame.opening][paired].astype(np.int64), frame.into[paired]
    row = _rows(group, frame)
    cell = row[paired] * len(MOVES) + _move(code, into, k)
    table = columns.spread_over(levels, rows=len(MOVES))
    table["move"] = columns.worded(np.tile(np.arange(len(MOVES)), many), MOVES)
    table = _counted(table, frame, row, cell, of=len(MOVES), interval=interval, level=level, least_n=least_n)
    jumped = (into < k) & (np.abs(into - code) > 1)
    table["jumps"] = np.bincount(cell[jumped], minlength=len(table))
    return table


class _Paired:
    """Visits in order, one a day, with the opening visits and what each is paired with (−1: nothing)."""

    opening: np.ndarray
    closing: np.ndarray

    def __init__(
        self,
        visits: pd.DataFrame,
        *,
        lag: float | None,
        tolerance: float | None,
        until: Any,
        windows: str,
        caller: str,
    ) -> None:
        columns.option("windows", windows, ("apart", "every"))
        self.stages = columns.stages_of(visits, caller=caller)
        self._order(visits, caller)
        if lag is None:
            if tolerance is not None:
                raise ValueNotAllowed("a tolerance is of a lag; give lag= too")
            self._next()
            self.followed = self.closing >= 0
        else:
            lag = columns.positive("lag", lag)
            tolerance = lag / 4 if tolerance is None else tolerance
            if not 0 <= tolerance < lag:
                raise ValueNotAllowed(f"tolerance must be 0 or more and under the lag of {lag:g}, but got {tolerance}")
            self._lagged(lag, tolerance)
            self.followed = self._followed(lag, until)
            self.closing = np.where(self.followed, self.closing, -1)
            if windows == "apart":
                chosen = self._apart(lag)
                self.opening, self.closing = self.opening[chosen], self.closing[chosen]
                self.followed = self.followed[chosen]
        code = self.code[self.closing].astype(np.int64)
        self.into = np.where(code < 0, len(self.stages), code)  # of what is not paired it means nothing
        self.dt = columns.years_between(self.date[self.opening], self.date[self.closing])

    def _order(self, visits: pd.DataFrame, caller: str) -> None:
        columns.require(visits, ["partnership", "date", "stage", "status"], caller=caller)
        owner, labels = columns.codes_of(visits, caller=caller)
        date, code = columns.times_of(visits, "date", caller=caller), columns.stage_codes(visits, caller=caller)
        status = columns.words_of(visits, "status", STATUSES, caller=caller)
        bare = int(((status == 0) & (code < 0)).sum()) + int((status < 0).sum())
        if bare:
            raise ValueNotAllowed(f"{caller} needs a status and, if assessed, a stage in every row; {bare} lack it")
        if ((status == 1) & (code >= 0)).any():
            code = np.where(status == 1, -1, code)
        order = columns.in_order(owner, date, status, code)
        owner, date, code, status = owner[order], date[order], code[order], status[order]
        same = owner[1:] == owner[:-1]
        after_end = np.flatnonzero(same & (status[:-1] == 1))
        if len(after_end):
            name = labels[int(owner[after_end[0]])]
            raise ValueNotAllowed(
                f"{caller} needs an ending to be the last row of its partnership; of '{name}' it is not"
            )
        twice = same & (date[1:] == date[:-1]) & (status[1:] == 0)
        row: np.ndarray = np.arange(len(visits))[order]
        if twice.any():
            kept = np.append(True, ~twice)
            owner, date, code, row = owner[kept], date[kept], code[kept], row[kept]
        self.owner, self.date, self.code, self.row = owner, date, code, row

    def _next(self) -> None:
        follows = np.append(self.owner[1:] == self.owner[:-1], [False] * min(len(self.owner), 1))
        self.opening = np.flatnonzero(self.code >= 0)
        self.closing = np.where(follows[self.opening], self.opening + 1, -1)

    def _lagged(self, lag: float, tolerance: float) -> None:
        self.opening = np.flatnonzero(self.code >= 0)
        closing, nearest = np.full(len(self.owner), -1), np.full(len(self.owner), np.inf)
        open_still, ahead = self.opening, 1
        while len(open_still):
            open_still = open_still[open_still + ahead < len(self.owner)]
            later = open_still + ahead
            dt = columns.years_between(self.date[open_still], self.date[later])
            within = (self.owner[later] == self.owner[open_still]) & (dt <= lag + tolerance + _SLACK)
            open_still, later, dt = open_still[within], later[within], dt[within]
            far = np.abs(dt - lag)
            assessed = self.code[later] >= 0
            # A visit outside the tolerance is no answer; an ending by then always is.
            answers = np.where(assessed, (far <= tolerance + _SLACK) & (far < nearest[open_still] - _SLACK), dt <= lag)
            closing[open_still[answers]] = later[answers]
            nearest[open_still[answers]] = far[answers]
            ahead += 1
        self.closing = closing[self.opening]

    def _followed(self, lag: float, until: Any) -> np.ndarray:
        """Return which opening visits lie a lag or more before the end of the observed period."""
        if not len(self.date):
            return np.zeros(0, dtype=bool)
        end = self.date.max() if until is None else columns.moment(until, like=self.date, name="until")
        return columns.years_between(self.date[self.opening], np.full(len(self.opening), end)) >= lag - _SLACK

    def _apart(self, lag: float) -> np.ndarray:
        """Return which opening visits begin pairs that do not overlap with the one before.

        Where nothing answers a visit, the next one taken is the first after the lag, whatever came of the partnership.
        """
        many = len(self.owner)
        if not many:
            return np.zeros(0, dtype=bool)
        time = columns.years_between(np.full(many, self.date.min()), self.date)
        key = self.owner * (time.max() + lag + 1) + time
        onward = np.full(many, many)
        after = np.searchsorted(key, key[self.opening] + lag, side="right")
        onward[self.opening] = np.where(self.closing >= 0, self.closing, after)
        alive = np.append(self.code >= 0, False)
        here = np.flatnonzero(np.append(True, self.owner[1:] != self.owner[:-1]))
        used = np.zeros(many, dtype=bool)
        while len(here := here[alive[here]]):
            used[here] = True
            there = onward[here]
            here = there[np.append(self.owner, -1)[there] == self.owner[here]]
        used_first: np.ndarray = used[self.opening]
        return used_first


def _rows(group: np.ndarray, frame: _Paired) -> np.ndarray:
    group_first: np.ndarray = group[frame.row[frame.opening]]
    return group_first


def _move(code: np.ndarray, into: np.ndarray, k: int) -> np.ndarray:
    return np.where(into == k, 3, np.where(into > code, 0, np.where(into < code, 1, 2)))


def _counted(  # noqa: PLR0913 - what the estimate rests on, by keyword
    table: pd.DataFrame,
    frame: _Paired,
    row: np.ndarray,
    cell: np.ndarray,
    *,
    of: int,
    interval: str,
    level: float,
    least_n: int,
) -> pd.DataFrame:
    """Add the counts of pairs to the rows of a table, their shares of each `of` rows, and dt.

    `row` is the block of `of` rows of each opening visit, `cell` the row of each pair; the last row of a block is
    that of endings.
    """
    paired = frame.closing >= 0
    count, dt = _cells(cell, frame.dt[paired], cells=len(table))
    blocks = len(table) // of
    owner = frame.owner[frame.opening][paired]
    effect, partnerships = design_effects(owner, cell // of, cell % of, rows=blocks, categories=of)
    n = count.reshape(-1, of).sum(axis=1)
    ended = count.reshape(-1, of)[:, -1]
    lasting = np.maximum(n - ended, 0)
    # all openings followed for the lag, those included that nobody assessed near it
    followed = np.bincount(row[frame.followed], minlength=blocks)
    gone = np.divide(ended, followed, out=np.zeros(blocks), where=followed > 0)
    own = np.divide(count.reshape(-1, of), lasting[:, None], out=np.zeros((blocks, of)), where=lasting[:, None] > 0)
    share = own * (1 - gone)[:, None]
    share[:, -1] = gone
    share[(lasting == 0) & (gone < 1), :-1] = np.nan
    share[followed == 0] = np.nan
    worth = _worth(own, gone, lasting, followed)
    every = followed == n  # then the shares are those of the pairs
    plain = np.divide(count.reshape(-1, of), n[:, None], out=np.full((blocks, of), np.nan), where=n[:, None] > 0)
    share, worth = np.where(every[:, None], plain, share), np.where(every[:, None], n[:, None], worth)
    counted = table.assign(count=count, n=np.repeat(n, of), n_partnerships=np.repeat(partnerships, of))
    shares = with_share(
        counted,
        share=share.ravel(),
        worth=(worth / effect[:, None]).ravel(),
        interval=interval,
        level=level,
        least_n=least_n,
    )
    return shares.assign(**dt)


def _worth(own: np.ndarray, gone: np.ndarray, lasting: np.ndarray, followed: np.ndarray) -> np.ndarray:
    """Return of how many independent observations each share is worth as much: of a product, by the delta method."""
    share = own * (1 - gone)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        square = ((1 - gone) ** 2)[:, None] * own * (1 - own) / lasting[:, None]
        square = square + own**2 * (gone * (1 - gone) / followed)[:, None]
        worth: np.ndarray = np.where(square > 0, share * (1 - share) / square, np.minimum(lasting, followed)[:, None])
    worth[:, -1] = followed
    return worth


def _cells(cell: np.ndarray, dt: np.ndarray, *, cells: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Count each cell, and return the median, least and most of its dt."""
    count = np.bincount(cell, minlength=cells)
    # Radix sort is for small integers only, and is what keeps a million pairs under a tenth of a second.
    small = cell.astype(np.int16) if cells < 2**15 else cell
    gathered = dt[np.argsort(small, kind="stable")]
    result = {name: np.full(cells, np.nan) for name in _DT}
    last = np.cumsum(count)
    for held in np.flatnonzero(count):
        part = gathered[last[held] - count[held] : last[held]]
        result["dt_median"][held] = np.median(part)
        result["dt_min"][held], result["dt_max"][held] = part.min(), part.max()
    return count, result
