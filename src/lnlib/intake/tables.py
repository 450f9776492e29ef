"""A table of a sheet: its headers, what its columns mean, its rows of data, and what became of each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lnlib.intake.cell_words import as_written, folded_words, is_blank
from lnlib.intake.grids import Fault, Grid, column_letters
from lnlib.intake.headers import DATED, SHEET, Meaning, columns_of, meaning, part_of, round_of
from lnlib.intake.mapping import MappingFile
from lnlib.reference.scales import folded
from lnlib.register.problems import Place, Problem, Severity
from lnlib.register.raw_rows import FilePart

PARENTS = ("_parent_index", "PARENT_KEY")
PARENT_SHEETS = ("_parent_table_name",)
WITH_OPTIONS = (SHEET, "partnerships")  # layouts in which a column may be about one mechanism
INDEXES = ("_index", "KEY")
SUBMISSIONS = ("_submission__uuid", "_uuid", "_submission__id", "_id")
STATES = ("_validation_status", "_submission__validation_status", "ReviewState")
_REJECTED = re.compile(
    r"(\w+\s)?(rejected|not[ _-]?approved|disapproved|declined|returned|on[ _-]?hold|invalid|not[ _-]?valid|has[ _-]?issues?)\b.*"
    r"|validation_status_(not_approved|on_hold)|(បដិសេធ|មិនអនុម័ត|មិនយល់ព្រម).*",
    re.IGNORECASE | re.DOTALL,
)
_KEY_OF_STATE = re.compile(r"validation_status_\w+")


@dataclass
class Headed:
    """A grid whose header was found.

    Parameters
    ----------
    grid : Grid
        The grid.
    layout : str
        One of the four tables, or `sheet`: one row per partnership.
    headers : list of str
        Their headers.
    meanings : list of (Meaning or None)
        What each means; None where the column is not read.
    data : list of (int, list of str)
        Row number and cells of each row of data, merged cells filled downwards.
    problems : list of Problem
        What was assumed and what was not read.
    columns : dict of str to tuple of int
        Our columns to the positions that hold them; several where they are combined.
    rounds : list of dict
        The same, for each round of assessment that has columns of its own.
    province, period : str
        Province and period that the sheet's name gives, or a title above the header.
    above : dict of int to dict
        Row number to what a sub-heading above it gives: `province`, `date`.
    unplaced : dict of int to (int, str)
        Row number to the row and text of a sub-heading above it that should name a province and names none.
    unread : dict of int to str
        Position of a column that is not read to the reason.
    left_out : dict of int to str
        Position of a column that is left out to the rule.
    refusals : dict of int to list of Fault
        Row number to faults that only the whole column shows.
    apart : Grid, optional
        Rows above the header that are another table.
    added : set of int
        Positions of columns that no cell of the file stands in, as what they hold is declared or told by others.
    titled : str
        What gives `period`, where it is a title or other words than a bare date.
    """

    grid: Grid
    layout: str
    headers: list[str]
    meanings: list[Meaning | None]
    data: list[tuple[int, list[str]]]
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rounds: list[dict[str, tuple[int, ...]]] = field(default_factory=list)
    province: str = ""
    period: str = ""
    above: dict[int, dict[str, str]] = field(default_factory=dict)
    unplaced: dict[int, tuple[int, str]] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    refusals: dict[int, list[Fault]] = field(default_factory=dict)
    apart: Grid | None = None
    added: set[int] = field(default_factory=set)
    titled: str = ""
    _first: dict[str, int] = field(default_factory=dict, repr=False)
    _width: int = -1

    def of_how(self, *hows: str) -> list[tuple[int, Meaning]]:
        """Return the columns whose meanings are of certain kinds, such as a `period` or an `option`."""
        return [(at, m) for at, m in enumerate(self.meanings) if m and m.how in hows]

    def header(self, column: str) -> str:
        """Return their header for one of our columns, or its own name where the sheet has none."""
        at = self.columns.get(column) or next((r[column] for r in self.rounds if column in r), None)
        return self.headers[at[0]].strip() or column_letters(at[0]) if at else column

    def place(self, at: int) -> Place:
        """Return the place of the column at a position."""
        return self.grid.place.at(0, self.headers[at].strip() or column_letters(at))

    def has(self, column: str) -> bool:
        """Return whether some column of the sheet holds one of our columns."""
        return column in self.columns or any(column in one for one in self.rounds)

    def system(self, names: Sequence[str]) -> int:
        """Return the position of a survey tool's own column; -1 where there is none."""
        if self._width != len(self.headers):
            self._width = len(self.headers)
            self._first = {header.strip(): at for at, header in reversed([*enumerate(self.headers)])}
        return next((self._first[name] for name in names if name in self._first), -1)

    @property
    def survey(self) -> bool:
        """Whether a survey tool wrote it."""
        return any(header.strip() in as_written("survey") for header in self.headers)

    @property
    def child(self) -> int:
        """Position of the column that names the row's parent in a repeat group; -1 where there is none."""
        return self.system(PARENTS)

    @property
    def status(self) -> int:
        """Position of the column with the review status of a submission; -1 where there is none."""
        at = self.system(STATES)
        if at < 0:
            named = folded_words("review_status")
            at = next((self._first[name] for name in self._first if folded(name) in named), -1)
        return at

    def rejected(self, cells: Sequence[str]) -> str:
        """Return the review status of a row that the office rejected or holds back; empty for all others."""
        at = self.status
        state = _state(cells[at]) if 0 <= at < len(cells) else ""
        return state if _REJECTED.fullmatch(state) else ""

    def unknown_states(self) -> dict[str, int]:
        """Return the review states that mean neither taken nor rejected, with the number of rows of each."""
        states = [_state(cell) for cell in self.filled(self.status)] if self.status >= 0 else []
        known = folded_words("taken")
        unknown = [state for state in states if not (_REJECTED.fullmatch(state) or folded(state) in known)]
        return dict(Counter(state for state in unknown if not is_blank(state)))

    def faults(self, row: int) -> Iterator[tuple[Fault, Meaning | None]]:
        """Yield the faults of a row in columns that are read, each with what its column means."""
        for fault in (*self.grid.faults.get(row, ()), *self.refusals.get(row, ())):
            if fault.column < 0:
                yield fault, None
            elif fault.column < len(self.meanings) and (known := self.meanings[fault.column]):
                yield fault, known

    def refuse(self, row: int, fault: Fault) -> None:
        """Refuse a row for a fault that only the whole column shows."""
        self.refusals.setdefault(row, []).append(fault)

    def faulty(self, row: int) -> bool:
        """Return whether a row has any faults."""
        return row in self.grid.faults or row in self.refusals

    @property
    def gives(self) -> set[str]:
        """Our columns that the sheet gives, in a column of its own or a part of one."""
        return {known.column for known in self.meanings if known} | {*self.columns}

    def round_at(self, column: int) -> int:
        """Return the number of the round that a column belongs to; -1 where it belongs to all."""
        return next((n for n, one in enumerate(self.rounds) if any(column in at for at in one.values())), -1)

    def problem(
        self, severity: Severity, row: int, column: str, value: str, reason: str, suggestion: str = "", table: str = ""
    ) -> Problem:
        """Return a problem of this grid."""
        name = table or ("partnerships" if self.layout == SHEET else self.layout)
        return Problem(severity, self.grid.place.at(row, column), reason, name, value, suggestion)

    def filled(self, at: int) -> list[str]:
        """Return the cells of a column that hold something."""
        return [cell for _, cells in self.data if at < len(cells) and (cell := cells[at].strip())]

    def parts(self) -> Iterator[FilePart]:
        """Yield what became of each column with something in it."""
        for at, header in enumerate(self.headers):
            held = len(self.filled(at))
            if not held or at in self.added:
                continue
            letters = column_letters(at)
            place = Place(self.grid.file, self.grid.sheet, 0, header.strip())
            known = self.meanings[at]
            status: Literal["read", "left out", "not read"] = "read"
            if known:
                words = (known.column, known.word, known.round and f"round {known.round}")
                what = " ".join(word for word in words if word)
            elif at in self.unread:
                status, what = "not read", self.unread[at]
            else:
                status, what = "left out", self.left_out.get(at, "empty")
            yield FilePart(place, letters, held, status, what)


