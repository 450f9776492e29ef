"""Run notebooks and store their text outputs, so that the tests can compare them; pictures are not stored.

All of them, or those named: `tools/store_outputs.py 02-over-time 03-by-actor`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

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
            client = NotebookClient(
                notebook, timeout=300, resources=resources, store_widget_state=False, config=config
            )
            client.execute()
        except CellExecutionError as error:
            raise SystemExit(f"{path.name} cannot be run: {error}") from None
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                for picture in ("image/png", "application/vnd.jupyter.widget-view+json"):
                    output.get("data", {}).pop(picture, None)
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
