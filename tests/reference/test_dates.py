from __future__ import annotations

import calendar
import datetime as dt
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnlib.errors import LnlibError
from lnlib.reference.dates import PLACINGS, PartialDate, check_year

days = st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31))
years = st.integers(1000, 9999)
units = st.one_of(
    years.map(lambda y: f"{y}"),
    st.builds("{}-H{}".format, years, st.integers(1, 2)),
    st.builds("{}-Q{}".format, years, st.integers(1, 4)),
    st.builds("{}-{:02d}".format, years, st.integers(1, 12)),
    days.map(dt.date.isoformat),
)


@pytest.mark.parametrize(
    ("text", "first", "last", "written"),
    [
        ("2011", (2011, 1, 1), (2011, 12, 31), "2011"),
        ("2011-H1", (2011, 1, 1), (2011, 6, 30), "2011-H1"),
        ("2011-Q3", (2011, 7, 1), (2011, 9, 30), "2011-Q3"),
        ("2012-02", (2012, 2, 1), (2012, 2, 29), "2012-02"),
        ("2011-05-03", (2011, 5, 3), (2011, 5, 3), "2011-05-03"),
        ("2009-06/2014-09", (2009, 6, 1), (2014, 9, 30), "2009-06/2014-09"),
        ("2009 / 2010-Q1", (2009, 1, 1), (2010, 3, 31), "2009/2010-Q1"),
        ("2011-05-03T10:20:30.5+07:00", (2011, 5, 3), (2011, 5, 3), "2011-05-03"),
        ("2011.0", (2011, 1, 1), (2011, 12, 31), "2011"),
        ("២០១១", (2011, 1, 1), (2011, 12, 31), "2011"),
        (2011, (2011, 1, 1), (2011, 12, 31), "2011"),
        (dt.date(2011, 5, 3), (2011, 5, 3), (2011, 5, 3), "2011-05-03"),
        (pd.Timestamp("2011-05-03 10:20"), (2011, 5, 3), (2011, 5, 3), "2011-05-03"),
    ],
)
def test_written_forms_are_read_without_remark(text, first, last, written):
    value, remark = PartialDate.read_with_remark(text)
    assert value == PartialDate(dt.date(*first), dt.date(*last), written)
    assert remark == ""


@pytest.mark.parametrize(
    ("text", "written", "remark"),
    [
        ("Q3 2011", "2011-Q3", "other form"),
        ("2011 Q3", "2011-Q3", "other form"),
        ("S1/2011", "2011-H1", "other form"),
        ("H2 2011", "2011-H2", "other form"),
        ("May 2011", "2011-05", "other form"),
        ("Sept. 2011", "2011-09", "other form"),
        ("3 May 2011", "2011-05-03", "other form"),
        ("May 3, 2011", "2011-05-03", "other form"),
        ("03-May-2011", "2011-05-03", "other form"),
        ("May, 2011", "2011-05", "other form"),
        ("3rd of May 2011", "2011-05-03", "other form"),
        ("Tuesday, 3 May 2011", "2011-05-03", "other form"),
        ("May 3rd, 2011", "2011-05-03", "other form"),
        ("5/2011", "2011-05", "other form"),
        ("2011/5/3", "2011-05-03", "other form"),
        ("03/05/2011", "2011-05-03", "day first"),
        ("3.5.2011", "2011-05-03", "day first"),
        ("2011Q1/2012-Q4", "2011-Q1/2012-Q4", "other form"),
    ],
)
def test_other_forms_are_read_with_a_remark(text, written, remark):
    value, message = PartialDate.read_with_remark(text)
    assert (value.text, message) == (written, remark)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2011-Q5", "Mai 2011", "0000", "2011/12", pd.NaT],
)
def test_what_is_not_a_date_says_what_is_allowed(text):
    with pytest.raises(LnlibError) as error:
        PartialDate.read(text)
    allowed = "2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between"
    assert str(error.value) == f"date '{text}' cannot be read; allowed: {allowed}"


