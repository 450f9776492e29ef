"""The code in the pages is run: Python blocks are executed, blocks with `# file: NAME` are first written by that name.

Each page runs in a folder of its own that has what the project has, so that a page may name `data` or `tests`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

import pandas as pd
from building.blocks import FileBlock, files
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

HERE = Path(__file__).parent
collect_ignore = ["conf.py"]  # Sphinx reads it


class Code(PythonCodeBlockParser):
    """Python blocks but for those that are files."""

    def __call__(self, document: Document) -> Iterator[Region]:
        """Return the blocks to run."""
        named = {block.start for block in files(document.text)}
        yield from (region for region in super().__call__(document) if region.start not in named)


def saved(document: Document) -> Iterator[Region]:
    """Return the blocks that are files, to be written where the page runs."""
    yield from (Region(block.start, block.end, block, _write) for block in files(document.text))


def _write(example: Example) -> None:
    block: FileBlock = example.parsed
    path = Path(block.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _open(namespace: dict[str, Any]) -> None:
    folder = tempfile.TemporaryDirectory()
    for entry in HERE.parent.iterdir():
        if not entry.name.startswith(".") and entry.name != "build":
            (Path(folder.name) / entry.name).symlink_to(entry)
    namespace["_page"] = folder, Path.cwd(), set(sys.modules), os.environ.get("LNLIB_CACHE")
    os.chdir(folder.name)
    os.environ["LNLIB_CACHE"] = f"{folder.name}/build/cache"  # of registers at URLs; not the user's own
    sys.path.insert(0, folder.name)
    pd.set_option("display.width", 120, "display.max_columns", 20)


def _close(namespace: dict[str, Any]) -> None:
    folder, before, loaded, cache = namespace["_page"]
    os.chdir(before)
    del os.environ["LNLIB_CACHE"]
    os.environ |= {} if cache is None else {"LNLIB_CACHE": cache}
    sys.path.remove(folder.name)
    for name in set(sys.modules) - loaded:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(folder.name):
            del sys.modules[name]
    folder.cleanup()
    pd.reset_option("display.width")
    pd.reset_option("display.max_columns")


pytest_collect_file = Sybil(
    parsers=[Code(doctest_optionflags=NORMALIZE_WHITESPACE | ELLIPSIS), saved, SkipParser()],
    patterns=["*.md", "**/*.md"],
    setup=_open,
    teardown=_close,
).pytest()
