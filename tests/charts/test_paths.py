import matplotlib.dates as mdates
import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, WORDS, bars, draw, texts, touching

from lnlib.charts import paths
from lnlib.charts.paths_alt_text import lines_of
from lnlib.errors import ColumnMissing


def lines(rows, *, order=False):
    """Rows of (partnership, what, stage or status or detail, start, end, days the date is known to)."""
    time = float if order else pd.Timestamp
    made = []
    for partnership, what, state, start, end, days in rows:
        spell, seen = what == "spell", what == "assessment"
        made.append(
            {
                "partnership": partnership,
                "label": f"Actor {partnership} – Office of $x^2$",
                "what": what,
                "stage": state if state in STAGES else None,
                "status": ("assessed" if state in STAGES else state) if spell else None,
                "start": time(start),
                "end": time(end),
                "first": None if spell else pd.Timestamp("2010-01-01"),
                "last": None if spell else pd.Timestamp("2010-01-01") + pd.Timedelta(days=days),
                "detail": "" if spell else "state" if seen else state,
            }
        )
    frame = pd.DataFrame(made)
    return frame.assign(stage=pd.Categorical(frame["stage"], STAGES, ordered=True))


DATED = lines(
    [
        ("b", "spell", "not_assessed", "2011-01-01", "2011-07-01", 0),
        ("b", "spell", "low", "2011-07-01", "2012-07-01", 0),
        ("b", "spell", "high", "2012-07-01", "2014-01-01", 0),
        ("b", "assessment", "low", "2011-07-01", "2011-07-01", 0),
        ("b", "assessment", "high", "2012-07-01", "2012-07-01", 364),
        ("b", "mechanism", "mou", "2012-06-01", "2012-06-01", 0),
        ("b", "mechanism", "letter", "2012-06-02", "2012-06-02", 180),
        ("a", "spell", "mid", "2010-01-01", "2011-01-01", 0),
        ("a", "spell", "low", "2011-01-01", "2012-01-01", 0),
        ("a", "spell", "ended", "2012-01-01", "2014-01-01", 0),
        ("a", "assessment", "mid", "2010-01-01", "2010-01-01", 0),
        ("a", "assessment", "low", "2011-01-01", "2011-01-01", 0),
    ]
)
TOLD = lines(
    [
        ("a", "spell", "low", 1, 2, 0),
        ("a", "spell", "mid", 2, 3, 0),
        ("a", "assessment", "low", 1, 1, 1900),
        ("a", "assessment", "mid", 2, 2, 1900),
        ("a", "mechanism", "permission_waived", 2, 2, 1900),
        ("b", "spell", "mid", 1, 3, 0),
        ("b", "assessment", "mid", 1, 1, 1900),
    ],
    order=True,
)


def test_lines_stand_in_order_of_their_first_date():
    assert [line.partnership for line in lines_of(DATED)] == ["a", "b"]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_bar_for_each_spell_in_its_colour_and_none_after_the_end(width):
    found = bars(draw(paths, DATED, width))
    days = {state: [round(box[2]) for box in found[COLOURS[state]] if box[2] > 20] for state in STAGES}
    assert days == {"low": [365, 366], "mid": [365], "high": [549]}
    assert COLOURS["ended"] not in found
    unknown, known = found[COLOURS["not_assessed"]][-1], found[COLOURS["high"]][-1]
    assert unknown[3] < known[3] / 2  # thinner, so that it recedes in grey


def test_an_assessment_is_a_tick_and_an_open_one_where_its_date_is_not_known_to_a_quarter():
    ax = draw(paths, DATED).axes[1]
    marks = [line.get_marker() for line in ax.lines]
    assert marks.count("x") == 1
    assert marks.count("o") == 1
    found = texts(draw(paths, DATED))
    assert "Ended" in found
    assert "2 partnerships. Ticks: assessments. Circles: assessments, date uncertain. Letters:" in " ".join(found)


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_letters_stand_beside_each_other_with_a_key(width):
    figure = draw(paths, DATED, width)
    assert {"M", "(L)"} <= set(texts(figure))
    assert "Letters: L\u00a0letter of support, M\u00a0MoU. In brackets: date uncertain." in " ".join(texts(figure))
    assert touching(figure) == []


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_mechanism_without_a_date_is_not_one_of_an_uncertain_date_and_stands_at_the_start_of_its_bar(width):
    undated = DATED[DATED["what"] == "mechanism"].iloc[:1].assign(detail="scorecard", start=pd.NaT, end=pd.NaT)
    dated = DATED[DATED["detail"] != "letter"]
    figure = draw(paths, pd.concat([dated, undated.assign(first=pd.NaT, last=pd.NaT)], ignore_index=True), width)
    written = " ".join(texts(figure))
    assert "With a question mark: time not recorded, set at the start of the bar." in written
    assert "In brackets" not in written
    start = mdates.date2num(pd.Timestamp("2011-01-01"))
    placed = {text.get_text(): text.get_position()[0] for ax in figure.axes for text in ax.texts}
    assert placed["S?"] == pytest.approx(start, abs=1)
    assert touching(figure) == []
    assert "question mark" not in " ".join(texts(draw(paths, DATED, width)))


def test_a_mechanism_without_a_step_of_an_order_is_marked_too():
    undated = TOLD[TOLD["what"] == "mechanism"].assign(start=float("nan"), end=float("nan"), detail="mou")
    figure = draw(paths, pd.concat([TOLD, undated], ignore_index=True))
    assert {"P", "M?"} <= set(texts(figure))
    assert "With a question mark: time not recorded" in " ".join(texts(figure))


