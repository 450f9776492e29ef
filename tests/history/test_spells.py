"""Histories held against what the hand-written register says on paper; see also `test_history_day_by_day`."""

import pandas as pd
import pytest
from history_lines import result, rows
from register_rows import made, partnership, rated, set_up

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.history.attributes import with_attributes
from lnlib.history.choices import raters
from lnlib.history.grid import grid
from lnlib.history.placed_in_time import dated, placed_assessments, placed_mechanisms, recorded_dates
from lnlib.history.records import assessment_records
from lnlib.history.spells import spells
from lnlib.history.timelines import current_status, timelines
from lnlib.history.visits import visits
from lnlib.intake import open_register
from lnlib.reference.dates import PartialDate

STAGES = ["coalition", "collaboration", "integrated"]
SCALE = pd.CategoricalDtype(STAGES, ordered=True)
STATUS = pd.CategoricalDtype(["assessed", "not_assessed", "ended"])


def test_the_first_and_the_last_observed_day_are_observed():
    register = made(
        partnerships=[partnership("P1", start="2009-01-01"), partnership("P2", start="2009-01-01", end="2013-12-31")],
        assessments=[
            rated("P1", "2009-12-31", "integrated"),
            rated("P1", "2010-01-01", "coalition"),
            rated("P1", "2013-12-31", "collaboration"),
        ],
    )
    assert rows(visits(register), "partnership", "date", "stage", "status") == [
        "P1 2010-01-01 coalition assessed",
        "P1 2013-12-31 collaboration assessed",
        "P2 2013-12-31 . ended",
    ]


# --- the register by hand ------------------------------------------------------------------------------------------


def test_spells_of_the_small_register(small):
    assert result(spells(small)) == [
        "P1 not_assessed 2010-01-15 2010-03-01 . coalition assessed",
        "P1 coalition 2010-03-01 2011-05-16 2010-03-01 collaboration up",
        "P1 collaboration 2011-05-16 2012-06-15 2011-05-16 integrated up",
        "P1 integrated 2012-06-15 2013-12-15 2012-06-15 not_assessed stale",
        "P1 not_assessed 2013-12-15 2014-01-01 . . censored",
        "P2 not_assessed 2010-05-16 2010-09-30 . coalition assessed",
        "P2 coalition 2010-09-30 2011-03-01 2010-09-30 collaboration up",
        "P2 collaboration 2011-03-01 2012-03-01 2011-03-01 coalition down",
        "P2 coalition 2012-03-01 2013-05-04 2012-03-01 ended ended",
        "P2 ended 2013-05-04 2014-01-01 . . censored",
        "P3 not_assessed 2011-07-02 2014-01-01 . . censored",
        "P4 not_assessed 2012-02-15 2013-01-20 . coalition assessed",
        "P4 coalition 2013-01-20 2014-01-01 2013-01-20 . censored",
    ]


def test_spells_have_the_documented_columns_and_types(small):
    frame = spells(small)
    assert dict(frame.dtypes) == {
        "partnership": "str",
        "stage": SCALE,
        "status": STATUS,
        "start": "datetime64[us]",
        "end": "datetime64[us]",
        "seen": "datetime64[us]",
        "into": pd.CategoricalDtype([*STAGES, "ended", "not_assessed"]),
        "outcome": pd.CategoricalDtype(["up", "down", "ended", "stale", "assessed", "censored"]),
        "origin": "datetime64[us]",
    }
    assert list(frame.index) == list(range(len(frame)))


def test_visits_are_the_assessments_and_the_dated_ending(small):
    frame = visits(small)
    assert rows(frame, "partnership", "date", "stage", "status", "rated_by") == [
        "P1 2010-03-01 coalition assessed state",
        "P1 2011-05-16 collaboration assessed state",
        "P1 2012-06-15 integrated assessed non_state",
        "P2 2010-09-30 coalition assessed non_state",
        "P2 2011-03-01 collaboration assessed non_state",
        "P2 2012-03-01 coalition assessed non_state",
        "P2 2013-05-03 . ended .",
        "P4 2013-01-20 coalition assessed independent",
    ]
    types = {"partnership": "str", "date": "datetime64[us]", "stage": SCALE, "status": STATUS, "rated_by": "str"}
    assert dict(frame.dtypes) == types


