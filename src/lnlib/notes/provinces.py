"""What a note is made for: once, or for each province whose numbers the edition states."""

from __future__ import annotations

from lnlib.editions.edition_folder import Opened
from lnlib.errors import not_allowed
from lnlib.notes.nodes import Note, NoteError, at
from lnlib.notes.quoted_numbers import NO_PROVINCES, province_names

Province = tuple[str, str]  # key and name


def scopes(note: Note, edition: Opened) -> list[Province | None]:
    """Return the provinces that a note is made for, those without a partnership too; None alone for a note that is made once.

    Raises
    ------
    NoteError
        A province is not among those whose numbers the edition states.
    """
    wanted = note.about.for_each.get("province")
    if wanted is None:
        return [None]
    known = province_names(edition, note.about.language)
    if not known:
        raise NoteError(at(note.path, note.about.line("for_each"), f"edition '{edition.name}' {NO_PROVINCES}"))
    if wanted == "all":
        return list(known.items())
    names = {name.casefold(): key for key, name in known.items()}
    chosen: list[Province | None] = []
    for one in wanted:
        key = one if one in known else names.get(one.casefold())
        if key is None:
            raise NoteError(
                at(note.path, note.about.line("for_each"), not_allowed("province", one, [*known, *known.values()]))
            )
        chosen.append((key, known[key]))
    return chosen
