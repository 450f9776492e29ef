"""Where a project's notebooks, registers and builds are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lnlib.errors import EditionError


@dataclass(frozen=True)
class Project:
    """Where things are: the folder that holds `notebooks`, `data`, `params` and `build`."""

    root: Path

    @classmethod
    def around(cls, path: Path) -> Project:
        """Find the project that a file or folder belongs to.

        Raises
        ------
        EditionError
            If no folder above it has a folder `notebooks`.
        """
        for folder in (path.resolve(), *path.resolve().parents):
            if (folder / "notebooks").is_dir():
                return cls(folder)
        raise EditionError(f"no folder above {path} has a folder 'notebooks'")

    @property
    def notebooks(self) -> Path:
        """The folder of the notebooks; runs work in it."""
        return self.root / "notebooks"

    @property
    def data(self) -> Path:
        """The folder of the registers that have bare names."""
        return self.root / "data"

    @property
    def build(self) -> Path:
        """The folder of what batches make."""
        return self.root / "build"
