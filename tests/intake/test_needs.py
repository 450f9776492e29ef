"""What a register needs is asked about before anything else: its two sides, the stage, and the date of it."""

import pytest
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.explorer.import_questions import ImportWords
from lnlib.intake import open_register
from lnlib.intake.guided_import import (
    ANY_NAME,
    FOR_ALL,
    OF_TITLE,
    UNDECIDED,
    Interview,
    is_allowed,
    look,
    needs_sentence,
)
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile
from lnlib.intake.reading import grids_of
from lnlib.intake.terminal_guide import ask
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.words import Words

WHO = ["Province", "District office", "Organisation", "Status", "When", "rated_by"]
RIVER = ["Pursat", "Bakan district office", "River Watch", "Coalition", "2011", "state"]
DELTA = ["Pursat", "Krakor district office", "Open Village", "Coalitn", "2012", "state"]
MIXED = ["Province", "Partner", "Type of partner", "Office in charge", "Stage", "rated_by"]
PARTNERS = [
    ["Pursat", "River Watch", "NGO", "Bakan district office", "coalition", "state"],
    ["Pursat", "Commune of Sala", "Government", "Bakan district office", "integrated", "state"],
]
JUNE = [["Partners, June 2012"], MIXED, *PARTNERS]


def interviewed(path, answers, mapping=None):
    """Answer a file's questions by our column or kind, else with the likeliest; return what was asked of needs, and the step."""
    interview, asked = Interview.of(grids_of(path), path, mapping or MappingFile()), []
    while pending := interview.pending:
        asked += [(one.about, one.likely) for one in pending if one.kind == "need"]
        of = {one: "/".join((one.kind, *one.about)) for one in pending}
        interview.answer({one.key: answers.get(name, one.likely) for one, name in of.items()})
    return asked, interview.step


def test_sides_then_stage_are_asked_for_first_with_the_likeliest_columns(book):
    path = book({"A": [WHO, RIVER, DELTA], "Contacts": [["Name", "Phone"], ["Dara", "012"], ["Sok", "013"]]})
    step = look(path)
    assert needs_sentence(step) == (
        "A register needs for each partnership a state side (not found yet), a non-state side (not found yet), "
        "a stage (not found yet) and the date of it ('When'); province ('Province') and mechanism (not found) may be lacking."
    )
    asked, done = interviewed(path, {})
    assert asked == [(("state",), "District office"), (("non_state",), "Organisation"), (("stage",), "Status")]
    assert done.mapping.columns == {"District office": "state", "Organisation": "non_state", "Status": "stage"}
    assert "a stage ('Status')" in needs_sentence(done)
    first = Interview.of(grids_of(path), path, MappingFile()).pending
    assert [one.kind for one in first] == ["need", "need"]
    assert first[0].explained[0] == "District office: Bakan district office | Krakor district office"


def test_nothing_is_asked_of_needs_that_headers_tell(book):
    header = ["Province", "State partner", "NGO", "Stage", "Date", "rated_by"]
    step = look(book({"A": [header, RIVER]}))
    assert [question.kind for question in step.questions] == ["data"]
    assert needs_sentence(step).startswith("A register needs for each partnership a state side ('State partner'), ")


def test_one_actor_for_a_side_of_all_rows_is_typed_and_serves_the_next_file(book, tmp_path):
    header, row = (
        ["Province", "Partner", "Stage", "Date", "rated_by"],
        ["Pursat", "River Watch", "coalition", "2011", "state"],
    )
    path = book({"A": [header, row, [*row[:1], "Open Village", *row[2:]]]})
    command = ["import", str(path), "--to", str(tmp_path / "out"), "--ask"]
    done = CliRunner().invoke(app, command, input="same\nPartner\nMinistry of Planning\nngo\ncoded\n")
    assert done.exit_code == 0, done.output
    assert "The name of the state actor in all rows?\n  1 undecided  or any name\n" in done.output
    mapping = MappingFile.load(tmp_path / "out.mapping.yml")
    assert (mapping.columns, mapping.assume["state"]) == ({"Partner": "non_state"}, "Ministry of Planning")
    register = open_register(tmp_path / "out")
    assert sorted(register.actors["name"]) == ["Ministry of Planning", "Open Village", "River Watch"]
    assert len(register.partnerships) == 2
    assert look(path, mapping).questions == ()
    assert CliRunner().invoke(
        app, [*command[:3], str(tmp_path / "next"), "--mapping", str(tmp_path / "out.mapping.yml")]
    )


