"""Moves up around the start of a mechanism: one follow-up for every page that quotes them."""

import pytest
from evaluations import demonstration

import lnlib as ln
from lnlib.analyses.around_start import start_ratios


def test_all_are_followed_until_they_end_or_the_observed_period_does():
    """Those who ran on would else be followed to their last rating only: 39, 55, 55, 48 and 39 partnerships."""
    table = start_ratios(ln.open_register("demonstration"), "mou")
    around = table[table["window"] != "earlier"].set_index("window")["n"]
    assert around.to_dict() == {"-2": 43, "-1": 59, "0": 63, "+1": 58, "+2": 48}


def test_the_claims_quote_the_same_ratios():
    register = ln.open_register("demonstration")
    table = start_ratios(register, "mou").set_index("window")
    row = demonstration().leads().set_index("mechanism").loc["mou"]
    for side, window in (("before", "-1"), ("after", "0")):
        for column in ("ratio", "low", "high", "n"):
            assert row[f"{side}_{column}"] == pytest.approx(table.loc[window, column]), (side, column)
