import numpy as np
import pandas as pd
import pytest
from lives import shuffled
from pandas.testing import assert_frame_equal
from scipy import stats

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.uncertain_dates import placed, placings, sensitivity

LATE_FIRST = pd.to_datetime(["2011-01-01", "2011-06-01", "2012-05-03"])
LATE_LAST = pd.to_datetime(["2011-02-01", "2011-06-30", "2012-05-03"])


def hand(**more):
    return pd.DataFrame(
        {
            "partnership": ["a", "a", "b"],
            "step": [1, 2, 1],
            "first": pd.to_datetime(["2011-01-01", "2011-01-01", "2012-05-03"]),
            "last": pd.to_datetime(["2011-12-31", "2011-06-30", "2012-05-03"]),
        }
    ).assign(**more)


def waited(visits):
    """Days from each partnership's first date to its last."""
    dates = visits.groupby("partnership")["date"]
    return ((dates.max() - dates.min()) / pd.Timedelta(days=1)).rename("days").reset_index()


def test_the_hand_dates_by_hand():
    for place, expected in {
        "start": ["2011-01-01", "2011-01-01", "2012-05-03"],
        "middle": ["2011-07-02", "2011-04-01", "2012-05-03"],
        "end": ["2011-12-31", "2011-06-30", "2012-05-03"],
    }.items():
        found = placed(hand(), placed=place)
        assert found["date"].astype(str).tolist() == expected
        assert found.columns.tolist() == ["partnership", "step", "date"]


def test_numbers_are_placed_exactly():
    dated = pd.DataFrame({"first": [0.0, 1.0], "last": [1.0, 1.0]})
    assert placed(dated)["date"].tolist() == [0.5, 1.0]


def test_every_day_of_an_interval_is_as_likely_and_none_beside_it():
    dated = pd.DataFrame(
        {"first": pd.to_datetime(["2011-01-01"] * 2000), "last": pd.to_datetime(["2011-01-10"] * 2000)}
    )
    days = (placings(dated, times=2, seed=3)[1] - np.datetime64("2011-01-01")) / np.timedelta64(1, "D")
    counts = np.bincount(days.astype(int), minlength=10)
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 0.001


def test_steps_keep_their_order_and_dates_their_intervals():
    random = np.random.default_rng(1)
    rows = []
    for who in range(30):
        now = 0.0
        for step in range(random.integers(1, 6)):
            now += random.random()
            rows.append((f"p{who}", step, now - random.random(), now + random.random()))
    dated = shuffled(pd.DataFrame(rows, columns=["partnership", "step", "first", "last"]))
    for date in placings(dated, times=30, seed=2, step="step"):
        assert ((date >= dated["first"]) & (date <= dated["last"])).all()
        in_order = dated.assign(date=date).sort_values(["partnership", "step"])
        assert in_order.groupby("partnership")["date"].is_monotonic_increasing.all()


def test_orders_that_fit_are_all_as_likely():
    # Three dates in one interval, kept in order, are the order statistics of three even draws: ¼, ½, ¾ on average.
    many = 400
    dated = pd.DataFrame(
        {"partnership": np.repeat(np.arange(many), 3), "step": np.tile([3, 1, 2], many), "first": 0.0, "last": 1.0}
    )
    drawn = np.concatenate([date.reshape(-1, 3) for date in placings(dated, times=10, seed=5, step="step")])
    np.testing.assert_allclose(drawn.mean(axis=0), [0.75, 0.25, 0.5], atol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), [0.0375, 0.0375, 0.05], atol=0.005)
    # A literal oracle for unlike intervals: draw evenly, keep what is in order.
    random = np.random.default_rng(6)
    early, late = random.uniform(0, 2, 200_000), random.uniform(1, 3, 200_000)
    kept = early < late
    pair = pd.DataFrame({"partnership": np.repeat(np.arange(many), 2), "step": [1, 2] * many, "first": [0.0, 1.0] * many, "last": [2.0, 3.0] * many})  # fmt: skip
    drawn = np.concatenate([date.reshape(-1, 2) for date in placings(pair, times=20, seed=7, step="step")])
    np.testing.assert_allclose(drawn.mean(axis=0), [early[kept].mean(), late[kept].mean()], atol=0.03)


def test_exact_dates_have_no_spread():
    dated = hand(last=hand()["first"])
    found = sensitivity(dated, waited, of="days", on="partnership", times=20, seed=1)
    assert found["sd"].tolist() == [0, 0]
    for column in ("middle", "start", "end", "low", "median", "high"):
        assert found[column].tolist() == [0, 0]


