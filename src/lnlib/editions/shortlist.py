"""The exhibits that an edition file chose for print: in its order, numbered from 1, with its own titles."""

from __future__ import annotations

from dataclasses import replace

from lnlib.editions.opening import Opened
from lnlib.errors import EditionError, not_allowed
from lnlib.words import Words


def shortlisted(edition: Opened) -> Opened:
    """Return an edition with the exhibits chosen for print alone; one that chose none stays as it is.

    Figures and tables are numbered apart, across notebooks. A draft is marked in its title.

    Raises
    ------
    EditionError
        The edition has no exhibit of a name that was chosen.
    """
    if not edition.chosen:
        return edition
    entries = []
    counted = {"figure": 0, "table": 0}
    for chosen in edition.chosen:
        entry = edition.by_name.get(chosen["name"])
        if entry is None:
            message = not_allowed("exhibit", chosen["name"], list(edition.by_name))
            raise EditionError(f"edition '{edition.name}', chosen for print: {message}")
        counted[entry.exhibit] += 1
        words = Words.load(entry.language)
        title = chosen.get("title") or entry.title
        entries.append(
            replace(
                entry,
                number=words(entry.exhibit, n=counted[entry.exhibit]),
                title=words("pack.draft", title=title) if chosen.get("status") == "draft" else title,
                print_width={"column": "column", "page": "two-columns"}[chosen.get("width") or "column"],
            )
        )
    return replace(edition, entries=tuple(entries))
