import pytest
from figure_contents import COLOURS, LABELS, WORDS, bars, draw, texts, touching
from test_province_tiles import DATA, shares

from lnlib.charts import province_mix
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_bar_a_province_in_official_order_with_n(width):
    figure = draw(province_mix, DATA, width)
    message = texts(figure)
    names = ["First $x^2$", "Second", "Third <b>", "Place not stated"]
    assert [text for text in message if text in names] == names
    assert [text for text in message if text.isdigit() and text in ("10", "0")] == ["10", "0"]
    assert "no partnership" in message
    assert touching(figure) == []


def test_lengths_are_counts_and_every_state_is_there():
    found = bars(draw(province_mix, DATA))
    longest = {
        state: max(box[2] for box in found[COLOURS[state]] if abs(box[3] - province_mix.BAR_MM) < 1e-6)
        for state in COLOURS
    }
    assert longest["mid"] == pytest.approx(4 * longest["ended"])
    assert longest["low"] == pytest.approx(2 * longest["not_assessed"])
    assert len([box for box in found[COLOURS["mid"]] if abs(box[3] - province_mix.BAR_MM) < 1e-6]) == 3


def test_the_finding_and_the_alt_text():
    assert province_mix.finding(DATA[DATA["unit"] != ""], **SAY) == (
        "First $x^2$ has the most partnerships, 10 of 12; 1 province has none"
    )
    even = shares({("01", 0): (1, 0, 0, 0, 0), ("02", 0): (0, 1, 0, 0, 0)})
    assert province_mix.finding(even, **SAY) == "2 partnerships in 2 provinces; every province has some"
    assert province_mix.finding(DATA[DATA["unit"] == "03"], **SAY) == "No partnership is recorded in any province"
    assert province_mix.describe(DATA, **SAY) == (
        "Bar chart of partnerships by stage in each province, December 2011. First $x^2$ has 10 of 14 partnerships, the most "
        "of any province; for 2 no province is stated. First $x^2$: Low 2, Middle 4, High 2, 1 not assessed, 1 "
        "ended. Second: Low 0, Middle 1, High 1, 0 not assessed, 0 ended. Place not stated: Low "
        "0, Middle 2, High 0, 0 not assessed, 0 ended. No partnership: Third <b>."
    )


def test_the_finding_counts_those_without_a_province():
    even = shares({("01", 0): (1, 0, 0, 0, 0), ("02", 0): (0, 1, 0, 0, 0), ("", 0): (0, 3, 0, 0, 0)})
    assert province_mix.finding(even, **SAY) == "2 of 5 partnerships are in 2 provinces; for 3 no province is stated"


def test_no_province_has_the_most_where_those_placed_nowhere_could_overturn_it():
    """Of Learning Note 17's seven, Battambang has two, two provinces one each, and three are placed nowhere."""
    seven = shares(
        {("02", 0): (1, 0, 1, 0, 0), ("01", 0): (1, 0, 0, 0, 0), ("03", 0): (0, 0, 1, 0, 0), ("", 0): (1, 1, 1, 0, 0)}
    )
    finding = province_mix.finding(seven, **SAY)
    assert finding == "4 of 7 partnerships are in 3 provinces; for 3 no province is stated"
    assert finding in province_mix.describe(seven, **SAY).replace("\n", " ")


def test_nothing_to_show_is_said():
    assert texts(draw(province_mix, DATA.iloc[:0])) == ["No partnership is recorded in any province"]
    assert province_mix.describe(DATA.iloc[:0], **SAY) == "No partnership is recorded in any province"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(province_mix, DATA[["unit", "date", "stage", "count", "n_known"]])
    assert str(raised.value) == (
        "chart province_mix needs column label, n_not_assessed, n_ended; the frame has: unit, date, stage, count, "
        "n_known"
    )


def notes_of(figure):
    return " ".join(text for text in texts(figure) if text not in LABELS.values())


@pytest.mark.parametrize(
    ("not_assessed", "ended", "note"),
    [
        (1, 1, "begun by then, including those not assessed and those that ended."),
        (1, 0, "begun by then, including those not assessed."),
        (0, 1, "begun by then, including those that ended."),
        (0, 0, "begun by then."),
    ],
)
def test_the_note_names_only_what_the_bars_include(not_assessed, ended, note):
    data = shares({("01", 0): (1, 0, 2, not_assessed, ended), ("02", 0): (0, 1, 0, 0, 0)})
    assert note in notes_of(draw(province_mix, data, "two-columns"))
