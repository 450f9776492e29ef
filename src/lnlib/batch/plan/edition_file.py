"""Parameter files become runs: everything in them is checked before the first run starts.

Defaults (the notebook's parameters cell) < edition < run.
"""

from __future__ import annotations

import datetime
import itertools
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from lnlib.batch.plan.edition import ENGINES, Edition, Members, Membership, Run
from lnlib.batch.plan.edition_problems import Problems, line_numbers
from lnlib.batch.plan.notebooks import Notebook, read_notebook
from lnlib.batch.plan.project import Project
from lnlib.batch.plan.shortlist import read_shortlist
from lnlib.errors import EditionError, LnlibError, listed, nearest, not_allowed
from lnlib.filesystem import file_name, file_time_now, read_small
from lnlib.limited_yaml import load_yaml
from lnlib.storage import is_url

_EDITION_KEYS = (
    "title",
    "register",
    "frame",
    "period",
    "language",
    "house",
    "parameters",
    "reads",
    "runs",
    "exhibits",
)
_RUN_KEYS = ("notebook", "parameters", "for_each", "engine", "reads")
HISTORY_CHOICES = ("placed", "rater", "differ", "carried", "evidence")  # parameters that every page shares
_OWN_ENDINGS = (".sqlite", ".lock", ".broken", ".part")  # of files that a batch keeps beside editions
_MEANT = {("rater", "all"): "any", ("rater", "both"): "any"}  # values that a reader would guess
_SIDES = ("all", "state", "non_state")


