"""What the hidden-stage model estimates of a register, beside the figures as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lnlib.charts.style.states import at_or_above
from lnlib.errors import LnlibError
from lnlib.history.choices import Choices
from lnlib.history.spells import spells
from lnlib.history.timelines import current_status
from lnlib.history.visits import ratings
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.model import PanelFit
from lnlib.register import Register
from lnlib.register.derived_frames import kept
from lnlib.words import Words

_RATED_TWICE = 5  # partnerships: of fewer, what the model says of moves is what its prior says


@dataclass(frozen=True)
class HiddenStage:
    """A fitted hidden-stage model; `fit` is None where a register does not bear one; `why` names the reason, or the fit's problems."""

    fit: PanelFit | None
    why: str = ""

    @classmethod
    def of(cls, register: Register, choices: Mapping[str, Any] | None = None) -> HiddenStage:
        """Fit the model to a register, unless it has no dates, is no sample, or has few partnerships that were rated twice.

        Parameters
        ----------
        choices : Choices, optional
            By default those of the register.
        """
        return _fitted(register, Choices.of(register, choices))

    @cached_property
    def moved(self) -> dict[str, pd.DataFrame]:
        """The shares that truly moved, by `up` and `down`, as `ever_moved` estimates them; needs a fit."""
        assert self.fit is not None
        return {move: ever_moved(self.fit, move=move) for move in ("up", "down")}

    def beside(self, *, years: float) -> dict[str, Any] | None:
        """Return the shares that truly moved, and reached each stage within so many years; None without a fit.

        Returns
        -------
        dict or None
            `moved`: by `up` and `down`, as from `ever_moved`; `passages`: by stage, as from `passage` at `years`.
        """
        if self.fit is None:
            return None
        stages = [state for state in self.fit.states if state != "ended"]
        return {
            "moved": self.moved,
            "passages": {stage: passage(self.fit, to=stage, over=[years]) for stage in stages[1:]},
        }


@kept
def _fitted(register: Register, choices: Choices) -> HiddenStage:
    if choices.ordinal or register.counts_only:
        return HiddenStage(None, "no dates, or no sample")
    rated = ratings(register, choices)
    days = rated[rated["status"] == "assessed"].groupby("partnership", observed=True)["date"].nunique()
    if (twice := int((days > 1).sum())) < _RATED_TWICE:
        return HiddenStage(None, f"{twice} partnerships were rated on two days or more; the model needs {_RATED_TWICE}")
    try:
        fit = hidden_stage_model(rated, until=pd.Timestamp(register.observed[1]))
    except LnlibError as error:
        return HiddenStage(None, str(error))
    return HiddenStage(fit, "; ".join(fit.problems))


def recorded_beside_model(
    register: Register, choices: Mapping[str, Any], model: HiddenStage, *, years: float, least_n: int, words: Words
) -> pd.DataFrame:
    """Return the headline shares as recorded and as the hidden-stage model estimates them, one row each.

    Parameters
    ----------
    years : float
        The time at which stages reached are read.
    least_n : int
        Of fewer no share is given.
    words : Words
        Of the names of the rows.

    Returns
    -------
    DataFrame
        `what`, `n`, `recorded`, `low`, `high`, `model`, `model_low`, `model_high` (NaN where too few, or without a fit).
        Shares that ever moved are of the partnerships rated, so that those recorded have no limits; the model's limits are of
        the same partnerships. A stage reached has a row since the start, of which the model has no number, and one since the
        first rating.
    """
    status = current_status(register, choices)
    assessed = status[status["assessments"] > 0]
    beside = model.beside(years=years)
    history, labels = spells(register, choices), register.scale.labels(words.language)
    rows: list[dict[str, Any]] = []
    for move in ("up", "down"):
        count, n = int((assessed[move] > 0).sum()), len(assessed)
        row = {"what": words(f"hidden.moved_{move}"), "n": n, "recorded": count / n if n else np.nan}
        row |= {"low": np.nan, "high": np.nan}
        rows.append({**row, **_estimate(beside and beside["moved"][move].iloc[0], "share")})
    for stage in register.scale.keys[1:]:
        reached = at_or_above(stage, labels, words)
        for since, lives in (("start", history), ("first", since_first_rating(history))):
            read = reached_after(first_passage(lives, to=stage, least_n=least_n), years=years).iloc[0]
            row = {"what": words(f"hidden.passage_{since}", reached=reached, years=years), "n": int(read["n"])}
            if read["n_at_risk"] >= least_n:  # as in the charts, a curve is read as far as enough are at risk
                row |= {"recorded": read["incidence"], "low": read["low"], "high": read["high"]}
            own = beside["passages"][stage].iloc[0] if beside and since == "first" else None
            rows.append({**row, **_estimate(own, "incidence")})
    frame = pd.DataFrame(rows)
    numbers = [name for name in frame.columns if name not in ("what", "n")]
    return frame.astype(dict.fromkeys(numbers, float)).assign(
        **{name: frame[name].where(frame["n"] >= least_n) for name in numbers}
    )


def since_first_rating(history: pd.DataFrame) -> pd.DataFrame:
    """Return spells with the clock of each partnership started at its first rating, as that of the hidden-stage model is."""
    rated = history[history["status"] == "assessed"].groupby("partnership")["start"].min()
    return history.assign(origin=history["partnership"].map(rated)).dropna(subset="origin").reset_index(drop=True)


def reached_note(
    reached: pd.DataFrame, register: Register, model: HiddenStage, *, to: str, years: float, words: Words
) -> list[str]:
    """Return the sentences under a curve of first passage: who is left out, where it begins, what the model estimates.

    Parameters
    ----------
    reached : DataFrame
        As `measures.curves.first_passage` returns it, of one group.
    to : str
        The stage.
    years : float
        The time at which the model is read.
    """
    if reached.empty:
        return []
    stage = at_or_above(to, register.scale.labels(words.language), words)
    already, begins = int(reached["n_already"].iloc[0]), float(reached["begins"].max())
    result = [words("hidden.already", n=already, reached=stage)] if already else []
    result += [words("hidden.begins", years=words.number(begins, decimals=1))] if begins > 0 else []
    if model.fit is not None:
        row = passage(model.fit, to=to, over=[years]).iloc[0]
        shares = {name: words.percent(float(row[name])) for name in ("incidence", "low", "high")}
        result.append(words("hidden.reached", reached=stage, n=int(years), **shares))
    return result


def moves_note(register: Register, choices: Mapping[str, Any], model: HiddenStage, *, words: Words) -> list[str]:
    """Return the sentence that sets recorded moves beside what the model estimates, for a figure of moves.

    Returns
    -------
    list of str
        None of a register without dates or that is no sample; where no model can be fitted, one says that moves are as
        recorded.
    """
    chosen = Choices.of(register, choices)
    if chosen.ordinal or register.counts_only:
        return []
    if model.fit is None:
        return [words("hidden.moves_none")]
    status = current_status(register, chosen)
    assessed = status[status["assessments"] > 0]
    values: dict[str, Any] = {"n": len(assessed)}
    for move in ("up", "down"):
        row = model.moved[move].iloc[0]
        values[move] = int((assessed[move] > 0).sum())
        values[f"model_{move}"] = words.percent(float(row["share"]))
        values |= {f"{move}_{side}": words.percent(float(row[side])) for side in ("low", "high")}
    return [words("hidden.moves", **values)]


def _estimate(row: Any, column: str) -> dict[str, float]:
    if row is None:
        return {"model": np.nan, "model_low": np.nan, "model_high": np.nan}
    return {"model": row[column], "model_low": row["low"], "model_high": row["high"]}
