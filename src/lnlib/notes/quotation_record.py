"""What a made note quotes, kept beside it, and whether the edition still says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lnlib.editions.edition_folder import Opened
from lnlib.errors import EditionError, LnlibError, listed
from lnlib.filesystem import file_digest
from lnlib.notes.compose import compose
from lnlib.notes.composed_note import Composed
from lnlib.notes.markdown import read_note
from lnlib.notes.nodes import at
from lnlib.notes.provinces import scopes

FOLDER = "notes"  # in the project, and in an edition


def record_of(composed: Composed) -> dict[str, Any]:
    """Return what is kept of a note: its sentences with the values they quote, and its exhibits."""
    return {
        "note": composed.name,
        "title": composed.title,
        "file": composed.note.path.name,
        "source": file_digest(composed.note.path),
        "language": composed.note.about.language,
        "sentences": [
            {"line": one.line, "template": one.template, "text": one.text, "values": dict(one.values)}
            for one in composed.sentences
        ],
        "exhibits": [
            {"name": one.name, "label": one.label, "title": one.title, "printed": composed.digests[one.name]}
            for one in composed.exhibits
        ],
    }


def stale(folder: Path, edition: Opened) -> list[str]:
    """Return what is no longer true of the notes that quote an edition, each with file and line.

    Parameters
    ----------
    folder : Path
        The folder of notes.
    edition : Opened
        As it is now.
    """
    return [message for path in sorted(folder.glob("*.md")) for message in _stale(path, edition)]


def _stale(path: Path, edition: Opened) -> Iterator[str]:
    try:
        note = read_note(path)
        if note.about.edition != edition.name:
            return
        missing = []
        for province in scopes(note, edition):
            composed = compose(note, edition, province=province)
            kept = edition.folder / FOLDER / f"{composed.name}.json"
            if not kept.is_file():
                missing.append(composed.name)
                continue
            try:
                before = json.loads(edition.read(f"{FOLDER}/{kept.name}"))
                yield from _changed(path, before, record_of(composed))
            except (ValueError, KeyError, TypeError) as error:
                raise EditionError(f"{kept} is not the record of a note: {error!r}") from None
        if missing:
            yield at(path, 0, f"{listed(missing, most=3)} {'has' if len(missing) == 1 else 'have'} not been made")
    except LnlibError as error:
        yield from str(error).splitlines()


def _changed(path: Path, before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if before["source"] != now["source"]:
        yield at(path, 0, "changed since it was made")
    known = {one["template"]: one for one in before["sentences"]}
    for sentence in now["sentences"]:
        old = known.get(sentence["template"])
        if old and old["text"] != sentence["text"]:
            keys = ", ".join(key for key, text in sentence["values"].items() if old["values"].get(key) != text)
            yield at(path, sentence["line"], f"{keys} changed: “{old['text']}” is now “{sentence['text']}”")
    drawn = {one["name"]: one for one in before["exhibits"]}
    for exhibit in now["exhibits"]:
        old = drawn.get(exhibit["name"])
        if old and old.get("printed") != exhibit["printed"]:
            yield at(path, 0, f"{exhibit['label']} ({exhibit['name']}) changed")
