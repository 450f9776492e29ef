"""The cases of Learning Note 17 as they are coded: every stage with the note's own words and the criterion used."""

import datetime as dt
import re
from pathlib import Path

import pytest

from lnlib.history.records import assessment_records
from lnlib.history.spells import spells
from lnlib.intake import examine, open_register
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.problems import of_severity

FOLDER = Path(__file__).parents[2] / "data" / "learning-note-17"
PROJECT = (dt.date(2009, 6, 24), dt.date(2014, 9, 30))  # effective, and finally closed
FILES = ["actors.csv", "assessments.csv", "datapackage.json", "mechanisms.csv", "partnerships.csv"]
CRITERIA = {
    f"{cue}: {value}": stage.key for stage in Scale.load("dfgg").stages for cue, value in stage.criteria.items()
}


@pytest.fixture(scope="module")
def register():
    return open_register(FOLDER)


def test_it_opens_without_an_error_or_a_warning():
    _, checked = examine(FOLDER)
    assert of_severity(checked.problems, "error") == []
    assert of_severity(checked.problems, "warning") == []
    assert sum(checked.refused.values()) == 0


def test_it_is_coded_from_a_document_and_names_it(register):
    assert register.kind == "coded"
    assert register.title == "Cases named in DFGG Learning Note 17"
    assert "not a sample" in register.description
    assert [source["title"] for source in register.sources] == [
        "World Bank, Cambodia DFGG Learning Note 17, Partnerships III: Empowering Local Actors (no. 92206)"
    ]
    assert register.scale == Scale.load("dfgg")


def test_it_holds_the_seven_cases(register):
    assert list(register.partnerships["partnership"]) == [
        "dnd-owso",
        "dnd-municipality",
        "ponleur-kumar-01",
        "ponleur-kumar-02",
        "ponleur-kumar-15",
        "psod-communes",
        "amara-schools-02",
    ]


@pytest.mark.parametrize("column", ["quote", "passage", "criterion", "source", "stage", "evidence"])
def test_every_assessment_has_what_it_rests_on(register, column):
    frame = register.assessments
    assert [row["partnership"] for _, row in frame.iterrows() if not str(row[column]).strip()] == []


@pytest.mark.parametrize("column", ["quote", "passage", "source"])
def test_every_mechanism_has_what_it_rests_on(register, column):
    assert (register.mechanisms[column].str.strip() != "").all()


def cues(text):
    """What a criterion names: (cue and value, the stage it says they are)."""
    return re.findall(r"(\w+: [^;=]+?) = (\w+)", text)


def test_every_criterion_names_cues_of_the_scale_and_the_stage_that_they_stand_for(register):
    known = {value.split(": ", 1)[1]: value.split(": ", 1)[0] for value in CRITERIA}
    for text in register.assessments["criterion"]:
        named = cues(text)
        assert named, text
        for cue, stage in named:
            # an MoU and agreed roles are two values that the scale names in one
            whole = [key for key in CRITERIA if key.split(": ")[0] == cue.split(": ")[0] and part_of(cue, key)]
            assert whole, f"{cue} is no criterion of the scale; it has {sorted(known)}"
            assert stage in {CRITERIA[key] for key in whole}, text


def part_of(cue, key):
    value, full = cue.split(": ", 1)[1], key.split(": ", 1)[1]
    return value == full or value in full.split(" or ")


def test_a_case_is_coded_at_a_stage_that_one_of_its_cues_stands_for_or_just_below(register):
    order = list(register.scale.keys)
    for _, row in register.assessments.iterrows():
        stages = [order.index(stage) for _, stage in cues(row["criterion"])]
        coded = order.index(row["stage"])
        assert coded <= min(stages), row["criterion"]
        assert coded >= min(stages) - 1, row["criterion"]
        if coded < min(stages):
            assert "the stage below is coded" in row["criterion"]
        if len(set(stages)) > 1:
            assert "the lower one is coded" in row["criterion"]


def test_dates_are_as_wide_as_the_project_and_none_is_invented(register):
    assert register.observed == PROJECT
    dates = [
        (first.date(), last.date())
        for first, last in zip(*(register.assessments[f"date_{end}"] for end in ("first", "last")), strict=True)
    ]
    assert set(dates) == {PROJECT}
    starts = register.mechanisms
    given = starts[starts["start"] != ""]
    assert {(row["start_first"].date(), row["start_last"].date()) for _, row in given.iterrows()} == {PROJECT}
    assert set(register.partnerships["start"]) == set(register.partnerships["end"]) == {""}


def test_no_province_is_invented_where_the_note_gives_none(register):
    province = register.partnerships.set_index("partnership")["province"].to_dict()
    assert province == {
        "dnd-owso": "",
        "dnd-municipality": "",
        "ponleur-kumar-01": "01",
        "ponleur-kumar-02": "02",
        "ponleur-kumar-15": "15",
        "psod-communes": "",
        "amara-schools-02": "02",
    }
    actors = register.actors.set_index("actor")["province"]
    assert [actors[key] for key in ("dnd", "psod", "owso", "municipality", "communes", "ponleur-kumar")] == [""] * 6
    named = Places.load("cambodia").by_code
    assert [named[code].name() for code in ("01", "02", "15")] == ["Banteay Meanchey", "Battambang", "Pursat"]
    text = " ".join(register.assessments["quote"])
    assert all(name in text for name in ("Banteay Meanchey", "Pursat", "Battambang"))


def test_only_the_order_in_which_the_note_tells_is_given(register):
    steps = register.assessments[["partnership", "step"]].dropna()
    assert [(key, int(step)) for key, step in steps.itertuples(index=False)] == [
        ("dnd-owso", 1),
        ("dnd-owso", 2),
        ("dnd-municipality", 1),
        ("dnd-municipality", 2),
    ]


def test_it_tells_two_moves_and_no_stage_higher_than_the_note_says(register):
    result = spells(register, placed="order")
    assert list(result.loc[result["outcome"] == "up", "partnership"]) == ["dnd-municipality", "dnd-owso"]
    assert set(result["outcome"]) == {"up", "censored"}
    assert "integrated" not in set(result["stage"].dropna())


def test_every_case_can_be_shown_with_its_quote(register):
    frame = assessment_records(register)
    assert len(frame) == len(register.assessments) == 9
    assert (frame["quote"].str.len() > 40).all()


def test_what_is_written_is_what_is_read(register, tmp_path):
    register.save(tmp_path / "learning-note-17")
    for name in FILES:
        assert (tmp_path / "learning-note-17" / name).read_bytes() == (FOLDER / name).read_bytes(), name
