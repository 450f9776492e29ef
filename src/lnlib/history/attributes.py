"""Attributes of partnerships joined onto frames of their histories."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.register import Register


def with_attributes(frame: pd.DataFrame, register: Register, attributes: Sequence[str]) -> pd.DataFrame:
    """Join attributes of the partnership onto a frame with a column `partnership`."""
    if not attributes:
        return frame
    described = register.described
    for name in attributes:
        if name not in described or name == "partnership":
            raise ValueNotAllowed.of("attribute", name, [c for c in described.columns if c != "partnership"])
    columns = described.set_index("partnership")[list(attributes)]
    actors = (register.whole or register).actors
    levels = {
        "unit": [unit.code for unit in register.units],
        "non_state": list(actors.loc[actors["side"] == "non_state", "actor"]),
        "state": list(actors.loc[actors["side"] == "state", "actor"]),
    }
    for name in attributes:
        if name in levels:
            values = levels[name] + [""] * bool((columns[name] == "").any())
            columns = columns.assign(**{name: columns[name].astype(pd.CategoricalDtype(values))})
    return frame.join(columns, on="partnership")
