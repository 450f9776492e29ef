"""How fast partnerships moved up before and after a mechanism started: one rule for every page that quotes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lnlib.history.exposure import around_start
from lnlib.measures.panel.event_study import event_study
from lnlib.register import Register


def start_ratios(
    register: Register,
    mechanism: str,
    choices: Mapping[str, Any] | None = None,
    *,
    least_n: int = 5,
    **options: Any,
) -> pd.DataFrame:
    """Return the ratios of moving up in the half-years around a mechanism's start, to all earlier time.

    Partnerships are followed to the end of the observed period or to their own, so that one that ran on is followed no
    shorter than one that ended.

    Returns
    -------
    DataFrame
        As `measures.panel.event_study` returns it; without rows where cases are only counted (`Register.counts_only`).

    Raises
    ------
    LnlibError
        Too little was seen around the start.
    """
    if register.counts_only:
        names = ["window", "n", "moves", "ratio", "low", "high", "shown"]
        return pd.DataFrame(columns=names).astype(dict.fromkeys(names[1:6], float) | {"shown": bool})
    visits = around_start(register, mechanism, choices, **options)
    return event_study(visits, until=register.observed[1], least_n=least_n)
