from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pandas as pd
import pytest

from lnlib.errors import ValueNotAllowed
from lnlib.intake import open_register


def test_actors_have_a_side(small):
    assert dict(zip(small.actors["actor"], small.actors["side"], strict=True)) == {
        **dict.fromkeys(("A1", "A2", "A3"), "non_state"),
        **dict.fromkeys(("S1", "S2", "S3"), "state"),
    }


def test_partnerships_are_described_by_their_actors(small):
    first = small.described.iloc[0]
    assert first["label"] == "River Watch – One-Window Service Office of the town"
    assert (first["non_state_kind"], first["state_kind"], first["tier"]) == ("ngo", "owso", "municipality")
    assert small.described["hybrid"].tolist() == [True, False, False, False]
    assert small.described["multi_sector"].tolist() == [True, False, False, False]
    # Memot was in Kampong Cham when P4 began, and is in Tboung Khmum in the frame of 25
    assert small.described["unit"].tolist() == ["02", "17", "17", "25"]


def test_the_digest_is_that_of_the_four_tables(small):
    names = ("actors", "assessments", "mechanisms", "partnerships")
    text = "".join(f"{name}{small.tables[name].to_csv(index=False)}" for name in names)
    assert small.digest == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert small.where(province="17").digest != small.digest


def test_in_the_frame_before_the_split_the_daughter_counts_in_its_mother(small):
    before = replace(small, frame="24")
    assert before.described["unit"].tolist() == ["02", "17", "17", "03"]
    assert before.unit("Tboung Khmum").code == "03"


def test_a_record_that_cannot_be_told_apart_shows_the_two_together(spoiled):
    register = open_register(spoiled(cells={("partnerships", 5, "district"): ""}))
    assert register.described["unit"].tolist() == ["02", "17", "17", "03+25"]
    assert register.unit(25) == register.unit("03") == register.unit("03+25")
    assert register.where(province="Tboung Khmum").partnerships["partnership"].tolist() == ["P4"]


def test_a_place_that_is_not_known_is_in_no_unit(spoiled):
    register = open_register(spoiled(cells={("partnerships", 2, "province"): ""}))
    assert register.described["unit"].tolist() == ["", "17", "17", "25"]


@pytest.mark.parametrize("value", ["02", 2, "2", "Battambang", "battambang province", "KH-2"])
def test_a_province_is_found_by_code_number_or_name(small, value):
    narrowed = small.where(province=value)
    assert narrowed.partnerships["partnership"].tolist() == ["P1"]
    assert narrowed.filters == (("province", "02"),)
    assert len(narrowed.assessments) == 3
    assert len(narrowed.mechanisms) == 1


def test_an_unknown_province_fails(small):
    for value, hint in (("99", "."), ("Batambang", "; did you mean 'Battambang'?")):
        with pytest.raises(ValueNotAllowed) as error:
            small.where(province=value)
        assert str(error.value) == (
            f"province '{value}' is not known{hint} "
            "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"
        )


def test_an_empty_province_has_no_rows_but_the_time_and_units_of_the_whole(small):
    empty = small.where(province="Kep")
    assert empty.partnerships.empty
    assert empty.assessments.empty
    assert empty.observed == small.observed == (dt.date(2010, 1, 1), dt.date(2013, 12, 31))
    assert empty.units == small.units
    assert empty.assessments["stage"].cat.categories.tolist() == list(small.scale.keys)


def test_without_a_declared_period_the_dates_bound_it(small):
    assert replace(small, period=None).observed == (dt.date(2010, 1, 15), dt.date(2013, 5, 3))
    assert replace(small, period=None).where(province="Kep").observed == (dt.date(2010, 1, 15), dt.date(2013, 5, 3))


@pytest.mark.parametrize(("value", "kept"), [("A1", ["P1", "P2"]), ("lake-circle", ["P3"]), ("S2", ["P2", "P3"])])
def test_an_actor_is_found_by_key_or_name_on_either_side(small, value, kept):
    assert small.where(actor=value).partnerships["partnership"].tolist() == kept


def test_province_and_actor_narrow_together(small):
    narrowed = small.where(province=17, actor="A1")
    assert narrowed.partnerships["partnership"].tolist() == ["P2"]
    assert narrowed.filters == (("province", "17"), ("actor", "A1"))
    assert small.where(province="02", actor="A2").partnerships.empty


def test_nothing_asked_for_narrows_nothing(small):
    assert small.where(province="", actor=None) is small


def test_an_unknown_actor_fails(small):
    with pytest.raises(ValueNotAllowed) as error:
        small.where(actor="River Wacht")
    assert str(error.value) == "actor 'River Wacht' is not in the register; did you mean 'River Watch'?"
    with pytest.raises(ValueNotAllowed) as other:
        small.where(actor="xxxx")
    assert str(other.value) == (
        "actor 'xxxx' is not known. Allowed: River Watch, Lake Circle, Seen Once Society, "
        "One-Window Service Office of the town, Commune council of the lake, Office of the eastern province, "
        "A1, A2, A3, S1, S2, S3"
    )


def test_a_name_of_two_actors_asks_for_the_key(spoiled):
    register = open_register(spoiled(cells={("actors", 3, "name"): "River Watch"}))
    with pytest.raises(ValueNotAllowed) as error:
        register.actor("River Watch")
    assert str(error.value) == "actor 'River Watch' is the name of A1, A2; give the key"


def test_narrowing_leaves_the_register_as_it_was(small):
    before = {name: frame.copy() for name, frame in small.tables.items()}
    small.where(province="02").where(actor="A1")
    for name, frame in small.tables.items():
        pd.testing.assert_frame_equal(frame, before[name])
