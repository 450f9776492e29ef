"""Data sets that R's survival and msm bring with them, as `tests/reference_results/further/make.R` measured them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlib.measures.curves.occupation import occupation_of_stays
from lnlib.measures.curves.survival import cumulative_incidence, kaplan_meier
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.results import probabilities

REFERENCE = Path(__file__).parents[1] / "reference_results" / "further"
STATES = {"bladder": ["r0", "r1", "r2", "r3", "r4"], "cirrhosis": ["low", "mid", "high", "dead"]}


@pytest.mark.parametrize(
    ("name", "by", "columns"),
    [
        ("heart", "transplant", {"start": "entry", "stop": "time"}),
        ("veteran", "celltype", {"status": "event"}),
    ],
)
def test_kaplan_meier_with_late_entry_and_ties_is_met(name, by, columns):
    known = pd.read_csv(REFERENCE / f"{name}_km.csv")
    data = pd.read_csv(REFERENCE / f"{name}.csv").rename(columns=columns)
    found = kaplan_meier(data, by=by, limits="log-log").query("time > 0")
    met = {
        "time": "time",
        "n_at_risk": "n.risk",
        "n_event": "n.event",
        "survival": "surv",
        "low": "lower",
        "high": "upper",
    }
    groups = known["strata"].str.split("=").str[1].str.strip()
    assert set(groups) == set(found[by].astype(str))
    for group, expected in known.groupby(groups):
        here = found[found[by].astype(str) == group]
        assert len(here) == len(expected)
        for ours, theirs in (met | {"se": "std.err"}).items():
            np.testing.assert_allclose(here[ours], expected[theirs], atol=1e-10, rtol=0)


def standing_at(curve, times, states, column):
    """Read a curve at the times of the reference, state by state."""
    wide = curve.pivot_table(index="time", columns=states, values=column, observed=True, dropna=False)
    return wide.to_numpy()[np.searchsorted(wide.index, times + 1e-7, side="right") - 1], list(wide.columns)


def is_met(curve, known, states, probability):
    times = np.sort(known["time"].unique())
    for ours, theirs in ((probability, "p"), ("se", "se"), ("low", "lower"), ("high", "upper")):
        found, order = standing_at(curve, times, states, ours)
        wide = known.pivot_table(index="time", columns="state", values=theirs, dropna=False)
        expected = wide[[str(state) for state in order]]
        np.testing.assert_allclose(found, expected, atol=1e-10, rtol=0)


@pytest.mark.parametrize("name", STATES)
def test_occupation_with_returns_and_clustered_errors_is_met(name):
    data = pd.read_csv(REFERENCE / f"{name}.csv").rename(columns={"id": "subject"})
    data["stage"] = pd.Categorical(data["stage"], STATES[name], ordered=True)
    data["into"] = data["into"].where(data["into"] != "censor")
    begin = data.loc[data["start"] == 0, "stage"].value_counts(normalize=True, sort=False).tolist()
    curve = occupation_of_stays(data, limits="log-log", starting=begin)
    is_met(curve, pd.read_csv(REFERENCE / f"{name}_aj.csv"), "stage", "probability")


def test_competing_risks_with_late_entry_are_met():
    data = pd.read_csv(REFERENCE / "mgus.csv")
    data["event"] = pd.Categorical(data["event"].where(data["event"] != "censor"), ["pcm", "death"])
    curve = cumulative_incidence(data, limits="log-log")
    is_met(curve, pd.read_csv(REFERENCE / "mgus_incidence.csv"), "event", "incidence")


def test_a_panel_whose_endings_are_known_beyond_the_last_visit_is_met():
    known = pd.read_csv(REFERENCE / "cav_until.csv")
    data = pd.read_csv(REFERENCE.parent / "msm" / "cav.csv").rename(columns={"PTNUM": "partnership", "years": "date"})
    data["stage"] = pd.Categorical(data["state"].astype(str), list("1234"), ordered=True)
    ways = [("1", "2"), ("1", "4"), ("2", "1"), ("2", "3"), ("2", "4"), ("3", "2"), ("3", "4")]
    fit = panel_model(data[["partnership", "date", "stage"]], allowed=ways, exact=["4"], until=20.5, prior=None)
    assert fit.minus2ll <= known["minus2loglik"][0] + 1e-4
    np.testing.assert_allclose(fit.theta, known["log.rate"], atol=1e-3)
    np.testing.assert_allclose(fit.parameters["se"], known["se"], rtol=5e-3)


def test_a_panel_with_returns_and_no_ending_is_met():
    known, over = (pd.read_csv(REFERENCE / f"aneurysm_{name}.csv") for name in ("fit", "p5"))
    data = pd.read_csv(REFERENCE / "aneurysm.csv").rename(columns={"ptnum": "partnership", "age": "date"})
    data["stage"] = pd.Categorical(data["state"].astype(str), list("1234"), ordered=True)
    ways = [("1", "2"), ("2", "1"), ("2", "3"), ("3", "2"), ("3", "4"), ("4", "3")]
    fit = panel_model(data[["partnership", "date", "stage"]], allowed=ways, prior=None)
    assert fit.minus2ll <= known["minus2loglik"][0] + 1e-4
    np.testing.assert_allclose(fit.theta, known["log.rate"], atol=1e-3)
    np.testing.assert_allclose(fit.parameters["se"], known["se"], rtol=5e-3)
    np.testing.assert_allclose(probabilities(fit, over=5)["probability"], over["p"], atol=1e-5)
