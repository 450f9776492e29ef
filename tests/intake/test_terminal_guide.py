"""The guided import: answers become the mapping, and the register is as with that mapping."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.errors import LnlibError
from lnlib.intake import open_register
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.guided_import import ANOTHER, EACH, EMPTY, SAME, UNDECIDED, look
from lnlib.intake.mapping import MappingFile
from lnlib.intake.terminal_guide import BACK, ask, chosen

OF_DATA = "What kind of data is it? Every figure says so."
CASES = Path(__file__).parents[1] / "registers" / "cases"


def test_the_likeliest_answers_read_a_sheet_that_was_not_recognised(tmp_path):
    asked, message = [], []

    def answer(question, allowed, default):
        assert default in allowed
        asked.append((question, default))
        return "field" if question == OF_DATA else default

    account = ask(CASES / "s1.xlsx", tmp_path / "out", answer=answer, show=message.append)
    assert asked == [
        (
            "Sheet 'Rounds' (3 rows: Partnership ID, Assessment date, How far are they, Who rated, Remarks) "
            "is not recognised. What is it?",
            "assessments",
        ),
        ("Column 'How far are they' of sheet 'Rounds' (coalition | collaboration). What does it hold?", "stage"),
        (OF_DATA, UNDECIDED),
    ]
    assert message[:5] == [
        "A register needs for each partnership a state side ('Government partner'), a non-state side ('NGO'), a stage (not "
        "found yet) and the date of it ('Assessment date'); province ('Province') and mechanism (not found) may be lacking.",
        "s1.xlsx, sheet Rounds: not recognised, 3 rows",
        "s1.xlsx, sheet Partners: one row per partnership, 1 row",
        "  Partnership ID → partnership  (P1)",
        "  NGO → non_state  (River Voices)",
    ]
    assert (account.accepted["assessments"], account.exit_code) == (2, 0)
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert mapping.sheets == {"Rounds": "assessments"}
    assert mapping.columns == {"How far are they": "stage"}
    assert (mapping.about, account.register.kind) == ({"kind": "field"}, "field")


def test_the_answers_serve_the_next_file_without_a_question(tmp_path):
    ask(
        CASES / "s1.xlsx",
        tmp_path / "out",
        answer=lambda *asked: asked[-1] if asked[0] != OF_DATA else "coded",
        show=str,
    )

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
    answers = iter(["dfgg", "coalition", UNDECIDED, "coded", "yes", "dfgg", "collaboration", "integrated", "simulated"])
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
        (OF_DATA, UNDECIDED),
        ("Go through the questions again?", "no"),
        (scale, "dfgg"),
        (good, "coalition"),
        (very_good, UNDECIDED),
        (OF_DATA, "coded"),
    ]
    assert account.register.kind == "simulated"
    assert (list(account.register.assessments["stage"]), account.exit_code) == (["collaboration", "integrated"], 0)


def test_going_again_is_not_offered_where_nothing_is_left_to_ask(book, tmp_path):
    header = ["NGO", "State", "state_kind", "Province", "Stage", "Date", "rated_by"]
    path = book(
        {"A": [header, *([name, "Sala", "owso", "Pursat", "coalition", "2011", "state"] for name in ("A", ""))]}
    )
    mapping = tmp_path / "m.yml"
    mapping.write_text("register: {kind: coded}\n")
    answer, asked = answering()
    account = ask(path, tmp_path / "out", mapping=mapping, answer=answer, show=lambda line: None)
    assert (asked, account.exit_code) == ([], 1)


def test_whose_ratings_they_are_is_asked_in_words(book):
    header = ["NGO", "State", "state_kind", "Province", "Stage", "Date"]
    step = look(book({"A": [header, ["River", "Sala", "owso", "Pursat", "coalition", "2011"]]}))
    (question,) = (one for one in step.questions if one.about == ("rated_by",))
    assert question.allowed == ("state", "non_state", "independent", "unstated", UNDECIDED)
    assert question.explained == (
        "state: the government side",
        "non_state: the NGO side",
        "independent: an outsider",
        "unstated: not recorded",
    )


def test_questions_and_answers_are_data(book):
    header = ["NGO", "State", "state_kind", "Province", "Stage", "Date", "rated_by", "Budget"]
    path = book({"A": [header, ["River", "Sala", "owso", "Pursatt", "very good", "2011", "state", "7"]]})
    step = look(path)
    assert {question.key: question.likely for question in step.questions} == {
        ("column", "A", "Budget"): "leave out",
        ("value", "province", "Pursatt"): "Pursat",
        ("value", "stage", "very good"): UNDECIDED,
        ("scale",): "dfgg",
        ("data",): UNDECIDED,
    }
    assert step.questions[2].allowed[-2:] == (EMPTY, UNDECIDED)
    assert step.questions[3].allowed == ("coalition", "collaboration", "integrated", "ended", UNDECIDED)
    answers = {question.key: question.likely for question in step.questions} | {("data",): "coded"}
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


def answering(*answers, of_data=False):
    """Return what answers one question after the other, and what it was asked, with the answer offered first.

    That of the kind of data, which is asked of every file, is answered as field data unless it is among them (`of_data`).
    """
    asked, coming = [], iter(answers)

    def answer(question, allowed, default):
        if question == OF_DATA and not of_data:
            return "field"
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
    assert MappingFile.load(tmp_path / "out.mapping.yml").about == {"scale": "frey", "kind": "field"}
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
    answers = (EACH, "field", "owso", BACK, BACK, BACK, BACK, "ministry", "coded")
    answer, asked = answering(*answers, of_data=True)
    account = ask(bodies(book), tmp_path / "out", answer=answer, show=str)
    holds = "The file does not give state_kind of Office of Trade, Working group. What holds"
    assert asked == [
        (holds, EACH),
        ("What kind of data is it", UNDECIDED),
        ("state_kind of 'Office of Trade'", UNDECIDED),
        ("state_kind of 'Working group'", UNDECIDED),
        ("state_kind of 'Office of Trade'", "owso"),
        ("What kind of data is it", "field"),
        (holds, EACH),
        (holds, EACH),  # nothing is before the first
        ("What kind of data is it", "field"),
    ]
    assert account.register.kind == "coded"
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


def sheet(book, *rows):
    return book({"A": [NAMED, *[[*row, "state"] for row in rows]]})


def test_names_that_are_much_alike_are_asked_about_with_a_way_back(book, tmp_path):
    path = sheet(
        book,
        ("River Guard", "Commune of Sala", "Pursat", "coalition", "2011"),
        ("River Guard", "Commune of Krakor", "Pursat", "coalition", "2011"),
        ("River Gaurd", "Commune of Bakan", "Pursat", "coalition", "2011"),
        ("Mothers Assoc.", "Commune of Bakan", "Pursat", "coalition", "2011"),
        ("Mothers Association", "Commune of Sala", "Pursat", "coalition", "2011"),
        ("Group 1", "Commune of Sala", "Pursat", "coalition", "2011"),
        ("Group 2", "Commune of Sala", "Kampot", "coalition", "2011"),  # another Sala: places are compared within one
        ("Group 2", "Commune of Salaa", "Pursat", "coalition", "2011"),
        ("Group 2", "Commune of Krakorr", "Kampot", "coalition", "2011"),
    )
    answer, asked = answering(ANOTHER, BACK, SAME, SAME, ANOTHER)
    account = ask(path, tmp_path / "out", answer=answer, show=str)
    gaurd = "'River Gaurd' (1 row) is much like 'River Guard' (2 rows). Same actor"
    mothers = "'Mothers Assoc.' (1 row) is much like 'Mothers Association' (1 row). Same actor"
    sala = "'Commune of Salaa' (1 row) is much like 'Commune of Sala' (4 rows). Same actor"
    assert asked == [(gaurd, SAME), (mothers, SAME), (gaurd, ANOTHER), (mothers, SAME), (sala, SAME)]
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert mapping.values == {
        "non_state": {"River Gaurd": "River Guard", "Mothers Assoc.": "Mothers Association"},
        "state": {"Commune of Salaa": "Commune of Salaa"},
    }
    names = set(account.register.actors["name"])
    assert {"River Guard", "Mothers Association", "Commune of Salaa"} <= names
    assert not names & {"River Gaurd", "Mothers Assoc."}
    assert look(path, mapping).questions == ()  # also what is kept apart is decided


def test_typing_mistakes_offer_what_was_meant_and_ask_for_no_scale(book, tmp_path):
    words = ("coaliton", "Collaberation", "Intergrated", "Collab.", "coalition", "Closed")
    years = range(2011, 2017)
    path = sheet(
        book, *[("River", "Commune of Sala", "Kampong Chnang", word, at) for word, at in zip(words, years, strict=True)]
    )
    step = look(path)
    assert {question.key: question.likely for question in step.questions} == {
        ("value", "province", "Kampong Chnang"): "Kampong Chhnang",
        ("value", "stage", "coaliton"): "coalition",
        ("value", "stage", "Collaberation"): "collaboration",
        ("value", "stage", "Intergrated"): "integrated",
        ("value", "stage", "Collab."): "collaboration",
        ("value", "stage", "Closed"): "ended",
        ("data",): UNDECIDED,
    }
    shown = []
    answer, _ = answering(*[question.likely for question in step.questions if question.kind == "value"])
    account = ask(path, tmp_path / "out", answer=answer, show=shown.append)
    assert account.exit_code == 0
    definition = "  Coalition: none, or a letter per activity; asked each time; partners inform each other"
    assert shown.count(definition) == 1  # before the first of them
    assert "  simulated: made up, to try things out" in shown


def test_a_word_for_no_stage_is_asked_about_once_and_is_no_rating_if_so_answered(book, tmp_path):
    header = ["NGO", "State partner", "Province", "Baseline stage", "Baseline date", "Endline stage", "Endline date"]
    rows = [
        ["River", "Commune of Sala", "Pursat", "None", "2011", "coalition", "2012"],
        ["Hill", "Commune of Sala", "Pursat", "none", "2011", "integrated", "2012"],
    ]
    path = book({"A": [[*header, "rated_by"], *[[*row, "state"] for row in rows]]})
    answer, asked = answering(EMPTY)
    account = ask(path, tmp_path / "out", answer=answer, show=str)
    assert asked == [("'None' is read as a stage that was not rated (nothing), unless it stands for one. Which", EMPTY)]
    assert (account.exit_code, account.accepted["assessments"], account.refused["assessments"]) == (0, 2, 0)
    assert "Baseline stage ('None' in 1 row, empty by the mapping)" in str(account.words)
    answer, _ = answering("coalition")
    other = ask(path, tmp_path / "other", answer=answer, show=str)
    assert list(other.register.assessments["stage"]) == ["coalition", "coalition", "coalition", "integrated"]


def test_departments_are_likely_of_a_province_and_one_answer_holds_for_all(book, tmp_path):
    path = sheet(
        book,
        ("River", "Dept of Environment", "Pursat", "coalition", "2011"),
        ("River", "Fisheries Administration Cantonment", "Pursat", "coalition", "2011"),
        ("River", "PHD Pursat", "Pursat", "coalition", "2011"),  # short for a provincial health department
    )
    answer, asked = answering("provincial_office")
    account = ask(path, tmp_path / "out", answer=answer, show=str)
    names = "Dept of Environment, Fisheries Administration Cantonment"
    assert asked == [(f"The file does not give state_kind of {names}. What holds", "provincial_office")]
    actors = account.register.actors
    assert set(actors.loc[actors["side"] == "state", "kind"]) == {"provincial_office"}


def test_two_rows_of_headers_in_which_the_upper_heads_groups_and_single_columns_alike(book, tmp_path):
    path = book(
        {
            "A": [
                ["No.", "Province", "CSO", "", "Government partner", "First visit", "", "Latest visit", "", "rated_by"],
                ["", "", "Name", "Name in Khmer", "", "Stage", "Date", "Stage", "Date", ""],
                ["1", "Pursat", "River", "", "Commune of Sala", "coalition", "2011", "integrated", "2013", "state"],
                ["2", "Pursat", "Hill", "ភ្នំ", "Commune of Sala", "coalition", "2012", "coalition", "2013", "state"],
                ["Total", "", "2", "", "", "2", "", "2", "", ""],
            ],
            "Notes": [["Stages as agreed in the workshop"]],  # text, which is left out and not asked about
        }
    )
    step = look(path)
    assert [question.key for question in step.questions] == [("column", "A", "CSO Name in Khmer"), ("data",)]
    account = ask(path, tmp_path / "out", answer=lambda question, allowed, likely: likely, show=str)
    rated = account.register.assessments.sort_values(["partnership", "date"])
    assert list(rated["date"]) == ["2011", "2013", "2012", "2013"]
    assert (account.exit_code, sorted(account.register.actors["name"])) == (0, ["Commune of Sala", "Hill", "River"])


def test_a_row_of_data_is_no_second_row_of_headers(book):
    header = ["NGO", "", "State partner", "Province", "Stage", "Date", "rated_by"]
    path = book({"A": [header, ["River", "x", "Commune of Sala", "Pursat", "coalition", "2011", "state"]]})
    assert [(sheet.layout, sheet.rows) for sheet in look(path).sheets] == [("sheet", 1)]


def test_a_long_list_of_answers_is_shown_when_it_is_asked_for(book, tmp_path):
    path = sheet(book, ("River", "Commune of Sala", "Pursatt", "coalition", "2011"))
    command = ["import", str(path), "--to", str(tmp_path / "out"), "--ask"]
    done = CliRunner().invoke(app, command, input="?\n\n\n")
    assert done.exit_code == 0, done.output
    before, asked, after = done.output.partition("answer, ? for all 27, or < to go back [Pursat]: ?")
    assert asked
    assert "Banteay Meanchey" not in before
    assert "Banteay Meanchey" in after


def test_nothing_becomes_field_data_by_enter_alone(book, tmp_path):
    path = sheet(book, ("River", "Commune of Sala", "Pursat", "coalition", "2011"))
    command = ["import", str(path), "--to", str(tmp_path / "out"), "--ask"]
    done = CliRunner().invoke(app, command, input="\n")
    assert (done.exit_code, open_register(tmp_path / "out").kind) == (0, "unstated")
    assert "answer, or < to go back [undecided]: " in done.output
    assert "every figure will say that the kind of data is not stated" in done.output


def test_every_answer_of_a_round_is_the_default_of_the_next(book, tmp_path):
    header = ["NGO", "State partner", "Province", "Stage", "Date", "rated_by", "Budget"]
    rows = [
        ["River Guard", "Office of Trade", "Pursatt", "networking", "mid 2012", "state", "7"],
        ["River Guard", "Working group", "Pursat", "good", "soon", "state", "8"],
        ["River Gaurd", "Commune of Sala", "Pursat", "curious", "2013", "state", "9"],
    ]
    path = book({"A": [header, *rows], "B": [["Alpha", "Beta"], ["x", "y"], ["z", "w"]]})
    typed = {  # beginning of a question → what is typed, and what it means
        "Sheet 'B'": ("skip", "skip"),
        "The stages in the file": ("frey", "frey"),
        "Column 'Budget'": ("Note", "note"),
        "'good' is not known as stage": ("4", "4"),  # the stage, and not the fourth answer
        "'curious' is not known as stage": ("undec", UNDECIDED),
        "'Pursatt' is not known as province": ("Battambang", "Battambang"),
        "'mid 2012' is not known as date": ("Q2 2012", "Q2 2012"),
        "'soon' is not known as date": ("2013-05", "2013-05"),
        "'River Gaurd' (1 row)": ("another", ANOTHER),
        "The file does not give state_kind": ("one", EACH),
        "What kind of data": ("SIMULATED", "simulated"),
        "state_kind of 'Office of Trade'": ("ministry", "ministry"),
        "state_kind of 'Working group'": ("owso", "owso"),
        "Go through": ("yes", "yes"),
    }
    rounds = [{}]

    def answer(question, allowed, default):
        (begun,) = [one for one in typed if question.startswith(one)]
        rounds[-1][begun] = default
        if begun == "Go through":
            rounds.append({})
            return "yes" if len(rounds) == 2 else "no"
        if len(rounds) == 1:
            return chosen(typed[begun][0], allowed, default)
        return chosen(default, allowed, default)  # as the terminal sends it for Enter

    ask(path, tmp_path / "out", answer=answer, show=str)
    meant = {begun: answer for begun, (_, answer) in typed.items()} | {"Go through": "no"}
    assert rounds[1] == meant
    assert rounds[0].keys() == meant.keys()
    assert rounds[0] != meant
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert mapping.values["date"] == {"mid 2012": "Q2 2012", "soon": "2013-05"}
    assert mapping.values["stage"] == {"good": "4"}


def test_a_date_is_chosen_from_what_its_words_may_mean_and_no_example_is_an_answer(book, tmp_path):
    who = ("River", "Commune of Sala", "Pursat", "coalition")
    path = sheet(book, (*who, "mid 2012"), (*who, "soon"))
    command = ["import", str(path), "--to", str(tmp_path / "out"), "--ask"]
    done = CliRunner().invoke(app, command, input="3\n2\n2014\n\n")
    assert "  1 2012  2 2012-Q2/2012-Q3  3 2012-Q2  4 2012-Q3  5 undecided  or any other date\n" in done.output
    assert (
        "  1 undecided  or any date, written as 2011, 2011-H1, 2011-Q3, 2011-05 or 2011-05-03\n"
        "  answer, or < to go back [undecided]: 2\n"
        "  '2' is not among the answers\n"
    ) in done.output
    assert MappingFile.load(tmp_path / "out.mapping.yml").values == {"date": {"mid 2012": "2012-Q2", "soon": "2014"}}
    assert sorted(open_register(tmp_path / "out").assessments["date"]) == ["2012-Q2", "2014"]


def test_a_list_of_refusals_that_is_cut_says_how_many_more_there_are(book, tmp_path):
    path = sheet(book, *[("River", "Commune of Sala", "Pursat", "coalition", f"soon {at}") for at in "abcdefghijklm"])
    shown = []
    account = ask(path, tmp_path / "out", answer=lambda question, allowed, default: default, show=shown.append)
    refused = [line for line in shown if line.startswith("refused: ")]
    assert (len(account.listed), len(refused), refused[-1]) == (13, 11, "refused: and 3 more")
