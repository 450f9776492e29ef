import math

import numpy as np
import pandas as pd
import pytest
from register_rows import made, partnership, rated

import lnlib as ln
from lnlib.errors import ValueNotAllowed
from lnlib.measures.curves.first_passage import first_passage, passages, reached_after


@pytest.fixture
def spells():
    rows = [  # partnership, start, end, stage, status, seen
        ("a", 0, 1, "low", "assessed", 0), ("a", 1, 3, "mid", "assessed", 2), ("a", 3, 6, "top", "assessed", 5),
        ("b", 0, 2, "low", "assessed", 1), ("b", 2, 6, None, "ended", None),
        ("c", 0, 4, "mid", "assessed", 3), ("c", 4, 6, "low", "assessed", 4),
        ("d", 0, 6, "top", "assessed", 0),
        ("e", 0, 1, None, "not_assessed", None), ("e", 1, 3, "low", "assessed", 1), ("e", 3, 5, None, "not_assessed", None),
        ("e", 5, 6, "top", "assessed", 5),
        ("f", 0, 6, None, "not_assessed", None),
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=["partnership", "start", "end", "stage", "status", "seen"])
    return found.assign(stage=pd.Categorical(found["stage"], ["low", "mid", "top"], ordered=True))


def test_passages_by_hand(spells):
    found = passages(spells, to="top").set_index("partnership")
    assert found["time"].to_dict() == {"a": 3, "b": 2, "c": 6, "d": 0, "e": 5}
    assert found["event"].astype(object).where(found["event"].notna(), "").to_dict() == {
        "a": "reached", "b": "ended", "c": "", "d": "reached", "e": "reached",
    }  # fmt: skip
    assert found.index[found["already"]].tolist() == ["d"]
    assert found["entry"].to_dict() == {"a": 0, "b": 0, "c": 0, "d": 0, "e": 1}


def test_above_a_stage_is_at_it(spells):
    assert passages(spells, to="mid").set_index("partnership")["time"].to_dict() == {
        "a": 1,
        "b": 2,
        "c": 0,
        "d": 0,
        "e": 5,
    }


def test_a_spell_of_no_length_is_none(spells):
    none = spells.iloc[[2, 2]].assign(partnership=["c", "e"], start=[4, 3], end=[4, 3])  # at the top
    pd.testing.assert_frame_equal(passages(pd.concat([none, spells]), to="top"), passages(spells, to="top"))


def test_the_curve_by_hand(spells):
    curve = first_passage(spells, to="top")
    table = curve.pivot_table("incidence", "time", "event", observed=False)
    # at 2: 1 of 4 ends; at 3: 1 of 3; at 5: 1 of 2
    np.testing.assert_allclose(table.loc[[2, 3, 5], "reached"], [0, 0.25, 0.5])
    np.testing.assert_allclose(table.loc[[2, 3, 5], "ended"], [0.25, 0.25, 0.25])
    assert curve["n"].unique().tolist() == [4]
    assert curve["n_already"].unique().tolist() == [1]


def test_groups_and_landmarks(spells):
    grouped = spells.assign(
        province=pd.Categorical(spells["partnership"].map(lambda p: "01" if p < "c" else "02"), ["01", "02", "03"])
    )
    curve = first_passage(grouped, to="top", by="province")
    assert curve.groupby("province", observed=True)["n"].first().to_dict() == {"01": 2, "02": 2}
    later = first_passage(spells, to="top", since=2)
    assert later["n"].unique().tolist() == [3]
    assert later["time"].max() == 4


def test_who_comes_under_observation_at_the_landmark_is_followed_from_it(spells):
    late = spells.assign(origin=-2)  # everybody comes under observation two years after the beginning
    entry = passages(late, to="top").set_index("partnership")["entry"]
    assert entry.to_dict() == {"a": 2, "b": 2, "c": 2, "d": 2, "e": 3}
    assert first_passage(late, to="top", since=2)["n"].unique().tolist() == [3]  # d was there already, e comes later


