from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlib.errors import ValueNotAllowed
from lnlib.measures.curves import survival
from lnlib.measures.curves.survival import (
    cumulative_incidence,
    kaplan_meier,
    landmark,
)

REFERENCE = Path(__file__).parents[1] / "reference_results" / "survival"
COLUMNS = {
    "time": "time", "n_at_risk": "n.risk", "n_event": "n.event", "n_censored": "n.censor",
    "survival": "surv", "se": "std.err", "low": "lower", "high": "upper",
}  # fmt: skip


def lung(name):
    rows = pd.read_csv(REFERENCE / name)
    return rows.assign(event=rows["status"] - 1)[["time", "event", "sex", "inst"]]


@pytest.mark.parametrize(
    ("data", "by", "result"),
    [("lung.csv", "sex", "lung_km_sex_log-log.csv"), ("lung_small_inst.csv", "inst", "lung_small_inst_km_log-log.csv")],
)
def test_lung_is_met(data, by, result):
    known = pd.read_csv(REFERENCE / result)
    found = kaplan_meier(lung(data), by=by, limits="log-log").query("time > 0")
    assert len(found) == len(known)
    assert (by + "=" + found[by].astype(str)).tolist() == known["strata"].tolist()
    for name, column in COLUMNS.items():
        np.testing.assert_allclose(found[name], known[column], atol=1e-10, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_survival_with_late_entry_is_the_literal_product(seed):
    random = np.random.default_rng(seed)
    entry = random.integers(0, 4, 20).astype(float)
    followed = pd.DataFrame(
        {"entry": entry, "time": entry + random.integers(1, 8, 20), "event": random.integers(0, 2, 20)}
    )
    found = kaplan_meier(followed).set_index("time")["survival"]
    for time in found.index:
        product = 1.0
        for event in np.unique(followed.loc[(followed["event"] == 1) & (followed["time"] <= time), "time"]):
            there = ((followed["entry"] < event) & (followed["time"] >= event)).sum()
            product *= 1 - ((followed["time"] == event) & (followed["event"] == 1)).sum() / there
        assert found[time] == pytest.approx(product, abs=1e-12)


def test_incidences_and_what_is_left_add_up_to_one_and_with_one_cause_make_kaplan_meier():
    random = np.random.default_rng(1)
    followed = pd.DataFrame(
        {"time": random.integers(1, 30, 60), "event": random.choice(["reached", "ended", None], 60)}
    )
    incidence = cumulative_incidence(followed).pivot_table("incidence", "time", "event", observed=False)
    any_of_them = kaplan_meier(followed.assign(event=followed["event"].notna())).set_index("time")["survival"]
    np.testing.assert_allclose(incidence.sum(axis=1) + any_of_them, 1)
    one = followed.assign(event=followed["event"].where(followed["event"] == "reached"))
    only, km = cumulative_incidence(one), kaplan_meier(one.assign(event=one["event"].notna()))
    np.testing.assert_allclose(only["incidence"], 1 - km["survival"], atol=1e-12)
    np.testing.assert_allclose(only["se"], km["se"].fillna(0), atol=1e-12)  # the jackknife is Greenwood's


def test_beta_limits_are_clopper_pearsons_where_none_is_censored_and_defined_everywhere():
    binomial = (
        pd.read_csv(REFERENCE.parent / "intervals" / "binomial_intervals_n1_12.csv")
        if (REFERENCE.parent / "intervals" / "binomial_intervals_n1_12.csv").exists()
        else None
    )
    found = kaplan_meier(pd.DataFrame({"time": [1, 2, 3, 4, 5], "event": 1}), limits="beta")
    assert found[["low", "high"]].notna().all(axis=None)
    known = {5: (0.478176, 1.0), 4: (0.283582, 0.994949), 3: (0.146633, 0.947255), 0: (0.0, 0.521824)}
    for left, (low, high) in known.items():
        row = found.iloc[5 - left]
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-6)
    if binomial is not None:
        five = binomial[binomial["n"] == 5].sort_values("x", ascending=False)
        np.testing.assert_allclose(found["low"], five["cp_lo"].astype(float), atol=1e-10)
        np.testing.assert_allclose(found["high"], five["cp_hi"].astype(float), atol=1e-10)


