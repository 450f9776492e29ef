import pandas as pd
import pytest
from drawn import LABELS, THEME, WORDS, bars, draw, texts, touching

from lnlib.charts import calendar
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}
GROUND = THEME.not_assessed.lower()


def counted(rows, *, long=""):
    """Rows of (unit, date, running, by the state, by the non-state actor, by independent raters)."""
    frame = [
        {
            "unit": unit,
            "label": f"Place {unit} $x$" + long,
            "date": float(date) if isinstance(date, int) else pd.Timestamp(date),
            "rated_by": rater,
            "count": count,
            "running": running,
        }
        for unit, date, running, *counts in rows
        for rater, count in zip(calendar.RATERS, counts, strict=True)
    ]
    return pd.DataFrame(frame)


ROWS = [
    ("01", "2011-03-31", 2, 1, 0, 3),
    ("01", "2011-06-30", 2, 0, 0, 0),
    ("01", "2011-09-30", 1, 0, 7, 0),
    ("02", "2011-03-31", 0, 0, 0, 0),
    ("02", "2011-06-30", 1, 0, 0, 0),
    ("02", "2011-09-30", 0, 0, 0, 0),
    ("03", "2011-03-31", 0, 0, 0, 0),
]
DATA = counted(ROWS)


def strips(figure):
    """Boxes by colour, without the key."""
    ax = figure.axes[1]
    figure.axes[0].set_visible(False)
    found = bars(figure)
    size = {round(patch.get_x(), 6) for patch in ax.patches}
    return {colour: [box for box in boxes if round(box[0], 6) in size] for colour, boxes in found.items()}


def test_a_cell_has_a_ground_where_something_was_running_and_a_darker_strip_for_more():
    found = strips(draw(calendar, DATA))
    assert len(found[GROUND]) == 4
    strip = {colour: boxes for colour, boxes in found.items() if boxes and colour != GROUND}
    assert sorted(len(boxes) for boxes in strip.values()) == [1, 1, 1]  # of 1, of 3 and of 7
    dark = strip[THEME.ink.lower()][0]
    assert dark[0] > max(box[0] for colour, boxes in strip.items() for box in boxes if colour != THEME.ink.lower())


@pytest.mark.parametrize("width", ["column", "two-columns"])
@pytest.mark.parametrize("long", ["", " and a long name of a partnership that has no room in a column"])
def test_rows_have_their_names_whole_and_their_n(width, long):
    figure = draw(calendar, counted(ROWS, long=long), width)
    said = texts(figure)
    assert {"11", "0", "no partnership", "11 assessments", "5 or more assessments"} <= set(said)
    assert f"Place 01 $x${long}" in " ".join(said) or not long
    assert touching(figure) == []


def test_where_a_page_is_full_the_rest_is_counted():
    figure = draw(calendar, counted([(f"{i:03d}", "2011-03-31", 1, 1, 0, 0) for i in range(80)]))
    drawn = sum(text.startswith("Place ") for text in texts(figure))
    assert figure.get_size_inches()[1] * 25.4 <= 240
    assert f"{drawn} of 80 rows are drawn, the first; the other {80 - drawn} are in the table" in texts(figure)


def test_an_order_has_its_steps():
    told = counted([("01", 1, 1, 0, 0, 1), ("01", 2, 1, 0, 0, 0)])
    assert {"First told", "Last told"} <= set(texts(draw(calendar, told)))
    assert calendar.finding(told, **SAY) == "Of 2 places in the order, counted row by row, 1 have no assessment"
    assert calendar.describe(told, **SAY).endswith(", none at 1 of 2 places in the order.")


def test_the_finding_and_the_alt_text():
    assert calendar.finding(DATA, **SAY) == "No assessment in 2 of 4 periods in which a province had partnerships"
    assert calendar.finding(DATA, **SAY, rows="partnership") == (
        "No assessment in 2 of 4 periods in which a partnership was running"
    )
    assert calendar.describe(DATA, **SAY) == (
        "Calendar of assessments, Mar 2011 to Sep 2011, where: No assessment in 2 of 4 periods in which a province "
        "had partnerships. 1 by state actors, 7 by non-state actors and 3 by independent raters or raters not stated. Place 01 $x$: 11 "
        "assessments, none in 1 of 3 periods. Place 02 $x$: no assessments, none in 1 of 1 periods."
    )


def test_where_there_is_no_gap_it_says_so():
    full = counted([("01", "2011-03-31", 1, 1, 0, 0), ("01", "2011-06-30", 1, 0, 1, 0)])
    assert calendar.finding(full, **SAY) == "Some assessment in each of 2 periods in which a province had partnerships"
    assert calendar.finding(full, **SAY, rows="partnership") == (
        "An assessment in each of 2 periods in which a partnership was running"
    )
    told = counted([("01", 1, 1, 1, 0, 0)])
    assert calendar.finding(told, **SAY) == "The one place in the order has an assessment"


def test_where_most_rows_would_be_empty_they_are_named_under_the_chart():
    few = counted([("01", "2011-03-31", 1, 1, 0, 0), *((unit, "2011-03-31", 0, 0, 0, 0) for unit in ("02", "03"))])
    said = texts(draw(calendar, few))
    assert "No partnership: Place 02 $x$ and Place 03 $x$." in said
    assert not {"no partnership", "Place 02 $x$"} & set(said)


def test_nothing_to_show_is_said():
    for frame in (DATA.iloc[:0], counted([("01", "2011-03-31", 0, 0, 0, 0)])):
        assert texts(draw(calendar, frame)) == ["No partnership is recorded here"]
        assert calendar.describe(frame, **SAY) == "No partnership is recorded here"
        assert calendar.finding(frame, **SAY) == "No partnership is recorded here"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(calendar, DATA.drop(columns=["running"]))
    assert str(raised.value) == (
        "chart calendar needs column running; the frame has: unit, label, date, rated_by, count"
    )
