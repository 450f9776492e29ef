import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, WORDS, draw, sheet, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import province_heat
from lnlib.charts.shaded_table import shade
from lnlib.errors import ColumnMissing

DATES = pd.to_datetime(["2010-06-30", "2010-12-31"])
# of each unit on each date: counts of the stages, not assessed
COUNTS = {
    "01": (((4, 1, 0), 0), ((2, 2, 2), 1)),
    "02": (((1, 1, 0), 0), ((0, 0, 3), 0)),
    "03": (((0, 0, 0), 0), ((0, 0, 0), 2)),
    "04": (((0, 0, 0), 0), ((0, 0, 0), 0)),
}
NAMES = {"01": "North", "02": "South", "03": "East", "04": "West"}


def frame(counts=None, dates=DATES):
    rows = [
        (unit, NAMES[unit], date, stage, count, sum(stages), sum(stages) + unseen, sum(stages) >= 5)
        for unit, on in (counts or COUNTS).items()
        for date, (stages, unseen) in zip(dates, on, strict=True)
        for stage, count in zip(STAGES, stages, strict=True)
    ]
    columns = ["unit", "label", "date", "stage", "count", "n_assessed", "n_known", "shown"]
    made = pd.DataFrame(rows, columns=columns)
    return made.assign(stage=pd.Categorical(made["stage"], STAGES, ordered=True))


def drawn(data, width="two-columns", value="mid"):
    return draw(province_heat, data, width, value=value)


def test_cells_hold_those_at_the_stage_or_above_of_those_assessed():
    cells = [text.get_text() for text in drawn(frame()).axes[1].texts]
    assert [text for text in cells if " of " in text or text == "–"] == ["1 of 5", "4 of 6", "1 of 2", "3 of 3", "–"]


def test_cells_are_shaded_where_enough_were_assessed():
    (mesh,) = drawn(frame()).axes[1].collections
    values = mesh.get_array().ravel()
    assert values.mask.tolist() == [False, False, True, True, True, True, True, True]
    assert values.compressed().tolist() == [0.2, 4 / 6]
    assert [to_hex(colour) for colour in mesh.get_facecolors()[:2]] == [shade(0.2, sheet()), shade(4 / 6, sheet())]


def test_shades_go_from_the_paper_to_the_darkest():
    steps = [shade(step / 4, sheet()) for step in range(5)]
    assert steps[0] == sheet().theme.paper.lower()
    assert steps[-1] == sheet().theme.amount.lower()
    assert len(set(steps)) == 5


def test_where_there_is_no_room_columns_are_left_out_but_never_the_last():
    dates = pd.date_range("2009-06-30", periods=20, freq="6ME")
    many = dict.fromkeys(NAMES, (((4, 1, 0), 0),) * 20)
    found = texts(drawn(frame(many, dates), "column"))
    years = [text for text in found if text.isdigit()]
    assert years[-1] == str(dates[-1].year)
    assert len(years) < 12
    assert WORDS("province_heat.foot_thinned") in " ".join(found)  # the title speaks of dates that are not drawn
    assert WORDS("province_heat.foot_thinned") not in " ".join(texts(drawn(frame())))
    assert touching(drawn(frame(many, dates), "column")) == []


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


def test_the_words():
    assert province_heat.describe(frame(), words=WORDS, labels=LABELS, value="mid") == (
        "Heat map of 4 provinces from June 2010 to December 2010 by the share of assessed partnerships at the middle stage or above. In the one province with enough assessed, the share at the middle stage or above rose. North: June 2010 1 of 5 and December 2010 4 of 6; South: June 2010 1 of 2 and December 2010 3 of 3"
    )


def test_partnerships_without_a_province_are_no_province_in_the_finding():
    rose = (((4, 1, 0), 0), ((2, 2, 2), 1))
    named = frame({"01": rose, "02": rose})
    unstated = frame({"01": rose, "02": rose, "03": rose}).assign(
        unit=lambda rows: rows["unit"].where(rows["unit"] != "03", "")
    )
    say = {"words": WORDS, "labels": LABELS, "value": "mid"}
    assert province_heat.finding(unstated, **say) == province_heat.finding(named, **say)


def test_the_finding_counts_the_provinces_in_which_the_share_rose():
    two = frame(COUNTS | {"02": (((1, 4, 0), 0), ((2, 3, 0), 0))})
    assert province_heat.finding(two, words=WORDS, labels=LABELS, value="mid") == (
        "The share at the middle stage or above rose in 1 of 2 provinces with enough assessed"
    )
    fell = frame({"02": (((1, 4, 0), 0), ((2, 3, 0), 0))})
    assert province_heat.finding(fell, words=WORDS, labels=LABELS, value="mid") == (
        "In the one province with enough assessed, the share at the middle stage or above did not rise"
    )


def test_without_any_share_there_is_a_sentence():
    few = frame({"02": COUNTS["02"]})
    message = "In no province were five partnerships assessed on two dates, so no share is shown"
    assert " ".join(texts(drawn(few, value="high"))) == message
    assert province_heat.describe(few, words=WORDS, labels=LABELS, value="high") == message


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart province_heat needs column label; the frame has: "):
        drawn(frame().drop(columns="label"))
