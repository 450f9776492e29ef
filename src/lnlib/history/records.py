"""What was recorded: assessments with the words of their source, and the records of the observed period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from lnlib.history.choices import Choices, history
from lnlib.history.placed_in_time import assessment_times, in_period, placed_plainly
from lnlib.history.visits import life_spans
from lnlib.register import Register


@history()
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


@history()
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


def within_period(register: Register, choices: Mapping[str, Any] | None = None) -> Register:
    """Return the register with the records of its observed period alone, which counts beside figures of that period are of.

    Parameters
    ----------
    choices : mapping, optional
        As `Choices.of` takes them; by default the register's own.

    Returns
    -------
    Register
        Partnerships that had begun by the last day and not ended before the first, without an ending later than the last
        day; their assessments within the period, whoever rated; their mechanisms that had started by the last day (or on an
        unknown date) and not ceased before the first. All actors. An ordinal register has no days, and stays as it is.
    """
    chosen = Choices.of(register, choices)
    if chosen.ordinal:
        return register
    first, last = (pd.Timestamp(day) for day in register.observed)
    lives = life_spans(register, chosen.placed)
    running = ((lives["begin"] <= last) & (lives["end"] > first)).to_numpy()
    later = (lives["known_end"] & (lives["end"] > last + pd.Timedelta(days=1))).to_numpy()
    partnerships = register.partnerships.copy()
    for column in ("end", "end_reason"):
        partnerships.loc[later, column] = ""
    for column in ("end_first", "end_last"):
        partnerships.loc[later, column] = pd.NaT
    rated, set_up = register.assessments, register.mechanisms
    at = assessment_times(rated.rename(columns={"date_first": "first", "date_last": "last"}), register, chosen.placed)
    started, ceased = (
        placed_plainly(set_up[f"{side}_first"], set_up[f"{side}_last"], chosen.placed) for side in ("start", "end")
    )
    kept = set(partnerships.loc[running, "partnership"])
    tables = {
        **register.tables,
        "partnerships": partnerships[running],
        "assessments": rated[in_period(at, register) & rated["partnership"].isin(kept)],
        "mechanisms": set_up[~(started > last) & ~(ceased < first) & set_up["partnership"].isin(kept)],
    }
    tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    return replace(register, tables=tables, whole=register.whole or register)
