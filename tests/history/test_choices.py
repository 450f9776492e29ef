"""The choices of a history: validated, the register's own where none is asked for, and the same on every page."""

import inspect

import pandas as pd
import pytest
from history_lines import rows
from register_rows import made, partnership, rated

import lnlib as ln
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.exhibits.source_and_choices import choice_notes
from lnlib.history.choices import Choices, history, is_ordinal
from lnlib.history.visits import visits

ORDINAL = made(
    partnerships=[partnership("P")],
    assessments=[
        rated("P", "2009-06/2014-09", "coalition", step="1"),
        rated("P", "2009-06/2014-09", "integrated", step="2"),
    ],
)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"placed": "midle"},
            "placed 'midle' is not known; did you mean 'middle'? Allowed: middle, start, end, order",
        ),
        (
            {"rater": "states"},
            "rater 'states' is not known; did you mean 'state'? Allowed: any, state, non_state, independent, unstated",
        ),
        ({"differ": "both"}, "differ 'both' is not known. Allowed: lower, higher"),
        ({"evidence": "document"}, "evidence 'document' is not known. Allowed: any, verifiable"),
        ({"carried": -1}, "carried must be a number of months, 0 or more, but is -1"),
        ({"carried": float("nan")}, "carried must be a number of months, 0 or more, but is nan"),
        ({"carried": "18"}, "carried must be a number of months, 0 or more, but is '18'"),
    ],
)
def test_a_choice_that_is_not_one_is_refused(options, message):
    with pytest.raises(LnlibError) as refused:
        Choices(**options)
    assert str(refused.value) == message


def test_choices_are_a_mapping_and_can_be_a_key():
    choices = Choices(rater="state")
    assert {**choices, "every": "half"} == {
        "placed": "middle",
        "rater": "state",
        "differ": "lower",
        "carried": 18,
        "evidence": "any",
        "every": "half",
    }
    assert hash(choices) == hash(Choices(rater="state"))
    assert choices == Choices(rater="state") != Choices()
    assert choices.but(rater="any") == Choices()
    with pytest.raises(KeyError):
        choices["every"]


def test_a_register_without_dates_is_ordinal_by_itself():
    assert is_ordinal(ORDINAL)
    assert Choices.of(ORDINAL) == Choices(placed="order")
    assert Choices.of(ORDINAL, placed="") == Choices(placed="order")
    assert Choices.of(ORDINAL, {"placed": "", "every": "half"}, rater="state") == Choices("order", "state")
    assert rows(ln.spells(ORDINAL), "stage", "start", "end") == ["coalition 1.0 2.0", "integrated 2.0 3.0"]
    assert ln.grid(ORDINAL) == [1.0, 2.0]


def test_learning_note_17_counts_in_its_order_and_no_quarter_is_invented():
    register = ln.open_register("learning-note-17")
    assert ln.grid(register, every="quarter") == [1.0, 2.0]
    assert Choices.of(register).ordinal


def test_another_placing_of_a_register_without_dates_is_said_on_the_figure():
    forced = Choices.of(ORDINAL, placed="middle")
    assert choice_notes(forced, ORDINAL) == ["carried", "placed.middle", "rater.any", "placed.forced"]
    assert choice_notes(Choices.of(ORDINAL), ORDINAL) == ["placed.order"]


def test_a_choice_by_another_name_is_refused():
    with pytest.raises(ValueNotAllowed) as refused:
        ln.spells(ORDINAL, place="middle")
    assert str(refused.value) == (
        "choice 'place' is not known; did you mean 'placed'? Allowed: placed, rater, differ, carried, evidence"
    )


def test_verifiable_ratings_rest_on_a_document_or_an_independent_rater():
    register = made(
        partnerships=[partnership("P", start="2010-01-01")],
        assessments=[
            rated("P", "2010-02-01", "coalition", rated_by="state", evidence="document"),
            rated("P", "2010-03-01", "collaboration", rated_by="non_state", evidence="self_report"),
            rated("P", "2010-04-01", "integrated", rated_by="independent", evidence="interview"),
        ],
    )
    choices = Choices.of(register, evidence="verifiable")
    assert rows(ln.visits(register, choices), "date", "stage") == ["2010-02-01 coalition", "2010-04-01 integrated"]
    assert choice_notes(choices, register)[-1] == "evidence_counted.verifiable"


def test_a_history_shows_the_choices_that_it_takes():
    shown = "(register: 'Register', choices: 'Mapping[str, Any] | None' = None, **options: 'Any') -> 'pd.DataFrame'"
    assert str(inspect.signature(visits)) == shown


def test_a_frame_is_computed_once_for_choices_that_it_does_not_rest_on():
    register, computed = made(partnerships=[partnership("P")], assessments=[rated("P", "2010", "coalition")]), []

    @history("placed", "rater")
    def frame(register, choices):
        computed.append((choices.placed, choices.rater))
        return pd.DataFrame({"carried": [choices.carried]})

    for options in ({"carried": 12}, {"carried": 24, "differ": "higher"}, {"rater": "state"}, {"rater": "any"}):
        assert frame(register, **options)["carried"].tolist() == [Choices().carried], options
    assert computed == [("middle", "any"), ("middle", "state")]
