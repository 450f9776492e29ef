from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lnlib as ln
from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.curves.occupation import _of_the_known, occupation, occupation_of_stays

REFERENCE = Path(__file__).parents[1] / "reference_results" / "survival"
STATES = ["s1", "s2", "s3", "s4"]


@pytest.fixture(scope="module")
def cav():
    rows = pd.read_csv(REFERENCE / "cav_counting.csv")
    return pd.DataFrame(
        {
            "subject": rows["id"],
            "sex": rows["sex"],
            "start": rows["t1"],
            "stop": rows["t2"],
            "stage": pd.Categorical("s" + rows["from"].astype(str), STATES, ordered=True),
            "into": rows["event"].where(rows["event"] != "censor"),
        }
    )


def test_cav_is_met_on_data_errors_and_limits(cav):
    known = pd.read_csv(REFERENCE / "cav_aj_reversals.csv")
    found = occupation_of_stays(cav, at=known["time"].tolist(), limits="log")
    for name, column in (("n_at_risk", "nrisk"), ("probability", "p"), ("se", "se"), ("low", "lo"), ("high", "up")):
        expected = known[[f"{column}_{state}" for state in STATES]].to_numpy()
        np.testing.assert_allclose(found[name].to_numpy().reshape(-1, 4), expected, atol=1e-10, rtol=0)


def test_every_time_of_the_reference_is_a_time_of_the_curve(cav):
    known = pd.read_csv(REFERENCE / "cav_aj_reversals.csv")
    found = occupation_of_stays(cav)["time"].unique()
    assert np.abs(found[np.searchsorted(found, known["time"] - 1e-7)] - known["time"]).max() < 1e-10


def test_groups_are_what_they_are_alone(cav):
    both = occupation_of_stays(cav, by="sex")
    alone = occupation_of_stays(cav[cav["sex"] == 1])
    pd.testing.assert_frame_equal(
        both[both["sex"] == 1].drop(columns="sex").reset_index(drop=True), alone, atol=1e-12, rtol=0
    )


def life(rows):
    """(partnership, start, end, stage, status, into, seen)."""
    found = pd.DataFrame(rows, columns=["partnership", "start", "end", "stage", "status", "into", "seen"])
    return found.assign(stage=pd.Categorical(found["stage"], ["low", "high"], ordered=True))


@pytest.fixture
def spells():
    return life(
        [
            ("a", 0.0, 1.0, "low", "assessed", "high", 0.0),
            ("a", 1.0, 4.0, "high", "assessed", None, 3.0),
            ("b", 0.0, 2.0, "low", "assessed", "ended", 0.0),
            ("b", 2.0, 4.0, None, "ended", None, np.nan),
            ("c", 0.0, 1.5, "low", "assessed", "not_assessed", 0.0),
            ("c", 1.5, 3.0, None, "not_assessed", "low", np.nan),
            ("c", 3.0, 4.0, "low", "assessed", None, 3.0),
        ]
    )


