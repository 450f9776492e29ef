"""The text that stands around a note, the same in PDF, DOCX and HTML: byline, banner, number, method."""

from __future__ import annotations

import datetime as dt

from lnlib.notes.composed_note import Composed
from lnlib.words import Words


def byline(composed: Composed, words: Words) -> str:
    """Write who wrote and edited the note, and its date, on one line."""
    about = composed.note.about
    date = words.date(dt.date.fromisoformat(about.date), prose=True) if about.date else ""
    by = words("note_page.by", authors=words.listed(list(about.authors))) if about.authors else ""
    editor = words("note_page.editor", editor=about.editor) if about.editor else ""
    return " · ".join(filter(None, [by, editor, date]))


def banner(composed: Composed, words: Words) -> list[str]:
    """Write what a reader must know first: a draft, a draft translation, simulated data."""
    return [
        *[words("note_page.draft")] * composed.note.about.draft,
        *[composed.translation] * bool(composed.translation),
        *[words("note_page.simulated")] * (composed.kind == "simulated"),
    ]


def numbered(number: str, words: Words) -> str:
    """Write the number that a note has in its series; empty where it has none."""
    return words("note_page.number", n=words.digits(number)) if number else ""


def method_line(composed: Composed, words: Words) -> str:
    """Write the choices behind the exhibits, which a note states once; empty where there are none."""
    return words("note_page.method", text=" ".join(composed.method)) if composed.method else ""


def running(composed: Composed, words: Words) -> str:
    """Write the line at the foot of each page: series, number and title."""
    about = composed.note.about
    return " · ".join(filter(None, [about.series, numbered(about.number, words), composed.title]))
