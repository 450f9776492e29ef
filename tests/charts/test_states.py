import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, THEME, WORDS, sheet

from lnlib.charts.style.contrast import contrast
from lnlib.charts.style.states import at_or_above, require_columns, state_styles, swatch_style
from lnlib.errors import ColumnMissing


def test_stages_then_not_assessed_then_ended():
    entries = state_styles(STAGES, LABELS, sheet())
    assert [(key, entry.label) for key, entry in entries.items()] == [
        ("low", "Low"),
        ("mid", "Middle"),
        ("high", "High"),
        ("not_assessed", "Not assessed"),
        ("ended", "Ended"),
    ]
    assert [entry.colour for entry in entries.values()][:3] == THEME.stage_colours(3)


def test_nothing_is_above_the_highest_stage():
    assert at_or_above("mid", LABELS, WORDS) == "the middle stage or above"
    assert at_or_above("high", LABELS, WORDS) == "the high stage"
    assert at_or_above("new", {}, WORDS) == "the new stage or above"


def test_only_what_ended_is_hatched():
    hatches = {key: entry.hatch for key, entry in state_styles(STAGES, LABELS, sheet()).items()}
    assert hatches == {"low": "", "mid": "", "high": "", "not_assessed": "", "ended": "////"}


def test_a_stage_without_a_label_goes_by_its_key():
    assert state_styles(["low", "new"], {"low": "Low"}, sheet())["new"].label == "new"


@pytest.mark.parametrize("state", [*STAGES, "not_assessed", "ended"])
def test_an_area_pale_on_white_has_an_outline_that_is_not(state):
    style = swatch_style(state_styles(STAGES, LABELS, sheet())[state], sheet())
    assert max(contrast(style["facecolor"], THEME.paper), contrast(style["edgecolor"], THEME.paper)) >= 3
    assert style["hatch"] == ("////" if state == "ended" else None)


def test_a_frame_without_a_column_is_refused():
    frame = pd.DataFrame({"date": [1], "stage": ["low"]})
    require_columns(frame, ["date"], chart="stage_mix")
    with pytest.raises(ColumnMissing) as error:
        require_columns(frame, ["date", "count", "n"], chart="stage_mix")
    assert str(error.value) == "chart stage_mix needs column count, n; the frame has: date, stage"
