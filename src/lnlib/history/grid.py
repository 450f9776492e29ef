"""The dates that a register is counted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.history.choices import Choices
from lnlib.history.placed_in_time import places_in_order
from lnlib.register import Register

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
EVERY = tuple(_MONTHS)


def grid(
    register: Register, choices: Mapping[str, Any] | None = None, *, every: str = "quarter", **options: Any
) -> list[Any]:
    """Return the last day of each period observed whole or in part.

    Parameters
    ----------
    choices : Choices, optional
        By default those of the register; of an ordinal one, the numbers of the order are returned.
    every : str
        `month`, `quarter`, `half` or `year`.
    **options
        Single choices by name.

    Returns
    -------
    list of Timestamp or of float
        In order; the last one is the last observed day.
    """
    if every not in _MONTHS:
        raise ValueNotAllowed.of("every", every, EVERY)
    if Choices.of(register, choices, **options).ordinal:
        return [float(k) for k in range(1, places_in_order(register) + 1)]
    first, last = (pd.Timestamp(day) for day in register.observed)
    months = pd.period_range(first, last, freq="M")
    closing = months[(months.month % _MONTHS[every] == 0) | (months == months[-1])]
    ends = closing.to_timestamp(how="end").floor("D")
    return list(ends.where(ends <= last, last))
