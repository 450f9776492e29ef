"""Exports of KoboToolbox and ODK: repeat groups as sheets or files of their own, each row naming its parent.

A group may be inside another: a visit with several ratings. Then the ratings name the visit, and the visit the form; what
the visit gives (its date) holds for its ratings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lnlib.intake.grids import Grid
from lnlib.intake.grouping import not_read
from lnlib.intake.layouts import LONGEST_SHEET, LOOKED_AT
from lnlib.intake.mapping import MappingFile
from lnlib.intake.tables import INDEXES, PARENT_SHEETS, PARENTS, SUBMISSIONS, Headed, is_system, means
from lnlib.register.problems import Problem, shortened

_TABLE = "assessments"  # whose columns the headers of a group around others are taken for
GIVEN = ("date", "rated_by", "evidence", "source")  # what such a group gives to the rows within it


@dataclass(frozen=True)
class Parent:
    """A row that rows of a repeat group can name.

    Parameters
    ----------
    file, sheet : str
        Where it stands; a CSV's sheet is its name.
    row : int
        Its row.
    submissions : tuple of str
        Identifiers of its submission: uuid, then number.
    partnerships : tuple of str
        Keys of the partnerships that it made; none for a row of a group around others.
    state : str
        Its review status, where the office rejected it.
    given : mapping of str to str or None
        For a row of a group around others: what it gives to rows within it.
    parent : tuple of (str, str)
        For such a row: the sheet and the index of its own parent.
    """

    file: str
    sheet: str
    row: int
    submissions: tuple[str, ...] = ()
    partnerships: tuple[str, ...] = ()
    state: str = ""
    given: dict[str, str] | None = None
    parent: tuple[str, str] = ("", "")


@dataclass
class Family:
    """What a row of a repeat group gets from the rows around it, or why it gets nothing."""

    partnerships: tuple[str, ...] = ()
    given: dict[str, str] = field(default_factory=dict)
    state: str = ""
    reason: str = ""


@dataclass
class Parents:
    """The rows of an export that rows of repeat groups can name, by their index.

    Parameters
    ----------
    rows : dict of str to list of Parent
        By index.
    headers : dict of str to list of str
        Sheets that are groups around others, with their headers.
    columns : set of str
        Our columns that those give.
    unread : dict of str to dict of str to int
        Those sheets, with their unknown headers and how many cells each has.
    used : set of (str, int)
        Sheet and row of the rows of such groups that a row was within.
    known : set of str
        Sheets whose rows can be named.
    titles : frozenset of str
        All sheets of the file.
    """

    rows: dict[str, list[Parent]] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    unread: dict[str, dict[str, int]] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    titles: frozenset[str] = frozenset()

    @classmethod
    def of(cls, grids: Sequence[Grid], mapping: MappingFile) -> Parents:
        """Find the repeat groups of an export whose rows other rows can name."""
        parents = cls(titles=frozenset(grid.title for grid in grids if grid.cells))
        for grid in grids:
            for at, cells in enumerate(grid.cells[:LOOKED_AT]):
                headers = [cell.strip() for cell in cells]
                if _position(headers, INDEXES) >= 0 and _position(headers, PARENTS) >= 0:
                    parents._add_group(grid, at, headers, mapping)
                    break
        return parents

    def _add_group(self, grid: Grid, header: int, headers: list[str], mapping: MappingFile) -> None:
        self.headers[grid.title] = headers
        self.known.add(grid.title)
        meanings = {
            at: m.column
            for at, text in enumerate(headers)
            if (m := means(text, _TABLE, mapping, grid.title)) and m.column in GIVEN
        }
        self.columns |= set(meanings.values())
        rows = grid.cells[header + 1 :]
        held = {
            text: sum(bool(cells[at].strip()) for cells in rows if at < len(cells))
            for at, text in enumerate(headers)
            if text and at not in meanings and not is_system(text) and mapping.column(text, grid.title) != ("", "")
        }
        self.unread[grid.title] = {text: count for text, count in held.items() if count}
        at = [_position(headers, names) for names in (INDEXES, PARENT_SHEETS, PARENTS)]
        ids = [_position(headers, [name]) for name in SUBMISSIONS]
        for row, cells in zip(grid.rows[header + 1 :], rows, strict=True):
            index, named, parent = (_cell(cells, one) for one in at)
            bad = {fault.column for fault in grid.faults.get(row, ()) if fault.severity == "error"}
            given = {column: cells[one] for one, column in meanings.items() if one < len(cells) and one not in bad}
            submissions = tuple(_submission(cells, one) for one in ids)
            if index:
                one = Parent(grid.file, grid.title, row, submissions, given=given, parent=(named, parent))
                self.rows.setdefault(index, []).append(one)

    def add(self, table: Headed, number: int, cells: Sequence[str], keys: Sequence[str], state: str = "") -> None:
        """Record the partnerships that a row made, so that rows of its repeat groups find them."""
        self.known.add(table.grid.title)
        at = table.system(INDEXES)
        if at < 0 or not (index := _cell(cells, at)):
            return
        submissions = tuple(_submission(cells, table.system([name])) for name in SUBMISSIONS)
        one = Parent(table.grid.file, table.grid.title, number, submissions, tuple(keys), state)
        self.rows.setdefault(index, []).append(one)

    def of_row(self, table: Headed, cells: Sequence[str]) -> Family:
        """Return the partnerships that a row of a repeat group belongs to, and what the groups around it give."""
        sheet, file = table.grid.title, table.grid.file
        named, index = _cell(cells, table.system(PARENT_SHEETS)), _cell(cells, table.child)
        submissions = tuple(_submission(cells, table.system([name])) for name in SUBMISSIONS)
        family = Family()
        header = table.headers[table.child].strip()
        first = f"{header} '{shortened(index)}'"
        passed: list[tuple[str, int]] = []
        while True:
            candidates = self._candidates(file, sheet, named, index, submissions)
            if candidates and candidates[0].partnerships and len({one.partnerships for one in candidates}) == 1:
                candidates = candidates[:1]  # a submission pasted twice makes one partnership
            if len(candidates) != 1 or (candidates[0].sheet, candidates[0].row) in passed:
                family.reason = self._missing(table, named, first, candidates)
                return family
            parent = candidates[0]
            if parent.given is None:
                if not parent.partnerships and not parent.state:
                    family.reason = f"its parent, {first}, was refused: row {parent.row} of {parent.sheet}"
                    return family
                self.used.update(passed)
                family.partnerships, family.state = parent.partnerships, parent.state
                return family
            passed.append((parent.sheet, parent.row))
            family.given = {column: text for column, text in parent.given.items() if text.strip()} | family.given
            sheet, (named, index) = parent.sheet, parent.parent

    def _candidates(self, file: str, sheet: str, named: str, index: str, submissions: Sequence[str]) -> list[Parent]:
        there = [one for one in self.rows.get(index, ()) if one.sheet != sheet]
        if len({one.file for one in there}) > 1 and any(one.file == file for one in there):
            there = [one for one in there if one.file == file]  # several workbooks of one folder
        if named:
            of_name = [one for one in there if _is_cut_of(one.sheet, named)]
            if of_name or any(_is_cut_of(title, named) for title in self.titles):
                there = of_name
        else:  # `form-visits.csv` is the repeat group visits of form.csv
            there = [one for one in there if sheet.startswith(f"{one.sheet}-")] or there
        if len(there) < 2:
            return there
        for own, theirs in ((0, 0), (0, 1), (2, 2), (2, 3)):
            if submissions[own]:
                same = [
                    one for one in there if one.submissions and submissions[own] in one.submissions[theirs : theirs + 1]
                ]
                if same:
                    return same
        return there

    def _missing(self, table: Headed, named: str, first: str, candidates: Sequence[Parent]) -> str:
        if len(candidates) > 1 and len({one.sheet for one in candidates}) > 1:
            several = " and ".join(sorted({one.sheet for one in candidates}))
            return f"its parent, {first}, may be in {several}; no {PARENT_SHEETS[0]} tells which"
        if len(candidates) > 1:
            rows = " and ".join(str(one.row) for one in candidates)
            return f"its parent is ambiguous: {first} appears in rows {rows} of {candidates[0].sheet}"
        title = next((title for title in self.titles if named and _is_cut_of(title, named)), "")
        if title and title not in self.known:
            return f"its parent, {first}, is on sheet {title}, which was not read"
        if not named and not self.known - {table.grid.title}:
            return f"its parent, {first}, is on none of the sheets that were read"
        titles = sorted(self.known - {table.grid.title})
        titles = [title for title in titles if table.grid.title.startswith(f"{title}-")] or titles
        where = f"sheet {named or ' or '.join(titles)}" if table.grid.sheet else " or ".join(f"{t}.csv" for t in titles)
        return f"its parent, {first}, is not in {where or 'the export'}"

    def remarks(self, grid: Grid) -> list[Problem]:
        """Return what was read of a sheet that is only a group around others; nothing where no row was within it."""
        inside = [row for sheet, row in self.used if sheet == grid.title]
        if not inside:
            return []
        rows = {one.row for several in self.rows.values() for one in several if one.sheet == grid.title} - set(inside)
        around = "the sheet is a repeat group around another; what it gives was read for the rows within it"
        empty = "no row of a group within names this row: nothing was read from it"
        problems = [Problem.warning(grid.place, around, table=_TABLE)]
        problems += [
            Problem.unread(grid.place.at(0, header), not_read(header, count), table=_TABLE)
            for header, count in self.unread[grid.title].items()
        ]
        return problems + [Problem.warning(grid.place.at(row), empty, table=_TABLE) for row in sorted(rows)]


def _position(headers: Sequence[str], names: Sequence[str]) -> int:
    return next((at for at, header in enumerate(headers) if header.strip() in names), -1)


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if 0 <= at < len(cells) else ""


def _submission(cells: Sequence[str], at: int) -> str:
    return _cell(cells, at).removeprefix("uuid:")  # as an instanceID begins


def _is_cut_of(sheet: str, title: str) -> bool:
    """Return whether a sheet has the name that an exporter makes of a title: cut, with or without dots.

    >>> _is_cut_of("Monitoring of partnerships b...", "Monitoring of partnerships between NGOs and authorities")
    True
    """
    if sheet == title:
        return True
    start = sheet.rstrip(".…").rstrip() if sheet.endswith(("...", "…")) else sheet
    return len(title) > len(sheet) and len(sheet) >= LONGEST_SHEET - 3 and title.startswith(start[:LONGEST_SHEET])
