"""The guided import as data: what was recognised, questions about what is undecided, and the mapping that answers make.

Nothing here needs a terminal: `lnlib import --ask` and the explorer's page *Open a register* show the `step` of an
`Interview`, ask what is `pending`, and `answer` it, until nothing is; then `import_answered`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lnlib.errors import ValueNotAllowed, listed
from lnlib.filesystem import write_atomic
from lnlib.intake.cell_words import is_blank
from lnlib.intake.described_reference import USUAL_SCALE, scale_and_places
from lnlib.intake.draft_mapping import (
    MOST_EXAMPLES,
    ColumnQuestion,
    Questions,
    choices_of,
    mapping_text,
    mechanism_columns,
    mechanisms_asked,
    questions,
)
from lnlib.intake.grids import Grid
from lnlib.intake.headers import LAYOUTS, SHEET, column_of, columns_of, likely_kind
from lnlib.intake.import_account import Accounting, check_target, import_register
from lnlib.intake.layouts import is_text, likely_header
from lnlib.intake.mapping import SKIP, TITLE, MappingFile
from lnlib.intake.needs import NEEDED, OPTIONAL, Need
from lnlib.intake.onerow import ASSUMED_RATER
from lnlib.intake.reading import grids_of
from lnlib.intake.recognise import describe
from lnlib.intake.register_opening import found_register
from lnlib.intake.sides import SIDES
from lnlib.intake.tables import WITH_OPTIONS
from lnlib.intake.vague_dates import dates_meant
from lnlib.reference import resources
from lnlib.reference.dates import PartialDate, is_plausible
from lnlib.reference.scales import Scale, folded
from lnlib.storage import is_url

LEAVE_OUT = "leave out"
UNDECIDED = "undecided"
EACH = "one by one"  # each actor is asked about by its name
ANY_DATE = "any date"  # among what is allowed: no answer itself, but any date is one
ANY_NAME = "any name"  # likewise, any text with a letter
OPEN_ANSWERS = (ANY_DATE, ANY_NAME)
FOR_ALL = "same for all rows"  # the file does not give a side; one actor is it
OF_TITLE = "that of the title"
_APART = "\0"  # between the columns that are offered: a header may hold anything else
SPLIT_BY = " split by "  # between a column of both sides and the one that tells the side of each
EMPTY = "nothing"  # the word stands for an empty cell
SAME, ANOTHER = "same actor", "another actor"  # of two names that are much alike
KINDS = {  # what is asked of the data, and what each answer means
    "field": "recorded of partnerships that exist, by people who know them",
    "coded": "read from documents, by a codebook",
    "simulated": "made up, to try things out",
}
RATERS = {  # who may have rated, and what each answer means
    "state": "the government side",
    "non_state": "the NGO side",
    "independent": "an outsider",
    "unstated": "not recorded",
}
MOST_CUES = 3  # of a stage, in its definition
LONGEST_EXAMPLE = 30  # characters
MOST_HEADERS = 5  # of a sheet that is not recognised
_FIRST = ("name", "need", "sheet", "scale")  # what other questions depend on
_ALL = tuple(dict.fromkeys(name for layout in LAYOUTS for name in columns_of(layout)))


@dataclass(frozen=True)
class Question:
    """One question about a file.

    Parameters
    ----------
    kind : str
        `need` (which column gives a side, the stage or its date), `name` (of the one actor of a side), `sheet` (what a
        sheet is), `scale` (of which scale the stages are), `column` (what a column holds), `value` (what a
        word stands for), `alike` (whether two names are one actor), `assume` (what holds where the file says nothing),
        `kind` (of an actor) or `data` (what kind of data it is).
    about : tuple of str
        Our column, and the column of both sides that leaves it open; our column; the sheet; nothing; sheet and header; our
        column and their word; the side and both names; our column; our column and the actor; or nothing.
    text : str
        The question as a sentence.
    allowed : tuple of str
        What may be answered; with `ANY_DATE` or `ANY_NAME` among it, any date or name.
    likely : str
        The likeliest answer, one of `allowed`.
    examples : tuple of str
        A few cells that it is about; of a sheet, a few of its headers.
    name : str
        What the mapping calls the sheet, column or word.
    explained : tuple of str
        What the answers mean, a line each, where they need it.
    """

    kind: Literal["need", "name", "sheet", "scale", "column", "value", "alike", "assume", "kind", "data"]
    about: tuple[str, ...]
    text: str
    allowed: tuple[str, ...]
    likely: str
    examples: tuple[str, ...] = ()
    name: str = ""
    explained: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from every other question about the same file."""
        return (self.kind, *self.about)

    def check(self, answer: str) -> None:
        """Check that an answer is allowed.

        Raises
        ------
        ValueNotAllowed
            With what is, and the nearest of it.
        """
        if not is_allowed(answer, self.allowed):
            raise ValueNotAllowed.of("answer", answer, [word for word in self.allowed if word not in OPEN_ANSWERS])


