"""An edition read from its folder: every exhibit with its words, files and what it was made from."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from lnlib.batch.build.output_folder import is_unfinished
from lnlib.errors import EditionError, listed
from lnlib.filesystem import is_file, lies_in, stamp_of
from lnlib.storage import copy_of, is_url

EXHIBITS, REPORT = "exhibits.json", "report.json"
_MADE_BY = "an edition is a folder that 'lnlib run' makes, such as build/demonstration"


@dataclass(frozen=True)
class Entry:
    """An exhibit as `exhibits.json` tells of it; what an older edition does not tell is empty."""

    name: str
    data: str
    exhibit: str = "figure"  # or table
    number: str = ""
    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    source: str = ""
    kind: str = ""
    language: str = "en"
    alt: str = ""
    description: str = ""
    figures: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()  # the figures without number, title, notes and source
    tables: tuple[str, ...] = ()
    widths: Mapping[str, float] = field(default_factory=dict)  # mm
    partnerships: int = 0
    order: int = 0  # in which the run saved it
    register: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    made_from: Mapping[str, Any] = field(default_factory=dict)
    print_width: str = "two-columns"  # that a document shows it at

    @property
    def files(self) -> list[str]:
        """All its files: figures, tables, data."""
        return [*self.figures, *self.bare, *self.tables, self.data]

    @property
    def caption(self) -> str:
        """Number and title in one line."""
        return ". ".join(filter(None, [self.number, self.title])) or self.name

    def picture(self, form: str = "png") -> str:
        """Return its file in a format at its print width; the first of that format where it has none so wide."""
        own = [file for file in self.figures if file.endswith(f".{form}")]
        return next((file for file in own if file.endswith(f".{self.print_width}.{form}")), own[0] if own else "")


@dataclass(frozen=True)
class Opened:
    """An edition's folder, opened.

    Parameters
    ----------
    entries : tuple of Entry
        In the order of its notebooks.
    labels : mapping of str to str
        What each run is called.
    unfinished : tuple of str
        Runs that failed or were not made, in words: their exhibits are missing.
    chosen : tuple of mapping
        The exhibits that its file chose for print: `name`, `title`, `width`, `status`.
    house : str
        Path of its house style; empty for the one that ships with lnlib.
    url : str
        Where it is, if the folder is a copy of what is at a URL.
    rows : mapping
        Of its register by table: what identifies each row, with a digest; empty where they were not recorded.
    empty : mapping of str to str
        Provinces without a partnership in the register, which have no run: their names by key.
    state : tuple of int
        Of its report, which each batch writes.
    """

    folder: Path
    title: str
    entries: tuple[Entry, ...]
    labels: Mapping[str, str]
    unfinished: tuple[str, ...] = ()
    chosen: tuple[Mapping[str, str], ...] = ()
    house: str = ""
    url: str = ""
    rows: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)
    state: tuple[int, ...] = ()

    def check_unchanged(self) -> None:
        """Raise EditionError if a batch has begun to make the edition anew since it was opened.

        What reads many files calls it before it writes what it made of them: each file is whole, but they may not belong
        together.
        """
        _check_finished(self.folder)
        if _state(self.folder) != self.state:
            raise EditionError(f"edition {self.folder} was made anew while it was read; start again")

    def beside(self, ending: str) -> Path:
        """Name a file beside the folder and after it; of an edition at a URL, in the folder one works in."""
        return (Path.cwd() if self.url else self.folder.resolve().parent) / f"{self.name}{ending}"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @cached_property
    def by_name(self) -> dict[str, Entry]:
        """The exhibits by name."""
        return {entry.name: entry for entry in self.entries}

    def read(self, file: str) -> bytes:
        """Read one of its files.

        Raises
        ------
        EditionError
            It cannot be read, or leads out of the folder.
        """
        try:
            if not _is_inside(self.folder, file):
                raise EditionError(f"{self.folder / file} leads out of the edition's folder; it was not read")
            return (self.folder / file).read_bytes()
        except OSError as error:
            raise EditionError(f"{self.folder / file} cannot be read: {error.strerror}") from None


def open_edition(folder: str | Path) -> Opened:
    """Open an edition's folder, or a copy of it if it is named by a URL.

    Raises
    ------
    EditionError
        There is no such folder, it is not an edition, or a file that it names is missing.
    StorageError
        A URL cannot be reached.
    """
    if not is_url(folder):
        return _opened(Path(folder))
    copy = copy_of(str(folder)).path
    try:
        return replace(_opened(copy), url=str(folder))
    except EditionError as error:
        raise EditionError(str(error).replace(str(copy), str(folder))) from None


def _check_finished(folder: Path) -> None:
    if is_unfinished(folder):
        raise EditionError(
            f"edition {folder} is being made, or its batch was ended: some of its files are old, some new. Wait for the batch "
            "to end, or run it again"
        )


def _state(folder: Path) -> tuple[int, ...]:
    """Return what tells one report from the next that is written in its place."""
    try:
        about = (folder / REPORT).stat()
    except OSError as error:
        raise EditionError(f"{folder / REPORT} cannot be read: {error.strerror}") from None
    return stamp_of(about)


def _opened(folder: Path) -> Opened:
    _check_folder(folder)
    _check_finished(folder)
    state = _state(folder)
    report = _json(folder / REPORT, dict)
    entries = _in_order(_entry(exhibit, folder / EXHIBITS) for exhibit in _json(folder / EXHIBITS, list))
    twice = sorted({one.name for one in entries if sum(one.name == other.name for other in entries) > 1})
    if twice:
        raise EditionError(f"{folder / EXHIBITS} tells twice of {listed(twice)}")
    files = [file for entry in entries for file in entry.files]
    if linked := [file for file in files if is_file(folder / file) and not _is_inside(folder, file)]:
        raise EditionError(
            f"edition {folder} holds links: {listed(linked, most=3)}; its files are not read through links"
        )
    missing = [file for file in files if not is_file(folder / file)]
    if missing:
        raise EditionError(f"edition {folder} is not whole, it lacks {listed(missing, most=3)}: make it again")
    runs = [run for run in report.get("runs", []) if isinstance(run, dict)]
    return Opened(
        folder,
        str(report.get("title", "") or folder.resolve().name),
        entries,
        {str(run.get("id")): str(run.get("label") or run.get("id")) for run in runs},
        tuple(
            f"{run.get('id')} {'failed' if run.get('state') == 'failed' else 'was not made'}"
            for run in runs
            if run.get("state") in ("failed", "not made")
        ),
        tuple(one for one in report.get("exhibits") or [] if isinstance(one, dict) and "name" in one),
        str(report.get("house") or ""),
        rows=_rows(report.get("rows"), folder / REPORT),
        empty=_empty(report.get("empty"), folder / REPORT),
        state=state,
    )


def _empty(given: Any, file: Path) -> dict[str, str]:
    """Return the provinces without a partnership that a report lists."""
    if not isinstance(given or {}, dict):
        raise EditionError(f"{file} is not of an edition: its empty provinces are not what they should be")
    return {str(key): str(name) for key, name in (given or {}).items()}


def _is_inside(folder: Path, file: str) -> bool:
    """Return whether a file lies in a folder itself, not behind a link; a file that is not there does."""
    return lies_in(folder / file, folder) and not (folder / file).is_symlink()


def _rows(given: Any, file: Path) -> dict[str, list[list[str]]]:
    """Return the rows of the register that a report lists."""
    try:
        return {
            str(table): [[str(label), str(digest)] for label, digest in rows] for table, rows in (given or {}).items()
        }
    except (AttributeError, TypeError, ValueError):
        raise EditionError(f"{file} is not of an edition: its rows are not what they should be") from None


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise EditionError(f"edition {folder} does not exist; {_MADE_BY}")
    if not folder.is_dir():
        raise EditionError(f"{folder} is a file; {_MADE_BY}")
    if (folder / EXHIBITS).is_file() and (folder / REPORT).is_file():
        return
    inside = sorted(path.parent.name for path in folder.glob(f"*/{EXHIBITS}"))
    if inside:
        raise EditionError(f"{folder} is not an edition but holds some: {listed(inside)}; name one of them")
    if (folder / EXHIBITS).is_file() or (folder / REPORT).is_file():
        lacks = REPORT if (folder / EXHIBITS).is_file() else EXHIBITS
        raise EditionError(f"edition {folder} is not whole, it lacks {lacks}: make it again")
    raise EditionError(f"{folder} is not an edition, it has no {EXHIBITS}; {_MADE_BY}")


def _json(file: Path, kind: type) -> Any:
    try:
        entry = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise EditionError(f"{file} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise EditionError(f"{file} is not JSON: it is nested too deeply") from None
    except ValueError as error:
        raise EditionError(f"{file} is not JSON: {error}") from None
    if not isinstance(entry, kind):
        raise EditionError(f"{file} is not of an edition: it should be a {'list' if kind is list else 'mapping'}")
    return entry


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the exhibits of each run in the order in which it saved them; the runs stay in theirs."""
    runs: dict[str, list[Entry]] = {}
    for entry in entries:
        runs.setdefault(entry.run, []).append(entry)
    return tuple(entry for own in runs.values() for entry in sorted(own, key=_rank))


