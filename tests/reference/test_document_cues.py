import pytest

from lnlib.analyses.cases import case_rows
from lnlib.errors import LnlibError
from lnlib.intake import open_register
from lnlib.reference.document_cues import Cue, criteria_of, read_cues
from lnlib.reference.scales import Scale

SCALE = Scale.load("dfgg")


def test_criteria_stand_in_the_order_declared():
    assert criteria_of(SCALE) == ("formality", "permission", "planning", "resources", "decisions", "duration")


def test_cues_are_parsed_and_every_other_part_is_a_remark():
    text = (
        "planning: planned together = integrated; one cue alone does not carry; note: see page 3; duration: the grant"
    )
    assert read_cues(text, SCALE) == (
        [Cue("planning", "planned together", "integrated"), Cue("duration", "the grant", "collaboration")],
        ["one cue alone does not carry", "note: see page 3"],
    )


def test_a_cue_without_a_stage_has_none_where_no_criterion_has_its_words():
    assert read_cues("duration: two years", SCALE) == ([Cue("duration", "two years", "")], [])
    assert read_cues("", SCALE) == ([], [])


def test_a_stage_may_be_named_by_an_alias():
    assert read_cues("formality: a letter = coalition building", SCALE)[0][0].stage == "coalition"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "formalty: MoU = collaboration",
            "'formalty: MoU = collaboration': criterion 'formalty' is not known; did you mean 'formality'? Allowed: "
            "formality, permission, planning, resources, decisions, duration",
        ),
        (
            "formality: MoU = colaboration",
            "'formality: MoU = colaboration': stage 'colaboration' is not known; did you mean 'collaboration'? Allowed: "
            "coalition, collaboration, integrated",
        ),
    ],
)
def test_what_the_scale_does_not_declare_is_refused(text, message):
    with pytest.raises(LnlibError) as refused:
        read_cues(text, SCALE)
    assert str(refused.value) == message


def test_the_cases_of_a_document_hold_everything_that_was_coded():
    register = open_register("learning-note-17")
    found = case_rows(register, placed="order")
    assert found["what"].value_counts().to_dict() == {"mechanism": 13, "assessment": 9, "cue": 15}
    one = found[(found["partnership"] == "dnd-owso") & (found["what"] == "cue")]
    assert list(zip(one["number"], one["criterion"], one["detail"], one["stage"], strict=True)) == [
        (1, "permission", "asked each time", "coalition"),
        (1, "formality", "MoU", "collaboration"),
        (2, "formality", "MoU", "collaboration"),
        (2, "permission", "not needed", "integrated"),
    ]
    assert found.loc[found["what"] == "assessment", "detail"].iloc[0] == "the lower one is coded"
    assert set(found["place"]) == {"Place not stated", "Banteay Meanchey", "Battambang", "Pursat"}
    assert (found.loc[found["what"] != "mechanism", "quote"] != "").all()


def test_cues_are_in_the_words_that_the_scale_has_for_them_or_marked(spoiled):
    words = SCALE.cues["km"]
    declared = {text for stage in SCALE.stages for text in stage.criteria.values()}
    coded = {
        text
        for name in ("learning-note-17", "dfgg-documents")
        for text in case_rows(open_register(name)).query("what == 'cue'")["detail"]
    }
    assert declared | coded == set(words)
    found = case_rows(open_register("learning-note-17"), placed="order", language="km")
    told = found[(found["partnership"] == "dnd-owso") & (found["what"] == "cue")]
    assert list(told["detail"])[:2] == [words["asked each time"], words["MoU"]]
    folder = spoiled(cells={("assessments", 2, "criterion"): "formality: a handshake = coalition"})
    (cue,) = case_rows(open_register(folder), placed="middle", language="km").query("what == 'cue'")["detail"]
    assert cue == "a handshake [not translated]"


def test_a_mechanism_has_the_number_of_the_assessment_it_is_told_with():
    found = case_rows(open_register("learning-note-17"), placed="order")
    told = found[(found["what"] == "mechanism") & found["partnership"].isin(["dnd-owso", "dnd-municipality"])]
    assert list(zip(told["partnership"], told["detail"], told["number"], strict=True)) == [
        ("dnd-owso", "mou", 1),  # the source gives it no place
        ("dnd-owso", "permission_waived", 2),
        ("dnd-municipality", "permission_waived", 2),
    ]


def test_a_case_with_nothing_recorded_has_a_row():
    register = open_register("dfgg-documents")
    found = case_rows(register)
    assert list(found["partnership"].drop_duplicates()) == list(register.partnerships["partnership"])
    assert list(found.loc[found["what"] == "case", "partnership"]) == [
        "amara-schools-02",
        "pdao-communes-07",
    ]


def test_a_wrong_cue_names_its_assessment(spoiled):
    folder = spoiled(cells={("assessments", 2, "criterion"): "formalty: MoU = collaboration"})
    with pytest.raises(
        LnlibError, match=r"^assessment 1 of partnership 'P1': 'formalty: MoU = collaboration': criterion "
    ):
        case_rows(open_register(folder), placed="middle")
