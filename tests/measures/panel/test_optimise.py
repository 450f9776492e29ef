"""The steps of the search for the best rates, by hand."""

import numpy as np

from lnlib.measures.panel.optimise import _updated

STEP, CHANGE = np.array([1.0, 1.0]), np.array([1.0, 2.0])


def test_a_step_teaches_the_curvature_along_it():
    # H + yyᵀ/sᵀy − Hs(Hs)ᵀ/sᵀHs, with H = diag(2, 1), s = (1, 1), y = (1, 2)
    expected = np.diag([2.0, 1.0]) + np.array([[1, 2], [2, 4]]) / 3 - np.array([[4, 2], [2, 1]]) / 3
    found = _updated(np.diag([2.0, 1.0]), STEP, CHANGE)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found @ STEP, CHANGE, atol=1e-12)


def test_what_is_learnt_on_a_saddle_is_of_the_bowl_with_its_curvatures_turned_up():
    np.testing.assert_allclose(
        _updated(np.diag([-2.0, 1.0]), STEP, CHANGE), _updated(np.diag([2.0, 1.0]), STEP, CHANGE), atol=1e-12
    )


def test_a_step_along_which_the_slope_falls_teaches_nothing():
    curvature = np.diag([2.0, 1.0])
    np.testing.assert_array_equal(_updated(curvature, STEP, -CHANGE), curvature)
