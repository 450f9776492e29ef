"""YAML that people write by hand: read safely, and its mistakes told in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lnlib.errors import LnlibError
from lnlib.filesystem import read_small
from lnlib.limited_yaml import load_yaml

QUOTES = "put the text in double quotes"


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
