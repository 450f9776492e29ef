"""Coverage of the interval of weighted kappa at n = 3, 5, 10, 30 pairs (nominal 95%).

    python benchmarks/coverage/agreement.py
    python benchmarks/coverage/agreement.py --only posterior --pairs 10 30 --tables fair "flat, fair" --runs 4000

At 3 and 5 pairs every table of counts that can be is gone through with its probability, so that coverage is exact but for
the draws of the posterior; at 10 and 30 registers are simulated, and ± is the simulation's standard error. Prints the coverage
at named true tables, the mean width of the interval, and the coverage over 1,000 true tables drawn at random, of which
nothing was known when the priors were chosen. `--draws` and `--runs` trade precision for time.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
import pandas as pd
from scipy import special

from lnlib.measures.counts.agreement import kappa

EXACT, SIMULATED = (3, 5), (10, 30)
MARGINS = {"even": (0.5, 0.3, 0.2), "skewed": (0.8, 0.15, 0.05), "flat": (1 / 3, 1 / 3, 1 / 3)}


def alike(margin: tuple[float, ...], both: float) -> np.ndarray:
    """Return a table in which a share `both` agree, and the rest rate independently."""
    return both * np.diag(margin) + (1 - both) * np.outer(margin, margin)


NAMED = {
    "none": alike(MARGINS["even"], 0),
    "fair": alike(MARGINS["even"], 0.4),
    "good": alike(MARGINS["even"], 0.75),
    "strong": alike(MARGINS["even"], 0.9),
    "flat, fair": alike(MARGINS["flat"], 0.5),
    "flat, good": alike(MARGINS["flat"], 0.75),
    "skewed": alike(MARGINS["skewed"], 0.6),
    "skewed, strong": alike(MARGINS["skewed"], 0.85),
    "tilted": 0.5 * np.diag(MARGINS["even"]) + 0.5 * np.outer((0.2, 0.3, 0.5), MARGINS["even"]),
    "neighbours": np.array([[0.40, 0.08, 0.00], [0.07, 0.25, 0.03], [0.00, 0.02, 0.15]]),
    "neighbours, fair": np.array([[0.30, 0.12, 0.02], [0.10, 0.20, 0.06], [0.01, 0.04, 0.15]]),
}


def truth(table: np.ndarray, quantity: str) -> float:
    """Return the true value of a quantity of a table of probabilities."""
    table = table / table.sum()
    steps = np.subtract.outer(np.arange(len(table)), np.arange(len(table)))
    apart = np.abs(steps) / (len(table) - 1)
    lost = {"kappa linear": apart, "kappa quadratic": apart**2, "kappa unweighted": (steps != 0).astype(float)}
    chance = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float(1 - (table * lost[quantity]).sum() / (chance * lost[quantity]).sum())


QUANTITIES = ("kappa linear", "kappa quadratic", "kappa unweighted")


def limits(tables: np.ndarray, quantity: str, interval: str, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute the library's limits for each table of counts (tables × cells)."""
    k = int(np.sqrt(tables.shape[1]))
    tables, place = np.unique(tables, axis=0, return_inverse=True)  # of few pairs the same tables come many times
    code = np.repeat(np.tile(np.arange(k * k), len(tables)), tables.ravel())
    stages = [str(stage) for stage in range(k)]
    pairs = pd.DataFrame(
        {
            "table": np.repeat(np.arange(len(tables)), tables.sum(axis=1)),
            "first": pd.Categorical.from_codes(code // k, categories=stages, ordered=True),
            "second": pd.Categorical.from_codes(code % k, categories=stages, ordered=True),
        }
    )
    weights = {"linear": "linear", "quadratic": "quadratic", "unweighted": "none"}[quantity.split()[1]]
    found = kappa(pairs, by="table", interval=interval, draws=draws, weights=weights)
    return found["low"].to_numpy()[place] - 1e-12, found["high"].to_numpy()[place] + 1e-12


def every_table(n: int, cells: int) -> np.ndarray:
    bars = np.array(list(itertools.combinations(range(n + cells - 1), cells - 1)))
    edges = np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), n + cells - 1)])
    return np.diff(edges, axis=1) - 1


