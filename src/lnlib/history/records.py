"""Assessments as they were recorded, with the words of their source."""

from __future__ import annotations

import pandas as pd

from lnlib.history.choices import Choices, history
from lnlib.history.placing import assessment_times
from lnlib.register import Register


@history
def assessments_in_order(register: Register, choices: Choices) -> pd.DataFrame:
    """Return all assessments as they were recorded, in the order in which charts place them.

    Returns
    -------
    DataFrame
        The columns of `assessments`; in the order of partnerships and then of placed date and step, those without a
        date last.
    """
    frame = register.assessments
    rows = frame.rename(columns={"date_first": "first", "date_last": "last"})
    at = assessment_times(rows, register, choices.placed)
    number = {key: number for number, key in enumerate(register.partnerships["partnership"])}
    ranked = frame.assign(rank=frame["partnership"].map(number), at=at, level=frame["stage"].cat.codes)
    ranked = ranked.sort_values(["rank", "at", "step", "level"], kind="stable")
    return ranked[list(frame.columns)].reset_index(drop=True)


@history
def assessment_records(register: Register, choices: Choices) -> pd.DataFrame:
    """Return every assessment with its place, criterion and the source's own quote.

    Returns
    -------
    DataFrame
        `partnership`, `label`, `unit`, `date` (as written), `stage`, `rated_by`, `evidence`, `criterion`, `quote`,
        `passage`, `source`, `note`; in the order of `assessments_in_order`.
    """
    rows = assessments_in_order(register, choices)
    frame = rows.join(register.described.set_index("partnership")[["label", "unit"]], on="partnership")
    columns = ["partnership", "label", "unit", "date", "stage", "rated_by", "evidence", "criterion", "quote", "passage"]
    return frame[[*columns, "source", "note"]]
