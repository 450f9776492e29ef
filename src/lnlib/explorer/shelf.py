"""The registers at hand: their names, and each opened once as long as its files stay as they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.intake import find_register, open_register
from lnlib.register import Register
from lnlib.register.package import DESCRIPTOR
from lnlib.storage import is_url

MOST_KEPT = 4


@dataclass
class Shelf:
    """Opened registers, the last few of them."""

    _opened: dict[tuple[str, str], tuple[tuple[int, ...], Register]] = field(default_factory=dict)

    def open(self, register: str, frame: str = "") -> Register:
        """Open a register, or give it as it was opened before if its files have not changed.

        Raises
        ------
        LnlibError
            As `open_register`.
        """
        path = register if is_url(register) else find_register(register)
        key, stamp = (str(path), frame), _stamp(path)
        kept = self._opened.pop(key, None)
        if kept is None or kept[0] != stamp:
            kept = (stamp, open_register(path, frame=frame))
        self._opened[key] = kept
        while len(self._opened) > MOST_KEPT:
            del self._opened[next(iter(self._opened))]
        return kept[1]


def names() -> list[str]:
    """Name the registers in the nearest `data` folder, here or above."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir():
            return sorted(entry.name for entry in (folder / "data").iterdir() if (entry / DESCRIPTOR).is_file())
    return []


def _stamp(path: str | Path) -> tuple[int, ...]:
    if isinstance(path, str):  # at a URL: read once while the kernel runs
        return ()
    if not path.is_dir():
        return (path.stat().st_mtime_ns,)
    with os.scandir(path) as entries:
        return tuple(sorted(entry.stat().st_mtime_ns for entry in entries if entry.is_file()))
