"""What is worked out from a register is kept with it, and with no other."""

import pandas as pd
import pytest

import lnlib as ln
from lnlib.errors import ValueNotAllowed
from lnlib.register.derived_frames import MOST_KEPT, kept


@pytest.fixture
def register():
    return ln.open_register("demonstration")


def test_it_is_worked_out_once_for_the_same_choices(register):
    asked = []

    @kept
    def labelled(register, more):
        asked.append((len(register.partnerships), more))
        return register.partnerships.assign(more=more)

    narrowed = register.where(province="02")
    for whose, more in ((register, "a"), (register, "a"), (register, "b"), (narrowed, "a"), (register, "a")):
        assert len(labelled(whose, more)) == len(whose.partnerships)
    every, some = len(register.partnerships), len(narrowed.partnerships)
    assert asked == [(every, "a"), (every, "b"), (some, "a")]


def test_what_one_is_given_can_be_changed_without_another_seeing_it(register):
    untouched = ln.spells(register).copy(deep=True)
    given = ln.spells(register)
    given["stage"] = None
    given.loc[0, "start"] = pd.Timestamp("1900-01-01")
    given.pop("end")
    pd.testing.assert_frame_equal(ln.spells(register), untouched)


def test_choices_make_different_frames_and_only_the_latest_are_kept(register):
    months = range(1, 2 * MOST_KEPT)
    ends = [ln.spells(register, carried=carried)["seen"].size for carried in months]
    assert len(set(ends)) > 1
    assert len(register.derived) <= MOST_KEPT


def test_a_choice_that_is_not_one_is_refused_after_one_that_is(register):
    ln.spells(register)
    with pytest.raises(ValueNotAllowed, match="differ"):
        ln.spells(register, differ="both")
    with pytest.raises(ValueNotAllowed, match="rater"):
        ln.spells(register, rater=["any"])
