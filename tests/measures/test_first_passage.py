import math

import numpy as np
import pandas as pd
import pytest

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


def test_above_a_stage_is_at_it_and_last_seen_ends_the_follow_up(spells):
    assert passages(spells, to="mid").set_index("partnership")["time"].to_dict() == {
        "a": 1,
        "b": 2,
        "c": 0,
        "d": 0,
        "e": 5,
    }
    seen = passages(spells, to="top", carried=False).set_index("partnership")["time"]
    assert seen["c"] == 4


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


def test_a_start_before_the_period_is_late_entry(spells):
    found = passages(spells.assign(begun=-2), to="top", origin="begun").set_index("partnership")
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
        passages(spells.assign(begun=1), to="top", origin="begun")
    assert str(refusal.value) == "passages needs begun no later than the first assessment, but 4 are later"


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
