from itertools import pairwise

import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, THEME, WORDS, bars, draw, sheet, texts
from layout_checks import faults

from lnlib.charts import stage_mix
from lnlib.errors import ColumnMissing

WIDTHS = ["column", "two-columns"]
NUMBERS_UNDER = "Assessed"


def mix(rows, *, stages=STAGES):
    """Rows of (date, counts by stage, not assessed, ended)."""
    made = []
    for date, counts, not_assessed, ended in rows:
        assessed = sum(counts)
        for stage, count in zip(stages, counts, strict=True):
            made.append(
                {
                    "date": pd.Timestamp(date) if isinstance(date, str) else float(date),
                    "stage": stage,
                    "count": count,
                    "n": assessed,
                    "n_assessed": assessed,
                    "n_not_assessed": not_assessed,
                    "n_ended": ended,
                    "n_known": assessed + not_assessed + ended,
                }
            )
    columns = ["date", "stage", "count", "n", "n_assessed", "n_not_assessed", "n_ended", "n_known"]
    frame = pd.DataFrame(made, columns=columns)
    return frame.assign(stage=pd.Categorical(frame["stage"], stages, ordered=True))


DATED = mix(
    [
        ("2010-03-31", (4, 0, 0), 1, 0),
        ("2010-06-30", (3, 2, 0), 2, 0),
        ("2010-09-30", (1, 5, 0), 1, 1),
        ("2010-12-31", (1, 6, 2), 3, 2),
    ]
)
TOLD = mix([(1, (2, 1, 0), 1, 0), (2, (0, 2, 1), 1, 0), (3, (0, 1, 2), 1, 0)])


def heights(figure):
    """Heights and feet of the bars by state, from the axes of the chart and not those of its key."""
    names = {colour: state for state, colour in COLOURS.items()}
    found = {}
    for colour, boxes in bars(figure).items():
        own = [(round(y), round(height)) for _, y, _, height in boxes if height == round(height) and height > 0]
        found[names[colour]] = own
    return {state: boxes for state, boxes in found.items() if boxes}


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_are_the_counts_one_on_the_other_in_the_colour_of_their_stage(width):
    assert heights(draw(stage_mix, DATED, width)) == {
        "low": [(0, 4), (0, 3), (0, 1), (0, 1)],
        "mid": [(3, 2), (1, 5), (1, 6)],
        "high": [(7, 2)],
        "not_assessed": [(4, 1), (5, 2), (6, 1), (9, 3)],
        "ended": [(7, 1), (12, 2)],
    }


def test_only_what_ended_is_hatched():
    ax = draw(stage_mix, DATED).axes[-1]
    hatched = {container.get_label(): container[0].get_hatch() for container in ax.containers}
    expected = {"Low": None, "Middle": None, "High": None, "Not assessed": None, "Ended": "////"}
    assert hatched == expected


@pytest.mark.parametrize("width", WIDTHS)
def test_n_under_each_bar_is_how_many_were_assessed(width):
    figure = draw(stage_mix, DATED, width)
    ax = next(ax for ax in figure.axes if ax.patches and ax.axison)
    centres = sorted(patch.get_x() + patch.get_width() / 2 for patch in ax.containers[0])
    under = {text.get_position()[0]: text.get_text() for text in ax.texts if text.get_text().isdigit()}
    assert [under[place] for place in sorted(under) if int(under[place]) < 2000] == ["4", "5", "6", "9"]
    assert sorted(place for place, text in under.items() if int(text) < 2000) == pytest.approx(centres)
    assert NUMBERS_UNDER in texts(figure)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("data", [DATED, TOLD], ids=["dated", "told"])
def test_words_neither_touch_nor_leave_the_figure(data, width):
    assert faults(draw(stage_mix, data, width)) == []


def test_states_are_named_beside_the_last_bar_where_there_is_room_and_else_in_a_key():
    wide, narrow = draw(stage_mix, DATED), draw(stage_mix, DATED, "column")
    names = {*LABELS.values(), "Not assessed", "Ended"}
    assert len(wide.axes) == 1
    assert names <= set(texts(wide))
    assert len(narrow.axes) == 2
    assert names <= {text.get_text() for text in narrow.axes[0].texts}


