"""What was recorded beside what the hidden-stage model estimates."""

from dataclasses import replace

import pandas as pd
import pytest

import lnlib as ln
from lnlib.analyses.statistics import HiddenStage, moves_note, reached_note, recorded_beside_model
from lnlib.analyses.statistics.hidden_stage import since_first_rating
from lnlib.history.choices import Choices
from lnlib.measures.curves.first_passage import first_passage
from lnlib.words import Words


@pytest.fixture(scope="module")
def register():
    return ln.open_register("demonstration")


def with_assessments(register, frame):
    return replace(register, tables={**register.tables, "assessments": frame})


def stage_of(register, stage):
    """Return one stage for every assessment."""
    return pd.Categorical([stage] * len(register.assessments), dtype=register.scale.dtype)


def table(register, **more):
    choices = Choices.of(register)
    model = HiddenStage.of(register, choices)
    asked = {"years": 2, "least_n": 5, "words": Words.load("en"), **more}
    return recorded_beside_model(register, choices, model, **asked).set_index("what")


def test_each_share_stands_beside_the_models_of_the_same_partnerships_and_clock(register):
    found = table(register)
    assert list(found.index) == [
        "Ever moved up, of these partnerships", "Ever moved back, of these partnerships",
        "Reached the collaboration stage or above within 2 years of the start",
        "Reached the collaboration stage or above within 2 years of the first rating",
        "Reached the integrated stage within 2 years of the start",
        "Reached the integrated stage within 2 years of the first rating",
    ]  # fmt: skip
    status = ln.current_status(register)
    assessed = status[status["assessments"] > 0]
    back = found.loc["Ever moved back, of these partnerships"]
    assert back["recorded"] == (assessed["down"] > 0).mean()
    assert back[["low", "high"]].isna().all()  # counted of these, and no sample of others
    assert back["model_low"] < back["model"] < back["model_high"] < back["recorded"]
    start = found.loc["Reached the collaboration stage or above within 2 years of the start"]
    assert start[["model", "model_low", "model_high"]].isna().all()  # no rating is from before the first
    reached = found.loc["Reached the collaboration stage or above within 2 years of the first rating"]
    assert start["recorded"] < reached["recorded"]
    assert reached["low"] < reached["recorded"] < reached["high"]
    assert reached["model_low"] < reached["model"] < reached["model_high"]
    assert reached["model"] > reached["recorded"]


def test_the_clock_of_the_first_rating_starts_there():
    history = pd.DataFrame(
        {
            "partnership": ["a", "a", "b"],
            "status": ["not_assessed", "assessed", "not_assessed"],
            "start": [0.0, 1.5, 0.0],
            "end": [1.5, 3.0, 2.0],
            "origin": [0.0, 0.0, 0.0],
        }
    )
    found = since_first_rating(history)
    assert found[["partnership", "origin"]].to_numpy().tolist() == [["a", 1.5], ["a", 1.5]]  # b was never rated


def test_a_curve_says_who_is_left_out_and_what_the_model_estimates(register):
    words, model = Words.load("en"), HiddenStage.of(register)
    asked = {"to": "collaboration", "years": 2, "words": words}
    reached = first_passage(ln.spells(register), to="collaboration")
    assert reached_note(reached, register, model, **asked) == [
        "34 partnerships that were at the collaboration stage or above when first rated are left out.",
        "Allowing for ratings that err and come late, 57% (46% to 67%) had reached the collaboration stage or above within "
        "2 years of their first rating.",
    ]
    late = reached.assign(begins=1.24, n_already=1)
    assert reached_note(late, register, HiddenStage(None), **asked) == [
        "1 partnership that was at the collaboration stage or above when first rated is left out.",
        "The curve begins 1.2 years after the start, when enough were first followed; it is of those to whom nothing had "
        "happened by then.",
    ]
    assert reached_note(reached.iloc[:0], register, model, **asked) == []


def test_of_too_few_no_share_is_given(register):
    assert table(register, least_n=10_000).drop(columns="n").isna().all().all()


def test_a_stage_reached_is_read_as_far_as_enough_are_at_risk(register):
    """113 are followed to collaboration, and fewer than 40 for four years without anything."""
    found = table(register, years=4, least_n=40)
    reached = found.loc["Reached the collaboration stage or above within 4 years of the first rating"]
    assert reached["n"] == 113
    assert reached[["recorded", "low", "high"]].isna().all()
    assert reached[["model", "model_low", "model_high"]].notna().all()


def test_a_register_that_is_no_sample_or_has_no_dates_has_no_model(register):
    assert HiddenStage.of(replace(register, kind="coded")).fit is None
    assert HiddenStage.of(ln.open_register("learning-note-17")).fit is None


def test_where_the_model_cannot_be_fitted_the_reason_is_kept(register):
    lowest = with_assessments(register, register.assessments.assign(stage=stage_of(register, "coalition")))
    model = HiddenStage.of(lowest)
    assert model.why == "hidden_stage_model needs a rating above the lowest stage, but the frame has none"
    assert model.beside(years=2) is None


def test_ratings_of_one_day_each_say_nothing_of_moves(register):
    """All is read from the prior then: a share that moved would be invented, and there is none to print."""
    first = register.assessments.drop_duplicates("partnership")
    once = with_assessments(register, first.reset_index(drop=True))
    model = HiddenStage.of(once)
    assert model.why == "0 partnerships were rated on two days or more; the model needs 5"
    assert moves_note(once, Choices.of(once), model, words=Words.load("en")) == [
        "Moves are as recorded: a rater who errs makes moves that never happened, and no model that allows for it could be "
        "fitted."
    ]
    recorded = recorded_beside_model(once, Choices.of(once), model, years=2, least_n=5, words=Words.load("en"))
    assert recorded["model"].isna().all()


def test_a_figure_of_moves_says_how_many_the_model_expects(register):
    choices, words = Choices.of(register), Words.load("en")
    found = table(register)
    up, down = (
        found.loc[f"Ever moved {way}, of these partnerships", ["model", "model_low", "model_high"]]
        for way in ("up", "back")
    )
    assert moves_note(register, choices, HiddenStage.of(register), words=words) == [
        "Moves are as recorded: 82 of 147 partnerships ever moved up, and 32 ever moved back. Allowing for ratings that err, "
        f"{up['model']:.0%} ({up['model_low']:.0%} to {up['model_high']:.0%}) moved up and {down['model']:.0%} "
        f"({down['model_low']:.0%} to {down['model_high']:.0%}) moved back."
    ]
    assert moves_note(register, choices, HiddenStage(None, "too few"), words=words) == [
        "Moves are as recorded: a rater who errs makes moves that never happened, and no model that allows for it could be "
        "fitted."
    ]
    cases = ln.open_register("learning-note-17")
    assert moves_note(cases, Choices.of(cases), HiddenStage.of(cases), words=words) == []
