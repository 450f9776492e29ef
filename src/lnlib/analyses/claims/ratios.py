"""Exposures and moves: the ratios that were asked for, with what each is compared with and how much was seen.

`effect_labels` says which transitions of a panel model share an effect, `comparison_ratios` takes the ratios out of the
fitted model and counts what stands behind each, `case_counts` counts where a source tells an order and no dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from lnlib.measures import columns
from lnlib.measures.panel.model import PanelFit
from lnlib.measures.panel.recorded import recorded_moves
from lnlib.measures.panel.results import hazard_ratios

MOVES = ("up", "from_lowest", "into_highest", "ended")
_ASKED = ("covariate", "value", "compared_with", "move")
_COUNTS = ("n", "n_without", "moves_with", "moves_without")


def effect_labels(stages: int, moves: Iterable[str] = ()) -> list[str]:
    """Return which transitions of the default panel model share an effect: those up, down and into the ending.

    Parameters
    ----------
    stages
        How many stages the scale has.
    moves
        What is asked of the covariate: `from_lowest` and `into_highest` have an effect of their own.

    Returns
    -------
    list of str
        A label a transition, in the model's order, as `same_effects` of `panel_model` takes them.

    Examples
    --------
    >>> effect_labels(3, ["into_highest"])
    ['up', 'ended', 'down', 'into_highest', 'ended', 'down', 'ended']
    """
    own, result = set(moves), []
    for stage in range(stages):
        if stage:
            result.append("down")
        if stage < stages - 1:
            into = "into_highest" if stage == stages - 2 and "into_highest" in own else "up"
            result.append("from_lowest" if stage == 0 and "from_lowest" in own else into)
        result.append("ended")
    return result


def comparison_ratios(
    fit: PanelFit | None, visits: pd.DataFrame, asked: pd.DataFrame, *, level: float = 0.95, least_n: int = 5
) -> pd.DataFrame:
    """Return the hazard ratio of each exposure for the move asked, with what was seen with it and without.

    Parameters
    ----------
    fit
        The fitted panel model, with the effects that `effect_labels` shares; None where none could be fitted.
    visits
        What it was fitted to: `partnership`, `date`, `stage`, `status` and the covariates.
    asked
        `covariate`, `value` (the level of a category; empty for a mark), `compared_with` (the level it is compared
        with; empty for a mark) and `move` (of `MOVES`); other columns stay.
    level
        Nominal coverage of the limits.
    least_n
        How many partnerships there must be with the exposure and without it.

    Returns
    -------
    DataFrame
        The rows of `asked` in order, with `from`, `to` (of a transition that has the effect), `ratio`, `low`, `high`,
        `effect`, `se` (NaN where the model has no such effect), `df` (degrees of freedom of the standard error: partnerships
        in the likelihood less parameters, and no fewer than 1), `parameter` (its place among those of the fit, or −1), `n`,
        `n_without` (partnerships with time in the likelihood with the exposure and without it), `moves_with`,
        `moves_without` (moves of that kind from the rating of one day to that of the next, or endings, in the likelihood, by
        what held until then: `measures.panel.recorded`), `bound`, `limit` and `shown`.

        Where no move was seen on one side and at least `least_n` on the other, the ratio itself is not shown and `bound`
        says what is: `at_most` (none with the exposure) or `at_least` (none without it), with `limit` the one-sided limit
        of that level. Elsewhere `bound` is empty. `shown` is True where n is large enough on both sides and a move was
        seen on both.

    Examples
    --------
    >>> from lnlib.measures.panel.model import panel_model
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2], "date": [0, 1] * 2, "mou": [False, False, True, True],
    ...     "status": "assessed", "stage": pd.Categorical(["low", "high", "low", "high"], ["low", "high"], ordered=True)})
    >>> asked = pd.DataFrame({"covariate": ["mou"], "value": [""], "compared_with": [""], "move": ["up"]})
    >>> found = comparison_ratios(panel_model(seen, covariates="mou"), seen, asked, least_n=1)
    >>> found[["n", "n_without", "moves_with", "moves_without", "shown"]].values.tolist()
    [[1, 1, 1, 1, True]]
    """
    columns.require(asked, _ASKED, caller="comparison_ratios")
    named = [str(name) for name in asked["covariate"].unique()]
    columns.require(visits, ["partnership", "date", "stage", "status", *named], caller="comparison_ratios")
    for move in asked["move"]:
        columns.option("move", move, MOVES)
    seen = _Seen(visits, fit)
    one_sided = ndtri(columns.fraction("level", level))
    ratios = None if fit is None else hazard_ratios(fit, level=level)
    df = np.nan if fit is None else float(max(fit.n_partnerships - len(fit.theta), 1))
    rows: list[dict[str, Any]] = []
    for row in asked.itertuples():
        exposed, other = _compared(visits, str(row.covariate), str(row.value), str(row.compared_with))
        counts = seen.counted(exposed, other, str(row.move))
        found = _ratio(fit, ratios, row, columns.stages_of(visits, caller="comparison_ratios"))
        enough = min(counts["n"], counts["n_without"]) >= least_n and np.isfinite(found["ratio"])
        fewest, most = sorted((counts["moves_with"], counts["moves_without"]))
        bound, limit = "", np.nan
        if enough and fewest == 0 and most >= least_n:
            bound = "at_least" if counts["moves_with"] else "at_most"
            limit = np.exp(found["effect"] + (-1 if bound == "at_least" else 1) * one_sided * found["se"])
        rows.append({**found, **counts, "df": df, "bound": bound, "limit": limit, "shown": bool(enough and fewest > 0)})
    new = ["from", "to", "ratio", "low", "high", "effect", "se", "df", "parameter", *_COUNTS, "bound", "limit", "shown"]
    return pd.concat([asked.reset_index(drop=True), pd.DataFrame(rows, columns=new)], axis=1)


def case_counts(cases: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Count, where a source tells cases in order, how many with and without an exposure are told to have moved.

    Parameters
    ----------
    cases
        One row a rating, in the order cases: `partnership`, `date` (a number), `stage`, `status` and the exposures, which
        are those of the case as a whole.
    asked
        As `comparison_ratios` takes it.

    Returns
    -------
    DataFrame
        The rows of `asked`, with `n`, `n_without`, `moves_with`, `moves_without`, all in partnerships; no case is told
        to have ended where the source tells no dates.

    Examples
    --------
    >>> cases = pd.DataFrame({"partnership": [1, 1, 2], "date": [1, 2, 1], "mou": [True, True, False], "status": "assessed",
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> asked = pd.DataFrame({"covariate": ["mou"], "value": [""], "compared_with": [""], "move": ["up"]})
    >>> case_counts(cases, asked)[["n", "n_without", "moves_with", "moves_without"]].values.tolist()
    [[1, 1, 1, 0]]
    """
    columns.require(asked, _ASKED, caller="case_counts")
    columns.require(cases, ["partnership", "date", "stage", "status", *asked["covariate"]], caller="case_counts")
    seen, rows = _Seen(cases), []
    for row in asked.itertuples():
        move = columns.option("move", str(row.move), MOVES)
        exposed, other = _compared(cases, str(row.covariate), str(row.value), str(row.compared_with))
        moved = np.isin(seen.owner, seen.owner[seen.moves(move)])
        parts = (exposed, other, exposed & moved, other & moved)
        rows.append({name: len(np.unique(seen.owner[part])) for name, part in zip(_COUNTS, parts, strict=True)})
    return pd.concat([asked.reset_index(drop=True), pd.DataFrame(rows, columns=list(_COUNTS))], axis=1)


