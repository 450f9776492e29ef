"""The event study: windows from dates by hand, and the rates a register was drawn with before and after a start."""

import numpy as np
import pandas as pd
import pytest

import lnlib as ln
from lnlib.history.exposure import around_start
from lnlib.measures.panel.event_study import event_study

STAGES = ["low", "mid", "top"]
WINDOWS = ["earlier", "-2", "-1", "0", "+1", "+2"]


def drawn(n, *, seed, before=1.0, after=1.0):
    """Draw lives in which moves up from low are `before` times as fast in the half-year before a start, `after` since."""
    random, rows = np.random.default_rng(seed), []
    for who in range(n):
        starts = random.uniform(1.5, 3.5)
        clock, moved, step = 0.0, np.inf, 0.02
        while clock < 5 and moved == np.inf:
            since = clock - starts
            rate = 0.25 * (before if -0.5 <= since < 0 else after if since >= 0 else 1.0)
            if random.random() < 1 - np.exp(-rate * step):
                moved = clock
            clock += step
        times = np.sort(random.uniform(0, 5, 12))
        rows += [(who, time, "mid" if time >= moved else "low", "assessed", starts) for time in [0.0, *times]]
        rows += [(who, starts + number / 2, None, "changed", starts) for number in range(-2, 3)]
    found = pd.DataFrame(rows, columns=["partnership", "date", "stage", "status", "starts"]).assign(rated_by="state")
    number = np.floor((found["date"] - found["starts"]) * 2 + 1e-9).clip(-3, 2).astype(int) + 3
    return found.assign(
        stage=pd.Categorical(found["stage"], STAGES, ordered=True),
        window=pd.Categorical.from_codes(number, WINDOWS, ordered=True),
    ).sort_values(["partnership", "date"], kind="stable")


def test_a_rise_after_the_start_is_no_rise_before_it():
    found = event_study(drawn(400, seed=2, after=4.0)).set_index("window")
    assert found.loc["-1", "low"] < 1 < found.loc["-1", "high"]
    for window in ("0", "+1", "+2"):
        assert found.loc[window, "low"] < 4 < found.loc[window, "high"]
        assert found.loc[window, "low"] > 1
    assert found.loc["earlier", "rate"] == pytest.approx(0.25, rel=0.3)


def test_moves_that_bring_the_mechanism_show_before_it_starts():
    found = event_study(drawn(400, seed=3, before=5.0)).set_index("window")
    assert found.loc["-1", "low"] > 1
    assert found.loc["0", "low"] < 1 < found.loc["0", "high"]


def test_moves_are_counted_in_the_window_that_held_until_they_were_seen():
    visits = drawn(60, seed=5)
    found = event_study(visits)
    rated = visits[visits["status"] == "assessed"]
    rises = (rated["stage"].cat.codes.groupby(rated["partnership"]).diff() > 0).sum()
    assert found["moves"].sum() == rises
    assert found["window"].tolist() == WINDOWS


def test_a_window_without_time_has_no_number():
    visits = drawn(30, seed=5)
    visits = visits[visits["window"] != "+2"]
    visits = visits[visits["date"] < visits["starts"] + 0.9]
    row = event_study(visits).set_index("window").loc["+2"]
    assert row["n"] == 0
    assert np.isnan(row["ratio"])
    assert not row["shown"]


def test_half_years_are_counted_from_the_first_start():
    register = ln.open_register("tests/registers/small")
    found = around_start(register, "mou").query("partnership == 'P1'")
    # the MoU is of September 2010: half-years begin in the middle of March and September
    assert found[["date", "window", "status"]].astype(str).to_numpy().tolist() == [
        ["2010-03-01", "-2", "assessed"],
        ["2010-03-16", "-1", "changed"],
        ["2010-09-15", "0", "changed"],
        ["2011-03-17", "+1", "changed"],
        ["2011-05-16", "+1", "assessed"],
        ["2011-09-16", "+2", "changed"],
        ["2012-06-15", "+2", "assessed"],
    ]
    other = around_start(register, "mou").query("partnership != 'P1'")
    assert set(other["status"]) <= {"assessed", "ended", "changed"}
