"""Write a composed note as PDF: two columns on A4, tagged for screen readers (PDF/UA-1), to keep (PDF/A-2a).

Typst sets it. The template reads the note as data, so that no text of a register or an author is ever code.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typst

from lnlib.editions.edition_folder import Opened
from lnlib.exhibits.document_style import font_files
from lnlib.notes.column_gaps import PPI, holes
from lnlib.notes.composed_note import Composed, NumberedExhibit
from lnlib.notes.nodes import NoteError
from lnlib.notes.template_data import template_data

STANDARDS: tuple[typst.PDFStandard, ...] = ("ua-1", "a-2a")
UNDATED: tuple[typst.PDFStandard, ...] = ("ua-1",)  # PDF/A wants to know when a document was made
_TEMPLATE = Path(__file__).with_name("templates") / "note.typ"
_WIDTH = " SemiCondensed"  # of the shipped typeface: Typst takes a font's width apart from its family
_STEPS = 7  # halvings of the space that balances the columns of a page
_POINTS = 700.0  # pt, more than the columns of a page are high
_MIDDLE = 105 / 25.4 * 72  # pt from the left of an A4 page, between its columns


@dataclass(frozen=True)
class TypesetPdf:
    """A note as PDF, its number of pages, and the pages that its blocks begin on, by their place; without headings."""

    content: bytes
    pages: int
    block_pages: Mapping[int, int] = field(default_factory=dict)


def write_pdf(composed: Composed, edition: Opened, look: Mapping[str, Any]) -> TypesetPdf:
    """Set a note.

    Parameters
    ----------
    edition : Opened
        Where its figures are.
    look : mapping
        Colours and fonts: `fonts`, `ink`, `faint`, `rule`, `deep`, `accent`.

    Returns
    -------
    TypesetPdf
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
                (root / _file(exhibit)).write_bytes(_picture(edition, exhibit))
        data = template_data(composed, {**look, "fonts": [family.removesuffix(_WIDTH) for family in look["fonts"]]})
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
            fixed = [one.id for one in composed.exhibits if not one.floats or (one.opens and one.width == "column")]
            narrow = [one.id for one in composed.exhibits if one.width == "column" and one.id not in fixed]
            standing = tuple(fixed)
            sections = _sections_of(data["blocks"], narrow)
            layout = _without_holes(_Setting(root, own, standing, sections), narrow)
            standards = list(STANDARDS if composed.note.about.date else UNDATED)
            content = layout.setting.compiler(layout.space).compile(format="pdf", pdf_standards=standards, timestamp=0)
            fit = layout.fit
        except typst.TypstError as error:
            hints = "; ".join(error.hints)
            raise NoteError(
                f"cannot set {composed.name} as PDF: {error.message}" + (f" ({hints})" if hints else "")
            ) from None
    assert isinstance(content, bytes)
    return TypesetPdf(content, fit.pages, fit.block_pages)


@dataclass(frozen=True)
class _Fit:
    """How a note fits its pages.

    Parameters
    ----------
    pages : int
    end : int
        The page that its text ends on.
    heights : tuple of float
        Of its exhibits, in points.
    places : tuple of (int, float, float)
        The page of each exhibit, and where it stands on it, in points from the left and from above.
    block_pages : mapping of int to int
        The pages that blocks begin on.
    exhibits : tuple of str
        Their ids, in the order of `places`.
    sections : tuple of (int, float, float)
        The page of each heading, and where it stands on it.
    """

    pages: int
    end: int
    heights: tuple[float, ...]
    places: tuple[tuple[int, float, float], ...]
    block_pages: Mapping[int, int]
    exhibits: tuple[str, ...] = ()
    sections: tuple[tuple[int, float, float], ...] = ()

    def astray(self, sections: Mapping[str, int]) -> list[str]:
        """Return the exhibits that stand above the heading of their section, or below that of the next.

        Parameters
        ----------
        sections : mapping of str to int
            The section of each exhibit in a column, counted by its headings; 0 before the first.
        """
        headings = [_reading_order(place) for place in self.sections]
        found = []
        for exhibit, place in zip(self.exhibits, self.places, strict=True):
            if exhibit not in sections or place[0] > self.end:  # what follows all text splits none
                continue
            number, at = sections[exhibit], _reading_order(place)
            before = number > 0 and at < headings[number - 1]
            if before or (number < len(headings) and at > headings[number]):
                found.append(exhibit)
        return found


@dataclass(frozen=True)
class _Space:
    """What is left free, in points, under the columns of the first and of the last page, so that both columns end alike."""

    opening: float = 0.0
    closing: float = 0.0