class _Seen:
    """Who was followed, and the moves recorded between ratings; of a fit, what it used."""

    def __init__(self, visits: pd.DataFrame, fit: PanelFit | None = None) -> None:
        self.owner, _ = columns.codes_of(visits, caller="comparison_ratios")
        self.top = len(columns.stages_of(visits, caller="comparison_ratios")) - 1
        self.recorded = recorded_moves(visits)
        self.begun = np.ones(len(visits), dtype=bool)
        if fit is not None:
            self.begun, ended = fit.used(visits)
            self.recorded = self.recorded[ended[self.recorded["row"]]]

    def moves(self, move: str) -> np.ndarray:
        """Return the rows that held until a move was seen."""
        before, now = self.recorded["before"], self.recorded["now"]
        up = now > before
        wanted = {"ended": now < 0, "up": up, "from_lowest": up & (before == 0), "into_highest": up & (now == self.top)}
        return self.recorded.loc[wanted[move], "held"].to_numpy()

    def counted(self, exposed: np.ndarray, other: np.ndarray, move: str) -> dict[str, int]:
        """Count partnerships ever with and without, and moves by what held until they were seen."""
        held = self.moves(move)
        return {
            "n": len(np.unique(self.owner[exposed & self.begun])),
            "n_without": len(np.unique(self.owner[other & self.begun])),
            "moves_with": int(exposed[held].sum()),
            "moves_without": int(other[held].sum()),
        }


def _compared(visits: pd.DataFrame, name: str, value: str, compared_with: str) -> tuple[np.ndarray, np.ndarray]:
    """Mark the rows with the exposure, and those it is compared with."""
    if value:
        words = visits[name].astype("str").to_numpy()
        return words == value, words == compared_with
    exposed = visits[name].to_numpy(dtype=bool)
    return exposed, ~exposed


def _ratio(fit: PanelFit | None, ratios: pd.DataFrame | None, row: Any, stages: pd.Index) -> dict[str, Any]:
    """Return the ratio of an exposure for a move; NaN where the model has none, or compares with another level."""
    none = dict.fromkeys(["ratio", "low", "high", "effect", "se"], np.nan) | {"from": None, "to": None, "parameter": -1}
    if fit is None or ratios is None or row.covariate not in fit.covariates:
        return none
    own = ratios["covariate"] == row.covariate
    if row.value:
        held = {str(value) for value in ratios.loc[own, "value"]}
        if row.compared_with in held or row.value not in held:  # the first level held is the one compared with
            return none
        own &= ratios["value"].astype("str") == row.value
    origin, into = ratios["from"].astype("str"), ratios["to"].astype("str")
    place = {str(stage): number for number, stage in enumerate(stages)}
    step = into.map(place) - origin.map(place)
    wanted = {
        "ended": into == "ended",
        "from_lowest": (step > 0) & (origin == str(stages[0])),
        "into_highest": (step > 0) & (into == str(stages[-1])),
        "up": step > 0,
    }[row.move]
    found = ratios[own & wanted]
    if found.empty:
        return none
    effect, transition = divmod(int(found.index[0]), len(fit.transitions))
    taken = found.iloc[0][["from", "to", "ratio", "low", "high", "effect", "se"]].to_dict()
    return {**taken, "parameter": int(fit.design.slopes[effect, transition])}
