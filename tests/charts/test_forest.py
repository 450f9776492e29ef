import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, draw, texts, touching

from lnlib.charts import forest
from lnlib.errors import ColumnMissing


def frame(**more):
    made = pd.DataFrame(
        {
            "label": ["MoU in force", "Joint committee", "Training for $x$ and $y$"],
            "compared_with": ["no MoU", "no committee", "no training"],
            "n": [34, 12, 2],
            "ratio": [2.0, 0.8, 3.0],
            "low": [1.25, 0.4, 0.1],
            "high": [3.2, 1.6, 90.0],
            "shown": [True, True, False],
        }
    )
    return made.assign(**more)


def marks(figure):
    """The marks by label: the container of `errorbar`."""
    return {container.get_label(): container for container in figure.axes[0].containers}


def interval(container):
    """The limits drawn."""
    _, _, (bars,) = container
    return bars.get_segments()[0][:, 0].tolist()


def test_ratios_and_their_intervals_lie_on_a_log_axis():
    figure = draw(forest, frame())
    assert figure.axes[0].get_xscale() == "log"
    found = marks(figure)
    assert found["MoU in force"][0].get_xdata().tolist() == [2.0]
    assert interval(found["MoU in force"]) == pytest.approx([1.25, 3.2])
    assert interval(found["Joint committee"]) == pytest.approx([0.4, 1.6])


@pytest.mark.slow
def test_the_axis_ends_a_little_beyond_the_intervals():
    ax = draw(forest, frame()).axes[0]
    assert ax.get_xlim() == (pytest.approx(0.4 / 1.1), pytest.approx(3.2 * 1.1))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.5", "1", "2"]


def test_a_mark_is_filled_where_the_interval_leaves_1_out():
    found = marks(draw(forest, frame()))
    assert found["MoU in force"][0].get_markerfacecolor() == THEME.stages[-1]
    assert found["Joint committee"][0].get_markerfacecolor() == THEME.paper


def test_too_few_are_a_row_without_a_mark():
    figure = draw(forest, frame())
    assert "Training for $x$ and $y$" in texts(figure)
    assert "too little data" in texts(figure)
    assert "Training for $x$ and $y$" not in marks(figure)
    assert {"compared with no training", "n = 2"} <= set(texts(figure))


def test_numbers_n_and_what_it_is_compared_with_are_written():
    found = texts(draw(forest, frame()))
    assert {"2.00 (1.25 to 3.20)", "0.80 (0.40 to 1.60)", "compared with no MoU", "n = 34"} <= set(found)


def test_an_interval_beyond_the_axis_ends_in_an_arrow():
    data = frame(low=[0.001, 0.4, 0.1], high=[900.0, 1.6, 9.0])
    figure = draw(forest, data)
    arrows = [line.get_marker() for line in figure.axes[0].lines if line.get_label().startswith("goes on")]
    assert arrows == ["<", ">"]
    assert "2.00 (under 0.01 to over 100)" in texts(figure)


def test_rows_of_a_move_stand_under_its_heading():
    found = texts(draw(forest, frame(move=["Up", "Up", "Down"])))
    assert found.count("Up") == found.count("Down") == 1
    message = forest.finding(frame(move=["Up", "Up", "Down"]), words=WORDS, labels=LABELS)
    assert message == "MoU in force (2.0 times as fast) is the clearest of 3 comparisons"


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    long = frame(label=["A mechanism with a very long name that needs more than one line of a column"] * 3)
    assert touching(draw(forest, long, width)) == []


def test_rows_of_too_little_data_are_gathered_in_one_line():
    data = frame()
    figure = draw(forest, data, gather=True)
    (few,) = data.loc[~data["shown"], "label"]
    assert "too little data" not in texts(figure)
    assert f"Too little data: {few}." in " ".join(texts(figure))
    assert list(marks(figure)) == list(data.loc[data["shown"], "label"])
    assert figure.get_size_inches()[1] < draw(forest, data).get_size_inches()[1]
    none = frame(shown=False)
    assert texts(draw(forest, none, gather=True)) == ["Too little data for any of 3 comparisons"]


