import pytest

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.exhibits.source_and_choices import narrowed_to
from lnlib.words import Words


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"kind": "ngo"}, ["P1", "P2", "P4"]),
        ({"kind": "NGO; community group"}, ["P1", "P2", "P3", "P4"]),
        ({"kind": ["ngo", "commune_council"]}, ["P2"]),
        ({"tier": "commune"}, ["P2", "P3"]),
        ({"function": "service_delivery"}, ["P1"]),
        ({"function": ["learning", "service_delivery"]}, ["P1", "P3"]),
        ({"sector": "water"}, ["P1", "P2", "P3"]),
        ({"sector": "education;administration"}, ["P1", "P4"]),
        ({"mechanism": "mou"}, ["P1"]),
        ({"mechanism": "mou;training"}, ["P1", "P2"]),
        ({"in_force": "mou;training"}, ["P1"]),
        ({"sector": "water", "province": "17", "kind": "ngo"}, ["P2"]),
        ({"kind": "media"}, []),
        ({"kind": "", "tier": [], "sector": None}, ["P1", "P2", "P3", "P4"]),
    ],
)
def test_partnerships_that_have_one_of_the_words_are_kept(small, asked, kept):
    assert small.where(**asked).partnerships["partnership"].tolist() == kept


def test_a_mechanism_counts_up_to_the_last_day_observed(small):
    assert small.over("2010-01", "2010-05").where(mechanism="mou;training").partnerships.empty
    begun = small.over("2010-01", "2010-06-11")
    assert begun.where(mechanism="training").partnerships["partnership"].tolist() == ["P2"]
    assert begun.where(in_force="training").partnerships["partnership"].tolist() == ["P2"]


def test_nothing_is_in_force_of_a_partnership_that_ended(spoiled):
    from lnlib.intake import open_register

    register = open_register(spoiled(cells={("mechanisms", 3, "end"): ""}))
    assert register.over("", "2013-05-03").where(in_force="training").partnerships["partnership"].tolist() == ["P2"]
    assert register.where(in_force="training").partnerships.empty
    assert register.where(mechanism="training").partnerships["partnership"].tolist() == ["P2"]


def test_a_narrowed_register_keeps_the_period_units_and_actors_of_the_whole(small):
    narrowed = small.where(sector="education")
    assert (narrowed.observed, narrowed.units, narrowed.whole) == (small.observed, small.units, small)
    assert narrowed.actors["actor"].tolist() == small.actors["actor"].tolist()
    assert narrowed.where(function="learning").filters == (("sector", "education"), ("function", "learning"))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"tier": "comune"}, "tier 'comune' is not known; did you mean 'commune'? Allowed: national, province, "),
        (
            {"in_force": "mou;scorcard"},
            "in_force 'scorcard' is not known; did you mean 'scorecard'? Allowed: training, ",
        ),
    ],
)
def test_a_word_that_is_not_known_is_named_with_its_nearest(small, asked, message):
    with pytest.raises(ValueNotAllowed) as error:
        small.where(**asked)
    assert str(error.value).startswith(message)


def test_what_was_asked_is_said_in_words(small):
    narrowed = small.where(province="17", actor="A1", kind="ngo;media", sector="water", in_force="mou")
    assert narrowed_to(narrowed, Words.load()) == [
        "Siem Reap",
        "River Watch",
        "NGO or media",
        "sector: water",
        "with MoU in force at the end",
    ]


def test_another_period_is_observed(small):
    assert [str(day) for day in small.over("2011-05", "").observed] == ["2011-05-01", "2013-12-31"]
    with pytest.raises(LnlibError) as error:
        small.over("2013", "2011-02")
    assert str(error.value) == "the period observed ends before it starts: from 2013-01-01 to 2011-02-28"
