"""How many rounds of questions, and how much time, a natural survey form takes from its export to a register.

    python benchmarks/registers/forms.py

The forms are those of the tests: 40 partnerships, 62 assessments and 43 mechanisms, asked in English and in Khmer.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from intake import khmer_form

from lnlib.intake.draft_mapping import mapping_text
from lnlib.intake.guided_import import LEAVE_OUT, Question, look
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile


def of_khmer(question: Question) -> str:
    """Answer as somebody who reads the Khmer form."""
    if question.kind == "sheet":
        return question.likely
    if question.kind == "need":
        named = (header for header, ours in khmer_form.COLUMNS.items() if ours == question.about[0])
        return next(header for header in named if header in question.allowed)
    if question.kind == "column":
        return khmer_form.COLUMNS.get(question.about[1], LEAVE_OUT)
    return "field" if question.kind == "data" else khmer_form.WORDS[question.about[0], question.about[1]]


def measure(words: str, path: Path, answer: Callable[[Question], str], folder: Path) -> None:
    """Answer all questions round by round, import, and print what it took."""
    begun, mapping, rounds, asked = time.process_time(), MappingFile(), 0, 0
    while questions := (step := look(path, mapping)).questions:
        questions = tuple(one for one in questions if one.kind != "name")  # of an actor that is the same for all rows
        mapping = step.mapping_of({question.key: answer(question) for question in questions})
        rounds, asked = rounds + 1, asked + len(questions)
    file = folder / f"{words}.yml"
    file.write_text(mapping_text(mapping), encoding="utf-8")
    account = import_register(path, folder / words, mapping=file)
    read, accepted, refused = account.counts
    print(
        f"{words}: {rounds} rounds, {asked} questions; read {read} = accepted {accepted} + refused {refused}, "
        f"{len(account.unread)} parts not read; {time.process_time() - begun:.1f} s of processor"
    )


def main() -> None:
    """Measure both forms."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_english: Callable[[Question], str] = lambda question: "field" if question.kind == "data" else question.likely  # noqa: E731
        measure("English", khmer_form.ENGLISH, of_english, folder)
        measure("Khmer", khmer_form.write(folder / "khmer.xlsx"), of_khmer, folder)


if __name__ == "__main__":
    main()
