"""What a grid is: where its header stands, what its columns mean, and which rows are data."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from lnlib.errors import LnlibError, RegisterError
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, column_letters
from lnlib.intake.headers import (
    DATED,
    LAYOUTS,
    SHEET,
    Meaning,
    column_of,
    columns_of,
    meaning,
    meaning_of_tag,
    part_of,
    read_period,
    round_of,
)
from lnlib.intake.mapping import SKIP, MappingFile
from lnlib.intake.words import is_blank, is_ticked
from lnlib.reference.places import Places
from lnlib.reference.scales import folded
from lnlib.register.problems import Place, Problem, Severity, shortened
from lnlib.register.raw import FilePart
from lnlib.register.schema import TABLES

LOOKED_AT = 40  # rows among which a header is looked for
EXAMPLE = "#example"  # begins the row of a template that is not read
_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
PARENTS = ("_parent_index", "PARENT_KEY")
PARENT_SHEETS = ("_parent_table_name",)
INDEXES = ("_index", "KEY")
SUBMISSIONS = ("_submission__uuid", "_uuid", "_submission__id", "_id")
STATES = ("_validation_status", "_submission__validation_status", "ReviewState")
REJECTED = frozenset(
    folded(word)
    for word in (
        *("rejected", "hasIssues", "has issues", "not approved", "on hold"),
        *("validation_status_not_approved", "validation_status_on_hold"),
    )
)
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
_COUNTERS = frozenset(folded(word) for word in ("", "no", "no.", "n°", "nr", "nr.", "#", "s/n", "sn", "sr no", "ល.រ"))
_ABOVE = ("Province", "province", "ខេត្ត")


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
    province : str
        Province that the sheet's name gives.
    above : dict of int to dict
        Row number to what a sub-heading above it gives: `province`, `date`.
    unread : dict of int to str
        Position of a column that is not read to the reason.
    left_out : dict of int to str
        Position of a column that is left out to the rule.
    refusals : dict of int to list of Fault
        Row number to faults that only the whole column shows.
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
    above: dict[int, dict[str, str]] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    refusals: dict[int, list[Fault]] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict, repr=False)
    _width: int = -1

    @property
    def period(self) -> str:
        """The period its name gives; empty where it gives none."""
        return read_period(self.grid.title)

    def of_how(self, *hows: str) -> list[tuple[int, Meaning]]:
        """Return the columns that are a `period`, a `part`, an `option` or an `option date`."""
        return [(at, m) for at, m in enumerate(self.meanings) if m and m.how in hows]

    def header(self, column: str) -> str:
        """Return their header for one of our columns, or its own name where the sheet has none."""
        at = self.columns.get(column) or next((r[column] for r in self.rounds if column in r), None)
        return self.headers[at[0]].strip() or column_letters(at[0]) if at else column

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
        return any(header.strip() in _SURVEY for header in self.headers)

    @property
    def child(self) -> int:
        """Position of the column that names the row's parent in a repeat group; -1 where there is none."""
        return self.system(PARENTS)

    def rejected(self, cells: Sequence[str]) -> str:
        """Return the review status of a row that the office rejected or holds back; empty for all others."""
        at = self.system(STATES)
        state = cells[at].strip() if 0 <= at < len(cells) else ""
        return state if folded(state) in REJECTED else ""

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

    def round_at(self, column: int) -> int:
        """Return the number of the round that a column belongs to; -1 where it belongs to all."""
        return next((n for n, one in enumerate(self.rounds) if any(column in at for at in one.values())), -1)

    def problem(
        self,
        severity: Severity,
        row: int,
        column: str,
        value: str,
        reason: str,
        suggestion: str = "",
        table: str = "",
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
            if not held:
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


def split(grid: Grid, mapping: MappingFile) -> list[Grid]:
    """Return the tables that stand one below the other on a sheet, each from its header to the next one.

    A row is the header of another table where most of its cells are known headers and it is not the header above again.
    """
    if len(grid.cells) < 2 or mapping.layout(grid.title) == SKIP:
        return [grid]
    starts, seen, last = [0], frozenset[str](), [""]
    for at, (before, cells) in enumerate(zip([[""], *grid.cells], grid.cells, strict=False)):
        filled = [name for cell in cells if (name := cell.strip()) and not is_system(name)]
        gap = at and (grid.rows[at] - grid.rows[at - 1] > 1 or sum(bool(c.strip()) for c in before) < 2)
        looked_at = at < LOOKED_AT and not seen
        if len(filled) < 3 or not (gap or looked_at or sum(cell in seen for cell in filled) > 1):
            continue
        known = max(_score(_meanings_of(cells, [], layout, mapping, grid.title)) for layout in LAYOUTS)
        if known < 3 or known < 0.6 * len(filled):
            continue
        names = [cell.strip() for cell in cells]
        if seen and names != last:
            starts.append(at)
        seen, last = frozenset(filled), names
    return [grid.between(first, end) for first, end in pairwise([*starts, len(grid.cells)])]


def headed(grid: Grid, mapping: MappingFile, places: Places, *, actors_known: bool) -> Headed | None:
    """Find the header of a grid and what the grid is; None where it is no part of a register.

    Parameters
    ----------
    grid : Grid
        One sheet or CSV, or one of the tables on it.
    mapping : MappingFile
        What was declared of it.
    places : Places
        The country's provinces, which may be the names of sheets and sub-headings.
    actors_known : bool
        Whether another grid holds the actors, so that partnerships can refer to them.
    """
    declared = mapping.layout(grid.title)
    if declared == SKIP or not grid.cells:
        return None
    window = _filled(grid, LOOKED_AT, across=True)
    tagged = next((at for at, cells in enumerate(window) if _is_hxl(cells)), -1)
    tags = window[tagged] if tagged >= 0 else []
    best: tuple[int, int, list[str]] = (0, -1, [])
    for at, cells in enumerate(window):
        if _is_hxl(cells) or _is_example(cells) or (tagged > 0 and at != tagged - 1):
            continue
        named = _with_row_above(cells, window[at - 1] if at else [], mapping)
        score = max(
            _score(_meanings_of(named, tags, layout, mapping, grid.title))
            for layout in ([declared] if declared else LAYOUTS)
        )
        # a survey tool's own headers are certain, while a word among its data may look like a header
        score += sum(cell.strip() in (*PARENTS, *INDEXES) for cell in cells)
        if score > best[0]:
            best = (score, at, named)
    score, at, headers = best
    if at < 0:
        return None
    layout = declared or _layout(headers, tags, grid.title, mapping, actors_known=actors_known)
    if not layout or (score < 2 and not declared and folded(grid.title) not in _titles()):
        return None
    below = _with_row_below(headers, window[at + 1] if at + 1 < len(window) else [])
    table = Headed(grid, layout, below or headers, [], [])
    own = [at, at + 1] if below else [at - 1, at] if at and headers != window[at] else [at]
    table.meanings = _meanings_of(table.headers, tags, layout, mapping, grid.title)
    table.meanings += [None] * (len(table.headers) - len(table.meanings))
    _take_rows(table, own, window[at], places)
    widest = max((len(cells) for _, cells in table.data), default=0)
    table.headers += [""] * (widest - len(table.headers))
    table.meanings += [None] * (widest - len(table.meanings))
    _drop_interview_times(table)
    _check_options(table)
    _group_columns(table)
    _remark_columns(table, mapping)
    _remark_merged(table)
    _remark_hidden(table)
    table.province = _province_of(grid.title, places) if layout == SHEET and not table.has("province") else ""
    if table.province:
        name = places.by_code[table.province].name()
        reason = f"no column gives the province; that of the sheet's name, {name}, was taken"
        table.problems.append(table.problem("warning", 0, "province", "", reason))
    return table


def _province_of(title: str, places: Places) -> str:
    """Return the code of the province that a title or sub-heading names; empty where it names none."""
    plain = title.strip().strip(":").strip()
    for word in _ABOVE:
        plain = re.sub(rf"^{word}\s*(of)?\s*[:.-]?\s*|\s*{word}$", "", plain).strip() or plain
    if not plain or plain.isdigit():
        return ""
    try:
        return places.read(plain)[0]
    except LnlibError:
        return ""


def _titles() -> dict[str, str]:
    return {folded(name): table.name for table in TABLES.values() for name in (table.name, table.name_km)}


def is_system(header: str) -> bool:
    """Return whether a survey tool adds a column of this header of itself.

    >>> is_system("_parent_index"), is_system("Province")
    (True, False)
    """
    return header.strip() in _SYSTEM or header.strip().startswith("_")


def means(header: str, layout: str, mapping: MappingFile, sheet: str = "") -> Meaning | None:
    """Return what a header means in a layout, by the mapping or of itself; None for a survey tool's own columns."""
    if not header.strip():
        return None
    if (declared := mapping.column(header, sheet)) is not None:
        column, period = declared
        if period:
            return Meaning("stage", "period", period)
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


def _meanings_of(
    headers: Sequence[str], tags: Sequence[str], layout: str, mapping: MappingFile, sheet: str
) -> list[Meaning | None]:
    known = [means(header, layout, mapping, sheet) for header in headers]
    organisations = 0
    for at, tag in enumerate(tags):
        if not tag.strip() or at >= len(known):
            continue
        second = organisations > 0
        tagged = meaning_of_tag(tag, layout, second=second)
        organisations += bool(tagged and tagged.column in ("non_state", "state"))
        if tagged and (known[at] is None or known[at].how == "alias"):  # type: ignore[union-attr]
            known[at] = tagged
    return known


def _score(known: Sequence[Meaning | None]) -> int:
    columns = {m.column for m in known if m and m.whole}
    # periods alone are a row of numbers, not a header
    return len(columns) + len({m for m in known if m and m.how in ("period", "part")}) * bool(columns)


def _with_row_above(cells: list[str], above: list[str], mapping: MappingFile) -> list[str]:
    named = []
    for at, cell in enumerate(cells):
        upper = above[at].strip() if at < len(above) else ""
        both = f"{upper} {cell.strip()}"
        alone = read_period(cell) or ((m := means(cell, SHEET, mapping)) and m.column not in DATED)
        joined = read_period(both) or (
            not read_period(upper) and (m := meaning(both, SHEET)) and m.round and not round_of(cell)
        )
        named.append(both if upper and cell.strip() and not alone and joined else cell)
    return named


def _with_row_below(headers: list[str], below: list[str]) -> list[str]:
    """Return the headers joined with the row below where that row only tells years apart; empty where it does not."""
    joined = list(headers)
    for at, cell in enumerate(below):
        upper = headers[at].strip() if at < len(headers) else ""
        if not cell.strip() or cell.strip() == upper:
            continue
        if not read_period(upper) or not read_period(f"{upper} {cell.strip()}"):
            return []
        joined[at] = f"{upper} {cell.strip()}"
    return joined if joined != headers else []


def _layout(headers: list[str], tags: list[str], title: str, mapping: MappingFile, *, actors_known: bool) -> str:
    def columns(layout: str) -> set[str]:
        return {m.column for m in _meanings_of(headers, tags, layout, mapping, title) if m and m.how != "option date"}

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
    return "actors" if "kind" in actors and actors & {"actor", "name"} and not columns(SHEET) & {"start", "end"} else ""


def _drop_interview_times(table: Headed) -> None:
    # survey tools call the times of the interview start and end, as a partnership's dates are called
    if not table.survey:
        return
    for at, what in enumerate(table.meanings):
        if what is None or what.column not in ("start", "end") or what.how not in ("own", "alias"):
            continue
        cells = table.filled(at)
        clock = bool(cells) and all(_CLOCK.fullmatch(cell) for cell in cells)
        others = [
            m for other, m in enumerate(table.meanings) if other != at and m and m.column == what.column and m.whole
        ]
        if clock or (others and table.headers[at].strip() in ("start", "end")):
            table.left_out[at] = "times of day, those of the interview"
            table.meanings[at] = None


def _check_options(table: Headed) -> None:
    """Keep a column headed by a mechanism only where its cells are yes, no or dates."""
    for at, what in table.of_how("mapping"):
        cells = table.filled(at)
        ticked = what.column == "mechanism" and cells and all(is_ticked(cell) is not None for cell in cells)
        if ticked and (option := meaning(table.headers[at], SHEET)) and option.how == "option":
            table.meanings[at] = option
    for at, what in table.of_how("option"):
        cells = table.filled(at)
        read = sum(is_ticked(cell) is not None or bool(_date_in(cell)) or is_blank(cell) for cell in cells)
        if not cells or 2 * read < len(cells):
            table.meanings[at] = None
            if cells:
                table.unread[at] = f"its cells are neither yes or no nor dates of {what.word}"
    options = {m.word for _, m in table.of_how("option")}
    for at, what in table.of_how("option date"):
        if what.word not in options and any(_date_in(cell) for cell in table.filled(at)):
            table.meanings[at] = replace(what, column="mechanism", how="option")
            options.add(what.word)


def _date_in(cell: str) -> str:
    return read_period(cell) if re.search(r"\d{4}|[០-៩]{4}", cell) else ""


def _group_columns(table: Headed) -> None:
    """Sort the columns of one meaning: rounds side by side are paired, all others are combined."""
    positions: dict[str, list[int]] = {}
    for at, what in enumerate(table.meanings):
        if what and what.whole:
            positions.setdefault(what.column, []).append(at)
    stages = positions.get("stage", [])
    if len(stages) > 1 and table.layout in (SHEET, "assessments"):
        _pair_rounds(table, positions)
    periods: dict[str, int] = {}
    for at, what in table.of_how("period"):
        if (first := periods.setdefault(what.word, at)) != at:
            table.unread[at] = f"it means {what.word} as column {_named(table, first)} does"
            table.meanings[at] = None
    table.columns = {column: tuple(at) for column, at in positions.items() if at}
    for column, several in table.columns.items():
        if len(several) > 1:
            names = " and ".join(_named(table, at) for at in several)
            reason = f"columns {names} all mean {column}; combined, and rows in which they differ are refused"
            if (declared := column_of(column)) and (declared.holds in ("text", "words") or column == "mechanism"):
                reason = f"columns {names} all mean {column}; what they hold was joined"
            table.problems.append(table.problem("warning", 0, table.headers[several[0]].strip(), "", reason))


def _named(table: Headed, at: int) -> str:
    header = table.headers[at].strip()
    return f"'{shortened(header)}' ({column_letters(at)})" if header else column_letters(at)


def _pair_rounds(table: Headed, positions: dict[str, list[int]]) -> None:
    """Move the columns of rounds of assessment from `positions` to the rounds they belong to."""
    label = {at: table.meanings[at].round for several in positions.values() for at in several}  # type: ignore[union-attr]
    stages = positions["stage"]
    labels = [label[at] for at in stages]
    rounds: list[dict[str, tuple[int, ...]]]
    if len(set(labels)) == len(labels):
        rounds = [{"stage": (at,)} for at in stages]
        for column in DATED[:1] + DATED[2:]:
            own = [at for at in positions.get(column, []) if label[at] in labels]
            if not own or ({label[at] for at in own} == {""} and len(own) == 1 and column != "date"):
                continue  # one column for all rounds
            if {label[at] for at in own} == {""}:
                continue
            for at in own:
                rounds[labels.index(label[at])].setdefault(column, (at,))
                positions[column].remove(at)
    elif any(labels):
        return  # named apart in part: combined or refused
    else:
        paired = [c for c in DATED if c != "stage" and len(positions.get(c, [])) == len(stages)]
        if "date" not in paired:
            return
        rounds = [{"stage": (at,), **{c: (positions[c][n],) for c in paired}} for n, at in enumerate(stages)]
        for column in paired:
            positions[column] = []
    positions["stage"] = []
    table.rounds = rounds
    for column in DATED:
        for at in list(positions.get(column, [])):
            if label[at] and label[at] not in labels:
                table.unread[at] = f"no column of stages belongs to its round, {label[at]}"
                table.meanings[at] = None
                positions[column].remove(at)
    pairs = "; ".join(" with ".join(_named(table, at) for (at,) in one.values()) for one in rounds)
    reason = f"{len(rounds)} rounds of assessment stand side by side; paired as {pairs}"
    table.problems.append(table.problem("warning", 0, table.headers[stages[0]].strip(), "", reason, "", "assessments"))


def _remark_columns(table: Headed, mapping: MappingFile) -> None:
    """List each column that is not read or is left out, and what the others were read as."""
    for at, what in enumerate(table.meanings):
        header = table.headers[at].strip()
        if what:
            if what.how in ("alias", "tag", "option", "option date"):
                ours = f"{what.column} {what.word}".strip()
                reason = f"column '{shortened(header)}' read as {ours}" + f", round {what.round}" * bool(what.round)
                table.problems.append(table.problem("warning", 0, shortened(header), "", reason))
            continue
        cells = table.filled(at)
        if not cells:
            continue
        if at not in table.unread and at not in table.left_out:
            _settle_unread(table, at, header, cells, mapping)
        if at in table.unread:
            reason = not_read(header, len(cells), table.unread[at], column_letters(at))
            table.problems.append(table.problem("unread", 0, header or column_letters(at), "", reason))


def _settle_unread(table: Headed, at: int, header: str, cells: list[str], mapping: MappingFile) -> None:
    declared = mapping.column(header, table.grid.title) if header else None
    if declared == ("", ""):
        table.left_out[at] = "by the mapping"
    elif declared:
        table.unread[at] = f"{_LAYOUT_WORDS.get(table.layout, table.layout)} has no column {declared[0]}"
    elif table.survey and is_system(header):
        table.left_out[at] = "added by the survey tool"
    elif folded(header) in _COUNTERS and _counts(cells):
        table.left_out[at] = "a row counter"
    elif not header and all(is_blank(cell) for cell in cells):
        table.left_out[at] = "it has no header and only stands for empty"
    else:
        table.unread[at] = ""


_LAYOUT_WORDS = {SHEET: "a sheet with one row per partnership"}


def _counts(cells: Sequence[str]) -> bool:
    numbers = [
        int(cell.removesuffix(".").removesuffix(".0")) for cell in cells if re.fullmatch(r"\d{1,7}(\.0?)?", cell)
    ]
    return 2 * len(numbers) > len(cells) and all(one < two for one, two in pairwise(numbers))


def not_read(header: str, held: int, why: str = "", letters: str = "") -> str:
    """Return the message that a column which holds so many cells was not read.

    >>> not_read("Budget", 1)
    "column 'Budget' is not recognised; its 1 cell was not read; name it in a mapping (columns)"
    """
    cells = f"{held:,} cells were" if held > 1 else "1 cell was"
    name = f"column '{shortened(header)}'" if header else f"column {letters}, which has no header,"
    reason = f"{name} was not read: {why}" if why else f"{name} is not recognised"
    return f"{reason}; its {cells} not read; name it in a mapping (columns)"


def _filled(grid: Grid, most: int, *, across: bool) -> list[list[str]]:
    """Return the first rows with merged cells filled: downwards, and for a header across too."""
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
            raise RegisterError(f"{grid.place} has merged ranges that overlap: the workbook is broken")
    return rows


def _is_hxl(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 1 and all(_HXL.fullmatch(cell) for cell in filled) and not _is_example(cells)


def _is_example(cells: list[str]) -> bool:
    return next((cell for cell in cells if cell.strip()), "").strip().casefold().startswith(EXAMPLE)


def _take_rows(table: Headed, header: list[int], as_read: list[str], places: Places) -> None:
    grid = table.grid
    merged = {
        number for m in grid.merges if m.bottom > m.top for number in range(m.top, min(m.bottom, grid.rows[-1]) + 1)
    }
    rows = _filled(grid, len(grid.rows), across=False) if merged else grid.cells
    plain = [cell.strip() for cell in as_read]
    sub: dict[str, str] = {}
    for at, (number, cells) in enumerate(zip(grid.rows, rows, strict=True)):
        if at in header or _is_example(cells):
            continue
        reason = ""
        if at < LOOKED_AT and _is_hxl(cells):
            reason = "the row holds HXL tags, by which columns were recognised"
        elif at < header[0]:
            if found := _sub_heading(cells, table, places):
                sub = found
            reason = "the row stands above the header and was left out"
        elif [cell.strip() for cell in cells] == plain[: len(cells)] and not any(plain[len(cells) :]):
            reason = "the row repeats the header and was left out"
        elif found := _sub_heading(cells, table, places):
            sub = {**sub, **found}
            reason = f"the row was read as a sub-heading: {', '.join(found)} of the rows below it"
        if reason:
            shown = shortened(" | ".join(cell for cell in cells if cell.strip()))
            table.problems.append(table.problem("warning", number, "", shown, reason))
            continue
        if sub:
            table.above[number] = sub
        table.data.append((number, cells))


def _sub_heading(cells: list[str], table: Headed, places: Places) -> dict[str, str]:
    """Return what a row with a single text gives for the rows below it: a province or a period."""
    if table.layout != SHEET:
        return {}
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) != 1:
        return {}
    if code := _province_of(filled[0], places):
        return {"province": code}
    period = read_period(filled[0])
    return {"date": period} if period and not re.fullmatch(r"\d{1,3}|\d{5,}", filled[0]) else {}


def _remark_merged(table: Headed) -> None:
    if not table.grid.merges:
        return
    taken = dict(table.data)
    for m in table.grid.merges:
        what = table.meanings[m.left] if m.left < len(table.meanings) else None
        if what and m.bottom > m.top and (first := taken.get(m.top)) and m.left < len(first) and first[m.left]:
            value = shortened(first[m.left])
            reason = f"{what.column} of merged cells {m.name} read for each of their rows"
            table.problems.append(table.problem("warning", m.top, table.headers[m.left], value, reason))


def _remark_hidden(table: Headed) -> None:
    grid = table.grid
    numbers = [number for number, _ in table.data if number in grid.hidden_rows]
    names = [_named(table, at) for at in sorted(grid.hidden_columns) if at < len(table.meanings) and table.meanings[at]]
    parts = ["the sheet is hidden"] * grid.hidden
    if numbers:
        rows = ", ".join(str(number) for number in numbers[:10]) + ", …" * (len(numbers) > 10)
        parts.append(f"row {rows} is hidden" if len(numbers) == 1 else f"{len(numbers):,} rows are hidden ({rows})")
    parts += [f"column {' and '.join(names)} is hidden"] * bool(names)
    if parts:
        reason = f"{'; '.join(parts)}; hidden parts were read like the rest"
        table.problems.append(table.problem("warning", 0, "", "", reason))


def known_headers(tables: Iterable[Headed]) -> dict[str, list[str]]:
    """Return the headers of each sheet."""
    known: dict[str, list[str]] = {}
    for table in tables:
        known.setdefault(table.grid.title, []).extend(header for header in table.headers if header.strip())
    return known
