"""Holes in the columns of typeset pages: how much of a column is blank between what stands in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from PIL import Image

PPI = 24  # of the pictures that are looked at
ENOUGH = 14.0  # mm of blank that a reader takes for space, and figures hold between their own parts
_MM = PPI / 25.4
_TOP, _FOOT, _MARGIN = 15.0, 280.0, 16.0  # mm, of the text on an A4 page
_BLANK = 250  # of 255: lighter than any ink


def holes(pages: Sequence[bytes]) -> list[float]:
    """Return the heights in mm of the holes on some pages, given as PNG; what is blank at the end of the last is none."""
    return [hole for number, page in enumerate(pages, 1) for hole in _holes_of(page, last=number == len(pages))]


def _holes_of(page: bytes, *, last: bool) -> Iterator[float]:
    with Image.open(io.BytesIO(page)) as opened:
        picture = opened.convert("L")
    middle = picture.width // 2
    edge = round(_MARGIN * _MM)
    top, foot = round(_TOP * _MM), min(round(_FOOT * _MM), picture.height)
    columns = [(edge, middle - 1), (middle + 1, picture.width - edge)]
    ends = [_blank_runs(picture.crop((left, top, right, foot))) for left, right in columns]
    for number, own in enumerate(ends):
        other = ends[1 - number]
        for start, end in own:
            height = (end - start) / _MM
            # both columns of the last page end where nothing follows
            both = any(low <= start + 2 * _MM and end <= high + 2 * _MM for low, high in other)
            if height > ENOUGH and not (last and both):
                yield height


def _blank_runs(column: Image.Image) -> list[tuple[int, int]]:
    """Return the rows from and to which a column is blank."""
    rows = [
        column.crop((0, row, column.width, row + 1)).point(lambda ink: 255 * (ink < _BLANK)).getbbox() is None
        for row in range(column.height)
    ]
    runs, start = [], None
    for row, blank in enumerate([*rows, False]):
        if blank and start is None:
            start = row
        elif not blank and start is not None:
            runs.append((start, row))
            start = None
    return runs
