"""What is wrong with an edition file, each with the line that it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from lnlib.errors import shortened
from lnlib.limited_yaml import compose_yaml

Path = tuple[str | int, ...]  # of keys and places in lists, such as ("runs", 0, "notebook")


class Problems:
    """Problems of a file, collected to be reported at once.

    Parameters
    ----------
    lines : mapping of tuple to int
        The line of each value of the file, by its path.
    """

    def __init__(self, lines: Mapping[Path, int]):
        self._lines = lines
        self._messages: list[tuple[int, str]] = []

    def add(self, message: str, *path: str | int) -> None:
        """Add what is wrong with the value at a path, or with the file where there is none."""
        while path and path not in self._lines:
            path = path[:-1]
        self._messages.append((self._lines[path] if path else 0, message))

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[str]:
        """Return the problems in the order of lines, each once."""
        for line, message in dict.fromkeys(sorted(self._messages, key=lambda one: one[0])):
            yield shortened(f"line {line}: {message}" if line else message, most=1000)


def line_numbers(text: str) -> dict[Path, int]:
    r"""Return the line of each value of a YAML text, by its path.

    >>> line_numbers("title: A\nruns:\n  - notebook: b\n")
    {('title',): 1, ('runs',): 2, ('runs', 0): 3, ('runs', 0, 'notebook'): 3}
    """
    return dict(_walk(compose_yaml(text), ()))


def _walk(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            inner = (*path, place)
            yield inner, item.start_mark.line + 1
            yield from _walk(item, inner)
