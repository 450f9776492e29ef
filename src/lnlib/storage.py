"""Places named by a URL: registers that are read from there, editions that are put there. Nobody else opens URLs.

fsspec does the reading and writing, so that whatever it knows can be named: `s3://`, `memory://`, `file://`, chains such
as `zip://folder::s3://bucket/archive.zip`. Credentials and endpoint come from where the protocol's own tools take them
(`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, …); nothing here asks for them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lnlib.errors import LnlibError, not_allowed

COPIES_VARIABLE = "LNLIB_COPIES"  # JSON: where copies of URLs are that a batch has made for its runs
MOST_FILES, MOST_BYTES = 200_000, 20_000_000_000
_URL = re.compile(r"[a-z][a-z0-9+.-]*(://|::)")
_PACKAGES = {"s3": "s3", "s3a": "s3"}  # protocols that an extra of lnlib brings
# Stores in which a file that is written appears whole or not at all.
_WHOLE = ("abfs", "az", "gcs", "gs", "memory", "s3", "s3a")
# What tells that a file is another one than before, in the words of several file systems.
_MARKS = ("ETag", "etag", "content_hash", "md5Hash", "CRC", "mtime", "LastModified", "created", "date_time", "ino")
_AT_A_TIME = 64
_OF_A_KIND = 3  # copies kept of one URL


class StorageError(LnlibError):
    """A URL that cannot be read or written to."""


@dataclass(frozen=True)
class Copy:
    """A copy of what a URL named, on this machine.

    Parameters
    ----------
    path : Path
        A folder or a file.
    stamp : str
        Of what was copied; empty where nothing tells whether it changes.
    """

    path: Path
    stamp: str


def is_url(place: object) -> bool:
    """Return whether a location is a URL.

    >>> is_url("s3://bucket/register"), is_url("zip://a.xlsx::s3://b/c.zip"), is_url("data/register")
    (True, True, False)
    """
    return isinstance(place, str) and _URL.match(place) is not None


def cache() -> Path:
    """Return this user's cache folder: `LNLIB_CACHE`, or `lnlib` in the system's place for caches."""
    if declared := os.environ.get("LNLIB_CACHE"):
        return Path(declared)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "lnlib"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lnlib"


def short_digest(text: str) -> str:
    """Name a text in sixteen letters."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stamp(url: str) -> str:
    """Digest what a listing tells of the files at a URL; empty where it cannot tell that one changed.

    Raises
    ------
    StorageError
        There is nothing at the URL, or it cannot be reached.
    """
    with _reaching(url):
        return _stamp(_listed(*_opened(url), url))


def contents(place: str | Path) -> str:
    """Digest the files of a place: all of a folder, or one file; at a URL, what tells that they changed.

    Empty where nothing tells it.

    Raises
    ------
    StorageError
        There is nothing at the URL, or it cannot be reached.
    """
    if is_url(place):
        return stamp(str(place))
    path = Path(place)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    whole = hashlib.sha256()
    for file in files:
        if file.is_file():
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            whole.update(file.relative_to(path).as_posix().encode() + b"\0" + digest.encode())
    return whole.hexdigest()


def copy_of(url: str) -> Copy:
    """Return a local copy of what a URL names; what has not changed since is not fetched again.

    In a run of a batch it is the copy that the batch has made, so that all runs read the same.

    Raises
    ------
    StorageError
        There is nothing at the URL, it cannot be reached, changes while it is copied, or is too large.
    """
    made = json.loads(os.environ.get(COPIES_VARIABLE, "{}"))
    if url in made:
        return Copy(Path(made[url]), "")
    with _reaching(url):
        fs, root = _opened(url)
        files = _listed(fs, root, url)
        size = sum(info.get("size") or 0 for info in files.values())
        if len(files) > MOST_FILES or size > MOST_BYTES:
            raise StorageError(f"{url} holds {len(files):,} files, {size:,} bytes: too much to copy")
        before = _stamp(files)
        kept = cache() / "copies" / short_digest(url)
        target = kept / (before[:16] or f"once-{uuid.uuid4().hex[:12]}") / _name(root, url)
        if target.exists():
            os.utime(target.parent)
            return Copy(target, before)
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".") as folder:
            staged = Path(folder) / "copy"
            _fetch(fs, root, files, staged / target.name)
            if _stamp(_listed(fs, root, url)) != before:
                raise StorageError(f"{url} changed while it was read; try again")
            with contextlib.suppress(OSError):  # another process was faster
                staged.rename(target.parent)
    _forget_old(kept)
    return Copy(target, before)