def test_dated_keeps_the_interval_that_the_date_lies_in(small):
    frame = dated(small)
    assert rows(frame, "partnership", "first", "last", "stage", "status", "rated_by")[:3] == [
        "P1 2010-03-01 2010-03-01 coalition assessed state",
        "P1 2011-04-01 2011-06-30 collaboration assessed state",
        "P1 2012-06-01 2012-06-30 integrated assessed non_state",
    ]
    assert list(frame) == ["partnership", "first", "last", "recorded", "step", "stage", "status", "rated_by"]
    assert list(frame["recorded"]) == list(small.assessments["date"])
    assert frame["step"].dtype == "Int64"
    assert len(frame) == 7


def test_dated_of_one_rater(small):
    frame = dated(small, rater="non_state")
    assert set(frame["rated_by"]) == {"non_state"}
    assert len(frame) == 4
    assert list(frame.index) == [0, 1, 2, 3]


def test_cases_are_in_the_order_of_partnerships_and_carry_the_sources_words(small):
    frame = assessment_records(small)
    assert rows(frame, "partnership", "date", "stage") == [
        "P1 2010-03-01 coalition",
        "P1 2011-Q2 collaboration",
        "P1 2012-06 integrated",
        "P2 2010-H2 coalition",
        "P2 2011-03-01 collaboration",
        "P2 2012-03-01 coalition",
        "P4 2013-01-20 coalition",
    ]
    assert frame.iloc[6].to_dict() == {
        "partnership": "P4",
        "label": "Seen Once Society – Office of the eastern province",
        "unit": "25",
        "date": "2013-01-20",
        "stage": "coalition",
        "rated_by": "independent",
        "evidence": "document",
        "criterion": "",
        "quote": 'They "met" once',
        "passage": "p. 3",
        "source": "report.pdf",
        "note": "",
    }


def test_cases_follow_the_order_of_the_register_not_of_the_alphabet():
    register = made(
        partnerships=[partnership("B"), partnership("A", non_state="N2")],
        assessments=[
            rated("A", "2010", "coalition"),
            rated("B", "2011", "integrated", step="2"),
            rated("B", "2011", "coalition", step="1"),
        ],
    )
    assert rows(assessment_records(register), "partnership", "stage") == ["B coalition", "B integrated", "A coalition"]


def test_standing_of_the_small_register(small):
    frame = current_status(small)
    columns = ["partnership", "unit", "begin", "first_stage", "stage", "status", "last_assessed"]
    assert rows(frame, *columns, "assessments", "up", "down", "mechanisms") == [
        "P1 02 2010-01-15 coalition integrated not_assessed 2012-06-15 3 2 0 mou",
        "P2 17 2010-05-16 coalition coalition ended 2012-03-01 3 1 1 training",
        "P3 17 2011-07-02 . . not_assessed . 0 0 0 ",
        "P4 25 2012-02-15 coalition coalition assessed 2013-01-20 1 0 0 ",
    ]
    recorded = frame[["first_assessed_recorded", "last_assessed_recorded"]].to_numpy().tolist()
    assert recorded == [["2010-03-01", "2012-06"], ["2010-H2", "2012-03-01"], ["", ""], ["2013-01-20", "2013-01-20"]]
    assert rows(frame, "first_assessed", "dates") == ["2010-03-01 3", "2010-09-30 3", ". 0", "2013-01-20 1"]
    assert frame["stage"].dtype == frame["first_stage"].dtype == SCALE
    assert frame["status"].dtype == STATUS
    assert rows(frame, "non_state_name", "state_kind")[3] == "Seen Once Society provincial_office"


@pytest.mark.parametrize(
    ("period_from", "compared"),
    [("", [2, 2, 0, 0]), ("2011", [2, 2, 0, 0]), ("2012", [1, 1, 0, 0]), ("2013", [0, 0, 0, 0])],
)
def test_a_move_can_be_seen_where_a_rating_of_the_period_follows_one_that_held(small, period_from, compared):
    status = current_status(small.over(period_from, ""))
    assert status["compared"].tolist() == compared
    assert (status["up"] + status["down"] <= status["compared"]).all()
    assert status["dates"].tolist() == [3, 3, 0, 1], "by the end of the period"


