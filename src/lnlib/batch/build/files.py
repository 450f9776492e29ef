"""Files appear in their place by rename: each whole or not at all."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lnlib.errors import LnlibError


class OutputNotWritable(LnlibError):
    """The output folder cannot be written to."""


class EditionBusy(LnlibError):
    """Another batch is making the same edition."""


def write_whole(path: Path, data: bytes | str | Iterable[bytes], *, keep_same: bool = False) -> None:
    """Write a file so that at any moment the old or the new one is there, whole.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes, str or iterable of bytes
        Its content, whole or in parts.
    keep_same : bool
        Leave a file alone that has this content already.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written to; the old file is then untouched.
    """
    parts = [data.encode()] if isinstance(data, str) else [data] if isinstance(data, bytes) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            if keep_same and path.is_file() and filecmp.cmp(part, path, shallow=False):
                part.unlink()
                return
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove_parts(folder: Path) -> None:
    """Remove what batches that were killed left of the files they were writing in a folder, but not below it."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move_in(staged: Path, target: Path) -> None:
    """Move a staged file, on the same file system, to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)


def sync_folder(folder: Path) -> None:
    """Have a staged folder's files on the disk before they are renamed into their place."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def check_writable(folder: Path) -> None:
    """Try to write to an output folder, making it if need be.

    Raises
    ------
    OutputNotWritable
        If it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        os.close(handle)
        Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputNotWritable(f"the output folder {folder} cannot be written to: {error.strerror}") from error


def remove(path: Path, *, until: Path) -> None:
    """Remove a file and the folders it leaves empty, up to but not including `until`."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    for folder in path.parents:
        if folder == until or until not in folder.parents:
            break
        try:
            folder.rmdir()
        except OSError:
            break


def remove_folder(folder: Path, *, surely: bool = False) -> None:
    """Remove a folder and all in it, if it is there.

    Raises
    ------
    OutputNotWritable
        If it has to be removed `surely`, and cannot be.
    """
    try:
        shutil.rmtree(folder, ignore_errors=not surely or not folder.exists())
    except OSError as error:
        raise OutputNotWritable(f"{error.filename or folder} cannot be removed: {error.strerror}") from error


@contextlib.contextmanager
def edition_lock(
    path: Path, edition: str, *, wait: float | None = 0.0, say: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold an edition for this batch; the lock ends with the process, however it ends.

    Its file stays: were it removed, one batch could hold the removed one while the next holds a new one.

    Parameters
    ----------
    path : Path
        The lock's file.
    edition : str
        For the message.
    wait : float or None
        Seconds to wait for another batch to end; None waits for ever.
    say : callable, optional
        Told if there is another batch to wait for.

    Raises
    ------
    EditionBusy
        If another batch still holds it.
    OutputNotWritable
        If the lock's folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise OutputNotWritable(f"the folder {path.parent} cannot be written to: {error.strerror}") from error
    with file:
        deadline = None if wait is None else time.monotonic() + wait
        while not _lock(file.fileno()):
            file.seek(0)
            busy = f"another batch (process {file.read().strip() or 'unknown'}) is making the edition {edition}"
            if deadline is not None and time.monotonic() >= deadline:
                raise EditionBusy(f"{busy}; wait for it to end")
            if say is not None:
                say(f"{busy}; waiting for it to end")
                say = None
            time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
