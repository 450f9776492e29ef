"""Raw rows to checked tables and a list of problems. A row with an error is refused and listed, never dropped unseen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlib.errors import listed, nearest
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.checked_table import Sheet
from lnlib.register.checks_across_tables import check_lives, check_references, check_sides, check_split, drop_unused
from lnlib.register.doubtful_rows import check_ratings, review_moves, review_names
from lnlib.register.problems import Place, Problem, shortened
from lnlib.register.raw_rows import RawRegister
from lnlib.register.schema import TABLES
from lnlib.register.typed_columns import type_column


@dataclass(frozen=True)
class Checked:
    """The accepted rows of each table, every problem, and which rows were refused.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The declared columns; dates with `<column>_first` and `<column>_last` (datetime64) beside the text.
    problems : tuple of Problem
        In order of table and row.
    read, refused : mapping of str to int
        Rows read and rows refused, by table.
    refused_at : mapping of str to array of int
        Positions of the refused rows in the raw tables; rows refused in reading never came there.
    """

    tables: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...]
    read: Mapping[str, int]
    refused: Mapping[str, int]
    refused_at: Mapping[str, np.ndarray] = field(default_factory=dict)


def check(raw: RawRegister, *, scale: Scale, places: Places, strict: bool = False) -> Checked:
    """Check all four tables.

    Parameters
    ----------
    raw : RawRegister
        Rows with their places.
    scale : Scale
        The register's scale.
    places : Places
        The country's provinces.
    strict : bool, optional
        Refuse also the rows in which something was assumed.

    Returns
    -------
    Checked
        Accepted rows and all problems.
    """
    sheets = {name: Sheet(raw.tables[name], table, strict=strict) for name, table in TABLES.items()}
    if strict:
        _refuse_assumed(raw, sheets)
    for sheet in sheets.values():
        _check_headers(sheet)
        for column in sheet.table.columns:
            type_column(sheet, column, scale=scale, places=places)
        _check_keys(sheet)
        _check_repeats(sheet)
        _check_order(sheet)
    _review_reasons(sheets["partnerships"])
    check_references(sheets["partnerships"], sheets["actors"])
    check_sides(sheets["partnerships"], sheets["actors"])
    drop_unused(sheets["actors"], sheets["partnerships"])
    check_split(sheets["partnerships"], places)
    for name in ("assessments", "mechanisms"):
        check_references(sheets[name], sheets["partnerships"])
    if (raw.about.get("register") or {}).get("kind") != "simulated":
        _check_future(sheets, dt.date.today())
    check_lives(sheets["assessments"], sheets["partnerships"], "date")
    check_lives(sheets["mechanisms"], sheets["partnerships"], "start")
    check_ratings(sheets["assessments"])
    review_moves(sheets["assessments"], scale)
    review_names(sheets["actors"])
    return _result(raw, sheets, scale)


def _refuse_assumed(raw: RawRegister, sheets: Mapping[str, Sheet]) -> None:
    assumed = {p.place.at(p.row) for p in raw.problems if p.assumes}
    for sheet in sheets.values():
        if assumed:
            sheet.bad |= np.array([sheet.raw.place(row) in assumed for row in range(sheet.size)], dtype=bool)


def _result(raw: RawRegister, sheets: Mapping[str, Sheet], scale: Scale) -> Checked:
    tables = {}
    for name, sheet in sheets.items():
        frame = pd.DataFrame(sheet.typed)[~(sheet.bad | sheet.dropped)].reset_index(drop=True)
        if "stage" in frame:
            frame["stage"] = frame["stage"].astype(scale.dtype)
        tables[name] = frame
    before = {name: [p for p in raw.problems if p.table == name and p.severity == "error"] for name in sheets}
    found = [problem for sheet in sheets.values() for problem in sheet.problems]
    order = {name: number for number, name in enumerate(TABLES)}
    found.sort(key=lambda problem: (order[problem.table], problem.file, problem.sheet, problem.row))
    # a row refused in reading never reached its table: it counts as read and as refused here
    lost = {name: len({p.place.at(p.row) for p in before[name] if p.row}) for name in sheets}
    return Checked(
        tables,
        (*raw.problems, *found),
        {name: sheet.size - int(sheet.dropped.sum()) + lost[name] for name, sheet in sheets.items()},
        {name: int((sheet.bad & ~sheet.dropped).sum()) + lost[name] for name, sheet in sheets.items()},
        {name: np.flatnonzero(sheet.bad & ~sheet.dropped) for name, sheet in sheets.items()},
    )


def _check_headers(sheet: Sheet) -> None:
    raw, table = sheet.raw, sheet.table
    missing = [name for name in table.required if name not in raw.frame]
    if missing:
        reason = f"column {listed(missing)} is missing; {table.name} has {listed(table.names, most=20)}"
        sheet.problems.append(Problem.error(Place(raw.whole, row=1), reason, table=table.name))
        sheet.bad[:] = True
    for name in raw.frame.columns:
        if name not in table.names:
            match = nearest(name, [other for other in table.names if other not in raw.frame])
            hint = f"; did you mean '{match}'?" if match else ""
            reason = f"column '{shortened(name)}' is not known and was not read{hint}"
            place = Place(raw.whole, row=1, column=str(name))
            sheet.problems.append(Problem.unread(place, reason, table=table.name, suggestion=match or ""))


def _check_keys(sheet: Sheet) -> None:
    if not sheet.table.key:
        return
    keys = sheet.typed[sheet.table.key]
    again = np.flatnonzero((keys.duplicated() & (keys != "")).to_numpy())
    if not len(again):
        return
    first = dict(zip(keys[::-1], range(sheet.size - 1, -1, -1), strict=True))
    reasons = []
    for key in keys[again]:
        where = sheet.other_place(first[key])
        reasons.append(f"{sheet.table.key} '{shortened(key)}' already appears in {where}; keys must be unique")
    sheet.find("error", again, sheet.table.key, reasons)


def _check_repeats(sheet: Sheet) -> None:
    if sheet.table.key:
        return
    seen = pd.DataFrame(sheet.typed)[sheet.table.names]
    alike = seen[seen.duplicated(keep=False)]
    if alike.empty:
        return
    first = alike.groupby(list(alike), sort=False, dropna=False).ngroup().drop_duplicates()
    twins = dict(zip(first, first.index, strict=True))
    groups = alike.groupby(list(alike), sort=False, dropna=False).ngroup()
    again = groups.index[groups.duplicated()].to_numpy()
    again = again[~sheet.bad[again]]
    reasons = [f"repeats {sheet.other_place(twins[groups[position]])}" for position in again]
    sheet.find("error", again, "", reasons)


def _check_order(sheet: Sheet) -> None:
    if "end_last" not in sheet.typed:
        return
    late = sheet.where(sheet.typed["start_first"] > sheet.typed["end_last"])
    start, end = sheet.typed["start"], sheet.typed["end"]
    sheet.find("error", late, "end", [f"end '{end[row]}' is before the start, {start[row]}" for row in late])


def _check_future(sheets: Mapping[str, Sheet], today: dt.date) -> None:
    """Refuse assessments of a date to come; list for review what begins on one."""
    for name, column in (("assessments", "date"), ("partnerships", "start"), ("mechanisms", "start")):
        sheet = sheets[name]
        late = sheet.where(sheet.typed[f"{column}_first"] > np.datetime64(today))
        reasons = [f"{column} '{sheet.typed[column][row]}' is after today, {today}" for row in late]
        if column == "date":
            sheet.find(
                "error",
                late,
                column,
                [f"{reason}; an assessment has the date on which it was made" for reason in reasons],
            )
        else:
            sheet.find("review", late, column, [f"{reason}; it has not begun yet" for reason in reasons])


def _review_reasons(partnerships: Sheet) -> None:
    lacking = partnerships.where((partnerships.typed["end_reason"] != "") & (partnerships.typed["end"] == ""))
    reason = "there is a reason for the end but no date of it; it is taken to last"
    partnerships.find("review", lacking, "end", reason)
