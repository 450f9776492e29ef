"""The language of the code: the words that `docs/design.md` keeps out of it do not come back."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "lnlib"
MODULES = sorted(SOURCE.rglob("*.py"))
SCRIPTS = sorted(path for folder in ("benchmarks", "tools", "docs") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
VERBS = {"Give", "Say", "Tell", "Put", "Hear", "Hold", "Take"}

# what may be no part of a name, and the word to use
BANNED = {
    "said": "name the text: message, sentence, label",
    "told": "name what was read: entry, record, values",
    "sayer": "writer",
    "say": "notify, write, print",
    "says": "notify, write, print",
    "going": "schedule, running",
    "making": "build, compose",
    "nursery": "fork server",
    "remembered": "cache",
    "lettering": "text",
    "gathering": "collect",
}


@cache
def parts(name):
    return frozenset(re.split(r"_+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def names_of(tree):
    """The names that a module defines: functions, classes, parameters, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def first_words(tree):
    """The first word of each docstring, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield text.split()[0], node.body[0].lineno


@cache
def read(path):
    """The names that a file defines, and the first words of its docstrings: its tree itself is large."""
    tree = ast.parse(path.read_text("utf-8"))
    return list(names_of(tree)), list(first_words(tree))


def test_a_name_is_split_into_its_words():
    assert parts("SaidBefore") == {"said", "before"}
    assert parts("_what_was_told") == {"", "what", "was", "told"}


def test_no_banned_name_is_defined():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name} ({'; '.join(BANNED[word] for word in sorted(banned))})"
        for path in MODULES + SCRIPTS
        for name, line in read(path)[0]
        if (banned := parts(name) & BANNED.keys())
    ]
    assert wrong == []


def test_no_module_has_a_banned_name():
    assert [path.relative_to(SOURCE).as_posix() for path in MODULES if parts(path.stem) & BANNED.keys()] == []


def test_a_docstring_begins_with_a_standard_verb():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in MODULES + SCRIPTS + TESTS
        for word, line in read(path)[1]
        if word in VERBS
    ]
    assert wrong == []


SAVED = re.compile(r"^```python\n(# file: .*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [page for page in sorted((SOURCE.parents[1] / "docs").rglob("*.md")) if SAVED.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_to_copy_from_a_page_keeps_to_the_same_words(page):
    for code in SAVED.findall(page.read_text("utf-8")):
        tree = ast.parse(code)
        assert [name for name, _ in names_of(tree) if parts(name) & BANNED.keys()] == []
        assert [word for word, _ in first_words(tree) if word in VERBS] == []


def test_pages_with_code_to_copy_are_found():
    assert {page.stem for page in PAGES} >= {"measure", "uncertain-dates"}
