import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, WORDS, draw, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import cohort
from lnlib.charts.style.contrast import lab
from lnlib.charts.style.house_style import Theme
from lnlib.errors import ColumnMissing

DATES = [pd.Timestamp("2011-12-31"), pd.Timestamp("2013-12-31")]


def frame(matched=((6, 3, 1), (2, 3, 5)), crossed=((9, 9, 2), (6, 6, 8)), dates=DATES):
    rows = [
        (name, date, stage, count, sum(counts))
        for name, both in (("matched", matched), ("cross_section", crossed))
        for date, counts in zip(dates, both, strict=True)
        for stage, count in zip(STAGES, counts, strict=True)
    ]
    made = pd.DataFrame(rows, columns=["cohort", "date", "stage", "count", "n"])
    share = made["count"] / made["n"]
    return made.assign(
        stage=pd.Categorical(made["stage"], STAGES, ordered=True),
        share=share,
        low=(share - 0.1).clip(0),
        high=(share + 0.1).clip(upper=1),
        shown=made["n"] >= 5,
    )


def panels(figure):
    """The axes of the two cohorts, the matched one first."""
    return figure.axes[1:]


def lines(ax):
    return {line.get_label(): line for line in ax.lines if line.get_label() in LABELS.values()}


def limits(ax):
    """The lower and upper limits drawn, by the stage and in the order of the dates."""
    found = {}
    for container in ax.containers:
        (bars,) = container[2]
        found.setdefault(container.get_label(), []).append(bars.get_segments()[0][:, 1].tolist())
    return found


def test_the_cohorts_stand_side_by_side_with_their_n():
    found = texts(draw(cohort, frame()))
    assert found.index("Assessed at both dates") < found.index("All assessed at each date")
    assert [text for text in found if text.startswith("n = ")] == ["n = 10", "n = 10", "n = 20", "n = 20"]
    assert found.count("Dec 2011") == found.count("Dec 2013") == 2


def test_each_slope_has_the_colour_of_its_stage_and_is_named_at_its_end():
    figure = draw(cohort, frame())
    colours = [line.get_color() for line in lines(panels(figure)[0]).values()]
    assert [to_hex(colour) for colour in colours] == Theme.load().stage_colours(3)
    assert {"20% Low", "30% Middle", "50% High"} <= set(texts(figure))


def test_slopes_and_limits_stand_at_their_shares():
    matched, crossed = panels(draw(cohort, frame()))
    assert lines(matched)["High"].get_ydata() == pytest.approx([0.1, 0.5])
    assert lines(crossed)["Low"].get_ydata() == pytest.approx([0.45, 0.3])
    assert limits(matched)["limits high"] == [pytest.approx([0.0, 0.2]), pytest.approx([0.4, 0.6])]
    assert matched.get_ylim() == crossed.get_ylim()


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_number_has_the_hue_of_its_stage_and_a_point_its_whisker(width):
    ax = panels(draw(cohort, frame(), width, labels={stage: f"A long name of {stage}" for stage in STAGES}))[0]
    colours = {text.get_text().split()[0]: text.get_color() for text in ax.texts if "%" in text.get_text()}
    hues = [lab(colours[text])[1:] for text in ("20%", "50%")]
    for hue, colour in zip(hues, [Theme.load().stage_colours(3)[place] for place in (0, 2)], strict=True):
        own = lab(colour)[1:]
        assert hue @ own / np.linalg.norm(hue) / np.linalg.norm(own) > 0.9  # the same hue, perhaps darker
    whiskers = {container.get_label(): container[2][0].get_segments()[0][0, 0] for container in ax.containers[::2]}
    points = {line.get_label(): line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"}
    assert whiskers["limits high"] == pytest.approx(points["A long name of high"])


def test_a_column_names_the_slopes_at_the_ends_of_the_last_panel_and_has_no_key():
    labels = {"low": "Coalition", "mid": "Collaboration", "high": "Integrated"}
    figure = draw(cohort, frame(), "column", labels=labels)
    matched, crossed = panels(figure)
    assert {"20%", "30%", "50%"} <= {text.get_text() for text in matched.texts}
    assert {"30% Coalition", "30% Collaboration", "40% Integrated"} <= {text.get_text() for text in crossed.texts}
    assert "Coalition" not in texts(figure)
    assert touching(figure) == []
    assert matched.get_position().width == pytest.approx(crossed.get_position().width)


def test_dashes_tell_the_slopes_apart_in_grey():
    found = [line._unscaled_dash_pattern for line in lines(panels(draw(cohort, frame()))[0]).values()]
    assert len({str(pattern) for pattern in found}) == 3


def test_a_column_has_a_key_where_names_have_no_room():
    labels = {stage: f"A stage with a long name ({stage})" for stage in STAGES}
    found = texts(draw(cohort, frame(), "column", labels=labels))
    assert found[:3] == list(labels.values())
    assert "50%" in found


def test_few_are_counted_and_have_no_percentage():
    few = draw(cohort, frame(matched=((2, 1, 0), (1, 1, 1))))
    found = texts(few)
    assert {"2 of 3", "0 of 3", "1 of 3 High"} <= set(found)
    assert [text for text in found if "%" in text] == ["10%", "45%", "45%", "30% Low", "30% Middle", "40% High"]
    assert [len(limits(ax)) for ax in panels(few)] == [0, 3]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(cohort, frame(crossed=((7, 7, 7), (7, 7, 7))), width)) == []


