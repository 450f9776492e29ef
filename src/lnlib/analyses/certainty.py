"""How sure the figures of an edition are: recorded beside estimated, pace by group, who is assessed, and whether gains last."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from lnlib.analyses.statistics.hidden_stage import HiddenStage, since_first_rating
from lnlib.charts.style.states import at_or_above
from lnlib.errors import LnlibError, NotEnough
from lnlib.history.choices import Choices
from lnlib.history.exposure import closings
from lnlib.history.spells import spells
from lnlib.history.visits import ratings, visits
from lnlib.measures.columns import years_between
from lnlib.measures.counts.assessment_rates import FACTORS, assessment_rates, weighted_share
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.curves.lasting_gains import gains
from lnlib.measures.curves.survival import cumulative_incidence
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.measures.panel.prevalence import prevalence
from lnlib.measures.panel.results import passage_probabilities, sojourns
from lnlib.register import Register
from lnlib.words import Words

LEAST_N = 5  # partnerships: of fewer nothing is estimated, and no group is shown
YEARS = 2  # since the start, at which the shares that reached a stage, and the fit of the model, are read


def recorded_and_estimated(
    register: Register, choices: Mapping[str, Any] | None = None, *, language: str = "en"
) -> pd.DataFrame:
    """Return figures that take ratings at their word beside those of the model with the stage hidden behind raters who err.

    Parameters
    ----------
    choices : mapping, optional
        As `Choices.of` takes them.
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        One row a figure: `figure`, `recorded`, `estimated` (with its 95% interval), all in words: the shares of partnerships
        that ever moved up and back, the share that reached the second stage in time (since the start, of which the model has
        no number, and since the first rating), and the mean stay at each stage (of which nothing is recorded; one longer than
        the observed period says so). Of an ordinal register no rows.
    """
    chosen, words = Choices.of(register, choices), Words.load(language)
    names = ["figure", "recorded", "estimated"]
    if chosen.ordinal:
        return pd.DataFrame({name: [] for name in names})
    fit = _model(register, chosen)
    rated = visits(register, chosen).query("status == 'assessed'")
    step = rated["stage"].cat.codes.groupby(rated["partnership"]).diff()
    every = rated["partnership"].nunique()
    rows = []
    for move, moved in (("up", step > 0), ("down", step < 0)):
        count = rated.loc[moved, "partnership"].nunique()
        own = None if fit is None else ever_moved(fit, move=move).iloc[0]
        text = words("certainty.count", count=count, n=every)
        estimated = "" if register.counts_only else _share(own, "share", words)
        rows.append((words(f"certainty.ever.{move}"), text, estimated))
    if register.counts_only:
        return pd.DataFrame(rows, columns=names)
    stage = register.scale.keys[1]
    label = register.scale.labels(language)[stage]
    lives = spells(register, chosen)
    own = None if fit is None else passage(fit, to=stage, over=[YEARS]).iloc[0]
    for since, followed in (("start", lives), ("first", since_first_rating(lives))):
        table = reached_after(first_passage(followed, to=stage), years=YEARS)
        mine = table[table["event"] == "reached"].iloc[0]
        known = mine["n_at_risk"] >= LEAST_N and np.isfinite(mine["incidence"])
        text = _share(mine, "incidence", words) if known else words("certainty.too_few")
        estimated = _share(own, "incidence", words) if since == "first" else ""
        rows.append((words(f"certainty.reached_{since}", stage=label, n=YEARS), text, estimated))
    first, last = (pd.Timestamp(day) for day in register.observed)
    observed = float(years_between(np.array([first.to_datetime64()]), np.array([last.to_datetime64()]))[0])
    for row in [] if fit is None else sojourns(fit).to_dict("records"):
        values = {name: words.number(row[name], decimals=1) for name in ("mean", "low", "high")}
        values["observed"] = words.number(observed, decimals=1)
        stay = words("certainty.stay", stage=register.scale.labels(language)[str(row["stage"])])
        beyond = "certainty.years_beyond" if row["mean"] > observed else "certainty.years"
        rows.append((stay, "", words(beyond, **values)))
    return pd.DataFrame(rows, columns=names)


def paces(
    register: Register,
    by: str,
    choices: Mapping[str, Any] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    language: str = "en",
) -> pd.DataFrame:
    """Return how fast partnerships of each group moved up, beside all together: pooled ratios, for the chart `forest`.

    Parameters
    ----------
    by : str
        A column of `Register.described`, such as `unit` or `state_kind`.
    choices : mapping, optional
        As `Choices.of` takes them.
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
    fit = _model(register, chosen)
    if fit is None:
        return pd.DataFrame({name: [] for name in ("label", "compared_with", "n", "ratio", "low", "high", "shown")})
    home = register.described.set_index("partnership")[by].astype("str")
    every = ratings(register, chosen)
    every = every.assign(group=every["partnership"].map(home))
    rows = every[every["group"].notna() & (every["group"] != "")].reset_index(drop=True)
    if len(rows) < len(every):
        fit = hidden_stage_model(rows, until=register.observed[1])
    result = group_multipliers(rows, by="group", fit=fit, moves="up")
    called = dict(labels or {})
    return pd.DataFrame(
        {
            "label": [called.get(str(group), str(group)) for group in result["group"]],
            "compared_with": words("together"),
            "n": result["n"],
            "ratio": result["multiplier"],
            "low": result["low"],
            "high": result["high"],
            "shown": result["n"] >= LEAST_N,
        }
    )


