from __future__ import annotations

import pytest

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.reference.scales import Scale, folded

LOW_HIGH = {"key": "two", "stages": [{"key": "low"}, {"key": "high", "aliases": ["top"]}]}


def declared(**changes):
    return Scale.declared(LOW_HIGH | changes, place="two.yml")


def test_shipped_scales_are_in_their_order():
    assert Scale.load("dfgg").keys == ("coalition", "collaboration", "integrated")
    assert Scale.load("frey").keys == ("0", "1", "2", "3", "4", "5")
    assert Scale.load("partner").keys == ("awareness", "cooperation", "coordination", "integration")


def test_labels_are_never_matched_across_scales():
    # coalition is the lowest stage of one and the second highest of the other
    assert Scale.load("dfgg").read("Coalition") == ("coalition", "key")
    assert Scale.load("frey").read("Coalition") == ("4", "label")


def test_every_dfgg_stage_has_working_criteria_for_the_same_cues():
    cues = [tuple(stage.criteria) for stage in Scale.load("dfgg").stages]
    assert set(cues) == {("formality", "permission", "planning", "resources", "decisions", "duration")}
    assert "working criteria of this project" in " ".join(Scale.load("dfgg").source.split())


def test_a_stage_is_read_by_key_label_alias_or_a_spreadsheets_number():
    dfgg, frey = Scale.load("dfgg"), Scale.load("frey")
    assert dfgg.read("integrated") == ("integrated", "key")
    assert dfgg.read("សម្ព័ន្ធ") == ("coalition", "label")
    assert dfgg.read(" Coalition-Building ") == ("coalition", "alias")
    assert frey.read(3) == ("3", "key")
    assert frey.read("3.0") == ("3", "number")


def test_a_stage_that_is_not_in_the_scale():
    with pytest.raises(ValueNotAllowed) as error:
        Scale.load("dfgg").read("colaboration")
    assert str(error.value) == (
        "stage 'colaboration' is not known; did you mean 'collaboration'? Allowed: coalition, collaboration, integrated"
    )


def test_the_categorical_is_ordered():
    assert Scale.load("dfgg").dtype.ordered
    assert list(Scale.load("dfgg").dtype.categories) == ["coalition", "collaboration", "integrated"]


def test_labels_fall_back_to_english():
    assert declared().labels("km") == {"low": "low", "high": "high"}
    assert Scale.load("dfgg").labels("km")["integrated"] == "សមាហរណកម្ម"


def test_a_scale_declares_itself_again():
    for name in ("dfgg", "frey", "partner"):
        scale = Scale.load(name)
        assert Scale.declared(scale.as_declared(), place="again") == scale


def test_a_scale_of_ones_own(tmp_path):
    file = tmp_path / "two.yml"
    file.write_text(
        "key: two\nstages:\n  - {key: 0, label: None yet}\n  - {key: 1, label: {en: Some, km: ខ្លះ}}\n", "utf-8"
    )
    scale = Scale.load(file)
    assert scale.keys == ("0", "1")
    assert scale.labels() == {"0": "None yet", "1": "Some"}
    assert Scale.load(str(file)) == scale


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            None,
            "two.yml: a scale is a mapping with keys key, title, source, mechanisms, cues, stages; stages is a list",
        ),
        (
            {"stages": "low"},
            "two.yml: a scale is a mapping with keys key, title, source, mechanisms, cues, stages; stages is a list",
        ),
        (
            LOW_HIGH | {"stage": []},
            "two.yml: key 'stage' is not known; did you mean 'stages'? Allowed: key, title, source, mechanisms, cues, stages",
        ),
        (LOW_HIGH | {"cues": {"km": "MoU"}}, "two.yml: cues are a mapping of a language to the words of cues in it"),
        (
            LOW_HIGH | {"cues": {"km": {"MoU": 3}}},
            "two.yml: cue MoU must be text, but is 3; put it in quotes",
        ),
        (
            LOW_HIGH | {"mechanisms": ["mou"]},
            "two.yml: mechanisms are a mapping of a mechanism to the criteria that name it",
        ),
        (
            {
                "mechanisms": {"mou": ["formalty"]},
                "stages": [{"key": "low", "criteria": {"formality": "none"}}, {"key": "high"}],
            },
            "two.yml: mechanism 'mou': criterion 'formalty' is not known; did you mean 'formality'? Allowed: formality",
        ),
        ({"stages": [{"key": "low"}]}, "two.yml: a scale has at least two stages"),
        ({"stages": [{"label": "Low"}, {"key": "high"}]}, "two.yml: stage 1 needs a key and a label"),
        ({"stages": ["low", "high"]}, "two.yml: stage 1 needs a key and a label"),
        (
            {"stages": [{"key": "low", "colour": "red"}, {"key": "high"}]},
            "two.yml: stage 1: key 'colour' is not known. Allowed: key, label, in_sentence, aliases, criteria",
        ),
        (
            {"stages": [{"key": "low"}, {"key": "high", "label": {"km": "ខ្ពស់"}}]},
            "two.yml: stage 2 ('high') needs an English label (en)",
        ),
        (
            {"stages": [{"key": "low", "aliases": "lower"}, {"key": "high"}]},
            "two.yml: stage 1 ('low'): aliases are a list, criteria a mapping",
        ),
        (
            {"stages": [{"key": False}, {"key": True}]},
            "two.yml: stage 1: YAML reads its key as False; put it in quotes",
        ),
        ({"stages": [{"key": "low"}, {"key": "low"}]}, "two.yml: stage low stands twice"),
        (
            {"key": "two", "stages": [{"key": "low", "aliases": ["TOP"]}, {"key": "high", "aliases": ["top"]}]},
            "scale 'two': 'top' would be read as low and as high",
        ),
    ],
)
def test_what_is_not_a_scale_says_which_key(words, message):
    with pytest.raises(LnlibError) as error:
        Scale.declared(words, place="two.yml")
    assert str(error.value) == message


def test_a_scale_that_does_not_ship():
    with pytest.raises(ValueNotAllowed) as error:
        Scale.load("dfg")
    assert str(error.value) == "scale 'dfg' is not known; did you mean 'dfgg'? Allowed: dfgg, frey, partner"


def test_a_scale_file_that_is_not_there_or_not_yaml(tmp_path):
    with pytest.raises(LnlibError) as error:
        Scale.load(tmp_path / "none.yml")
    assert str(error.value) == f"scale file {tmp_path / 'none.yml'} does not exist"
    (tmp_path / "bad.yml").write_text("stages: [", "utf-8")
    with pytest.raises(LnlibError, match=r"^scale file .*bad\.yml: line \d+: "):
        Scale.load(tmp_path / "bad.yml")


def test_folding_unifies_what_is_typed_two_ways():
    assert folded("Coalition\u200b–Building") == folded("coalition building")
    assert folded("e\u0301") == folded("é")


def test_the_mechanisms_that_criteria_name_are_of_the_vocabulary_and_survive_a_package():
    scale = Scale.load("dfgg")
    assert set(scale.mechanisms) <= set(vocabulary.words("mechanism"))
    assert scale.mechanisms["mou"] == ("formality",)
    assert Scale.declared(scale.as_declared(), place="package").mechanisms == scale.mechanisms
    assert Scale.declared(scale.as_declared(), place="package") == scale
