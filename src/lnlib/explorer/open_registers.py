"""Registers, each opened once as long as its files stay as they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.intake import find_register, open_register
from lnlib.register import Register
from lnlib.register.package import DESCRIPTOR
from lnlib.storage import is_url

MOST_KEPT = 4
Stamp = tuple[tuple[str | int, ...], ...]


@dataclass
class Opened:
    """The registers opened last."""

    _registers: dict[tuple[str, str], tuple[Stamp, Register]] = field(default_factory=dict)

    def open(self, register: str, frame: str = "") -> Register:
        """Return a register; one whose files have not changed is not opened again."""
        path = register if is_url(register) else find_register(register)
        key, stamp = (str(path), frame), _stamp(path)
        kept = self._registers.pop(key, None)
        if kept is None or kept[0] != stamp:
            kept = (stamp, open_register(path, frame=frame))
        self._registers[key] = kept
        while len(self._registers) > MOST_KEPT:
            del self._registers[next(iter(self._registers))]
        return kept[1]


def names() -> list[str]:
    """Return the names of the registers in the nearest `data` folder, here or above."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir():
            return sorted(entry.name for entry in (folder / "data").iterdir() if (entry / DESCRIPTOR).is_file())
    return []


def _stamp(path: str | Path) -> Stamp:
    """Return what tells that a file of a register changed: also one with the size and time of the one before."""
    if isinstance(path, str):  # at a URL: read once while the kernel runs
        return ()
    if not path.is_dir():
        return (_of_file(path.name, path.stat()),)
    with os.scandir(path) as entries:
        return tuple(sorted(_of_file(entry.name, entry.stat()) for entry in entries if entry.is_file()))


def _of_file(name: str, about: os.stat_result) -> tuple[str | int, ...]:
    return (name, about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
