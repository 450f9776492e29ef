"""Many sheets to one register: which holds which table, and in what order they are read."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from lnlib.errors import RegisterError, listed
from lnlib.intake.date_order import read_in_order
from lnlib.intake.described_reference import scale_of
from lnlib.intake.grids import MOST_CELLS, Grid, column_letters, width_of
from lnlib.intake.headers import SHEET, names_of
from lnlib.intake.kobo import Parents
from lnlib.intake.layouts import LOOKED_AT, headed, is_text, split
from lnlib.intake.mapping import ABOUT, SKIP, MappingFile, refuse_mistakes
from lnlib.intake.mapping_check import ReadFile, check_mapping
from lnlib.intake.onerow import ASSUMED_RATER, OneRow, next_key, warn_of_rater
from lnlib.intake.plausibility import review
from lnlib.intake.rows import Gathered, Row, headers_of
from lnlib.intake.tables import Headed
from lnlib.intake.two_digit_years import write_years_in_full
from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import folded
from lnlib.register.companion_workbook import ABOUT_SHEET, PLACES_SHEET
from lnlib.register.package import inside
from lnlib.register.problems import Problem, shortened
from lnlib.register.raw_rows import FilePart, RawRegister
from lnlib.register.schema import TABLES, Table

CRITERIA_SHEET, LISTS_SHEET = "working criteria", "lnlib lists"  # of a template; nothing is read from them
_AUDIT = ["event", "node", "start", "end"]  # how the log of an interview begins
_ABOUT_WORDS = frozenset((*ABOUT, "sources"))


def gather(grids: Sequence[Grid], path: Path, mapping: MappingFile, scale: str = "") -> RawRegister:
    """Read the sheets of a workbook, or the CSVs of a folder, as a register.

    Parameters
    ----------
    grids : sequence of Grid
        All sheets.
    path : Path
        What was opened.
    mapping : MappingFile
        What was declared of it.
    scale : str, optional
        Scale by name or file, instead of the register's own; the mapping's values are of it.

    Raises
    ------
    RegisterError
        No sheet is part of a register, or the mapping has mistakes, such as a column that is not there.
    """
    if sum(len(cells) for grid in grids for cells in grid.cells) > MOST_CELLS:
        raise RegisterError(f"{path} has more than {MOST_CELLS:,} cells; make it a Data Package or split it")
    about = describe(grids, path, mapping)
    places = about["register"]["places"]
    tables, others = recognised(grids, mapping, places)
    if not tables:
        names = listed(f"{grid.title}, {_rows_below(grid)}" for grid in grids if grid.cells) or "nothing but blank rows"
        hint = f"`lnlib import {shlex.quote(str(path))} --suggest` drafts a mapping"
        _blame_mapping(mapping, grids, places, path)
        raise RegisterError(f"{path} holds no table that is part of a register (looked at: {names}); {hint}")
    parents = Parents.of(grids, mapping)
    file = _read_file(grids, tables, others, parents, path.name)
    read_scale = partial(scale_of, about["register"], path, scale)
    check_mapping(mapping, file, read_scale, places)
    gathered = Gathered(places, mapping, read_scale)
    gathered.problems += [Problem.warning(grid.place, text) for grid in grids for text in grid.remarks]
    gathered.problems += [problem for one in tables for problem in one.problems]
    for table in TABLES:
        for one in tables:
            if one.layout == table:
                _read_table(gathered, parents, one)
        if table == "partnerships":
            _read_one_rows(gathered, parents, [one for one in tables if one.layout == SHEET])
    gathered.close()
    gathered.parts += [part for one in tables for part in one.parts()]
    for grid in grids:
        if grid.unopened:
            _account_for_file(gathered, grid)
    for grid in [*others, *(grid for grid in grids if mapping.layout(grid.title) == SKIP and grid.cells)]:
        if mapping.layout(grid.name) == SKIP:
            gathered.parts += _parts(grid, "left out", "the sheet is skipped by the mapping")
        else:
            _account_for(gathered, parents, grid)
    return gathered.raw(about, path, about.get("title") or path.stem)


def _read_file(
    grids: Sequence[Grid], tables: Sequence[Headed], others: Sequence[Grid], parents: Parents, name: str
) -> ReadFile:
    """Return what a mapping can name of a file."""
    # what is declared of the columns of the other sheets may not be enough to recognise these
    headers = {grid.title: grid.cells[_header_of(grid)] for grid in others} | parents.headers
    titles = [grid.title for grid in grids] + [part.name for part in (*others, *(one.grid for one in tables))]
    return ReadFile(name, tables, headers, titles, frozenset(parents.columns))


def _blame_mapping(mapping: MappingFile, grids: Sequence[Grid], places: Places, path: Path) -> None:
    """Refuse a mapping under which nothing of a file is recognised that is recognised without its columns and sheets."""
    refuse_mistakes(mapping.mistakes, mapping.place)
    if recognised(grids, replace(mapping, columns={}, sheets={}), places)[0]:
        keys = listed(key for key, names in (("columns", mapping.columns), ("sheets", mapping.sheets)) if names)
        raise RegisterError(
            f"{mapping.place}: no sheet of {path.name} holds a table as it declares them, but some do without it; check {keys}"
        )


def recognised(grids: Sequence[Grid], mapping: MappingFile, places: Places) -> tuple[list[Headed], list[Grid]]:
    """Return the tables that are part of a register, and the sheets that hold rows and are not."""
    parts = [
        part
        for grid in grids
        if not _is_ours(grid) and mapping.layout(grid.title) != SKIP
        for part in split(grid, mapping, places)
    ]
    actors = any(
        (one := headed(part, mapping, places, actors_known=False)) is not None and one.layout == "actors"
        for part in parts
        if _may_hold_actors(part)
    )
    tables: list[Headed] = []
    others: list[Grid] = []
    found = [headed(part, mapping, places, actors_known=actors) for part in parts]
    if any(one and {"non_state", "state"} <= one.gives for one in found):
        found = [
            one
            if _names_partnerships(one)
            else _of_one_actor(headed(part, mapping, places, actors_known=actors, partners_known=True)) or one
            for part, one in zip(parts, found, strict=True)
        ]
    for part, one in zip(parts, found, strict=True):
        if one:
            write_years_in_full(one, mapping)
            read_in_order(one, mapping)
            one.problems += review(one)
            tables.append(one)
            others += [one.apart] if one.apart else []
        elif part.cells:
            others.append(part)
    return tables, others


def _names_partnerships(table: Headed | None) -> bool:
    """Return whether the rows of a table name their partnerships, by a key, by both actors or by a row around them."""
    if table is None:
        return False
    columns = table.gives
    return table.layout == "actors" or table.child >= 0 or "partnership" in columns or {"non_state", "state"} <= columns


def _of_one_actor(table: Headed | None) -> Headed | None:
    """Return a table that names one actor; None where a column that was not read may name the other one."""
    return table if table and not table.unread else None


def _may_hold_actors(grid: Grid) -> bool:
    known = names_of("actors")
    return any(folded(cell) in known for cells in grid.cells[:LOOKED_AT] for cell in cells)


def _account_for_file(gathered: Gathered, grid: Grid) -> None:
    """Account for a file of a folder that was not opened."""
    if grid.unopened == "data":
        reason = "the file was not read: it is neither a workbook nor a CSV; save it as one of them"
        gathered.problems.append(Problem.unread(grid.place, reason))
    what = "neither a workbook nor a CSV"
    gathered.parts.append(FilePart(grid.place, "", 0, "not read" if grid.unopened == "data" else "left out", what))


def _account_for(gathered: Gathered, parents: Parents, grid: Grid) -> None:
    """Account for a sheet that is no table of a register: what was read of it, left out or not read."""
    if around := parents.remarks(grid):
        gathered.problems += around
        unread = parents.unread[grid.title]
        for part in _parts(grid, "read", "a repeat group around another"):
            missing = part.place.column in unread
            gathered.parts.append(replace(part, status="not read", what="") if missing else part)
        return
    if [cell.strip() for cell in grid.cells[0][:4]] == _AUDIT:
        gathered.problems.append(Problem.warning(grid.place, "left out: the log of a survey tool"))
        gathered.parts += _parts(grid, "left out", "the log of a survey tool")
        return
    rows, columns = len(grid.rows), max(map(width_of, grid.cells))
    count = f"{rows:,} row" + "s" * (rows > 1)
    if is_text(grid):
        text = f"{count} of text, no table" if columns < 2 else "a single row, no table"
        gathered.problems.append(Problem.warning(grid.place, f"the sheet was left out: {text}"))
        gathered.parts += _parts(grid, "left out", "text, no table")
        return
    hidden = "the hidden sheet" if grid.hidden else "the sheet"
    hidden = f"the table in {grid.part} of {hidden}" if grid.part else hidden
    reason = (
        f"{hidden} is not recognised as a register table; its {_rows_below(grid)} "
        f"{'was' if rows - _header_of(grid) == 2 else 'were'} not read; name the sheet and its columns in a mapping, or skip it"
    )
    gathered.problems.append(Problem.unread(grid.place, reason))
    gathered.parts += _parts(grid, "not read", "the sheet is not recognised")


def _header_of(grid: Grid) -> int:
    """Return the position of the first row of several cells: what stands above it are titles."""
    return next((at for at, cells in enumerate(grid.cells[:-1]) if width_of(cells) > 1), 0)


def _rows_below(grid: Grid) -> str:
    """Return how many rows a sheet that is not recognised has below its first one, and what that holds."""
    at = _header_of(grid)
    count = len(grid.rows) - at - 1
    headers = [shortened(cell.strip()) for cell in grid.cells[at] if cell.strip()]
    return f"{count:,} row{'s' * (count != 1)} below the first" + f" ({listed(headers, most=6)})" * bool(headers)


def _parts(grid: Grid, status: Literal["read", "left out", "not read"], what: str) -> Iterator[FilePart]:
    header, *rows = grid.cells
    for at in range(max(len(cells) for cells in grid.cells)):
        name = header[at].strip() if at < len(header) else ""
        held = sum(bool(cells[at].strip()) for cells in rows if at < len(cells))
        if held or name:
            yield FilePart(grid.place.at(0, name), column_letters(at), held, status, what)


def _is_ours(grid: Grid) -> bool:
    """Return whether lnlib wrote the sheet beside the tables; somebody else's sheet of that name is not passed over."""
    if grid.title in (CRITERIA_SHEET, LISTS_SHEET):
        return True
    if grid.title == PLACES_SHEET:
        return bool(grid.cells) and {"code", "name_en"} <= set(grid.cells[0])
    return grid.title == ABOUT_SHEET and {cells[0].strip() for cells in grid.cells} <= _ABOUT_WORDS


