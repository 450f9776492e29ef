"""Event study: how fast partnerships move up in the half-years before and after a mechanism starts.

If the mechanism made them move, nothing should happen before it starts; if it was set up because they were about to move,
or because they had moved, the rate is raised before. The rates come from the panel model with the stage hidden behind
raters who err; every window has an effect of its own on moves up, on moves back and on endings. The windows before the
start hold only partnerships that lasted until then, so their endings say nothing, and only moves up are returned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lnlib.measures import columns
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.recorded import recorded_moves
from lnlib.measures.panel.results import hazard_ratios, rates


def event_study(visits: pd.DataFrame, *, until: Any = None, level: float = 0.95, least_n: int = 5) -> pd.DataFrame:
    """Estimate the rate of moving up in each window around a start, against all time before them.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage`, `status`, `rated_by` and `window` (ordered categorical, the reference level
        first), which holds from its row until the next; as `history.exposure.around_start` returns them.
    until
        Date until which endings are known.
    level
        Nominal coverage of the limits.
    least_n
        Where fewer partnerships have time in a window, `shown` is False.

    Returns
    -------
    DataFrame
        One row a window in order, the reference first: `window`, `n` (partnerships with time in it), `moves` (recorded
        moves up, by the window that held until the rating that saw them), `ratio` to the reference with `low`, `high` (1 and NaN of the reference itself),
        `rate` (moves up a year from the lowest stage) with `rate_low`, `rate_high`, and `shown`. A window in which nobody
        has time has n 0 and NaN.

    Examples
    --------
    >>> stages = pd.CategoricalDtype(["low", "high"], ordered=True)
    >>> seen = pd.DataFrame({"partnership": ["a", "a", "a", "b", "b"], "date": [0.0, 1, 2, 0, 2],
    ...     "status": ["assessed", "changed", "assessed", "assessed", "assessed"], "rated_by": "state",
    ...     "stage": pd.Series(["low", None, "high", "low", "low"], dtype=stages),
    ...     "window": pd.Categorical(["earlier", "0", "0", "earlier", "earlier"], ["earlier", "0"], ordered=True)})
    >>> event_study(seen)[["window", "n", "moves", "shown"]].values.tolist()
    [['earlier', 2, 0, False], ['0', 1, 1, False]]
    """
    columns.require(visits, ["partnership", "date", "stage", "status", "rated_by", "window"], caller="event_study")
    stages = columns.stages_of(visits, caller="event_study")
    size = len(stages)
    labels = []
    for place in range(size):
        labels += ["down"] if place else []
        labels += ["up"] if place < size - 1 else []
        labels += ["ended"]
    fit = panel_model(
        visits, covariates="window", same_effects={"window": labels}, centre={}, until=until, misrated="rated_by",
        directed=True,
    )  # fmt: skip
    begun, _ = fit.used(visits)
    first = (str(stages[0]), str(stages[1]))
    found = hazard_ratios(fit, level=level)
    found = found[(found["from"].astype(str) == first[0]) & (found["to"].astype(str) == first[1])].set_index("value")
    owner, _ = columns.codes_of(visits, caller="event_study")
    moves = recorded_moves(visits)
    moved = moves.loc[moves["now"] > moves["before"], "held"].to_numpy()
    rows = []
    for number, window in enumerate(visits["window"].cat.categories):
        inside = (visits["window"] == window).to_numpy()
        n, nothing = len(np.unique(owner[inside & begun])), dict.fromkeys(["ratio", "low", "high"], np.nan)
        own: dict[Any, Any] = nothing
        rate: dict[Any, Any] = nothing
        if n and (number == 0 or window in found.index):
            own = nothing | {"ratio": 1.0} if number == 0 else found.loc[window, ["ratio", "low", "high"]].to_dict()
            table = rates(fit, at={"window": window}, level=level)
            mine = (table["from"].astype(str) == first[0]) & (table["to"].astype(str) == first[1])
            rate = table.loc[mine, ["rate", "low", "high"]].iloc[0].to_dict()
        rows.append(
            {"window": window, "n": n, "moves": int(inside[moved].sum()), **own}
            | {"rate": rate.get("rate", np.nan), "rate_low": rate["low"], "rate_high": rate["high"]}
            | {"shown": n >= least_n and not np.isnan(own["ratio"])}
        )
    table = pd.DataFrame(rows)
    return table.assign(window=pd.Series(columns.staged(np.arange(len(table)), list(visits["window"].cat.categories))))
