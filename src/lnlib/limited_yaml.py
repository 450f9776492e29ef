"""YAML that somebody declares, loaded within limits of size, depth and number of values."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import yaml

LARGEST, DEEPEST, MOST_VALUES = 2_000_000, 50, 50_000


class YamlRefused(yaml.YAMLError):
    """YAML that goes beyond the limits, or holds a value that cannot be made."""


# a whole number in any of YAML's bases (60 with colons) takes Python for ever, or more digits than it makes of text
_LONG_NUMBER = re.compile(r"(?=.{41})[-+]?(?:0x[0-9a-fA-F_]+|[0-9_:.]+|0b[01_]+)", re.DOTALL)


def load_yaml(text: str, *, loader: Any = yaml.SafeLoader) -> Any:
    r"""Return what a YAML text holds.

    Parameters
    ----------
    loader : type
        A safe loader.

    Raises
    ------
    yaml.YAMLError
        If it is not YAML, is too large or too deep, uses aliases (a few lines of which can stand for millions of
        values), or holds a value that cannot be made, such as a number of thousands of digits.

    Examples
    --------
    >>> load_yaml("a: [1, 2]")
    {'a': [1, 2]}
    >>> load_yaml("a: &x [1]\nb: *x")
    Traceback (most recent call last):
    ...
    lnlib.limited_yaml.YamlRefused: line 2: text that begins with * is not plain text in YAML; put the text in double quotes
    """
    _check_limits(text)
    with _in_a_sentence():
        return yaml.load(text, Loader=loader)  # a safe loader


def compose_yaml(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML text, in which every value is text; None of an empty one.

    Raises
    ------
    yaml.YAMLError
        As `load_yaml`.
    """
    _check_limits(text)
    with _in_a_sentence():
        return yaml.compose(text, Loader=yaml.BaseLoader)


@contextlib.contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise YamlRefused(f"a value cannot be read: {str(error).partition(chr(10))[0][:200]}") from None


def _check_limits(text: str) -> None:
    """Raise YamlRefused if a YAML text is too large or too deep, or uses aliases.

    Raises
    ------
    yaml.YAMLError
        As `load_yaml`, before any value is made.
    """
    if len(text) > LARGEST:
        raise YamlRefused(f"it holds {len(text):,} characters; at most {LARGEST:,} are read")
    depth = values = 0
    for event in _events(text):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlRefused(
                f"line {line}: text that begins with * is not plain text in YAML; put the text in double quotes"
            )
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and _LONG_NUMBER.fullmatch(event.value):
            raise YamlRefused(
                f"line {line}: a number of {len(event.value):,} characters; put it in double quotes if it is text"
            )
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise YamlRefused(f"line {line}: it is nested more than {DEEPEST} deep")
        if values > MOST_VALUES:
            raise YamlRefused(f"line {line}: it holds more than {MOST_VALUES:,} keys and values")


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of a text as far as it is YAML; what comes then is found, and worded better, by the loader."""
    with contextlib.suppress(yaml.YAMLError):
        yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
