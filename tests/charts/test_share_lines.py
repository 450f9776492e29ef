import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, THEME, WORDS, draw, sheet, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import share_lines
from lnlib.charts.curve_axes import legible
from lnlib.charts.style.contrast import contrast
from lnlib.errors import ColumnMissing

DATES = pd.to_datetime(["2010-06-30", "2010-12-31", "2011-06-30", "2011-12-31"])
COUNTS = ((8, 2, 0), (2, 1, 0), (6, 4, 2), (4, 6, 10))  # on the second date three are too few for a share


def frame(counts=COUNTS, dates=DATES):
    rows = []
    for date, row in zip(dates, counts, strict=True):
        n = sum(row)
        for stage, count in zip(STAGES, row, strict=True):
            share = count / n if n else np.nan
            rows.append((date, stage, count, n, share, max(share - 0.1, 0), min(share + 0.1, 1), n >= 5))
    made = pd.DataFrame(rows, columns=["date", "stage", "count", "n", "share", "low", "high", "shown"])
    return made.assign(stage=pd.Categorical(made["stage"], STAGES, ordered=True))


def lines(figure):
    """Stretches of the lines by stage."""
    found = {}
    for line in figure.axes[0].lines:
        if line.get_label() in STAGES or (line.get_label().startswith("_child") and len(line.get_xdata())):
            found.setdefault(to_hex(line.get_color()), []).append(line)
    return found


def test_a_line_for_each_stage_is_interrupted_where_too_few_were_assessed():
    found = lines(draw(share_lines, frame()))
    assert list(found) == THEME.stage_colours(3)
    for colour, shares in zip(
        THEME.stage_colours(3), ([0.8, 0.5, 0.2], [0.2, 4 / 12, 0.3], [0, 2 / 12, 0.5]), strict=True
    ):
        first, second = found[colour]
        assert first.get_ydata().tolist() == pytest.approx(shares[:1])
        assert second.get_ydata().tolist() == pytest.approx(shares[1:])
        assert second.get_xdata().tolist() == mdates.date2num(DATES[2:]).tolist()


def test_dashes_tell_the_stages_apart_in_grey():
    found = [stretches[0]._unscaled_dash_pattern for stretches in lines(draw(share_lines, frame())).values()]
    assert len({str(pattern) for pattern in found}) == 3


def test_bands_are_the_limits():
    bands = draw(share_lines, frame()).axes[0].collections
    assert len(bands) == 3
    ys = np.concatenate([path.vertices[:, 1] for path in bands[0].get_paths()])
    assert (ys.min(), ys.max()) == (pytest.approx(0.1), pytest.approx(0.9))


def test_lines_are_named_at_their_ends_in_a_colour_that_reads():
    figure = draw(share_lines, frame())
    named = {text.get_text(): text for text in figure.axes[0].texts if "%" in text.get_text()}
    assert list(named) == ["Low 20%", "Middle 30%", "High 50%"]
    low = named["Low 20%"].get_color()
    assert contrast(low, THEME.paper) >= 4.5
    assert legible(THEME.stage_colours(3)[2], sheet()) == THEME.stage_colours(3)[2]


def test_only_a_name_far_from_its_end_is_joined_to_it():
    def threads(counts):
        figure = draw(share_lines, frame((*COUNTS[:3], counts)), "column")
        return [line for line in figure.axes[0].lines if line.get_label() == "_name" and line.get_marker() != "o"]

    assert threads((8, 6, 10)) == []  # 8 points apart are about a line
    same = threads((7, 7, 7))
    assert len(same) == 2  # the name in the middle stays at its end
    assert all(len(line.get_xdata()) == 2 for line in same)  # straight


def test_the_number_assessed_stands_under_the_axis():
    found = texts(draw(share_lines, frame()))
    assert [text for text in found if text.isdigit() and len(text) < 4] == ["20", "12", "3", "10"]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(share_lines, frame(), width)) == []


def test_the_words():
    assert share_lines.describe(frame(), words=WORDS, labels=LABELS) == (
        "Line chart of the share of assessed partnerships at each stage. The share at the low stage fell from 80% of 10 in June 2010 to 20% of 20 in December 2011. At the end: Low 20%, Middle 30% and High 50% "
        "(n = 20)"
    )


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (((4, 6, 0),) * 4, "The share at the low stage was 40% both in June 2010 and in December 2011"),
        (((2, 8, 0), (1, 0, 0), (1, 0, 0), (0, 10, 0)), "The share at the low stage fell from 20% of 10 in "
         "June 2010 to 0% of 10 in December 2011"),
        (((0, 0, 0),) * 4, "Too few partnerships were assessed for shares over time"),
        (((9, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)), "Too few partnerships were assessed for shares over time"),
    ],
)  # fmt: skip
def test_the_finding_is_of_the_share_that_changed_most(counts, message):
    assert share_lines.finding(frame(counts), words=WORDS, labels=LABELS) == message


def test_an_order_is_no_time():
    result = frame(COUNTS[:2], [1.0, 2.0])
    message = "The source gives no dates, so it tells nothing about time"
    assert texts(draw(share_lines, result)) == [message]
    assert share_lines.describe(result, words=WORDS, labels=LABELS) == message


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart share_lines needs column high; the frame has: "):
        draw(share_lines, frame().drop(columns="high"))
