"""Compare figures that take ratings at their word, and those of the hidden-stage model, with the simulated truth.

    python benchmarks/measures/hidden_stage.py [--large 4000] [--small 160] [--registers 100]

Registers are drawn from `data/demonstration/rates.yml`, where raters err. The truth is read from the simulated lives: the
share of partnerships whose stage truly moved up, or back, between their first and their last rating, and the share of those that
began at the lowest stage and had reached the second within two years. One large register shows the bias; many of the size
of the demonstration show how often the limits hold the truth: of the register's own lives for the moves (a count of
these partnerships), of the large register for the years to a stage (a probability).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

import lnlib as ln
from lnlib.errors import LnlibError
from lnlib.history.exposure import exposed_visits
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, passage
from lnlib.register import Register
from lnlib.simulation import simulate as module
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.drawn_lives import Lives

RATES = Path(__file__).parents[2] / "data" / "demonstration" / "rates.yml"
YEARS = 2.0
_YEAR = pd.Timedelta(days=365.25)


def drawn(rates: Rates, partnerships: int, seed: int) -> tuple[Register, Lives, pd.DataFrame]:
    """Simulate a register; return it with its lives and the frame they were drawn from."""
    kept: list[tuple[pd.DataFrame, Lives]] = []

    def live(declared: Rates, described: pd.DataFrame, *, random: np.random.Generator) -> Lives:
        kept.append((described, original(declared, described, random=random)))
        return kept[-1][1]

    original = module.live
    with patch.object(module, "live", live):
        register = module.simulate(rates, partnerships=partnerships, seed=seed)
    return register, kept[0][1], kept[0][0]


def truth(register: Register, lives: Lives, described: pd.DataFrame) -> dict[str, float]:
    """Return the true shares that moved up and back between first and last rating, and that reached the second stage in time."""
    rated = exposed_visits(register).query("status == 'assessed'")
    place = {name: number for number, name in enumerate(register.partnerships["partnership"])}
    spans = rated.groupby(rated["partnership"].map(place))["date"].agg(["min", "max"])
    since = pd.Series(pd.to_datetime(described["start"].to_numpy()))[spans.index]
    first, last = ((spans[name] - since) / _YEAR for name in ("min", "max"))
    same = lives.owner[1:] == lives.owner[:-1]
    step = np.where(same, np.sign(lives.stage[1:].astype(int) - lives.stage[:-1]), 0)
    moved = {}
    for name, way in (("up", 1), ("back", -1)):
        at = np.flatnonzero(step == way) + 1
        at = at[np.isin(lives.owner[at], spans.index)]
        inside = (lives.time[at] > first[lives.owner[at]]) & (lives.time[at] <= last[lives.owner[at]])
        moved[name] = len(np.unique(lives.owner[at[inside]])) / len(spans)
    opening = np.flatnonzero(np.diff(lives.owner, prepend=-1))
    low = lives.owner[opening][lives.stage[opening] == 0]
    up = same & (lives.stage[1:] > 0) & (lives.time[1:] <= YEARS)
    reached = np.unique(lives.owner[1:][up])
    horizon = (pd.Timestamp(register.observed[1]) - pd.Series(pd.to_datetime(described["start"].to_numpy()))) / _YEAR
    low = low[horizon[low] >= YEARS]  # followed for as long
    return moved | {"reached": float(np.isin(low, reached).mean())}


def recorded(register: Register) -> dict[str, float]:
    """Return the same shares with ratings taken at their word."""
    seen = ln.visits(register).query("status == 'assessed'")
    step = seen["stage"].cat.codes.groupby(seen["partnership"]).diff()
    every = seen["partnership"].nunique()
    table = reached_after(first_passage(ln.spells(register), to=register.scale.keys[1]), years=YEARS)
    return {
        "up": seen.loc[step > 0, "partnership"].nunique() / every,
        "back": seen.loc[step < 0, "partnership"].nunique() / every,
        "reached": float(table.loc[table["event"] == "reached", "incidence"].item()),
    }


def modelled(register: Register, *, directed: bool = True) -> dict[str, tuple[float, float, float]]:
    """Return the same shares of the hidden-stage model, with limits."""
    fit = hidden_stage_model(exposed_visits(register), until=register.observed[1], directed=directed)
    up, back = (ever_moved(fit, move=move).iloc[0] for move in ("up", "down"))
    reached = passage(fit, to=register.scale.keys[1], over=[YEARS]).query("event == 'reached'").iloc[0]
    return {
        "up": (up["share"], up["low"], up["high"]),
        "back": (back["share"], back["low"], back["high"]),
        "reached": (reached["incidence"], reached["low"], reached["high"]),
    }


def main() -> None:
    """Print the large register, then how often the limits hold the truth in small ones."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--large", type=int, default=4000)
    asked.add_argument("--small", type=int, default=160)
    asked.add_argument("--registers", type=int, default=100)
    chosen = asked.parse_args()
    rates = Rates.load(RATES)
    register, lives, described = drawn(rates, chosen.large, 1)
    true, word, model = truth(register, lives, described), recorded(register), modelled(register)
    print("| figure | register | recorded | hidden-stage model | truth |\n|---|---|---|---|---|")
    demonstration, own_lives, own_described = drawn(rates, 160, 17)  # as it ships, with the lives it was drawn from
    lived = truth(demonstration, own_lives, own_described)
    names = {"up": "ever moved up", "back": "ever moved back", "reached": "second stage within two years"}
    for name, label in names.items():
        share, low, high = model[name]
        print(
            f"| {label} | n = {chosen.large} | {word[name]:.3f} | {share:.3f} ({low:.3f}–{high:.3f}) | {true[name]:.3f} |"
        )
        share, low, high = modelled(demonstration)[name]
        print(
            f"| {label} | demonstration | {recorded(demonstration)[name]:.3f} | {share:.3f} ({low:.3f}–{high:.3f}) | {lived[name]:.3f} |"
        )
    held: dict[str, list[bool]] = {name: [] for name in names}
    off: dict[str, list[float]] = {name: [] for name in names}
    raw: dict[str, list[float]] = {name: [] for name in names}
    refused = 0
    for seed in range(chosen.registers):
        own, own_lives, own_described = drawn(rates, chosen.small, 3000 + seed)
        try:
            found = modelled(own)
        except LnlibError:
            refused += 1
            continue
        mine = truth(own, own_lives, own_described) | {"reached": true["reached"]}
        plain = recorded(own)
        for name in names:
            share, low, high = found[name]
            held[name].append(low <= mine[name] <= high)
            off[name].append(share - mine[name])
            raw[name].append(plain[name] - mine[name])
    if chosen.registers:
        print(f"\n{chosen.registers} registers of {chosen.small} partnerships, {refused} without a fit:\n")
        print(
            "| figure | limits hold the truth | mean error of the model | mean error as recorded |\n|---|---|---|---|"
        )
        for name, label in names.items():
            print(f"| {label} | {np.mean(held[name]):.2f} | {np.mean(off[name]):+.3f} | {np.mean(raw[name]):+.3f} |")


if __name__ == "__main__":
    main()
