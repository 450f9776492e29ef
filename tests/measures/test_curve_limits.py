import numpy as np
import pytest
from scipy.special import expit, logit

from lnlib.errors import ValueNotAllowed
from lnlib.measures.curves.curve_limits import beta_limits, limits, tied


def test_times_that_differ_by_rounding_become_the_first_of_their_run():
    first, second = tied(np.array([1.0, 2.0 + 1e-12]), np.array([2.0, 3.0]))
    assert first.tolist() == [1.0, 2.0]
    assert second.tolist() == [2.0, 3.0]


def test_times_that_differ_stay():
    assert tied(np.array([1.0, 1.001]))[0].tolist() == [1.0, 1.001]


@pytest.mark.parametrize("scale", ["log", "log-log", "logit", "plain"])
def test_limits_lie_in_0_to_1_about_the_point_and_widen_with_the_level(scale):
    p = np.linspace(0.02, 0.98, 25)
    low, high = limits(p, np.full(25, 0.1), scale=scale)
    wide_low, wide_high = limits(p, np.full(25, 0.1), scale=scale, level=0.99)
    assert ((low >= 0) & (low < p) & (high > p) & (high <= 1)).all()
    assert (wide_low <= low).all()
    assert (wide_high >= high).all()


@pytest.mark.parametrize(
    ("scale", "there", "back", "slope"),
    [
        ("log", np.log, np.exp, lambda p: 1 / p),
        ("logit", logit, expit, lambda p: 1 / (p * (1 - p))),
        ("log-log", lambda p: -np.log(-np.log(p)), lambda y: np.exp(-np.exp(-y)), lambda p: -1 / (p * np.log(p))),
    ],
)
def test_limits_are_those_of_a_normal_estimate_on_their_scale(scale, there, back, slope):
    p, se = np.array([0.2, 0.5, 0.9]), np.array([0.05, 0.1, 0.02])
    low, high = limits(p, se, scale=scale)
    half = 1.959963984540054 * se * slope(p)
    np.testing.assert_allclose(low, back(there(p) - half), rtol=1e-12)
    np.testing.assert_allclose(high, back(there(p) + half), rtol=1e-12)


def test_log_log_limits_are_undefined_at_0_and_1():
    low, high = limits(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueNotAllowed) as refusal:
        limits(np.array([0.5]), np.array([0.1]), scale="loglog")
    assert (
        str(refusal.value)
        == "limits 'loglog' is not known; did you mean 'log-log'? Allowed: log-log, log, logit, plain"
    )


def test_beta_limits_are_clopper_pearsons_where_the_curve_is_a_proportion():
    p = np.arange(6) / 5
    low, high = beta_limits(p, np.sqrt(p * (1 - p) / 5), np.full(6, 5))
    np.testing.assert_allclose(low, [0, 0.0050508, 0.0527450, 0.1466328, 0.2835821, 0.4781762], atol=1e-6)
    np.testing.assert_allclose(high, 1 - low[::-1], atol=1e-12)


def test_beta_limits_are_at_the_n_that_the_standard_error_tells_and_at_most_at_what_is_known():
    of_four = beta_limits(np.array([0.5]), np.array([0.25]), np.array([4]))
    np.testing.assert_array_equal(beta_limits(np.array([0.5]), np.array([0.25]), np.array([40])), of_four)
    np.testing.assert_array_equal(beta_limits(np.array([0.5]), np.array([0.01]), np.array([4])), of_four)


def test_beta_limits_of_nobody_are_not_known():
    low, high = beta_limits(np.array([0.0, np.nan]), np.zeros(2), np.array([0, 3]))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
