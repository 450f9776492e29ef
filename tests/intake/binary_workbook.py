"""A binary workbook (.xlsb) of texts and numbers, written record by record as [MS-XLSB] gives them.

No library writes this format; what is written here is the least that a reader of it needs.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

_ROW, _NUMBER, _TEXT = 0, 5, 6  # BrtRowHdr, BrtCellReal, BrtCellSt
_SHEET, _END_SHEET = 129, 130
_BOOK, _END_BOOK = 131, 132
_SHEETS, _END_SHEETS = 143, 144
_DATA, _END_DATA = 145, 146
_DIMENSION, _BUNDLE = 148, 156
_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""
_RELATION = (
    '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
)


def _record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(data)
    while True:
        left, low = left >> 7, left & 0x7F
        size += bytes([low | (0x80 if left else 0)])
        if not left:
            return head + size + data


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _sheet(rows: Sequence[Sequence[object]]) -> bytes:
    widest = max(map(len, rows))
    parts = [_record(_SHEET), _record(_DIMENSION, struct.pack("<4I", 0, len(rows) - 1, 0, widest - 1)), _record(_DATA)]
    for row, cells in enumerate(rows):
        parts.append(_record(_ROW, struct.pack("<2I2HBI", row, 0, 300, 0, 0, 0)))
        for column, value in enumerate(cells):
            place = struct.pack("<2I", column, 0)
            if isinstance(value, int | float):
                parts.append(_record(_NUMBER, place + struct.pack("<d", value)))
            elif value is not None:
                parts.append(_record(_TEXT, place + _text(str(value))))
    return b"".join((*parts, _record(_END_DATA), _record(_END_SHEET)))


def write(file: Path, sheets: dict[str, Sequence[Sequence[object]]], *, hidden: Sequence[str] = ()) -> Path:
    """Write sheets of texts and numbers."""
    bundles = [
        _record(_BUNDLE, struct.pack("<2I", int(title in hidden), number) + _text(f"rId{number}") + _text(title))
        for number, title in enumerate(sheets, 1)
    ]
    book = b"".join((_record(_BOOK), _record(_SHEETS), *bundles, _record(_END_SHEETS), _record(_END_BOOK)))
    relations = "".join(
        _RELATION.format(f"rId{number}", "worksheet", f"worksheets/sheet{number}.bin")
        for number in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels", _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "xl/workbook.bin"))
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", _RELATIONS.format(relations))
        for number, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", _sheet(rows))
    return file
