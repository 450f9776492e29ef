"""The files that the explorer's page downloads: a picture, its data, or the table of partnerships, under plain names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from lnlib.errors import LnlibError
from lnlib.exhibits.figure import SHOWN_WIDTH
from lnlib.explorer.mark_details import labels_of
from lnlib.explorer.partnership_table import csv_of
from lnlib.explorer.selection import Selection
from lnlib.explorer.view_and_filters import WORDS


def file_of(selection: Selection, what: str, query: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the name and the content of a file: `table`, `csv`, or the picture in the format `what`.

    Raises
    ------
    LnlibError
        If there is no picture for what was chosen.
    """
    if what == "table":
        mark, search, sort = (query.get(name, "") for name in ("mark", "search", "sort"))
        content = csv_of(selection, mark=mark, search=search, sort=sort)
        return f"{table_name(selection, mark=mark, search=search)}.csv", content
    if selection.exhibit is None:
        raise LnlibError(selection.reason)
    name = plain_name(selection)
    if what == "csv":
        return f"{name}.csv", selection.exhibit.csv().encode()
    return f"{name}.{what}", selection.exhibit.rendered(SHOWN_WIDTH, what)


def plain_name(selection: Selection) -> str:
    """Return the name of a figure to download: the view, and what it is narrowed to."""
    return _plain(selection.choice.view, *_narrowed(selection))


def table_name(selection: Selection, *, mark: str, search: str) -> str:
    """Return the name of the table to download: what it is narrowed to, the mark whose partnerships are listed, the search."""
    label = labels_of(selection)[mark].rpartition(": ")[0] if mark else ""
    return _plain("partnerships", *_narrowed(selection), label if _plain(label) else mark, search)


def _narrowed(selection: Selection) -> list[str]:
    choice = selection.choice
    parts = [*(selection.whole.unit(code).name("en") for code in choice.province), choice.actor]
    parts += [word for name in WORDS for word in getattr(choice, name)]
    return [*parts, *choice.period.values()]


def _plain(*parts: str) -> str:
    """Return the letters and digits of texts, joined by hyphens, as every system can hold them in the name of a file."""
    ascii_only = unicodedata.normalize("NFKD", "-".join(part for part in parts if part)).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.decode().casefold()).strip("-")[:80]
