"""Spells: the life of each partnership cut into stretches at one stage, not assessed, or ended.

Columns are those of `docs/columns.md`; what a history rests on is in `Choices`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.history.attributes import with_attributes
from lnlib.history.carry_forward import carried_forward
from lnlib.history.choices import Choices, history
from lnlib.history.placed_in_time import STATUS, placed_assessments, places_in_order
from lnlib.history.visits import life_spans
from lnlib.history.which_ratings_count import one_a_date
from lnlib.register import Register

_OUTCOME = pd.CategoricalDtype(["up", "down", "ended", "stale", "assessed", "censored"])


def spells(
    register: Register, choices: Mapping[str, Any] | None = None, *, attributes: Sequence[str] = (), **options: Any
) -> pd.DataFrame:
    """Return the spells of every partnership: a stage, or not assessed, or ended, from a date to a date.

    A partnership runs from its begin to its end (`life_spans`). A rating holds until the next assessment, at most
    `carried` months; then the partnership is not assessed until it is assessed again. A stage assessed before the
    observed period is carried into it; a partnership that begins after it has no spell. In an ordinal register, time
    is the number of the assessment and the last one holds to the end.

    Parameters
    ----------
    choices : Choices, optional
        By default those of the register.
    attributes : sequence of str
        Columns of `Register.described` to join on; `unit`, `non_state` and `state` become categoricals that hold
        every unit or actor, so that the empty ones stay in a measure.
    **options
        Single choices by name.

    Returns
    -------
    DataFrame
        The columns `spells` of `docs/columns.md`, sorted by partnership and start.
    """
    return with_attributes(_spells(register, Choices.of(register, choices, **options)), register, attributes)


@history()
def _spells(register: Register, choices: Choices) -> pd.DataFrame:
    rows = one_a_date(placed_assessments(register, choices), choices.differ)
    if choices.ordinal:
        joined = _joined(_ordered_pieces(rows, register), register)
        return joined.assign(origin=1.0)
    return carried_spells(rows, life_spans(register, choices.placed), choices.carried, register)


def carried_spells(rows: pd.DataFrame, lives: pd.DataFrame, carried: float, register: Register) -> pd.DataFrame:
    """Return the spells of lives in the observed period, from their ratings, each carried forward.

    Parameters
    ----------
    rows, lives, carried
        As `carried_forward` takes them; partnerships may be called otherwise than in the register.

    Returns
    -------
    DataFrame
        As `spells` returns them.
    """
    first, last = (pd.Timestamp(day) for day in register.observed)
    pieces = _clipped(carried_forward(rows, lives, carried, register.observed[1]), first, last + pd.Timedelta(days=1))
    joined = _joined(pieces, register)
    begun = lives.set_index("partnership")["begin"].reindex(joined["partnership"])
    return joined.assign(origin=begun.astype("datetime64[us]").to_numpy())


def _ordered_pieces(rows: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Lay out the assessments in their order; a partnership never assessed is one piece."""
    last = places_in_order(register) + 1.0
    same = (rows["partnership"] == rows["partnership"].shift(-1)).to_numpy()
    assessed = pd.DataFrame(
        {
            "partnership": rows["partnership"],
            "start": rows["date"].astype(float),
            "end": np.where(same, rows["date"].astype(float).shift(-1), last),
            "level": rows["stage"].cat.codes,
            "status": pd.Categorical(["assessed"] * len(rows), dtype=STATUS),
            "seen": rows["date"].astype(float),
        }
    )
    never = register.partnerships.loc[~register.partnerships["partnership"].isin(rows["partnership"]), "partnership"]
    rest = pd.DataFrame({"partnership": never, "start": 1.0, "end": last, "level": -1, "seen": np.nan})
    rest = rest.assign(status=pd.Categorical(["not_assessed"] * len(rest), dtype=STATUS))
    both = pd.concat([assessed, rest]) if len(rest) else assessed
    return both.sort_values(["partnership", "start"], kind="stable").reset_index(drop=True)


def _clipped(pieces: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    clipped = pieces.assign(
        start=pieces["start"].where(pieces["start"] >= start, start), end=pieces["end"].where(pieces["end"] <= end, end)
    )
    kept = clipped[(clipped["start"] < clipped["end"])]
    return kept.sort_values(["partnership", "start"], kind="stable").reset_index(drop=True)


def _joined(pieces: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Join touching pieces of one state, and add what followed each spell."""
    key = ["partnership", "level", "status"]
    changes = (pieces[key] != pieces[key].shift()).any(axis=1)
    apart = (pieces["start"] != pieces["end"].shift()).to_numpy()
    first = np.flatnonzero(changes | apart)
    last = np.append(first[1:], len(pieces))[: len(first)] - 1
    frame = pieces.iloc[first][[*key, "start"]].reset_index(drop=True)
    start, end = frame["start"].to_numpy(), pieces["end"].to_numpy()[last]
    seen = np.fmax.reduceat(pieces["seen"].to_numpy(), first) if len(first) else pieces["seen"].to_numpy()
    scale = register.scale
    states = [*scale.keys, "ended", "not_assessed"]
    level, status = frame["level"].to_numpy(), frame["status"].astype(str).to_numpy()
    assessed, unseen = status == "assessed", status == "not_assessed"
    state = np.select([assessed, status == "ended", unseen], [level, len(scale.keys), len(scale.keys) + 1], -1)
    after = np.minimum(np.arange(len(frame)) + 1, max(len(frame) - 1, 0))  # of each row the next; of the last itself
    follows = (frame["partnership"] == frame["partnership"].shift(-1)).to_numpy() & (end == start[after])
    into = np.where(follows, state[after], -1)
    both, step = follows & assessed & assessed[after], level[after] - level
    outcome = np.select(
        [
            unseen & (into >= 0) & (into < len(scale.keys)),
            (into == len(scale.keys) + 1) & assessed,
            into == len(scale.keys),
            both & (step < 0),
            both & (step > 0),
        ],
        ["assessed", "stale", "ended", "down", "up"],
        "censored",
    )
    return pd.DataFrame(
        {
            "partnership": frame["partnership"].astype("str"),
            "stage": pd.Categorical.from_codes(frame["level"], dtype=scale.dtype),
            "status": frame["status"],
            "start": frame["start"],
            "end": end,
            "seen": seen,
            "into": pd.Categorical(np.array([*states, None], dtype=object)[into], categories=states),
            "outcome": pd.Categorical(outcome, dtype=_OUTCOME),
        }
    )
