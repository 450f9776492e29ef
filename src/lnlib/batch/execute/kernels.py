"""An executor that gives each run a process and an ordinary kernel of papermill: where forking is not safe."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lnlib.batch.execute import leftover_processes
from lnlib.batch.execute.job_queue import RunningJob
from lnlib.batch.execute.limits import kill_tree
from lnlib.batch.job import Job, Outcome

_LOOK = 0.05
_LAST = 4000  # characters of a log that are reported if the run left no outcome


class KernelExecutor:
    """Executes jobs with ordinary kernels.

    Parameters
    ----------
    slots : int
        How many run at once.
    """

    def __init__(self, slots: int):
        self.slots = slots
        self._running: dict[str, RunningJob] = {}
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._marks: dict[str, str] = {}

    def start(self, job: Job) -> None:
        """Start a run's process."""
        self._marks[job.id] = mark = leftover_processes.new_mark()
        process = _spawn(job, mark)
        self._running[job.id] = RunningJob(job, process.pid)
        self._processes[job.id] = process

    def finished(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Yield the runs that have ended."""
        deadline = time.monotonic() + seconds
        while True:
            over = [key for key, process in list(self._processes.items()) if process.poll() is not None]
            for key in over:
                process, run = self._processes.pop(key), self._running.pop(key)
                leftover_processes.kill_marked(self._marks.pop(key))
                outcome = run.outcome(process.returncode)
                if outcome.error and outcome.error["type"] == "RunDied":
                    last = _log_file(run.job).read_text("utf-8", "replace")[-_LAST:]
                    outcome = outcome.failed({**outcome.error, "traceback": last})
                yield run.job, outcome
            if over or time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
        for run in list(self._running.values()):
            run.end_if_overdue()

    def close(self) -> None:
        """Kill the running jobs."""
        for process in self._processes.values():
            kill_tree(process.pid)
            process.wait()
        for mark in self._marks.values():
            leftover_processes.kill_marked(mark)


def _log_file(job: Job) -> Path:
    """Return the file that a run's process and its kernel log to: of interest only if it leaves no outcome."""
    return Path(job.stage) / "message.txt"


def _spawn(job: Job, mark: str) -> subprocess.Popen[str]:
    Path(job.stage).mkdir(parents=True)
    with _log_file(job).open("wb") as message:
        process = subprocess.Popen(
            [sys.executable, "-m", "lnlib.batch.execute.execute_run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=message,
            text=True,
            env={**os.environ, leftover_processes.VARIABLE: mark},
            start_new_session=True,
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(job.data()))
    process.stdin.close()
    return process
