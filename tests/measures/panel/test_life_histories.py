"""The panel model over whole lives: against sums over every way a life may have gone, and against what it was drawn from."""

import itertools
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

from lnlib.errors import ValueNotAllowed
from lnlib.measures.panel.life_histories import group_life_histories, likelihood_of_lives, ratings
from lnlib.measures.panel.model import Prior, panel_model
from lnlib.measures.panel.optimise import differences
from lnlib.measures.panel.results import hazard_ratios, rates
from lnlib.measures.panel.visit_intervals import read_visits

STAGES = ["low", "mid", "top"]
DTYPE = pd.CategoricalDtype(STAGES, ordered=True)


def frame(rows):
    """Write (partnership, date, stage or status, rater, exposed)."""
    found = pd.DataFrame(rows, columns=["partnership", "date", "what", "rater", "exposed"])
    status = [what if what in ("ended", "changed") else "assessed" for what in found["what"]]
    stage = pd.Series([what if what in STAGES else None for what in found["what"]], dtype=object).astype(DTYPE)
    return found.assign(status=status, stage=stage).drop(columns="what")


LIVES = frame(
    [
        ("a", 0.0, "low", "x", False),
        ("a", 0.4, "changed", None, True),
        ("a", 1.0, "mid", "y", True),
        ("a", 1.0, "low", "x", True),
        ("a", 2.5, "top", "x", True),
        ("a", 3.0, "changed", None, False),
        ("b", 0.5, "mid", "y", False),
        ("b", 1.5, "changed", None, True),
        ("b", 2.2, "ended", None, True),
        ("c", 1.0, "mid", "x", True),
        ("c", 1.2, "low", "y", True),
        ("c", 3.0, "low", "y", True),
        ("d", 0.0, "changed", None, True),
        ("d", 0.2, "top", "x", True),
    ]
)


def by_hand(fit, visits, *, until):
    """Sum the probability of every way through the stages at the rows of each life."""
    theta = dict(fit.parameters[["parameter", "estimate"]].itertuples(index=False))
    states = list(fit.states)
    chances = {rater: 1 / (1 + np.exp(-theta[f"misrated by {rater}"])) for rater in fit.raters}
    first = np.exp([0.0, *(theta[f"first at {stage}"] for stage in STAGES[1:])]) if fit.raters else np.ones(3)
    first = first / first.sum() if fit.raters else first
    centre = fit.effects[0].centre

    def q_of(exposed):
        q = np.zeros((4, 4))
        for number, (one, other) in enumerate(fit.transitions):
            slope = fit.theta[fit.design.slopes[0, number]]
            q[states.index(one), states.index(other)] = np.exp(theta[f"{one} → {other}"] + slope * (exposed - centre))
        return q - np.diag(q.sum(axis=1))

    def seen(rater, stage, at):
        if not fit.raters:
            return float(stage == at)
        if at == stage:
            return 1 - chances[rater]
        beside = [other for other in (at - 1, at + 1) if 0 <= other < 3]
        return chances[rater] / len(beside) if stage in beside else 0.0

    total = 0.0
    for _, life in visits.groupby("partnership"):
        life = life.loc[life["stage"].first_valid_index() :]
        rows = list(life.itertuples())
        ended = rows[-1].status == "ended"
        if not ended and until is None:  # what changes after the last rating says nothing
            rows = rows[: 1 + max(place for place, row in enumerate(rows) if row.status != "changed")]
        elif not ended:
            rows = [row for row in rows if row.date <= until]
        times = [row.date for row in rows] + ([until] if not ended and until is not None else [])
        if len(times) < 2 and not fit.raters:
            continue
        rates = [q_of(row.exposed) for row in rows]
        steps = [expm(rates[place] * (after - times[place])) for place, after in enumerate(times[1:])]
        likelihood = 0.0
        for way in itertools.product(range(3), repeat=len(times)):
            chance = first[way[0]]
            for place, row in enumerate(rows):
                if pd.notna(row.stage):
                    chance *= seen(row.rater, STAGES.index(row.stage), way[place])
                if place + 1 < len(times):
                    chance *= steps[place][way[place], way[place + 1]]
                    if ended and place + 2 == len(times):
                        chance *= rates[place][way[place + 1], 3]
            likelihood += chance
        total += np.log(likelihood)
    return -2 * total


