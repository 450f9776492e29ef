"""Rows that may be about one partnership: what tells two of the same two actors apart, and which rows were joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lnlib.intake.rows import Gathered, Record, Row
from lnlib.reference.dates import PartialDate
from lnlib.register.problems import Place, shortened
from lnlib.register.raw_rows import FilePart

_MOST_JOINED = 5  # partnerships of several rows that are printed; account.csv lists all


@dataclass(frozen=True)
class ReadRow:
    """What a row says of its partnership that another row of it may contradict.

    Parameters
    ----------
    place : Place
        File and sheet.
    number : int
        The row.
    start : str
        Of the partnership, as it stands; empty where the row gives none.
    ratings : dict of tuple to tuple
        Who rated, and the date, to the stage as it reads and as it stands; without those that are no stage of the scale.
    """

    place: Place
    number: int
    start: str
    ratings: dict[tuple[str, str], tuple[str, str]]

    @classmethod
    def of(cls, row: Row) -> ReadRow:
        """Return what a row says."""
        read = row.gathered.canonical
        rater = read("rated_by", row.ours.get("rated_by", ""))
        stages = ((date, row.gathered.read_stage(stage), stage) for date, stage in row.ratings() if date)
        ratings = {(rater, read("date", date)): (key, stage) for date, key, stage in stages if key}
        return cls(row.source.grid.place, row.number, row.ours.get("start", "").strip(), ratings)

    def contradicts(self, other: ReadRow) -> Iterator[tuple[str, str, str]]:
        """Yield what differs from another row of the sheet: our column, what stands here, and what there."""
        if self.place != other.place:
            return
        if self.starts_with(other) is False:
            yield "start", self.start, other.start
        for rating, (key, stage) in self.ratings.items():
            theirs, there = other.ratings.get(rating, (key, stage))
            if theirs != key:
                yield "stage", f"{stage} ({rating[1]})", f"{there} ({rating[1]})"

    def starts_with(self, other: ReadRow) -> bool | None:
        """Return whether both may have started on one day; None where either gives no start."""
        if not (self.start and other.start):
            return None
        one, two = PartialDate.find(self.start), PartialDate.find(other.start)
        if one and two:
            return one.first <= two.last and two.first <= one.last
        return self.start == other.start


class JoinedRows:
    """The rows of every partnership while they are read.

    Parameters
    ----------
    gathered : Gathered
        Where the account of them goes.
    """

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.rows: dict[str, list[ReadRow]] = {}  # by partnership

    def add(self, row: Row, keys: Iterable[str]) -> None:
        """Record that a row without a key of its own is about partnerships."""
        if row.ours.get("partnership"):
            return
        own = ReadRow.of(row)
        for key in keys:
            self.rows.setdefault(key, []).append(own)

    def likeliest(self, row: Row, candidates: Sequence[Record]) -> Record | None:
        """Return the partnership that a row continues, with a warning where it contradicts each; None for another one.

        Of several, it is one with the same start, or one that may be the same, and one that is not yet rated at a date of
        the row.
        """
        if not candidates:
            return None
        own = ReadRow.of(row)
        known = [(record, self.rows.get(record.cells["partnership"], [])) for record in candidates]
        possible = [(record, rows) for record, rows in known if not any(any(own.contradicts(other)) for other in rows)]
        if possible:
            return min(possible, key=lambda one: self._distance(own, one[1]))[0]
        other, (column, here, there) = next((one, what) for one in known[0][1] for what in own.contradicts(one))
        reason = (
            f"{column} is '{shortened(there)}' in row {other.number}, of the same two actors and place; read as another "
            "partnership; give both rows one key in a column partnership if they are one"
        )
        row.warn(row.source.header(column), shortened(here), reason)
        return None

    @staticmethod
    def _distance(own: ReadRow, rows: Sequence[ReadRow]) -> tuple[bool, bool, bool]:
        same = bool(own.start) and any(own.start == other.start for other in rows)
        near = any(own.starts_with(other) for other in rows)
        return not same, not near, any(own.ratings.keys() & other.ratings.keys() for other in rows)

    def close(self) -> None:
        """Add to the account which rows were joined into one partnership, where any were."""
        places = {row.place: None for rows in self.rows.values() for row in rows}
        numbers = {(row.place, row.number) for rows in self.rows.values() for row in rows}
        joined = [rows for rows in self.rows.values() if len(rows) > 1]
        if not joined:
            return
        first = next(iter(places))
        place = first if len(places) == 1 else Place(first.file)
        partnerships = f"{len(self.rows):,} partnership{'s' * (len(self.rows) > 1)}"
        counted = FilePart(place, "", len(numbers), "joined", f"{len(numbers):,} rows, {partnerships}")
        groups = [FilePart(place, "", len(rows), "joined", _named(rows, one_sheet=len(places) == 1)) for rows in joined]
        self.gathered.parts += [counted, *groups]


def joined_words(parts: Iterable[FilePart]) -> list[str]:
    """Return which rows were joined, as a sentence; none where none were.

    >>> what = ["5 rows, 3 partnerships", "rows 2 and 4", "rows 3 and 6"]
    >>> joined_words(FilePart(Place("a.xlsx"), "", 2, "joined", one) for one in what)
    ['5 rows, 3 partnerships: rows 2 and 4, 3 and 6 were joined']
    """
    counted, *groups = [part.what for part in parts if part.status == "joined"] or [""]
    if not groups:
        return []
    more = len(groups) - _MOST_JOINED
    named = ", ".join([groups[0], *(group.removeprefix("rows ") for group in groups[1:_MOST_JOINED])])
    tail = f", and those of {more:,} more partnership{'s' * (more > 1)}" * (more > 0)
    return [f"{counted}: {named}{tail} were joined"]


def _named(rows: Sequence[ReadRow], *, one_sheet: bool) -> str:
    """Return the rows of a partnership as a list: `rows 2, 4 and 7`, or each with its sheet."""
    numbers = [str(r.number) if one_sheet else f"row {r.number} of {r.place.sheet or r.place.file}" for r in rows]
    return "rows " * one_sheet + f"{', '.join(numbers[:-1])} and {numbers[-1]}"
