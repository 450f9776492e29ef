"""The panel model as charts show it: its occupation curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel.model import PanelFit
from lnlib.measures.panel.results import At, curve


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
        As `panel.results.rates` takes them.
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
