"""What `lnlib run` does: one call makes what is stale of all editions it is given, and returns the exit status."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from lnlib.batch.batch import Batch
from lnlib.batch.build.edition_build import EditionBuild
from lnlib.batch.build.lock import edition_lock
from lnlib.batch.build.output_folder import OutputNotWritable, check_links, check_writable
from lnlib.batch.build.remote_copy import lease
from lnlib.batch.dry_run import print_commands, print_plan
from lnlib.batch.execute.executor_choice import EarlyStart
from lnlib.batch.execute.interrupts import InterruptHandler
from lnlib.batch.execute.leftover_processes import kill_strays
from lnlib.batch.execute.limits import RUN_SECONDS, default_workers
from lnlib.batch.find_editions import build_folder, edition_files
from lnlib.batch.plan.edition import Edition, Members, Membership, Run, select
from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.plan.members_cache import MembersCache
from lnlib.errors import EditionError
from lnlib.filesystem import from_here
from lnlib.import_record import changed_source
from lnlib.storage import is_url


# the options of `lnlib run` are read and checked in `cli.py`; `--seconds` and `--memory` are held to in `execute/limits.py`
@dataclass(frozen=True)
class RunOptions:
    """What is asked of a batch.

    Parameters
    ----------
    only : sequence of str
        `name=value` to make only some runs: `province=02`, `actor=…`, `notebook=…`.
    workers : int, optional
        Runs at once; by default one a core, fewer where memory is short.
    dry_run, commands : bool
        Print the plan instead, in words or as plain papermill commands.
    force : bool
        Make also what is up to date.
    failed : bool
        Make only what failed the last time.
    seconds, memory : optional
        Limits of one run; by default an hour, and its share of the memory that is free.
    wait : bool
        Wait for another batch on the same edition to end.
    dask : str
        Address of a Dask scheduler whose workers make the runs, such as `tcp://scheduler:8786`; this machine if empty.
    """

    only: Sequence[str] = ()
    workers: int | None = None
    dry_run: bool = False
    commands: bool = False
    force: bool = False
    failed: bool = False
    seconds: float | None = None
    memory: int | None = None
    wait: bool = False
    dask: str = ""


EVERYTHING = RunOptions()


def _print_warnings(editions: Sequence[Edition], console: Console) -> None:
    for edition in editions:
        for warning in (*edition.warnings, *filter(None, [changed_source(edition.register)])):
            console.print(f"{edition.name}: {escape(warning)}", highlight=False, soft_wrap=True)


def run_editions(
    params: Sequence[Path],
    *,
    membership: Membership,
    options: RunOptions = EVERYTHING,
    build: str | Path | None = None,
    console: Console | None = None,
    interrupts: InterruptHandler | None = None,
) -> int:
    """Make editions: everything that is not up to date, or what is asked for.

    Parameters
    ----------
    params : sequence of Path
        Edition files; all of `params/*.yml` if empty.
    membership : Membership
        Reads who belongs to a register.
    build : str or Path, optional
        Where editions are made; `build` in the project if not given. At a URL they are put there as well, and kept
        in a folder of this person's cache.
    console : Console, optional
        Where messages are printed.
    interrupts : InterruptHandler, optional
        Counts Ctrl-C from the start of the command.

    Returns
    -------
    int
        0 if every run is whole, 1 if any failed, 130 if it was interrupted.

    Raises
    ------
    LnlibError
        If an edition file is wrong, the output folder cannot be written to, or another batch makes an edition.
    """
    console = console or Console()
    project, paths = edition_files(params)
    build, url = build_folder(build, project)
    with contextlib.ExitStack() as stack:
        early = stack.enter_context(contextlib.closing(EarlyStart()))

        def opened(register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
            if not (planned_only or options.dask):
                early.begin()
                early.prepare(registers=() if is_url(register) else (register,))
            return membership(register, frame, choices)

        planned_only = options.dry_run or options.commands
        members_cache = MembersCache(opened, build / ".ledger" / "members.json", read_only=planned_only)
        editions = [read_edition(path, members_cache, project=project) for path in paths]
        editions = _matching(editions, options.only)
        chosen = [select(edition.runs, options.only, edition) for edition in editions]
        _print_warnings(() if options.commands else editions, console)
        if planned_only:
            print_planned = print_commands if options.commands else print_plan
            for edition, runs in zip(editions, chosen, strict=True):
                print_planned(edition, runs, build, project, console)
            return 0
        for edition in editions:
            check_links(build, edition.name)
            check_writable(build / edition.name)
        check_writable(build / ".ledger")
        stack.enter_context(_writing(build))
        kill_strays()
        members_cache.keep()
        builds = []

        def notify(text: str) -> None:
            console.print(escape(text), highlight=False, soft_wrap=True)

        for edition in editions:
            path = build / ".ledger" / f"{edition.name}.lock"
            stack.enter_context(edition_lock(path, edition.name, wait=None if options.wait else 0.0, notify=notify))
            held = stack.enter_context(lease(url, edition.name, build, wait=options.wait)) if url else None
            edition_build = EditionBuild(edition, project, build, url)
            stack.callback(edition_build.close)
            if held is not None and edition_build.remote is not None:
                edition_build.remote.check_lease = held.check
            edition_build.check_own()
            builds.append(edition_build)
        batch = Batch(
            builds,
            options.workers or default_workers(),
            console,
            dask=options.dask,
            project=project,
            build=build,
            early=early,
            interrupts=interrupts,
        )
        why = [
            _wanted(edition_build, runs, options.force, options.failed)
            for edition_build, runs in zip(builds, chosen, strict=True)
        ]
        if options.failed:
            for edition_build, reasons in zip(builds, why, strict=True):
                if not reasons:
                    notify(f"{edition_build.edition.name}: no run failed the last time")
        return batch.make(why, RUN_SECONDS if options.seconds is None else options.seconds, options.memory)


@contextlib.contextmanager
def _writing(build: Path) -> Iterator[None]:
    """Raise any error of writing as one sentence."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        where = Path(str(error.filename)).parent if isinstance(error, OSError) and error.filename else build
        raise OutputNotWritable(
            f"the batch was stopped, it cannot write to {from_here(where)}: {reason}. What was published is whole; the next "
            "batch makes the rest"
        ) from error


def _matching(editions: list[Edition], only: Sequence[str]) -> list[Edition]:
    """Of several editions keep those that `only` can be said of; if none, the errors are those of the first."""
    if not only or len(editions) == 1:
        return editions
    kept = []
    problem: EditionError | None = None
    for edition in editions:
        try:
            select(edition.runs, only, edition)
            kept.append(edition)
        except EditionError as error:
            problem = problem or error
    if not kept and problem is not None:
        raise problem
    return kept


def _wanted(edition_build: EditionBuild, runs: Iterable[Run], force: bool, failed: bool) -> dict[str, str]:
    stale = edition_build.stale()
    wanted = {}
    for run in runs:
        record = edition_build.records.get(run.id)
        if failed and (record is None or record.state != "failed"):
            continue
        if force or run.id in stale:
            wanted[run.id] = stale.get(run.id) or "it was asked for"
    return wanted
