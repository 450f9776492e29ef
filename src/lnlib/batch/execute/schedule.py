"""Many runs going at once, wherever they are executed: what is started when, and how a batch is stopped."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lnlib.batch.execute.interrupts import Stopper
from lnlib.batch.execute.limits import kill_family
from lnlib.batch.job import Job, Outcome
from lnlib.errors import LnlibError
from lnlib.filesystem import is_regular

_GRACE = 20.0  # seconds over its limit after which a run that does not end itself is killed
CANNOT_WRITE = 74  # the status of a run that could not write what became of it; EX_IOERR where there is one
_LOOK = 0.5  # seconds between two looks at Ctrl-C and at limits


class Stopped(LnlibError):
    """A batch that ended before all its runs were made; what was made is kept."""

    status = 1


class Interrupted(Stopped):
    """The person at the terminal wanted to stop."""

    status = 130


class Events(Protocol):
    """What is told about a batch while it goes on."""

    def started(self, job: Job) -> None:
        """Take note that a run started."""

    def ended(self, job: Job, outcome: Outcome) -> None:
        """Take note that a run ended; its staged files are there until this returns."""

    def said(self, text: str) -> None:
        """Take note of something about the batch itself."""


class Place(Protocol):
    """Where runs are executed: forks or kernels on this machine, or a cluster."""

    @property
    def room(self) -> int:
        """How many runs go at once."""

    def start(self, job: Job) -> None:
        """Start a run."""

    def ended(self, seconds: float) -> Iterable[tuple[Job, Outcome]]:
        """Give the runs that ended, waiting at most so long for the first."""

    def close(self) -> None:
        """End what goes on, and leave nothing behind."""


@dataclass
class Going:
    """A run that goes on."""

    job: Job
    pid: int = 0
    since: float = field(default_factory=time.monotonic)
    overdue: bool = False

    def end_if_overdue(self) -> None:
        """Kill it if it is long over its limit and did not end itself."""
        limit = self.job.seconds
        if self.pid and limit is not None and time.monotonic() - self.since > limit + _GRACE:
            self.overdue = True
            kill_family(self.pid)

    def outcome(self, code: int) -> Outcome:
        """Read what it left; if it left nothing, say why, with the status it ended with."""
        if self.overdue:
            return outcome_of(
                self.job,
                f"exceeded its time limit of {self.job.seconds:g} s and was killed; raise it with --seconds",
            )
        return outcome_of(self.job, ending(code))


def keep_going(jobs: Sequence[Job], place: Place, events: Events, stopper: Stopper | None = None) -> None:
    """Execute runs in a place, as many at once as it has room for; one that fails leaves the others alone.

    Parameters
    ----------
    jobs : sequence of Job
    place : Place
        Closed at the end, however it comes.
    events : Events
        Told what happens.
    stopper : Stopper, optional
        Heard Ctrl-C before; if that was pressed, no run is started.

    Raises
    ------
    Stopped
        If Ctrl-C was pressed (runs that had started were finished, or killed at the second time), or the place is lost.
    """
    waiting = deque(jobs)
    going: set[str] = set()
    stopper = stopper or Stopper()

    def fill() -> None:
        while waiting and len(going) < place.room and not stopper.asked:
            job = waiting.popleft()
            going.add(job.id)
            place.start(job)
            events.started(job)

    try:
        with stopper.letting_finish(events.said):
            while waiting or going:
                if stopper.asked > 1 or (stopper.asked and not going):
                    raise Interrupted(f"stopped: {not_made(len(waiting) + len(going))}")
                fill()
                for job, outcome in place.ended(_LOOK):
                    going.discard(job.id)
                    fill()  # the next goes on while this one is published
                    events.ended(job, outcome)
    finally:
        place.close()


def not_made(count: int) -> str:
    """Say how many runs were not made.

    >>> not_made(1)
    '1 run was not made; the next batch makes it'
    """
    return (
        "1 run was not made; the next batch makes it"
        if count == 1
        else f"{count} runs were not made; the next batch makes them"
    )


def outcome_of(job: Job, why: str) -> Outcome:
    """Return the outcome that a run left; if it left none, a failed one that says why."""
    if is_regular(job.outcome_file):
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Outcome.of(json.loads(job.outcome_file.read_text(encoding="utf-8")))
    return died(why)


def died(why: str) -> Outcome:
    """Return the outcome of a run that left none."""
    return Outcome("failed", {"type": "RunDied", "message": why})


def ending(code: int) -> str:
    """Say how the process of a run ended that left no result."""
    if code == CANNOT_WRITE:
        return "its process could not write its result: the disk may be full"
    return f"its process {how_ended(code)}" + (" and left no result" if code >= 0 else "")


def how_ended(code: int) -> str:
    """Say how a process ended.

    >>> how_ended(3)
    'ended with status 3'
    >>> how_ended(-9)
    'was killed by SIGKILL, as when memory runs out'
    """
    if code >= 0:
        return f"ended with status {code}"
    name = signal.Signals(-code).name
    return f"was killed by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
