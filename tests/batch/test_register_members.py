import re
import shutil
from pathlib import Path

import pytest
import yaml
from register_rows import replace_cell

from lnlib.batch.register_members import members
from lnlib.charts import stage_mix
from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed
from lnlib.history.choices import Choices
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.intake import open_register
from lnlib.measures.counts.shares import shares
from lnlib.words import Words

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "registers" / "small"


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    return folder


def append(folder, table, line):
    with (folder / f"{table}.csv").open("a", encoding="utf-8") as lines:
        lines.write(line)


def change(folder, table, row, column, value):
    """Change one cell; rows are numbered as in a spreadsheet. Give which digests changed."""
    before = members(str(folder)).digests
    replace_cell(folder, table, row, column, value)
    after = members(str(folder)).digests
    assert set(after) == set(before)
    return {part for part in before if before[part] != after[part]}


def test_members_of_the_small_register():
    found = members(str(SMALL))
    assert (found.title, found.kind) == ("Small register", "simulated")
    assert len(found.provinces) == 25
    assert found.provinces[1] == ("02", "Battambang")
    assert found.actors == [
        ("A1", "River Watch", "non_state"),
        ("A2", "Lake Circle", "non_state"),
        ("A3", "Seen Once Society", "non_state"),
        ("S1", "One-Window Service Office of the town", "state"),
        ("S2", "Commune council of the lake", "state"),
        ("S3", "Office of the eastern province", "state"),
    ]


def test_a_province_is_found_by_its_other_names_and_an_actor_by_its_own_language(copy):
    key = members(str(copy)).actors[0][0]
    assert f"actor={key}" not in members(str(copy)).also
    change(copy, "actors", 2, "name_km", "ទន្លេ")
    also = members(str(copy)).also
    assert also[f"actor={key}"] == "ទន្លេ"
    assert "បាត់ដំបង" in also["province=02"].split()
    assert "Battambang" not in also["province=02"].split()


def test_every_province_has_a_tile_of_its_own():
    found = members(str(SMALL))
    assert list(found.grid) == [code for code, _ in found.provinces]
    assert len(set(found.grid.values())) == 25


def test_the_numbers_on_the_tiles():
    numbers = members(str(SMALL)).numbers
    # what was last assessed too long ago, or has ended, holds no stage now
    assert numbers["02"] == {"n": 1, "assessed": 0, "change": 2}
    assert numbers["17"] == {"n": 2, "assessed": 0, "change": 0}
    leads = {"stage_now": "Coalition", "level": 1, "count": 1}
    assert numbers["25"] == {"n": 1, "assessed": 1, "change": 0, **leads}
    assert numbers["01"] == {"n": 0, "assessed": 0}
    assert sum(entry["n"] for entry in numbers.values()) == 4


def test_of_two_stages_equally_common_neither_leads(copy):
    for key, stage in (("P5", "collaboration"), ("P6", "integrated")):
        append(copy, "partnerships", f"{key},A2,S2,02,,water,learning,2011,,,,\n")
        append(copy, "assessments", f"{key},2013-12-01,,{stage},state,interview,,,,,\n")
    numbers = members(str(copy)).numbers["02"]
    assert numbers == {"n": 3, "assessed": 2, "change": 2}


def declared(name):
    return yaml.safe_load((ROOT / "params" / f"{name}.yml").read_text(encoding="utf-8"))


def choices_of(name):
    """Return the period and the choices that an edition file declares for all its runs."""
    edition = declared(name)
    period = {f"period_{side}": date for side, date in edition["period"].items()}
    return {**period, **edition["parameters"]}


EDITIONS = {file.stem: choices_of(file.stem) for file in sorted((ROOT / "params").glob("*.yml"))}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_page_and_number_of_an_edition_is_of_its_period_and_choices(edition):
    """Stories and cases tell whole records and count none at a date: they alone may run to another day."""
    apart = {
        run["notebook"]
        for run in declared(edition)["runs"]
        if {"placed", "rater", "carried", "period_from", "period_to"} & set(run.get("parameters", {}))
    }
    assert apart <= {"09-stories", "13-cases"}


@pytest.mark.parametrize(
    ("edition", "choices"),
    [
        *EDITIONS.items(),
        ("demonstration", {"period_to": "2012-06", "rater": "state", "carried": 6}),
        ("demonstration", {"placed": "end", "differ": "higher", "evidence": "verifiable"}),
    ],
)
def test_a_tile_has_the_numbers_of_the_last_bar_of_its_province(edition, choices):
    folder = str(ROOT / "data" / declared(edition)["register"])
    period = {name: choices[name] for name in ("period_from", "period_to") if name in choices}
    whole = open_register(folder, **period)
    read = Choices.of(whole, {name: value for name, value in choices.items() if name not in period})
    labels = whole.scale.labels()
    for unit, entry in members(folder, None, choices).numbers.items():
        here = whole.where(province=unit)
        mix = shares(spells(here, read), dates=grid(here, read, every="quarter"))
        last = mix[mix["date"] == mix["date"].max()]
        assert entry["n"] == (last["n_known"].max() if len(last) else 0), unit
        assert entry["assessed"] == (last["n_assessed"].max() if len(last) else 0), unit
        top = last[last["count"] == last["count"].max()]
        leads = len(top) == 1 and entry["assessed"] > 0
        assert entry.get("stage_now") == (labels[top["stage"].iloc[0]] if leads else None), unit
        assert entry.get("count") == (top["count"].iloc[0] if leads else None), unit
        if not mix.empty and leads:
            output = stage_mix.finding(mix, words=Words.load(), labels=labels)
            assert str(entry["count"]) in output or entry["count"] in (1, entry["assessed"]), unit
            assert "No single stage" not in output, unit


