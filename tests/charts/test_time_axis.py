import matplotlib.dates as mdates
import pandas as pd
import pytest
from figure_contents import THEME, WORDS, sheet, texts
from layout_checks import faults

from lnlib.charts.style.time_axis import below, corner, draw_years, is_order, number, order_labels, when


def test_dates_are_dates_and_numbers_an_order():
    dates, order = pd.Series(pd.to_datetime(["2010-01-01", "2011-01-01"])), pd.Series([1.0, 2.0])
    assert (is_order(dates), is_order(order)) == (False, True)
    assert list(number(dates)) == [14610, 14975]
    assert list(number(order)) == [1, 2]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (pd.Timestamp("2011-03-31"), "March 2011"),
        (1.0, "first told"),
        (2.0, "told 2"),
        (3.0, "last told"),
    ],
)
def test_a_time_is_written_for_a_sentence(time, words):
    assert when(time, WORDS, last=3.0) == words


def test_a_time_that_stands_alone_begins_with_a_capital():
    assert [when(place, WORDS, last=3.0, alone=True) for place in (1.0, 2.0, 3.0)] == ["First told", "2", "Last told"]


def test_an_order_is_labelled_from_the_first_told_to_the_last():
    assert order_labels([1.0, 2.0, 3.0], sheet()) == ["First told", "2", "Last told"]
    assert order_labels([1.0], sheet()) == ["First told"]
    assert order_labels([], sheet()) == []


def drawn_years(first, last, width, room_mm):
    made = sheet(width)
    made.open(40)
    ax = made.axes(left=8, right=made.width_mm - 10.4 - room_mm, bottom=10, top=2)
    begin, end = pd.Timestamp(first), pd.Timestamp(last)
    with THEME.drawn():
        ax.set_xlim(mdates.date2num(begin), mdates.date2num(end))
        draw_years(ax, begin, end, made, room_mm=room_mm)
    return made, ax


def test_a_year_is_named_in_its_middle_and_a_line_stands_where_it_begins():
    made, ax = drawn_years("2009-06-01", "2012-12-31", "two-columns", 150)
    years = [text for text in texts(made.figure) if text.startswith("20")]
    assert years == ["2009", "2010", "2011", "2012"]
    assert [mdates.num2date(tick).strftime("%Y-%m-%d") for tick in ax.get_xticks()] == [
        "2010-01-01",
        "2011-01-01",
        "2012-01-01",
    ]
    middle = next(text for text in ax.texts if text.get_text() == "2010").get_position()[0]
    assert mdates.num2date(middle).strftime("%Y-%m-%d") == "2010-07-02"


def test_years_are_shortened_where_they_have_no_room_and_a_sliver_is_not_named():
    made, _ = drawn_years("2009-12-20", "2019-12-31", "column", 70)
    assert [text for text in texts(made.figure) if text.startswith("’")] == [f"’{year}" for year in range(10, 20)]
    assert [fault for fault in faults(made.figure) if fault.kind in ("overlap", "outside")] == []


def test_transforms_measure_mm_from_the_bottom_of_the_axes():
    made = sheet()
    made.open(40)
    ax = made.axes(left=8, right=8, bottom=10, top=2)
    ax.set_xlim(0, 10)
    box, dots = ax.get_window_extent(), made.figure.dpi / 25.4
    assert below(ax, made).transform((5, -3)) == pytest.approx([box.x0 + box.width / 2, box.y0 - 3 * dots])
    assert corner(ax, made).transform((0, 4)) == pytest.approx([box.x0, box.y0 + 4 * dots])
