"""Files below a folder: walk, publish, write and remove them without following a symbolic link out of it.

The folder itself may be reached through links; nothing below it is. Whatever is neither a regular file nor a folder
(links, pipes, sockets, devices) is reported and left alone. A file is written by one function, atomically.
"""

from __future__ import annotations

import contextlib
import errno
import filecmp
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lnlib.errors import LnlibError

_PREFIX, _SUFFIX = ".lnlib-", ".part"  # of a file that is being written
_STAGE, _REPLACEMENT = ".lnlib-stage-", ".lnlib-replacement"  # new files of a folder, before and after the decision
_REMOVED = ".lnlib-removed"  # in there: the names of files that are no more
_KINDS = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a device", stat.S_IFCHR: "a device"}


class UnsafePath(LnlibError):
    """A path that leads out of the folder it should lie in, or that is not a regular file."""


@dataclass(frozen=True)
class Tree:
    """What lies below a folder.

    Parameters
    ----------
    files : tuple of Path
        The regular files, sorted, named from the folder.
    others : dict of Path to str
        Everything else but folders, with what it is.
    """

    files: tuple[Path, ...]
    others: dict[Path, str]


def scan(folder: Path) -> Tree:
    """Return what lies below a folder; links are listed, not followed. A missing folder is empty."""
    if not os.path.lexists(folder):
        return Tree((), {})
    if folder.is_symlink() or not folder.is_dir():
        return Tree((), {Path(): _kind(folder.lstat().st_mode, folder) or "a file"})
    files: list[Path] = []
    others: dict[Path, str] = {}
    waiting = [Path()]
    while waiting:
        inner = waiting.pop()
        with os.scandir(folder / inner) as entries:
            for entry in entries:
                name = inner / entry.name
                mode = entry.stat(follow_symlinks=False).st_mode
                if kind := _kind(mode, Path(entry.path)) or _name_problem(entry.name):
                    others[name] = kind
                elif stat.S_ISDIR(mode):
                    waiting.append(name)
                else:
                    files.append(name)
    return Tree(tuple(sorted(files)), dict(sorted(others.items())))


def _kind(mode: int, path: Path) -> str:
    """Return what a path is if it is neither a regular file nor a folder."""
    if stat.S_ISLNK(mode):
        return f"a symbolic link to {os.fsencode(path.readlink()).decode(errors='backslashreplace')}"
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else _KINDS.get(stat.S_IFMT(mode), "a special file")


def _name_problem(name: str) -> str:
    """Return what is wrong with a file's name that not every file system or program can hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "a name that is not UTF-8"
    odd = "\\" in name or any(unicodedata.category(char) == "Cc" for char in name)
    return "a name with control characters or a backslash" if odd else ""


def shown_name(path: Path) -> str:
    r"""Return a path as printable text.

    >>> shown_name(Path("data/a\nb"))
    'data/a\\nb'
    """
    text = os.fsencode(path.as_posix()).decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def from_here(path: Path) -> str:
    """Return a path as it is written from the current folder: a path that lies elsewhere stays as it is."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def is_file(path: Path) -> bool:
    """Return whether a path is a regular file or a link to one; False of a name that no file can have."""
    return os.path.isfile(path)  # noqa: PTH113  # `Path.is_file` raises where a name is too long


def read_small(path: Path, *, largest: int = 16_000_000) -> bytes:
    """Read a file that somebody wrote by hand, such as an edition file.

    Raises
    ------
    OSError
        It cannot be read; it is a folder, pipe or device; or it is larger than `largest` bytes. `strerror` is a sentence.
    """
    try:
        about = path.stat()
    except ValueError:
        raise OSError(errno.EINVAL, "no file can have its name") from None
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, f"it is {_kind(about.st_mode, path)}")
    if about.st_size > largest:
        raise OSError(errno.EFBIG, f"it holds {about.st_size:,} bytes; at most {largest:,} are read")
    return path.read_bytes()


