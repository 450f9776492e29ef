import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, draw, sheet, texts, touching

from lnlib.charts import calendar
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}


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


def cells(figure):
    """The numbers in the cells with their place (column, row), and the shade of each cell."""
    (mesh,) = [mesh for ax in figure.axes for mesh in ax.collections]
    numbers = {
        (text.get_position()[0] - 0.5, text.get_position()[1] - 0.5): text.get_text() for text in mesh.axes.texts
    }
    return numbers, mesh.get_array()


def test_a_cell_holds_its_assessments_and_is_darker_for_more():
    numbers, shades = cells(draw(calendar, DATA))
    assert numbers == {(0, 0): "4", (1, 0): "0", (2, 0): "7", (1, 1): "0"}
    assert shades.filled(-1).tolist() == [[4, 0, 7], [-1, 0, -1], [-1, -1, -1]]


@pytest.mark.parametrize("width", ["column", "two-columns"])
@pytest.mark.parametrize("long", ["", " and a long name of a partnership that has no room in a column"])
def test_rows_have_their_names_whole_and_their_n(width, long):
    figure = draw(calendar, counted(ROWS, long=long), width)
    message = texts(figure)
    assert {"11", "0", "no partnership", "2011"} <= set(message)
    assert f"Place 01 $x${long}" in " ".join(message) or not long
    assert touching(figure) == []


def test_where_a_page_is_full_the_rest_is_counted():
    figure = draw(calendar, counted([(f"{i:03d}", "2011-03-31", 1, 1, 0, 0) for i in range(80)]))
    drawn = sum(text.startswith("Place ") for text in texts(figure))
    assert figure.get_size_inches()[1] * 25.4 <= 240
    assert f"Shown: the first {drawn} of 80 rows; {80 - drawn} more in the table." in " ".join(texts(figure))


def test_an_order_has_its_steps():
    result = counted([("01", 1, 1, 0, 0, 1), ("01", 2, 1, 0, 0, 0)])
    assert {"First told", "Last told"} <= set(texts(draw(calendar, result)))
    assert calendar.finding(result, **SAY) == "No assessment at 1 of 2 places in the order, counted row by row"
    assert calendar.describe(result, **SAY).endswith(", none at 1 of 2 places in the order.")


def test_the_finding_counts_rows_where_not_each_is_a_province():
    unstated = DATA.assign(unit=DATA["unit"].where(DATA["unit"] != DATA["unit"].iloc[0], ""))
    assert calendar.finding(unstated, **SAY) == "No assessment in 2 of 4 quarters with partnerships, counted row by row"
    full = unstated[unstated["count"] > 0]
    assert calendar.finding(full, **SAY) == (
        f"At least one assessment in each of {full[['unit', 'date']].drop_duplicates().shape[0]} half-years with partnerships, "
        "counted row by row"
    )


def test_the_finding_and_the_alt_text():
    assert calendar.finding(DATA, **SAY) == "No assessment in 2 of 4 quarters in which a province had partnerships"
    assert calendar.finding(DATA, **SAY, rows="partnership") == (
        "No assessment in 2 of 4 quarters in which a partnership was running"
    )
    assert calendar.describe(DATA, **SAY) == (
        "Calendar of assessments, March 2011 to September 2011. No assessment in 2 of 4 quarters in which a province "
        "had partnerships. 1 by state actors, 7 by non-state actors and 3 by independent raters or raters not stated. Place 01 $x$: 11 "
        "assessments, none in 1 of 3 quarters. Place 02 $x$: no assessments, none in 1 of 1 quarters."
    )


def test_where_there_is_no_gap_it_says_so():
    full = counted([("01", "2011-03-31", 1, 1, 0, 0), ("01", "2011-06-30", 1, 0, 1, 0)])
    assert (
        calendar.finding(full, **SAY)
        == "At least one assessment in each of 2 quarters in which a province had partnerships"
    )
    assert calendar.finding(full, **SAY, rows="partnership") == (
        "At least one assessment in each of 2 quarters in which a partnership was running"
    )
    result = counted([("01", 1, 1, 1, 0, 0)])
    assert calendar.finding(result, **SAY) == "The one place in the order has an assessment"


