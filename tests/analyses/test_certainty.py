"""How sure the figures are: recorded beside estimated, and pace by group, with the stage hidden."""

import re

import numpy as np
import pytest

import lnlib as ln
from lnlib.analyses import certainty
from lnlib.analyses.certainty import (
    assessment_note,
    assessment_ratios,
    falls_note,
    fit_note,
    gained_labels,
    gains_kept,
    paces,
    recorded_and_estimated,
)
from lnlib.history.exposure import closings, exposed_visits
from lnlib.measures.counts.assessment_rates import assessment_rates, weighted_share
from lnlib.measures.curves.lasting_gains import gains
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.hidden_stage import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.results import passage_probabilities


@pytest.fixture(scope="module")
def opened():
    return ln.open_register("demonstration")


@pytest.fixture(scope="module")
def fit(opened):
    return hidden_stage_model(exposed_visits(opened), until=opened.observed[1])


def test_recorded_figures_stand_beside_the_models(opened, fit):
    rows = recorded_and_estimated(opened).set_index("figure")
    assert rows.loc["Partnerships rated that ever moved back", "recorded"] == "32 of 147"
    back = ever_moved(fit, move="down").iloc[0]
    shares = [round(100 * back[name]) for name in ("share", "low", "high")]
    assert rows.loc["Partnerships rated that ever moved back", "estimated"] == "{}% ({}% to {}%)".format(*shares)
    start, first = (f"Reached Collaboration within 2 years of the {since}" for since in ("start", "first rating"))
    assert rows.loc[start].tolist() == ["43% (33% to 52%)", ""]
    assert rows.loc[first, "recorded"] == "47% (37% to 56%)"
    reached = rows.loc[first, "estimated"]
    assert reached.startswith(f"{100 * passage(fit, to='collaboration', over=[2])['incidence'].iloc[0]:.0f}% (")
    assert [name for name in rows.index if name.startswith("Mean stay at")] == [
        "Mean stay at Coalition", "Mean stay at Collaboration", "Mean stay at Integrated",
    ]  # fmt: skip
    assert rows.loc["Mean stay at Collaboration", "estimated"] == "1.8 years (1.4 to 2.4)"
    assert rows.loc["Mean stay at Integrated", "estimated"] == (
        "6.5 years (2.8 to 14.8), longer than the 5.3 years observed"
    )


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
    assert rows["estimated"].tolist() == [*["no model could be fitted"] * 2, "", "no model could be fitted"]
    assert not np.any(rows["recorded"] == "")


def test_ratios_of_being_assessed_are_named_with_what_they_are_compared_with(opened):
    found = assessment_ratios(opened)
    assert found[["move", "label", "compared_with"]].to_numpy().tolist() == [
        ["Stage as last recorded", "Collaboration", "Coalition"],
        ["Stage as last recorded", "Integrated", "Coalition"],
        ["Move at the last assessment", "Moved up", "No move"],
        ["Move at the last assessment", "Moved back", "No move"],
        ["Ending to come", "In the year before it ended", "No ending within a year"],
    ]
    measured = assessment_rates(ln.visits(opened), until=opened.observed[1])
    assert found["ratio"].tolist() == measured.loc[measured["low"].notna(), "ratio"].tolist()


def test_raters_of_the_demonstration_do_not_go_by_the_stage(opened):
    found = assessment_ratios(opened)
    assert (found["low"] < 1).all()
    assert (found["high"] > 1).all()


def test_what_weighting_changes_is_a_sentence(opened):
    found = weighted_share(ln.visits(opened), until=opened.observed[1]).set_index("weights")
    alike, inverse = found.loc["alike", "share"], found.loc["inverse"]
    assert assessment_note(opened) == [
        f"Of {found.loc['alike', 'n']} assessments after the first, {alike:.0%} were at the integrated stage; with each "
        f"weighted by the inverse of its rate, {inverse['share']:.0%} ({inverse['low']:.0%} to {inverse['high']:.0%})."
    ]


