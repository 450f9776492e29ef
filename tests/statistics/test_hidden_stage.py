"""What was recorded beside what the hidden-stage model estimates."""

from dataclasses import replace

import numpy as np
import pytest

import lnlib as ln
from lnlib.analyses.statistics import HiddenStage, moves_note, recorded_beside_model
from lnlib.history.choices import Choices
from lnlib.measures.intervals import wilson
from lnlib.words import Words


@pytest.fixture(scope="module")
def register():
    return ln.open_register("demonstration")


def table(register, **more):
    choices = Choices.of(register)
    model = HiddenStage.of(register, choices)
    asked = {"years": 2, "least_n": 5, "words": Words.load("en"), **more}
    return recorded_beside_model(register, choices, model, **asked).set_index("what")


def test_each_share_stands_with_its_limits_beside_the_models(register):
    found = table(register)
    assert list(found.index) == [
        "Ever moved up", "Ever moved back", "Reached the collaboration stage or above within 2 years", "Reached the integrated stage within 2 years",
    ]  # fmt: skip
    status = ln.current_status(register)
    assessed = status[status["assessments"] > 0]
    back = found.loc["Ever moved back"]
    assert back["recorded"] == (assessed["down"] > 0).mean()
    np.testing.assert_allclose(
        back[["low", "high"]].astype(float), np.ravel(wilson((assessed["down"] > 0).sum(), len(assessed)))
    )
    assert back["model_low"] < back["model"] < back["model_high"] < back["recorded"]
    reached = found.loc["Reached the collaboration stage or above within 2 years"]
    assert reached["model_low"] < reached["model"] < reached["model_high"]
    assert reached["model"] > reached["recorded"]


def test_of_too_few_no_share_is_given(register):
    assert table(register, least_n=10_000).drop(columns="n").isna().all().all()


def test_a_stage_reached_is_read_as_far_as_enough_are_at_risk(register):
    """113 are followed to collaboration, and fewer than 40 for four years without anything."""
    reached = table(register, years=4, least_n=40).loc["Reached the collaboration stage or above within 4 years"]
    assert reached["n"] == 113
    assert reached[["recorded", "low", "high"]].isna().all()
    assert reached[["model", "model_low", "model_high"]].notna().all()


def test_a_register_that_is_no_sample_or_has_no_dates_has_no_model(register):
    assert HiddenStage.of(replace(register, kind="coded")).fit is None
    assert HiddenStage.of(ln.open_register("learning-note-17")).fit is None


def test_where_the_model_cannot_be_fitted_the_reason_is_kept(small):
    lone = small.where(province="25")
    assert (
        HiddenStage.of(lone).why == "hidden_stage_model needs a rating above the lowest stage, but the frame has none"
    )
    assert HiddenStage.of(lone).beside(years=2) is None


def test_a_figure_of_moves_says_how_many_the_model_expects(register):
    choices, words = Choices.of(register), Words.load("en")
    found = table(register)
    up, down = (found.loc[f"Ever moved {way}", ["model", "model_low", "model_high"]] for way in ("up", "back"))
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
