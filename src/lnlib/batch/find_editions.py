"""Where the editions and builds are that a command is given."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from lnlib.batch.build.edition_build import EditionBuild
from lnlib.batch.build.output_folder import OutputNotWritable
from lnlib.batch.build.remote_copy import kept_here
from lnlib.batch.plan.edition import Edition
from lnlib.batch.plan.project import Project
from lnlib.errors import EditionError
from lnlib.filesystem import from_here
from lnlib.storage import is_url


def edition_files(params: Sequence[Path]) -> tuple[Project, list[Path]]:
    """Return the project and the edition files; all of its `params` if none are named."""
    if params:
        return Project.around(Path(params[0]).absolute().parent), [Path(path).absolute() for path in params]
    project = Project.around(Path.cwd())
    paths = sorted((project.root / "params").glob("*.yml"))
    if not paths:
        raise EditionError(f"there are no edition files in {from_here(project.root / 'params')}")
    return project, paths


def build_folder(given: str | Path | None, project: Project) -> tuple[Path, str]:
    """Return the folder in which editions are built, and the URL they are uploaded to; empty for none."""
    if is_url(given) and not str(given).startswith("file://"):
        url = str(given).rstrip("/")
        return kept_here(url, project.root), url
    return Path(str(given).removeprefix("file://") if given else project.build).absolute(), ""


@contextlib.contextmanager
def opened_to_read(edition: Edition, project: Project, build: Path) -> Iterator[EditionBuild]:
    """Open what was made of an edition, to look at it."""
    try:
        edition_build = EditionBuild(edition, project, build, read_only=True)
    except (OSError, sqlite3.OperationalError) as error:
        raise OutputNotWritable(f"cannot read the ledger of edition '{edition.name}': {error}") from error
    with contextlib.closing(edition_build.ledger):
        yield edition_build