def _rank(entry: Entry) -> tuple[float, str, float, str]:
    number = re.search(r"\d+", entry.number)  # in the digits of any language
    return entry.order or math.inf, entry.exhibit, int(number[0]) if number else math.inf, entry.name


def _entry(exhibit: Any, file: Path) -> Entry:
    if not isinstance(exhibit, dict):
        raise EditionError(f"{file} is not of an edition: each exhibit should be a mapping")
    lacking = [name for name in ("name", "data") if not isinstance(exhibit.get(name), str) or not exhibit[name]]
    if lacking:
        raise EditionError(f"{file}: exhibit {exhibit.get('name', '') or '?'} has no {listed(lacking)}")
    given: dict[str, Any] = {}
    for one in fields(Entry):
        if exhibit.get(one.name) is None:
            continue
        plain = {"tuple": list, "Mapping": dict, "int": int}.get(str(one.type).split("[")[0], str)
        if not isinstance(exhibit[one.name], plain):
            raise EditionError(f"{file}: {one.name} of exhibit {exhibit['name']} is not what it should be")
        given[one.name] = tuple(map(str, exhibit[one.name])) if plain is list else exhibit[one.name]
    entry = Entry(**given)
    for named in entry.files:
        path = PurePosixPath(named)
        if path.is_absolute() or ".." in path.parts or "\\" in named or ":" in named or "\0" in named:
            raise EditionError(f"{file}: '{named}' of exhibit {entry.name} leads out of the edition's folder")
    return entry