class _Loader(yaml.SafeLoader):
    """YAML without dates (they are text here) and without keys given twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    counts = Counter(str(loader.construct_object(key)) for key, _ in node.value)
    twice = sorted(key for key, count in counts.items() if count > 1)
    if twice:
        raise EditionError(f"line {node.start_mark.line + 1}: key '{twice[0]}' is given twice")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_edition(path: Path, membership: Membership, *, project: Project | None = None) -> Edition:
    """Read a parameter file and make its runs.

    Parameters
    ----------
    path : Path
        The file; its stem is the edition's name.
    membership : Membership
        Tells who belongs to the register.
    project : Project, optional
        Where notebooks and data are; found from `path` if not given.

    Raises
    ------
    EditionError
        With all problems of the file: keys and parameters that are not known, values of the wrong type, notebooks,
        provinces and actors that do not exist.
    """
    check_name(path)
    planned = file_time_now()
    project = project or Project.around(path.parent)
    declared, lines = _load(path)
    problems = Problems(lines)
    _check_keys("key", declared, _EDITION_KEYS, problems)
    _check_values(declared, problems)
    _check_keys("key of period", declared.get("period") or {}, ("from", "to"), problems, "period")
    reads = _reads(declared.get("reads"), problems)
    register, given, members = _register(path, declared, project, membership, problems)
    if "frame" in (declared.get("parameters") or {}):  # its provinces are those of all pages
        message = f"frame belongs at the top of {path.name}, beside register, for all runs have the same provinces"
        problems.add(message, "parameters", "frame")
    common = _common(declared, given)
    _check_period(declared.get("period") or {}, problems)
    house, warnings = _house(path, declared.get("house"), members, problems)

    notebooks: dict[str, Notebook] = {}
    runs: list[Run] = []
    named: dict[
        str, Notebook | None
    ] = {}  # the notebooks whose exhibits may be chosen; of one that is misspelt nothing is known
    for place, entry in enumerate(declared.get("runs") or ()):
        notebook = _notebook(entry, place, project, problems)
        if notebook is None:
            named |= dict.fromkeys(_meant_notebook(entry, project))
        else:
            named[notebook.name] = notebooks[notebook.name] = notebook
            shared = declared.get("parameters") or {}
            runs += _runs(path.stem, entry, place, notebook, common, shared, members, problems, reads)

    for name in declared.get("parameters") or {}:
        if notebooks and not any(name in notebook.parameters for notebook in notebooks.values()):
            known = sorted({name for notebook in notebooks.values() for name in notebook.parameters})
            problems.add(not_allowed("parameter of any notebook", name, known), "parameters", name)
    exhibits = read_shortlist(declared.get("exhibits"), named, problems)
    if house:
        relative = Path(os.path.relpath(house, project.notebooks)).as_posix()
        runs = [replace(run, parameters={**run.parameters, "house": relative}) for run in runs]
    first = {run.id.casefold(): run for run in reversed(runs)}
    for run in runs:
        if first[run.id.casefold()] is not run:
            problems.add(f"{run.id} would be made twice", "runs")
    if not problems and members is not None:
        for key, message in members.refused.items():
            problems.add(message, key)
    if problems:
        found = list(problems)
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise EditionError("\n  ".join([f"{_shown(path, project)}: {count}", *found]))
    assert members is not None
    title = str(declared.get("title") or path.stem)
    return Edition(
        name=path.stem,
        path=path,
        title=title,
        register=register,
        members=members,
        notebooks=notebooks,
        runs=runs,
        exhibits=exhibits,
        language=str(declared.get("language") or "en"),
        house=house,
        planned=planned,
        warnings=tuple(warnings),
    )


def _check_values(declared: dict[str, Any], problems: Problems) -> None:
    """Report what is missing or of another type than its key takes; such a value counts as empty from here on."""
    for key in ("register", "runs"):
        if not declared.get(key):
            problems.add(f"key '{key}' is missing")
    for key, kind, word in (("parameters", dict, "a mapping"), ("period", dict, "a mapping"), ("runs", list, "a list")):
        if declared.get(key) is not None and not isinstance(declared[key], kind):
            problems.add(f"{key} must be {word}, but got {declared[key]!r}", key)
            declared[key] = kind()


def _load(path: Path) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int]]:
    """Return what an edition file holds, and the line of each value."""
    try:
        text = read_small(path).decode("utf-8")
        declared, lines = load_yaml(text, loader=_Loader), line_numbers(text)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise EditionError(no_edition_file(path)) from None
    except OSError as error:
        raise EditionError(f"{path.name} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise EditionError(f"{path.name} cannot be read: {error}") from None
    except EditionError as error:
        raise EditionError(f"{path.name}: {error}") from None
    if not isinstance(declared, dict):
        raise EditionError(f"{path.name} must be a mapping with the keys {', '.join(_EDITION_KEYS)}")
    return declared, lines


def check_name(path: Path) -> None:
    """Raise EditionError if an edition file has a name that a batch needs for its own files.

    Raises
    ------
    EditionError
        Naming the file, and what a name may not be.
    """
    name = path.stem
    if name.startswith((".", "-")) or name.endswith(_OWN_ENDINGS) or "\\" in name or not name.isprintable():
        raise EditionError(
            f"edition file {path.name!r}: an edition may not be called {name!r}; its name may not begin with '.' or "
            f"'-', end in {', '.join(_OWN_ENDINGS)}, or hold a backslash or control characters"
        )


def no_edition_file(path: Path) -> str:
    """Return the message that a path is no edition file, with the nearest ones."""
    if path.is_dir():
        inside = sorted(other.name for other in path.glob("*.yml"))
        return f"{path} is a folder, not an edition file; in it: {listed(inside) if inside else 'none'}"
    near = sorted(other.name for other in path.parent.glob("*.yml"))
    if not near:
        return f"there is no edition file {path}, and no other in its folder"
    return f"{not_allowed('edition file', path.name, near)} in {path.parent}"


def _reads(given: Any, problems: Problems, *path: str | int) -> tuple[str, ...]:
    """Return the patterns under `reads`: a text or a list of texts."""
    patterns = [given] if isinstance(given, str) else given or []
    if not isinstance(patterns, list) or not all(isinstance(one, str) and one for one in patterns):
        problems.add(f"reads must be a path or a list of paths, but got {given!r}", *path, "reads")
        return ()
    return tuple(patterns)


def _check_keys(what: str, given: Any, allowed: tuple[str, ...], problems: Problems, *path: str | int) -> None:
    for key in given:
        if key not in allowed:
            problems.add(not_allowed(what, key, allowed), *path, str(key))


def _register(
    path: Path, declared: dict[str, Any], project: Project, membership: Membership, problems: Problems
) -> tuple[str, str, Members | None]:
    """Return the register's full path, how notebooks name it, and its members."""
    name = declared.get("register")
    if not name:
        return "", "", None
    if not isinstance(name, str):
        problems.add(f"register must be text, but got {name!r}", "register")
        return "", "", None
    if is_url(name):
        full = given = name
    elif re.search(r"[/\\]|\.xlsx$", name):
        full = str((path.parent / name).resolve())
        given = Path(os.path.relpath(full, project.notebooks)).as_posix()
    else:
        full, given = str(project.data / name), name
        if not os.path.exists(full):  # noqa: PTH110  `Path.exists` raises where a name is too long
            known = sorted(folder.name for folder in project.data.glob("*") if folder.is_dir())
            problems.add(not_allowed("register", name, known), "register")
            return full, given, None
    try:
        frame = declared.get("frame")
        return full, given, membership(full, None if frame is None else str(frame), _choices(declared))
    except LnlibError as error:
        problems.add(str(error), "frame" if str(error).startswith("frame ") else "register")
    return full, given, None


