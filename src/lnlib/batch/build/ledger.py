"""What was made, from what: so that a batch makes again only what has changed.

A run is up to date when the notebook, its parameters, the parts of the register it read, the other files it read,
the library's code and the versions that matter are what they were, and every file it published is whole.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lnlib.batch.job import FileStamp, RunError
from lnlib.errors import LnlibError

# The pages and reports around the runs, in the order in which they are uploaded: each names files before it.
SITE_FILES = ("style.css", "exhibits.json", "report.json", "report.txt", "index.html")
SCHEMA = 2  # version of the ledger's tables and of what its records hold
_COLUMNS = ("id", "state", "page_from", "seconds", "peak_memory", "error", "warnings", "shown", "packed", "exhibits")


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
            self._db.close()
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

    def site(self) -> str:
        """Return what the pages around the runs were made from when they were last written; empty where nobody knows."""
        with contextlib.suppress(sqlite3.OperationalError):  # of a batch that kept none
            row = self._db.execute("SELECT made_from FROM site").fetchone()
            return str(row[0]) if row else ""
        return ""

    def put_site(self, made_from: str) -> None:
        """Keep what the pages around the runs were made from."""
        with self._change():
            self._db.execute("CREATE TABLE IF NOT EXISTS site (made_from TEXT NOT NULL)")
            self._db.execute("DELETE FROM site")
            self._db.execute("INSERT INTO site (made_from) VALUES (?)", (made_from,))

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
