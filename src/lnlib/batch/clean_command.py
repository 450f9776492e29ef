"""What `lnlib clean` removes: what batches made, and nothing else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lnlib.batch.build.ledger import SITE_FILES, Ledger
from lnlib.batch.build.lock import edition_lock
from lnlib.batch.build.output_folder import LEDGER_ENDINGS, UNFINISHED, OutputNotWritable, check_links
from lnlib.batch.build.remote_copy import lease, remove_deposit
from lnlib.batch.find_editions import build_folder, edition_files
from lnlib.batch.plan.edition_file import check_name, no_edition_file
from lnlib.batch.site.note_links import note_files
from lnlib.errors import EditionError, listed
from lnlib.filesystem import from_here, remove_file, remove_tree, scan, shown_name


def clean(
    params: Sequence[Path],
    *,
    build: str | Path | None = None,
    console: Console | None = None,
) -> int:
    """Remove what was made of editions, and what is known of it.

    Raises
    ------
    LnlibError
        If a batch is making the edition.
    """
    console = console or Console()
    project, paths = edition_files(params)
    build, url = build_folder(build, project)
    for path in paths:
        check_name(path)
        name = path.stem
        file = build / ".ledger" / f"{name}.sqlite"
        if not (path.is_file() or file.is_file()):
            raise EditionError(no_edition_file(path))
        check_links(build, name)
        with contextlib.ExitStack() as stack:
            stack.enter_context(edition_lock(build / ".ledger" / f"{name}.lock", name))
            if url:
                stack.enter_context(lease(url, name, build))
            try:
                left = _clean_edition(build, name, url)
                staged = scan(build / ".staging" / name)
            except OSError as error:
                raise OutputNotWritable(f"{error.filename or build} cannot be removed: {error.strerror}") from error
        where = f"{url}/{name}" if url else from_here(build / name)
        if left:
            words = f"{listed(map(shown_name, left), most=5)}; no batch made them"
            console.print(
                f"Removed from {where} what batches made; left: {escape(words)}", highlight=False, soft_wrap=True
            )
        else:
            console.print(f"Removed {escape(where)}", highlight=False, soft_wrap=True)
        if os.path.lexists(build / ".staging" / name):
            names = listed(map(shown_name, sorted([*staged.files, *staged.others])), most=5) or "empty folders"
            words = f"what runs left in {from_here(build / '.staging' / name)} cannot be removed: {names}"
            console.print(escape(words), highlight=False, soft_wrap=True)
    return 0


def _clean_edition(build: Path, name: str, url: str) -> list[Path]:
    """Remove the files that the ledger of an edition lists, its notes and the ledger; return what is left of its folder."""
    out, file = build / name, build / ".ledger" / f"{name}.sqlite"
    known: set[str] = set()
    left: list[Path] = []
    if file.is_file() or url:
        with contextlib.closing(Ledger(file)) as ledger:
            known = ledger.names()
            if url:
                left = [Path(other) for other in remove_deposit(url, name, ledger)]
    for inner in sorted(known | {*SITE_FILES, UNFINISHED, *note_files(out)} if known else ()):
        remove_file(out / inner, within=out)
    remove_tree(build / ".staging" / name, within=build)
    for ending in LEDGER_ENDINGS:
        (build / ".ledger" / f"{name}{ending}").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        out.rmdir()
    tree = scan(out)
    return left or sorted([*tree.files, *tree.others])
