"""Choose the executor of this machine: forks where that is safe, ordinary kernels where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lnlib.batch.execute.interrupts import InterruptHandler
from lnlib.batch.execute.job_queue import Events, Executor, run_jobs
from lnlib.batch.job import Job

if TYPE_CHECKING:  # a batch that makes nothing again starts no executor
    from lnlib.batch.execute.forkserver import ForkServer


class EarlyStart:
    """A fork server that is started before it is known what to run, while something else takes time.

    A batch that has to open a register will have runs of notebooks that open it too: what those need is imported meanwhile
    on another core, and the register opened.
    """

    def __init__(self) -> None:
        self._server: ForkServer | None = None

    def begin(self) -> None:
        """Start it, where runs can be forked and none was started."""
        from lnlib.batch.execute.forkserver import ForkServer, unsafe

        if self._server is None and not unsafe():
            self._server = ForkServer(imported_early())

    def prepare(self, *, modules: Iterable[str] = (), registers: Iterable[str] = ()) -> None:
        """Let it import and open what is known by now, if it was started."""
        if self._server is not None:
            self._server.prepare(modules, registers)

    @property
    def begun(self) -> bool:
        """Whether one was started and not handed over."""
        return self._server is not None

    def take(self) -> ForkServer | None:
        """Return the server and give up its ownership; None if none was started."""
        server, self._server = self._server, None
        return server

    def close(self) -> None:
        """Kill a server that was not handed over."""
        if (server := self.take()) is not None:
            server.close(at_once=True)


def imported_early() -> list[str]:
    """List the modules that are imported before it is known what to run."""
    from lnlib.batch.execute.forkserver import FOR_LNLIB, FOR_RUNS

    return [*FOR_RUNS, *FOR_LNLIB]


def execute(
    jobs: Sequence[Job],
    *,
    workers: int,
    modules: list[str],
    events: Events,
    early: EarlyStart | None = None,
    interrupts: InterruptHandler | None = None,
) -> str:
    """Execute jobs on this machine, `workers` at once.

    Parameters
    ----------
    workers : int
        How many run at once.
    modules : list of str
        Modules to import before the first run is forked.
    events : Events
        Receives what happens.
    early : EarlyStart, optional
        May hold a fork server that was started earlier.
    interrupts : InterruptHandler, optional
        Counts Ctrl-C.

    Returns
    -------
    str
        How runs were executed: `forks`, or `kernels: …` with the reason.
    """
    if not jobs:
        return "nothing"
    server = early.take() if early else None
    executor, reason = local_executor(modules, workers, events.message, server, registers_opened(jobs))
    if reason:
        events.message(f"Runs use ordinary kernels: {reason}")
    run_jobs(jobs, executor, events, interrupts)
    return f"kernels: {reason}" if reason else "forks"


def registers_opened(jobs: Iterable[Job]) -> list[str]:
    """Return the registers that jobs open through the library."""
    return sorted({job.register for job in jobs if job.uses_library and job.republication is None})


def local_executor(
    modules: list[str],
    workers: int,
    notify: Callable[[str], None],
    server: ForkServer | None = None,
    registers: Sequence[str] = (),
) -> tuple[Executor, str]:
    """Return the executor of this machine, and why it cannot fork; empty where it does."""
    from lnlib.batch.execute.forks import ForkExecutor
    from lnlib.batch.execute.forkserver import unsafe
    from lnlib.batch.execute.kernels import KernelExecutor

    reason = unsafe()
    if not reason:
        forks = ForkExecutor(modules, workers, notify, server, registers)
        if not forks.unsafe:
            return forks, ""
        forks.close()
        reason = forks.unsafe
    return KernelExecutor(workers), reason
