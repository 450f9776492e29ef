"""A frame that lacks a column is refused by the name of the function that was called, the column, and what is there."""

import pandas as pd
import pytest

from lnlib.errors import ColumnMissing
from lnlib.measures.panel.event_study import event_study
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.hidden_stage import hidden_stage_model
from lnlib.measures.panel.model import minus2ll_at, panel_model
from lnlib.measures.panel.prevalence import prevalence
from lnlib.measures.panel.recorded import recorded_moves

VISITS = pd.DataFrame(
    {
        "partnership": ["a", "a", "b", "b"],
        "date": [0.0, 1, 0, 2],
        "stage": pd.Categorical(["low", "high", "low", "low"], ["low", "high"], ordered=True),
        "status": "assessed",
        "rated_by": "x",
        "province": "01",
        "window": pd.Categorical(["earlier", "0", "earlier", "0"], ["earlier", "0"], ordered=True),
    }
)
PLAIN = ["partnership", "date", "stage"]
FIT = panel_model(VISITS)
NEEDED = {
    event_study: ([*PLAIN, "status", "rated_by", "window"], {}),
    group_multipliers: ([*PLAIN, "province"], {"fit": FIT, "by": "province"}),
    hidden_stage_model: ([*PLAIN, "status", "rated_by"], {}),
    minus2ll_at: (PLAIN, {"rates": [[0, 1], [0, 0]]}),
    panel_model: ([*PLAIN, "province"], {"covariates": "province"}),
    prevalence: (PLAIN, {"fit": FIT, "at": [1.0]}),
    recorded_moves: ([*PLAIN, "status"], {}),
}


@pytest.mark.parametrize(
    ("measure", "column"), [(measure, column) for measure, (needed, _) in NEEDED.items() for column in needed]
)
def test_a_column_that_is_not_there_is_named(measure, column):
    lacking = VISITS.drop(columns=column)
    with pytest.raises(ColumnMissing) as refusal:
        measure(**{"ratings" if measure is hidden_stage_model else "visits": lacking}, **NEEDED[measure][1])
    assert str(refusal.value) == (
        f"{measure.__name__} needs column {column}; the frame has: {', '.join(lacking.columns)}"
    )
