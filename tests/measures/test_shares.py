import numpy as np
import pandas as pd
import pytest
from lives import PROVINCES, STAGES, hand_spells, random_spells, shuffled, spells
from pandas.testing import assert_frame_equal

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.shares import shares
from lnlib.measures.intervals import jeffreys


def literal(frame, dates, *, by=None, ended="out"):
    """Count as one would with a pencil: every group, date and stage, every spell."""
    rows = []
    for group in PROVINCES if by else [None]:
        for date in dates:
            held = [
                spell
                for spell in frame.itertuples()
                if spell.start <= date < spell.end and (by is None or spell.province == group)
            ]
            known = [spell.status for spell in held]
            n = known.count("assessed") + (known.count("ended") if ended == "in" else 0)
            for stage in STAGES:
                count = sum(spell.stage == stage for spell in held)
                rows.append(
                    (group, date, stage, count, n, known.count("not_assessed"), known.count("ended"), len(known))
                )
    return pd.DataFrame(
        rows, columns=["province", "date", "stage", "count", "n", "n_not_assessed", "n_ended", "n_known"]
    )


def test_the_hand_register_by_hand():
    found = shares(hand_spells(), dates=[3, 7], by="province").set_index(["province", "date", "stage"])
    assert found.loc[("01", 3), "count"].tolist() == [3, 0, 0]  # a, b, c
    assert found.loc[("01", 7), "count"].tolist() == [1, 2, 0]  # b; a and c
    assert found.loc[("02", 3), "count"].tolist() == [0, 0, 1]  # d; e is just lost
    assert found.loc[("02", 7), "count"].tolist() == [0, 0, 1]  # f moved this day
    assert found.loc[("02", 7, "integrated"), ["n", "n_assessed", "n_not_assessed", "n_ended", "n_known"]].tolist() == [
        1,
        1,
        1,
        1,
        3,
    ]
    assert found.loc[("03", 7), "n_known"].tolist() == [0, 0, 0]
    assert found.loc[("03", 7), "share"].isna().all()
    assert found.loc[("01", 7), "share"].tolist() == [1 / 3, 2 / 3, 0]
    assert not found["shown"].any()


@pytest.mark.slow
@pytest.mark.parametrize("dates", [False, True])
@pytest.mark.parametrize("ended", ["in", "out"])
def test_a_literal_count_agrees(dates, ended):
    for seed in range(8):
        frame = random_spells(seed, dates=dates)
        when = sorted({*frame["start"], *frame["end"], *(frame["start"] + (frame["end"] - frame["start"]) / 3)})
        found = shares(frame, dates=when, by="province", ended=ended)
        expected = literal(frame, when, by="province", ended=ended)
        assert len(found) == len(expected)
        for column in ("count", "n", "n_not_assessed", "n_ended", "n_known"):
            assert found[column].tolist() == expected[column].tolist()


@pytest.mark.slow
def test_a_long_frame_counts_by_the_day_and_agrees():
    frame = pd.concat([random_spells(seed, partnerships=40, dates=True) for seed in range(8)], ignore_index=True)
    assert len(frame) > 1000  # where days are looked up instead of searched for
    found = shares(frame, grid="quarter")
    when = list(dict.fromkeys(found["date"]))
    expected = literal(frame, when)
    assert found["count"].tolist() == expected["count"].tolist()
    assert found["n_known"].tolist() == expected["n_known"].tolist()
    hours = frame.assign(start=frame["start"] + pd.Timedelta(hours=5), end=frame["end"] + pd.Timedelta(hours=5))
    assert shares(hours, dates=when)["count"].tolist() == literal(hours, when)["count"].tolist()


@pytest.mark.parametrize(
    ("grid", "first", "second", "last", "many"),
    [
        ("month", "2010-01-31", "2010-02-28", "2019-12-31", 120),
        ("quarter", "2010-03-31", "2010-06-30", "2019-12-31", 40),
        ("half", "2010-06-30", "2010-12-31", "2019-12-31", 20),
        ("year", "2010-12-31", "2011-12-31", "2019-12-31", 10),
    ],
)
def test_a_grid_is_the_last_day_of_each_period(grid, first, second, last, many):
    frame = hand_spells(dates=True)
    assert frame["end"].max() == pd.Timestamp("2020-01-01")
    dates = shares(frame, grid=grid)["date"].drop_duplicates().astype(str).tolist()
    assert [dates[0], dates[1], dates[-1], len(dates)] == [first, second, last, many]


def test_a_period_whose_last_day_is_not_observed_is_not_on_the_grid():
    frame = spells([("a", "coalition", 0, 1, "01")], dates=True)
    frame["end"] = pd.Timestamp("2010-12-31")
    assert shares(frame, grid="half")["date"].astype(str).unique().tolist() == ["2010-06-30"]


def test_shares_of_the_assessed_sum_to_one():
    for seed in range(10):
        found = shares(random_spells(seed, dates=True), grid="half", by="province")
        total = found.groupby(["province", "date"], observed=False).agg(n=("n", "first"), share=("share", "sum"))
        np.testing.assert_allclose(total["share"], (total["n"] > 0).astype(float), atol=1e-12)


def test_the_ended_in_the_denominator_lower_the_shares():
    out = shares(hand_spells(), dates=[7])
    kept = shares(hand_spells(), dates=[7], ended="in")
    assert out["n"].tolist() == [4, 4, 4]
    assert kept["n"].tolist() == [5, 5, 5]
    assert kept["share"].sum() == pytest.approx(4 / 5)


