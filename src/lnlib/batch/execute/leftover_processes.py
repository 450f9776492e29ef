"""Processes that outlive their run: what a notebook started is found by an environment variable that it inherits.

A run ends what it started, and the fork server ends what a killed run left. Only a fork server that is killed itself leaves
processes to whoever looks for them by this mark: the batch, or the next one.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from lnlib.batch.execute.limits import kill_process

VARIABLE = "LNLIB_BATCH"


def new_mark() -> str:
    """Return a mark that names this process, so that others can tell whether it still runs."""
    return f"{_namespace()}.{os.getpid()}.{_started(os.getpid())}.{uuid.uuid4().hex}"


def kill_marked(mark: str) -> None:
    """Kill the processes that carry a mark."""
    for pid, found in _marked():
        if found == mark:
            kill_process(pid)


def kill_strays() -> None:
    """Kill this user's processes whose batch has ended."""
    for pid, mark in _marked():
        namespace, batch, started, *_ = [*mark.split("."), "", "", ""]
        if namespace == _namespace() and batch.isdigit() and _started(int(batch)) != started:
            kill_process(pid)


def _marked() -> Iterator[tuple[int, str]]:
    """Yield the processes of this user that carry a mark, with their marks; none where there is no /proc."""
    sign = f"{VARIABLE}=".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for entry in (folder / "environ").read_bytes().split(b"\0"):
                if entry.startswith(sign) and int(folder.name) != os.getpid():
                    yield int(folder.name), entry.removeprefix(sign).decode(errors="replace")


def _namespace() -> str:
    """Return the namespace in which process ids count: a container has its own."""
    with contextlib.suppress(OSError):
        return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    return ""


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the machine did; empty if there is none."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return text.rpartition(")")[2].split()[19]
    return ""
