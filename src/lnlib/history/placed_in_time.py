"""Assessments and mechanisms placed in time: a date each, or a place in the order of a register without dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lnlib.history.choices import Choices, history
from lnlib.history.which_ratings_count import counted_ratings
from lnlib.register import Register
from lnlib.register.derived_frames import kept

STATUS = pd.CategoricalDtype(["assessed", "not_assessed", "ended"])


def dated(register: Register, *, rater: str = "any", evidence: str = "any") -> pd.DataFrame:
    """Return the assessments with the date interval of each.

    Parameters
    ----------
    rater, evidence : str
        Which ratings count, as in `Choices`.

    Returns
    -------
    DataFrame
        `partnership`, `first`, `last` (datetime64), `recorded` (the date as the register writes it), `step` (Int64),
        `stage` (ordered categorical), `status` (`assessed`), `rated_by`.
    """
    frame = counted_ratings(register, rater=rater, evidence=evidence)
    return pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "first": frame["date_first"],
            "last": frame["date_last"],
            "recorded": frame["date"],
            "step": frame["step"],
            "stage": frame["stage"],
            "status": pd.Categorical(["assessed"] * len(frame), dtype=STATUS),
            "rated_by": frame["rated_by"],
        }
    ).reset_index(drop=True)


@history("placed", "rater", "evidence")
def placed_assessments(register: Register, choices: Choices) -> pd.DataFrame:
    """Return the assessments with one date each, in order.

    A date known to a month, quarter or half is set at its midpoint, start or end. Where several assessments or
    mechanisms of a partnership share one wide interval and have a declared `step`, they are spread over it evenly in
    that order. In `order`, the date is a number: 1 for the first assessment of a partnership, 2 for the next.

    Returns
    -------
    DataFrame
        The columns of `dated` and `date` (datetime64, or a number for the order), sorted by partnership, date, step.
    """
    frame = dated(register, rater=choices.rater, evidence=choices.evidence)
    frame = frame.assign(date=assessment_times(frame, register, choices.placed))
    level = frame["stage"].cat.codes
    frame = frame.assign(level=level).sort_values(["partnership", "date", "step", "level"], kind="stable")
    return frame.drop(columns="level").reset_index(drop=True)


@history("placed")
def placed_mechanisms(register: Register, choices: Choices) -> pd.DataFrame:
    """Return the mechanisms with a date each, placed by the rules of `placed_assessments`.

    Returns
    -------
    DataFrame
        `partnership`, `mechanism`, `first`, `last`, `step`, `date` (NaT where not known; a number for the order),
        `until` (NaT while it lasts).
    """
    frame = register.mechanisms
    spans = pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "mechanism": frame["mechanism"],
            "first": frame["start_first"],
            "last": frame["start_last"],
            "step": frame["step"],
        }
    )
    if choices.ordinal:
        ordered = spans.assign(date=_mechanism_ranks(spans, register), until=np.nan)
        return ordered.sort_values(["partnership", "date", "mechanism"], kind="stable").reset_index(drop=True)
    until = placed_plainly(frame["end_first"], frame["end_last"], choices.placed)
    spans = spans.assign(date=_place(spans, _steps(register), choices.placed), until=until)
    return spans.sort_values(["partnership", "date", "mechanism"], kind="stable").reset_index(drop=True)


def recorded_dates(rated: pd.DataFrame, at: pd.DataFrame) -> list[str]:
    """Return the dates of assessments as the register writes them, such as `2011-Q3`.

    Parameters
    ----------
    rated : DataFrame
        As `placed_assessments` returns them.
    at : DataFrame
        Which of them, a row each, by `partnership` and `date`, and by `stage` if it has one.

    Returns
    -------
    list of str
        A date for each row of `at`: the most precise where several share its place in time, empty where there is none.
    """
    keys = list(at.columns)
    rows = rated.assign(days=rated["last"] - rated["first"]).dropna(subset="date").sort_values("days", kind="stable")
    rows = rows.drop_duplicates(keys)[[*keys, "recorded"]]
    if "stage" in keys:
        rows, at = (frame.assign(stage=frame["stage"].astype("str")) for frame in (rows, at))
    return list(at.merge(rows, on=keys, how="left", validate="many_to_one")["recorded"].fillna(""))


def assessment_times(frame: pd.DataFrame, register: Register, placed: str) -> pd.Series:
    """Return the date of each assessment, or its place in the order."""
    return _ranks(frame) if placed == "order" else _place(frame, _steps(register), placed)


def places_in_order(register: Register) -> int:
    """Return how many places the order has: those of the whole register, so that a narrowed one has the same."""
    whole = dated(register.whole or register)
    return int(_ranks(whole).max()) if len(whole) else 1


def placed_plainly(first: pd.Series, last: pd.Series, placed: str) -> pd.Series:
    """Return the midpoint, start or end of each interval."""
    if placed == "start":
        return first
    if placed == "end":
        return last
    return (first + (last - first) / 2).dt.floor("D")


def in_period(times: pd.Series, register: Register, *, before: bool = False) -> np.ndarray:
    """Return which times lie in the observed period (or before it); missing times and those of an order do."""
    if not pd.api.types.is_datetime64_any_dtype(times):
        return np.ones(len(times), dtype=bool)
    first, last = (pd.Timestamp(day) for day in register.observed)
    return (times.isna() | ((times <= last) & (before | (times >= first)))).to_numpy()


def _ranks(frame: pd.DataFrame) -> pd.Series:
    """Rank the assessments of each partnership by step and date; those not told apart share one."""
    ordered = frame.sort_values(["partnership", "step", "first", "last"], kind="stable")
    steps = ordered[["partnership", "step", "first", "last"]]
    new = ~steps.duplicated()
    return new.groupby(ordered["partnership"]).cumsum().astype(float).reindex(frame.index)


def _mechanism_ranks(mechanisms: pd.DataFrame, register: Register) -> pd.Series:
    """Rank each mechanism with the last assessment up to its step; one without a step with the first."""
    rated = dated(register)
    rated = rated.assign(rank=_ranks(rated))[["partnership", "step", "rank"]]
    pairs = mechanisms[["partnership", "step"]].reset_index(names="row").merge(rated, on="partnership")
    steps = pairs[(pairs["step_y"] <= pairs["step_x"]).fillna(False).to_numpy(dtype=bool)]
    return steps.groupby("row")["rank"].max().reindex(mechanisms.index).astype(float).fillna(1.0)


@kept
def _steps(register: Register) -> pd.DataFrame:
    """Rank the declared steps of each partnership within each interval they share, and count them."""
    parts = [
        register.assessments[["partnership", "date_first", "date_last", "step"]],
        register.mechanisms[["partnership", "start_first", "start_last", "step"]],
    ]
    names = ["partnership", "first", "last", "step"]
    frame = pd.concat([part.set_axis(names, axis=1) for part in parts]).dropna().drop_duplicates()
    shared = frame.groupby(["partnership", "first", "last"])["step"]
    return frame.assign(rank=shared.rank(method="dense").astype(float), of=shared.transform("nunique"))


def _place(frame: pd.DataFrame, steps: pd.DataFrame, placed: str) -> pd.Series:
    plain = placed_plainly(frame["first"], frame["last"], placed)
    if steps.empty:
        return plain
    ranked = frame[["partnership", "first", "last", "step"]].merge(
        steps, on=["partnership", "first", "last", "step"], how="left", validate="many_to_one"
    )
    back = {"start": 1.0, "middle": 0.5, "end": 0.0}[placed]
    share = ((ranked["rank"] - back) / ranked["of"]).to_numpy()
    spread = (frame["first"] + (frame["last"] - frame["first"]) * np.nan_to_num(share)).dt.floor("D")
    return plain.where(np.isnan(share) | (ranked["of"] == 1).to_numpy(), spread)
