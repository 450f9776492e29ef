import re
from itertools import pairwise

import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, WORDS, draw, sheet, texts, touching
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch

from lnlib.charts import province_tiles
from lnlib.charts.style.tile_grid import GAP_MM
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}
PLACES = {"01": ("First $x^2$", 0, 0), "02": ("Second", 0, 1), "03": ("Third <b>", 1, 0), "": ("", None, None)}


def shares(counts, *, dates=("2010-12-31", "2011-12-31"), places=PLACES):
    """By unit and date: counts at each stage, then not assessed, ended."""
    rows = []
    for (unit, date), (*at, unknown, ended) in counts.items():
        label, row, col = places[unit]
        for stage, count in zip(STAGES, at, strict=True):
            rows.append(
                {
                    "unit": unit,
                    "label": label,
                    "row": row,
                    "col": col,
                    "date": dates[date] if isinstance(dates[date], float) else pd.Timestamp(dates[date]),
                    "stage": stage,
                    "count": count,
                    "n_assessed": sum(at),
                    "n_not_assessed": unknown,
                    "n_ended": ended,
                    "n_known": sum(at) + unknown + ended,
                    "shown": sum(at) >= 5,
                }
            )
    frame = pd.DataFrame(rows)
    return frame.assign(stage=pd.Categorical(frame["stage"], STAGES, ordered=True))


DATA = shares(
    {
        ("01", 0): (1, 1, 0, 0, 0),
        ("01", 1): (2, 4, 2, 1, 1),
        ("02", 0): (0, 0, 0, 0, 0),
        ("02", 1): (0, 1, 1, 0, 0),
        ("03", 0): (0, 0, 0, 0, 0),
        ("03", 1): (0, 0, 0, 0, 0),
        ("", 0): (0, 0, 0, 0, 0),
        ("", 1): (0, 2, 0, 0, 0),
    }
)


def steps(figure):
    """The heights of each state's bars by colour, tile after tile."""
    found = {}
    for patch in figure.axes[0].patches:
        if isinstance(patch, StepPatch) and patch.get_fill():
            top, _, base = patch.get_data()
            found.setdefault(to_hex(patch.get_facecolor()), []).append((top - base).tolist())
    return found


def test_bars_divide_by_state_on_one_scale():
    found = steps(draw(province_tiles, DATA))
    ((first, then),) = found[COLOURS["mid"]]
    full = then / 4 * 10
    assert first == pytest.approx(full / 2)  # one of two
    assert found[COLOURS["ended"]][0][1] == pytest.approx(full / 10)
    assert found[COLOURS["not_assessed"]][0] == pytest.approx([0, full / 10])


FEW = shares({("01", 0): (3, 1, 0, 0, 0), ("01", 1): (1, 1, 0, 1, 1), ("02", 1): (0, 0, 4, 0, 1)})


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_fewer_than_five_are_squares_at_their_last_state_and_no_shares(width):
    figure = draw(province_tiles, FEW, width)
    squares = [patch for patch in figure.axes[0].patches if str(patch.get_label()).startswith("one ")]
    states = ["low", "mid", "not_assessed", "ended"]
    assert [to_hex(patch.get_facecolor()) for patch in squares] == [COLOURS[state] for state in states]
    assert {patch.get_y() for patch in squares} == {squares[0].get_y()}
    assert all(one.get_x() + one.get_width() < two.get_x() for one, two in pairwise(squares))
    assert set(steps(figure)) == {COLOURS["high"], COLOURS["ended"]}  # of the province with five
    notes = " ".join(texts(figure))
    assert "its full height is all partnerships begun by then (n)." in notes
    assert "Fewer than five begun: each square is one partnership, at the end." in notes


def test_where_all_are_few_no_full_height_is_explained():
    notes = " ".join(texts(draw(province_tiles, FEW[FEW["unit"] == "01"])))
    assert "full height" not in notes
    assert "Fewer than five begun: each square is one partnership, at the end." in notes
    assert "Fewer than five" not in " ".join(texts(draw(province_tiles, FEW[FEW["unit"] == "02"])))


@pytest.mark.parametrize("width", ["column", "two-columns"])
@pytest.mark.parametrize("value", ["", "mid"])
def test_nothing_touches_and_no_partnership_is_said(width, value):
    figure = draw(province_tiles, DATA, width, value=value)
    assert touching(figure) == []
    message = texts(figure)
    assert ("n = 0" if width == "column" else "no partnership") in message
    assert "2 partnerships whose place is not stated are not on the map." in " ".join(message)


