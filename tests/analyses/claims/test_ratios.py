"""Ratios that were asked for, and the counts behind them, against counts by hand."""

import numpy as np
import pandas as pd
import pytest

from lnlib.analyses.claims.ratios import case_counts, comparison_ratios, effect_labels
from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.results import hazard_ratios

STAGES = ["low", "mid", "top"]
DTYPE = pd.CategoricalDtype(STAGES, ordered=True)


def frame(rows):
    found = pd.DataFrame(rows, columns=["partnership", "date", "what", "mou", "tier"])
    status = [what if what in ("ended", "changed") else "assessed" for what in found["what"]]
    stage = pd.Series([what if what in STAGES else None for what in found["what"]], dtype=object).astype(DTYPE)
    tier = found["tier"].astype(pd.CategoricalDtype(["national", "commune", "district"]))
    return found.assign(status=status, stage=stage, tier=tier).drop(columns="what")


SEEN = frame(
    [
        ("a", 0, "low", False, "national"),
        ("a", 1, "changed", True, "national"),
        ("a", 2, "mid", True, "national"),
        ("a", 3, "top", True, "national"),
        ("b", 0, "low", False, "commune"),
        ("b", 1, "mid", False, "commune"),
        ("b", 2, "low", True, "commune"),
        ("b", 3, "mid", True, "commune"),
        ("c", 0, "mid", True, "district"),
        ("c", 1, "changed", False, "district"),
        ("c", 2, "ended", False, "district"),
        ("d", 0, "mid", False, "commune"),
        ("d", 1, "top", False, "commune"),
    ]
)


def asks(*rows):
    return pd.DataFrame(rows, columns=["covariate", "value", "compared_with", "move"])


MOU = asks(*[("mou", "", "", move) for move in ("up", "from_lowest", "into_highest", "ended")])


def fitted(**more):
    own = effect_labels(3, ["into_highest"])
    return panel_model(SEEN, covariates=["mou", "tier"], same_effects={"mou": own, "tier": effect_labels(3)}, **more)


@pytest.mark.parametrize(
    ("stages", "moves", "labels"),
    [
        (2, [], "up ended down ended"),
        (2, ["into_highest"], "into_highest ended down ended"),
        (2, ["from_lowest", "into_highest"], "from_lowest ended down ended"),
        (3, [], "up ended down up ended down ended"),
        (4, ["from_lowest", "into_highest"], "from_lowest ended down up ended down into_highest ended down ended"),
    ],
)
def test_transitions_of_one_kind_share_an_effect(stages, moves, labels):
    assert effect_labels(stages, moves) == labels.split()


def test_moves_are_counted_by_what_held_until_they_were_seen():
    found = comparison_ratios(None, SEEN, MOU, least_n=1)
    # a moved twice and b once with it in force; b and d moved without; c had lost it when it ended
    assert found[["moves_with", "moves_without"]].to_numpy().tolist() == [[3, 2], [2, 1], [1, 1], [0, 1]]
    assert found[["n", "n_without"]].to_numpy().tolist() == [[3, 4]] * 4
    assert not found["shown"].any()
    assert found["ratio"].isna().all()


def test_the_ratio_is_the_models_for_that_move():
    fit = fitted()
    found = comparison_ratios(fit, SEEN, MOU, least_n=3).set_index("move")
    own = hazard_ratios(fit).set_index(["covariate", "from", "to"])
    for move, way in (("up", ("low", "mid")), ("into_highest", ("mid", "top")), ("ended", ("low", "ended"))):
        assert found.loc[move, "ratio"] == own.loc[("mou", *way), "ratio"].item()
    assert found.loc["up", "ratio"] != found.loc["into_highest", "ratio"]
    assert found["shown"].to_dict() == {"up": True, "from_lowest": True, "into_highest": True, "ended": False}
    assert not comparison_ratios(fit, SEEN, MOU, least_n=4)["shown"].any()


