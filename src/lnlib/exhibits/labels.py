"""Names in a language for the keys that frames hold: units with their tiles, and actors."""

from __future__ import annotations

import pandas as pd

from lnlib.register import Register
from lnlib.words import Words


def units(register: Register, *, language: str = "en") -> pd.DataFrame:
    """Return the register's reporting units with names and tiles, to join onto a frame with a column `unit`.

    Returns
    -------
    DataFrame
        `unit`, `label`, `row`, `col` (Int64, from the top and from the left); a unit of two tiles has two rows. Last,
        where partnerships have no stated place, the unit `""` with no tile.
    """
    rows: list[tuple[str, str, object, object]] = [
        (unit.code, unit.name(language), row, column) for unit in register.units for row, column in unit.tiles
    ]
    if (register.described["unit"] == "").any():
        rows.append(("", Words.load(language)("place_not_stated"), pd.NA, pd.NA))
    frame = pd.DataFrame(rows, columns=["unit", "label", "row", "col"])
    return frame.astype({"unit": "str", "label": "str", "row": "Int64", "col": "Int64"})


def named_units(frame: pd.DataFrame, register: Register, *, language: str = "en") -> pd.DataFrame:
    """Join name and tile onto a frame with a column `unit`; a unit of two tiles has its rows twice."""
    plain = frame.assign(unit=frame["unit"].astype("str"))
    return plain.merge(units(register, language=language), on="unit", how="left", validate="many_to_many")
