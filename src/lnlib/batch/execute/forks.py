"""Runs forked from a fork server, each in a process of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lnlib.batch.execute.forkserver import FOR_RUNS, ForkServer, ForkServerLost
from lnlib.batch.execute.link import Message, wait_readable
from lnlib.batch.execute.schedule import Going, Stopped
from lnlib.batch.job import Job, Outcome

_RESTARTS = 3


class Forks:
    """A place for runs that are forked.

    Parameters
    ----------
    modules : list of str
        What is imported before the first run is forked.
    room : int
        How many go at once.
    say : callable
        Told if the fork server was lost and is started again.
    server : ForkServer, optional
        One that was begun before; ended with this place.
    registers : list of str
        Paths of what is opened before the first run is forked.

    Notes
    -----
    One thread may start runs while another waits for their ends.
    """

    def __init__(
        self,
        modules: list[str],
        room: int,
        say: Callable[[str], None],
        server: ForkServer | None = None,
        registers: Sequence[str] = (),
    ):
        self.room = room
        self.unsafe = ""
        self._modules = [*FOR_RUNS, *modules]
        self._registers = registers
        self._say = say
        self._going: dict[str, Going] = {}
        self._restarts = 0
        self._server_changes = threading.Lock()
        self._begin(server or ForkServer())

    def start(self, job: Job) -> None:
        """Fork a run."""
        with self._server_changes:
            self._going[job.id] = Going(job)
            with contextlib.suppress(ForkServerLost):  # `ended` hears of it too, and starts again what goes on
                self._fork(job)

    def ended(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Give the runs that ended.

        Raises
        ------
        Stopped
            If the fork server is lost again and again.
        """
        deadline = time.monotonic() + seconds
        try:
            while wait_readable([self._server.link], deadline):
                found = self._taken(self._hear())
                if found is not None:
                    yield found
                    break
        except ForkServerLost:
            self._begin_again()
        for run in list(self._going.values()):
            run.end_if_overdue()

    def close(self) -> None:
        """End the fork server, and with it what was forked from it."""
        self._server.close()

    def _fork(self, job: Job) -> None:
        self._server.run(job.data())

    def _begin(self, server: ForkServer) -> None:
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

    def _begin_again(self) -> None:
        self._restarts += 1
        if self._restarts > _RESTARTS:
            raise Stopped(f"stopped: the process that runs are forked from ended {self._restarts} times")
        # Runs die with the fork server; none of them has published anything.
        self._say("The process that runs are forked from was killed; starting it again")
        with self._server_changes:
            self._server.close()
            self._begin(ForkServer())
            for key, run in self._going.items():
                job = run.job.again(self._restarts)  # the first attempt may have left half a file in its folder
                self._going[key] = Going(job)
                self._fork(job)

    def _hear(self) -> Message:
        try:
            said = self._server.link.receive()
        except OSError:
            said = None
        if said is None:
            raise ForkServerLost("the process that runs are forked from ended unexpectedly")
        return said

    def _taken(self, said: Message) -> tuple[Job, Outcome] | None:
        run = self._going.get(said.get("id", ""))
        if run is None:
            return None
        if "started" in said:
            run.pid = said["started"]
            return None
        del self._going[said["id"]]
        outcome = run.outcome(said["code"])
        peak_memory = max(outcome.peak_memory, said["peak_memory"])
        seconds = outcome.seconds or round(time.monotonic() - run.since, 3)
        return run.job, replace(outcome, peak_memory=peak_memory, seconds=seconds)
