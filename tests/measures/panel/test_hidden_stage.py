"""Figures of the hidden-stage model: against sums over every way a life may have gone, and against simulated lives."""

import itertools
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

import lnlib as ln
from lnlib.errors import NotEnough, ValueNotAllowed
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, misratings, passage
from lnlib.measures.panel.model import panel_model
from lnlib.simulation.declared_rates import Rates

sys.path.append(str(Path(__file__).parents[3] / "benchmarks" / "measures"))
import hidden_stage as benchmark

STAGES = ["low", "mid", "top"]
DTYPE = pd.CategoricalDtype(STAGES, ordered=True)


def frame(rows):
    found = pd.DataFrame(rows, columns=["partnership", "date", "what", "rated_by"])
    stage = pd.Series([what if what in STAGES else None for what in found["what"]], dtype=object).astype(DTYPE)
    status = np.where(found["what"] == "ended", "ended", "assessed")
    return found.assign(stage=stage, status=status).drop(columns="what")


RATED = frame(
    [
        ("a", 0.0, "low", "x"),
        ("a", 1.0, "mid", "y"),
        ("a", 1.0, "low", "x"),
        ("a", 2.5, "top", "x"),
        ("b", 0.5, "mid", "y"),
        ("b", 1.5, "low", "y"),
        ("b", 2.2, "ended", None),
        ("c", 1.0, "mid", "x"),
        ("c", 3.0, "low", "y"),
        ("d", 0.2, "top", "x"),
    ]
)


def parts(fit):
    """Return the rates, the chances of each rating (by rater, state, rating) and the first stages of a fit."""
    theta = dict(fit.parameters[["parameter", "estimate"]].itertuples(index=False))
    states = list(fit.states)
    q = np.zeros((4, 4))
    for one, other in fit.transitions:
        q[states.index(one), states.index(other)] = np.exp(theta[f"{one} → {other}"])
    q -= np.diag(q.sum(axis=1))
    chances = {}
    for rater in fit.raters:
        odds, lean = np.exp(theta[f"misrated by {rater}"]), np.exp(theta[f"lean of {rater}"])
        weight = np.array([[1, odds * lean, 0], [odds / lean / 2, 1, odds * lean / 2], [0, odds / lean, 1]])
        chances[rater] = weight / weight.sum(axis=1, keepdims=True)
    first = np.exp([0.0, theta["first at mid"], theta["first at top"]])
    return q, chances, first / first.sum()


def without_down(q):
    below = np.tril(np.ones((4, 4)), -1) > 0
    return np.where(below, 0.0, q)


def test_the_share_that_ever_moved_back_sums_over_every_way():
    fit = hidden_stage_model(RATED, until=3.5)
    q, chances, first = parts(fit)
    none = []
    for _, life in RATED.groupby("partnership"):
        rows, likelihood = list(life.itertuples()), [0.0, 0.0]
        ended = rows[-1].status == "ended"
        times = [row.date for row in rows] + ([] if ended else [3.5])
        last = max(row.date for row in rows if row.status == "assessed")
        for number, rates in enumerate((q, without_down(q))):
            for way in itertools.product(range(3), repeat=len(times)):
                chance = first[way[0]]
                for place, row in enumerate(rows):
                    if row.status == "assessed":
                        chance *= chances[row.rated_by][way[place], STAGES.index(row.stage)]
                    if place + 1 < len(times):
                        used = rates if times[place] < last else q
                        chance *= expm(used * (times[place + 1] - times[place]))[way[place], way[place + 1]]
                        if ended and place + 2 == len(times):
                            chance *= q[way[place + 1], 3]
                likelihood[number] += chance
        none.append(likelihood[1] / likelihood[0])
    found = ever_moved(fit, move="down").iloc[0]
    assert found["n"] == 4
    assert found["share"] == pytest.approx(1 - np.mean(none), rel=1e-9)
    assert found["low"] < found["share"] < found["high"]
    known = replace(fit, covariance=np.zeros_like(fit.covariance))  # what the ratings leave open of each stays open
    left = np.sqrt(sum(chance * (1 - chance) for chance in none)) / 4
    assert ever_moved(known, move="down")["se"].item() == pytest.approx(left, rel=1e-9)


