"""Where the register of a folder was imported from: kept beside it, so that the next import and `lnlib status` can compare."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lnlib.errors import RegisterError, listed
from lnlib.filesystem import file_digest

ORIGIN = "import.json"


@dataclass(frozen=True)
class Origin:
    """What a register was imported from.

    Parameters
    ----------
    source : str
        Its name.
    found_at : str
        Its path from the folder of the register; empty for a URL, or on another drive.
    path, contents : str
        SHA-256 of its full path or URL, and of what it holds where it is one file.
    mapping : str
        Path of the mapping file from the folder of the register; empty where there was none.
    files : dict of str to str
        The files of the register to their SHA-256 as they were written.
    """

    source: str
    found_at: str = ""
    path: str = ""
    contents: str = ""
    mapping: str = ""
    files: dict[str, str] | None = None

    @classmethod
    def of(cls, source: Path, folder: Path, *, url: str = "", mapping: str | Path | None = None) -> Origin:
        """Return the origin of a register that is about to be written to a folder."""
        where = url or str(source.resolve())
        contents = file_digest(source) if source.is_file() else ""
        path = hashlib.sha256(where.encode(errors="surrogatepass")).hexdigest()
        found_at = "" if url else _from(folder, source)
        return cls(source.name, found_at, path, contents, _from(folder, Path(mapping)) if mapping else "")

    @classmethod
    def read(cls, folder: Path) -> Origin | None:
        """Return the origin of the register in a folder; None where nothing tells it."""
        try:
            known = json.loads((folder / ORIGIN).read_text("utf-8"))
            texts = {key: str(known.get(key) or "") for key in ("found_at", "path", "contents", "mapping")}
            return cls(
                str(known["source"]), **texts, files={str(name): str(one) for name, one in known["files"].items()}
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, folder: Path, files: dict[str, str]) -> None:
        """Write the origin beside the files of a register, whose SHA-256 are kept with it."""
        text = json.dumps(asdict(replace(self, files=files)), ensure_ascii=False, indent=2)
        (folder / ORIGIN).write_text(text + "\n", encoding="utf-8")

    def check_replaces(self, folder: Path, names: tuple[str, ...]) -> None:
        """Check that a register from here may replace the one in a folder.

        Raises
        ------
        RegisterError
            That was not imported, was imported from another file or with a mapping, or was corrected since.
        """
        known = Origin.read(folder)
        elsewhere = "write to another folder, or move it away"
        if known is None:
            raise RegisterError(f"{folder} holds a register that was not imported; {elsewhere}")
        if known.source != self.source:
            raise RegisterError(f"{folder} holds the register imported from '{known.source}'; {elsewhere}")
        if known.path not in ("", self.path) and not (self.contents and self.contents == known.contents):
            name = f"another file named '{known.source}'"
            raise RegisterError(f"{folder} holds the register imported from {name}; {elsewhere}")
        there = [name for name in names if (folder / name).is_file()]
        changed = [name for name in there if file_digest(folder / name) != (known.files or {}).get(name)]
        if changed:
            were = "were" if len(changed) > 1 else "was"
            raise RegisterError(
                f"{listed(changed)} in {folder} {were} changed since the import, and the changes would be lost; {elsewhere}"
            )
        if known.mapping and not self.mapping:
            mapping = _in_command(Path(os.path.normpath(folder / known.mapping)))
            raise RegisterError(
                f"{folder} was imported with a mapping; add `--mapping {mapping}`, or write to another folder"
            )


def changed_source(folder: str | Path) -> str:
    """Return that the file which a register was imported from has changed since, and how to import it again.

    Empty where it has not, where it is not found at its place, or where the register is at a URL or was not imported.
    """
    folder = Path(folder)
    known = Origin.read(folder)
    source = Path(os.path.normpath(folder / known.found_at)) if known and known.found_at else None
    if known is None or source is None or not known.contents or not source.is_file():
        return ""
    if file_digest(source) == known.contents:
        return ""
    again = f"lnlib import {_in_command(source)} --to {_in_command(folder)}"
    if known.mapping:
        again += f" --mapping {_in_command(Path(os.path.normpath(folder / known.mapping)))}"
    return f"{_in_command(source)} has changed since the register was imported from it; `{again}` reads it again"


def _from(folder: Path, file: Path) -> str:
    """Return the path of a file from a folder; empty where there is none, as between two drives."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return ""


def _in_command(path: Path) -> str:
    """Return a path as a command takes it; a workbook beside the project is named from here."""
    return shlex.quote(min(_from(Path.cwd(), path) or str(path), str(path), key=len))
