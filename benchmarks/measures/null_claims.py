"""How often the claims of the note are supported: in registers without any effect, and in those drawn as declared.

    python benchmarks/measures/null_claims.py [--registers 200] [--first 0] [--power 100] [--partnerships 160]

Registers of the size of the demonstration are drawn from `data/demonstration/rates.yml`, once with all `effects` taken out,
so that no claim holds, and once with them. The claims are evaluated as notebook 07 does. In the first, the share of
registers that support any claim is the error of the whole procedure; in the second, the share that supports a claim is
its power. `--first 200` goes on where 200 registers ended. Intervals are Clopper and Pearson's.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from lnlib.analyses.claims import Claims, evaluate
from lnlib.measures.intervals import limits
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.simulate import simulate

RATES = Path(__file__).parents[2] / "data" / "demonstration" / "rates.yml"
VERDICTS = ("supported", "partly", "inconclusive", "against", "few")


def without_effects(rates: Rates) -> Rates:
    """Return the rates with every hazard ratio 1, and mechanisms that start whatever came before."""
    mechanisms = {name: dataclasses.replace(each, after="") for name, each in rates.mechanisms.items()}
    return dataclasses.replace(rates, effects={}, mechanisms=mechanisms)


def verdicts(rates: Rates, *, registers: int, partnerships: int, seed: int) -> pd.DataFrame:
    """Evaluate the claims on many registers: one row a register and claim."""
    note, parts = Claims.load(), []
    for number in range(registers):
        found = evaluate(note, simulate(rates, partnerships=partnerships, seed=seed + number))
        shown = found.comparisons[found.comparisons["shown"] & (found.comparisons["brings"] == "")]
        outside = ((shown["low"] > 1) | (shown["high"] < 1)).sum()
        parts.append(
            found.tests.assign(register=number, fitted=found.fit is not None, single=outside, shown=len(shown))
        )
    return pd.concat(parts, ignore_index=True)


def printed(found: pd.DataFrame, title: str) -> None:
    """Print how often each claim got each verdict, and how often any was supported."""
    every = found["register"].nunique()
    print(f"\n{title}, {every} registers, {int((~found.groupby('register')['fitted'].first()).sum())} without a fit:\n")
    print("| claim | " + " | ".join(VERDICTS) + " | median detectable factor |\n|---|" + "---|" * (len(VERDICTS) + 1))
    for claim, rows in found.groupby("claim", sort=False):
        counts = [int((rows["verdict"] == verdict).sum()) for verdict in VERDICTS]
        print(f"| {claim} | " + " | ".join(map(str, counts)) + f" | {rows['detectable_rise'].median():.1f} |")
    for name, kinds in (("supported", ["supported", "partly"]), ("spoken against", ["against"])):
        some = found[found["verdict"].isin(kinds)]["register"].nunique()
        low, high = limits(np.array([some]), np.array([every]), interval="clopper_pearson")
        print(
            f"\nRegisters with any claim {name}: {some} of {every} ({some / every:.1%}; {low[0]:.1%} to {high[0]:.1%})"
        )
    first = found.groupby("register").first()
    print(f"Single intervals (95%) without 1: {int(first['single'].sum())} of {int(first['shown'].sum())}")


def main() -> None:
    """Print both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--registers", type=int, default=200)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--power", type=int, default=100)
    asked.add_argument("--partnerships", type=int, default=160)
    chosen = asked.parse_args()
    rates = Rates.load(RATES)
    if chosen.registers:
        found = verdicts(
            without_effects(rates),
            registers=chosen.registers,
            partnerships=chosen.partnerships,
            seed=10_000 + chosen.first,
        )
        printed(found, "No effect")
    if chosen.power:
        printed(
            verdicts(rates, registers=chosen.power, partnerships=chosen.partnerships, seed=20_000),
            "Effects as declared",
        )


if __name__ == "__main__":
    main()
