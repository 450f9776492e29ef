"""The register as a folder: a Data Package with its four CSV tables, read and written."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Mapping
from itertools import compress, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import RegisterError, listed
from lnlib.filesystem import finish_replacement, is_file, is_leftover, read_small, replace_together
from lnlib.reference.places import Places
from lnlib.register.cell_text import RISKY, guarded, unguarded
from lnlib.register.companion_workbook import BESIDE, was_edited
from lnlib.register.contents import Contents
from lnlib.register.problems import Place, Problem, shortened
from lnlib.register.raw_rows import RawRegister, RawTable
from lnlib.register.schema import TABLES, table_schema
from lnlib.register.separated_text import read_rows

DESCRIPTOR = "datapackage.json"
_PART = 20_000  # rows
_NO_CELLS = np.array([], dtype=object)


def read_package(path: Path) -> RawRegister:
    """Read a folder that holds a Data Package, or the four CSV tables alone.

    Raises
    ------
    RegisterError
        The folder lacks a table, or `datapackage.json` or a CSV is not one; the message says which and where.
    """
    settle(path)
    about = _read_descriptor(path)
    files = _files(path, about)
    missing = [name for name in TABLES if not is_file(path / files[name])]
    if missing:
        lacking = listed(files[name] for name in missing)
        raise RegisterError(f"register {path} lacks {lacking}; a register has {listed(files.values())}")
    for file in files.values():
        inside(path, file, of=file, stated_in=path)  # a link may lead elsewhere too
    problems: list[Problem] = []
    tables = {name: _read_table(name, path / files[name], problems) for name in TABLES}
    return RawRegister(about, tables, path, tuple(problems))


def _read_descriptor(path: Path) -> Mapping[str, Any]:
    file = path / DESCRIPTOR
    if not file.is_file():
        return {"title": path.name}
    try:
        about = json.loads(read_small(file).decode("utf-8-sig"))
    except OSError as error:
        raise RegisterError(f"{file} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise RegisterError(f"{file} is not JSON: it is nested too deeply") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise RegisterError(f"{file} is not JSON: {error}") from None
    if not isinstance(about, dict):
        raise RegisterError(f"{file} is not a Data Package: it should be a mapping")
    return about


def _files(path: Path, about: Mapping[str, Any]) -> dict[str, str]:
    files = {name: f"{name}.csv" for name in TABLES}
    resources = about.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise RegisterError(f"{path / DESCRIPTOR}: resources should be a list of mappings")
    for resource in resources:
        name, file = resource.get("name"), resource.get("path")
        if isinstance(name, str) and name in TABLES and file:
            files[name] = str(inside(path, file, of=name, stated_in=path / DESCRIPTOR).relative_to(path))
    return files


def inside(folder: Path, file: object, *, of: str, stated_in: Path) -> Path:
    """Return the path of a file that a register names, which must lie in the register's folder.

    Raises
    ------
    RegisterError
        It leads elsewhere.
    """
    try:
        if isinstance(file, str) and "://" not in file and (folder / file).resolve().is_relative_to(folder.resolve()):
            return folder / file
    except (OSError, ValueError):  # a name that no file can have
        pass
    raise RegisterError(f"{stated_in}: path '{file}' of {of} leads out of the register's folder")


def _read_table(name: str, file: Path, problems: list[Problem]) -> RawTable:
    lines, remarks = read_rows(file)
    problems += [Problem.warning(Place(file.name), remark, table=name) for remark in remarks]
    header = [cell.strip() for cell in next(lines, [])]
    if not header:
        raise RegisterError(f"{file} is empty; its first row should hold the headers")
    repeated = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if repeated:
        raise RegisterError(f"{file} has column {listed(repeated)} more than once")
    columns: list[list[np.ndarray]] = [[_NO_CELLS] for _ in header]
    numbers = []
    first = 2
    # rows turn into arrays part by part: a million lists would stand in memory, and Python would search them for waste
    while part := list(islice(lines, _PART)):
        filled = [bool(cells and cells[0].strip()) or bool("".join(cells).strip()) for cells in part]
        whole = [len(cells) == len(header) for cells in part]
        for position, cells in enumerate(part):
            if filled[position] and not whole[position]:
                reason = f"the row has {len(cells)} cells, the header {len(header)}"
                row, value = first + position, shortened(",".join(cells))
                problems.append(Problem.error(Place(file.name, row=row), reason, table=name, value=value))
        kept = np.array(filled) & np.array(whole)
        for column, its in zip(columns, zip(*compress(part, kept), strict=True), strict=False):
            column.append(np.array(its, dtype=object))
        numbers.append(np.flatnonzero(kept) + first)
        first += len(part)
    # a column without a header is kept under none, so that it is said not to be read
    frame = pd.DataFrame({column: _cells(np.concatenate(its)) for column, its in zip(header, columns, strict=True)})
    return RawTable(name, frame, file.name, np.concatenate([np.array([], dtype=int), *numbers]))


def _cells(cells: np.ndarray) -> pd.Series:
    column = pd.Series(cells, dtype="str")
    # to look at one text is faster than to look at a million cells
    return unguarded(column) if "\n'" in "\n" + "\n".join(cells) else column


def check_folder(folder: Path, *, beside: Collection[str] = ()) -> None:
    """Refuse a folder that a register should not be written to.

    Raises
    ------
    RegisterError
        It is a file, holds something that is not a register, other than files named in `beside`, or holds a workbook
        that somebody changed.
    """
    if folder.exists() and not folder.is_dir():
        raise RegisterError(f"{folder} is a file; a register is written to a folder of its own")
    settle(folder)
    if (folder / BESIDE).is_file() and (folder / DESCRIPTOR).is_file() and was_edited(folder / BESIDE):
        raise RegisterError(
            f"{folder / BESIDE} was changed in a spreadsheet and would be lost; import it to a new folder, or move it away"
        )
    if not folder.exists() or (folder / DESCRIPTOR).is_file():
        return
    if any(entry.name not in beside and not is_leftover(entry.name) for entry in folder.iterdir()):
        raise RegisterError(f"{folder} holds other files; a register is written to a folder of its own")


def settle(folder: Path) -> None:
    """Complete the writing of a register that was killed after the new one had been decided on."""
    try:
        finish_replacement(folder)
    except OSError as error:
        raise RegisterError(
            f"{folder} was being written when the process was killed, and cannot be completed: {error.strerror}"
        ) from None


def write_package(
    register: Contents, folder: Path, *, beside: Collection[str] = (), more: Callable[[Path], object] | None = None
) -> None:
    """Write a register as a Data Package in one step: a process that is killed leaves the old or the new one.

    Parameters
    ----------
    folder : Path
        Of the register alone, or to be made.
    beside : collection of str
        Files that may lie in the folder of a register that is new.
    more : callable, optional
        Writes further files that belong to the register into the folder it is given.

    Raises
    ------
    RegisterError
        The folder holds something that is not a register (other than files named in `beside`), or a workbook that
        somebody changed, or cannot be written.
    """
    check_folder(folder, beside=beside)

    def write(stage: Path) -> None:
        for name in TABLES:
            write_table(register.tables[name], name, stage / f"{name}.csv")
        if places := _places_file(register.places):
            (stage / places).write_bytes(register.places.as_csv().encode())  # the same bytes on every system
        text = json.dumps(descriptor(register, folder.name), ensure_ascii=False, indent=2)
        (stage / DESCRIPTOR).write_bytes(f"{text}\n".encode())
        if more is not None:
            more(stage)

    try:
        replace_together(folder, write, remove=[BESIDE])  # a workbook of an earlier register would be wrong
    except OSError as error:
        raise RegisterError(f"{folder} cannot be written: {error.strerror}") from None


def write_table(frame: pd.DataFrame, name: str, file: Path) -> None:
    """Write the declared columns of one table as CSV: UTF-8, lines ending in a line feed."""
    written = frame[TABLES[name].names].astype("str").fillna("")
    # to look at one text is faster than to look at each column; where a cell may be risky, each is looked at
    text = "".join(f"\x1f{cell}" for column in written for cell in written[column])
    if any(f"\x1f{character}" in text for character in RISKY):
        written = written.apply(guarded)
    # a carriage return inside a cell ends the row unless the cell is quoted
    returns = "\r" in text
    quoting = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    written.to_csv(file, index=False, lineterminator="\n", encoding="utf-8", quoting=quoting)  # type: ignore[call-overload]


def _places_file(places: Places) -> str:
    """Return the file that custom places are written to, so that the register can be opened anywhere."""
    if places.shipped:
        return ""
    return "places.csv" if places.key in TABLES else f"{places.key}.csv"


def descriptor(register: Contents, name: str) -> dict[str, Any]:
    """Return the `datapackage.json` of a register."""
    stages, provinces = register.scale.keys, register.places.codes
    about: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "register",
        "title": register.title,
        "description": register.description,
        "licenses": [{"name": register.licence, "title": register.licence}] if register.licence else [],
        "sources": [dict(source) for source in register.sources],
        "register": {
            "kind": register.kind,
            "scale": register.scale.as_declared(),
            "places": _places_file(register.places) or register.places.key,
            "frame": register.frame,
            "period": register.period.text if register.period else "",
        },
        "resources": [
            {
                "name": table.name,
                "path": f"{table.name}.csv",
                "profile": "tabular-data-resource",
                "description": table.meaning,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": table_schema(table, stages=stages, provinces=provinces),
            }
            for table in TABLES.values()
        ],
    }
    return {key: value for key, value in about.items() if value != [] and value != ""}
