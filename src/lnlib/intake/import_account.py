"""Import a register and account for the whole file: every row is accepted or refused, every column read, left out or not."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lnlib.errors import RegisterError, listed
from lnlib.filesystem import file_digest, write_atomic
from lnlib.import_record import Origin
from lnlib.intake.grids import Progress
from lnlib.intake.joined_rows import joined_words
from lnlib.intake.mapping import MappingFile
from lnlib.intake.province_set import before_split, moved_by_district
from lnlib.intake.reading import read
from lnlib.intake.register_opening import found_register, from_raw
from lnlib.register.cell_text import guard
from lnlib.register.checking import Checked
from lnlib.register.model import Register
from lnlib.register.package import DESCRIPTOR, check_folder, write_package
from lnlib.register.problems import Place, Problem, Severity, of_severity, shortened
from lnlib.register.raw_rows import FilePart, RawRegister
from lnlib.register.schema import TABLES
from lnlib.register.writing import write_beside
from lnlib.storage import is_url

REFUSED, WARNINGS, ACCOUNT = "refused.csv", "warnings.csv", "account.csv"
COLUMNS = ("file", "sheet", "row", "column", "value", "reason", "suggestion")
NOTICED: dict[Severity, str] = {"review": "to review", "unread": "not read", "warning": "assumed"}  # in this order
ACCOUNT_COLUMNS = ("file", "sheet", "letters", "column", "cells", "status", "what")
MOST_PRINTED = 20  # parts not read that are printed; account.csv lists all
_MOST_REASONS = 5  # of refusals, in the message that nothing was accepted
_FILES = (DESCRIPTOR, *(f"{name}.csv" for name in TABLES))
_OF_REFUSED = "left out: its assessment was refused"
_UNSTATED = "every figure will say that the kind of data is not stated; a mapping states it: `register: {kind: field}`, coded or simulated"
COMPLETE, INCOMPLETE, NOTHING = 0, 1, 2  # exit codes


@dataclass(frozen=True)
class Accounting:
    """What became of every row and every column of a file.

    Parameters
    ----------
    path, folder : Path
        What was read, and where the register is now.
    read, refused : mapping of str to int
        Rows by table. One row of a sheet with one row per partnership is a row of several tables.
    problems : tuple of Problem
        Everything found.
    listed : tuple of Problem
        What stands in `refused.csv`: at least one reason for every row refused.
    register : Register
        The accepted rows.
    parts : tuple of FilePart
        Every column with something in it.
    provinces : tuple of str
        Lines on the provinces that it is counted in, where those are not the ones that the file names.
    """

    path: Path
    folder: Path
    read: Mapping[str, int]
    refused: Mapping[str, int]
    problems: tuple[Problem, ...] = field(repr=False)
    listed: tuple[Problem, ...] = field(repr=False)
    register: Register = field(repr=False)
    parts: tuple[FilePart, ...] = field(repr=False, default=())
    provinces: tuple[str, ...] = ()

    @property
    def accepted(self) -> Mapping[str, int]:
        """Rows accepted, by table."""
        return {name: count - self.refused[name] for name, count in self.read.items()}

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows read, accepted and refused, of all tables together."""
        return sum(self.read.values()), sum(self.accepted.values()), sum(self.refused.values())

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was assumed."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def unread(self) -> tuple[Problem, ...]:
        """Parts of the file that hold something and were not read."""
        return tuple(of_severity(self.problems, "unread"))

    @property
    def exit_code(self) -> int:
        """0 where all was read and accepted, 2 where nothing was accepted, 1 where something is missing.

        Missing is a row that was refused, a part of the file that was not read, or any assessment at all.
        """
        _, accepted, refused = self.counts
        if not accepted:
            return NOTHING
        return INCOMPLETE if refused or self.unread or not self.accepted["assessments"] else COMPLETE

    def nothing_accepted(self, source: str) -> str:
        """Return that no row of `source` was accepted, with the first reasons, a line each."""
        reasons = _first([*self.unread, *self.listed], most=_MOST_REASONS)
        return f"none of the {self.counts[0]:,} rows read from {source} was accepted\n{reasons}"

    @property
    def words(self) -> list[str]:
        """Lines for the console: parts not read, parts left out, a line per table, the counts, and where reasons are."""
        lines = [f"NOT READ: {problem}" for problem in self.unread[:MOST_PRINTED]]
        more = len(self.unread) - MOST_PRINTED
        lines += [f"NOT READ: {more:,} more parts; {self.folder / ACCOUNT} lists all"] * (more > 0)
        lines += [f"left out: {line}" for line in self.left_out]
        lines += [
            f"{name}: read {count:,}, accepted {self.accepted[name]:,}, refused {self.refused[name]:,}"
            for name, count in self.read.items()
        ]
        lines += self.joined
        read, accepted, refused = self.counts
        total = f"read {read:,} = accepted {accepted:,} + refused {refused:,}"
        if self.unread:
            count = len(self.unread)
            total += f"; {count:,} part{'s' * (count > 1)} of the file NOT READ"
        lines.append(total)
        if refused:
            lines.append(f"every refused row, with its reason: {self.folder / REFUSED}")
        if self.warnings:
            count = len(self.warnings)
            lines.append(f"{count:,} assumption{'s' * (count > 1)}: {self.folder / WARNINGS}")
        reviews = sum(problem.severity == "review" for problem in self.problems)
        if reviews:
            lines.append(f"{reviews:,} to review: {self.folder / WARNINGS}")
        lines += self.provinces
        if self.parts:
            lines.append(f"every sheet and column, and what became of it: {self.folder / ACCOUNT}")
        if read and self.register.kind == "unstated":
            lines.append(_UNSTATED)
        if not read:
            lines.append("the register is empty: no row was read")
        elif not self.accepted["assessments"]:
            lines.append("the register has no assessment: nothing can be shown over time")
        return lines

    @property
    def joined(self) -> list[str]:
        """Which rows were joined into one partnership, as a sentence; none where none were."""
        return joined_words(self.parts)

    @property
    def left_out(self) -> list[str]:
        """A line per sheet and rule for the columns that were left out by a rule or by the mapping."""
        parts: dict[tuple[str, str], dict[str, list[str]]] = {}
        for part in self.parts:
            if part.status == "left out":
                rules = parts.setdefault((part.place.file, part.place.sheet), {})
                named = part.place.column or part.letters
                rows = f"{part.cells:,} row{'s' * (part.cells > 1)}" if part.cells else "the file"
                rules.setdefault(part.what, []).append(named or rows)
        return [
            f"{Place(*sheet)}: {listed(columns, most=4)} ({rule})"
            for sheet, rules in parts.items()
            for rule, columns in rules.items()
        ]


