"""YAML that people write by hand: read safely, and its mistakes told in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from lnlib.errors import LnlibError, ValueNotAllowed, not_allowed
from lnlib.filesystem import is_file, read_small
from lnlib.limited_yaml import load_yaml
from lnlib.reference import resources

QUOTES = "put the text in double quotes"


def read_named(name: str | Path, *, folder: str, what: str) -> tuple[Any, str]:
    """Return what a YAML of `data/<folder>` holds, or one of your own by its path, and its place for messages."""
    if isinstance(name, Path) or str(name).endswith((".yml", ".yaml")):
        path = Path(name)
        if not is_file(path):
            raise LnlibError(f"{what} file {path} does not exist")
        return read_yaml(path, what=what), str(path)
    names = resources.names("data", folder)
    if name not in names:
        raise ValueNotAllowed.of(what, name, names)
    return resources.declared("data", folder, name), f"{name}.yml"


def refuse_unknown(keys: Iterable[Any], allowed: Sequence[str], *, place: str) -> None:
    """Refuse keys that are not allowed."""
    for key in keys:
        if key not in allowed:
            raise ValueNotAllowed(f"{place}: {not_allowed('key', key, allowed)}")


def read_yaml(file: Path, *, what: str) -> Any:
    """Return what a YAML file holds; `what` names it in messages.

    Raises
    ------
    LnlibError
        It cannot be read, is not UTF-8, or is not YAML.
    """
    try:
        text = read_small(file).decode("utf-8-sig")
    except OSError as error:
        raise LnlibError(f"{what} file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise LnlibError(f"{what} file {file} is not UTF-8 text (byte {error.start})") from None
    try:
        return load_yaml(text)
    except yaml.YAMLError as error:
        raise LnlibError(f"{what} file {file}: {mistake(error, text)}") from None


def mistake(error: Exception, text: str) -> str:
    r"""Return what is wrong with a YAML text, with its line, in plain words.

    >>> try:
    ...     yaml.safe_load("columns:\n\tNGO: non_state")
    ... except yaml.YAMLError as error:
    ...     print(mistake(error, "columns:\n\tNGO: non_state"))
    line 2 begins with a tab; indent with spaces
    """
    mark = getattr(error, "problem_mark", None)
    reason = " ".join(str(getattr(error, "problem", None) or error).split())
    if mark is None:
        return reason
    lines = text.splitlines()
    at = f"line {mark.line + 1}"
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line.startswith("\t") or "'\\t'" in reason:
        return f"{at} begins with a tab; indent with spaces"
    if "alias" in reason or "anchor" in reason or "cannot start any token" in reason:
        sign = line.strip()[:1] if line.strip() else ""
        if line[mark.column : mark.column + 1] in ("%", "@", "`"):
            sign = line[mark.column]
        return f"{at}: text that begins with {sign or 'such a character'} is not plain text in YAML; {QUOTES}"
    if "mapping values are not allowed" in reason:
        return f"{at} has two colons; {QUOTES} where a header or value holds a colon"
    if "expected ':'" in reason:
        before = lines[mark.line - 1] if mark.line else line
        hint = f" (a # after a space begins a comment: {QUOTES})" if " #" in line or " #" in before else ""
        return f"{at}: a colon is missing{hint}"
    if "expected <block end>" in reason:
        return f"{at} is not indented like the lines above it"
    if "<stream end>" in reason or "unexpected end" in reason or "end of stream" in reason:
        return f"{at}: a bracket or quote is opened and not closed"
    return f"{at}: {reason}"
