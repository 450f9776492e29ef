from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lnlib.errors import ValueNotAllowed
from lnlib.measures.intervals import METHODS, clopper_pearson, jeffreys, limits, wilson, with_share

REFERENCE = Path(__file__).parents[1] / "reference_results" / "intervals" / "binomial_intervals_n1_12.csv"
SHORT = {wilson: "wilson", clopper_pearson: "cp", jeffreys: "jeffreys"}


@pytest.mark.parametrize("method", SHORT, ids=lambda method: method.__name__)
def test_every_count_up_to_twelve_meets_the_reference(method):
    table = pd.read_csv(REFERENCE)
    assert len(table) == sum(n + 1 for n in range(1, 13))
    low, high = method(table["x"], table["n"])
    np.testing.assert_allclose(low, table[f"{SHORT[method]}_lo"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(high, table[f"{SHORT[method]}_hi"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_is_scipys_at_any_level(level):
    for x, n in [(0, 4), (3, 17), (40, 100), (1000, 1000)]:
        expected = stats.binomtest(x, n).proportion_ci(level, method="wilson")
        np.testing.assert_allclose(np.array(wilson(x, n, level=level)), [expected.low, expected.high], atol=1e-13)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_clopper_pearson_is_scipys_at_any_level(level):
    for x, n in [(0, 4), (3, 17), (40, 100), (100, 100)]:
        expected = stats.binomtest(x, n).proportion_ci(level, method="exact")
        np.testing.assert_allclose(
            np.array(clopper_pearson(x, n, level=level)), [expected.low, expected.high], atol=1e-10
        )


@pytest.mark.parametrize("interval", METHODS)
def test_counting_the_others_mirrors_the_interval(interval):
    n = np.repeat(np.arange(1, 40), 3)
    x = n * np.tile([0, 1, 2], 39) // 3
    low, high = limits(x, n, interval=interval)
    other_low, other_high = limits(n - x, n, interval=interval)
    np.testing.assert_allclose(low, 1 - other_high, atol=1e-12)
    np.testing.assert_allclose(high, 1 - other_low, atol=1e-12)
    assert (low <= x / n).all()
    assert (x / n <= high).all()


@pytest.mark.parametrize("interval", METHODS)
def test_of_none_nothing_is_known(interval):
    low, high = limits([0, 1], [0, 2], interval=interval)
    np.testing.assert_array_equal(np.isnan(low), [True, False])
    np.testing.assert_array_equal(np.isnan(high), [True, False])


@pytest.mark.parametrize("interval", METHODS)
def test_shapes_broadcast(interval):
    low, high = limits(np.arange(4)[:, None], np.array([3, 10]), interval=interval)
    assert low.shape == high.shape == (4, 2)


def test_all_or_none_of_a_thousand_touch_the_edge_exactly():
    for method in SHORT:
        assert method(0, 1000)[0] == 0
        assert method(1000, 1000)[1] == 1


@pytest.mark.parametrize(
    ("x", "n", "message"),
    [
        (4, 3, "a proportion needs 0 ≤ x ≤ n, but got x = 4 of n = 3"),
        (-1, 3, "a proportion needs 0 ≤ x ≤ n, but got x = -1 of n = 3"),
        ([1, np.nan], 3, "a proportion needs 0 ≤ x ≤ n, but got x = nan of n = 3"),
    ],
)
def test_an_impossible_count_is_refused(x, n, message):
    for method in SHORT:
        with pytest.raises(ValueNotAllowed) as error:
            method(x, n)
        assert str(error.value) == message


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level):
    with pytest.raises(ValueNotAllowed) as error:
        wilson(1, 2, level=level)
    assert str(error.value) == f"level must lie strictly between 0 and 1, but got {level}"


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(ValueNotAllowed) as error:
        limits(1, 2, interval="wilsons")
    assert str(error.value) == (
        "interval 'wilsons' is not known; did you mean 'wilson'? Allowed: wilson, jeffreys, clopper_pearson"
    )


def test_a_share_of_none_is_never_shown():
    found = with_share(pd.DataFrame({"count": [0, 2], "n": [0, 4]}), interval="wilson", level=0.95, least_n=0)
    assert found["share"].isna().tolist() == [True, False]
    assert found["shown"].tolist() == [False, True]


@pytest.mark.parametrize("least_n", [-1, 2.5, True])
def test_least_n_is_a_whole_number(least_n):
    with pytest.raises(ValueNotAllowed) as error:
        with_share(pd.DataFrame({"count": [0], "n": [0]}), interval="wilson", level=0.95, least_n=least_n)
    assert str(error.value) == f"least_n must be a whole number, 0 or more, but got {least_n}"


@pytest.mark.parametrize(("least_n", "shown"), [(0, [False, True, True]), (1, [False, True, True]), (2, [False, False, True])])  # fmt: skip
def test_a_share_of_one_may_be_shown_and_of_none_never(least_n, shown):
    counted = pd.DataFrame({"count": [0, 1, 1], "n": [0, 1, 2]})
    found = with_share(counted, interval="wilson", level=0.95, least_n=least_n)
    assert found["shown"].tolist() == shown
