"""Run notebooks and store their text outputs, so that the tests can compare them; pictures are not stored.

All of them, or those named: `tools/store_outputs.py 02-over-time 03-by-actor`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def main(stems: Sequence[str]) -> None:
    """Run the notebooks of these names, or all, one after the other in their own folder."""
    with TemporaryDirectory() as sockets:
        _store(stems, sockets)


def _store(stems: Sequence[str], sockets: str) -> None:
    """Run notebooks with kernels that listen on sockets of a folder: on ports, each warns that anybody may listen."""
    config = Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"})
    for path in [NOTEBOOKS / f"{stem}.ipynb" for stem in stems] or sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": str(NOTEBOOKS)}}
        try:
            client = NotebookClient(notebook, timeout=300, resources=resources, store_widget_state=False, config=config)
            client.execute()
        except CellExecutionError as error:
            raise SystemExit(_failure(path.name, notebook, error)) from None
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                for picture in ("image/png", "application/vnd.jupyter.widget-view+json"):
                    output.get("data", {}).pop(picture, None)
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, path)


def _failure(name: str, notebook: Any, error: CellExecutionError) -> str:
    """Return in which cell and line a notebook failed, and why."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = next(cell for cell in cells if any(output.output_type == "error" for output in cell.outputs))
    lines = failed.source.splitlines()
    found = re.findall(r"Cell In\[\d+\], line (\d+)", re.sub(r"\x1b\[[\d;]*m", "", error.traceback))
    line = lines[int(found[0]) - 1] if found and int(found[0]) <= len(lines) else lines[0]
    place = f"notebooks/{name}, code cell {cells.index(failed) + 1}"
    return (
        f"{place} cannot be run: {error.ename}: {error.evalue}\n    {line.strip()}\nchange that cell, then run it again"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
