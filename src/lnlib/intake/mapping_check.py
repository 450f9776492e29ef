"""Check a mapping against the file it is for: names that the file lacks, keys without effect, values that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lnlib.errors import LnlibError, listed, nearest
from lnlib.intake.cell_words import holds_totals, is_blank
from lnlib.intake.headers import BOTH_SIDES, SHEET, column_of, columns_of, kind_in
from lnlib.intake.mapping import ENDED, TITLE, MappingFile, refuse_mistakes, same_header
from lnlib.intake.rows import KIND_OF
from lnlib.intake.tables import WITH_OPTIONS, Headed, known_headers
from lnlib.reference.dates import PartialDate, check_year
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale, folded

_OF_ASSESSMENTS = frozenset(("date", "rated_by", "evidence"))
_KINDS = "a sheet with one row per partnership has non_state_kind and state_kind"
Mistake = tuple[int, str]  # line and reason


@dataclass(frozen=True)
class ReadFile:
    """What was recognised in a file, as far as a mapping can name it.

    Parameters
    ----------
    name : str
        The file's name.
    tables : sequence of Headed
        The tables that are read.
    headers : mapping of str to iterable of str
        Headers of the other sheets, by sheet.
    titles : sequence of str
        All sheets, and the parts of sheets that hold several tables.
    columns : frozenset of str
        Our columns that repeat groups give to the rows within them.
    """

    name: str
    tables: Sequence[Headed]
    headers: Mapping[str, Iterable[str]]
    titles: Sequence[str]
    columns: frozenset[str] = frozenset()

    def all_headers(self) -> dict[str, list[str]]:
        """Return the headers of every sheet."""
        headers = known_headers(self.tables)
        for title, named in self.headers.items():
            headers.setdefault(title, []).extend(named)
        return headers

    def read_columns(self) -> set[str]:
        """Return our columns that are read from the file."""
        return {column for one in self.tables for column in one.gives} | self.columns


def check_mapping(mapping: MappingFile, file: ReadFile, scale: Callable[[], Scale], places: Places) -> None:
    """Refuse a mapping that names what the file lacks, has no effect on it, or stands for values that cannot be read.

    Raises
    ------
    RegisterError
        The message lists every mistake, with its line and the nearest name that is there.
    """
    mistakes = [*mapping.mistakes, *_absent_names(mapping, file), *_unreadable(mapping, file, scale, places)]
    if not mapping.mistakes:  # what is mistaken is not in effect, and may be why the rest is not
        mistakes += _without_effect(mapping, file)
    refuse_mistakes(mistakes, mapping.place)


def _absent_names(mapping: MappingFile, file: ReadFile) -> Iterator[Mistake]:
    """Yield the columns and sheets that the file does not have."""
    headers = file.all_headers()
    there = {header for several in headers.values() for header in several if header.strip()}
    known = {same_header(name) for name in there}
    known |= {same_header(f"{sheet}!{name}") for sheet, several in headers.items() for name in several if name.strip()}
    for key, names in (("columns", mapping.columns), ("dates", mapping.dates)):
        for name in names:
            if name and same_header(name) not in known:
                yield mapping.line(key, name), f"{key}: {_absent('column', name, there, file.name)}"
    sheets = {folded(title): title for title in file.titles}
    for name in mapping.sheets:
        if folded(name) not in sheets:
            yield mapping.line("sheets", name), f"sheets: {_absent('sheet', name, sheets.values(), file.name)}"


def _absent(what: str, name: str, there: Iterable[str], file: str) -> str:
    match = nearest(name, there)
    return f"{what} '{name}' is not in {file}" + (f"; did you mean '{match}'?" if match else "")


def _without_effect(mapping: MappingFile, file: ReadFile) -> Iterator[Mistake]:
    for name, ours in mapping.columns.items():
        if ours and (lacking := _layouts_without(name, ours, mapping, file.tables)):
            yield mapping.line("columns", name), f"columns: {name}: {listed(lacking)} {_has_no(lacking)} column {ours}"
    read = file.read_columns() | set(mapping.assume)
    for column in mapping.values:
        if column not in read:
            reason = _KINDS if column == "kind" else f"no column of {file.name} is read as {column}"
            yield mapping.line("values", column), f"values: {column} has no effect: {reason}"
    actors = actors_untold(file.tables, replace(mapping, kinds={}))
    for name in mapping.kinds:
        if not any(folded(name) == folded(actor) for names in actors.values() for actor in names):
            match = nearest(name, [actor for names in actors.values() for actor in names])
            hint = f"; did you mean '{match}'?" if match else ""
            yield (
                mapping.line("kinds", name),
                f"kinds: '{name}' has no effect: no actor of this name lacks a kind{hint}",
            )
    for name in mapping.assume:
        if reason := _not_assumed(name, mapping, file):
            yield mapping.line("assume", name), f"assume: {name} has no effect: {reason}"
    yield from _dates_without_effect(mapping, file)
    if mapping.empty and not any(folded(cell) in mapping.blanks for cell in _cells(file.tables)):
        reason = f"no cell of {file.name} is {listed([repr(word) for word in mapping.empty])}"
        yield mapping.line("mapping", "empty"), f"empty has no effect: {reason}"
    if mapping.submissions and all(one.status < 0 for one in file.tables):
        reason = f"{file.name} has no column with the review status of submissions"
        yield mapping.line("mapping", "submissions"), f"submissions has no effect: {reason}"


def actors_untold(tables: Iterable[Headed], mapping: MappingFile) -> dict[str, list[str]]:
    """Return the actors whose kind neither a column tells, nor their name, its header or the mapping, by the column of it."""
    untold: dict[str, dict[str, None]] = {column: {} for column in KIND_OF}
    for one in tables:
        for column, side in KIND_OF.items():
            if one.layout != SHEET or kind_in(one.header(side), side):
                continue
            given = one.columns.get(column, ())
            named = [cells for _, cells in one.data if not holds_totals(cells)]
            rows = [cells for cells in named if all(_empty(cells, at, mapping) for at in given)]
            cells_of = [cells[at].strip() for at in one.columns.get(side, ()) for cells in rows if at < len(cells)]
            names = [mapping.value(side, cell) for cell in cells_of if cell]
            untold[column] |= {
                name: None for name in names if not (kind_in(name, side) or mapping.kind(name) or is_blank(name))
            }
    return {column: list(names) for column, names in untold.items()}


def _layouts_without(name: str, ours: str, mapping: MappingFile, tables: Sequence[Headed]) -> list[str]:
    """Return the tables that have a header, where none of them has the column that it is declared to be."""
    of = [
        one
        for one in tables
        if any(same_header(name) in (same_header(h), same_header(f"{one.grid.title}!{h}")) for h in one.headers)
    ]
    column = "stage" if mapping.declared_period(ours) else ours
    option = mapping.declared_mechanism(ours)
    alone = ours in BOTH_SIDES and not {*BOTH_SIDES} <= {*mapping.columns.values()}
    if any(one.layout in WITH_OPTIONS if option else column in columns_of(one.layout) for one in of if not alone):
        return []
    return sorted({"a sheet with one row per partnership" if one.layout == SHEET else one.layout for one in of})


def _has_no(layouts: Sequence[str]) -> str:
    return "has no" if len(layouts) == 1 and layouts[0].startswith("a ") else "have no"


def _not_assumed(name: str, mapping: MappingFile, file: ReadFile) -> str:
    """Return why an assumption changes nothing; empty where some row takes it."""
    takers = [one for one in file.tables if name in columns_of(one.layout)]
    if not takers:
        return _KINDS if name == "kind" else f"no table of {file.name} has such a column"
    if name in _OF_ASSESSMENTS:
        takers = [one for one in takers if one.has("stage") or one.of_how("period") or one.layout != SHEET]
        if not takers:
            return f"no column of {file.name} gives the stage of an assessment"
    if any(_lacks(one, name, mapping) for one in takers):
        return ""
    return f"every row of {file.name} gives its own"


def _lacks(table: Headed, name: str, mapping: MappingFile) -> bool:
    """Return whether some row of a table does not give one of our columns."""
    at = [*table.columns.get(name, ()), *(one for each in table.rounds for one in each.get(name, ()))]
    if table.added & {*at} or (name == "date" and table.titled and mapping.assume["date"] == TITLE):
        return True
    at += [one for one, _ in table.of_how("part") if table.meanings[one].column == name]  # type: ignore[union-attr]
    if table.of_how("period") and name in ("date", "stage"):
        return False
    if not at:
        elsewhere = {"province": table.province, "date": table.period}.get(name)
        return not elsewhere and (not table.above or any(name not in table.above.get(row, {}) for row, _ in table.data))
    return any(all(_empty(cells, one, mapping) for one in at) for _, cells in table.data)


def _empty(cells: Sequence[str], at: int, mapping: MappingFile) -> bool:
    return at >= len(cells) or is_blank(cells[at]) or folded(cells[at]) in mapping.blanks


def _dates_without_effect(mapping: MappingFile, file: ReadFile) -> Iterator[Mistake]:
    dated = {
        same_header(header): one.filled(at)
        for one in file.tables
        for at, header in enumerate(one.headers)
        if (m := one.meanings[at])
        and (m.how in ("option", "option date") or (m.whole and (c := column_of(m.column)) and c.holds == "date"))
    }
    there = {same_header(h) for one in file.tables for h in one.headers}
    for name in mapping.dates:
        if name and same_header(name) in there and same_header(name) not in dated:
            yield mapping.line("dates", name), f"dates: '{name}' has no effect: it is not read as a date"
    if "" in mapping.dates and not dated:
        yield mapping.line("mapping", "dates"), f"dates has no effect: no column of {file.name} is read as a date"


def _cells(tables: Sequence[Headed]) -> Iterator[str]:
    for one in tables:
        for _, cells in one.data:
            yield from cells


def _unreadable(mapping: MappingFile, file: ReadFile, scale: Callable[[], Scale], places: Places) -> Iterator[Mistake]:
    """Yield the values that a mapping writes or assumes and that no register may hold."""
    ends = any(one.layout == SHEET for one in file.tables)
    for column, values in mapping.values.items():
        for theirs, ours in values.items():
            if ends and (column, ours) == ("stage", ENDED):
                continue
            if ours and (reason := _reason(column, ours, scale, places)):
                yield mapping.line(f"values {column}", theirs), f"values: {reason}"
    for column, value in mapping.assume.items():
        titled = (column, value) == ("date", TITLE)
        if value and not titled and (reason := _reason(column, value, scale, places)):
            yield mapping.line("assume", column), f"assume: {reason}"


def _reason(column: str, value: str, scale: Callable[[], Scale], places: Places) -> str:
    declared = column_of(column)
    holds = declared.holds if declared else ""
    try:
        if holds == "stage":
            scale().read(value)
        elif holds == "province":
            places.read(value)
        elif holds == "date":
            check_year(PartialDate.read(value))
        elif holds == "number" and not re.fullmatch(r"0{0,9}[1-9][0-9]{0,8}", value):
            return f"{column} '{value}' is not a whole number from 1"
    except LnlibError as error:
        return f"{column}: {error}" if holds == "date" and column != "date" else str(error)
    return ""
