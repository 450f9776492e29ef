"""Simulate how often the intervals of measures cover the truth at few partnerships.

    python benchmarks/coverage/proportions.py [--runs 4000] [--only moving]

Prints tables that stand in `docs/measures/coverage.md`, each with its simulation standard error (±), from one seed. Those of
agreement are from `agreement.py`, those of curves and models from `first_passage.py`, `panel.py` and `rates.py`.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy import stats
from scipy.linalg import expm

from lnlib.measures.counts.sequences import mean_time
from lnlib.measures.counts.transitions import moves, transitions
from lnlib.measures.intervals import METHODS, limits
from lnlib.measures.pooling import pooled_shares

FEW = (3, 5, 10, 30)
STAGES = ["coalition", "collaboration", "integrated"]


def one_proportion() -> None:
    """Sum over all counts, and over true shares from .05 to .95: exact, no simulation."""
    print("\n| interval | " + " | ".join(f"n = {n}" for n in FEW) + " |\n|---" + "|---" * len(FEW) + "|")
    truths = np.linspace(0.05, 0.95, 181)
    for interval in METHODS:
        cells = []
        for n in FEW:
            x = np.arange(n + 1)
            low, high = limits(x, n, interval=interval)
            covered = ((low <= truths[:, None]) & (truths[:, None] <= high)) * stats.binom.pmf(x, n, truths[:, None])
            each = covered.sum(axis=1)
            cells.append(f"{each.mean():.3f} ({each.min():.3f} at {truths[each.argmin()]:.3f})")
        print(f"| {interval} | " + " | ".join(cells) + " |")


def provinces(runs: int, random: np.random.Generator) -> None:
    """Draw eight provinces with so many partnerships each, at a large, middle and no spread between them."""
    sizes = ("3 to 10", *FEW)
    print("\n| true spread (sd between provinces) | n | coverage | error of the pooled | error of the raw |")
    print("|---" * 5 + "|")
    for size, name in ((2.0, "large"), (10.0, "middle"), (None, "none")):
        sd = 0 if size is None else np.sqrt(0.24 / (size + 1))
        for many in sizes:
            truth = np.full((runs, 8), 0.4) if size is None else random.beta(0.4 * size, 0.6 * size, size=(runs, 8))
            n = random.integers(3, 11, size=(runs, 8)) if isinstance(many, str) else np.full((runs, 8), many)
            x = random.binomial(n, truth)
            frame = pd.DataFrame({"run": np.repeat(np.arange(runs), 8), "count": x.ravel(), "n": n.ravel()})
            found = pooled_shares(frame, within="run")
            p = truth.ravel()
            covered = (found["pooled_low"].le(p) & found["pooled_high"].ge(p)).to_numpy().reshape(runs, 8).mean(axis=1)
            error = np.sqrt(((found["pooled"] - p) ** 2).mean())
            raw = np.sqrt(((found["count"] / found["n"] - p) ** 2).mean())
            print(f"| {name} ({sd:.2f}) | {many} | {_with_error(covered)} | {error:.3f} | {raw:.3f} |")


def moving(runs: int, random: np.random.Generator) -> None:
    """Draw panels of n partnerships from a known chain; look at each row proportion, and at moves whatever the stage.

    ± is over panels, as the pairs of a panel are not independent. Four visits a year apart; with lags of two years six.
    """
    chain = np.array([[0.70, 0.20, 0.05, 0.05], [0.10, 0.65, 0.20, 0.05], [0.02, 0.08, 0.85, 0.05], [0, 0, 0, 1]])
    print("\n| proportions of pairs | " + " | ".join(f"n = {n}" for n in FEW) + " |")
    print("|---" * (len(FEW) + 1) + "|")
    twice = chain @ chain
    asked = {
        "transitions, visit to visit": (4, chain, {}),
        "transitions, visit to visit, Wilson's (not used)": (4, chain, {"interval": "wilson"}),
        "transitions, lag of two years, pairs apart": (6, twice, {"lag": 2, "tolerance": 0.1}),
        "transitions, lag of two years, every pair": (6, twice, {"lag": 2, "tolerance": 0.1, "windows": "every"}),
    }
    cells: dict[str, list[str]] = {name: [] for name in (*asked, "moves, visit to visit")}
    for n in FEW:
        panels = {visits: _panel(runs, n, visits, chain, random) for visits in (4, 6)}
        for name, (visits, truth, options) in asked.items():
            table = transitions(panels[visits], by="run", **options)
            cells[name].append(_rows_covered(table, truth[:3].ravel()))
        # What a pair of the panel is on the whole: the shares of many panels together.
        known = moves(_panel(20_000, 10, 4, chain, random))["share"].to_numpy()
        cells["moves, visit to visit"].append(_rows_covered(moves(panels[4], by="run"), known))
    for name, row in cells.items():
        print(f"| {name} | " + " | ".join(row) + " |")


def _rows_covered(table: pd.DataFrame, truth: np.ndarray) -> str:
    """Compute the mean coverage of the proportions whose row was seen, and the least covered, with its true value."""
    shape = (-1, len(truth))
    held = (table["n"] > 0).to_numpy().reshape(shape)
    low, high = (table[name].to_numpy().reshape(shape) for name in ("low", "high"))
    covered = (low <= truth) & (truth <= high) & held
    each = covered.sum(axis=0) / held.sum(axis=0)
    worst = each.argmin()
    panels = covered.sum(axis=1) / np.maximum(held.sum(axis=1), 1)
    mean = covered.sum() / held.sum()
    error = panels.std() / np.sqrt(len(panels))
    off = np.sqrt(each[worst] * (1 - each[worst]) / held[:, worst].sum())
    return f"{mean:.3f} ± {error:.3f} ({each[worst]:.3f} ± {off:.3f} at {truth[worst]:.2f})"


def _panel(runs: int, n: int, visits: int, chain: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    many = runs * n
    stage = random.choice(3, size=many, p=[0.6, 0.3, 0.1])
    rows = [(np.arange(many), np.zeros(many), stage)]
    for visit in range(1, visits):
        moved = (random.random(many)[:, None] > chain[stage].cumsum(axis=1)).sum(axis=1)
        alive = stage < 3
        rows.append((np.flatnonzero(alive), np.full(alive.sum(), float(visit)), moved[alive]))
        stage = np.where(alive, moved, 3)
    who, date, code = (np.concatenate(part) for part in zip(*rows, strict=True))
    return pd.DataFrame(
        {
            "partnership": who,
            "run": who // n,
            "date": date,
            "stage": pd.Categorical.from_codes(np.where(code < 3, code, -1), categories=STAGES, ordered=True),
            "status": pd.Categorical.from_codes((code == 3).astype(int), categories=["assessed", "ended"]),
        }
    )


def lasting(runs: int, random: np.random.Generator) -> None:
    """Draw lives of a horizon of five years from yearly rates; look at the mean time in each state."""
    rates = np.array([[0, 0.35, 0.03, 0.08], [0.12, 0, 0.25, 0.05], [0.02, 0.10, 0, 0.03], [0, 0, 0, 0.0]])
    generator = rates - np.diag(rates.sum(axis=1))
    # ∫ P(t) dt from 0 to 5, from the block matrix exponential (Van Loan 1978)
    block = np.zeros((8, 8))
    block[:4, :4], block[:4, 4:] = generator * 5, np.eye(4) * 5
    truth = expm(block)[0, 4:]
    print(
        "\n| mean time, horizon of 5 years | "
        + " | ".join(f"n = {n}" for n in FEW)
        + " |\n|---"
        + "|---" * len(FEW)
        + "|"
    )
    found = {state: [] for state in [*STAGES, "ended"]}
    for n in FEW:
        rows = []
        for who in range(runs * n):
            now, state = 0.0, 0
            while now < 5:
                total = rates[state].sum()
                then = min(5.0, now + random.exponential(1 / total)) if total else 5.0
                rows.append((who, state, now, then))
                now, state = then, int(random.choice(4, p=rates[state] / total)) if total else state
        who, state, start, end = map(np.array, zip(*rows, strict=True))
        lives = pd.DataFrame(
            {
                "partnership": who,
                "run": who // n,
                "stage": pd.Categorical.from_codes(np.where(state < 3, state, -1), categories=STAGES, ordered=True),
                "status": pd.Categorical.from_codes((state == 3) * 1, categories=["assessed", "ended"]),
                "start": start,
                "end": end,
            }
        )
        table = mean_time(lives, horizon=5, by="run").set_index("state")
        for place, name in enumerate(found):
            part = table.loc[name]
            found[name].append(_with_error(part["low"].le(truth[place]) & part["high"].ge(truth[place])))
    for place, (name, cells) in enumerate(found.items()):
        print(f"| {name}, {truth[place]:.2f} years | " + " | ".join(cells) + " |")


def _with_error(covered: pd.Series | np.ndarray) -> str:
    values = np.asarray(covered, dtype=float)
    return f"{values.mean():.3f} ± {values.std() / np.sqrt(len(values)):.3f}"


def main() -> None:
    parts = {"proportion": 1, "provinces": 2, "moving": 2, "lasting": 10}  # how much fewer runs each can do with
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=4000)
    asked.add_argument("--only", choices=parts, help="one part alone; each has its own seed")
    given = asked.parse_args()
    drawn = {"provinces": provinces, "moving": moving, "lasting": lasting}
    for part, fewer in parts.items():
        if given.only in (None, part):
            if part == "proportion":
                one_proportion()
            else:
                drawn[part](given.runs // fewer, np.random.default_rng(20))


if __name__ == "__main__":
    main()