def test_shades_have_a_key_and_empty_quarters_an_outline():
    figure = draw(calendar, DATA)
    said = texts(figure)
    assert {"1–2", "3–5", "6 or more"} <= set(said)
    (mesh,) = [mesh for ax in figure.axes for mesh in ax.collections]
    outlined = [(int(patch.get_x()), int(patch.get_y())) for patch in mesh.axes.patches]
    assert outlined == [(1, 0), (1, 1)]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_an_outline_fills_its_cell_however_wide_that_is(width):
    figure = draw(calendar, DATA, width)
    (ax,) = [ax for ax in figure.axes if ax.collections]
    inches, box = figure.get_size_inches() * 25.4, ax.get_position()
    for patch in ax.patches:
        across, down = patch.get_x() % 1, patch.get_y() % 1
        assert across * box.width * inches[0] / ax.get_xlim()[1] == pytest.approx(0.3)
        assert down * box.height * inches[1] / ax.get_ylim()[0] == pytest.approx(0.3)
        assert patch.get_width() == pytest.approx(1 - 2 * across)


def test_numbers_are_explained_only_where_they_are_drawn():
    many = counted([("01", f"{year}-{month:02d}-28", 1, 12, 0, 0) for year in range(2000, 2015) for month in (3, 6, 9)])
    for data, drawn in ((DATA, True), (many, False)):
        figure = draw(calendar, data, "column")
        assert bool(cells(figure)[0]) is drawn
        assert ("Numbers are assessments." in " ".join(texts(figure))) is drawn


def test_periods_are_called_by_their_length():
    for dates, called in (
        (["2011-01-31", "2011-02-28", "2011-03-31"], "months"),
        (["2010-12-31", "2011-06-30", "2011-12-31", "2012-01-31"], "half-years"),
        (["2010-12-31", "2011-12-31"], "years"),
        (["2010-12-31"], "periods"),
    ):
        data = counted([("01", date, 1, 0, 0, 0) for date in dates])
        assert calendar.finding(data, **SAY) == (
            f"No assessment in {len(dates)} of {len(dates)} {called} in which a province had partnerships"
        )


def test_where_most_rows_would_be_empty_they_are_counted_under_the_chart():
    few = counted([("01", "2011-03-31", 1, 1, 0, 0), *((unit, "2011-03-31", 0, 0, 0, 0) for unit in ("02", "03"))])
    message = texts(draw(calendar, few))
    assert "The other 2 provinces have no partnership." in " ".join(message)
    assert not {"no partnership", "Place 02 $x$"} & set(message)


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


def test_every_year_is_named_once_under_its_periods():
    dates = ["2011-06-30", "2011-12-31", "2012-06-30", "2012-12-31", "2013-03-01"]
    found = texts(draw(calendar, counted([("01", date, 1, 1, 0, 0) for date in dates])))
    assert [text for text in found if text in ("2011", "2012", "2013")] == ["2011", "2012", "2013"]


def test_years_that_would_touch_are_all_written_short():
    dates = [f"{year}-{half}" for year in range(2003, 2015) for half in ("06-30", "12-31")]
    found = texts(draw(calendar, counted([("01", date, 1, 1, 0, 0) for date in dates]), "column"))
    assert [text for text in found if text.startswith(("20", "’"))] == [f"’{year:02d}" for year in range(3, 15)]


def test_a_place_that_the_subtitle_states_is_not_repeated():
    rows = counted([("a", "2011-03-31", 1, 1, 0, 0), ("b", "2011-03-31", 1, 1, 0, 0)])
    rows["label"] = ["A – B (Kep)"] * 3 + ["A – national body"] * 3
    with THEME.drawn():
        found = calendar.draw(rows, sheet=sheet(places=("Kep", "កែប")), labels=LABELS)
    assert {"A – B", "A – national body"} <= set(texts(found))
    assert "A – B (Kep)" in texts(draw(calendar, rows))
