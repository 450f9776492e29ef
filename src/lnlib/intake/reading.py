"""The door of all formats: a path to raw rows, each with its place, whatever somebody kept them in."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from lnlib.errors import RegisterError, listed
from lnlib.filesystem import is_file
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, Progress
from lnlib.intake.mapping import MappingFile
from lnlib.intake.other_workbooks import CALAMINE, read_other_workbook
from lnlib.intake.recognise import gather
from lnlib.intake.workbook import read_sheets
from lnlib.register.cell_text import unguard
from lnlib.register.companion_workbook import BESIDE, was_edited
from lnlib.register.package import DESCRIPTOR, inside, read_package
from lnlib.register.problems import Place, Problem
from lnlib.register.raw_rows import RawRegister
from lnlib.register.schema import TABLES
from lnlib.register.separated_text import LARGEST_CSV, LONGEST_CELL, read_rows

_WORKBOOKS = (".xlsx", ".xlsm", ".xltx")
_LOCK = "~$"  # begins the name of the lock file that Excel puts beside an open workbook
_TEXTS = (".csv", ".tsv", ".txt")
_OTHER_DATA = (".json", ".geojson", ".xml", ".sav", ".dta", ".rds", ".rdata", ".accdb", ".mdb", ".parquet", ".numbers")
_PACKED_DATA = (".gz", ".7z", ".rar")
_APART = frozenset(("__MACOSX", "media"))  # what a zip of a Mac adds, and pictures of a survey tool
MOST_FILES = 500
MOST_ENTRIES = 20_000  # files and folders inside one that is read
DEEPEST_ZIP = 1  # archives in an archive


def read(
    path: Path, *, mapping: MappingFile | None = None, scale: str = "", progress: Progress | None = None
) -> RawRegister:
    """Read a register from a folder, a workbook or a CSV.

    Parameters
    ----------
    path : Path
        A Data Package; a folder of CSVs (the four tables, or an export of a survey tool); a workbook; one CSV.
    mapping : MappingFile, optional
        What its columns and values mean, where that cannot be recognised.
    scale : str, optional
        Scale by name or file, instead of the register's own; the mapping's values are of it.
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
    return gather(grids_of(path, progress), path, mapping or MappingFile(), scale)


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
    return not _files_in(path)[0]


def _with_workbook_remarked(raw: RawRegister) -> RawRegister:
    if not (raw.path / BESIDE).is_file() or not was_edited(raw.path / BESIDE):
        return raw
    reason = f"{BESIDE} was changed in a spreadsheet; what stands in the CSV tables was read, not the changes"
    return replace(raw, problems=(*raw.problems, Problem.warning(Place(BESIDE), reason)))


def _looks_foreign(file: Path) -> bool:
    """Return whether no header of one of the four tables is our own: then somebody else's words must be recognised."""
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
    if path.exists() and not is_file(path):
        raise RegisterError(
            f"{path} is not a file that can be read again, but a pipe or a device; save it as a file first"
        )
    ending = path.suffix.casefold()
    if path.name.startswith(_LOCK):
        name = path.name.removeprefix(_LOCK)
        raise RegisterError(f"{path} is the lock file of an open workbook; close it and import '{name}'")
    if path.is_file() and path.stat().st_size == 0:
        raise RegisterError(f"{path} is empty")
    if ending in _TEXTS and not _begins(path, b"PK\3\4"):
        return [_text_grid(path, progress)]
    if ending in (*_WORKBOOKS, *CALAMINE) and (what := _other_content(path)):
        raise RegisterError(f"{path} is no workbook but {what}")
    if ending == ".zip":
        return _zip_grids(path, progress)
    if ending in CALAMINE or (ending not in _WORKBOOKS and _begins(path, b"\xd0\xcf\x11\xe0")):
        return read_other_workbook(path, progress)
    if ending in _WORKBOOKS or _begins(path, b"PK"):
        return read_sheets(path, progress)
    kinds = listed([*_WORKBOOKS, *CALAMINE, *_TEXTS, ".zip"], most=20)
    raise RegisterError(f"{path} is no register: a folder with CSV tables, or a file that ends in {kinds}")