def test_beta_limits_of_incidences_are_defined_everywhere_and_hold_the_estimate():
    followed = pd.DataFrame({"time": [1, 2, 3, 4], "event": ["reached", None, "ended", None]})
    found = cumulative_incidence(followed, limits="beta")
    assert (found["low"] <= found["incidence"]).all()
    assert (found["incidence"] <= found["high"]).all()
    start = found[found["time"] == 0]
    assert start["high"].tolist() == pytest.approx([1 - 0.025 ** (1 / 4)] * 2)


def test_limits_of_small_n_are_log_log_and_beta_where_that_is_undefined():
    followed = pd.DataFrame({"time": [1, 2, 3, 4], "event": [1, 0, 1, 1]})
    found, drawn, exact = (kaplan_meier(followed, limits=limits) for limits in ("small-n", "log-log", "beta"))
    pd.testing.assert_frame_equal(found, kaplan_meier(followed))
    assert drawn["low"].isna().tolist() == [True, False, False, False, True]
    for name in ("low", "high"):
        assert found[name].tolist() == drawn[name].fillna(exact[name]).tolist()
    late = kaplan_meier(followed.assign(entry=[0, 0, 0, 3.5]))
    assert late["high"].iloc[-1] == pytest.approx(1 - 0.025)  # one is at risk at the end
    assert late["low"].iloc[-1] == 0
    causes = cumulative_incidence(pd.DataFrame({"time": [1, 2, 3], "event": ["reached", None, "ended"]}))
    assert causes[["low", "high"]].notna().all(axis=None)


def test_landmark_keeps_those_followed_longer_and_restarts_the_clock():
    followed = pd.DataFrame({"entry": [0, 0, 3], "time": [1.0, 5.0, 6.0], "event": [1, 1, 0]})
    assert landmark(followed, at=2).to_dict("list") == {"time": [3.0], "event": [1]}


def test_none_and_nothing_happening_have_answers():
    none = pd.DataFrame({"time": pd.Series(dtype=float), "event": pd.Series(dtype=bool)})
    assert len(kaplan_meier(none)) == 0
    assert len(cumulative_incidence(none)) == 0
    calm = kaplan_meier(pd.DataFrame({"time": [2.0, 3.0], "event": False}), limits="log-log")
    assert calm["survival"].tolist() == [1, 1, 1]
    assert calm[["low", "high"]].isna().all(axis=None)


def test_refusals():
    followed = pd.DataFrame({"time": [1, 2], "event": ["reached", "ended"], "kind": "a"})
    with pytest.raises(ValueNotAllowed) as refusal:
        kaplan_meier(followed)
    assert str(refusal.value) == (
        "kaplan_meier is for one kind of event, but got ended, reached; where these compete, use cumulative_incidence"
    )
    with pytest.raises(ValueNotAllowed) as refusal:
        kaplan_meier(followed.assign(event=[1, 2]))
    assert str(refusal.value) == "kaplan_meier needs event as booleans, 0/1 or words (NA: nothing), but got 2"
    with pytest.raises(ValueNotAllowed) as refusal:
        kaplan_meier(followed.assign(event=1, entry=[0, 2]))
    assert str(refusal.value) == "kaplan_meier needs entry before time, but 1 of 2 rows have not"
    with pytest.raises(ValueNotAllowed) as refusal:
        kaplan_meier(followed.assign(event=1, entry=0), limits="beta")
    assert str(refusal.value) == "limits 'beta' are not known for frames with entry; use 'log-log'"


def test_limits_are_by_partnership_where_one_has_several_rows():
    """Each row twice is worth as much as once: the same standard error, and n in partnerships."""
    one = pd.DataFrame({"time": [0.2, 0.4, 0.5, 0.7, 0.9, 1.0], "event": ["ended", None, "ended", "ended", None, None]})
    one = one.assign(partnership=range(6))
    two = pd.concat([one, one], ignore_index=True)
    alone = cumulative_incidence(one)
    found = cumulative_incidence(two, cluster="partnership")
    assert found["n"].unique().tolist() == [6]
    np.testing.assert_allclose(found["incidence"], alone["incidence"])
    np.testing.assert_allclose(found["se"], alone["se"], rtol=1e-6)
    np.testing.assert_allclose(found[["low", "high"]], alone[["low", "high"]], rtol=1e-6)
    assert (cumulative_incidence(two)["se"].iloc[-1] / found["se"].iloc[-1]) == pytest.approx(np.sqrt(0.5), abs=1e-6)


