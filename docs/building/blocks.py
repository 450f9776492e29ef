"""Blocks of a page that are files: their first line is `# file: NAME` (in JSON `// file: NAME`), to be saved by that name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"^```\w+\n(?:#|//) file: (?P<name>[\w./-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class FileBlock:
    """A file in a page: its name, its text without the line that names it, and where its block stands."""

    name: str
    text: str
    start: int
    end: int


def files(page: str) -> Iterator[FileBlock]:
    r"""Return the files in the text of a page.

    >>> [(one.name, one.text) for one in files("Save:\n\n```csv\n# file: a.csv\nx,y\n```\n")]
    [('a.csv', 'x,y\n')]
    """
    for match in _BLOCK.finditer(page):
        yield FileBlock(match["name"], match["text"], match.start(), match.end())