@pytest.mark.parametrize("data", [frame(((0, 0, 0),) * 2, ((0, 0, 0),) * 2), frame().iloc[:0]])
def test_nothing_is_a_sentence(data):
    assert texts(draw(cohort, data)) == ["No partnership was assessed at either date"]
    assert cohort.finding(data, words=WORDS, labels=LABELS) == "No partnership was assessed at either date"


def test_the_highest_stage_that_was_seen_is_told_and_one_cohort_once():
    alike = frame(((3, 2, 0), (1, 4, 0)), ((3, 2, 0), (1, 4, 0)))
    say = {"words": WORDS, "labels": LABELS}
    assert cohort.finding(alike, **say) == (
        "Among 5 partnerships assessed at both dates, the number at the middle stage rose from 2 to 4"
    )
    result = alike.assign(date=alike["date"].rank(method="dense"))
    assert (
        cohort.finding(result, **say)
        == "Among 5 partnerships told first and last, the number at the middle stage rose from 2 to 4"
    )
    found = texts(draw(cohort, result))
    assert {"Told first and last", "First told", "Last told"} <= set(found)
    assert "All told each time" not in found
    assert len(panels(draw(cohort, result))) == 1


def test_where_nobody_was_assessed_on_a_date_no_change_is_told():
    new = frame(((0, 0, 0),) * 2, ((0, 0, 0), (0, 1, 0)))
    assert cohort.finding(new, words=WORDS, labels=LABELS) == "No partnership was assessed at both dates"


def test_the_words():
    assert cohort.describe(frame(), words=WORDS, labels=LABELS) == (
        "Slope chart of the share of partnerships at each stage, December 2011 and December 2013. "
        "Among 10 partnerships assessed at both dates, the number at the high stage rose from 1 to 5. "
        "Assessed at both dates, December 2011, of 10: Low 6, Middle 3 and High 1. "
        "Assessed at both dates, December 2013, of 10: Low 2, Middle 3 and High 5. "
        "All assessed at each date, December 2011, of 20: Low 9, Middle 9 and High 2. "
        "All assessed at each date, December 2013, of 20: Low 6, Middle 6 and High 8"
    )


@pytest.mark.parametrize(
    ("matched", "message"),
    [
        (
            ((0, 0, 5), (1, 2, 2)),
            "Among 5 partnerships assessed at both dates, the number at the high stage fell from 5 to 2",
        ),
        (
            ((5, 0, 0), (2, 3, 0)),
            "Among 5 partnerships assessed at both dates, the number at the high stage stayed at 0",
        ),
        (
            ((0, 0, 0), (0, 0, 0)),
            "No partnership was assessed at both dates; 8 of 20 were at the high stage by the end",
        ),
    ],
)
def test_the_finding_says_which_way(matched, message):
    assert cohort.finding(frame(matched), words=WORDS, labels=LABELS) == message
    draw(cohort, frame(matched))


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart cohort needs column shown; the frame has: cohort, date, stage, count, n, share, low, high$",
    ):
        draw(cohort, frame().drop(columns="shown"))


def test_where_no_line_has_two_ends_the_chart_is_its_finding():
    new = frame(matched=((0, 0, 0), (0, 0, 0)), crossed=((0, 0, 0), (0, 1, 0)))
    assert texts(draw(cohort, new, "column")) == ["No partnership was assessed at both dates"]
    later = frame(matched=((0, 0, 0), (0, 0, 0)), crossed=((1, 0, 0), (0, 1, 0)))
    assert "n = 1" in texts(draw(cohort, later, "column"))
