import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlib.errors import LnlibError, NotConverged, NotEnough, ValueNotAllowed
from lnlib.measures.panel.model import Prior, minus2ll_at, panel_model
from lnlib.measures.panel.optimise import least
from lnlib.measures.panel.results import hazard_ratios, rates

REFERENCE = Path(__file__).parents[2] / "reference_results" / "msm"
KNOWN = json.loads((REFERENCE / "msm_reference.json").read_text())
CAV, PSOR = KNOWN["cav"]["initial_q_for_fixed"], KNOWN["psor"]["initial_q"]


def read(name, subject, time, state, covariates):
    rows = pd.read_csv(REFERENCE / name)
    stage = pd.Categorical(rows[state].astype(str), list("1234"), ordered=True)
    found = pd.DataFrame({"partnership": rows[subject], "date": rows[time].astype(float), "stage": stage})
    return found.join(rows[covariates])


@pytest.fixture(scope="module")
def cav():
    return read("cav.csv", "PTNUM", "years", "state", ["sex"])


@pytest.fixture(scope="module")
def psor():
    return read("psor.csv", "ptnum", "months", "state", ["hieffusn", "ollwsdrt"])


@pytest.mark.parametrize(("exact", "name"), [(["4"], "deathexact"), ([], "panel")])
def test_likelihood_at_fixed_rates_of_cav(cav, exact, name):
    assert minus2ll_at(cav, rates=CAV, exact=exact) == pytest.approx(
        KNOWN["cav"]["minus2LL_at_initial_q"][name], abs=1e-6
    )


def test_likelihood_at_fixed_rates_of_psor(psor):
    assert minus2ll_at(psor, rates=PSOR) == pytest.approx(KNOWN["psor"]["minus2LL_at_initial_q"], abs=1e-6)


def test_rates_may_be_given_as_a_frame_in_any_order(cav):
    states = list("1234")
    named = pd.DataFrame(CAV, index=states, columns=states).loc[["3", "1", "2"], ["2", "4", "1", "3"]]
    assert minus2ll_at(cav, rates=named) == minus2ll_at(cav, rates=CAV)
    with pytest.raises(ValueNotAllowed, match="state '5' is not known"):
        minus2ll_at(cav, rates=named.rename(columns={"1": "5"}))


def held(fit, known):
    assert fit.minus2ll <= known["minus2loglik"] + 1e-4
    np.testing.assert_allclose(fit.theta, known["log_params"], atol=1e-3, rtol=0)
    np.testing.assert_allclose(fit.parameters["se"], np.sqrt(np.diag(known["covmat"])), rtol=0.005)


@pytest.mark.parametrize(("exact", "name"), [(["4"], "deathexact"), ([], "panel")])
def test_cav_is_met(cav, exact, name):
    fit = panel_model(cav, allowed=CAV, exact=exact, prior=None)
    held(fit, KNOWN["cav"][name])
    assert fit.problems == ()


def test_psor_is_met(psor):
    held(panel_model(psor, allowed=PSOR, prior=None), KNOWN["psor"]["plain"])


def test_psor_with_covariates_held_equal_is_met(psor):
    fit = panel_model(
        psor,
        allowed=PSOR,
        covariates=["ollwsdrt", "hieffusn"],
        same_effects={"hieffusn": True, "ollwsdrt": [1, 1, 2]},
        prior=None,
        missing="drop",
    )
    known = KNOWN["psor"]["covariates"]
    assert fit.minus2ll <= known["minus2loglik"] + 1e-4
    np.testing.assert_allclose(fit.theta, np.array(known["log_params"])[[0, 1, 2, 3, 5, 6]], atol=1e-3, rtol=0)
    found = hazard_ratios(fit)
    for name in ("ollwsdrt", "hieffusn"):
        mine = found.loc[found["covariate"] == name, ["ratio", "low", "high"]]
        np.testing.assert_allclose(mine, known["hazard_ratio"][name]["values"], rtol=2e-3)
    np.testing.assert_allclose(np.ravel(rates(fit)["se"]), [0.0115943, 0.0196169, 0.0375060], rtol=0.005)


