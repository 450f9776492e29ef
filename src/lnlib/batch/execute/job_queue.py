"""Schedule jobs on an executor: what is started when, and how a batch is stopped."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lnlib.batch.execute.interrupts import InterruptHandler
from lnlib.batch.execute.limits import kill_tree
from lnlib.batch.job import Job, Outcome
from lnlib.errors import LnlibError
from lnlib.filesystem import is_regular

_GRACE = 20.0  # seconds over its limit after which a run that does not end itself is killed
CANNOT_WRITE = 74  # exit status of a run that could not write its outcome; EX_IOERR where there is one
_LOOK = 0.5  # seconds between two checks for Ctrl-C and limits


class Stopped(LnlibError):
    """A batch that ended before all its runs were made; what was published is kept."""

    status = 1


class Interrupted(Stopped):
    """A batch that was interrupted at the terminal."""

    status = 130


class Events(Protocol):
    """Callbacks of a batch."""

    def started(self, job: Job) -> None:
        """Handle the start of a run."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Handle the end of a run; its staged files are there until this returns."""

    def message(self, text: str) -> None:
        """Handle a message about the batch itself."""


class Executor(Protocol):
    """Where runs are executed: forks or ordinary kernels on this machine, or a cluster."""

    @property
    def slots(self) -> int:
        """How many runs it executes at once."""

    def start(self, job: Job) -> None:
        """Start a run."""

    def finished(self, seconds: float) -> Iterable[tuple[Job, Outcome]]:
        """Yield the runs that have ended, waiting at most `seconds` for the first."""

    def close(self) -> None:
        """End running jobs and leave nothing behind."""


@dataclass
class RunningJob:
    """A job that is being executed."""

    job: Job
    pid: int = 0
    since: float = field(default_factory=time.monotonic)
    overdue: bool = False

    def end_if_overdue(self) -> None:
        """Kill it if it is long over its time limit and did not end itself."""
        limit = self.job.seconds
        if self.pid and limit is not None and time.monotonic() - self.since > limit + _GRACE:
            self.overdue = True
            kill_tree(self.pid)

    def outcome(self, code: int) -> Outcome:
        """Return its outcome, given the exit status of its process."""
        if self.overdue:
            return read_outcome(
                self.job,
                f"exceeded its time limit of {self.job.seconds:g} s and was killed; raise it with --seconds",
            )
        return read_outcome(self.job, exit_reason(code))


def longest_first(jobs: Iterable[Job], expected: Callable[[Job], float]) -> list[Job]:
    """Return jobs in the order in which they start: the longest first, so that all workers end together."""
    return sorted(jobs, key=lambda job: -expected(job))


def run_jobs(
    jobs: Sequence[Job], executor: Executor, events: Events, interrupts: InterruptHandler | None = None
) -> None:
    """Execute jobs on an executor, as many at once as it has slots; one that fails leaves the others alone.

    Parameters
    ----------
    executor : Executor
        Closed in any case.
    events : Events
        Receives what happens.
    interrupts : InterruptHandler, optional
        Has counted Ctrl-C so far; after one, no run is started.

    Raises
    ------
    Stopped
        After Ctrl-C (running jobs were finished, or killed at the second), or if the executor is lost.
    """
    waiting = deque(jobs)
    running: set[str] = set()
    interrupts = interrupts or InterruptHandler()

    def fill() -> None:
        while waiting and len(running) < executor.slots and not interrupts.count:
            job = waiting.popleft()
            running.add(job.id)
            executor.start(job)
            events.started(job)

    try:
        with interrupts.finishing_first(events.message):
            while waiting or running:
                if interrupts.count > 1 or (interrupts.count and not running):
                    raise Interrupted(f"stopped: {not_run(len(waiting) + len(running))}")
                fill()
                for job, outcome in executor.finished(_LOOK):
                    running.discard(job.id)
                    fill()  # the next goes on while this one is published
                    events.finished(job, outcome)
    finally:
        executor.close()


def not_run(count: int) -> str:
    """Return how many runs were not made, in words.

    >>> not_run(1)
    '1 run was not made; the next batch makes it'
    """
    return (
        "1 run was not made; the next batch makes it"
        if count == 1
        else f"{count} runs were not made; the next batch makes them"
    )


def read_outcome(job: Job, why: str) -> Outcome:
    """Return the outcome that a run left; if it left none, a failed one that says why."""
    if is_regular(job.outcome_file):
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Outcome.of(json.loads(job.outcome_file.read_text(encoding="utf-8")))
    return failed_outcome(why)


def failed_outcome(why: str) -> Outcome:
    """Return the outcome of a run that left none."""
    return Outcome("failed", {"type": "RunDied", "message": why})


def exit_reason(code: int) -> str:
    """Return why the process of a run left no outcome."""
    if code == CANNOT_WRITE:
        return "its process could not write its result: the disk may be full"
    return f"its process {describe_exit(code)}" + (" and left no result" if code >= 0 else "")


def describe_exit(code: int) -> str:
    """Return how a process ended, in words.

    >>> describe_exit(3)
    'ended with status 3'
    >>> describe_exit(-9)
    'was killed by SIGKILL, as when memory runs out'
    """
    if code >= 0:
        return f"ended with status {code}"
    name = signal.Signals(-code).name
    return f"was killed by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
