"""A drawing as a file: SVG as it was drawn, and PDF and PNG that Typst sets of it.

The SVG without its words becomes a picture in Typst, and each line of its words is set where it stood: Typst shapes and
embeds letters of every script, which it does not do for text in an SVG. `docs/scaling.md` sets it beside other ways.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.canvas.typst_process import Form, fonts_in, typeset
from lnlib.charts.style.typeface import font_folder

DOTS_PER_INCH = 300
_INCH_MM = 25.4
_PAGE = Path(__file__).with_name("figure.typ").read_bytes()
_LINE = re.compile(r'<text style="(?P<style>[^"]*)"(?P<place>[^>]*)>(?P<text>[^<]*)</text>')
_NUMBER = re.compile(r"-?[\d.]+(?:e-?\d+)?")
_SHARES = {"start": 0.0, "middle": 0.5, "end": 1.0}  # of a line's width that lie before its anchor
_PNG_HEAD = 8 + 4 + 4 + 13 + 4  # bytes of a PNG up to the end of its first chunk


def svg(drawing: Drawing, language: str = "en") -> bytes:
    """Return a drawing as SVG; the language is that of its words."""
    del language
    return drawing.svg().encode()


def pdf(drawing: Drawing, language: str = "en") -> bytes:
    """Print a drawing as a tagged PDF of its size, with the glyphs that it uses."""
    return _printed(drawing, language, "pdf")


def png(drawing: Drawing, language: str = "en") -> bytes:
    """Print a drawing as PNG at 300 dots an inch; its name and description are text in it."""
    printed = _printed(drawing, language, "png")
    per_metre = round(DOTS_PER_INCH / _INCH_MM * 1000)
    chunks = [_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))]
    for key, text in (("Title", drawing.title), ("Description", drawing.description)):
        chunks.append(_chunk(b"iTXt", key.encode() + bytes(5) + text.encode()))
    return b"".join([printed[:_PNG_HEAD], *chunks, printed[_PNG_HEAD:]])


def _chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG (PNG specification, W3C, third edition: 5.3)."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def prepare(drawing: Drawing) -> None:
    """Find the fonts of a drawing and read its lines, as printing it does before Typst is used."""
    _Faces.of(_families([_line(match) for match in _LINE.finditer(drawing.content)]))


def _printed(drawing: Drawing, language: str, form: Form) -> bytes:
    lines = [_line(match) for match in _LINE.finditer(drawing.content)]
    faces = _Faces.of(_families(lines))
    for line in lines:
        line["fonts"] = [faces.names[family] for family in line["fonts"]]
    files = {
        "main.typ": _PAGE,
        "figure.svg": _LINE.sub("", drawing.svg()).encode(),
        "lines.json": json.dumps(lines).encode(),
    }
    inputs = {
        "title": drawing.title,
        "description": drawing.description,
        "language": language,
        **{side: f"{getattr(drawing, side):.6f}" for side in ("width", "height", "top")},
    }
    return typeset(files, faces.folder, inputs, form=form, ppi=DOTS_PER_INCH)


def _families(lines: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(family for line in lines for family in line["fonts"]))


def _line(match: re.Match[str]) -> dict[str, Any]:
    """Return a line of text as matplotlib writes it in SVG: what it says, where it is anchored, how it is set."""
    style = dict(entry.split(": ", 1) for entry in match["style"].split("; "))
    # translate(x y) rotate(angle), or x, y and rotate(angle x y); a line that is not turned may have no angle
    x, y, angle = (*(float(number) for number in _NUMBER.findall(match["place"])), 0.0)[:3]
    return {
        "text": html.unescape(match["text"]),
        "x": x,
        "y": y,
        "angle": angle,
        "before": _SHARES[style.get("text-anchor", "start")],
        "size": float(style["font-size"].removesuffix("px")),
        "weight": int(style.get("font-weight", 400)),
        "style": style.get("font-style", "normal"),
        "fill": style.get("fill", "#000000"),
        "opacity": float(style.get("opacity", 1)),
        "fonts": [name.strip("'") for name in style["font-family"].split(", ")],
    }


@dataclass(frozen=True)
class _Faces:
    """The folder of a figure's fonts, and the names that Typst has for their families: it takes the width apart."""

    folder: str
    names: Mapping[str, str]

    @staticmethod
    @cache
    def of(families: tuple[str, ...]) -> _Faces:
        """Find the fonts of families that matplotlib knows."""
        folder, files = font_folder(families)
        known = {font.path: font.family for font in fonts_in(str(folder)).fonts() if font.path}
        return _Faces(str(folder), {family: known[str(file)] for family, file in files.items()})
