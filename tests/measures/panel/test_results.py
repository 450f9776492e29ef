import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from scipy.special import logit, ndtri

from lnlib.errors import ValueNotAllowed
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, misratings, passage
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.model_occupation import model_occupation
from lnlib.measures.panel.prevalence import prevalence
from lnlib.measures.panel.results import (
    hazard_ratios,
    passage_probabilities,
    probabilities,
    rates,
    sojourns,
)

REFERENCE = Path(__file__).parents[2] / "reference_results" / "msm"
KNOWN = json.loads((REFERENCE / "msm_reference.json").read_text())
CAV, PSOR = KNOWN["cav"]["initial_q_for_fixed"], KNOWN["psor"]["initial_q"]


def read(name, subject, time, state, covariates):
    rows = pd.read_csv(REFERENCE / name)
    stage = pd.Categorical(rows[state].astype(str), list("1234"), ordered=True)
    found = pd.DataFrame({"partnership": rows[subject], "date": rows[time].astype(float), "stage": stage})
    return found.join(rows[covariates])


def values(matrix):
    return np.array([[np.nan if cell is None else cell for cell in row] for row in matrix["values"]], dtype=float)


CASES = [("cav", "deathexact", ["4"]), ("cav", "panel", []), ("psor", "plain", [])]


@pytest.fixture(scope="module")
def visits():
    return {
        "cav": read("cav.csv", "PTNUM", "years", "state", ["sex"]),
        "psor": read("psor.csv", "ptnum", "months", "state", ["hieffusn", "ollwsdrt"]),
    }


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request, visits):
    data, name, exact = request.param
    fit = panel_model(visits[data], allowed=CAV if data == "cav" else PSOR, exact=exact, prior=None)
    return fit, KNOWN[data][name]


def test_rates_and_their_limits_are_met(case):
    fit, known = case
    found = rates(fit)
    place = found["from"].astype(int) - 1, found["to"].astype(int) - 1
    table = {name: values(known["qmatrix"][name])[place] for name in ("est", "se", "L", "U")}
    np.testing.assert_allclose(np.log(found["rate"]), np.log(table["est"]), atol=1e-3)
    np.testing.assert_allclose(found["se"], table["se"], rtol=0.005)
    np.testing.assert_allclose(np.log(found["low"]), np.log(table["L"]), atol=3e-3)
    np.testing.assert_allclose(np.log(found["high"]), np.log(table["U"]), atol=3e-3)


def test_probabilities_are_met_and_their_limits_nearly_those_of_simulation(case):
    fit, known = case
    found = probabilities(fit, over=[1, 10])
    expected = np.concatenate([values(known["pmatrix"][name]).ravel() for name in ("t1", "t10")])
    np.testing.assert_allclose(found["probability"], expected, atol=1e-5)
    first = found[found["over"] == 1]
    for name, limit in (("low", "L"), ("high", "U")):
        simulated = values(known["pmatrix_ci_normal_t1"][limit]).ravel()
        inside = first[name].notna().to_numpy()
        assert np.abs(first[name].to_numpy() - simulated)[inside].max() < 0.025


def test_sojourns_and_passages_are_met(case):
    fit, known = case
    found = sojourns(fit)
    np.testing.assert_allclose(found["mean"], known["sojourn"]["estimate"], rtol=1e-4)
    np.testing.assert_allclose(found["se"], known["sojourn"]["SE"], rtol=0.005)
    np.testing.assert_allclose(
        found[["low", "high"]], np.transpose([known["sojourn"]["L"], known["sojourn"]["U"]]), rtol=3e-3
    )
    passed = passage_probabilities(fit, over=10)["probability"]
    np.testing.assert_allclose(passed, values(known["ppass_t10"]).ravel(), atol=1e-5)


@pytest.mark.parametrize("data", ["cav", "psor"])
def test_prevalence_is_met(visits, data):
    exact = ["4"] if data == "cav" else []
    fit = panel_model(visits[data], allowed=CAV if data == "cav" else PSOR, exact=exact, prior=None)
    known = KNOWN[data]["prevalence"]
    found = prevalence(fit, visits[data], at=[float(row) for row in known["observed"]["rows"]])
    np.testing.assert_array_equal(found["observed"], values(known["observed"])[:, :4].ravel())
    share = values(known.get("exp_pct", known.get("expected_pct")))[:, :4].ravel() / 100
    np.testing.assert_allclose(found["expected_share"], share, atol=1e-5)
    if data == "cav":
        middle = prevalence(fit, visits[data], at=list(range(0, 21, 2)), interpolated="midpoint")
        np.testing.assert_array_equal(
            middle["observed"], values(KNOWN["cav"]["prevalence_midpoint_obs"])[:, :4].ravel()
        )


