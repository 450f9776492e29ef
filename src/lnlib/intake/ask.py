"""A guided import: show what was recognised, ask what is undecided, import, and go again until the account is right.

What was answered is a mapping file, beside the register: the next file of the same form needs no questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lnlib.errors import LnlibError, listed, nearest
from lnlib.filesystem import write_atomic
from lnlib.intake.grids import Grid
from lnlib.intake.headers import LAYOUTS, column_of, columns_of
from lnlib.intake.mapping import SKIP, MappingFile
from lnlib.intake.opening import found_register, scale_and_places
from lnlib.intake.reading import grids_of
from lnlib.intake.recognise import describe
from lnlib.intake.report import Accounting, import_register
from lnlib.intake.suggest import MOST_EXAMPLES, Questions, choices_of, mapping_text, questions
from lnlib.reference.scales import folded
from lnlib.register.schema import TABLES

LEAVE_OUT = "leave out"
UNDECIDED = "undecided"
MOST_REFUSED = 10  # refused rows shown

# the question, what may be answered, and what an empty answer means → the answer
Answer = Callable[[str, Sequence[str], str], str]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Guided:
    """A guided import under way.

    Parameters
    ----------
    path, folder : str or Path, Path
        What is imported, and where to.
    mapping_file : Path
        Where the answers are written.
    answer : callable
        Asks one question.
    say : callable
        Shows one line.
    """

    path: str | Path
    folder: Path
    mapping_file: Path
    answer: Answer
    say: Say

    def run(self, mapping: MappingFile) -> Accounting:
        """Ask, import and show the account, until nobody wants to go again.

        Raises
        ------
        RegisterError
            The file cannot be read at all, or the folder cannot be written.
        """
        while True:
            mapping = self._decided(mapping)
            write_atomic(self.mapping_file, mapping_text(mapping))
            account = import_register(self.path, self.folder, mapping=self.mapping_file)
            for line in account.words:
                self.say(line)
            errors = [problem for problem in account.listed if problem.severity == "error"]
            for problem in errors[:MOST_REFUSED]:
                self.say(f"refused: {problem}")
            self.say(f"the answers are in {self.mapping_file}")
            again = "Answer the open questions again?"
            if account.exit_code == 0 or self.answer(again, ["yes", "no"], "no") != "yes":
                return account

    def _decided(self, mapping: MappingFile) -> MappingFile:
        """Ask what is undecided; a sheet that an answer explains may raise questions of its own."""
        with found_register(self.path) as source:
            grids = grids_of(source)
            asked: set[tuple[str, ...]] = set()
            shown = False
            while True:
                scale, places = scale_and_places(describe(grids, source, mapping), source)
                open_ = questions(grids, mapping, scale, places)
                if not shown:
                    for line in recognised_lines(open_):
                        self.say(line)
                    shown = True
                before = len(asked)
                mapping = self._ask(open_, mapping, asked)
                if len(asked) == before:
                    return mapping

    def _ask(self, open_: Questions, mapping: MappingFile, asked: set[tuple[str, ...]]) -> MappingFile:
        sheets, columns, assume = dict(mapping.sheets), dict(mapping.columns), dict(mapping.assume)
        values = {column: dict(words) for column, words in mapping.values.items()}
        for grid, layout, likely in open_.sheets:
            if _new(asked, "sheet", grid.title):
                text = f"Sheet '{grid.title}' ({_shape(grid)}) is not recognised. What is it?"
                sheets[grid.title] = self.answer(text, (*LAYOUTS, SKIP), layout if likely else SKIP)
        for one in open_.columns:
            skipped = sheets.get(one.sheet) == SKIP
            if one.decided or skipped or not _new(asked, "column", one.sheet, one.header):
                continue
            shown = " | ".join(" ".join(text.split())[:30] for text in one.examples[:MOST_EXAMPLES])
            text = f"Column '{one.header}' of sheet '{one.sheet}' ({shown}). What does it hold?"
            layout = sheets.get(one.sheet) or next((t.layout for t in open_.tables if t.grid.title == one.sheet), "")
            allowed = (*(columns_of(layout) if layout in LAYOUTS else _ALL), LEAVE_OUT)
            answer = self.answer(text, allowed, one.ours or LEAVE_OUT)
            several = sum(folded(other.header) == folded(one.header) for other in open_.columns) > 1
            name = f"{one.sheet}!{one.header}" if several else one.header
            columns[name] = "" if answer == LEAVE_OUT else answer
        for column, words in open_.wrong.items():
            declared = column_of(column)
            for theirs, near in words.items():
                if _new(asked, "value", column, theirs):
                    allowed = (*(declared.allowed if declared else ()), UNDECIDED)
                    text = f"'{theirs}' is no {column}. What does it stand for?"
                    answer = self.answer(text, allowed, near or UNDECIDED)
                    if answer != UNDECIDED:
                        values.setdefault(column, {})[theirs] = answer
        for name in open_.missing:
            if _new(asked, "missing", name):
                answer = self.answer(
                    f"The file does not give {name}. What holds?", (*choices_of(name), UNDECIDED), UNDECIDED
                )
                if answer != UNDECIDED:
                    assume[name] = answer
        return replace(mapping, sheets=sheets, columns=columns, values=values, assume=assume)


_ALL = tuple(dict.fromkeys(name for layout in LAYOUTS for name in columns_of(layout)))


def _new(asked: set[tuple[str, ...]], *question: str) -> bool:
    """Return whether a question was not asked yet; it is from now on."""
    new = question not in asked
    asked.add(question)
    return new


def _shape(grid: Grid) -> str:
    headers = [cell.strip() for cell in grid.cells[0] if cell.strip()]
    return f"{len(grid.rows):,} rows: {listed(headers, most=5)}"


def recognised_lines(open_: Questions) -> Iterator[str]:
    """Yield a line per sheet and per column that was recognised, with a few of its cells."""
    for table in open_.tables:
        what = table.layout if table.layout in TABLES else "one row per partnership"
        yield f"{table.grid.place}: {what}, {len(table.data):,} rows"
        for at, known in enumerate(table.meanings):
            if known:
                cells = list(dict.fromkeys(table.filled(at)))[:MOST_EXAMPLES]
                shown = " | ".join(" ".join(cell.split())[:30] for cell in cells)
                yield f"  {table.headers[at].strip()} → {known.column} {known.word}".rstrip() + f"  ({shown})"


def ask(
    path: str | Path, folder: str | Path, *, mapping: str | Path | None = None, answer: Answer, say: Say
) -> Accounting:
    """Import a file with questions about what is undecided in it.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, zip or CSV.
    folder : str or Path
        Where to write the register.
    mapping : str or Path, optional
        A mapping to go on from; the answers are added to it. By default they are written to `FOLDER.mapping.yml`.
    answer : callable
        Called with a question, what may be answered and the likeliest answer; returns the answer.
    say : callable
        Called with each line to show.

    Raises
    ------
    RegisterError
        The file cannot be read at all, or the folder cannot be written.
    """
    target = Path(folder)
    file = Path(mapping) if mapping else target.with_name(f"{target.name}.mapping.yml")
    file.parent.mkdir(parents=True, exist_ok=True)
    given = MappingFile.load(file) if file.exists() else MappingFile(place=str(file))
    return Guided(path, target, file, answer, say).run(given)


def chosen(text: str, allowed: Sequence[str], default: str) -> str:
    """Return the answer that a typed text means: its number in the list, the word itself, or the default if empty.

    Raises
    ------
    LnlibError
        It is none of these.

    Examples
    --------
    >>> chosen("2", ["stage", "date"], "stage"), chosen("", ["stage", "date"], "stage")
    ('date', 'stage')
    """
    plain = text.strip()
    if not plain:
        return default
    if plain.isdigit() and 1 <= int(plain) <= len(allowed):
        return allowed[int(plain) - 1]
    words = {folded(word): word for word in allowed}
    starts = [word for name, word in words.items() if name.startswith(folded(plain))]
    if folded(plain) in words or len(starts) == 1:
        return words.get(folded(plain)) or starts[0]
    match = nearest(plain, allowed)
    raise LnlibError(f"'{plain}' is not among the answers" + (f"; did you mean '{match}'?" if match else ""))
