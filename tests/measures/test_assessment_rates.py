"""Who gets assessed: rates by hand, and known rate ratios and shares recovered from simulated assessments."""

import numpy as np
import pandas as pd
import pytest

from lnlib.errors import NotEnough, ValueNotAllowed
from lnlib.measures.counts.assessment_rates import assessment_rates, weighted_share

STAGES = pd.CategoricalDtype(["low", "high"], ordered=True)


def frame(rows):
    table = pd.DataFrame(rows, columns=["partnership", "date", "stage", "status"])
    return table.assign(stage=table["stage"].astype(STAGES))


def at(found, factor, level):
    return found[(found["factor"] == factor) & (found["level"] == level)].iloc[0]


def simulated(rates, seed=1, many=3000, period=6.0):
    """Assess partnerships of a fixed stage at a rate of that stage, from time 0 on."""
    random = np.random.default_rng(seed)
    rows = []
    for key in range(many):
        stage = "high" if key % 2 else "low"
        time = 0.0
        while time < period:
            rows.append((key, time, stage, "assessed"))
            time += random.exponential(1 / rates[stage])
    return frame(rows)


def test_time_and_assessments_are_counted_by_what_was_last_recorded():
    seen = frame(
        [
            ("a", 0.0, "low", "assessed"),
            ("a", 1.0, "high", "assessed"),  # up: the time from 1 to 4 follows a move
            ("a", 4.0, "high", "assessed"),
            ("a", 5.0, None, "ended"),  # to come from 4 on
            ("b", 0.0, "low", "assessed"),
            ("b", 3.0, "low", "assessed"),
        ]
    )
    found = assessment_rates(seen, until=9.0, ahead=1.0)
    assert at(found, "stage", "low")[["n", "assessments", "years"]].tolist() == [2, 2, 1 + 3 + 5]  # b until 8
    assert at(found, "stage", "high")[["n", "assessments", "years"]].tolist() == [1, 1, 3 + 1]
    assert at(found, "moved", "up")[["n", "assessments", "years"]].tolist() == [1, 1, 3]
    assert at(found, "moved", "down")[["n", "assessments", "years"]].tolist() == [0, 0, 0]
    assert at(found, "ending", "True")[["n", "assessments", "years"]].tolist() == [1, 0, 1]
    assert np.isnan(at(found, "ending", "True")["ratio"])
    assert at(found, "ending", "False")["ratio"] == 1.0


def test_the_time_after_a_move_back_is_told_from_that_after_a_move_up():
    seen = frame(
        [
            ("a", 0.0, "high", "assessed"),
            ("a", 1.0, "low", "assessed"),  # down: the time from 1 to 3 follows a move back
            ("a", 3.0, "low", "assessed"),
            ("a", 7.0, "low", "assessed"),
        ]
    )
    found = assessment_rates(seen, until=8.0, ahead=1.0)
    for level, counts in {"stayed": [1, 2, 1 + 4], "up": [0, 0, 0], "down": [1, 1, 2]}.items():
        assert at(found, "moved", level)[["n", "assessments", "years"]].tolist() == counts
    assert at(found, "moved", "down")["ratio"] > 1


def test_with_one_factor_the_ratio_is_that_of_the_rates():
    found = assessment_rates(simulated({"low": 0.5, "high": 1.0}, many=300), until=6.0, ahead=0.5)
    low, high = at(found, "stage", "low"), at(found, "stage", "high")
    assert high["ratio"] == pytest.approx(high["rate"] / low["rate"])


def test_a_known_ratio_is_met_and_lies_within_its_limits():
    high = at(assessment_rates(simulated({"low": 0.5, "high": 1.0}), until=6.0), "stage", "high")
    assert high["ratio"] == pytest.approx(2.0, rel=0.06)
    assert high["low"] < 2.0 < high["high"]