def test_of_ratings_placed_on_one_day_the_most_precise_is_the_recorded_date():
    register = made(
        partnerships=[partnership("A"), partnership("B", non_state="N2")],
        assessments=[
            rated("A", "2011", "integrated"),
            rated("A", "2011-07-02", "coalition"),
            rated("A", "2011-H1", "coalition"),
            rated("B", "2011", "coalition", step="1"),
            rated("B", "2011", "integrated", step="2"),
        ],
    )
    status = current_status(register)
    assert rows(status, "last_assessed", "last_assessed_recorded") == ["2011-07-02 2011-07-02", "2011-10-01 2011"]
    at = pd.DataFrame({"partnership": ["A", "A", "B", "B"], "date": status["last_assessed"].repeat(2).tolist()})
    at["stage"] = ["integrated", "coalition", "integrated", "coalition"]  # B was at no such stage on that day
    rated_rows = placed_assessments(register)
    assert recorded_dates(rated_rows, at) == ["2011", "2011-07-02", "2011", ""]


def test_lines_are_spells_assessments_and_mechanisms_in_one_frame(small):
    frame = timelines(small)
    p2 = frame[frame["partnership"] == "P2"]
    assert rows(p2, "what", "stage", "status", "start", "end", "first", "last", "detail") == [
        "spell . not_assessed 2010-05-16 2010-09-30 . . ",
        "mechanism . . 2010-06-10 2010-06-10 2010-06-10 2010-06-10 training",
        "spell coalition assessed 2010-09-30 2011-03-01 . . ",
        "assessment coalition . 2010-09-30 2010-09-30 2010-07-01 2010-12-31 non_state",
        "spell collaboration assessed 2011-03-01 2012-03-01 . . ",
        "assessment collaboration . 2011-03-01 2011-03-01 2011-03-01 2011-03-01 non_state",
        "spell coalition assessed 2012-03-01 2013-05-04 . . ",
        "assessment coalition . 2012-03-01 2012-03-01 2012-03-01 2012-03-01 non_state",
        "spell . ended 2013-05-04 2014-01-01 . . ",
    ]
    assert set(p2["label"]) == {"River Watch – Commune council of the lake"}
    assert dict(frame.dtypes) == {
        "partnership": "str",
        "label": "str",
        "what": "str",
        "stage": SCALE,
        "status": STATUS,
        "start": "datetime64[us]",
        "end": "datetime64[us]",
        "first": "datetime64[us]",
        "last": "datetime64[us]",
        "detail": "str",
    }
    assert set(frame.loc[frame["what"] == "spell", "partnership"]) == {"P1", "P2", "P3", "P4"}


# --- choices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("placed", "days"),
    [
        ("start", ["2010-03-01", "2011-04-01", "2012-06-01", "2010-07-01"]),
        ("middle", ["2010-03-01", "2011-05-16", "2012-06-15", "2010-09-30"]),
        ("end", ["2010-03-01", "2011-06-30", "2012-06-30", "2010-12-31"]),
    ],
)
def test_partial_dates_are_placed_as_declared(small, placed, days):
    assert rows(placed_assessments(small, placed=placed), "date")[:4] == days


def test_a_placing_moves_the_spells_and_the_life(small):
    frame = spells(small, placed="start")
    assert result(frame[frame["partnership"] == "P2"])[0] == (
        "P2 not_assessed 2010-04-01 2010-07-01 . coalition assessed"
    )
    assert rows(spells(small, placed="end"), "partnership", "start")[10] == "P3 2011-12-31"


