import numpy as np
import pandas as pd
import pytest
from lives import PROVINCES, hand_spells, random_spells, shuffled, spells
from pandas.testing import assert_frame_equal

from lnlib.errors import ValueNotAllowed
from lnlib.measures.counts.cohorts import cohorts, standing_at


def literal(frame, start, end):
    """Look each partnership up on both dates, one after the other."""
    rows = {}
    for who, life in frame.groupby("partnership"):

        def on(date, life=life):
            held = [spell for spell in life.itertuples() if spell.start <= date < spell.end]
            return (held[0].status, held[0].stage) if held else (None, None)

        (was, first), (now, last) = on(start), on(end)
        if was == now == "assessed":
            flow = "stayed"
        elif now == "assessed":
            flow = "begun" if life["start"].min() > start else "newly_assessed"
        elif was == "assessed":
            flow = "ended" if now == "ended" else "lost_sight"
        else:
            continue
        rows[who] = (first if was == "assessed" else None, last if now == "assessed" else None, flow)
    return rows


def test_the_hand_register_by_hand():
    found = standing_at(hand_spells(), start=1, end=7).set_index("partnership")
    assert found["flow"].to_dict() == {
        "a": "stayed", "b": "stayed", "c": "stayed", "d": "ended", "e": "lost_sight", "f": "begun",
    }  # fmt: skip
    assert found["first"].tolist()[:5] == ["coalition", "coalition", "collaboration", "integrated", "collaboration"]
    assert found["last"].tolist()[:3] == ["collaboration", "coalition", "collaboration"]
    assert found.loc["f", "last"] == "integrated"
    assert found["last"].isna().tolist() == [False, False, False, True, True, False]


def test_matched_and_cross_section_by_hand():
    found = cohorts(hand_spells(), start=1, end=7).set_index(["cohort", "date", "stage"])["count"]
    assert found["matched", 1].tolist() == [2, 1, 0]
    assert found["matched", 7].tolist() == [1, 2, 0]
    assert found["cross_section", 1].tolist() == [2, 2, 1]
    assert found["cross_section", 7].tolist() == [1, 2, 1]


@pytest.mark.slow
@pytest.mark.parametrize("dates", [False, True])
def test_a_literal_look_up_agrees(dates):
    for seed in range(15):
        frame = random_spells(seed, partnerships=14, dates=dates)
        start, end = (pd.Timestamp("2013-01-01"), pd.Timestamp("2017-03-01")) if dates else (3, 7)
        expected = literal(frame, start, end)
        found = standing_at(frame, start=start, end=end)
        assert found["partnership"].tolist() == sorted(expected)
        for row in found.astype(object).itertuples():
            first, last, flow = expected[row.partnership]
            assert row.flow == flow
            assert (row.first == first) or (first is None and pd.isna(row.first))
            assert (row.last == last) or (last is None and pd.isna(row.last))


def test_newly_assessed_was_there_before_and_begun_was_not():
    frame = spells(
        [
            ("a", "not_assessed", 0, 5, "01"),
            ("a", "coalition", 5, 10, "01"),
            ("b", "coalition", 5, 10, "01"),
        ]
    )
    assert standing_at(frame, start=1, end=6)["flow"].tolist() == ["newly_assessed", "begun"]


def test_groups_stay_in_and_add_up():
    frame = random_spells(2, partnerships=20)
    each = cohorts(frame, start=3, end=7, by="province")
    assert each["province"].drop_duplicates().tolist() == PROVINCES
    whole = cohorts(frame, start=3, end=7)["count"].to_numpy()
    np.testing.assert_array_equal(each["count"].to_numpy().reshape(3, -1).sum(axis=0), whole)
    empty = each[each["province"] == "03"]
    assert (empty["n"] == 0).all()
    assert empty["share"].isna().all()


def test_filter_then_measure_is_measure_then_filter():
    frame = random_spells(2, partnerships=20)
    whole = cohorts(frame, start=3, end=7, by="province").query("province == '02'").reset_index(drop=True)
    part = cohorts(frame[frame["province"] == "02"], start=3, end=7, by="province")
    assert_frame_equal(whole, part.query("province == '02'").reset_index(drop=True))


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    frame = random_spells(5, dates=True)
    before = frame.copy(deep=True)
    for measure in (standing_at, cohorts):
        asked = {"start": "2012-01-01", "end": "2018-01-01", "by": "province"}
        assert_frame_equal(measure(frame, **asked), measure(shuffled(frame), **asked))
    assert_frame_equal(frame, before)


def test_of_none_nothing_is_counted():
    found = cohorts(spells([]), start=1, end=5)
    assert found["count"].tolist() == [0] * 12
    assert found["share"].isna().all()
    assert len(standing_at(spells([]), start=1, end=5)) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 7, "end": 3}, "cohorts needs start before end, but got 7 and 3"),
        ({"start": "2010", "end": 3}, "start must be a number, as the times of the frame are, but got '2010'"),
        ({"start": 1, "end": 3, "by": "stage"}, "cohorts gives column stage itself; group by other columns"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(options, message):
    with pytest.raises(ValueNotAllowed) as error:
        cohorts(hand_spells(), **options)
    assert str(error.value) == message


def test_a_date_that_is_none_is_refused():
    with pytest.raises(ValueNotAllowed) as error:
        cohorts(hand_spells(dates=True), start="someday", end="2012-01-01")
    assert str(error.value) == "start must be a date, but got 'someday'"


def test_two_spells_at_a_time_are_refused():
    frame = spells([("a", "coalition", 0, 4, "01"), ("a", "integrated", 2, 9, "01")])
    with pytest.raises(ValueNotAllowed) as error:
        standing_at(frame, start=1, end=3)
    assert str(error.value) == "standing_at needs one spell a partnership at a time, but 'a' has several at 3.0"
