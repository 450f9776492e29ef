from itertools import combinations, pairwise
from math import log, log2, sqrt

import numpy as np
import pandas as pd
import pytest
from lives import STAGES, hand_spells, random_spells, shuffled, spells
from pandas.testing import assert_frame_equal

from lnlib.errors import ValueNotAllowed
from lnlib.measures.counts.sequences import entropy, mean_time, sequences


def literal(life, *, unit, above, power):
    """Describe one life with loops, and count distinct subsequences by writing them all down."""
    passed = []
    for spell in life.sort_values(["start", "end"]).itertuples():
        if spell.status != "assessed" or spell.end == spell.start:
            continue
        if passed and passed[-1][0] == STAGES.index(spell.stage):
            passed[-1][1] += spell.end - spell.start
        else:
            passed.append([STAGES.index(spell.stage), spell.end - spell.start])
    if not passed:
        return None
    stages, lengths = [stage for stage, _ in passed], [length for _, length in passed]
    total, m = sum(lengths), len(passed)
    share = [sum(length for stage, length in passed if stage == one) / total for one in range(3)]
    h = -sum(p * log(p) for p in share if p > 0) / log(3)
    written = {tuple(stages[i] for i in chosen) for size in range(m + 1) for chosen in combinations(range(m), size)}
    units = [length / unit for length in lengths]
    mean = sum(units) / m
    widest, spread = (m - 1) * (1 - mean) ** 2, sum((length - mean) ** 2 for length in units) / m
    now, integrated = 0, 0
    for stage, length in passed:
        if stage >= above:
            integrated += (now + length) ** (power + 1) - now ** (power + 1)
        now += length
    return {
        "years": total,
        "moves": m - 1,
        "ups": sum(b > a for a, b in pairwise(stages)),
        "downs": sum(b < a for a, b in pairwise(stages)),
        "net": stages[-1] - stages[0],
        "mean_level": sum(place * p for place, p in enumerate(share)),
        "entropy": h,
        "complexity": sqrt((m - 1) / (total / unit - 1) * h) if total > unit else 0,
        "turbulence": log2(len(written) * (widest + 1) / (spread + 1)),
        "at_or_above": sum(share[above:]),
        "integration": integrated / total ** (power + 1),
        "first": STAGES[stages[0]],
        "last": STAGES[stages[-1]],
        "highest": STAGES[max(stages)],
    }


def test_the_hand_register_by_hand():
    found = sequences(hand_spells(), unit=1, above="collaboration").set_index("partnership")
    a = found.loc["a"]  # coalition 4, collaboration 4, integrated 2
    assert a[["years", "moves", "ups", "downs", "net"]].tolist() == [10, 2, 2, 0, 2]
    assert a["entropy"] == pytest.approx(-(0.8 * log(0.4) + 0.2 * log(0.2)) / log(3))
    assert a["complexity"] == pytest.approx(sqrt(2 / 9 * a["entropy"]))
    # 2³ subsequences; lengths 4, 4, 2: variance 8/9; greatest 2 × (1 − 10/3)²
    assert a["turbulence"] == pytest.approx(log2(8 * (98 / 9 + 1) / (8 / 9 + 1)))
    assert a["at_or_above"] == pytest.approx(0.6)
    assert a["integration"] == pytest.approx((100 - 16) / 100)
    assert a["mean_level"] == pytest.approx(0.8)
    c = found.loc["c"]  # collaboration 2, coalition 4, collaboration 4: 2³ − 1 subsequences
    assert c[["moves", "ups", "downs", "net"]].tolist() == [2, 1, 1, 0]
    assert c["turbulence"] == pytest.approx(log2(7 * (98 / 9 + 1) / (8 / 9 + 1)))
    b = found.loc["b"]
    assert b[["moves", "entropy", "complexity", "turbulence", "at_or_above"]].tolist() == [0, 0, 0, 1, 0]
    assert found.loc["d", "highest"] == "integrated"
    assert found.loc["e", "years"] == 3


def test_a_literal_description_agrees():
    described = 0
    for seed in range(25):
        frame = random_spells(seed)
        asked = {"unit": 0.5, "power": 1.5}
        found = sequences(shuffled(frame), above="collaboration", **asked).set_index("partnership")
        quick = entropy(frame).set_index("partnership")
        assert found.index.tolist() == sorted(frame["partnership"].unique())
        for who, life in frame.groupby("partnership"):
            expected = literal(life, above=1, **asked)
            row = found.loc[who]
            if expected is None:
                assert row[["years", "moves", "ups", "downs"]].tolist() == [0, 0, 0, 0]
                assert row.drop(["years", "moves", "ups", "downs"]).isna().all()
                assert np.isnan(quick.loc[who, "entropy"])
                continue
            described += 1
            assert quick.loc[who].tolist() == pytest.approx([expected["years"], expected["entropy"]])
            for name, value in expected.items():
                assert row[name] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-9)), name
    assert described > 100


def test_dates_and_numbers_give_the_same_indices():
    numbers, dates = sequences(hand_spells()), sequences(hand_spells(dates=True))
    for name in ("entropy", "complexity", "turbulence", "at_or_above", "integration", "years"):
        np.testing.assert_allclose(dates[name], numbers[name], rtol=2e-3)
    assert dates["highest"].tolist() == numbers["highest"].tolist()


def test_indices_of_spells_of_a_unit_at_least_are_within_their_bounds():
    for seed in range(10):
        frame = random_spells(seed, partnerships=20)
        frame = frame[frame["end"] - frame["start"] >= 0.5]
        found = sequences(frame, unit=0.5).dropna(subset="entropy")
        for name in ("entropy", "complexity", "at_or_above", "integration"):
            assert found[name].between(0, 1 + 1e-12).all()
        assert (found["turbulence"] >= 1 - 1e-12).all()
        assert (found["moves"] == found["ups"] + found["downs"]).all()


