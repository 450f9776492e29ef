"""Compare the hazard ratios of notebook 07 with the effects that a register was simulated with.

    python benchmarks/measures/mechanisms.py [--large 4000] [--small 160] [--registers 40]

Registers are drawn from `data/demonstration/rates.yml`, whose `effects` are the truth, and the claims of the note are
evaluated on them as in the notebook. One large register tells the bias: each log hazard ratio beside the truth, in standard
errors. Many of the size of the demonstration tell what an interval is worth there: how often it holds the truth. Each is
done twice: with the stage hidden behind raters who err, as the notebook does, and with every rating taken at its word (of
two on a day the lower).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from lnlib.analyses.claims import Claims, Evaluation, evaluate
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.measures.panel.results import hazard_ratios, rates
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.simulate import simulate

RATES = Path(__file__).parents[2] / "data" / "demonstration" / "rates.yml"
MOVES = {"up": "up", "from_lowest": "up", "into_highest": "up", "down": "down", "ended": "end"}


def true_effect(declared: Rates, covariate: str, value: object, move: str) -> float:
    """Return the log hazard ratio that the register was simulated with; a tier's is against the national one."""
    attribute, _, word = covariate.partition(" ")
    if pd.notna(value) and str(value):
        word = str(value)
    if attribute in declared.mechanisms:
        return float(np.log(declared.hazard_ratio(MOVES[move], mechanisms=(attribute,))))
    with_it = declared.hazard_ratio(MOVES[move], **{attribute: word or True})
    without = declared.hazard_ratio(MOVES[move], tier="national") if attribute == "tier" else 1.0
    return float(np.log(with_it / without))


def beside_truth(fit: PanelFit, declared: Rates) -> pd.DataFrame:
    """Return each effect of a fitted model once, with the truth and how many standard errors it is off."""
    found = hazard_ratios(fit).drop_duplicates(["covariate", "value", "effect"])
    found = found[found["covariate"] != "date"]  # rates that change by the year are of the closings
    place = {str(state): number for number, state in enumerate(fit.states)}
    step = found["to"].astype(str).map(place) - found["from"].astype(str).map(place)
    move = np.where(found["to"].astype(str) == "ended", "ended", np.where(step > 0, "up", "down"))
    truth = [
        true_effect(declared, row.covariate, row.value, kind)
        for row, kind in zip(found.itertuples(), move, strict=True)
    ]
    found = found.assign(move=move, truth=truth)
    return found.assign(off=(found["effect"] - found["truth"]) / found["se"])


def at_their_word(evaluation: Evaluation, covariates: Collection[str] = ()) -> PanelFit:
    """Fit the same model, or one of these covariates and rates constant in time, with every rating taken as the stage.

    Of two ratings on a day the lower is taken.
    """
    visits = evaluation.visits.sort_values(["partnership", "date", "stage"], kind="stable")
    rated = visits["status"] == "assessed"
    again = rated & visits.assign(rated=rated).duplicated(["partnership", "date", "rated"])
    fit = evaluation.fit
    assert fit is not None
    return panel_model(
        visits[~again],
        covariates=[*covariates] or fit.covariates,
        same_effects={name: fit.shared[name] for name in covariates} or fit.shared,
        cuts=() if covariates else fit.cuts,
        until=evaluation.register.observed[1],
    )


