import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, WORDS, draw, texts, touching

from lnlib.charts import share_panels
from lnlib.errors import ColumnMissing

DATES = pd.to_datetime(["2010-12-31", "2011-06-30", "2011-12-31"])
COUNTS = {
    "media": ((1, 1, 0), (1, 1, 0), (1, 1, 1)),
    "ngo": ((8, 2, 0), (6, 4, 2), (4, 6, 10)),
    "union": ((3, 2, 0), (1, 2, 2), (2, 1, 2)),
    "research": ((0, 0, 0),) * 3,
}


def frame(counts=None, dates=DATES):
    rows = []
    for kind, on in (counts or COUNTS).items():
        for date, row in zip(dates, on, strict=True):
            n = sum(row)
            for stage, count in zip(STAGES, row, strict=True):
                share = count / n if n else np.nan
                rows.append((kind, date, stage, count, n, share, max(share - 0.1, 0), min(share + 0.1, 1), n >= 5))
    columns = ["kind", "date", "stage", "count", "n", "share", "low", "high", "shown"]
    made = pd.DataFrame(rows, columns=columns)
    return made.assign(stage=pd.Categorical(made["stage"], STAGES, ordered=True))


def drawn(data, width="two-columns", **options):
    return draw(share_panels, data, width, **{"by": "kind", **options})


def panels(figure):
    return [ax for ax in figure.axes if ax.axison]


def test_a_panel_for_each_group_with_shares_in_the_order_of_the_catalogue():
    figure = drawn(frame())
    heads = [next(text.get_text() for text in ax.texts if text.get_weight() == "bold") for ax in panels(figure)]
    assert heads == ["NGO", "Union"]
    assert "Too few for lines: Media (n = 3)." in " ".join(texts(figure))


def test_panels_share_their_axes():
    one, two = panels(drawn(frame()))
    assert one.get_ylim() == two.get_ylim()
    assert one.get_xlim() == two.get_xlim()


def test_lines_are_the_shares_and_only_the_highest_stage_has_a_band():
    one, two = panels(drawn(frame()))
    lines = [line.get_ydata().tolist() for line in one.lines if len(line.get_ydata()) == 3]
    assert lines == [pytest.approx([0.8, 0.5, 0.2]), pytest.approx([0.2, 4 / 12, 0.3]), pytest.approx([0, 2 / 12, 0.5])]
    assert [len(ax.collections) for ax in (one, two)] == [1, 1]


def test_names_given_replace_those_of_the_catalogue_and_order_the_panels():
    figure = drawn(frame(), names={"union": "Trade unions", "ngo": "NGOs"})
    heads = [next(text.get_text() for text in ax.texts if text.get_weight() == "bold") for ax in panels(figure)]
    assert heads == ["Trade unions", "NGOs"]


def test_the_share_that_the_title_compares_is_written_beside_the_end_of_its_line():
    for ax, share in zip(panels(drawn(frame())), (0.5, 0.4), strict=True):
        (mark,) = [line for line in ax.lines if line.get_label() == "_last"]
        assert mark.get_ydata() == pytest.approx([share])
        (text,) = [text for text in ax.texts if text.get_text() == WORDS.percent(share)]
        mm = ax.figure.dpi / 25.4
        beside = (
            text.get_transform().transform(text.get_position()) - ax.transData.transform(mark.get_xydata()[0])
        ) / mm
        assert beside == pytest.approx([share_panels.BESIDE_MM, -0.357 * text.get_fontsize() * 25.4 / 72])


def test_all_panels_have_numbers_under_the_same_dates():
    counts = {"ngo": ((80, 20, 0), (60, 40, 20), (40, 60, 100)), "union": ((3, 2, 0), (1, 2, 2), (2, 1, 2))}
    below = [
        [text.get_position()[0] for text in ax.texts if text.get_text().isdigit() and len(text.get_text()) < 4]
        for ax in panels(drawn(frame(counts), "column"))
    ]
    assert below[0] == below[1]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


def test_the_words():
    assert share_panels.describe(frame(), words=WORDS, labels=LABELS, by="kind") == (
        "Line charts of the share of assessed partnerships at each stage, a panel for each group. In December 2011, 40% (union) to 50% (NGO) were at the high stage. At the end: NGO: Low 20%, Middle "
        "30% and High 50% (n = 20); Union: Low 40%, Middle 20% and High 40% (n = 5)"
    )


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["ngo"], "In December 2011, 50% of assessed partnerships were at the high stage (NGO)"),
        (["media"], "Too few partnerships were assessed in each group for shares over time"),
    ],
)
def test_the_finding_of_few(kinds, message):
    data = frame({kind: COUNTS[kind] for kind in kinds})
    assert share_panels.finding(data, words=WORDS, labels=LABELS, by="kind") == message


def test_a_group_of_which_too_few_were_assessed_at_the_end_is_not_in_the_finding():
    """Of the union five were assessed on the first two dates, and three on the last."""
    data = frame({**COUNTS, "union": ((3, 2, 0), (1, 2, 2), (1, 1, 1))})
    found = share_panels.describe(data, words=WORDS, labels=LABELS, by="kind")
    assert "In December 2011, 50% of assessed partnerships were at the high stage (NGO)." in found
    assert found.endswith("Union: Low 20%, Middle 40% and High 40% (n = 5, June 2011)")


def test_an_order_is_no_time():
    result = frame({"ngo": COUNTS["ngo"][:2]}, [1.0, 2.0])
    assert texts(drawn(result)) == ["The source gives no dates, so it tells nothing about time"]


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart share_panels needs column kind; the frame has: "):
        drawn(frame().drop(columns="kind"))


def test_a_single_group_is_a_sentence_as_there_is_nothing_to_compare():
    one = frame({"media": COUNTS["media"], "ngo": COUNTS["ngo"]})
    sentence = share_panels.finding(one, words=WORDS, labels=LABELS, by="kind")
    assert " ".join(texts(drawn(one))) == sentence
    assert sentence == "In December 2011, 50% of assessed partnerships were at the high stage (NGO)"