def _choices(declared: dict[str, Any]) -> dict[str, Any]:
    """Return how an edition reads histories, its period and its language; what is wrong with them is found with its runs."""
    period = declared.get("period") or {}
    wanted = {name: value for name, value in (declared.get("parameters") or {}).items() if name in HISTORY_CHOICES}
    ends = {"period_from": _date(period.get("from")), "period_to": _date(period.get("to"))}
    language = {"language": str(declared["language"])} if declared.get("language") else {}
    return {**wanted, **{name: value for name, value in ends.items() if value is not None}, **language}


def _common(declared: dict[str, Any], register: str) -> dict[str, Any]:
    """Collect what an edition gives to every run whose notebook has that parameter."""
    period = declared.get("period") or {}
    common = {
        "register": register or None,
        "frame": None if declared.get("frame") is None else str(declared["frame"]),
        "period_from": _date(period.get("from")),
        "period_to": _date(period.get("to")),
        "language": declared.get("language"),
    }
    return {name: value for name, value in common.items() if value is not None}


def _check_period(period: dict[str, Any], problems: Problems) -> None:
    """Refuse a period that ends before it begins; dates written otherwise than 2011-09-30 are left to the register."""
    first, last = (str(period.get(name) or "") for name in ("from", "to"))
    if all(re.fullmatch(r"\d{4}(-\d\d){0,2}", one) for one in (first, last)) and last < first[: len(last)]:
        problems.add(f"period ends before it begins: from {first} to {last}", "period")


def _house(path: Path, given: Any, members: Members | None, problems: Problems) -> tuple[str, list[str]]:
    """Return the full path of the house style that an edition file names, and warnings about it."""
    if given in (None, "", "default"):
        return "", []
    if not isinstance(given, str):
        problems.add(f"house is the path of a house style, or default; got {given!r}", "house")
        return "", []
    full = (path.parent / given).resolve()
    if not full.is_file():
        problems.add(f"house style {given} does not exist; paths are from the folder of the edition file", "house")
        return "", []
    warnings: list[str] = []
    try:
        if members is not None:
            warnings = [f"house style {given}: {warning}" for warning in members.check_house(str(full))]
    except LnlibError as error:
        problems.add(str(error), "house")
    return str(full), warnings


def _date(value: Any) -> str | None:
    # A year alone is a number in YAML.
    return None if value is None else str(value) if isinstance(value, int | str | datetime.date) else value


def _notebook(entry: Any, place: int, project: Project, problems: Problems) -> Notebook | None:
    at = ("runs", place)
    if not isinstance(entry, dict):
        problems.add(f"a run is a mapping with the keys {', '.join(_RUN_KEYS)}, but got {entry!r}", *at)
        return None
    _check_keys("key", entry, _RUN_KEYS, problems, *at)
    if entry.get("engine", ENGINES[0]) not in ENGINES:
        problems.add(not_allowed("engine", entry["engine"], ENGINES), *at, "engine")
    name = entry.get("notebook")
    if not name:
        problems.add("key 'notebook' is missing", *at)
        return None
    known = sorted(path.stem for path in project.notebooks.glob("*.ipynb"))
    stem = str(name).removesuffix(".ipynb")
    if stem not in known:
        problems.add(not_allowed("notebook", name, known), *at, "notebook")
        return None
    try:
        return read_notebook(project.notebooks / f"{stem}.ipynb")
    except EditionError as error:
        problems.add(str(error), *at, "notebook")
        return None


def _meant_notebook(entry: Any, project: Project) -> list[str]:
    """Return the notebook most like the unknown one that a run names, if there is one."""
    named = entry.get("notebook") if isinstance(entry, dict) else None
    near = nearest(named, [path.stem for path in project.notebooks.glob("*.ipynb")]) if named else None
    return [near] if near else []


