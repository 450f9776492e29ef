"""How a note looks, the same in PDF, DOCX and HTML: fonts and colours of the house style, figures as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lnlib.charts.canvas.export import png
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.theme import Theme
from lnlib.editions.opening import Opened
from lnlib.notes.composed_note import NumberedExhibit


def look_of(house: str | Path = "default") -> dict[str, Any]:
    """Return the fonts and colours of a house style as a note uses them."""
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


def raster(edition: Opened, exhibit: NumberedExhibit) -> bytes:
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
