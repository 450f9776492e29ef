"""What figures and tables of a note share: a name, words, a CSV, an entry, and how they are saved."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd

from lnlib.errors import LnlibError
from lnlib.filesystem import write_atomic
from lnlib.register import Register
from lnlib.register.cell_text import guarded
from lnlib.words import Words

OUT_VARIABLE = "LNLIB_OUT"
# read once for all runs
_VERSIONS = {name: importlib.metadata.version(name) for name in ("lnlib", "matplotlib", "pandas")}
LONGEST_STEM = 120  # with a width and an ending, well under what file systems take


class Printed:
    """An exhibit of a note; `Exhibit` (a figure) and `Table` define its files."""

    name: str
    data: pd.DataFrame
    language: str
    exhibit: ClassVar[str] = ""  # figure or table

    @property
    def empty(self) -> str:
        """The sentence that stands for it where there is nothing to show; a table always shows its columns."""
        return ""

    @cached_property
    def stem(self) -> str:
        """The stem of its files: lower case, safe on every file system, and still unique."""
        plain = re.sub(r"[^a-z0-9+]+", "-", self.name.lower())[:LONGEST_STEM].strip("-")
        # names apart only in case would be one file on some systems
        return plain if plain == self.name else f"{plain}-{digest_of(self.name.encode())[:6]}".lstrip("-")

    @cached_property
    def words(self) -> Words:
        """The catalogue of its language."""
        return Words.load(self.language)

    def csv(self, *, float_format: str | None = None) -> str:
        """Return exactly what is shown as CSV; a text that a spreadsheet would run as a formula is guarded."""
        frame = self.shown_data()
        for column in frame.columns:
            if not pd.api.types.is_numeric_dtype(frame[column]) and not is_time(frame[column]):
                frame[column] = guarded(frame[column].astype("str").fillna(""))
        return frame.to_csv(index=False, lineterminator="\n", float_format=float_format)

    @cached_property
    def _csv(self) -> bytes:
        return self.csv().encode()

    def data_digest(self) -> str:
        """Return the number of rows and a digest of the data to six figures, by which stored outputs are compared.

        The words of a figure need not say each of its numbers, and its last digits differ between machines.
        """
        return f"{len(self.data)} rows, {digest_of(self.csv(float_format='%.6g').encode())}"

    def shown_data(self) -> pd.DataFrame:
        """Return a copy of the rows and columns that are shown."""
        return self.data.copy()

    def entry(self) -> dict[str, Any]:
        """Return its entry in `exhibits.json`."""
        raise NotImplementedError

    def files(self) -> dict[str, bytes]:
        """Make its files, beside CSV and entry, by their path in the edition's folder."""
        raise NotImplementedError

    def _of_register(self, register: Register) -> dict[str, Any]:
        """Return what every entry holds of the data: the file, the register, and digests of both."""
        return {
            "rows": len(self.data),
            "partnerships": len(register.partnerships),
            "data": f"data/{self.stem}.csv",
            "register": {
                "title": register.title,
                "kind": register.kind,
                "licence": register.licence,
                "sources": [dict(source) for source in register.sources],
            },
            "digests": {"data": digest_of(self._csv), "register": register.digest},
            "versions": dict(_VERSIONS),
        }

    def save(self, out: str | Path = "") -> Self:
        """Write its files, the CSV and the entry; all is made before the first is written, and each appears whole.

        Of an exhibit with nothing to show, nothing is written.

        Parameters
        ----------
        out : str or Path
            Folder; left empty, the one that a batch run names in the environment (`LNLIB_OUT`); else nothing is
            written.

        Returns
        -------
        Exhibit or Table
            Itself, so that a notebook shows what was saved.

        Raises
        ------
        LnlibError
            The folder cannot be written, or holds an exhibit of the other sort by this name.
        """
        folder = folder_named(out)
        if folder is None or self.empty:
            return self
        files = self.files()
        files[f"data/{self.stem}.csv"] = self._csv
        saved = _saved(folder / f"exhibits/{self.stem}.json")
        if (other := saved.get("exhibit", "")) not in ("", self.exhibit):
            raise LnlibError(f"{self.exhibit} {self.name} has the name of a {other}; each exhibit needs its own")
        # exhibits stand in the order in which their notebook saved them
        order = saved.get("order") or 1 + _number_saved(folder / "exhibits")
        entry = {**self.entry(), "order": order}
        files[f"exhibits/{self.stem}.json"] = json.dumps(entry, ensure_ascii=False, indent=1).encode()
        write_files(folder, files.items(), what=f"exhibit {self.name}")
        return self


def folder_named(out: str | Path) -> Path | None:
    """Return the folder to save to: the one given, else the one that a batch run names (`LNLIB_OUT`), else None."""
    named = str(out) or os.environ.get(OUT_VARIABLE, "")
    return Path(named) if named else None


def write_files(folder: Path, files: Iterable[tuple[str, bytes]], *, what: str) -> None:
    """Write files by their path in a folder; each appears whole.

    Raises
    ------
    LnlibError
        One cannot be written; the message says `what` they are.
    """
    try:
        for file, content in files:
            write_atomic(folder / file, content, sync=False)
    except OSError as error:
        raise LnlibError(f"{what} cannot be written to {folder}: {error.strerror}") from None


def is_time(column: pd.Series) -> bool:
    """Whether a column holds dates."""
    return pd.api.types.is_datetime64_any_dtype(column)


def digest_of(content: bytes) -> str:
    """Return the first 16 hex digits of the SHA-256 of a text."""
    return hashlib.sha256(content).hexdigest()[:16]


def _number_saved(folder: Path) -> int:
    """Return how many entries are in a folder; none where it is not there, or no folder can have its name."""
    try:
        return sum(name.endswith(".json") for name in os.listdir(folder))  # noqa: PTH208
    except OSError:
        return 0


def _saved(entry: Path) -> dict[str, Any]:
    """Return the entry that is saved there; an empty one where there is none."""
    try:
        result = json.loads(entry.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}
