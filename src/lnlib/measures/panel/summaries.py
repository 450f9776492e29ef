"""The panel model as charts show it: its occupation curve, and its hazard ratios with what each is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel.model import PanelFit
from lnlib.measures.panel.results import At, curve, hazard_ratios


def model_occupation(
    fit: PanelFit,
    *,
    starting: Mapping[Any, float] | Sequence[float],
    over: Sequence[float],
    at: At | None = None,
    since: Any = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the probability of each stage so long after the start: the curve that does not lag.

    Parameters
    ----------
    fit, at, since, level
        As `panel_results.rates` takes them.
    starting
        The distribution at the start: probabilities over the states of the fit, in order, or by state (0 where not
        named). Beside a curve of `occupation`, its distribution at time 0.
    over
        Times since the start, in years (or units of time).

    Returns
    -------
    DataFrame
        One row a time and state, all present: `time`, `stage` (ordered, `ended` last), `probability`, `se`, `low`,
        `high` (NaN at 0 and 1). The starting distribution is taken as known. A time's probabilities add up to 1.

    Raises
    ------
    ValueNotAllowed
        For a state, covariate or level that the model does not know, and for a distribution that is none.

    Notes
    -----
    p(t) = p(0) exp(Qt); limits by the delta method on the logit scale.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2,
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> model_occupation(fit, starting={"low": 1}, over=[0, 1, 2])["probability"].round(4).tolist()
    [1.0, 0.0, 0.5, 0.5, 0.25, 0.75]
    """
    states = list(fit.states)
    if isinstance(starting, Mapping):
        for state in starting:
            columns.option("stage", state, states)
        starting = [float(starting.get(state, 0)) for state in states]
    start = np.asarray(starting, dtype=float)
    if start.shape != (len(states),) or not (start >= 0).all() or abs(start.sum() - 1) > 1e-8:
        raise ValueNotAllowed(
            f"starting must be {len(states)} probabilities that add up to 1 ({', '.join(map(str, states))}), "
            f"but got {list(starting)}"
        )
    times = [float(columns.moment(time, like=np.empty(0), name="over")) for time in over]
    if any(time < 0 for time in times):
        raise ValueNotAllowed(f"over must be 0 or more, but got {min(times):g}")
    table = curve(fit, start, times, at=at, since=since, level=level)
    table.insert(0, "time", np.repeat(times, len(states)))
    table.insert(1, "stage", pd.Series(columns.staged(np.tile(np.arange(len(states)), len(times)), states)))
    return table


def compared_ratios(fit: PanelFit, visits: pd.DataFrame, *, level: float = 0.95, least_n: int = 5) -> pd.DataFrame:
    """Label each hazard ratio with exposure, reference group and n.

    Parameters
    ----------
    fit
        The fitted model.
    visits
        The visits it was fitted to: `partnership`, `date` and the covariates.
    level
        Nominal coverage of the limits.
    least_n
        Where n is under it, `shown` is False; the numbers stay.

    Returns
    -------
    DataFrame
        The columns of `panel_results.hazard_ratios`, in its order, and `move` (from → to), `label`, `compared_with`,
        `n`, `shown`. Of a category `label` is its level, `compared_with` the first level held, and n the partnerships
        with time in the likelihood at the level; of a mark (boolean, or 0 and 1) n counts those marked for some of it; of
        another number those for which it is known; of a period those with time in it.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is not there or of the wrong kind.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2, "new": [False, False, True, True],
    ...     "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True)})
    >>> found = compared_ratios(panel_model(seen, allowed=[("low", "high")], covariates="new"), seen)
    >>> found[["label", "compared_with", "move", "n", "shown"]].values.tolist()
    [['new', 'not new', 'low → high', 1, False]]
    """
    columns.require(visits, ["partnership", "date", *fit.covariates], asked_by="compared_ratios")
    owner, _ = columns.codes_of(visits, asked_by="compared_ratios")
    found = hazard_ratios(fit, level=level)
    parts = [
        _compared(fit, visits, owner, effect.covariate, effect.level, place) for place, effect in enumerate(fit.effects)
    ]
    each = len(fit.transitions)
    begun, _ = fit.used(visits)
    words = [(label, other, len(np.unique(owner[rows & begun]))) for label, other, rows in parts]
    table = pd.DataFrame(words, columns=["label", "compared_with", "n"]).astype({"n": int})
    table = table.iloc[np.repeat(np.arange(len(words)), each)].reset_index(drop=True)
    found["move"] = found["from"].astype(str) + " → " + found["to"].astype(str)
    return pd.concat([found, table], axis=1).assign(shown=(table["n"] >= least_n).to_numpy())


def _compared(
    fit: PanelFit, visits: pd.DataFrame, owner: np.ndarray, name: str, level: Any, place: int
) -> tuple[str, str, np.ndarray]:
    """Return the label of an effect, what it is compared with, and the rows that have it."""
    if place >= len(fit.effects) - len(fit.cuts):
        number = place - (len(fit.effects) - len(fit.cuts))
        date = columns.times_of(visits, "date", asked_by="compared_ratios")
        edges = [columns.moment(cut, like=date, name="cuts") for cut in fit.cuts]
        order = columns.in_order(owner, date)
        last = np.append(owner[order][1:] != owner[order][:-1], True)
        within = np.empty(len(date), dtype=bool)  # until its next row a row's time reaches into the period
        within[order] = last | (np.append(date[order][1:], date[order][-1:]) > edges[number])
        if number + 1 < len(edges):
            within &= date < edges[number + 1]
        return str(level), f"before {fit.cuts[0]}", within
    values = visits[name]
    if level is None:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if np.isin(numbers[~np.isnan(numbers)], (0, 1)).all():
            return name, f"not {name}", numbers == 1
        return f"{name}, one more", f"{name} as it is", ~np.isnan(numbers)
    words = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")
    held = words.cat.categories[np.bincount(words.cat.codes[words.notna()], minlength=len(words.cat.categories)) > 0]
    return str(level), str(held[0]), (words == level).to_numpy(dtype=bool, na_value=False)


def recorded_moves(visits: pd.DataFrame) -> np.ndarray:
    """Mark the rows from which on the next rating of the partnership, before any other row changes what held, is higher.

    A move is counted at the row that held until it was seen: the last one, rating or change, before the higher rating.

    >>> seen = pd.DataFrame({"partnership": "a", "date": [0, 1, 2], "status": ["assessed", "changed", "assessed"],
    ...     "stage": pd.Categorical(["low", None, "high"], ["low", "high"], ordered=True)})
    >>> recorded_moves(seen)
    array([False,  True, False])
    """
    owner, _ = columns.codes_of(visits, asked_by="recorded_moves")
    date = columns.times_of(visits, "date", asked_by="recorded_moves")
    stage = columns.stage_codes(visits, asked_by="recorded_moves").astype(float)
    rank = visits["status"].astype("str").map({"changed": 0, "assessed": 1, "ended": 2}).to_numpy()
    order = np.lexsort((stage, rank, date, owner))
    rated = np.where((rank == 1)[order], stage[order], np.nan)
    before = pd.Series(rated).groupby(owner[order]).ffill().to_numpy()
    same = owner[order][1:] == owner[order][:-1]
    found = np.zeros(len(owner), dtype=bool)
    found[order[:-1][same & (rated[1:] > before[:-1])]] = True
    return found
