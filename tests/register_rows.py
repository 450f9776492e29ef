"""Registers written in a test: rows of the four tables, with what every row needs filled in."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.intake.register_opening import from_raw
from lnlib.register import Register
from lnlib.register.raw_rows import RawRegister, RawTable
from lnlib.register.schema import TABLES

Row = Mapping[str, str]
ACTORS = (
    {"actor": "N1", "name": "First group", "kind": "ngo"},
    {"actor": "N2", "name": "Second group", "kind": "media"},
    {"actor": "S1", "name": "First office", "kind": "owso"},
    {"actor": "S2", "name": "Second office", "kind": "ministry"},
)
_FILLED = {
    "partnerships": {"non_state": "N1", "state": "S1", "province": "02"},
    "assessments": {"rated_by": "state"},
}


def made(
    *,
    partnerships: Sequence[Row],
    assessments: Sequence[Row] = (),
    mechanisms: Sequence[Row] = (),
    actors: Sequence[Row] = ACTORS,
    period: str = "2010/2013",
    scale: str | Mapping[str, Any] = "dfgg",
    kind: str = "simulated",
    title: str = "Made",
) -> Register:
    """Make a register, refusing rows that a check would refuse; a date column takes what is written in a register."""
    given = {"actors": actors, "partnerships": partnerships, "assessments": assessments, "mechanisms": mechanisms}
    tables = {}
    for name, rows in given.items():
        filled = [{**dict.fromkeys(TABLES[name].names, ""), **_FILLED.get(name, {}), **row} for row in rows]
        frame = pd.DataFrame(filled, columns=TABLES[name].names).astype("str")
        tables[name] = RawTable(name, frame, f"{name}.csv", np.arange(2, len(rows) + 2))
    about = {
        "title": title,
        "register": {"kind": kind, "scale": scale, "places": "cambodia", "frame": "25", "period": period},
    }
    register, checked = from_raw(RawRegister(about, tables, Path("made")))
    refused = [str(problem) for problem in checked.problems if problem.severity == "error"]
    assert not refused, refused
    return register


def partnership(key: str, **cells: str) -> Row:
    return {"partnership": key, **cells}


def rated(key: str, date: str, stage: str, **cells: str) -> Row:
    return {"partnership": key, "date": date, "stage": stage, **cells}


def set_up(key: str, mechanism: str, start: str = "", **cells: str) -> Row:
    return {"partnership": key, "mechanism": mechanism, "start": start, **cells}


def replace_cell(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Write one cell of a register anew; rows are numbered as in a spreadsheet, the header being row 1."""
    file = folder / f"{table}.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        read = list(csv.reader(lines))
    read[row - 1][read[0].index(column)] = value
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines, lineterminator="\n").writerows(read)