@dataclass(frozen=True)
class Recognised:
    """A column that was recognised: where it stands, what it was read as, and a few of its cells."""

    sheet: str
    header: str
    ours: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class SheetRead:
    """A table of a sheet, or a sheet that is none.

    Parameters
    ----------
    sheet : str
        File and sheet.
    layout : str
        A table, `sheet` (one row per partnership), `group` (a repeat group around another), `skip`, `empty` or `unknown`.
    rows : int
        How many rows it has.
    """

    sheet: str
    layout: str
    rows: int

    def __str__(self) -> str:
        words = {SHEET: "one row per partnership", "group": "a repeat group around another", SKIP: "left out"}
        words |= {"empty": "empty", "unknown": "not recognised"}
        count = f", {self.rows:,} row{'s' * (self.rows != 1)}" if self.rows else ""
        return f"{words.get(self.layout, self.layout)}{count}"


@dataclass(frozen=True)
class Step:
    """What is known of a file under a mapping, and what is still undecided.

    Parameters
    ----------
    sheets : tuple of SheetRead
        Every sheet, in the order of the file; one that holds several tables appears once for each.
    columns : tuple of Recognised
        Their columns.
    questions : tuple of Question
        What is undecided; where they ask what a sheet is, its columns are best asked about once that is answered.
    mapping : MappingFile
        What was declared so far.
    found : mapping of str to str
        Our columns to the headers that give them, or to what else does.
    """

    sheets: tuple[SheetRead, ...]
    columns: tuple[Recognised, ...]
    questions: tuple[Question, ...]
    mapping: MappingFile
    found: Mapping[str, str] = field(default_factory=dict)

    def mapping_of(self, answers: Mapping[tuple[str, ...], str]) -> MappingFile:
        """Return the mapping with answers added, each by the key of its question; others stay undecided."""
        sheets, columns, assume = dict(self.mapping.sheets), dict(self.mapping.columns), dict(self.mapping.assume)
        about, kinds = dict(self.mapping.about), dict(self.mapping.kinds)
        values = {column: dict(words) for column, words in self.mapping.values.items()}
        for question in self.questions:
            answer = answers.get(question.key, UNDECIDED)
            if answer in (UNDECIDED, EACH, FOR_ALL):
                continue
            if question.kind == "need":
                _answer_need(question, answer, columns, assume)
            elif question.kind == "sheet":
                sheets[question.name] = answer
            elif question.kind in ("scale", "data"):
                about["scale" if question.kind == "scale" else "kind"] = answer
            elif question.kind == "alike":
                side, name, other = question.about
                values.setdefault(side, {})[name] = other if answer == SAME else name
            elif question.kind == "kind":
                kinds[question.name] = answer
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
        return replace(
            self.mapping, about=about, sheets=sheets, columns=columns, values=values, kinds=kinds, assume=assume
        )


def look(path: str | Path, mapping: MappingFile | None = None) -> Step:
    """Read a file and return what was recognised in it and what is undecided.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, zip or CSV.
    mapping : MappingFile, optional
        What was declared so far.

    Examples
    --------
    >>> step = look("tests/registers/cases/s1.xlsx")
    >>> [(question.kind, question.about, question.likely) for question in step.questions][:2]
    [('sheet', ('Rounds',), 'assessments'), ('column', ('Rounds', 'How far are they'), 'stage')]
    >>> likeliest = step.mapping_of({question.key: question.likely for question in step.questions})
    >>> [question.kind for question in look("tests/registers/cases/s1.xlsx", likeliest).questions]
    ['data']
    """
    with found_register(path) as source:
        return step_of(grids_of(source), source, mapping or MappingFile())


