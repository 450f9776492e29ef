import numpy as np
import pandas as pd
import pytest
from lives import PROVINCES, STAGES, random_visits, shuffled, visits
from pandas.testing import assert_frame_equal

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.transitions import moves, transitions
from lnlib.measures.intervals import jeffreys, wilson

INTO = [*STAGES, "ended"]


def hand():
    """a climbs and ends; b jumps and falls back; c is seen once; d stays."""
    return visits(
        [
            ("a", "coalition", 0, "state", "01"),
            ("a", "collaboration", 1, "state", "01"),
            ("a", "integrated", 2, "state", "01"),
            ("a", "ended", 2.5, None, "01"),
            ("b", "coalition", 0, "state", "02"),
            ("b", "integrated", 2, "state", "02"),
            ("b", "collaboration", 3, "state", "02"),
            ("c", "coalition", 1, "state", "02"),
            ("d", "collaboration", 0, "state", "02"),
            ("d", "collaboration", 4, "state", "02"),
        ]
    )


def literal(frame, *, lag=None, tolerance=None, windows="apart"):
    """Walk each partnership's visits one by one."""
    found = []
    until = frame["date"].max()
    for who, life in frame.groupby("partnership"):
        seen = {}
        ended = None
        for visit in life.itertuples():
            if visit.status == "ended":
                ended = visit.date
            else:
                seen.setdefault(visit.date, []).append(STAGES.index(visit.stage))
        days = sorted(seen)
        stage = {day: min(seen[day]) for day in days}
        i = 0
        while i < len(days):
            day, step = days[i], 1
            if lag is None:
                into = (
                    (days[i + 1], stage[days[i + 1]])
                    if i + 1 < len(days)
                    else (ended, 3)
                    if ended is not None
                    else None
                )
            else:
                near = [later for later in days[i + 1 :] if abs(later - day - lag) <= tolerance + 1e-9]
                near.sort(key=lambda later, day=day: (round(abs(later - day - lag), 8), later))
                into = (near[0], stage[near[0]]) if near else None
                if ended is not None and ended - day <= lag:
                    into = (ended, 3)
                if until - day < lag - 1e-9:
                    into = None
                if windows == "apart" and into:
                    step = days.index(into[0]) - i if into[1] < 3 else len(days)
                elif windows == "apart":
                    step = sum(later - day <= lag for later in days[i:])
            found.append((who, day, stage[day], *(into or (None, None))))
            i += step
    return found


def test_the_hand_panel_by_hand():
    found = transitions(hand()).set_index(["stage", "into"])
    count = found["count"].to_numpy().reshape(3, 4)
    assert count.tolist() == [[0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1]]
    assert found["n"].tolist() == [2] * 12
    assert found.loc[("coalition", "integrated"), ["move", "jump", "dt_median"]].tolist() == ["up", True, 2]
    assert found.loc[("integrated", "collaboration"), ["move", "jump", "dt_median"]].tolist() == ["down", False, 1]
    assert found.loc[("integrated", "ended"), ["move", "jump", "dt_median"]].tolist() == ["ended", False, 0.5]
    assert found.loc[("collaboration", "collaboration"), ["move", "dt_min", "dt_max"]].tolist() == ["stayed", 4, 4]
    assert found["n_unpaired"].to_numpy().reshape(3, 4)[:, 0].tolist() == [1, 2, 0]  # c; b's and d's last
    each = moves(hand()).set_index("move")
    assert each["count"].to_dict() == {"up": 3, "down": 1, "stayed": 1, "ended": 1}
    assert each["jumps"].to_dict() == {"up": 1, "down": 0, "stayed": 0, "ended": 0}
    assert each.loc["up", ["dt_median", "dt_min", "dt_max"]].tolist() == [1, 1, 2]


def test_a_lag_of_two_by_hand():
    found = transitions(hand(), lag=2, by="partnership")
    closed = found[found["count"] > 0]
    assert closed[["partnership", "stage", "into", "dt_min"]].to_numpy().tolist() == [
        ["a", "coalition", "integrated", 2],
        ["a", "integrated", "ended", 0.5],
        ["b", "coalition", "integrated", 2],
    ]
    opened = found.drop_duplicates(["partnership", "stage"])
    assert opened.groupby("partnership")["n_unpaired"].sum().to_dict() == {"a": 0, "b": 1, "c": 1, "d": 2}
    every = transitions(hand(), lag=2, windows="every").drop_duplicates("stage")
    assert (every["n"] + every["n_unpaired"]).sum() == 9  # a's and b's visits between begin pairs too


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"lag": 1, "tolerance": 0.25},
        {"lag": 1, "tolerance": 0.25, "windows": "every"},
        {"lag": 0.75, "tolerance": 0.7, "windows": "every"},
        {"lag": 2, "tolerance": 0},
    ],
)
def test_a_literal_walk_agrees(asked):
    for seed in range(20):
        frame = random_visits(seed)
        expected = literal(frame, **asked)
        found = transitions(shuffled(frame), by="partnership", **asked)
        assert found["partnership"].drop_duplicates().tolist() == sorted(frame["partnership"].unique())
        for row in found.itertuples():
            own = [pair for pair in expected if pair[0] == row.partnership and STAGES[pair[2]] == row.stage]
            dt = pd.Series([pair[3] - pair[1] for pair in own if pair[4] is not None and INTO[pair[4]] == row.into])
            assert row.count == len(dt)
            assert row.n_unpaired == sum(pair[4] is None for pair in own)
            found_dt = [row.dt_median, row.dt_min, row.dt_max]
            np.testing.assert_array_equal(found_dt, [dt.median(), dt.min(), dt.max()] if len(dt) else [np.nan] * 3)


