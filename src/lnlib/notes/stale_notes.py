"""Which notes of a project no longer say what their editions say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lnlib.batch.build.output_folder import is_unfinished
from lnlib.batch.plan.project import Project
from lnlib.editions.edition_folder import EXHIBITS, open_edition
from lnlib.filesystem import from_here
from lnlib.notes.quotation_record import FOLDER, stale
from lnlib.storage import is_url


def report_stale(params: Sequence[Path], *, build: str = "") -> list[str]:
    """Return a line for each sentence and exhibit of a note that changed, for the editions of some edition files.

    Parameters
    ----------
    params : sequence of Path
        Edition files; all of `params/*.yml` if empty.
    build : str
        Where editions are; `build` in the project if empty. Notes of editions at a URL are not checked.
    """
    project = Project.around(params[0].absolute().parent if params else Path.cwd())
    if is_url(build):
        return []
    folder = Path(build) if build else project.build
    names = [path.stem for path in params] or sorted(path.stem for path in (project.root / "params").glob("*.yml"))
    notes = Path(from_here(project.root / FOLDER))
    # what is unfinished is to be made first
    made = [name for name in names if (folder / name / EXHIBITS).is_file() and not is_unfinished(folder / name)]
    return [line for name in made for line in stale(notes, open_edition(folder / name))]