def test_wrong_choices_leave_the_numbers_out():
    found = members(str(SMALL), None, {"placed": "midle"})
    assert found.numbers == {}
    assert found.until == ""


def test_a_story_is_found_by_its_sectors_and_mechanisms():
    also = members(str(SMALL)).also["partnership=P1"]
    assert "Water" in also
    assert "MoU" in also


def test_a_register_without_dates_shows_what_is_told_last():
    found = members(str(ROOT / "data" / "learning-note-17"))
    assert found.in_order
    assert not members(str(ROOT / "data" / "demonstration")).in_order
    leads = {"stage_now": "Collaboration", "level": 2, "count": 2}
    assert found.numbers["02"] == {"n": 2, "assessed": 2, "change": 0, **leads}


def test_the_frame_before_the_split_has_one_province_fewer():
    found = members(str(SMALL), frame="24")
    assert len(found.provinces) == 24
    assert found.numbers["03"]["n"] == 1
    assert found.resolve("province", "25") == "03"


def test_members_are_found_by_key_number_or_name():
    resolve = members(str(SMALL)).resolve
    assert [resolve("province", value) for value in ("02", 2, "Battambang", "batdambang")][:3] == ["02", "02", "02"]
    assert [resolve("actor", value) for value in ("A1", "River Watch", "river watch")] == ["A1", "A1", "A1"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("province", "Batambang", "province 'Batambang' is not known; did you mean 'Battambang'?"),
        ("province", 99, "province '99' is not known"),
        ("actor", "River Wach", "actor 'River Wach' is not in the register; did you mean 'River Watch'?"),
        ("stage", "x", "member 'stage' is not known. Allowed: province, actor"),
    ],
)
def test_a_member_that_is_not_there_is_refused(name, value, message):
    with pytest.raises(ValueNotAllowed) as error:
        members(str(SMALL)).resolve(name, value)
    assert str(error.value).startswith(message)


# --- digests: exactly what is made of changed rows is made again -----------------------------------------------------


def test_a_changed_assessment_in_battambang_changes_that_province_its_two_actors_and_the_whole(copy):
    assert change(copy, "assessments", 3, "stage", "coalition") == {"all", "province=02", "actor=A1", "actor=S1"}


def test_a_changed_mechanism_and_a_changed_partnership_do_the_same(copy):
    assert change(copy, "mechanisms", 2, "mechanism", "letter") == {"all", "province=02", "actor=A1", "actor=S1"}
    assert change(copy, "partnerships", 4, "note", "seen") == {"all", "province=17", "actor=A2", "actor=S2"}


def test_a_changed_actor_changes_the_provinces_and_partners_it_works_with(copy):
    assert change(copy, "actors", 5, "name", "Other office") == {"all", "province=02", "actor=A1", "actor=S1"}


def test_an_actor_without_partnerships_changes_with_its_own_row(copy):
    append(copy, "actors", "A9,Nobody yet,,ngo,,,,\n")
    assert change(copy, "actors", 8, "name", "Still nobody") == {"actor=A9"}


def test_a_partnership_that_moves_changes_both_provinces(copy):
    assert change(copy, "partnerships", 4, "province", "01") == {
        "all",
        "province=17",
        "province=01",
        "actor=A2",
        "actor=S2",
    }


def test_what_the_register_says_of_itself_changes_everything(copy):
    before = members(str(copy)).digests
    text = (copy / "datapackage.json").read_text("utf-8")
    (copy / "datapackage.json").write_text(text.replace("Small register", "Small again"), encoding="utf-8")
    after = members(str(copy)).digests
    assert all(before[part] != after[part] for part in before)


def test_a_longer_order_changes_everything_because_it_is_on_every_axis(copy):
    before = members(str(copy)).digests
    append(copy, "assessments", "P2,2013-01-01,,coalition,state,interview,,,,,\n")
    after = members(str(copy)).digests
    assert all(before[part] != after[part] for part in before)


def test_digests_are_the_same_from_another_folder(copy):
    assert members(str(copy)).digests == members(str(SMALL)).digests


def test_there_is_a_digest_of_the_whole_of_each_province_and_of_each_actor():
    found = members(str(SMALL))
    expected = [
        "all",
        *(f"province={code}" for code, _ in found.provinces),
        *(f"actor={key}" for key, *_ in found.actors),
    ]
    assert list(found.digests) == expected


def test_a_register_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(RegisterError, match="does not exist"):
        members(str(tmp_path / "none"))
    assert issubclass(RegisterError, LnlibError)


def test_rows_are_listed_by_what_identifies_them():
    rows = members(str(SMALL)).rows
    assert set(rows) == {"actors", "partnerships", "assessments", "mechanisms"}
    register = open_register(str(SMALL))
    assert [label for label, _ in rows["actors"]] == list(register.actors["actor"])
    first = register.assessments.iloc[0]
    assert rows["assessments"][0][0].split(", ")[0] == first["partnership"]
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for own in rows.values() for _, digest in own)
