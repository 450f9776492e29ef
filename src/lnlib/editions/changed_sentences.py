"""The sentences of notes that two editions print otherwise: each note keeps a record of what it quotes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lnlib.editions.edition_folder import Opened
from lnlib.editions.word_differences import ADDED, GONE, SAME, compare_words
from lnlib.errors import EditionError


@dataclass(frozen=True)
class SentenceChange:
    """A sentence of a note that is printed otherwise than it was.

    Parameters
    ----------
    note : str
        Its file.
    old, new : tuple of (str, str)
        Its words, each the same or gone; and the same or added.
    """

    note: str
    line: int
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]


def changed_sentences(old: Opened, new: Opened) -> Iterator[SentenceChange]:
    """Return the sentences that quote the same keys and are printed otherwise, in the order of the notes."""
    for path in sorted((new.folder / "notes").glob("*.json")):
        before = old.folder / "notes" / path.name
        if not before.is_file():
            continue
        was, now = _record(before), _record(path)
        known = {one["template"]: one["text"] for one in was["sentences"]}
        for one in now["sentences"]:
            text = known.get(one["template"])
            if text is not None and text != one["text"]:
                pieces = compare_words(text, one["text"])
                sides = [tuple(piece for piece in pieces if piece[0] in (SAME, what)) for what in (GONE, ADDED)]
                yield SentenceChange(now["file"], one["line"], *sides)


def _record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        record["file"], [(one["template"], one["text"], one["line"]) for one in record["sentences"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise EditionError(f"{path} is not the record of a note; make the note again") from None
    return record
