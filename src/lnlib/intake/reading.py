"""The door of all formats: a path to raw rows, each with its place, whatever somebody kept them in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lnlib.errors import RegisterError, listed
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, Progress
from lnlib.intake.mapping import MappingFile
from lnlib.intake.recognise import gather
from lnlib.intake.workbook import read_sheets
from lnlib.register.companion import BESIDE, was_edited
from lnlib.register.delimited import LONGEST_CELL, read_rows
from lnlib.register.package import DESCRIPTOR, inside, read_package
from lnlib.register.problems import Problem
from lnlib.register.raw import RawRegister
from lnlib.register.schema import TABLES

_WORKBOOKS = (".xlsx", ".xlsm", ".xltx")
_TEXTS = (".csv", ".tsv", ".txt")
MOST_FILES = 500
_GUARDED = tuple("=+-@'\t\r")


def read(path: Path, *, mapping: MappingFile | None = None, progress: Progress | None = None) -> RawRegister:
    """Read a register from a folder, a workbook or a CSV.

    Parameters
    ----------
    path : Path
        A Data Package; a folder of CSVs (the four tables, or an export of a survey tool); a workbook; one CSV.
    mapping : MappingFile, optional
        What its columns and values mean, where that cannot be recognised.
    progress : callable, optional
        Called with what is done, how much of it, and of how much (0 where that is not known).

    Returns
    -------
    RawRegister
        All rows, and what was assumed or refused in reading.

    Raises
    ------
    RegisterError
        It cannot be read at all; one sentence says why.
    """
    if progress:
        progress(f"reading {path.name}", 0, 0)
    if _is_package(path) and mapping is None:
        return _with_workbook_remarked(read_package(path))
    return gather(grids_of(path, progress), path, mapping or MappingFile())


def _is_package(path: Path) -> bool:
    if not path.is_dir():
        return False
    if (path / DESCRIPTOR).exists():
        return True
    names = {file.name for file in path.iterdir()}
    texts = [name for name in names if name.casefold().endswith(_TEXTS)]
    ours = {f"{name}.csv" for name in TABLES}
    # an export of a survey tool has a repeat group `X-Y.csv` beside X.csv; our tables have plain names
    groups = any(f"{name.split('-')[0]}.csv" in names for name in texts if "-" in name)
    if ours & names and not groups:
        return not all(_looks_foreign(path / name) for name in sorted(ours & names))
    return not texts


def _with_workbook_remarked(raw: RawRegister) -> RawRegister:
    if not (raw.path / BESIDE).is_file() or not was_edited(raw.path / BESIDE):
        return raw
    reason = f"{BESIDE} was changed in a spreadsheet; what stands in the CSV tables was read, not the changes"
    return replace(raw, problems=(*raw.problems, Problem("warning", "", BESIDE, "", 0, "", "", reason)))


def _looks_foreign(file: Path) -> bool:
    """Whether no header of one of the four tables is our own: then somebody else's words must be recognised."""
    lines, _ = read_rows(file)
    return not any(cell.strip() in TABLES[file.stem].names for cell in next(lines, []))


def grids_of(path: Path, progress: Progress | None = None) -> list[Grid]:
    """Give every sheet of a workbook, or every CSV of a folder, as it stands.

    Raises
    ------
    RegisterError
        It is no workbook, CSV or folder of CSVs, or beyond a limit.
    """
    ending = path.suffix.casefold()
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.casefold() in _TEXTS and file.is_file())
        if len(files) > MOST_FILES:
            raise RegisterError(f"{path} holds {len(files):,} CSVs; at most {MOST_FILES} are read")
        if not files:
            raise RegisterError(f"{path} holds no CSV")
        for file in files:
            inside(path, file.name, of=file.name, said_in=path)  # a link may lead elsewhere
        return [_text_grid(file, progress) for file in files]
    if ending in _TEXTS:
        return [_text_grid(path, progress)]
    if ending in _WORKBOOKS or _begins(path, b"PK", b"\xd0\xcf\x11\xe0"):
        return read_sheets(path, progress)
    kinds = listed([*_WORKBOOKS, *_TEXTS])
    raise RegisterError(f"{path} is no register: a folder with CSV tables, or a file that ends in {kinds}")


def _begins(path: Path, *signs: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4).startswith(signs)
    except OSError as error:
        raise RegisterError(f"{path} cannot be read: {error.strerror}") from None


def _text_grid(file: Path, progress: Progress | None) -> Grid:
    lines, remarks = read_rows(file)
    cells: list[list[str]] = []
    rows: list[int] = []
    faults: dict[int, list[Fault]] = {}
    held = 0
    for number, line in enumerate(lines, 1):
        while line and not line[-1].strip():
            line.pop()
        if not line:
            continue
        held += len(line)
        if len(line) > MOST_COLUMNS:
            raise RegisterError(
                f"{file}, row {number}, has {len(line):,} cells; at most {MOST_COLUMNS:,} columns are read"
            )
        if held > MOST_CELLS:
            raise RegisterError(f"{file} has more than {MOST_CELLS:,} cells; make it a Data Package or split it")
        cells.append([_cell(at, text, number, faults) for at, text in enumerate(line)])
        rows.append(number)
        if progress and len(rows) % 10_000 == 0:
            progress(f"reading {file.name}", len(rows), 0)
    return Grid(file.name, "", cells, rows, (), faults, tuple(remarks))


def _cell(at: int, text: str, row: int, faults: dict[int, list[Fault]]) -> str:
    if len(text) > LONGEST_CELL:
        reason = f"the cell holds {len(text):,} characters; at most {LONGEST_CELL:,} are read"
        faults.setdefault(row, []).append(Fault("error", at, text[:200], reason))
        return text[:200]
    # the apostrophe that guards a cell from being run as a formula
    return text[1:] if text[:1] == "'" and text[1:2] in _GUARDED else text
