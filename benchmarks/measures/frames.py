"""Time the measures that count (shares, cohorts, transitions, mean times, pooling) on the simulated panel.

    python benchmarks/measures/frames.py [--partnerships 100000] [--repeats 7]

Prints the median of several runs in one go (by the clock, and of the processor's own time, which other work on the machine
disturbs less), the peak of memory that numpy and pandas asked for beyond the frames given,
and the limit where one is set.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
import tracemalloc

import numpy as np
from panel_recipe import spells, visits

from lnlib.measures.counts.cohorts import cohorts
from lnlib.measures.counts.sequences import mean_time
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import moves, transitions
from lnlib.measures.pooling import pooled_shares


def timed(measure, repeats: int) -> tuple[float, float, float]:
    measure()
    seconds, worked = [], []
    for _ in range(repeats):
        gc.collect()
        began, before = time.perf_counter(), time.process_time()
        measure()
        seconds.append(time.perf_counter() - began)
        worked.append(time.process_time() - before)
    tracemalloc.start()
    measure()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.median(seconds), statistics.median(worked), peak / 2**20


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--partnerships", type=int, default=100_000)
    asked.add_argument("--repeats", type=int, default=7)
    given = asked.parse_args()
    panel = visits(partnerships=given.partnerships)
    lives, merged = spells(panel, merged=False), spells(panel)
    shuffled = panel.sample(frac=1, random_state=np.random.default_rng(1))
    by_province = shares(lives, grid="quarter", by="province")
    start, end = "2010-01-01", "2013-01-01"
    print(f"{given.partnerships:,} partnerships: {len(panel):,} visits, {len(lives):,} spells ({len(merged):,} merged)")
    print(f"{'measure':<58}{'s':>8}{'cpu s':>8}{'limit':>8}{'MB':>8}")
    for name, limit, measure in [
        ("shares, monthly", 0.1, lambda: shares(lives, grid="month")),
        ("shares, monthly, spells merged", 0.1, lambda: shares(merged, grid="month")),
        ("shares, monthly, by province", None, lambda: shares(lives, grid="month", by="province")),
        ("shares, monthly, by province and kind", None, lambda: shares(lives, grid="month", by=["province", "kind"])),
        ("transitions, visit to visit", 0.1, lambda: transitions(panel)),
        ("transitions, visit to visit, rows shuffled", None, lambda: transitions(shuffled)),
        ("transitions, visit to visit, by province", None, lambda: transitions(panel, by="province")),
        ("transitions, lag of a year", None, lambda: transitions(panel, lag=1)),
        ("moves, visit to visit", None, lambda: moves(panel)),
        ("mean_time, horizon of 5 years", None, lambda: mean_time(lives, horizon=5)),
        ("cohorts, by province", None, lambda: cohorts(lives, start=start, end=end, by="province")),
        ("pooled_shares, 25 provinces, quarterly", 1.0, lambda: pooled_shares(by_province)),
    ]:
        seconds, worked, peak = timed(measure, given.repeats)
        bound = f"{limit:.2f}" if limit else ""
        print(f"{name:<58}{seconds:>8.3f}{worked:>8.3f}{bound:>8}{peak:>8.0f}")


if __name__ == "__main__":
    main()
