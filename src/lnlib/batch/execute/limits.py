"""How many cores and how much memory there are, as the container says; what a run may take of them."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lnlib.errors import LnlibError

RUN_SECONDS = 3600.0  # that a run may take where nobody says otherwise
_CGROUP, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_POWERS = ("", "k", "m", "g", "t")  # of 1000, or of 1024 in units such as GiB
_EACH = 350_000_000  # what a run of the usual kind takes, of which much is shared


class RunStopped(LnlibError):
    """A run that exceeded a limit."""


def cores() -> int:
    """Count the cores this process may use: affinity and the quota of its containers."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _groups("cpu"):
        with contextlib.suppress(OSError, ValueError):
            quota, period = (group / "cpu.max").read_text().split()
            if quota != "max":
                count = min(count, max(1, round(int(quota) / int(period))))
        with contextlib.suppress(OSError, ValueError):  # of the first version of control groups
            allowed = int((group / "cpu.cfs_quota_us").read_text())
            if allowed > 0:
                count = min(count, max(1, round(allowed / int((group / "cpu.cfs_period_us").read_text()))))
    return count


def free_memory() -> int:
    """Return the bytes that can still be used, on the machine and in its containers; 0 where it cannot be known."""
    left = [psutil.virtual_memory().available]
    for group in _groups("memory"):
        for most, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),  # of the first version
        ):
            with contextlib.suppress(OSError, ValueError):  # where nothing is limited it says `max`
                left.append(int((group / most).read_text()) - int((group / used).read_text()) + _reclaimable(group))
    return max(0, min(left, default=0))


def _reclaimable(group: Path) -> int:
    """Return the bytes of cached files, which the kernel gives up when memory is needed."""
    found = re.search(r"^(?:total_)?inactive_file (\d+)$", (group / "memory.stat").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _groups(controller: str) -> list[Path]:
    """Return the control groups that this process is in, from its own up to the root, in either version."""
    found = []
    with contextlib.suppress(OSError):
        for line in _OWN.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            root = _CGROUP / controller if controllers else _CGROUP
            own = root / path.lstrip("/")
            found += [folder for folder in (own, *own.parents) if folder == root or root in folder.parents]
    return list(dict.fromkeys(found)) or [_CGROUP]


def default_workers() -> int:
    """Return how many runs to execute at once: one a core, fewer where memory is short; or the value of `LNLIB_WORKERS`."""
    declared = os.environ.get("LNLIB_WORKERS", "")
    if declared.isdigit() and int(declared):
        return int(declared)
    free = free_memory()
    return max(1, min(cores(), free // _EACH if free else cores()))


def parse_size(text: str) -> int:
    """Parse a size such as `2GB`, `500M` or `1.5GiB` to bytes.

    Raises
    ------
    LnlibError
        If it is not a number with at most one unit.

    >>> parse_size("1.5GB"), parse_size("1.5GiB")
    (1500000000, 1610612736)
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*([kmgt]?)(i?)b?\s*", text.casefold())
    try:
        return (
            int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS.index(found[2]))
            if found
            else _refuse_size(text)
        )
    except ValueError:
        return _refuse_size(text)


def _refuse_size(text: str) -> int:
    raise LnlibError(f"a size is a number with a unit, as 500MB or 2GB, but got '{text}'")


def format_size(count: int) -> str:
    """Format a number of bytes for people.

    >>> format_size(1_500_000_000)
    '1.5 GB'
    """
    number, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"


def process_tree(pid: int) -> list[int]:
    """Return the ids of a process and of its descendants."""
    if not Path("/proc/self/task").is_dir():  # macOS, Windows
        with contextlib.suppress(psutil.Error):
            return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        return [pid]
    found = [pid]
    for one in found:
        found += children(one)
    return found


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process started itself, or that were left to it."""
    found = []
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():  # each knows only its own
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def resident(pid: int) -> int:
    """Return the resident bytes of one process; 0 if it is gone."""
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants."""
    _kill(process_tree(pid))


def kill_children(pid: int) -> None:
    """Kill the descendants of a process, but not itself."""
    _kill(process_tree(pid)[1:])


def _kill(processes: list[int]) -> None:
    for one in processes:
        kill_process(one)


def kill_process(pid: int) -> None:
    """Kill one process, if it is there and may be killed."""
    with contextlib.suppress(psutil.Error):
        psutil.Process(pid).kill()


@dataclass
class Guard:
    """Checks the limits of one run.

    Parameters
    ----------
    seconds : float or None
        Time limit.
    memory : int or None
        Limit of resident bytes, with its children.
    every : float
        Seconds from one check to the next.
    """

    seconds: float | None = None
    memory: int | None = None
    every: float = 0.1
    _start: float = field(default_factory=time.monotonic)
    _own: int = field(default_factory=lambda: resident(os.getpid()))
    _due: float = 0.0  # when it is to be checked next

    def check(self, pid: int) -> None:
        """Check the run, where it was not checked within the last `every` seconds.

        The memory of a run is that of the notebook's process and its children, and what this process, which keeps the
        outputs, has come to take since the run began.

        Parameters
        ----------
        pid : int
            The notebook's process.
        """
        now = time.monotonic()
        if now >= self._due:
            self._due = now + self.every
            self._check(process_tree(pid))

    @contextlib.contextmanager
    def checking_children(self) -> Iterator[None]:
        """Check the run while in this context, in a thread; kill the children of this process if it exceeds a limit.

        For an ordinary kernel, which is a child of the process that executes a notebook by papermill's own engine.

        Raises
        ------
        RunStopped
            If the run exceeded a limit.
        """
        over = threading.Event()
        stopped: list[RunStopped] = []

        def check() -> None:
            while not (over.wait(self.every) or stopped):
                try:
                    self._check(process_tree(os.getpid())[1:])
                except RunStopped as error:
                    stopped.append(error)
                    kill_children(os.getpid())

        thread = threading.Thread(target=check, daemon=True)
        thread.start()
        try:
            yield
        except Exception as error:
            if stopped:
                raise stopped[0] from error
            raise
        finally:
            over.set()
            thread.join()

    def _check(self, processes: list[int]) -> None:
        if self.seconds is not None and time.monotonic() - self._start > self.seconds:
            raise RunStopped(f"exceeded its time limit of {self.seconds:g} s and was killed; raise it with --seconds")
        if self.memory is None:
            return
        taken = sum(map(resident, processes)) + max(0, resident(os.getpid()) - self._own)
        if taken > self.memory:
            raise RunStopped(
                f"took {format_size(taken)} of memory, exceeded its limit of {format_size(self.memory)} and was killed; "
                "raise it with --memory"
            )
