"""Runs on this machine: forked where that is safe, with ordinary kernels where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lnlib.batch.execute.forks import Forks
from lnlib.batch.execute.forkserver import FOR_LNLIB, FOR_RUNS, ForkServer, unsafe
from lnlib.batch.execute.interrupts import Stopper
from lnlib.batch.execute.kernels import Kernels
from lnlib.batch.execute.schedule import Events, Place, keep_going
from lnlib.batch.job import Job


class Early:
    """A fork server begun before it is known what to make, while something else takes time.

    A batch that has to open a register will have runs to make, of notebooks that open it too: what those need is
    imported meanwhile on another core.
    """

    def __init__(self) -> None:
        self._server: ForkServer | None = None

    def begin(self) -> None:
        """Begin, where runs can be forked and none was begun."""
        if self._server is None and not unsafe():
            self._server = ForkServer([*FOR_RUNS, *FOR_LNLIB])

    @property
    def begun(self) -> bool:
        """Whether one imports meanwhile."""
        return self._server is not None

    def taken(self) -> ForkServer | None:
        """Hand it over, if one was begun."""
        server, self._server = self._server, None
        return server

    def close(self) -> None:
        """End one that nobody took."""
        if (server := self.taken()) is not None:
            server.close(at_once=True)


def execute(
    jobs: Sequence[Job],
    *,
    workers: int,
    modules: list[str],
    events: Events,
    early: Early | None = None,
    stopper: Stopper | None = None,
) -> str:
    """Execute runs on this machine, `workers` at once.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        How many go at once.
    modules : list of str
        What is imported before the first run is forked.
    events : Events
        Told what happens.
    early : Early, optional
        Where the fork server may have been begun.
    stopper : Stopper, optional
        Hears Ctrl-C.

    Returns
    -------
    str
        How runs were executed: `forks`, or `kernels: …` with the reason.

    Raises
    ------
    Stopped
        As `keep_going` says.
    """
    if not jobs:
        return "nothing"
    server = early.taken() if early else None
    place, reason = place_here(modules, workers, events.said, server, opened_by(jobs))
    if reason:
        events.said(f"Runs use ordinary kernels: {reason}")
    keep_going(jobs, place, events, stopper)
    return f"kernels: {reason}" if reason else "forks"


def opened_by(jobs: Iterable[Job]) -> list[str]:
    """List the registers that runs open through the library."""
    return sorted({job.register for job in jobs if job.uses_library and job.republication is None})


def place_here(
    modules: list[str],
    workers: int,
    say: Callable[[str], None],
    server: ForkServer | None = None,
    registers: Sequence[str] = (),
) -> tuple[Place, str]:
    """Give a place on this machine, and why its runs cannot be forked; empty where they are."""
    reason = unsafe()
    if not reason:
        forks = Forks(modules, workers, say, server, registers)
        if not forks.unsafe:
            return forks, ""
        forks.close()
        reason = forks.unsafe
    return Kernels(workers), reason
