"""Import a register and account for every row: it is in the register, or in `refused.csv` with the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.errors import LnlibError, RegisterError, nearest
from lnlib.filesystem import write_atomic
from lnlib.intake.grids import Progress
from lnlib.intake.headers import SHEET
from lnlib.intake.kobo import Groups
from lnlib.intake.layouts import Headed, is_system
from lnlib.intake.mapping import MappingFile, column_of, draft, plain
from lnlib.intake.opening import found_register, from_raw
from lnlib.intake.reading import grids_of, read
from lnlib.intake.recognise import recognised
from lnlib.intake.rows import Gathered
from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.checking import Checked
from lnlib.register.model import Register
from lnlib.register.package import check_folder, write_package
from lnlib.register.problems import Problem
from lnlib.register.raw import RawRegister
from lnlib.register.schema import TABLES, Column
from lnlib.register.writing import write_beside

REFUSED, WARNINGS = "refused.csv", "warnings.csv"
COLUMNS = ("file", "sheet", "row", "column", "value", "reason", "suggestion")
MOST_EXAMPLES = 3  # cells shown beside a header in a drafted mapping
MOST_WRONG = 40  # values of one column listed in it
_NEEDED = {"non_state": ("non_state_kind",), "state": ("state_kind",), "stage": ("rated_by",)}


@dataclass(frozen=True)
class Accounting:
    """What became of every row.

    Parameters
    ----------
    path, folder : Path
        What was read, and where the register stands now.
    read, refused : mapping of str to int
        Rows by table. One row of a sheet with one row per partnership is a row of several tables.
    problems : tuple of Problem
        Everything found.
    listed : tuple of Problem
        What stands in `refused.csv`: at least one reason for every row refused.
    register : Register
        The accepted rows.
    """

    path: Path
    folder: Path
    read: Mapping[str, int]
    refused: Mapping[str, int]
    problems: tuple[Problem, ...] = field(repr=False)
    listed: tuple[Problem, ...] = field(repr=False)
    register: Register = field(repr=False)

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
    def words(self) -> list[str]:
        """Say it in lines: a line a table, then the three counts, then where the reasons stand."""
        lines = [
            f"{name}: read {count:,}, accepted {self.accepted[name]:,}, refused {self.refused[name]:,}"
            for name, count in self.read.items()
        ]
        read, accepted, refused = self.counts
        lines.append(f"read {read:,} = accepted {accepted:,} + refused {refused:,}")
        if refused:
            lines.append(f"every refused row, with its reason: {self.folder / REFUSED}")
        if self.warnings:
            said = f"{len(self.warnings):,} things" if len(self.warnings) > 1 else "1 thing"
            lines.append(f"{said} assumed: {self.folder / WARNINGS}")
        reviews = sum(problem.severity == "review" for problem in self.problems)
        if reviews:
            lines.append(f"{reviews:,} to review: `lnlib check {self.folder}` lists what somebody should look at")
        if not read:
            lines.append("the register is empty: no row was read")
        return lines


def import_register(
    path: str | Path,
    folder: str | Path,
    *,
    mapping: str | Path | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Accounting:
    """Read somebody's register, write the accepted rows as a Data Package, and account for every row.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, CSV or survey export, or the URL of one.
    folder : str or Path
        Where to write: the Data Package, `register.xlsx` beside it, `refused.csv` and
        `warnings.csv`.
    mapping : str or Path, optional
        A mapping file.
    strict : bool, optional
        Refuse also rows in which something was assumed; what was assumed of a whole file stops the import.
    progress : callable, optional
        Called with what is done, how much of it, and of how much (0 where that is not known).

    Returns
    -------
    Accounting
        For every table, rows read = rows accepted + rows refused.

    Raises
    ------
    RegisterError
        The source cannot be read at all, the folder cannot be written, or a strict import would assume something of a
        whole file; nothing is written then.
    """
    with found_register(path) as source:
        return _imported(source, Path(folder), mapping=mapping, strict=strict, progress=progress)


def _imported(
    source: Path, target: Path, *, mapping: str | Path | None, strict: bool, progress: Progress | None
) -> Accounting:
    if target.exists() and (source.resolve() == target.resolve() or source.resolve().is_relative_to(target.resolve())):
        raise RegisterError(f"{target} holds what is to be imported; write to a folder of its own")
    check_folder(target)
    told = MappingFile.load(mapping) if mapping else None
    raw = read(source, mapping=told, progress=progress)
    if progress:
        progress("checking", 0, 0)
    register, checked = from_raw(raw, strict=strict)
    reasons = tuple(_reasons(raw, checked, strict=strict))
    if strict:
        _refuse_whole(source, checked.problems, {(p.file, p.sheet, p.row) for p in reasons})
    account = Accounting(source, target, checked.read, checked.refused, checked.problems, reasons, register)

    def more(stage: Path) -> None:
        write_beside(register, stage)
        _write(stage / REFUSED, COLUMNS, ([*_cells(problem)] for problem in reasons))
        _write(stage / WARNINGS, COLUMNS, ([*_cells(problem)] for problem in account.warnings))

    write_package(register, target, more=more)
    return account


def _refuse_whole(source: Path, problems: Iterable[Problem], refused: set[tuple[str, str, int]]) -> None:
    warnings = (problem for problem in problems if problem.severity == "warning")
    whole = [problem for problem in warnings if (problem.file, problem.sheet, problem.row) not in refused]
    if whole:
        lines = "\n".join(f"  {problem}" for problem in whole[:10])
        more = f"\n  and {len(whole) - 10} more" if len(whole) > 10 else ""
        raise RegisterError(f"a strict import of {source} assumes nothing, but:\n{lines}{more}")


def _reasons(raw: RawRegister, checked: Checked, *, strict: bool) -> Iterable[Problem]:
    refusing = ("error", "warning") if strict else ("error",)
    given: set[tuple[str, str, str, int]] = set()
    bad = {(name, *raw.tables[name].place(int(at))) for name in TABLES for at in checked.refused_at.get(name, ())}
    places = {(file, sheet, row) for _, file, sheet, row in bad}
    before = {(p.file, p.sheet, p.row): p for p in raw.problems if p.severity in refusing and p.row}
    for problem in checked.problems:
        place = (problem.file, problem.sheet, problem.row)
        if problem.severity == "error" or (problem.severity in refusing and place in places):
            given.add((problem.table, *place))
            yield problem
    for name in TABLES:
        table = raw.tables[name]
        whole = next((p for p in checked.problems if p.table == name and p.severity == "error" and p.row < 2), None)
        for at in checked.refused_at.get(name, ()):
            place = table.place(int(at))
            if (name, *place) in given:
                continue
            given.add((name, *place))
            cause = before.get(place) or whole
            reason = cause.reason if cause else "the row was refused"
            yield Problem("error", name, *place, "", "", reason)


def _cells(problem: Problem) -> Iterable[str]:
    row = str(problem.row) if problem.row else ""
    cells = (problem.file, problem.sheet, row, problem.column, problem.value, problem.reason, problem.suggestion)
    for cell in cells:
        # as in the tables: no spreadsheet should run what was refused
        yield f"'{cell}" if cell[:1] in tuple("=+-@'\t\r") else cell


def _write(file: Path, header: tuple[str, ...], rows: Iterable[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    try:
        write_atomic(file, text.getvalue())
    except OSError as error:
        raise RegisterError(f"{file} cannot be written: {error.strerror}") from None


def suggest_mapping(path: str | Path) -> str:
    """Draft a mapping file for somebody's file, to be edited.

    Parameters
    ----------
    path : str or Path
        Folder, workbook or CSV.

    Returns
    -------
    str
        YAML that can be used as it is: columns that were recognised, columns that were not (left out of the reading
        until somebody names them), values that cannot be read, and what the file does not say.

    Raises
    ------
    RegisterError
        The file cannot be read at all.
    """
    with found_register(path) as source:
        grids = grids_of(source)
    if not any(grid.cells for grid in grids):
        raise RegisterError(f"{path} holds nothing but blank rows: no mapping can be drafted")
    nothing = MappingFile()
    found, unread = recognised(grids, nothing)
    around = Groups.of(unread, nothing) if found else Groups()
    first = [Headed(grid, SHEET, grid.cells[0], [None] * len(grid.cells[0]), []) for grid in unread if not found]
    headers: list[tuple[str, str, list[str]]] = []
    wrong: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for one in found:
        for at, header in enumerate(one.headers):
            meaning = one.meanings[at]
            cells = list(dict.fromkeys(c for _, row in one.data if at < len(row) and (c := row[at].strip())))
            if meaning and meaning.how in ("alias", "own", "period"):
                _note_wrong(wrong, meaning.column, cells)
            ours = "" if meaning is None else meaning.column
            if not header.strip() or header in seen or (meaning and meaning.how in ("own", "period", "part")):
                continue
            if one.survey and (is_system(header) or not cells):
                continue
            seen.add(header)
            headers.append((header, ours, cells[:MOST_EXAMPLES]))
    for one in first:
        for header in one.headers:
            if header.strip() and header not in seen:
                seen.add(header)
                headers.append((header, "", []))
    for names in around.unread.values():
        headers += [(header, "", []) for header in names if header not in seen]
        seen |= set(names)
    there = {meaning.column for one in found for meaning in one.meanings if meaning}
    sheets = [one for one in found if one.layout == SHEET]
    missing = [name for column, needs in _NEEDED.items() if column in there for name in needs if name not in there]
    missing = [name for name in missing if sheets or name == "rated_by"]
    missing = [name for name in missing if name not in around.columns]
    undated = [one for one in sheets if "stage" in one.columns() and "date" not in one.columns() and not one.period]
    missing += ["date"] * bool(undated)
    titles = [
        (grid.title, f"{len(grid.rows):,} row{'s' * (len(grid.rows) > 1)}")
        for grid in unread
        if grid.title not in around.headers
    ]
    if headers or wrong or missing or titles:
        return draft(headers, wrong, missing, titles)
    return _nothing_needed(found)


def _nothing_needed(found: list[Headed]) -> str:
    lines = ["# No mapping is needed: every sheet and column was recognised."]
    for one in found:
        columns = list(dict.fromkeys(m.column if m.how != "period" else m.word for m in one.meanings if m))
        what = one.layout if one.layout in TABLES else "one row per partnership"
        rows = f"{len(one.data):,} row{'s' * (len(one.data) != 1)}"
        lines.append(f"# {plain(one.grid.title)}: {what} ({', '.join(columns)}), {rows}")
    return "\n".join(lines) + "\n"


def _note_wrong(wrong: dict[str, dict[str, str]], column: str, cells: list[str]) -> None:
    declared = column_of(column)
    if declared is None or declared.holds not in _READERS:
        return
    for cell in cells:
        for part in Gathered(Places.load(), MappingFile()).provinces(cell) if declared.holds == "province" else [cell]:
            try:
                _READERS[declared.holds](declared, part)
            except LnlibError:
                values = wrong.setdefault(column, {})
                if len(values) < MOST_WRONG:
                    values[part] = nearest(part, _allowed(declared)) or ""


_READERS: dict[str, Callable[[Column, str], object]] = {
    "province": lambda _, text: Places.load().read(text),
    "stage": lambda _, text: Scale.load("dfgg").read(text),
    "word": lambda column, text: vocabulary.read_word(column.vocabulary, text),
}


def _allowed(column: Column) -> list[str]:
    if column.holds == "province":
        return [place.name() for place in Places.load().places]
    return list(Scale.load("dfgg").keys if column.holds == "stage" else column.allowed)
