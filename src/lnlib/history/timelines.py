"""What one line per partnership shows: its spells, assessments and mechanisms, and where it stands at the end."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lnlib.history.choices import Choices, history
from lnlib.history.placed_in_time import STATUS, in_period, placed_assessments, placed_mechanisms, recorded_dates
from lnlib.history.spells import spells
from lnlib.register import Register


@history()
def timelines(register: Register, choices: Choices) -> pd.DataFrame:
    """Return the spells, assessments and mechanisms of each partnership as one frame.

    Returns
    -------
    DataFrame
        `partnership`, `label`, `what` (`spell`, `assessment`, `mechanism`), `stage` (ordered categorical), `status`
        (of a spell), `start`, `end` (time; of an assessment or mechanism its date, twice), `first`, `last` (the
        interval the date lies in), `detail` (rater or mechanism). Every partnership that had begun has at least one
        spell; assessments and mechanisms placed outside the observed period are left out.
    """
    spans = spells(register, choices)[["partnership", "stage", "status", "start", "end"]]
    rated = placed_assessments(register, choices)
    rated = rated.assign(start=rated["date"], end=rated["date"], detail=rated["rated_by"], status=None)
    set_up = placed_mechanisms(register, choices)
    set_up = set_up.assign(start=set_up["date"], end=set_up["date"], detail=set_up["mechanism"])
    columns = ["partnership", "what", "stage", "status", "start", "end", "first", "last", "detail"]
    time = spans["start"].dtype
    held: dict[str, Any] = {"partnership": "str", "what": "str", "stage": register.scale.dtype, "status": STATUS}
    held |= {"start": time, "end": time, "first": "datetime64[us]", "last": "datetime64[us]", "detail": "str"}
    parts = [
        frame[in_period(frame["start"], register)].assign(what=what).reindex(columns=columns).astype(held)
        for what, frame in (("spell", spans), ("assessment", rated), ("mechanism", set_up))
    ]
    both = pd.concat(parts, ignore_index=True)
    both = both.assign(detail=both["detail"].fillna(""))
    named = both.join(register.described.set_index("partnership")["label"], on="partnership")
    return named[["partnership", "label", *columns[1:]]].sort_values(
        ["partnership", "start"], kind="stable", ignore_index=True
    )


@history()
def current_status(register: Register, choices: Choices) -> pd.DataFrame:
    """Return where each partnership stands at the end of the observed period, and how it got there.

    Returns
    -------
    DataFrame
        One row a partnership: `partnership`, `label`, `unit`, `non_state`, `non_state_name`, `state`, `state_name`,
        `non_state_kind`, `state_kind`, `origin` (its start, a time), `begin` (the same, but not before the period),
        `first_stage`, `stage` (the first and the last held in the period; ordered categoricals, NA where never assessed),
        `status` (at the end; NA where it had not begun), `first_assessed`, `last_assessed` (times, also before the period;
        NA where never assessed), `first_assessed_recorded`, `last_assessed_recorded` (the same dates as the register writes
        them, such as `2011-Q3`; empty where never assessed), `assessments` (count), `dates` (on how many dates; all by the
        end of the period), `compared` (on how many dates within the period another rating was held before: on these alone a
        move can be seen), `up`, `down` (counts, within the period), `mechanisms` (`;`-separated, in the order they were set
        up).
    """
    frame = spells(register, choices)
    held = frame[frame["status"] == "assessed"]
    every = placed_assessments(register, choices)
    every = every[in_period(every["date"], register, before=True)]
    rated = every.groupby("partnership")["date"]
    by, held_by = frame.groupby("partnership"), held.groupby("partnership")
    since = every.merge(held_by["start"].min(), on="partnership")
    later = since[since["date"].astype(since["start"].dtype) > since["start"]]  # without a rating their types differ
    level = held["stage"].cat.codes.astype(int)
    step = level.groupby(held["partnership"]).diff()
    marks = placed_mechanisms(register, choices)
    set_up: dict[str, dict[str, None]] = {}  # in the order they were set up, each once
    for key, word in marks.loc[
        in_period(marks["date"], register, before=True), ["partnership", "mechanism"]
    ].to_numpy():
        set_up.setdefault(key, {})[word] = None
    columns = ["label", "unit", "non_state", "non_state_name", "state", "state_name", "non_state_kind", "state_kind"]
    whose = register.described.set_index("partnership")[columns]

    def counted(found: pd.Series) -> pd.Series:
        return found.reindex(whose.index).fillna(0).astype(int)

    now = whose.assign(
        origin=by["origin"].first(),
        begin=by["start"].min(),
        first_stage=held_by["stage"].first(),
        stage=held_by["stage"].last(),
        status=by["status"].last(),
        first_assessed=rated.min(),
        last_assessed=rated.max(),
        first_assessed_recorded=_recorded(every, rated.min().reindex(whose.index)),
        last_assessed_recorded=_recorded(every, rated.max().reindex(whose.index)),
        assessments=counted(rated.size()),
        dates=counted(rated.nunique()),
        compared=counted(later.groupby("partnership")["date"].nunique()),
        up=counted((step > 0).groupby(held["partnership"]).sum()),
        down=counted((step < 0).groupby(held["partnership"]).sum()),
        mechanisms=pd.Series([";".join(set_up.get(key, ())) for key in whose.index], index=whose.index, dtype="str"),
    )
    return now.reset_index()


def _recorded(rated: pd.DataFrame, at: pd.Series) -> pd.Series:
    """Return one date of each partnership as the register writes it; `at` is indexed by partnership."""
    return pd.Series(recorded_dates(rated, at.rename("date").reset_index()), index=at.index, dtype="str")