def is_regular(path: Path) -> bool:
    """Return whether a path is a regular file, and not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def stamp_of(about: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file from one that was written in its place, also one of its size and time."""
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def lies_in(path: Path, folder: Path) -> bool:
    """Return whether a path lies below a folder, with no symbolic link in between; the path itself may be one."""
    if not path.is_relative_to(folder):
        return False
    inner = path.relative_to(folder)
    if not inner.parts or ".." in inner.parts:
        return False
    return Path(os.path.realpath(path.parent)) == Path(os.path.realpath(folder), *inner.parent.parts)


def below(folder: Path, name: str) -> Path:
    """Return the path of a file named from a folder.

    Raises
    ------
    UnsafePath
        If the name is absolute or climbs, or a folder on the way is a symbolic link.
    """
    path = folder / name
    if PurePosixPath(name).is_absolute() or not lies_in(path, folder):
        raise UnsafePath(f"{shown_name(path)} leads out of {folder}; nothing was written there")
    return path


def publish(name: str, *, staged: Path, target: Path) -> None:
    """Move a regular file from one folder to its place in another on the same file system.

    Raises
    ------
    UnsafePath
        If it is not a regular file, or either path leads out of its folder.
    """
    source, place = below(staged, name), below(target, name)
    if not is_regular(source):
        raise UnsafePath(f"{shown_name(source)} is not a regular file")
    place.parent.mkdir(parents=True, exist_ok=True)
    source.replace(place)


def write_atomic(
    path: Path,
    data: bytes | str | Iterable[bytes],
    *,
    keep_same: bool = False,
    sync: bool = True,
    within: Path | None = None,
    sole: bool = False,
) -> None:
    """Write a file so that at any moment either the old or the new one is there, complete.

    A symbolic link of that name is replaced, not followed.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    data : bytes, str or iterable of bytes
        Its content, complete or in parts.
    keep_same : bool
        Leave a file alone that has this content already.
    sync : bool
        Have the content on the disk before the file is renamed.
    within : Path, optional
        A folder that must not be left through a symbolic link.
    sole : bool
        Nobody else writes this file now: remove what a killed process left of it.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written to; the old file is then untouched.
    UnsafePath
        If the path leads out of `within`.
    """
    if within is not None and not lies_in(path, within):
        raise UnsafePath(f"{shown_name(path)} leads out of {within}; nothing was written there")
    parts = [data.encode()] if isinstance(data, str) else [data] if isinstance(data, bytes) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{_PREFIX}{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]}-"
    for left in path.parent.glob(f"{prefix}*{_SUFFIX}") if sole else ():
        if is_regular(left):
            left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            if keep_same and is_regular(path) and filecmp.cmp(part, path, shallow=False):
                part.unlink()
                return
            if sync:
                os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def replace_together(folder: Path, write: Callable[[Path], object], *, remove: Collection[str] = ()) -> None:
    """Replace several files of a folder in one step; its other files stay.

    The new files are written into a folder inside it, whose renaming is the step: a process that is killed before
    leaves the old files, one that is killed after leaves the rest to `finish_replacement`, which everybody calls who
    opens the folder.

    Parameters
    ----------
    folder : Path
        Made if need be.
    write : callable
        Writes the new files into the folder it is given.
    remove : collection of str
        Files to remove if they are not among the new ones.

    Raises
    ------
    OSError
        If something cannot be written; the old files are then untouched.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    finish_replacement(folder)
    for left in folder.glob(f"{_STAGE}*"):
        remove_tree(left, within=folder)
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder))
    try:
        write(stage)
        gone = sorted(name for name in remove if not (stage / name).exists())
        write_atomic(stage / _REMOVED, json.dumps(gone))
        stage.chmod(0o755)
        sync_files(stage, scan(stage).files)
        stage.rename(folder / _REPLACEMENT)
    except BaseException:
        remove_tree(stage, within=folder)
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    finish_replacement(folder)


def is_being_replaced(folder: Path) -> bool:
    """Return whether a replacement of a folder's files was decided and is not carried out."""
    try:
        return stat.S_ISDIR((folder / _REPLACEMENT).lstat().st_mode)
    except (OSError, ValueError):  # it is not there, as nearly always
        return False