def test_placed_in_order_time_is_the_number_of_the_assessment(small):
    frame = spells(small, placed="order")
    assert result(frame) == [
        "P1 coalition 1.0 2.0 1.0 collaboration up",
        "P1 collaboration 2.0 3.0 2.0 integrated up",
        "P1 integrated 3.0 4.0 3.0 . censored",
        "P2 coalition 1.0 2.0 1.0 collaboration up",
        "P2 collaboration 2.0 3.0 2.0 coalition down",
        "P2 coalition 3.0 4.0 3.0 . censored",
        "P3 not_assessed 1.0 4.0 . . censored",
        "P4 coalition 1.0 4.0 1.0 . censored",
    ]
    assert grid(small, placed="order") == [1.0, 2.0, 3.0]
    assert list(visits(small, placed="order")["date"]) == [1, 2, 3, 1, 2, 3, 1]
    assert set(visits(small, placed="order")["status"]) == {"assessed"}


def test_the_order_of_a_narrowed_register_is_as_long_as_that_of_the_whole(small):
    here = small.where(province="Tboung Khmum")
    assert result(spells(here, placed="order")) == ["P4 coalition 1.0 4.0 1.0 . censored"]
    assert grid(here, placed="order") == [1.0, 2.0, 3.0]


def test_the_order_of_one_rater_is_as_long_as_that_of_all(small):
    frame = spells(small, placed="order", rater="independent")
    assert result(frame)[-1] == "P4 coalition 1.0 4.0 1.0 . censored"
    assert result(frame)[0] == "P1 not_assessed 1.0 4.0 . . censored"


def test_steps_tell_the_order_and_two_of_one_step_share_a_place():
    register = made(
        partnerships=[partnership("A")],
        assessments=[
            rated("A", "2011", "integrated", step="20"),
            rated("A", "2011", "coalition", step="10"),
            rated("A", "2011", "collaboration", step="10", rated_by="non_state"),
        ],
        mechanisms=[
            set_up("A", "mou", "2011", step="20"),
            set_up("A", "letter", "2011", step="15"),
            set_up("A", "training", "2011", step="5"),
            set_up("A", "scorecard", "2011"),
        ],
    )
    placed = placed_assessments(register, placed="order")
    assert rows(placed, "date", "stage") == ["1.0 coalition", "1.0 collaboration", "2.0 integrated"]
    # a mechanism stands with the last assessment told up to its step; not told, at the first
    assert rows(placed_mechanisms(register, placed="order"), "mechanism", "date", "until") == [
        "letter 1.0 .",
        "scorecard 1.0 .",
        "training 1.0 .",
        "mou 2.0 .",
    ]
    assert result(spells(register, placed="order")) == [
        "A coalition 1.0 2.0 1.0 integrated up",
        "A integrated 2.0 3.0 2.0 . censored",
    ]
    assert result(spells(register, placed="order", differ="higher"))[0] == "A collaboration 1.0 2.0 1.0 integrated up"


@pytest.mark.parametrize(
    ("placed", "days"),
    [
        ("start", ["2011-01-01", "2011-07-02"]),
        ("middle", ["2011-04-02", "2011-10-01"]),
        ("end", ["2011-07-02", "2011-12-31"]),
    ],
)
def test_steps_spread_over_a_shared_interval(placed, days):
    register = made(
        partnerships=[partnership("A")],
        assessments=[rated("A", "2011", "collaboration", step="7"), rated("A", "2011", "coalition", step="3")],
        mechanisms=[set_up("A", "mou", "2011", step="7"), set_up("A", "letter", "2011")],
    )
    assert rows(placed_assessments(register, placed=placed), "date") == days
    own = placed_mechanisms(register, placed=placed).set_index("mechanism")["date"]
    assert own["mou"] == pd.Timestamp(days[1])
    assert own["letter"].date() == PartialDate.read("2011").placed(placed)


def test_a_step_alone_in_its_interval_is_placed_as_if_it_had_none():
    register = made(partnerships=[partnership("A")], assessments=[rated("A", "2011", "coalition", step="1")])
    assert rows(placed_assessments(register), "date") == ["2011-07-02"]


def test_steps_hold_whosever_ratings_count():
    register = made(
        partnerships=[partnership("A")],
        assessments=[
            rated("A", "2011", "coalition", step="1"),
            rated("A", "2011", "integrated", step="2", rated_by="non_state"),
        ],
    )
    assert rows(placed_assessments(register, rater="non_state"), "date") == ["2011-10-01"]


