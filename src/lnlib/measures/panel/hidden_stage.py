r"""What the hidden-stage model says beside a figure that takes ratings at their word.

Raters who err make moves that never happened: the recorded share of partnerships that ever moved back is too high, and a
stage seems to be reached too late (a rater who rates too low) or too soon (one who rates too high). The panel model with
the stage hidden behind the ratings (`life_histories`) estimates the errors with the rates, and from both:

- `passage`: the probability of having reached a stage within so many years of the first rating. With the target made
  absorbing, :math:`P(T \le t) = \pi \exp(Q^* t)_{\cdot s}`, where :math:`\pi` is the distribution below the stage.
- `ever_moved`: the share of partnerships that moved up (or back) at least once between their first rating and their last.
  For each the probability is :math:`1 - L^*/L`, where :math:`L` is the likelihood of its ratings, and :math:`L^*` that of its
  ratings with no such move.

The model supposes rates that do not change in time and that depend on the stage alone; limits hold if it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import NotEnough, ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel.life_histories import likelihood_of_each
from lnlib.measures.panel.likelihood import exponential
from lnlib.measures.panel.model import PanelFit, Prior, panel_model
from lnlib.measures.panel.results import delta

MOVES = ("up", "down")
WEAK_PRIOR = Prior()


def hidden_stage_model(
    ratings: pd.DataFrame, *, until: Any = None, prior: Prior | None = WEAK_PRIOR, directed: bool = True
) -> PanelFit:
    """Fit the panel model with the stage hidden behind raters who err.

    Parameters
    ----------
    ratings
        One row a rating, several a day allowed, and one a dated ending: `partnership`, `date` (datetime64, or numbers),
        `stage` (ordered categorical), `status` (`assessed`, `ended`), `rated_by`.
    until
        Date until which endings are known.
    prior
        As `panel_model` takes it.
    directed
        Whether each rater may rate too high more often than too low, or the reverse.

    Returns
    -------
    PanelFit
        For `passage`, `ever_moved`, `misratings`, and everything in `panel.results`.

    Raises
    ------
    NotEnough
        No partnership has two rows, or no rating but the lowest stage was ever given.
    LnlibError
        As `panel_model` raises it. Where it does, give the recorded figure and say that it takes ratings at their word.

    Examples
    --------
    >>> stages = pd.CategoricalDtype(["low", "high"], ordered=True)
    >>> seen = pd.DataFrame({"partnership": ["a", "a", "a", "b", "b"], "date": [0.0, 1, 2, 0, 2], "status": "assessed",
    ...     "stage": pd.Series(["low", "high", "high", "low", "low"], dtype=stages), "rated_by": "state"})
    >>> fit = hidden_stage_model(seen)
    >>> passage(fit, to="high", over=[1.0])[["event", "n", "incidence"]].round(2).values.tolist()
    [['reached', 1, 0.29], ['ended', 1, 0.09]]
    """
    columns.require(ratings, ["partnership", "date", "stage", "status", "rated_by"], caller="hidden_stage_model")
    if not (columns.stage_codes(ratings, caller="hidden_stage_model") > 0).any():
        raise NotEnough("hidden_stage_model needs a rating above the lowest stage, but the frame has none")
    rows = ratings[ratings["status"] != "changed"]
    return panel_model(rows, until=until, prior=prior, misrated="rated_by", directed=directed)


def passage(fit: PanelFit, *, to: Any, over: Sequence[float], level: float = 0.95) -> pd.DataFrame:
    """Compute how likely a stage is reached, and how likely an ending comes first, so long after the first rating.

    Parameters
    ----------
    fit
        From `hidden_stage_model`.
    to
        The stage: it is reached by whoever comes to it or to any above it. Who truly stood there at the first rating is
        left out, as in `curves.first_passage`.
    over
        Years (or units of time).
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        One row a time and event: `time`, `event` (`reached`, and `ended` where endings are known), `n` (partnerships in
        the fit expected below the stage at their first rating), `incidence` (0 to 1), `se`, `low`, `high` (NaN at 0).

    Raises
    ------
    ValueNotAllowed
        The stage is not known or is the lowest, a time is below 0, or in the fit nobody errs.
    """
    hidden = _hidden(fit)
    stages = hidden.stages
    target = fit.states[:stages].index(columns.option("stage", to, list(fit.states[:stages])))
    if target == 0:
        raise ValueNotAllowed(f"to must be a stage above the lowest, but got {to}")
    times = [float(columns.moment(time, like=np.empty(0), name="over")) for time in over]
    if any(time < 0 for time in times):
        raise ValueNotAllowed(f"over must be 0 or more, but got {min(times):g}")
    centred = np.zeros(len(fit.effects))
    ended = len(fit.states) > stages

    def quantity(theta: np.ndarray) -> np.ndarray:
        q = fit.design.intensity(theta, centred)
        q[target:stages] = 0.0  # whoever is there has reached it
        start = np.where(np.arange(len(fit.states)) < target, hidden.read(theta)[0], 0.0)
        p = (start / start.sum()) @ exponential(q[None], np.array(times), np.zeros(len(times), dtype=int))
        parts = [p[:, target:stages].sum(axis=1)] + ([p[:, stages]] if ended else [])
        return np.stack(parts, axis=1).ravel() if len(times) else np.zeros(0)

    events = ["reached", "ended"] if ended else ["reached"]
    table = delta(fit, quantity, "incidence", scale="logit", level=level)
    table.insert(0, "time", np.repeat(times, len(events)))
    table.insert(1, "event", pd.Series(pd.Categorical(events * len(times), categories=events)))
    below = float(hidden.read(fit.theta)[0][:target].sum())
    table.insert(2, "n", round(below * fit.n_partnerships))
    return table


def ever_moved(fit: PanelFit, *, move: str = "down", level: float = 0.95) -> pd.DataFrame:
    """Estimate the share of partnerships that truly moved up (or back) between their first rating and their last.

    Parameters
    ----------
    fit
        From `hidden_stage_model`.
    move
        `up` or `down`.
    level
        Nominal coverage of the limits. They allow for the estimated rates and errors, and for what the ratings leave
        open about each partnership.

    Returns
    -------
    DataFrame
        One row: `move`, `n` (partnerships in the fit, those rated once included: between one rating and itself nothing
        moves), `share`, `se`, `low`, `high`.
    """
    hidden = _hidden(fit)
    columns.option("move", move, MOVES)
    origin, into = fit.design.transitions.T
    barred = (into < origin if move == "down" else into > origin) & (into < hidden.stages)
    values = hidden.lives.grouped.design

    def chances(theta: np.ndarray) -> np.ndarray:
        first, errors = hidden.read(theta)
        log_rates = fit.design.log_rates(theta, values)
        without, every = (
            likelihood_of_each(log_rates, hidden.lives, first=first, errors=errors, barred=each)
            for each in (barred, None)
        )
        probability: np.ndarray = 1 - np.minimum(without / every, 1.0)
        return probability

    own = chances(fit.theta)
    open_ = np.array([(own * (1 - own)).sum() / len(own) ** 2])
    table = delta(
        fit, lambda theta: chances(theta).mean(keepdims=True), "share", scale="logit", level=level, more=open_
    )
    table.insert(0, "move", move)
    table.insert(1, "n", len(own))
    return table


def misratings(fit: PanelFit, *, level: float = 0.95) -> pd.DataFrame:
    """Compute how often each rater rates too high and too low.

    Parameters
    ----------
    fit
        A panel model with raters who err.
    level
        Nominal coverage of the limits.

    Returns
    -------
    DataFrame
        One row a rater and direction: `rated_by`, `direction` (`high`: the lowest stage is rated one higher; `low`: the
        highest stage is rated one lower), `share`, `se`, `low`, `high`. A stage between is rated too high or too low half
        as often each, before what the one leaves of the other.
    """
    hidden = _hidden(fit)

    def quantity(theta: np.ndarray) -> np.ndarray:
        odds, lean = hidden.read(theta)[1].T
        probability: np.ndarray = 1 / (1 + np.exp(-np.stack([odds + lean, odds - lean], axis=1).ravel()))
        return probability

    table = delta(fit, quantity, "share", scale="logit", level=level)
    table.insert(0, "rated_by", np.repeat(np.array(fit.raters, dtype=object), 2))
    table.insert(1, "direction", ["high", "low"] * len(fit.raters))
    return table


def _hidden(fit: PanelFit) -> Any:
    if fit.hidden is None or not fit.raters:
        raise ValueNotAllowed("the model takes ratings at their word; fit it with misrated=, the column of who rated")
    return fit.hidden
