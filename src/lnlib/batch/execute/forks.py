"""An executor that forks each run from a fork server."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lnlib.batch.execute.forkserver import FOR_RUNS, ForkServer, ForkServerLost
from lnlib.batch.execute.job_queue import RunningJob, Stopped
from lnlib.batch.execute.messages import Message, wait_readable
from lnlib.batch.job import Job, Outcome

_RESTARTS = 3


class ForkExecutor:
    """Executes jobs in forks.

    Parameters
    ----------
    modules : list of str
        Modules to import before the first run is forked.
    slots : int
        How many run at once.
    say : callable
        Called with a message when the fork server was lost and is started again.
    server : ForkServer, optional
        One that was started earlier; ended with this executor.
    registers : list of str
        Paths of registers to open before the first run is forked.

    Notes
    -----
    One thread may start runs while another waits for their ends.
    """

    def __init__(
        self,
        modules: list[str],
        slots: int,
        notify: Callable[[str], None],
        server: ForkServer | None = None,
        registers: Sequence[str] = (),
    ):
        self.slots = slots
        self.unsafe = ""
        self._modules = [*FOR_RUNS, *modules]
        self._registers = registers
        self._notify = notify
        self._running: dict[str, RunningJob] = {}
        self._restarts = 0
        self._server_changes = threading.Lock()
        self._start_server(server or ForkServer())

    def start(self, job: Job) -> None:
        """Fork a run."""
        with self._server_changes:
            self._running[job.id] = RunningJob(job)
            with contextlib.suppress(ForkServerLost):  # `finished` notices it too, and restarts the running jobs
                self._fork(job)

    def finished(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Yield the runs that have ended.

        Raises
        ------
        Stopped
            If the fork server is lost again and again.
        """
        deadline = time.monotonic() + seconds
        try:
            while wait_readable([self._server.link], deadline):
                found = self._handle(self._receive())
                if found is not None:
                    yield found
                    break
        except ForkServerLost:
            self._restart_server()
        for run in list(self._running.values()):
            run.end_if_overdue()

    def close(self) -> None:
        """End the fork server and everything forked from it."""
        self._server.close()

    def _fork(self, job: Job) -> None:
        self._server.run(job.data())

    def _start_server(self, server: ForkServer) -> None:
        self._server = server
        try:
            ready = server.ready(self._modules, self._registers)
        except BaseException:  # Ctrl-C, while it imports
            server.close(at_once=True)
            raise
        if ready is None:
            self.unsafe = "the process to fork from could not be started"
        elif ready["threads"] != 1:
            self.unsafe = f"the imported modules started {ready['threads'] - 1} threads"

    def _restart_server(self) -> None:
        self._restarts += 1
        if self._restarts > _RESTARTS:
            raise Stopped(f"stopped: the process that runs are forked from ended {self._restarts} times")
        # Runs die with the fork server; none of them has published anything.
        self._notify("The process that runs are forked from was killed; starting it again")
        with self._server_changes:
            self._server.close()
            self._start_server(ForkServer())
            for key, run in self._running.items():
                job = run.job.again(self._restarts)  # the first attempt may have left half a file in its folder
                self._running[key] = RunningJob(job)
                self._fork(job)

    def _receive(self) -> Message:
        try:
            message = self._server.link.receive()
        except OSError:
            message = None
        if message is None:
            raise ForkServerLost("the process that runs are forked from ended unexpectedly")
        return message

    def _handle(self, message: Message) -> tuple[Job, Outcome] | None:
        run = self._running.get(message.get("id", ""))
        if run is None:
            return None
        if "started" in message:
            run.pid = message["started"]
            return None
        del self._running[message["id"]]
        outcome = run.outcome(message["code"])
        peak_memory = max(outcome.peak_memory, message["peak_memory"])
        seconds = outcome.seconds or round(time.monotonic() - run.since, 3)
        return run.job, replace(outcome, peak_memory=peak_memory, seconds=seconds)
