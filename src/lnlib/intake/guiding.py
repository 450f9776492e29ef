"""The guided import as data: what was recognised, questions about what is undecided, and the mapping that answers make.

Nothing here needs a terminal: a page shows a `Step`, collects answers, and calls `Step.mapping_of` and `look` again until
no question is left, then `lnlib.intake.report.import_register`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lnlib.errors import listed
from lnlib.intake.grids import Grid
from lnlib.intake.headers import LAYOUTS, column_of, columns_of
from lnlib.intake.mapping import SKIP, MappingFile
from lnlib.intake.opening import found_register, scale_and_places
from lnlib.intake.reading import grids_of
from lnlib.intake.recognise import describe
from lnlib.intake.suggest import MOST_EXAMPLES, ColumnQuestion, Questions, choices_of, questions
from lnlib.reference.scales import folded
from lnlib.register.schema import TABLES

LEAVE_OUT = "leave out"
UNDECIDED = "undecided"
EMPTY = "nothing"  # the word stands for an empty cell
LONGEST_EXAMPLE = 30  # characters
_ALL = tuple(dict.fromkeys(name for layout in LAYOUTS for name in columns_of(layout)))


@dataclass(frozen=True)
class Question:
    """One question about a file.

    Parameters
    ----------
    kind : str
        `sheet` (what a sheet is), `column` (what a column holds), `value` (what a word stands for) or `assume` (what
        holds where the file says nothing).
    about : tuple of str
        The sheet; sheet and header; our column and their word; or our column.
    text : str
        The question as a sentence.
    allowed : tuple of str
        What may be answered.
    likely : str
        The likeliest answer, one of `allowed`.
    examples : tuple of str
        A few cells that it is about.
    name : str
        What the mapping calls the sheet, column or word.
    """

    kind: Literal["sheet", "column", "value", "assume"]
    about: tuple[str, ...]
    text: str
    allowed: tuple[str, ...]
    likely: str
    examples: tuple[str, ...] = ()
    name: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from every other question about the same file."""
        return (self.kind, *self.about)


@dataclass(frozen=True)
class Recognised:
    """A column that was recognised: where it stands, what it was read as, and a few of its cells."""

    sheet: str
    header: str
    ours: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """What is known of a file under a mapping, and what is still undecided.

    Parameters
    ----------
    sheets : mapping of str to str
        Each sheet that was recognised, with what it is and how many rows it has, in words.
    columns : tuple of Recognised
        Their columns.
    questions : tuple of Question
        What is undecided; where they ask what a sheet is, its columns are best asked about once that is answered.
    mapping : MappingFile
        What was declared so far.
    """

    sheets: Mapping[str, str]
    columns: tuple[Recognised, ...]
    questions: tuple[Question, ...]
    mapping: MappingFile

    def mapping_of(self, answers: Mapping[tuple[str, ...], str]) -> MappingFile:
        """Return the mapping with answers added, each by the key of its question; others stay undecided."""
        sheets, columns, assume = dict(self.mapping.sheets), dict(self.mapping.columns), dict(self.mapping.assume)
        values = {column: dict(words) for column, words in self.mapping.values.items()}
        for question in self.questions:
            answer = answers.get(question.key, UNDECIDED)
            if answer == UNDECIDED:
                continue
            if question.kind == "sheet":
                sheets[question.name] = answer
            elif question.kind == "column":
                columns[question.name] = "" if answer == LEAVE_OUT else answer
            elif question.kind == "value":
                values.setdefault(question.about[0], {})[question.name] = "" if answer == EMPTY else answer
            else:
                assume[question.name] = answer
        skipped = {folded(name) for name, layout in sheets.items() if layout == SKIP}
        for question in self.questions:
            if question.kind == "column" and folded(question.about[0]) in skipped:
                columns.pop(question.name, None)  # it would have no effect
        return replace(self.mapping, sheets=sheets, columns=columns, values=values, assume=assume)


