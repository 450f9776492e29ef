"""Recorded moves: one rating a day, by what held until the day that saw it; each case small enough to check by eye."""

import pandas as pd

from lnlib.measures.panel.recorded import recorded_moves

STAGES = ["low", "mid", "top"]


def seen(*rows):
    frame = pd.DataFrame(rows, columns=["partnership", "date", "stage", "status"])
    return frame.assign(stage=pd.Categorical(frame["stage"], STAGES, ordered=True))


def test_two_raters_who_differ_on_one_day_are_no_move():
    both = seen(("a", 0, "low", "assessed"), ("a", 1, "mid", "assessed"), ("a", 1, "low", "assessed"))
    found = recorded_moves(both)
    assert found[["row", "before", "now"]].to_numpy().tolist() == [[2, 0, 0]]


def test_what_changes_on_the_day_of_a_rating_comes_after_the_move_that_it_sees():
    rows = seen(("a", 0, "low", "assessed"), ("a", 1, None, "changed"), ("a", 1, "mid", "assessed"))
    assert recorded_moves(rows)["held"].tolist() == [0]
    earlier = seen(("a", 0, "low", "assessed"), ("a", 0.5, None, "changed"), ("a", 1, "mid", "assessed"))
    assert recorded_moves(earlier)["held"].tolist() == [1]


def test_an_ending_follows_the_last_rating_of_an_earlier_day():
    rows = seen(
        ("a", 0, "top", "assessed"), ("a", 2, None, "ended"), ("a", 1, "mid", "assessed"), ("a", 2, None, "changed"),
        ("b", 3, "low", "assessed"), ("b", 3, None, "ended"),
    )  # fmt: skip
    assert recorded_moves(rows).to_numpy().tolist() == [[2, 0, 2, 1], [1, 2, 1, -1]]


def test_partnerships_are_kept_apart_whatever_the_order_of_the_rows():
    rows = seen(
        ("b", 2, "top", "assessed"), ("a", 1, "mid", "assessed"), ("b", 1, "mid", "assessed"), ("a", 0, "low", "assessed")
    )  # fmt: skip
    assert recorded_moves(rows).to_numpy().tolist() == [[1, 3, 0, 1], [0, 2, 1, 2]]


def test_no_rating_twice_no_move():
    assert recorded_moves(seen(("a", 0, "low", "assessed"))).empty
    assert recorded_moves(seen(("a", 0, None, "changed"), ("a", 1, "low", "assessed"))).empty