def _read_one_rows(gathered: Gathered, parents: Parents, tables: Sequence[Headed]) -> None:
    if not tables:
        return
    sheets = OneRow(gathered, parents)
    for one in tables:
        sheets.reserve(one)
    for one in tables:
        sheets.read(one)
    sheets.joined.close()


def _read_table(gathered: Gathered, parents: Parents, source: Headed) -> None:
    table, headers, mapping = TABLES[source.layout], headers_of(source), gathered.mapping
    columns = set(source.columns) | {part.column for _, part in source.of_how("part")} | set(mapping.assume)
    columns |= {column for one in source.rounds for column in one}
    columns |= {what.column for _, what in source.of_how("of period")}
    # a group around may tell who rated
    grouped = table.name == "assessments" and source.child >= 0
    keyless = table.name == "actors" and "actor" not in columns and "name" in columns
    columns |= _implied_columns(table, parents, source, columns)
    gathered.declare(table.name, [name for name in table.names if name in columns])
    used = {record.cells.get("actor", "") for record in gathered.records["actors"]}
    assumed: list[int] = []
    for number, cells in source.data:
        if (state := source.rejected(cells)) and mapping.submissions != "all":
            gathered.reject(source, number, state)
            parents.add(source, number, cells, [], state)
            continue
        row = Row(gathered, source, number, cells, table.name)
        if row.refused:
            gathered.lose(table.name, source, number, cells)
            parents.add(source, number, cells, [])
            continue
        ours = {name: row.ours.get(name, "") for name in table.names if name in columns}
        if table.name == "actors":
            if keyless and (name := ours["name"].strip()):
                ours["actor"] = _actor_key(ours.get("kind", ""), used)
                gathered.labels["actors"][ours["actor"]] = f"'{shortened(name)}'"
            gathered.add("actors", ours, source, number, headers)
        elif table.name == "partnerships":
            keys = _read_partnership(gathered, row, ours, headers)
            parents.add(source, number, cells, keys)
            for key in keys:
                for mechanism, named in row.mechanisms() if source.of_how("option", "option date") else ():
                    gathered.declare("mechanisms", TABLES["mechanisms"].names)
                    one = {"partnership": key, **mechanism}
                    gathered.add("mechanisms", one, source, number, {**headers, **named})
        else:
            keys = _partnerships_of(gathered, parents, row, ours, columns)
            if grouped and keys and not ours["rated_by"]:
                ours["rated_by"] = ASSUMED_RATER
                assumed.append(number)
            for key in keys:
                _add_dated(gathered, row, {**ours, "partnership": key}, headers)
    if assumed:
        warn_of_rater(gathered, source, assumed)