def look(path: str | Path, mapping: MappingFile | None = None) -> Step:
    """Read a file and return what was recognised in it and what is undecided.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, zip or CSV.
    mapping : MappingFile, optional
        What was declared so far.

    Raises
    ------
    RegisterError
        The file cannot be read at all.

    Examples
    --------
    >>> step = look("tests/registers/cases/s1.xlsx")
    >>> [(question.kind, question.about, question.likely) for question in step.questions][:2]
    [('sheet', ('Rounds',), 'assessments'), ('column', ('Rounds', 'How far are they'), 'stage')]
    >>> look("tests/registers/cases/s1.xlsx", step.mapping_of({q.key: q.likely for q in step.questions})).questions
    ()
    """
    with found_register(path) as source:
        return step_of(grids_of(source), source, mapping or MappingFile())


def step_of(grids: list[Grid], source: Path, mapping: MappingFile) -> Step:
    """Return what was recognised in sheets that were read already, and what is undecided."""
    scale, places = scale_and_places(describe(grids, source, mapping), source)
    asked = questions(grids, mapping, scale, places)
    sheets: dict[str, str] = {}
    columns = []
    for table in asked.tables:
        what = table.layout if table.layout in TABLES else "one row per partnership"
        count = f"{len(table.data):,} row{'s' * (len(table.data) != 1)}"
        place = str(table.grid.place)
        sheets[place] = f"{sheets[place]}; {what}, {count}" if place in sheets else f"{what}, {count}"
        columns += [
            Recognised(
                place, table.headers[at].strip(), f"{known.column} {known.word}".rstrip(), examples(table.filled(at))
            )
            for at, known in enumerate(table.meanings)
            if known
        ]
    return Step(sheets, tuple(columns), tuple(_questions(asked, mapping)), mapping)


def examples(cells: list[str]) -> tuple[str, ...]:
    """Return a few different cells of a column, each cut to what fits beside the others."""
    return tuple(" ".join(cell.split())[:LONGEST_EXAMPLE] for cell in dict.fromkeys(cells))[:MOST_EXAMPLES]


def _questions(asked: Questions, mapping: MappingFile) -> Iterator[Question]:
    for grid, layout, likely in asked.sheets:
        text = f"Sheet '{grid.title}' ({_shape(grid)}) is not recognised. What is it?"
        allowed = (*LAYOUTS, SKIP)
        yield Question("sheet", (grid.title,), text, allowed, layout if likely else SKIP, (), grid.title)
    for one in asked.columns:
        if not one.decided:
            yield _of_column(one, asked, mapping)
    for column, words in asked.wrong.items():
        declared = column_of(column)
        for theirs, near in words.items():
            optional = declared is not None and not declared.required
            allowed = (*asked.allowed.get(column, ()), *[EMPTY] * optional, UNDECIDED)
            text = f"'{theirs}' is not known as {column}. What does it stand for?"
            yield Question("value", (column, theirs), text, allowed, near or UNDECIDED, (theirs,), theirs)
    for name in asked.missing:
        text = f"The file does not give {name}. What holds?"
        yield Question("assume", (name,), text, (*choices_of(name), UNDECIDED), UNDECIDED, (), name)


def _of_column(one: ColumnQuestion, asked: Questions, mapping: MappingFile) -> Question:
    shown = examples(one.examples)
    text = f"Column '{one.header}' of sheet '{one.sheet}' ({' | '.join(shown)}). What does it hold?"
    layout = mapping.layout(one.sheet) or next((t.layout for t in asked.tables if t.grid.title == one.sheet), "")
    allowed = (*(columns_of(layout) if layout in LAYOUTS else _ALL), LEAVE_OUT)
    several = sum(folded(other.header) == folded(one.header) for other in asked.columns) > 1
    name = f"{one.sheet}!{one.header}" if several else one.header
    return Question("column", (one.sheet, one.header), text, allowed, one.ours or LEAVE_OUT, shown, name)


def _shape(grid: Grid) -> str:
    headers = [cell.strip() for cell in grid.cells[0] if cell.strip()]
    return f"{len(grid.rows):,} rows: {listed(headers, most=5)}"
