"""What a grid is: where its header stands, what its columns mean, and which rows are data."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lnlib.errors import RegisterError
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, column_letters
from lnlib.intake.headers import LAYOUTS, SHEET, Meaning, columns_of, meaning, read_period
from lnlib.intake.mapping import SKIP, MappingFile
from lnlib.reference.scales import folded
from lnlib.register.problems import Problem, shortened
from lnlib.register.schema import TABLES

LOOKED_AT = 40  # rows among which a header is looked for
EXAMPLE = "#example"  # begins the row of a template that is not read
_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
PARENTS = ("_parent_index", "PARENT_KEY")
INDEXES = ("_index", "KEY")
# columns that survey tools add of themselves, beside those that begin with an underscore
_SYSTEM = frozenset(
    [
        *("KEY", "PARENT_KEY", "instanceID", "instanceName", "formhub/uuid", "deviceid", "username", "today", "audit"),
        *("simserial", "phonenumber", "subscriberid", "SubmissionDate", "SubmitterID", "SubmitterName", "DeviceID"),
        *("AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState", "Edits", "FormVersion"),
        *("meta-instanceID", "meta/instanceID", "meta-instanceName", "meta/instanceName"),
    ]
)
_SURVEY = frozenset(
    ("_index", "_uuid", "_submission_time", *PARENTS, "KEY", "instanceID", "meta-instanceID", "meta/instanceID")
)
_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


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
        What each means.
    data : list of (int, list of str)
        Row number and cells of each row of data, merged cells filled downwards.
    problems : list of Problem
        What was assumed so far.
    """

    grid: Grid
    layout: str
    headers: list[str]
    meanings: list[Meaning | None]
    data: list[tuple[int, list[str]]]
    problems: list[Problem] = field(default_factory=list)

    @property
    def period(self) -> str:
        """The period its name gives; empty where it gives none."""
        return read_period(self.grid.title)

    def columns(self) -> dict[str, int]:
        """Give the position of each of our columns that stands in one column of theirs."""
        return {m.column: at for at, m in enumerate(self.meanings) if m and m.how not in ("period", "part")}

    def of_how(self, how: str) -> list[tuple[int, Meaning]]:
        """Give the columns that are a `period`, or a `part` of a select-multiple."""
        return [(at, m) for at, m in enumerate(self.meanings) if m and m.how == how]

    def system(self, names: tuple[str, ...]) -> int:
        """Give the position of a survey tool's own column; -1 where it has none."""
        return next((at for at, header in enumerate(self.headers) if header.strip() in names), -1)

    @property
    def survey(self) -> bool:
        """Whether a survey tool wrote it."""
        return any(header.strip() in _SURVEY for header in self.headers)

    @property
    def child(self) -> int:
        """Position of the column that names the row's parent in a repeat group; -1 where there is none."""
        return self.system(PARENTS)

    @property
    def index(self) -> int:
        """Position of the column by which rows of a repeat group name this row; -1 where there is none."""
        return self.system(INDEXES)

    def faults(self, row: int) -> Iterator[tuple[Fault, Meaning | None]]:
        """Give the faults of a row in columns that are read, each with what its column means."""
        for fault in self.grid.faults.get(row, ()):
            if fault.column < 0:
                yield fault, None
            elif fault.column < len(self.meanings) and (found := self.meanings[fault.column]):
                yield fault, found

    def problem(
        self, severity: str, row: int, column: str, value: str, reason: str, suggestion: str = "", table: str = ""
    ) -> Problem:
        """Make a problem of this grid."""
        name = table or ("partnerships" if self.layout == SHEET else self.layout)
        return Problem(severity, name, self.grid.file, self.grid.sheet, row, column, value, reason, suggestion)  # type: ignore[arg-type]


def headed(grid: Grid, mapping: MappingFile, *, actors_known: bool) -> Headed | None:
    """Find the header of a grid and what the grid is; None where it is no part of a register.

    Parameters
    ----------
    grid : Grid
        One sheet or CSV.
    mapping : MappingFile
        What was told of it.
    actors_known : bool
        Whether another grid holds the actors, so that partnerships can refer to them.
    """
    told = mapping.layout(grid.title)
    if told == SKIP or not grid.cells:
        return None
    window = _filled(grid, LOOKED_AT, across=True)
    best: tuple[int, int, list[str]] = (0, -1, [])
    for at, cells in enumerate(window):
        if not _is_hxl(cells) and not _is_example(cells):
            named = _with_row_above(cells, window[at - 1] if at else [], mapping)
            score = max(_score(named, layout, mapping) for layout in ([told] if told else LAYOUTS))
            # a survey tool's own headers are certain, while a word among its data may look like a header
            score += sum(cell.strip() in (*PARENTS, *INDEXES) for cell in cells)
            if score > best[0]:
                best = (score, at, named)
    score, at, headers = best
    if at < 0:
        return None
    layout = told or _layout(headers, grid.title, mapping, actors_known=actors_known)
    if not layout or (score < 2 and not told and folded(grid.title) not in _titles()):
        return None
    below = _with_row_below(headers, window[at + 1] if at + 1 < len(window) else [])
    found = Headed(grid, layout, below or headers, [], [])
    found.meanings = _meanings(found, mapping)
    own = [at, at + 1] if below else [at - 1, at] if at and headers != window[at] else [at]
    _take_rows(found, own, window[at])
    _drop_interview_times(found)
    _remark_unread(found, mapping)
    return found


