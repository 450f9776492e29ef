"""Many runs at once on this machine, each in a process of its own, held to their limits."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from lnlib.batch.limits import kill_family
from lnlib.batch.link import wait_readable
from lnlib.batch.nursery import FOR_RUNS, Nursery, NurseryLost, unsafe
from lnlib.errors import LnlibError

Spec = dict[str, Any]
_GRACE = 20.0  # seconds over its limit after which a run that does not end itself is killed
_RESTARTS = 3


class Interrupted(LnlibError):
    """The person at the terminal wanted to stop."""


class Events(Protocol):
    """What is told about a batch while it runs."""

    def started(self, spec: Spec) -> None:
        """Take note that a run started."""

    def ended(self, spec: Spec, result: dict[str, Any]) -> None:
        """Take note that a run ended; its staged files are there until this returns."""

    def said(self, text: str) -> None:
        """Take note of something about the batch itself."""


@dataclass
class _Going:
    spec: Spec
    pid: int
    since: float = field(default_factory=time.monotonic)


class Stopper:
    """Ctrl-C once lets what runs finish; twice stops now."""

    def __init__(self, say: Callable[[str], None]):
        self.asked = 0
        self._say = say

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to Ctrl-C, where this is the main thread."""
        try:
            before = signal.signal(signal.SIGINT, self._heard)
        except ValueError:  # only the main thread hears signals
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked += 1
        if self.asked == 1:
            self._say("Finishing what runs; press Ctrl-C again to stop now")


def execute(specs: list[Spec], *, workers: int, modules: list[str], events: Events) -> str:
    """Execute runs, `workers` at once; one that fails leaves the others alone.

    Parameters
    ----------
    specs : list of dict
        As `lnlib.batch.runner.run` takes them, without `engine`.
    workers : int
        How many go at once.
    modules : list of str
        What is imported before the first run is forked.
    events : Events
        Told what happens.

    Returns
    -------
    str
        How runs were executed: `forks`, or `kernels: …` with the reason.

    Raises
    ------
    Interrupted
        If Ctrl-C was pressed; runs that had started were finished, or killed at the second time.
    """
    if not specs:
        return "nothing"
    reason = unsafe()
    if not reason:
        forks = _Forks([*FOR_RUNS, *modules])
        reason = forks.unsafe
        if not reason:
            return forks.execute(specs, workers, events)
        forks.close()
    events.said(f"Runs use ordinary kernels: {reason}")
    _Kernels().execute(specs, workers, events)
    return f"kernels: {reason}"


def _result(spec: Spec, why: str) -> dict[str, Any]:
    """Read what a run left; if it left nothing, say why."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((Path(spec["stage"]) / "result.json").read_text(encoding="utf-8")))
    error = {"type": "RunDied", "message": why}
    nothing = {"peak_memory": 0, "files": {}, "exhibits": [], "seconds": 0.0}
    return {"id": spec["id"], "state": "failed", "error": error, **nothing}


def _ending(code: int) -> str:
    if code < 0:
        return f"its process was killed by {signal.Signals(-code).name}"
    return f"its process ended with status {code} and left no result"


class _Overdue:
    """Kills runs that are long over their limit and did not end themselves."""

    def check(self, going: dict[str, _Going]) -> None:
        now = time.monotonic()
        for run in going.values():
            limit = run.spec["seconds"]
            if limit is not None and now - run.since > limit + _GRACE:
                kill_family(run.pid)


class _Forks:
    """Runs forked from a nursery."""

    def __init__(self, modules: list[str]):
        self._modules = modules
        self.unsafe = ""
        self._start()

    def _start(self) -> None:
        self._nursery = Nursery(self._modules)
        try:
            ready = self._nursery.link.receive()
        except OSError:
            ready = None
        if ready is None:
            self.unsafe = "the process to fork from could not be started"
        elif ready["threads"] != 1:
            self.unsafe = f"the imported modules started {ready['threads'] - 1} threads"

    def close(self) -> None:
        self._nursery.close()

    def execute(self, specs: list[Spec], workers: int, events: Events) -> str:
        waiting = deque(specs)
        going: dict[str, _Going] = {}
        stopper, overdue = Stopper(events.said), _Overdue()
        restarts = 0
        try:
            with stopper.listening():
                while waiting or going:
                    if stopper.asked > 1 or (stopper.asked and not going):
                        raise Interrupted(f"stopped: {len(waiting) + len(going)} runs were not made")
                    try:
                        while waiting and len(going) < workers and not stopper.asked:
                            spec = waiting.popleft()
                            going[spec["id"]] = _Going(spec, 0)
                            self._nursery.run({**spec, "engine": "lnlib"})
                            events.started(spec)
                        self._hear(going, events)
                    except NurseryLost:
                        restarts += 1
                        if restarts > _RESTARTS:
                            raise
                        # Runs die with the nursery; none of them has published anything.
                        events.said("The process that runs are forked from was killed; starting it again")
                        waiting.extendleft(run.spec for run in going.values())
                        going.clear()
                        self._nursery.close()
                        self._start()
                    overdue.check(going)
        finally:
            self.close()
        return "forks"

    def _hear(self, going: dict[str, _Going], events: Events) -> None:
        if not wait_readable([self._nursery.link], time.monotonic() + 0.5):
            return
        try:
            said = self._nursery.link.receive()
        except OSError:
            said = None
        if said is None:
            raise NurseryLost("the process that runs are forked from ended unexpectedly")
        if "started" in said and said["id"] in going:
            going[said["id"]].pid = said["started"]
        elif "ended" in said and said["id"] in going:
            run = going.pop(said["id"])
            result = _result(run.spec, _ending(said["code"]))
            result["peak_memory"] = max(result.get("peak_memory", 0), said["peak_memory"])
            result["seconds"] = result.get("seconds") or round(time.monotonic() - run.since, 3)
            events.ended(run.spec, result)


class _Kernels:
    """Runs in processes of their own, with the ordinary kernels of papermill."""

    def execute(self, specs: list[Spec], workers: int, events: Events) -> None:
        waiting = deque(specs)
        going: dict[str, _Going] = {}
        started: dict[str, subprocess.Popen[str]] = {}
        stopper, overdue = Stopper(events.said), _Overdue()
        try:
            with stopper.listening():
                while waiting or going:
                    if stopper.asked > 1 or (stopper.asked and not going):
                        raise Interrupted(f"stopped: {len(waiting) + len(going)} runs were not made")
                    while waiting and len(going) < workers and not stopper.asked:
                        spec = waiting.popleft()
                        started[spec["id"]] = process = _spawn({**spec, "engine": None})
                        going[spec["id"]] = _Going(spec, process.pid)
                        events.started(spec)
                    for key, process in list(started.items()):
                        if process.poll() is not None:
                            del started[key]
                            run = going.pop(key)
                            result = _result(run.spec, _ending(process.returncode))
                            events.ended(run.spec, result)
                    overdue.check(going)
                    time.sleep(0.05)
        finally:
            for process in started.values():
                kill_family(process.pid)
                process.wait()


def _spawn(spec: Spec) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "lnlib.batch.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(spec))
    process.stdin.close()
    return process
