import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, draw, texts, touching

from lnlib.charts import specification_curve
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}
# placed, carried, rater: the share and the years under it; the second is the edition's own
RESULTS = [
    ("middle", 12, "any", 0.5, 2.0),
    ("middle", 18, "any", 0.3, 1.5),
    ("end", 12, "state", 0.4, np.nan),
    ("end", np.inf, "state", 0.2, 3.0),
]
CHOICES = ("placed", "carried", "rater", "evidence")


def frame(results=RESULTS):
    rows = [
        (label, unit, value, value - 0.1, value + 0.1, 10 + place, False, place == 1, placed, carried, rater, "any")
        for number, (label, unit) in enumerate((("Share at the end", "share"), ("Years until half", "years")))
        for place, (placed, carried, rater, *values) in enumerate(results)
        for value in [values[number]]
    ]
    return pd.DataFrame(rows, columns=["label", "unit", "estimate", "low", "high", "n", "never", "chosen", *CHOICES])


def drawn(data, width="two-columns"):
    return draw(specification_curve, data, width)


def panels(figure):
    return [ax for ax in figure.axes if ax.axison]


def points(ax, label="estimates"):
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return list(zip(line.get_xdata(), line.get_ydata(), strict=True))


def test_combinations_stand_in_the_order_of_the_first_result_in_every_panel():
    share, years = panels(drawn(frame()))
    assert points(share) == [(3, 0.5), (2, 0.4), (0, 0.2)]
    assert points(years) == [(3, 2.0), (0, 3.0)]  # one combination gives no years


def test_the_combination_of_the_edition_is_marked_with_its_value():
    figure = drawn(frame())
    assert [points(ax, "chosen") for ax in panels(figure)] == [[(1, 0.3)], [(1, 1.5)]]
    assert {text.get_color() for ax in panels(figure) for text in ax.texts} == {THEME.accent}
    assert {"30%", "1.5"} <= set(texts(figure))


def test_a_column_has_the_name_of_a_result_over_its_panel_and_two_columns_beside_it():
    for width, over in (("column", True), ("two-columns", False)):
        figure = drawn(frame(), width)
        name = next(
            text for ax in figure.axes for text in ax.texts if text.get_text() == "Share at the end (n = 10 to 13)"
        )
        height = name.axes.transData.transform((0, name.get_position()[1]))[1]
        assert (height > panels(figure)[0].get_window_extent().y1) == over


def test_intervals_are_drawn():
    lines = panels(drawn(frame()))[0].collections[0].get_segments()
    assert sorted(tuple(line[:, 1].round(2)) for line in lines) == [(0.1, 0.3), (0.2, 0.4), (0.3, 0.5), (0.4, 0.6)]


def test_the_matrix_shows_which_choices_each_combination_has():
    matrix = drawn(frame()).axes[-1]
    found = {}
    for ticks in matrix.collections:
        places = sorted(segment[0][0] for segment in ticks.get_segments())
        found.setdefault(ticks.get_label(), []).extend(places)
    assert {name: sorted(places) for name, places in found.items()} == {
        "placed middle": [1, 3],
        "placed end": [0, 2],
        "carried 12.0": [2, 3],
        "carried 18.0": [1],
        "carried inf": [0],
        "rater any": [1, 3],
        "rater state": [0, 2],
        "evidence any": [0, 1, 2, 3],
    }
    bold = [text.get_text() for text in matrix.texts if text.get_weight() == "bold"]
    assert bold == ["Dates at the midpoint", "Carried 18 months", "All raters", "All evidence"]
    assert "Carried without limit" in texts(drawn(frame()))


def test_a_result_beyond_all_that_was_observed_and_an_open_interval_are_drawn_to_the_top():
    data = frame()
    years = data["label"] == "Years until half"
    never = years & (data["placed"] == "end") & (data["carried"] == 12)  # one combination has no estimate of years
    data.loc[never, ["never", "low"]] = [True, 2.5]
    data.loc[years & (data["carried"] == np.inf), "high"] = np.nan
    share, panel = panels(drawn(data))
    top = 3.0 + 0.15 * (3.0 - 1.4)  # of what is drawn, from 1.4 to 3.0
    assert points(panel, "never") == [(2, pytest.approx(top))]
    assert points(panel, "open") == [(0, pytest.approx(top))]
    assert points(panel) == [(3, 2.0), (0, 3.0)]
    assert not [line for line in share.lines if line.get_label() in ("never", "open")]
    (lines,) = [lines for lines in panel.collections if lines.get_label() == "_open"]
    assert sorted(tuple(line[:, 1].round(2)) for line in lines.get_segments()) == [(2.5, 3.24), (2.9, 3.24)]
    assert "Dark triangles: fewer than half reached it" in " ".join(texts(drawn(data)))
    assert "triangles" not in " ".join(texts(drawn(frame())))
    assert specification_curve.describe(data, **SAY).endswith(
        "Years until half (n = 10 to 13): 1.5 to never (1 of 4), chosen 1.5"
    )


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


def test_the_words():
    assert specification_curve.describe(frame(), **SAY) == (
        "Specification curve of 4 combinations of choices. Over 4 combinations of choices, the first result lies between 20% and 50%; this edition’s is 30%. Share at the end (n = 10 to 13): 20% to 50%, chosen 30%; Years until half "
        "(n = 10 to 13): 1.5 to 3.0, chosen 1.5"
    )


def test_without_a_result_there_is_a_sentence():
    none = frame().assign(estimate=np.nan)
    assert texts(drawn(none)) == ["No combination of choices gives a result"]
    assert specification_curve.describe(none, **SAY) == "No combination of choices gives a result"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart specification_curve needs column rater; the frame has: "):
        drawn(frame().drop(columns="rater"))
