"""The door of all formats: a path to raw rows, each with its place, whatever somebody kept them in."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from lnlib.errors import RegisterError, listed
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, Progress
from lnlib.intake.mapping import MappingFile
from lnlib.intake.other_workbooks import CALAMINE, read_other_workbook
from lnlib.intake.recognise import gather
from lnlib.intake.workbook import read_sheets
from lnlib.register.cells import unguard
from lnlib.register.companion import BESIDE, was_edited
from lnlib.register.delimited import LARGEST_CSV, LONGEST_CELL, read_rows
from lnlib.register.package import DESCRIPTOR, inside, read_package
from lnlib.register.problems import Place, Problem
from lnlib.register.raw import RawRegister
from lnlib.register.schema import TABLES

_WORKBOOKS = (".xlsx", ".xlsm", ".xltx")
_LOCK = "~$"  # begins the name of the lock file that Excel puts beside an open workbook
_TEXTS = (".csv", ".tsv", ".txt")
MOST_FILES = 500


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
    return not texts and not any(name.casefold().endswith((*_WORKBOOKS, *CALAMINE)) for name in names)


def _with_workbook_remarked(raw: RawRegister) -> RawRegister:
    if not (raw.path / BESIDE).is_file() or not was_edited(raw.path / BESIDE):
        return raw
    reason = f"{BESIDE} was changed in a spreadsheet; what stands in the CSV tables was read, not the changes"
    return replace(raw, problems=(*raw.problems, Problem.warning(Place(BESIDE), reason)))


def _looks_foreign(file: Path) -> bool:
    """Whether no header of one of the four tables is our own: then somebody else's words must be recognised."""
    lines, _ = read_rows(file)
    return not any(cell.strip() in TABLES[file.stem].names for cell in next(lines, []))


def grids_of(path: Path, progress: Progress | None = None) -> list[Grid]:
    """Return every sheet of a workbook, every CSV of a folder, or all of a zip archive or of a folder of workbooks.

    Raises
    ------
    RegisterError
        It is no workbook, CSV, or folder or zip of them, or beyond a limit.
    """
    if path.is_dir():
        return _folder_grids(path, progress)
    ending = path.suffix.casefold()
    if path.name.startswith(_LOCK):
        name = path.name.removeprefix(_LOCK)
        raise RegisterError(f"{path} is the lock file of an open workbook; close it and import '{name}'")
    if ending in _TEXTS:
        return [_text_grid(path, progress)]
    if ending == ".zip":
        return _zip_grids(path, progress)
    if ending in CALAMINE or (ending not in _WORKBOOKS and _begins(path, b"\xd0\xcf\x11\xe0")):
        return read_other_workbook(path, progress)
    if ending in _WORKBOOKS or _begins(path, b"PK"):
        return read_sheets(path, progress)
    kinds = listed([*_WORKBOOKS, *CALAMINE, *_TEXTS, ".zip"], most=20)
    raise RegisterError(f"{path} is no register: a folder with CSV tables, or a file that ends in {kinds}")


def _folder_grids(path: Path, progress: Progress | None) -> list[Grid]:
    endings = (*_TEXTS, *_WORKBOOKS, *CALAMINE)
    files = sorted(file for file in path.iterdir() if file.suffix.casefold() in endings and file.is_file())
    ours = {BESIDE} if (path / DESCRIPTOR).is_file() else set()
    files = [file for file in files if file.name not in ours and not file.name.startswith((_LOCK, "._"))]
    if len(files) > MOST_FILES:
        raise RegisterError(f"{path} holds {len(files):,} files; at most {MOST_FILES} are read")
    if not files:
        raise RegisterError(f"{path} holds no CSV and no workbook")
    for file in files:
        inside(path, file.name, of=file.name, said_in=path)  # a link may lead elsewhere
    grids = [grid for file in files for grid in grids_of(file, progress)]
    if sum(len(cells) for grid in grids for cells in grid.cells) > MOST_CELLS:
        raise RegisterError(f"{path} has more than {MOST_CELLS:,} cells; make it a Data Package or split it")
    return grids


def _zip_grids(path: Path, progress: Progress | None) -> list[Grid]:
    """Unpack the workbooks and CSVs of an archive into a folder of their own, within limits, and read them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(path, archive, folder)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise RegisterError(f"{path} is broken or not a zip archive: {error}") from None
        return _folder_grids(folder, progress) if any(folder.iterdir()) else _nothing_in(path)


def _nothing_in(path: Path) -> list[Grid]:
    raise RegisterError(f"{path} holds no CSV and no workbook")


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    endings = (*_TEXTS, *_WORKBOOKS, *CALAMINE)
    parts = [part for part in archive.infolist() if Path(part.filename).suffix.casefold() in endings]
    parts = [part for part in parts if not part.is_dir() and not Path(part.filename).name.startswith((_LOCK, "._"))]
    if len(parts) > MOST_FILES:
        raise RegisterError(f"{path} holds {len(parts):,} files; at most {MOST_FILES} are read")
    if sum(part.file_size for part in parts) > LARGEST_CSV:
        raise RegisterError(f"{path} unpacks to more than {LARGEST_CSV // 1024**3} GB; unpack and split it")
    if any(part.flag_bits & 1 for part in parts):
        raise RegisterError(f"{path} is protected by a password; make one without")
    for part in parts:
        target = folder / Path(part.filename).name  # folders inside are flattened: no part can lead elsewhere
        if target.exists():
            raise RegisterError(f"{path} holds two files named '{target.name}'; unpack it and import each folder")
        with archive.open(part) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)


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
    return unguard(text)
