import pandas as pd
import pytest

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.history import cases, standing
from lnlib.tables import Table

FRAME = pd.DataFrame(
    {
        "label": ["First <b>group</b>", "Second & Co."],
        "date": pd.to_datetime(["2011-07-02", None]),
        "share": [0.5, None],
        "count": [1200.0, 3.0],
        "n": [4, 12],
        "status": ["not_assessed", "ended"],
    }
)


def shown(table):
    return table._repr_mimebundle_()


def test_cells_are_written_as_they_should_be_read():
    text = shown(Table(FRAME, "What it shows"))["text/plain"]
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "What it shows",
        "label date share count n status",
        "First <b>group</b> 2 Jul 2011 0.50 1,200 4 Not assessed",
        "Second & Co. 3 12 Ended",
    ]


def test_html_is_escaped_and_numbers_stand_right():
    html = shown(Table(FRAME[["label", "n"]], "A < B", {"label": "Who & what", "n": "n"}))["text/html"]
    assert html == (
        "<figure><figcaption>A &lt; B</figcaption>"
        '<table class="lnlib"><thead><tr><th>Who &amp; what</th><th class="number">n</th></tr></thead><tbody>'
        '<tr><td>First &lt;b&gt;group&lt;/b&gt;</td><td class="number">4</td></tr>'
        '<tr><td>Second &amp; Co.</td><td class="number">12</td></tr>'
        "</tbody></table></figure>"
    )


def test_only_the_named_columns_are_shown_in_their_order():
    text = shown(Table(FRAME, "T", {"n": "Count", "label": "Who"}))["text/plain"]
    assert text.splitlines()[1].split() == ["Count", "Who"]


def test_with_only_off_the_others_keep_their_names():
    text = shown(Table(FRAME[["label", "n"]], "T", {"n": "Count"}, only=False))["text/plain"]
    assert text.splitlines()[1].split() == ["label", "Count"]


def test_a_header_for_a_column_that_is_not_there_is_refused():
    with pytest.raises(ColumnMissing) as error:
        shown(Table(FRAME[["label", "n"]], "Who", {"label": "Who", "stagee": "Stage"}))
    assert str(error.value) == "table 'Who' needs column stagee; the frame has: label, n"


def test_an_empty_frame_says_so():
    assert shown(Table(FRAME.iloc[:0], "What it shows")) == {
        "text/plain": "What it shows: Nothing to show here",
        "text/html": "<figure><figcaption>What it shows</figcaption><p>Nothing to show here</p></figure>",
    }


def test_stages_are_shown_by_their_labels(small):
    headers = {"label": "Partnership", "stage": "Stage", "status": "At the end", "last_assessed": "Last assessed"}
    lines = shown(Table(standing(small), "T", headers, register=small))["text/html"].split("<tr>")
    assert lines[2].startswith(
        "<td>River Watch – One-Window Service Office of the town</td><td>Integrated</td><td>Not assessed</td>"
        "<td>15 Jun 2012</td></tr>"
    )
    assert "<td></td><td>Not assessed</td><td></td></tr>" in lines[4]


def test_a_long_quote_is_whole_in_html_and_shortened_in_text(small):
    quote = "They met, " * 30
    frame = cases(small).head(1).assign(quote=quote)
    bundle = shown(Table(frame, "T", {"quote": "In the source's words"}))
    assert quote in bundle["text/html"]
    assert "..." in bundle["text/plain"]
    assert len(bundle["text/plain"]) < 150


def test_the_frame_is_left_as_it_was():
    before = FRAME.copy()
    shown(Table(FRAME, "T", {"n": "Count"}))
    pd.testing.assert_frame_equal(FRAME, before)


def test_a_language_that_is_not_known_is_refused():
    with pytest.raises(ValueNotAllowed, match="language 'xx' is not known"):
        shown(Table(FRAME, "T", language="xx"))