def _titles() -> dict[str, str]:
    return {folded(name): table.name for table in TABLES.values() for name in (table.name, table.name_km)}


def is_system(header: str) -> bool:
    """Whether a survey tool adds a column of this header of itself.

    >>> is_system("_parent_index"), is_system("Province")
    (True, False)
    """
    return header.strip() in _SYSTEM or header.strip().startswith("_")


def not_known(header: str, held: int) -> str:
    """Say that a column which holds so many cells was not read.

    >>> not_known("Budget", 1)
    "column 'Budget' is not known; its 1 cell was not read; name it in a mapping"
    """
    rows = f"{held:,} cells were" if held > 1 else "1 cell was"
    return f"column '{shortened(header)}' is not known; its {rows} not read; name it in a mapping"


def means(header: str, layout: str, mapping: MappingFile) -> Meaning | None:
    """Give what a header means in a layout, told by the mapping or known; None for a survey tool's own columns."""
    if not header.strip():
        return None
    if (told := mapping.column(header)) is not None:
        column, period = told
        if period:
            return Meaning("stage", "period", period)
        return Meaning(column, "mapping") if column in columns_of(layout) else None
    if is_system(header):
        return None
    return meaning(" ".join(header.split()), layout)


def _score(headers: list[str], layout: str, mapping: MappingFile) -> int:
    found = [means(header, layout, mapping) for header in headers]
    columns = {m.column for m in found if m and m.how not in ("period", "part")}
    # periods alone are a row of numbers, not a header
    return len(columns) + len({m for m in found if m and m.how in ("period", "part")}) * bool(columns)


def _with_row_above(cells: list[str], above: list[str], mapping: MappingFile) -> list[str]:
    named = []
    for at, cell in enumerate(cells):
        upper = above[at].strip() if at < len(above) else ""
        both = f"{upper} {cell.strip()}"
        alone = read_period(cell) or means(cell, SHEET, mapping)
        named.append(both if upper and cell.strip() and not alone and read_period(both) else cell)
    return named


def _with_row_below(headers: list[str], below: list[str]) -> list[str]:
    """Give the headers joined with the row below where that row only tells years apart; empty where it does not."""
    joined = list(headers)
    for at, cell in enumerate(below):
        upper = headers[at].strip() if at < len(headers) else ""
        if not cell.strip() or cell.strip() == upper:
            continue
        if not read_period(upper) or not read_period(f"{upper} {cell.strip()}"):
            return []
        joined[at] = f"{upper} {cell.strip()}"
    return joined if joined != headers else []


def _layout(headers: list[str], title: str, mapping: MappingFile, *, actors_known: bool) -> str:
    def columns(layout: str) -> set[str]:
        return {m.column for header in headers if (m := means(header, layout, mapping))}

    sheet = columns(SHEET)
    child = any(header.strip() in PARENTS for header in headers)
    both = {"non_state", "state"} <= sheet
    if both and ("stage" in sheet or not (actors_known and "partnership" in sheet)):
        return SHEET
    if folded(title) in _titles():
        return _titles()[folded(title)]
    if "mechanism" in columns("mechanisms") and (child or "partnership" in sheet) and "stage" not in sheet:
        return "mechanisms"
    if "stage" in columns("assessments") and (child or "partnership" in sheet):
        return "assessments"
    if both:
        return "partnerships"
    actors = columns("actors")
    return "actors" if "kind" in actors and actors & {"actor", "name"} else ""


def _meanings(found: Headed, mapping: MappingFile) -> list[Meaning | None]:
    rank = {"mapping": 0, "own": 1, "alias": 2}
    read = [means(header, found.layout, mapping) for header in found.headers]
    best: dict[str, int] = {}
    for at, m in enumerate(read):
        if m and m.how in rank and (m.column not in best or rank[m.how] < rank[read[best[m.column]].how]):  # type: ignore[union-attr]
            best[m.column] = at
    periods: dict[str, int] = {}
    for at, m in enumerate(read):
        if m is None:
            continue
        header = shortened(found.headers[at])
        if m.how in rank and best[m.column] != at:
            reason = f"column '{header}' means {m.column} as '{shortened(found.headers[best[m.column]])}' does; it was not read"
            found.problems.append(found.problem("warning", 0, header, "", reason))
            read[at] = None
        elif m.how == "period" and periods.setdefault(m.word, at) != at:
            reason = f"column '{header}' means {m.word} as '{shortened(found.headers[periods[m.word]])}' does; it was not read"
            found.problems.append(found.problem("warning", 0, header, "", reason))
            read[at] = None
        elif m.how == "part" and m.column in best:
            read[at] = None  # survey tools write the words in one column and again in a column each
        elif m.how == "alias":
            found.problems.append(found.problem("warning", 0, header, "", f"column '{header}' read as {m.column}"))
    return read