@dataclass(frozen=True)
class _Setting:
    """The folder of a note's template, data and figures, its fonts, the exhibits that do not float, and their sections."""

    root: Path
    fonts: typst.Fonts
    standing: tuple[str, ...] = ()
    sections: Mapping[str, int] = field(default_factory=dict)

    def compiler(self, space: _Space) -> typst.Compiler:
        """Return a compiler of the note with that space."""
        inputs = {
            "spacer": f"{space.closing:.2f}",
            "opening": f"{space.opening:.2f}",
            "standing": " ".join(self.standing),
        }
        return typst.Compiler(
            str(self.root / "note.typ"), root=str(self.root), font_paths=self.fonts, sys_inputs=inputs
        )

    def fit(self, space: _Space) -> _Fit:
        """Return how the note fits its pages with that space."""
        found = json.loads(self.compiler(space).query("<fit>", field="value", one=True))
        heights = tuple(round(height, 1) for height in found["heights"])
        places = tuple((int(page), float(x), float(y)) for page, x, y in found["places"])
        blocks = {int(place): int(page) for place, page in found["blocks"]}
        sections = tuple((int(page), float(x), float(y)) for page, x, y in found["sections"])
        ids = tuple(found["exhibits"])
        return _Fit(int(found["pages"]), int(found["end"]), heights, places, blocks, ids, sections)


@dataclass(frozen=True)
class _Layout:
    """A setting with the space that balances its columns, how it fits, and how good it is: the less the better."""

    setting: _Setting
    space: _Space
    fit: _Fit
    badness: tuple[int, int, bool, float]

    @classmethod
    def of(cls, setting: _Setting) -> _Layout:
        """Set the note, and look at its pages."""
        space, fit = _balanced(setting)
        drawn = setting.compiler(space).compile(format="png", ppi=PPI)
        pages = drawn if isinstance(drawn, list) else [drawn]
        blank = sum(height**2 for height in holes([page for page in pages if page]))
        astray = len(fit.astray(setting.sections))
        return cls(setting, space, fit, (fit.pages, astray, list(fit.places) != sorted(fit.places), round(blank)))


def _without_holes(setting: _Setting, narrow: Sequence[str]) -> _Layout:
    """Return the layout with the fewest pages, of these with the fewest exhibits out of their section, then with the fewest holes.

    Each exhibit in a column floats, or stands where the text comes to it.
    """
    best = _Layout.of(setting)
    for exhibit in narrow:
        if not best.badness[1] and not best.badness[-1]:
            break
        best = min(best, _standing(best, exhibit), key=lambda layout: layout.badness)
    while astray := [one for one in best.fit.astray(setting.sections) if one not in best.setting.standing]:
        other = _standing(best, *astray)
        if other.badness >= best.badness:  # in their section they would take another page
            break
        best = other
    return best


def _standing(layout: _Layout, *exhibits: str) -> _Layout:
    """Return a layout in which these exhibits stand where the text comes to them, as well as those of another."""
    setting = layout.setting
    return _Layout.of(replace(setting, standing=(*setting.standing, *exhibits)))


def _sections_of(blocks: Sequence[Mapping[str, Any]], narrow: Sequence[str]) -> dict[str, int]:
    """Return the section of each of some exhibits that a note shows between its other blocks: 0 before the first heading."""
    found, section = {}, 0
    for block in blocks:
        section += block["type"] == "heading"
        if block["type"] == "exhibit" and block["id"] in narrow:
            found[block["id"]] = section
    return found


def _reading_order(place: tuple[int, float, float]) -> tuple[int, bool, float]:
    """Return the page, column and height of a place, which sort as a page of two columns is read."""
    page, left, top = place
    return page, left > _MIDDLE, top


def _balanced(setting: _Setting) -> tuple[_Space, _Fit]:
    """Find the greatest space under the columns that adds no page and moves and cuts no exhibit: both then end alike.

    It is left under the last page; where the text ends on the first and only exhibits follow, under the first.

    Returns
    -------
    tuple of (_Space, _Fit)
        The space, and how the note fits its pages with it.
    """
    whole = setting.fit(_Space())
    if whole.end == 1 < whole.pages:
        kept = ("end", "heights", "places", "block_pages")
        return _greatest(setting, whole, lambda height: _Space(opening=height), kept)
    return _greatest(setting, whole, lambda height: _Space(closing=height), ("heights",))


def _greatest(
    setting: _Setting, whole: _Fit, space: Callable[[float], _Space], kept: Sequence[str]
) -> tuple[_Space, _Fit]:
    """Halve the heights of a space until the greatest is found with which the number of pages and what is kept stay."""
    best, low, high = whole, 0.0, _POINTS
    for _ in range(_STEPS):
        middle = (low + high) / 2
        fit = setting.fit(space(middle))
        if fit.pages == whole.pages and all(getattr(fit, name) == getattr(whole, name) for name in kept):
            low, best = middle, fit
        else:
            high = middle
    return space(low), best


def _picture(edition: Opened, exhibit: NumberedExhibit) -> bytes:
    # Typst does not shape letters of complex scripts in an SVG
    if exhibit.language != "en":
        return exhibit.png(edition)
    # it names a typeface by its family, the width apart
    return edition.read(exhibit.pictures["svg"]).replace(f"{_WIDTH}'".encode(), b"'")


def _file(exhibit: NumberedExhibit) -> str:
    return f"{exhibit.id}.{'svg' if exhibit.language == 'en' else 'png'}"