@pytest.mark.parametrize(
    ("carried", "end"), [(18, "2013-12-15"), (6, "2012-12-15"), (1.5, "2012-07-31"), (float("inf"), "2014-01-01")]
)
def test_a_stage_is_carried_so_many_months_and_no_longer(small, carried, end):
    frame = spells(small, carried=carried)
    integrated = frame[frame["stage"] == "integrated"]
    assert rows(integrated, "partnership", "start", "end") == [f"P1 2012-06-15 {end}"]
    assert list(integrated["outcome"]) == ["censored" if carried == float("inf") else "stale"]


def test_a_stage_carried_no_time_is_never_held(small):
    assert set(spells(small, carried=0)["status"]) == {"not_assessed", "ended"}


@pytest.mark.parametrize("carried", [-1, float("nan")])
def test_months_carried_are_not_negative(small, carried):
    with pytest.raises(LnlibError) as error:
        spells(small, carried=carried)
    assert str(error.value) == f"carried must be a number of months, 0 or more, but is {carried!r}"


def test_assessed_again_after_a_gap_at_the_same_stage_is_a_spell_of_its_own():
    register = made(
        partnerships=[partnership("A", start="2010-01-01")],
        assessments=[rated("A", "2010-01-01", "coalition"), rated("A", "2012-01-01", "coalition")],
    )
    assert result(spells(register, carried=12)) == [
        "A coalition 2010-01-01 2011-01-01 2010-01-01 not_assessed stale",
        "A not_assessed 2011-01-01 2012-01-01 . coalition assessed",
        "A coalition 2012-01-01 2012-12-31 2012-01-01 not_assessed stale",
        "A not_assessed 2012-12-31 2014-01-01 . . censored",
    ]


def test_assessed_again_in_time_at_the_same_stage_goes_on_with_the_spell():
    register = made(
        partnerships=[partnership("A", start="2010-01-01")],
        assessments=[rated("A", "2010-01-01", "coalition"), rated("A", "2011-01-01", "coalition")],
    )
    assert result(spells(register, carried=12))[0] == (
        "A coalition 2010-01-01 2012-01-01 2011-01-01 not_assessed stale"
    )


TWO_RATERS = made(
    partnerships=[partnership("A", start="2010-01-01")],
    assessments=[
        rated("A", "2010-02-01", "integrated", rated_by="non_state"),
        rated("A", "2010-02-01", "coalition", rated_by="state"),
        rated("A", "2010-05-01", "collaboration", rated_by="independent"),
    ],
)


@pytest.mark.parametrize(
    ("choice", "stages"),
    [
        ({}, ["coalition", "collaboration"]),
        ({"differ": "higher"}, ["integrated", "collaboration"]),
        ({"rater": "state"}, ["coalition"]),
        ({"rater": "non_state"}, ["integrated"]),
        ({"rater": "independent"}, ["collaboration"]),
    ],
)
def test_of_two_ratings_on_one_day_the_declared_one_counts(choice, stages):
    frame = spells(TWO_RATERS, **choice)
    assert list(frame.loc[frame["status"] == "assessed", "stage"]) == stages
    seen = visits(TWO_RATERS, **choice)
    assert list(seen["stage"]) == stages
    assert seen.duplicated(["partnership", "date"]).sum() == 0


def test_both_ratings_of_one_day_stay_among_the_placed_and_in_the_lines():
    assert list(placed_assessments(TWO_RATERS)["stage"]) == ["coalition", "integrated", "collaboration"]
    assert list(timelines(TWO_RATERS)["what"]).count("assessment") == 3


def test_a_partnership_lives_as_long_whoever_rated_it():
    register = made(
        partnerships=[partnership("A", end="2011")],
        assessments=[
            rated("A", "2010-02-01", "coalition", rated_by="independent"),
            rated("A", "2011-12-01", "coalition", rated_by="independent"),
            rated("A", "2010-06-01", "coalition", rated_by="state"),
        ],
    )
    assert result(spells(register, rater="state")) == [
        "A not_assessed 2010-02-01 2010-06-01 . coalition assessed",
        "A coalition 2010-06-01 2011-12-01 2010-06-01 not_assessed stale",
        "A not_assessed 2011-12-01 2011-12-02 . ended ended",
        "A ended 2011-12-02 2014-01-01 . . censored",
    ]