def step_of(grids: Sequence[Grid], source: Path, mapping: MappingFile) -> Step:
    """Return what was recognised in sheets that were read already, and what is undecided."""
    about = describe(grids, source, mapping)
    scale, places = scale_and_places(about, source)
    asked = questions(grids, mapping, scale, places)
    sheets: dict[str, list[SheetRead]] = {str(grid.place): [] for grid in grids}
    columns = []
    for table in asked.tables:
        place = str(table.grid.place)
        sheets[place].append(SheetRead(place, table.layout, len(table.data)))
        columns += [
            Recognised(
                place, table.headers[at].strip(), f"{known.column} {known.word}".rstrip(), examples(table.filled(at))
            )
            for at, known in enumerate(table.meanings)
            if known
        ]
    groups = {grid.title for grid in asked.groups}
    for grid in grids:
        if not sheets[str(grid.place)]:
            layout = "group" if grid.title in groups else SKIP if mapping.layout(grid.title) == SKIP else "unknown"
            read = SheetRead(str(grid.place), layout if grid.cells else "empty", len(grid.rows))
            sheets[str(grid.place)].append(read)
    read_as = tuple(one for several in sheets.values() for one in several)
    settled = bool(about["register"].get("scale") or mapping.values.get("stage"))
    asking = (*_of_scale(asked, settled=settled), *_questions(asked, mapping, scale))
    stated = bool(about["register"].get("kind"))
    return Step(read_as, tuple(columns), (*asking, *_of_data(asked, stated=stated)), mapping, asked.found)


@dataclass
class Interview:
    """The questions about a file, a round at a time: what others depend on, such as what a sheet is, comes first.

    Parameters
    ----------
    grids, source : list of Grid, Path
        The file as read.
    step : Step
        What is known of it so far.
    rounds : list of tuple of Question
        What was asked and answered.
    before : list of Step
        What was known before each round.
    each : set of str
        Our columns of kinds that are asked about actor by actor, and the sides that one actor is.
    """

    grids: Sequence[Grid]
    source: Path
    step: Step
    rounds: list[tuple[Question, ...]] = field(default_factory=list)
    before: list[Step] = field(default_factory=list)
    each: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, grids: Sequence[Grid], source: Path, given: MappingFile) -> Interview:
        """Begin an interview under a mapping that settles some of it."""
        return cls(grids, source, step_of(grids, source, given))

    @property
    def pending(self) -> tuple[Question, ...]:
        """The questions of the next round; none where all are answered."""
        asked = {question.key for questions in self.rounds for question in questions}
        new = [
            question
            for question in self.step.questions
            if question.key not in asked and (question.kind not in ("kind", "name") or question.about[0] in self.each)
        ]
        first = next((kind for kind in _FIRST if any(question.kind == kind for question in new)), "")
        return tuple(question for question in new if first in ("", question.kind))

    def answer(self, answers: Mapping[tuple[str, ...], str]) -> None:
        """Answer the pending round, each question by its key; one that is left out stays undecided."""
        pending = self.pending
        keys = {question.key for question in pending}
        self.rounds.append(pending)
        self.before.append(self.step)
        self.each |= {question.about[0] for question in pending if answers.get(question.key) in (EACH, FOR_ALL)}
        mapping = self.step.mapping_of({key: answer for key, answer in answers.items() if key in keys})
        self.step = step_of(self.grids, self.source, mapping)

    def back(self) -> bool:
        """Undo the last round; return whether there was one."""
        if self.rounds:
            self.each -= {question.about[0] for question in self.rounds.pop() if question.kind in ("assume", "need")}
            self.step = self.before.pop()
            return True
        return False


