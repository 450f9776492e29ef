import itertools

import pandas as pd
import pytest
from lives import PROVINCES, STAGES, hand_spells, random_spells, shuffled, spells
from pandas.testing import assert_frame_equal

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.flows import flows

STATES = ["not_begun", *STAGES, "not_assessed", "ended"]


def literal(frame, dates):
    """Look each partnership up on each date, one after the other."""

    def on(life, date):
        held = [spell for spell in life.itertuples() if spell.start <= date < spell.end]
        if held:
            return held[0].stage if held[0].status == "assessed" else held[0].status
        return "not_assessed" if (life["start"] <= date).any() else "not_begun"

    counts = {}
    for _, life in frame.groupby("partnership"):
        province = life.sort_values("start")["province"].iloc[0]
        for first, last in itertools.pairwise(dates):
            key = (province, first, last, on(life, first), on(life, last))
            if key[-1] != "not_begun":
                counts[key] = counts.get(key, 0) + 1
    return counts


def counted(found):
    there = found[found["count"] > 0]
    keys = there[["province", "date_from", "date_to", "state_from", "state_to"]].itertuples(index=False, name=None)
    return dict(zip(keys, there["count"], strict=True))


def test_the_hand_register_by_hand():
    found = flows(hand_spells(), dates=[3, 7])
    there = found[found["count"] > 0].set_index(["state_from", "state_to"])["count"].to_dict()
    assert there == {
        ("coalition", "coalition"): 1,  # b
        ("coalition", "collaboration"): 2,  # a, and c that had gone back before
        ("integrated", "ended"): 1,  # d
        ("not_assessed", "not_assessed"): 1,  # e
        ("not_begun", "integrated"): 1,  # f moved this day
    }
    assert (found["n"] == 6).all()
    assert list(found["state_from"].cat.categories) == STATES


def test_every_state_is_there_and_an_empty_group_has_zeros():
    found = flows(hand_spells(), dates=[0, 3, 7], by="province")
    assert len(found) == len(PROVINCES) * 2 * 6 * 5
    assert found.loc[found["province"] == "03", ["count", "n"]].to_numpy().sum() == 0


@pytest.mark.slow
@pytest.mark.parametrize("dates", [False, True])
def test_a_literal_count_agrees(dates):
    for seed in range(6):
        frame = random_spells(seed, dates=dates)
        when = sorted({*frame["start"].iloc[::4], frame["end"].max()})
        expected = literal(frame, when)
        assert counted(flows(shuffled(frame), dates=when, by="province")) == expected


def test_what_flows_in_flows_on():
    frame = random_spells(3, partnerships=30)
    found = flows(frame, dates=[1, 4, 8])
    into = found[found["date_to"] == 4].groupby("state_to", observed=False)["count"].sum()
    out = found[found["date_from"] == 4].groupby("state_from", observed=False)["count"].sum()
    assert into.drop("not_begun").equals(out.drop("not_begun").rename_axis("state_to"))


def test_the_input_is_untouched_and_order_does_not_matter():
    frame = hand_spells()
    before = frame.copy()
    assert_frame_equal(flows(frame, dates=[7, 3, 3]), flows(shuffled(frame), dates=[3, 7]))
    assert_frame_equal(frame, before)


def test_an_empty_register_has_zeros():
    found = flows(spells([]), dates=[1, 2])
    assert found["count"].sum() == 0
    assert len(found) == 6 * 5


def test_wrong_frames_are_refused():
    with pytest.raises(ValueNotAllowed, match=r"^flows needs two dates or more, but got 1$"):
        flows(hand_spells(), dates=[3, 3])
    with pytest.raises(ColumnMissing, match=r"^flows needs column end; the frame has: "):
        flows(hand_spells().drop(columns="end"), dates=[1, 2])
    twice = pd.concat([hand_spells(), hand_spells().head(1)])
    with pytest.raises(
        ValueNotAllowed, match=r"^flows needs one spell a partnership at a time, but 'a' has several at 1"
    ):
        flows(twice, dates=[1, 9])