def _state(cell: str) -> str:
    """Return a review status without the JSON around it that KoboToolbox's API gives.

    >>> _state('{"uid": "validation_status_on_hold", "color": "#0000ff"}')
    'validation_status_on_hold'
    """
    found = _KEY_OF_STATE.search(cell)
    return found[0] if found else cell.strip()


def is_system(header: str) -> bool:
    """Return whether a survey tool adds a column of this header of itself.

    >>> is_system("_parent_index"), is_system("SET-OF-visits"), is_system("Province")
    (True, True, False)
    """
    return header.strip() in as_written("system") or header.strip().startswith(("_", "SET-OF-"))


def is_counter(header: str) -> bool:
    """Return whether a column of this header counts the rows, where its cells do."""
    return folded(header) in folded_words("counter")


def is_option(header: str, headers: Iterable[str]) -> bool:
    """Return whether a column is an option of a multiple answer that another column holds whole.

    >>> is_option("Sectors/Water", ["Sectors", "Sectors/Water"]), is_option("Where/Province", ["Where/Province"])
    (True, False)
    """
    question, sign, _ = header.strip().rpartition("/")
    return bool(sign) and any(other.strip() == question for other in headers)


def means(header: str, layout: str, mapping: MappingFile, sheet: str = "") -> Meaning | None:
    """Return what a header means in a layout, by the mapping or of itself; None for a survey tool's own columns."""
    if not header.strip():
        return None
    if (declared := mapping.column(header, sheet)) is not None:
        column, word = declared
        if word and column == "stage":
            return Meaning("stage", "period", word)
        if word:
            how = "option" if column == "mechanism" else "option date"
            return Meaning(column, how, word) if layout in WITH_OPTIONS else None
        if column not in columns_of(layout):
            return None
        return Meaning(column, "mapping", "", round_of(header) if column in DATED else "")
    if is_system(header):
        return None
    plain = " ".join(header.split())
    for sign in ("/", "-", ":"):  # the options of a question that the mapping names
        question = plain.rsplit(sign, 1)[0].strip()
        if question != plain and (declared := mapping.column(question, sheet)) and declared[0] in columns_of(layout):
            return part_of(plain, layout, Meaning(declared[0], "mapping"))
    return meaning(plain, layout)


def known_headers(tables: Iterable[Headed]) -> dict[str, list[str]]:
    """Return the headers of each sheet."""
    known: dict[str, list[str]] = {}
    for table in tables:
        known.setdefault(table.grid.title, []).extend(header for header in table.headers if header.strip())
    return known
