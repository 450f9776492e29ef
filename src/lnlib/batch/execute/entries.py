"""The entries of the exhibits that a run saved: read, and refused where a page or a pack could not use them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lnlib.errors import LnlibError, shortened

Test = Callable[[Any], bool]


class BadExhibit(LnlibError):
    """An exhibit whose entry is not a JSON object, or holds what no exhibit holds."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_path(value: Any) -> bool:
    return _is_text(value) and not PurePosixPath(value).is_absolute() and ".." not in PurePosixPath(value).parts


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _mapping_to(test: Test) -> Test:
    return lambda value: isinstance(value, dict) and all(map(test, value.values()))


def _register(value: Any) -> bool:
    return isinstance(value, dict) and all(
        map(_is_text, (value.get(name, "") for name in ("title", "kind", "licence")))
    )


_TEXTS = ("name", "exhibit", "number", "title", "subtitle", "source", "kind", "language", "alt", "description", "chart")
FILES = ("figures", "bare", "tables")  # the fields that list files
_FIELDS: Mapping[str, tuple[Test, str]] = {
    **dict.fromkeys(_TEXTS, (_is_text, "text")),
    **dict.fromkeys(("notes", "method", "headers"), (_list_of(_is_text), "a list of texts")),
    **dict.fromkeys(FILES, (_list_of(_is_path), "a list of paths in the output folder")),
    "data": (_is_path, "a path in the output folder"),
    **dict.fromkeys(("order", "rows", "partnerships"), (_is_number, "a number")),
    "widths": (_mapping_to(_is_number), "a mapping to numbers"),
    "stages": (_list_of(_mapping_to(_is_text)), "a list of mappings to texts"),
    "register": (_register, "a mapping with title, kind and licence"),
    **dict.fromkeys(("digests", "versions"), (_mapping_to(_is_text), "a mapping to texts")),
}


def read_entry(folder: Path, file: Path) -> dict[str, Any]:
    """Read the entry of an exhibit.

    Parameters
    ----------
    folder : Path
        The output folder of a run.
    file : Path
        Named from there.

    Raises
    ------
    BadExhibit
        It is not JSON, not an object, or one of its fields is not what an exhibit holds there.
    """
    name = file.as_posix()
    try:
        entry = json.loads((folder / file).read_text(encoding="utf-8"), parse_constant=_refuse)
        json.dumps(entry, ensure_ascii=False).encode()  # half a character can be read, but not written
    except (ValueError, RecursionError) as error:
        raise BadExhibit(f"{name} is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise BadExhibit(f"{name} must hold a JSON object, but holds {shortened(json.dumps(entry), most=60)}")
    if not entry.get("name"):
        raise BadExhibit(f"{name} must hold the name of the exhibit")
    for field, (test, wanted) in _FIELDS.items():
        if field in entry and not test(entry[field]):
            raise BadExhibit(f"{name}: {field} must be {wanted}, but is {shortened(json.dumps(entry[field]), most=60)}")
    return entry


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")
