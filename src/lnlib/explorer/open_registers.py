"""Registers, each opened once as long as its files stay as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lnlib.filesystem import stamp_of
from lnlib.intake import find_register, open_register
from lnlib.register import Register
from lnlib.register.package import DESCRIPTOR
from lnlib.storage import is_url

MOST_KEPT = 4
Stamps = dict[str, tuple[int, ...]]


@dataclass
class Opened:
    """The registers opened last."""

    _registers: dict[tuple[str, str], tuple[Stamps, Register]] = field(default_factory=dict)

    def open(self, register: str, frame: str = "") -> Register:
        """Return a register; one whose files have not changed is not opened again."""
        path = register if is_url(register) else find_register(register)
        key, stamps = (str(path), frame), _stamps(path)
        kept = self._registers.pop(key, None)
        if kept is None or kept[0] != stamps:
            kept = (stamps, open_register(path, frame=frame))
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


def _stamps(path: str | Path) -> Stamps:
    """Return the stamps of a register's files, which every request asks for; of one at a URL none, as it is read once."""
    if isinstance(path, str):
        return {}
    files = path.rglob("*") if path.is_dir() else [path]
    return {str(file): stamp_of(file.stat()) for file in files if file.is_file()}
