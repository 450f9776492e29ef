"""Sequences: the life of each partnership as one ordered thing: how long at each stage, how varied, how restless.

Only assessed time is part of a sequence; time not assessed, and after the end, is left out and the gap closed (as
TraMineR deletes missing states). Neighbouring spells at one stage are one. Time is continuous; the two indices made
for sequences of equal positions, complexity and turbulence, count it in a declared `unit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.counts.shares import STATUSES, spell_states
from lnlib.measures.intervals import wilson

_COLUMNS = (
    *("partnership", "years", "moves", "ups", "downs", "first", "last", "highest", "net", "mean_level"),
    *("entropy", "complexity", "turbulence", "at_or_above", "integration"),
)


def entropy(spells: pd.DataFrame) -> pd.DataFrame:
    """Return the longitudinal entropy of each partnership: how evenly its time lies over the stages.

    Method: Shannon's entropy of the shares of time, over its greatest value log k for a scale of k stages (Widmer &
    Ritschard 2009, Advances in Life Course Research 14, 28–39; Gabadinho et al. 2011, Journal of Statistical Software
    40(4)).

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`.

    Returns
    -------
    DataFrame
        One row a partnership: `partnership`, `years` (assessed time), `entropy` (0 all at one stage, 1 evenly over
        all; NaN where never assessed; 0 where the scale has one stage).

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": "a", "status": "assessed", "start": [0, 1], "end": [1, 2],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True),
    ... })
    >>> entropy(spells)
      partnership  years  entropy
    0           a    2.0      1.0
    """
    owner, labels, _, _, years, state, stages = _lives(spells, caller="entropy")
    time = _time(owner, state, years, len(labels), len(stages))
    return pd.DataFrame(
        {
            "partnership": pd.Series(labels, dtype=spells["partnership"].dtype),
            "years": time.sum(axis=1),
            "entropy": _entropy(time),
        }
    )


def sequences(
    spells: pd.DataFrame, *, above: Any = None, unit: float = 0.25, power: float = 1, by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """Describe each partnership's life by the indices of its sequence of stages.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    above
        The stage for `at_or_above` and `integration`; the highest of the scale if not given.
    unit
        The length of one position for complexity and turbulence, in years (or the unit of plain numbers); a quarter
        of a year if not given. It should be no longer than the shortest spell: only then are the indices within
        their bounds.
    power
        How much later time weighs more in `integration`.
    by
        Attributes to carry along, as in the partnership's first spell.

    Returns
    -------
    DataFrame
        One row a partnership, also of those never assessed: `partnership`, the columns of `by`, and

        * `years` assessed; `moves`, `ups`, `downs`: changes of stage; `first`, `last`, `highest`: stages;
        * `net`: steps of the scale from first to last; `mean_level`: the mean place over assessed time, 0 the lowest;
        * `entropy`: see `entropy`;
        * `complexity`: √(moves / (ℓ − 1) × entropy), ℓ the length in units; 0 where ℓ ≤ 1 (Gabadinho, Ritschard,
          Studer & Müller 2010; Gabadinho et al. 2011, JSS 40(4));
        * `turbulence`: log₂(φ (s²max + 1) / (s² + 1)), φ the number of distinct subsequences of the stages passed
          (the empty one too), s² the variance of their lengths in units, s²max = (m − 1)(1 − mean length)² for m of
          them (Elzinga & Liefbroer 2007, European Journal of Population 23, 225–250); 1 where it never moved;
        * `at_or_above`: the share of assessed time at `above` or higher;
        * `integration`: the same with time t weighing tᵖᵒʷᵉʳ, so that late and lasting success counts more: the
          integrative capability (Brzinsky-Fay 2007, European Sociological Review 23, 409–422; Ritschard 2023,
          Sociological Methods & Research 52, 2038–2071) in continuous time.

        Numbers are NaN and stages NA where never assessed; counts are 0 there.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is missing or of the wrong kind, spells of a partnership overlap, or an option is not allowed.

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": "a", "status": "assessed", "start": [0, 1], "end": [1, 4],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True),
    ... })
    >>> sequences(spells, unit=1)[["years", "moves", "net", "at_or_above", "integration"]]
       years  moves  net  at_or_above  integration
    0    4.0      1  1.0         0.75       0.9375
    """
    unit, stages = columns.positive("unit", unit), columns.stages_of(spells, caller="sequences")
    if power < 0:
        raise ValueNotAllowed(f"power must be 0 or more, but got {power}")
    target = len(stages) - 1 if above is None else stages.get_loc(columns.option("above", above, list(stages)))
    group, levels = columns.groups(spells, by, caller="sequences", taken=_COLUMNS)
    owner, labels, start, end, years, state, stages = _lives(spells, caller="sequences")
    many, k = len(labels), len(stages)
    order = columns.in_order(owner, start, end)
    own, begun = owner[order], start[order]
    overlap = np.flatnonzero((own[1:] == own[:-1]) & (begun[1:] < end[order][:-1]))
    if len(overlap):
        raise ValueNotAllowed(
            f"sequences needs one spell a partnership at a time, but '{labels[int(own[overlap[0]])]}' has two that overlap"
        )
    place = np.zeros(many, dtype=np.int64)
    place[own[::-1]] = group[order][::-1]  # the first spell is written last, and stays

    time = _time(owner, state, years, many, k)
    total = time.sum(axis=1)
    who, stage, length = _passed(own, state[order], years[order], k)
    opens = np.append(True, who[1:] != who[:-1])[: len(who)]
    closes = np.append(opens[1:], True)[: len(who)]
    passed = np.bincount(who, minlength=many)
    step = np.where(opens, 0, stage - np.roll(stage, 1))
    ups, downs = (np.bincount(who[held], minlength=many) for held in (step > 0, step < 0))
    first, last, highest = (np.full(many, -1) for _ in range(3))
    first[who[opens]], last[who[closes]] = stage[opens], stage[closes]
    np.maximum.at(highest, who, stage)
    never = total == 0
    held = np.where(never, np.nan, total)
    evenness = _entropy(time)
    positions = total / unit
    with np.errstate(invalid="ignore", divide="ignore"):
        pace = np.where(positions > 1, (ups + downs) / (positions - 1), 0.0)
    table = pd.DataFrame(
        {
            "years": total,
            "moves": ups + downs,
            "ups": ups,
            "downs": downs,
            "first": columns.staged(first, stages),
            "last": columns.staged(last, stages),
            "highest": columns.staged(highest, stages),
            "net": np.where(never, np.nan, (last - first).astype(float)),
            "mean_level": time @ np.arange(k) / held,
            "entropy": evenness,
            "complexity": np.sqrt(pace * evenness),
            "turbulence": np.where(never, np.nan, _turbulence(who, stage, length / unit, opens, passed, k)),
            "at_or_above": time[:, target:].sum(axis=1) / held,
            "integration": _integration(who, length, opens, stage >= target, held, power),
        }
    )
    named = pd.DataFrame({"partnership": pd.Series(labels, dtype=spells["partnership"].dtype)})
    return pd.concat([named, levels.iloc[place].reset_index(drop=True), table], axis=1)


def mean_time(
    spells: pd.DataFrame, *, horizon: float, by: str | Sequence[str] = (), level: float = 0.95
) -> pd.DataFrame:
    """Return the mean time spent at each stage within a horizon after the partnership's beginning.

    Restricted: only the partnerships observed for the whole horizon are in it, so that no life is cut short by the end
    of the observed period. An ended one is observed after its end.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end` as in `docs/columns.md`, and those of `by`.
    horizon
        In years (or the unit of plain numbers), from the start of the first spell.
    by
        Columns to group by, as in the partnership's first spell.
    level
        Of the interval: Wilson's, of the mean share of the horizon, which is on the safe side.

    Returns
    -------
    DataFrame
        One row a group × state, all present: the columns of `by`, `state` (the stages, then `not_assessed`, `ended`),
        `n` (partnerships observed throughout), `mean` (years; those of a group sum to the horizon), `low`, `high`,
        `n_short` (partnerships left out, observed for less).

    Examples
    --------
    >>> spells = pd.DataFrame({
    ...     "partnership": "a", "status": "assessed", "start": [0, 1], "end": [1, 4],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True),
    ... })
    >>> mean_time(spells, horizon=3)[["state", "n", "mean"]]
              state  n  mean
    0           low  1   1.0
    1          high  1   2.0
    2  not_assessed  1   0.0
    3         ended  1   0.0
    """
    horizon = columns.positive("horizon", horizon)
    taken = ("state", "n", "mean", "low", "high", "n_short")
    group, levels = columns.groups(spells, by, caller="mean_time", taken=taken)
    owner, labels, start, end, _, state, stages = _lives(spells, caller="mean_time")
    many, kinds = len(labels), len(stages) + 2
    if many:
        begins, ends = np.full(many, start.max(), dtype=start.dtype), np.full(many, end.min(), dtype=end.dtype)
        np.minimum.at(begins, owner, start)
        np.maximum.at(ends, owner, end)
    else:
        begins, ends = start, end
    until = columns.later(begins, horizon)
    whole = ends >= until
    time = np.clip(columns.years_between(start, np.minimum(end, until[owner])), 0, None)
    order = columns.in_order(owner, start)
    place = np.zeros(many, dtype=np.int64)
    place[owner[order][::-1]] = group[order][::-1]
    held = whole[owner]
    cell = (place[owner] * kinds + state)[held]
    total = np.bincount(cell, weights=time[held], minlength=len(levels) * kinds)
    n = np.repeat(np.bincount(place[whole], minlength=len(levels)), kinds)
    low, high = wilson(np.minimum(total / horizon, n), n, level=level)
    table = columns.spread_over(levels, rows=kinds)
    table["state"] = columns.worded(np.tile(np.arange(kinds), len(levels)), [*stages, *STATUSES[1:]])
    table["n"] = n
    table["mean"] = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    table["low"], table["high"] = low * horizon, high * horizon
    table["n_short"] = np.repeat(np.bincount(place[~whole], minlength=len(levels)), kinds)
    return table


def _lives(
    spells: pd.DataFrame, *, caller: str
) -> tuple[np.ndarray, pd.Index, np.ndarray, np.ndarray, np.ndarray, np.ndarray, pd.Index]:
    columns.require(spells, ["partnership", "stage", "status", "start", "end"], caller=caller)
    start, end, state = spell_states(spells, caller=caller)
    owner, labels = columns.codes_of(spells, caller=caller)
    return owner, labels, start, end, columns.years_between(start, end), state, columns.stages_of(spells, caller=caller)


def _time(owner: np.ndarray, state: np.ndarray, years: np.ndarray, many: int, k: int) -> np.ndarray:
    """Sum assessed time, partnerships × stages."""
    return np.bincount(owner * (k + 2) + state, weights=years, minlength=many * (k + 2)).reshape(many, k + 2)[:, :k]


def _entropy(time: np.ndarray) -> np.ndarray:
    total, k = time.sum(axis=1), time.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        if k == 1:
            return np.where(total > 0, 0.0, np.nan)
        share = time / total[:, None]
    entropy: np.ndarray = special.entr(share).sum(axis=1) / np.log(k)
    return entropy


def _passed(
    owner: np.ndarray, state: np.ndarray, years: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct successive stages of each partnership, with the time at each."""
    kept = (state < k) & (years > 0)
    owner, stage, years = owner[kept], state[kept].astype(np.int64), years[kept]
    opening = np.flatnonzero(np.append(True, (owner[1:] != owner[:-1]) | (stage[1:] != stage[:-1]))[: len(owner)])
    length = np.add.reduceat(years, opening) if len(opening) else years
    return owner[opening], stage[opening], length