def test_spells_by_hand(spells):
    found = occupation(spells, at=[0, 1, 2, 3.5]).pivot_table("probability", "time", "stage", observed=False)
    # at 1 one of three moves up; at 2 one of three ends, and of the others only a is known; c is back from 3 on
    np.testing.assert_allclose(found, [[1, 0, 0], [2 / 3, 1 / 3, 0], [0, 2 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3]])
    at_risk = occupation(spells, at=[0, 1, 2, 3.5]).pivot_table("n_at_risk", "time", "stage", observed=False)
    assert at_risk.to_numpy().tolist() == [[3, 0, 0], [3, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_beta_limits_are_defined_everywhere_and_hold_the_estimate(spells):
    found = occupation(spells, limits="beta")
    assert (found["low"] <= found["probability"]).all()
    assert (found["probability"] <= found["high"]).all()


def test_the_ending_of_one_not_assessed_for_long_counts_like_any_other():
    """Ten rated once, five of which end after four years: half have ended, whatever a rating is carried for."""
    rows = []
    for number in range(10):
        key, end = f"p{number}", 4.0 if number < 5 else 6.0
        rows += [(key, 0.0, 1.5, "low", "assessed", None, 0.0), (key, 1.5, end, None, "not_assessed", None, np.nan)]
        rows += [(key, 4.0, 6.0, None, "ended", None, np.nan)] * (number < 5)
    found = occupation(life(rows), at=[1, 3, 5]).set_index(["time", "stage"])
    assert found.xs("ended", level="stage")["probability"].tolist() == [0.0, 0.0, 0.5]
    assert found.loc[(1.0, "low"), "probability"] == 1.0
    assert np.isnan(found.loc[(5.0, "low"), "probability"])
    # of ten, five: the standard error of a share
    np.testing.assert_allclose(found.loc[(5.0, "ended"), "se"], np.sqrt(0.25 / 10))


def test_standard_errors_of_the_known_are_those_of_leaving_one_out():
    """The delta method against the grouped jackknife on a register with gaps."""
    frame = ln.spells(ln.open_register("demonstration"), carried=12)
    at, keys = [2.0], frame["partnership"].unique()
    whole = occupation(frame, at=at)
    # the start is held fixed in the estimator, so that only groups large enough to leave it nearly as it is are left out
    parts = np.array_split(np.random.default_rng(1).permutation(keys), 40)
    left = [occupation(frame[~frame["partnership"].isin(part)], at=at)["probability"].to_numpy() for part in parts]
    spread = np.sqrt((len(parts) - 1) * np.var(left, axis=0))
    np.testing.assert_allclose(spread, whole["se"], rtol=0.25)


def test_dates_are_years_since_the_partnership_began(spells):
    dated = spells.assign(
        **{
            name: pd.Timestamp("2010-01-01") + pd.to_timedelta(spells[name] * 365.25, unit="D")
            for name in ("start", "end", "seen")
        }
    )
    pd.testing.assert_frame_equal(occupation(dated), occupation(spells), atol=1e-9, rtol=0)


def test_one_that_began_before_the_period_comes_in_late(spells):
    late = spells.assign(origin=spells["partnership"].map({"a": -1.0, "b": 0.0, "c": 0.0}))
    assert occupation(late, at=[0.5, 2])["n_at_risk"].tolist() == [2, 0, 0, 2, 0, 0]


def test_edge_cases_have_answers(spells):
    one = spells[spells["partnership"] == "b"]
    assert occupation(one, at=[2])["probability"].tolist() == [0, 0, 1]
    still = spells[(spells["partnership"] == "c")].iloc[[2]]
    assert occupation(still)["probability"].tolist() == [1, 0, 0] * 2
    none = occupation(spells.iloc[:0])
    assert len(none) == 0
    assert "probability" in none
    empty = spells.assign(province=pd.Categorical(["01"] * len(spells), ["01", "02"]))
    found = occupation(empty, by="province", at=[1.0])
    assert found.loc[found["province"] == "02", "probability"].isna().all()
    gone = spells[spells["status"] == "ended"]
    assert len(occupation(gone)) == 0


def test_order_of_rows_is_nothing_and_the_frame_stays(spells):
    before = spells.copy(deep=True)
    pd.testing.assert_frame_equal(occupation(spells.sample(frac=1, random_state=1)), occupation(spells))
    pd.testing.assert_frame_equal(spells, before)


def test_refusals(spells):
    stays = pd.DataFrame(
        {
            "subject": 1,
            "start": [0, 1],
            "stop": [2, 3],
            "into": None,
            "stage": pd.Categorical(["a", "a"], ["a", "b"], ordered=True),
        }
    )
    with pytest.raises(ValueNotAllowed) as refusal:
        occupation_of_stays(stays)
    assert str(refusal.value) == "occupation_of_stays needs stays of a subject that do not overlap, but 1 do"
    with pytest.raises(ValueNotAllowed) as refusal:
        occupation_of_stays(stays.assign(stop=0))
    assert str(refusal.value) == "occupation_of_stays needs start before stop, but 2 of 2 rows have not"
    with pytest.raises(ValueNotAllowed) as refusal:
        occupation_of_stays(stays.iloc[:1], starting=[0.5, 0.6])
    assert str(refusal.value) == "starting must be 2 probabilities that add up to 1, one a stage, but got [0.5, 0.6]"
    with pytest.raises(ColumnMissing) as missing:
        occupation(spells.drop(columns="end"))
    assert str(missing.value) == (
        "occupation needs column end; the frame has: partnership, start, stage, status, into, seen"
    )


def test_the_standard_error_of_what_is_shared_out_among_the_known_is_by_the_delta_method():
    """With states low, high, not assessed, ended: of stages p (1 − e) / Σp, by a derivative taken in small steps."""
    shown, probability = np.array([0, 1, 3]), np.array([0.3, 0.2, 0.1, 0.4])
    root = np.array([[0.2, 0, 0, 0], [0.1, 0.3, 0, 0], [-0.1, 0.05, 0.2, 0], [-0.15, -0.2, 0.1, 0.25]]) / 10
    variance = root @ root.T

    def shared(p):
        return np.array([*p[:2] * (1 - p[3]) / p[:2].sum(), p[3]])

    steps = 1e-6 * np.eye(4)
    slope = np.array([(shared(probability + step) - shared(probability - step)) / 2e-6 for step in steps]).T
    found, se = _of_the_known(probability[None], variance[None], shown)
    np.testing.assert_allclose(found[0], [0.36, 0.24, 0.4], rtol=1e-12)
    np.testing.assert_allclose(se[0], np.sqrt(np.diag(slope @ variance @ slope.T)), rtol=1e-6)
