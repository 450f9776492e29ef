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
from lnlib.batch.execute.schedule import Going, Result, Spec

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

    def start(self, spec: Spec) -> None:
        """Start a run's process."""
        process = _spawn({**spec, "engine": None})
        self._going[spec["id"]] = Going(spec, process.pid)
        self._processes[spec["id"]] = process

    def ended(self, seconds: float) -> Iterator[tuple[Spec, Result]]:
        """Give the runs that ended."""
        deadline = time.monotonic() + seconds
        while True:
            over = [key for key, process in list(self._processes.items()) if process.poll() is not None]
            for key in over:
                process, run = self._processes.pop(key), self._going.pop(key)
                result = run.result(process.returncode)
                if result["error"] and result["error"]["type"] == "RunDied":
                    result["error"]["traceback"] = _said(run.spec).read_text("utf-8", "replace")[-_LAST:]
                yield run.spec, result
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


def _said(spec: Spec) -> Path:
    """Give the file of what a run's process says, and its kernel: of interest only if it leaves no result."""
    return Path(spec["stage"]) / "said.txt"


def _spawn(spec: Spec) -> subprocess.Popen[str]:
    Path(spec["stage"]).mkdir(parents=True, exist_ok=True)
    with _said(spec).open("wb") as said:
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
        process.stdin.write(json.dumps(spec))
    process.stdin.close()
    return process
