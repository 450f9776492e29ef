import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, THEME, WORDS, draw, texts, touching

from lnlib.charts import occupation
from lnlib.errors import ColumnMissing

STATES = [*STAGES, "ended"]
SHARES = {0.0: (1.0, 0, 0, 0), 1.0: (0.6, 0.25, 0.05, 0.1), 2.0: (0.3, 0.3, 0.2, 0.2), 3.0: (0.1, 0.2, 0.3, 0.4)}
KNOWN = {0.0: (30, 0, 0, 0), 1.0: (16, 6, 2, 0), 2.0: (3, 3, 1, 0), 3.0: (1, 1, 1, 0)}


def frame(shares=SHARES, known=KNOWN, states=STATES):
    rows = [
        (time, state, n, share, share - 0.05 if 0 < share < 1 else np.nan, share + 0.05 if 0 < share < 1 else np.nan)
        for time in shares
        for state, share, n in zip(states, shares[time], known[time], strict=True)
    ]
    made = pd.DataFrame(rows, columns=["time", "stage", "probability_at", "probability", "low", "high"])
    made = made.rename(columns={"probability_at": "n_at_risk"})
    return made.assign(stage=pd.Categorical(made["stage"], states, ordered=True))


def model():
    rows = [(time, state, 0.25) for time in (0.0, 1.0, 2.0, 4.0) for state in STATES]
    return pd.DataFrame(rows, columns=["time", "stage", "probability"])


def lines(figure):
    found = {}
    for ax in figure.axes:
        found |= {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    return found


def test_each_state_has_a_panel_and_a_curve_in_its_colour():
    figure = draw(occupation, frame())
    assert [ax.lines[0].get_label() for ax in figure.axes if ax.lines] == STATES
    colours = [line.get_color() for line in lines(figure).values()]
    assert colours == [*THEME.stage_colours(3), THEME.faint]
    assert {"Low", "Middle", "High", "Ended"} <= set(texts(figure))


def test_curves_stop_where_fewer_than_five_are_known():
    found = lines(draw(occupation, frame()))
    assert found["low"].get_xdata().tolist() == [0, 1, 2]
    assert found["high"].get_ydata() == pytest.approx([0, 0.05, 0.2])


def test_the_shares_of_the_title_are_written_at_its_time():
    many = frame(known={**KNOWN, 2.0: (4, 3, 1, 0)})  # 8 of 30 are known then
    figure = draw(occupation, many)
    assert occupation.finding(many, words=WORDS, labels=LABELS) == (
        "After 2 years, 20% of partnerships were at the high stage, 20% had ended (8 known)"
    )
    for ax, share in zip(figure.axes, (0.3, 0.3, 0.2, 0.2), strict=False):
        (mark,) = [line for line in ax.lines if line.get_label() == "_read"]
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == pytest.approx((2, share))
        assert WORDS.percent(share) in [text.get_text() for text in ax.texts]


def test_how_many_are_known_stands_under_each_panel_but_that_of_the_ended():
    figure = draw(occupation, frame())
    whole = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in whole if text in ("30", "16", "3")] == ["30", "16", "16", "3", "3"]
    assert [text.get_text() for text in figure.axes[3].texts if text.get_text().isdigit()] == ["0", "1", "2"]


def test_the_models_curves_lie_over_them_and_the_lag_is_said():
    figure = draw(occupation, frame(), model=model())
    found = lines(figure)
    assert found["model high"].get_linestyle() == "--"
    assert found["model high"].get_xdata().tolist() == [0, 1, 2]
    assert "The solid curves lag: a move is dated at the assessment that first saw it." in " ".join(texts(figure))
    alone = draw(occupation, frame())
    assert not [label for label in lines(alone) if label.startswith("model")]
    assert "so the curves lag behind the moves." in " ".join(texts(alone))


def test_a_column_has_two_panels_in_a_row():
    axes = draw(occupation, frame(), "column").axes
    places = [ax.get_position() for ax in axes[:4]]
    assert places[0].x0 == pytest.approx(places[2].x0)
    assert places[0].y0 == pytest.approx(places[1].y0)
    assert places[0].width == pytest.approx(places[1].width)
    assert places[2].y0 < places[0].y0


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(occupation, frame(), width, model=model())) == []


def test_few_have_no_curve_and_no_percentage():
    few = frame(known=dict.fromkeys(SHARES, (1, 1, 0, 0)))
    message = "Too few for curves: 2 partnerships were known at a time, fewer than 5"
    assert " ".join(texts(draw(occupation, few))) == message
    assert occupation.describe(few, words=WORDS, labels=LABELS) == message


def test_nothing_is_a_sentence():
    empty = frame().iloc[:0]
    assert texts(draw(occupation, empty)) == ["Too few for curves: no partnership was known at any time"]
    assert (
        occupation.describe(empty, words=WORDS, labels=LABELS)
        == "Too few for curves: no partnership was known at any time"
    )


def test_in_order_no_time_has_passed():
    message = "The source gives no dates, so it tells nothing about time"
    assert " ".join(texts(draw(occupation, frame(), order=True))) == message
    assert occupation.describe(frame(), words=WORDS, labels=LABELS, order=True) == message


def test_the_words():
    assert occupation.describe(frame(), words=WORDS, labels=LABELS, model=model()) == (
        "Line charts of the share of partnerships at each stage by time since they began. After one year, 5% of partnerships were at the high stage, 10% had ended (24 known). From the start to 2.0 years "
        "after it: Low from 100% to 30% (model 25%); Middle from 0% to 30% (model 25%); High from "
        "0% to 20% (model 25%); Ended from 0% to 20% (model 25%). The solid curves lag: a move is dated at the "
        "assessment that first saw it. The panel model allows for that; its curves begin at the stages recorded at the "
        "start, and have no bands."
    )
    bare = frame({t: s[:3] for t, s in SHARES.items()}, {t: k[:3] for t, k in KNOWN.items()}, STAGES)
    assert occupation.finding(bare, words=WORDS, labels=LABELS) == (
        "After one year, 5% of partnerships were at the high stage, 60% at the low stage (24 known)"
    )


def test_a_sentence_is_of_a_time_at_which_a_quarter_of_the_most_known_are_known():
    many = {**KNOWN, 2.0: (4, 3, 1, 0)}  # 8 of 30, and at 3 years 3
    assert occupation.finding(frame(known=many), words=WORDS, labels=LABELS) == (
        "After 2 years, 20% of partnerships were at the high stage, 20% had ended (8 known)"
    )


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart occupation needs column high; the frame has: time, stage, n_at_risk, probability, low$",
    ):
        draw(occupation, frame().drop(columns="high"))
    with pytest.raises(ColumnMissing, match=r"^chart occupation \(model\) needs column stage; the frame has: time, p"):
        draw(occupation, frame(), model=model().drop(columns="stage"))