def test_an_interval_does_not_run_backwards():
    with pytest.raises(LnlibError) as error:
        PartialDate.read("2012/2011")
    assert str(error.value) == "date '2012/2011' ends before it starts"


def test_placings():
    quarter = PartialDate.read("2011-Q3")
    assert [quarter.placed(where) for where in PLACINGS] == [
        dt.date(2011, 8, 15),
        dt.date(2011, 7, 1),
        dt.date(2011, 9, 30),
    ]


@given(units)
def test_a_written_date_is_read_back_as_it_was(text):
    value, remark = PartialDate.read_with_remark(text)
    assert (value.text, remark) == (text, "")
    assert PartialDate.read(value.text) == value


@given(units, units)
def test_an_interval_spans_both_and_is_read_back(one, two):
    one, two = sorted((one, two), key=lambda text: PartialDate.read(text).first)
    value = PartialDate.read(f"{one}/{two}") if PartialDate.read(one).first <= PartialDate.read(two).last else None
    assert value is not None
    assert (value.first, value.last) == (PartialDate.read(one).first, PartialDate.read(two).last)
    assert PartialDate.read(value.text) == value


@given(units)
def test_every_placing_lies_within(text):
    value = PartialDate.read(text)
    for where in PLACINGS:
        assert value.first <= value.placed(where) <= value.last
    assert value.exact == (value.first == value.last)


@given(days)
def test_a_day_lies_in_its_month_quarter_half_and_year(day):
    quarter, half = (day.month + 2) // 3, (day.month + 5) // 6
    for text in (f"{day.year}", f"{day:%Y-%m}", f"{day.year}-Q{quarter}", f"{day.year}-H{half}"):
        value = PartialDate.read(text)
        assert value.first <= day <= value.last


@given(days)
def test_a_day_is_the_same_in_all_its_forms(day):
    forms = (f"{day:%d/%m/%Y}", f"{day.day} {calendar.month_name[day.month]} {day.year}", f"{day.isoformat()} 00:00:00")
    assert {PartialDate.read(form) for form in forms} == {PartialDate.day(day)}


@pytest.mark.slow
@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused_in_words(text):
    with suppress(LnlibError):
        value = PartialDate.read(text)
        assert value.first <= value.last


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2011-13", "there is no month 13"),
        ("05/25/2011", "there is no month 25"),
        ("31/02/2011", "February has no day 31"),
        ("2011-02-29", "February has no day 29 in 2011"),
        ("31 April 2012", "April has no day 31"),
    ],
)
def test_a_day_that_does_not_exist_is_named(text, why):
    with pytest.raises(LnlibError) as error:
        PartialDate.read(text)
    assert str(error.value) == f"date '{text}' cannot be read: {why}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ឧសភា ២០១២", "2012-05"),
        ("៣ ឧសភា ២០១៣", "2013-05-03"),
        ("ថ្ងៃទី៣ ខែឧសភា ឆ្នាំ២០១៣", "2013-05-03"),
        ("ត្រីមាសទី៣ ២០១៣", "2013-Q3"),
        ("ឆមាសទី១ ២០១៣", "2013-H1"),
        ("០៣/០៥/២០១១", "2011-05-03"),
        ("Oct-Dec 2011", "2011-Q4"),
        ("Jan - Jun 2012", "2012-H1"),
        ("February to March 2012", "2012-02/2012-03"),
    ],
)
def test_khmer_words_and_spans_of_months(text, written):
    assert PartialDate.read(text).text == written
    assert PartialDate.read(written).text == written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0201-05-03", "year 0201 is not plausible (1950 to 2100)"),
        ("1911", "year 1911 is not plausible (1950 to 2100)"),
        ("2110-05", "year 2110 is not plausible (1950 to 2100)"),
        ("03/05/2554", "year 2554 is not plausible (1950 to 2100); is it Buddhist era, did you mean '2011-05-03'?"),
    ],
)
def test_an_implausible_year_is_refused(text, reason):
    with pytest.raises(LnlibError) as error:
        check_year(PartialDate.read(text))
    assert str(error.value) == reason
