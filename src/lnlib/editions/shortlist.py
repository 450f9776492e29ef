"""The exhibits that an edition file chose for print: in its order, with its own titles, numbered from 1."""

from __future__ import annotations

from dataclasses import replace

from lnlib.editions.edition_folder import Opened
from lnlib.errors import EditionError, not_allowed
from lnlib.words import Words


def shortlisted(edition: Opened) -> Opened:
    """Return an edition with the exhibits chosen for print alone; one that chose none stays as it is.

    A draft is marked in its title.

    Raises
    ------
    EditionError
        The edition has no exhibit of a name that was chosen.
    """
    if not edition.chosen:
        return edition
    entries = []
    for chosen in edition.chosen:
        entry = edition.by_name.get(chosen["name"])
        if entry is None:
            message = not_allowed("exhibit", chosen["name"], list(edition.by_name))
            raise EditionError(f"edition '{edition.name}', chosen for print: {message}")
        title = chosen.get("title") or entry.title
        if chosen.get("status") == "draft":
            title = Words.load(entry.language)("pack.draft", title=title)
        width = {"column": "column", "page": "two-columns"}[chosen.get("width") or "column"]
        entries.append(replace(entry, title=title, print_width=width))
    return replace(edition, entries=tuple(entries))


def numbered(edition: Opened) -> Opened:
    """Return an edition whose figures and tables are counted from 1, apart from each other and across notebooks."""
    entries = []
    counted = {"figure": 0, "table": 0}
    for entry in edition.entries:
        counted[entry.exhibit] += 1
        entries.append(replace(entry, number=Words.load(entry.language)(entry.exhibit, n=counted[entry.exhibit])))
    return replace(edition, entries=tuple(entries))