def test_raters_are_any_and_the_words_of_the_vocabulary():
    assert raters() == ("any", "state", "non_state", "independent", "unstated")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda register: spells(register, rater="stat"),
            "rater 'stat' is not known; did you mean 'state'? Allowed: any, state, non_state, independent, unstated",
        ),
        (
            lambda register: visits(register, placed="midle"),
            "placed 'midle' is not known; did you mean 'middle'? Allowed: middle, start, end, order",
        ),
        (
            lambda register: placed_mechanisms(register, placed="midle"),
            "placed 'midle' is not known; did you mean 'middle'? Allowed: middle, start, end, order",
        ),
        (
            lambda register: spells(register, differ="lowest"),
            "differ 'lowest' is not known; did you mean 'lower'? Allowed: lower, higher",
        ),
        (
            lambda register: grid(register, every="quater"),
            "every 'quater' is not known; did you mean 'quarter'? Allowed: month, quarter, half, year",
        ),
    ],
)
def test_a_choice_that_is_not_known_is_refused(small, call, message):
    with pytest.raises(ValueNotAllowed) as error:
        call(small)
    assert str(error.value) == message


# --- when a life begins and ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "assessments", "mechanisms", "begin"),
    [
        ({"start": "2010-05-01"}, [rated("A", "2011-01-01", "coalition")], [], "2010-05-01"),
        # a wide start placed after the first assessment gives way to it
        ({"start": "2010"}, [rated("A", "2010-02-01", "coalition")], [], "2010-02-01"),
        ({}, [rated("A", "2011-01-01", "coalition")], [], "2011-01-01"),
        ({}, [rated("A", "2011-01-01", "coalition")], [set_up("A", "letter", "2010-06-01")], "2010-06-01"),
        ({}, [], [set_up("A", "mou", "2010-06-01"), set_up("A", "letter")], "2010-06-01"),
        ({}, [], [], "2010-01-01"),
        ({"end": "2010-06-01"}, [], [], "2010-01-01"),
        # the start of a short partnership, placed in the middle of a year, would fall after its end
        ({"start": "2010", "end": "2010-03-01"}, [], [], "2010-03-01"),
    ],
)
def test_a_partnership_begins_at_its_start_or_with_the_first_that_is_told(cells, assessments, mechanisms, begin):
    register = made(partnerships=[partnership("A", **cells)], assessments=assessments, mechanisms=mechanisms)
    assert rows(current_status(register), "begin") == [begin]


def test_a_start_before_the_observed_period_is_kept_beside_where_the_period_begins():
    status = current_status(
        made(
            partnerships=[partnership("A", start="2009-05-01")],
            assessments=[rated("A", "2009-06-01", "coalition"), rated("A", "2011-01-01", "collaboration")],
        )
    )
    assert rows(status, "origin", "begin", "first_assessed") == ["2009-05-01 2010-01-01 2009-06-01"]


def test_an_ending_comes_after_the_last_assessment_and_the_day_of_the_end_is_lived():
    register = made(
        partnerships=[
            partnership("A", start="2010-01-01", end="2011"),
            partnership("B", start="2012", end="2012-07-02"),
        ],
        assessments=[rated("A", "2011-11-05", "coalition")],
    )
    assert result(spells(register)) == [
        "A not_assessed 2010-01-01 2011-11-05 . coalition assessed",
        "A coalition 2011-11-05 2011-11-06 2011-11-05 ended ended",
        "A ended 2011-11-06 2014-01-01 . . censored",
        "B not_assessed 2012-07-01 2012-07-03 . ended ended",
        "B ended 2012-07-03 2014-01-01 . . censored",
    ]
    assert rows(visits(register), "partnership", "date", "status") == [
        "A 2011-11-05 assessed",
        "A 2011-11-05 ended",
        "B 2012-07-02 ended",
    ]


