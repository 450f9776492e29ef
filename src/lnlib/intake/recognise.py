"""Many sheets to one register: which holds which table, and in what order they are read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lnlib.errors import RegisterError, listed
from lnlib.intake.grids import MOST_CELLS, Grid
from lnlib.intake.headers import SHEET
from lnlib.intake.kobo import Groups, note_parent, parents_of
from lnlib.intake.layouts import Headed, headed, known_headers
from lnlib.intake.mapping import ABOUT, SKIP, MappingFile
from lnlib.intake.onerow import ASSUMED_RATER, OneRow, remark_rater
from lnlib.intake.rows import Gathered, Row, headers_of
from lnlib.reference.places import Places
from lnlib.reference.scales import folded
from lnlib.register.companion import ABOUT_SHEET, PLACES_SHEET
from lnlib.register.package import inside
from lnlib.register.problems import Problem, shortened
from lnlib.register.raw import RawRegister
from lnlib.register.schema import TABLES

CRITERIA_SHEET, LISTS_SHEET = "working criteria", "lnlib lists"  # of a template; nothing is read from them
_ABOUT_WORDS = frozenset((*ABOUT, "sources"))
_IN_JSON = ("scale", "sources")


def gather(grids: Sequence[Grid], path: Path, mapping: MappingFile) -> RawRegister:
    """Read the sheets of a workbook, or the CSVs of a folder, as a register.

    Parameters
    ----------
    grids : sequence of Grid
        All sheets.
    path : Path
        What was opened.
    mapping : MappingFile
        What was told of it.

    Raises
    ------
    RegisterError
        No sheet is part of a register, or the mapping tells of a column or sheet that is not there.
    """
    if sum(len(cells) for grid in grids for cells in grid.cells) > MOST_CELLS:
        raise RegisterError(f"{path} has more than {MOST_CELLS:,} cells; make it a Data Package or split it")
    about, places = _about(grids, path, mapping)
    found, unread = recognised(grids, mapping)
    if not found:
        names = listed(grid.title for grid in grids if grid.cells) or "nothing but blank rows"
        hint = f"`lnlib import {path.name} --suggest` drafts a mapping"
        raise RegisterError(f"{path} holds no table that is part of a register (looked at: {names}); {hint}")
    groups = Groups.of(grids, mapping)
    named = [header for headers in groups.headers.values() for header in headers]
    mapping.check_used([*known_headers(found), *named], [grid.title for grid in grids], path.name)
    gathered = Gathered(places, mapping)
    for grid in grids:
        gathered.problems += [Problem("warning", "", grid.file, grid.sheet, 0, "", "", text) for text in grid.remarks]
    for one in found:
        gathered.problems += one.problems
    for table in TABLES:
        for one in found:
            if one.layout == table:
                _take_table(gathered, groups, one)
        if table == "partnerships":
            _take_one_rows(gathered, [one for one in found if one.layout == SHEET])
    for grid in unread:
        if around := groups.remarks(grid):
            gathered.problems += around
            continue
        count = f"{len(grid.rows):,} rows were" if len(grid.rows) > 1 else "1 row was"
        reason = f"the sheet is no table of a register; its {count} not read; name it in a mapping, or skip it"
        gathered.problems.append(Problem("warning", "", grid.file, grid.sheet, 0, "", "", reason))
    return gathered.raw(about, path, about.get("title") or path.stem)


def recognised(grids: Sequence[Grid], mapping: MappingFile) -> tuple[list[Headed], list[Grid]]:
    """Give the sheets that are part of a register, and those that hold rows and are not."""
    actors = any(
        (one := headed(grid, mapping, actors_known=False)) is not None and one.layout == "actors" for grid in grids
    )
    found, unread = [], []
    for grid in grids:
        if _is_ours(grid) or mapping.layout(grid.title) == SKIP:
            continue
        one = headed(grid, mapping, actors_known=actors)
        if one:
            found.append(one)
        elif grid.cells:
            unread.append(grid)
    return found, unread


def _is_ours(grid: Grid) -> bool:
    """Whether lnlib wrote the sheet beside the tables; somebody else's sheet of that name is not passed over."""
    if grid.title in (CRITERIA_SHEET, LISTS_SHEET):
        return True
    if grid.title == PLACES_SHEET:
        return bool(grid.cells) and {"code", "name_en"} <= set(grid.cells[0])
    return grid.title == ABOUT_SHEET and {cells[0].strip() for cells in grid.cells} <= _ABOUT_WORDS


def _take_one_rows(gathered: Gathered, found: Sequence[Headed]) -> None:
    if not found:
        return
    sheets = OneRow(gathered)
    for one in found:
        sheets.reserve(one)
    for one in found:
        sheets.take(one)


