"""A choice as an edition file that `lnlib run` accepts: one run of the notebook that shows one view."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from lnlib.batch.plan.project import Project
from lnlib.errors import LnlibError
from lnlib.explorer.view_and_filters import WORDS, Choice
from lnlib.filesystem import write_atomic
from lnlib.intake import find_register
from lnlib.storage import is_url
from lnlib.words import Words

NOTEBOOK = "10-view"


def project_of(folder: Path) -> Project | None:
    """Return the project around a folder that has the notebook; None if there is none."""
    try:
        project = Project.around(folder)
    except LnlibError:
        return None
    return project if (project.notebooks / f"{NOTEBOOK}.ipynb").is_file() else None


def saved_in(folder: Path) -> tuple[Path, Path]:
    """Return where exhibits and run files are saved by default, in the project around a folder or in the folder."""
    project = project_of(folder)
    root = project.root if project else folder
    return root / "build" / "saved", root / "params"


def run_text(choice: Choice, *, title: str, beside: Path, project: Project) -> str:
    """Write the edition file of a choice.

    Parameters
    ----------
    title : str
        Of the edition.
    beside : Path
        The folder the file will stand in: a register that has no bare name is named from there.
    """
    content: dict[str, Any] = {"title": title, "register": _register(choice, beside, project)}
    if choice.frame:
        content["frame"] = choice.frame
    if choice.period:
        content["period"] = {name.removeprefix("period_"): value for name, value in choice.period.items()}
    content["language"] = choice.language
    parameters: dict[str, Any] = {"view": choice.view}
    if choice.province:
        several = len(choice.province) > 1
        parameters["provinces" if several else "province"] = ";".join(choice.province)
    if choice.actor:
        parameters["actor"] = choice.actor
    parameters |= {
        f"{name}s" if name in WORDS else name: ";".join(value)
        for name, value in choice.filters.items()
        if name in (*WORDS, "in_force")
    }
    parameters |= choice.history
    parameters |= {
        name: ";".join(value) if isinstance(value, tuple) else value for name, value in choice.drawing.items()
    }
    content["runs"] = [{"notebook": NOTEBOOK, "parameters": parameters}]
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def write_run(choice: Choice, file: str, *, title: str, words: Words) -> Path:
    """Write the edition file of a choice; a file that says something else is left, and a number put to the name.

    Raises
    ------
    LnlibError
        There is no project around, the file would stand outside it, or it cannot be written.
    """
    path = Path(file).expanduser().absolute()
    path = path if path.suffix in (".yml", ".yaml") else path.with_name(f"{path.name}.yml")
    project = project_of(_there(path.parent))
    if project is None:
        raise LnlibError(words("explorer.no_project", path=path.parent))
    content = run_text(choice, title=title, beside=path.parent, project=project).encode()
    free, number = path, 1
    try:
        while free.exists() and free.read_bytes() != content:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")
        write_atomic(free, content)
    except OSError as error:
        raise LnlibError(f"run file {free} cannot be written: {error.strerror}") from None
    return free


def _there(folder: Path) -> Path:
    """Return the nearest folder that exists."""
    return next(one for one in (folder, *folder.parents) if os.path.isdir(one))  # noqa: PTH112  # the name may be too long


def _register(choice: Choice, beside: Path, project: Project) -> str:
    if is_url(choice.register):
        return choice.register
    found = find_register(choice.register).resolve()
    if found.parent == project.data.resolve() and found.suffix.casefold() != ".xlsx":
        return found.name
    near = os.path.relpath(found, beside.resolve()) if found.is_relative_to(project.root.resolve()) else str(found)
    near = Path(near).as_posix()
    return near if "/" in near else f"./{near}"
