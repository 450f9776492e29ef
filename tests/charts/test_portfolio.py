import pytest
from drawn import COLOURS, LABELS, WORDS, bars, draw, texts, touching
from test_paths import DATED, TOLD, lines

from lnlib.charts import portfolio
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS, "actor": "Office of $x^2$"}


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_row_a_partner_with_its_state_moves_and_letters(width):
    figure = draw(portfolio, DATED, width, actor="Office of $x^2$")
    said = texts(figure)
    assert [text for text in said if text.startswith("Actor")] == ["Actor b", "Actor a"]  # highest stage, then ended
    assert {"High", "July 2012", "↑1", "Ended", "January 2012", "↓1", "M", "L", "MoU", "2 partnerships"} <= set(said)
    assert {COLOURS["high"], COLOURS["ended"]} == set(bars(figure))
    assert touching(figure) == []


def test_a_letter_stands_in_the_column_of_its_mechanism():
    both = lines(
        [
            ("a", "spell", "low", "2010-01-01", "2011-01-01", 0),
            ("a", "mechanism", "mou", "2010-01-01", "2010-01-01", 0),
            ("a", "mechanism", "training", "2010-01-01", "2010-01-01", 0),
            ("b", "spell", "low", "2010-01-01", "2011-01-01", 0),
            ("b", "mechanism", "mou", "2010-01-01", "2010-01-01", 0),
        ]
    )
    ax = draw(portfolio, both).axes[0]
    places = [round(text.get_position()[0], 3) for text in ax.texts if text.get_text() == "M"][
        1:
    ]  # the key has one too
    assert len(places) == 2
    assert len(set(places)) == 1


def test_where_a_page_is_full_the_rest_is_counted():
    rows = [(f"{i:03d}", "spell", "low", "2010-01-01", "2012-01-01", 0) for i in range(40)]
    figure = draw(portfolio, lines(rows), "column")
    drawn = sum(text.startswith("Actor ") for text in texts(figure))
    assert figure.get_size_inches()[1] * 25.4 <= 240
    more = f"{drawn} of 40 partnerships are listed, the highest stages first; the other {40 - drawn} are in the table"
    assert more in " ".join(texts(figure))


def test_the_finding_and_the_alt_text():
    assert portfolio.finding(DATED, **SAY) == "2 partnerships: 1 High and 1 ended"
    assert portfolio.describe(DATED, **SAY) == (
        "Table of one actor's partnerships, where: 2 partnerships: 1 High and 1 ended. Actor b: High since "
        "July 2012, moved up 1, back 0, mechanisms: Letter of support, MoU. Actor a: ended since January 2012, moved up 0, "
        "back 1, mechanisms: none."
    )


def test_an_order_says_when_it_was_told():
    assert {"last told", "first told"} <= set(texts(draw(portfolio, TOLD)))


def test_nothing_to_show_is_said():
    assert texts(draw(portfolio, DATED.iloc[:0])) == ["No partnership is recorded here"]
    assert portfolio.describe(DATED.iloc[:0], **SAY) == "No partnership is recorded here"
    assert portfolio.finding(DATED.iloc[:0], **SAY) == "No partnership is recorded here"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(portfolio, DATED[["partnership", "label", "what"]])
    assert str(raised.value) == (
        "chart portfolio needs column stage, status, start, end, first, last, detail; the frame has: partnership, "
        "label, what"
    )
