"""Day first or month first: one order per column of dates, declared or proved by its own cells."""

from __future__ import annotations

import re

from lnlib.intake.grids import Fault
from lnlib.intake.headers import column_of
from lnlib.intake.mapping import ORDERS, MappingFile
from lnlib.intake.tables import Headed
from lnlib.register.problems import shortened

_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:\s.*)?")
DAY_FIRST, MONTH_FIRST = ORDERS


def read_in_order(table: Headed, mapping: MappingFile) -> None:
    """Rewrite the dates of columns in month-first order as year, month and day.

    A column is month first where the mapping says so, or where a cell cannot be read otherwise and none contradicts it.
    Where cells prove both orders, those that could be either are left as they are and refused.
    """
    for at, what in enumerate(table.meanings):
        declared = column_of(what.column) if what and what.whole else None
        if declared is not None and declared.holds == "date":
            _read_column(table, at, mapping.order(table.headers[at]))


def _read_column(table: Headed, at: int, order: str) -> None:
    dates = [
        (position, number, match)
        for position, (number, cells) in enumerate(table.data)
        if at < len(cells) and (match := _NUMBERS.fullmatch(cells[at].strip()))
    ]
    proofs = {
        name: [number for _, number, match in dates if int(match[late]) > 12 >= int(match[early])]
        for name, late, early in ((DAY_FIRST, 1, 3), (MONTH_FIRST, 3, 1))
    }
    if not order and not proofs[MONTH_FIRST]:
        return
    header = table.headers[at].strip()
    if not order and proofs[DAY_FIRST]:
        reason = (
            f"day or month first: row {proofs[DAY_FIRST][0]} proves day first, row {proofs[MONTH_FIRST][0]} month first; "
            "declare the order in a mapping (dates)"
        )
        for position, number, match in dates:
            if int(match[1]) <= 12 and int(match[3]) <= 12 and match[1] != match[3]:
                table.refuse(number, Fault("error", at, match[0], f"date '{match[0]}' may be {reason}"))
            elif number in proofs[MONTH_FIRST]:
                _rewrite(table, position, at, match)
        return
    if order == DAY_FIRST or (not order and not proofs[MONTH_FIRST]):
        return
    why = "as the mapping declares" if order else f"as row {proofs[MONTH_FIRST][0]} proves"
    for position, number, match in dates:
        if int(match[1]) > 12:
            continue  # not a date in this order; the check names it
        text = _rewrite(table, position, at, match)
        if not order:
            reason = f"date '{shortened(match[0])}' read as {text}, month first, {why}"
            table.problems.append(table.problem("warning", number, header, match[0], reason))


def _rewrite(table: Headed, position: int, at: int, match: re.Match[str]) -> str:
    """Replace a date in month-first order by the same date in our order, and return it."""
    number, cells = table.data[position]
    text = f"{match[4]}-{int(match[1]):02d}-{int(match[3]):02d}"
    table.data[position] = (number, [*cells[:at], text, *cells[at + 1 :]])
    return text