def _take_table(gathered: Gathered, groups: Groups, found: Headed) -> None:
    table, headers = TABLES[found.layout], headers_of(found)
    columns = set(found.columns()) | {part.column for _, part in found.of_how("part")} | set(gathered.mapping.assume)
    periods = [(at, m.word, {**headers, "stage": found.headers[at].strip()}) for at, m in found.of_how("period")]
    # a group around may tell who rated
    unrated = table.name == "assessments" and found.child >= 0 and "rated_by" not in columns
    columns |= {"rated_by"} if unrated else set()
    columns |= {"partnership", *(groups.columns & set(table.names))} if found.child >= 0 else set()
    columns |= {"date", "stage"} if periods else {"date"} if table.name == "assessments" and found.period else set()
    gathered.take(table.name, [name for name in table.names if name in columns])
    assumed = False
    for number, cells in found.data:
        row = Row(gathered, found, number, cells, table.name)
        if row.refused:
            continue
        ours = {name: row.ours.get(name, "") for name in table.names if name in columns}
        if table.name == "actors":
            gathered.add("actors", ours, found, number, headers)
        elif table.name == "partnerships":
            keys = _take_partnership(gathered, found, number, ours, headers)
            note_parent(gathered, found, cells, keys)
        else:
            given = ours.get("partnership", "")
            if found.child >= 0:
                keys, told = parents_of(gathered, groups, found, number, cells)
                ours |= {c: gathered.clean(c, text) for c, text in told.items() if c in columns and not ours.get(c)}
                if unrated and keys and not ours["rated_by"]:
                    ours["rated_by"] = ASSUMED_RATER
                    assumed = True
            else:
                keys = gathered.partnership(given)
            if found.child < 0 and len(keys) > 1:
                reason = f"partnership '{shortened(given)}' is in {len(keys)} provinces; the row was read for each"
                gathered.problems.append(found.problem("warning", number, "partnership", shortened(given), reason))
            for key in keys:
                _take_dated(gathered, found, row, {**ours, "partnership": key}, headers, periods)
    if assumed:
        remark_rater(gathered, found)


def _take_dated(
    gathered: Gathered,
    found: Headed,
    row: Row,
    ours: dict[str, str],
    headers: Mapping[str, str],
    periods: Sequence[tuple[int, str, Mapping[str, str]]],
) -> None:
    if not periods:
        if found.layout == "assessments" and not ours.get("date") and found.period:
            ours["date"] = found.period
        gathered.add(found.layout, ours, found, row.number, headers)
        return
    before = len(gathered.records["assessments"])
    if ours.get("stage"):
        gathered.add("assessments", ours, found, row.number, headers)
    for at, period, named in periods:
        text = gathered.clean("stage", row.cells[at]) if at < len(row.cells) else ""
        if text and at not in row.bad_periods:
            gathered.add("assessments", {**ours, "stage": text, "date": period}, found, row.number, named)
    if len(gathered.records["assessments"]) == before and not row.bad_periods:
        reason = "the row gives no stage in any period: nothing was read from it"
        gathered.problems.append(found.problem("warning", row.number, "", ours["partnership"], reason))


def _take_partnership(
    gathered: Gathered, found: Headed, number: int, ours: dict[str, str], headers: Mapping[str, str]
) -> list[str]:
    for side in ("non_state", "state"):
        text = ours.get(side, "")
        key = gathered.actor(text)
        if key and key != text:
            reason = f"actor '{shortened(text)}' read as {key}, by its name"
            gathered.problems.append(found.problem("warning", number, headers.get(side, side), shortened(text), reason))
            ours[side] = key
    given, text = ours.get("partnership", ""), ours.get("province", "")
    provinces = gathered.provinces(text)
    if len(provinces) < 2 or not given:
        gathered.add("partnerships", ours, found, number, headers)
        return [given]
    reason = f"{len(provinces)} provinces in one cell; read as one partnership in each"
    header = headers.get("province", "province")
    gathered.problems.append(found.problem("warning", number, header, shortened(text), reason))
    keys = []
    for province in provinces:
        key = f"{given}-{gathered.read_place(province) or folded(province)}"
        gathered.add("partnerships", {**ours, "partnership": key, "province": province}, found, number, headers)
        keys.append(key)
    gathered.split[given] = keys
    return keys


def _about(grids: Sequence[Grid], path: Path, mapping: MappingFile) -> tuple[dict[str, Any], Places]:
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
    return {**about, "register": {**register, "places": places}}, places


def _places(grids: Sequence[Grid], path: Path, name: str, mapping: MappingFile) -> Places:
    for grid in grids:
        if grid.title == PLACES_SHEET and _is_ours(grid) and not mapping.about.get("places"):
            text = io.StringIO()
            width = len(grid.cells[0])
            csv.writer(text).writerows([*cells, *[""] * (width - len(cells))][:width] for cells in grid.cells)
            return Places.of_text(text.getvalue(), key=name or path.stem, place=grid.words)
    if name.endswith(".csv") and mapping.about.get("places"):
        told = Path(mapping.place)
        return Places.load(inside(told.parent, name, of="places", said_in=told))
    return Places.load(name or "cambodia")