class Shelf:
    """A folder at a URL into which files are put, each whole or not at all.

    Parameters
    ----------
    url : str
        The folder.

    Raises
    ------
    StorageError
        If it is not in a store where files appear whole, or the store cannot be used.
    """

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        protocol = self.url.partition("://")[0]
        if protocol not in _WHOLE or "::" in self.url:
            raise StorageError(
                f"{url} cannot be written to: files appear whole only in a store such as {', '.join(_WHOLE)}"
            )
        with _reaching(url):
            self._fs, self._root = _opened(self.url)

    def files(self) -> dict[str, tuple[int, str]]:
        """Return size and version mark of every file."""
        with _reaching(self.url), contextlib.suppress(FileNotFoundError):
            self._fs.invalidate_cache()
            found = self._fs.find(self._root, detail=True)
            return {_inside(self._root, path): (info.get("size") or 0, _mark(info)) for path, info in found.items()}
        return {}

    def put(self, files: Mapping[str, bytes]) -> None:
        """Upload files, many at a time."""
        with _reaching(self.url):
            self._fs.pipe({f"{self._root}/{name}": content for name, content in files.items()})

    def claim(self, name: str, content: bytes) -> bool:
        """Upload a file if there is none of that name; return whether it was uploaded."""
        with _reaching(self.url):
            try:
                self._fs.pipe_file(f"{self._root}/{name}", content, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                if "PreconditionFailed" in str(error) or "pre-conditions" in str(error):
                    return False
                raise
        return True

    def get(self, name: str) -> bytes | None:
        """Return a file's content; None if it does not exist."""
        with _reaching(self.url):
            try:
                return bytes(self._fs.cat_file(f"{self._root}/{name}"))
            except FileNotFoundError:
                return None

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that are there."""
        paths = [f"{self._root}/{name}" for name in names]
        with _reaching(self.url):
            for first in range(0, len(paths), 1000):
                with contextlib.suppress(FileNotFoundError):
                    self._fs.rm(paths[first : first + 1000])


# --- fsspec -------------------------------------------------------------------------------------------------------


def _opened(url: str) -> tuple[Any, str]:
    import fsspec
    from fsspec.config import conf

    for protocol in ("s3", "s3a"):  # somebody waits: a minute of retries helps nobody
        own = conf.setdefault(protocol, {})
        own.setdefault("config_kwargs", {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 1}})
    fs, root = fsspec.core.url_to_fs(url)
    inner = fs
    while inner is not None:
        if "s3" in _protocols(inner):
            inner.retries = 2
        inner = getattr(inner, "fs", None)
    return fs, root.rstrip("/")


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _listed(fs: Any, root: str, url: str) -> dict[str, dict[str, Any]]:
    """Return the metadata of each file by its name in the folder; a single file has an empty name."""
    fs.invalidate_cache()
    about = fs.info(root)
    if about["type"] == "file":
        return {"": about}
    found = {_inside(root, path): info for path, info in fs.find(root, detail=True).items()}
    found = {name: info for name, info in found.items() if name and not name.endswith("/")}
    if not found:
        raise FileNotFoundError(url)
    return found


def _inside(root: str, path: str) -> str:
    name = path.removeprefix(root).lstrip("/")
    if ".." in PurePosixPath(name).parts or "\\" in name or "\0" in name:
        raise StorageError(f"{path} leads out of its folder")
    return name


def _mark(info: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={info[name]}" for name in _MARKS if info.get(name))


def _stamp(files: Mapping[str, Mapping[str, Any]]) -> str:
    marks = {name: _mark(info) for name, info in sorted(files.items())}
    if not all(marks.values()):
        return ""
    listing = [[name, files[name].get("size"), mark] for name, mark in marks.items()]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def _name(root: str, url: str) -> str:
    """Name a copy as the last part of its URL does."""
    name = PurePosixPath(root).name or PurePosixPath(url.rpartition("::")[2]).stem
    return re.sub(r"[^\w. -]", "-", name) or "copy"


def _fetch(fs: Any, root: str, files: Iterable[str], target: Path) -> None:
    names = list(files)
    for first in range(0, len(names), _AT_A_TIME):
        part = names[first : first + _AT_A_TIME]
        for name in part:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
        sources = [f"{root}/{name}" if name else root for name in part]
        fs.get(sources, [str(target / name) if name else str(target) for name in part])


def _forget_old(kept: Path) -> None:
    """Keep the last copies of a URL, and those that a batch may be reading."""
    folders = sorted((path for path in kept.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime)
    for folder in folders[_OF_A_KIND:]:
        if time.time() - folder.stat().st_mtime > 24 * 3600:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Return in one sentence what went wrong with a URL."""
    try:
        yield
    except LnlibError:
        raise
    except FileNotFoundError:
        raise StorageError(f"{url} does not exist") from None
    except PermissionError as error:
        raise StorageError(f"access to {url} is denied: {_first_line(error)}") from None
    except ImportError as error:
        protocol = url.partition(":")[0] if "::" not in url else url.rpartition("::")[2].partition(":")[0]
        extra = _PACKAGES.get(protocol)
        needs = f"pip install 'lnlib[{extra}]'" if extra else _first_line(error)
        raise StorageError(f"{url} cannot be opened without more packages: {needs}") from None
    except ValueError as error:
        if "Protocol not known" not in str(error):
            raise StorageError(f"{url} cannot be opened: {_first_line(error)}") from None
        from fsspec import available_protocols

        known = available_protocols()
        raise StorageError(not_allowed(f"{url}: protocol", str(error).rpartition(": ")[2], known)) from None
    except Exception as error:  # noqa: BLE001 - each protocol has its own errors, which have nothing in common
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
            raise StorageError(
                f"{url} needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            ) from None
        raise StorageError(f"{url} cannot be reached: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