def never_rated(many):
    """Partnerships with a mechanism that ended and that nobody rated."""
    rows = [
        row
        for n in range(many)
        for row in ((f"n{n}", 0, "changed", True, "commune"), (f"n{n}", 2, "ended", True, "commune"))
    ]
    return frame(rows)


def test_those_the_likelihood_never_used_are_not_counted():
    both = pd.concat([SEEN, never_rated(10)], ignore_index=True)
    own = {"covariates": "mou", "same_effects": {"mou": effect_labels(3, ["into_highest"])}}
    one, other = (comparison_ratios(panel_model(each, **own), each, MOU, least_n=4) for each in (SEEN, both))
    pd.testing.assert_frame_equal(other, one, rtol=1e-6)
    assert other["n"].tolist() == [3] * 4
    assert not other["shown"].any()


def test_ten_never_rated_partnerships_leave_an_n_of_two_and_show_no_ratio():
    """The likelihood used two with the mechanism: with n = 12 the ratio would have been shown."""
    two = frame(
        [
            *((f"with{n}", time, stage, True, "commune") for n in range(2) for time, stage in enumerate(("low", "mid"))),
            *((f"without{n}", time, stage, False, "commune") for n in range(6) for time, stage in enumerate(("low", "mid"))),
        ]
    )  # fmt: skip
    both = pd.concat([two, never_rated(10)], ignore_index=True)
    asked = asks(("mou", "", "", "up"))
    found = [comparison_ratios(panel_model(each, covariates="mou"), each, asked).iloc[0] for each in (two, both)]
    for one in found:
        assert one[["n", "n_without", "moves_with", "moves_without"]].tolist() == [2, 6, 2, 6]
        assert not one["shown"]
    assert found[1]["ratio"] == pytest.approx(found[0]["ratio"], rel=1e-6)
    assert both.loc[both["mou"], "partnership"].nunique() == 12


def stays(many, name, *, mou, ended):
    """Partnerships rated once and running for two years, of which some end after one."""
    rows = [(f"{name}{n}", 0, "low", mou, "commune") for n in range(many)]
    return [*rows, *((f"{name}{n}", 1, "ended", mou, "commune") for n in range(ended))]


def test_no_ending_among_many_is_evidence_with_a_one_sided_bound():
    seen = frame([*stays(40, "a", mou=True, ended=0), *stays(40, "b", mou=False, ended=20)])
    fit = panel_model(seen, covariates="mou", same_effects={"mou": effect_labels(3)}, until=2)
    found = comparison_ratios(fit, seen, asks(("mou", "", "", "ended"))).iloc[0]
    assert found[["n", "n_without", "moves_with", "moves_without"]].tolist() == [40, 40, 0, 20]
    assert found["bound"] == "at_most"
    assert not found["shown"]
    # the exact limit from 0 of 20 events by time at risk (80 and 60 years), which knows of no prior
    share = 1 - 0.05 ** (1 / 20)
    exact = share / (1 - share) * 60 / 80
    assert exact < found["limit"] < 0.5


def test_a_comparison_without_a_move_has_a_ratio_of_at_least():
    seen = frame([*stays(5, "a", mou=True, ended=5), *stays(5, "b", mou=False, ended=0)])
    fit = panel_model(seen, covariates="mou", same_effects={"mou": effect_labels(3)}, until=2)
    found = comparison_ratios(fit, seen, asks(("mou", "", "", "ended"))).iloc[0]
    assert found["bound"] == "at_least"
    assert not found["shown"]
    # by time at risk (5 and 10 years), of five events all with it
    share = 0.05 ** (1 / 5)
    assert 1 < found["limit"] < share / (1 - share) * 10 / 5


