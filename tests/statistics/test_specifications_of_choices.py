"""The headline shares under every combination of choices, against those of the edition's own."""

import pytest

import lnlib as ln
from lnlib.analyses.statistics.specifications import headlines_by_choice
from lnlib.history.choices import Choices


def test_each_combination_stands_once_and_the_editions_own_is_marked(small):
    found = headlines_by_choice(small, Choices.of(small, rater="state"), carried=(6,), least_n=1)
    assert len(found) == 3 * 5 * 2 * 2
    assert not found[["placed", "rater", "evidence", "carried"]].duplicated().any()
    own = found[found["own"]]
    assert own[["placed", "rater", "evidence", "carried"]].values.tolist() == [["middle", "state", "any", 18.0]]


def test_the_numbers_are_those_counted_by_hand(small):
    found = headlines_by_choice(small, carried=(), least_n=1).query("own").iloc[0]
    # at the end only P4 is assessed, at coalition; of three ever assessed P1 and P2 moved up
    assert (found["highest"], found["n_highest"]) == (0.0, 1)
    assert (found["moved_up"], found["n_moved_up"]) == (pytest.approx(2 / 3), 3)
    assert found["n_reached"] == 3


def test_of_too_few_no_share_is_given(small):
    found = headlines_by_choice(small, carried=())
    assert found[["highest", "moved_up", "reached"]].isna().all().all()


def test_an_ordinal_register_has_one_placing_and_no_time():
    found = headlines_by_choice(ln.open_register("learning-note-17"), carried=())
    assert set(found["placed"]) == {"order"}
    assert found["reached"].isna().all()
