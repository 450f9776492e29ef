"""An edition: its runs, and who belongs to its register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from lnlib.batch.plan.notebooks import Notebook
from lnlib.batch.plan.shortlist import Chosen
from lnlib.errors import EditionError, not_allowed
from lnlib.filesystem import file_time_now

ENGINES = ("lnlib", "nbclient")


def _no_warnings(path: str) -> list[str]:
    del path
    return []


def _as_given(name: str, value: Any) -> str:
    del name
    return str(value)


@dataclass(frozen=True)
class Members:
    """Who belongs to a register, as far as a batch needs to know."""

    title: str
    kind: str  # field | coded | simulated
    provinces: list[tuple[str, str]]  # key, label
    actors: list[tuple[str, str, str]]  # key, label, side (state | non_state)
    # key, label, province (empty where not stated), non-state actor, state actor
    partnerships: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    grid: dict[str, tuple[int, int]] = field(default_factory=dict)  # province: row, column of the tile map
    # province: `n` partnerships, `assessed` of them at the end, `stage_now` with its `count` and `level`, `change`
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    until: str = ""  # the end of the observed period in words; empty where the register tells an order
    stages: list[str] = field(default_factory=list)  # labels, lowest first
    in_order: bool = False  # whether the register tells an order and no dates
    # Other names that a subject is found by: those of "province=02", "actor=…" in another language or spelling.
    also: dict[str, str] = field(default_factory=dict)
    # Gives the key of a province or an actor for a key, a number or a name; raises LnlibError.
    resolve: Callable[[str, Any], str] = _as_given
    # Digests of parts of the register: "all", "province=02", "actor=…"; empty where parts cannot be told apart.
    digests: dict[str, str] = field(default_factory=dict)
    # Rows of the register by table: what identifies each, with a digest; empty where they are too many to list.
    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    # What some parameters of notebooks may be, such as `rater`; a parameter that is not named may be anything.
    allowed: dict[str, list[str]] = field(default_factory=dict)
    # What "province=02" is called in the edition's language, where not by its label.
    names: dict[str, str] = field(default_factory=dict)
    # Why there are no numbers: what is wrong with the `period` or the `parameters` of the edition.
    refused: dict[str, str] = field(default_factory=dict)
    # Returns warnings about a house style by its path; raises LnlibError.
    check_house: Callable[[str], list[str]] = _no_warnings
    # The static fonts that figures are set in: family, weight, file.
    fonts: Callable[[], list[tuple[str, int, Path]]] = list
    stamp: str = ""  # what told of a register that it has not changed; empty where nothing tells

    def key_of(self, name: str, value: Any) -> str:
        """Return the key of a province or an actor that is written as a key, a number or a name.

        Raises
        ------
        LnlibError
            If the register has none, or several, of that name.
        """
        if name == "province" and isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:02d}"
        key = self.resolve(name, value)
        known = [key for key, *_ in (self.provinces if name == "province" else self.actors)]
        if key not in known:
            raise EditionError(not_allowed(name, value, known))
        return key


class Membership(Protocol):
    """Return the members of the register at a path, in a frame of places; raises LnlibError.

    Their numbers are those of an edition: of its period, and by its choices of how histories are read. What they are
    called is in its language.
    """

    def __call__(self, register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
        """Read the register."""


@dataclass(frozen=True)
class Run:
    """One notebook executed with one set of parameters."""

    edition: str
    notebook: str
    key: str  # names its files: a province code, an actor's key, or `all`
    label: str
    parameters: dict[str, Any]
    over: dict[str, str] = field(default_factory=dict)  # what it was made for each of: {"province": "02"}
    reads: tuple[str, ...] = ()  # declared: patterns of files, or env:NAME, beside what is noticed
    engine: str = ENGINES[0]  # `lnlib` forks an imported process; `nbclient` starts an ordinary kernel

    @property
    def id(self) -> str:
        """Its name within the edition, and the path of its page without ending."""
        return f"{self.notebook}/{self.key}"


@dataclass(frozen=True)
class Edition:
    """All runs of one parameter file."""

    name: str
    path: Path
    title: str
    register: str  # absolute, or a URL
    members: Members
    notebooks: dict[str, Notebook]
    runs: list[Run]
    exhibits: list[Chosen] = field(default_factory=list)  # chosen for print, in order
    language: str = "en"
    house: str = ""  # absolute path of the house style; the shipped one if empty
    planned: int = field(default_factory=file_time_now)  # in ns, before anything was read
    warnings: tuple[str, ...] = ()  # of its file


def select(runs: Iterable[Run], only: Iterable[str], edition: Edition) -> list[Run]:
    """Keep the runs that match every `name=value`; values of the same name are alternatives.

    Raises
    ------
    EditionError
        If a word has no `=`, a name is not known, or nothing matches.
    """
    runs = list(runs)
    wanted: dict[str, set[str]] = {}
    names = {"notebook", *(name for run in edition.runs for name in run.over)}
    for word in only:
        name, equals, value = word.partition("=")
        if not equals:
            raise EditionError(f"--only takes name=value, but got '{word}'")
        if name not in names:
            raise EditionError(not_allowed("--only", name, sorted(names)))
        if name == "notebook":
            if value not in edition.notebooks:
                raise EditionError(not_allowed("notebook", value, sorted(edition.notebooks)))
        elif name in {"province", "actor"}:
            value = edition.members.key_of(name, value)
        wanted.setdefault(name, set()).add(value)
    kept = [
        run
        for run in runs
        if all(
            str(run.notebook if name == "notebook" else run.over.get(name, "")) in values
            for name, values in wanted.items()
        )
    ]
    if runs and not kept:
        raise EditionError(f"no run of {edition.name} matches --only {' '.join(only)}")
    return kept
