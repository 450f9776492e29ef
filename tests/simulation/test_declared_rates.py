from __future__ import annotations

import pytest

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.simulation.declared_rates import Rates

LEAST = {"period": "2009/2014", "rates": {"up": {"coalition": 0.5}}}
MECHANISMS = "Allowed: training, letter, mou, joint_committee, shared_resources, scorecard, permission_waived"


def declared(**changes) -> Rates:
    return Rates.declared(LEAST | changes, place="rates.yml")


def test_the_least_that_is_declared():
    rates = declared()
    assert rates.begin == {"coalition": 1.0}
    assert rates.precision == {"day": 1.0}
    assert list(rates.starts.values()) == [1.0]
    assert rates.true_rates().loc["integrated"].to_dict() == dict.fromkeys(
        ("coalition", "collaboration", "integrated", "ended"), 0.0
    )


def test_hazard_ratios_multiply():
    rates = declared(
        rates={"up": {"coalition": 0.5, "collaboration": 0.2}, "jump": {"coalition": 0.1}, "end": {"integrated": 0.3}},
        effects={
            "mechanism": {"mou": {"up": 2, "end": 0.5}, "training": {"up": 3}},
            "tier": {"national": {"up": 0.5}},
            "hybrid": {"end": 4},
        },
    )
    assert rates.hazard_ratio("up", mechanisms=("mou", "training"), tier="national") == 3.0
    assert rates.hazard_ratio("end", mechanisms=("mou",), hybrid=True) == 2.0
    assert rates.hazard_ratio("end", mechanisms=("mou",), hybrid=False, multi_sector=True) == 0.5
    assert rates.true_rates(mechanisms=("mou",)).loc["coalition"].tolist() == [-1.1, 1.0, 0.1, 0.0]
    assert rates.true_rates(hybrid=True).loc["integrated"].tolist() == [0.0, 0.0, -1.2, 1.2]
    for name, wrong, allowed in (("move", "ups", "up, down, jump, end"),):
        with pytest.raises(ValueNotAllowed) as error:
            rates.hazard_ratio(wrong)
        assert str(error.value) == f"{name} '{wrong}' is not known; did you mean 'up'? Allowed: {allowed}"
    with pytest.raises(ValueNotAllowed) as attribute:
        rates.hazard_ratio("up", tiers="national")
    assert str(attribute.value) == (
        "attribute 'tiers' is not known; did you mean 'tier'? "
        "Allowed: non_state_kind, state_kind, tier, hybrid, multi_sector"
    )


def test_misrating_is_one_step_and_each_row_sums_to_one():
    table = declared(visits={"state": {"rate": 1, "misrates": 0.2}}).misrating("state")
    assert table.to_numpy().tolist() == [[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]]
    with pytest.raises(ValueNotAllowed) as error:
        declared(visits={"state": {"rate": 1}}).misrating("independent")
    assert str(error.value) == "rater 'independent' is not known. Allowed: state"


def test_provinces_are_named_by_code_number_or_name():
    rates = declared(provinces={"weights": {2: 3, "Takeo": 0.5}, "counts": {"23": 0, "Pailin": 1}})
    assert rates.weights == {"02": 3.0, "21": 0.5}
    assert rates.counts == {"23": 0, "24": 1}


