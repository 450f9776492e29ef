import itertools

import numpy as np
import pandas as pd
import pytest
from lives import PROVINCES, STAGES, random_visits, shuffled, visits
from pandas.testing import assert_frame_equal
from scipy.stats import multinomial, t

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.agreement import _effective, agreement_table, kappa, rated_pairs


def of_counts(counts, stages=STAGES):
    """Write a table of counts as pairs."""
    rows = [(i, j) for i, row in enumerate(counts) for j, many in enumerate(row) for _ in range(many)]
    one, other = zip(*rows, strict=True) if rows else ([], [])
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(list(codes), categories=stages, ordered=True)
            for name, codes in (("first", one), ("second", other))
        }
    )


def literal_pairs(frame, width):
    found = []
    for who, life in frame.groupby("partnership"):
        for period in sorted({int(date // width) for date in life["date"]}):
            there = life[(life["date"] // width == period) & (life["status"] == "assessed")]
            chosen = []
            for rater in ("state", "non_state"):
                rows = there[there["rated_by"] == rater]
                if len(rows):
                    day = rows[rows["date"] == rows["date"].max()]
                    chosen.append(min(STAGES.index(stage) for stage in day["stage"]))
            if len(chosen) == 2:
                found.append((who, (period + 1) * width, *chosen))
    return found


def literal_kappa(counts, weights):
    """Work Cohen's kappa and the standard error of Fleiss, Cohen and Everitt out cell by cell."""
    k, n = len(counts), sum(map(sum, counts))
    p = [[count / n for count in row] for row in counts]
    w = [[1 - (abs(i - j) / (k - 1)) ** (2 if weights == "quadratic" else 1) for j in range(k)] for i in range(k)]
    row = [sum(p[i]) for i in range(k)]
    column = [sum(p[i][j] for i in range(k)) for j in range(k)]
    po = sum(w[i][j] * p[i][j] for i in range(k) for j in range(k))
    pe = sum(w[i][j] * row[i] * column[j] for i in range(k) for j in range(k))
    value = (po - pe) / (1 - pe)
    by_row = [sum(w[i][j] * column[j] for j in range(k)) for i in range(k)]
    by_column = [sum(w[i][j] * row[i] for i in range(k)) for j in range(k)]
    inner = sum(p[i][j] * (w[i][j] - (by_row[i] + by_column[j]) * (1 - value)) ** 2 for i in range(k) for j in range(k))
    return po, pe, value, np.sqrt((inner - (value - pe * (1 - value)) ** 2) / (n * (1 - pe) ** 2))


def test_the_last_rating_of_each_in_a_period_is_paired():
    frame = visits(
        [
            ("a", "coalition", 0.1, "state", "01"),
            ("a", "integrated", 0.4, "state", "01"),
            ("a", "collaboration", 0.2, "non_state", "01"),
            ("a", "coalition", 1.2, "state", "01"),  # alone in its period
            ("b", "integrated", 0.1, "non_state", "02"),
            ("b", "coalition", 0.3, "state", "02"),
            ("b", "collaboration", 0.3, "state", "02"),  # the lower of two on a day
            ("b", "coalition", 0.3, "independent", "02"),
        ]
    )
    found = rated_pairs(frame, period=1, by="province")
    assert found["partnership"].tolist() == ["a", "b"]
    assert found["province"].tolist() == ["01", "02"]
    assert found["first"].tolist() == ["integrated", "coalition"]
    assert found["second"].tolist() == ["collaboration", "integrated"]
    assert found["difference"].tolist() == [1, -2]
    assert found["date_first"].tolist() == [0.4, 0.3]
    assert found["period"].tolist() == [1, 1]


@pytest.mark.slow
def test_a_literal_pairing_agrees():
    many = 0
    for seed in range(15):
        frame = random_visits(seed, partnerships=12)
        found = rated_pairs(shuffled(frame), period=1.5)
        rows = [
            (row.partnership, row.period, STAGES.index(row.first), STAGES.index(row.second))
            for row in found.itertuples()
        ]
        assert rows == literal_pairs(frame, 1.5)
        many += len(rows)
    assert many > 50


@pytest.mark.parametrize(
    ("period", "last"),
    [("month", "2010-02-28"), ("quarter", "2010-03-31"), ("half", "2010-06-30"), ("year", "2010-12-31")],
)
def test_a_period_of_dates_is_its_last_day(period, last):
    frame = visits([("a", "coalition", 0, "state", "01"), ("a", "coalition", 0, "non_state", "01")])
    frame["date"] = pd.to_datetime(["2010-02-01", "2010-02-28"])
    assert rated_pairs(frame, period=period)["period"].astype(str).tolist() == [last]


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_kappa_and_its_error_agree_with_the_formulas(weights):
    random = np.random.default_rng(4)
    for _ in range(20):
        counts = random.integers(0, 6, size=(3, 3)).tolist()
        found = kappa(of_counts(counts), weights=weights).iloc[0]
        expected = literal_kappa(counts, weights)
        np.testing.assert_allclose(found[["observed", "expected", "kappa", "se"]].astype(float), expected, atol=1e-12)


def test_kappa_of_a_table_by_hand():
    # Cohen (1960) of [[20, 5], [10, 15]]: observed .7, expected .5, kappa .4
    found = kappa(of_counts([[20, 5], [10, 15]], ["low", "high"]), weights="none").iloc[0]
    assert found[["n", "observed", "expected"]].tolist() == pytest.approx([50, 0.7, 0.5])
    assert found["kappa"] == pytest.approx(0.4)


def test_of_two_stages_all_weights_are_one():
    pairs = of_counts([[9, 2], [3, 6]], ["low", "high"])
    one, other, third = (kappa(pairs, weights=weights) for weights in ("linear", "quadratic", "none"))
    assert_frame_equal(one, other)
    assert_frame_equal(one, third)


def test_large_sample_limits_are_the_error_about_kappa():
    pairs = of_counts([[30, 5, 1], [4, 25, 6], [0, 5, 20]])
    found = kappa(pairs, interval="large_sample").iloc[0]
    assert found["high"] - found["kappa"] == pytest.approx(1.959963984540054 * found["se"])
    drawn = kappa(pairs).iloc[0]
    assert drawn["low"] == pytest.approx(found["low"], abs=0.04)
    assert drawn["high"] == pytest.approx(found["high"], abs=0.04)


def test_both_rated_all_alike():
    found = kappa(of_counts([[5, 0, 0], [0, 0, 0], [0, 0, 0]])).iloc[0]
    assert found[["n", "observed", "expected"]].tolist() == [5, 1, 1]
    assert np.isnan(found["kappa"])
    assert np.isnan(found["se"])
    assert -1 <= found["low"] < found["high"] <= 1


def test_full_agreement_at_several_stages_has_limits_only_from_the_posterior():
    pairs = of_counts([[2, 0, 0], [0, 1, 0], [0, 0, 0]])
    plain, drawn = (kappa(pairs, interval=interval).iloc[0] for interval in ("large_sample", "posterior"))
    assert plain[["kappa", "se", "low", "high"]].tolist() == pytest.approx([1, 0, 1, 1])
    assert drawn["low"] < 0.3
    assert drawn["high"] <= 1


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["linear", "quadratic", "none"])
def test_limits_of_five_pairs_cover_good_agreement(weights):
    """Every table that five pairs can give, with its probability under a true table of 75% agreement beyond chance."""
    margin, place = np.array([0.5, 0.3, 0.2]), np.arange(3)
    true = 0.75 * np.diag(margin) + 0.25 * np.outer(margin, margin)
    bars = np.array(list(itertools.combinations(range(13), 8)))
    tables = np.diff(np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), 13)]), axis=1) - 1
    code = np.repeat(np.tile(np.arange(9), len(tables)), tables.ravel())
    every = pd.DataFrame({
        "table": np.repeat(np.arange(len(tables)), 5),
        "first": pd.Categorical.from_codes(code // 3, STAGES, ordered=True),
        "second": pd.Categorical.from_codes(code % 3, STAGES, ordered=True),
    })  # fmt: skip
    found = kappa(every, weights=weights, by="table", draws=500)
    chance = multinomial.pmf(tables, 5, true.ravel())
    apart = np.abs(place[:, None] - place) / 2
    lost = {"linear": apart, "quadratic": apart**2, "none": apart > 0}[weights]
    truth = 1 - (true * lost).sum() / (np.outer(margin, margin) * lost).sum()
    assert chance.sum() == pytest.approx(1)
    assert chance @ ((found["low"] <= truth) & (truth <= found["high"])) > 0.92
    assert chance @ (found["high"] - found["low"]) < 1.1  # of a scale from −1 to 1: not by saying nothing


def test_limits_hold_the_estimate():
    random = np.random.default_rng(6)
    for _ in range(30):
        pairs = of_counts(random.integers(0, 3, size=(3, 3)).tolist())
        known = kappa(pairs).dropna(subset="kappa")
        assert known["low"].le(known["kappa"]).all()
        assert known["high"].ge(known["kappa"]).all()
    assert kappa(of_counts([[2, 0, 0], [0, 1, 0], [0, 0, 0]]))["high"].tolist() == [1]


def test_no_pairs_and_one_pair():
    none = of_counts([[0] * 3] * 3)
    assert kappa(none).iloc[0].drop("n").isna().all()
    assert agreement_table(none)["share"].isna().all()
    one = of_counts([[0, 0, 1], [0, 0, 0], [0, 0, 0]])
    found = kappa(one).iloc[0]
    assert found[["n", "observed", "kappa"]].tolist() == [1, 0, 0]
    assert -1 <= found["low"] <= 0 < found["high"] <= 1
    assert len(rated_pairs(visits([]), period=1)) == 0


def test_a_scale_of_one_stage_has_no_kappa():
    found = kappa(of_counts([[4]], ["only"])).iloc[0]
    assert found["observed"] == 1
    assert found[["kappa", "se", "low", "high"]].isna().all()


def test_swapping_the_raters_turns_the_difference_and_keeps_kappa():
    frame = random_visits(3, partnerships=30)
    one = rated_pairs(frame, period=2)
    other = rated_pairs(frame, period=2, raters=("non_state", "state"))
    np.testing.assert_array_equal(one["difference"], -other["difference"])
    assert kappa(one)["kappa"][0] == pytest.approx(kappa(other)["kappa"][0])


def test_the_table_counts_every_pair_and_keeps_empty_groups():
    pairs = rated_pairs(random_visits(3, partnerships=30), period=2, by="province")
    table = agreement_table(pairs, by="province")
    assert len(table) == 3 * 9
    assert table["count"].sum() == len(pairs)
    for row in table.itertuples():
        here = (pairs["province"] == row.province) & (pairs["first"] == row.first) & (pairs["second"] == row.second)
        assert row.count == here.sum()
    assert kappa(pairs, by="province")["province"].tolist() == PROVINCES
    part = kappa(pairs[pairs["province"] == "02"], by="province")
    assert_frame_equal(part[part["n"] > 0], kappa(pairs, by="province").loc[[1]])


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_visits(5, partnerships=30, dates=True)
    before = frame.copy(deep=True)
    one, other = rated_pairs(frame), rated_pairs(shuffled(frame))
    assert_frame_equal(one, other)
    for measure in (kappa, agreement_table):
        assert_frame_equal(measure(one), measure(shuffled(one)))
    assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"raters": ("state", "states")}, "rater 'states' is not known; did you mean 'state'? Allowed: state, non_state, independent, unstated"),
        ({"raters": ("state", "state")}, "raters must be two different kinds, but got state, state"),
        ({"period": "half"}, "a period of a half needs dates, but the dates are numbers; give its width"),
        ({"period": 0}, "period must be above 0, but got 0"),
        ({"by": "period"}, "rated_pairs needs column period; the frame has: partnership, date, stage, status, rated_by, province"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(options, message):
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        rated_pairs(random_visits(0), **({"period": 1} | options))
    assert str(error.value) == message


def test_wrong_pairs_are_refused():
    pairs = of_counts([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    cases = {
        "kappa needs first and second on one scale": pairs.assign(second=of_counts([[3]], ["only"])["first"]),
        "kappa needs both stages of every pair, but 3 of 3 lack one": pairs.assign(
            second=pairs["second"].where(pairs["second"].isna())
        ),
    }
    for message, wrong in cases.items():
        with pytest.raises(ValueNotAllowed) as error:
            kappa(wrong)
        assert str(error.value) == message
    with pytest.raises(ValueNotAllowed) as error:
        kappa(pairs, weights="square")
    assert str(error.value) == "weights 'square' is not known. Allowed: linear, quadratic, none"


def test_several_pairs_of_a_partnership_are_worth_less_than_as_many_of_others():
    """Four pairs each that are alike: the limits are those of a quarter of the table, the estimate that of all."""
    one = of_counts([[8, 2, 0], [1, 6, 1], [0, 1, 5]])
    alone = kappa(one.assign(partnership=range(len(one)))).iloc[0]
    assert alone.to_dict() == kappa(one.drop(columns="partnership", errors="ignore")).iloc[0].to_dict()
    four = pd.concat([one] * 4, ignore_index=True).assign(partnership=[*range(len(one))] * 4)
    found = kappa(four).iloc[0]
    assert found["kappa"] == pytest.approx(alone["kappa"])
    # 1 + (4 − 1) · 24 / 23 pairs are worth one
    assert found["se"] == pytest.approx(alone["se"] * np.sqrt((1 + 3 * 24 / 23) / 4))
    assert found["high"] - found["low"] == pytest.approx(alone["high"] - alone["low"], rel=0.05)


def test_several_pairs_of_a_partnership_are_worth_what_korn_and_graubard_take_them_for():
    effect = np.array([1.0, 2.0, 1.0, 4.0, 6.0])
    n, clusters = np.array([30, 120, 120, 12, 12]), np.array([30, 30, 30, 3, 3])
    found = _effective(n, effect, clusters, 0.025)
    ratio = t.ppf(0.975, 119) / t.ppf(0.975, 29)
    # a pair each: nothing is lost; all pairs of a partnership alike: one pair each
    assert found[:4] == pytest.approx([30, 60 * ratio**2, 120 * ratio**2, 3])
    assert found[4] == 2  # a design effect above the size of the partnerships stands


def test_full_agreement_of_few_partnerships_is_worth_no_more_than_these():
    same = of_counts([[6, 0, 0], [0, 6, 0], [0, 0, 0]]).assign(partnership=[0, 1, 2] * 4)
    assert kappa(same)["low"].iloc[0] < kappa(same.drop(columns="partnership"))["low"].iloc[0]