def test_tiles_have_names_and_codes_only_where_a_name_has_no_room():
    wide, narrow = texts(draw(province_tiles, DATA)), texts(draw(province_tiles, DATA, "column"))
    assert {"First $x^2$", "Third <b>", "n = 10"} <= set(wide)
    assert {"First $x^2$", "10", "Third <b>"} <= set(narrow)
    places = {**PLACES, "01": ("Averylongnamethathasnoroom" * 2, 0, 0)}
    long = shares({("01", 0): (1, 0, 0, 0, 0), ("02", 0): (1, 0, 0, 0, 0)}, places=places)
    found = texts(draw(province_tiles, long, "column"))
    assert {"01", "02"} <= set(found)
    assert "02\xa0Second" in " ".join(found)


def test_a_value_is_a_percentage_only_where_it_is_shown():
    message = texts(draw(province_tiles, DATA, value="mid"))
    assert {"75%", "n = 8", "2 of 2"} <= set(message)
    assert [text for text in message if re.fullmatch(r"\d+%", text)] == ["75%"]
    marks = [line.get_markerfacecolor() for line in draw(province_tiles, DATA, value="high").axes[0].lines]
    assert len(marks) == 2  # a point each, one of them filled
    assert marks.count("none") == 1


def test_a_place_with_none_assessed_is_not_a_place_without_partnership():
    figure = draw(province_tiles, shares({("01", 0): (0, 0, 0, 2, 0), ("02", 0): (0, 0, 0, 0, 0)}), value="mid")
    assert {"none assessed", "no partnership"} <= set(texts(figure))
    assert COLOURS["not_assessed"] in {to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches}


def test_a_unit_of_two_neighbouring_tiles_is_one_wide_tile():
    counts = {("01+02", 0): (0, 1, 1, 0, 0), ("03", 0): (1, 0, 0, 0, 0)}
    one = shares(counts, places={"01+02": ("First + Second", 0, 0), "03": ("Third", 1, 0)})
    both = pd.concat([one, one[one["unit"] == "01+02"].assign(col=1)])
    figure = draw(province_tiles, both)
    frames = [patch.get_width() for patch in figure.axes[0].patches if type(patch).__name__ == "Rectangle"]
    wide, single = sorted(frames, reverse=True)[:2]
    assert wide == pytest.approx(2 * single + GAP_MM)
    assert texts(figure).count("n = 2") == 1


def test_the_findings():
    assert province_tiles.finding(DATA, **SAY) == (
        "In December 2011, the middle stage led in 1 of 2 provinces with assessed partnerships"
    )
    assert province_tiles.finding(DATA, **SAY, value="mid") == (
        "In the one province with 5 or more assessed, at least half had reached the middle stage"
    )
    few = DATA[DATA["unit"] != "01"]
    assert province_tiles.finding(few, **SAY, value="mid") == (
        "In December 2011, no province had 5 assessed partnerships: too few for shares"
    )
    empty = DATA[DATA["unit"] == "03"]
    assert province_tiles.finding(empty, **SAY) == "No partnership is recorded in any province"
    result = shares({("01", 0): (1, 0, 0, 0, 0), ("01", 1): (0, 1, 0, 0, 0)}, dates=(1.0, 2.0))
    assert province_tiles.finding(result, **SAY) == (
        "As last told, the middle stage led in the one province with assessed partnerships"
    )


def test_the_alt_texts():
    assert province_tiles.describe(DATA, **SAY) == (
        "Tile map of 3 provinces with partnerships by stage over time. In December 2011, the middle stage led in 1 of 2 provinces with assessed partnerships. First $x^2$: Low 2, "
        "Middle 4, High 2, 1 not assessed, 1 ended. Second: Low 0, Middle 1, High 1, 0 "
        "not assessed, 0 ended. No partnership: Third <b>."
    )
    assert province_tiles.describe(DATA, **SAY, value="mid").endswith(
        "First $x^2$: 6 of 8 (75%). Second: 2 of 2. No partnership: Third <b>."
    )


def test_nothing_to_show_is_said():
    assert texts(draw(province_tiles, DATA.iloc[:0])) == ["No partnership is recorded in any province"]
    assert province_tiles.describe(DATA.iloc[:0], **SAY) == "No partnership is recorded in any province"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(province_tiles, DATA.drop(columns=["row"]))
    assert str(raised.value) == (
        "chart province_tiles needs column row; the frame has: unit, label, col, date, stage, count, n_assessed, "
        "n_not_assessed, n_ended, n_known, shown"
    )


def test_a_map_of_fewer_provinces_than_asked_for_says_how_many_there_are():
    options = {"words": WORDS, "labels": LABELS}
    sentence = province_tiles.finding(DATA, least=3, **options)
    assert sentence == "2 of 3 provinces have partnerships, too few for a map"
    assert sentence in province_tiles.describe(DATA, least=3, **options)
    assert "too few" not in province_tiles.finding(DATA, least=2, **options)
    drawn = sheet("column")
    province_tiles.draw(DATA, sheet=drawn, labels=LABELS, least=3)
    assert drawn.empty == sentence
