"""The notebooks with their questions, read from the notebooks themselves."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from building.dictionary import grid

FOLDER = Path(__file__).parents[2] / "notebooks"
LISTED, SECTION = "start/researcher", "3-open-a-notebook"  # the page with the table of the notebooks
_BLOCK = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"(?<!\[)`(?:notebooks/)?(\d\d-[a-z-]+)(?:\.ipynb)?`")


def questions(folder: Path = FOLDER) -> str:
    """Return a Markdown table of the notebooks in a folder: the name, and the question that is its title."""
    rows = [(f"`{path.stem}`", _title(path)) for path in sorted(folder.glob("*.ipynb"))]
    return grid(("Notebook", "Its question"), rows)


def linked(text: str, *, from_page: str, folder: Path = FOLDER) -> str:
    """Link each name of a notebook in running text to the table of the notebooks with their questions.

    >>> linked("See `07-mechanisms`, not `99-other`.", from_page="measures/mechanisms")
    'See [`07-mechanisms`](../start/researcher.md#3-open-a-notebook), not `99-other`.'
    """
    page = os.path.relpath(f"{LISTED}.md", Path(from_page).parent)

    def link(name: re.Match[str]) -> str:
        there = (folder / f"{name[1]}.ipynb").is_file()
        return f"[{name[0]}]({Path(page).as_posix()}#{SECTION})" if there else name[0]

    parts = _BLOCK.split(text)
    return "".join(part if part.startswith("```") else _NAME.sub(link, part) for part in parts)


def _title(path: Path) -> str:
    first = json.loads(path.read_text("utf-8"))["cells"][0]["source"]
    return "".join(first).splitlines()[0].lstrip("# ")
