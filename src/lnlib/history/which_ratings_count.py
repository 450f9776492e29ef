"""Which ratings count: those of a rater or with evidence, and the one of several on a date."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from lnlib.history.choices import Choices
from lnlib.register import Register


def counted_ratings(register: Register, *, rater: str = "any", evidence: str = "any") -> pd.DataFrame:
    """Return the rows of `Register.assessments` that count under a choice of `rater` and `evidence`, as in `Choices`."""
    Choices(rater=rater, evidence=evidence)
    frame = register.assessments
    if rater != "any":
        frame = frame[frame["rated_by"] == rater]
    if evidence == "verifiable":
        frame = frame[(frame["evidence"] == "document") | (frame["rated_by"] == "independent")]
    return frame


def one_a_date(rows: pd.DataFrame, differ: str) -> pd.DataFrame:
    """Return the ratings, one a partnership and date: where two differ, the lower or the higher."""
    keep: Literal["first", "last"] = "first" if differ == "lower" else "last"
    level = rows["stage"].cat.codes
    ordered = rows.assign(level=level).sort_values(["partnership", "date", "level"], kind="stable")
    return ordered.drop_duplicates(["partnership", "date"], keep=keep).drop(columns="level").reset_index(drop=True)
