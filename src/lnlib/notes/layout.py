"""What the first page says around the text, and how a note looks: the same in PDF, DOCX and HTML."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from lnlib.charts.canvas.drawing import Drawing
from lnlib.charts.canvas.printing import png
from lnlib.charts.style.theme import Theme
from lnlib.editions.opening import Opened
from lnlib.notes.composed import Composed, Shown
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


def look_of(house: str | Path = "default") -> dict[str, Any]:
    """Return the fonts and colours of a house style as a note uses them.

    Raises
    ------
    LnlibError
        There is no such house style, or it is wrong.
    """
    from lnlib.charts.style.typeface import FALLBACK, SHIPPED, families

    theme = Theme.load(house)
    fonts = families(theme.fonts)
    shipped = {FALLBACK, *(face.family for face in SHIPPED)}
    return {
        "fonts": list(fonts),
        "installed": [font for font in fonts if font not in shipped],  # fonts of the system that the style names
        "ink": theme.ink,
        "faint": theme.faint,
        "rule": theme.rule,
        "deep": theme.stages[-1],
        "accent": theme.accent,
    }


def raster(edition: Opened, exhibit: Shown) -> bytes:
    """Return a figure as PNG: the edition's own, or one made of its SVG."""
    if file := exhibit.pictures.get("png"):
        return edition.read(file)
    return png(Drawing.read(edition.read(exhibit.pictures["svg"]).decode()), exhibit.language)


def font_files() -> list[Path]:
    """Return the font files that come with the installation."""
    import matplotlib as mpl

    from lnlib.charts.style.typeface import SHIPPED

    own = [path for face in SHIPPED for path in face.files()]
    return [*own, *(Path(mpl.get_data_path(), "fonts", "ttf", f"DejaVuSans{bold}.ttf") for bold in ("", "-Bold"))]