def assessment_ratios(
    register: Register, choices: Mapping[str, Any] | None = None, *, language: str = "en"
) -> pd.DataFrame:
    """Return how many times as often partnerships are assessed again, by stage, move and ending, for the chart `forest`.

    Parameters
    ----------
    choices : mapping, optional
        As `Choices.of` takes them.
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        `move` (the factor, a heading), `label`, `compared_with`, `n`, `ratio`, `low`, `high`, `shown`; the reference
        levels are not among the rows. No rows of an ordinal register, of one that is no sample, and where nobody is
        assessed again.
    """
    chosen, words = Choices.of(register, choices), Words.load(language)
    names = ["move", "label", "compared_with", "n", "ratio", "low", "high", "shown"]
    if chosen.ordinal or register.counts_only:
        return pd.DataFrame({name: [] for name in names})
    try:
        result = assessment_rates(visits(register, chosen), until=pd.Timestamp(register.observed[1]), least_n=LEAST_N)
    except NotEnough:
        return pd.DataFrame({name: [] for name in names})
    labels = {"stage": register.scale.labels(language)}
    labels |= {factor: words.group(f"assessing.{factor}") for factor in FACTORS[1:]}
    called = [labels[factor][level] for factor, level in zip(result["factor"], result["level"], strict=True)]
    first = ~result["factor"].duplicated()
    result = result.assign(
        move=[words.group("assessing.factor")[factor] for factor in result["factor"]],
        label=called,
        compared_with=pd.Series(called).where(first).ffill(),
    )
    return result.loc[~first, names].reset_index(drop=True)


def assessment_note(register: Register, choices: Mapping[str, Any] | None = None, *, language: str = "en") -> list[str]:
    """Return the sentence that says what weighting assessments by the inverse of their rate changes; none without ratios."""
    chosen, words = Choices.of(register, choices), Words.load(language)
    if assessment_ratios(register, chosen, language=language).empty:
        return []
    found = weighted_share(visits(register, chosen), until=pd.Timestamp(register.observed[1]))
    alike, other = (row for _, row in found.iterrows())
    shares = {"alike": alike["share"], "inverse": other["share"], "low": other["low"], "high": other["high"]}
    texts = {name: words.percent(float(share)) if np.isfinite(share) else "–" for name, share in shares.items()}
    label = register.scale.labels(language)[register.scale.keys[-1]]
    return [words("assessing.weighted", n=int(other["n"]), stage=label, **texts)]


def gains_kept(register: Register, choices: Mapping[str, Any] | None = None, *, closing: bool = False) -> pd.DataFrame:
    """Return how soon partnerships were rated below a stage they had been recorded at, for the chart `incidence`.

    Parameters
    ----------
    choices : mapping, optional
        As `Choices.of` takes them.
    closing : bool
        Whether the clock starts on the day on which a project closed, for those recorded at the stage then.

    Returns
    -------
    DataFrame
        As `measures.curves.survival.cumulative_incidence` returns it (events `back` and `ended`), by `gained`: the stages
        above the lowest, in order. No rows of an ordinal register, of one that is no sample, and where nobody was recorded at one.
    """
    chosen, stages = Choices.of(register, choices), register.scale.keys[1:]
    parts = []
    if not chosen.ordinal and not register.counts_only:
        days = closings(register, placed=chosen.placed, least_n=LEAST_N) if closing else None
        lives = spells(register, chosen)
        parts = [gains(lives, stage=stage, days=days).assign(gained=stage) for stage in stages]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"time": [], "event": [], "gained": []})
    if rows.empty:
        names = ["gained", "time", "event", "n_at_risk", "n_event", "incidence", "low", "high"]
        return pd.DataFrame({name: [] for name in names})
    rows = rows.assign(gained=pd.Categorical(rows["gained"], list(stages), ordered=True))
    return cumulative_incidence(rows, by="gained")


