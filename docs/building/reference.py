"""The reference of the public functions and the columns they read and return, from the library's own docstrings."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import lnlib
from building.dictionary import grid

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
_HEADING = r"^[A-Z][\w ]*\n-+\n"


def api_reference(folder: Path = NOTEBOOKS) -> str:
    """Return the directives that document what notebooks import: the library's own names, then module by module."""
    parts = ["## `lnlib`", _directives("lnlib", lnlib.__all__)]
    for module, names in sorted(imported(folder).items()):
        parts += [f"## `{module}`", _directives(module, names)]
    parts += ["## `lnlib.charts`", *(_directives(chart.__name__, ["draw"]) for chart in _charts(folder))]
    return "\n\n".join(parts) + "\n"


def columns_returned(folder: Path = NOTEBOOKS) -> str:
    """Return a Markdown table of the functions that notebooks use and that return a frame: its rows and columns."""
    found = []
    for module, names in sorted(imported(folder).items()):
        for name in names:
            kind, returned = _returns(getattr(import_module(module), name))
            if kind == "DataFrame":
                found.append((f"`{name}`", f"`{module}`", returned))
    return grid(("Function", "Module", "Rows and columns returned"), found)


def columns_drawn(folder: Path = NOTEBOOKS) -> str:
    """Return a Markdown table of the charts that notebooks draw: the frame each of them needs."""
    rows = [
        (
            f"`{chart.__name__.rpartition('.')[2]}`",
            _parameter(chart.draw, next(iter(inspect.signature(chart.draw).parameters))),
        )
        for chart in _charts(folder)
    ]
    return grid(("Chart", "Frame it draws"), rows)


def imported(folder: Path = NOTEBOOKS) -> dict[str, list[str]]:
    """Return the functions and classes that notebooks import from modules of the library, by module."""
    found: dict[str, set[str]] = {}
    for module, name in _imports(folder):
        if not isinstance(getattr(import_module(module), name, import_module(module)), ModuleType):
            found.setdefault(module, set()).add(name)
    return {module: sorted(names) for module, names in found.items()}


def _charts(folder: Path) -> list[Any]:
    names = {name for module, name in _imports(folder) if module == "lnlib.charts"}
    modules = [import_module(f"lnlib.charts.{name}") for name in sorted(names)]
    return [module for module in modules if hasattr(module, "draw")]


def _imports(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                for node in ast.walk(ast.parse("".join(cell["source"]))):
                    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lnlib."):
                        yield from ((str(node.module), one.name) for one in node.names)


def _directives(module: str, names: list[str]) -> str:
    lines = []
    for name in names:
        one = getattr(import_module(module), name)
        how = "autoclass" if inspect.isclass(one) else "autofunction"
        lines.append(f".. {how}:: {one.__module__}.{one.__qualname__}")
        if inspect.isclass(one) and not issubclass(one, Exception):
            lines.append("   :members:")
        lines.append("")
    return "```{eval-rst}\n" + "\n".join(lines) + "```"


def _returns(function: Any) -> tuple[str, str]:
    kind, _, text = _section(function, "Returns").partition("\n")
    return kind.strip(), " ".join(text.split())


def _parameter(function: Any, name: str) -> str:
    match = re.search(rf"^{name}\b[^\n]*\n((?:[ ]+[^\n]*\n?|\n)+)", _section(function, "Parameters"), re.MULTILINE)
    return " ".join(match[1].split()) if match else ""


def _section(function: Any, title: str) -> str:
    text = inspect.getdoc(function) or ""
    match = re.search(rf"^{title}\n-+\n(.*?)(?={_HEADING}|\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1].strip("\n") if match else ""
