from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed
from lnlib.intake import open_register
from lnlib.reference.places import COLUMNS
from lnlib.register.schema import TABLES
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.simulate import simulate, simulate_to

DEMONSTRATION = Path(__file__).parents[2] / "data" / "demonstration"
PLAIN = {
    "period": "2009/2014",
    "starts": {"2009": 1},
    "rates": {"up": {"coalition": 0.5, "collaboration": 0.3}, "end": {"coalition": 0.1}},
    "visits": {"independent": {"rate": 2.0}},
}


def plain(**changes) -> Rates:
    return Rates.declared(PLAIN | changes)


@pytest.fixture(scope="module")
def demonstration():
    return open_register(DEMONSTRATION)


def test_the_demonstration_is_made_again_byte_for_byte(tmp_path):
    (tmp_path / "demonstration").mkdir()
    for name in ("rates.yml", "README.md"):
        shutil.copy(DEMONSTRATION / name, tmp_path / "demonstration" / name)
    rates = tmp_path / "demonstration" / "rates.yml"
    command = re.search(r"--partnerships (\d+) .* --seed (\d+)", (DEMONSTRATION / "README.md").read_text("utf-8"))
    assert command is not None
    simulate_to(tmp_path / "demonstration", partnerships=int(command[1]), rates=rates, seed=int(command[2]))
    made = {file.name: file.read_bytes() for file in (tmp_path / "demonstration").iterdir()}
    assert made == {file.name: file.read_bytes() for file in DEMONSTRATION.iterdir()}


def test_the_demonstration_holds_what_its_readme_says(demonstration):
    readme = " ".join((DEMONSTRATION / "README.md").read_text("utf-8").split())
    sides = demonstration.actors["side"].value_counts()
    counted = f"{len(demonstration.partnerships)} partnerships of {sides['non_state']} non-state and {sides['state']} state actors"
    assert counted in readme
    assert "SIMULATED" in readme
    assert "evidence of nothing" in readme
    by_unit = demonstration.described["unit"].value_counts()
    assert {unit.code for unit in demonstration.units} - set(by_unit.index) == {"23"}
    assert by_unit["24"] == 1
    assert demonstration.observed == (dt.date(2009, 6, 1), dt.date(2014, 9, 30))


def test_the_demonstration_says_that_it_is_simulated(demonstration):
    assert demonstration.kind == "simulated"
    assert "simulated" in demonstration.title.lower()
    assert demonstration.description.startswith("SIMULATED")
    assert demonstration.actors["name"].str.startswith("Simulated ").all()
    assert demonstration.actors["name"].is_unique
    for frame in demonstration.tables.values():
        assert (frame["source"] == "simulated").all()


def test_records_of_kampong_cham_stand_as_they_stood_at_the_time(demonstration):
    split = pd.Timestamp("2013-12-31")
    frame = demonstration.described
    here = frame[frame["unit"].isin(["03", "25"])]
    early = here[here["start_first"] <= split]
    assert (early["province"] == "03").all()
    assert (early["district"] != "").all()
    assert set(early["unit"]) == {"03", "25"}
    assert "25" in set(here.loc[here["start_first"] > split, "province"])


def test_the_demonstration_has_all_that_charts_must_show(demonstration):
    assessments = demonstration.assessments
    assert set(assessments["rated_by"]) == {"state", "non_state", "independent"}
    assert set(assessments["stage"]) == set(demonstration.scale.keys)
    assert 0 < (~demonstration.partnerships["partnership"].isin(assessments["partnership"])).sum() < 30
    assert any("goes back" in problem.reason for problem in demonstration.problems)
    assert any("jumps over" in problem.reason for problem in demonstration.problems)
    reasons = set(demonstration.partnerships["end_reason"])
    assert {"project_closed", "funding_ended", "staff_changed", ""} <= reasons
    widths = {len(text) for text in assessments["date"]}
    assert widths == {7, 10}
    assert assessments["date"].str.contains("H").any()
    assert assessments["date"].str.contains("Q").any()
    assert set(demonstration.described["hybrid"]) == {True, False}
    assert set(demonstration.described["multi_sector"]) == {True, False}
    assert not demonstration.described["label"].duplicated().any()


def test_the_seed_decides():
    one, again, other = (simulate(plain(), partnerships=40, seed=seed) for seed in (1, 1, 2))
    for name in TABLES:
        pd.testing.assert_frame_equal(one.tables[name], again.tables[name])
    assert not one.assessments["date"].equals(other.assessments["date"])


def test_only_the_provinces_asked_for_are_used():
    register = simulate(plain(), partnerships=60, seed=1, provinces=["Battambang", 1])
    assert set(register.partnerships["province"]) == {"01", "02"}
    rates = plain(provinces={"counts": {"02": 3}, "weights": {"03": 0}})
    register = simulate(rates, partnerships=10, seed=1, provinces=["02", "03", "04"])
    assert register.partnerships["province"].value_counts().to_dict() == {"04": 7, "02": 3}


