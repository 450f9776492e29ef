"""Benchmarks and tools are run by hand: what they import from the library has to be there when it moves."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(path for folder in ("benchmarks", "tools", "docs/building") for path in (ROOT / folder).rglob("*.py"))


def missing(tree):
    """Return what a script takes from the library that is not there: names it imports, and attributes of modules."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lnlib":
            module = importlib.import_module(node.module)
            for alias in node.names:
                try:
                    modules[alias.asname or alias.name] = getattr(module, alias.name)
                except AttributeError:
                    try:
                        modules[alias.asname or alias.name] = importlib.import_module(f"{node.module}.{alias.name}")
                    except ModuleNotFoundError:
                        yield f"line {node.lineno}: {node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "lnlib":
                    modules[alias.asname or alias.name.split(".")[0]] = importlib.import_module(alias.name)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.value.id in modules and not hasattr(modules[node.value.id], node.attr):
            yield f"line {node.lineno}: {node.value.id}.{node.attr}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_script_takes_from_the_library_is_there(path):
    assert list(missing(ast.parse(path.read_text("utf-8")))) == []


def test_a_name_that_is_gone_is_found():
    code = "import lnlib as ln\nfrom lnlib.register import nothing\nln.spells\nln.spelt"
    assert list(missing(ast.parse(code))) == ["line 2: lnlib.register.nothing", "line 4: ln.spelt"]