def _implied_columns(table: Table, parents: Parents, source: Headed, columns: set[str]) -> set[str]:
    """Return the columns that are filled from elsewhere than a column of the sheet."""
    implied: set[str] = set()
    if source.child >= 0:
        implied |= {"partnership", *(parents.columns & set(table.names))}
        implied |= {"rated_by"} if table.name == "assessments" else set()
    if source.of_how("period") or (table.name == "assessments" and source.has("stage")):
        implied |= {"date", "stage"}
    if table.name == "actors" and "name" in columns:
        implied.add("actor")
    return implied


def _actor_key(kind: str, used: set[str]) -> str:
    """Return a key for an actor whose sheet gives none: a letter for its side, and a number."""
    found = vocabulary.find_word("kind", kind)
    return next_key("S" if found and vocabulary.side_of(found[0]) == "state" else "N", used, 1)


def _partnerships_of(
    gathered: Gathered, parents: Parents, row: Row, ours: dict[str, str], columns: set[str]
) -> list[str]:
    """Return the partnerships that a row of assessments or mechanisms belongs to; none where it is refused."""
    source, given = row.source, ours.get("partnership", "")
    if source.child < 0:
        keys = gathered.partnership(given)
        if len(keys) > 1:
            reason = f"partnership '{shortened(given)}' is in {len(keys)} provinces; the row was read for each"
            row.warn("partnership", given, reason)
        return keys
    family = parents.of_row(source, row.cells)
    if family.state:
        gathered.reject(source, row.number, family.state)
        return []
    if family.reason:
        index = row.cells[source.child] if source.child < len(row.cells) else ""
        row.error(source.headers[source.child].strip(), index, family.reason)
        return []
    for column, text in family.given.items():
        if column in columns and not ours.get(column):
            ours[column] = gathered.clean(column, text)
    return list(family.partnerships)


