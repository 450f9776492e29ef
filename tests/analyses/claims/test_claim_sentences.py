"""Sentences made of numbers: what each verdict needs, and that no number in them is another's."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from evaluations import NOTE, demonstration

import lnlib as ln
from lnlib.analyses.claims import claim_sentences, evaluate
from lnlib.analyses.claims.claim_tests import claim_tests
from lnlib.charts import forest


@cache
def outcome():
    return evaluate(NOTE, ln.open_register("learning-note-17", frame="24"), placed="order")


def having(claim, **columns):
    """The demonstration's evaluation with the comparisons of a claim made other, and tested again."""
    evaluation = demonstration()
    rows = evaluation.comparisons.copy()
    own = rows["claim"] == claim
    for name, values in columns.items():
        rows.loc[own, name] = values
    rows.loc[own, "effect"] = np.log(rows.loc[own, "ratio"])
    rows.loc[own, "se"] = (np.log(rows.loc[own, "high"]) - np.log(rows.loc[own, "low"])) / 3.92
    return replace(evaluation, comparisons=rows, tests=claim_tests(rows, np.diag(rows["se"] ** 2)))


def row_of(evaluation, claim):
    found = claim_sentences.findings(evaluation)
    return found.iloc[[each.key for each in NOTE.claims].index(claim)]


CLEAR = {"shown": True, "ratio": 2.0, "low": 1.5, "high": 2.7}
SLOW = {"shown": True, "ratio": 0.5, "low": 0.3, "high": 0.8}
VAGUE = {"shown": True, "ratio": 1.2, "low": 0.8, "high": 1.9}
FEW = {"shown": False, "bound": ""}


