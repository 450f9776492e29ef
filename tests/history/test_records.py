"""What was recorded within the observed period."""

import pandas as pd
import pytest
from register_rows import made, partnership, rated, set_up

import lnlib as ln
from lnlib.history.records import within_period


@pytest.fixture
def inside():
    """2011 and 2012 of a register observed from 2010 to 2013."""
    register = made(
        partnerships=[
            partnership("before", start="2010-01-01", end="2010-06-30", end_reason="other"),
            partnership("ended", start="2010-01-01", end="2012-03-01", end_reason="project_closed"),
            partnership("ends-later", start="2010-01-01", end="2013-03-01", end_reason="project_closed"),
            partnership("runs", start="2012-12-31"),
            partnership("after", start="2013-01-01"),
        ],
        assessments=[
            rated("before", "2010-02-01", "coalition"),
            rated("ends-later", "2010-12-31", "coalition"),
            rated("ends-later", "2011-01-01", "collaboration"),
            rated("ends-later", "2012-12-31", "integrated"),
            rated("ends-later", "2013-01-01", "integrated"),
        ],
        mechanisms=[
            set_up("before", "mou", "2010-02-01"),
            set_up("ended", "mou", "2010-02-01", end="2010-12-30"),
            set_up("ended", "training", "2010-02-01"),
            set_up("ends-later", "mou", "2012-12-31"),
            set_up("ends-later", "training", "2013-01-01"),
            set_up("runs", "letter"),
        ],
    )
    return within_period(register.over("2011", "2012"))


def test_partnerships_that_ran_in_it_are_kept(inside):
    assert inside.partnerships["partnership"].tolist() == ["ended", "ends-later", "runs"]


def test_an_ending_after_it_has_not_happened_yet(inside):
    rows = inside.partnerships.set_index("partnership")
    assert rows["end"].tolist() == ["2012-03-01", "", ""]
    assert rows["end_reason"].tolist() == ["project_closed", "", ""]
    assert rows["end_first"].isna().tolist() == [False, True, True]


def test_assessments_placed_in_it_are_kept(inside):
    assert inside.assessments["date"].tolist() == ["2011-01-01", "2012-12-31"]


def test_mechanisms_that_were_in_force_in_it_or_started_on_an_unknown_date_are_kept(inside):
    kept = inside.mechanisms[["partnership", "mechanism"]].to_numpy().tolist()
    assert kept == [["ended", "training"], ["ends-later", "mou"], ["runs", "letter"]]


def test_period_and_units_stay_those_of_the_whole(inside, small):
    assert inside.observed == (pd.Timestamp("2011-01-01").date(), pd.Timestamp("2012-12-31").date())
    narrowed = within_period(small.over("2012", "2013"))
    assert [unit.code for unit in narrowed.units] == [unit.code for unit in small.units]


def test_a_register_without_dates_stays_as_it_is():
    cases = ln.open_register("learning-note-17")
    assert within_period(cases) is cases