def test_cav_by_sex_is_met_and_says_what_the_data_do_not_tell(cav):
    fit = panel_model(cav, allowed=CAV, exact=["4"], covariates="sex", prior=None)
    known = KNOWN["cav"]["sex"]
    assert fit.minus2ll <= known["minus2loglik"] + 1e-4
    result = [place for place in range(14) if place not in (4, 11)]
    np.testing.assert_allclose(fit.theta[result], np.array(known["log_params"])[result], atol=1e-3, rtol=0)
    assert fit.problems == (
        "the data do not tell 2 → 4: its limits reach from 0 to infinity",
        "the data do not tell sex: 2 → 4: its limits reach from 0 to infinity",
    )
    assert np.isinf(hazard_ratios(fit)["high"]).sum() == 1


def test_cav_with_rates_that_change_after_five_years_is_met(cav):
    fit = panel_model(cav, allowed=CAV, exact=["4"], cuts=[5], prior=None)
    known = KNOWN["cav"]["pci5"]
    assert fit.minus2ll <= known["minus2loglik"] + 1e-4
    expected = np.array(known["hazard_ratio"]["timeperiod[5,Inf)"]["values"])
    np.testing.assert_allclose(np.log(hazard_ratios(fit)[["ratio", "low", "high"]]), np.log(expected), atol=4e-3)


def seen(rows, *, stages=("low", "mid", "top")):
    found = pd.DataFrame(rows, columns=["partnership", "date", "stage"])
    status = np.where(found["stage"] == "ended", "ended", "assessed")
    stage = pd.Categorical(found["stage"].where(found["stage"] != "ended"), list(stages), ordered=True)
    return found.assign(stage=stage, status=status)


def simulated(n, *, seed=3):
    """Simulate the default model at known rates by small steps, seen at uneven times; endings dated exactly."""
    random = np.random.default_rng(seed)
    q = np.array([[0, 0.4, 0, 0.05], [0.15, 0, 0.3, 0.05], [0, 0.1, 0, 0.05]])
    state, clock = random.choice(3, n, p=[0.7, 0.2, 0.1]), np.zeros(n)
    rows, alive, visit = [], np.arange(n), np.zeros(n)
    for turn in range(6):
        rows += [(who, visit[who], state[who]) for who in alive]
        if turn == 5:
            break  # an ending after the last visit is not observed, as survival is not
        following = visit + np.round(random.uniform(0.2, 1.2, n) * 52) / 52
        moving = alive
        while len(moving):
            rate = q[state[moving]].sum(axis=1)
            clock[moving] += random.exponential(size=len(moving)) / rate
            moving = moving[clock[moving] < following[moving]]
            share = (q[state[moving]] / q[state[moving]].sum(axis=1, keepdims=True)).cumsum(axis=1)
            state[moving] = (random.random(len(moving))[:, None] > share).sum(axis=1)
            over = moving[state[moving] == 3]
            rows += [(who, clock[who], 3) for who in over]
            moving = moving[state[moving] < 3]
        alive = alive[state[alive] < 3]
        clock[alive] = visit[alive] = following[alive]
    names = np.array(["low", "mid", "top", "ended"])
    return seen([(who, time, names[code]) for who, time, code in rows])


def test_rates_of_a_simulation_are_found_within_two_standard_errors_on_the_whole():
    visits = simulated(2500)
    fit = panel_model(visits, prior=None)
    truth = np.log([0.4, 0.05, 0.15, 0.3, 0.05, 0.1, 0.05])
    off = (fit.theta - truth) / fit.parameters["se"]
    assert np.sqrt((off**2).mean()) < 1.6
    assert off.abs().max() < 3


def test_endings_known_beyond_the_last_visit_need_until():
    """One visit each, endings known for two years: without `until` all that is known is who ended."""
    random = np.random.default_rng(4)
    over = random.exponential(size=4000) / 0.3
    rows = [(who, 0.0, "low") for who in range(4000)] + [(who, t, "ended") for who, t in enumerate(over) if t < 2]
    found = rates(panel_model(seen(rows, stages=("low",)), allowed=[("low", "ended")], until=2, prior=None))
    events = (over < 2).sum()
    assert found["rate"].iloc[0] == pytest.approx(events / np.minimum(over, 2).sum(), rel=1e-6)
    assert found["se"].iloc[0] == pytest.approx(found["rate"].iloc[0] / np.sqrt(events), rel=1e-4)


