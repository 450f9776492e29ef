"""What was made, from what: so that a batch makes again only what has changed.

A run is up to date when the notebook, its parameters, the parts of the register it read, the other files it read,
the library's code and the versions that matter are what they were, and every file it published is whole.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import hashlib
import importlib.metadata
import json
import os
import platform
import sqlite3
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lnlib.batch.execute.dependencies import LIBRARY, library_name
from lnlib.batch.job import FileStamp, RunError
from lnlib.batch.plan.edition import Edition, Run
from lnlib.errors import LnlibError, listed
from lnlib.filesystem import file_digest
from lnlib.storage import contents, is_url

# The pages and reports around the runs, in the order in which they are uploaded: each names files before it.
SITE_FILES = ("style.css", "exhibits.json", "report.json", "report.txt", "index.html")
_PACKAGES = (
    "ipykernel",
    "ipython",
    "matplotlib",
    "nbclient",
    "numpy",
    "pandas",
    "papermill",
    "pillow",
    "scipy",
    "seaborn",
)
SCHEMA = 2  # version of the ledger's tables and of what its records hold
_COLUMNS = ("id", "state", "page_from", "seconds", "peak_memory", "error", "warnings", "shown", "packed", "exhibits")
# These neither compute nor draw: the batch makes pages, and pages have a digest of their own.
_NOT_READ_BY_NOTEBOOKS = ("batch", "cli.py", "editions", "explorer", "notes")
# These capture what a notebook prints and displays, and write it.
_WRITES_NOTEBOOKS = ("client", "engine", "normalise", "output", "shell")
_COARSEST = 2_000_000_000  # ns between two times that a file system can note; FAT has two seconds
_CHANGED = "changed while the batch ran"  # in place of a digest: nobody knows which content was read


@dataclass(frozen=True)
class Record:
    """What is known of one run that was made.

    Of many runs only what their pages' frames need stands in memory as it is; the rest is packed, and told when asked.
    """

    id: str
    state: str  # begun | ok | failed | earlier (noted by an earlier version)
    page_from: str  # digest of what its page was made with, beside its notebook
    seconds: float
    peak_memory: int
    error: RunError | None
    warnings: tuple[str, ...]  # that its cells printed
    shown: int  # number of its exhibits
    packed: bytes = field(repr=False)  # what it was made from, and its files
    packed_exhibits: bytes = field(repr=False)

    @classmethod
    def of(  # noqa: PLR0913 - all that a record holds, by keyword
        cls,
        *,
        id: str,
        state: str,
        made_from: dict[str, Any],
        page_from: str,
        files: Mapping[str, FileStamp],
        seconds: float = 0.0,
        peak_memory: int = 0,
        error: RunError | None = None,
        warnings: Sequence[str] = (),
        exhibits: Sequence[dict[str, Any]] = (),
    ) -> Record:
        """Make the record of a run.

        Parameters
        ----------
        id, state
            Which run, and what became of it: `begun`, `ok` or `failed`.
        made_from : dict
            Notebook, parameters, register parts, files, code, versions: each with its digest.
        page_from : str
            Digest of what its page was made with, beside its notebook.
        files : dict
            By the published path: bytes, SHA-256, time of change in ns.
        seconds, peak_memory, error, warnings
            As its report states them.
        exhibits : sequence of dict
            What `exhibits.json` says of its exhibits.
        """
        packed = _packed([made_from, files]), _packed(list(exhibits))
        return cls(id, state, page_from, seconds, peak_memory, error, tuple(warnings), len(exhibits), *packed)

    def unpacked(self) -> tuple[dict[str, Any], dict[str, FileStamp]]:
        """Return what it was made from, and its files."""
        made_from, files = _unpacked(self.packed)
        return made_from, {name: FileStamp(*stamp) for name, stamp in files.items()}

    @property
    def made_from(self) -> dict[str, Any]:
        """What it was made from."""
        return self.unpacked()[0]

    @property
    def files(self) -> dict[str, FileStamp]:
        """Its published files."""
        return self.unpacked()[1]

    @property
    def exhibits(self) -> list[dict[str, Any]]:
        """Its exhibits."""
        return list(_unpacked(self.packed_exhibits))

    @property
    def has_page(self) -> bool:
        """Whether its page is published: that of a run which was only begun may not be whole."""
        return self.state not in ("begun", "earlier")


class LedgerTooNew(LnlibError):
    """A ledger that a newer version wrote."""


class Ledger:
    """The records of one edition, in one SQLite file.

    Parameters
    ----------
    path : Path
        The file; made if it is not there. A file that is not a ledger is put aside and begun anew; one that may
        not be written to can be read.

    Raises
    ------
    OSError, sqlite3.OperationalError
        If there is none and none can be made, or the disk is full.
    LedgerTooNew
        If a newer version wrote it.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            self._open()
        except sqlite3.OperationalError as error:  # it may be a ledger, but cannot be read or written now
            self._db.close()
            if not path.is_file() or not error.sqlite_errorname.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                raise  # the disk is full
            self._open_to_read()
        except sqlite3.DatabaseError:
            path.replace(path.with_suffix(".broken"))
            self._open()

    @classmethod
    def read_only(cls, path: Path) -> Ledger:
        """Return the ledger for reading; an empty one, held in memory, if there is none. Nothing is written or created.

        Raises
        ------
        sqlite3.OperationalError
            If it cannot be read.
        LedgerTooNew
            If a newer version wrote it.
        """
        ledger = cls.__new__(cls)
        ledger._path = path
        try:
            ledger._open_to_read() if path.is_file() else ledger._open_empty()
            ledger._check_version()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # not a ledger: the next batch begins one
            ledger._db.close()
            ledger._open_empty()
        return ledger

    def _open(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        if self._check_version() != SCHEMA:
            self._make_tables()

    def _open_empty(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._make_tables()

    def _check_version(self) -> int:
        """Return the version of the tables."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            self._db.close()
            raise LedgerTooNew(
                f"{self._path} was written by a newer lnlib (ledger version {version}, this one knows {SCHEMA}): update lnlib"
            )
        return int(version)

    def _make_tables(self) -> None:
        with self._change():
            for table in (
                f"made ({', '.join(_COLUMNS)}, PRIMARY KEY (id))",
                "files (name TEXT PRIMARY KEY, run TEXT NOT NULL) WITHOUT ROWID",
                "deposited (name TEXT PRIMARY KEY, size, digest, mark)",
            ):
                self._db.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            for column in sorted(set(_COLUMNS) - self._columns()):
                self._db.execute(f"ALTER TABLE made ADD COLUMN {column}")
            # What earlier versions noted of a run says too little; whose its files are stays known.
            self._db.execute("UPDATE made SET state = 'earlier'")
            self._db.execute(f"PRAGMA user_version = {SCHEMA}")

    def _open_to_read(self) -> None:
        """Open it without writing; what a running or a killed batch wrote beside it is read too, if SQLite can."""
        log = self._path.with_name(f"{self._path.name}-wal")
        # Without a log nothing is missed by looking at the file alone, for which SQLite needs no file of its own.
        waits = log.is_file() and log.stat().st_size > 0
        for how in ("mode=ro", "immutable=1") if waits else ("immutable=1",):
            self._db = sqlite3.connect(f"file:{quote(str(self._path))}?{how}", uri=True)
            with contextlib.suppress(sqlite3.OperationalError):
                self._db.execute("SELECT 1 FROM made").fetchone()
                return
            self._db.close()
        raise sqlite3.OperationalError(f"{self._path} cannot be read")

    def records(self) -> dict[str, Record]:
        """Return all records by the run's id."""
        there = self._columns()
        columns = ", ".join(column if column in there else "NULL" for column in _COLUMNS)
        found = {row[0]: _record(row) for row in self._db.execute(f"SELECT {columns} FROM made")}
        if self._check_version() != SCHEMA:  # opened for reading, it could not be brought to this version
            return {key: replace(record, state="earlier") for key, record in found.items()}
        return found

    def _columns(self) -> set[str]:
        """Return the columns of the table of runs."""
        return {str(name) for _, name, *_ in self._db.execute("PRAGMA table_info(made)")}

    def put(self, record: Record) -> None:
        """Keep a record, and whose its files are; on return it is safe from a kill."""
        columns = ", ".join(_COLUMNS)
        row = self._db.execute(f"SELECT {columns} FROM made WHERE id = ?", (record.id,)).fetchone()
        files = record.files
        gone = set(_record(row).files if row else ()) - set(files)
        error = None if record.error is None else json.dumps(record.error, ensure_ascii=False)
        warnings = json.dumps(record.warnings, ensure_ascii=False) if record.warnings else None
        values = (record.id, record.state, record.page_from, record.seconds, record.peak_memory, error, warnings)
        with self._change():
            self._forget_files(record.id, gone)
            owned = [(name, record.id) for name in files]
            self._db.executemany("INSERT OR REPLACE INTO files (name, run) VALUES (?, ?)", owned)
            self._db.execute(
                f"INSERT OR REPLACE INTO made ({columns}) VALUES ({', '.join('?' * len(_COLUMNS))})",
                (*values, record.shown, record.packed, record.packed_exhibits),
            )

    def drop(self, records: Iterable[Record]) -> None:
        """Forget runs and their files."""
        with self._change():
            for record in records:
                self._forget_files(record.id, record.files)
                self._db.execute("DELETE FROM made WHERE id = ?", (record.id,))

    def owners(self, names: Iterable[str]) -> dict[str, str]:
        """Return which run made a file last, for those files that a run made."""
        found = {}
        for name in names:
            row = self._db.execute("SELECT run FROM files WHERE name = ?", (name,)).fetchone()
            if row:
                found[name] = str(row[0])
        return found

    def names(self) -> set[str]:
        """Return the names of all files that runs of this edition published."""
        return {str(name) for (name,) in self._db.execute("SELECT name FROM files")}

    def _forget_files(self, run: str, names: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM files WHERE name = ? AND run = ?", [(name, run) for name in names])

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        """Change several things at once."""
        with self._db:
            self._db.execute("BEGIN")
            yield

    def deposited(self) -> dict[str, tuple[int, str, str]]:
        """Return size, digest and the store's mark of every file that was put into a store, by name."""
        rows = self._db.execute("SELECT name, size, digest, mark FROM deposited").fetchall()
        return {name: (size, digest, mark) for name, size, digest, mark in rows}

    def deposit(self, files: Mapping[str, tuple[int, str, str]]) -> None:
        """Keep of files that they were put into a store."""
        rows = [(name, *stored) for name, stored in files.items()]
        with self._change():
            self._db.executemany(
                "INSERT OR REPLACE INTO deposited (name, size, digest, mark) VALUES (?, ?, ?, ?)", rows
            )

    def undeposit(self, names: Iterable[str]) -> None:
        """Forget of files that they were put into a store."""
        with self._change():
            self._db.executemany("DELETE FROM deposited WHERE name = ?", [(name,) for name in names])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _record(row: tuple[Any, ...]) -> Record:
    key, state, page_from, seconds, peak_memory, error, warnings, *packed = row
    texts = json.loads(error or "null"), tuple(json.loads(warnings or "[]"))
    return Record(key, state, page_from, seconds, peak_memory, *texts, *packed)


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), 3)


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))


