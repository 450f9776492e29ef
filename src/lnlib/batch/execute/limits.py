"""How many cores and how much memory there are, as the container says; what a run may take of them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.errors import LnlibError

_CGROUP, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_MEMORY = Path("/proc/meminfo")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_EACH = 350_000_000  # what a run of the usual kind takes, of which much is shared


class RunStopped(LnlibError):
    """A run that took longer or more memory than it may."""


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
    """Give the bytes that can still be used, on the machine and in its containers; 0 where it cannot be known."""
    left = []
    with contextlib.suppress(OSError):
        left += [int(kilobytes) * 1024 for kilobytes in re.findall(r"MemAvailable:\s+(\d+) kB", _MEMORY.read_text())]
    for group in _groups("memory"):
        for most, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),  # of the first version
        ):
            with contextlib.suppress(OSError, ValueError):  # where nothing is limited it says `max`
                left.append(int((group / most).read_text()) - int((group / used).read_text()) + _given_back(group))
    return max(0, min(left, default=0))


def _given_back(group: Path) -> int:
    """Give the bytes of files that are only kept in memory as long as nobody needs it."""
    found = re.search(r"^(?:total_)?inactive_file (\d+)$", (group / "memory.stat").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _groups(controller: str) -> list[Path]:
    """List the control groups that this process is in, from its own up to the root, in either version."""
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


def workers() -> int:
    """Say how many runs go at once: one a core, fewer where memory is short; or what `LNLIB_WORKERS` says."""
    told = os.environ.get("LNLIB_WORKERS", "")
    if told.isdigit() and int(told):
        return int(told)
    free = free_memory()
    return max(1, min(cores(), free // _EACH if free else cores()))


def size(text: str) -> int:
    """Read a size such as `2GB` or `500M`; gives bytes.

    Raises
    ------
    LnlibError
        If it is not a number with at most one unit.

    >>> size("1.5GB")
    1500000000
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*([kmgt]?)i?b?\s*", text.casefold())
    try:
        return int(float(found[1]) * _UNITS[found[2]]) if found else _no_size(text)
    except ValueError:
        return _no_size(text)


def _no_size(text: str) -> int:
    raise LnlibError(f"a size is a number with a unit, as 500MB or 2GB, but got '{text}'")


def written(count: int) -> str:
    """Write bytes for people.

    >>> written(1_500_000_000)
    '1.5 GB'
    """
    number, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"


def family(pid: int) -> list[int]:
    """List a process and everything it started that is still its own."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError, ValueError):
            for thread in Path(f"/proc/{one}/task").iterdir():  # each knows only what it started itself
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def memory_of(pid: int) -> int:
    """Give the resident bytes of a process and its children; 0 if it is gone."""
    return sum(resident(one) for one in family(pid))


def resident(pid: int) -> int:
    """Return the resident bytes of one process; 0 if it is gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def kill_family(pid: int) -> None:
    """Kill a process and everything it started, now."""
    _kill(family(pid))


def kill_children(pid: int) -> None:
    """Kill everything a process started, now, but not itself."""
    _kill(family(pid)[1:])


def _kill(processes: list[int]) -> None:
    for one in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


@dataclass
class Guard:
    """Watches over one run.

    Parameters
    ----------
    seconds : float or None
        How long it may take.
    memory : int or None
        How many resident bytes it may take, with its children.
    """

    seconds: float | None = None
    memory: int | None = None
    every: float = 0.1
    _start: float = field(default_factory=time.monotonic)
    _own: int = field(default_factory=lambda: resident(os.getpid()))

    def check(self, pid: int) -> None:
        """Check the run once.

        The memory of a run is that of the notebook's process and its children, and what this process, which keeps the
        outputs, has come to take since the run began.

        Parameters
        ----------
        pid : int
            The notebook's process.

        Raises
        ------
        RunStopped
            If the run exceeds a limit.
        """
        if self.seconds is not None and time.monotonic() - self._start > self.seconds:
            raise RunStopped(f"exceeded its time limit of {self.seconds:g} s and was killed; raise it with --seconds")
        if self.memory is None:
            return
        taken = memory_of(pid) + max(0, resident(os.getpid()) - self._own)
        if taken > self.memory:
            raise RunStopped(
                f"took {written(taken)} of memory, exceeded its limit of {written(self.memory)} and was killed; "
                "raise it with --memory"
            )