@pytest.mark.parametrize("until", [None, 3.5])
def test_the_likelihood_sums_over_every_way_a_life_may_have_gone(until):
    fit = panel_model(LIVES, covariates="exposed", until=until, misrated="rater")
    assert fit.minus2ll == pytest.approx(by_hand(fit, LIVES, until=until), rel=1e-9)


def test_without_errors_a_change_between_ratings_still_parts_the_interval():
    visits = LIVES.drop_duplicates(["partnership", "date"])
    fit = panel_model(visits, covariates="exposed", until=3.5)
    assert fit.minus2ll == pytest.approx(by_hand(fit, visits, until=3.5), rel=1e-9)
    assert fit.raters == ()


def test_what_was_not_seen_of_lives_is_named():
    fit = panel_model(LIVES.drop_duplicates(["partnership", "date"]), covariates="exposed")
    assert [problem for problem in fit.problems if "not seen" in problem] == [
        "low → ended was not seen: no interval goes straight from one to the other",
        "top → mid was not seen: no interval begins there",
        "top → ended was not seen: no interval begins there",
    ]


def test_an_ending_dated_exactly_may_be_the_lowest_stage_as_well_as_the_highest():
    rows = [("a", 0.0, 0), ("a", 1.0, None), ("a", 2.5, 1), ("b", 0.0, 0), ("b", 2.0, 0), ("c", 1.0, 0), ("c", 4.0, 1)]
    found = pd.DataFrame(rows, columns=["partnership", "date", "place"]).assign(exposed=[0, 1, 1, 0, 0, 1, 1])
    fits = []
    for names in (["on", "over"], ["over", "on"]):
        stage = found["place"].map({0: "on", 1: "over"}).astype(pd.CategoricalDtype(names, ordered=True))
        status = np.where(stage.isna(), "changed", "assessed")
        visits = found.assign(stage=stage, status=status)
        fits.append(panel_model(visits, allowed=[("on", "over")], exact=["over"], covariates="exposed"))
    assert fits[0].minus2ll == pytest.approx(fits[1].minus2ll, rel=1e-9)
    np.testing.assert_allclose(fits[0].theta, fits[1].theta, atol=1e-6)


def test_the_slopes_are_those_of_differences():
    seen = read_visits(LIVES, covariates=["exposed"], centre={}, missing="refuse", lives=True, misrated="rater",
                       caller="panel_model")  # fmt: skip
    transitions = np.array([[0, 1], [0, 3], [1, 0], [1, 2], [1, 3], [2, 1], [2, 3]])
    data = group_life_histories(seen, transitions=transitions, exact=[3], cuts=[1.8], until=3.5, stages=3, caller="")
    random = np.random.default_rng(3)
    rates = random.normal(-1, 0.5, (len(data.grouped.design), len(transitions)))
    first, errors = np.array([0.6, 0.3, 0.1, 0.0]), np.array([[-3.0, 0.4], [-1.4, -0.2]])
    given = [rates, first, errors]

    def at(changed):
        return likelihood_of_lives(changed[0], data, first=changed[1], errors=changed[2])

    slopes = at(given)[1:]
    for number, slope in enumerate(slopes):
        for place in np.ndindex(slope.shape):
            ahead, behind = ([each.copy() for each in given] for _ in range(2))
            ahead[number][place] += 1e-6
            behind[number][place] -= 1e-6
            assert slope[place] == pytest.approx((at(ahead)[0] - at(behind)[0]) / 2e-6, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("misrated", ["rater", None])
def test_the_curvature_is_that_of_differences_of_the_gradient(misrated, directed):
    visits = LIVES if misrated else LIVES.drop_duplicates(["partnership", "date"])
    fit = panel_model(visits, covariates="exposed", cuts=[1.8], until=3.5, misrated=misrated, directed=directed)
    place = fit.theta + np.random.default_rng(5).normal(0, 0.5, len(fit.theta))
    found = fit.hidden.curvature(place)
    np.testing.assert_allclose(found, differences(fit.hidden.likelihood, place), rtol=1e-6, atol=1e-6)
    assert np.abs(found).max() > 0.1


def test_a_row_at_which_nothing_changes_changes_nothing():
    visits = drawn(60, seed=2)
    plain = visits[visits["status"] != "changed"]
    marks = plain.groupby("partnership").agg(date=("date", "mean")).reset_index()
    more = plain.merge(marks, on="partnership", suffixes=("", "_mark"))
    held = more[more["date"] <= more["date_mark"]].groupby("partnership").tail(1)
    rows = held.assign(date=held["date_mark"], status="changed", stage=None)[plain.columns].astype({"stage": DTYPE})
    both = (plain, pd.concat([plain, rows]))
    one, other = (panel_model(each, covariates="exposed", centre={"exposed": 0.0}) for each in both)
    assert one.minus2ll == pytest.approx(other.minus2ll, rel=1e-9)
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-5)


