import numpy as np
import pandas as pd
import pytest
from lives import hand_spells, shuffled
from pandas.testing import assert_frame_equal
from scipy import optimize, special

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.shares import shares
from lnlib.measures.pooling import pooled_shares

LIMITS = ["pooled", "pooled_low", "pooled_high"]


def counts(x, n):
    return pd.DataFrame({"province": [f"{i:02d}" for i in range(len(x))], "count": x, "n": n})


def literal(x, n, *, centres=120, spreads=48, tail=0.025):
    """Sum the posterior over a finer grid, even in μ and ρ, and solve for the limits of the mixture."""
    log_weights, parts = [], []
    for mu in (np.arange(centres) + 0.5) / centres:
        for root in (np.arange(spreads) + 0.5) / spreads:
            rho = root**2
            a, b = mu * (1 / rho - 1), (1 - mu) * (1 / rho - 1)
            log_weights.append(
                np.log(root)
                + sum(special.betaln(a + xi, b + ni - xi) - special.betaln(a, b) for xi, ni in zip(x, n, strict=True))
            )
            parts.append((a, b))
    weight = np.exp(np.array(log_weights) - max(log_weights))
    weight /= weight.sum()
    a, b = np.array(parts).T
    rows = []
    for xi, ni in zip(x, n, strict=True):
        mean = weight @ ((a + xi) / (a + b + ni))
        limits = [
            optimize.brentq(
                lambda p, q=q, xi=xi, ni=ni: weight @ special.betainc(a + xi, b + ni - xi, p) - q, 1e-15, 1 - 1e-15
            )
            if weight @ special.betainc(a + xi, b + ni - xi, 1e-15) < q
            else 0.0
            for q in (tail, 1 - tail)
        ]
        rows.append([mean, *limits])
    return np.array(rows)


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([0, 4, 5], [3, 8, 10]),
        ([3, 5, 2, 9, 7, 1, 0, 4], [8, 6, 9, 10, 10, 3, 4, 5]),
        ([40, 35, 60], [100, 90, 120]),
        ([2, 5], [3, 9]),
    ],
)
def test_a_literal_sum_over_a_finer_grid_agrees(x, n):
    found = pooled_shares(counts(x, n), within=())[LIMITS].to_numpy()
    np.testing.assert_allclose(found, literal(x, n), atol=1e-3)


def test_one_province_alone_is_near_its_raw_posterior():
    found = pooled_shares(counts([50], [100]), within=()).iloc[0]
    assert found["pooled"] == pytest.approx(0.5, abs=1e-9)
    assert 0.39 < found["pooled_low"] < 0.41
    assert found["pooled_high"] == pytest.approx(1 - found["pooled_low"], abs=1e-9)


def test_few_are_drawn_to_the_others_more_than_many():
    found = pooled_shares(counts([1, 10, 20, 22, 19], [1, 10, 40, 40, 40]), within=())
    moved = found["count"] / found["n"] - found["pooled"]
    assert moved[0] > moved[1] > 0
    assert found["pooled"].between(found["pooled_low"], found["pooled_high"]).all()


def test_provinces_alike_spread_less_than_provinces_apart():
    alike = pooled_shares(counts([5] * 8, [10] * 8), within=())["between"][0]
    apart = pooled_shares(counts([0, 10] * 4, [10] * 8), within=())["between"][0]
    assert alike < 0.15 < 0.4 < apart < 0.5


def test_a_province_without_partnerships_gets_what_the_others_say():
    found = pooled_shares(counts([3, 4, 5, 0], [9, 9, 9, 0]), within=())
    assert found.loc[3, "pooled"] == pytest.approx(found.loc[3, "centre"])
    width = found["pooled_high"] - found["pooled_low"]
    assert width[3] == width.max()


def test_counting_the_others_mirrors_the_result():
    x, n = np.array([0, 2, 7, 10]), np.array([3, 5, 9, 10])
    one, other = (pooled_shares(counts(y, n), within=()) for y in (x, n - x))
    np.testing.assert_allclose(one["pooled"], 1 - other["pooled"], atol=1e-12)
    np.testing.assert_allclose(one["pooled_low"], 1 - other["pooled_high"], atol=1e-9)


@pytest.mark.parametrize(("x", "n"), [([0, 0, 0], [3, 4, 10]), ([3, 4, 10], [3, 4, 10]), ([0], [0]), ([0, 0], [0, 0])])
def test_none_all_and_nothing_are_within_bounds(x, n):
    found = pooled_shares(counts(x, n), within=())
    assert found[[*LIMITS, "centre", "between"]].notna().all(axis=None)
    assert (found["pooled_low"] < found["pooled"]).all()
    assert (found["pooled"] < found["pooled_high"]).all()
    assert ((found[LIMITS] >= 0) & (found[LIMITS] <= 1)).all(axis=None)


def test_tens_of_thousands_are_left_where_they_are():
    found = pooled_shares(counts([20_000, 30_000], [50_000, 50_000]), within=())
    np.testing.assert_allclose(found["pooled"], [0.4, 0.6], atol=1e-4)
    np.testing.assert_allclose(found["pooled_high"] - found["pooled_low"], 2 * 1.96 * np.sqrt(0.24 / 50_000), rtol=0.02)


def test_each_date_and_stage_is_pooled_by_itself_beside_the_raw_share():
    raw = shares(hand_spells(), dates=[3, 7], by="province")
    found = pooled_shares(raw)
    assert_frame_equal(found[raw.columns], raw)
    alone = raw[(raw["date"] == 7) & (raw["stage"] == "coalition")]
    here = found.loc[alone.index, LIMITS]
    assert_frame_equal(here, pooled_shares(alone, within=())[LIMITS])


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = shares(hand_spells(), dates=[3, 7], by="province")
    before = frame.copy(deep=True)
    assert_frame_equal(pooled_shares(shuffled(frame)).sort_index(), pooled_shares(frame), rtol=1e-12)
    assert_frame_equal(frame, before)


def test_nothing_gives_nothing():
    assert len(pooled_shares(counts([], []), within=())) == 0


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (counts([4], [3]), {"within": ()}, "pooled_shares needs whole numbers with 0 ≤ count ≤ n, but got 4 of 3"),
        (counts([0.5], [3]), {"within": ()}, "pooled_shares needs whole numbers with 0 ≤ count ≤ n, but got 0.5 of 3"),
        (counts([1], [3]), {}, "pooled_shares needs column date, stage; the frame has: province, count, n"),
        (counts([1], [3]), {"within": (), "level": 95}, "level must lie strictly between 0 and 1, but got 95"),
        (counts([1], [3]).assign(pooled=1), {"within": ()}, "pooled_shares gives column pooled itself; the frame has it already"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(frame, options, message):
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        pooled_shares(frame, **options)
    assert str(error.value) == message