def _turbulence(
    who: np.ndarray, stage: np.ndarray, length: np.ndarray, opens: np.ndarray, passed: np.ndarray, k: int
) -> np.ndarray:
    many = len(passed)
    # Distinct subsequences by dynamic programming, one step of every life at a time: appending a stage doubles
    # them, less those that there were before the stage's last occurrence.
    distinct, before = np.ones(many), np.zeros((many, k))
    opening = np.flatnonzero(opens)
    at = np.arange(len(who)) - np.repeat(opening, np.diff(np.append(opening, len(who))))
    for position in range(int(passed.max(initial=0))):
        here = np.flatnonzero(at == position)
        lives, stages = who[here], stage[here]
        now = distinct[lives]
        distinct[lives] = 2 * now - before[lives, stages]
        before[lives, stages] = now
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(who, weights=length, minlength=many) / passed
        spread = np.bincount(who, weights=(length - mean[who]) ** 2, minlength=many) / passed
    widest = (passed - 1) * (1 - mean) ** 2
    turbulence: np.ndarray = np.log2(distinct * (widest + 1) / (spread + 1))
    return turbulence


def _integration(
    who: np.ndarray, length: np.ndarray, opens: np.ndarray, reached: np.ndarray, total: np.ndarray, power: float
) -> np.ndarray:
    running = np.cumsum(length)
    offset = (running - length)[opens]
    until = running - np.repeat(offset, np.diff(np.append(np.flatnonzero(opens), len(who))))
    share_until, share_since = until / total[who], (until - length) / total[who]
    weight = share_until ** (power + 1) - np.clip(share_since, 0, None) ** (power + 1)
    result = np.bincount(who[reached], weights=weight[reached], minlength=len(total))
    return np.where(np.isnan(total), np.nan, result)
