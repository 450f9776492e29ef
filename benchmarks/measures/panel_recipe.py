"""The simulated panel that the measures are timed on: 100,000 partnerships, up to 10 assessments each.

The recipe, all from one seed:

* a partnership begins on a day drawn evenly from the four years from 2006-01-01 and is assessed that day;
  nine more assessments follow, each 90 to 210 days after the one before (drawn evenly, 150 on average);
* its stage is a Markov chain in continuous time with the yearly `RATES` below, begun at `BEGINS`;
  reversals happen; a partnership may end from any stage, and its end is dated exactly (to the day);
* after its end it is not assessed; the ending is a row of its own;
* provinces (25, very unequal) and kinds of actor (5) have nothing to do with the stage.

`visits` gives the panel in the columns of `docs/columns.md`; `spells` gives its histories: each assessment's stage is
carried forward until the next, for at most 18 months, and the observed period ends 2016-01-01.

    python benchmarks/measures/panel_recipe.py      # prints the number of rows and what it took
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

STAGES = ("coalition", "collaboration", "integrated")
BEGINS = np.array([0.75, 0.20, 0.05])
# Yearly rates from each stage (rows) to each stage and, last, to the end.
RATES = np.array(
    [
        [0.00, 0.35, 0.03, 0.08],
        [0.12, 0.00, 0.25, 0.05],
        [0.02, 0.10, 0.00, 0.03],
    ]
)
SINCE, UNTIL = np.datetime64("2006-01-01"), np.datetime64("2016-01-01")
CARRIED_YEARS = 1.5
PROVINCES = tuple(f"{code:02d}" for code in range(1, 26))
KINDS = ("ngo", "community_group", "media", "union", "other")
YEAR = 365.25


def paths(n: int, years: float, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Simulate n chains over so many years: times of events (n × events, inf after the last), stages held after them.

    Column 0 is the beginning (time 0). Stage `len(STAGES)` is the end.
    """
    total, stage = RATES.sum(axis=1), random.choice(len(STAGES), size=n, p=BEGINS)
    ladder = RATES.cumsum(axis=1) / total[:, None]
    clock, events, stages = np.zeros(n), [np.zeros(n)], [stage]
    while True:
        moving = (stage < len(STAGES)) & (clock < years)
        if not moving.any():
            return np.stack(events, axis=1), np.stack(stages, axis=1)
        held = np.minimum(stage, len(STAGES) - 1)
        clock = np.where(moving, clock + random.exponential(size=n) / total[held], np.inf)
        chosen = (random.random(n)[:, None] > ladder[held]).sum(axis=1)
        stage = np.where(moving, chosen, stage)
        events.append(clock)
        stages.append(stage)


def visits(*, partnerships: int = 100_000, assessments: int = 10, seed: int = 20) -> pd.DataFrame:
    """Simulate the panel: one row an assessment, one row a dated ending, in order of partnership and date."""
    random = np.random.default_rng(seed)
    begun = random.integers(0, 4 * 365, size=partnerships)
    gaps = random.integers(90, 211, size=(partnerships, assessments))
    gaps[:, 0] = 0
    days = gaps.cumsum(axis=1)
    events, stages = paths(partnerships, days.max() / YEAR, random)
    event_days = np.ceil(events * YEAR)  # an event counts from the next day's visit on; infinite ones stay so
    last = (event_days[:, :, None] <= days[:, None, :]).sum(axis=1) - 1
    seen = np.take_along_axis(stages, last, axis=1)
    alive = seen < len(STAGES)
    ended = (stages == len(STAGES)) & np.isfinite(event_days)
    end_day = np.where(ended, event_days, np.inf).min(axis=1)
    closed = end_day <= days[:, -1]  # later endings lie beyond the last visit and are not observed
    who, which = np.nonzero(alive)
    owner = np.concatenate([who, np.flatnonzero(closed)])
    day = np.concatenate([days[who, which], end_day[closed].astype(np.int64)]) + begun[owner]
    code = np.concatenate([seen[who, which], np.full(closed.sum(), -1)])
    over = np.concatenate([np.zeros(len(who), dtype=np.int8), np.ones(closed.sum(), dtype=np.int8)])
    order = np.lexsort((over, day, owner))
    province = random.choice(len(PROVINCES), size=partnerships, p=_unequal(len(PROVINCES)))
    kind = random.choice(len(KINDS), size=partnerships, p=_unequal(len(KINDS)))
    owner, code, over = owner[order], code[order], over[order]
    return pd.DataFrame(
        {
            "partnership": owner,
            "date": (SINCE + day[order].astype("timedelta64[D]")).astype("datetime64[us]"),
            "stage": pd.Categorical.from_codes(code, categories=list(STAGES), ordered=True),
            "status": pd.Categorical.from_codes(over, categories=["assessed", "ended"]),
            "rated_by": pd.Categorical.from_codes(-over, categories=["independent"]),
            "province": pd.Categorical.from_codes(province[owner], categories=list(PROVINCES)),
            "kind": pd.Categorical.from_codes(kind[owner], categories=list(KINDS)),
        }
    )


