"""All figures of a pack on one sheet, small, with their numbers: to see at a glance what is there."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from lnlib.editions.edition_folder import Entry, Opened

_ACROSS, _WIDTH, _HEIGHT, _MARGIN, _LABEL = 3, 560, 420, 24, 22  # pixels, but for the first


def contact_sheet(edition: Opened, entries: Sequence[Entry]) -> bytes:
    """Draw the figures of some exhibits on one PNG, in their order; the same exhibits give the same bytes."""
    pictures = [(entry, entry.picture()) for entry in entries if entry.exhibit == "figure" and entry.picture()]
    down = -(-len(pictures) // _ACROSS) or 1
    size = (_MARGIN + _ACROSS * (_WIDTH + _MARGIN), _MARGIN + down * (_HEIGHT + _LABEL + _MARGIN))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for place, (entry, file) in enumerate(pictures):
        left = _MARGIN + place % _ACROSS * (_WIDTH + _MARGIN)
        top = _MARGIN + place // _ACROSS * (_HEIGHT + _LABEL + _MARGIN)
        label = f"{place + 1}  {entry.name}"
        draw.text((left, top), label.encode("ascii", "replace").decode(), fill="black")
        with Image.open(io.BytesIO(edition.read(file))) as picture:
            small = picture.convert("RGB")
            small.thumbnail((_WIDTH, _HEIGHT))
        sheet.paste(small, (left, top + _LABEL))
        draw.rectangle((left - 1, top + _LABEL - 1, left + small.width, top + _LABEL + small.height), outline="#B8B8B8")
    buffer = io.BytesIO()
    sheet.save(buffer, "png", optimize=False)
    return buffer.getvalue()
