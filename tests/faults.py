"""Faults at every call that changes the disk: a process is killed there, or finds the disk full or read-only from there on."""

from __future__ import annotations

import builtins
import errno
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import lnlib
from lnlib.import_record import ORIGIN
from lnlib.intake.import_account import import_register

_LIBRARY = os.path.dirname(lnlib.__file__) + os.sep  # noqa: PTH120  # compared with the names of files of code
_CALLS = ("mkdir", "rename", "replace", "fsync", "unlink", "rmdir", "chmod")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
KINDS = ("killed", "full", "read-only")
_ERRORS = {"full": errno.ENOSPC, "read-only": errno.EROFS}
_WRITING_SQL = ("INSERT", "DELETE", "UPDATE", "CREATE", "DROP", "ALTER", "REPLACE")
_OF_DATABASES = {
    "full": ("SQLITE_FULL", "database or disk is full"),
    "read-only": ("SQLITE_READONLY", "attempt to write a readonly database"),
}
_FREEING = ("unlink", "rmdir")  # what a full disk still allows
REFUSED = 2
_RANDOM = re.compile(r"(\.lnlib-(?:stage|[0-9a-f]{8})-|\.staging/\w+/[0-9a-f]{16}-)[a-z0-9_]{8}")


def _site() -> str:
    """Return the line of the library that makes the current call, by itself or through others."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith(_LIBRARY):
        frame = frame.f_back
    return f"{frame.f_code.co_filename.removeprefix(_LIBRARY)}:{frame.f_lineno}" if frame else ""


class _Injector:
    """Counts calls, and fails in its way from call number `at` on."""

    def __init__(self, at: int, kind: str, counted: int):
        self.left, self.kind, self.counted = at, kind, counted

    def step(self, name: str) -> None:
        os.write(self.counted, f"{name} {_site()}\n".encode())
        self.left -= 1
        if self.left >= 0:
            return
        if not (self.kind == "full" and name in _FREEING):
            raise OSError(_ERRORS[self.kind], os.strerror(_ERRORS[self.kind]))


class _Killed:
    """Keeps what a process that is killed just before a call leaves behind: the folder as it lies there at that moment.

    What the process has buffered or locked goes with it, and a copy has neither; so one process shows what a kill at each
    call would leave. Copies are numbered by the call; of calls between which nothing changed the first stands for all.
    """

    def __init__(self, folder: Path, copies: Path, counted: int):
        self.folder, self.copies, self.counted = folder, copies, counted
        self.number, self.copying, self.before = 0, 0, None
        self.turn = threading.Lock()  # some calls come from threads: none goes on while another is copied

    def step(self, name: str) -> None:
        if self.copying == threading.get_ident():
            return
        with self.turn:
            os.write(self.counted, f"{name} {_site()}\n".encode())
            self.copying = threading.get_ident()
            found = everything(self.folder)
            if found != self.before:
                shutil.copytree(self.folder, self.copies / str(self.number), symlinks=True)
            self.number, self.before, self.copying = self.number + 1, found, 0


def _through(injector: _Injector | _Killed, name: str, function: Callable) -> Callable:
    def call(*args, **kwargs):
        injector.step(name)
        return function(*args, **kwargs)

    return call


def _inject(injector: _Injector | _Killed) -> None:
    """Let every writing call of this process go through an injector, and every statement that writes to a database.

    What other C libraries write by themselves is not seen.
    """
    for name in _CALLS:
        setattr(os, name, _through(injector, name, getattr(os, name)))
    plain_open, plain_os_open = io.open, os.open

    class File(io.FileIO):
        def write(self, data):
            injector.step("write")
            return super().write(data)

    def open_(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if not set(mode) & set("wax+") or "+" in mode:
            return plain_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = File(file, mode.replace("b", "").replace("t", ""), closefd=closefd, opener=opener)
        if buffering == 0:
            return raw
        buffered = io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def os_open(path, flags, *args, **kwargs):
        if flags & _WRITING:
            injector.step("open")
        return plain_os_open(path, flags, *args, **kwargs)

    io.open = builtins.open = open_
    os.open = os_open
    _inject_into_databases(injector)


def _inject_into_databases(injector: _Injector | _Killed) -> None:
    plain = sqlite3.connect

    def step(name: str) -> None:
        try:
            injector.step(name)
        except OSError:
            code, message = _OF_DATABASES[injector.kind]
            error = sqlite3.OperationalError(message)
            error.sqlite_errorname = code
            raise error from None

    class Connection(sqlite3.Connection):
        def execute(self, sql, *args):
            if sql.split()[0] in _WRITING_SQL:
                step("statement")
            return super().execute(sql, *args)

        def executemany(self, sql, *args):
            step("statement")
            return super().executemany(sql, *args)

        def __exit__(self, *error):
            if error[0] is None:
                try:
                    step("commit")
                except sqlite3.OperationalError:
                    self.rollback()
                    raise
            return super().__exit__(*error)

    sqlite3.connect = lambda *args, **kwargs: plain(*args, **{"factory": Connection, **kwargs})


def reasons(kind: str) -> tuple[str, ...]:
    """Return the words of the system, one of which the message of a refusal holds."""
    return os.strerror(_ERRORS[kind]), _OF_DATABASES[kind][1]


def attempt(act: Callable[[], object], at: int, kind: str, log: Path) -> tuple[int, str, list[str]]:
    """Act in a process of its own, with the disk full or read-only from call number `at` on.

    Returns
    -------
    tuple
        The exit status (0, or `REFUSED` where a sentence was raised), that sentence, and the calls: the name of each and
        the line of the library that makes it.
    """
    return _forked(act, partial(_Injector, at, kind), log)


def killed(
    act: Callable[[], object], folder: Path, copies: Path, log: Path
) -> tuple[int, str, list[str], dict[int, Path]]:
    """Act in a process of its own, and return as `attempt` does, with what a kill just before each call would leave.

    These are copies of the folder by the number of the call; where nothing changed since the call before there is none.
    """
    copies.mkdir()
    result = _forked(act, partial(_Killed, folder, copies), log)
    return *result, {int(path.name): path for path in sorted(copies.iterdir(), key=lambda path: int(path.name))}


def _forked(
    act: Callable[[], object], injector: Callable[[int], _Injector | _Killed], log: Path
) -> tuple[int, str, list[str]]:
    from lnlib.errors import LnlibError

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            message = log.open("wb", buffering=0)
            _inject(injector(writing))
            try:
                act()
                status = 0
            except LnlibError as error:
                os.write(message.fileno(), str(error).encode())
                status = REFUSED
            except BaseException:  # noqa: BLE001 - a forked process must not go on as the tests
                os.write(message.fileno(), traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writing)
    calls = b""
    while part := os.read(reading, 1 << 16):
        calls += part
    os.close(reading)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, log.read_text("utf-8"), calls.decode().splitlines()


def state(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder that are not hidden."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def everything(folder: Path) -> frozenset[tuple[str, bytes | None]]:
    """Return all that lies below a folder, hidden or not, so that two equal answers mean the same for whatever comes next.

    The random part of a temporary name says nothing.
    """
    return frozenset(
        (_RANDOM.sub(r"\1*", path.relative_to(folder).as_posix()), path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    )


def hidden(folder: Path) -> list[str]:
    """Return what is left of unfinished writing."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob(".*"))


def import_shortened(source: Path, folder: Path, *, beside: Path) -> None:
    """Import an earlier version of a register, with an assessment fewer, as if it had stood where the register stands.

    It is imported from a copy in `beside`; then the path of the register is noted as the one that it was imported from.
    """
    copy = shutil.copytree(source, beside / source.name)
    lines = (copy / "assessments.csv").read_text("utf-8").splitlines(keepends=True)
    (copy / "assessments.csv").write_text("".join(lines[:-1]), "utf-8")
    import_register(copy, folder)
    origin = json.loads((folder / ORIGIN).read_text("utf-8"))
    origin["path"] = hashlib.sha256(str(source.resolve()).encode()).hexdigest()
    (folder / ORIGIN).write_text(json.dumps(origin), "utf-8")