@pytest.mark.parametrize(
    ("many", "with_it", "without", "bound", "limit"), [(40, 0, 20, "at_most", 0.189), (5, 5, 0, "at_least", 1.71)]
)
def test_the_limit_is_that_of_two_rates_and_their_weak_priors(many, with_it, without, bound, limit):
    """Only endings may happen: then the model is one of counts and times at risk, solved here by hand."""
    seen = frame([*stays(many, "a", mou=True, ended=with_it), *stays(many, "b", mou=False, ended=without)])
    fit = panel_model(seen, covariates="mou", allowed=[("low", "ended")], until=2)
    found = comparison_ratios(fit, seen, asks(("mou", "", "", "ended"))).iloc[0]
    events, times = np.array([without, with_it]), np.array([2 * many - without, 2 * many - with_it])
    common = float(with_it > without)  # the baseline is where most rows are
    design, centre, width = np.array([[1, -common], [1, 1 - common]]), np.array([np.log(0.2), 0.0]), 1.5**-2
    theta = centre
    for _ in range(50):  # Newton's method
        expected = times * np.exp(design @ theta)
        information = design.T @ (expected[:, None] * design) + np.eye(2) * width
        theta = theta + np.linalg.solve(information, design.T @ (events - expected) - (theta - centre) * width)
    side = 1 if bound == "at_most" else -1
    by_hand = np.exp(theta[1] + side * 1.6449 * np.sqrt(np.linalg.inv(information)[1, 1]))
    assert found["bound"] == bound
    assert found["limit"] == pytest.approx(by_hand, rel=1e-3)
    assert found["limit"] == pytest.approx(limit, abs=0.005)


def test_too_few_on_both_sides_bound_nothing():
    seen = frame([*stays(9, "a", mou=True, ended=0), *stays(9, "b", mou=False, ended=4)])
    fit = panel_model(seen, covariates="mou", same_effects={"mou": effect_labels(3)}, until=2)
    found = comparison_ratios(fit, seen, asks(("mou", "", "", "ended"))).iloc[0]
    assert found["bound"] == ""
    assert not found["shown"]


def test_a_level_is_compared_with_the_first_one_held():
    asked = asks(
        ("tier", "commune", "national", "up"),
        ("tier", "district", "national", "up"),
        ("tier", "commune", "district", "up"),
    )
    found = comparison_ratios(fitted(), SEEN, asked, least_n=1)
    assert found[["n", "n_without"]].to_numpy().tolist() == [[2, 1], [1, 1], [2, 1]]
    assert found["ratio"].notna().tolist() == [True, True, False]
    assert found["shown"].tolist() == [True, False, False]


def test_an_exposure_the_model_does_not_hold_has_no_ratio():
    fit = panel_model(SEEN, covariates=["tier"])
    assert comparison_ratios(fit, SEEN, MOU, least_n=1)["ratio"].isna().all()


def test_order_of_rows_does_not_matter_and_the_input_is_untouched():
    before, fit = SEEN.copy(deep=True), fitted()
    one = comparison_ratios(fit, SEEN, MOU)
    pd.testing.assert_frame_equal(one, comparison_ratios(fit, SEEN.sample(frac=1, random_state=2), MOU))
    pd.testing.assert_frame_equal(SEEN, before)


def test_cases_are_counted_as_they_are_told():
    result = SEEN[SEEN["status"] == "assessed"].assign(mou=SEEN["partnership"].isin(["a", "c"]))
    found = case_counts(result, MOU)
    assert found[["n", "n_without"]].to_numpy().tolist() == [[2, 2]] * 4
    assert found[["moves_with", "moves_without"]].to_numpy().tolist() == [[1, 2], [1, 1], [1, 1], [0, 0]]


def test_no_rows_are_counted_as_none():
    found = case_counts(SEEN.iloc[:0], MOU)
    assert found[["n", "n_without", "moves_with", "moves_without"]].to_numpy().sum() == 0
    assert not np.isfinite(comparison_ratios(None, SEEN.iloc[:0], MOU)["ratio"]).any()


def test_what_is_asked_must_be_there():
    with pytest.raises(ColumnMissing, match="needs column letter"):
        comparison_ratios(None, SEEN, asks(("letter", "", "", "up")))
    with pytest.raises(ValueNotAllowed, match="move 'upp' is not known; did you mean 'up'"):
        comparison_ratios(None, SEEN, asks(("mou", "", "", "upp")))