def _filled(grid: Grid, most: int, *, across: bool) -> list[list[str]]:
    """Give the first rows with merged cells filled: downwards, and for a header across too."""
    rows, numbers = [list(cells) for cells in grid.cells[:most]], grid.rows[:most]
    filled = 0
    for merge in grid.merges:
        first = bisect_left(numbers, merge.top)
        if first == len(numbers) or numbers[first] != merge.top or merge.left >= len(rows[first]):
            continue
        value = rows[first][merge.left]
        last = min(merge.right, MOST_COLUMNS) if across else merge.left
        for cells in rows[first : bisect_right(numbers, merge.bottom)]:
            cells += [""] * (last + 1 - len(cells))
            for at in range(merge.left, last + 1):
                cells[at] = cells[at] or value
            filled += last + 1 - merge.left
        if filled > MOST_CELLS:
            raise RegisterError(f"{grid.words} has merged ranges that overlap: the workbook is broken")
    return rows


def _is_hxl(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(_HXL.fullmatch(cell) for cell in filled)


def _is_example(cells: list[str]) -> bool:
    return next((cell for cell in cells if cell.strip()), "").strip().casefold().startswith(EXAMPLE)


def _take_rows(found: Headed, header: list[int], as_read: list[str]) -> None:
    grid = found.grid
    merged = {
        number for m in grid.merges if m.bottom > m.top for number in range(m.top, min(m.bottom, grid.rows[-1]) + 1)
    }
    rows = _filled(grid, len(grid.rows), across=False) if merged else grid.cells
    plain = [cell.strip() for cell in as_read]
    for at, (number, cells) in enumerate(zip(grid.rows, rows, strict=True)):
        shown = shortened(" | ".join(cell for cell in cells if cell.strip()))
        if at in header or _is_example(cells):
            continue
        if at < LOOKED_AT and _is_hxl(cells):
            found.problems.append(
                found.problem("warning", number, "", shown, "the row holds HXL tags and was not read")
            )
        elif at < header[0]:
            reason = "the row stands above the header and was not read"
            found.problems.append(found.problem("warning", number, "", shown, reason))
        elif [cell.strip() for cell in cells] == plain[: len(cells)] and not any(plain[len(cells) :]):
            found.problems.append(
                found.problem("warning", number, "", shown, "the row repeats the header and was not read")
            )
        else:
            found.data.append((number, cells))
    taken = dict(found.data)
    for m in grid.merges:
        what = found.meanings[m.left] if m.left < len(found.meanings) else None
        if what and m.bottom > m.top and (first := taken.get(m.top)) and m.left < len(first) and first[m.left]:
            value = shortened(first[m.left])
            reason = f"{what.column} of merged cells {m.name} read for each of their rows"
            found.problems.append(found.problem("warning", m.top, found.headers[m.left], value, reason))


def _drop_interview_times(found: Headed) -> None:
    # survey tools call the times of the interview start and end, as a partnership's dates are called
    if not found.survey:
        return
    for at, what in enumerate(found.meanings):
        if what and what.how == "own" and what.column in ("start", "end"):
            filled = [cells[at] for _, cells in found.data if at < len(cells) and cells[at].strip()]
            if filled and all(_CLOCK.fullmatch(cell.strip()) for cell in filled):
                reason = f"column '{found.headers[at]}' holds times of day, those of the interview; it was not read"
                found.problems.append(found.problem("warning", 0, found.headers[at], "", reason))
                found.meanings[at] = None


def _remark_unread(found: Headed, mapping: MappingFile) -> None:
    widest = max((len(cells) for _, cells in found.data), default=0)
    found.headers += [""] * (widest - len(found.headers))
    found.meanings += [None] * (widest - len(found.meanings))
    said = {problem.column for problem in found.problems}
    parts = {m.column for _, m in found.of_how("part")} | set(found.columns())
    for at, what in enumerate(found.meanings):
        header = found.headers[at].strip()
        own = found.survey and (header.startswith("_") or header in _SYSTEM)
        if what or own or mapping.column(header) == ("", "") or shortened(header) in said - {""}:
            continue
        held = sum(bool(cells[at].strip()) for _, cells in found.data if at < len(cells))
        again = meaning(" ".join(header.split()), found.layout) if header else None
        if not held or (again and again.how == "part" and again.column in parts):
            continue
        letters = column_letters(at)
        reason = not_known(header, held).replace("column ''", f"column {letters}, which has no header,")
        found.problems.append(found.problem("warning", 0, header or letters, "", reason))


def known_headers(all_headed: Iterable[Headed]) -> list[str]:
    """Give all headers of all grids, once each."""
    return list(dict.fromkeys(header for one in all_headed for header in one.headers if header.strip()))
