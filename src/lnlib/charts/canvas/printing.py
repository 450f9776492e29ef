"""A recorded figure as a file: SVG with its text as text, PDF with its fonts, PNG at print resolution."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from xml.sax.saxutils import escape

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

from lnlib.charts.canvas.embedding import embedded_lean
from lnlib.charts.canvas.recorded import IMAGES, POINTS, Recording, Replayed

DOTS_PER_INCH = 300
# no filter: a drawing has plain grounds and few colours, which deflate packs better and sooner as they are
_NO_FILTER, _INDEXED, _COLOURS, _EFFORT = 0, 3, 256, 6
_INCH_MM = 25.4


def svg(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as SVG, one image with its name and description for who cannot see it; nothing tells when it was made.

    Its root names `<title>` and `<desc>` by ids that come of the words, so that figures on one page keep theirs apart
    (SVG 2, "Access"; WAI-ARIA, `aria-labelledby` and `aria-describedby`).
    """
    drawn = _saved(recording, "svg", {"Title": title, "Description": description, "Date": None})
    key = f"{zlib.crc32(f'{title} {description}'.encode()):08x}"
    # put in as bytes: to read a whole drawing as XML for it would take longer than to write it
    for written, replacement in (
        ("<svg ", f'<svg role="img" aria-labelledby="title-{key}" aria-describedby="desc-{key}" '),
        ("<title>", f'<title id="title-{key}">'),
        ("</title>", f'</title>\n <desc id="desc-{key}">{escape(description)}</desc>'),
    ):
        drawn = drawn.replace(written.encode(), replacement.encode(), 1)
    return drawn


def pdf(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as PDF, with the glyphs of its fonts that it uses; nothing in it tells when it was made."""
    with embedded_lean():
        return _saved(recording, "pdf", {"Title": title, "Subject": description, "CreationDate": None})


def png(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as PNG at 300 dots an inch."""
    scale = DOTS_PER_INCH / POINTS
    palette, indices = _raster(recording.whole)
    bottom = len(indices) - round(recording.below * scale)
    top = max(bottom - round(recording.height * scale), 0) if recording is not recording.whole else 0
    return png_of(palette, indices[top:bottom], {"Title": title, "Description": description})


def png_of(palette: np.ndarray, indices: np.ndarray, words: Mapping[str, str]) -> bytes:
    """Write a PNG of at most 256 colours, with words about it.

    The format is that of the PNG specification (W3C, third edition): an image header, the resolution, the palette,
    international text, one deflated stream of unfiltered rows.
    """
    rows, columns = indices.shape
    lines = np.empty((rows, 1 + columns), dtype=np.uint8)
    lines[:, 0], lines[:, 1:] = _NO_FILTER, indices
    per_metre = round(DOTS_PER_INCH / _INCH_MM * 1000)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, _INDEXED, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        *((b"iTXt", key.encode("latin-1") + bytes(5) + text.encode()) for key, text in words.items()),
        (b"IDAT", zlib.compress(lines.data, _EFFORT)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


def _raster(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Return a recording as a palette and the colour of each pixel, drawn once."""
    if recording.raster is None:
        scale = DOTS_PER_INCH / POINTS
        renderer = RendererAgg(recording.width * scale, recording.height * scale, DOTS_PER_INCH)
        recording.replay(renderer, DOTS_PER_INCH)
        recording.raster = palette_of(np.asarray(renderer.buffer_rgba()))
    return recording.raster


def palette_of(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most 256 colours (rows of red, green, blue) of opaque pixels, and the number of the colour of each.

    Where there are more, half of them are the most frequent; each other is the one that lies farthest from those chosen
    before it (Gonzalez 1985), so that no colour is changed by much.
    """
    packed = (pixels[..., 0].astype(np.uint32) << 16) | (pixels[..., 1].astype(np.uint32) << 8) | pixels[..., 2]
    flat = packed.ravel()
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])  # runs of one colour: there are far fewer than pixels
    lengths = np.diff(np.r_[starts, flat.size])
    found, number = np.unique(flat[starts], return_inverse=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.int32)
    if len(colours) > _COLOURS:
        frequent = np.argsort(-np.bincount(number, weights=lengths), kind="stable")[: _COLOURS // 2]
        away = np.full(len(colours), np.iinfo(np.int32).max)
        nearest = np.zeros(len(colours), dtype=np.int64)
        chosen = list(frequent)
        for place in range(_COLOURS):
            if place >= len(chosen):
                chosen.append(away.argmax())
            distance = ((colours - colours[chosen[place]]) ** 2).sum(axis=1)
            closer = distance < away
            nearest[closer], away[closer] = place, distance[closer]
        colours, number = colours[chosen], nearest[number]
    return colours, np.repeat(number.astype(np.uint8), lengths).reshape(packed.shape)


def _saved(recording: Recording, form: str, about: Mapping[str, str | None]) -> bytes:
    figure = Replayed(recording)
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=IMAGES, metadata=dict(about))
    return buffer.getvalue()