def test_a_register_of_three_has_a_finite_answer_with_the_prior():
    fit = panel_model(
        seen([("a", 0, "low"), ("a", 1, "mid"), ("b", 0, "low"), ("b", 2, "low"), ("c", 1, "low"), ("c", 2, "ended")])
    )
    found = rates(fit)
    assert np.isfinite(found[["rate", "low", "high"]]).all(axis=None)
    assert "top → mid was not seen: no interval begins there" in fit.problems
    assert "top → mid rests on the prior more than on the data" in fit.problems


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 0, "low"), ("a", 1, "low")],  # one partnership, one interval, no move
        [("a", 0, "top"), ("a", 3, "top"), ("b", 0, "top"), ("b", 1, "top")],  # all the same stage
        [("a", 0, "low"), ("a", 1, "ended"), ("b", 0, "top"), ("b", 1, "ended")],  # all ended
        [("a", 0, "low"), ("a", 0, "low"), ("a", 1, "mid")],  # the same twice on one day is once
        [("a", 0, "low"), ("a", 1, "low"), ("a", 1, "ended")],  # ended on the day of an assessment
        [("a", 0, "low"), ("a", 2, "low"), ("b", 5, "low")],  # one seen but once adds nothing
    ],
)
def test_edge_cases_are_answered(rows):
    fit = panel_model(seen(rows))
    assert np.isfinite(fit.parameters[["estimate", "se"]]).all(axis=None)
    assert np.isfinite(fit.minus2ll)


def test_the_same_twice_on_one_day_is_once():
    once = [("a", 0, "low"), ("a", 1, "mid"), ("a", 2, "low")]
    assert panel_model(seen([*once, ("a", 1, "mid")])).minus2ll == panel_model(seen(once)).minus2ll


def test_grouping_order_and_repetition_change_nothing():
    visits = simulated(60)
    before = visits.copy(deep=True)
    fit = panel_model(visits)
    mixed = panel_model(visits.sample(frac=1, random_state=5))
    np.testing.assert_allclose(mixed.theta, fit.theta, atol=1e-12)
    twice = pd.concat([visits, visits.assign(partnership=visits["partnership"] + 1000)])
    doubled, single = panel_model(twice, prior=None), panel_model(visits, prior=None)
    np.testing.assert_allclose(doubled.theta, single.theta, atol=1e-5)
    np.testing.assert_allclose(doubled.parameters["se"], single.parameters["se"] / np.sqrt(2), rtol=1e-4)
    pd.testing.assert_frame_equal(visits, before)


def test_dates_are_years():
    visits = simulated(60)
    days = (visits["date"] * 365.25).round()
    dated = visits.assign(date=pd.Timestamp("2010-01-01") + pd.to_timedelta(days, unit="D"))
    numbers = visits.assign(date=days / 365.25)
    np.testing.assert_allclose(panel_model(dated).theta, panel_model(numbers).theta, atol=1e-7)


def test_categories_and_numbers_as_covariates_say_the_same():
    visits = simulated(80)
    kind = np.where(visits["partnership"] % 2, "media", "ngo")
    words = panel_model(visits.assign(kind=pd.Categorical(kind, ["ngo", "media", "union"])), covariates="kind")
    number = panel_model(visits.assign(kind=(kind == "media")), covariates="kind")
    np.testing.assert_allclose(words.theta, number.theta, atol=1e-9)
    assert words.parameters["parameter"].iloc[-1] == "kind media: top → ended"


def test_a_wider_prior_comes_to_no_prior():
    visits = simulated(200)
    wide = panel_model(visits, prior=Prior(spread=1e4, effect_spread=1e4))
    np.testing.assert_allclose(wide.theta, panel_model(visits, prior=None).theta, atol=1e-5)


def refused(error, visits, **choices):
    with pytest.raises(error) as refusal:
        panel_model(visits, **choices)
    return str(refusal.value)