def test_cuts_in_time_part_lives_as_they_part_intervals():
    plain = drawn(60, seed=4)
    plain = plain[plain["status"] != "changed"]
    idle = plain.groupby("partnership").head(1).assign(status="changed", stage=None).astype({"stage": DTYPE})
    one, other = (panel_model(each, cuts=[1.1, 2.3], until=5.0) for each in (plain, pd.concat([plain, idle])))
    assert one.minus2ll == pytest.approx(other.minus2ll, rel=1e-9)
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-5)


# --- from what they were drawn ---------------------------------------------------------------------------------------

Q = np.array([[0, 0.5, 0, 0.1], [0.15, 0, 0.4, 0.08], [0, 0.2, 0, 0.05], [0, 0, 0, 0]])


def drawn(n, *, seed, ratio=2.0, errs=None, years=4.0, up=None):
    """Draw lives whose moves up are `ratio` times as fast from a day in the middle of life on; raters err."""
    random, rows = np.random.default_rng(seed), []
    for who in range(n):
        clock, stage, starts = 0.0, 0, random.exponential(2.0)
        moves = [(0.0, 0)]
        while clock < years and stage < 3:
            rates = Q[stage].copy()
            if clock >= starts and stage < 2:
                rates[stage + 1] *= ratio
            wait = random.exponential(1 / rates.sum())
            if clock < starts < clock + wait:
                clock = starts
                continue
            clock, stage = clock + wait, int(random.choice(4, p=rates / rates.sum()))
            moves.append((clock, stage))
        ended = clock if stage == 3 and clock < years else np.inf
        when = np.array([move[0] for move in moves])
        for rater, often in (("x", 1.0), ("y", 0.7)):
            times = np.append(0.0, np.sort(random.uniform(0, years, random.poisson(often * years))))
            for time in times[times < min(ended, years)]:
                held = moves[int(np.searchsorted(when, time, side="right")) - 1][1]
                if random.random() < (errs or {}).get(rater, 0.0):
                    high = (up or {}).get(rater)  # whether an error is upwards; of what cannot err so, no error
                    if high is None:
                        held = 1 if held in (0, 2) else int(random.choice([0, 2]))
                    else:
                        held = min(held + 1, 2) if random.random() < high else max(held - 1, 0)
                rows.append((who, float(time), STAGES[held], rater, time >= starts))
        if starts < min(ended, years):
            rows.append((who, starts, "changed", None, True))
        if np.isfinite(ended):
            rows.append((who, ended, "ended", None, ended >= starts))
    found = frame(rows).sort_values(["partnership", "date"], kind="stable").reset_index(drop=True)
    if errs is None:
        again = (found["status"] == "assessed") & found.duplicated(["partnership", "date", "status"])
        found = found[~again].reset_index(drop=True)
    return found


SHARED = {"exposed": ["up", "ended", "down", "up", "ended", "down", "ended"]}


def up_of(fit):
    found = hazard_ratios(fit)
    return found[(found["from"] == "low") & (found["to"] == "mid")].iloc[0]


def test_the_ratio_and_the_chances_of_error_are_found_again():
    visits = drawn(800, seed=11, errs={"x": 0.08, "y": 0.03})
    fit = panel_model(visits, covariates="exposed", same_effects=SHARED, until=4.0, misrated="rater")
    found = up_of(fit)
    assert abs(found["effect"] - np.log(2)) < 3 * found["se"]
    own = fit.parameters.set_index("parameter")
    for rater, truth in (("x", 0.08), ("y", 0.03)):
        row = own.loc[f"misrated by {rater}"]
        assert abs(row["estimate"] - np.log(truth / (1 - truth))) < 3 * row["se"]


