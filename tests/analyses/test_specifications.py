from functools import partial

import pytest

from lnlib.analyses.specifications import choices_finding, dates_note, evidence_notes, evidence_rows, specifications
from lnlib.errors import ValueNotAllowed
from lnlib.history.choices import Choices
from lnlib.history.placed_in_time import dated
from lnlib.intake import open_register
from lnlib.measures.counts.transitions import moves
from lnlib.measures.uncertain_dates import sensitivity


@pytest.fixture(scope="module")
def found():
    return specifications(
        open_register("demonstration"), placed=("middle",), carried=(12,), rater=("any", "state"), evidence=("any",)
    )


def test_every_combination_has_a_row_for_each_result_and_one_is_the_editions(found):
    assert len(found) == 3 * 2 * 2  # the edition's own 18 months are added to the 12 that were asked for
    assert found.groupby("label")["chosen"].sum().tolist() == [1, 1, 1]
    chosen = found[found["chosen"]].drop_duplicates(["placed", "carried", "rater", "evidence"])
    assert chosen[["placed", "carried", "rater", "evidence"]].to_numpy().tolist() == [["middle", 18.0, "any", "any"]]


def test_the_results_are_those_of_the_notebooks(found):
    own = found[found["chosen"]].set_index("label")
    assert own["n"].tolist() == [83, 128, 113]
    assert own["estimate"].tolist() == pytest.approx([34 / 83, 72 / 128, 2.286], abs=0.001)
    assert (own["low"] < own["estimate"]).all()
    assert (own["estimate"] < own["high"]).all()


def test_moves_do_not_depend_on_how_long_a_rating_is_carried(found):
    moved = found[found["label"].str.contains("moved up")]
    assert (moved.groupby("rater")["estimate"].nunique() == 1).all()


def test_combinations_that_count_the_same_ratings_are_one():
    opened = open_register("demonstration")
    same = opened.assessments.query("rated_by == 'independent'")
    assert len(same)  # every one of them is verifiable
    asked = {"placed": ("middle",), "carried": (18,), "rater": ("any", "independent")}
    found = specifications(opened, **asked)
    pairs = found.drop_duplicates(["rater", "evidence"])[["rater", "evidence"]].to_numpy().tolist()
    assert pairs == [["any", "any"], ["any", "verifiable"], ["independent", "any"]]
    own = Choices(rater="independent", evidence="verifiable")
    kept = specifications(opened, own, **asked | {"rater": ("independent",)})
    assert kept[["rater", "evidence", "chosen"]].drop_duplicates().to_numpy().tolist() == [
        ["independent", "verifiable", True]
    ]


def test_half_that_never_reached_a_stage_are_not_too_few(small):
    opened = open_register("demonstration")
    found = specifications(opened, placed=("middle",), carried=(18,), rater=("any",))
    years = found[found["unit"] == "years"].set_index(["rater", "evidence"])
    assert years["never"].to_dict() == {
        ("any", "any"): False,
        ("any", "verifiable"): True,
    }
    assert years.loc[("any", "verifiable"), ["estimate", "low"]].isna().tolist() == [True, False]
    assert not found.loc[found["unit"] == "share", "never"].any()
    assert not specifications(small, placed=("middle",), carried=(18,), rater=("any",))["never"].any()  # too few


def test_of_few_there_is_no_estimate(small):
    few = specifications(small, carried=(18,), placed=("middle",), rater=("any",), evidence=("any",))
    assert few["estimate"].isna().all()
    assert (few["n"] < 5).all()


def test_an_order_and_a_register_coded_from_a_document_have_none():
    assert specifications(open_register("learning-note-17")).empty


def test_a_level_that_is_not_allowed_is_refused(small):
    with pytest.raises(ValueNotAllowed, match=r"^rater 'nobody' is not known"):
        specifications(small, Choices(), rater=("nobody",))


def test_the_range_over_all_combinations_is_a_sentence_that_names_the_result(found, small):
    opened = open_register("demonstration")
    rows = found[found["label"] == found["label"].iloc[0]]
    first, n = rows["estimate"], rows["n"]
    assert n.min() < n.max() == 83
    assert choices_finding(found, opened) == (
        f"Over 4 combinations of choices, {first.min():.0%} to {first.max():.0%} were at the integrated stage; this edition’s: 41%"
    )
    few = specifications(small, placed=("middle",), carried=(18,), rater=("any",), evidence=("any",))
    cases = open_register("learning-note-17")
    assert [choices_finding(few, small), choices_finding(specifications(cases), cases)] == ["", ""]


def test_verifiable_ratings_stand_beside_all_in_a_sentence(small):
    opened = open_register("demonstration")
    alone = {"placed": ("middle",), "carried": (18,), "rater": ("any",)}
    found = specifications(opened, **alone)
    few = found[(found["evidence"] == "verifiable")].iloc[0]
    assert evidence_notes(found, opened) == [
        f"On documents and independent raters alone, {few['estimate']:.0%} were at the integrated "
        f"stage at the end (n = {few['n']}), against 41% on all ratings (n = 83)"
    ]
    assert few["n"] < 83
    rows = evidence_rows(found)
    assert list(rows.columns) == ["result", "any", "verifiable"]
    assert rows.loc[0, "verifiable"] == f"{few['estimate']:.0%} ({few['low']:.0%} to {few['high']:.0%}; n = {few['n']})"
    assert rows.loc[2, "any"].startswith("2.3 (")
    assert rows.loc[2, "verifiable"] == f"not reached by half (n = {found.loc[found['never'], 'n'].item()})"
    assert set(evidence_rows(specifications(small, **alone))["verifiable"].str.match(r"too few \(n = \d\)")) == {True}
    same = found[found["evidence"] == "any"]  # where every rating is verifiable, the pair is counted once
    assert evidence_notes(same, opened) == ["Every rating rests on a document or an independent rater"]
    assert list(evidence_rows(same)["verifiable"]) == list(evidence_rows(same)["any"])
    (few,) = evidence_notes(specifications(small, **alone), small)
    assert few.startswith("Too few ratings rest on documents")
    cases = open_register("learning-note-17")
    assert evidence_notes(specifications(cases), cases) == []


def test_uncertain_dates_are_said_to_move_a_result_by_so_much():
    register = open_register("demonstration")
    rated = dated(register)
    found = sensitivity(rated, partial(moves, lag=1.0), of="share", on="move", times=100, seed=17).set_index("move")
    low, high = (f"{100 * found.loc['up', side]:.0f}%" for side in ("low", "high"))
    assert dates_note(register) == [
        f"The dates of {(rated['first'] < rated['last']).sum()} of {len(rated)} assessments are known only to a month, quarter "
        f"or year. With each drawn anew 100 times within what is known of it, {low} to {high} of the pairs of assessments a "
        "year apart were moves up (95% of the draws; no confidence interval)."
    ]
    assert dates_note(open_register("learning-note-17")) == []
