"""A survey form asked in Khmer: exported, answered in at most two rounds of questions, and read without loss."""

import pytest
from intake import khmer_form

from lnlib.intake.draft_mapping import mapping_text, suggest_mapping
from lnlib.intake.guided_import import LEAVE_OUT, UNDECIDED, look
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile


def answered(question):
    if question.kind == "sheet":
        return question.likely if question.likely != "skip" else "sheet"
    if question.kind == "data":
        return "field"
    if question.kind == "need":
        named = (header for header, ours in khmer_form.COLUMNS.items() if ours == question.about[0])
        return next(header for header in named if header in question.allowed)
    if question.kind == "column":
        return khmer_form.COLUMNS.get(question.about[1], LEAVE_OUT)
    return khmer_form.WORDS.get(question.about, UNDECIDED)


@pytest.mark.slow
def test_a_khmer_form_takes_at_most_two_rounds_of_questions_and_loses_nothing(tmp_path):
    path = khmer_form.write(tmp_path / "khmer.xlsx")
    mapping, rounds = MappingFile(), 0
    while questions := (step := look(path, mapping)).questions:
        # the name of an actor is asked for where it is the same for all rows
        answers = {question.key: answered(question) for question in questions if question.kind != "name"}
        assert UNDECIDED not in answers.values()
        mapping, rounds = step.mapping_of(answers), rounds + 1
    assert rounds <= 2
    file = tmp_path / "khmer.yml"
    file.write_text(mapping_text(mapping), encoding="utf-8")
    account = import_register(path, tmp_path / "out", mapping=file)
    english = tmp_path / "english.yml"
    english.write_text(suggest_mapping(khmer_form.ENGLISH), encoding="utf-8")
    as_in_english = import_register(khmer_form.ENGLISH, tmp_path / "english", mapping=english)
    assert account.unread == ()
    assert account.read == as_in_english.read == {"actors": 18, "partnerships": 40, "assessments": 62, "mechanisms": 43}
    assert account.refused == {"actors": 0, "partnerships": 0, "assessments": 0, "mechanisms": 3}  # they repeat a row
    for name, columns in (
        ("actors", ["actor", "name", "kind"]),
        (
            "partnerships",
            ["partnership", "non_state", "state", "province", "sectors", "functions", "start", "end", "end_reason"],
        ),
        ("assessments", ["partnership", "date", "stage", "rated_by", "evidence", "note"]),
        ("mechanisms", ["partnership", "mechanism", "start"]),
    ):
        assert account.register.tables[name][columns].equals(as_in_english.register.tables[name][columns]), name
