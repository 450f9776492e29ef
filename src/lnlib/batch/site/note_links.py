"""Links from an edition's index to its notes, which are made after it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lnlib.batch.site.pages import templates
from lnlib.filesystem import write_atomic
from lnlib.words import Words, languages

FOLDER = "notes"
_BEGIN, _END = "<!-- notes -->", "<!-- end of notes -->"
_LANGUAGE = re.compile(r'<html lang="([^"]*)"')


def note_links(out: Path, words: Words) -> str:
    """Return the part of the index of the edition in `out` that links its notes; empty of links where it has none."""
    notes = [found for path in sorted((out / FOLDER).glob("*.json")) if (found := _note(path))]
    return f"{_BEGIN}{templates().get_template('notes.html').render(notes=notes, words=words)}{_END}"


def note_files(out: Path) -> list[str]:
    """Return the files of the notes that an edition's folder holds, by the records that `lnlib note` keeps of them."""
    kept = [path for path in sorted((out / FOLDER).glob("*.json")) if _note(path)]
    forms = ("html", "pdf", "docx", "json")
    files = [path.with_suffix(f".{form}") for path in kept for form in forms]
    return [f"{FOLDER}/{file.name}" for file in files if file.is_file()]


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
    except (OSError, ValueError):
        return None
    files = [path.with_suffix(f".{form}") for form in ("html", "pdf", "docx")]
    there = [{"href": f"{FOLDER}/{file.name}", "text": file.suffix[1:].upper()} for file in files if file.is_file()]
    if not isinstance(record, dict) or not there:
        return None
    return {"title": record.get("title") or path.stem, "language": record.get("language", "en"), "files": there}