def test_direct_labels_stand_by_their_bars_in_order_and_apart():
    crowded = mix([("2010-03-31", (100, 1, 1), 1, 1), ("2010-06-30", (1, 1, 1), 100, 1)])
    figure = draw(stage_mix, crowded)
    renderer = figure.canvas.get_renderer()
    ax = figure.axes[0]
    boxes = [
        text.get_window_extent(renderer)
        for text in ax.texts
        if text.get_text() in {*LABELS.values(), "Not assessed", "Ended"}
    ]
    assert len(boxes) == 5
    middles = [(box.y0 + box.y1) / 2 for box in boxes]
    assert middles == sorted(middles)
    assert faults(figure) == []


def test_a_state_that_is_gone_by_the_last_date_is_in_the_key():
    gone = mix([("2010-03-31", (4, 1, 0), 0, 0), ("2010-06-30", (0, 5, 0), 0, 0)])
    figure = draw(stage_mix, gone)
    key = [text.get_text() for text in figure.axes[0].texts]
    assert key == ["Low", "Middle"]
    assert faults(figure) == []


def test_a_state_that_never_is_has_neither_bar_nor_name():
    figure = draw(stage_mix, mix([("2010-03-31", (4, 1, 0), 0, 0)]))
    assert set(heights(figure)) == {"low", "mid"}
    assert not {"High", "Not assessed", "Ended"} & set(texts(figure))


def test_bars_reach_back_to_the_period_before_and_do_not_touch():
    ax = draw(stage_mix, DATED).axes[0]
    lows = sorted((patch.get_x(), patch.get_width()) for patch in ax.containers[0])
    for (x, width), (following, _) in pairwise(lows):
        assert x + width < following
    ends = [pd.Timestamp(date) for date in DATED["date"].unique()]
    assert [width / 0.86 for _, width in lows[1:]] == pytest.approx(
        [(after - before).days for before, after in pairwise(ends)]
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_an_order_is_on_an_axis_of_numbers_from_first_to_last_told(width):
    figure = draw(stage_mix, TOLD, width)
    written = texts(figure)
    assert [word for word in written if word in ("First told", "2", "Last told")][:1] == ["First told"]
    assert "Last told" in written
    assert not [word for word in written if word.startswith("20")]
    assert heights(figure)["mid"] == [(2, 1), (0, 2), (0, 1)]


def test_many_quarters_show_every_second_n_or_fewer_but_always_the_last():
    ends = pd.date_range("2005-03-31", periods=40, freq="QE")
    many = mix([(str(day.date()), (1000 + i, 5, 2), 0, 0) for i, day in enumerate(ends)])
    figure = draw(stage_mix, many, "column")
    shown = [word for word in texts(figure) if word.startswith("1,0")]
    assert "1,046" in shown
    assert 2 < len(shown) < 20
    assert faults(figure) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_data_without_partnerships_say_so(width):
    figure = draw(stage_mix, mix([("2010-03-31", (0, 0, 0), 0, 0), ("2010-06-30", (0, 0, 0), 0, 0)]), width)
    assert "No partnership is recorded here" in texts(figure)
    assert heights(figure) == {}
    assert faults(figure) == []


def test_a_frame_without_rows_says_so():
    assert texts(draw(stage_mix, mix([]), "column")) == ["No partnership is recorded here"]


def test_one_date_is_one_bar():
    figure = draw(stage_mix, mix([("2010-03-31", (4, 1, 0), 0, 0)]))
    assert len(figure.axes[0].containers[0]) == 1
    assert faults(figure) == []


@pytest.mark.parametrize("count", [2, 6, 7])
def test_scales_of_other_lengths_are_drawn_in_their_own_steps(count):
    stages = [f"s{i}" for i in range(count)]
    data = mix([("2010-03-31", (3,) * count, 0, 0), ("2010-06-30", (2,) * count, 1, 0)], stages=stages)
    found = bars(draw(stage_mix, data, "column"))
    assert set(THEME.stage_colours(count)) <= set(found)


def test_dollars_and_tags_in_labels_are_shown_as_they_are_written():
    odd = {"low": "$x^2$", "mid": "<script>", "high": "a & b"}
    with THEME.drawn():
        figure = stage_mix.draw(DATED, sheet=sheet(), labels=odd)
    assert set(odd.values()) <= set(texts(figure))


def test_the_input_is_left_as_it_was():
    before = DATED.copy()
    draw(stage_mix, DATED)
    stage_mix.describe(DATED, words=WORDS, labels=LABELS)
    pd.testing.assert_frame_equal(DATED, before)


def test_a_frame_without_a_column_is_refused():
    with pytest.raises(ColumnMissing) as error:
        draw(stage_mix, DATED.drop(columns=["n_ended", "count"]))
    assert str(error.value) == (
        "chart stage_mix needs column count, n_ended; the frame has: "
        "date, stage, n, n_assessed, n_not_assessed, n_known"
    )


# --- words -----------------------------------------------------------------------------------------------------------


def finding(data):
    return stage_mix.finding(data, words=WORDS, labels=LABELS)


def describe(data):
    return stage_mix.describe(data, words=WORDS, labels=LABELS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            DATED,
            "In December 2010, 6 of 9 assessed partnerships were at the stage “Middle”, more than at any other stage",
        ),
        (TOLD, "When last mentioned, 2 of 3 partnerships were at the stage “High”, more than at any other stage"),
        (
            mix([("2010-03-31", (2, 2, 0), 0, 0)]),
            "No single stage led in March 2010 (4 partnerships assessed)",
        ),
        (mix([("2010-03-31", (0, 0, 0), 3, 0)]), "No partnership had a current assessment in March 2010"),
        (mix([(1, (2, 2, 0), 0, 0)]), "When last mentioned, no single stage led (4 partnerships assessed)"),
        (mix([(1, (0, 0, 0), 3, 0)]), "When last mentioned, no partnership was assessed"),
        (mix([]), "No partnership is recorded here"),
    ],
)
def test_the_finding_says_what_was_most_common_at_the_end(data, words):
    assert finding(data) == words