def import_register(
    path: str | Path,
    folder: str | Path,
    *,
    mapping: str | Path | None = None,
    strict: bool = False,
    title: str = "",
    progress: Progress | None = None,
) -> Accounting:
    """Read somebody's register, write the accepted rows as a Data Package, and account for every row.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, CSV or survey export, or the URL of one.
    folder : str or Path
        Where to write: the Data Package, `register.xlsx` beside it, `refused.csv`, `warnings.csv` and `account.csv`.
    mapping : str or Path, optional
        A mapping file.
    strict : bool, optional
        Refuse also rows in which something was assumed; what was assumed of a whole file stops the import.
    title : str, optional
        Of the register, where the source says nothing better than its file's name; by default that of the last import.
    progress : callable, optional
        Called with what is done, how much of it, and of how much (0 where that is not known).

    Returns
    -------
    Accounting
        For every table, rows read = rows accepted + rows refused; for the file, what became of each column.

    Raises
    ------
    RegisterError
        The source cannot be read at all, the folder cannot be written, a strict import would assume something of a
        whole file, or a register would be replaced by one without a row, or by one read without its mapping; nothing
        is written then.
    """
    with found_register(path) as source:
        origin = check_target(source, Path(folder), url=_url(path), mapping=mapping)
        raw = read(source, mapping=MappingFile.load(mapping, check=False) if mapping else None, progress=progress)
        title = title or _title_of(Path(folder))
        if title and raw.about["title"] in ("", source.stem):
            raw = replace(raw, about={**raw.about, "title": title})
        if progress:
            progress("checking", 0, 0)
        return _imported(raw, source, Path(folder), _url(path) or str(source), origin, strict=strict)


def _imported(raw: RawRegister, source: Path, target: Path, name: str, origin: Origin, *, strict: bool) -> Accounting:
    register, checked = from_raw(raw, strict=strict)
    reasons = tuple(_reasons(raw, checked, strict=strict))
    if strict:
        _refuse_whole(source, checked.problems, {p.place.at(p.row) for p in reasons})
    lost = tuple(_remarks_of_refused(raw, checked))
    register, counted = before_split(register, raw)
    moved = moved_by_district(register, raw.path)
    provinces = tuple(line for line in (counted, *(problem.reason for problem in moved)) if line)
    problems, parts = (*checked.problems, *lost, *moved), (*raw.parts, *_parts_of(lost))
    account = Accounting(source, target, checked.read, checked.refused, problems, reasons, register, parts, provinces)
    if account.exit_code == NOTHING and _has_rows(target):
        message = f"the register in {target} is left as it was: {account.nothing_accepted(name)}"
        raise RegisterError(f"{message}\n`lnlib import {shlex.quote(name)} --suggest` drafts a mapping for --mapping")

    def more(stage: Path) -> None:
        write_beside(register, stage)
        _write(stage / REFUSED, COLUMNS, ([*_cells(problem)] for problem in reasons))
        noticed = ((kind, one) for severity, kind in NOTICED.items() for one in of_severity(account.problems, severity))
        _write(stage / WARNINGS, ("kind", *COLUMNS), ([kind, *_cells(problem)] for kind, problem in noticed))
        _write(stage / ACCOUNT, ACCOUNT_COLUMNS, ([*_part_cells(part)] for part in account.parts))
        origin.write(stage, {name: file_digest(stage / name) for name in _FILES})

    write_package(register, target, more=more)
    return account


