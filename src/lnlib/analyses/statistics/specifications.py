"""How the headline shares vary over every combination of choices: the rows of a specification curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lnlib.history.choices import EVIDENCE, Choices, raters
from lnlib.history.spells import spells
from lnlib.history.timelines import current_status
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register


def headlines_by_choice(
    register: Register,
    choices: Mapping[str, Any] | None = None,
    *,
    carried: Sequence[float] = (6, 12, 18, 36),
    years: float = 2,
    least_n: int = 5,
) -> pd.DataFrame:
    """Return the headline shares under every combination of placed, rater, evidence and carried.

    Parameters
    ----------
    register : Register
    choices : Choices, optional
        The edition's own; by default those of the register.
    carried : sequence of float
        Months to try, beside the edition's own.
    years : float
        The time at which the highest stage is read.
    least_n : int
        Of fewer no share is given.

    Returns
    -------
    DataFrame
        One row a combination: `placed`, `rater`, `evidence`, `carried`, `own` (the edition's choice), and for each of
        `highest` (share of the assessed at the highest stage at the end), `moved_up` (share of those ever assessed) and
        `reached` (recorded at the highest stage within so many years) its share and its n, as `n_highest` and so on; NaN
        where n is under `least_n`. An ordinal register has one placing, and no `reached`.
    """
    chosen = Choices.of(register, choices)
    placings = ("order",) if chosen.ordinal else PLACINGS
    highest = register.scale.keys[-1]
    rows = []
    for placed, rater, evidence, months in product(placings, raters(), EVIDENCE, sorted({*carried, chosen.carried})):
        tried = chosen.but(placed=placed, rater=rater, evidence=evidence, carried=months)
        status = current_status(register, tried)
        held = status.loc[status["status"] == "assessed", "stage"]
        rated = status[status["assessments"] > 0]
        found = {
            "highest": (int((held == highest).sum()), len(held)),
            "moved_up": (int((rated["up"] > 0).sum()), len(rated)),
        }
        row = {"placed": placed, "rater": rater, "evidence": evidence, "carried": float(months), "own": tried == chosen}
        for name, (count, n) in found.items():
            row |= {name: count / n if n >= max(least_n, 1) else np.nan, f"n_{name}": n}
        row |= {"reached": np.nan, "n_reached": 0}
        if not chosen.ordinal:
            read = reached_after(first_passage(spells(register, tried), to=highest, least_n=least_n), years=years).iloc[
                0
            ]
            enough = read["n_at_risk"] >= least_n
            row |= {"reached": read["incidence"] if enough else np.nan, "n_reached": int(read["n"])}
        rows.append(row)
    return pd.DataFrame(rows)
