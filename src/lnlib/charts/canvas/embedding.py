"""Fonts embedded in a PDF: of a TrueType font the glyphs that are used, and the tables that a PDF needs of it.

matplotlib has each font of each file reduced by fontTools, which also reads, closes over and rewrites what only a
program that sets text would ask of a font: that takes longer than drawing. A PDF places every glyph itself and needs
`glyf`, `head`, `hhea`, `hmtx`, `loca` and `maxp`, and the hinting programs (ISO 32000-1, 9.9). Glyphs keep their
numbers, so nothing has to be renumbered and the bytes depend on the font and the glyphs alone. fontTools, which reads and
writes the tables, comes with matplotlib.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.ttLib.sfnt import SFNTWriter  # type: ignore[import-untyped]
from matplotlib.backends import _backend_pdf_ps

_KEPT = ("head", "hhea", "maxp", "cvt ", "fpgm", "prep")
_HIGHEST = 0xD7FF  # matplotlib writes the numbers of glyphs as UTF-16, which leaves out those after this one
# flags of a component (OpenType, `glyf`)
_WORDS, _SCALE, _MORE, _TWO_SCALES, _TWO_BY_TWO = 0x1, 0x8, 0x20, 0x40, 0x80
_SUBSET_OF_MATPLOTLIB = _backend_pdf_ps.get_glyphs_subset


@contextmanager
def embedded_lean() -> Iterator[None]:
    """Have PDFs that matplotlib writes meanwhile embed their fonts as this module makes them."""
    before = _backend_pdf_ps.get_glyphs_subset
    _backend_pdf_ps.get_glyphs_subset = _subset
    try:
        yield
    finally:
        _backend_pdf_ps.get_glyphs_subset = before


def reduced(path: str, face: int, glyphs: Iterable[int]) -> bytes:
    """Return a TrueType font of the glyphs of another, with what they are composed of; each keeps its number.

    Parameters
    ----------
    path : str
        The font's file.
    face : int
        Its place in a collection; 0 for a file of one font.
    glyphs : iterable of int
        Numbers of glyphs; `.notdef` is always kept.

    Returns
    -------
    bytes
        The same for the same font and glyphs.
    """
    return _reduced(path, face, frozenset(glyphs) | {0})


@dataclass(frozen=True)
class _Source:
    """The tables of a font that glyphs are taken from."""

    version: str
    tables: dict[str, bytes]
    glyf: bytes
    loca: np.ndarray
    hmtx: np.ndarray  # two numbers a glyph

    @classmethod
    def read(cls, path: str, face: int) -> _Source | None:
        """Read it; nothing where outlines are not TrueType, or there are more glyphs than can be numbered."""
        with TTFont(path, fontNumber=face, lazy=True) as font:
            many = font["maxp"].numGlyphs
            if "glyf" not in font or many - 1 > _HIGHEST:
                return None
            long = font["hhea"].numberOfHMetrics
            raw = np.frombuffer(font.reader["hmtx"], dtype=">u2")
            hmtx = np.empty((many, 2), dtype=">u2")
            hmtx[:long] = raw[: 2 * long].reshape(-1, 2)
            # glyphs after the last that has a width of its own have that one's
            hmtx[long:, 0] = hmtx[long - 1, 0]
            hmtx[long:, 1] = raw[2 * long : long + many]
            tables = {tag: font.reader[tag] for tag in _KEPT if tag in font.reader}
            loca = np.array(font["loca"].locations, dtype=">u4")
            return cls(font.sfntVersion, tables, font.reader["glyf"], loca, hmtx)

    def outline(self, glyph: int) -> bytes:
        """Return a glyph's outline as it is written."""
        return self.glyf[self.loca[glyph] : self.loca[glyph + 1]]

    def closed(self, glyphs: frozenset[int]) -> list[int]:
        """Return glyphs with all their components, in order."""
        found: set[int] = set()
        waiting = set(glyphs)
        while waiting:
            glyph = waiting.pop()
            found.add(glyph)
            waiting.update(part for part in _components(self.outline(glyph)) if part not in found)
        return sorted(found)


def _components(outline: bytes) -> Iterator[int]:
    """Return the numbers of the glyphs that a composite glyph is made of; none of a simple one."""
    if not outline or struct.unpack_from(">h", outline)[0] >= 0:
        return
    at, more = 10, True
    while more:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        yield glyph
        at += 4 + (4 if flags & _WORDS else 2)
        at += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _TWO_BY_TWO else 0
        more = bool(flags & _MORE)


@cache
def _source(path: str, face: int) -> _Source | None:
    return _Source.read(path, face)


@cache
def _reduced(path: str, face: int, glyphs: frozenset[int]) -> bytes:
    source = _source(path, face)
    assert source is not None
    kept = source.closed(glyphs)
    pieces = [outline + bytes(-len(outline) % 4) for outline in map(source.outline, kept)]
    sizes = np.zeros(len(source.loca), dtype=np.int64)
    sizes[np.array(kept) + 1] = [len(piece) for piece in pieces]
    hmtx = np.zeros_like(source.hmtx)
    hmtx[kept] = source.hmtx[kept]
    head, hhea = bytearray(source.tables["head"]), bytearray(source.tables["hhea"])
    struct.pack_into(">h", head, 50, 1)  # long offsets
    struct.pack_into(">H", hhea, 34, len(hmtx))  # a width for each glyph
    tables = {
        **source.tables,
        "head": bytes(head),
        "hhea": bytes(hhea),
        "glyf": b"".join(pieces),
        "loca": np.cumsum(sizes).astype(">u4").tobytes(),
        "hmtx": hmtx.tobytes(),
    }
    made = io.BytesIO()
    writer = SFNTWriter(made, len(tables), source.version)
    for tag, content in sorted(tables.items()):
        writer[tag] = content
    writer.close()
    return made.getvalue()


@dataclass(frozen=True)
class _Part:
    """A reduced font, as matplotlib asks for one."""

    content: bytes
    glyph_index_map: dict[int, int]

    @property
    def font(self) -> _Part:
        return self

    def save(self, file: io.BytesIO, *, reorderTables: bool) -> None:  # noqa: N803  # fontTools' own name
        del reorderTables
        file.write(self.content)


@contextmanager
def _subset(fontfile: Any, glyphs: Iterable[int]) -> Iterator[Any]:
    glyphs = set(glyphs)
    path, face = str(fontfile), int(fontfile.face_index)
    if _source(path, face) is None:
        with _SUBSET_OF_MATPLOTLIB(fontfile, glyphs) as theirs:
            yield theirs
    else:
        yield _Part(reduced(path, face, glyphs), {glyph: glyph for glyph in glyphs})
