"""A chart that is there under a new name: its module, its words, its test, and what its notebook measures for it."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import notebook_figures

from lnlib.errors import ValueNotAllowed

_READING = "## How to read it, and what it cannot say"


def parts(root: Path, old: str, new: str, notebook: str) -> dict[str, str]:
    """Return the texts of a new chart, `chart`, `words`, `test` and `notebook`, and under `like` the notebook it is from.

    Raises
    ------
    ValueNotAllowed
        No notebook draws a chart of the old name.
    """
    drawn = notebook_figures.drawn_by(root / "notebooks")
    own = {name for name in drawn if (root / f"tests/charts/test_{name}.py").exists()}
    if old not in own:
        raise ValueNotAllowed.of("like", old, sorted(own))
    path = drawn[old]
    cells = _cells(path, old)
    chart = renamed((root / f"src/lnlib/charts/{old}.py").read_text("utf-8"), old, new)
    written = json.dumps(cells).replace(json.dumps(f"{path.stem}-")[1:-1], f"{notebook}-")
    cells = json.loads(written)
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["source"] = renamed(cell["source"], old, new)
        cell["source"] = cell["source"].splitlines(keepends=True)
    shell = json.loads(path.read_text("utf-8"))
    title = "".join(cells[0]["source"]).splitlines()[0].removeprefix("# ")
    sources = [chart, *("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")]
    return {
        "chart": chart,
        "words": _words((root / "src/lnlib/words/en.yml").read_text("utf-8"), old, new, sources)
        + f"texts:\n  notebook_{new}: {json.dumps(title, ensure_ascii=False)}\n",
        "test": renamed((root / f"tests/charts/test_{old}.py").read_text("utf-8"), old, new),
        "notebook": json.dumps({**shell, "cells": cells}, indent=1, ensure_ascii=False) + "\n",
        "like": path.stem,
    }


def renamed(code: str, old: str, new: str) -> str:
    """Return Python code in which a chart has another name: as a name that is no attribute, and in keys of its words.

    >>> renamed('flows.draw(spells.flows, words("flows.alt"), chart="flows")', "flows", "moves")
    'moves.draw(spells.flows, words("moves.alt"), chart="moves")'
    """
    lines, before = code.splitlines(keepends=True), ""
    found: list[tuple[int, int]] = []
    others = {i for i, line in enumerate(lines, 1) if re.match(r"\s*from (?!lnlib\.charts import)\S+ import", line)}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        own = token.type == tokenize.NAME and token.string == old
        if own and before != "." and token.start[0] not in others:
            found.append(token.start)
        before = token.string
    for line, column in reversed(found):
        text = lines[line - 1]
        lines[line - 1] = text[:column] + new + text[column + len(old) :]
    text = "".join(lines)
    text = re.sub(rf"""(?<=["']){old}(?=\.[\w{{]|["'])""", new, text)
    return re.sub(rf"\bchart {old}\b", f"chart {new}", text)


def _words(catalogue: str, old: str, new: str, sources: Iterable[str]) -> str:
    """Return the words of a chart under its new name, but for those that neither it nor its notebook asks for."""
    group = re.search(rf"^{old}:\n((?:  .*\n)+)", catalogue, re.MULTILINE)
    asked = {key for source in sources for node in ast.walk(ast.parse(source)) if (key := _pattern(node))}
    own = rf"{new}\."
    patterns = [re.compile(key) for key in [rf"{own}subtitle.*", *asked] if key.startswith(own)]
    entries = re.findall(r"  (\w+):.*\n(?:    .*\n)*", group[1]) if group else []
    kept = [entry for entry in entries if any(pattern.fullmatch(f"{new}.{entry}") for pattern in patterns)]
    lines = re.findall(r"  \w+:.*\n(?:    .*\n)*", group[1]) if group else []
    kind = re.search(rf"^  {old}: (.*)\n", catalogue[catalogue.index("\nchart_type:") :], re.MULTILINE)
    body = "".join(line for line, entry in zip(lines, entries, strict=True) if entry in kept)
    return f"chart_type:\n  {new}: {kind[1] if kind else 'Chart'}\n{new}:\n{body}"


def _pattern(node: ast.AST) -> str:
    """Return the pattern of a text, of which anything may stand where something is put in; of other nodes, nothing."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part) or ".*" for part in node.values)
    return re.escape(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _cells(path: Path, chart: str) -> list[dict[str, Any]]:
    """Return the cells of a notebook that the first figure of a chart needs, with its title and its closing section."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    code = {i: list(_statements(sources[i])) for i, cell in enumerate(cells) if cell["cell_type"] == "code"}
    figure = next((i, text) for i, found in code.items() for text, node in found if _draws(node, chart))
    needed, kept = set(), {figure}
    for i, text, node in reversed([(i, text, node) for i, found in code.items() for text, node in found]):
        binds = {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        binds |= {alias.asname or alias.name for alias in getattr(node, "names", ())}
        if (i, text) in kept or binds & needed:
            kept.add((i, text))
            needed |= {
                name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
            }
    result = []
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            source = "\n".join(_narrowed(text, node, needed) for text, node in code[i] if (i, text) in kept)
        else:
            source = sources[i] if i == 0 or sources[i].startswith(_READING) else ""
        if source:
            own = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
            result.append({**cell, **own, "source": source})
    return result


def _statements(source: str) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each statement of a cell with its text: its comments, above it and at its end."""
    lines, above = source.splitlines(), 0
    for node in ast.parse(source).body:
        yield "\n".join(lines[above : node.end_lineno]), node
        above = node.end_lineno or 0


def _draws(node: ast.stmt, chart: str) -> bool:
    return any(
        isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") == "Exhibit"
        and isinstance(call.args[1], ast.Name)
        and call.args[1].id == chart
        for call in ast.walk(node)
    )


def _narrowed(text: str, node: ast.stmt, needed: set[str]) -> str:
    """Return an import with the names alone that are needed; any other statement as it stands."""
    if not isinstance(node, ast.ImportFrom):
        return text
    kept = [alias for alias in node.names if (alias.asname or alias.name) in needed]
    return ast.unparse(ast.ImportFrom(node.module, kept, node.level))