def test_a_start_before_the_period_is_late_entry(spells):
    found = passages(spells.assign(origin=-2), to="top").set_index("partnership")
    assert (found.loc["a", "entry"], found.loc["a", "time"]) == (2, 5)


def test_order_of_rows_is_nothing_and_the_frame_stays(spells):
    before = spells.copy(deep=True)
    pd.testing.assert_frame_equal(
        first_passage(spells.sample(frac=1, random_state=2), to="top"), first_passage(spells, to="top")
    )
    pd.testing.assert_frame_equal(spells, before)


def test_none_and_all_ended_have_answers(spells):
    assert len(first_passage(spells.iloc[:0], to="top")) == 0
    assert len(passages(spells[spells["status"] == "ended"], to="top")) == 0


def test_an_unknown_stage_is_refused(spells):
    with pytest.raises(ValueNotAllowed) as refusal:
        first_passage(spells, to="tip")
    assert str(refusal.value) == "stage 'tip' is not known; did you mean 'top'? Allowed: low, mid, top"


def test_a_start_after_the_first_assessment_is_refused(spells):
    with pytest.raises(ValueNotAllowed) as refusal:
        passages(spells.assign(origin=1), to="top")
    assert str(refusal.value) == "passages needs origin no later than the first assessment, but 4 are later"


def test_follow_up_does_not_look_at_the_future():
    """Ten rated once at the start, five of which end after three and a half years: half have ended, however old the rating is."""
    register = made(
        partnerships=[
            partnership(f"P{i}", start="2010-01-01", end="2013-07-01" if i < 5 else "", end_reason="")
            for i in range(10)
        ],
        assessments=[rated(f"P{i}", "2010-01-01", "coalition") for i in range(10)],
    )
    for carried in (1, 6, 18, math.inf):
        found = reached_after(first_passage(ln.spells(register, carried=carried), to="integrated"), years=3.6)
        assert found.set_index("event")["incidence"].to_dict() == {"reached": 0.0, "ended": 0.5}
        assert found["n_at_risk"].tolist() == [5, 5]


def test_a_curve_begins_where_enough_are_at_risk():
    """One reaches the stage after a year, alone; twenty come under observation in the second year."""
    rows = [("a", "low", 0.0, 1.0, 0.0), ("a", "high", 1.0, 6.0, 0.0)]
    rows += [(f"p{i}", "low", 2.0, 6.0 if i else 3.0, 0.0) for i in range(20)] + [("p0", "high", 3.0, 6.0, 0.0)]
    frame = pd.DataFrame(rows, columns=["partnership", "stage", "start", "end", "origin"]).assign(status="assessed")
    frame["stage"] = pd.Categorical(frame["stage"], ["low", "high"], ordered=True)
    curve = first_passage(frame, to="high")
    assert curve["begins"].unique().tolist() == [2.0]
    assert curve["n"].unique().tolist() == [20]
    reached = curve[curve["event"] == "reached"].set_index("time")
    assert reached.loc[3.0, "incidence"] == pytest.approx(1 / 20)
    assert reached.loc[3.0, "n_at_risk"] == 20
    assert reached["incidence"].max() == pytest.approx(1 / 20)


def test_a_curve_that_is_exhausted_before_others_come_begins_after_it():
    """Six reach the stage by the second year, all there are; twenty come in the third."""
    rows = [
        row for i in range(6) for row in ((f"a{i}", "low", 0.0, 1.0 + i / 10), (f"a{i}", "high", 1.0 + i / 10, 6.0))
    ]
    rows += [(f"p{i:02}", "low", 3.0, 6.0) for i in range(20)]
    frame = pd.DataFrame(rows, columns=["partnership", "stage", "start", "end"]).assign(status="assessed", origin=0.0)
    frame["stage"] = pd.Categorical(frame["stage"], ["low", "high"], ordered=True)
    curve = first_passage(frame, to="high")
    assert curve["begins"].unique().tolist() == [3.0]
    assert curve["incidence"].max() == 0.0


def test_few_at_risk_to_whom_nothing_happens_leave_the_curve_at_the_start(spells):
    assert first_passage(spells, to="top", least_n=4)["begins"].unique().tolist() == [0.0]


