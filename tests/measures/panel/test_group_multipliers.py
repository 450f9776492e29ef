import numpy as np
import pandas as pd
import pytest

from lnlib.errors import ValueNotAllowed
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.model import minus2ll_at, panel_model
from lnlib.measures.panel.results import rates


def province(name, n, pace, random):
    """One move up at a rate, seen after a year and after two."""
    moved = random.exponential(size=n) / (0.4 * pace)
    return [
        (f"{name}-{who}", year, name, "high" if time <= year else "low")
        for who, time in enumerate(moved)
        for year in (0.0, 1.0, 2.0)
    ]


@pytest.fixture(scope="module")
def visits():
    random = np.random.default_rng(8)
    rows = [
        row
        for name, n, pace in (("01", 60, 2.5), ("02", 60, 0.4), ("03", 4, 1.0))
        for row in province(name, n, pace, random)
    ]
    found = pd.DataFrame(rows, columns=["partnership", "date", "province", "stage"])
    return found.assign(
        stage=pd.Categorical(found["stage"], ["low", "high"], ordered=True),
        province=pd.Categorical(found["province"], ["01", "02", "03", "04"]),
    )


@pytest.fixture(scope="module")
def fit(visits):
    return panel_model(visits, allowed=[("low", "high")])


@pytest.mark.slow
def test_raw_multipliers_are_those_of_the_literal_likelihood(visits, fit):
    found = group_multipliers(visits, by="province", fit=fit).set_index("province")
    rate = rates(fit)["rate"].iloc[0]
    for name in ("01", "02"):
        mine = visits[visits["province"] == name]
        paces = np.linspace(0.1, 4, 157)
        curve = np.array([minus2ll_at(mine, rates=[[0, rate * pace], [0, 0]]) for pace in paces])
        assert found.loc[name, "raw"] == pytest.approx(paces[curve.argmin()], abs=0.02)
        within = paces[curve <= curve.min() + 3.8415]
        assert (found.loc[name, "raw_low"], found.loc[name, "raw_high"]) == pytest.approx(
            (within[0], within[-1]), abs=0.03
        )


def test_a_small_group_is_drawn_to_the_rest_and_an_empty_one_is_unknown(visits, fit):
    found = group_multipliers(visits, by="province", fit=fit).set_index("province")
    width = np.log(found["high"] / found["low"])
    assert width["01"] < width["03"] < width["04"]
    assert found["n"].to_dict() == {"01": 60, "02": 60, "03": 4, "04": 0}
    assert found.loc["04", ["raw", "raw_low", "raw_high"]].isna().all()
    assert found.loc["01", "low"] > 1 > found.loc["02", "high"]
    assert found["years"].to_dict() == {"01": 120.0, "02": 120.0, "03": 8.0, "04": 0.0}


def test_order_of_rows_is_nothing_and_the_frame_stays(visits, fit):
    before = visits.copy(deep=True)
    one = group_multipliers(visits, by="province", fit=fit)
    pd.testing.assert_frame_equal(group_multipliers(visits.sample(frac=1, random_state=1), by="province", fit=fit), one)
    pd.testing.assert_frame_equal(visits, before)


def wandering(n):
    """Rate each of many partnerships once a year, until a third have ended between two ratings."""
    random, rows = np.random.default_rng(11), []
    for who in range(n):
        stage, over = int(random.integers(3)), random.integers(2, 7)
        for year in range(4):
            if year > over:
                rows.append((who, over + 0.4, "ended"))
                break
            rows.append((who, float(year), ["low", "mid", "top"][stage]))
            stage = int(np.clip(stage + random.choice([-1, 0, 0, 1, 1]), 0, 2))
    found = pd.DataFrame(rows, columns=["partnership", "date", "what"])
    stage = pd.Categorical(found["what"].where(found["what"] != "ended"), ["low", "mid", "top"], ordered=True)
    return found.assign(stage=stage, status=np.where(found["what"] == "ended", "ended", "assessed"))


UP, DOWN, ENDED = [("low", "mid"), ("mid", "top")], [("mid", "low"), ("top", "mid")], [("low", "ended"), ("mid", "ended"), ("top", "ended")]  # fmt: skip


@pytest.mark.parametrize(("moves", "chosen"), [("up", UP), ("down", DOWN), ("ended", ENDED), ("all", UP + DOWN + ENDED), (UP[:1], UP[:1])])  # fmt: skip
def test_the_raw_multiplier_of_some_moves_is_the_most_likely_and_leaves_the_others(moves, chosen):
    visits = wandering(60).assign(half=lambda rows: rows["partnership"] % 2)
    fit = panel_model(visits)
    table = rates(fit)
    states = list(fit.states)
    found = group_multipliers(visits, by="half", fit=fit, moves=moves)
    for half, most in zip(found["half"], found["raw"], strict=True):
        likely = []
        for factor in (0.97, 1.0, 1.03):
            q = np.zeros((4, 4))
            for one, other, rate in table[["from", "to", "rate"]].itertuples(index=False):
                own = most * factor if (one, other) in chosen else 1.0
                q[states.index(one), states.index(other)] = rate * own
            likely.append(minus2ll_at(visits[visits["half"] == half], rates=q))
        assert likely[1] < min(likely[0], likely[2])


@pytest.mark.parametrize("cuts", [(), (1.5,)])
def test_visits_that_begin_after_those_of_the_fit_meet_its_cut_when_it_was(visits, cuts):
    def multipliers(*, dates):
        def at(years):
            return pd.Timestamp("2010-01-01") + pd.to_timedelta(np.multiply(years, 365.25), unit="D")

        rows = visits.assign(date=at(visits["date"])) if dates else visits
        fit = panel_model(rows, allowed=[("low", "high")], cuts=[at(cut) if dates else cut for cut in cuts])
        later = rows[visits["date"] > 0]
        return group_multipliers(later, by="province", fit=fit, until=at(2.5) if dates else 2.5)

    pd.testing.assert_frame_equal(multipliers(dates=True), multipliers(dates=False), rtol=1e-4)


def test_moves_that_are_not_allowed_are_refused(visits, fit):
    with pytest.raises(ValueNotAllowed) as refusal:
        group_multipliers(visits, by="province", fit=fit, moves="down")
    assert str(refusal.value) == "moves 'down' are not among the allowed transitions of the fit"
    with pytest.raises(ValueNotAllowed) as refusal:
        group_multipliers(visits, by="province", fit=fit, moves="upp")
    assert str(refusal.value) == "moves 'upp' is not known; did you mean 'up'? Allowed: all, up, down, ended"


@pytest.mark.parametrize("taken", ["n", "years", "raw", "raw_low", "raw_high", "multiplier", "low", "high"])
def test_groups_cannot_have_the_name_of_a_result(visits, fit, taken):
    with pytest.raises(ValueNotAllowed) as refusal:
        group_multipliers(visits.rename(columns={"province": taken}), by=taken, fit=fit)
    assert str(refusal.value) == f"group_multipliers gives column {taken} itself; group by other columns"
