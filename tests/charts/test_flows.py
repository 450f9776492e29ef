import pandas as pd
import pytest
from drawn import LABELS, THEME, WORDS, texts, touching
from drawn import draw as draw_it
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
        *("Entered", "Low stage", "High stage"),
        *("Low stage", "High stage", "Not assessed", "Ended"),
    ]
    assert texts(figure)[:7] == ["+4", "6", "2", "8", "2", "1", "1"]  # the nine ended before are over


def test_blocks_of_all_dates_are_on_one_scale():
    figure = drawn(frame())
    heights = [patch.get_height() for patch in blocks(figure)]
    assert [height / heights[1] * 6 for height in heights] == pytest.approx([4, 6, 2, 8, 2, 1, 1])


def test_a_ribbon_has_the_colour_of_where_it_comes_from_and_its_width():
    figure = drawn(frame())
    ribbons = {patch.get_gid(): patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)}
    assert set(ribbons) == {
        *("low>low:3", "low>high:2", "low>not_assessed:1", "high>low:1", "high>ended:1", "not_begun>low:4")
    }
    low, high = THEME.stage_colours(2)
    assert to_hex(ribbons["low>high:2"].get_facecolor()) == low
    assert to_hex(ribbons["high>ended:1"].get_facecolor()) == high
    box = ribbons["low>low:3"].get_path().vertices
    assert box[:, 0].min() >= blocks(figure)[1].get_x() + blocks(figure)[1].get_width() - 1e-9


def test_the_states_of_the_last_date_are_named_beside_it_and_in_a_column_above():
    assert texts(drawn(frame()))[-4:] == ["Low stage", "High stage", "Not assessed", "Ended"]
    narrow = texts(drawn(frame(), width="column"))
    assert narrow[:4] == ["Low stage", "High stage", "Not assessed", "Ended"]


def test_dates_and_n_stand_under_the_columns():
    found = texts(drawn(frame()))
    assert found.index("Dec 2011") < found.index("n = 8")
    assert "n = 10" in found
    assert "Ended: since the date before. Entered (+): by the next date. n: partnerships assessed." in found
    still = drawn(frame([("low", "low", 2)]))
    assert "n: partnerships assessed." in texts(still)


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
        "Alluvial chart of partnerships by stage, Dec 2011 to Dec 2012. "
        "2 moves up, 1 move back and 1 ending from one date to the next, Dec 2011 to Dec 2012. "
        "Dec 2011 to Dec 2012: Entered to Low stage 4, Low stage to Low stage 3, Low stage to High stage 2, Low stage to Not assessed 1, "
        "High stage to Low stage 1 and High stage to Ended 1"
    )
    order = frame([("low", "high", 2)]).assign(date_from=1.0, date_to=2.0)
    assert flows.finding(order, words=WORDS, labels=LABELS) == (
        "2 moves up, none back and no ending from the first told to the last"
    )
    assert flows.describe(order, words=WORDS, labels=LABELS).endswith(
        " the last. First told to last told: Low stage to High stage 2"
    )


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart flows needs column state_to; the frame has: date_from, date_to, state_from, count, n$",
    ):
        drawn(frame().drop(columns="state_to"))