def large(declared: Rates, partnerships: int, seed: int) -> None:
    """Print every effect of one large register beside the truth, and the baseline rates."""
    started = time.process_time()
    evaluation = evaluate(Claims.load(), simulate(declared, partnerships=partnerships, seed=seed))
    assert evaluation.fit is not None, evaluation.problem
    hidden = beside_truth(evaluation.fit, declared)
    print(f"## {partnerships} partnerships, seed {seed} ({time.process_time() - started:.0f} s of processor time)\n")
    plain = at_their_word(evaluation)
    word = beside_truth(plain, declared)
    print(
        "| effect | move | true ratio | hidden (se of log) | off, se | at their word | off, se |\n|---|---|---|---|---|---|---|"
    )
    for one, other in zip(hidden.itertuples(), word.itertuples(), strict=True):
        name = f"{one.covariate} {one.value}" if pd.notna(one.value) else one.covariate
        print(
            f"| {name} | {one.move} {one[3]} → {one[4]} | {np.exp(one.truth):.2f} | {one.ratio:.2f} ({one.se:.2f}) "
            f"| {one.off:+.1f} | {other.ratio:.2f} | {other.off:+.1f} |"
        )
    for name, found in (("hidden", hidden), ("at their word", word)):
        print(
            f"\n{name}: root mean square {np.sqrt((found['off'] ** 2).mean()):.2f} standard errors over {len(found)} effects; "
            f"greatest {found['off'].abs().max():.1f}; beyond 2: {(found['off'].abs() > 2).sum()}, beyond 3: "
            f"{(found['off'].abs() > 3).sum()}"
        )
    print("\nMisratings (declared " + ", ".join(f"{k} {v.misrates}" for k, v in declared.visits.items()) + "):\n")
    print(evaluation.misrated().round(3).to_string(index=False))
    print("\nRates of partnerships of the kind most often held, with nothing in force:\n")
    at = {name: 0 for name in evaluation.fit.covariates if name not in ("tier", "non_state_kind")}
    at |= {"tier": "commune", "non_state_kind": "ngo"}
    true = declared.true_rates(tier="commune", non_state_kind="ngo")
    table = rates(evaluation.fit, at=at).merge(rates(plain, at=at), on=["from", "to"])
    for row in table.itertuples():
        truth = true.loc[str(row[1]), str(row[2])] if str(row[2]) in true.columns else np.nan
        print(f"{row[1]} → {row[2]}: declared {truth:.3f}, hidden {row.rate_x:.3f}, at their word {row.rate_y:.3f}")


def small(declared: Rates, partnerships: int, registers: int) -> None:
    """Print, over many registers, how often each interval holds the truth and where its middle lies.

    The intervals of one register hang together, so the simulation error of a share is that between registers.
    """
    parts, shown, refused = [], [], 0
    for seed in range(registers):
        evaluation = evaluate(Claims.load(), simulate(declared, partnerships=partnerships, seed=1000 + seed))
        if evaluation.fit is None:
            refused += 1
            continue
        for way, fit in (("hidden", evaluation.fit), ("at their word", at_their_word(evaluation))):
            parts.append(beside_truth(fit, declared).assign(way=way, register=seed))
        asked = evaluation.comparisons.query("shown and move != ''")
        truth = [true_effect(declared, row.covariate, row.value, row.move) for row in asked.itertuples()]
        shown.append(asked.assign(truth=truth, way="hidden", register=seed))
    found, ratios = pd.concat(parts), pd.concat(shown)
    ratios["held"] = (np.log(ratios["low"]) <= ratios["truth"]) & (ratios["truth"] <= np.log(ratios["high"]))
    ratios["bias"] = ratios["effect"] - ratios["truth"]
    found["held"] = (np.log(found["low"]) <= found["truth"]) & (found["truth"] <= np.log(found["high"]))
    found["bias"] = found["effect"] - found["truth"]
    print(f"\n## {registers} registers of {partnerships} partnerships ({refused} without a fit)\n")
    found = found[~found["covariate"].isin(["non_state_kind", "state_kind owso"])]
    telling = found["truth"] != 0
    groups = {"effects other than 1": found[telling], "effects of 1": found[~telling], "asked and shown": ratios}
    for name, rows in groups.items():
        table = rows.groupby("way").agg(n=("held", "size"), held=("held", "mean"), bias=("bias", "mean"))
        by = rows.groupby(["way", "register"]).agg(held=("held", "mean"), bias=("bias", "mean")).groupby("way")
        table = table.join((by.std() / np.sqrt(by.count())).add_prefix("error_"))
        print(f"{name}:\n{table.round(3).to_string()}\n")
    each = ratios.groupby(["covariate", "value", "move"]).agg(
        truth=("truth", "mean"), mean=("effect", "mean"), held=("held", "mean"), n=("held", "size")
    )
    print(f"asked and shown, one by one:\n{each.round(2).to_string()}\n")
    hidden = found[(found["way"] == "hidden") & telling]
    each = hidden.groupby(["covariate", hidden["value"].fillna(""), "move"]).agg(
        truth=("truth", "mean"), mean=("effect", "mean"), held=("held", "mean"), n=("held", "size")
    )
    print(each.round(2).to_string())


def main() -> None:
    """Print both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--large", type=int, default=4000)
    asked.add_argument("--small", type=int, default=160)
    asked.add_argument("--registers", type=int, default=40)
    asked.add_argument("--seed", type=int, default=5)
    chosen = asked.parse_args()
    declared = Rates.load(RATES)
    if chosen.large:
        large(declared, chosen.large, chosen.seed)
    if chosen.registers:
        small(declared, chosen.small, chosen.registers)


if __name__ == "__main__":
    main()