def _add_dated(gathered: Gathered, row: Row, ours: dict[str, str], headers: Mapping[str, str]) -> None:
    """Add the assessments or the mechanism of a row."""
    source = row.source
    if source.layout == "mechanisms":
        gathered.add("mechanisms", ours, source, row.number, headers)
        return
    if not source.rounds and not source.of_how("period"):
        ours["date"] = ours.get("date") or source.period
        dateless = not ours["date"] and not source.has("date") and not source.child >= 0
        if not dateless or row.has_date(ours):
            gathered.add("assessments", ours, source, row.number, headers)
        return
    before = len(gathered.records["assessments"])
    for assessment, named in row.assessments(ours, ours):
        gathered.add("assessments", {**ours, **assessment}, source, row.number, named)
    for _, text, at in row.remarks_beside():
        gathered.leave_remark(source, row.number, at, text)
    if len(gathered.records["assessments"]) == before and not (row.bad_rounds or row.bad_columns):
        reason = "the row gives no stage in any period or round: nothing was read from it"
        row.warn("", ours["partnership"], reason, "assessments")


def _read_partnership(gathered: Gathered, row: Row, ours: dict[str, str], headers: Mapping[str, str]) -> list[str]:
    for side in ("non_state", "state"):
        text = ours.get(side, "")
        key = gathered.actor(text)
        if key and key != text:
            row.warn(headers.get(side, side), text, f"actor '{shortened(text)}' read as {key}, by its name")
            ours[side] = key
    given, text = ours.get("partnership", ""), ours.get("province", "")
    provinces = gathered.provinces(text)
    if len(provinces) < 2 or not given:
        gathered.add("partnerships", ours, row.source, row.number, headers)
        return [given]
    reason = f"{len(provinces)} provinces in one cell; read as one partnership in each"
    row.warn(headers.get("province", "province"), text, reason)
    keys = []
    for province in provinces:
        key = f"{given}-{gathered.read_place(province) or folded(province)}"
        gathered.add(
            "partnerships", {**ours, "partnership": key, "province": province}, row.source, row.number, headers
        )
        keys.append(key)
    gathered.split[given] = keys
    return keys