def test_limits_are_by_partnership():
    one = simulated({"low": 0.5, "high": 1.0}, many=60)
    twin = one.assign(partnership=one["partnership"] + 1000)
    once, twice = (assessment_rates(rows, until=6.0) for rows in (one, pd.concat([one, twin], ignore_index=True)))
    width = [np.log(at(each, "stage", "high")["high"] / at(each, "stage", "high")["low"]) for each in (once, twice)]
    # twice the partnerships: narrower by the root of 2, but for the correction of few partnerships
    assert width[0] / width[1] == pytest.approx(np.sqrt(2 * 59 / 60 * 120 / 119 * 60 / 60), rel=0.02)


def test_weighting_undoes_a_rate_that_hangs_on_the_stage():
    found = weighted_share(simulated({"low": 0.5, "high": 1.0}), until=6.0).set_index("weights")
    assert found.loc["alike", "share"] == pytest.approx(2 / 3, abs=0.02)
    assert found.loc["inverse", "share"] == pytest.approx(1 / 2, abs=0.02)
    assert found.loc["inverse", "low"] < 0.5 < found.loc["inverse", "high"]
    assert (found["n_partnerships"] <= 3000).all()


def test_dates_and_years_give_the_same():
    seen = simulated({"low": 0.5, "high": 1.0}, many=40)
    days = pd.Timestamp("2000-01-01") + pd.to_timedelta((seen["date"] * 365.25).round(), unit="D")
    dated = seen.assign(date=days)
    until = pd.Timestamp("2000-01-01") + pd.Timedelta(days=round(6 * 365.25))
    one, other = assessment_rates(seen, until=6.0), assessment_rates(dated, until=until)
    np.testing.assert_allclose(one["ratio"], other["ratio"], rtol=0.02)


def test_nobody_assessed_again_is_refused():
    seen = frame([("a", 0.0, "low", "assessed"), ("b", 0.0, "high", "assessed")])
    with pytest.raises(NotEnough, match=r"^assessment_rates needs a partnership assessed again, but none is$"):
        assessment_rates(seen, until=3.0)
    with pytest.raises(ValueNotAllowed):
        assessment_rates(seen, until=3.0, ahead=0)


def test_levels_that_go_together_have_no_ratios():
    seen = frame(
        [
            ("a", 0.0, "low", "assessed"), ("a", 1.0, "high", "assessed"), ("a", 2.0, "high", "assessed"),
            ("b", 0.0, "low", "assessed"), ("b", 1.5, "high", "assessed"), ("b", 2.0, "high", "assessed"),
        ]
    )  # fmt: skip
    found = assessment_rates(seen, until=2.5, ahead=0.5)  # whoever moved up stands at the highest stage, and no other
    known = found["ratio"].dropna()
    assert known.between(1e-3, 1e3).all()
    assert not found["shown"].any()


def test_a_ratio_to_stages_that_were_never_assessed_again_is_not_known_and_the_others_are():
    often = [("h", 0.0), ("h", 1.0), ("h", 2.0), ("h", 2.5), ("h", 3.0), ("i", 0.0), ("i", 2.0), ("i", 3.0)]
    seen = frame(
        [
            *[(key, date, "high", "assessed") for key, date in often],
            ("h", 3.5, None, "ended"),
            *[(key, 0.0, "low", "assessed") for key in "lmn"],
        ]
    )
    found = assessment_rates(seen, until=4.0, ahead=2.0)
    assert at(found, "stage", "high")[["ratio", "low", "high"]].isna().all()
    assert (
        at(found, "ending", "True")["low"] < at(found, "ending", "True")["ratio"] < at(found, "ending", "True")["high"]
    )


@pytest.mark.parametrize("measure", [assessment_rates, weighted_share])
def test_a_level_that_is_none_is_refused(measure):
    seen = frame([("a", 0.0, "low", "assessed"), ("a", 1.0, "high", "assessed")])
    with pytest.raises(ValueNotAllowed, match=r"^level must lie strictly between 0 and 1, but got 95$"):
        measure(seen, until=2.0, level=95)
