"""Each measure names what it refuses: a group called like a column of its own, a column that is not there, a level."""

from inspect import signature

import pandas as pd
import pytest
from lives import hand_spells

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs
from lnlib.measures.counts.cohorts import cohorts
from lnlib.measures.counts.flows import flows
from lnlib.measures.counts.sequences import mean_time
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import moves, transitions
from lnlib.measures.curves.first_passage import first_passage, passages
from lnlib.measures.curves.occupation import occupation
from lnlib.measures.curves.survival import cumulative_incidence, kaplan_meier

SPELLS = hand_spells()
VISITS = pd.DataFrame(
    {
        "partnership": ["a", "a", "a", "b"],
        "date": [0.1, 0.2, 1.0, 0.5],
        "stage": pd.Categorical(["low", "high", "high", "low"], ["low", "high"], ordered=True),
        "status": "assessed",
        "rated_by": ["state", "non_state", "state", "state"],
        "province": "01",
    }
)
RATED = rated_pairs(VISITS, period=1.0, by="province")
FOLLOWED = pd.DataFrame({"time": [1.0, 2.0], "event": [True, False], "province": "01"})
CAUSES = FOLLOWED.assign(event=pd.Categorical(["ended", None], ["ended"]))
MEASURES = {
    "agreement_table": (agreement_table, RATED, {}),
    "cohorts": (cohorts, SPELLS, {"start": 1, "end": 3}),
    "cumulative_incidence": (cumulative_incidence, CAUSES, {}),
    "first_passage": (first_passage, SPELLS, {"to": "integrated"}),
    "flows": (flows, SPELLS, {"dates": [1, 3]}),
    "kaplan_meier": (kaplan_meier, FOLLOWED, {}),
    "kappa": (kappa, RATED, {}),
    "mean_time": (mean_time, SPELLS, {"horizon": 2}),
    "moves": (moves, VISITS, {}),
    "occupation": (occupation, SPELLS, {}),
    "rated_pairs": (rated_pairs, VISITS, {"period": 1.0}),
    "shares": (shares, SPELLS, {"dates": [1, 3]}),
    "transitions": (transitions, VISITS, {}),
}
# columns of the frames between a measure and what it is made of
HIDDEN = {
    "cohorts": ["first", "last"],
    "first_passage": ["entry", "already"],
    "occupation": ["subject", "stop", "into"],
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_group_has_a_name_of_its_own(name):
    measure, frame, choices = MEASURES[name]
    own = measure(frame, by="province", **choices).columns.drop("province")
    for column in own.difference(frame.columns).union(HIDDEN.get(name, [])):
        with pytest.raises(ValueNotAllowed) as refusal:
            measure(frame.rename(columns={"province": column}), by=column, **choices)
        assert str(refusal.value) == f"{name} gives column {column} itself; group by other columns"


@pytest.mark.parametrize("column", ["entry", "time", "event", "already"])
def test_an_attribute_kept_of_a_life_has_a_name_of_its_own(column):
    with pytest.raises(ValueNotAllowed) as refusal:
        passages(SPELLS.rename(columns={"province": column}), to="integrated", keep=column)
    assert str(refusal.value) == f"passages gives column {column} itself; group by other columns"


def refusal_of(measure, frame, **choices):
    """Return the message with which a measure refuses a frame that lacks a column; empty where it takes it."""
    try:
        measure(frame, **choices)
    except ColumnMissing as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("name", MEASURES)
def test_a_column_that_is_needed_and_not_there_is_named(name):
    measure, frame, choices = MEASURES[name]
    needed = []
    for column in frame:
        lacking = frame.drop(columns=column)
        if message := refusal_of(measure, lacking, by="province", **choices):
            reader = "passages" if name == "first_passage" and column != "province" else name
            assert message == f"{reader} needs column {column}; the frame has: {', '.join(lacking)}"
            needed.append(column)
    assert "province" in needed
    assert len(needed) > 1


@pytest.mark.parametrize("name", [name for name in MEASURES if "level" in signature(MEASURES[name][0]).parameters])
def test_a_level_that_is_none_is_named(name):
    measure, frame, choices = MEASURES[name]
    for level in (0, 1, 95):
        with pytest.raises(ValueNotAllowed) as refusal:
            measure(frame, level=level, **choices)
        assert str(refusal.value) == f"level must lie strictly between 0 and 1, but got {level}"
