r"""Who gets assessed: how much more often partnerships are assessed at some stages, after a move, or before their end.

If the chance of an assessment hangs on what it would find, shares of the assessed say as much of the assessors as of the
partnerships. From its first assessment on, a partnership's later assessments are counted against its time, by what was
last recorded of it (Andersen & Gill 1982; here with a rate that is constant within each combination: a Poisson regression).
Standard errors are by partnership (Lin, Wei, Yang & Ying 2000).

Where the rate hangs on the past alone, weighting each assessment by the inverse of its rate takes this out of a share
(Lin, Scharfstein & Rosenheck 2004; Bůžková & Lumley 2007): the weighted share is that of assessments made at one rate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from lnlib.errors import NotEnough
from lnlib.measures import columns

FACTORS = ("stage", "moved", "ending")
MOVED = ("stayed", "up", "down")
_ROUNDS = 50
_FARTHEST = np.log(1000.0)  # a log ratio farther from 0 is one of levels that go together


def assessment_rates(
    visits: pd.DataFrame, *, until: Any, ahead: float = 1.0, level: float = 0.95, least_n: int = 5
) -> pd.DataFrame:
    """Estimate the rate ratios of being assessed by stage, recent move, and an ending to come.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage`, `status` (`assessed`, `ended`), as in `docs/columns.md`.
    until
        The last observed day.
    ahead
        Years before an ending in which it is `to come`. Nobody knows which endings come after the last day, so the last
        years of that length are left out.
    level
        Nominal coverage of the limits.
    least_n
        Where fewer partnerships have time at a level, `shown` is False.

    Returns
    -------
    DataFrame
        One row a factor and level, the reference first: `factor` (`stage`: as last recorded; `moved`: at the last
        assessment, `stayed`, `up` or `down`; `ending`: `False`, `True` in the years before it), `level`, `n`
        (partnerships with time there), `assessments` (that ended a time there), `years`, `rate` (assessments a year),
        `ratio` to the reference with the other factors equal, `low`, `high`, `shown`. Ratio and limits of a reference
        are 1 and NaN; of a level without time or without an assessment, and of one that cannot be told from another
        (a ratio beyond 1,000 or under a thousandth), they are NaN.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        A column is missing or of the wrong kind.
    NotEnough
        Nobody was followed after a first assessment.

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": [1, 1, 1, 2, 2], "date": [0.0, 1, 2, 0, 2], "status": "assessed",
    ...     "stage": pd.Categorical(["high"] * 3 + ["low"] * 2, ["low", "high"], ordered=True)})
    >>> found = assessment_rates(seen, until=3.0, ahead=1.0)
    >>> found[["factor", "level", "n", "assessments", "years", "rate"]].head(2).values.tolist()
    [['stage', 'low', 1, 1, 2.0, 0.5], ['stage', 'high', 1, 2, 2.0, 1.0]]
    """
    columns.fraction("level", level)
    columns.positive("ahead", ahead)
    stages = columns.stages_of(visits, caller="assessment_rates")
    rows = _intervals(visits, until=until, ahead=ahead)
    levels = {"stage": list(range(len(stages))), "moved": [0, 1, 2], "ending": [0, 1]}
    names = {"stage": [str(stage) for stage in stages], "moved": list(MOVED), "ending": ["False", "True"]}
    table: list[dict[str, Any]] = []
    places: list[tuple[int, np.ndarray]] = []
    for factor in FACTORS:
        for number, each in enumerate(levels[factor]):
            inside = (rows[factor] == each).to_numpy()
            count, years = int(rows.loc[inside, "assessed"].sum()), float(rows.loc[inside, "years"].sum())
            if number and count:
                places.append((len(table), inside.astype(float)))
            table.append(
                {
                    "factor": factor,
                    "level": names[factor][number],
                    "n": int(rows.loc[inside, "owner"].nunique()),
                    "assessments": count,
                    "years": years,
                    "rate": count / years if years else np.nan,
                    "ratio": np.nan if number else 1.0,
                }
            )
    result = pd.DataFrame(table).assign(low=np.nan, high=np.nan)
    if places:
        design = np.column_stack([np.ones(len(rows)), *(column for _, column in places)])
        effect, covariance = _poisson(design, rows)
        z = ndtri(0.5 + level / 2)
        for place, (row, _) in enumerate(places, 1):
            if abs(effect[place]) > _FARTHEST:
                continue
            half = z * np.sqrt(covariance[place, place])
            result.loc[row, ["ratio", "low", "high"]] = np.exp(effect[place] + np.array([0, -half, half]))
    return result.assign(shown=(result["n"] >= least_n) & result["ratio"].notna())


def weighted_share(visits: pd.DataFrame, *, until: Any, level: float = 0.95) -> pd.DataFrame:
    """Compute the share of later assessments at the highest stage, alike and weighted by the inverse of their rate.

    Parameters
    ----------
    visits, until, level
        As `assessment_rates` takes them.

    Returns
    -------
    DataFrame
        `weights` (`alike`, `inverse`), `n` (assessments after the first), `n_partnerships`, `share`, `low`, `high` (on the
        logit scale, by partnership, the weights taken as known; NaN at 0 and 1).

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": [1, 1, 1, 2, 2], "date": [0.0, 1, 2, 0, 2], "status": "assessed",
    ...     "stage": pd.Categorical(["high"] * 3 + ["low"] * 2, ["low", "high"], ordered=True)})
    >>> weighted_share(seen, until=2.0)[["weights", "n", "share"]].round(2).values.tolist()
    [['alike', 3, 0.67], ['inverse', 3, 0.5]]
    """
    columns.fraction("level", level)
    rows = _intervals(visits, until=until, ahead=0.0)
    inside = [
        (rows[factor] == each).to_numpy(dtype=float)
        for factor in ("stage", "moved")
        for each in sorted(rows[factor].unique())[1:]
        if rows.loc[rows[factor] == each, "assessed"].any()
    ]
    design = np.column_stack([np.ones(len(rows)), *inside])
    effect, _ = _poisson(design, rows)
    made = rows["assessed"].to_numpy(dtype=bool)
    top = (rows["into"].to_numpy()[made] == len(columns.stages_of(visits, caller="weighted_share")) - 1).astype(float)
    owner = rows["owner"].to_numpy()[made]
    z = ndtri(0.5 + level / 2)
    table = []
    for name, weight in (("alike", np.ones(made.sum())), ("inverse", np.exp(-(design[:, 1:] @ effect[1:]))[made])):
        share = float((weight * top).sum() / weight.sum())
        by = np.bincount(owner, weight * (top - share))
        many = len(np.unique(owner))
        se = np.sqrt((by**2).sum() * many / max(many - 1, 1)) / weight.sum()
        low = high = np.nan
        if 0 < share < 1:
            low, high = expit(logit(share) + np.array([-z, z]) * se / (share * (1 - share)))
        table.append((name, int(made.sum()), many, share, float(low), float(high)))
    return pd.DataFrame(table, columns=["weights", "n", "n_partnerships", "share", "low", "high"])


def _intervals(visits: pd.DataFrame, *, until: Any, ahead: float) -> pd.DataFrame:
    """Return the time between assessments, with what was last recorded, and whether an assessment ends it.

    `owner`, `stage`, `moved`, `ending` (coded from 0), `years`, `assessed`, `into` (the stage assessed then, or −1).
    """
    caller = "assessment_rates"
    columns.require(visits, ["partnership", "date", "stage", "status"], caller=caller)
    seen = visits[visits["status"].isin(["assessed", "ended"])]
    owner, _ = columns.codes_of(seen, caller=caller)
    date = columns.times_of(seen, "date", caller=caller)
    stage = columns.stage_codes(seen, caller=caller).astype(int)
    gone = (seen["status"].astype("str") == "ended").to_numpy()
    order = np.lexsort((gone, date, owner))
    owner, date, stage, gone = owner[order], date[order], stage[order], gone[order]
    last = columns.moment(until, like=date, name="until")
    first = np.repeat(date[:1], len(date))
    clock = columns.years_between(first, date) if len(date) else np.zeros(0)
    limit = float(columns.years_between(first[:1], np.array([last], dtype=date.dtype))[0]) - ahead if len(date) else 0.0
    same = owner[1:] == owner[:-1]
    held = pd.Series(np.where(gone, np.nan, stage)).groupby(owner).shift()
    move = np.where(np.isnan(held) | gone, 0, np.where(stage > held, 1, np.where(stage < held, 2, 0)))
    begins = np.flatnonzero(~gone)
    follows = np.append(same, False)[begins]
    after = np.minimum(begins + 1, len(owner) - 1)
    stop = np.where(follows, clock[after], np.inf)
    ends = np.full(int(owner.max(initial=-1)) + 1, np.inf)
    np.minimum.at(ends, owner[gone], clock[gone])
    coming = ends[owner[begins]] - ahead
    made = follows & ~gone[after]
    parts = []
    for ending, (start, end) in enumerate(
        ((clock[begins], np.minimum(stop, coming)), (np.maximum(clock[begins], coming), stop))
    ):
        if ending and not ahead:
            break
        whole = stop if not ahead else end
        inside = np.minimum(whole, limit)
        parts.append(
            pd.DataFrame(
                {
                    "owner": owner[begins],
                    "stage": stage[begins],
                    "moved": move[begins],
                    "ending": ending,
                    "years": inside - start,
                    "assessed": made & (whole == stop) & (stop <= limit),
                    "into": np.where(made, stage[after], -1),
                }
            )
        )
    result: pd.DataFrame = pd.concat(parts, ignore_index=True)
    result = result[(result["years"] > 0) & np.isfinite(result["years"])].reset_index(drop=True)
    if result.empty or not result["assessed"].any():
        raise NotEnough("assessment_rates needs a partnership assessed again, but none is")
    return result


def _poisson(design: np.ndarray, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the log rate and log ratios, with their covariance by partnership."""
    made, years = rows["assessed"].to_numpy(dtype=float), rows["years"].to_numpy(dtype=float)
    effect = np.zeros(design.shape[1])
    effect[0] = np.log(made.sum() / years.sum())
    for _ in range(_ROUNDS):
        mean = years * np.exp(design @ effect)
        bread = np.linalg.pinv(design.T @ (design * mean[:, None]))
        step = bread @ (design.T @ (made - mean))
        effect = effect + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    mean = years * np.exp(design @ effect)
    bread = np.linalg.pinv(design.T @ (design * mean[:, None]))
    owner, code = np.unique(rows["owner"].to_numpy(), return_inverse=True)
    score = np.zeros((len(owner), design.shape[1]))
    np.add.at(score, code.ravel(), design * (made - mean)[:, None])
    many = len(owner)
    return effect, bread @ (score.T @ score) @ bread * many / max(many - 1, 1)