class Sources:
    """Digests of everything that runs of one edition can depend on, each computed once.

    Parameters
    ----------
    edition : Edition
        Whose runs are looked at.
    root : Path
        The project's folder; files are named from it.
    """

    def __init__(self, edition: Edition, root: Path):
        self._edition = edition
        self._root = root
        self._library = library_name(root)
        self._files: dict[str, str] = {}
        self._declared: dict[str, str] = {}
        self.code = code_digest()
        self.versions = versions()
        self._register = edition.members.digests or {"all": edition.members.stamp or contents(edition.register)}

    def part(self, name: str) -> str:
        """Return the digest of a part of the register (`all`, `province=02`); of all of it for an unknown part."""
        return self._register.get(name) or self._register.get("all", "")

    def file(self, name: str) -> str:
        """Return the digest of a file, named from the project's folder, or of the names in a folder; empty if it is gone."""
        if name not in self._files:
            path = self._path(name)
            if name.endswith("/"):
                self._files[name] = _names_digest(path) if path.is_dir() else ""
            else:
                self._files[name] = file_digest(path) if path.is_file() else ""
        return self._files[name]

    def _path(self, name: str) -> Path:
        inner = name.removeprefix(f"{self._library}/")
        return self._root / name if inner == name else LIBRARY / inner

    def _unchanged(self, path: Path) -> bool:
        """Return whether a file stayed as it was since the edition was planned, whatever its time of change says.

        Time of change can be set, and lies in the future after a restored backup; the time at which the system noted
        a change cannot. A file that was changed and changed back meanwhile counts as changed.
        """
        try:
            about = path.stat()
        except OSError:
            return True  # its digest is that of a file that is gone
        noted = about.st_mtime_ns if sys.platform == "win32" else about.st_ctime_ns
        return noted + (_COARSEST if _is_coarse(noted) else 0) <= self._edition.planned

    def _register_unchanged(self) -> bool:
        if is_url(self._edition.register):
            return True  # runs read a copy
        path = Path(self._edition.register)
        files = path.rglob("*") if path.is_dir() else [path]
        return all(self._unchanged(file) for file in files)

    def declared(self, pattern: str) -> str:
        """Return a digest of the files that a pattern under `reads` matches, or of an environment variable (`env:NAME`)."""
        if pattern not in self._declared:
            kind, _, name = pattern.partition(":")
            if kind == "env":
                self._declared[pattern] = hashlib.sha256(repr(os.environ.get(name)).encode()).hexdigest()
            else:
                whole = hashlib.sha256()
                for path in sorted(glob.glob(str(self._root / pattern), recursive=True)):  # noqa: PTH207
                    whole.update(path.encode(errors="surrogateescape") + b"\0" + contents(Path(path)).encode())
                self._declared[pattern] = whole.hexdigest()
        return self._declared[pattern]

    def made_from(
        self, run: Run, reads: Iterable[str], files: Iterable[str] | None, *, executed: bool = False
    ) -> dict[str, Any]:
        """Return what a run is made from now, having read these parts of the register and these files.

        Where it is not known which files were read (None), all of the library's own data count, for a notebook that
        names it. Of a run that was `executed`, what changed meanwhile has a mark in place of its digest.
        """
        notebook = self._edition.notebooks[run.notebook]
        if files is None:
            files = _library_data(self._library) if notebook.uses_library else ()
        parts = {part: self.part(part) for part in sorted(set(reads))}
        digests = {name: self.file(name) for name in sorted(set(files))}
        of_notebook = notebook.digest
        if executed:
            if not self._register_unchanged():
                parts = dict.fromkeys(parts, _CHANGED)
            digests = {name: one if self._unchanged(self._path(name)) else _CHANGED for name, one in digests.items()}
            of_notebook = of_notebook if self._unchanged(notebook.path) else _CHANGED
        return {
            "notebook": of_notebook,
            "parameters": run.parameters,
            "engine": run.engine,
            "register": parts,
            "files": digests,
            "declared": {pattern: self.declared(pattern) for pattern in run.reads},
            "matplotlibrc": self._matplotlibrc,
            "code": self.code,
            "versions": self.versions,
        }

    @functools.cached_property
    def _matplotlibrc(self) -> str:
        """The digest of the settings of matplotlib that apply to runs; empty where there are none."""
        named, home = os.environ.get("MATPLOTLIBRC", ""), Path.home()
        folder = os.environ.get("MPLCONFIGDIR") or f"{os.environ.get('XDG_CONFIG_HOME') or home / '.config'}/matplotlib"
        places = [self._root, *([Path(named), Path(named, "matplotlibrc")] if named else []), Path(folder)]
        for place in [self._root / "notebooks" / "matplotlibrc", *places]:
            file = place / "matplotlibrc" if place.is_dir() else place
            if file.is_file():
                return file_digest(file)
        return ""

    def why_stale(self, run: Run, record: Record | None, out: Path) -> str:  # noqa: C901 - one reason after the other
        """Return why a run has to be made; empty if it is up to date."""
        if record is None:
            return "never made"
        if record.state == "earlier":
            return "it was made by an earlier version of lnlib"
        if record.state == "begun":
            return "the batch that was publishing it was ended"
        if record.state != "ok":
            return f"it failed: {(record.error or {}).get('message', '')}".rstrip(": ")
        was, files = record.unpacked()
        now = self.made_from(run, was["register"], was["files"])
        if was["notebook"] != now["notebook"]:
            return f"the notebook {run.notebook} {_changed_when(was['notebook'])}"
        if was.get("engine", now["engine"]) != now["engine"]:
            return f"its engine changed: {was['engine']} → {now['engine']}"
        if was["parameters"] != now["parameters"]:
            return f"its parameters changed: {_changed(was['parameters'], now['parameters'])}"
        for part, digest in now["register"].items():
            if was["register"][part] != digest:
                what = "the register" if part == "all" else f"rows of {part} in the register"
                return f"{what} {_changed_when(was['register'][part])}"
        for name, digest in now["files"].items():
            if was["files"][name] != digest:
                what = f"the list of files in {name}" if name.endswith("/") else name
                return f"{what} {_changed_when(was['files'][name])}" if digest else f"{name} is gone"
        if was["declared"] != now["declared"]:
            names = [
                name
                for name in {**was["declared"], **now["declared"]}
                if was["declared"].get(name) != now["declared"].get(name)
            ]
            return f"what it declares to read changed: {listed(names)}"
        if was["matplotlibrc"] != now["matplotlibrc"]:
            return "matplotlibrc changed"
        if was["code"] != now["code"]:
            return "the code of lnlib changed"
        if was["versions"] != now["versions"]:
            return f"versions changed: {_changed(was['versions'], now['versions'])}"
        return _not_whole(files, out)


