"""Coverage of the limits of curves at n = 3, 5, 10, 30 (nominal 95%).

    python benchmarks/coverage/first_passage.py          # 4,000 registers a line, seeded

Times to the event are exponential with S(1) = 0.5, censoring even on 0.5 … 2.5; the curve is read at 1. With a competing
ending, both causes have rate 0.5 a year. Where limits are undefined (nothing, or everything, has happened) the register is
counted as *not covered* in `all`, and left out in `where defined`. ± is the standard error of the simulation.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from lnlib.measures.curves.occupation import occupation_of_stays
from lnlib.measures.curves.survival import cumulative_incidence, kaplan_meier

SIZES = (3, 5, 10, 30)


def at_one(curve: pd.DataFrame) -> pd.DataFrame:
    return curve[curve["time"] <= 1].groupby("register", sort=True).last()


def share(inside: np.ndarray | pd.Series) -> str:
    return f"{np.mean(inside):.3f} ± {np.std(inside) / np.sqrt(len(inside)):.3f}"


def line(name: str, n: int, low: np.ndarray, high: np.ndarray, truth: float) -> None:
    inside = (low - 1e-12 <= truth) & (truth <= high + 1e-12)
    defined = ~np.isnan(low)
    print(f"| {name} | {n} | {share(inside)} | {share(inside[defined])} | {1 - defined.mean():.2f} |", flush=True)


def main(registers: int) -> None:
    random = np.random.default_rng(11)
    print("| limits | n | all | where defined | undefined |\n|---|---|---|---|---|")
    for n in SIZES:
        register = np.repeat(np.arange(registers), n)
        event = random.exponential(1 / np.log(2), registers * n)
        censored = random.uniform(0.5, 2.5, registers * n)
        followed = pd.DataFrame({"register": register, "time": np.minimum(event, censored), "event": event <= censored})
        for limits in ("plain", "log-log", "beta", "small-n"):
            found = at_one(kaplan_meier(followed, by="register", limits=limits))
            line(f"Kaplan–Meier, {limits}", n, found["low"].to_numpy(), found["high"].to_numpy(), 0.5)
    for n in SIZES:
        few = registers // 4
        register = np.repeat(np.arange(few), n)
        event = random.exponential(1.0, few * n)
        cause = np.where(random.random(few * n) < 0.5, "reached", "ended")
        censored = random.uniform(0.5, 2.5, few * n)
        known = pd.Categorical(np.where(event <= censored, cause, None), ["reached", "ended"])
        followed = pd.DataFrame({"register": register, "time": np.minimum(event, censored), "event": known})
        truth = 0.5 * (1 - np.exp(-1))
        for limits in ("log-log", "beta", "small-n"):
            curve = cumulative_incidence(followed, by="register", limits=limits)
            found = at_one(curve[curve["event"] == "reached"])
            line(f"cumulative incidence, {limits}", n, found["low"].to_numpy(), found["high"].to_numpy(), truth)
    for n in SIZES:
        few = registers // 4
        stays = chain(few, n, random)
        for limits in ("log-log", "beta", "small-n"):
            found = occupation_of_stays(stays, by="register", at=[2.0], limits=limits)
            found = found[found["stage"] == "low"]
            line(
                f"occupation with reversals, {limits}",
                n,
                found["low"].to_numpy(),
                found["high"].to_numpy(),
                0.5 + 0.5 * np.exp(-4 * 0.5),
            )


def chain(registers: int, n: int, random: np.random.Generator) -> pd.DataFrame:
    """Two stages, rate 0.5 both ways, from the lower one, seen without gaps for three years."""
    rows = []
    for subject in range(registers * n):
        clock, stage = 0.0, 0
        while clock < 3:
            stop = clock + random.exponential(2.0)
            rows.append((subject, clock, min(stop, 3.0), stage, 1 - stage if stop < 3 else -1))
            clock, stage = stop, 1 - stage
    found = pd.DataFrame(rows, columns=["subject", "start", "stop", "stage", "into"])
    words = ["low", "high"]
    return found.assign(
        register=found["subject"] // n,
        stage=pd.Categorical.from_codes(found["stage"], words, ordered=True),
        into=pd.Categorical.from_codes(found["into"], words),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
