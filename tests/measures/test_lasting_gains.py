"""Do gains last: times by hand, and the probability of falling back against known rates."""

import numpy as np
import pandas as pd
import pytest

from lnlib.errors import ValueNotAllowed
from lnlib.measures.curves.lasting_gains import gains
from lnlib.measures.curves.survival import cumulative_incidence

STAGES = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)


def spells(rows):
    table = pd.DataFrame(rows, columns=["partnership", "start", "end", "stage", "status"])
    return table.assign(stage=table["stage"].astype(STAGES))


LIVES = spells(
    [
        ("back", 0.0, 1.0, "low", "assessed"),
        ("back", 1.0, 2.0, "high", "assessed"),
        ("back", 2.0, 3.0, None, "not_assessed"),  # nobody looked: it stays at risk
        ("back", 3.0, 5.0, "low", "assessed"),
        ("ends", 0.0, 4.0, "middle", "assessed"),
        ("ends", 4.0, 5.0, None, "ended"),
        ("stays", 2.0, 3.0, "middle", "assessed"),
        ("stays", 3.0, 5.0, None, "not_assessed"),
        ("never", 0.0, 5.0, "low", "assessed"),
    ]
)


def result(found):
    return {row.partnership: (row.time, None if pd.isna(row.event) else row.event) for row in found.itertuples()}


def test_a_stage_that_is_not_known_is_refused():
    with pytest.raises(ValueNotAllowed) as refusal:
        gains(LIVES, stage="hihg")
    assert str(refusal.value) == "stage 'hihg' is not known; did you mean 'high'? Allowed: low, middle, high"


def test_a_gain_is_followed_until_a_rating_below_it_or_the_end():
    found = gains(LIVES, stage="middle")
    assert result(found) == {"back": (2.0, "back"), "ends": (4.0, "ended"), "stays": (3.0, None)}
    assert list(found["event"].cat.categories) == ["back", "ended"]


def test_a_stage_above_the_one_asked_for_counts_and_one_below_the_highest_does_not():
    assert result(gains(LIVES, stage="high")) == {"back": (2.0, "back")}


def test_from_a_day_only_those_who_stood_there_then_are_followed():
    assert result(gains(LIVES, stage="middle", days=[1.5])) == {"back": (1.5, "back"), "ends": (2.5, "ended")}
    # each once, from the first day on which it stood there
    assert result(gains(LIVES, stage="middle", days=[2.5, 1.5])) == {
        "back": (1.5, "back"), "ends": (2.5, "ended"), "stays": (2.5, None),
    }  # fmt: skip
    assert gains(LIVES, stage="middle", days=[]).empty


def test_the_lowest_stage_is_no_gain():
    with pytest.raises(ValueNotAllowed, match=r"^stage must be above the lowest, but got low$"):
        gains(LIVES, stage="low")


def test_known_rates_of_falling_back_and_ending_are_met():
    random, rows = np.random.default_rng(4), []
    fall, ending, period = 0.3, 0.2, 6.0
    for key in range(4000):
        back, end = random.exponential(1 / fall), random.exponential(1 / ending)
        first = min(back, end, period)
        rows.append((key, 0.0, first, "high", "assessed"))
        if back < min(end, period):
            rows.append((key, back, min(end, period), "low", "assessed"))
        if end < period:
            rows.append((key, end, period, None, "ended"))
    curve = cumulative_incidence(gains(spells(rows), stage="middle"))
    at = curve[curve["time"] <= 3].groupby("event", observed=True)["incidence"].last()
    both = (1 - np.exp(-3 * (fall + ending))) / (fall + ending)
    assert at["back"] == pytest.approx(fall * both, abs=0.02)
    assert at["ended"] == pytest.approx(ending * both, abs=0.02)
