"""The notebooks with their questions, read from the notebooks themselves."""

from __future__ import annotations

import json
from pathlib import Path

from building.dictionary import grid

FOLDER = Path(__file__).parents[2] / "notebooks"


def questions(folder: Path = FOLDER) -> str:
    """Return a Markdown table of the notebooks in a folder: the name, and the question that is its title."""
    rows = [(f"`{path.stem}`", _title(path)) for path in sorted(folder.glob("*.ipynb"))]
    return grid(("Notebook", "Its question"), rows)


def _title(path: Path) -> str:
    first = json.loads(path.read_text("utf-8"))["cells"][0]["source"]
    return "".join(first).splitlines()[0].lstrip("# ")