def import_answered(
    path: str | Path, folder: Path, mapping_file: Path, mapping: MappingFile, *, title: str = ""
) -> Accounting:
    """Write the mapping that answers made, and import with it.

    Raises
    ------
    RegisterError
        The file cannot be read at all, or the folder cannot be written; the mapping is as it was if so.
    """
    with found_register(path) as source:
        check_target(source, folder, url=str(path) if is_url(path) else "", mapping=mapping_file)
    write_atomic(mapping_file, mapping_text(mapping))
    return import_register(path, folder, mapping=mapping_file, title=title)


def mapping_beside(folder: Path) -> Path:
    """Return where the answers of a guided import are written: beside the folder of the register.

    >>> mapping_beside(Path("registers/grants")).name
    'grants.mapping.yml'
    """
    return folder.with_name(f"{folder.name}.mapping.yml")


def mapping_at(file: Path) -> MappingFile:
    """Return the mapping of a file to go on from, or an empty one where there is no such file yet."""
    return MappingFile.load(file) if file.exists() else MappingFile(place=str(file))


def is_date(text: str) -> bool:
    """Return whether a text is a date of a plausible year.

    >>> is_date("2014-Q3"), is_date("2554")
    (True, False)
    """
    date = PartialDate.find(text)
    return date is not None and is_plausible(date)


def is_allowed(answer: str, allowed: Sequence[str]) -> bool:
    """Return whether an answer is one of those allowed, or a date or a name where any is.

    >>> is_allowed("2014-Q3", [ANY_DATE]), is_allowed("2014-Q3", ["2014"]), is_allowed(ANY_DATE, [ANY_DATE])
    (True, False, False)
    """
    named = ANY_NAME in allowed and any(map(str.isalpha, answer))
    return answer not in OPEN_ANSWERS and (answer in allowed or named or (ANY_DATE in allowed and is_date(answer)))


def examples(cells: list[str]) -> tuple[str, ...]:
    """Return a few different cells of a column, each cut to what fits beside the others."""
    return tuple(" ".join(cell.split())[:LONGEST_EXAMPLE] for cell in dict.fromkeys(cells))[:MOST_EXAMPLES]


def _of_scale(asked: Questions, *, settled: bool) -> Iterator[Question]:
    """Ask of which scale the stages are, where some are words of none: likely the usual one, if it reads any."""
    unread = [word for word, near in asked.wrong.get("stage", {}).items() if not near and not is_blank(word)]
    if settled or not unread:
        return
    scales = [Scale.load(name) for name in resources.names("data", "scales")]
    stages = {folded(stage): stage for stage in asked.stages if stage}
    read = {scale.key: sum(scale.find(stage) is not None for stage in stages) for scale in scales}
    likely = USUAL_SCALE if read[USUAL_SCALE] else max(read, key=lambda key: (read[key], key == USUAL_SCALE))
    shown = examples(list(stages.values()))
    titles = "; ".join(f"{scale.key}: {', '.join(scale.labels().values())}" for scale in scales)
    text = f"The stages in the file ({' | '.join(shown)}) are not all known. Of which scale are they ({titles})?"
    yield Question("scale", (), text, tuple(read), likely, shown)


def _of_data(asked: Questions, *, stated: bool) -> Iterator[Question]:
    """Ask what kind of data it is, which every figure says; no kind is likely, since nothing in a file shows it."""
    if not stated and asked.tables:
        explained = tuple(f"{kind}: {meaning}" for kind, meaning in KINDS.items())
        text = "What kind of data is it? Every figure says so."
        yield Question("data", (), text, (*KINDS, UNDECIDED), UNDECIDED, explained=explained)


def stage_definitions(scale: Scale, language: str = "en") -> tuple[str, ...]:
    """Return what each stage of a scale means, a line each, by the first of its working criteria.

    >>> stage_definitions(Scale.load("dfgg"))[0]
    'Coalition: none, or a letter per activity; asked each time; partners inform each other'
    """
    return tuple(
        f"{stage.name(language)}: {'; '.join(cues)}"
        for stage in scale.stages
        if (cues := [scale.cues.get(language, {}).get(cue, cue) for cue in stage.criteria.values()][:MOST_CUES])
    )