def test_the_interval_is_the_declared_one():
    found = shares(hand_spells(), dates=[7], interval="jeffreys", level=0.8)
    low, high = jeffreys(found["count"], found["n"], level=0.8)
    np.testing.assert_array_equal(found["low"], low)
    np.testing.assert_array_equal(found["high"], high)


def test_shown_from_the_declared_n_on():
    assert shares(hand_spells(), dates=[7], least_n=4)["shown"].all()
    assert not shares(hand_spells(), dates=[7], least_n=5)["shown"].any()


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_spells(3, dates=True)
    before = frame.copy(deep=True)
    assert_frame_equal(shares(frame, by="province"), shares(shuffled(frame), by="province"))
    assert_frame_equal(frame, before)


def test_filter_then_measure_is_measure_then_filter():
    frame = random_spells(4)
    whole = shares(frame, dates=range(10), by="province")
    part = shares(frame[frame["province"] == "02"], dates=range(10), by="province")
    assert_frame_equal(
        whole[whole["province"] == "02"].reset_index(drop=True), part[part["province"] == "02"].reset_index(drop=True)
    )


def test_groups_of_plain_columns_are_those_there_are():
    frame = hand_spells().assign(province=lambda rows: rows["province"].astype(str))
    assert shares(frame, dates=[1], by="province")["province"].tolist() == ["01"] * 3 + ["02"] * 3


def test_two_columns_of_groups():
    frame = hand_spells().assign(kind=lambda rows: np.where(rows["partnership"] == "b", "union", "ngo"))
    found = shares(frame, dates=[0], by=["province", "kind"]).set_index(["province", "kind", "stage"])["count"]
    assert len(found) == 3 * 2 * 3
    assert found["01", "union", "coalition"] == 1
    assert found["01", "ngo", "coalition"] == 1
    assert found["03", "union"].sum() == 0


@pytest.mark.parametrize("dates", [[], None])
def test_of_no_spells_there_are_no_dates_and_no_rows(dates):
    found = shares(spells([]), dates=dates)
    assert len(found) == 0
    assert found.columns.tolist() == shares(hand_spells(), dates=[0]).columns.tolist()


def test_of_no_spells_on_declared_dates_all_is_zero():
    found = shares(spells([]), dates=[1, 2], by="province")
    assert len(found) == 3 * 2 * 3
    assert found["count"].sum() == 0
    assert found["share"].isna().all()


def test_dates_are_put_in_order_and_given_once():
    assert shares(hand_spells(), dates=[7, 3, 7])["date"].tolist() == [3] * 3 + [7] * 3


def test_outside_the_observed_period_nothing_is_known():
    found = shares(hand_spells(), dates=[-1, 10])
    assert found["n_known"].sum() == 0
    assert found["share"].isna().all()


def test_all_ended():
    found = shares(spells([("a", "ended", 0, 5, "01"), ("b", "ended", 0, 5, "01")]), dates=[1], ended="in")
    assert found["count"].tolist() == [0, 0, 0]
    assert found["share"].tolist() == [0, 0, 0]
    assert found["n_ended"].tolist() == [2, 2, 2]


def test_a_spell_of_no_length_is_never_in_force():
    found = shares(spells([("a", "coalition", 1, 1, "01"), ("a", "integrated", 1, 2, "01")]), dates=[1])
    assert found["count"].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"columns": "status"}, {}, "shares needs column status; the frame has: partnership, stage, start, end, province"),
        (None, {"grid": "weak"}, "grid 'weak' is not known. Allowed: month, quarter, half, year"),
        (None, {"ended": "inn"}, "ended 'inn' is not known; did you mean 'in'? Allowed: out, in"),
        (None, {"by": "stage"}, "shares gives column stage itself; group by other columns"),
        (None, {"by": "provinces"}, "shares needs column provinces; the frame has: partnership, stage, status, start, end, province"),
        (None, {"dates": None}, "a grid of quarters needs dates, but the times are numbers; give dates= of your own"),
        (None, {"dates": ["2010"]}, "dates must be a number, as the times of the frame are, but got '2010'"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(change, options, message):
    frame = hand_spells()
    if change:
        frame = frame.drop(**change)
    with pytest.raises((ColumnMissing, ValueNotAllowed)) as error:
        shares(frame, **({"dates": [1]} | options))
    assert str(error.value) == message


def test_a_wrong_frame_is_refused():
    frame = hand_spells()
    cases = {
        "shares needs column stage as an ordered categorical, its categories the scale, lowest first, but got str": (
            frame.assign(stage=frame["stage"].astype("str"))
        ),
        "shares needs column stage as an ordered categorical, its categories the scale, lowest first, "
        "but got an unordered categorical": frame.assign(stage=frame["stage"].cat.as_unordered()),
        "status 'endet' is not known; did you mean 'ended'? Allowed: assessed, not_assessed, ended": frame.assign(
            status="endet"
        ),
        "shares needs start ≤ end, but 13 of 13 spells end before": frame.assign(end=-1.0),
        "shares needs every end, but 13 of 13 are missing": frame.assign(end=np.nan),
        "shares needs a stage in every assessed spell, but 2 have none": frame.assign(status="assessed"),
        "shares needs every status, but 13 of 13 are missing": frame.assign(
            status=pd.Categorical([None] * 13, categories=["assessed"])
        ),
        "shares needs start and end both as dates or both as numbers": frame.assign(end=pd.Timestamp("2010-01-01")),
        "column start must be datetime64 or numbers, but got str": frame.assign(start="2010"),
    }
    for message, wrong in cases.items():
        with pytest.raises(ValueNotAllowed) as error:
            shares(wrong, dates=[1])
        assert str(error.value) == message
