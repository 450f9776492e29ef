import pytest
from lives import hand_spells, random_spells, shuffled, spells
from pandas.testing import assert_frame_equal

from lnlib.measures.counts.sequences import mean_time


def test_mean_time_by_hand():
    found = mean_time(hand_spells(), horizon=8, by="province").set_index(["province", "state"])
    assert found.loc["01", "mean"].tolist() == pytest.approx([16 / 3, 8 / 3, 0, 0, 0])  # a 4+4, b 8, c 4 and 2+2
    assert found.loc["01", "n"].tolist() == [3] * 5
    assert found.loc["02", "n"].tolist() == [2] * 5  # d, e; f begins too late
    assert found.loc["02", "n_short"].tolist() == [1] * 5
    assert found.loc["02", "mean"].tolist() == pytest.approx([0, 1.5, 2, 2.5, 2])
    assert found.loc["03", "mean"].isna().all()
    assert found.loc[("01", "integrated"), "low"] == 0
    assert found.loc[("01", "integrated"), "high"] == pytest.approx(8 * 0.561497031755045)  # none of three


def test_mean_times_sum_to_the_horizon():
    for seed in range(10):
        found = mean_time(random_spells(seed), horizon=5)
        assert found["n"].iloc[0] + found["n_short"].iloc[0] == 8
        assert found["mean"].sum() == pytest.approx(5)
        assert (found["low"] <= found["mean"]).all()
        assert (found["mean"] <= found["high"]).all()


def test_a_literal_mean_time_agrees():
    for seed in range(10):
        frame = random_spells(seed)
        found = mean_time(frame, horizon=6).set_index("state")["mean"]
        begins = frame.groupby("partnership")["start"].min()
        who = [
            name for name in begins.index if frame.loc[frame["partnership"] == name, "end"].max() >= begins[name] + 6
        ]
        for state in found.index:
            years = [
                max(0, min(row.end, begins[row.partnership] + 6) - row.start)
                for row in frame.itertuples()
                if row.partnership in who and state in (row.stage, row.status)
            ]
            assert found[state] == pytest.approx(sum(years) / len(who))


def test_nothing_gives_nothing():
    assert mean_time(spells([]), horizon=2)["mean"].isna().all()


def test_a_life_cut_into_pieces_is_the_same_life():
    whole = spells([("a", "coalition", 0, 4, "01"), ("a", "integrated", 4, 6, "01")])
    cut = spells([("a", "coalition", 0, 1, "01"), ("a", "coalition", 1, 1, "01"), ("a", "coalition", 1, 4, "01"), ("a", "integrated", 4, 6, "01")])  # fmt: skip
    assert_frame_equal(mean_time(whole, horizon=6), mean_time(cut, horizon=6))


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_spells(5, dates=True)
    before = frame.copy(deep=True)
    asked = {"horizon": 3, "by": "province"}
    assert_frame_equal(mean_time(frame, **asked), mean_time(shuffled(frame), **asked), rtol=1e-12)
    assert_frame_equal(frame, before)


def test_filter_then_measure_is_measure_then_filter():
    frame = random_spells(6)
    whole, part = (
        mean_time(rows, horizon=5, by="province").query("province == '02'").reset_index(drop=True)
        for rows in (frame, frame[frame["province"] == "02"])
    )
    assert part["n"].min() > 0
    assert_frame_equal(whole, part)


def test_a_horizon_is_above_zero():
    with pytest.raises(ValueError, match="horizon must be above 0, but got 0"):
        mean_time(hand_spells(), horizon=0)