def _runs(  # noqa: PLR0913 - what one entry of an edition file is read against
    edition: str,
    entry: dict[str, Any],
    place: int,
    notebook: Notebook,
    common: dict[str, Any],
    shared: dict[str, Any],
    members: Members | None,
    problems: Problems,
    reads: tuple[str, ...],
) -> list[Run]:
    at, before = ("runs", place), len(problems)
    own = entry.get("parameters") or {}
    each = entry.get("for_each") or {}
    for key, value in (("parameters", own), ("for_each", each)):
        if not isinstance(value, dict):
            problems.add(f"{key} must be a mapping, but got {value!r}", *at, key)
            return []
    reads = tuple(dict.fromkeys([*reads, *_reads(entry.get("reads"), problems, *at)]))
    given = {name: value for name, value in {**common, **shared}.items() if name in notebook.parameters}
    given |= own
    checked: dict[str, Any] = {}
    for name, value in given.items():
        try:
            checked[name] = _value(notebook, name, value, members)
        except LnlibError as error:
            problems.add(str(error), *_written(name, own, shared, at))
    axes: list[list[tuple[str, str, str]]] = []
    for name, wanted in each.items():
        if name in own:
            problems.add(f"{name} is given both as a parameter and in for_each", *at, "for_each", name)
        try:
            axes.append([(name, key, label) for key, label in _each(notebook, name, wanted, members)])
        except LnlibError as error:
            problems.add(str(error), *at, "for_each", name)
    if len(problems) > before:
        return []
    runs = []
    for choice in itertools.product(*axes):
        over = {name: key for name, key, _ in choice}
        fixed = {name: str(checked[name]) for name in ("province", "actor") if name in own}
        labels = [label for _, _, label in choice] or [_label(members, name, key) for name, key in fixed.items()]
        names = {**fixed, **over}
        runs.append(
            Run(
                edition=edition,
                notebook=notebook.name,
                key="-".join(file_name(key) for key in names.values()) or "all",
                label=", ".join(labels) or notebook.title,
                parameters={**checked, **over},
                over=names,
                reads=reads,
                engine=entry.get("engine", ENGINES[0]),
            )
        )
    return runs


def _written(
    name: str, own: Mapping[str, Any], shared: Mapping[str, Any], at: tuple[str | int, ...]
) -> tuple[str | int, ...]:
    """Return the path of the value that a parameter of a run gets: the run's own, one for all runs, or the edition's key."""
    if name in own:
        return (*at, "parameters", name)
    if name in shared:
        return "parameters", name
    before, _, end = name.partition("_")
    return (before, end) if before == "period" else (name,)


def _value(notebook: Notebook, name: str, value: Any, members: Members | None) -> Any:
    if name in notebook.parameters and name in {"province", "actor"} and value not in ("", None):
        if isinstance(value, bool) or not isinstance(value, str | int):
            notebook.check(name, value)
        return members.key_of(name, value) if members else value
    allowed = members.allowed.get(name, []) if members and name in notebook.parameters else []
    if allowed and value not in ("", *allowed):
        meant = _MEANT.get((name, str(value).casefold()), "")
        raise EditionError(not_allowed(name, value, allowed, meant=meant))
    notebook.check(name, value)
    return value


def _each(notebook: Notebook, name: str, wanted: Any, members: Members | None) -> list[tuple[str, str]]:
    """Return key and label of everything that a run is made for."""
    if name not in notebook.parameters:
        raise EditionError(not_allowed(f"parameter of {notebook.name}", name, list(notebook.parameters)))
    if isinstance(wanted, str):
        allowed = {"province": ("all",), "actor": _SIDES}.get(name, ())
        if wanted not in allowed:
            raise EditionError(not_allowed(f"for_each {name}", wanted, [*allowed, "a list"]))
        if members is None:
            return []
        if name == "province":
            empty = {key for key, numbers in members.numbers.items() if numbers.get("n") == 0}
            return [(key, label) for key, label in members.provinces if key not in empty] or list(members.provinces)
        return [(key, label) for key, label, side in members.actors if wanted in ("all", side)]
    if not isinstance(wanted, list) or not wanted:
        raise EditionError(f"for_each {name} must be 'all' or a list, but got {wanted!r}")
    values = [_value(notebook, name, value, members) for value in wanted]
    return [(str(value) if name in {"province", "actor"} else value, _label(members, name, value)) for value in values]


def _label(members: Members | None, name: str, key: Any) -> str:
    known = [] if members is None else members.provinces if name == "province" else members.actors
    return next((label for other, label, *_ in known if other == key), str(key))


def _shown(path: Path, project: Project) -> str:
    try:
        return path.resolve().relative_to(project.root).as_posix()
    except ValueError:
        return path.name
