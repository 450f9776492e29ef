"""What a run depends on: which files of the project it read, and which part of its register.

Both are observed, not declared. Files are recorded by an audit hook, from the start of the fork server on,
so that what was read before the fork counts for every run. The register is watched where notebooks take rows from
it: narrowed to a province, only that province's rows count; taken whole, all of them do.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lnlib.filesystem import is_regular, write_atomic

LIBRARY = Path(__file__).resolve().parents[2]

_opened: set[str] = set()
_imported: set[str] = set()  # opened before there were forks
_parts: set[str] = set()
_of_children = ""  # the file in which processes forked from the notebook's note what they open
_notebook = 0  # the notebook's process
_quiet = 0

# Where rows leave the register, and what looks at the whole of it only to narrow it or to say what it is.
_ROWS = frozenset({"tables", "actors", "partnerships", "assessments", "mechanisms", "described"})
_NARROWING = ("where", "unit", "actor", "units", "observed", "is_empty", "over")
_WRITING = os.O_WRONLY | os.O_RDWR


def install_audit_hook() -> None:
    """Record every file that this process and its forks open for reading; an audit hook cannot be removed."""
    sys.addaudithook(_on_audit_event)


def _on_audit_event(event: str, args: tuple[Any, ...]) -> None:
    if event != "open":
        return
    path, _, flags = args
    if isinstance(path, str) and not (flags or 0) & _WRITING:
        path = os.path.abspath(path)  # noqa: PTH100  # no objects in here: it is called for every file
        _opened.add(path)
        if _of_children and os.getpid() != _notebook:
            with contextlib.suppress(OSError):  # opened anew: a child may have closed every file that it inherited
                file = os.open(_of_children, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0))
                os.write(file, os.fsencode(path) + b"\n")
                os.close(file)


def track_children(folder: Path) -> None:
    """Record in a file of a folder also what processes open that are forked from this one."""
    global _of_children, _notebook
    _of_children, _notebook = str(folder / "children.txt"), os.getpid()


def separate_imports() -> None:
    """Separate what imports have opened so far from what each fork will open itself."""
    _imported.update(_opened, _modules())
    _opened.clear()


@contextlib.contextmanager
def excluding(place: Path) -> Iterator[None]:
    """Do not record a file, or the files of a folder, while in this context; what was opened before stays recorded."""
    before, path = set(_opened), os.path.abspath(place)  # noqa: PTH100  # as it was heard
    yield
    inside = [one for one in _opened - before if one == path or one.startswith(path + os.sep)]
    _opened.difference_update(inside)


def _modules() -> set[str]:
    """Return the files of loaded modules that are neither the library's nor the environment's: a project's own."""
    elsewhere = (f"{LIBRARY}{os.sep}", f"{sys.prefix}{os.sep}", f"{sys.base_prefix}{os.sep}")
    files = (getattr(module, "__dict__", {}).get("__file__") for module in list(sys.modules.values()))
    return {file for file in files if isinstance(file, str) and os.path.isabs(file) and not file.startswith(elsewhere)}  # noqa: PTH117


def track_register() -> None:
    """Record, in this process, which part of a register rows are taken from."""
    module = sys.modules.get("lnlib.register.model")
    if module is None:
        return
    cls: Any = module.Register
    plain = cls.__getattribute__

    def watched(self: Any, name: str) -> Any:
        if name in _ROWS and not _quiet:
            filters = plain(self, "filters")
            _parts.add("=".join(filters[0]) if filters else "all")
        return plain(self, name)

    cls.__getattribute__ = watched
    for name in _NARROWING:
        member = vars(cls)[name]
        if isinstance(member, functools.cached_property):
            member.func = _quietly(member.func)
        else:
            setattr(cls, name, _quietly(member))


def _quietly(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        global _quiet
        _quiet += 1
        try:
            return method(*args, **kwargs)
        finally:
            _quiet -= 1

    return quiet


def write(folder: Path) -> None:
    """Write what was read: `reads.txt` for the register, `opened.txt` and `imported.txt` for files."""
    if folder.is_symlink():
        return  # the notebook replaced it; its run fails
    for name, files in (("opened", _opened | (_modules() - _imported)), ("imported", _imported)):
        write_atomic(folder / f"{name}.txt", os.fsencode("\n".join(sorted(files))), sync=False)
    if _parts:
        write_atomic(folder / "reads.txt", "\n".join(sorted(_parts)), sync=False)


def library_name(root: Path) -> str:
    """Return the library's folder relative to a project's; `<lnlib>` where it is elsewhere, as an installed one is."""
    return LIBRARY.relative_to(root).as_posix() if root in LIBRARY.parents else "<lnlib>"


def project_files(
    folder: Path, root: Path, *, without: list[Path], library: str, uses_library: bool, code: str
) -> list[str] | None:
    """Return the files of project and library that a run read, relative to the project; None if nothing was recorded.

    Parameters
    ----------
    folder : Path
        Where `write` wrote.
    root : Path
        The project's folder.
    without : list of Path
        Folders and files that do not count: the register, what is built, the environment.
    library : str
        What the library's folder is called, as `library_name` says where the batch was started.
    uses_library : bool
        Whether the notebook names the library: what that reads when it is imported, for other notebooks perhaps, counts
        only then.
    code : str
        The notebook's code. Modules of the project that were imported, for other notebooks perhaps, count if it names
        one of them.
    """
    if not (folder / "opened.txt").is_file():
        return None
    opened, imported = (
        set((folder / name).read_text(encoding="utf-8", errors="surrogateescape").split("\n"))
        for name in ("opened.txt", "imported.txt")
    )
    if is_regular(folder / "children.txt"):
        opened |= set((folder / "children.txt").read_text(encoding="utf-8", errors="surrogateescape").splitlines())
    outside = [str(path) for path in without]
    ours, inside = f"{LIBRARY}{os.sep}", f"{root}{os.sep}"
    pages = f"{ours}batch{os.sep}"
    own = [name for name in imported if name.endswith(".py") and name.startswith(inside) and not name.startswith(ours)]
    uses_own = any(re.search(rf"\b{re.escape(part)}\b", code) for name in own for part in _names(name, inside))
    if not uses_own:
        imported = {name for name in imported if not name.endswith(".py")}
    if not uses_library:
        imported = {name for name in imported if not name.startswith(ours)}
    found = []
    for name in opened | imported:
        if name.endswith((".pyc", ".so", ".ipynb")) or name.startswith(pages):
            continue  # they have digests of their own
        if name.startswith(ours):
            if not name.endswith(".py"):  # the library's code has a digest of its own
                found.append(f"{library}/{name.removeprefix(ours)}".replace(os.sep, "/"))
        elif name.startswith(inside) and not any(name == one or name.startswith(one + os.sep) for one in outside):
            found.append(name.removeprefix(inside).replace(os.sep, "/"))
    return sorted(found)


def _names(path: str, inside: str) -> set[str]:
    """Return the names by which a module may be imported: its own, and those of the packages it may be in."""
    return set(Path(path.removeprefix(inside)).with_suffix("").parts) - {"__init__", "notebooks"}