def spells(panel: pd.DataFrame, *, merged: bool = True) -> pd.DataFrame:
    """Make histories of the panel; unless `merged`, every assessment starts a spell of its own (the harder case)."""
    owner = panel["partnership"].to_numpy()
    start = panel["date"].to_numpy()
    stage = panel["stage"].cat.codes.to_numpy()
    next_is_same = np.append(owner[1:] == owner[:-1], False)
    end = np.where(next_is_same, np.append(start[1:], UNTIL), UNTIL)
    carried = start + np.timedelta64(int(CARRIED_YEARS * YEAR * 86400), "s")
    stale = (stage >= 0) & (carried < end)
    # Three kinds of rows: at a stage, ended (stage −1), and not assessed since the stage went stale.
    who = np.concatenate([owner, owner[stale]])
    held = np.concatenate([stage, np.full(stale.sum(), -1, dtype=np.int8)])
    status = np.concatenate([np.where(stage >= 0, 0, 2), np.ones(stale.sum(), dtype=np.int64)])
    since = np.concatenate([start, carried[stale]])
    until = np.concatenate([np.where(stale, carried, end), end[stale]])
    seen = np.concatenate([start, np.full(stale.sum(), np.datetime64("NaT"), dtype=start.dtype)])
    row = np.concatenate([np.arange(len(owner)), np.flatnonzero(stale)])
    kept = np.flatnonzero(since < until)
    kept = kept[np.lexsort((since[kept], who[kept]))]
    who, held, status, since, until, seen, row = (a[kept] for a in (who, held, status, since, until, seen, row))
    if merged:
        first = np.append(True, (who[1:] != who[:-1]) | (held[1:] != held[:-1]) | (status[1:] != status[:-1]))
        opening = np.flatnonzero(first)
        closing = np.append(opening[1:], len(who)) - 1
        until, seen = until[closing], seen[closing]
        who, held, status, since, row = (a[opening] for a in (who, held, status, since, row))
    more = np.append(who[1:] == who[:-1], False)
    next_held, next_status = np.append(held[1:], -1), np.append(status[1:], 1)
    into = np.where(~more, -1, np.where(next_status == 0, next_held, len(STAGES) + (next_status == 1)))
    outcome = np.select(
        [~more, next_status == 2, next_status == 1, status != 0, next_held >= held], [5, 2, 3, 4, 0], default=1
    )
    return pd.DataFrame(
        {
            "partnership": who,
            "stage": pd.Categorical.from_codes(held, categories=list(STAGES), ordered=True),
            "status": pd.Categorical.from_codes(status, categories=["assessed", "not_assessed", "ended"]),
            "start": since,
            "end": until,
            "seen": seen,
            "into": pd.Categorical.from_codes(into, categories=[*STAGES, "ended", "not_assessed"]),
            "outcome": pd.Categorical.from_codes(
                outcome, categories=["up", "down", "ended", "stale", "assessed", "censored"]
            ),
            "province": panel["province"].array.take(row),
            "kind": panel["kind"].array.take(row),
        }
    )


def _unequal(n: int) -> np.ndarray:
    weights = 1 / np.arange(1, n + 1)
    return weights / weights.sum()


if __name__ == "__main__":
    began = time.perf_counter()
    panel = visits()
    print(f"visits: {len(panel):,} rows, {time.perf_counter() - began:.1f} s")
    print(panel["status"].value_counts().to_dict())
    began = time.perf_counter()
    histories = spells(panel, merged=False)
    print(f"spells: {len(histories):,} rows ({len(spells(panel)):,} merged), {time.perf_counter() - began:.1f} s")
