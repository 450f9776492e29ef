"""Simulate how often the intervals of measures cover the truth at few partnerships.

    python benchmarks/coverage/proportions.py [--runs 4000]

Prints the tables that stand in `docs/measures/coverage.md`, each with its simulation standard error, from one seed.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy import stats
from scipy.linalg import expm

from lnlib.measures.agreement import kappa, mean_difference
from lnlib.measures.intervals import METHODS, limits
from lnlib.measures.pooling import pooled_shares
from lnlib.measures.sequences import mean_time
from lnlib.measures.transitions import transitions

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
    """Draw eight provinces with 3 to 10 partnerships, at a large, middle and no spread between them."""
    print(
        "\n| true spread (sd between provinces) | coverage | error of the pooled | error of the raw |\n|---|---|---|---|"
    )
    for size, name in ((2.0, "large"), (10.0, "middle"), (None, "none")):
        truth = np.full((runs, 8), 0.4) if size is None else random.beta(0.4 * size, 0.6 * size, size=(runs, 8))
        n = random.integers(3, 11, size=(runs, 8))
        x = random.binomial(n, truth)
        frame = pd.DataFrame({"run": np.repeat(np.arange(runs), 8), "count": x.ravel(), "n": n.ravel()})
        found = pooled_shares(frame, within="run")
        p = truth.ravel()
        covered = found["pooled_low"].le(p) & found["pooled_high"].ge(p)
        error = np.sqrt(((found["pooled"] - p) ** 2).mean())
        raw = np.sqrt(((found["count"] / found["n"] - p) ** 2).mean())
        sd = 0 if size is None else np.sqrt(0.24 / (size + 1))
        print(
            f"| {name} ({sd:.2f}) | {_with_error(covered.to_numpy().reshape(runs, 8).mean(axis=1))} | {error:.3f} | {raw:.3f} |"
        )


def agreement(runs: int, random: np.random.Generator) -> None:
    """Draw pairs of ratings on a scale of three: no, fair and good agreement, a rare top stage, and a tilt."""
    even, rare = np.array([0.5, 0.3, 0.2]), np.array([0.8, 0.15, 0.05])
    tables = {
        name: both * np.diag(margin) + (1 - both) * np.outer(margin, margin)
        for name, margin, both in (("none", even, 0), ("fair", even, 0.4), ("good", even, 0.75), ("rare", rare, 0.6))
    }
    tables["tilted"] = 0.5 * np.diag(even) + 0.5 * np.outer([0.2, 0.3, 0.5], even)
    steps = np.subtract.outer(np.arange(3), np.arange(3))
    for interval in ("posterior", "large_sample"):
        print(f"\n| {interval}: quantity, table, true value | " + " | ".join(f"n = {n}" for n in FEW) + " |")
        print("|---" * (len(FEW) + 1) + "|")
        for name, cell in tables.items():
            truth = {
                "kappa linear": _true_kappa(cell, np.abs(steps) / 2),
                "kappa quadratic": _true_kappa(cell, (steps / 2) ** 2),
                "mean difference": (cell * steps).sum(),
            }
            found = {quantity: [] for quantity in truth}
            for n in FEW:
                drawn = random.multinomial(n, cell.ravel(), size=runs)
                code = np.repeat(np.tile(np.arange(9), runs), drawn.ravel())
                pairs = pd.DataFrame(
                    {
                        "run": np.repeat(np.arange(runs), n),
                        "first": pd.Categorical.from_codes(code // 3, categories=STAGES, ordered=True),
                        "second": pd.Categorical.from_codes(code % 3, categories=STAGES, ordered=True),
                    }
                )
                asked = {"by": "run", "interval": interval, "draws": 1000}
                results = {
                    "kappa linear": kappa(pairs, weights="linear", **asked),
                    "kappa quadratic": kappa(pairs, weights="quadratic", **asked),
                    "mean difference": mean_difference(pairs, **asked),
                }
                for quantity, table in results.items():  # limits that are NaN cover nothing
                    low, high = table["low"] - 1e-12, table["high"] + 1e-12
                    found[quantity].append(_with_error(low.le(truth[quantity]) & high.ge(truth[quantity])))
            for quantity, cells in found.items():
                print(f"| {quantity}, {name}, {truth[quantity]:.2f} | " + " | ".join(cells) + " |")


def _true_kappa(cell: np.ndarray, disagreement: np.ndarray) -> float:
    chance = np.outer(cell.sum(axis=1), cell.sum(axis=0))
    return 1 - (cell * disagreement).sum() / (chance * disagreement).sum()


def moving(runs: int, random: np.random.Generator) -> None:
    """Draw panels of n partnerships, four visits each, from a known chain; look at each row proportion."""
    chain = np.array([[0.70, 0.20, 0.05, 0.05], [0.10, 0.65, 0.20, 0.05], [0.02, 0.08, 0.85, 0.05], [0, 0, 0, 1]])
    print("\n| transitions, Wilson, partnerships with four visits | " + " | ".join(f"n = {n}" for n in FEW) + " |")
    print("|---" * (len(FEW) + 1) + "|")
    cells = []
    for n in FEW:
        many = runs * n
        stage = random.choice(3, size=many, p=[0.6, 0.3, 0.1])
        rows = [(np.arange(many), np.zeros(many), stage)]
        for visit in range(1, 4):
            moved = (random.random(many)[:, None] > chain[stage].cumsum(axis=1)).sum(axis=1)
            alive = stage < 3
            rows.append((np.flatnonzero(alive), np.full(alive.sum(), float(visit)), moved[alive]))
            stage = np.where(alive, moved, 3)
        who, date, code = (np.concatenate(part) for part in zip(*rows, strict=True))
        panel = pd.DataFrame(
            {
                "partnership": who,
                "run": who // n,
                "date": date,
                "stage": pd.Categorical.from_codes(np.where(code < 3, code, -1), categories=STAGES, ordered=True),
                "status": pd.Categorical.from_codes((code == 3).astype(int), categories=["assessed", "ended"]),
            }
        )
        table = transitions(panel, by="run")
        truth = np.tile(chain[:3].ravel(), len(table) // 12)
        seen = table["n"] > 0
        covered = (table["low"].le(truth) & table["high"].ge(truth)).to_numpy()
        held = seen.to_numpy().reshape(-1, 12)
        each = (covered.reshape(-1, 12) & held).sum(axis=0) / held.sum(axis=0)
        cells.append(f"{_with_error(covered[seen])} ({each.min():.3f} at {chain[:3].ravel()[each.argmin()]:.2f})")
    print("| mean over the twelve proportions, rows that were seen (least of the twelve) | " + " | ".join(cells) + " |")


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
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=4000)
    runs = asked.parse_args().runs
    random = np.random.default_rng(20)
    one_proportion()
    provinces(runs // 2, random)
    moving(runs, random)
    lasting(runs // 10, random)
    agreement(runs // 8, random)


if __name__ == "__main__":
    main()
