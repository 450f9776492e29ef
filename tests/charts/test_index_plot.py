import matplotlib.dates as mdates
import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, WORDS, draw, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import index_plot
from lnlib.errors import ColumnMissing

# who, stage or status, from and to (years)
SPELLS = [
    ("P1", "low", 2010, 2012),
    ("P1", "mid", 2012, 2014),
    ("P2", "mid", 2010, 2011),
    ("P2", "low", 2011, 2013),
    ("P2", "ended", 2013, 2014),
    ("P3", "not_assessed", 2011, 2014),
    ("P4", "not_assessed", 2010, 2011),
    ("P4", "low", 2011, 2014),
]


def frame(spells=SPELLS):
    made = pd.DataFrame(spells, columns=["partnership", "state", "start", "end"])
    stages = made["state"].where(made["state"].isin(STAGES))
    return made.assign(
        stage=pd.Categorical(stages, STAGES, ordered=True),
        status=made["state"].where(~made["state"].isin(STAGES), "assessed"),
        start=pd.to_datetime(made["start"].astype(str)),
        end=pd.to_datetime(made["end"].astype(str)),
    ).drop(columns="state")


def bars(figure):
    """Bars by colour: the row, and the years from and to."""
    found = {}
    for patch in figure.axes[1].patches:
        x0, x1 = patch.get_x(), patch.get_x() + patch.get_width()
        years = tuple(mdates.num2date(x).year for x in (x0, x1))
        found.setdefault(to_hex(patch.get_facecolor()), []).append((int(patch.get_y() + 0.43), *years))
    return found


def test_rows_are_sorted_by_the_first_stage_and_the_course():
    assert bars(draw(index_plot, frame())) == {
        COLOURS["low"]: [(0, 2011, 2014), (1, 2010, 2012), (2, 2011, 2013)],  # P4, P1, then P2
        COLOURS["mid"]: [(1, 2012, 2014), (2, 2010, 2011)],
        COLOURS["not_assessed"]: [(0, 2010, 2011), (3, 2011, 2014)],  # P4, P3
    }


def test_an_ending_is_a_tick_and_the_years_after_it_are_empty():
    (ticks,) = draw(index_plot, frame()).axes[1].collections
    (segment,) = ticks.get_segments()
    assert mdates.num2date(segment[0][0]).year == 2013
    assert segment[:, 1].tolist() == pytest.approx([2.07, 2.93])


def test_rows_of_one_first_stage_are_named_with_their_number():
    found = texts(draw(index_plot, frame()))
    assert [text for text in found if text in (*LABELS.values(), "Never assessed")] == [
        *("Low", "Middle"),  # in the key
        *("Low", "Middle", "Never assessed"),
    ]
    assert [text for text in found if text.startswith("n =")] == ["n = 2", "n = 1", "n = 1"]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_name_is_joined_to_its_rows_by_a_bracket(width):
    many = [(f"A{k:03}", "low", 2010, 2014) for k in range(150)]
    small = [("B1", "high", 2010, 2014), ("C1", "not_assessed", 2010, 2014)]  # ever so thin at the foot
    page, ax = draw(index_plot, frame([*many, *small]), width).axes
    low, high = sorted(line.get_ydata()[0] for line in page.lines if line.get_label() == "_thread")[:2]
    brackets = {line.get_label(): sorted(line.get_ydata()) for line in page.lines if line.get_label() != "_thread"}
    assert list(brackets) == ["bracket 0", "bracket 2", "bracket -1"]
    rows = ax.get_position().height * page.get_ylim()[1] / page.get_position().height
    lengths = [top - bottom for bottom, top in brackets.values()]
    assert lengths == pytest.approx([150 * rows / 152 - 0.8, 0.5 * rows / 152, 0.5 * rows / 152], rel=0.01)
    assert high - low > 2  # mm: the names stand apart
    for line in [line for line in page.lines if line.get_label() == "_thread"]:
        end = line.get_ydata()[1]
        assert any(bottom <= end <= top for bottom, top in brackets.values())


@pytest.mark.slow
def test_of_more_than_a_page_rows_are_drawn_evenly():
    many = pd.concat([frame().assign(partnership=lambda rows, k=k: rows["partnership"] + str(k)) for k in range(300)])
    figure = draw(index_plot, many)
    drawn = int(figure.axes[1].get_ylim()[0])
    assert 300 < drawn <= 600
    assert figure.get_size_inches()[1] * 25.4 <= 240
    assert f"{drawn} of 1,200 partnerships are drawn, evenly spaced in that order." in " ".join(texts(figure))


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(index_plot, frame(), width)) == []


def test_the_words():
    assert index_plot.describe(frame(), words=WORDS, labels=LABELS) == (
        "Index plot of 4 partnerships over time, one row each. Of 2 partnerships first assessed at the low stage, 1 had moved up by the last assessment. By first stage: Low 2, Middle 1 and Never assessed 1"
    )


@pytest.mark.parametrize(
    ("spells", "message"),
    [
        (
            SPELLS[:2],
            "The one assessed partnership began at the low stage and had moved up by the last assessment",
        ),
        (
            SPELLS[6:],
            "The one assessed partnership began at the low stage and had not moved up",
        ),
        (SPELLS[5:6], "The one partnership was never assessed"),
        ([], "No partnership is recorded here"),
    ],
)
def test_the_finding_of_few(spells, message):
    assert index_plot.finding(frame(spells), words=WORDS, labels=LABELS) == message


def test_an_order_is_no_time():
    result = frame().assign(start=1.0, end=2.0)
    message = "The source gives no dates, so it tells nothing about time"
    assert " ".join(texts(draw(index_plot, result))) == message
    assert index_plot.describe(result, words=WORDS, labels=LABELS) == message


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart index_plot needs column status; the frame has: "):
        draw(index_plot, frame().drop(columns="status"))
