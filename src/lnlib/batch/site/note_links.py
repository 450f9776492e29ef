"""Links from an edition's index to its notes, which are made after it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from lnlib.batch.site.pages import templates
from lnlib.filesystem import file_digest, is_regular, lies_in, write_atomic
from lnlib.words import Words, languages

FOLDER = "notes"
_FORMS = ("html", "pdf", "docx")
_BEGIN, _END = "<!-- notes -->", "<!-- end of notes -->"
_LANGUAGE = re.compile(r'<html lang="([^"]*)"')


def note_links(out: Path, words: Words) -> str:
    """Return the part of the index of the edition in `out` that links its notes, those of one template folded; empty of none."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((out / FOLDER).glob("*.json")):
        if found := _note(path):
            by_file.setdefault(found["file"], []).append(found)
    single = [notes[0] for notes in by_file.values() if len(notes) == 1]
    series = [notes for notes in by_file.values() if len(notes) > 1]  # of one template, such as one for each province
    return f"{_BEGIN}{templates().get_template('notes.html').render(single=single, series=series, words=words)}{_END}"


def note_files(out: Path, *, of: str = "", but: Collection[str] = ()) -> list[str]:
    """Return the files of notes in an edition's folder that are as the records of `lnlib note` list them, and the records.

    A file that somebody put there or changed is not among them.

    Parameters
    ----------
    of : str
        Name of the Markdown file whose notes alone are returned; empty for all.
    but : collection of str
        Names of notes to leave out.
    """
    found = []
    for path in sorted((out / FOLDER).glob("*.json")):
        if path.stem in but or not (lies_in(path, out) and is_regular(path)):
            continue
        record = _record(path)
        if of and str(record.get("file", "")) != of:
            continue
        if written := _written(record, path):
            same = [name for name, digest in written.items() if _is(path.with_name(name), digest)]
            found += [f"{FOLDER}/{name}" for name in [*same, path.name]]
    return found


def _record(path: Path) -> dict[str, Any]:
    """Return the record of a note; empty if the file holds none."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _written(record: dict[str, Any], path: Path) -> dict[str, str]:
    """Return the files that the record of a note lists, with their digests; none if it is no record of that note."""
    try:
        written = record["files"] if record["note"] == path.stem else {}
        own = {path.with_suffix(f".{form}").name for form in _FORMS}
        return {name: str(digest) for name, digest in written.items() if name in own}
    except (LookupError, TypeError, AttributeError):
        return {}


def _is(file: Path, digest: str) -> bool:
    return is_regular(file) and file_digest(file) == digest


def renew_note_links(out: Path) -> None:
    """Write the notes that are in the folder of an edition into its index; one without an index has none to renew."""
    index = out / "index.html"
    if not index.is_file():
        return
    before, begin, rest = index.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if begin and end:
        found = _LANGUAGE.search(before)
        words = Words.load(found[1] if found and found[1] in languages() else "en")
        write_atomic(index, f"{before}{note_links(out, words)}{after}", keep_same=True, within=out)


def _note(path: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    files = [path.with_suffix(f".{form}") for form in _FORMS]
    there = [{"href": f"{FOLDER}/{file.name}", "text": file.suffix[1:].upper()} for file in files if file.is_file()]
    if not isinstance(record, dict) or not there:
        return None
    return {
        "title": record.get("title") or path.stem,
        "file": str(record.get("file") or path.stem),
        "language": record.get("language", "en"),
        "files": there,
    }
