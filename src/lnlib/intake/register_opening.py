"""Open a register: find it, read it, check it."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed, nearest, not_allowed
from lnlib.intake.described_reference import described_in, places_of, scale_of
from lnlib.intake.mapping import MappingFile
from lnlib.intake.province_set import before_split
from lnlib.intake.reading import read
from lnlib.reference.dates import PartialDate
from lnlib.register.checking import Checked, check
from lnlib.register.model import KINDS, Register
from lnlib.register.package import DESCRIPTOR, settle
from lnlib.register.problems import Place, Problem, of_severity
from lnlib.register.raw_rows import RawRegister
from lnlib.storage import contents, copy_of, is_url

_ABOUT_KEYS = ("kind", "scale", "places", "frame", "period")
SHOWN_PROBLEMS = 10
_GOOGLE = re.compile(r"https?://(docs|drive|sheets)\.google\.com/", re.IGNORECASE)


def find_register(path: str | Path) -> Path:
    """Find a register by its path, or by its bare name in the `data` folder here or in a folder above.

    Raises
    ------
    RegisterError
        It is in none of these; the message names the nearest that is there.
    """
    given = _expanded(path)
    if _is_there(given):
        settle(given)
        return given
    beside: list[str] = []
    if len(given.parts) == 1:
        here = Path.cwd()
        for folder in (here, *here.parents):
            data = folder / "data"
            if _is_there(data / given):
                settle(data / given)
                return data / given
            if data.is_dir():
                beside += sorted(entry.name for entry in data.iterdir() if (entry / DESCRIPTOR).is_file())
    match = nearest(str(path), beside)
    hint = f"; did you mean '{match}'?" if match else ""
    raise RegisterError(f"register '{path}' does not exist{hint}")


def _expanded(path: str | Path) -> Path:
    """Return a path with the home folder written out; a name that only begins with ~ is left as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than any file's
        return False


def open_register(
    path: str | Path,
    *,
    scale: str = "",
    frame: str | int = "",
    period_from: str = "",
    period_to: str = "",
    mapping: str | Path | None = None,
) -> Register:
    """Open and check a register.

    Parameters
    ----------
    path : str or Path
        A Data Package, a folder of CSVs, a workbook, an export of a survey tool; or a bare name such as
        `demonstration` for `data/demonstration` here or above; or a URL such as `s3://bucket/register`.
    scale : str, optional
        Scale by name or file, instead of the register's own.
    frame : str, optional
        Number of units to count provinces in, instead of the register's own.
    period_from, period_to : str, optional
        First and last date observed, such as `2009-06` and `2014-09`, instead of the register's own.
    mapping : str or Path, optional
        A mapping file, for columns and values that cannot be recognised.

    Raises
    ------
    RegisterError
        It cannot be opened, holds no partnership, or has rows that would be refused; the message lists them.
    ValueNotAllowed
        The scale or frame is not known.
    StorageError
        A URL cannot be reached.
    """
    register, checked = examine(path, scale=scale, frame=frame, mapping=mapping)
    errors = of_severity(checked.problems, "error")
    if errors:
        lines = "\n".join(f"  {problem}" for problem in errors[:SHOWN_PROBLEMS])
        more = f"\n  and {len(errors) - SHOWN_PROBLEMS} more" if len(errors) > SHOWN_PROBLEMS else ""
        raise RegisterError(
            f"register {path} has {len(errors)} error{'s' * (len(errors) > 1)}; `lnlib check {path}` lists all:\n{lines}{more}"
        )
    if register.is_empty():
        raise RegisterError(f"register {path} is empty: its table of partnerships has no rows")
    return register.over(period_from, period_to) if period_from or period_to else register


def examine(
    path: str | Path, *, scale: str = "", frame: str | int = "", mapping: str | Path | None = None
) -> tuple[Register, Checked]:
    """Open a register whatever its rows are like: the accepted rows, and what was found.

    Raises
    ------
    RegisterError
        It cannot be opened at all.
    """
    declared = MappingFile.load(mapping, check=False) if mapping else None
    with found_register(path) as source:
        if not (scale or declared) and (known := _prepared.get(str(source))) and known.contents == contents(source):
            return known.opened(frame)
        raw = read(source, mapping=declared, scale=scale)
        register, checked = from_raw(raw, scale=scale, frame=frame)
        return (register, checked) if frame else _as_imported(raw, register, checked)