def test_raters_taken_at_their_word_hide_what_is_there():
    visits = drawn(800, seed=11, errs={"x": 0.08, "y": 0.03})
    word = visits.drop_duplicates(["partnership", "date", "status"])
    fit = panel_model(word, covariates="exposed", same_effects=SHARED, until=4.0)
    assert up_of(fit)["effect"] < np.log(2) - 3 * up_of(fit)["se"]


def test_time_before_an_exposure_is_nobodys_gain():
    """Who is ever exposed must have lived on until then; a mark for life makes exposure look like a protection."""
    visits = drawn(700, seed=6, ratio=1.0)
    ever = visits.assign(exposed=visits.groupby("partnership")["exposed"].transform("any"))
    fits = [
        panel_model(each, covariates="exposed", same_effects=SHARED, until=4.0)
        for each in (visits, ever[ever["status"] != "changed"])
    ]
    ended = [hazard_ratios(fit).query("to == 'ended'").iloc[0] for fit in fits]
    assert abs(ended[0]["effect"]) < 3 * ended[0]["se"]
    assert ended[1]["effect"] < -5 * ended[1]["se"]


# --- what is asked of the frame --------------------------------------------------------------------------------------


def test_who_rates_must_be_known():
    visits = LIVES.assign(rater=LIVES["rater"].where(LIVES["date"] != 2.5))
    with pytest.raises(
        ValueNotAllowed, match=r"^panel_model needs the rater of every assessment in rater, but 1 are missing$"
    ):
        panel_model(visits, covariates="exposed", misrated="rater")


def test_two_ratings_of_a_day_are_refused_where_nobody_errs():
    with pytest.raises(ValueNotAllowed, match="needs one stage a day"):
        panel_model(LIVES, covariates="exposed")


def test_the_order_of_rows_does_not_matter_and_the_input_is_untouched():
    before = LIVES.copy(deep=True)
    one = panel_model(LIVES, covariates="exposed", misrated="rater")
    other = panel_model(LIVES.sample(frac=1, random_state=1), covariates="exposed", misrated="rater")
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-6)
    pd.testing.assert_frame_equal(LIVES, before)


def test_ratings_of_every_stage_add_up_to_one():
    table, turned = ratings(np.array([[-2.2, 0.3], [-0.8, -0.5]]), states=4, stages=3)
    np.testing.assert_allclose(table.reshape(2, 4, 4).sum(axis=1), 1.0)
    np.testing.assert_allclose(turned.reshape(2, 2, 2, 4, 4).sum(axis=3), 0.0, atol=1e-15)


def test_a_lean_makes_one_direction_more_frequent_than_the_other():
    odds, lean = 0.1, np.log(2)
    table, _ = ratings(np.array([[np.log(odds), lean]]), states=3, stages=3)
    assert table[1, 0] == pytest.approx(2 * odds / (1 + 2 * odds))  # the lowest stage is rated too high
    assert table[1, 2] == pytest.approx(odds / 2 / (1 + odds / 2))  # the highest stage is rated too low
    assert table[2, 1] / table[0, 1] == pytest.approx(4)


def test_raters_that_lean_upwards_are_found_to():
    visits = drawn(600, seed=13, errs={"x": 0.15, "y": 0.05}, up={"x": 1.0})
    plain, leaning = (
        panel_model(visits, covariates="exposed", same_effects=SHARED, until=4.0, misrated="rater", directed=directed)
        for directed in (False, True)
    )
    own = leaning.parameters.set_index("parameter")
    assert own.loc["lean of x", "estimate"] > 3 * own.loc["lean of x", "se"]
    assert abs(own.loc["lean of y", "estimate"]) < 3 * own.loc["lean of y", "se"]
    assert leaning.minus2ll < plain.minus2ll - 10


def test_a_lean_that_the_data_do_not_tell_is_named():
    fit = panel_model(LIVES, covariates="exposed", misrated="rater", directed=True)
    assert "lean of x rests on the prior more than on the data" in fit.problems