def finish_replacement(folder: Path) -> None:
    """Complete a replacement of a folder's files that was decided and not carried out.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    UnsafePath
        If what is to be completed leads out of the folder, or was not written by lnlib.
    """
    stage = folder / _REPLACEMENT
    if not is_being_replaced(folder):
        return
    with contextlib.suppress(FileNotFoundError):  # another process is completing it too
        for name in _names_removed(stage / _REMOVED):
            remove_file(below(folder, name), within=folder)
    for file in scan(stage).files:
        if file.name != _REMOVED:
            target = below(folder, file.as_posix())
            with contextlib.suppress(FileNotFoundError):
                (stage / file).replace(target)
    remove_tree(stage, within=folder)


def _names_removed(file: Path) -> list[str]:
    """Read which files a replacement removes; a folder that somebody else made may hold anything."""
    if not stat.S_ISREG(file.lstat().st_mode):
        raise UnsafePath(f"{shown_name(file)} is not a file that lnlib wrote; nothing was changed")
    try:
        names = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UnsafePath(f"{shown_name(file)} is not a list of files that lnlib wrote; nothing was changed")
    return names


def is_leftover(name: str) -> bool:
    """Return whether a file or folder of this name was left by a process that was killed while it wrote."""
    return name.startswith(_PREFIX)


def remove_parts(folder: Path) -> None:
    """Remove the unfinished files that killed processes left in a folder, but not below it."""
    for part in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        if is_regular(part):
            part.unlink(missing_ok=True)


def remove_file(path: Path, *, within: Path) -> bool:
    """Remove a regular file below a folder, and the folders it leaves empty; return whether the file is gone.

    A link or special file, and what lies behind a linked folder, is left.
    """
    if not os.path.lexists(path):
        return True
    if not lies_in(path, within) or not is_regular(path):
        return False
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == within:
            break
        try:
            folder.rmdir()
        except OSError:
            break
    return True


def remove_tree(folder: Path, *, within: Path) -> None:
    """Remove a folder with everything in it; links in it, and the folder if it is one itself, are not followed.

    Where something is left, folders that may not be written to are made writable. What cannot be removed then stays.

    Raises
    ------
    UnsafePath
        If the folder lies behind a symbolic link.
    """
    if not os.path.lexists(folder):
        return
    if not lies_in(folder, within):
        raise UnsafePath(f"{shown_name(folder)} lies behind a symbolic link or outside {within}; it was left")
    if folder.is_symlink() or not folder.is_dir():
        with contextlib.suppress(OSError):
            folder.unlink()
        return
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        make_accessible(folder)
        shutil.rmtree(folder, ignore_errors=True)


def make_accessible(folder: Path) -> None:
    """Let the owner list, enter and write to a folder and those below it; links are not followed, files stay as they are."""
    waiting = [folder]
    while waiting:
        inner = waiting.pop()
        with contextlib.suppress(OSError):  # of somebody else
            mode = inner.lstat().st_mode
            if not stat.S_ISDIR(mode):
                continue
            if mode & stat.S_IRWXU != stat.S_IRWXU:
                inner.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
            with os.scandir(inner) as entries:
                waiting += [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


def sync_files(folder: Path, names: Iterable[Path]) -> None:
    """Have a folder's files on the disk before they are renamed."""
    mode = os.O_RDWR if os.name == "nt" else os.O_RDONLY  # Windows flushes only what may be written to
    for name in names:
        handle = os.open(folder / name, mode | getattr(os, "O_NOFOLLOW", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_name(key: object) -> str:
    """Make a name that every file system takes; distinct keys keep distinct names.

    >>> file_name("02"), file_name("a/b")
    ('02', 'a-b-c14cddc0')
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", str(key)).strip(".-")[:80]
    if safe == str(key):
        return safe
    return f"{safe}-{hashlib.sha256(str(key).encode()).hexdigest()[:8]}".lstrip("-")


def file_time_now() -> int:
    """Return the time that the system has noted of files changed until now, in ns; later changes have a later one.

    The system's own clock for it ticks every few milliseconds, which are waited for.
    """
    clock = getattr(time, "CLOCK_REALTIME_COARSE", None)
    if clock is None:
        return time.time_ns()
    now = time.clock_gettime_ns(clock)
    while time.clock_gettime_ns(clock) == now:
        time.sleep(0.0005)
    return now