def prepare(path: str | Path) -> None:
    """Open a register before it is asked for: opened again while its files are the same, it is there at once.

    For a process that many are forked from, each of which opens it; each opening gives tables of its own.

    Raises
    ------
    RegisterError
        It cannot be opened at all.
    """
    with found_register(path) as source:
        before = contents(source)
        if (prepared := _prepared.get(str(source))) and prepared.contents == before:
            return
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            raw = read(source)
            known = _Prepared.of(before, raw)
        beside = [str(_about(raw).get(key)) for key in ("scale", "places")]
        if source.is_file() and any(name.endswith((".yml", ".yaml", ".csv")) for name in beside):
            return  # what lies beside a workbook is not of its contents
        if not warned and contents(source) == before:  # who opens it is to hear what is said of it
            _prepared[str(source)] = known


@dataclass(frozen=True)
class _Prepared:
    contents: str
    as_read: tuple[Register, Checked]
    as_imported: tuple[Register, Checked]  # for openings that ask for no frame

    @classmethod
    def of(cls, contents: str, raw: RawRegister) -> _Prepared:
        register, checked = from_raw(raw)
        return cls(contents, (register, checked), _as_imported(raw, register, checked))

    def opened(self, frame: str | int) -> tuple[Register, Checked]:
        register, checked = self.as_read if frame else self.as_imported
        # those of the check: taking the register's own would tell a batch that all its rows were read
        tables = {name: table.copy() for name, table in checked.tables.items()}
        number = register.places.check_frame(frame) if frame else register.frame
        return replace(register, tables=tables, frame=number), replace(checked, tables=tables)


_prepared: dict[str, _Prepared] = {}  # by path


@contextlib.contextmanager
def found_register(path: str | Path) -> Iterator[Path]:
    """Find a register, for as long as it is read; errors name it as it was asked for.

    Raises
    ------
    RegisterError
        It is not there.
    StorageError
        It is named by a URL and cannot be reached.
    """
    if not is_url(path):
        yield find_register(path)
        return
    if _GOOGLE.match(str(path)):
        raise RegisterError(
            f"{path} is a page of Google, not a file; download the sheet (File, Download, .xlsx) and import that file"
        )
    source = copy_of(str(path)).path
    try:
        yield source
    except LnlibError as error:
        raise type(error)(str(error).replace(str(source), str(path))) from None


def _as_imported(raw: RawRegister, register: Register, checked: Checked) -> tuple[Register, Checked]:
    """Return a register and what was found, counted in the provinces that an import of the file would count it in."""
    counted, line = before_split(register, raw) if raw.parts else (register, "")
    if not line:
        return register, checked
    problems = (*checked.problems, Problem.warning(Place(raw.path.name), line))
    return replace(counted, problems=problems), replace(checked, problems=problems)


def from_raw(
    raw: RawRegister, *, scale: str = "", frame: str | int = "", strict: bool = False
) -> tuple[Register, Checked]:
    """Check raw rows and make a register of the accepted ones; a strict check refuses also what was assumed."""
    about = _about(raw)
    chosen_scale = scale_of(about, raw.path, scale)
    places = places_of(about, raw.path)
    kind = str(about.get("kind") or "unstated")
    if kind not in KINDS:
        raise ValueNotAllowed(f"{described_in(raw.path)}: {not_allowed('kind', kind, KINDS)}")
    checked = check(raw, scale=chosen_scale, places=places, strict=strict)
    register = Register(
        title=str(raw.about.get("title") or raw.path.name),
        kind=kind,
        scale=chosen_scale,
        places=places,
        tables=checked.tables,
        frame=places.check_frame(frame or about.get("frame")),
        period=_period(about, raw.path),
        description=str(raw.about.get("description") or ""),
        licence=_licence(raw),
        sources=_mappings(raw, "sources"),
        path=raw.path,
        problems=checked.problems,
    )
    return register, checked


def _about(raw: RawRegister) -> Mapping[str, Any]:
    about = raw.about.get("register") or {}
    if not isinstance(about, dict):
        raise RegisterError(f"{described_in(raw.path)}: register should be a mapping")
    for key in about:
        if key not in _ABOUT_KEYS:
            raise RegisterError(f"{described_in(raw.path)}: register: {not_allowed('key', key, _ABOUT_KEYS)}")
    return about


def _period(about: Mapping[str, Any], path: Path) -> PartialDate | None:
    text = str(about.get("period") or "")
    try:
        return PartialDate.read(text) if text else None
    except LnlibError as error:
        raise RegisterError(f"{described_in(path)}: period: {error}") from None


def _mappings(raw: RawRegister, key: str) -> tuple[Mapping[str, Any], ...]:
    found = raw.about.get(key) or []
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise RegisterError(f"{described_in(raw.path)}: {key} should be a list of mappings")
    return tuple(found)


def _licence(raw: RawRegister) -> str:
    licences = _mappings(raw, "licenses")
    return str(licences[0].get("title") or licences[0].get("name") or "") if licences else ""
