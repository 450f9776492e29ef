"""Coverage of the panel model's limits at n = 3, 5, 10, 30 partnerships (nominal 95%), with the default prior.

    python benchmarks/coverage/panel.py          # 400 registers a line, seeded

Each register: n partnerships of four to six assessments half a year to a year and a half apart, moving by the yearly rates
of `TRUTH`; endings dated exactly. Truth is fixed, not drawn from the prior. `not converged` counts refusals without a prior.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.measures.panel import panel_model
from lnlib.measures.panel_results import first_passage_times, probabilities, rates, sojourns

SIZES = (3, 5, 10, 30)
STAGES = ["coalition", "collaboration", "integrated"]
TRUTH = np.array([[0, 0.4, 0, 0.06], [0.15, 0, 0.3, 0.06], [0, 0.12, 0, 0.06], [0, 0, 0, 0]])


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


def answers(fit) -> dict[str, pd.DataFrame]:
    up = first_passage_times(fit, to=STAGES[-1]).iloc[:2]
    likely = probabilities(fit, over=1).query("`from` != 'ended'")
    return {
        "rates": rates(fit)[["rate", "low", "high"]],
        "sojourns": sojourns(fit)[["mean", "low", "high"]],
        "P(1 year)": likely[["probability", "low", "high"]],
        "ever integrated": up[["probability", "probability_low", "probability_high"]],
        "years to integrated, if reached": up[["mean_if_reached", "low", "high"]],
    }


def main(registers: int) -> None:
    random = np.random.default_rng(12)
    exact = panel_model(register(400, random))
    log_truth = np.log(TRUTH[tuple(exact.design.transitions.T)])
    exact.parameters["estimate"] = log_truth
    truth = {name: table.to_numpy()[:, 0] for name, table in answers(exact).items()}
    print("| limits | " + " | ".join(f"n = {n}" for n in SIZES) + " |\n|---|" + "---|" * len(SIZES))
    covered: dict[str, list[str]] = {name: [] for name in truth}
    worst: list[str] = []
    refused: list[str] = []
    for n in SIZES:
        inside: dict[str, list[np.ndarray]] = {name: [] for name in truth}
        failed = 0
        for number in range(registers):
            visits = register(n, random)
            for name, table in answers(panel_model(visits)).items():
                values = table.to_numpy()
                inside[name].append((values[:, 1] <= truth[name]) & (truth[name] <= values[:, 2]))
            if number < registers // 4:
                try:
                    failed += bool(any("do not tell" in each for each in panel_model(visits, prior=None).problems))
                except LnlibError:
                    failed += 1
        for name, each in inside.items():
            covered[name].append(f"{np.mean(each):.3f}")
        worst.append(f"{np.mean(inside['rates'], axis=0).min():.3f}")
        refused.append(f"{failed / (registers // 4):.2f}")
    for name, each in covered.items():
        print(f"| {name} | " + " | ".join(each) + " |")
    print("| worst of the rates | " + " | ".join(worst) + " |")
    print("| without a prior: refused or not told | " + " | ".join(refused) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
