import numpy as np
import pandas as pd
import pytest

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures import columns


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(ColumnMissing) as error:
        columns.require(pd.DataFrame(), ["stage", "date"], caller="shares")
    assert str(error.value) == "shares needs column stage, date; the frame has: none"


def test_a_scale_of_no_stages_is_refused():
    frame = pd.DataFrame({"stage": pd.Categorical([None], categories=[], ordered=True)})
    with pytest.raises(ValueNotAllowed) as error:
        columns.stages_of(frame, caller="shares")
    assert str(error.value) == "shares needs at least one category in column stage, but got none"


def test_an_unused_category_outside_those_allowed_does_no_harm():
    frame = pd.DataFrame({"status": pd.Categorical(["ended", None], categories=["strange", "ended"])})
    assert columns.words_of(frame, "status", ["ended"], caller="shares").tolist() == [0, -1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_any_unit_are_microseconds(unit):
    series = pd.Series(pd.to_datetime(["2010-01-01"])).astype(f"datetime64[{unit}]")
    assert columns.times(series).dtype == "datetime64[us]"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.Series(pd.to_datetime(["2010-01-01"])).dt.tz_localize("UTC"), "time must be dates without a time zone, but got datetime64[us, UTC]"),
        (pd.Series(["2010"]), "time must be datetime64 or numbers, but got str"),
        (pd.Series([True]), "time must be datetime64 or numbers, but got bool"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(values, message):
    with pytest.raises(ValueNotAllowed) as error:
        columns.times(values)
    assert str(error.value) == message


def test_numbers_that_may_be_missing_are_times():
    assert columns.times(pd.Series([1, None], dtype="Int64")).tolist()[0] == 1


def test_years_of_a_missing_date_are_missing():
    found = columns.years_between(pd.to_datetime(["2010-01-01", None]), pd.to_datetime(["2014-01-01", "2014-01-01"]))
    np.testing.assert_array_equal(found, [4, np.nan])


def test_dates_and_numbers_do_not_mix():
    with pytest.raises(ValueNotAllowed) as error:
        columns.years_between(pd.to_datetime(["2010-01-01"]), [1.0])
    assert str(error.value) == ("durations need dates on both sides, or numbers on both sides, but got one of each")


@pytest.mark.parametrize("years", [0, 1, 1.5, 7.25])
def test_later_is_the_inverse_of_years_between(years):
    start = columns.times(pd.to_datetime(["2010-01-01", "2012-02-29"]))
    np.testing.assert_allclose(columns.years_between(start, columns.later(start, years)), years, atol=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", "b"],
        pd.Categorical(["b", "a", "b"], categories=["z", "a", "b"]),
        [7, 3, 7],
        [7_000_000_000, 3, 7_000_000_000],
        [2.5, 1.5, 2.5],
        [("x", 2), ("x", 1), ("x", 2)],
    ],
    ids=str,
)
def test_values_of_any_kind_are_numbered_in_order(values):
    codes, labels = columns.codes_of(pd.DataFrame({"partnership": pd.Series(values)}), caller="shares")
    assert codes.tolist() == [1, 0, 1]
    assert len(labels) == 2
    assert list(labels.take(codes)) == list(values)


def test_order_is_by_code_then_key():
    codes, keys = np.array([1, 0, 1, 0]), np.array([2.0, 1.0, 1.0, 0.0])
    assert columns.in_order(codes, keys).tolist() == [3, 1, 2, 0]
    ordered = columns.in_order(np.array([0, 0, 1]), np.array([1.0, 1.0, 0.0]), np.array([0, 1, 0]))
    assert ordered == slice(None)
    assert columns.in_order(np.empty(0, dtype=int)) == slice(None)


def test_groups_cross_categories_with_the_combinations_there_are():
    frame = pd.DataFrame(
        {"p": pd.Categorical(["b", None, "c"], ["a", "b", "c"]), "k": ["x", None, "y"], "n": [1, 2, 1]}
    )
    codes, found = columns.groups(frame, ["k", "n"], caller="shares")
    assert found.fillna("NA").to_numpy().tolist() == [["x", 1], ["y", 1], ["NA", 2]]
    assert codes.tolist() == [0, 2, 1]
    codes, found = columns.groups(frame, ["p", "n"], caller="shares")
    assert len(found) == 3 * 2 + 1  # every category with 1 and with 2, and the row without a category
    assert found["p"].dtype == frame["p"].dtype
    for row, code in enumerate(codes):
        for column in ("p", "n"):
            assert found[column][code] == frame[column][row] or pd.isna(frame[column][row])


def test_of_an_empty_frame_the_categories_are_the_groups():
    frame = pd.DataFrame({"p": pd.Categorical([], ["a", "b"]), "k": pd.Series([], dtype=str)})
    assert columns.groups(frame, "p", caller="shares")[1]["p"].tolist() == ["a", "b"]
    assert len(columns.groups(frame, "k", caller="shares")[1]) == 0
    assert len(columns.groups(frame, (), caller="shares")[1]) == 1


@pytest.mark.parametrize(
    ("value", "numbers", "message"),
    [
        (True, True, "start must be a number, as the times of the frame are, but got True"),
        (float("nan"), True, "start must be a number, as the times of the frame are, but got nan"),
        (5, False, "start must be a date, but got 5"),
        (None, False, "start must be a date, but got None"),
        ("2010-13-01", False, "start must be a date, but got '2010-13-01'"),
    ],
)
def test_what_is_no_moment_is_refused(value, numbers, message):
    like = columns.times([1.0]) if numbers else columns.times(pd.to_datetime(["2010-01-01"]))
    with pytest.raises(ValueNotAllowed) as error:
        columns.moment(value, like=like, name="start")
    assert str(error.value) == message
