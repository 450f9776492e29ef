"""Why a run is stale: what it was made from (notebook, parameters, rows, files, code, versions) against what is there now."""

from __future__ import annotations

import functools
import glob
import hashlib
import importlib.metadata
import os
import platform
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import Record
from lnlib.batch.execute.dependencies import LIBRARY, library_name
from lnlib.batch.job import FileStamp
from lnlib.batch.plan.edition import Edition, Run
from lnlib.errors import listed
from lnlib.filesystem import file_digest
from lnlib.storage import contents, is_url

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
# These neither compute nor draw: the batch makes pages, and pages have a digest of their own.
_NOT_READ_BY_NOTEBOOKS = ("batch", "cli.py", "editions", "explorer", "notes")
# These capture what a notebook prints and displays, and write it.
_WRITES_NOTEBOOKS = ("engine", "normalise", "output", "papermill_client", "shell")
_COARSEST = 2_000_000_000  # ns between two times that a file system can note; FAT has two seconds
_CHANGED = "changed while the batch ran"  # in place of a digest: nobody knows which content was read


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
        named, home = os.environ.get("MATPLOTLIBRC"), Path.home()
        folder = os.environ.get("MPLCONFIGDIR") or f"{os.environ.get('XDG_CONFIG_HOME') or home / '.config'}/matplotlib"
        for place in [self._root / "notebooks", self._root, *([Path(named)] if named else []), Path(folder)]:
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
        return not_whole(files, out)


def _names_digest(folder: Path) -> str:
    """Return a digest of the names in a folder; what is hidden, and what Python compiles into it, does not count."""
    names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith((".", "__pycache__")))
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


def _changed_when(was: str) -> str:
    return _CHANGED if was == _CHANGED else "changed"


def not_whole(files: Mapping[str, FileStamp], out: Path) -> str:
    """Return which published file is gone or changed; empty where all are as they were published."""
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
            found[name] = _version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _version(name: str) -> str:
    """Return the version of an installed package, of whose metadata only that line is read."""
    found = re.search(
        r"^Version: *(.+)$", importlib.metadata.distribution(name).read_text("METADATA") or "", re.MULTILINE
    )
    return found[1].strip() if found else importlib.metadata.version(name)