def literal_effect(owner, entry, time, event, times):
    """Sum what each row adds to the hazard up to each time, over rows and over owners, and return the ratio."""
    parts = np.zeros((len(owner), len(times)))
    for place, moment in enumerate(times):
        here = [row for row in range(len(owner)) if entry[row] < moment <= time[row]]
        ends = [row for row in here if time[row] == moment and event[row]]
        for row in here:
            parts[row, place:] += ((row in ends) - len(ends) / len(here)) / len(here)
    alone = (parts**2).sum(axis=0)
    together = sum(parts[owner == each].sum(axis=0) ** 2 for each in np.unique(owner))
    return [max(one / other, 1.0) if other else 1.0 for one, other in zip(together, alone, strict=True)]


def test_the_variance_of_clusters_is_that_of_a_literal_sum_also_with_late_entries():
    random = np.random.default_rng(4)
    owner = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
    entry = random.choice([0.0, 1.0, 2.0], len(owner))
    time, event = entry + random.choice([1.0, 2.0, 3.0], len(owner)), random.integers(0, 2, len(owner))
    table = survival._counts(time, event > 0, entry)
    found = survival._clustered(owner, time, event, entry, table, 1)[:, 0]
    assert found.tolist() == pytest.approx(literal_effect(owner, entry, time, event, table["time"]))
    assert found.max() > 1.2


def test_the_last_one_at_risk_adds_nothing_to_the_variance_of_clusters_by_its_event():
    owner, time, event = np.array([0, 0, 1]), np.array([1.0, 2.0, 3.0]), np.array([1, 1, 1])
    table = survival._counts(time, event > 0, np.zeros(3))
    found = survival._clustered(owner, time, event, np.zeros(3), table, 1)[:, 0]
    assert found.tolist() == pytest.approx(literal_effect(owner, np.zeros(3), time, event, table["time"]))
    assert found[-1] == pytest.approx(found[-2]) == pytest.approx(1.3100775)


def test_one_row_a_partnership_is_as_without_clusters():
    one = pd.DataFrame({"time": [0.2, 0.4, 0.5], "event": ["ended", None, "ended"], "partnership": list("abc")})
    plain = cumulative_incidence(one)
    pd.testing.assert_frame_equal(cumulative_incidence(one, cluster="partnership")[list(plain)], plain)


def test_the_upper_limit_does_not_fall_at_the_first_event_of_clusters():
    """62 windows of 38 partnerships: of no ending at most 9.3%, and of one of 62 no less."""
    windows = pd.DataFrame({"partnership": [*range(38), *range(24)], "time": 1.0, "event": None}, dtype=object)
    windows.loc[5, ["time", "event"]] = [0.4, "ended"]
    windows.loc[6, ["time", "event"]] = [0.6, "ended"]
    found = cumulative_incidence(windows.astype({"time": float}), cluster="partnership")
    assert found["incidence"].tolist() == pytest.approx([0, 1 / 62, 2 / 62, 2 / 62])
    none = 1 - 0.025 ** (1 / 38)
    assert none == pytest.approx(0.0925, abs=1e-4)
    assert found["high"].tolist()[:2] == pytest.approx([none, none])
    log_log = cumulative_incidence(windows.astype({"time": float}), cluster="partnership", limits="log-log")
    assert log_log["high"].iloc[1] == pytest.approx(0.0760, abs=1e-4)
    assert found["high"].iloc[2] == log_log["high"].iloc[2] > none


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 30, 300, 3000])
def test_without_clusters_the_upper_limit_of_one_event_is_log_log_as_before(n):
    one = pd.DataFrame({"time": np.append(1.0, np.full(n - 1, 2.0)), "event": ["ended", *[None] * (n - 1)]})
    at = cumulative_incidence(one).query("time == 1")["high"].item()
    expected = 1.0 if n == 1 else cumulative_incidence(one, limits="log-log").query("time == 1")["high"].item()
    assert at == expected