def _title_of(folder: Path) -> str:
    """Return the title of the register in a folder; empty where there is none."""
    file = folder / DESCRIPTOR
    return str(json.loads(file.read_text("utf-8")).get("title") or "") if file.is_file() else ""


def _url(path: str | Path) -> str:
    return str(path) if is_url(path) else ""


def check_target(source: Path, target: Path, *, url: str = "", mapping: str | Path | None = None) -> Origin:
    """Check that a register can be written to a folder without anything being lost, and return its origin.

    Parameters
    ----------
    source, target : Path
        What is to be imported, and the folder.
    url : str, optional
        Where the source was copied from.
    mapping : str or Path, optional
        The mapping file it is imported with.

    Raises
    ------
    RegisterError
        The folder holds the file itself, another register, one that was corrected since its import or was imported with a
        mapping where this is without one, or other files.
    """
    if target.exists() and (source.resolve() == target.resolve() or source.resolve().is_relative_to(target.resolve())):
        raise RegisterError(f"{target} holds what is to be imported; write to a folder of its own")
    check_folder(target)
    origin = Origin.of(source, target, url=url, mapping=mapping)
    if (target / DESCRIPTOR).is_file():
        origin.check_replaces(target, _FILES)
    return origin


def _has_rows(target: Path) -> bool:
    """Return whether a folder holds a register in which a table has a row."""
    tables = [target / f"{name}.csv" for name in TABLES]
    return (target / DESCRIPTOR).is_file() and any(
        len(table.read_text("utf-8").splitlines()) > 1 for table in tables if table.is_file()
    )


def _refuse_whole(source: Path, problems: Iterable[Problem], refused: set[Place]) -> None:
    assumed = (problem for problem in problems if problem.severity in ("unread", "warning"))
    whole = [problem for problem in assumed if problem.place.at(problem.row) not in refused]
    if whole:
        reasons = _first(whole, most=10)
        raise RegisterError(f"a strict import of {source} assumes nothing and leaves nothing unread, but:\n{reasons}")


def _first(problems: Sequence[Problem], *, most: int) -> str:
    """Write the first of some problems, a line each, and how many more there are."""
    more = len(problems) - most
    return "\n".join([f"  {problem}" for problem in problems[:most]] + [f"  and {more:,} more"] * (more > 0))


def _reasons(raw: RawRegister, checked: Checked, *, strict: bool) -> Iterable[Problem]:
    given: set[tuple[str, Place]] = set()
    refused = {(name, raw.tables[name].place(int(at))) for name in TABLES for at in checked.refused_at.get(name, ())}
    places = {place for _, place in refused}
    before = {p.place.at(p.row): p for p in raw.problems if (p.severity == "error" or (strict and p.assumes)) and p.row}
    for problem in checked.problems:
        place = problem.place.at(problem.row)
        if problem.severity == "error" or (strict and problem.assumes and place in places):
            given.add((problem.table, place))
            yield problem
    for name in TABLES:
        whole = next((p for p in checked.problems if p.table == name and p.severity == "error" and p.row < 2), None)
        for at in checked.refused_at.get(name, ()):
            place = raw.tables[name].place(int(at))
            if (name, place) in given:
                continue
            given.add((name, place))
            cause = before.get(place) or whole
            yield Problem.error(place, cause.reason if cause else "the row was refused", table=name)


def _remarks_of_refused(raw: RawRegister, checked: Checked) -> Iterable[Problem]:
    """Yield the comments and quotations of assessments that were refused: they stand in no table."""
    table = raw.tables["assessments"]
    for at in checked.refused_at.get("assessments", ()):
        for column in ("note", "quote"):
            if column in table.frame and (text := table.frame[column].iloc[int(at)].strip()):
                yield table.problem("warning", int(at), column, shortened(text), _OF_REFUSED)


def _parts_of(remarks: Iterable[Problem]) -> Iterable[FilePart]:
    """Yield the columns of remarks that were left out, each with how many cells."""
    for place, count in Counter(problem.place.at(0, problem.column) for problem in remarks).items():
        yield FilePart(place, "", count, "left out", _OF_REFUSED.removeprefix("left out: "))


def _cells(problem: Problem) -> Iterable[str]:
    row = str(problem.row) if problem.row else ""
    cells = (problem.file, problem.sheet, row, problem.column, problem.value, problem.reason, problem.suggestion)
    yield from map(guard, cells)


def _part_cells(part: FilePart) -> Iterable[str]:
    place = part.place
    cells = (place.file, place.sheet, part.letters, place.column, str(part.cells), part.status, part.what)
    yield from map(guard, cells)


def _write(file: Path, header: tuple[str, ...], rows: Iterable[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    try:
        write_atomic(file, text.getvalue())
    except OSError as error:
        raise RegisterError(f"{file} cannot be written: {error.strerror}") from None
