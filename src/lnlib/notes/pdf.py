"""Write a composed note as PDF: two columns on A4, tagged for screen readers (PDF/UA-1), its fonts embedded.

Typst sets it. The template reads the note as data, so that no text of a register or an author is ever code.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from lnlib.editions.opening import Opened
from lnlib.notes.composed import Composed, Shown
from lnlib.notes.layout import font_files
from lnlib.notes.source import NoteError
from lnlib.notes.tree import tree

STANDARDS: list[typst.PDFStandard] = ["ua-1"]
_TEMPLATE = Path(__file__).with_name("templates") / "note.typ"
_WIDTH = " SemiCondensed"  # of the shipped typeface: Typst takes a font's width apart from its family
_STEPS = 7  # halvings of the space that balances the last page's columns
_POINTS = 700.0  # pt, more than the columns of a page are high


@dataclass(frozen=True)
class Printed:
    """A note as PDF, and its number of pages."""

    content: bytes
    pages: int


def write_pdf(composed: Composed, edition: Opened, look: Mapping[str, Any]) -> Printed:
    """Set a note.

    Parameters
    ----------
    composed : Composed
    edition : Opened
        Where its figures are.
    look : mapping
        Colours and fonts: `fonts`, `ink`, `faint`, `rule`, `deep`, `accent`.

    Returns
    -------
    Printed
        The same bytes for the same note.

    Raises
    ------
    NoteError
        Typst cannot set it, such as where a font or a letter is missing.
    """
    with tempfile.TemporaryDirectory(prefix="lnlib-note-") as name:
        root = Path(name)
        shutil.copy(_TEMPLATE, root / "note.typ")
        for exhibit in composed.exhibits:
            if exhibit.kind == "figure":
                (root / _file(exhibit)).write_bytes(_named(edition.read(_picture(exhibit))))
        data = tree(composed, {**look, "fonts": [family.removesuffix(_WIDTH) for family in look["fonts"]]})
        data["files"] = {exhibit.id: _file(exhibit) for exhibit in composed.exhibits if exhibit.kind == "figure"}
        (root / "note.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        try:
            (root / "fonts").mkdir()
            for font in font_files():
                shutil.copy(font, root / "fonts")
            own = typst.Fonts(
                include_system_fonts=bool(look["installed"]),
                include_embedded_fonts=False,
                font_paths=[str(root / "fonts")],
            )
            setting = _Setting(root, own)
            spacer = _balanced(setting)
            content = setting.compiler(spacer).compile(format="pdf", pdf_standards=STANDARDS, timestamp=0)
            pages, _ = setting.fit(spacer)
        except typst.TypstError as error:
            hints = "; ".join(error.hints)
            raise NoteError(
                f"cannot set {composed.name} as PDF: {error.message}" + (f" ({hints})" if hints else "")
            ) from None
    assert isinstance(content, bytes)
    return Printed(content, pages)


@dataclass(frozen=True)
class _Setting:
    """The folder of a note's template, data and figures, and the fonts it is set in."""

    root: Path
    fonts: typst.Fonts

    def compiler(self, spacer: float) -> typst.Compiler:
        """Return a compiler of the note with so much space (in points) under its last page's columns."""
        inputs = {"spacer": f"{spacer:.2f}"}
        return typst.Compiler(
            str(self.root / "note.typ"), root=str(self.root), font_paths=self.fonts, sys_inputs=inputs
        )

    def fit(self, spacer: float) -> tuple[int, list[float]]:
        """Return the number of pages with that space, and the heights of the exhibits in points."""
        told = json.loads(self.compiler(spacer).query("<fit>", field="value", one=True))
        return int(told["pages"]), [round(height, 1) for height in told["heights"]]


def _balanced(setting: _Setting) -> float:
    """Find the greatest space under the last page's columns that adds no page and cuts no exhibit: both then end alike."""
    whole = setting.fit(0.0)
    low, high = 0.0, _POINTS
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if setting.fit(middle) == whole else (low, middle)
    return low


def _picture(exhibit: Shown) -> str:
    # Typst does not shape letters of complex scripts in an SVG
    return exhibit.pictures["svg" if exhibit.language == "en" else "png"]


def _named(picture: bytes) -> bytes:
    """Name the typeface in an SVG as Typst does: by its family, the width apart."""
    return picture.replace(f"{_WIDTH}'".encode(), b"'") if picture.startswith(b"<?xml") else picture


def _file(exhibit: Shown) -> str:
    return f"{exhibit.id}{Path(_picture(exhibit)).suffix}"
