"""What an explorer that is served to a browser may open and where it may save."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lnlib.errors import LnlibError, not_allowed


@dataclass(frozen=True)
class Limits:
    """The registers and folders that were named when the explorer was started.

    Parameters
    ----------
    registers : tuple of str
        Paths, names or URLs; no other can be opened.
    folder : Path
        Exhibits are saved in here.
    params : Path
        Run files are written in here.
    """

    registers: tuple[str, ...]
    folder: Path
    params: Path

    def check_register(self, register: str) -> None:
        """Raise LnlibError if a register was not named.

        Raises
        ------
        LnlibError
            With the registers that were.
        """
        if register not in self.registers:
            raise LnlibError(not_allowed("register", register, self.registers))

    def check_folder(self, folder: Path) -> None:
        """Raise LnlibError if a folder lies outside the one that exhibits are saved in, links followed."""
        _check_inside(folder, self.folder)

    def check_run_file(self, file: Path) -> None:
        """Raise LnlibError if a run file lies outside the folder that run files are written in, links followed."""
        _check_inside(file.parent, self.params)


def _check_inside(path: Path, folder: Path) -> None:
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise LnlibError(f"{path} lies outside {folder}; start `lnlib explore` with --save-to to save elsewhere")
