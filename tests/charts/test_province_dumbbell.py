import pandas as pd
import pytest
from figure_contents import LABELS, WORDS, draw, texts, touching

from lnlib.charts import province_dumbbell
from lnlib.errors import ColumnMissing, ValueNotAllowed

SAY = {"words": WORDS, "labels": LABELS}


def shares(rows):
    """Rows of (unit, year, count, n, pooled)."""
    return pd.DataFrame(
        [
            {
                "unit": unit,
                "label": f"Place {unit} $x$",
                "date": pd.Timestamp(year, 12, 31),
                "count": count,
                "n": n,
                "n_known": n + 1 if unit != "05" else 0,
                "pooled": pooled,
                "pooled_low": pooled - 0.1,
                "pooled_high": pooled + 0.1,
            }
            for unit, year, count, n, pooled in rows
        ]
    )


DATA = shares(
    [
        ("01", 2010, 1, 5, 0.2),
        ("01", 2013, 4, 8, 0.5),
        ("02", 2010, 1, 3, 0.3),
        ("02", 2013, 5, 6, 0.4),
        ("03", 2010, 0, 0, 0.3),
        ("03", 2013, 1, 2, 0.5),
        ("04", 2010, 0, 0, 0.3),
        ("04", 2013, 0, 0, 0.3),
    ]
)


def points(ax):
    return [(line.get_xdata()[0], line.get_markerfacecolor()) for line in ax.lines if line.get_marker() == "o"]


def test_pooled_shares_are_drawn_of_those_assessed():
    _, pooled, _ = draw(province_dumbbell, DATA).axes
    assert [round(x, 2) for x, _ in points(pooled)] == [0.2, 0.5, 0.3, 0.4, 0.5]
    assert len({fill for _, fill in points(pooled)}) == 2  # open first, filled last


def test_both_ends_are_joined_by_a_level_line():
    _, pooled, _ = draw(province_dumbbell, DATA).axes
    lines = [line for line in pooled.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    assert [[round(x, 2) for x in line.get_xdata()] for line in lines if len(set(line.get_ydata())) == 1] == [
        [0.2, 0.5],
        [0.3, 0.4],
    ]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_every_province_has_its_counts(width):
    figure = draw(province_dumbbell, DATA, width)
    message = texts(figure)
    assert {"1 of 5 → 4 of 8", "1 of 3 → 5 of 6", "– → 1 of 2", "none assessed", "Dec 2010", "Dec 2013"} <= set(message)
    assert "Place 01 $x$" in message
    assert "Place not stated" in texts(draw(province_dumbbell, DATA.assign(label=None), width))
    assert "no partnership" in texts(draw(province_dumbbell, shares([("05", 2010, 0, 0, 0.3)]), width))
    assert touching(figure) == []


def test_the_finding_and_the_alt_text():
    assert province_dumbbell.finding(DATA, **SAY, value="mid") == (
        "Pooled across provinces, the share at the middle stage or above rose in 2 of 2; in 1 the intervals do not overlap"
    )
    assert province_dumbbell.finding(DATA[DATA["unit"] == "04"], **SAY) == "No province was assessed on both dates"
    assert province_dumbbell.describe(DATA, **SAY) == (
        "Dumbbell chart of shares by province, first to last, counted and pooled. Pooled across provinces, the share rose in 2 of 2; in 1 the intervals do not overlap. Place 01 $x$: 1 of 5 → 4 of 8; pooled 20% "
        "→ 50%. Place 02 $x$: 1 of 3 → 5 of 6; pooled 30% → 40%. Place 03 $x$: – → 1 of 2; pooled – → 50%. Place 04 "
        "$x$: none assessed."
    )


def test_nothing_to_show_is_said():
    assert texts(draw(province_dumbbell, DATA.iloc[:0])) == ["No province was assessed on both dates"]
    assert province_dumbbell.describe(DATA.iloc[:0], **SAY) == "No province was assessed on both dates"


def test_a_unit_has_one_row_a_date():
    with pytest.raises(ValueNotAllowed) as raised:
        draw(province_dumbbell, pd.concat([DATA, DATA.iloc[:1]]))
    assert str(raised.value) == (
        "chart province_dumbbell needs one row a unit and date, but unit '01' has more on 2010-12-31 00:00:00"
    )


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(province_dumbbell, DATA.drop(columns=["pooled_low", "label"]))
    assert str(raised.value) == (
        "chart province_dumbbell needs column label, pooled_low; the frame has: unit, date, count, n, n_known, "
        "pooled, pooled_high"
    )
