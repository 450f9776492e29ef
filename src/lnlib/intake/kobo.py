"""Exports of KoboToolbox and ODK: repeat groups as sheets or files of their own, each row naming its parent.

A group may stand in a group: a visit with several ratings. Then the ratings name the visit, and the visit the form; what
the visit tells (its date) holds for its ratings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lnlib.intake.grids import Grid
from lnlib.intake.layouts import INDEXES, LOOKED_AT, PARENTS, Headed, is_system, means, not_known
from lnlib.intake.mapping import MappingFile
from lnlib.intake.rows import Gathered
from lnlib.register.problems import Problem, shortened

_PARENT_SHEETS = ("_parent_table_name",)
LONGEST_SHEET = 31  # characters of a sheet's name; a longer name of a group is cut in an export
_TABLE = "assessments"  # whose columns the headers of a group around others are taken for
TOLD = ("date", "rated_by", "evidence", "source")  # what such a group tells of the rows within it


@dataclass(frozen=True)
class Step:
    """A row of a repeat group: what names its parent, and what it tells of rows within it."""

    sheet: str
    row: int
    parent_sheet: str
    parent: str
    told: dict[str, str]


@dataclass
class Groups:
    """The rows of all repeat groups by sheet and index, so that rows of groups within them find their partnership.

    Parameters
    ----------
    headers : mapping of str to list of str
        Sheet to its headers.
    steps : mapping of (str, str) to Step
        Sheet and index to the row that has it.
    columns : set of str
        Our columns that any of them tells.
    unread : mapping of str to mapping of str to int
        Sheet to its headers that are not known, with how many cells each has.
    used : set of (str, int)
        Sheet and row of the rows that another row was within.
    """

    headers: dict[str, list[str]] = field(default_factory=dict)
    steps: dict[tuple[str, str], Step] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    unread: dict[str, dict[str, int]] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, grids: Sequence[Grid], mapping: MappingFile) -> Groups:
        """Find the repeat groups of an export whose rows other rows can name."""
        groups = cls()
        for grid in grids:
            for at, cells in enumerate(grid.cells[:LOOKED_AT]):
                headers = [cell.strip() for cell in cells]
                if _position(headers, INDEXES) >= 0 and _position(headers, PARENTS) >= 0:
                    groups._take(grid, at, headers, mapping)
                    break
        return groups

    def _take(self, grid: Grid, header: int, headers: list[str], mapping: MappingFile) -> None:
        self.headers[grid.title] = headers
        meanings = {
            at: m.column for at, text in enumerate(headers) if (m := means(text, _TABLE, mapping)) and m.column in TOLD
        }
        self.columns |= set(meanings.values())
        rows = grid.cells[header + 1 :]
        held = {
            text: sum(bool(cells[at].strip()) for cells in rows if at < len(cells))
            for at, text in enumerate(headers)
            if text and at not in meanings and not is_system(text) and mapping.column(text) != ("", "")
        }
        self.unread[grid.title] = {text: count for text, count in held.items() if count}
        at = [_position(headers, names) for names in (INDEXES, _PARENT_SHEETS, PARENTS)]
        for row, cells in zip(grid.rows[header + 1 :], rows, strict=True):
            index, named, parent = (cells[one].strip() if 0 <= one < len(cells) else "" for one in at)
            bad = {fault.column for fault in grid.faults.get(row, ()) if fault.severity == "error"}
            told = {column: cells[one] for one, column in meanings.items() if one < len(cells) and one not in bad}
            if index:
                self.steps.setdefault((grid.title, index), Step(grid.title, row, named, parent, told))

    def remarks(self, grid: Grid) -> list[Problem]:
        """Say of a sheet that is only a group around others what was read; nothing where none was within it."""
        inside = [row for sheet, row in self.used if sheet == grid.title]
        if not inside:
            return []
        rows = [step.row for step in self.steps.values() if step.sheet == grid.title and step.row not in inside]
        around = "the sheet is a repeat group around another; what it tells was read for the rows within it"
        empty = "no row of a group within names this row: nothing was read from it"
        said = [(0, "", around)]
        said += [(0, header, not_known(header, count)) for header, count in self.unread[grid.title].items()]
        said += [(row, "", empty) for row in sorted(rows)]
        return [Problem("warning", _TABLE, grid.file, grid.sheet, row, header, "", why) for row, header, why in said]


def _position(headers: Sequence[str], names: Sequence[str]) -> int:
    return next((at for at, header in enumerate(headers) if header.strip() in names), -1)


def note_parent(gathered: Gathered, found: Headed, cells: Sequence[str], keys: Sequence[str]) -> None:
    """Note which partnerships a row made, so that rows of its repeat groups find them."""
    if found.index >= 0 and found.index < len(cells) and (index := cells[found.index].strip()):
        gathered.parents.setdefault((found.grid.title, index), []).extend(keys)


def parents_of(
    gathered: Gathered, groups: Groups, found: Headed, number: int, cells: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Give the partnerships that a row of a repeat group belongs to, and what the groups around it tell.

    None, and a problem, where its parent is missing or more than one could be meant.
    """
    index = cells[found.child].strip() if found.child < len(cells) else ""
    at = found.system(_PARENT_SHEETS)
    named = cells[at].strip() if 0 <= at < len(cells) else ""
    told: dict[str, str] = {}
    passed: list[tuple[str, int]] = []
    sheet, parent, parent_sheet = found.grid.title, index, named
    while True:
        places = _places(gathered, groups, sheet, parent_sheet, parent)
        if len(places) != 1:
            break
        if keys := gathered.parents.get(places[0]):
            groups.used.update(passed)
            return keys, told
        step = groups.steps[places[0]]
        if (step.sheet, step.row) in passed:  # a row that is within itself
            break
        passed.append((step.sheet, step.row))
        told = {column: text for column, text in step.told.items() if text.strip()} | told
        sheet, parent, parent_sheet = step.sheet, step.parent, step.parent_sheet
    header = found.headers[found.child].strip()
    titles = list(dict.fromkeys(title for title, _ in gathered.parents))
    if len(places) > 1:
        several = " and ".join(title for title, _ in places)
        reason = f"its parent, {header} '{shortened(index)}', may be in {several}; no {_PARENT_SHEETS[0]} tells which"
    else:
        where = f"sheet {named or ' or '.join(titles)}" if found.grid.sheet else " or ".join(f"{t}.csv" for t in titles)
        reason = f"its parent, {header} '{shortened(index)}', is not in {where or 'the export'}, or was refused there"
    gathered.problems.append(found.problem("error", number, header, shortened(index), reason))
    return [], {}


def _places(gathered: Gathered, groups: Groups, sheet: str, named: str, index: str) -> list[tuple[str, str]]:
    """Give the sheets in which the parent of a row may stand, with its index there."""
    there = [place for place in dict.fromkeys((*gathered.parents, *groups.steps)) if place[1] == index]
    there = [place for place in there if place[0] != sheet]
    if named:
        return [place for place in there if place[0][:LONGEST_SHEET] == named[:LONGEST_SHEET]]
    # `form-visits.csv` is the repeat group visits of form.csv
    within = [place for place in there if sheet.startswith(f"{place[0]}-")]
    return within or there