def test_a_column_of_both_sides_is_split_by_the_column_of_its_kinds(book, tmp_path):
    path = book({"A": JUNE})
    answers = {"need/non_state/Partner": FOR_ALL, "name/non_state": "Our project"}
    asked, done = interviewed(path, answers)
    assert asked == [
        (("state",), "Office in charge"),
        (("non_state",), "Partner split by Type of partner"),
        (("non_state", "Partner"), UNDECIDED),
        (("date",), OF_TITLE),
    ]
    assert done.mapping.columns == {
        "Office in charge": "state",
        "Partner": "actor",
        "Type of partner": "actor_kind",
    }
    assert done.mapping.assume == {"non_state": "Our project", "date": "title"}
    account = ask(path, tmp_path / "out", mapping=written(tmp_path, done.mapping), answer=likeliest, show=str)
    assert account.exit_code == 0
    names = account.register.actors.set_index("actor")["name"]
    pairs = account.register.partnerships
    assert [(names[one], names[other]) for one, other in zip(pairs["non_state"], pairs["state"], strict=True)] == [
        ("River Watch", "Bakan district office"),
        ("Our project", "Commune of Sala"),
    ]
    unused = [problem.reason for problem in account.warnings if "was not read" in problem.reason]
    assert unused == ["state 'Bakan district office' was not read: the row is about 'Commune of Sala'"]
    with (account.folder / "account.csv").open(encoding="utf-8") as lines:
        columns = [line.split(",")[2:4] for line in lines]
    assert len(columns) == len({tuple(column) for column in columns}) == 7  # each column of the file once


def test_two_sheets_with_one_column_of_both_sides_are_asked_about_once(book):
    later = [["Partners, June 2013"], [MIXED[0], MIXED[1].lower(), *MIXED[2:]], *PARTNERS]
    path = book({"A": JUNE, "B": later})
    asked, done = interviewed(path, {"need/non_state/Partner": FOR_ALL, "name/non_state": "Our project"})
    assert [about for about, _ in asked].count(("non_state", "Partner")) == 1
    assert done.mapping.assume["non_state"] == "Our project"


def test_an_actor_whose_kind_tells_no_side_is_asked_about_and_refused_if_undecided(book, tmp_path):
    path = book(
        {"A": [JUNE[0], MIXED, *PARTNERS, ["Pursat", "Club", "Donor", "Bakan district office", "coalition", "state"]]}
    )
    text = "columns: {Partner: actor, Type of partner: actor_kind, Office in charge: state}\nassume: {non_state: Us}\n"
    step = look(path, MappingFile.read(text))
    assert [one.about for one in step.questions if one.kind == "value"] == [("actor_kind", "Donor")]
    (tmp_path / "m.yml").write_text(text, "utf-8")
    account = ask(path, tmp_path / "out", mapping=tmp_path / "m.yml", answer=likeliest, show=str)
    assert (
        "whether 'Club' is a state or a non-state actor is not known: 'Donor' tells no side" in account.listed[0].reason
    )
    decided = MappingFile.read(f"{text}values: {{actor_kind: {{Donor: other_non_state}}}}")
    assert interviewed(path, {}, decided)[1].found["actor"] == "'Partner'"