def _answer_need(question: Question, answer: str, columns: dict[str, str], assume: dict[str, str]) -> None:
    """Add to the columns and assumptions of a mapping which column gives what is needed, or what holds for all rows."""
    ours = question.about[0]
    both, split, kind = answer.partition(SPLIT_BY)
    if answer == OF_TITLE:
        assume[ours] = TITLE
    elif ours == "date" and answer not in question.name.split(_APART):
        assume[ours] = answer
    elif split and answer not in question.name.split(_APART):
        columns |= {both: "actor", kind: "actor_kind"}
    else:
        columns[answer] = ours


def needs_sentence(step: Step) -> str:
    """Return what a register needs, and where a file gives it, as far as that is known."""
    names = {"state": "a state side", "non_state": "a non-state side", "stage": "a stage", "date": "the date of it"}
    needed = [f"{names[ours]} ({step.found.get(ours, 'not found yet')})" for ours in NEEDED]
    more = [f"{ours} ({step.found.get(ours, 'not found')})" for ours in OPTIONAL]
    return f"A register needs for each partnership {', '.join(needed[:-1])} and {needed[-1]}; {' and '.join(more)} may be lacking."


def _of_need(need: Need, scale: Scale) -> Iterator[Question]:
    """Ask which column gives what a register needs, and for the name of the one actor of a side."""
    columns = tuple(need.columns)
    shown = tuple(f"{name}: {' | '.join(examples([*cells]))}" for name, cells in need.columns.items())
    splits = tuple(SPLIT_BY.join(split) for split in need.splits)
    side = {"state": "state actor (an office, council or department)", "non_state": "non-state actor (an NGO or group)"}
    if need.ours in SIDES:
        mixed = next((split for split, (both, _) in zip(splits, need.splits, strict=True) if both == need.likely), "")
        text = f"Which column names the {side[need.ours]} of each partnership?"
        if need.beside:
            text = f"In rows in which '{need.beside}' is not the {side[need.ours]}: which column names it?"
        allowed, likely = (*columns, *splits, FOR_ALL, UNDECIDED), mixed or need.likely
        name = f"The name of the {side[need.ours].partition(' (')[0]} in {'these' if need.beside else 'all'} rows?"
        yield Question("name", (need.ours,), name, (ANY_NAME, UNDECIDED), UNDECIDED, (), need.ours)
    elif need.ours == "stage":
        text = f"Which column says how far a partnership has come ({', '.join(scale.labels().values())})?"
        allowed, likely = (*columns, UNDECIDED), need.likely
    else:
        text = "Which column gives the date of the ratings? Or type the date of all of them."
        if need.title and not columns:
            text = f"No column gives the date of the ratings. Use {need.period}, of {need.title}, for all of them?"
        allowed = (*columns, *[OF_TITLE] * bool(need.title), ANY_DATE, UNDECIDED)
        likely = need.likely or OF_TITLE * bool(need.title)
    about = (need.ours, need.beside) if need.beside else (need.ours,)
    yield Question("need", about, text, allowed, likely or UNDECIDED, (), _APART.join(columns), shown)


def _questions(asked: Questions, mapping: MappingFile, scale: Scale) -> Iterator[Question]:
    for need in asked.needs:
        yield from _of_need(need, scale)
    yield from _of_sheets(asked, mapping)
    yield from _of_values(asked, scale)
    for pair in asked.alike:
        text = (
            f"'{pair.name}' ({_rows(pair.rows)}) is much like '{pair.likely}' ({_rows(pair.likely_rows)}). Same actor?"
        )
        about = (pair.side, pair.name, pair.likely)
        yield Question("alike", about, text, (SAME, ANOTHER, UNDECIDED), SAME, (), pair.name)
    yield from _of_missing(asked)


