"""Sentences made of numbers: what each verdict needs, and that no number in them is another's."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import lnlib as ln
from lnlib.claims import Claims, put, sentences

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
        ("hybrid", CLEAR, "borne", "In simulated data the claim is borne out: the interval leaves 1 out on the side of the claim."),
        ("hybrid", VAGUE, "open", "In simulated data the question stays open: the interval holds 1, so what is seen may be chance."),
        ("hybrid", SLOW, "against", "In simulated data 1 interval leaves 1 out on the side against the claim."),
        ("hybrid", {"shown": False}, "few", "In simulated data there is too little to say anything to the claim."),
        # of endings fewer is what the claim says
        ("lasting", SLOW, "borne", "In simulated data the claim is borne out: all 2 intervals leave 1 out on the side of the claim."),
        ("lasting", CLEAR, "against", "In simulated data 2 of 2 intervals leave 1 out on the side against the claim."),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_intervals(claim, values, verdict, said):
    row = row_of(having(claim, **values), claim)
    assert row["verdict"] == verdict
    assert row["said"].endswith(said)


def test_several_asks_may_bear_it_out_in_part():
    answers = having("lasting", shown=True, ratio=[0.5, 0.9], low=[0.3, 0.5], high=[0.8, 1.6])
    assert row_of(answers, "lasting")["verdict"] == "partly"
    assert "1 of 2 intervals leave 1 out" in row_of(answers, "lasting")["said"]


def test_the_numbers_are_those_of_the_frame():
    answers = demonstration()
    row = answers.asked.query("covariate == 'hybrid'").iloc[0]
    ratio, low, high = (
        f"{row[name]:.{0 if row[name] >= 10 else 1 if row[name] >= 1 else 2}f}" for name in ("ratio", "low", "high")
    )
    said = row_of(answers, "hybrid")["said"]
    assert f"{ratio} times as fast ({low} to {high}; n = {row['n']}, and {row['n_without']} without)" in said


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
        "As the source tells it: MoU: later “Permission no longer needed”, told of 1 of 7 cases, of which 1 moved so; of the "
        "6 others, 1 did; MoU: moves up to Integrated, told of 1 of 7 cases, of which 0 moved so; of the 6 others, 0 did. "
        "It is told to have happened once; cases picked as examples cannot show how often it happens, nor what came of what."
    )
    assert said[4].endswith("No case has it, so that data coded from a document say nothing to the claim.")
    assert "there is none to compare with" in said[2]
    assert found["verdict"].tolist() == ["moved", "still", "moved", "moved", "none", "still"]
    assert not said.str.contains("times as fast|%").any()


def test_tiers_of_which_nothing_can_be_said_are_one_row():
    rows = sentences.ratio_rows(demonstration())
    (row,) = (row for _, row in rows.iterrows() if row["covariate"] == "tier")
    assert (row["label"], row["compared_with"]) == ("Other tiers: moves up", "those of the tier “National”")
    assert row["n"] == demonstration().asked.query("covariate == 'tier'")["n"].sum()
    many = sentences.ratio_rows(having("tiers", **CLEAR))
    assert (many["covariate"] == "tier").sum() == 5


def test_the_headline_counts_verdicts():
    assert sentences.headline(having("hybrid", **CLEAR)).startswith(
        "Put to simulated data, 1 of 6 claims are borne out, "
    )
    assert sentences.headline(told()).startswith("3 of 6 claims are told by a case that moved so")


def test_the_notes_say_how_often_raters_err():
    said = " ".join(sentences.notes(demonstration()))
    for row in demonstration().misrated().itertuples():
        assert f"in {round(100 * row.share)}% of ratings" in said
    assert "All ratings count" in said
    assert "gives no dates" in " ".join(sentences.notes(told()))
    assert "1 mechanism whose start is not known" in " ".join(sentences.notes(replace(demonstration(), undated=1)))


def test_the_input_is_untouched():
    answers = demonstration()
    before = answers.asked.copy(deep=True)
    sentences.told(answers)
    sentences.ratio_rows(answers)
    pd.testing.assert_frame_equal(answers.asked, before)
    assert np.isfinite(answers.asked.loc[answers.asked["shown"], "ratio"]).all()
