"""Coverage of the panel model's limits at n = 3, 5, 10, 30 partnerships (nominal 95%), with the default prior.

    python benchmarks/coverage/panel.py              # 400 registers a column, each column from a seed of its own
    python benchmarks/coverage/panel.py 2000 5 10    # 2,000 registers, only the columns of n = 5 and 10

Each register: n partnerships of four to six assessments half a year to a year and a half apart, moving by the yearly rates
of `TRUTH`; endings dated exactly. Truth is fixed, not drawn from the prior. Hazard ratios are of a second register, in which
each partnership is marked or not with even chance and a mark multiplies the rates up by 2, down by 0.5 and to the end by 1.

± is the standard error of the simulation, of the mean over a register's quantities; in brackets the least covered of
them with its own. Limits that are NaN cover nothing. Without a prior, the first quarter of the registers is fitted.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.measures.panel.model_occupation import model_occupation
from lnlib.measures.panel.results import (
    hazard_ratios,
    passage_probabilities,
    probabilities,
    rates,
    sojourns,
)

SIZES = (3, 5, 10, 30)
STAGES = ["coalition", "collaboration", "integrated"]
TRUTH = np.array([[0, 0.4, 0, 0.06], [0.15, 0, 0.3, 0.06], [0, 0.12, 0, 0.06], [0, 0, 0, 0]])
RATIOS = np.array([[1, 2, 1, 1], [0.5, 1, 2, 1], [1, 0.5, 1, 1], [1, 1, 1, 1]])


def register(n: int, random: np.random.Generator, *, rates_of: np.ndarray | None = None) -> pd.DataFrame:
    """Simulate a register; `rates_of` gives each partnership its own rates (n × 4 × 4)."""
    q = np.broadcast_to(TRUTH, (n, 4, 4)) if rates_of is None else rates_of
    rows = []
    for who in range(n):
        stage, clock, visit = int(random.choice(3, p=[0.7, 0.2, 0.1])), 0.0, 0.0
        rows.append((who, 0.0, stage))
        for _ in range(int(random.integers(3, 6))):
            following = visit + random.uniform(0.5, 1.5)
            while stage < 3:
                total = q[who, stage].sum()
                clock += random.exponential(1 / total)
                if clock >= following:
                    break
                stage = int(random.choice(4, p=q[who, stage] / total))
            if stage == 3:
                rows.append((who, clock, 3))
                break
            rows.append((who, following, stage))
            clock = visit = following
    found = pd.DataFrame(rows, columns=["partnership", "date", "code"])
    return found.assign(
        stage=pd.Categorical.from_codes(np.where(found["code"] < 3, found["code"], -1), STAGES, ordered=True),
        status=np.where(found["code"] == 3, "ended", "assessed"),
    )


def marked(n: int, random: np.random.Generator) -> pd.DataFrame:
    """Simulate a register in which some partnerships have a mark that changes their rates by `RATIOS`."""
    mark = random.random(n) < 0.5
    found = register(n, random, rates_of=TRUTH * np.where(mark[:, None, None], RATIOS, 1))
    return found.assign(mark=mark[found["partnership"]].astype(int))


def answers(fit: PanelFit) -> dict[str, np.ndarray]:
    """Return value, low and high of every quantity that has limits."""
    likely = probabilities(fit, over=1).query("`from` != 'ended'")
    passed = passage_probabilities(fit, over=3).query("`from` != 'ended' and `from` != to")
    ahead = model_occupation(fit, starting={STAGES[0]: 1}, over=[1, 3])
    tables = {
        "rates": rates(fit)[["rate", "low", "high"]],
        "sojourns": sojourns(fit)[["mean", "low", "high"]],
        "P(1 year)": likely[["probability", "low", "high"]],
        "occupation at 1 and 3 years": ahead[["probability", "low", "high"]],
        "passed within 3 years": passed[["probability", "low", "high"]],
    }
    return {name: table.to_numpy(dtype=float) for name, table in tables.items()}


def ratios(fit: PanelFit) -> np.ndarray:
    return hazard_ratios(fit)[["ratio", "low", "high"]].to_numpy(dtype=float)


def refuses(visits: pd.DataFrame) -> bool:
    """Return whether the fit without a prior refuses, or reports a rate that cannot be estimated."""
    try:
        return any("do not tell" in each for each in panel_model(visits, prior=None).problems)
    except LnlibError:
        return True


def cell(inside: list[np.ndarray]) -> str:
    each = np.array(inside, dtype=float)  # registers × quantities
    mean, least = each.mean(axis=1), each[:, each.mean(axis=0).argmin()]
    errors = [part.std() / np.sqrt(len(part)) for part in (mean, least)]
    return f"{mean.mean():.3f} ± {errors[0]:.3f} ({least.mean():.3f} ± {errors[1]:.3f})"


def main(registers: int, sizes: tuple[int, ...]) -> None:
    exact = panel_model(register(400, np.random.default_rng(12)))
    origin, into = exact.design.transitions.T
    exact.parameters["estimate"] = np.log(TRUTH[origin, into])
    truth = {name: values[:, 0] for name, values in answers(exact).items()}
    truth["hazard ratios, an effect a rate"] = RATIOS[origin, into]
    truth["hazard ratios, one up, one down, one to the end"] = np.array([2.0, 0.5, 1.0])
    kinds = np.where(into == 3, "end", np.where(into > origin, "up", "down")).tolist()
    firsts = [kinds.index(kind) for kind in ("up", "down", "end")]
    print("| limits | " + " | ".join(f"n = {n}" for n in sizes) + " |\n|---|" + "---|" * len(sizes))
    printed: dict[str, list[str]] = {name: [] for name in truth}
    refused: list[str] = []
    for n in sizes:
        random = np.random.default_rng([12, n])
        inside: dict[str, list[np.ndarray]] = {name: [] for name in truth}
        failed = []
        for number in range(registers):
            visits = register(n, random)
            found = answers(panel_model(visits))
            split = marked(n, random)
            each, shared = list(truth)[-2:]
            found[each] = ratios(panel_model(split, covariates="mark"))
            found[shared] = ratios(panel_model(split, covariates="mark", same_effects={"mark": kinds}))[firsts]
            for name, values in found.items():
                inside[name].append((values[:, 1] <= truth[name]) & (truth[name] <= values[:, 2]))
            if number < registers // 4:
                failed.append(refuses(visits))
        for name, held in inside.items():
            printed[name].append(cell(held))
        refused.append(f"{np.mean(failed):.2f}")
        print(f"n = {n} is done", file=sys.stderr, flush=True)
    for name, cells in printed.items():
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("| without a prior: refused, or a rate not estimable | " + " | ".join(refused) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, tuple(int(each) for each in sys.argv[2:]) or SIZES)
