"""What a note is made for: once, or for each province whose numbers the edition states."""

from __future__ import annotations

import json

from lnlib.editions.edition_folder import Opened
from lnlib.errors import LnlibError, not_allowed
from lnlib.notes.blocks import Note, NoteError, at
from lnlib.notes.quoted_numbers import PROVINCE_NUMBERS, stated_provinces

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
    known = _provinces(edition, note.about.language)
    if not known:
        message = (
            f"edition '{edition.name}' states no numbers by province; run 05-province with for_each: {{province: all}}"
        )
        raise NoteError(at(note.path, 1, message))
    if wanted == "all":
        return list(known.items())
    names = {name.casefold(): key for key, name in known.items()}
    chosen: list[Province | None] = []
    for one in wanted:
        key = one if one in known else names.get(one.casefold())
        if key is None:
            raise NoteError(at(note.path, 1, not_allowed("province", one, [*known, *known.values()])))
        chosen.append((key, known[key]))
    return chosen


def _provinces(edition: Opened, language: str) -> dict[str, str]:
    found = {}
    for key in stated_provinces(edition):
        file = edition.folder / PROVINCE_NUMBERS.format(province=key)
        try:
            words = json.loads(file.read_text("utf-8"))["words"]
            found[key] = str(words.get(language, words["en"])["place"])
        except (ValueError, KeyError, OSError) as error:
            raise LnlibError(f"{file} does not hold the numbers of a province: {error!r}") from None
    return dict(sorted({**edition.empty, **found}.items())) if found else {}
