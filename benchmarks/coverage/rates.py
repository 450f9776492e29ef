"""Coverage of provinces' multipliers at n = 3, 5, 10, 30 partnerships a province (nominal 95%).

    python benchmarks/coverage/rates.py              # 100 registers a line, seeded
    python benchmarks/coverage/rates.py 60 0.9       # 60 registers a line, only where the true spread is 0.9

Eight provinces; province g moves at exp(u_g) times the rates of `panel.TRUTH`, u ~ N(0, spread²). The truth that a
multiplier should cover is relative to the pooled fit, whose level follows the provinces of the register: exp(u_g) times
the mean ratio of true to fitted rates, weighed by how many moves each rate explains. ± is the standard error of the simulation,
over registers.
"""

from __future__ import annotations

import sys

import numpy as np
import panel

from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.model import panel_model

SPREADS = (0.2, 0.5, 0.9)


def main(registers: int, spreads: tuple[float, ...]) -> None:
    random = np.random.default_rng(13)
    print("| spread | n a province | covered, pooled | covered, raw | error of log, pooled | raw (where finite) |")
    print("|---|---|---|---|---|---|")
    for spread in spreads:
        for n in panel.SIZES:
            inside, raw_inside, off, raw_off = [], [], [], []
            for _ in range(registers):
                pace = random.normal(0, spread, 8)
                whose = np.repeat(np.arange(8), n)
                visits = panel.register(8 * n, random, rates_of=panel.TRUTH * np.exp(pace[whose])[:, None, None])
                visits["province"] = whose[visits["partnership"]]
                fit = panel_model(visits)
                found = group_multipliers(visits, by="province", fit=fit)
                origin, into = fit.design.transitions.T
                weight = 1 / fit.parameters["se"].to_numpy() ** 2
                level = np.average(np.log(panel.TRUTH[origin, into]) - fit.theta, weights=weight)
                truth = np.exp(pace + level)
                inside.append(((found["low"] <= truth) & (truth <= found["high"])).to_numpy())
                raw_inside.append(((found["raw_low"] <= truth) & (truth <= found["raw_high"])).to_numpy())
                off.append((np.log(found["multiplier"]) - np.log(truth)).to_numpy())
                finite = (found["raw"] > 0) & np.isfinite(found["raw"])
                raw_off.append((np.log(found["raw"].where(finite, 1)) - np.log(truth)).where(finite).to_numpy())
            print(
                f"| {spread} | {n} | {covered(inside)} | {covered(raw_inside)} | "
                f"{np.sqrt(np.mean(np.square(off))):.2f} | {np.sqrt(np.nanmean(np.square(raw_off))):.2f} |",
                flush=True,
            )


def covered(inside: list[np.ndarray]) -> str:
    each = np.mean(inside, axis=1)
    return f"{each.mean():.3f} ± {each.std() / np.sqrt(len(each)):.3f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, tuple(float(each) for each in sys.argv[2:]) or SPREADS)
