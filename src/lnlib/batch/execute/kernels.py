"""Runs in processes of their own, with the ordinary kernels of papermill: where forking is not safe."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lnlib.batch.execute.limits import kill_family
from lnlib.batch.execute.schedule import Going
from lnlib.batch.job import Job, Outcome

_LOOK = 0.05
_LAST = 4000  # characters of what a process said that are told if it left no result


class Kernels:
    """A place for runs that have kernels.

    Parameters
    ----------
    room : int
        How many go at once.
    """

    def __init__(self, room: int):
        self.room = room
        self._going: dict[str, Going] = {}
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, job: Job) -> None:
        """Start a run's process."""
        process = _spawn(job)
        self._going[job.id] = Going(job, process.pid)
        self._processes[job.id] = process

    def ended(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Give the runs that ended."""
        deadline = time.monotonic() + seconds
        while True:
            over = [key for key, process in list(self._processes.items()) if process.poll() is not None]
            for key in over:
                process, run = self._processes.pop(key), self._going.pop(key)
                outcome = run.outcome(process.returncode)
                if outcome.error and outcome.error["type"] == "RunDied":
                    last = _said(run.job).read_text("utf-8", "replace")[-_LAST:]
                    outcome = outcome.failed({**outcome.error, "traceback": last})
                yield run.job, outcome
            if over or time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
        for run in list(self._going.values()):
            run.end_if_overdue()

    def close(self) -> None:
        """Kill what goes on."""
        for process in self._processes.values():
            kill_family(process.pid)
            process.wait()


def _said(job: Job) -> Path:
    """Give the file of what a run's process says, and its kernel: of interest only if it leaves no result."""
    return Path(job.stage) / "said.txt"


def _spawn(job: Job) -> subprocess.Popen[str]:
    Path(job.stage).mkdir(parents=True)
    with _said(job).open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "lnlib.batch.execute.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(job.data()))
    process.stdin.close()
    return process
