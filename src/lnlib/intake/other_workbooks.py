"""Workbooks that are not `.xlsx`: `.xls`, `.xlsb` and `.ods`, read with calamine.

These give the last result of a formula without telling that there is one; a remark says so.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lnlib.errors import RegisterError
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, Merge, Progress
from lnlib.register.separated_text import LONGEST_CELL

CALAMINE = (".xls", ".xlsb", ".ods")
LARGEST_FILE = 100 * 1024**2  # bytes; a workbook of 50,000 rows takes about 10 MB
_REMARK = "a workbook of this format does not tell formulas from values; their last results were read"
_ERRORS = frozenset(("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#DATA!"))


def read_other_workbook(file: Path, progress: Progress | None = None) -> list[Grid]:
    """Read all worksheets of an `.xls`, `.xlsb` or `.ods` workbook.

    Raises
    ------
    RegisterError
        It is protected by a password, broken, or beyond a limit.
    """
    import python_calamine as calamine

    try:
        if file.stat().st_size > LARGEST_FILE:
            raise RegisterError(f"{file} is larger than {LARGEST_FILE // 1024**2} MB; save it as .xlsx")
        with calamine.CalamineWorkbook.from_path(str(file)) as book:
            grids = []
            held = 0
            for about in book.sheets_metadata:
                if about.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                hidden = about.visible != calamine.SheetVisibleEnum.Visible
                grid = _grid(file, book.get_sheet_by_name(about.name), hidden=hidden, progress=progress)
                held += sum(len(cells) for cells in grid.cells)
                if held > MOST_CELLS:
                    raise RegisterError(f"{file} has more than {MOST_CELLS:,} cells; split it")
                grids.append(grid)
            return grids
    except OSError as error:
        raise RegisterError(f"{file} cannot be read: {error.strerror or error}") from None
    except calamine.PasswordError:
        raise RegisterError(f"{file} is protected by a password; save it without one") from None
    except calamine.CalamineError as error:
        raise RegisterError(f"{file} is broken or not a workbook: {' '.join(str(error).split())}") from None


def _grid(file: Path, sheet: object, *, hidden: bool, progress: Progress | None) -> Grid:
    title = sheet.name  # type: ignore[attr-defined]
    cells: list[list[str]] = []
    rows: list[int] = []
    faults: dict[int, list[Fault]] = {}
    if (start := sheet.start) is None:  # type: ignore[attr-defined]
        return Grid(file.name, title, [], [], hidden=hidden)
    width = sheet.total_width  # type: ignore[attr-defined]
    if width > MOST_COLUMNS:
        raise RegisterError(f"{file}, sheet {title}, has {width:,} columns; at most {MOST_COLUMNS:,} columns are read")
    left = [""] * start[1]
    for number, line in enumerate(sheet.iter_rows(), start[0] + 1):  # type: ignore[attr-defined]
        texts = left + [_text(at, value, number, faults) for at, value in enumerate(line, start[1])]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            cells.append(texts)
            rows.append(number)
        if progress and len(rows) % 1000 == 0:
            progress(f"reading {title}", len(rows), 0)
    ranges = sheet.merged_cell_ranges or []  # type: ignore[attr-defined]
    merges = tuple(Merge(top + 1, first, bottom + 1, last) for (top, first), (bottom, last) in ranges)
    return Grid(file.name, title, cells, rows, merges, faults, (_REMARK,), hidden=hidden)


def _text(at: int, value: object, row: int, faults: dict[int, list[Fault]]) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    if text == "#N/A":
        faults.setdefault(row, []).append(
            Fault("warning", at, text, "the cell holds #N/A, not available; read as empty")
        )
        return ""
    if text in _ERRORS:
        faults.setdefault(row, []).append(Fault("error", at, text, f"the cell holds the spreadsheet error {text}"))
    elif len(text) > LONGEST_CELL:
        reason = f"the cell holds {len(text):,} characters; at most {LONGEST_CELL:,} are read"
        faults.setdefault(row, []).append(Fault("error", at, text[:200], reason))
        text = text[:200]
    return text