@pytest.mark.parametrize(
    ("claim", "values", "verdict", "ending"),
    [
        ("hybrid", CLEAR, "supported", "In simulated data the claim is supported: the comparison points its way by more than chance (p < 0.001)."),
        ("hybrid", VAGUE, "inconclusive", "In simulated data the result is inconclusive (p = 0.54); a true effect of 2.0 times as fast or more would have been found in 80% of registers like this one."),
        ("hybrid", SLOW, "against", "In simulated data the comparison contradicts the claim by more than chance (p = 0.019)."),
        ("hybrid", FEW, "few", "In simulated data there is too little data to judge the claim."),
        # of endings fewer is what the claim says
        ("lasting", SLOW, "supported", "In simulated data the claim is supported: its 2 comparisons together point its way by more than chance (p < 0.001); taken singly, 2 have 95% intervals that exclude 1."),
        ("lasting", CLEAR, "against", "In simulated data the 2 comparisons together contradict the claim by more than chance (p < 0.001)."),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_test_of_the_claim(claim, values, verdict, ending):
    row = row_of(having(claim, **values), claim)
    assert row["verdict"] == verdict
    assert row["finding"].endswith(ending)


def test_a_supported_claim_of_several_comparisons_says_how_many_are_clear_by_themselves():
    evaluation = having("lasting", shown=True, ratio=[0.3, 0.72], low=[0.2, 0.5], high=[0.45, 1.04])
    row = row_of(evaluation, "lasting")
    assert row["verdict"] == "supported"
    assert row["finding"].endswith("taken singly, 1 has a 95% interval that excludes 1.")


def test_support_that_rests_on_one_comparison_is_named_with_what_the_rest_show():
    row = row_of(demonstration(), "formal")
    assert row["verdict"] == "partly"
    assert row["finding"].endswith(
        "In simulated data the claim is partly supported: its comparisons together point its way by more than chance "
        "(p < 0.001), but that rests on MoU: later “Permission no longer needed”, where few moves were seen; without it "
        "the rest do not (p = 0.39)."
    )
    evaluation = having("lasting", shown=True, moves_with=20, ratio=[0.3, 0.9], low=[0.2, 0.6], high=[0.45, 1.3])
    row = row_of(evaluation, "lasting")
    assert row["verdict"] == "partly"
    assert row["finding"].endswith(
        "but that rests on MoU: ends, for whatever reason; without it the rest do not (p = 0.30)."
    )


def test_endings_are_of_any_reason_in_the_question_and_in_what_is_found():
    row = row_of(demonstration(), "lasting")
    assert row["question"] == "Do partnerships without institutionalised mechanisms end sooner, for whatever reason?"
    assert (
        "MoU: ends, for whatever reason, 0.45 times as fast (0.20 to 1.01; n = 63 with, 143 without; 8 and 49 seen)"
        in (row["finding"])
    )


def test_the_clearest_of_a_forest_is_none_that_rests_on_few_moves():
    rows = claim_sentences.ratio_rows(demonstration())
    assert rows.loc[rows["few"], "label"].tolist() == [
        "MoU: later “Permission no longer needed”",
        "Shared resources: moves up from Coalition",
        "Joint committee: ends, for whatever reason",
    ]
    assert forest.finding(rows, words=ln.Words.load("en"), labels={}) == (
        "Joint training: moves up from Coalition (3.1 times as fast) is the clearest of 11 comparisons, weak ones aside"
    )


def test_a_clear_interval_among_others_that_point_the_other_way_supports_in_part():
    evaluation = having("lasting", shown=True, ratio=[0.3, 1.02], low=[0.2, 0.8], high=[0.45, 1.3])
    row = row_of(evaluation, "lasting")
    assert row["verdict"] == "partly"
    assert row["finding"].endswith("but 1 of 2 point the other way or are too few to judge.")


def test_one_single_interval_without_1_is_no_support():
    """Of two comparisons one is clear by itself; together, and among five claims, they may be chance."""
    evaluation = having("lasting", shown=True, ratio=[0.5, 1.1], low=[0.28, 0.6], high=[0.9, 2.0])
    assert row_of(evaluation, "lasting")["verdict"] == "inconclusive"


def test_a_side_without_a_move_is_given_as_a_limit():
    evaluation = having("hybrid", shown=False, bound="at_most", limit=0.31, moves_with=0, ratio=0.1, low=0.02, high=0.5)
    assert "Service delivery and accountability: moves up, at most 0.31 times as fast (n = 58 with, 89 without; 0 and 70 seen)." in (
        row_of(evaluation, "hybrid")["finding"]
    )  # fmt: skip
    row = claim_sentences.ratio_rows(evaluation).set_index("covariate").loc["hybrid"]
    assert row["in_place"] == "at most 0.31"
    evaluation = having("hybrid", shown=False, bound="at_least", limit=1.7, ratio=9.0, low=1.4, high=60.0)
    assert "moves up, at least 1.7 times as fast" in row_of(evaluation, "hybrid")["finding"]


def test_few_moves_stand_beside_the_ratio():
    assert "29 and 3 seen" in row_of(demonstration(), "formal")["finding"]


def test_overlap_by_definition_stands_beside_the_claim():
    found = claim_sentences.findings(demonstration()).set_index("claim")["overlap"]
    text = found["1 A formal mechanism"]
    assert text.startswith(
        "“MoU” is named by a working criterion of the scale itself (formality), so a rating may be higher because of the "
        "mechanism as such. In the half-year before “MoU” started, partnerships moved up "
    )
    lead = demonstration().leads().set_index("mechanism").loc["mou"]
    assert text.endswith(
        "In the half-year before “MoU” started, partnerships moved up 0.27 times as fast as earlier or without one (0.05 to "
        "1.6; n = 59, 2 recorded moves); in the half-year after, 2.0 times (0.93 to 4.5; n = 63, 12 recorded moves); "
        "nothing else is held equal there."
    )
    assert lead[["before_moves", "after_n"]].tolist() == [2, 63]
    assert found["2 Mechanisms of working together"].count("is named by a working criterion") == 2
    assert (found.iloc[2:] == "").all()


def test_the_overlap_of_one_mechanism_is_a_note_where_the_scale_names_it():
    register = ln.open_register("demonstration")
    equal = (
        "The windows are not adjusted for anything else, such as the year, the partnership's age or its other mechanisms; "
        "of several, one may differ by chance. The ratios allow for raters who err and for moves seen late, so they need not "
        "follow the numbers of moves."
    )
    assert claim_sentences.overlap_notes(ln.open_register("learning-note-17"), "training") == []
    assert claim_sentences.overlap_notes(register, "mou") == [
        equal,
        "“MoU” is named by a working criterion of the scale itself (formality), so a rating may be higher because of the "
        "mechanism as such.",
    ]
    assert claim_sentences.overlap_notes(register, "training") == [equal]


def test_what_the_register_could_have_shown_is_given_for_each_claim():
    rows = claim_sentences.detectable_rows(demonstration()).set_index("claim")
    assert rows.loc["6 Lasting beyond the project", "detectable"] == "0.35 times as fast or less"
    assert rows.loc["3 Sub-national tiers", ["tested", "detectable", "verdict"]].tolist() == [
        "0 of 5",
        "",
        "too little data",
    ]
    assert list(rows.columns) == [name for name in claim_sentences.detectable_headers() if name != "claim"]


def test_the_numbers_are_those_of_the_frame():
    answers = demonstration()
    row = answers.comparisons.query("covariate == 'hybrid'").iloc[0]
    ratio, low, high = (
        f"{row[name]:.{0 if row[name] >= 10 else 1 if row[name] >= 1 else 2}f}" for name in ("ratio", "low", "high")
    )
    message = row_of(answers, "hybrid")["finding"]
    counts = f"n = {row['n']} with, {row['n_without']} without; {row['moves_with']} and {row['moves_without']} seen"
    assert f"{ratio} times as fast ({low} to {high}; {counts})" in message


def test_what_is_compared_with_is_named_also_where_there_are_too_few():
    message = row_of(having("tiers", **FEW), "tiers")["finding"]
    rows = demonstration().comparisons.query("covariate == 'tier'")
    assert message.startswith(
        "Compared with those of the tier “National”, too little was seen to estimate a rate: Other tiers: "
    )
    assert f"(n = {rows['n'].sum()} with, {rows['n_without'].iat[0]} without; " in message


def test_two_sentences_are_said_for_each_claim():
    for answers in (demonstration(), outcome()):
        for text in claim_sentences.findings(answers)["finding"]:
            plain = re.sub(r"(\d)\.(\d)", r"\1,\2", text)
            assert plain.count(".") == 2
            assert plain.endswith(".")


def test_every_sentence_names_the_kind_of_data():
    assert claim_sentences.findings(demonstration())["finding"].str.contains("simulated data").all()
    found = claim_sentences.findings(outcome())
    assert found["finding"].str.contains("data coded from documents|cases chosen as examples").all()


def test_the_condition_for_cause_is_the_claims_own():
    found = claim_sentences.findings(demonstration())
    assert found["causal"].tolist() == [claim.in_words("causal") for claim in NOTE.claims]
    assert found["causal"].is_unique


def test_cases_are_told_in_counts():
    found = claim_sentences.findings(outcome())
    message = found["finding"]
    assert message[0] == (
        "As the source describes it: MoU, in 1 of 7 cases: later “Permission no longer needed” in 1, and in 1 of the 6 "
        "others; MoU, in 1 of 7 cases: a move up to Integrated in 0, and in 0 of the 6 others. One case went as claimed; "
        "cases chosen as examples cannot show how often that happens, nor why."
    )
    assert message[4].startswith("As the source describes it: Several sectors, in none of 7 cases. No case has it")
    assert message[4].endswith("No case has it, so data coded from documents say nothing of the claim.")
    assert "(no case to compare with)" in message[2]
    assert found["verdict"].tolist() == ["moved", "still", "alone", "moved", "none", "no_endings"]


def test_a_case_with_nothing_to_compare_with_bears_out_no_claim():
    message = claim_sentences.findings(outcome())["finding"][2]
    assert message.endswith(
        "2 times a case moved, and there is none to compare with; in data coded from documents that neither supports nor "
        "contradicts the claim."
    )


def test_of_cases_too_the_table_says_where_the_scale_names_a_mechanism():
    overlap = claim_sentences.findings(outcome())["overlap"].tolist()
    assert overlap[0] == (
        "“MoU” is named by a working criterion of the scale itself (formality), so a rating may be higher because of the "
        "mechanism as such."
    )
    assert overlap[1].count("is named by a working criterion") == 2
    assert overlap[2:] == ["", "", "", ""]


def test_endings_of_coded_cases_are_counted_and_judge_nothing():
    register = replace(ln.open_register("demonstration", frame="25"), kind="coded")
    evaluation = evaluate(NOTE, register)
    assert evaluation.counted
    assert evaluation.fit is None
    rated = register.partnerships[register.partnerships["partnership"].isin(register.assessments["partnership"])]
    signed = set(register.mechanisms.query("mechanism == 'mou'")["partnership"])
    having, ended = rated["partnership"].isin(signed), rated["end_first"].notna()
    found = claim_sentences.findings(evaluation).iloc[5]
    assert (
        f"MoU, in {having.sum()} of {len(rated)} cases: an ending in {(having & ended).sum()}, "
        f"and in {(~having & ended).sum()} of the {(~having).sum()} others"
    ) in found["finding"]
    assert found["verdict"] == "endings"
    assert found["finding"].endswith("Endings of cases chosen as examples neither support nor contradict the claim.")


def test_that_no_ending_is_described_does_not_mean_that_none_ended():
    message = claim_sentences.findings(outcome())["finding"][5]
    assert "Joint committee, in 1 of 7 cases (no ending is described)" in message
    assert message.endswith("Where no ending is described, data coded from documents say nothing of the claim.")


def test_of_cases_no_rate_is_told():
    message = claim_sentences.findings(outcome())["finding"]
    assert not message.str.contains("times as fast|%").any()


def test_tiers_of_which_nothing_can_be_said_are_one_row():
    rows = claim_sentences.ratio_rows(demonstration())
    (row,) = (row for _, row in rows.iterrows() if row["covariate"] == "tier")
    assert (row["label"], row["compared_with"]) == ("Other tiers: moves up", "those of the tier “National”")
    assert row["n"] == demonstration().comparisons.query("covariate == 'tier'")["n"].sum()
    many = claim_sentences.ratio_rows(having("tiers", **CLEAR))
    assert (many["covariate"] == "tier").sum() == 5


def test_the_headline_counts_verdicts():
    assert claim_sentences.headline(demonstration()) == (
        "Of 6 claims tested on simulated data: 1 supported only by its comparisons together, 1 partly supported, "
        "3 inconclusive and 1 with too little data"
    )
    assert claim_sentences.headline(demonstration(), short=True) == (
        "6 claims: 1 supported as a whole, 1 in part, 3 inconclusive and 1 with too little data"
    )
    assert claim_sentences.headline(having("lasting", **SLOW)).startswith(
        "Of 6 claims tested on simulated data: 1 supported, "
    )
    assert claim_sentences.headline(outcome()).startswith(
        "For 2 of 6 claims the source describes a case that went as claimed"
    )


def test_the_notes_name_errors_what_was_left_out_and_what_is_not_known():
    text = " ".join(claim_sentences.notes(demonstration()))
    for rater, rows in demonstration().misrated().groupby("rated_by"):
        high, low = (round(100 * rows.loc[rows["direction"] == name, "share"].item()) for name in ("high", "low"))
        assert f"{ln.Words.load('en')(f'rated_by.{rater}')} {high}% and {low}%" in text
    assert claim_sentences.notes(demonstration())[:3] == ["method.claims", "method.claims_test", "method.all_ratings"]
    assert claim_sentences.notes(demonstration(), errors=False) == [
        "method.claims",
        "method.claims_test",
        "method.all_ratings",
    ]
    assert f"One quantity of the model is not known from the data: {demonstration().fit.problems[0]}." in text
    in_order = " ".join(claim_sentences.notes(outcome()))
    assert "gives no dates" in in_order
    assert "5 of 7 cases are described at one moment only" in in_order
    more = " ".join(claim_sentences.notes(replace(demonstration(), undated=1, left_out=2)))
    assert "1 other mechanism whose start is not known is taken to be in force at no time." in more
    assert "2 partnerships are left out, because a mechanism named by a claim started on an unknown date." in more


def test_curves_say_that_they_hold_nothing_equal():
    equal, word = "The two groups are not adjusted for anything else.", "Ratings are taken at their word here."
    assert claim_sentences.curve_notes(demonstration(), "reaching") == [equal, word]
    # endings are dated, not rated
    assert claim_sentences.curve_notes(demonstration(), "closing") == [
        equal,
        "A window is one partnership from half a year before a closing to half a year after it; it is in a group by what "
        "was in force on the first day. 139 partnerships stood in 289 windows, 36 of them in both groups, one after the "
        "other. Ended of windows at each closing: 15 Feb 2012 10 of 46 (without), 15 Feb 2012 1 of 25 (with), "
        "1 Apr 2013 23 of 80 (without), 1 Apr 2013 3 of 36 (with), 1 Apr 2014 6 of 44 (without) and "
        "1 Apr 2014 9 of 58 (with).",
    ]
    assert [claim_sentences.curve_notes(outcome(), chart) for chart in ("reaching", "closing")] == [[], []]  # no curves


def test_the_input_is_untouched():
    answers = demonstration()
    before = answers.comparisons.copy(deep=True)
    claim_sentences.findings(answers)
    claim_sentences.ratio_rows(answers)
    pd.testing.assert_frame_equal(answers.comparisons, before)
    assert np.isfinite(answers.comparisons.loc[answers.comparisons["shown"], "ratio"]).all()


@pytest.mark.parametrize(
    ("chart", "language", "text"),
    [
        ("closing", "en", "an MoU or a joint committee"),
        ("reaching", "en", "any of 3 mechanisms"),  # a title has no room for three names
    ],
)
def test_what_curves_compare_is_named(chart, language, text):
    assert claim_sentences.exposure(demonstration(), chart, language=language) == text


def test_each_head_of_the_ratios_has_the_verdict_of_its_claim():
    rows = claim_sentences.ratio_rows(demonstration())
    verdicts = claim_sentences.findings(demonstration()).set_index("claim")["verdict"]
    for head in rows["move"].unique():
        claim, _, judged = head.partition(": ")
        words = ln.Words.load("en")(f"claims.verdict.{verdicts[claim]}")
        assert judged.startswith(words)
        assert bool(re.search(r"\(p [=<] 0\.\d+\)$", judged)) == (verdicts[claim] != "few")
