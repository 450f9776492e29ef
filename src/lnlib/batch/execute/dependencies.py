"""What a run depends on: which files it read, which folders it listed, and which part of its register.

All are observed. Files are recorded by an audit hook, from the start of the fork server on,
so that what was read before the fork counts for every run. The register is watched where notebooks take rows from
it: narrowed to a province, only that province's rows count; taken whole, all of them do. Of programs that a run starts
only their names are known: what they read has to be declared (`reads` in the edition file).
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import unquote, urlsplit

from lnlib.filesystem import is_regular, write_atomic

LIBRARY = Path(__file__).resolve().parents[2]

_opened: set[str] = set()  # folders that were listed end in a separator
_imported: set[str] = set()  # opened before there were forks
_programs: set[str] = set()  # that a run started
_parts: set[str] = set()
_of_children = ""  # the file in which processes forked from the notebook's note what they open
_notebook = 0  # the notebook's process
_quiet = 0

# Where rows leave the register, and what looks at the whole of it only to narrow it or to say what it is.
_ROWS = frozenset({"tables", "actors", "partnerships", "assessments", "mechanisms", "described"})
_NARROWING = ("where", "unit", "actor", "units", "observed", "is_empty", "over")
_NOT_READING = os.O_WRONLY | os.O_TRUNC
_LISTING = frozenset({"os.listdir", "os.scandir"})  # glob, Path.glob and os.walk come here too
_STARTING = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"})
_EVENTS = frozenset({"open", "sqlite3.connect"}) | _LISTING | _STARTING
_STANDARD = sysconfig.get_path("stdlib") + os.sep
# These list the folders that modules and packages are looked for in.
_IMPORTING = ("<frozen importlib", f"{_STANDARD}importlib{os.sep}", f"{_STANDARD}pkgutil.py")
_PACKAGES = sysconfig.get_path("purelib") + os.sep
_FOR_CELLS = tuple(f"{_PACKAGES}{name}{os.sep}" for name in ("IPython", "ipykernel", "pexpect", "ptyprocess"))
_SYSTEM = tuple(
    Path("/", name) for name in ("bin", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr", "var")
)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})


def install_audit_hook() -> None:
    """Record what this process and its forks open for reading, list and start; an audit hook cannot be removed."""
    sys.addaudithook(_on_audit_event)


def _on_audit_event(event: str, args: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    if event in _STARTING:
        _note_program(event, args)
        return
    path = args[0] if args else None
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if event in _LISTING:
        if _looks_for_modules(sys._getframe(1)):
            return
        path = "." if path is None else _folder_of(path) if isinstance(path, int) else path
    if not isinstance(path, str) or not path:
        return
    if event == "open":
        for one in _read_by_opening(path, args[2] or 0, by_os=args[1] is None):
            _note(one)
    elif event == "sqlite3.connect":
        if database := _database(path):
            _note(database)
    else:
        _note(path, is_folder=True)


def _note(path: str, *, is_folder: bool = False) -> None:
    """Record a file that this process reads, or a folder that it lists."""
    path = os.path.abspath(path)  # noqa: PTH100  # no objects in here: it is called for every file
    if is_folder:
        path = os.path.join(path, "")  # noqa: PTH118
    _opened.add(path)
    _note_in_child(path)


def _read_by_opening(path: str, flags: int, *, by_os: bool) -> list[str]:
    """Return the files that can be read by opening a path with these flags; one that is created holds nothing to read.

    A relative path given to `os.open` may be meant from a folder, `dir_fd`, which is not reported: it may be any that is open.
    """
    if flags & _NOT_READING:
        return []
    paths = [path] if not flags & os.O_CREAT or os.path.lexists(path) else []
    if by_os and not os.path.isabs(path):  # noqa: PTH117
        paths += [there for folder in _open_folders() if os.path.lexists(there := os.path.join(folder, path))]  # noqa: PTH118
    return paths


def _folder_of(descriptor: int) -> str:
    """Return the folder that a descriptor is open on; empty where that is not known."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  # as above
    except OSError:
        return ""


def _open_folders() -> Iterator[str]:
    """Yield the folders that this process has open: `dir_fd` may be any of them, which an audit hook does not learn."""
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  # as above
            folder = _folder_of(int(name))
            if folder and os.path.isdir(folder):  # noqa: PTH112
                yield folder


def _looks_for_modules(frame: FrameType | None) -> bool:
    """Return whether a folder is listed to import something from it, or to find what is installed."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_IMPORTING):
            return True
        if not file.startswith(_STANDARD):
            return False
        frame = frame.f_back
    return False


def _note_in_child(line: str) -> None:
    """Append a line to the file of the notebook's child processes, if this is one of them."""
    if _of_children and os.getpid() != _notebook:
        with contextlib.suppress(OSError):  # opened anew: a child may have closed every file that it inherited
            file = os.open(_of_children, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0))
            os.write(file, os.fsencode(line) + b"\n")
            os.close(file)


def _database(name: str) -> str:
    """Return the path of a database of sqlite3, which may be named by a URI; empty for one in memory."""
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    return "" if name == ":memory:" else name


def _note_program(event: str, args: tuple[Any, ...]) -> None:
    """Record the name of a program that a cell starts, or a module that is of no installed package."""
    frame: FrameType | None = sys._getframe(2)
    for_a_cell = False
    while frame is not None and _only_passes_on(frame.f_code.co_filename):
        for_a_cell = for_a_cell or frame.f_code.co_filename.startswith(_FOR_CELLS)
        frame = frame.f_back
    # where no frame is left, it is a thread of asyncio that starts the program of `%%bash`
    of_package = frame is not None and frame.f_code.co_filename.startswith((_PACKAGES, f"{LIBRARY}{os.sep}"))
    if of_package and not for_a_cell:
        return
    name = program_name(args[0] if event in ("os.system", "pty.spawn") else args[1])
    _programs.add(name)
    _note_in_child(f"!{name}")


