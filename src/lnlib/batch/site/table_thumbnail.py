"""A small picture of a table: a bar for each cell, as long as its text, in the colour of the stage that it names."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import quote

_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(td|th)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ROWS, _COLUMNS, _LETTERS = 9, 4, 24  # that are drawn, the letters of a full cell
_WIDE, _HIGH = 112, 88


def table_thumbnail(table: str, colours: Mapping[str, str]) -> str:
    """Draw the first rows and columns of a table as an SVG, and return the address that holds it; empty of no table.

    Parameters
    ----------
    table : str
        Its HTML.
    colours : mapping of str to str
        The colour of each stage, by the stage's label.
    """
    rows = [_CELL.findall(row) for row in _ROW.findall(table)]
    columns = min(max((len(row) for row in rows), default=0), _COLUMNS)
    if not columns:
        return ""
    wide, high = _WIDE / columns, _HIGH / (_ROWS + 1)
    bars = []
    for place, row in enumerate(rows[: _ROWS + 1]):
        for column, (kind, cell) in enumerate(row[:columns]):
            text = html.unescape(_TAG.sub("", cell)).strip()
            length = min(len(text), _LETTERS) / _LETTERS * (wide - 6)
            fill = colours.get(text, "#1d1b18" if kind == "th" else "#9a948a")
            bars.append(
                f'<rect x="{3 + column * wide:.1f}" y="{place * high + high * 0.3:.1f}" width="{length:.1f}" '
                f'height="{high * 0.4:.1f}" fill="{fill}"/>'
            )
    rule = f'<path d="M3 {high:.1f}H{_WIDE - 3}" stroke="#1d1b18"/>'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}">{rule}{"".join(bars)}</svg>'
    return f"data:image/svg+xml,{quote(drawn)}"