def test_moves_are_those_of_the_table():
    for seed in range(10):
        frame = random_visits(seed, partnerships=15)
        asked = {"lag": 1, "tolerance": 0.5} if seed % 2 else {}
        table = transitions(frame, by="province", **asked)
        assert len(table) == 3 * 3 * 4
        whole = moves(frame, **asked)
        assert whole["count"].tolist() == [table.loc[table["move"] == move, "count"].sum() for move in whole["move"]]
        assert whole["jumps"].sum() == table.loc[table["jump"], "count"].sum()


def test_proportions_of_a_stage_sum_to_one():
    table = transitions(random_visits(3, partnerships=20))
    total = table.groupby("stage", observed=False).agg(n=("n", "first"), share=("share", "sum"))
    np.testing.assert_allclose(total["share"], total["n"] > 0, atol=1e-12)


def test_dates_are_measured_in_years():
    found = transitions(
        visits([("a", "coalition", 0, "state", "01"), ("a", "coalition", 4, "state", "01")], dates=True)
    )
    assert found.loc[found["count"] > 0, "dt_median"].tolist() == [4.0]


def test_endings_within_a_lag_are_of_all_that_were_followed_for_it():
    """Ten rated at 0, two of which end; of the eight that go on only four are assessed a year later."""
    rows = [(f"p{i}", "coalition", 0, "state", "01") for i in range(10)]
    rows += [("p0", "ended", 0.5, None, "01"), ("p1", "ended", 0.5, None, "01")]
    rows += [(f"p{i}", "integrated" if i == 2 else "coalition", 1, "state", "01") for i in range(2, 6)]
    found = transitions(visits(rows), lag=1, until=1.5).set_index(["stage", "into"]).loc["coalition"]
    np.testing.assert_allclose(found["share"], [0.8 * 3 / 4, 0, 0.8 / 4, 0.2])
    assert found["n"].tolist() == [6] * 4
    assert found["n_unpaired"].tolist() == [7] * 4  # four that nobody assessed in time, three assessed too late to open
    low, high = jeffreys(2, 10)
    np.testing.assert_allclose(found.loc["ended", ["low", "high"]].tolist(), [low, high])


def test_openings_too_late_for_the_lag_are_of_no_pair_whatever_followed():
    rows = [
        ("a", "coalition", 1.5, "state", "01"),
        ("a", "ended", 1.9, None, "01"),
        ("b", "coalition", 0, "state", "01"),
    ]
    found = transitions(visits(rows), lag=1, until=2.0)
    assert found["count"].sum() == 0
    assert found["share"].dropna().tolist() == [0.0]  # b ran on for a year, and nobody knows at which stage


def test_limits_where_each_partnership_has_one_pair_are_those_of_the_pairs():
    """A group whose windows do not overlap has the limits of its own n beside one whose do."""
    apart = [(f"a{i:03}", "coalition", 0, "state", "01") for i in range(100)]
    apart += [(f"a{i:03}", "integrated" if i < 42 else "coalition", 1, "state", "01") for i in range(100)]
    over = [
        (f"b{i:03}", "integrated" if i % 2 and day else "coalition", day / 4, "state", "02")
        for i in range(20)
        for day in range(9)
    ]
    found = transitions(visits(apart + over), lag=1, tolerance=0.1, windows="every", by="province", until=2.0)
    found = found.set_index(["province", "stage", "into"])
    row = found.loc[("01", "coalition", "integrated")]
    assert (row["count"], row["n"], row["n_partnerships"]) == (42, 100, 100)
    np.testing.assert_allclose(row[["low", "high"]].tolist(), np.ravel(jeffreys(42, 100)))
    other = found.loc[("02", "coalition", "coalition")]
    low, high = jeffreys(other["count"], other["n"])
    assert other["high"] - other["low"] > high - low


def test_pairs_of_a_partnership_are_worth_less_than_as_many_of_others():
    """Ten partnerships of four pairs, in five of which all move up: as good as ten pairs."""
    stages = {True: ["coalition", "collaboration", "integrated"], False: ["coalition"] * 3}
    rows = [(f"p{i}", stage, day, "state", "01") for i in range(10) for day, stage in enumerate(stages[i < 5])]
    found = moves(visits(rows)).set_index("move")
    assert found["n"].tolist() == [20] * 4
    assert found["n_partnerships"].tolist() == [10] * 4
    # two pairs each, alike, of ten partnerships: a design effect of 1 + (2 − 1) · 10 / 9
    low, high = wilson(0.5 * 20 / (1 + 10 / 9), 20 / (1 + 10 / 9))
    np.testing.assert_allclose(found.loc["up", ["low", "high"]].tolist(), [low, high])