def test_gains_are_followed_from_the_first_rating_or_from_a_closing(opened):
    soon, after = gains_kept(opened), gains_kept(opened, closing=True)
    rated = ln.visits(opened).query("status == 'assessed'")
    at_risk = soon[soon["time"] == 0].drop_duplicates("gained").set_index("gained")["n_at_risk"]
    # not among them: who reached it on the last observed day
    assert 0 <= rated.loc[rated["stage"] == "integrated", "partnership"].nunique() - at_risk["integrated"] <= 1
    day = min(closings(opened))
    spells = ln.spells(opened)
    inside = (spells["start"] <= day) & (spells["end"] > day) & (spells["stage"] == "integrated")
    there = spells[inside & (spells["status"] == "assessed")]
    assert len(there) <= after.loc[after["gained"] == "integrated", "n_at_risk"].max()
    assert gained_labels(opened) == {"collaboration": "Collaboration or above", "integrated": "Integrated"}


NESTED = "Those at the integrated stage are also among those at the collaboration stage or above, so the two are no groups to compare."


def test_falls_are_estimated_for_the_groups_and_years_of_the_curves(opened, fit):
    found = passage_probabilities(fit, over=3).set_index(["from", "to"])
    top = found.loc[("integrated", "collaboration")]
    share, low, high = (f"{top[name]:.0%}" for name in ("probability", "low", "high"))
    kept = gains_kept(opened)
    assert (kept.loc[kept["time"] >= 3].groupby("gained", observed=True)["n_at_risk"].max() >= 5).all()
    notes = falls_note(opened)
    assert notes[0] == NESTED
    assert notes[2] == (
        f"Allowing for ratings that err, {share} ({low} to {high}) of partnerships fall below the integrated stage within 3 "
        "years of reaching it or one above."
    )
    held = gains(ln.spells(opened), stage="collaboration")["held"].value_counts(normalize=True)
    mixed = sum(
        held[stage] * found.loc[(stage, "coalition"), "probability"] for stage in ("collaboration", "integrated")
    )
    assert notes[1].startswith(f"Allowing for ratings that err, {mixed:.0%} (")
    assert falls_note(opened, closing=True)[2] == (
        "Allowing for ratings that err, by a model that knows of no closing, 14% (4% to 42%) of partnerships at the integrated "
        "stage fall below the integrated stage within 2 years."
    )


def test_where_no_model_can_be_fitted_recorded_falls_are_said_to_include_those_of_raters_who_err(opened, monkeypatch):
    monkeypatch.setattr(certainty, "_model", lambda *_: None)
    assert falls_note(opened) == [
        NESTED,
        "Recorded falls include those of a rater who errs; no model that allows for them could be fitted.",
    ]


def test_an_ordinal_register_has_no_rates_of_assessment_and_no_clock():
    cases = ln.open_register("learning-note-17")
    assert assessment_ratios(cases).empty
    assert assessment_note(cases) == []
    assert gains_kept(cases).empty
    assert falls_note(cases) == []


def test_the_fit_of_the_model_is_stated_with_counts_of_the_followed(opened):
    (sentence,) = fit_note(opened)
    followed, recorded, expected = (
        [int(number) for number in re.findall(r"\d+", part)]
        for part in re.split(r"partnerships were followed\.|Expected by", sentence)
    )
    assert followed == [2, 122]
    assert sum(recorded) == 122
    assert sum(expected) == pytest.approx(122, abs=2)  # four rounded numbers
    assert sentence.startswith(
        "Does the model fit? After 2 years, 122 partnerships were followed. Last recorded: Coalition "
    )


def test_no_model_is_fitted_to_an_order_or_to_what_is_no_sample():
    assert fit_note(ln.open_register("learning-note-17")) == []
    assert fit_note(ln.open_register("dfgg-documents")) == []
