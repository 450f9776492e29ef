import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, draw, texts, touching

from lnlib.charts import event_study
from lnlib.errors import ColumnMissing

WINDOWS = ["earlier", "-1", "0", "1"]
SAY = {"words": WORDS, "labels": LABELS, "mechanism": "mou"}


def frame(**more):
    made = pd.DataFrame(
        {
            "window": pd.Categorical(WINDOWS, WINDOWS, ordered=True),
            "n": [140, 62, 66, 4],
            "moves": [40, 9, 16, 1],
            "ratio": [1.0, 1.3, 2.9, 1.1],
            "low": [np.nan, 0.6, 1.5, 0.2],
            "high": [np.nan, 2.8, 5.6, 5.0],
            "shown": [True, True, True, False],
        }
    )
    return made.assign(**more)


def drawn(data, width="two-columns", **options):
    return draw(event_study, data, width, **{"mechanism": "mou", **options})


def marks(figure):
    return {container.get_label(): container for container in figure.axes[0].containers}


def test_ratios_stand_in_the_order_of_the_windows_on_a_log_axis():
    figure = drawn(frame())
    assert figure.axes[0].get_yscale() == "log"
    found = marks(figure)
    assert list(found) == ["-1", "0"]  # the reference has no interval, and of the last window there are too few
    point, _, (bars,) = found["0"]
    assert (point.get_xdata().tolist(), point.get_ydata().tolist()) == ([2], [2.9])
    assert bars.get_segments()[0][:, 1].tolist() == pytest.approx([1.5, 5.6])


def test_a_mark_is_filled_where_the_interval_leaves_1_out():
    found = marks(drawn(frame()))
    assert found["0"][0].get_markerfacecolor() == THEME.stages[-1]
    assert found["-1"][0].get_markerfacecolor() == THEME.paper


def test_the_start_lies_between_the_windows_before_and_after_it():
    (line,) = [line for line in drawn(frame()).axes[0].lines if line.get_label() == "_start"]
    assert line.get_xdata() == [1.5, 1.5]


def test_windows_have_their_names_n_and_moves_under_them():
    found = texts(drawn(frame()))
    place = found.index("Earlier")
    assert found[place : place + 4] == ["Earlier", "−1", "0", "1 and later"]
    assert {"140", "62", "66", "4", "40", "9", "16", "n", "moves up"} <= set(found)
    assert "Half-years since the MoU started" in found


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_the_title_of_the_axis_stands_between_its_ticks_and_the_numbers(width):
    figure = drawn(frame(), width)
    figure.draw_without_rendering()
    words = [text for ax in figure.axes for text in ax.texts]
    tick, title, n = (
        next(text.get_window_extent() for text in words if text.get_text() == name)
        for name in ("Earlier", "Half-years since the MoU started", "n")
    )
    assert tick.y0 > title.y1 - 1
    assert title.y0 > n.y1 - 1


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {},
            "In the half-year after the MoU started, moves up were 2.9 times as fast; clear in 1 of 2 windows",
        ),
        (
            {"low": [np.nan, 1.1, 1.5, 0.2]},
            "In the half-year before the MoU started, moves up were already 1.3 times as fast; clear in 2 of 2 windows",
        ),
        (
            {"low": [np.nan, 0.6, 0.5, 0.2]},
            "In no half-year around the start of the MoU did the rate of moving up clearly change",
        ),
        (  # only all time after the first half-year differs
            {"low": [np.nan, 0.6, 0.5, 1.05], "shown": True},
            "From 6 months after the MoU started, moves up were 1.1 times as fast; clear in 1 of 3 windows",
        ),
        (
            {
                "window": pd.Categorical(["earlier", "-2", "-1", "0"], ["earlier", "-2", "-1", "0"], ordered=True),
                "low": [np.nan, 1.2, 0.5, 0.2],
            },
            "From 12 to 6 months before the MoU started, moves up were already 1.3 times as fast; clear in 1 of 2 windows",
        ),
        ({"shown": False}, "Too few partnerships around the start of the MoU to compare half-years"),
    ],
)
def test_the_finding(change, message):
    assert event_study.finding(frame(**change), **SAY) == message


def test_the_words():
    assert event_study.describe(frame(), **SAY) == (
        "Event study of the rate of moving up by half-year. In the half-year after the MoU started, moves up were 2.9 times as fast; clear in 1 of 2 windows. −1: 1.3 (0.60 to 2.8; n = 62, 9 moves up); 0: 2.9 (1.5 to 5.6; n = 66, 16 moves up)"
    )


def test_in_order_there_are_no_rates():
    message = "The source gives no dates, so it tells nothing about time"
    assert texts(drawn(frame(), order=True)) == [message]
    assert event_study.describe(frame(), **SAY, order=True) == message


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart event_study needs column moves; the frame has: "):
        drawn(frame().drop(columns="moves"))