def test_refusals():
    one = seen([("a", 0, "low"), ("a", 1, "mid")])
    assert refused(NotEnough, one.iloc[:0]) == "panel_model needs assessments, but the frame has none"
    assert refused(NotEnough, one.assign(x=1.0).iloc[:0], covariates="x") == (
        "panel_model needs assessments, but the frame has none"
    )
    assert refused(NotEnough, one.iloc[:1]) == "panel_model needs a partnership with two rows, but none has"
    assert refused(ValueNotAllowed, seen([("a", 0, "low"), ("a", 0, "mid"), ("a", 1, "mid")])) == (
        "panel_model needs one stage a day, but 1 days have two, the first: a is both low and mid on 0; choose one rating"
    )
    assert refused(LnlibError, seen([("a", 0, "top"), ("a", 1, "low")]), allowed=[("low", "mid"), ("mid", "top")]) == (
        "panel_model cannot explain 1 of 1 intervals by the allowed transitions, the first: top → low of a; top → low"
    )
    assert refused(LnlibError, seen([("a", 0, "low"), ("a", 1, "ended"), ("a", 2, "low")])) == (
        "panel_model cannot explain 1 of 2 intervals by the allowed transitions, the first: ended → low of a; ended → low"
    )
    at_once = seen([("a", 0, "low"), ("a", 1, "low"), ("b", 0, "low"), ("b", 0, "ended")])
    assert refused(LnlibError, at_once, allowed=[("low", "mid"), ("mid", "ended"), ("top", "ended")]) == (
        "panel_model cannot explain 1 of 2 intervals by the allowed transitions, the first: low → ended on one day of b; "
        "low → ended"
    )
    assert refused(ValueNotAllowed, one, exact=["mid"]) == (
        "exact must name absorbing states, but transitions lead out of mid"
    )
    assert refused(ValueNotAllowed, one.assign(x=[np.nan, 1]), covariates="x") == (
        "panel_model needs every covariate where an interval begins, but 1 of 2 rows lack one; "
        "missing='drop' leaves these rows out"
    )
    assert refused(ValueNotAllowed, one.assign(x=1.0), covariates="x", same_effects={"x": ["a"]}) == (
        "same_effects of x needs one label a transition (low → mid, low → ended, mid → low, mid → top, mid → ended, top → mid, "
        "top → ended), but got ['a']"
    )
    assert refused(ValueNotAllowed, one, allowed=np.ones((2, 2))) == (
        "a matrix over the states must be 4 × 4 (low, mid, top, ended), but got 2 × 2"
    )
    assert refused(ValueNotAllowed, one, cuts=[2, 1]) == "cuts must rise, but got [2, 1]"


@pytest.mark.parametrize("seed", range(12))
def test_without_a_prior_a_tiny_register_is_refused_or_says_what_it_does_not_tell(seed):
    visits = simulated(4, seed=seed)
    try:
        fit = panel_model(visits, prior=None)
    except LnlibError:
        return
    assert np.isfinite(fit.parameters[["estimate", "se"]]).all(axis=None)
    assert fit.problems


def test_not_converged_is_an_error():
    with pytest.raises(NotConverged) as refusal:
        least(lambda x: (float(x[0]), np.array([1.0])), np.zeros(1), names=["low → mid"], most=5)
    assert str(refusal.value) == (
        "no best rates were found in 5 steps: −log-likelihood -10.0000, steepest in low → mid (1); "
        "try fewer transitions or covariates, or a prior"
    )
    with pytest.raises(NotConverged) as refusal:
        least(
            lambda x: (float(x[0] ** 2 - x[1] ** 2), np.array([2 * x[0], -2 * x[1]])),
            np.array([1.0, 0.0]),
            names=["a", "b"],
        )
    assert str(refusal.value) == "no best rates were found: the likelihood still rises away from b"


def test_the_search_learns_where_it_began_on_a_slope_that_bends_the_wrong_way():
    # −cos is bent downwards beyond π/2: the curvature there must not be kept for the whole way.
    def waves(x):
        return float(-np.cos(x[0]) + 50 * x[1] ** 2 + 0.02 * x[0] ** 2), np.array(
            [np.sin(x[0]) + 0.04 * x[0], 100 * x[1]]
        )

    found = least(waves, np.array([2.9, 1.0]), names=["a", "b"], most=30)
    np.testing.assert_allclose(found.place, 0, atol=1e-6)
