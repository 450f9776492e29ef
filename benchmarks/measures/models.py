"""Time occupation, first passage and the panel model on the 100,000 × 10 panel; R's beside ours, where R is.

    python benchmarks/measures/models.py             # ours, and R's survival and msm if Rscript has them
    python benchmarks/measures/models.py --small     # 10,000 partnerships
    python benchmarks/measures/models.py --no-r      # ours alone

Ours: the median of five runs, and the peak memory of a process that does nothing else. R's: one run each (msm takes half
a minute), the time of the fitting call alone. R reads the very same rows.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import panel_recipe

from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.curves.occupation import occupation
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.results import rates

STATES = [*panel_recipe.STAGES, "ended"]
ALLOWED = [(one, other) for one in STATES[:-1] for other in STATES if one != other]
LIMITS = {"occupation, merged spells": 1.5, "occupation, a spell per assessment": 1.5, "panel model, 9 rates": 0.6}
R_AJ = """
suppressMessages(library(survival))
d <- read.csv(commandArgs(TRUE)[1])
d$event <- factor(d$to, c(0, 1, 2, 3, 4), c("censor", "s1", "s2", "s3", "s4"))
d$from <- factor(d$from, 1:4, c("s1", "s2", "s3", "s4"))
t <- system.time(f <- survfit(Surv(start, stop, event) ~ 1, id = id, istate = from, data = d))["elapsed"]
k <- length(f$time)
cat(sprintf('{"seconds": %.3f, "last": [%s], "se": [%s]}', t,
  paste(sprintf("%.12f", f$pstate[k, ]), collapse = ","), paste(sprintf("%.12f", f$std.err[k, ]), collapse = ",")))
"""
R_MSM = """
suppressMessages(library(msm))
d <- read.csv(commandArgs(TRUE)[1])
q <- rbind(c(0, 1, 1, 1), c(1, 0, 1, 1), c(1, 1, 0, 1), c(0, 0, 0, 0)) * 0.2
t <- system.time(f <- msm(state ~ years, subject = id, data = d, qmatrix = q, gen.inits = TRUE, deathexact = 4,
  control = list(fnscale = 1e6, maxit = 1000)))["elapsed"]
cat(sprintf('{"seconds": %.3f, "minus2ll": %.6f}', t, f$minus2loglik))
"""


def works(panel: pd.DataFrame, histories: pd.DataFrame, merged: pd.DataFrame) -> dict:
    fit = panel_model(panel, allowed=ALLOWED)
    return {
        "occupation, merged spells": lambda: occupation(merged),
        "occupation, a spell per assessment": lambda: occupation(histories),
        "first passage": lambda: first_passage(merged, to=panel_recipe.STAGES[-1]),
        "first passage by province": lambda: first_passage(merged, to=panel_recipe.STAGES[-1], by="province"),
        "panel model, 9 rates": lambda: panel_model(panel, allowed=ALLOWED),
        "panel model, 5 kinds of actor": lambda: panel_model(panel, covariates="kind", same_effects={"kind": True}),
        "multipliers of 25 provinces": lambda: group_multipliers(panel, by="province", fit=fit),
    }


def data(partnerships: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    panel = panel_recipe.visits(partnerships=partnerships)
    return panel, panel_recipe.spells(panel, merged=False), panel_recipe.spells(panel)


def rscript(code: str, frame: pd.DataFrame) -> dict | str:
    if shutil.which("Rscript") is None:
        return "no Rscript here"
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "rows.csv", Path(folder) / "run.R"
        frame.to_csv(path, index=False)
        script.write_text(code)
        done = subprocess.run(["Rscript", str(script), str(path)], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()[-300:]


def counting(merged: pd.DataFrame) -> pd.DataFrame:
    begun = merged.groupby("partnership")["start"].transform("min")
    rows = (merged["status"] == "assessed").to_numpy()
    to = merged["into"].cat.codes.to_numpy() + 1
    return pd.DataFrame(
        {
            "id": merged["partnership"],
            "start": (merged["start"] - begun).dt.total_seconds() / 86400,
            "stop": (merged["end"] - begun).dt.total_seconds() / 86400,
            "from": merged["stage"].cat.codes + 1,
            "to": np.where(to <= len(STATES), to, 0),
        }
    )[rows]


def panel_rows(panel: pd.DataFrame) -> pd.DataFrame:
    years = (panel["date"] - panel["date"].min()).dt.days / 365.25
    state = np.where(panel["status"] == "ended", 4, panel["stage"].cat.codes + 1)
    return pd.DataFrame({"id": panel["partnership"], "years": years, "state": state})


def peak(name: str, partnerships: int) -> float:
    """Measure what one task adds to the memory of a fresh process that has the data, in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--peak", name, str(partnerships)], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def main(partnerships: int) -> None:
    panel, histories, merged = data(partnerships)
    print(f"{partnerships:,} partnerships, {len(panel):,} rows, {len(histories):,} spells ({len(merged):,} merged)\n")
    print("| measure | limit, s | median of 5, s | its processor time, s | peak memory, MB |\n|---|---|---|---|---|")
    medians = {}
    for name, work in works(panel, histories, merged).items():
        times, busy = [], []
        for _ in range(5):
            began, used = time.perf_counter(), time.process_time()
            work()
            times.append(time.perf_counter() - began)
            busy.append(time.process_time() - used)
        medians[name] = statistics.median(times)
        own = statistics.median(busy)
        limit = f"{LIMITS[name]:.2f}" if name in LIMITS else ""
        print(f"| {name} | {limit} | {medians[name]:.2f} | {own:.2f} | {peak(name, partnerships):.0f} |", flush=True)
    fit = panel_model(panel, allowed=ALLOWED, prior=None)
    truth = panel_recipe.RATES[panel_recipe.RATES > 0]
    found = rates(fit)
    away = (np.log(found["rate"]) - np.log(truth)) / (found["se"] / found["rate"])
    print(f"\nbias of the nine log-rates, in standard errors: {', '.join(f'{x:+.1f}' for x in away)}")
    if "--no-r" in sys.argv:
        return
    survival = rscript(R_AJ, counting(merged))
    if isinstance(survival, dict):
        ours = occupation(merged).tail(4)
        print(
            f"R survival, merged spells: {survival['seconds']:.1f} s, ×{survival['seconds'] / medians['occupation, merged spells']:.0f};",
            end=" ",
        )
        print(
            f"greatest difference {np.abs(ours['probability'] - survival['last']).max():.1e} (se {np.abs(ours['se'] - survival['se']).max():.1e})"
        )
    else:
        print("R survival:", survival)
    msm = rscript(R_MSM, panel_rows(panel))
    if isinstance(msm, dict):
        print(
            f"R msm: {msm['seconds']:.1f} s, ×{msm['seconds'] / medians['panel model, 9 rates']:.0f}; −2 log-likelihood ours {fit.minus2ll:.4f}, msm's {msm['minus2ll']:.4f}"
        )
    else:
        print("R msm:", msm)


if __name__ == "__main__":
    if "--peak" in sys.argv:
        given = data(int(sys.argv[-1]))
        works(*given)[sys.argv[-2]]()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        main(10_000 if "--small" in sys.argv else 100_000)