def test_names_are_shown_whole_and_as_they_are():
    assert "Actor a – Office of $x^2$" in texts(draw(paths, DATED, "column"))


def test_an_order_has_its_steps_instead_of_years_and_no_open_marks():
    figure = draw(paths, TOLD)
    assert {"First told", "Last told", "P"} <= set(texts(figure))
    assert "2 partnerships. Ticks: assessments. Letters: P\u00a0permission no longer needed." in " ".join(texts(figure))
    found = bars(figure)
    assert (1.0, 2.0) in [(box[0], box[2]) for box in found[COLOURS["mid"]]]


def test_where_a_page_is_full_the_best_assessed_are_drawn_and_the_rest_is_counted():
    rows = []
    for i in range(40):
        rows.append((f"{i:02d}", "spell", "low", "2010-01-01", "2012-01-01", 0))
        rows += [(f"{i:02d}", "assessment", "low", "2010-01-01", "2010-01-01", 0)] * (2 if i >= 35 else 1)
    figure = draw(paths, lines(rows), "column")
    drawn = [text for text in texts(figure) if text.startswith("Actor ")]
    assert len(drawn) == 12
    wide = [text for text in texts(draw(paths, lines(rows), "two-columns")) if text.startswith("Actor ")]
    assert len(wide) == 40
    assert [text[6:8] for text in drawn][-5:] == [str(i) for i in range(35, 40)]
    assert len(drawn) < 40
    more = f"{len(drawn)} of 40 partnerships, those assessed most often; {40 - len(drawn)} more in the table"
    assert more in " ".join(texts(figure))


def test_where_none_was_assessed_twice_the_finding_says_that_no_move_can_be_seen():
    say = {"words": WORDS, "labels": LABELS}
    later = DATED["partnership"].map({"a": "low", "b": "high"}) == DATED["stage"]
    once = DATED[~later]
    assert paths.finding(once, **say) == ("No move can be seen, as none of 2 partnerships was assessed twice; 1 ended")
    ordered = TOLD[~((TOLD["partnership"] == "a") & (TOLD["start"] == 2))]
    assert paths.finding(ordered, **say) == (
        "No move can be seen, as the source tells the stage of none of 2 partnerships twice"
    )
    confirmed = pd.concat([once, lines([("a", "assessment", "mid", "2010-06-01", "2010-06-01", 0)])])
    assert paths.finding(confirmed, **say) == "None of 2 partnerships moved up, none moved back and 1 ended"


def test_the_finding_and_the_alt_text():
    say = {"words": WORDS, "labels": LABELS}
    assert paths.finding(DATED, **say) == "1 of 2 partnerships moved up, 1 moved back and 1 ended"
    assert paths.finding(TOLD, **say) == "According to the source, 1 of 2 partnerships moved up and none moved back"
    one = DATED[DATED["partnership"] == "b"]
    assert paths.finding(one, **say) == "The one partnership here went through Low, then High"
    once = one[one["stage"] != "high"]
    assert paths.finding(once, **say) == "The one partnership here was only ever rated Low"
    never = one[one["status"] == "not_assessed"]
    assert paths.finding(never, **say) == "The one partnership here was never assessed"
    assert paths.describe(DATED, **say) == (
        "Timelines of 2 partnerships, one line each. 1 of 2 partnerships moved up, 1 moved back and 1 "
        "ended. Actor a – Office of $x^2$: Middle (January 2010), then Low (January 2011), then ended (January 2012). "
        "Actor b – Office of $x^2$: not assessed (January 2011), then Low (July 2011), then High (July 2012); "
        "MoU (June 2012), Letter of support (June 2012)."
    )


def test_many_lines_are_counted_in_the_alt_text():
    rows = [(f"{i}", "spell", "low" if i else "ended", "2010-01-01", "2012-01-01", 0) for i in range(9)]
    assert paths.describe(lines(rows), words=WORDS, labels=LABELS) == (
        "Timelines of 9 partnerships, one line each. No move can be seen, as none of 9 partnerships was assessed "
        "twice; 1 ended. At the first: Low 8 and ended 1. At the last: Low 8 and ended 1. 0 assessments and 0 "
        "mechanisms are marked."
    )


def test_nothing_to_show_is_said():
    assert texts(draw(paths, DATED.iloc[:0])) == ["No partnership is recorded here"]
    assert paths.describe(DATED.iloc[:0], words=WORDS, labels=LABELS) == "No partnership is recorded here"
    assert paths.finding(DATED.iloc[:0], words=WORDS, labels=LABELS) == "No partnership is recorded here"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(paths, DATED.drop(columns=["detail"]))
    assert str(raised.value) == (
        "chart paths needs column detail; the frame has: partnership, label, what, stage, status, start, end, first, "
        "last"
    )


def test_an_svg_says_where_each_line_stands():
    figure = draw(paths, DATED)
    places = [patch for patch in figure.axes[1].patches if str(patch.get_gid()).startswith(paths.PLACE)]
    assert [patch.get_gid() for patch in places] == ["line-a", "line-b"]
    (above, below) = (patch.get_bbox() for patch in places)
    assert above.y0 >= below.y1 - 1e-9
    assert {patch.get_facecolor() for patch in places} == {(0.0, 0.0, 0.0, 0.0)}