def test_time_since_the_start_is_the_same_in_a_narrower_period(small):
    """P1 of the small register began on 15 January 2010 and was first seen integrated on 15 June 2012."""
    narrowed = ln.open_register(small.path, period_from="2011-01")
    found = passages(ln.spells(narrowed), to="integrated").set_index("partnership")
    assert found.loc["P1", "event"] == "reached"
    assert found.loc["P1", "time"] == pytest.approx(2.41, abs=0.01)
    assert found.loc["P1", "entry"] == pytest.approx(0.96, abs=0.01)


def test_of_the_demonstration_from_2012_on_few_are_integrated_within_two_years():
    """Counted from the cut of the period and not from when they began, .198 would be."""
    curve = first_passage(ln.spells(ln.open_register("demonstration", period_from="2012-01")), to="integrated")
    found = reached_after(curve, years=2.0).set_index("event")
    assert found.loc["reached", "incidence"] == pytest.approx(0.056, abs=0.0005)
    assert found.loc["reached", "n"] == 126


class TestReachedAfter:
    """Numbers read from a curve, against those of the curve itself."""

    @staticmethod
    def curve():
        """Ten partnerships at the lower stage from 0: one reaches the higher each year from 1 to 6, one ends at 2.5."""
        stages = pd.CategoricalDtype(["low", "high"], ordered=True)
        rows = [(f"p{i}", "low", "assessed", 0.0, float(i)) for i in range(1, 7)]
        rows += [(f"p{i}", "high", "assessed", float(i), 10.0) for i in range(1, 7)]
        rows += [("q", "low", "assessed", 0.0, 2.5), ("q", None, "ended", 2.5, 10.0)]
        rows += [(f"r{i}", "low", "assessed", 0.0, 8.0) for i in range(3)]
        frame = pd.DataFrame(rows, columns=["partnership", "stage", "status", "start", "end"])
        return first_passage(frame.astype({"stage": stages}), to="high")

    def test_shares_are_those_of_the_curve_at_that_time(self):
        curve = self.curve()
        found = reached_after(curve, years=3.5).set_index("event")
        assert found.loc["reached", "incidence"] == pytest.approx(3 / 10)
        assert found.loc["ended", "incidence"] == pytest.approx(1 / 10)
        assert found.loc["reached", "n"] == 10
        assert found.loc["reached", "n_at_risk"] == 6
        row = curve[(curve["event"] == "reached") & (curve["time"] == 3)].iloc[0]
        assert tuple(found.loc["reached", ["low", "high"]]) == (row["low"], row["high"])

    def test_the_median_is_the_first_time_at_one_half_and_its_limits_where_the_limits_cross(self):
        curve = self.curve()
        reached = curve[curve["event"] == "reached"]
        found = reached_after(curve, years=1).set_index("event").loc["reached"]
        assert found["median"] == 5.0
        assert found["median_low"] == reached.loc[reached["high"] >= 0.5, "time"].iloc[0]
        assert math.isnan(found["median_high"]) == (reached["low"].max() < 0.5)
        assert math.isnan(reached_after(curve, years=1).set_index("event").loc["ended", "median"])

    def test_beyond_the_last_followed_nothing_is_known(self):
        found = reached_after(self.curve(), years=9)
        assert found["incidence"].isna().all()
        assert set(found["n_at_risk"]) == {0}

    def test_where_something_happened_to_all_the_curve_stays(self):
        curve = self.curve()
        over = curve[curve["time"] <= 6].copy()
        over.loc[(over["time"] == 6) & (over["event"] == "reached"), "incidence"] = 0.9
        found = reached_after(over, years=9).set_index("event")
        assert found.loc["reached", "incidence"] == 0.9
        assert found.loc["reached", "n_at_risk"] == 4

    def test_a_curve_of_nobody_gives_nothing(self):
        found = reached_after(self.curve().iloc[:0], years=2)
        assert list(found["event"]) == ["reached", "ended"]
        assert list(found["n"]) == [0, 0]
        assert found[["incidence", "median"]].isna().all().all()
