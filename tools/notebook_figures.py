"""Charts as the notebooks draw them: a notebook's code is run with the parameters of a scene, and its figures are kept."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import lnlib
from lnlib.exhibits.figure import Exhibit

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def drawn_by(folder: Path = NOTEBOOKS) -> dict[str, Path]:
    """Return the charts that notebooks draw, each with the first notebook that draws it."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in _cells(path):
            for node in ast.walk(ast.parse(cell)):
                is_exhibit = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "Exhibit"
                if is_exhibit and isinstance(node.args[1], ast.Name):
                    found.setdefault(node.args[1].id, path)
    return found


def figures(path: Path, chart: str, **parameters: Any) -> list[Exhibit]:
    """Run a notebook's code with those parameters that it declares, and return its figures of a chart."""
    made: list[Exhibit] = []

    def recorded(*args: Any, **kwargs: Any) -> Exhibit:
        made.append(Exhibit(*args, **kwargs))
        return made[-1]

    namespace: dict[str, Any] = {}
    with patch.object(lnlib, "Exhibit", recorded):
        for tagged, cell in _tagged(path):
            try:
                exec(compile(cell, path.name, "exec"), namespace)
            except Exception as error:
                order = namespace.get("placed") == "order"
                why = ", which tells an order and no dates: its times are numbers, and choices.ordinal is true" * order
                error.add_note(f"{path.name}, of the register {namespace.get('register')}{why}:\n{cell}")
                raise
            if tagged:
                namespace |= {name: value for name, value in parameters.items() if name in namespace}
    return [figure for figure in made if figure.chart.__name__.rpartition(".")[2] == chart]


def is_of_provinces(path: Path) -> bool:
    """Return whether a notebook is run for one province at a time."""
    return any(tagged and "province:" in cell for tagged, cell in _tagged(path))


def _cells(path: Path) -> Iterator[str]:
    return (cell for _, cell in _tagged(path))


def _tagged(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield the code cells of a notebook, each with whether it is that of the parameters."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield "parameters" in cell["metadata"].get("tags", ()), "".join(cell["source"])
