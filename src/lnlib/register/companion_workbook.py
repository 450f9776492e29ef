"""The workbook beside the CSV tables of a register's folder: its name, its sheets, its limits, and whether it was edited."""

from __future__ import annotations

import zipfile
from pathlib import Path

BESIDE = "register.xlsx"
MADE_BY = b"<Application>lnlib</Application>"
MOST_ROWS = 1_048_576  # what a sheet can hold
ABOUT_SHEET, PLACES_SHEET = "about", "places"


def was_edited(file: Path) -> bool:
    """Return whether a workbook that lnlib wrote has since been saved by a spreadsheet."""
    try:
        with zipfile.ZipFile(file) as archive:
            return MADE_BY not in archive.read("docProps/app.xml")[:65536]
    except (OSError, zipfile.BadZipFile, KeyError):
        return True
