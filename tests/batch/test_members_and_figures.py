"""What an index says of a province, beside the data of the figure on that province's page."""

import pytest

import lnlib as ln
from lnlib.batch.register_members import members
from lnlib.measures.counts.shares import shares

EDITIONS = {
    "the register's own": {},
    "a period": {"period_from": "2011-01", "period_to": "2012-12"},
    "state raters": {"rater": "state"},
    "carried six months": {"carried": 6},
    "all three": {"period_to": "2013-06", "rater": "non_state", "carried": 12},
}


@pytest.mark.parametrize("chosen", EDITIONS.values(), ids=EDITIONS)
def test_a_tile_counts_what_the_last_bar_of_its_province_counts(chosen):
    numbers = members("demonstration", None, dict(chosen)).numbers
    period = {name: value for name, value in chosen.items() if name.startswith("period_")}
    register = ln.open_register("demonstration", **period)
    choices = ln.Choices.of(register, {name: value for name, value in chosen.items() if name not in period})
    labels = register.scale.labels("en")
    last = shares(ln.spells(register, choices, attributes=["unit"]), dates=ln.grid(register, choices)[-1:], by="unit")
    levels = {label: level for level, label in enumerate(labels.values(), 1)}
    led = 0
    for unit, bar in last.groupby("unit", observed=True):
        counts = {labels[stage]: count for stage, count in zip(bar["stage"], bar["count"], strict=True)}
        tile = numbers[unit]
        assert (tile["assessed"], tile["n"]) == (bar["n_assessed"].iat[0], bar["n_known"].iat[0]), unit
        most = [label for label, count in counts.items() if count == max(counts.values())]
        if tile["assessed"] and len(most) == 1:
            led += 1
            assert (tile["stage_now"], tile["count"], tile["level"]) == (most[0], counts[most[0]], levels[most[0]])
        else:
            assert "stage_now" not in tile, unit
    assert led >= 5


def test_of_a_period_to_2013_banteay_meanchey_has_six_at_collaboration_and_two_integrated():
    """Of the whole period it is "Integrated", of 13 partnerships."""
    until_2013, whole = (
        members("demonstration", None, period).numbers["01"] for period in ({"period_to": "2013-12"}, {})
    )
    assert until_2013 == {
        "n": 12,
        "assessed": 8,
        "change": 5,
        "stage_now": "Collaboration",
        "level": 2,
        "count": 6,
    }
    assert (whole["n"], whole["stage_now"], whole["count"]) == (13, "Integrated", 3)
