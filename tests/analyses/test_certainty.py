"""How sure the figures are: recorded beside estimated, and pace by group, with the stage hidden."""

import numpy as np
import pytest

import lnlib as ln
from lnlib.analyses.certainty import paces, recorded_and_estimated
from lnlib.history.exposure import exposed_visits
from lnlib.measures.panel.hidden import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.rates import group_multipliers


@pytest.fixture(scope="module")
def opened():
    return ln.open_register("demonstration")


@pytest.fixture(scope="module")
def fit(opened):
    return hidden_stage_model(exposed_visits(opened), until=opened.observed[1])


def test_recorded_figures_stand_beside_the_models(opened, fit):
    rows = recorded_and_estimated(opened).set_index("figure")
    assert rows.loc["Partnerships that ever moved back", "recorded"] == "32 of 147"
    back = ever_moved(fit, move="down").iloc[0]
    shares = [round(100 * back[name]) for name in ("share", "low", "high")]
    assert rows.loc["Partnerships that ever moved back", "estimated"] == "{}% ({}% to {}%)".format(*shares)
    reached = rows.loc["Reached Collaboration within 2 years of the start", "estimated"]
    assert reached.startswith(f"{100 * passage(fit, to='collaboration', over=[2])['incidence'].iloc[0]:.0f}% (")
    assert [name for name in rows.index if name.startswith("Mean stay at")] == [
        "Mean stay at Coalition", "Mean stay at Collaboration", "Mean stay at Integrated",
    ]  # fmt: skip


def test_a_pace_is_that_of_the_hidden_stage(opened, fit):
    found = paces(opened, "state_kind", labels={"owso": "One-window office"})
    assert found["n"].sum() == fit.n_partnerships
    assert (found["low"] < found["ratio"]).all()
    assert (found["ratio"] < found["high"]).all()
    assert found["shown"].tolist() == (found["n"] >= 5).tolist()
    assert "One-window office" in set(found["label"])


def test_one_group_of_all_has_the_pace_of_the_model(opened):
    rows = exposed_visits(opened).query("status != 'changed'").assign(group="all")
    fit = hidden_stage_model(rows, until=opened.observed[1], prior=None)
    raw = group_multipliers(rows, by="group", fit=fit, moves="up").iloc[0]
    assert raw["raw"] == pytest.approx(1, rel=1e-3)
    assert raw["raw_low"] < 1 < raw["raw_high"]


def test_an_ordinal_register_has_neither_rates_nor_times():
    cases = ln.open_register("learning-note-17")
    assert recorded_and_estimated(cases).empty
    assert paces(cases, "unit").empty


def test_where_no_model_can_be_fitted_the_recorded_figure_stands_alone(opened):
    rows = recorded_and_estimated(opened.where(province="24")).set_index("figure")
    assert set(rows["estimated"]) == {"no model could be fitted"}
    assert not np.any(rows["recorded"] == "")