def _of_sheets(asked: Questions, mapping: MappingFile) -> Iterator[Question]:
    """Ask what sheets are that are not recognised, and what columns hold that are not."""
    texts = {grid.name for grid, _, _ in asked.sheets if asked.tables and is_text(grid)}
    for grid, layout, is_likely in asked.sheets:
        if grid.name in texts:
            continue
        headers = tuple(filter(None, likely_header(grid, mapping)[1]))
        shape = f"{len(grid.rows):,} rows: {listed(headers, most=MOST_HEADERS)}"
        text = f"Sheet '{grid.name}' ({shape}) is not recognised. What is it?"
        likeliest = layout if is_likely else SKIP
        yield Question("sheet", (grid.name,), text, (*LAYOUTS, SKIP), likeliest, headers[:MOST_HEADERS], grid.name)
    for one in asked.columns:
        if not one.decided and one.sheet not in texts:
            yield _of_column(one, asked, mapping)


def _of_values(asked: Questions, scale: Scale) -> Iterator[Question]:
    """Ask what words stand for that cannot be read."""
    for column, words in asked.wrong.items():
        declared = column_of(column)
        for theirs, near in words.items():
            none = column == "stage" and is_blank(theirs)
            optional = (declared is not None and not declared.required) or none
            dated = declared is not None and declared.holds == "date"
            known = (*dates_meant(theirs), ANY_DATE) if dated else asked.allowed.get(column, ())
            allowed = (*known, *[EMPTY] * optional, UNDECIDED)
            text = f"'{theirs}' is not known as {column}. What does it stand for?"
            if none:
                text = f"'{theirs}' is read as a stage that was not rated ({EMPTY}), unless it stands for one. Which?"
            explained = stage_definitions(scale) if column == "stage" else ()
            likely = near or (EMPTY if none else known[0] if dated and len(known) > 1 else UNDECIDED)
            yield Question("value", (column, theirs), text, allowed, likely, (theirs,), theirs, explained)


def _of_missing(asked: Questions) -> Iterator[Question]:
    """Ask what holds where the file says nothing."""
    for name in asked.missing:
        if name == "date" and any(need.ours == name for need in asked.needs):
            continue
        actors = tuple(asked.kinds.get(name, ()))
        of = f" of {listed(actors, most=MOST_EXAMPLES)}" * bool(actors)
        choices = [ANY_DATE] if name == "date" else choices_of(name)
        allowed = (*choices, *[EACH] * bool(actors), UNDECIDED)
        text = f"The file does not give {name}{of}. What holds?"
        explained: tuple[str, ...] = ()
        if name == "rated_by":
            text = "No column says who rated the stages. Whose ratings are they?"
            explained = tuple(f"{rater}: {meaning}" for rater, meaning in RATERS.items())
        offered = {likely_kind(actor) for actor in actors}
        one_kind = offered.pop() if len(offered) == 1 else ""  # likely of all of them
        likely = one_kind or {"state_kind": EACH, "rated_by": ASSUMED_RATER}.get(name, UNDECIDED)
        likely = likely if likely in allowed else UNDECIDED
        yield Question("assume", (name,), text, allowed, likely, actors[:MOST_EXAMPLES], name, explained)
    for name, actors_of in asked.kinds.items():
        for actor in actors_of:
            text = f"{name} of '{actor}'?"
            allowed = (*choices_of(name), UNDECIDED)
            likely = likely_kind(actor)
            yield Question("kind", (name, actor), text, allowed, likely if likely in allowed else UNDECIDED, (), actor)


def _rows(n: int) -> str:
    return f"{n:,} row{'s' * (n != 1)}"


def _of_column(one: ColumnQuestion, asked: Questions, mapping: MappingFile) -> Question:
    shown = examples(one.examples)
    text = f"Column '{one.header}' of sheet '{one.sheet}' ({' | '.join(shown)}). What does it hold?"
    layout = mapping.layout(one.sheet) or next((t.layout for t in asked.tables if t.grid.title == one.sheet), "")
    ticked = mechanism_columns() if layout in WITH_OPTIONS and mechanisms_asked(one.examples) else []
    allowed = (*(columns_of(layout) if layout in LAYOUTS else _ALL), *ticked, LEAVE_OUT)
    several = sum(folded(other.header) == folded(one.header) for other in asked.columns) > 1
    name = f"{one.sheet}!{one.header}" if several else one.header
    return Question("column", (one.sheet, one.header), text, allowed, one.ours or LEAVE_OUT, shown, name)