def test_probabilities_across_a_cut_and_at_a_covariate_are_met(visits):
    cut = panel_model(visits["cav"], allowed=CAV, exact=["4"], cuts=[5], prior=None)
    expected = values(KNOWN["cav"]["pci5"]["pmatrix_t1_0_t2_10"]).ravel()
    np.testing.assert_allclose(probabilities(cut, over=10, since=0)["probability"], expected, atol=1e-5)
    sex = panel_model(visits["cav"], allowed=CAV, exact=["4"], covariates="sex", prior=None)
    found = probabilities(sex, over=1, at={"sex": 1})["probability"]
    np.testing.assert_allclose(found, values(KNOWN["cav"]["sex"]["p_t1_sex1"]).ravel(), atol=2e-4)
    result = rates(sex, at={"sex": 0})
    place = result["from"].astype(int) - 1, result["to"].astype(int) - 1
    np.testing.assert_allclose(result["se"], values(KNOWN["cav"]["sex"]["q_sex0"]["se"])[place], rtol=0.005)


@pytest.fixture(scope="module")
def by_sex(visits):
    """Rates that depend on sex and change after five years, with the exact ending of none."""
    return panel_model(visits["cav"], allowed=CAV, covariates="sex", cuts=[5])


@pytest.mark.parametrize("at", [None, {"sex": 1}])
@pytest.mark.parametrize("since", [None, 0, 4, 5, 9])
def test_what_follows_from_rates_is_at_the_same_covariates_and_the_same_time(by_sex, at, since):
    table = rates(by_sex, at=at, since=since)
    assert list(zip(table["from"], table["to"], strict=True)) == list(by_sex.transitions)
    effect = hazard_ratios(by_sex).set_index(["covariate", "from", "to"])["effect"]
    away = (1 if at else by_sex.effects[0].centre) - by_sex.effects[0].centre
    later = since is not None and since >= 5
    own = np.exp(by_sex.theta[:7] + away * effect["sex"].to_numpy() + later * effect["date"].to_numpy())
    np.testing.assert_allclose(table["rate"], own, rtol=1e-12)

    q = np.zeros((4, 4))
    for one, other, rate in zip(table["from"], table["to"], table["rate"], strict=True):
        q[int(one) - 1, int(other) - 1] = rate
    q -= np.diag(q.sum(axis=1))
    stays = sojourns(by_sex, at=at, since=since)
    assert stays["stage"].tolist() == ["1", "2", "3"]
    np.testing.assert_allclose(stays["mean"], -1 / np.diag(q)[:3], rtol=1e-12)

    moved = probabilities(by_sex, over=[0.5, 1], at=at, since=since).set_index("over")
    for over, rows in moved.groupby("over"):
        assert list(zip(rows["from"], rows["to"], strict=True)) == [(one, other) for one in "1234" for other in "1234"]
        np.testing.assert_allclose(rows["probability"], expm(q * over).ravel(), atol=1e-12)
    curve = model_occupation(by_sex, starting=[0.5, 0.3, 0.2, 0], over=[0.5, 1], at=at, since=since)
    for over, rows in curve.groupby("time"):
        np.testing.assert_allclose(rows["probability"], [0.5, 0.3, 0.2, 0] @ expm(q * over), atol=1e-12)

    passed = passage_probabilities(by_sex, over=1, at=at, since=since)
    assert list(zip(passed["from"], passed["to"], strict=True)) == [(one, other) for one in "1234" for other in "1234"]
    for place, stage in enumerate("1234"):
        stopped = q.copy()
        stopped[place] = 0
        mine = passed.loc[passed["to"] == stage, "probability"]
        np.testing.assert_allclose(mine, expm(stopped)[:, place], atol=1e-12)


RATED = pd.DataFrame(
    {
        "partnership": ["a", "a", "a", "b", "b", "c", "c"],
        "date": [0.0, 1, 2, 0, 2, 1, 3],
        "stage": pd.Categorical(["low", "high", "high", "low", "low", "high", "low"], ["low", "high"], ordered=True),
        "status": "assessed",
        "rated_by": ["x", "y", "x", "x", "y", "y", "x"],
    }
)


@pytest.mark.parametrize("result", [rates, hazard_ratios, sojourns, probabilities, passage_probabilities,
                                    model_occupation, passage, ever_moved, misratings])  # fmt: skip