def _names_digest(folder: Path) -> str:
    """Return a digest of the names in a folder; what is hidden, and what Python compiles into it, does not count."""
    names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith((".", "__pycache__")))
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


def _changed_when(was: str) -> str:
    return _CHANGED if was == _CHANGED else "changed"


def _not_whole(files: Mapping[str, FileStamp], out: Path) -> str:
    for name, stamp in files.items():
        path = f"{out}/{name}"  # of a hundred thousand runs, a million paths
        try:
            now = os.lstat(path)
        except OSError:
            return f"its file {name} is gone"
        if not stat.S_ISREG(now.st_mode):
            return f"its file {name} is no longer a regular file"
        same = (
            now.st_mtime_ns == stamp.changed
            and now.st_ctime_ns == stamp.inode_changed
            and not _is_coarse(now.st_ctime_ns)
        )
        if now.st_size != stamp.size or (not same and file_digest(Path(path)) != stamp.sha256):
            return f"its file {name} is not what was published"
    return ""


def _is_coarse(noted: int) -> bool:
    """Return whether a time in ns is of a file system that notes whole seconds: a later change may have the same one."""
    return noted % 1_000_000_000 == 0


def _changed(was: dict[str, Any], now: dict[str, Any]) -> str:
    names = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
    return ", ".join(f"{name} {was.get(name)!r} → {now.get(name)!r}" for name in names)


@functools.cache
def code_digest() -> str:
    """Return a digest of the library's code that notebooks use, or that writes what they print and display."""
    whole = hashlib.sha256()
    for path in sorted(LIBRARY.rglob("*.py")):
        inner = path.relative_to(LIBRARY)
        writes = inner.parts[:2] == ("batch", "execute") and inner.stem in _WRITES_NOTEBOOKS
        if writes or inner.parts[0] not in _NOT_READ_BY_NOTEBOOKS:
            whole.update(inner.as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _library_data(library: str) -> list[str]:
    return [
        f"{library}/{path.relative_to(LIBRARY).as_posix()}"
        for path in LIBRARY.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path.relative_to(LIBRARY).parts[0] != "batch"
    ]


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