@pytest.mark.slow
def test_a_spread_by_hand():
    dated = pd.DataFrame({"partnership": ["a", "a"], "first": [0.0, 10.0], "last": [4.0, 10.0]})

    def gap(visits):
        return pd.DataFrame({"gap": [visits["date"].max() - visits["date"].min()]})

    found = sensitivity(dated, gap, of="gap", times=1000, seed=1, level=0.9).iloc[0]
    assert found[["of", "middle", "start", "end", "times"]].tolist() == ["gap", 8, 10, 6, 1000]
    assert found["low"] == pytest.approx(6.2, abs=0.15)
    assert found["high"] == pytest.approx(9.8, abs=0.15)
    assert found["sd"] == pytest.approx(4 / np.sqrt(12), abs=0.06)


def test_several_columns_and_rows_that_come_and_go():
    dated = pd.DataFrame({"first": [0.0, 5.0], "last": [1.0, 6.0]})

    def late(visits):
        rows = visits[visits["date"] % 1 > 0.6]
        return pd.DataFrame({"whole": rows["date"] // 1, "part": rows["date"] % 1, "one": 1})

    found = sensitivity(dated, late, of=["part", "one"], on="whole", times=100, seed=2)
    assert found[["whole", "of"]].drop_duplicates().shape == (4, 2)
    assert found["middle"].isna().all()
    assert found["times"].between(20, 60).all()
    ones = found[found["of"] == "one"]
    assert ones[["low", "high", "sd"]].to_numpy().tolist() == [[1, 1, 0]] * 2


def test_a_seed_gives_the_same_result_and_another_another():
    one, same, other = (
        sensitivity(hand(), waited, of="days", on="partnership", times=10, seed=seed) for seed in (1, 1, 2)
    )
    assert_frame_equal(one, same)
    assert one["sd"].tolist() != other["sd"].tolist()


def test_the_input_is_untouched():
    frame = hand()
    before = frame.copy(deep=True)
    sensitivity(frame, waited, of="days", on="partnership", times=3, seed=1, step="step")
    placed(frame)
    assert_frame_equal(frame, before)


def test_nothing_is_placed_as_nothing():
    nothing = hand().iloc[:0]
    assert len(placed(nothing)) == 0
    assert [len(date) for date in placings(nothing, times=2, seed=1, step="step")] == [0, 0]


@pytest.mark.parametrize(
    ("dated", "options", "message"),
    [
        (hand(last=pd.Timestamp("2000-01-01")), {}, "placed needs first ≤ last, but 3 of 3 intervals end before"),
        (hand(), {"placed": "mid"}, "placed 'mid' is not known; did you mean 'middle'? Allowed: middle, start, end"),
        (hand(last=1.0), {}, "placed needs first and last both as dates or both as numbers"),
        (hand().drop(columns="last"), {}, "placed needs column last; the frame has: partnership, step, first"),
    ],
)
def test_a_wrong_placing_is_refused(dated, options, message):
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        placed(dated, **options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("dated", "options", "message"),
    [
        (hand(), {"times": 1}, "times must be a whole number, 2 or more, but got 1"),
        (hand(), {"on": ()}, "sensitivity needs on= to name each row once, but nothing does not"),
        (hand(), {"of": "years"}, "sensitivity needs column years; the frame has: partnership, days"),
        *[
            (hand(), {"on": name}, f"sensitivity gives column {name} itself; rename it in the measure")
            for name in ("of", "middle", "start", "end", "low", "median", "high", "sd", "times")
        ],
        (hand(step=1), {"step": "step"}, "sensitivity needs each step once in a partnership, but 'a' has one twice"),
        (
            hand(step=[2, 1, 1], first=LATE_FIRST, last=LATE_LAST),
            {"step": "step"},
            "sensitivity needs dates that can be in the order of step, but those of 'a' cannot",
        ),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(dated, options, message):
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        sensitivity(dated, waited, **({"of": "days", "on": "partnership", "times": 3, "seed": 1} | options))
    assert str(error.value) == message


@pytest.mark.parametrize("column", ["first", "last"])
def test_intervals_need_both_their_ends(column):
    with pytest.raises(ColumnMissing, match=f"^sensitivity needs column {column}; the frame has: "):
        next(iter(placings(hand().drop(columns=column), times=2, seed=1)))