def test_an_ending_after_the_observed_period_is_not_yet_seen():
    register = made(partnerships=[partnership("A", start="2013", end="2014-02")])
    assert result(spells(register)) == ["A not_assessed 2013-07-02 2014-01-01 . . censored"]
    assert visits(register).empty


def test_a_period_narrower_than_the_data_carries_a_stage_in_and_leaves_out_what_is_outside():
    register = made(
        partnerships=[
            partnership("A", start="2009"),
            partnership("B", start="2012-05-01"),
            partnership("C", end="2009"),
        ],
        assessments=[
            rated("A", "2010-12-01", "coalition"),
            rated("A", "2011-06-01", "collaboration"),
            rated("A", "2012-06-01", "integrated"),
            rated("B", "2012-06-01", "coalition"),
        ],
        mechanisms=[
            set_up("A", "letter", "2010-01-05"),
            set_up("A", "mou", "2011-07-05"),
            set_up("A", "training"),
            set_up("A", "scorecard", "2012-02"),
        ],
        period="2011",
    )
    assert result(spells(register)) == [
        "A coalition 2011-01-01 2011-06-01 2010-12-01 collaboration up",
        "A collaboration 2011-06-01 2012-01-01 2011-06-01 . censored",
        "C ended 2011-01-01 2012-01-01 . . censored",
    ]
    assert rows(visits(register), "partnership", "date") == ["A 2011-06-01"]
    marks = timelines(register)
    marks = marks[marks["what"] != "spell"]
    assert rows(marks, "start", "detail") == ["2011-06-01 state", "2011-07-05 mou", ". training"]
    columns = ["partnership", "begin", "stage", "status", "last_assessed", "assessments", "up", "mechanisms"]
    assert rows(current_status(register), *columns) == [
        "A 2011-01-01 collaboration assessed 2011-06-01 2 1 letter;mou;training",
        "B . . . . 0 0 ",
        "C 2011-01-01 . ended . 0 0 ",
    ]


def test_a_mechanism_set_up_twice_is_named_once_and_in_order():
    register = made(
        partnerships=[partnership("A")],
        mechanisms=[
            set_up("A", "training", "2012-01-01", end="2012-02"),
            set_up("A", "letter", "2010-01-01"),
            set_up("A", "letter", "2011-01-01"),
        ],
    )
    assert rows(current_status(register), "mechanisms") == ["letter;training"]
    assert rows(placed_mechanisms(register), "mechanism", "date", "until") == [
        "letter 2010-01-01 .",
        "letter 2011-01-01 .",
        "training 2012-01-01 2012-02-15",
    ]


# --- the dates to count on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "every", "ends"),
    [
        ("2010-02/2010-11", "quarter", ["2010-03-31", "2010-06-30", "2010-09-30", "2010-11-30"]),
        ("2010-02-03/2010-03-10", "month", ["2010-02-28", "2010-03-10"]),
        ("2010/2011", "half", ["2010-06-30", "2010-12-31", "2011-06-30", "2011-12-31"]),
        ("2009-06/2011-02", "year", ["2009-12-31", "2010-12-31", "2011-02-28"]),
        ("2012-01-05", "quarter", ["2012-01-05"]),
    ],
)
def test_the_grid_ends_each_period_and_ends_with_the_last_day(period, every, ends):
    register = made(partnerships=[partnership("A")], period=period)
    assert [day.date().isoformat() for day in grid(register, every=every)] == ends


def test_the_grid_of_an_order_without_assessments_has_one_place():
    register = made(partnerships=[partnership("A")])
    assert grid(register, placed="order") == [1.0]
    assert result(spells(register, placed="order")) == ["A not_assessed 1.0 2.0 . . censored"]


# --- small, narrowed and empty -----------------------------------------------------------------------------------


@pytest.mark.parametrize("placed", ["middle", "order"])
@pytest.mark.parametrize("tell", [spells, visits, timelines, current_status, placed_assessments, placed_mechanisms])
def test_an_empty_register_tells_no_rows_with_the_same_columns(small, tell, placed):
    empty = small.where(province="Takeo")
    frame, full = tell(empty, placed=placed), tell(small, placed=placed)
    assert len(frame) == 0
    pd.testing.assert_series_equal(frame.dtypes, full.dtypes)