def chances(tables: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Compute the probability of each table of counts (columns) under each true table (rows)."""
    ways = special.gammaln(tables[0].sum() + 1) - special.gammaln(tables + 1).sum(axis=1)
    logs = np.log(np.maximum(true, 1e-300))
    return np.exp(ways + logs @ tables.T)


def drawn_at_random(many: int, k: int, random: np.random.Generator) -> np.ndarray:
    """Draw true tables: a share t of agreement spread over the stages, the rest anywhere; t is even from 0 to 1."""
    both = random.random(many)[:, None]
    agreed = np.zeros((many, k * k))
    agreed[:, :: k + 1] = random.dirichlet(np.ones(k), size=many)
    return both * agreed + (1 - both) * random.dirichlet(np.ones(k * k), size=many)


def inside(low: np.ndarray, high: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return which limits contain each true value (rows); limits that are NaN contain nothing."""
    return (low <= value[:, None]) & (value[:, None] <= high)


def named(
    interval: str, draws: int, runs: int, random: np.random.Generator, *, sizes: list[int], names: list[str]
) -> None:
    exact = [n for n in sizes if n in EXACT]
    true = np.array([NAMED[name].ravel() / NAMED[name].sum() for name in names])
    cells = {(quantity, name): [] for quantity in QUANTITIES for name in names}
    widths = {quantity: [] for quantity in QUANTITIES}
    others: dict[str, list[str]] = {quantity: [] for quantity in QUANTITIES}
    strange = drawn_at_random(1000, 3, random)
    for n in exact:
        tables = every_table(n, 9)
        for quantity in QUANTITIES:
            low, high = limits(tables, quantity, interval, draws)
            value = np.array([truth(table.reshape(3, 3), quantity) for table in true])
            each = (chances(tables, true) * inside(low, high, value)).sum(axis=1)
            for name, covered in zip(names, each, strict=True):
                cells[quantity, name].append(f"{covered:.3f}")
            wide = np.nan_to_num(high - low)
            widths[quantity].append(f"{(chances(tables, true) @ wide).mean():.2f}")
            value = np.array([truth(table.reshape(3, 3), quantity) for table in strange])
            each = (chances(tables, strange) * inside(low, high, value)).sum(axis=1)
            others[quantity].append(f"{each.mean():.3f} ({np.quantile(each, 0.05):.3f}; {np.mean(each < 0.92):.0%})")
    for n, quantity in itertools.product([n for n in sizes if n not in EXACT], QUANTITIES):
        wide = []
        for name, table in zip(names, true, strict=True):
            tables = random.multinomial(n, table, size=runs)
            low, high = limits(tables, quantity, interval, draws)
            covered = inside(low, high, np.array([truth(table.reshape(3, 3), quantity)]))[0]
            cells[quantity, name].append(f"{covered.mean():.3f} ± {covered.std() / np.sqrt(runs):.3f}")
            wide.append(np.nan_to_num(high - low).mean())
        widths[quantity].append(f"{np.mean(wide):.2f}")
    print(f"\n| {interval}: quantity, table, true value | " + " | ".join(f"n = {n}" for n in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for (quantity, name), row in cells.items():
        print(f"| {quantity}, {name}, {truth(NAMED[name], quantity):.2f} | " + " | ".join(row) + " |")
    for quantity, row in widths.items():
        print(f"| {quantity}, mean width | " + " | ".join(row) + " |")
    if not exact:
        return
    print(f"\n| {interval}, 1,000 tables at random | " + " | ".join(f"n = {n}" for n in exact) + " |")
    print("|---" * (len(exact) + 1) + "|")
    for quantity, row in others.items():
        print(f"| {quantity} | " + " | ".join(row) + " |")


def other_scales(draws: int, random: np.random.Generator) -> None:
    print("\n| posterior, 1,000 tables at random | n = 3 | n = 5 |\n|---|---|---|")
    for k in (2, 4):
        strange = drawn_at_random(1000, k, random)
        for quantity in QUANTITIES:
            row = []
            for n in (3, 5):
                tables = every_table(n, k * k)
                low, high = limits(tables, quantity, "posterior", draws)
                value = np.array([truth(table.reshape(k, k), quantity) for table in strange])
                each = (chances(tables, strange) * inside(low, high, value)).sum(axis=1)
                row.append(f"{each.mean():.3f} ({np.quantile(each, 0.05):.3f}; {np.mean(each < 0.92):.0%})")
            print(f"| {quantity}, a scale of {k} | " + " | ".join(row) + " |", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=500)
    asked.add_argument("--draws", type=int, default=500)
    parts = ("posterior", "other scales", "large_sample")
    asked.add_argument("--only", choices=parts, help="one part alone; each has its own seed")
    asked.add_argument("--pairs", type=int, nargs="+", choices=(*EXACT, *SIMULATED), default=[*EXACT, *SIMULATED])
    asked.add_argument("--tables", nargs="+", choices=NAMED, default=[*NAMED])
    given = asked.parse_args()
    for part in (given.only,) if given.only else parts:
        random = np.random.default_rng(20)
        if part == "other scales":
            other_scales(given.draws, random)
        else:
            named(part, given.draws, given.runs, random, sizes=given.pairs, names=given.tables)


if __name__ == "__main__":
    main()