def test_every_pair_of_dates_is_that_of_the_same_numbers():
    for seed in range(5):
        numbers, dates = random_visits(seed), random_visits(seed, dates=True)
        for asked in ({}, {"lag": 1.1, "tolerance": 0.3}):
            one, other = (transitions(frame, by="partnership", **asked) for frame in (numbers, dates))
            assert one[["partnership", "count", "n_unpaired"]].equals(other[["partnership", "count", "n_unpaired"]])
            np.testing.assert_allclose(other["dt_median"], one["dt_median"], atol=2 / 365.25)


def test_two_on_one_day_are_one_visit_at_the_lower_stage():
    frame = visits(
        [
            ("a", "integrated", 0, "state", "01"),
            ("a", "coalition", 0, "non_state", "01"),
            ("a", "coalition", 1, "state", "01"),
        ]
    )
    found = transitions(frame)
    assert found.loc[found["count"] > 0, ["stage", "into", "count"]].to_numpy().tolist() == [
        ["coalition", "coalition", 1]
    ]


def test_an_ending_on_the_day_of_an_assessment_comes_after_it():
    frame = visits([("a", "ended", 1, None, "01"), ("a", "coalition", 1, "state", "01")])
    found = transitions(frame)
    assert found.loc[found["count"] > 0, ["into", "dt_median"]].to_numpy().tolist() == [["ended", 0.0]]


@pytest.mark.parametrize("asked", [{}, {"lag": 1}])
def test_one_assessment_none_and_all_ended_open_no_pair_that_closes(asked):
    one = transitions(visits([("a", "coalition", 0, "state", "01")]), **asked)
    assert one["count"].sum() == 0
    assert one["n_unpaired"].tolist() == [1] * 4 + [0] * 8
    assert one["share"].isna().all()
    assert not one["shown"].any()
    for rows in ([], [("a", "ended", 0, None, "01"), ("b", "ended", 1, None, "01")]):
        frame = visits(rows)
        assert transitions(frame, **asked)["count"].tolist() == [0] * 12
        assert moves(frame, **asked)["count"].tolist() == [0] * 4


def test_a_stage_never_seen_stays_in_the_table():
    table = transitions(visits([("a", "coalition", 0, "state", "01"), ("a", "coalition", 1, "state", "01")]))
    assert table["stage"].drop_duplicates().tolist() == STAGES
    assert table["into"].drop_duplicates().tolist() == INTO


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_visits(1, dates=True)
    before = frame.copy(deep=True)
    for measure in (transitions, moves):
        assert_frame_equal(measure(frame, by="province"), measure(shuffled(frame), by="province"))
    assert_frame_equal(frame, before)


def test_filter_then_measure_is_measure_then_filter():
    frame = random_visits(6, partnerships=20)
    for measure in (transitions, moves):
        whole = measure(frame, by="province")
        assert whole["province"].drop_duplicates().tolist() == PROVINCES
        part = measure(frame[frame["province"] == "01"], by="province")
        one, other = (found[found["province"] == "01"].reset_index(drop=True) for found in (whole, part))
        assert_frame_equal(one, other)


def test_as_many_groups_as_partnerships():
    frame = random_visits(7, partnerships=3000).assign(who=lambda rows: rows["partnership"])
    table = transitions(frame, by="who")
    assert len(table) == 3000 * 12 > 2**15
    whole = transitions(frame)["count"].to_numpy()
    np.testing.assert_array_equal(table["count"].to_numpy().reshape(-1, 12).sum(axis=0), whole)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lag": 0}, "lag must be above 0, but got 0"),
        ({"tolerance": 1}, "a tolerance is of a lag; give lag= too"),
        ({"lag": 1, "tolerance": 1}, "tolerance must be 0 or more and under the lag of 1, but got 1"),
        ({"windows": "all"}, "windows 'all' is not known. Allowed: apart, every"),
        ({"by": "move"}, "transitions needs column move; the frame has: partnership, date, stage, status, rated_by, province"),
        ({"by": "stage"}, "transitions gives column stage itself; group by other columns"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(options, message):
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        transitions(hand(), **options)
    assert str(error.value) == message


def test_a_wrong_frame_is_refused():
    frame = hand()
    cases = {
        "transitions needs an ending to be the last row of its partnership; of 'a' it is not": pd.concat(
            [frame, visits([("a", "coalition", 9, "state", "01")])]
        ),
        "transitions needs a status and, if assessed, a stage in every row; 1 lack it": frame.assign(status="assessed"),
        "transitions needs every partnership, but 10 of 10 are missing": frame.assign(partnership=None),
        "column date must be datetime64 or numbers, but got str": frame.assign(date="2010"),
    }
    for message, wrong in cases.items():
        with pytest.raises(ValueNotAllowed) as error:
            transitions(wrong)
        assert str(error.value) == message