def test_cases_stand_in_the_order_in_which_charts_place_them():
    register = made(
        partnerships=[partnership("A")],
        assessments=[
            rated("A", "2010-07", "integrated"),
            rated("A", "2010-07-10", "collaboration"),
            rated("A", "2010-06", "coalition"),
        ],
    )
    for placed, last in (("middle", "integrated"), ("start", "collaboration"), ("end", "integrated")):
        found = assessment_records(register, placed=placed)["stage"].tolist()
        assert found == placed_assessments(register, placed=placed)["stage"].tolist()
        assert (found[0], found[-1]) == ("coalition", last)
    with pytest.raises(ValueNotAllowed):
        assessment_records(register, placed="midle")


def test_cases_and_grid_of_an_empty_register(small):
    empty = small.where(province="Takeo")
    assert list(assessment_records(empty)) == list(assessment_records(small))
    assert assessment_records(empty).empty
    assert grid(empty) == grid(small)
    assert grid(empty)[-1] == pd.Timestamp("2013-12-31")


@pytest.mark.parametrize("placed", ["middle", "order"])
@pytest.mark.parametrize("tell", [spells, visits, timelines, current_status])
def test_narrowing_then_telling_is_telling_then_narrowing(small, tell, placed):
    whole = tell(small, placed=placed)
    for chosen in ({"province": "17"}, {"actor": "A3"}, {"actor": "A1", "province": "2"}):
        here = small.where(**chosen)
        kept = whole[whole["partnership"].isin(here.partnerships["partnership"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(tell(here, placed=placed), kept)


def test_telling_leaves_the_register_as_it_was(small):
    before = {name: frame.copy() for name, frame in small.tables.items()}
    for tell in (spells, visits, timelines, current_status, placed_assessments, placed_mechanisms, dated):
        tell(small)
    for name, frame in small.tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_the_order_of_rows_does_not_matter(small):
    turned = open_register(small.path)
    tables = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in turned.tables.items()}
    object.__setattr__(turned, "tables", tables)
    for tell in (spells, visits, placed_assessments):
        pd.testing.assert_frame_equal(tell(turned), tell(small))


# --- attributes ------------------------------------------------------------------------------------------------------


def test_attributes_keep_the_places_and_actors_that_have_no_partnership(small):
    frame = spells(small, attributes=["unit", "non_state", "hybrid"])
    assert list(frame["unit"].cat.categories) == [unit.code for unit in small.units]
    assert list(frame["non_state"].cat.categories) == ["A1", "A2", "A3"]
    by = dict(zip(frame["partnership"], zip(frame["unit"], frame["hybrid"], strict=True), strict=True))
    assert by == {"P1": ("02", True), "P2": ("17", False), "P3": ("17", False), "P4": ("25", False)}


def test_attributes_of_a_narrowed_register_keep_those_of_the_whole(small):
    frame = spells(small.where(province="Takeo"), attributes=["unit", "state"])
    assert len(frame["unit"].cat.categories) == len(small.units)
    assert list(frame["state"].cat.categories) == ["S1", "S2", "S3"]


def test_a_place_that_is_not_known_is_a_category_of_its_own():
    register = made(partnerships=[partnership("A", province=""), partnership("B")])
    frame = with_attributes(pd.DataFrame({"partnership": ["A", "B"]}), register, ["unit"])
    assert list(frame["unit"]) == ["", "02"]
    assert frame["unit"].cat.categories[-1] == ""


def test_an_attribute_that_is_not_known_is_refused(small):
    with pytest.raises(ValueNotAllowed) as error:
        spells(small, attributes=["provinces"])
    assert str(error.value).startswith(
        "attribute 'provinces' is not known; did you mean 'province'? Allowed: non_state, "
    )
    with pytest.raises(ValueNotAllowed, match="attribute 'partnership' is not known"):
        spells(small, attributes=["partnership"])