# --- who counts ------------------------------------------------------------------------------------------------------


def rated_once(many, stage):
    return frame([(f"once {stage} {n}", 0.0, stage, "x", False) for n in range(many)])


def rated_thrice(many, top):
    """Return partnerships rated each year, a share of them at the top first; a fifth then move by one stage."""
    random, rows = np.random.default_rng(7), []
    for who in range(many):
        stage = 2 if who < top * many else 0
        for time in (0.0, 1.0, 2.0):
            rows.append((who, time, STAGES[stage], "x", False))
            if random.random() < 0.2:
                stage = int(np.clip(stage + (1 if random.random() < 0.6 else -1), 0, 2))
    return frame(rows)


@pytest.mark.parametrize("until", [None, 4.0])
def test_those_rated_once_count_for_the_stages_at_the_first_rating(until):
    """Sixty more rated once, at the top: .29 of 60 there at first become .64 of 120, with `until` and without."""
    visits = rated_thrice(60, 0.27)
    fits = [
        panel_model(each, misrated="rater", until=until)
        for each in (visits, pd.concat([visits, rated_once(60, "top")]))
    ]
    assert [fit.n_partnerships for fit in fits] == [60, 120]
    odds = [np.exp(fit.parameters.set_index("parameter")["estimate"]) for fit in fits]
    at_top = [one["first at top"] / (1 + one["first at mid"] + one["first at top"]) for one in odds]
    assert at_top[0] == pytest.approx(0.29, abs=0.005)
    assert at_top[1] == pytest.approx((60 * at_top[0] + 60) / 120, abs=0.01)


@pytest.mark.parametrize("misrated", [None, "rater"])
def test_those_never_rated_have_no_part_in_the_fit(misrated):
    visits = drawn(40, seed=8)
    never = frame(
        [row for n in range(10) for row in ((f"n{n}", 0.5, "changed", None, True), (f"n{n}", 2.0, "ended", None, True))]
    )
    one, other = (
        panel_model(each, covariates="exposed", until=4.0, misrated=misrated)
        for each in (visits, pd.concat([visits, never]))
    )
    assert one.n_partnerships == other.n_partnerships == visits.loc[visits["stage"].notna(), "partnership"].nunique()
    assert one.minus2ll == pytest.approx(other.minus2ll, rel=1e-9)
    owners = pd.concat([visits, never])["partnership"].to_numpy()
    assert not {str(owner) for owner in owners[other.begins]} & {f"n{n}" for n in range(10)}


# --- the unit of a number does not matter ------------------------------------------------------------------------------


def of_sizes(unit, prior):
    visits = drawn(150, seed=3)
    size = 1 + visits["partnership"].astype(int) % 7 / 3
    return panel_model(visits.assign(size=size * unit), covariates="size", until=4.0, prior=prior)


in_ones = cache(partial(of_sizes, 1.0))


@pytest.mark.parametrize("unit", [1e-6, 1e7])
@pytest.mark.parametrize("prior", [Prior(), None])
def test_a_number_has_the_same_ratio_in_every_unit(unit, prior):
    fits = in_ones(prior), of_sizes(unit, prior)
    one, other = (hazard_ratios(fit) for fit in fits)
    np.testing.assert_allclose(other["effect"] * unit, one["effect"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other["se"] * unit, one["se"], rtol=1e-5)
    low, high = (rates(fit, at={"size": 2.0 * each}) for fit, each in zip(fits, (1.0, unit), strict=True))
    np.testing.assert_allclose(high[["rate", "low", "high"]], low[["rate", "low", "high"]], rtol=1e-5)


def test_the_prior_of_a_number_is_per_standard_deviation():
    visits = drawn(4, seed=3)
    visits = visits.assign(size=1000.0 * visits["partnership"].astype(int))
    fit = panel_model(visits, covariates="size", until=4.0, prior=Prior(effect_spread=0.01))
    np.testing.assert_allclose(fit.parameters["se"].iloc[-7:], 0.01 / fit.effects[0].scale, rtol=0.02)
    assert fit.effects[0].scale == pytest.approx(1000, rel=0.5)
