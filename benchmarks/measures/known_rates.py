"""Compare shares, transitions, occupation and first passage with the known rates of the simulated panel.

    python benchmarks/measures/known_rates.py [--partnerships 100000] [--panels 3]

The recipe's chain is simulated several times, from one seed each; its truth is p(0)·exp(Qt). The bias of a number is the
mean of its deviations from the truth; each line gives the greatest, how many of the numbers are off by no more than 2
simulation standard errors (of that mean, from the spread of the panels pooled over the line's numbers), and the greatest
in these.

* `shares`, `occupation`, `first_passage` read histories in which every move is seen on its day (the chain's own), all
  begun at time 0; half of the partnerships are lost sight of at a time drawn evenly from 2 to 8 years, for `occupation`
  and `first_passage`;
* `transitions` reads the panel itself, assessments 90 to 210 days apart: its truth is exp(Qt) averaged over the gaps.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from panel_recipe import BEGINS, RATES, STAGES, YEAR, paths, visits
from scipy.linalg import expm

from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import transitions
from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.curves.occupation import occupation

AT = (0.5, 1.0, 2.0, 4.0, 6.0)
Q = np.vstack([RATES - np.pad(np.diag(RATES.sum(axis=1)), ((0, 0), (0, 1))), np.zeros(4)])


def lives(n: int, random: np.random.Generator, *, until: np.ndarray) -> pd.DataFrame:
    """Return histories in which every move is observed, until a time for each."""
    events, stages = paths(n, float(until.max()), random)
    start, end = events, np.concatenate([events[:, 1:], np.full((n, 1), np.inf)], axis=1)
    end = np.minimum(end, until[:, None])
    who, which = np.nonzero(start < end)
    held, into = stages[who, which], np.append(stages, np.zeros((n, 1), dtype=stages.dtype), axis=1)[who, which + 1]
    into = np.where(end[who, which] < until[who], into, -1)
    words = [*STAGES, "ended"]
    return pd.DataFrame(
        {
            "partnership": who,
            "stage": pd.Categorical.from_codes(np.where(held < 3, held, -1), STAGES, ordered=True),
            "status": pd.Categorical.from_codes(np.where(held < 3, 0, 1), ["assessed", "ended"]),
            "start": start[who, which],
            "end": end[who, which],
            "into": pd.Categorical.from_codes(np.where(held < 3, into, -1), words),
        }
    )


def numbers(n: int, seed: int) -> dict[str, np.ndarray]:
    """Compute each measure's deviations from the truth on one panel, over what chance would make of it: √(p(1 − p)/n)."""
    random = np.random.default_rng(seed)
    p = np.array([np.append(BEGINS, 0) @ expm(Q * time) for time in AT])
    found = {}

    table = shares(lives(n, random, until=np.full(n, 7.0)), dates=AT, ended="in")
    found["shares"] = _off(table["count"].to_numpy() / n, p[:, :3].ravel(), n)

    until = np.where(random.random(n) < 0.5, random.uniform(2, 8, n), 7.0)
    half = lives(n, random, until=until)
    found["occupation"] = _off(occupation(half, at=AT)["probability"].to_numpy(), p.ravel(), n)

    stopped = Q.copy()
    stopped[2] = 0
    start = np.append(BEGINS[:2], [0, 0]) / BEGINS[:2].sum()
    truth = np.array([start @ expm(stopped * time) for time in AT])[:, 2:]
    reached = first_passage(half, to=STAGES[2])
    curves = [reached[reached["event"] == event] for event in ("reached", "ended")]
    at = np.searchsorted(curves[0]["time"].to_numpy(), AT, side="right") - 1
    incidence = np.stack([curve["incidence"].to_numpy()[at] for curve in curves], axis=1)
    found["first passage"] = _off(incidence.ravel(), truth.ravel(), curves[0]["n"].iloc[0])

    gaps = np.mean([expm(Q * days / YEAR)[:3] for days in range(90, 211)], axis=0)
    moved = transitions(visits(partnerships=n, seed=seed))
    found["transitions"] = _off(moved["share"].to_numpy(), gaps.ravel(), moved["n"].to_numpy())
    return found


def _off(found: np.ndarray, truth: np.ndarray, n: np.ndarray | float) -> np.ndarray:
    return np.stack([found - truth, (found - truth) / np.sqrt(truth * (1 - truth) / n)])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--partnerships", type=int, default=100_000)
    asked.add_argument("--panels", type=int, default=3)
    given = asked.parse_args()
    panels = [numbers(given.partnerships, seed) for seed in range(40, 40 + given.panels)]
    print(
        "| measure | numbers | greatest bias | within 2 standard errors | the greatest in these |\n|---|---|---|---|---|"
    )
    for name in panels[0]:
        off = np.stack([panel[name] for panel in panels])  # panels × (plain, scaled) × numbers
        spread = np.sqrt((off[:, 1].var(axis=0, ddof=1)).mean()) if given.panels > 1 else 1.0
        bias = off.mean(axis=0)
        errors = np.abs(bias[1]) / (spread / np.sqrt(given.panels))
        print(f"| {name} | {errors.size} | {np.abs(bias[0]).max():.5f} | {(errors <= 2).sum()} | {errors.max():.2f} |")


if __name__ == "__main__":
    main()