def test_a_life_cut_into_pieces_is_the_same_life():
    whole = spells([("a", "coalition", 0, 4, "01"), ("a", "integrated", 4, 6, "01")])
    cut = spells([("a", "coalition", 0, 1, "01"), ("a", "coalition", 1, 1, "01"), ("a", "coalition", 1, 4, "01"), ("a", "integrated", 4, 6, "01")])  # fmt: skip
    assert_frame_equal(sequences(whole), sequences(cut))


def test_time_not_assessed_is_closed():
    gap = spells([("a", "coalition", 0, 2, "01"), ("a", "not_assessed", 2, 5, "01"), ("a", "coalition", 5, 6, "01")])
    found = sequences(gap).iloc[0]
    assert found[["years", "moves", "at_or_above"]].tolist() == [3, 0, 0]


def test_a_scale_of_one_stage_has_no_entropy():
    frame = spells([("a", "coalition", 0, 2, "01")], stages=["coalition"])
    assert entropy(frame)["entropy"].tolist() == [0]
    assert sequences(frame)[["complexity", "turbulence", "at_or_above"]].to_numpy().tolist() == [[0, 1, 1]]


def test_mean_time_by_hand():
    found = mean_time(hand_spells(), horizon=8, by="province").set_index(["province", "state"])
    assert found.loc["01", "mean"].tolist() == pytest.approx([16 / 3, 8 / 3, 0, 0, 0])  # a 4+4, b 8, c 4 and 2+2
    assert found.loc["01", "n"].tolist() == [3] * 5
    assert found.loc["02", "n"].tolist() == [2] * 5  # d, e; f begins too late
    assert found.loc["02", "n_short"].tolist() == [1] * 5
    assert found.loc["02", "mean"].tolist() == pytest.approx([0, 1.5, 2, 2.5, 2])
    assert found.loc["03", "mean"].isna().all()
    assert found.loc[("01", "integrated"), "low"] == 0
    assert found.loc[("01", "integrated"), "high"] == pytest.approx(8 * 0.561497031755045)  # none of three


def test_mean_times_sum_to_the_horizon():
    for seed in range(10):
        found = mean_time(random_spells(seed), horizon=5)
        assert found["n"].iloc[0] + found["n_short"].iloc[0] == 8
        assert found["mean"].sum() == pytest.approx(5)
        assert (found["low"] <= found["mean"]).all()
        assert (found["mean"] <= found["high"]).all()


def test_a_literal_mean_time_agrees():
    for seed in range(10):
        frame = random_spells(seed)
        found = mean_time(frame, horizon=6).set_index("state")["mean"]
        begins = frame.groupby("partnership")["start"].min()
        who = [
            name for name in begins.index if frame.loc[frame["partnership"] == name, "end"].max() >= begins[name] + 6
        ]
        for state in found.index:
            years = [
                max(0, min(row.end, begins[row.partnership] + 6) - row.start)
                for row in frame.itertuples()
                if row.partnership in who and state in (row.stage, row.status)
            ]
            assert found[state] == pytest.approx(sum(years) / len(who))


def test_nothing_gives_nothing():
    assert len(entropy(spells([]))) == 0
    assert sequences(spells([])).columns.tolist() == sequences(hand_spells()).columns.tolist()
    assert len(sequences(spells([]))) == 0
    assert mean_time(spells([]), horizon=2)["mean"].isna().all()


def test_all_ended_have_no_sequence():
    found = sequences(spells([("a", "ended", 0, 5, "01")]))
    assert found["years"].tolist() == [0]
    assert found[["entropy", "turbulence", "complexity", "integration"]].isna().all(axis=None)


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_spells(5, dates=True)
    before = frame.copy(deep=True)
    for measure, asked in (
        (entropy, {}),
        (sequences, {"by": "province"}),
        (mean_time, {"horizon": 3, "by": "province"}),
    ):
        one, other = measure(frame, **asked), measure(shuffled(frame), **asked)
        assert_frame_equal(one, other, rtol=1e-12)
    assert_frame_equal(frame, before)


def test_filter_then_measure_is_measure_then_filter():
    frame = random_spells(6)
    whole = sequences(frame, by="province")
    part = sequences(frame[frame["province"] == "02"], by="province")
    assert_frame_equal(whole[whole["province"] == "02"].reset_index(drop=True), part)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": 0}, "unit must be above 0, but got 0"),
        ({"power": -1}, "power must be 0 or more, but got -1"),
        ({"above": "integration"}, "above 'integration' is not known; did you mean 'integrated'? Allowed: coalition, collaboration, integrated"),
        ({"by": "moves"}, "sequences needs column moves; the frame has: partnership, stage, status, start, end, province"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(options, message):
    with pytest.raises(ValueError, match=r"\w") as error:
        sequences(hand_spells(), **options)
    assert str(error.value) == message


def test_overlapping_spells_are_refused():
    frame = spells([("a", "coalition", 0, 4, "01"), ("a", "integrated", 2, 9, "01")])
    with pytest.raises(ValueNotAllowed) as error:
        sequences(frame)
    assert str(error.value) == "sequences needs one spell a partnership at a time, but 'a' has two that overlap"


def test_a_stage_passed_often_counts_its_distinct_subsequences():
    rows = [("a", STAGES[i % 2], i, i + 1, "01") for i in range(12)]
    life = pd.DataFrame(spells(rows))
    expected = literal(life, unit=1, above=2, power=1)
    assert sequences(life, unit=1)["turbulence"].tolist() == pytest.approx([expected["turbulence"]])