def test_the_alternative_text_holds_the_first_and_last_numbers():
    assert describe(DATED) == (
        "Stacked bar chart of partnerships by stage, March 2010 to December 2010. In December 2010, 6 of 9 assessed partnerships were at the stage “Middle”, more than at any other stage. At March 2010: Low 4, Middle 0 and High 0, 1 not "
        "assessed, 0 ended. At December 2010: Low 1, Middle 6 and High 2, 3 not assessed, 2 ended"
    )


def test_the_alternative_text_of_an_order_names_no_date():
    assert describe(TOLD) == (
        "Stacked bar chart of partnerships by stage, first told to last told. When last mentioned, 2 of 3 partnerships were at the stage “High”, more than at any other stage. At first told: Low 2, Middle 1 and High 0, 1 not assessed, "
        "0 ended. At last told: Low 0, Middle 1 and High 2, 1 not assessed, 0 ended"
    )


def test_the_alternative_text_of_one_date_says_its_numbers_once():
    assert describe(mix([("2010-03-31", (4, 1, 0), 0, 0)])).count("At March 2010") == 1


def test_the_alternative_text_of_nothing_says_so():
    assert describe(mix([])) == "No partnership is recorded here"


def test_no_partnership_is_not_the_same_as_none_assessed():
    none = mix([("2010-03-31", (0, 0, 0), 0, 0)])
    unseen = mix([("2010-03-31", (0, 0, 0), 2, 0)])
    message = [stage_mix.finding(data, words=WORDS, labels=LABELS) for data in (none, unseen)]
    assert message == ["No partnership is recorded here", "No partnership had a current assessment in March 2010"]


def test_of_fewer_than_asked_for_the_chart_is_its_finding():
    few = mix([("2010-03-31", (1, 0, 0), 1, 0), ("2010-06-30", (1, 2, 0), 1, 0)])
    drawn = sheet("column")
    stage_mix.draw(few, sheet=drawn, labels=LABELS, least=5)
    assert (
        drawn.empty
        == "In June 2010, 2 of 3 assessed partnerships were at the stage “Middle”, more than at any other stage"
    )
    kept = sheet("column")
    stage_mix.draw(few, sheet=kept, labels=LABELS, least=4)
    assert kept.empty == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_shares_are_read_at_quarters_up_to_the_whole(width):
    figure = draw(stage_mix, DATED, width, share=True)
    ax = next(ax for ax in figure.axes if ax.get_ylim()[1] > 50)
    figure.canvas.draw()
    assert [one.get_text() for one in ax.yaxis.get_ticklabels()] == ["0%", "25%", "50%", "75%", "100%"]
