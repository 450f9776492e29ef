import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, WORDS, draw, sheet, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import transition_matrix
from lnlib.charts.shaded_table import shade
from lnlib.errors import ColumnMissing

INTO = [*STAGES, "ended"]


def frame(counts=((6, 3, 0, 1), (1, 2, 0, 0), (0, 0, 0, 0))):
    rows = [
        (stage, into, count, sum(row))
        for stage, row in zip(STAGES, counts, strict=True)
        for into, count in zip(INTO, row, strict=True)
    ]
    made = pd.DataFrame(rows, columns=["stage", "into", "count", "n"])
    return made.assign(
        stage=pd.Categorical(made["stage"], STAGES, ordered=True),
        into=pd.Categorical(made["into"], INTO),
        share=made["count"] / made["n"].where(made["n"] > 0),
        shown=made["n"] >= 5,
        dt_max=[1.25] * len(made),
    )


def shades(figure):
    """The colours of the cells, row by row."""
    (mesh,) = figure.axes[0].collections
    return [to_hex(colour) for colour in mesh.get_facecolors()]


def test_every_cell_has_its_count_and_a_row_with_enough_its_percentages():
    found = texts(draw(transition_matrix, frame()))
    assert [text for text in found if "%" in text and len(text) < 5] == ["60%", "30%", "10%"]
    assert [text for text in found if text.isdigit()] == ["6", "3", "0", "1", "1", "2", "0", "0", "0", "0", "0", "0"]
    assert [text for text in found if text.startswith("n = ")] == ["n = 10", "n = 3", "n = 0"]


def test_cells_are_shaded_by_their_share_where_a_row_has_enough():
    figure = draw(transition_matrix, frame())
    assert shades(figure)[:4] == [shade(share, sheet()) for share in (0.6, 0.3, 0.0, 0.1)]
    mesh = figure.axes[0].collections[0]
    assert mesh.get_array().mask.reshape(3, 4)[1:].all()  # n is under five: a shade would be a percentage


def test_the_cells_of_those_that_stayed_are_outlined():
    marked = [line.get_label() for line in draw(transition_matrix, frame()).axes[0].lines]
    assert marked == ["_marked 0 0", "_marked 1 1", "_marked 2 2"]


def test_rows_go_down_the_scale_and_columns_along_it():
    figure = draw(transition_matrix, frame())
    where = {text.get_text(): text.get_position() for text in figure.axes[1].texts}
    assert where["Low"][1] > where["Middle"][1] > where["High"][1]
    along = [text.get_text() for text in figure.axes[0].texts if text.get_position()[1] < 0]
    assert along == ["Low", "Middle", "High", "Ended"]
    assert {"From", "To, at the next assessment"} <= set(where)


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(transition_matrix, frame(((600000, 30, 1, 1),) * 3), width)) == []


def test_names_without_room_stand_upright():
    stages = [f"stagelongword{k}" for k in range(8)]
    rows = [(a, b, 9, 81, 1 / 9, True, 1.0) for a in stages for b in [*stages, "ended"]]
    data = pd.DataFrame(rows, columns=["stage", "into", "count", "n", "share", "shown", "dt_max"])
    data["stage"] = pd.Categorical(data["stage"], stages, ordered=True)
    data["into"] = pd.Categorical(data["into"], [*stages, "ended"])
    figure = draw(transition_matrix, data, "column")
    assert {text.get_text() for text in figure.axes[0].texts if text.get_rotation() == 90} == {*stages, "Ended"}
    assert touching(figure) == []


@pytest.mark.parametrize("data", [frame(((0, 0, 0, 0),) * 3), frame().iloc[:0]])
def test_nothing_is_a_sentence(data):
    assert texts(draw(transition_matrix, data)) == ["No partnership was assessed twice"]
    assert transition_matrix.describe(data, words=WORDS, labels=LABELS) == "No partnership was assessed twice"


def test_the_words():
    assert transition_matrix.describe(frame(), words=WORDS, labels=LABELS) == (
        "Table chart of pairs of assessments by stage at the first and at the second. "
        "From one assessment to the next, 8 stayed, 3 moved up, 1 moved back and 1 ended (n = 13). "
        "From Low, of 10: Low 6, Middle 3, High 0 and Ended 1. "
        "From Middle, of 3: Low 1, Middle 2, High 0 and Ended 0. "
        "From High, of 0: Low 0, Middle 0, High 0 and Ended 0. "
        "Percentages are of the row. Outlined cells: no change. Up to 1.2 years passed "
        "between two assessments; a move in between is seen only at the second."
    )


def test_in_order_no_years_have_passed():
    message = transition_matrix.describe(frame(), words=WORDS, labels=LABELS, order=True)
    assert message.endswith("Percentages are of the row. Outlined cells: no change.")


def test_where_no_percentage_is_written_none_is_explained():
    message = transition_matrix.describe(frame().assign(shown=False), words=WORDS, labels=LABELS, order=True)
    assert "Percentages" not in message


def test_what_did_not_happen_is_not_listed():
    data = frame()
    data.loc[data["into"].astype(str) != "mid", "count"] = 0
    message = transition_matrix.finding(data, words=WORDS, labels=LABELS)
    assert message == "From one assessment to the next, 2 stayed and 3 moved up (n = 5)"
    assert not [text for text in texts(draw(transition_matrix, frame(), order=True)) if "years" in text]


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart transition_matrix needs column n; the frame has: stage, into, count, share, shown, dt_max$",
    ):
        draw(transition_matrix, frame().drop(columns="n"))
