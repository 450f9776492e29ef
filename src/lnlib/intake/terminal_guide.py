"""A guided import, one question at a time: show what was recognised, ask what is undecided, import, and go again.

What was answered is a mapping file, beside the register: the next file of the same form needs no questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.errors import LnlibError, nearest
from lnlib.intake.draft_mapping import DATE_FORMS
from lnlib.intake.guided_import import (
    ANY_DATE,
    ANY_NAME,
    OPEN_ANSWERS,
    Interview,
    Question,
    Step,
    import_answered,
    is_allowed,
    is_date,
    mapping_at,
    mapping_beside,
    needs_sentence,
)
from lnlib.intake.import_account import Accounting, check_target
from lnlib.intake.mapping import MappingFile
from lnlib.intake.reading import grids_of
from lnlib.intake.register_opening import found_register
from lnlib.reference.scales import folded
from lnlib.storage import is_url

MOST_REFUSED = 10  # refused rows shown
BACK = "<"  # answers a question with the wish for the one before
LIST, MOST_LISTED = "?", 12  # answers it with the wish for the list of answers, which of more is not shown by itself

# the question, what may be answered, and what an empty answer means → the answer
Answer = Callable[[str, Sequence[str], str], str]
Print = Callable[[str], None]


@dataclass
class Guided:
    """A guided import under way.

    Parameters
    ----------
    path, folder : str or Path, Path
        What is imported, and where to.
    mapping_file : Path
        Where the answers are written.
    answer : callable
        Asks one question; its answer may be `BACK`.
    show : callable
        Shows one line.
    title : str
        Of the register, as `import_register` takes it.
    answers : dict of tuple to str
        What was answered, by the key of its question; asked again, it is the likeliest answer.
    """

    path: str | Path
    folder: Path
    mapping_file: Path
    answer: Answer
    show: Print
    title: str = ""
    answers: dict[tuple[str, ...], str] = field(default_factory=dict)
    _explained: set[tuple[str, ...]] = field(default_factory=set)

    def run(self, given: MappingFile) -> Accounting:
        """Ask, import and show the account, until nobody wants to go again.

        Raises
        ------
        RegisterError
            The file cannot be read at all, or the folder cannot be written.
        """
        while True:
            account = import_answered(self.path, self.folder, self.mapping_file, self._decided(given), title=self.title)
            for line in account.words:
                self.show(line)
            errors = [problem for problem in account.listed if problem.severity == "error"]
            for problem in errors[:MOST_REFUSED]:
                self.show(f"refused: {problem}")
            if len(errors) > MOST_REFUSED:
                self.show(f"refused: and {len(errors) - MOST_REFUSED:,} more")
            self.show(f"the answers are in {self.mapping_file}")
            again = "Go through the questions again?"
            if account.exit_code == 0 or not self.answers or self.answer(again, ["yes", "no"], "no") != "yes":
                return account

    def _decided(self, given: MappingFile) -> MappingFile:
        """Ask what is undecided."""
        with found_register(self.path) as source:
            check_target(
                source, self.folder, url=str(self.path) if is_url(self.path) else "", mapping=self.mapping_file
            )
            interview = Interview.of(grids_of(source), source, given)
            self.show(needs_sentence(interview.step))
            for line in recognised_lines(interview.step):
                self.show(line)
            at = 0
            while pending := interview.pending:
                answer = self._ask(pending[at])
                if answer == BACK:
                    at = at - 1 if at else len(interview.pending) - 1 if interview.back() else 0
                    continue
                self.answers[pending[at].key] = answer
                at += 1
                if at == len(pending):
                    interview.answer(self.answers)
                    at = 0
            return interview.step.mapping

    def _ask(self, question: Question) -> str:
        if question.explained not in self._explained:
            self._explained.add(question.explained)
            for line in question.explained:
                self.show(f"  {line}")
        before = self.answers.get(question.key, question.likely)
        default = before if is_allowed(before, question.allowed) else question.likely
        return self.answer(question.text, question.allowed, default)


def recognised_lines(step: Step) -> Iterator[str]:
    """Yield a line per sheet, and per column that was recognised with a few of its cells."""
    for sheet in dict.fromkeys(read.sheet for read in step.sheets):
        yield f"{sheet}: {'; '.join(str(read) for read in step.sheets if read.sheet == sheet)}"
        for one in step.columns:
            if one.sheet == sheet:
                yield f"  {one.header} → {one.ours}  ({' | '.join(one.examples)})"


def ask(
    path: str | Path,
    folder: str | Path,
    *,
    mapping: str | Path | None = None,
    title: str = "",
    answer: Answer,
    show: Print,
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
    title : str, optional
        Of the register, as `import_register` takes it.
    answer : callable
        Called with a question, what may be answered and the likeliest answer; returns the answer, or `BACK` to go back to
        the question before.
    show : callable
        Called with each line to show.

    Raises
    ------
    RegisterError
        The file cannot be read at all, or the folder cannot be written.
    """
    target = Path(folder)
    file = mapping_beside(target) if mapping is None else Path(mapping)
    file.parent.mkdir(parents=True, exist_ok=True)
    return Guided(path, target, file, answer, show, title).run(mapping_at(file))


def answers_listed(allowed: Sequence[str]) -> str:
    """Return what may be answered on one line: numbered, unless the answers are numbers themselves.

    >>> answers_listed(["2012", "2012-H1", ANY_DATE, "undecided"])
    '1 2012  2 2012-H1  3 undecided  or any other date'
    >>> answers_listed([ANY_DATE, "undecided"])
    '1 undecided  or any date, written as 2011, 2011-H1, 2011-Q3, 2011-05 or 2011-05-03'
    >>> answers_listed(["0", "1", "undecided"])
    '0  1  undecided'
    """
    words = [word for word in allowed if word not in OPEN_ANSWERS]
    named = any(map(_is_number, words))
    several = [word if named else f"{number} {word}" for number, word in enumerate(words, 1)]
    if ANY_DATE in allowed:
        forms = f"written as {', '.join(DATE_FORMS[:-1])} or {DATE_FORMS[-1]}"
        several.append("or any other date" if any(map(is_date, words)) else f"or any date, {forms}")
    if ANY_NAME in allowed:
        several.append("or any name")
    return "  ".join(several)


def _is_number(word: str) -> bool:
    """Return whether an answer could be taken for the number of one."""
    return word.isdigit() and not is_date(word)


def chosen(text: str, allowed: Sequence[str], default: str) -> str:
    """Return the answer that a typed text means: the word itself, its number in the list, or the default if empty.

    Raises
    ------
    LnlibError
        It is none of these.

    Examples
    --------
    >>> chosen("2", ["stage", "date"], "stage"), chosen("", ["stage", "date"], "stage")
    ('date', 'stage')
    >>> chosen("2014-Q2", ["2011", ANY_DATE], "2011"), chosen("3", ["0", "1", "2", "3"], "0")
    ('2014-Q2', '3')
    """
    plain = text.strip()
    if not plain:
        return default
    answers = [word for word in allowed if word not in OPEN_ANSWERS]
    if plain == default or is_allowed(plain, allowed):
        return plain
    if plain.isdigit() and 1 <= int(plain) <= len(answers) and not any(map(_is_number, answers)):
        return answers[int(plain) - 1]
    words = {folded(word): word for word in answers}
    starts = [word for name, word in words.items() if name.startswith(folded(plain))]
    if folded(plain) in words or len(starts) == 1:
        return words.get(folded(plain)) or starts[0]
    match = nearest(plain, answers)
    raise LnlibError(f"'{plain}' is not among the answers" + (f"; did you mean '{match}'?" if match else ""))
