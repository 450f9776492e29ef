"""The questions of a guided import in the words of a language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lnlib.intake.cell_words import is_blank
from lnlib.intake.guided_import import (
    ANOTHER,
    ANY_DATE,
    ANY_NAME,
    EACH,
    EMPTY,
    FOR_ALL,
    LEAVE_OUT,
    OF_TITLE,
    SAME,
    SPLIT_BY,
    UNDECIDED,
    Question,
    SheetRead,
    Step,
    is_date,
    stage_definitions,
)
from lnlib.intake.headers import column_of
from lnlib.intake.needs import NEEDED, OPTIONAL
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.schema import TABLES
from lnlib.words import Words


@dataclass(frozen=True)
class ImportWords:
    """Labels of sheets, columns, questions and answers.

    Parameters
    ----------
    words : Words
        The catalogue of the language.
    scale, places : Scale, Places
        Those of the register.
    """

    words: Words
    scale: Scale
    places: Places

    def column(self, name: str) -> str:
        """Return the label of one of our columns, with the period or word of a wide sheet behind it."""
        ours, _, rest = name.partition(" ")
        declared = column_of(ours)
        own = declared.name_km if declared and ours == declared.name and self.words.language == "km" else ""
        return " ".join(filter(None, (own or ours.replace("_", " "), rest)))

    def sheet(self, read: SheetRead) -> str:
        """Return what a sheet was read as, with the number of its rows."""
        layout = self.layout(read.layout)
        return self.words("explorer.open.sheet_rows", layout=layout, n=read.rows) if read.rows else layout

    def layout(self, layout: str) -> str:
        """Return the label of what a sheet may be."""
        if layout in TABLES:
            return TABLES[layout].name_km if self.words.language == "km" else layout.capitalize()
        return self.words(f"explorer.open.layouts.{layout}")

    def question(self, question: Question) -> str:
        """Return a question as a sentence."""
        kind, about = question.kind, question.about
        if kind in ("name", "need"):
            group = "other_side" if about[1:] else kind
            return self.words(f"explorer.open.question.{group}.{about[0]}", column=about[-1])
        if kind == "sheet":
            headers = self.words.listed([f"“{header}”" for header in question.examples])
            return self.words("explorer.open.question.sheet", sheet=about[0], headers=headers)
        if kind == "column":
            return self.words("explorer.open.question.column", sheet=about[0], column=about[1])
        if kind == "alike":
            return self.words("explorer.open.question.alike", name=about[1], other=about[2])
        if kind == "data":
            return self.words("explorer.open.question.data")
        if kind == "value" and is_blank(about[1]):
            return self.words("explorer.open.question.none", value=about[1])
        if kind == "value":
            return self.words("explorer.open.question.value", column=self.column(about[0]), value=about[1])
        if kind == "scale":
            examples = self.words.listed([f"“{example}”" for example in question.examples])
            return self.words("explorer.open.question.scale", examples=examples)
        if kind == "kind":
            return self.words("explorer.open.question.kind", actor=about[1])
        if question.examples:
            names = self.words.listed(list(question.examples))
            return self.words("explorer.open.question.kinds", column=self.column(about[0]), actors=names)
        return self.words("explorer.open.question.assume", column=self.column(about[0]))

    def explained(self, question: Question) -> tuple[str, ...]:
        """Return what the answers to a question mean, a line each."""
        if question.kind == "value" and question.explained:
            return stage_definitions(self.scale, self.words.language)
        if question.kind == "assume":  # the page's labels of the answers say it
            return ()
        if question.kind != "data":
            return question.explained
        meanings = self.words.group("explorer.open.kinds")
        return tuple(
            self.words("explorer.open.meaning", word=self.words(f"register_kind.{kind}"), meaning=meaning)
            for kind, meaning in meanings.items()
        )

    def needs(self, step: Step) -> tuple[str, ...]:
        """Return what a register needs, a line each, with where the file gives it."""
        lacking = self.words("explorer.open.not_found")
        return tuple(
            self.words(
                "explorer.open.needed",
                need=self.words(f"explorer.open.needs.{ours}"),
                given=step.found.get(ours, lacking),
            )
            for ours in (*NEEDED, *OPTIONAL)
        )

    @staticmethod
    def dated(question: Question) -> bool:
        """Return whether any date is an answer."""
        return ANY_DATE in question.allowed

    @staticmethod
    def named(question: Question) -> bool:
        """Return whether any name is an answer."""
        return ANY_NAME in question.allowed

    @staticmethod
    def offered(question: Question) -> list[str]:
        """Return the answers that are offered where any date is one: dates, columns, and the date of a title."""
        return [
            answer
            for answer in question.allowed
            if is_date(answer) or (question.kind == "need" and answer not in (ANY_DATE, UNDECIDED))
        ]

    def answers(self, question: Question) -> Iterator[tuple[str, str]]:
        """Yield each answer that is allowed with its label, the likeliest first."""
        likely = self.answer(question, question.likely)
        yield (
            question.likely,
            likely if question.likely == UNDECIDED else self.words("explorer.open.likely", answer=likely),
        )
        yield from ((one, self.answer(question, one)) for one in question.allowed if one != question.likely)

    def answer(self, question: Question, answer: str) -> str:
        """Return the label of an answer."""
        fixed = {LEAVE_OUT: "leave_out", UNDECIDED: "undecided", EMPTY: "nothing", EACH: "each"}
        fixed |= {SAME: "same", ANOTHER: "another", FOR_ALL: "for_all", OF_TITLE: "of_title"}
        if answer in fixed:
            return self.words(f"explorer.open.{fixed[answer]}")
        if question.kind == "need":
            both, _, kind = answer.partition(SPLIT_BY)
            return self.words("explorer.open.split", column=both, kind=kind) if kind else answer
        if question.kind == "sheet":
            return self.layout(answer)
        if question.kind == "column":
            return self.column(answer)
        if question.kind == "data":
            return self.words(f"register_kind.{answer}")
        if question.kind == "scale":
            return self.words.listed(list(Scale.load(answer).labels(self.words.language).values()))
        declared = column_of(question.about[0])
        if declared is None or is_date(answer):
            return answer
        if declared.holds == "stage":
            return self.scale.labels(self.words.language).get(answer, answer)
        if declared.holds == "province":
            return next((one.name(self.words.language) for one in self.places.places if one.name() == answer), answer)
        return self.words.group(declared.vocabulary).get(answer, answer)
