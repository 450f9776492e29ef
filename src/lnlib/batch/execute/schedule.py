"""Many runs going at once, wherever they are executed: what is started when, and how a batch is stopped."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from lnlib.batch.execute.interrupts import Stopper
from lnlib.batch.execute.limits import kill_family
from lnlib.errors import LnlibError

Spec = dict[str, Any]
Result = dict[str, Any]
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

    def started(self, spec: Spec) -> None:
        """Take note that a run started."""

    def ended(self, spec: Spec, result: Result) -> None:
        """Take note that a run ended; its staged files are there until this returns."""

    def said(self, text: str) -> None:
        """Take note of something about the batch itself."""


class Place(Protocol):
    """Where runs are executed: forks or kernels on this machine, or a cluster."""

    @property
    def room(self) -> int:
        """How many runs go at once."""

    def start(self, spec: Spec) -> None:
        """Start a run."""

    def ended(self, seconds: float) -> Iterable[tuple[Spec, Result]]:
        """Give the runs that ended, waiting at most so long for the first."""

    def close(self) -> None:
        """End what goes on, and leave nothing behind."""


@dataclass
class Going:
    """A run that goes on."""

    spec: Spec
    pid: int = 0
    since: float = field(default_factory=time.monotonic)
    overdue: bool = False

    def end_if_overdue(self) -> None:
        """Kill it if it is long over its limit and did not end itself."""
        limit = self.spec["seconds"]
        if self.pid and limit is not None and time.monotonic() - self.since > limit + _GRACE:
            self.overdue = True
            kill_family(self.pid)

    def result(self, code: int) -> Result:
        """Read what it left; if it left nothing, say why, with the status it ended with."""
        if self.overdue:
            return result_of(
                self.spec,
                f"exceeded its time limit of {self.spec['seconds']:g} s and was killed; raise it with --seconds",
            )
        return result_of(self.spec, ending(code))


def keep_going(specs: list[Spec], place: Place, events: Events, stopper: Stopper | None = None) -> None:
    """Execute runs in a place, as many at once as it has room for; one that fails leaves the others alone.

    Parameters
    ----------
    specs : list of dict
        As `lnlib.batch.execute.runner.run` takes them, without `engine`.
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
    waiting = deque(specs)
    going: set[str] = set()
    stopper = stopper or Stopper()

    def fill() -> None:
        while waiting and len(going) < place.room and not stopper.asked:
            spec = waiting.popleft()
            going.add(spec["id"])
            place.start(spec)
            events.started(spec)

    try:
        with stopper.letting_finish(events.said):
            while waiting or going:
                if stopper.asked > 1 or (stopper.asked and not going):
                    raise Interrupted(f"stopped: {not_made(len(waiting) + len(going))}")
                fill()
                for spec, result in place.ended(_LOOK):
                    going.discard(spec["id"])
                    fill()  # the next goes on while this one is published
                    events.ended(spec, result)
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


def result_of(spec: Spec, why: str) -> Result:
    """Read what a run left; if it left nothing, say why."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((Path(spec["stage"]) / "result.json").read_text(encoding="utf-8")))
    return died(spec, why)


def died(spec: Spec, why: str) -> Result:
    """Give the result of a run that left none."""
    error = {"type": "RunDied", "message": why}
    nothing = {"peak_memory": 0, "files": {}, "exhibits": [], "seconds": 0.0}
    return {"id": spec["id"], "state": "failed", "error": error, **nothing}


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
