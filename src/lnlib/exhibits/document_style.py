"""How a document looks: the fonts and colours of a house style, the same in PDF, DOCX and HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.typeface import FALLBACK, ITALIC, SHIPPED, families


def look_of(house: str | Path = "default") -> dict[str, Any]:
    """Return the fonts and colours of a house style as documents use them."""
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


def font_warnings(house: str | Path) -> list[str]:
    """Return a warning for each font of a house style that is not installed."""
    return Theme.load(house).font_warnings


def font_files() -> list[Path]:
    """Return the font files that come with the installation."""
    import matplotlib as mpl

    own = [path for face in (*SHIPPED, ITALIC) for path in face.files()]
    return [*own, *(Path(mpl.get_data_path(), "fonts", "ttf", f"DejaVuSans{bold}.ttf") for bold in ("", "-Bold"))]