def test_who_is_rated_once_moved_neither_up_nor_back():
    once = frame([(f"once{n}", 0.0, "low", "x") for n in range(96)])
    fit = hidden_stage_model(pd.concat([RATED, once]))
    for move in ("up", "down"):
        assert ever_moved(fit, move=move)["share"].item() < 4 / 100


def test_a_passage_is_that_of_the_chain_stopped_at_the_stage():
    fit = hidden_stage_model(RATED, until=3.5)
    q, _, first = parts(fit)
    stopped = q.copy()
    stopped[2] = 0
    start = np.array([first[0], first[1], 0, 0]) / first[:2].sum()
    found = passage(fit, to="top", over=[0, 1.5]).set_index(["time", "event"])["incidence"]
    assert found[0.0].tolist() == [0, 0]
    np.testing.assert_allclose(found[1.5], (start @ expm(stopped * 1.5))[2:], rtol=1e-9)
    second = passage(fit, to="mid", over=[1.5]).set_index("event")["incidence"]
    stopped[1] = 0
    np.testing.assert_allclose(second, [expm(stopped * 1.5)[0, 1], expm(stopped * 1.5)[0, 3]], rtol=1e-9)


def test_errors_are_those_of_the_parameters():
    fit = hidden_stage_model(RATED)
    _, chances, _ = parts(fit)
    found = misratings(fit).set_index(["rated_by", "direction"])["share"]
    for rater in ("x", "y"):
        assert found[rater, "high"] == pytest.approx(chances[rater][0, 1])
        assert found[rater, "low"] == pytest.approx(chances[rater][2, 1])


def test_a_model_that_takes_ratings_at_their_word_is_refused():
    fit = panel_model(RATED[RATED["rated_by"].ne("x") | RATED["date"].ne(1.0)])
    with pytest.raises(ValueNotAllowed, match=r"^the model takes ratings at their word; fit it with misrated="):
        ever_moved(fit)


def test_ratings_at_the_lowest_stage_alone_are_not_enough():
    with pytest.raises(
        NotEnough, match=r"^hidden_stage_model needs a rating above the lowest stage, but the frame has none$"
    ):
        hidden_stage_model(RATED.assign(stage=RATED["stage"].where(RATED["stage"] == "low")).dropna(subset=["stage"]))


def test_the_lowest_stage_is_never_reached():
    with pytest.raises(ValueNotAllowed, match=r"^to must be a stage above the lowest, but got low$"):
        passage(hidden_stage_model(RATED), to="low", over=[1])


@cache
def thousands():
    register, lives, described = benchmark.drawn(Rates.load(benchmark.RATES), 4000, 1)
    return (
        benchmark.truth(register, lives, described),
        benchmark.recorded(register),
        benchmark.modelled(register),
    )


@pytest.mark.slow
@pytest.mark.parametrize("figure", ["back", "reached"])
def test_of_four_thousand_lives_the_model_finds_what_the_ratings_hide(figure):
    true, word, model = (each[figure] for each in thousands())
    share, low, high = model
    assert low < true < high
    assert abs(share - true) < 0.02
    assert abs(word - true) > 3 * abs(share - true)


@cache
def demonstration():
    register, lives, described = benchmark.drawn(Rates.load(benchmark.RATES), 160, 17)  # as it ships
    pd.testing.assert_frame_equal(register.assessments, ln.open_register("demonstration").assessments)
    return (
        benchmark.truth(register, lives, described),
        benchmark.recorded(register),
        benchmark.modelled(register),
    )


@pytest.mark.slow
@pytest.mark.parametrize(("figure", "recorded", "lived"), [("back", 0.218, 0.109), ("reached", 0.427, 0.568)])
def test_of_the_demonstration_the_limits_of_the_model_hold_the_lives_that_what_is_recorded_misses(
    figure, recorded, lived
):
    true, word, model = (each[figure] for each in demonstration())
    share, low, high = model
    assert (word, true) == pytest.approx((recorded, lived), abs=0.0005)
    assert low < lived < high
    assert abs(share - lived) < abs(recorded - lived)
    assert not low < recorded < high