def _only_passes_on(file: str) -> bool:
    """Return whether a file is of what starts programs for others: the standard library, or what serves `!` and `%%bash`."""
    return file.startswith(("<frozen", *_FOR_CELLS)) or (file.startswith(_STANDARD) and not file.startswith(_PACKAGES))


def program_name(command: Any) -> str:
    """Return the name of the program that a command starts; of a shell's command, of the program it names first.

    >>> program_name(["/usr/bin/sort", "a.txt"]), program_name("cat a.txt"), program_name(["/bin/sh", "-c", "cat a.txt"])
    ('sort', 'cat', 'cat')
    """
    if isinstance(command, str | bytes | os.PathLike):
        text = os.fsdecode(command)
        words = text.split()
    else:
        words = [os.fsdecode(word) for word in command]
    name = Path(words[0]).name if words else ""
    return program_name(words[2]) if name in _SHELLS and words[1:2] == ["-c"] and words[2:] else name


def track_children(folder: Path) -> None:
    """Record in a file of a folder also what processes open that are forked from this one."""
    global _of_children, _notebook
    _of_children, _notebook = str(folder / "children.txt"), os.getpid()


def separate_imports() -> None:
    """Separate what imports have opened so far from what each fork will open itself."""
    _imported.update((path for path in _opened if not path.endswith(os.sep)), _modules())
    _opened.clear()
    _programs.clear()


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
    """Write what was read: `reads.txt` for the register, `opened.txt` and `imported.txt` for files; and `programs.txt`."""
    if folder.is_symlink():
        return  # the notebook replaced it; its run fails
    opened = _opened | (_modules() - _imported)
    for name, entries in (("opened", opened), ("imported", _imported), ("programs", _programs)):
        write_atomic(folder / f"{name}.txt", os.fsencode("\n".join(sorted(entries))), sync=False)
    if _parts:
        write_atomic(folder / "reads.txt", "\n".join(sorted(_parts)), sync=False)


def library_name(root: Path) -> str:
    """Return the library's folder relative to a project's; `<lnlib>` where it is elsewhere, as an installed one is."""
    return LIBRARY.relative_to(root).as_posix() if root in LIBRARY.parents else "<lnlib>"


def files_read(
    folder: Path, root: Path, *, without: list[Path], library: str, uses_library: bool, code: str
) -> list[str] | None:
    """Return the files that a run read, and the folders that it listed; None if nothing was recorded.

    Those in the project are named from its folder, the library's own data from the library's, and others by their full path.
    What the system, the environment and hidden folders hold does not count, nor what lies among temporary files.

    Parameters
    ----------
    folder : Path
        Where `write` wrote.
    root : Path
        The project's folder.
    without : list of Path
        Folders and files that do not count: the register, staged files, the environment.
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
    opened, imported = (set(_noted(folder / f"{name}.txt")) for name in ("opened", "imported"))
    opened |= {line for line in _noted(folder / "children.txt") if not line.startswith("!")}
    ours, inside = f"{LIBRARY}{os.sep}", f"{root}{os.sep}"
    pages = f"{ours}batch{os.sep}"
    own = [name for name in imported if name.endswith(".py") and name.startswith(inside) and not name.startswith(ours)]
    uses_own = any(re.search(rf"\b{re.escape(part)}\b", code) for name in own for part in _names(name, inside))
    if not uses_own:
        imported = {name for name in imported if not name.endswith(".py")}
    if not uses_library:
        imported = {name for name in imported if not name.startswith(ours)}
    never = _folders([*without, Path(sys.prefix)])
    not_elsewhere = _folders([*_SYSTEM, Path(sys.base_prefix), Path(tempfile.gettempdir())])
    found = []
    for name in opened | imported:
        if name.endswith((".pyc", ".so")) or name.startswith(pages):
            continue  # they have digests of their own
        if name.startswith(ours):
            if not name.endswith((".py", os.sep)):  # the library's code has a digest of its own
                found.append(f"{library}/{name.removeprefix(ours)}".replace(os.sep, "/"))
        elif os.path.join(name, "").startswith(never):  # noqa: PTH118  # for each of many names
            continue
        elif name.startswith(inside):
            found.append(name.removeprefix(inside).replace(os.sep, "/") or "./")
        elif name in opened and not (name.startswith(not_elsewhere) or f"{os.sep}." in name):
            found.append(name.replace(os.sep, "/"))
    return sorted(found)


def programs_started(folder: Path) -> list[str]:
    """Return the names of the programs that a run started, whose reads are not seen."""
    of_children = [line.removeprefix("!") for line in _noted(folder / "children.txt") if line.startswith("!")]
    return sorted({*_noted(folder / "programs.txt"), *of_children} - {""})


def _noted(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if is_regular(file) else []


def _folders(places: list[Path]) -> tuple[str, ...]:
    return tuple(os.path.join(place, "") for place in places)  # noqa: PTH118


def _names(path: str, inside: str) -> set[str]:
    """Return the names by which a module may be imported: its own, and those of the packages it may be in."""
    return set(Path(path.removeprefix(inside)).with_suffix("").parts) - {"__init__", "notebooks"}
