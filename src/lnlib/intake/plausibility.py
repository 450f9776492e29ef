"""What is not wrong in a file but does not fit: dates out of order, rounds that go backwards, totals that do not add up."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from lnlib.intake.cell_words import is_total
from lnlib.intake.headers import SHEET, column_of
from lnlib.intake.tables import Headed
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded
from lnlib.register.problems import Problem, shortened

FEWEST_IN_ORDER = 6  # dates of a column that tell its order
MOST_OUT_OF_ORDER = 10  # of 100 dates; more have no order


def review(table: Headed) -> Iterator[Problem]:
    """Yield what should be looked at in a table, each at its row."""
    for at, what in enumerate(table.meanings):
        declared = column_of(what.column) if what and what.whole else None
        if declared and declared.holds == "date":
            yield from _out_of_order(table, at)
    yield from _backwards(table)
    yield from _totals(table)


def _dates(table: Headed, at: int) -> list[tuple[int, str, PartialDate]]:
    cells_of = [(number, cells[at].strip()) for number, cells in table.data if at < len(cells)]
    return [(number, cell, date) for number, cell in cells_of if (date := PartialDate.find(cell))]


def _out_of_order(table: Headed, at: int) -> Iterator[Problem]:
    """Yield the few dates that break the order which all others of a column keep."""
    dates = _dates(table, at)
    if len(dates) < FEWEST_IN_ORDER or len({date for _, _, date in dates}) < FEWEST_IN_ORDER:
        return
    days = [date.first.toordinal() for _, _, date in dates]
    kept = _longest_ascending(days)
    if not 0 < len(days) - len(kept) <= max(1, MOST_OUT_OF_ORDER * len(days) // 100):
        return
    inside = set(kept)
    for position in (position for position in range(len(days)) if position not in inside):
        number, text, _ = dates[position]
        before = next((dates[one] for one in reversed(kept) if one < position), None)
        after = next((dates[one] for one in kept if one > position), None)
        between = " and ".join(f"'{shortened(one[1])}' (row {one[0]})" for one in (before, after) if one)
        reason = f"date '{shortened(text)}' is out of order: the column ascends otherwise; it stands beside {between}"
        yield table.problem("review", number, table.headers[at].strip(), shortened(text), reason)


def _longest_ascending(days: Sequence[int]) -> list[int]:
    """Return the positions of a longest part of a sequence that does not descend.

    >>> _longest_ascending([1, 2, 9, 3, 3])
    [0, 1, 3, 4]
    """
    ends: list[int] = []  # the least last value of an ascending part of each length
    at: list[int] = []
    before: list[int] = []
    for position, day in enumerate(days):
        length = bisect_right(ends, day)
        ends[length : length + 1] = [day]
        at[length : length + 1] = [position]
        before.append(at[length - 1] if length else -1)
    position = at[-1] if at else -1
    kept = []
    while position >= 0:
        kept.append(position)
        position = before[position]
    return kept[::-1]


def _backwards(table: Headed) -> Iterator[Problem]:
    """Yield the rows in which a later round of assessment has an earlier date."""
    dated = [one["date"][0] for one in table.rounds if "date" in one]
    if len(dated) < 2 or dated != sorted(dated):
        return
    columns = [{number: (text, date) for number, text, date in _dates(table, at)} for at in dated]
    for number, _ in table.data:
        there = [(at, *column[number]) for at, column in zip(dated, columns, strict=True) if number in column]
        for (first, earlier, one), (second, later, two) in pairwise(there):
            if two.last < one.first:
                names = f"'{table.headers[second].strip()}', {shortened(later)}, is before"
                reason = f"{names} '{table.headers[first].strip()}', {shortened(earlier)}"
                yield table.problem("review", number, table.headers[second].strip(), later, reason, "", "assessments")


def _totals(table: Headed) -> Iterator[Problem]:
    """Yield the totals that neither count nor sum up the rows above them."""
    if table.layout != SHEET:
        return
    above: list[list[str]] = []
    since = 0
    for number, cells in table.data:
        names = [cell.strip() for cell in cells if cell.strip()]
        total = next((name for name in names if is_total(name)), "")
        if not total:
            above.append(cells)
            continue
        for at, cell in enumerate(cells):
            stated = re.search(r"\d+", cell) if cell.strip() == total else re.fullmatch(r"\d+(\.0+)?", cell.strip())
            if stated and not _adds_up(int(float(stated[0])), at, above, since):
                rows = f"{len(above):,} row{'s' * (len(above) != 1)}"
                reason = f"the total of {stated[0]} is neither the number nor the sum of the {rows} above it"
                yield table.problem("review", number, table.headers[at].strip(), cell.strip(), reason)
        since = len(above)


def _adds_up(stated: int, at: int, above: Sequence[Sequence[str]], since: int) -> bool:
    """Return whether a total counts or sums the rows above it, or those since the last total."""
    for rows in (above, above[since:]):
        cells = [cells[at].strip() if at < len(cells) else "" for cells in rows]
        numbers = [float(cell) for cell in cells if re.fullmatch(r"-?\d+(\.\d+)?", cell)]
        if numbers and sum(numbers) == stated:
            return True
        columns = [[folded(cell) for cell in column if cell.strip()] for column in zip_longest(*rows, fillvalue="")]
        counts = {len(rows), *(count for column in columns for count in (len(column), len(set(column))))}
        if stated in counts:
            return True
    return False
