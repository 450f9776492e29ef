"""What `lnlib status` prints: which runs are stale, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lnlib.batch.build.output_folder import is_unfinished
from lnlib.batch.build.remote_copy import differing
from lnlib.batch.find_editions import build_folder, edition_files, opened_to_read
from lnlib.batch.plan.edition import Membership
from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.plan.members_cache import MembersCache
from lnlib.errors import listed
from lnlib.filesystem import from_here
from lnlib.import_record import changed_source
from lnlib.storage import is_url


def status(
    params: Sequence[Path],
    *,
    membership: Membership,
    build: str | Path | None = None,
    console: Console | None = None,
    remote: bool = False,
) -> int:
    """Print for each edition what is up to date, and why each stale run is stale; write nothing.

    Parameters
    ----------
    params : sequence of Path
        Edition files; all of `params/*.yml` if empty.
    membership : Membership
        Reads who belongs to a register.
    build : str or Path, optional
        Where editions are made, as of `run_editions`.
    console : Console, optional
        Where messages are printed.
    remote : bool
        Look also at URLs of registers and editions; otherwise what the last batch knew of them counts.

    Returns
    -------
    int
        0 if everything is up to date, 1 if not.
    """
    console = console or Console()
    project, paths = edition_files(params)
    build, url = build_folder(build, project)
    members_cache = MembersCache(membership, build / ".ledger" / "members.json", offline=not remote, read_only=True)
    stale_at_all = False
    not_opened: set[str] = set()
    for path in paths:
        edition = read_edition(path, members_cache, project=project)
        place = f"{url}/{edition.name}" if url else ""
        with opened_to_read(edition, project, build) as edition_build:
            stale, unseen = edition_build.stale(), edition_build.unseen()
            differ = differing(edition_build.ledger, edition_build.out, place if remote else "") if url else []
        unfinished = is_unfinished(build / edition.name)
        source = changed_source(edition.register)
        stale_at_all = stale_at_all or bool(stale or differ or unfinished or source)
        up_to_date = "every run is up to date" if unfinished or source else "everything is up to date"
        words = f"{len(stale)} of {len(edition.runs)} runs are stale" if stale else up_to_date
        console.print(f"[bold]{escape(edition.name)}[/]: {words}", highlight=False)
        if unfinished:
            words = "is being made, or its batch was ended: some of its files are old, some new; the next batch completes it"
            console.print(f"  {escape(from_here(build / edition.name))} {words}", highlight=False, soft_wrap=True)
        for key, why in [*[("register", source)] * bool(source), *stale.items()]:
            console.print(f"  {escape(key)}: {escape(why)}", highlight=False, soft_wrap=True)
        for key, why in unseen.items():
            console.print(f"  {escape(key)}: {escape(why)}", highlight=False, soft_wrap=True)
        if differ:
            words = f"not as it was made: {listed(differ, most=3)}; the next batch uploads it again"
            console.print(f"  {escape(place)}: {escape(words)}", highlight=False, soft_wrap=True)
        not_opened |= {name for name in (edition.register, place) if is_url(name) and not remote}
    if not_opened:
        words = f"not opened: {listed(sorted(not_opened), most=3)}; look there too with --remote"
        console.print(escape(words), highlight=False, soft_wrap=True)
    return int(stale_at_all)


def stale_runs(path: Path, *, membership: Membership, build: str | Path | None = None) -> dict[str, str]:
    """Return why each stale run of an edition is stale, as `status` prints it; write nothing and look at no URL."""
    project, paths = edition_files([path])
    folder, _ = build_folder(build, project)
    members_cache = MembersCache(membership, folder / ".ledger" / "members.json", offline=True, read_only=True)
    edition = read_edition(paths[0], members_cache, project=project)
    with opened_to_read(edition, project, folder) as edition_build:
        return dict(edition_build.stale())