def test_limits_of_another_level_are_as_much_wider_as_a_normal_quantile(by_sex, result):
    choices = {
        probabilities: {"over": 1},
        passage_probabilities: {"over": 1},
        model_occupation: {"starting": {"1": 1}, "over": [1]},
        passage: {"to": "high", "over": [1]},
    }.get(result, {})
    fit = hidden_stage_model(RATED) if result in (passage, ever_moved, misratings) else by_sex
    one, other, plain = (result(fit, **choices, **level) for level in ({"level": 0.5}, {"level": 0.95}, {}))
    pd.testing.assert_frame_equal(other, plain)
    free = np.log if {"rate", "ratio", "mean"} & set(one) else logit
    half, most = (
        free(each["high"]) - free(each["low"])
        for each in (rows.dropna(subset=["low", "high"]) for rows in (one, other))
    )
    assert len(half)
    np.testing.assert_allclose(most / half, ndtri(0.975) / ndtri(0.75), rtol=1e-6)


def test_unknown_covariates_are_refused(case):
    fit, _ = case
    with pytest.raises(ValueNotAllowed) as refusal:
        rates(fit, at={"sex": 1})
    assert str(refusal.value) == "covariate 'sex' is not known. Allowed: "


STAGGERED = pd.DataFrame(
    {
        "partnership": ["a", "a", "b", "b", "c", "c"],
        "date": [0.0, 4.0, 0.0, 4.0, 3.0, 4.0],
        "stage": pd.Categorical(["low", "high", "low", "low", "high", "high"], ["low", "high"], ordered=True),
    }
)


def test_where_partnerships_come_at_different_times_each_is_expected_from_its_own_first_row():
    """a and b have had four years to move up, c was there when it came, a year before."""
    fit = panel_model(STAGGERED, allowed=[("low", "high")], prior=None)
    rate = np.exp(fit.theta[0])
    assert rate == pytest.approx(np.log(2) / 4)  # one of two in four years
    each = prevalence(fit, STAGGERED, at=[4.0], origin="each").set_index("stage")
    assert each["expected"].to_dict() == pytest.approx({"low": 1.0, "high": 2.0})
    assert each["observed"].to_dict() == {"low": 1, "high": 2}
    together = prevalence(fit, STAGGERED, at=[4.0]).set_index("stage")
    assert together["expected"].to_dict() == pytest.approx({"low": 1.5, "high": 1.5})  # all three begun at 0


@pytest.mark.parametrize("origin", [0.0, "each"])
def test_each_partnership_is_expected_at_the_rates_of_its_own_first_row(origin):
    """Who has no mark moved, who has one did not: each is foretold by its own."""
    both = STAGGERED.assign(mark=STAGGERED["partnership"].isin(["b", "c"]))
    fit = panel_model(both, allowed=[("low", "high")], covariates="mark")
    chance = [probabilities(fit, over=4, at={"mark": mark})["probability"].iloc[1] for mark in (False, True)]
    assert chance[0] > chance[1]
    found = prevalence(fit, both, at=[4.0], origin=origin).set_index("stage")
    assert found["expected"].sum() == pytest.approx(3.0)
    moved = chance[0] + chance[1]
    assert found.loc["high", "expected"] == pytest.approx(1 + moved if origin == "each" else moved + chance[1])
    assert found["observed_share"].to_dict() == {"low": 1 / 3, "high": 2 / 3}
    assert found["expected_share"].tolist() == pytest.approx((found["expected"] / 3).tolist())


def test_prevalence_of_some_partnerships_is_at_the_levels_of_all():
    kind = pd.Categorical(["ngo"] * 2 + ["media"] * 2 + ["union"] * 2, ["ngo", "media", "union"])
    both = STAGGERED.assign(kind=kind)
    fit = panel_model(both, allowed=[("low", "high")], covariates="kind")
    some = both[both["partnership"] == "b"]
    found = prevalence(fit, some.assign(kind=some["kind"].cat.remove_unused_categories()), at=[4.0])
    expected = probabilities(fit, over=4, at={"kind": "media"})["probability"].iloc[:2]
    np.testing.assert_allclose(found["expected"], expected, rtol=1e-9)


def test_rows_at_which_only_an_exposure_changes_leave_prevalence_as_it_is():
    seen = STAGGERED.assign(status="assessed")
    changed = pd.DataFrame({"partnership": ["a", "c"], "date": [2.0, 3.5], "stage": None, "status": "changed"})
    both = pd.concat([seen, changed.astype({"stage": seen["stage"].dtype})]).sort_values(["partnership", "date"])
    fit = panel_model(both, allowed=[("low", "high")], prior=None)
    for origin in (None, "each"):
        pd.testing.assert_frame_equal(
            prevalence(fit, both, at=[1.0, 4.0], origin=origin), prevalence(fit, seen, at=[1.0, 4.0], origin=origin)
        )