def gained_labels(register: Register, *, language: str = "en") -> dict[str, str]:
    """Return the label of each group of `gains_kept`: a stage, or any above it."""
    words, labels, stages = Words.load(language), register.scale.labels(language), register.scale.keys[1:]
    return {
        stage: labels[stage] if stage == stages[-1] else words("certainty.gained", stage=labels[stage])
        for stage in stages
    }


def falls_note(
    register: Register,
    choices: Mapping[str, Any] | None = None,
    *,
    closing: bool = False,
    language: str = "en",
) -> list[str]:
    """Return the sentences that say how many fall back where raters may err, in the groups and years of `gains_kept`.

    The first says that the groups are nested. Where no model can be fitted, one says that recorded falls include those of
    raters who err.

    Parameters
    ----------
    closing
        As `gains_kept` takes it; the years are whole, as far as five of each group are followed.
    """
    chosen, words, stages = Choices.of(register, choices), Words.load(language), register.scale.keys
    kept = gains_kept(register, chosen, closing=closing)
    years = _whole_years(kept)
    if kept.empty or not years:
        return []
    labels = register.scale.labels(language)
    nested = [words("certainty.nested", stage=labels[stages[-1]], below=labels[stages[1]])] if len(stages) > 2 else []
    fit = _model(register, chosen)
    if fit is None:
        return [*nested, words("certainty.falls_none")]
    found = passage_probabilities(fit, over=years)
    pairs = {(str(row["from"]), str(row["to"])): row for row in found.to_dict("records")}
    days = closings(register, placed=chosen.placed, least_n=LEAST_N) if closing else None
    lives, stated = spells(register, chosen), []
    for below, stage in pairwise(stages):
        begun = gains(lives, stage=stage, days=days)["held"].value_counts(normalize=True)
        shares = {
            name: sum(share * pairs[str(held), below][each] for held, share in begun.items() if share)
            for name, each in (("share", "probability"), ("low", "low"), ("high", "high"))
        }
        values = {name: words.percent(float(share)) for name, share in shares.items()}
        reached = at_or_above(stage, labels, words)
        key = "certainty.falls_closed" if closing else "certainty.falls"
        stated.append(words(key, n=years, stage=labels[stage], reached=reached, **values))
    return [*nested, *stated]


def _whole_years(kept: pd.DataFrame) -> int:
    """Return the whole years for which enough of each group are followed, as a chart of their curves is read."""
    followed = kept[kept["n_at_risk"] >= LEAST_N].groupby("gained", observed=True)["time"].max()
    return int(followed.min()) if len(followed) else 0


def fit_note(register: Register, choices: Mapping[str, Any] | None = None, *, language: str = "en") -> list[str]:
    """Return the sentence that sets the stages last recorded, some years on, beside those a panel model expects."""
    chosen, words = Choices.of(register, choices), Words.load(language)
    if chosen.ordinal or register.counts_only:
        return []
    seen = visits(register, chosen)
    first = seen.groupby("partnership")["date"].transform("min")
    seen = seen.assign(date=years_between(first, seen["date"]))
    try:
        result = prevalence(panel_model(seen), seen, at=[YEARS])
    except LnlibError:
        return []
    labels = {**register.scale.labels(language), "ended": words("status.ended")}
    counts = {
        side: words.listed([f"{labels[str(row['stage'])]} {words.number(row[side])}" for _, row in result.iterrows()])
        for side in ("observed", "expected")
    }
    return [words("certainty.fit", years=words.number(YEARS), n=int(result["n"].iloc[0]), **counts)]


def _model(register: Register, choices: Choices) -> PanelFit | None:
    fit = HiddenStage.of(register, choices).fit
    return fit if fit is not None and fit.n_partnerships >= LEAST_N else None


def _share(row: Any, name: str, words: Words) -> str:
    if row is None:
        return words("certainty.no_model")
    if np.isnan(row["low"]):
        return words.percent(row[name])
    return words(
        "certainty.share",
        **{key: words.percent(row[each]) for key, each in (("share", name), ("low", "low"), ("high", "high"))},
    )
