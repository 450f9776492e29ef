import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, texts, touching
from figure_contents import draw as draw_it
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle

from lnlib.charts import flows
from lnlib.errors import ColumnMissing

STATES = ["not_begun", "low", "high", "not_assessed", "ended"]
ROWS = [
    ("low", "low", 3),
    ("low", "high", 2),
    ("high", "low", 1),
    ("high", "ended", 1),
    ("low", "not_assessed", 1),
    ("not_begun", "low", 4),
    ("ended", "ended", 9),
]


def frame(rows=ROWS, dates=("2011-12-31", "2012-12-31")):
    return pd.DataFrame(
        {
            "date_from": pd.Timestamp(dates[0]),
            "date_to": pd.Timestamp(dates[1]),
            "state_from": pd.Categorical([row[0] for row in rows], STATES),
            "state_to": pd.Categorical([row[1] for row in rows], STATES),
            "count": [row[2] for row in rows],
            "n": sum(row[2] for row in rows),
        }
    )


def drawn(data, width="two-columns"):
    return draw_it(flows, data, width)


def blocks(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle) and patch.get_label()[0] != "_"]


def test_each_state_is_a_block_with_its_count():
    figure = drawn(frame())
    assert [patch.get_label() for patch in blocks(figure)] == [
        *("Low", "High"),
        *("Ended", "Not assessed", "Low", "High"),
    ]
    assert texts(figure)[:6] == ["6", "2", "1", "1", "8", "2"]  # the nine ended before are over


def test_up_is_a_higher_stage_and_those_that_ended_are_at_the_foot():
    last = blocks(drawn(frame()))[2:]
    bottoms = {patch.get_label(): patch.get_y() for patch in last}
    assert sorted(bottoms, key=bottoms.get) == ["Ended", "Not assessed", "Low", "High"]


def test_those_that_entered_come_in_as_a_short_band_and_are_counted_under_the_date():
    figure = drawn(frame())
    (band,) = [patch for patch in figure.axes[0].patches if patch.get_gid() == "flow:0:not_begun:low:4"]
    xs = band.get_path().vertices[:, 0]
    assert xs.max() - xs.min() == pytest.approx(flows.STUB_MM)
    assert texts(figure).count("+4 entered") == 1
    assert not any("entered" in text for text in texts(drawn(frame([("low", "low", 2)]))))


def test_blocks_of_all_dates_are_on_one_scale():
    figure = drawn(frame())
    heights = [patch.get_height() for patch in blocks(figure)]
    assert [height / heights[0] * 6 for height in heights] == pytest.approx([6, 2, 1, 1, 8, 2])


def test_a_ribbon_has_the_colour_of_where_it_comes_from_and_its_width():
    figure = drawn(frame())
    ribbons = {patch.get_gid(): patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)}
    assert set(ribbons) == {
        *(
            "flow:0:low:low:3",
            "flow:0:low:high:2",
            "flow:0:low:not_assessed:1",
            "flow:0:high:low:1",
            "flow:0:high:ended:1",
            "flow:0:not_begun:low:4",
        )
    }
    low, high = THEME.stage_colours(2)
    assert to_hex(ribbons["flow:0:low:high:2"].get_facecolor()) == low
    assert to_hex(ribbons["flow:0:high:ended:1"].get_facecolor()) == high
    box = ribbons["flow:0:low:low:3"].get_path().vertices
    assert box[:, 0].min() >= blocks(figure)[0].get_x() + blocks(figure)[0].get_width() - 1e-9


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_the_states_of_the_last_date_are_named_beside_it(width):
    assert texts(drawn(frame(), width))[-4:] == ["Ended", "Not assessed", "Low", "High"]


def test_where_one_of_them_is_gone_on_the_last_date_a_key_names_them():
    gone = drawn(frame([("low", "high", 2), ("high", "high", 1)]))
    assert texts(gone)[:2] == ["Low", "High"]


def test_dates_and_n_stand_under_the_columns():
    found = texts(drawn(frame()))
    assert found.index("Dec 2011") < found.index("n = 8")
    assert "n = 10" in found
    assert (
        "Ended: since the date before. White bars: entered since the date before. n: partnerships assessed. Moves undone between two dates are not seen."
        in found
    )
    still = drawn(frame([("low", "low", 2)]))
    assert "n: partnerships assessed. Moves undone between two dates are not seen." in " ".join(texts(still))


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


def test_few_partnerships_make_a_low_chart():
    few = drawn(frame([("low", "low", 1)]))
    assert blocks(few)[0].get_height() == pytest.approx(flows.MOST_MM)


@pytest.mark.parametrize("data", [frame([("low", "low", 0)]), frame([])])
def test_nothing_is_a_sentence(data):
    assert texts(drawn(data)) == ["No partnership is recorded here"]
    assert flows.describe(data, words=WORDS, labels=LABELS) == "No partnership is recorded here"


def test_the_words():
    assert flows.describe(frame(), words=WORDS, labels=LABELS) == (
        "Alluvial chart of partnerships by stage, December 2011 to December 2012. "
        "2 moves up, 1 move back and 1 ending between December 2011 and December 2012. "
        "December 2011 to December 2012: Entered to Low 4, Low to Low 3, Low to High 2, Low to Not assessed 1, "
        "High to Low 1 and High to Ended 1"
    )
    order = frame([("low", "high", 2)]).assign(date_from=1.0, date_to=2.0)
    assert flows.finding(order, words=WORDS, labels=LABELS) == (
        "2 moves up, no moves back and no endings from the first told to the last"
    )
    assert flows.describe(order, words=WORDS, labels=LABELS).endswith(
        " the last. First told to last told: Low to High 2"
    )


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart flows needs column state_to; the frame has: date_from, date_to, state_from, count, n$",
    ):
        drawn(frame().drop(columns="state_to"))