def describe(grids: Sequence[Grid], path: Path, mapping: MappingFile) -> dict[str, Any]:
    """Return what a file and its mapping say of the register, as a `datapackage.json` would."""
    words: dict[str, str] = {}
    for grid in grids:
        if grid.title == ABOUT_SHEET and _is_ours(grid):
            words = {cells[0].strip(): cells[1] for cells in grid.cells if len(cells) > 1 and cells[0].strip()}
    words |= {key: value for key, value in mapping.about.items() if value}
    about: dict[str, Any] = {key: words[key] for key in ("title", "description") if words.get(key)}
    if words.get("licence"):
        about["licenses"] = [{"name": words["licence"], "title": words["licence"]}]
    register: dict[str, Any] = {key: words[key] for key in ("kind", "scale", "frame", "period") if words.get(key)}
    for key, holder in (("scale", register), ("sources", about)):
        if words.get(key, "").lstrip()[:1] in ("{", "["):
            try:
                holder[key] = json.loads(words[key])
            except (json.JSONDecodeError, RecursionError):
                raise RegisterError(f"{path}, sheet {ABOUT_SHEET}: {key} is not JSON") from None
    places = _places(grids, path, words.get("places", ""), mapping)
    return {**about, "register": {**register, "places": places}}


def _places(grids: Sequence[Grid], path: Path, name: str, mapping: MappingFile) -> Places:
    for grid in grids:
        if grid.title == PLACES_SHEET and _is_ours(grid) and not mapping.about.get("places"):
            text = io.StringIO()
            width = len(grid.cells[0])
            csv.writer(text).writerows([*cells, *[""] * (width - len(cells))][:width] for cells in grid.cells)
            return Places.of_text(text.getvalue(), key=name or path.stem, place=str(grid.place))
    if name.endswith(".csv") and mapping.about.get("places"):
        declared = Path(mapping.place)
        return Places.load(inside(declared.parent, name, of="places", stated_in=declared))
    return Places.load(name or "cambodia")