def _folder_grids(path: Path, progress: Progress | None, *, depth: int = 0) -> list[Grid]:
    """Read every workbook and CSV of a folder and of the folders inside, and name the files that were not read."""
    files, others = _files_in(path)
    if len(files) > MOST_FILES:
        raise RegisterError(f"{path} holds {len(files):,} files; at most {MOST_FILES} are read")
    if not files:
        raise RegisterError(f"{path} holds no CSV and no workbook")
    grids: list[Grid] = []
    for file in files:
        name = file.relative_to(path).as_posix()
        inside(path, name, of=name, stated_in=path)  # a link may lead elsewhere
        nested = file.suffix.casefold() == ".zip"
        if nested and depth >= DEEPEST_ZIP:
            raise RegisterError(f"{path} holds the archive '{name}' inside another; unpack it and import its folder")
        read_of = _zip_grids(file, progress, depth=depth + 1) if nested else grids_of(file, progress)
        grids += [replace(grid, file=f"{name}/{grid.file}" if nested else name) for grid in read_of]
    if sum(len(cells) for grid in grids for cells in grid.cells) > MOST_CELLS:
        raise RegisterError(f"{path} has more than {MOST_CELLS:,} cells; make it a Data Package or split it")
    return grids + [_not_opened(file.relative_to(path).as_posix()) for file in others]


def _files_in(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a folder that can be read, and the others; hidden ones and those of a register inside are neither."""
    endings = (*_TEXTS, *_WORKBOOKS, *CALAMINE, ".zip")
    ours = {BESIDE} if (path / DESCRIPTOR).is_file() else set()
    files: list[Path] = []
    others: list[Path] = []
    seen = 0
    for root, folders, names in os.walk(path):
        folder = Path(root)
        seen += len(names) + len(folders)
        if seen > MOST_ENTRIES:
            raise RegisterError(f"{path} holds more than {MOST_ENTRIES:,} files and folders; import a smaller folder")
        folders[:] = sorted(
            name for name in folders if name not in _APART and not (folder / name / DESCRIPTOR).is_file()
        )
        for name in sorted(names):
            if name.startswith((_LOCK, ".")) or (folder == path and name in ours):
                continue
            known = name.casefold().endswith(endings)
            (files if known else others).append(folder / name)
    return files, others if files else []


def _not_opened(name: str) -> Grid:
    return Grid(
        name, "", [], [], unopened="data" if name.casefold().endswith((*_OTHER_DATA, *_PACKED_DATA)) else "other"
    )


def _zip_grids(path: Path, progress: Progress | None, *, depth: int = 0) -> list[Grid]:
    """Unpack an archive into a folder of its own, within limits, and read it as a folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(path, archive, folder)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise RegisterError(f"{path} is broken or not a zip archive: {error}") from None
        try:
            return _folder_grids(folder, progress, depth=depth)
        except RegisterError as error:
            raise RegisterError(str(error).replace(str(folder), str(path))) from None


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    parts = [
        part for part in archive.infolist() if not part.is_dir() and (inner := _inner(part.filename)) and inner.name
    ]
    if len(parts) > MOST_FILES:
        raise RegisterError(f"{path} holds {len(parts):,} files; at most {MOST_FILES} are read")
    if sum(part.file_size for part in parts) > LARGEST_CSV:
        raise RegisterError(f"{path} unpacks to more than {LARGEST_CSV // 1024**3} GB; unpack and split it")
    if any(part.flag_bits & 1 for part in parts):
        raise RegisterError(f"{path} is protected by a password; make one without")
    endings = (*_TEXTS, *_WORKBOOKS, *CALAMINE, ".zip")
    for part in parts:
        target = folder / _inner(part.filename)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.name.casefold().endswith(endings):
            target.touch()  # only its name is told
            continue
        with archive.open(part) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)


def _inner(name: str) -> Path:
    """Return the path of a file inside an archive without what could lead out of a folder.

    >>> _inner("../2011/tracker.xlsx").as_posix()
    '2011/tracker.xlsx'
    """
    return Path(
        *[
            part
            for part in name.replace("\\", "/").split("/")
            if part.strip(". ") and ":" not in part and "\0" not in part
        ]
    )


def _other_content(path: Path) -> str:
    """Return what a file with the ending of a workbook is that some systems export under it, and what to do."""
    with path.open("rb") as stream:
        start = stream.read(2000)
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return ""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        return "a web page; open it in a spreadsheet and save it as .xlsx"
    if b"\0" not in start and any(sign in start for sign in b",;\t"):
        return "text; rename it to end in .csv"
    return ""


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
