"""A job, one notebook to execute with one set of parameters, and its outcome.

Both are plain data that is sent as JSON between processes and machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypedDict

State = Literal["ok", "failed"]


class RunError(TypedDict, total=False):
    """Why a run failed; `type` and `message` are always there."""

    type: str
    message: str
    traceback: str
    cell: int  # counted from 1, as the notebook's author does
    count: int  # the cell's execution count
    line: int | None
    source: str


class FileStamp(NamedTuple):
    """What a file was when it was published."""

    size: int
    sha256: str
    changed: int  # time of change in ns
    inode_changed: int = 0  # time at which the system noted a change, which nobody can set; 0 before it is published


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Parameters
    ----------
    state : str
        `ok` or `failed`.
    error : dict or None
        Why it failed.
    seconds : float
        How long it took.
    peak_memory : int
        In bytes, of the process that executed the notebook.
    files : mapping of str to FileStamp
        The staged files, by their path in the edition's folder; none if the run could not stage any.
    exhibits : sequence of dict
        Its entries in `exhibits.json`.
    reads : sequence of str
        The parts of the register that it read.
    opened : sequence of str or None
        The files that it read, and the folders that it listed, which end in a slash; None if that is not known.
    programs : sequence of str
        The programs that its cells started, whose reads are not seen.
    warnings : sequence of str
        The warnings that its cells printed, each once, as `LayoutWarning: …`.
    """

    state: State
    error: RunError | None = None
    seconds: float = 0.0
    peak_memory: int = 0
    files: Mapping[str, FileStamp] = ()  # type: ignore[assignment]
    exhibits: Sequence[dict[str, Any]] = ()
    reads: Sequence[str] = ("all",)
    opened: Sequence[str] | None = None
    programs: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", {name: FileStamp(*stamp) for name, stamp in dict(self.files).items()})

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the outcome that `data` wrote."""
        return cls(**data)

    def data(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def failed(self, error: RunError, **changes: Any) -> Self:
        """Return the outcome of the same run, failed."""
        return replace(self, state="failed", error=error, exhibits=(), **changes)


@dataclass(frozen=True)
class Republication:
    """A published notebook of which only the page is made again.

    Parameters
    ----------
    notebook : str
        The published notebook's path.
    state, error, peak_memory
        What came of the run when it was executed.
    exhibits : list of dict
        Its entries in `exhibits.json`.
    """

    notebook: str
    state: State
    error: RunError | None
    peak_memory: int
    exhibits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The edition's folder."""
        return Path(self.notebook).parents[2]

    def files(self) -> dict[str, bytes]:
        """Return what the page is made of, by path in the edition's folder: the notebook, and drawings as SVG."""
        drawings = [name for entry in self.exhibits for name in entry.get("bare", ()) if name.endswith(".svg")]
        notebook = Path(self.notebook).relative_to(self.folder).as_posix()
        return {name: (self.folder / name).read_bytes() for name in [notebook, *drawings]}


@dataclass(frozen=True)
class Job:
    """One notebook to execute with one set of parameters.

    Parameters
    ----------
    id : str
        Unique in the batch.
    run : str
        Its id within its edition, which names its files.
    edition : str
        The edition's name.
    notebook : str
        The notebook's path.
    parameters : mapping
        What is injected.
    cwd : str
        The folder it works in.
    root : str
        The project's folder.
    register : str
        Path of the register, or of a copy of it.
    url : str
        The URL of which `register` is a copy; empty for none.
    library : str
        What the library's folder is called from the project's.
    uses_library : bool
        Whether the notebook names the library.
    stage : str
        The folder in which the run stages its files; it must be new.
    page : mapping
        What its page shows beside the notebook.
    seconds, memory : optional
        Its limits.
    engine : str
        `lnlib`, or `nbclient` for an ordinary kernel where runs could be forked.
    republication : Republication, optional
        If only its page is to be made again.
    """

    id: str
    run: str
    edition: str
    notebook: str
    parameters: Mapping[str, Any]
    cwd: str
    root: str
    register: str
    url: str
    library: str
    uses_library: bool
    stage: str
    page: Mapping[str, Any]
    seconds: float | None = None
    memory: int | None = None
    engine: str = "lnlib"
    republication: Republication | None = None

    @property
    def out(self) -> Path:
        """The folder that the notebook writes to."""
        return Path(self.stage) / "out"

    @property
    def made(self) -> Path:
        """The folder of the files to publish, by their path in the edition's folder."""
        return Path(self.stage) / "made"

    @property
    def outcome_file(self) -> Path:
        """The file in which the outcome is left, written last."""
        return Path(self.stage) / "outcome.json"

    def again(self, attempt: int | str) -> Self:
        """Return the job for another attempt, with a staging folder of its own."""
        return replace(self, stage=f"{self.stage.partition('~')[0]}~{attempt}")

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the job that `data` wrote."""
        republication = data.get("republication")
        return cls(**{**data, "republication": Republication(**republication) if republication else None})

    def data(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        republication = self.republication
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        if republication is not None:
            values["republication"] = {one.name: getattr(republication, one.name) for one in fields(republication)}
        return values
