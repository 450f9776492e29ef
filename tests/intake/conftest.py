"""Workbooks made by hand for one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from lnlib.intake import import_account

WITH_WORKBOOK = ("test_import_account.py", "test_cases.py", "test_fuzz.py")
Book = Callable[..., Path]


@pytest.fixture(autouse=True)
def without_workbook(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write no workbook beside what is imported, which takes a third of the time, where no test reads it."""
    if request.path.name not in WITH_WORKBOOK:
        monkeypatch.setattr(import_account, "write_beside", lambda *_: False)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a workbook of these rows by sheet, with merged ranges by sheet and number formats by (sheet, cell)."""

    def write(
        sheets: Mapping[str, Sequence[Sequence[object]]],
        *,
        merges: Mapping[str, Sequence[str]] | None = None,
        formats: Mapping[tuple[str, str], str] | None = None,
        name: str = "book.xlsx",
    ) -> Path:
        made = Workbook()
        made.remove(made.active)
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            for merge in (merges or {}).get(title, ()):
                sheet.merge_cells(merge)
        for (title, cell), code in (formats or {}).items():
            made[title][cell].number_format = code
        made.save(tmp_path / name)
        return tmp_path / name

    return write