def test_closings_are_on_days_that_yaml_reads_as_dates(tmp_path):
    (tmp_path / "rates.yml").write_text(
        "period: 2009/2014\nrates: {up: {coalition: 0.5}}\nclosings: {2012-01-31: 0.2}\n", "utf-8"
    )
    assert [when.text for when in Rates.load(tmp_path / "rates.yml").closings] == ["2012-01-31"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"rate": {}},
            "rates.yml: key 'rate' is not known; did you mean 'rates'? Allowed: title, licence, scale, places, frame, period, starts, begin, rates, effects, mechanisms, ends and 10 more",
        ),
        ({"rates": None}, "rates.yml lacks rates, a mapping with keys up, down, jump, end"),
        ({"rates": [1]}, "rates.yml: rates should be a mapping, not '[1]'"),
        (
            {"rates": {"ups": {}}},
            "rates.yml: rates: key 'ups' is not known; did you mean 'up'? Allowed: up, down, jump, end",
        ),
        (
            {"rates": {"up": {"colition": 0.5}}},
            "rates.yml: rates: up: stage 'colition' is not known; did you mean 'coalition'? "
            "Allowed: coalition, collaboration, integrated",
        ),
        (
            {"rates": {"up": {"coalition": "fast"}}},
            "rates.yml: rates: up: coalition should be a number from 0, not 'fast'",
        ),
        (
            {"rates": {"up": {"coalition": True}}},
            "rates.yml: rates: up: coalition should be a number from 0, not 'True'",
        ),
        ({"rates": {"up": {"coalition": -1}}}, "rates.yml: rates: up: coalition should be a number from 0, not '-1'"),
        (
            {"rates": {"up": {"integrated": 1}}},
            "rates.yml: rates: up: the scale has no stage to move to from integrated",
        ),
        (
            {"rates": {"jump": {"collaboration": 1}}},
            "rates.yml: rates: jump: the scale has no stage to move to from collaboration",
        ),
        (
            {"rates": {"down": {"coalition": 1}}},
            "rates.yml: rates: down: the scale has no stage to move to from coalition",
        ),
        ({"period": None}, "rates.yml lacks period, a date or two dates with / between"),
        (
            {"period": "always"},
            "rates.yml: period: date 'always' cannot be read; "
            "allowed: 2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between",
        ),
        ({"starts": {"2008": 1}}, "rates.yml: starts: 2008 is not within the period, 2009/2014"),
        (
            {"starts": {"then": 1}},
            "rates.yml: starts: then: date 'then' cannot be read; "
            "allowed: 2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between",
        ),
        ({"begin": {"coalition": 0}}, "rates.yml: begin: at least one weight should be above 0"),
        ({"scale": "dfg"}, "rates.yml: scale 'dfg' is not known; did you mean 'dfgg'? Allowed: dfgg, frey, partner"),
        (
            {"frame": 26},
            "frame '26' is not known: the frame is the number of provinces of the whole country, for 'cambodia' 24 (without Tboung Khmum) or 25; places names those of another country",
        ),
        (
            {"effects": {"mechanism": {"moo": {"up": 2}}}},
            f"rates.yml: effects: mechanism: mechanism 'moo' is not known; did you mean 'mou'? {MECHANISMS}",
        ),
        (
            {"effects": {"hybrid": {"up": 0}}},
            "rates.yml: effects: hybrid: up is a hazard ratio, which is above 0",
        ),
        (
            {"effects": {"tier": {"commune": {"sideways": 2}}}},
            "rates.yml: effects: tier: commune: key 'sideways' is not known. Allowed: up, down, jump, end",
        ),
        (
            {"mechanisms": {"mou": {"rate": 1, "after": "training"}}},
            "rates.yml: mechanisms: mou: after: training is not declared here",
        ),
        (
            {"mechanisms": {"mou": {"rate": 1, "after": "trainings"}}},
            f"rates.yml: mechanisms: mou: after: mechanism 'trainings' is not known; did you mean 'training'? {MECHANISMS}",
        ),
        (
            {"provinces": {"weights": {"Batambang": 1}}},
            "rates.yml: provinces: province 'Batambang' is not known; did you mean 'Battambang'? "
            "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name",
        ),
        (
            {"provinces": {"counts": {"02": 1.5}}},
            "rates.yml: provinces: counts: 02 should be a whole number, not '1.5'",
        ),
        (
            {"visits": {"states": {"rate": 1}}},
            "rates.yml: visits: rated_by 'states' is not known; did you mean 'state'? Allowed: state, non_state, independent, unstated",
        ),
        (
            {"visits": {"state": {"misrates": 1.2}}},
            "rates.yml: visits: state: misrates should be a number from 0 to 1, not '1.2'",
        ),
        ({"never_assessed": 2}, "rates.yml: never_assessed should be a number from 0 to 1, not '2'"),
        (
            {"precision": {"week": 1}},
            "rates.yml: precision: precision 'week' is not known. Allowed: day, month, quarter, half",
        ),
        (
            {"actors": {"state": {"kinds": {"ngo": {}}}}},
            "rates.yml: actors: state: kinds: kind 'ngo' is not known. Allowed: ministry, national_body, "
            "provincial_office, municipal_office, district_office, commune_council, service_provider, owso, other_state",
        ),
        (
            {"actors": {"state": {"kinds": {"owso": {"tier": "town"}}}}},
            "rates.yml: actors: state: kinds: owso: tier 'town' is not known. "
            "Allowed: national, province, municipality, district, commune, provider",
        ),
    ],
)
def test_what_is_wrong_is_named_by_the_keys_that_lead_there(changes, message):
    with pytest.raises(LnlibError) as error:
        declared(**changes)
    assert str(error.value) == message


def test_a_file_that_is_not_there_or_not_yaml(tmp_path):
    with pytest.raises(LnlibError) as error:
        Rates.load(tmp_path / "none.yml")
    assert str(error.value) == f"rates file {tmp_path / 'none.yml'} cannot be read: No such file or directory"
    (tmp_path / "bad.yml").write_text("rates: [", "utf-8")
    with pytest.raises(LnlibError, match=r"^rates file .*bad\.yml: line \d+: "):
        Rates.load(tmp_path / "bad.yml")
    (tmp_path / "list.yml").write_text("- rates\n", "utf-8")
    with pytest.raises(LnlibError) as words:
        Rates.load(tmp_path / "list.yml")
    assert str(words.value) == f"{tmp_path / 'list.yml'} should be a mapping, not '['rates']'"
