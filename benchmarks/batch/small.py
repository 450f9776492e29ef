"""Many small runs, to measure the batch itself: `python benchmarks/batch/small.py <edition file> <workers>` makes them.

Each run prints a line and writes a figure of one word, as the runs of the batch's tests do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/batch"))
from small_project import PARAMETERS, WRITE, members, notebook, write  # noqa: E402  # found by the line above

NAME = "small"


def project(folder: Path, runs: int) -> Path:
    """Make a project of so many runs; give its edition file."""
    for part in ("notebooks", "params", "data/small"):
        (folder / part).mkdir(parents=True)
    cells = [WRITE, 'print("run", number)\nexhibit(f"01-number.{number}", number)']
    write(folder, "01-number", notebook(*cells, parameters="number: int = 0\n" + PARAMETERS))
    path = folder / f"params/{NAME}.yml"
    text = "register: small\nruns:\n  - notebook: 01-number\n    for_each: {number: %s}\n"
    path.write_text(text % list(range(runs)), encoding="utf-8")
    return path


def command(path: Path, workers: int) -> list[str]:
    """Return the command that makes an edition of small runs."""
    return [sys.executable, str(Path(__file__)), str(path), str(workers)]


def pages(path: Path) -> list[Path]:
    """Return the published pages of an edition."""
    return list((path.parent.parent / "build" / NAME / "runs").rglob("*.html"))


def left_over(folder: Path) -> list[int]:
    """Return the processes that still work for a folder's runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if b"LNLIB_OUT=" + os.fsencode(folder) in environment:
            found.append(int(process.name))
    return found


def main() -> None:
    from rich.console import Console

    from lnlib.batch.run_command import RunOptions, run_editions

    path, workers = Path(sys.argv[1]), int(sys.argv[2])
    console = Console(stderr=True, quiet=True)
    sys.exit(run_editions([path], membership=members, options=RunOptions(workers=workers), console=console))


if __name__ == "__main__":
    main()