def test_where_nothing_differs_the_finding_names_what_was_compared():
    alike = frame(shown=[True, True, False], low=[0.9, 0.4, 0.1])
    assert forest.finding(alike, words=WORDS, labels=LABELS) == "No clear difference in pace: both intervals include 1"
    assert forest.finding(alike, words=WORDS, labels=LABELS, often=True) == (
        "No clear difference in how often partnerships were assessed: both intervals include 1"
    )


def test_what_all_are_compared_with_is_said_once():
    found = texts(draw(forest, frame().assign(compared_with="all together")))
    assert len([text for text in found if "all together" in text]) == 1
    assert any(text.startswith("Each is compared with all together.") for text in found)


def test_what_most_are_compared_with_is_said_once_and_the_others_say_theirs():
    found = texts(draw(forest, frame(compared_with=["no MoU", "those without it", "those without it"])))
    assert "compared with no MoU" in found
    assert not any(text.startswith("compared with those without it") for text in found)
    assert any(text.startswith("Each is compared with those without it unless another is named.") for text in found)


def test_a_row_of_too_few_is_no_higher_than_its_words_on_a_narrow_sheet():
    def height(**more):
        return draw(forest, frame(compared_with="those without it", **more), "column").get_size_inches()[1]

    line = (height(shown=[True, True, True]) - height(shown=[True, True, False])) * 25.4
    assert line == pytest.approx(0, abs=0.01)  # words stand where the mark would
    assert height() < height(move=["Up", "Up", "Down"])


def test_in_order_there_are_no_rates():
    message = "The source gives no dates, so it tells nothing about time"
    assert texts(draw(forest, frame(), order=True)) == [message]
    assert forest.describe(frame(), words=WORDS, labels=LABELS, order=True) == message


def test_nothing_is_a_sentence():
    empty = frame().iloc[:0]
    assert texts(draw(forest, empty)) == ["There is nothing to compare here"]
    assert forest.describe(empty, words=WORDS, labels=LABELS) == "There is nothing to compare here"


def test_all_too_few_is_still_drawn():
    none = frame(shown=False)
    assert texts(draw(forest, none)).count("too little data") == 3
    assert forest.finding(none, words=WORDS, labels=LABELS) == "Too little data for any of 3 comparisons"


def test_the_words():
    assert forest.describe(frame(), words=WORDS, labels=LABELS) == (
        "Forest plot of ratios of rates with 95% intervals. MoU in force (2.0 times as fast) is the clearest "
        "of 3 comparisons. MoU in force, compared with no MoU, n = 34: 2.00 (1.25 to 3.20); Joint committee, compared "
        "with no committee, n = 12: 0.80 (0.40 to 1.60); Training for $x$ and $y$, compared with no training, n = 2: "
        "too little data"
    )
    unclear = frame(low=[0.5, 0.4, 0.1])
    assert forest.finding(unclear, words=WORDS, labels=LABELS) == (
        "No clear difference in pace: both intervals include 1"
    )


def test_a_ratio_of_few_moves_is_marked_and_is_never_the_clearest():
    data = frame(few=[True, False, False])
    figure = draw(forest, data)
    assert marks(figure)["MoU in force"][0].get_markerfacecolor() == THEME.paper
    assert "2.00 (1.25 to 3.20)*" in texts(figure)
    note = "*Weak, as fewer than five moves were seen with it or without it; never filled."
    assert " ".join(texts(figure)).count(note) == 1
    assert note not in " ".join(texts(draw(forest, frame(few=False))))
    weak = "None of 2 comparisons is conclusive: 1 whose intervals exclude 1 rest on few moves"
    assert forest.finding(data, words=WORDS, labels=LABELS) == weak
    assert forest.describe(data, words=WORDS, labels=LABELS).endswith(f"too little data {note}")
    beside = frame(few=[False, True, False], high=[3.2, 0.9, 90.0])
    assert forest.finding(beside, words=WORDS, labels=LABELS) == (
        "MoU in force (2.0 times as fast) is the clearest of 3 comparisons, weak ones aside"
    )


def test_a_missing_column_is_named():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart forest needs column n; the frame has: label, compared_with, ratio, low, high, shown$",
    ):
        draw(forest, frame().drop(columns="n"))