@pytest.mark.parametrize(
    ("answer", "date", "assumed"),
    [(OF_TITLE, "2012-06", "title"), ("2013", "2013", "2013"), (UNDECIDED, "2012-06", "")],
)
def test_a_date_in_a_title_is_asked_about_and_another_one_holds_instead(book, tmp_path, answer, date, assumed):
    header = ["Province", "State partner", "NGO", "Stage", "rated_by"]
    path = book({"A": [["Partners, June 2012"], header, [*RIVER[:4], "state"]]})
    (question,) = [one for one in look(path).questions if one.kind == "need"]
    assert question.text == (
        "No column gives the date of the ratings. Use 2012-06, of the title 'Partners, June 2012', for all of them?"
    )
    _, done = interviewed(path, {"need/date": answer})
    assert done.mapping.assume.get("date", "") == assumed
    file = written(tmp_path, done.mapping)
    account = import_register(path, tmp_path / "out", mapping=file)
    assert account.register.assessments["date"].tolist() == [date]
    taken = any("that of the title" in problem.reason for problem in account.warnings)
    assert taken == (answer == UNDECIDED)


def test_a_column_with_dates_is_likelier_than_the_date_of_a_title(book):
    header = ["Province", "State partner", "NGO", "Stage", "Seen", "rated_by"]
    path = book({"A": [["Partners, June 2012"], header, [*RIVER[:4], "mid 2011", "state"]]})
    (question,) = [one for one in look(path).questions if one.kind == "need"]
    assert (question.likely, OF_TITLE in question.allowed) == ("Seen", True)


def test_a_mapping_that_declares_one_column_of_both_alone_is_refused(book, tmp_path):
    (tmp_path / "m.yml").write_text("columns: {Partner: actor, NGO: non_state, Office in charge: state}", "utf-8")
    path = book({"A": [["NGO", *MIXED], ["River", *PARTNERS[0]]]})
    with pytest.raises(Exception, match="columns: Partner: a sheet with one row per partnership has no column actor"):
        open_register(path, mapping=tmp_path / "m.yml")


def test_the_page_asks_for_needs_in_its_words(book):
    words = ImportWords(Words.load("en"), Scale.load("dfgg"), Places.load())
    step = look(book({"A": JUNE}))
    assert words.needs(step)[:2] == ("State side: not found yet", "Non-state side: not found yet")
    split = next(one for one in step.questions if one.key == ("need", "non_state"))
    assert words.question(split) == "Which column names the non-state actor of each partnership, an NGO or group?"
    assert next(words.answers(split)) == (
        "Partner split by Type of partner",
        "Partner, by what Type of partner tells (likeliest)",
    )
    assert words.named(next(one for one in step.questions if one.kind == "name"))


def test_a_name_has_a_letter():
    assert [is_allowed(text, (ANY_NAME, UNDECIDED)) for text in ("Us", UNDECIDED, "12", "", ANY_NAME)] == [
        *(True, True, False, False, False),
    ]


def likeliest(_question, _allowed, likely):
    return likely


def written(folder, mapping):
    from lnlib.intake.draft_mapping import mapping_text

    file = folder / "written.yml"
    file.write_text(mapping_text(mapping), "utf-8")
    return file


def test_a_row_of_totals_has_no_actor_whose_kind_is_asked_for(book):
    header = ["NGO partner", "Government partner", "Province", "Stage", "Date", "Rated by"]
    rows = [["River Watch", "OD", "Pursat", "Coalition", "2011", "state"], ["TOTAL", "1", "", "", "", ""]]
    asked = [question.about for question in look(book({"A": [header, *rows]})).questions if question.kind == "kind"]
    assert asked == [("state_kind", "OD")]


def test_a_header_of_two_lines_is_a_column_that_may_give_the_date(book):
    header = ["Province", "NGO partner", "Government partner", "Stage", "Observed\nby us", "Rated by"]
    row = ["Pursat", "River Watch", "Bakan district office", "Coalition", "2011", "state"]
    path = book({"A": [header, row, [*row[:4], "2012", "state"]]})
    asked, step = interviewed(path, {})
    assert asked == [(("date",), "Observed\nby us")]
    assert step.mapping.assume == {}
    assert step.mapping.columns["Observed\nby us"] == "date"
