"""The guided import: answers become the mapping, and the register is as with that mapping."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.errors import LnlibError
from lnlib.intake import open_register
from lnlib.intake.guided_import import EACH, EMPTY, UNDECIDED, look
from lnlib.intake.mapping import MappingFile
from lnlib.intake.suggest import suggest_mapping
from lnlib.intake.terminal_guide import BACK, ask, chosen

CASES = Path(__file__).parents[1] / "registers" / "cases"


def test_the_likeliest_answers_read_a_sheet_that_was_not_recognised(tmp_path):
    asked, message = [], []

    def answer(question, allowed, default):
        assert default in allowed
        asked.append((question, default))
        return default

    account = ask(CASES / "s1.xlsx", tmp_path / "out", answer=answer, show=message.append)
    assert asked == [
        (
            "Sheet 'Rounds' (3 rows: Partnership ID, Assessment date, How far are they, Who rated, Remarks) "
            "is not recognised. What is it?",
            "assessments",
        ),
        ("Column 'How far are they' of sheet 'Rounds' (coalition | collaboration). What does it hold?", "stage"),
    ]
    assert message[:4] == [
        "s1.xlsx, sheet Rounds: not recognised, 3 rows",
        "s1.xlsx, sheet Partners: one row per partnership, 1 row",
        "  Partnership ID → partnership  (P1)",
        "  NGO → non_state  (River Voices)",
    ]
    assert (account.accepted["assessments"], account.exit_code) == (2, 0)
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert mapping.sheets == {"Rounds": "assessments"}
    assert mapping.columns == {"How far are they": "stage"}


def test_the_answers_serve_the_next_file_without_a_question(tmp_path):
    ask(CASES / "s1.xlsx", tmp_path / "out", answer=lambda question, allowed, default: default, show=lambda line: None)

    def answer(question, allowed, default):
        raise AssertionError(question)

    again = ask(CASES / "s1.xlsx", tmp_path / "again", mapping=tmp_path / "out.mapping.yml", answer=answer, show=print)
    assert again.exit_code == 0


def test_a_natural_survey_form_at_the_terminal(tmp_path):
    done = CliRunner().invoke(
        app, ["import", str(CASES / "a-labels-en.xlsx"), "--to", str(tmp_path / "out"), "--ask"], input="\n" * 12
    )
    assert done.exit_code == 1, done.output  # three mechanisms repeat the row above them
    assert "Column 'GPS' of sheet 'Partnership monitoring' (13.1 103.2 0 5). What does it hold?" in done.output
    register = open_register(tmp_path / "out")
    assert (len(register.partnerships), len(register.assessments)) == (40, 62)


def test_going_again_asks_every_question_with_the_earlier_answer_first(book, tmp_path):
    header = ["NGO", "State", "state_kind", "Province", "Stage", "Date", "rated_by"]
    rows = [[name, "Sala", "owso", "Pursat", name, "2011", "state"] for name in ("good", "very good")]
    path = book({"A": [header, *rows]})
    answers = iter(["dfgg", "coalition", UNDECIDED, "yes", "dfgg", "collaboration", "integrated"])
    asked = []

    def answer(question, allowed, default):
        asked.append((question, default))
        return next(answers)

    account = ask(path, tmp_path / "out", answer=answer, show=lambda line: None)
    good, very_good = (f"'{word}' is not known as stage. What does it stand for?" for word in ("good", "very good"))
    scale = (
        "The stages in the file (good | very good) are not all known. Of which scale are they (dfgg: Coalition, "
        "Collaboration, Integrated; frey: No interaction, Networking, Cooperation, Coordination, Coalition, Collaboration; "
        "partner: Awareness, Cooperation, Coordination, Integration)?"
    )
    assert asked == [
        (scale, "dfgg"),
        (good, UNDECIDED),
        (very_good, UNDECIDED),
        ("Go through the questions again?", "no"),
        (scale, "dfgg"),
        (good, "coalition"),
        (very_good, UNDECIDED),
    ]
    assert (list(account.register.assessments["stage"]), account.exit_code) == (["collaboration", "integrated"], 0)


def test_questions_and_answers_are_data(book):
    header = ["NGO", "State", "state_kind", "Province", "Stage", "Date", "rated_by", "Budget"]
    path = book({"A": [header, ["River", "Sala", "owso", "Pursatt", "very good", "2011", "state", "7"]]})
    step = look(path)
    assert {question.key: question.likely for question in step.questions} == {
        ("column", "A", "Budget"): "leave out",
        ("value", "province", "Pursatt"): "Pursat",
        ("value", "stage", "very good"): UNDECIDED,
        ("scale",): "dfgg",
    }
    assert step.questions[2].allowed[-2:] == (EMPTY, UNDECIDED)
    assert step.questions[3].allowed == ("coalition", "collaboration", "integrated", "ended", UNDECIDED)
    answers = {question.key: question.likely for question in step.questions}
    mapping = step.mapping_of(answers | {("value", "stage", "very good"): "integrated"})
    assert mapping.columns == {"Budget": ""}
    assert mapping.values == {"province": {"Pursatt": "Pursat"}, "stage": {"very good": "integrated"}}
    assert look(path, mapping).questions == ()


@pytest.mark.parametrize(
    ("text", "word"), [("", "stage"), ("2", "date"), ("Rated by", "rated_by"), ("leave", "leave out")]
)
def test_an_answer_is_a_number_a_word_or_the_likeliest(text, word):
    assert chosen(text, ["stage", "date", "rated_by", "leave out"], "stage") == word


def test_another_answer_is_asked_again():
    with pytest.raises(LnlibError) as caught:
        chosen("stag e x", ["stage", "date"], "stage")
    assert str(caught.value) == "'stag e x' is not among the answers; did you mean 'stage'?"


def answering(*answers):
    """Return what answers one question after the other, and what it was asked, with the answer offered first."""
    asked, coming = [], iter(answers)

    def answer(question, allowed, default):
        asked.append((question.split("?")[0], default))
        return next(coming)

    return answer, asked


NAMED = ["NGO", "State partner", "Province", "Stage", "Date", "rated_by"]


def test_the_stages_are_read_by_the_scale_that_is_chosen(book, tmp_path):
    rows = [["River", "Commune of Sala", "Pursat", stage, "2011", "state"] for stage in ("networking", "2", "strong")]
    path = book({"A": [NAMED, *rows]})
    answer, asked = answering("frey", "3")
    account = ask(path, tmp_path / "out", answer=answer, show=str)
    assert [default for _, default in asked] == ["frey", UNDECIDED]  # the likeliest scale reads two of the three
    assert (account.register.scale.key, list(account.register.assessments["stage"])) == ("frey", ["1", "2", "3"])
    assert MappingFile.load(tmp_path / "out.mapping.yml").about == {"scale": "frey"}
    assert ask(path, tmp_path / "again", mapping=tmp_path / "out.mapping.yml", answer=answer, show=str).exit_code == 0


def test_a_stage_that_stands_for_the_end_is_asked_about_once(book, tmp_path):
    rows = [
        ["River", "Commune of Sala", "Pursat", stage, date, "state"]
        for stage, date in (("coalition", 2011), ("gone", 2012))
    ]
    answer, asked = answering("dfgg", "ended")
    account = ask(book({"A": [NAMED, *rows]}), tmp_path / "out", answer=answer, show=str)
    assert len(asked) == 2
    assert account.register.partnerships["end"].tolist() == ["2012"]


def bodies(book):
    names = ["Office of Trade", "Commune council of Sala", "Working group", "Office of Trade"]
    return book(
        {"A": [NAMED, *[[f"N{at}", name, "Pursat", "coalition", "2011", "state"] for at, name in enumerate(names)]]}
    )


def test_the_kind_of_each_state_body_is_asked_for_by_its_name(book, tmp_path):
    answer, asked = answering(EACH, "district_office", "owso")
    account = ask(bodies(book), tmp_path / "out", answer=answer, show=str)
    assert asked == [
        ("The file does not give state_kind of Office of Trade, Working group. What holds", EACH),
        ("state_kind of 'Office of Trade'", UNDECIDED),
        ("state_kind of 'Working group'", UNDECIDED),
    ]
    actors = account.register.actors.set_index("name")["kind"]
    assert actors["Office of Trade"] == "district_office"
    assert actors["Working group"] == "owso"
    assert actors["Commune council of Sala"] == "commune_council"
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert mapping.kinds == {"Office of Trade": "district_office", "Working group": "owso"}


def test_one_kind_for_all_leaves_those_whose_name_tells_another(book, tmp_path):
    answer, asked = answering("district_office")
    account = ask(bodies(book), tmp_path / "out", answer=answer, show=str)
    actors = account.register.actors.set_index("name")["kind"]
    assert (len(asked), actors["Working group"], actors["Commune council of Sala"]) == (
        *(1, "district_office", "commune_council"),
    )


def test_going_back_leads_to_the_question_before_also_of_an_earlier_round(book, tmp_path):
    answer, asked = answering(EACH, "owso", BACK, BACK, BACK, "ministry")
    account = ask(bodies(book), tmp_path / "out", answer=answer, show=str)
    holds = "The file does not give state_kind of Office of Trade, Working group. What holds"
    assert asked == [
        (holds, EACH),
        ("state_kind of 'Office of Trade'", UNDECIDED),
        ("state_kind of 'Working group'", UNDECIDED),
        ("state_kind of 'Office of Trade'", "owso"),
        (holds, EACH),
        (holds, EACH),  # nothing is before the first
    ]
    assert account.register.actors.set_index("name")["kind"]["Office of Trade"] == "ministry"


def test_a_draft_lists_the_state_bodies_whose_kind_nothing_tells(book):
    draft = suggest_mapping(bodies(book))
    assert draft.endswith('# kinds:\n#   "Office of Trade":\n#   "Working group":\n')


def test_kinds_of_a_mapping_are_checked(book, tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("kinds: {Office of Trade: distrct_office}", encoding="utf-8")
    with pytest.raises(LnlibError, match=r"m\.yml, line 1: kinds: Office of Trade: kind 'distrct_office' is not known"):
        MappingFile.load(file)
    file.write_text("kinds: {Ofice of Trade: owso}", encoding="utf-8")
    with pytest.raises(LnlibError) as caught:
        open_register(bodies(book), mapping=file)
    assert str(caught.value) == (
        f"{file}, line 1: kinds: 'Ofice of Trade' has no effect: no actor of this name lacks a kind; "
        "did you mean 'Office of Trade'?"
    )
