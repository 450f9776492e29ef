"""Coverage of the limits of moves, transitions and kappa where partnerships have four pairs each that are alike.

    python benchmarks/coverage/clusters.py [--runs 1000]

The outcomes of a partnership's pairs are drawn from probabilities of its own (Dirichlet, with a correlation within
partnerships of 0, .1 or .3). Prints the table that stands in `docs/measures/coverage.md`, nominal 95%, ± the
simulation's standard error, from one seed.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from lnlib.measures.counts.agreement import kappa
from lnlib.measures.counts.transitions import moves, transitions

PAIRS = 4
STAGES = ["coalition", "collaboration", "integrated"]
MOVES = {"up": 0.3, "down": 0.1, "stayed": 0.6}
AGREEMENT = 0.6 * np.diag([0.5, 0.3, 0.2]) + 0.4 * np.outer([0.5, 0.3, 0.2], [0.5, 0.3, 0.2])


def drawn(chances: np.ndarray, clusters: int, correlation: float, random: np.random.Generator) -> np.ndarray:
    """Draw the category of each of a partnership's pairs, partnerships × pairs."""
    own = np.broadcast_to(chances, (clusters, len(chances)))
    if correlation:
        own = random.dirichlet(chances * (1 - correlation) / correlation, size=clusters)
    edges = own.cumsum(axis=1)
    edges[:, -1] = 1
    return (random.random((clusters, PAIRS))[:, :, None] > edges[:, None, :]).sum(axis=2)


def visits(categories: np.ndarray) -> pd.DataFrame:
    """Return two visits a year apart for each pair, from the middle stage up, back or staying; pairs are ten years apart."""
    many, pairs = categories.shape
    code = np.stack([np.ones_like(categories), np.array([2, 0, 1])[categories]], axis=2).ravel()
    day = np.tile((10.0 * np.arange(pairs)[:, None] + np.arange(2)).ravel(), many)
    frame = pd.DataFrame({"partnership": np.repeat(np.arange(many), 2 * pairs), "date": day, "status": "assessed"})
    return frame.assign(stage=pd.Categorical.from_codes(code, categories=STAGES, ordered=True))


def covered(clusters: int, correlation: float, runs: int, random: np.random.Generator) -> dict[str, list[bool]]:
    """Return for each number whether its limits held the truth, run by run."""
    chances, table = np.array([*MOVES.values()]), AGREEMENT.ravel()
    apart = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    chance = np.outer(AGREEMENT.sum(axis=1), AGREEMENT.sum(axis=0))
    true = 1 - (AGREEMENT * apart).sum() / (chance * apart).sum()
    found: dict[str, list[bool]] = {"moves: up": [], "moves: down": [], "transitions: up": [], "kappa": []}
    for _ in range(runs):
        seen = visits(drawn(chances, clusters, correlation, random))
        asked = {"lag": 1, "tolerance": 0.1, "until": 10.0 * PAIRS}
        both = moves(seen, **asked).set_index("move")
        for move in ("up", "down"):
            low, high = both.loc[move, ["low", "high"]]
            found[f"moves: {move}"].append(low <= MOVES[move] <= high)
        cell = transitions(seen, **asked).set_index(["stage", "into"]).loc[("collaboration", "integrated")]
        found["transitions: up"].append(cell["low"] <= MOVES["up"] <= cell["high"])
        cells = drawn(table, clusters, correlation, random)
        pairs = pd.DataFrame({"partnership": np.repeat(np.arange(clusters), PAIRS)})
        for side, code in (("first", cells.ravel() // 3), ("second", cells.ravel() % 3)):
            pairs[side] = pd.Categorical.from_codes(code, categories=STAGES, ordered=True)
        row = kappa(pairs, draws=1000).iloc[0]
        found["kappa"].append(row["low"] <= true <= row["high"])
    return found


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=1000)
    runs = asked.parse_args().runs
    random = np.random.default_rng(30)
    columns = [(many, correlation) for many in (10, 30) for correlation in (0, 0.1, 0.3)]
    cells = [covered(many, correlation, runs, random) for many, correlation in columns]
    print("| | " + " | ".join(f"{many}, {correlation:g}" for many, correlation in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in cells[0]:
        shares = [np.mean(each[name]) for each in cells]
        row = [f"{share:.3f} ± {np.sqrt(share * (1 - share) / runs):.3f}" for share in shares]
        print(f"| {name} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
