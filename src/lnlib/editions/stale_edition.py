"""Whether an edition is what its file, notebooks and register would make today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lnlib.editions.edition_folder import Opened
from lnlib.errors import LnlibError, listed
from lnlib.filesystem import from_here


def stale_warning(edition: Opened, root: Path, stale_runs: Callable[[Path], Mapping[str, str]]) -> str:
    """Return what is stale of an edition, why, and the command that helps; empty where nothing is, or nobody can tell.

    Parameters
    ----------
    root : Path
        The project's folder, in whose `params` the edition's file lies.
    stale_runs : callable
        Returns why each stale run of an edition file is stale.
    """
    params = root / "params" / f"{edition.name}.yml"
    if edition.url or not params.is_file():
        return ""
    try:
        stale = stale_runs(params)
    except LnlibError as error:
        return f"cannot tell whether edition '{edition.name}' is up to date: {str(error).splitlines()[0]}"
    if not stale:
        return ""
    number = "1 run" if len(stale) == 1 else f"{len(stale)} runs"
    why = listed(dict.fromkeys(stale.values()), most=2)
    return (
        f"edition '{edition.name}' is stale ({number}: {why}); bring it up to date with 'lnlib run {from_here(params)}'"
    )
