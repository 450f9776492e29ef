"""Every number as a sentence: right for none, one and many, the same in both languages, and silent where it must be."""

import ast
import json
import math
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import evaluations
import nbformat
import pytest
from register_rows import made, partnership, rated, set_up

import lnlib as ln
from lnlib.analyses.claims import Claims, ended_around_closings
from lnlib.analyses.statistics import HiddenStage
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.history.records import within_period
from lnlib.history.visits import ratings
from lnlib.measures.counts.agreement import kappa, rated_pairs
from lnlib.measures.counts.cohorts import cohorts
from lnlib.measures.counts.sequences import mean_time
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import moves
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.words import Words, languages

NOTEBOOK = Path(__file__).parents[2] / "notebooks/08-inline-statistics.ipynb"
KHMER = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
STAGES = ("coalition", "collaboration", "integrated")
TIMES = (*STAGES, "not_assessed", "ended")


def result(register, *, placed="middle", rater="any", carried=18, least_n=5, years=2):
    """All topics, as the notebook tells them."""
    choices = {"placed": placed, "rater": rater, "carried": carried}
    dates = ln.grid(register, placed=placed)
    spells = ln.spells(register, **choices, attributes=["unit"])
    reached = {stage: reached_after(first_passage(spells, to=stage), years=years) for stage in register.scale.keys[1:]}
    pairs = rated_pairs(
        ratings(register, placed=placed).query("status == 'assessed'"), period=1.0 if placed == "order" else "half"
    )
    inside = within_period(register, choices)
    numbers = ln.Statistics("08", register, choices=choices, least_n=least_n)
    for topic, frame in (
        ("period", register),
        ("actors", register.actors),
        ("partnerships", inside.described),
        ("assessments", inside.assessments),
        ("mechanisms", inside.mechanisms),
        ("standing", ln.current_status(register, **choices)),
        ("provinces", shares(spells, dates=dates[-1:], by="unit", least_n=least_n)),
        ("shares", shares(spells, dates=[dates[0], dates[-1]], least_n=least_n)),
        ("cohorts", cohorts(spells, start=dates[(len(dates) - 1) // 2], end=dates[-1])),
        ("moves", moves(ln.visits(register, placed=placed, rater=rater))),
        ("passages", reached),
        ("closings", ended_around_closings(Claims.load(), register, placed=placed, least_n=least_n)),
        ("hidden", HiddenStage.of(register, choices).beside(years=years)),
        ("agreement", kappa(pairs)),
    ):
        more = {
            "hidden": {"years": years},
            "mechanisms": {"partnerships": len(inside.partnerships)},
            "closings": {"mechanisms": Claims.load().mechanisms("ended")},
        }.get(topic, {})
        numbers = numbers.with_topic(topic, frame, cell=1, **more)
    return numbers.with_topic("times", mean_time(spells, horizon=years), cell=1, years=years)


def empty():
    return made(partnerships=[])


def many(n=12):
    """Partnerships that all climb, every second one to the top, rated by both partners."""
    keys = [f"P{i:02}" for i in range(n)]
    assessments = [
        rated(key, date, stage, rated_by=by)
        for i, key in enumerate(keys)
        for date, stage in (("2010-02-01", 0), ("2011-02-01", 1), ("2012-02-01", 1 + i % 2), ("2013-06-01", 1 + i % 2))
        for by, stage in (("state", STAGES[stage]), ("non_state", STAGES[stage]))
    ]
    return made(partnerships=[partnership(key, start="2010-01-01") for key in keys], assessments=assessments)


REGISTERS = {
    "empty": (empty, {}),
    "one": (
        lambda: made(partnerships=[partnership("P", start="2010")], assessments=[rated("P", "2010-05", "coalition")]),
        {},
    ),
    "many": (many, {}),
    "order": (
        lambda: made(
            partnerships=[partnership(f"P{i}") for i in range(7)],
            assessments=[rated(f"P{i}", "2010/2013", STAGES[k], step=str(k + 1)) for i in range(7) for k in (0, 1)],
            mechanisms=[set_up("P0", "mou")],
        ),
        {"placed": "order"},
    ),
}


@pytest.fixture(scope="module", params=REGISTERS)
def numbers(request):
    make, choices = REGISTERS[request.param]
    return result(make(), **choices)


def test_the_keys_are_the_same_whatever_the_register(numbers, small):
    assert [one.key for one in numbers] == [one.key for one in result(small)]
    assert len({one.key for one in numbers}) == len(numbers.statistics)


def test_every_sentence_is_one_sentence_in_every_language(numbers):
    for one in numbers:
        assert set(one.sentences) == set(languages())
        for sentence in one.sentences.values():
            assert not re.search(r"[{}]|nan|None|\bNaT\b", sentence), (one.key, sentence)
            assert sentence.endswith((".", "។")), (one.key, sentence)


def test_english_has_its_singular_and_its_plural(numbers):
    nouns = "actor|partnership|assessment|mechanism|ending|time|move|pair"
    for one in numbers:
        message = one.sentences["en"]
        assert not re.search(rf"\b1 ({nouns})s\b", message), message
        assert not re.search(rf"(?<!\d)(?<!,)\b([02-9]|\d\d+) ({nouns})\b(?! up| back)", message), message
        assert not re.search(r"\b0 (actors|partnerships|assessments|mechanisms)\b", message), message


def test_the_highest_stage_has_none_above_it():
    message = {one.key: one.sentences for one in result(many())}
    middle, highest = STAGES[1:]
    for language in languages():
        above = Words.load(language)("or_above", stage="|").rpartition("|")[2]
        reached = [message[f"passage.{stage}.median"][language] for stage in (middle, highest)]
        assert [above in sentence for sentence in reached] == [True, False]


def figures(sentence):
    """The numbers of a sentence, whatever the digits and separators it is written with."""
    return Counter(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d)", "", sentence.translate(KHMER))))


def test_both_languages_say_the_same_numbers(numbers):
    for one in numbers:
        assert figures(one.sentences["km"]) == figures(one.sentences["en"]), one


def test_the_number_itself_stands_in_its_sentence(numbers):
    for one in numbers:
        if isinstance(one.value, int) and one.value > 0 and not one.key.startswith("cohort.change"):
            assert str(one.value) in figures(one.sentences["en"]), one


def test_no_share_under_the_least_n_and_none_of_an_order(numbers):
    for one in numbers:
        message = one.sentences["en"]
        if numbers.choices["placed"] == "order":
            assert "%" not in message
            assert one.unit not in ("share", "kappa") or one.value is None
            assert (one.low, one.high) == (None, None)
        elif one.n is not None and one.n < 5:
            assert "%" not in message, message
            assert (one.low, one.high) == (None, None)


def test_an_order_gives_no_rate_and_no_time():
    make, choices = REGISTERS["order"]
    numbers = result(make(), **choices)
    for one in numbers:
        if one.key.startswith(("passage", "time", "agreement")):
            assert (one.value, one.sentences["en"]) == (
                None,
                "The source gives no dates, so this number cannot be given.",
            )
    assert numbers["shares.last.collaboration"].sentences["en"] == (
        "As last told, 7 of 7 assessed partnerships were at the collaboration stage."
    )


def test_the_hand_written_register_in_numbers(small):
    numbers = result(small)
    message = {one.key: one.sentences["en"] for one in numbers}
    assert message["partnerships"] == "The register holds 4 partnerships within the observed period."
    assert message["actors.side.non_state"] == "3 of the 6 actors recorded are listed as “Non-state actor” (50%)."
    assert message["provinces"] == "Partnerships are recorded in 3 of 25 provinces."
    assert message["partnerships.hybrid"] == (
        "1 partnership of 4 recorded serves both service delivery and accountability."
    )
    assert message["endings.project_closed"] == "1 ending of 1 recorded has the reason “Project closed”."
    assert message["assessments.rated_by.non_state"] == (
        "4 assessments of 7 recorded have “Non-state actor” as their rater (57%)."
    )
    assert message["assessments.first_date"] == "No assessment recorded is from before 1 Mar 2010."
    assert message["observed.never"] == "1 partnership of 4 recorded was never assessed."
    assert message["mechanisms.mou.partnerships"] == "1 partnership of 4 recorded ever had the mechanism “MoU”."
    assert message["moved.up"] == (
        "As recorded, 2 partnerships of 3 ever assessed moved up at least once; 1 was assessed on one date only, so that no move "
        "of it could be seen."
    )
    assert message["moves.up"].startswith(
        "Among the steps from one assessment to the next, however long after, or to the partnership's end, 3 of 5 were moves up (60%;"
    )
    assert message["provinces.too_few"].endswith(
        "in 3 provinces of 3 with partnerships, fewer than 5 were assessed, too few for a share."
    )
    assert message["passage.integrated.reached"].startswith("Too little data")


def test_moves_that_a_later_period_cannot_show_are_counted_as_unseen(small):
    message = {one.key: one.sentences["en"] for one in result(small.over("2013", ""))}
    assert message["moved.up"] == (
        "As recorded, no partnership of 3 ever assessed moved up; 3 were not assessed within the observed period after an "
        "earlier rating that held, so that no move of theirs could be seen."
    )


def test_values_are_those_of_the_measures():
    register = many()
    numbers = result(register)
    spells = ln.spells(register, attributes=["unit"])
    row = shares(spells, dates=ln.grid(register)[-1:]).set_index("stage").loc["integrated"]
    one = numbers["shares.last.integrated"]
    assert (one.value, one.n) == (6, 12)
    assert (one.low, one.high) == (row["low"], row["high"])
    half = numbers["passage.collaboration.median"]
    assert half.value == pytest.approx(1.08, abs=0.01)
    assert numbers["agreement.kappa"].value == pytest.approx(1.0)
    assert sum(numbers[f"time.{state}"].value for state in (*STAGES, "not_assessed", "ended")) == pytest.approx(2)


@pytest.fixture(scope="module")
def demonstration():
    register = ln.open_register("demonstration", frame="25", period_from="2009-06", period_to="2014-09")
    return {one.key: one for one in result(register)}


def test_sentences_of_the_demonstration_name_whom_they_leave_out_and_what_they_are_of(demonstration):
    """Each of them once said more than the data bear; see the numbers by hand in `docs/measures`."""
    message = {key: one.sentences["en"] for key, one in demonstration.items()}
    assert message["assessments.last_date"] == (
        "No assessment recorded is from after 30 Sep 2014, unless among 5 whose dates are known only to a time that ends later."
    )
    assert demonstration["assessments.last_date"].value.isoformat() == "2014-09-30"
    assert message["moved.up"] == (
        "As recorded, 82 partnerships of 147 ever assessed moved up at least once (56%); 19 were assessed on one date only, so "
        "that no move of theirs could be seen."
    )
    assert message["cohort"] == (
        "Of 68 partnerships whose stage was known on 31 Dec 2011, that of 40 was known on 30 Sep 2014 too (59%); the others "
        "had ended or had no recent rating."
    )
    assert message["cohort.change.integrated"] == (
        "On 31 Dec 2011, 7 of the 40 partnerships known both times stood at the integrated stage; on 30 Sep 2014, 27 did. "
        "Those that ended in between are left out."
    )
    assert message["moves.ended"] == (
        "Among the steps from one assessment to the next, however long after, or to the partnership's end, 57 of 736 were "
        "endings (8%; 95% interval 6% to 10%)."
    )
    assert message["model.moved.up"] == (
        "Allowing for ratings that err, 50% of the partnerships rated truly moved up between their first rating and their "
        "last (95% interval 48% to 53%; n = 147); the interval is for these partnerships."
    )
    assert message["time.coalition"].endswith("n = 136); those followed for less are left out.")
    times = [float(re.search(r"on average ([\d.]+) years", message[f"time.{state}"])[1]) for state in TIMES]
    assert sum(times) == pytest.approx(2, abs=0.03)  # five rounded numbers


def test_the_finding_counts_who_was_recorded_as_moving(small):
    assert result(small).finding() == (
        "Of 3 partnerships ever assessed, 2 were recorded as moving up and 1 as moving back"
    )
    assert result(ln.open_register("learning-note-17"), placed="order").finding() == (
        "Of 7 partnerships ever assessed, 2 were recorded as moving up and none as moving back"
    )
    one = made(partnerships=[partnership("P", start="2010")], assessments=[rated("P", "2010-05", "coalition")])
    assert result(one).finding() == (
        "Of 1 partnership ever assessed, none was recorded as moving up and none as moving back"
    )
    assert result(empty()).finding() == "No partnership was ever assessed"
    assert result(small).finding(language="km").replace("\u200b", "") == (
        "ក្នុងចំណោមភាពជាដៃគូ ៣ ដែលធ្លាប់ត្រូវបានវាយតម្លៃ តាមកំណត់ត្រា មាន ២ ឡើងដំណាក់កាល ហើយ មាន ១ ថយក្រោយ"
    )
    with pytest.raises(ValueNotAllowed, match=r"^statistic 'moved.up' is not known"):
        ln.Statistics("08", small, choices={}).finding()


def test_endings_around_closings_are_counted_in_windows_with_limits_by_partnership(demonstration):
    one, other = demonstration["closings.with"], demonstration["closings.without"]
    assert [(each.value, each.n, each.unit) for each in (one, other)] == [(13, 119, "windows"), (39, 170, "windows")]
    assert one.sentences["en"] == (
        "Of 119 times that a partnership with an MoU or a joint committee in force stood half a year before the closing of a "
        f"project, it had ended within a year 13 times (11%; 95% interval {one.low:.0%} to {one.high:.0%}); nothing else is "
        "held equal."
    )
    assert other.sentences["en"].startswith(
        "Of 170 times that a partnership without an MoU or a joint committee stood half a year before the closing of a project, "
        "it had ended within a year 39 times (23%; 95% interval "
    )
    followed = evaluations.demonstration().closing()
    curve = followed[followed["exposed"]].iloc[-1]
    assert (one.low, one.high) == (curve["low"], curve["high"])


def test_where_all_are_known_both_times_nobody_is_left_out():
    cases = {one.key: one.sentences["en"] for one in result(ln.open_register("learning-note-17"), placed="order")}
    assert (
        cases["cohort"]
        == "Of 7 partnerships whose stage was known as first told, that of 7 was known as last told too."
    )
    assert cases["cohort.change.coalition"] == (
        "As first told, 2 of the 7 partnerships known both times stood at the coalition stage; as last told, 0 did."
    )
    documents = {one.key: one.sentences["en"] for one in result(ln.open_register("dfgg-documents"))}
    assert documents["cohort.change.coalition"] == (
        "No partnership's stage was known both times, so there is no change to give."
    )


def test_without_a_closing_nothing_is_said_of_endings_around_one(small):
    assert result(small)["closings.with"].sentences["en"] == (
        "Nothing of the kind is recorded, so this number cannot be given."
    )
    cases = ln.open_register("learning-note-17")
    assert result(cases, placed="order")["closings.with"].sentences["en"] == (
        "The source gives no dates, so this number cannot be given."
    )


def test_each_number_names_the_cell_that_yields_it():
    """The number of the cell in the notebook, counted from 1, markdown too, as an error's page counts."""
    called = {}
    for place, cell in enumerate(nbformat.read(NOTEBOOK, as_version=4).cells, 1):
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "with_topic":
                    (given,) = (keyword.value.value for keyword in node.keywords if keyword.arg == "cell")
                    called[node.args[0].value] = (given, place)
    assert {given == place for given, place in called.values()} == {True}
    from lnlib.analyses.statistics.collect import _TOPICS

    assert set(called) == set(_TOPICS)


def test_measures_named_are_there():
    from importlib import import_module

    from lnlib.analyses.statistics.collect import _TOPICS

    for _, measure, _ in _TOPICS.values():
        module, name = measure.rsplit(".", 1)
        home = ln.Register if module == "Register" else import_module(f"lnlib.{module}")
        # what a dataclass holds without a default is in its annotations only
        assert hasattr(home, name), measure


def test_the_file_is_strict_json_with_sentences_choices_and_register(tmp_path, numbers):
    numbers.save(tmp_path)
    (file,) = tmp_path.rglob("*.*")
    assert file.relative_to(tmp_path).as_posix() == "data/08.json"
    read = json.loads(file.read_text("utf-8"), parse_constant=lambda word: pytest.fail(word))
    assert [one["key"] for one in read["statistics"]] == [one.key for one in numbers]
    assert set(read["statistics"][0]) == {
        "key", "value", "unit", "n", "low", "high", "sentences", "measure", "cell", "rests_on", "topic",
    }  # fmt: skip
    assert read["choices"]["least_n"] == 5
    assert read["words"]["km"]["status"] == "draft"
    assert read["register"]["title"] == "Made"
    known = {*read["choices"], "years"}
    assert all(set(one["rests_on"]) <= known for one in read["statistics"])


def test_a_file_that_cannot_be_written_is_refused_and_none_is_left(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(LnlibError, match="statistics 08 cannot be written to"):
        result(empty()).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_table_has_a_row_a_number_and_a_sentence_a_language(numbers):
    frame = numbers.frame()
    assert len(frame) == len(numbers.statistics)
    assert {f"sentence_{language}" for language in languages()} <= set(frame.columns)
    for row, one in zip(frame.to_dict("records"), numbers, strict=True):
        assert math.isnan(row["value"]) or row["value"] == one.value


def test_mistakes_are_refused():
    numbers = ln.Statistics("08", empty(), choices={"placed": "middle", "rater": "any", "carried": 18})
    with pytest.raises(ValueNotAllowed, match="topic 'actor' is not known; did you mean 'actors'"):
        numbers.with_topic("actor", None, cell=1)
    once = numbers.with_topic("actors", empty().actors, cell=1)
    with pytest.raises(LnlibError, match="topic 'actors' was added before: actors has a number"):
        once.with_topic("actors", empty().actors, cell=1)
    with pytest.raises(ValueNotAllowed, match=r"did you mean 'actors\.kind\.ngo'"):
        once["actors.kind.ngoo"]


def test_a_register_coded_from_a_document_gives_counts_and_words_alone():
    """One rule of the register's kind: the same rows, coded, give no share, rate, time or interval."""
    register = many()
    coded = replace(register, kind="coded")
    assert coded.counts_only
    message = {one.key: one for one in result(coded)}
    assert [key for key, one in message.items() if one.low is not None or one.high is not None] == []
    assert [key for key, one in message.items() if "%" in one.sentences["en"]] == []
    assert (
        message["shares.last.integrated"]
        .sentences["en"]
        .endswith("6 of 12 assessed partnerships were at the integrated stage.")
    )
    reason = "The cases were coded from documents and are no sample, so no share, rate or interval is given."
    for key in ("passage.integrated.reached", "passage.integrated.median", "time.coalition", "agreement.kappa"):
        assert (message[key].value, message[key].sentences["en"]) == (None, reason)
    assert message["model.moved.down"].sentences["en"] == reason
    # of the same rows as a field register, shares are given
    assert (
        "%"
        in {one.key: one for one in result(replace(register, kind="field"))}["shares.last.integrated"].sentences["en"]
    )


def test_what_was_recorded_and_what_the_hidden_stage_model_estimates_stand_beside_each_other():
    message = {one.key: one for one in result(ln.open_register("demonstration"))}
    recorded, model = message["moved.down"], message["model.moved.down"]
    assert recorded.sentences["en"].startswith("As recorded, ")
    assert model.sentences["en"].startswith("Allowing for ratings that err, ")
    assert model.low < model.value < model.high < recorded.value / recorded.n
    assert model.n == recorded.n
    soon = message["model.passage.collaboration"]
    # of 147 in the model, those that by its estimate stood below the stage at their first rating
    assert (soon.n, message["model.passage.integrated"].n, model.n) == (117, 144, 147)
    assert soon.value > message["passage.collaboration.reached"].value
    assert "Within 2 years of their start, " in message["passage.collaboration.reached"].sentences["en"]
    assert (
        "are estimated to have been recorded at the collaboration stage or above"
        in message["passage.collaboration.reached"].sentences["en"]
    )


def test_where_the_hidden_stage_model_cannot_be_fitted_the_sentence_says_so():
    message = {one.key: one for one in result(made(partnerships=[partnership("P", start="2010")], assessments=[]))}
    assert message["model.moved.up"].value is None
    assert message["model.moved.up"].sentences["en"] == (
        "The model that allows for ratings that err cannot be fitted here; the figures as recorded take ratings at their "
        "word."
    )


def test_in_a_narrower_period_the_numbers_are_those_of_the_figures_beside_them():
    """The demonstration until June 2012: what is counted in tables has begun by then, and nothing later is told."""
    register = ln.open_register("demonstration").over("2009-06", "2012-06")
    found = result(register)
    last = shares(ln.spells(register), dates=ln.grid(register)[-1:]).iloc[0]
    value = {one.key: one.value for one in found}
    assert value["partnerships"] == last["n_known"] < 160
    assert value["endings"] == last["n_ended"]
    assert value["observed.never"] + found["moved.up"].n == value["partnerships"]
    assert value["assessments.last_date"] <= register.observed[1]
    assert found["mechanisms.none"].n == found["observed.never"].n == value["partnerships"]