def test_visits_come_at_the_declared_rate_and_see_the_declared_stage():
    rates = plain(rates={"up": {"coalition": 0}}, visits={"independent": {"rate": 2.0, "misrates": 0.1}})
    register = simulate(rates, partnerships=400, seed=5)
    started = register.partnerships["start_first"]
    years = (pd.Timestamp("2015-01-01") - started).dt.days.sum() / 365.25
    expected = 2.0 * years
    assert abs(len(register.assessments) - expected) < 4 * np.sqrt(expected)
    wrong = (register.assessments["stage"] != "coalition").sum()
    assert set(register.assessments["stage"]) == {"coalition", "collaboration"}
    assert abs(wrong - 0.1 * expected) < 4 * np.sqrt(0.1 * expected)


def test_gaps_and_those_never_assessed():
    assert simulate(plain(never_assessed=1), partnerships=20, seed=1).assessments.empty
    half = simulate(plain(never_assessed=0.5), partnerships=400, seed=1)
    assert 150 < half.assessments["partnership"].nunique() < 250
    whole, gapped = (
        simulate(plain(gaps={"share": share, "years": 2}), partnerships=200, seed=1).assessments for share in (0, 1)
    )
    assert len(gapped) < 0.8 * len(whole)


def test_without_raters_there_is_no_assessment():
    assert simulate(plain(visits={}), partnerships=5, seed=1).assessments.empty


def test_coarse_dates_never_contradict_a_life():
    rates = plain(
        precision={"half": 1},
        mechanisms={"mou": {"rate": 3, "ceases": 3}},
        visits={"state": {"rate": 6}, "non_state": {"rate": 6, "at_start": 1}},
    )
    register = simulate(rates, partnerships=100, seed=1)
    assert register.assessments["date"].str.fullmatch(r"\d{4}-H[12]").all()
    assert register.assessments["step"].notna().any()
    assert {problem.severity for problem in register.problems} <= {"review"}


def test_another_scale_and_another_country(tmp_path):
    rows = ["A,X-A,Lakeland,,,0,0,,,,", "C,X-C,New Lakeland,,,0,1,2011,,A,Reedham;Marsh End"]
    (tmp_path / "island.csv").write_text("\n".join([",".join(COLUMNS), *rows, ""]), "utf-8")
    (tmp_path / "rates.yml").write_text(
        "scale: frey\nplaces: island.csv\nperiod: 2009/2014\n"
        "rates: {up: {0: 0.5, 1: 0.5}}\nvisits: {state: {rate: 1}}\n",
        "utf-8",
    )
    simulate_to(tmp_path / "out", partnerships=30, rates=tmp_path / "rates.yml", seed=1)
    register = open_register(tmp_path / "out")
    assert register.scale.key == "frey"
    assert [unit.code for unit in register.units] == ["A", "C"]
    assert (tmp_path / "out" / "rates.yml").read_bytes() == (tmp_path / "rates.yml").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"partnerships": 0, "seed": 1}, "partnerships should be a whole number from 1, not '0'"),
        ({"partnerships": 1, "seed": -1}, "seed should be a whole number from 0, not '-1'"),
        (
            {"partnerships": 2, "seed": 1, "provinces": ["02"]},
            "3 partnerships are declared for provinces, more than 2",
        ),
        (
            {"partnerships": 5, "seed": 1, "provinces": ["02"]},
            "no province is left for 2 of 5 partnerships",
        ),
    ],
)
def test_what_cannot_be_drawn(words, message):
    with pytest.raises(LnlibError) as error:
        simulate(plain(provinces={"counts": {"02": 3}}), **words)
    assert str(error.value) == message


def test_an_unknown_province():
    with pytest.raises(ValueNotAllowed) as error:
        simulate(plain(), partnerships=1, seed=1, provinces=["Batambang"])
    assert str(error.value) == (
        "province 'Batambang' is not known; did you mean 'Battambang'? "
        "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"
    )


def test_only_a_simulated_register_is_written_over(spoiled, tmp_path):
    rates = DEMONSTRATION / "rates.yml"
    for about, written in (({"kind": "coded"}, False), ({"kind": "simulated"}, True)):
        folder = spoiled(about=about)
        if written:
            simulate_to(folder, partnerships=30, rates=rates, seed=1)
            assert len(open_register(folder).partnerships) == 30
        else:
            with pytest.raises(RegisterError) as error:
                simulate_to(folder, partnerships=30, rates=rates, seed=1)
            assert str(error.value) == f"{folder} holds a register that is not simulated; it is not written over"
        shutil.rmtree(folder)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(RegisterError) as other:
        simulate_to(tmp_path / "thesis", partnerships=30, rates=rates, seed=1)
    assert str(other.value) == f"{tmp_path / 'thesis'} holds other files; a register is written to a folder of its own"


def test_a_simulated_register_holds_no_workbook_also_where_one_stood(small, tmp_path):
    small.save(tmp_path / "out")
    simulate_to(tmp_path / "out", partnerships=30, rates=DEMONSTRATION / "rates.yml", seed=1)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "actors.csv", "assessments.csv", "datapackage.json", "mechanisms.csv", "partnerships.csv", "rates.yml",
    ]  # fmt: skip
