"""One test a claim: against the statistic by hand, against simulated normal estimates, and Holm's own example."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from lnlib.analyses.claims.claim_tests import claim_tests, holm, joint_test


def test_the_statistic_is_the_sum_of_directed_z_over_its_standard_deviation():
    effects, directions = np.array([0.6, -0.3, 0.2]), np.array([1, -1, 1])
    se = np.array([0.2, 0.3, 0.4])
    rho = np.array([[1, -0.5, 0.2], [-0.5, 1, 0.0], [0.2, 0.0, 1]])
    z = 0.6 / 0.2 + 0.3 / 0.3 + 0.2 / 0.4
    size = np.sqrt(3 + 2 * (0.5 + 0.2 + 0.0))  # the sign of a correlation turns with the direction
    statistic, slope = joint_test(effects, rho * np.outer(se, se), directions)
    assert statistic == pytest.approx(z / size)
    assert slope == pytest.approx((1 / se).sum() / size)


def test_where_nothing_differs_from_1_the_statistic_is_standard_normal():
    random = np.random.default_rng(3)
    root = random.normal(size=(4, 4))
    covariance, directions = root @ root.T, np.array([1, 1, -1, 1])
    drawn = random.multivariate_normal(np.zeros(4), covariance, size=4000)
    found = np.array([joint_test(each, covariance, directions)[0] for each in drawn])
    assert abs(found.mean()) < 0.05
    assert abs(found.std() - 1) < 0.04
    assert (found > 1.645).mean() == pytest.approx(0.05, abs=0.012)


def test_holm_corrects_by_rank():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(holm(np.array([np.nan]))).all()


def rows(*claims, df=np.inf):
    table = pd.DataFrame(claims, columns=["claim", "move", "effect", "se", "shown", "bound"])
    return claim_tests(table.assign(df=df), np.diag(table["se"] ** 2)).set_index("claim")


def test_the_detectable_ratio_is_found_with_the_power_declared():
    found = rows(("a", "up", 0.1, 0.2, True, ""), ("a", "up", 0.0, 0.3, True, ""), ("b", "ended", 0.0, 0.5, True, ""))
    # two claims are tested: the first step of Holm is at a half of 5%
    for claim, slope, sign in (("a", (1 / 0.2 + 1 / 0.3) / np.sqrt(2), 1), ("b", 1 / 0.5, -1)):
        effect = np.log(found.loc[claim, "detectable"]) * sign
        assert norm.sf(norm.isf(0.025) - effect * slope) == pytest.approx(0.8)
    assert found.loc["b", "detectable"] < 1 < found.loc["b", "detectable_rise"]


def test_a_claim_of_both_directions_has_a_factor_and_no_single_ratio():
    found = rows(("a", "up", 0.1, 0.2, True, ""), ("a", "ended", -0.1, 0.2, True, ""))
    assert np.isnan(found.loc["a", "detectable"])
    assert found.loc["a", "detectable_rise"] > 1


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        ((0.5, 0.2, True, ""), "supported"),
        ((-0.1, 0.2, True, ""), "partly"),  # points the other way
        ((0.5, 0.2, False, ""), "partly"),  # too few to judge
        ((0.5, 0.2, False, "at_least"), "supported"),  # a limit is evidence
    ],
)
def test_support_is_partial_where_a_comparison_is_missing_or_opposed(second, verdict):
    assert rows(("a", "up", 1.0, 0.2, True, ""), ("a", "up", *second)).loc["a", "verdict"] == verdict


def test_support_that_rests_on_one_comparison_is_partial():
    """Without the one that is clear by itself, the rest together do not support the claim."""
    clear, rest = ("a", "up", 1.0, 0.2, True, ""), ("a", "up", 0.1, 0.2, True, "")
    found = rows(clear, rest, ("a", "ended", -0.1, 0.2, True, "")).loc["a"]
    assert (found["verdict"], found["clear"]) == ("partly", 1)
    assert found["p_rest"] == pytest.approx(norm.sf((0.1 + 0.1) / 0.2 / np.sqrt(2)))
    found = rows(clear, ("a", "up", 0.3, 0.2, True, ""), ("a", "ended", -0.3, 0.2, True, "")).loc["a"]
    assert (found["verdict"], found["clear"]) == ("supported", 1)  # neither is clear alone, both together are
    assert found["p_rest"] == pytest.approx(norm.sf(0.6 / 0.2 / np.sqrt(2)))
    none = rows(("a", "up", 0.35, 0.2, True, ""), ("a", "up", 0.35, 0.2, True, "")).loc["a"]
    assert (none["verdict"], none["clear"]) == ("supported", 0)
    assert np.isnan(none["p_rest"])
    limit = rows(("a", "up", 0.35, 0.2, False, "at_least"), ("a", "up", 0.35, 0.2, False, "at_most")).loc["a"]
    assert limit["clear"] == 1  # a one-sided limit is clear from 1.645, on the side of the claim


def test_the_verdict_is_that_of_the_corrected_p():
    one = ("up", 0.4, 0.2, True, "")  # p = 0.023
    assert rows(("a", *one)).loc["a", "verdict"] == "supported"
    others = [(name, "up", 0.0, 0.2, True, "") for name in "bcd"]
    assert rows(("a", *one), *others).loc["a", "verdict"] == "inconclusive"
    few = [(name, "up", np.nan, np.nan, False, "") for name in "bcd"]
    assert rows(("a", *one), *few)["verdict"].tolist() == ["supported", "few", "few", "few"]
    assert rows(("a", "ended", 0.8, 0.2, True, "")).loc["a", "verdict"] == "against"


def test_the_statistic_is_referred_to_student_t_with_the_fewest_degrees_of_freedom():
    two = (("a", "up", 0.5, 0.2, True, ""), ("a", "up", 0.3, 0.2, True, ""))
    found = rows(*two, df=[61.0, 9.0]).loc["a"]
    statistic = (0.5 + 0.3) / 0.2 / np.sqrt(2)
    assert found["p"] == pytest.approx(t.sf(statistic, 9))
    assert found["p_against"] == pytest.approx(t.cdf(statistic, 9))
    slope = 2 / 0.2 / np.sqrt(2)
    assert np.log(found["detectable"]) * slope == pytest.approx(t.isf(0.05, 9) + t.ppf(0.8, 9))
    assert rows(*two).loc["a", "p"] == pytest.approx(norm.sf(statistic))


def test_a_comparison_without_data_does_not_lower_the_degrees_of_freedom():
    found = rows(("a", "up", 0.5, 0.2, True, ""), ("a", "up", np.nan, np.nan, False, ""), df=[61.0, np.nan]).loc["a"]
    assert found["p"] == pytest.approx(t.sf(2.5, 61))


@pytest.mark.slow
def test_where_nothing_has_an_effect_at_most_six_in_a_hundred_registers_support_a_claim():
    """As many comparisons a claim as in Learning Note 17; one interval in each three registers leaves 1 out by chance."""
    random, registers = np.random.default_rng(200), 400
    claims = np.repeat([*"abcdef"], [4, 2, 3, 2, 4, 1])
    root = random.normal(size=(len(claims), len(claims)))
    covariance = root @ root.T / len(claims)
    table = pd.DataFrame(
        {"claim": claims, "move": "up", "se": np.sqrt(np.diag(covariance)), "shown": True, "bound": ""}
    )
    supported = outside = 0
    for effects in random.multivariate_normal(np.zeros(len(claims)), covariance, size=registers):
        found = claim_tests(table.assign(effect=effects, df=np.inf), covariance)
        supported += found["verdict"].isin(["supported", "partly"]).any()
        outside += (effects / table["se"] > 1.96).any()
    assert supported / registers <= 0.06
    assert outside / registers > 0.25
