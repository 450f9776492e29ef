"""How sure the figures of an edition are: recorded beside estimated, and pace by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.history.choices import Choices
from lnlib.history.exposure import exposed_visits
from lnlib.history.lives import visits
from lnlib.history.spells import spells
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.panel.hidden import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.model import PanelFit
from lnlib.measures.panel.rates import group_multipliers
from lnlib.measures.panel.results import sojourns
from lnlib.register import Register
from lnlib.words import Words

_MODEL = ("placed", "rater", "evidence")


def recorded_and_estimated(
    register: Register,
    choices: Mapping[str, Any] | None = None,
    *,
    years: float = 2,
    least_n: int = 5,
    language: str = "en",
) -> pd.DataFrame:
    """Return figures that take ratings at their word beside those of the model with the stage hidden behind raters who err.

    Parameters
    ----------
    register : Register
    choices : mapping, optional
        As `Choices.of` takes them.
    years : float
        Years since the start by which a stage is reached.
    least_n : int
        Where fewer partnerships are in the model, nothing is estimated.
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        One row a figure: `figure`, `recorded`, `estimated` (with its 95% interval), all in words: the shares of partnerships
        that ever moved up and back, the share that reached the second stage in time, and the mean stay at each stage (of
        which nothing is recorded). Of an ordinal register no rows.
    """
    chosen, words = Choices.of(register, choices), Words.load(language)
    names = ["figure", "recorded", "estimated"]
    if chosen.ordinal:
        return pd.DataFrame({name: [] for name in names})
    fit = _model(register, chosen, least_n)
    rated = visits(register, chosen).query("status == 'assessed'")
    step = rated["stage"].cat.codes.groupby(rated["partnership"]).diff()
    every = rated["partnership"].nunique()
    rows = []
    for move, moved in (("up", step > 0), ("down", step < 0)):
        count = rated.loc[moved, "partnership"].nunique()
        own = None if fit is None else ever_moved(fit, move=move).iloc[0]
        text = words("certainty.count", count=count, n=every)
        rows.append((words(f"certainty.ever.{move}"), text, _share(own, "share", words)))
    stage = register.scale.keys[1]
    label = register.scale.labels(language)[stage]
    table = reached_after(first_passage(spells(register, chosen), to=stage), years=years)
    mine = table[table["event"] == "reached"].iloc[0]
    known = mine["n_at_risk"] >= least_n and np.isfinite(mine["incidence"])
    text = _share(mine, "incidence", words) if known else words("certainty.too_few")
    own = None if fit is None else passage(fit, to=stage, over=[years]).iloc[0]
    rows.append((words("certainty.reached", stage=label, n=years), text, _share(own, "incidence", words)))
    for row in [] if fit is None else sojourns(fit).to_dict("records"):
        values = {name: words.number(row[name], decimals=1) for name in ("mean", "low", "high")}
        stay = words("certainty.stay", stage=register.scale.labels(language)[str(row["stage"])])
        rows.append((stay, "", words("certainty.years", **values)))
    return pd.DataFrame(rows, columns=names)


def paces(
    register: Register,
    by: str,
    choices: Mapping[str, Any] | None = None,
    *,
    least_n: int = 5,
    labels: Mapping[str, str] | None = None,
    language: str = "en",
) -> pd.DataFrame:
    """Return how fast partnerships of each group moved up, beside all together: pooled ratios, for the chart `forest`.

    Parameters
    ----------
    register : Register
    by : str
        A column of `Register.described`, such as `unit` or `state_kind`.
    choices : mapping, optional
        As `Choices.of` takes them.
    least_n : int
        Groups with fewer partnerships in the model are not shown.
    labels : mapping, optional
        What each group is called; by default as it is.
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        `label`, `compared_with`, `n`, `ratio`, `low`, `high`, `shown`; no rows where no model can be fitted.
    """
    chosen, words = Choices.of(register, choices), Words.load(language)
    if chosen.ordinal or _model(register, chosen, least_n) is None:
        return pd.DataFrame({name: [] for name in ("label", "compared_with", "n", "ratio", "low", "high", "shown")})
    home = register.described.set_index("partnership")[by].astype("str")
    rows = _ratings(register, chosen)
    rows = rows.assign(group=rows["partnership"].map(home))
    rows = rows[rows["group"].notna() & (rows["group"] != "")].reset_index(drop=True)
    fit = hidden_stage_model(rows, until=register.observed[1])
    found = group_multipliers(rows, by="group", fit=fit, moves="up")
    called = dict(labels or {})
    return pd.DataFrame(
        {
            "label": [called.get(str(group), str(group)) for group in found["group"]],
            "compared_with": words("together"),
            "n": found["n"],
            "ratio": found["multiplier"],
            "low": found["low"],
            "high": found["high"],
            "shown": found["n"] >= least_n,
        }
    )


def _ratings(register: Register, choices: Choices) -> pd.DataFrame:
    rows = exposed_visits(register, **{name: choices[name] for name in _MODEL})
    return rows.loc[rows["status"] != "changed", ["partnership", "date", "stage", "status", "rated_by"]]


def _model(register: Register, choices: Choices, least_n: int) -> PanelFit | None:
    try:
        fit = hidden_stage_model(_ratings(register, choices), until=register.observed[1])
    except LnlibError:  # too little was rated: the recorded figures stand alone, and the table says so
        return None
    return fit if fit.n_partnerships >= least_n else None


def _share(row: Any, name: str, words: Words) -> str:
    if row is None:
        return words("certainty.no_model")
    if np.isnan(row["low"]):
        return words.percent(row[name])
    return words(
        "certainty.share",
        **{key: words.percent(row[each]) for key, each in (("share", name), ("low", "low"), ("high", "high"))},
    )
