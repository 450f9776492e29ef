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
_NO_FILTER, _EFFORT = 0, 3
_INCH_MM = 25.4


def svg(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as SVG, one image with its name and description for who cannot see it; nothing tells when it was made.

    Its root names `<title>` and `<desc>` by ids that come of the words, so that figures on one page keep theirs apart
    (SVG 2, "Access"; WAI-ARIA, `aria-labelledby` and `aria-describedby`).
    """
    drawn = _saved(recording, "svg", {"Title": title, "Description": description, "Date": None})
    key = f"{zlib.crc32(f'{title} {description}'.encode()):08x}"
    # put in as bytes: to read a whole drawing as XML for it would take longer than to write it
    for written, told in (
        ("<svg ", f'<svg role="img" aria-labelledby="title-{key}" aria-describedby="desc-{key}" '),
        ("<title>", f'<title id="title-{key}">'),
        ("</title>", f'</title>\n <desc id="desc-{key}">{escape(description)}</desc>'),
    ):
        drawn = drawn.replace(written.encode(), told.encode(), 1)
    return drawn


def pdf(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as PDF, with the glyphs of its fonts that it uses; nothing in it tells when it was made."""
    with embedded_lean():
        return _saved(recording, "pdf", {"Title": title, "Subject": description, "CreationDate": None})


def png(recording: Recording, *, title: str, description: str) -> bytes:
    """Print it as PNG at 300 dots an inch."""
    scale = DOTS_PER_INCH / POINTS
    renderer = RendererAgg(recording.width * scale, recording.height * scale, DOTS_PER_INCH)
    recording.replay(renderer, DOTS_PER_INCH)
    return png_of(np.asarray(renderer.buffer_rgba()), {"Title": title, "Description": description})


def png_of(pixels: np.ndarray, words: Mapping[str, str]) -> bytes:
    """Write pixels (rows, columns, RGBA) as a PNG with words about it; without its transparency where it has none.

    The format is that of the PNG specification (W3C, third edition): an image header, the resolution, international
    text, one deflated stream of unfiltered rows.
    """
    opaque = bool((pixels[..., 3] == 255).all())
    rows, columns, channels = *pixels.shape[:2], 3 if opaque else 4
    lines = np.empty((rows, 1 + columns * channels), dtype=np.uint8)
    lines[:, 0] = _NO_FILTER
    for channel in range(channels):
        lines[:, 1 + channel :: channels] = pixels[..., channel]
    per_metre = round(DOTS_PER_INCH / _INCH_MM * 1000)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2 if opaque else 6, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        *((b"iTXt", key.encode("latin-1") + bytes(5) + text.encode()) for key, text in words.items()),
        (b"IDAT", zlib.compress(lines.data, _EFFORT)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


def _saved(recording: Recording, form: str, about: Mapping[str, str | None]) -> bytes:
    figure = Replayed(recording)
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=IMAGES, metadata=dict(about))
    return buffer.getvalue()
