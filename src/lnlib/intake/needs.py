"""What a register needs of a file: the two sides, the stage and its date; which columns give it, and which may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lnlib.errors import shortened
from lnlib.intake.cell_words import as_written, holds_totals, is_blank, is_no_name
from lnlib.intake.grids import Grid
from lnlib.intake.headers import SHEET, Meaning, kind_in
from lnlib.intake.layouts import is_text, likely_header
from lnlib.intake.mapping import MappingFile
from lnlib.intake.sides import SIDES, side_of
from lnlib.intake.tables import Headed, is_counter, is_option, is_system, means
from lnlib.intake.vague_dates import dates_meant
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded

NEEDED = ("state", "non_state", "stage", "date")
OPTIONAL = ("province", "mechanism")
_OF_LIST = frozenset(("stage", "date", "province", "district", "mechanism", "start", "rated_by", "sectors"))
_MAY_GIVE = frozenset(("district", "start", "end"))  # columns that are known and may be meant for another
_MOST_WORDS = 6  # of a name, on average
_HALF, _MOST = 0.5, 0.8  # of the different cells of a column
_FEW = 0.4
_MOST_SEEN = 200  # different cells of a column, by which it is judged

Reads = Callable[[str, str], bool]  # our column, a cell → whether it is read, or nearly


@dataclass(frozen=True)
class Need:
    """What no column is known to give.

    Parameters
    ----------
    ours : str
        `state`, `non_state`, `stage` or `date`.
    columns : mapping of str to sequence of str
        The columns that may give it, with their first different cells.
    likely : str
        The likeliest of them; empty where none is.
    splits : sequence of (str, str)
        A column that may name actors of both sides, and the one that tells their kind.
    beside : str
        The column of both sides, of whose rows on one side the other is needed.
    title, period : str
        A title that gives a date, and its date.
    """

    ours: str
    columns: Mapping[str, Sequence[str]]
    likely: str = ""
    splits: Sequence[tuple[str, str]] = ()
    beside: str = ""
    title: str = ""
    period: str = ""


@dataclass
class _Columns:
    """The columns of some sheets by header: their first different cells, and what they are known to mean."""

    cells: dict[str, list[str]] = field(default_factory=dict)
    known: dict[str, Meaning | None] = field(default_factory=dict)

    def add(self, headers: Sequence[str], rows: Sequence[Sequence[str]], known: Sequence[Meaning | None]) -> None:
        filled = [cells for cells in rows if not holds_totals(cells)]
        survey = any(name.strip() in as_written("survey") for name in headers)
        for at, (name, what) in enumerate(zip(map(str.strip, headers), known, strict=False)):
            cells = [text for row in filled if at < len(row) and (text := row[at].strip()) and not is_blank(text)]
            if not name or not cells or (survey and is_system(name)) or is_option(name, headers) or is_counter(name):
                continue
            self.cells[name] = [*islice(dict.fromkeys([*self.cells.get(name, ()), *cells]), _MOST_SEEN)]
            self.known[name] = what

    def open(self) -> dict[str, list[str]]:
        """Return the columns that may give what is needed."""
        return {
            name: cells
            for name, cells in self.cells.items()
            if (what := self.known[name]) is None or (what.whole and what.column in _MAY_GIVE)
        }

    def unknown(self) -> dict[str, list[str]]:
        """Return the columns that are not read."""
        return {name: cells for name, cells in self.cells.items() if self.known[name] is None}

    def splits(self) -> Iterator[tuple[str, str]]:
        """Yield each column of names with the one to its right that tells the side of each."""
        names = [*self.cells]
        for at, name in enumerate(names):
            sides = [side_of(cell) for cell in self.cells[name]]
            if {*sides} >= {*SIDES} and _share(sides) >= _MOST:
                before = [one for one in names[:at] if (m := self.known[one]) is None or m.column in SIDES]
                yield from [(one, name) for one in reversed(before) if _holds_names(self.cells[one])][:1]


def _given(table: Headed) -> Iterator[tuple[str, str]]:
    """Yield our columns that a table gives, each with the header or the name that gives it."""
    yield from ((column, table.header(column)) for column in table.columns)
    yield from ((column, table.headers[at[0]]) for one in table.rounds for column, at in one.items())
    for at, what in table.of_how("period", "option"):
        yield what.column, table.headers[at]
        if what.how == "period":
            yield "date", table.headers[at]
    if table.period or table.province:
        yield from [("date", table.grid.title)] * bool(table.period and not table.titled)
        yield from [("province", table.grid.title)] * bool(table.province)


def found(tables: Sequence[Headed], unknown: Sequence[Grid], mapping: MappingFile) -> dict[str, str]:
    """Return what of a register a file gives: our column to their header, or to what else tells it."""
    given: dict[str, str] = {}
    for table in tables:
        for column, name in _given(table):
            given.setdefault(column, f"'{shortened(name.strip())}'")
        if table.titled:
            given.setdefault("date", table.titled)
    for grid in unknown:
        for header in likely_header(grid, mapping)[1]:
            if (known := means(header, SHEET, mapping, grid.title)) and known.column in (*NEEDED, *OPTIONAL):
                given.setdefault(known.column, f"'{header}'")
    return given | {column: f"'{value}', for all rows" for column, value in mapping.assume.items() if column in SIDES}


def lists(unknown: Sequence[Grid], reads: Reads, mapping: MappingFile) -> list[Grid]:
    """Return the sheets that are not recognised and are probably lists of partnerships."""
    found = []
    for grid in unknown:
        columns = _of_grids([grid], mapping)
        known = {what.column for what in columns.known.values() if what}
        if not is_text(grid) and (len(known & _OF_LIST) > 1 or _likely("stage", columns.cells, reads)):
            found.append(grid)
    return found


def needs(
    tables: Sequence[Headed], listed: Sequence[Grid], reads: Reads, mapping: MappingFile, *, waiting: bool
) -> Iterator[Need]:
    """Yield what no column is known to give.

    Parameters
    ----------
    tables : sequence of Headed
        The tables that are read.
    listed : sequence of Grid
        Sheets that are not recognised and are probably lists of partnerships.
    reads : callable
        Whether a cell is read as one of our columns, or nearly.
    mapping : MappingFile
        What was declared so far.
    waiting : bool
        Whether another sheet may turn out to hold the stages.
    """
    sheets = [one for one in tables if one.layout == SHEET]
    both = any({*SIDES} <= one.gives for one in tables)
    if not both:  # what another list of the file is, is asked of its sheet
        yield from _sides(_of_grids(listed, mapping) if listed else _of_tables(sheets), reads, mapping)
    yield from _other_sides(sheets, reads, mapping)
    columns = _of_tables(sheets)
    if not waiting and columns.unknown() and not any("stage" in one.gives or one.rounds for one in tables):
        yield Need("stage", columns.open(), _likely("stage", columns.unknown(), reads))
    undated = [one for one in sheets if one.has("stage") and not one.has("date") and (one.titled or not one.period)]
    if undated and "date" not in mapping.assume:
        columns = _of_tables(undated)
        titled = next((one for one in undated if one.titled), None)
        likely = _likely("date", columns.unknown(), reads)
        offered = columns.open() if likely or not titled else {}
        title, period = (titled.titled, titled.period) if titled else ("", "")
        yield Need("date", offered, likely, title=title, period=period)


def _of_tables(tables: Sequence[Headed]) -> _Columns:
    columns = _Columns()
    for one in tables:
        kept = [at for at in range(len(one.headers)) if at not in one.added]
        rows = [[cells[at] for at in kept if at < len(cells)] for _, cells in one.data]
        columns.add([one.headers[at] for at in kept], rows, [one.meanings[at] for at in kept])
    return columns


def _of_grids(grids: Sequence[Grid], mapping: MappingFile) -> _Columns:
    columns = _Columns()
    for grid in grids:
        at, headers = likely_header(grid, mapping)
        columns.add(headers, grid.cells[at + 1 :], [means(name, SHEET, mapping, grid.title) for name in headers])
    return columns


def _sides(columns: _Columns, reads: Reads, mapping: MappingFile) -> Iterator[Need]:
    """Yield the sides that none of some columns is known to give."""
    known = {what.column for what in columns.known.values() if what} | {*mapping.assume}
    if not columns.cells or known >= {"actor", "actor_kind"}:
        return
    splits = [*columns.splits()]
    offered = columns.open()
    taken = {kind for _, kind in splits} | {_likely("stage", offered, reads)}
    for side in SIDES[::-1]:
        if side not in known:
            likely = _likely(side, {name: cells for name, cells in offered.items() if name not in taken}, reads)
            likely = likely or next((both for both, _ in splits), "")
            taken.add(likely)
            yield Need(side, offered, likely, splits)


def _other_sides(tables: Sequence[Headed], reads: Reads, mapping: MappingFile) -> Iterator[Need]:
    """Yield the sides that rows lack of which one column gives the other side; sheets that name it alike are one need."""
    lacking: dict[tuple[str, str], list[Headed]] = {}
    headers: dict[str, str] = {}  # as a sheet first writes it
    for table in tables:
        at = next(iter(table.columns.get("actor", ())), -1)
        for side in SIDES[::-1] if at >= 0 and table.added else ():
            own = table.columns[side][0]
            if side not in mapping.assume and any(
                cells[at].strip() and not cells[own].strip() for _, cells in table.data
            ):
                header = headers.setdefault(folded(table.headers[at]), table.headers[at].strip())
                lacking.setdefault((side, header), []).append(table)
    for (side, header), those in lacking.items():
        offered = _of_tables(those).open()
        yield Need(side, offered, _by_score(side, offered, reads), beside=header)


def _likely(ours: str, columns: Mapping[str, Sequence[str]], reads: Reads) -> str:
    """Return the column that is likeliest to give what is needed; empty where none is likely."""
    if best := _by_score(ours, columns, reads):
        return best
    plain = [name for name, cells in columns.items() if ours == "non_state" and _holds_names(cells)]
    return next((name for name in plain if _score("state", name, columns[name], reads) < _HALF), "")


def _by_score(ours: str, columns: Mapping[str, Sequence[str]], reads: Reads) -> str:
    """Return the column that tells by its cells or its header that it gives what is needed; empty where none does."""
    scores = {name: _score(ours, name, cells, reads) for name, cells in columns.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] >= (_FEW if ours == "stage" else _HALF) else ""


def _score(ours: str, header: str, cells: Sequence[str], reads: Reads) -> float:
    if ours == "date":
        return _share([bool(PartialDate.find(cell) or dates_meant(cell)) for cell in cells])
    if ours == "stage":
        return _share([reads("stage", cell) for cell in cells])
    named = [not is_no_name(cell) and vocabulary.find_word("kind", cell) is None for cell in cells]
    of_side = [kind_in(cell, ours) and not kind_in(cell, _other(ours)) for cell in cells]
    by_cells = _share([one and name for one, name in zip(of_side, named, strict=True)])
    return by_cells + 0.6 * bool(_share(named) > _HALF and kind_in(header, ours) and not kind_in(header, _other(ours)))


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def _share(marked: Sequence[object]) -> float:
    return sum(map(bool, marked)) / len(marked) if marked else 0.0


def _holds_names(cells: Sequence[str]) -> bool:
    """Return whether cells may be names: several, of few words, and no dates or numbers.

    >>> _holds_names(["River Watch", "Open Village"]), _holds_names(["2011", "2012"]), _holds_names(["yes"])
    (True, False, False)
    """
    words = sum(len(cell.split()) for cell in cells) / len(cells)
    lettered = [any(map(str.isalpha, cell)) and not PartialDate.find(cell) for cell in cells]
    return len(cells) > 1 and words <= _MOST_WORDS and _share(lettered) >= _MOST
