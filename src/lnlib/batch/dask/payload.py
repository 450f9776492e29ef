"""The payload for workers that share no files with this machine, and the fingerprint of the library it needs."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.batch.build.staleness import versions
from lnlib.batch.execute.dependencies import LIBRARY
from lnlib.batch.execute.limits import format_size
from lnlib.errors import EditionError, listed

MAX_BYTES = 1_000_000_000  # bytes


@dataclass(frozen=True)
class Payload:
    """A project's files as one archive, laid out so that paths from one to the other stay what they are.

    Parameters
    ----------
    archive : bytes
        A zip of the project's files and of the registers, named from a folder that holds them all.
    root : str
        The project's folder in it.
    digest : str
        Of the archive.
    """

    archive: bytes = field(repr=False)
    root: str
    digest: str

    def unpack(self, folder: Path) -> Path:
        """Unpack into an empty folder; return the project's folder in it."""
        with zipfile.ZipFile(io.BytesIO(self.archive)) as whole:
            whole.extractall(folder)
        (folder / self.root).mkdir(parents=True, exist_ok=True)
        return folder / self.root


def pack_project(root: Path, registers: Sequence[Path], *, without: Sequence[Path]) -> Payload:
    """Pack a project: all of its files but hidden ones, what is built, its environment and the library's own.

    Parameters
    ----------
    root : Path
        The project's folder.
    registers : sequence of Path
        Registers that runs read, wherever they are.
    without : sequence of Path
        Folders to leave out.

    Raises
    ------
    EditionError
        If the files are more than `MAX_BYTES` bytes.
    """
    base = Path(os.path.commonpath([root, *(register.parent for register in registers)]))
    left_out = {*without, Path(sys.prefix), LIBRARY}
    files = dict.fromkeys(_files(root, left_out))
    for register in registers:
        files |= dict.fromkeys(_files(register, set()) if register.is_dir() else [register])
    total = sum(path.stat().st_size for path in files)
    if total > MAX_BYTES:
        sizes: dict[str, int] = {}
        for path in files:
            part = path.relative_to(base).parts[: len(root.relative_to(base).parts) + 1]
            sizes["/".join(part)] = sizes.get("/".join(part), 0) + path.stat().st_size
        largest = sorted(sizes, key=lambda part: -sizes[part])[:3]
        largest_words = listed(f"{part} {format_size(sizes[part])}" for part in largest)
        raise EditionError(
            f"the project's files are {format_size(total)}; at most {format_size(MAX_BYTES)} can be sent to workers. The largest: {largest_words}"
        )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
        for path in sorted(files):
            archive.write(path, path.relative_to(base).as_posix())
    data = whole.getvalue()
    return Payload(data, root.relative_to(base).as_posix(), hashlib.sha256(data).hexdigest())


def _files(folder: Path, without: set[Path]) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        place = Path(here)
        folders[:] = [name for name in folders if _kept(name) and place / name not in without]
        yield from (place / name for name in names if _kept(name) and (place / name).is_file())


def _kept(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"


def fingerprint() -> dict[str, str]:
    """Return what a run's results depend on here: a digest of the library's files, and the versions that matter."""
    whole = hashlib.sha256()
    for path in sorted(LIBRARY.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(path.relative_to(LIBRARY).as_posix().encode() + b"\0" + path.read_bytes())
    return {"lnlib": whole.hexdigest()[:12], **versions()}


def differences(there: dict[str, str], here: dict[str, str]) -> str:
    """Return in words where two fingerprints differ; empty where they do not.

    >>> differences({"lnlib": "b", "numpy": "2.3.1"}, {"lnlib": "a", "numpy": "2.3.2"})
    'lnlib b there, a here; numpy 2.3.1 there, 2.3.2 here'
    """
    names = [name for name in {**here, **there} if there.get(name) != here.get(name)]
    return "; ".join(f"{name} {there.get(name, 'not')} there, {here.get(name, 'not')} here" for name in names)
