"""Lives against the declared intensities: events over exposure, counted literally, within four standard errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.drawn_lives import YEAR, live

RATES = {
    "period": "2000-01-01/2009-12-31",
    "rates": {
        "up": {"coalition": 0.4, "collaboration": 0.25},
        "down": {"collaboration": 0.15, "integrated": 0.1},
        "jump": {"coalition": 0.05},
        "end": {"coalition": 0.12, "collaboration": 0.08, "integrated": 0.02},
    },
    "begin": {"coalition": 3, "collaboration": 1},
}


def described(n, *, start="2000-01-01", **attributes) -> pd.DataFrame:
    words = {"non_state_kind": "ngo", "state_kind": "owso", "tier": "", "hybrid": False, "multi_sector": False}
    return pd.DataFrame({"start": [np.datetime64(start)] * n, **words, **attributes})


def lived(rates: Rates, n: int, seed: int = 3, **attributes):
    return live(rates, described(n, **attributes), random=np.random.Generator(np.random.PCG64(seed)))


def moves(lives, horizon: float) -> pd.DataFrame:
    """One row a sojourn: the stage, how long it was held, and the stage after it (3: ended, -1: still there)."""
    owner, time, stage = lives.owner, lives.time, lives.stage
    last = np.append(owner[1:] != owner[:-1], True)
    died = np.minimum(lives.end[owner], horizon)
    until = np.where(last, died, np.append(time[1:], 0))
    after = np.where(last, np.where(np.isfinite(lives.end[owner]), 3, -1), np.append(stage[1:], 0))
    return pd.DataFrame({"owner": owner, "start": time, "stage": stage, "held": until - time, "into": after})


def assert_near(events: int, expected: float) -> None:
    assert abs(events - expected) < 4 * np.sqrt(expected), (events, expected)


@pytest.mark.parametrize("attributes", [{}, {"hybrid": True}])
def test_moves_come_at_the_declared_rates(attributes):
    rates = Rates.declared(RATES | {"effects": {"hybrid": {"up": 2, "end": 0.5}}})
    table = moves(lived(rates, 8000, **attributes), horizon=3653 / YEAR)
    truth = rates.true_rates(**attributes).to_numpy()
    for stage in range(3):
        exposure = table.loc[table["stage"] == stage, "held"].sum()
        for into in (other for other in range(4) if other != stage):
            events = int(((table["stage"] == stage) & (table["into"] == into)).sum())
            if truth[stage, into] == 0:
                assert events == 0
            else:
                assert_near(events, truth[stage, into] * exposure)


def test_first_stages_fall_by_their_weights():
    lives = lived(Rates.declared(RATES), 8000)
    first = lives.stage[np.append(True, lives.owner[1:] != lives.owner[:-1])]
    assert_near(int((first == 1).sum()), 2000)


def test_a_mechanism_in_force_changes_the_rates_and_one_that_must_come_after_does():
    rates = Rates.declared(
        RATES
        | {
            "effects": {"mechanism": {"mou": {"up": 3}}},
            "mechanisms": {"training": {"rate": 0.5}, "mou": {"rate": 0.8, "ceases": 1.0, "after": "training"}},
        }
    )
    lives = lived(rates, 6000)
    owner, which, start, until = lives.mechanisms
    trained = pd.Series(start[which == 0], index=owner[which == 0]).groupby(level=0).min()
    mou = pd.DataFrame({"owner": owner, "start": start, "until": until})[which == 1]
    assert set(mou["owner"]) <= set(trained.index)
    assert (mou["start"] > trained.reindex(mou["owner"]).to_numpy()).all()

    # time at the lowest stage, with and without an MoU, and the steps up in each
    horizon = 3653 / YEAR
    low = moves(lives, horizon).query("stage == 0")
    both = low.merge(mou, on="owner", suffixes=("", "_mou"))
    overlap = both[["start", "start_mou"]].max(axis=1), np.minimum(both["start"] + both["held"], both["until"])
    with_mou = (overlap[1] - overlap[0]).clip(lower=0).sum()
    stepped = both[(both["into"] == 1)]
    at = stepped["start"] + stepped["held"]
    ups = int(((stepped["start_mou"] < at) & (at <= stepped["until"])).sum())
    assert_near(ups, 0.4 * 3 * with_mou)
    assert_near(int((low["into"] == 1).sum()) - ups, 0.4 * (low["held"].sum() - with_mou))


def test_a_closing_ends_the_declared_share_on_its_day():
    rates = Rates.declared(
        RATES
        | {"rates": {"up": {"coalition": 0.1}}, "closings": {"2004-12-31": 0.25}, "effects": {"hybrid": {"end": 2}}}
    )
    for hybrid, share in ((False, 0.25), (True, 1 - 0.75**2)):
        lives = lived(rates, 8000, hybrid=hybrid)
        assert_near(int(lives.closed.sum()), 8000 * share)
        assert set(np.floor(lives.end[lives.closed] * YEAR)) == {1827.0}  # the day after 2004-12-31
        assert np.isinf(lives.end[~lives.closed]).all()


def test_a_closing_before_the_start_ends_nothing():
    rates = Rates.declared(RATES | {"rates": {"up": {"coalition": 0.1}}, "closings": {"2004-12-31": 1}})
    assert not lived(rates, 50, start="2005-06-01").closed.any()


def test_the_stage_at_a_time():
    lives = lived(Rates.declared(RATES), 200)
    owner = np.arange(200)
    for time in (0.0, 1.7, 9.9):
        slow = [lives.stage[(lives.owner == one) & (lives.time <= time)][-1] for one in owner]
        assert lives.stage_at(owner, np.full(200, time)).tolist() == slow


def test_without_rates_nothing_happens():
    lives = lived(Rates.declared(RATES | {"rates": {"up": {"coalition": 0}}, "begin": {"coalition": 1}}), 20)
    assert lives.time.tolist() == [0.0] * 20
    assert np.isinf(lives.end).all()
