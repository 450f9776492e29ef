"""Sentences made of numbers: what each verdict needs, and that no number in them is another's."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import lnlib as ln
from lnlib.analyses.claims import Claims, put, sentences

NOTE = Claims.load()


@cache
def demonstration():
    return put(NOTE, ln.open_register("demonstration", frame="25"))


@cache
def told():
    return put(NOTE, ln.open_register("learning-note-17", frame="24"), placed="order")


def having(claim, **columns):
    """The demonstration's answers with the rows of a claim made other."""
    answers = demonstration()
    asked = answers.asked.copy()
    for name, values in columns.items():
        asked.loc[asked["claim"] == claim, name] = values
    return replace(answers, asked=asked)


def row_of(answers, claim):
    found = sentences.told(answers)
    return found.iloc[[each.key for each in NOTE.claims].index(claim)]


CLEAR = {"shown": True, "ratio": 2.0, "low": 1.5, "high": 3.0}
SLOW = {"shown": True, "ratio": 0.5, "low": 0.3, "high": 0.8}
VAGUE = {"shown": True, "ratio": 1.2, "low": 0.8, "high": 1.9}


@pytest.mark.parametrize(
    ("claim", "values", "verdict", "said"),
    [
        ("hybrid", CLEAR, "borne", "In simulated data the claim is borne out: the ratio is clearly on its side (95% interval without 1)."),
        ("hybrid", VAGUE, "open", "In simulated data the question stays open: the 95% interval holds 1, so what is seen may be chance."),
        ("hybrid", SLOW, "against", "In simulated data the ratio is clearly against the claim (95% interval without 1)."),
        ("hybrid", {"shown": False}, "few", "In simulated data these are too few to say anything of the claim."),
        # of endings fewer is what the claim says
        ("lasting", SLOW, "borne", "In simulated data the claim is borne out: in all 2 comparisons the ratio is clearly on its side (95% interval without 1)."),
        ("lasting", CLEAR, "against", "In simulated data the ratio is clearly against the claim in 2 of 2 comparisons (95% interval without 1), and clearly on its side in 0."),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_intervals(claim, values, verdict, said):
    row = row_of(having(claim, **values), claim)
    assert row["verdict"] == verdict
    assert row["said"].endswith(said)


def test_several_asks_may_bear_it_out_in_part():
    answers = having("lasting", shown=True, ratio=[0.5, 0.9], low=[0.3, 0.5], high=[0.8, 1.6])
    assert row_of(answers, "lasting")["verdict"] == "partly"
    assert "in 1 of 2 comparisons the ratio is clearly on its side" in row_of(answers, "lasting")["said"]


def test_one_for_and_one_against_are_both_said():
    answers = having("lasting", shown=True, ratio=[0.5, 1.9], low=[0.3, 1.5], high=[0.8, 2.6])
    row = row_of(answers, "lasting")
    assert row["verdict"] == "against"
    assert (
        "against the claim in 1 of 2 comparisons (95% interval without 1), and clearly on its side in 1." in row["said"]
    )


def test_the_numbers_are_those_of_the_frame():
    answers = demonstration()
    row = answers.asked.query("covariate == 'hybrid'").iloc[0]
    ratio, low, high = (
        f"{row[name]:.{0 if row[name] >= 10 else 1 if row[name] >= 1 else 2}f}" for name in ("ratio", "low", "high")
    )
    said = row_of(answers, "hybrid")["said"]
    assert f"{ratio} times as fast ({low} to {high}; n = {row['n']} beside {row['n_without']})" in said


def test_what_is_compared_with_is_named_also_where_there_are_too_few():
    said = row_of(having("tiers", shown=False), "tiers")["said"]
    rows = demonstration().asked.query("covariate == 'tier'")
    assert said.startswith(
        "Compared with those of the tier “National”, too little was seen to tell a rate: Other tiers: "
    )
    assert f"(n = {rows['n'].sum()} beside {rows['n_without'].iat[0]}; " in said


def test_two_sentences_are_said_for_each_claim():
    for answers in (demonstration(), told()):
        for said in sentences.told(answers)["said"]:
            plain = re.sub(r"(\d)\.(\d)", r"\1,\2", said)
            assert plain.count(".") == 2
            assert plain.endswith(".")


def test_every_sentence_names_the_kind_of_data():
    assert sentences.told(demonstration())["said"].str.contains("simulated data").all()
    found = sentences.told(told())
    assert found["said"].str.contains("data coded from a document|cases picked as examples").all()


def test_the_condition_for_cause_is_the_claims_own():
    found = sentences.told(demonstration())
    assert found["causal"].tolist() == [claim.said("causal") for claim in NOTE.claims]
    assert found["causal"].is_unique


def test_cases_are_told_in_counts():
    found = sentences.told(told())
    said = found["said"]
    assert said[0] == (
        "As the source tells it: MoU, in 1 of 7 cases: later “Permission no longer needed” told of 1, and of 1 of the 6 "
        "others; MoU, in 1 of 7 cases: a move up to Integrated told of 0, and of 0 of the 6 others. One case is told to have "
        "gone as claimed; cases picked as examples cannot show how often that happens, nor what came of what."
    )
    assert said[4].endswith("No case has it, so that data coded from a document say nothing of the claim.")
    assert "(no case to compare with)" in said[2]
    assert found["verdict"].tolist() == ["moved", "still", "moved", "moved", "none", "untold"]


def test_that_no_ending_is_told_is_not_that_none_ended():
    said = sentences.told(told())["said"][5]
    assert "Joint committee, in 1 of 7 cases (nothing is told of an ending)" in said
    assert said.endswith("Where no ending is told, data coded from a document say nothing of the claim.")


def test_of_cases_no_rate_is_told():
    said = sentences.told(told())["said"]
    assert not said.str.contains("times as fast|%").any()


def test_tiers_of_which_nothing_can_be_said_are_one_row():
    rows = sentences.ratio_rows(demonstration())
    (row,) = (row for _, row in rows.iterrows() if row["covariate"] == "tier")
    assert (row["label"], row["compared_with"]) == ("Other tiers: moves up", "those of the tier “National”")
    assert row["n"] == demonstration().asked.query("covariate == 'tier'")["n"].sum()
    many = sentences.ratio_rows(having("tiers", **CLEAR))
    assert (many["covariate"] == "tier").sum() == 5


def test_the_headline_counts_verdicts():
    verdicts = sentences.told(demonstration())["verdict"].value_counts()
    found = sentences.headline(demonstration())
    assert found.startswith("Of 6 claims put to simulated data: ")
    assert f"{verdicts['open']} open" in found
    assert f"{verdicts['few']} with too few to say" in found
    assert sum(int(count) for count in re.findall(r"\d+", found)[1:]) == 6
    assert "1 borne out" in sentences.headline(having("hybrid", **CLEAR))
    assert sentences.headline(told()).startswith("For 3 of 6 claims the source tells of a case that went as claimed")


def test_the_notes_say_how_often_raters_err():
    said = " ".join(sentences.notes(demonstration()))
    for row in demonstration().misrated().itertuples():
        assert f"in {round(100 * row.share)}% of ratings" in said
    assert "All ratings count" in said
    in_order = " ".join(sentences.notes(told()))
    assert "gives no dates" in in_order
    assert "5 of 7 cases are told at one moment only" in in_order
    assert "1 mechanism whose start is not known" in " ".join(sentences.notes(replace(demonstration(), undated=1)))


def test_curves_say_that_they_hold_nothing_equal():
    equal, word = "Between the two groups nothing else is held equal.", "Ratings are taken at their word here."
    assert sentences.curve_notes("reaching") == [equal, word]
    assert sentences.curve_notes("closing") == [equal]  # endings are dated, not rated


def test_the_input_is_untouched():
    answers = demonstration()
    before = answers.asked.copy(deep=True)
    sentences.told(answers)
    sentences.ratio_rows(answers)
    pd.testing.assert_frame_equal(answers.asked, before)
    assert np.isfinite(answers.asked.loc[answers.asked["shown"], "ratio"]).all()
