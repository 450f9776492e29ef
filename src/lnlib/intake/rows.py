"""Rows of many sheets gathered into the four tables, each with the place it came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.intake.cell_words import is_blank, is_lasting, is_ticked, ticked_on
from lnlib.intake.headers import Meaning, column_of
from lnlib.intake.mapping import ENDED, TITLE, MappingFile
from lnlib.intake.tables import Headed
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale, folded
from lnlib.register.problems import Place, Problem, shortened
from lnlib.register.raw_rows import FilePart, RawRegister, RawTable
from lnlib.register.schema import TABLES, Column

_BETWEEN_PROVINCES = re.compile(r"[;,/\n&+|•·]|\band\b|និង", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[;,\n]"), _BETWEEN_PROVINCES  # a word may hold the second kind, such as `and`
_ITEM = re.compile(r"^\s*(?:[-–•·*]|\(?\d{1,2}[.)])\s*")  # what begins an item of a list
_CODE_AND_NAME = re.compile(r"(\S+)\s+[-–—]?\s*(\S.*)")
_KEPT_AS_THEY_ARE = ("name", "name_km", "note", "source", "quote", "passage")  # `n/a` in them is text
# columns of a mechanism → those of a sheet with one row per partnership
_OF_MECHANISM = {"mechanism": "mechanism", "start": "mechanism_start", "end": "mechanism_end"}
KIND_OF = {"non_state_kind": "non_state", "state_kind": "state"}
_REMARKS = ("note", "source", "quote")  # texts of a sheet that are about a stage where one is given
_OF_RATING = ("rated_by", "evidence")  # what only a stage has
_BESIDE_STAGE = (*_REMARKS, *_OF_RATING)
_MOST_KEPT = 200_000  # different cells remembered


@dataclass(slots=True)
class Record:
    """One row of one of our tables, and where it stands in their file."""

    cells: dict[str, str]
    file: str
    sheet: str
    row: int
    headers: Mapping[str, str]


class Gathered:
    """The four tables while sheets are read into them.

    Parameters
    ----------
    places : Places
        The country's provinces, by which a cell with several of them is recognised.
    mapping : MappingFile
        What was declared of the file.
    """

    def __init__(self, places: Places, mapping: MappingFile, scale: Callable[[], Scale] | None = None) -> None:
        self.places, self.mapping = places, mapping
        self._scale = scale
        self.named: set[str] = set()  # codes of the provinces that cells name, also those of rows that are refused
        self.records: dict[str, list[Record]] = {name: [] for name in TABLES}
        self.columns: dict[str, dict[str, None]] = {name: {} for name in TABLES}
        self.problems: list[Problem] = []
        self.parts: list[FilePart] = []
        self.labels: dict[str, dict[str, str]] = {"actors": {}, "partnerships": {}}
        self.derived: set[str] = set()  # actors that only rows of partnerships name
        self.split: dict[str, list[str]] = {}  # a partnership in several provinces → one key for each
        self.lost: dict[str, dict[str, Place]] = {
            name: {} for name in TABLES
        }  # keys of rows that are refused in reading
        self.left_out: dict[tuple[str, str, str], list[int]] = {}  # file, sheet and rule → rows
        self._clean: dict[tuple[str, str], str] = {}
        # place of a column and a word → rows in which the word stands for nothing, by rule and by the mapping
        self._blanks: dict[tuple[Place, str], dict[int, None]] = {}
        self._emptied: dict[tuple[Place, str], dict[int, None]] = {}
        self._unkept: dict[Place, dict[int, str]] = {}  # place of a column → rows with a text no table has room for

    def add(self, table: str, cells: dict[str, str], source: Headed, row: int, headers: Mapping[str, str]) -> Record:
        """Add a row to a table."""
        record = Record(cells, source.grid.file, source.grid.sheet, row, headers)
        self.records[table].append(record)
        return record

    def lose(self, table: str, source: Headed, number: int, cells: Sequence[str]) -> None:
        """Record the key of a row that is refused in reading, for the rows that refer to it."""
        for at in source.columns.get(TABLES[table].key, ()):
            if at < len(cells):
                self.lost[table].setdefault(cells[at].strip(), source.grid.place.at(number))

    def declare(self, table: str, columns: Sequence[str]) -> None:
        """Record that a table has these columns, so that a missing one is told from an empty one."""
        self.columns[table].update(dict.fromkeys(columns))

    def leave_out(self, source: Headed, row: int, rule: str) -> None:
        """Record a row that a rule leaves out."""
        self.left_out.setdefault((source.grid.file, source.grid.sheet, rule), []).append(row)

    def reject(self, source: Headed, row: int, state: str) -> None:
        """Record a submission that is left out because of its review status."""
        self.leave_out(source, row, f"submissions marked '{state}'; `submissions: all` in a mapping reads them")

    def clean(self, column: str, text: str) -> str:
        """Return a cell as our column writes it: their value as the mapping declares it, a list as we separate it."""
        key = (column, text)
        known = self._clean.get(key)
        if known is None:
            known = self._cleaned(column, text)
            if len(self._clean) < _MOST_KEPT:
                self._clean[key] = known
        return known

    def cell(self, source: Headed, row: int, column: str, at: int, text: str) -> str:
        """Return a cell cleaned, and record where it, or an item of its list, only stood for nothing."""
        clean = self.clean(column, text)
        if emptied := self._declared_empty(column, text):
            for word in emptied:
                self.empty(source, row, at, word)
        elif not clean and text.strip():
            self.blank(source, row, at, text.strip())
        return clean

    def blank(self, source: Headed, row: int, at: int, word: str) -> None:
        """Record a cell whose word stands for an empty one."""
        self._blanks.setdefault((source.place(at), word), {})[row] = None

    def empty(self, source: Headed, row: int, at: int, word: str) -> None:
        """Record a cell that the mapping declares empty."""
        self._emptied.setdefault((source.place(at), word), {})[row] = None

    def leave_remark(self, source: Headed, row: int, at: int, text: str) -> None:
        """Record a text that belongs to no assessment and for which no other table has a column."""
        self._unkept.setdefault(source.place(at), {})[row] = text

    def _declared_empty(self, column: str, text: str) -> list[str]:
        """Return what the mapping declares empty in a cell: all of it, or items of its list."""
        if not self.mapping.declares_empty:
            return []
        if folded(text) in self.mapping.blanks or self.mapping.empties(column, text):
            return [text.strip()]
        declared = column_of(column)
        listing = column == "mechanism" or (declared is not None and declared.holds in ("words", "province"))
        if not listing:
            return []
        items = dict.fromkeys(item.strip() for parts in (*self._lists(text), text.split()) for item in parts)
        return [item for item in items if self.mapping.empties(column, item)]

    def _cleaned(self, column: str, text: str) -> str:
        declared = column_of(column)
        if declared is None:
            return text
        if declared.holds != "text":
            text = text.strip()
        text = self.mapping.value(column, text)
        if folded(text) in self.mapping.blanks or self._stands_for_nothing(declared, text):
            return ""
        if declared.holds == "province":
            return self._province(text)
        return self._words(column, declared.vocabulary, text) if declared.holds == "words" else text

    def _stands_for_nothing(self, declared: Column, text: str) -> bool:
        if declared.name == "end" and is_lasting(text):
            return True
        if declared.name in _KEPT_AS_THEY_ARE or not is_blank(text):
            return False
        return not (declared.vocabulary and _reads(declared.vocabulary, text))

    def _province(self, text: str) -> str:
        # "02 Battambang", as the drop-downs of the template have it
        match = _CODE_AND_NAME.fullmatch(text)
        if match and match[1] in self.places.by_code and self.read_place(match[2]) == match[1]:
            return match[1]
        return text

    def _words(self, column: str, name: str, text: str) -> str:
        if not text or _reads(name, text):
            return text
        for parts in (*self._lists(text), self._options(column, name, text)):
            words = [self.mapping.value(column, part.strip()) for part in parts if part.strip()]
            if words and all(not word or _reads(name, word) for word in words):
                return ";".join(filter(None, words))
        return ";".join(self.mapping.value(column, part.strip()) for part in text.split(";"))

    @staticmethod
    def _lists(text: str) -> Iterator[list[str]]:
        """Yield a text cut at the signs that stand between the items of a list, each without its number or bullet."""
        for between in _BETWEEN_WORDS:
            yield [_ITEM.sub("", part) for part in between.split(text)]

    def mechanisms(self, text: str) -> list[str]:
        """Return the mechanisms that a cell names.

        >>> Gathered(Places.load(), MappingFile()).mechanisms("MoU and joint committee / letter")
        ['MoU', 'joint committee', 'letter']
        """
        named = []
        for part in _BETWEEN_WORDS[0].split(text):
            clean = self.clean("mechanism", part.strip())
            named += [word for one in self._words("mechanism", "mechanism", clean).split(";") if (word := one.strip())]
        return named

    def _options(self, column: str, name: str, text: str) -> list[str]:
        """Split a text of options with spaces between, which may be of several words each; empty where one is unknown."""
        tokens, options = text.split(), []
        while tokens:
            for size in range(len(tokens), 0, -1):
                part = " ".join(tokens[:size])
                if self.mapping.names_value(column, part) or _reads(name, part):
                    options.append(part)
                    tokens = tokens[size:]
                    break
            else:
                return []
        return options

    def read_place(self, text: str) -> str:
        """Return the code of a province, empty where it is none."""
        found = self.places.find(text)
        if not found:
            return ""
        self.named.add(found[0])
        return found[0]

    @cached_property
    def scale(self) -> Scale | None:
        """The scale of the register; none where nothing is read yet."""
        return self._scale() if self._scale else None

    def read_stage(self, text: str) -> str:
        """Return the key of a stage, empty where it is none."""
        found = self.scale.find(text) if self.scale else None
        return found[0] if found else ""

    def provinces(self, text: str) -> list[str]:
        """Split a cell with several provinces; a cell with one, or with none that is known, stays whole.

        >>> Gathered(Places.load(), MappingFile()).provinces("Battambang, Pursat and Takeo")
        ['Battambang', 'Pursat', 'Takeo']
        """
        if not text or self.read_place(text):
            return [text]
        for cut in (_BETWEEN_PROVINCES.split(text), text.split()):
            parts = [self.mapping.value("province", part.strip()) for part in cut if part.strip()]
            known = {self.read_place(part) or part: part for part in parts if part}
            codes = [code for code in known if code in self.places.by_code]
            # words between spaces are provinces only if each is one: a survey tool separates them so
            if len(parts) > 1 and codes and (cut != text.split() or len(codes) == len(known)):
                return list(known.values())
        return [text]

    def canonical(self, column: str, text: str) -> str:
        """Return what a cell of a column reads as, to compare two cells; folded where it cannot be read."""
        declared = column_of(column)
        if declared and declared.holds == "province" and (code := self.read_place(text)):
            return code
        if declared and declared.holds == "date" and (date := PartialDate.find(text)):
            return date.text
        if declared and declared.holds == "word" and (word := vocabulary.find_word(declared.vocabulary, text)):
            return word[0]
        return self.actor(text) or folded(text) if column in ("non_state", "state") else folded(text)

    def partnership(self, key: str) -> list[str]:
        """Return the partnerships a key stands for: one for each province where its cell named several."""
        return self.split.get(key, [key])

    @cached_property
    def actor_keys(self) -> dict[str, str]:
        """Actors by key and, where only one is called so, by name."""
        names: dict[str, set[str]] = {}
        for record in self.records["actors"]:
            key = record.cells.get("actor", "").strip()
            for name in (record.cells.get("name", ""), record.cells.get("name_km", "")):
                if key and name.strip():
                    names.setdefault(folded(name), set()).add(key)
        known = {name: next(iter(keys)) for name, keys in names.items() if len(keys) == 1}
        return known | {key: key for r in self.records["actors"] if (key := r.cells.get("actor", "").strip())}

    def actor(self, text: str) -> str:
        """Return the key of an actor named by its key or its name; empty where neither is known."""
        return self.actor_keys.get(text) or self.actor_keys.get(folded(text), "")

    def close(self) -> None:
        """Add the problems that are counted over a whole sheet: words for empty cells, rows and remarks left out."""
        for place, texts in self._unkept.items():
            rule = "no assessment to belong to, and no such column in another table"
            self.problems += [
                Problem.warning(place.at(row, place.column), f"left out: {rule}", value=shortened(text))
                for row, text in texts.items()
            ]
            self.parts.append(FilePart(place, "", len(texts), "left out", f"{rule}, in {_rows(texts)}"))
        for (place, text), rows in self._blanks.items():
            reason = f"'{shortened(text)}' read as empty in {_rows(rows)}"
            place = place.at(next(iter(rows)), place.column)
            self.problems.append(Problem.warning(place, reason, value=shortened(text)))
        for (place, text), rows in self._emptied.items():
            rule = f"'{shortened(text)}' in {_rows(rows)}, empty by the mapping"
            self.parts.append(FilePart(place, "", len(rows), "left out", rule))
        for (file, sheet, rule), left in self.left_out.items():
            place = Place(file, sheet)
            self.problems += [Problem.warning(place.at(row), f"left out: {rule}") for row in left]
            self.parts.append(FilePart(place, "", len(left), "left out", rule))

    def raw(self, about: Mapping[str, Any], path: Path, title: str) -> RawRegister:
        """Return what was gathered, to be checked."""
        tables = {}
        refusals = {p.place.at(p.row): p for p in reversed(self.problems) if p.severity == "error"}
        for name, table in TABLES.items():
            records = self.records[name]
            columns = [column for column in table.names if column in self.columns[name] or not records]
            frame = pd.DataFrame(
                {c: [r.cells.get(c, "") for r in records] for c in columns}, index=range(len(records)), dtype="str"
            )
            files = np.array([r.file for r in records], dtype=object)
            sheets = np.array([r.sheet for r in records], dtype=object)
            rows = np.array([r.row for r in records], dtype=int)
            headers = [r.headers for r in records] if any(r.headers for r in records) else ()
            tables[name] = RawTable(
                name,
                frame,
                files if records else path.name,
                rows,
                sheets if records else "",
                headers,
                self.labels.get(name, {}),
                frozenset(self.derived if name == "actors" else ()),
                {key: refusals[place] for key, place in self.lost[name].items() if place in refusals},
            )
        return RawRegister(
            {"title": title, **about}, tables, path, tuple(self.problems), tuple(self.parts), frozenset(self.named)
        )


def _rows(rows: Sized) -> str:
    return f"{len(rows):,} row{'s' * (len(rows) > 1)}"


def _reads(name: str, text: str) -> bool:
    return vocabulary.find_word(name, text) is not None


class Row:
    """One row of a grid, its cells by our columns; what is wrong with them is added to the problems.

    Parameters
    ----------
    gathered : Gathered
        Where problems are added.
    source : Headed
        The grid.
    number : int
        The row.
    cells : list of str
        As they stand.
    table : str
        The table it is refused from.
    """

    def __init__(self, gathered: Gathered, source: Headed, number: int, cells: list[str], table: str) -> None:
        self.gathered, self.source, self.number, self.cells, self.table = gathered, source, number, cells, table
        self.refused = False
        self.bad_rounds: set[int] = set()
        self.bad_columns: set[int] = set()
        if source.faulty(number):
            self._add_faults()
        self.ours: dict[str, str] = {}
        if self.refused:
            return
        for column, at in source.columns.items():
            self.ours[column] = self._combined(column, at)
        if ticked := source.of_how("part"):
            self._add_parts(ticked)
        for column, value in source.above.get(number, {}).items():
            self.ours[column] = self.ours.get(column) or value
        # an assumption holds where the file says nothing, and the name of a sheet says something
        named = {"province": source.province, "date": source.period}
        for column, value in gathered.mapping.assume.items():
            if column in KIND_OF or value == TITLE:  # the name of an actor, or the title, says something, too
                continue
            self.ours[column] = self.ours.get(column) or named.get(column) or value

    def error(self, column: str, value: str, reason: str, table: str = "") -> None:
        """Add a problem that refuses what the row gives to a table."""
        problem = self.source.problem("error", self.number, column, shortened(value), reason, "", table or self.table)
        self.gathered.problems.append(problem)

    def warn(self, column: str, value: str, reason: str, table: str = "") -> None:
        """Add what was assumed in reading the row."""
        problem = self.source.problem("warning", self.number, column, shortened(value), reason, "", table)
        self.gathered.problems.append(problem)

    def review(self, column: str, value: str, reason: str) -> None:
        """Add a cell to look at that was not used, because that of another row was kept."""
        problem = self.source.problem("review", self.number, column, shortened(value), reason)
        self.gathered.problems.append(replace(problem, unused=True))

    def _add_faults(self) -> None:
        for fault, what in self.source.faults(self.number):
            header = self._header(fault.column)
            at_round = self.source.round_at(fault.column) if fault.column >= 0 else -1
            single = what is not None and (what.how == "period" or at_round >= 0)
            of = "assessments" if single else "mechanisms" if what and "option" in what.how else self.table
            self.gathered.problems.append(
                self.source.problem(
                    fault.severity,  # type: ignore[arg-type]
                    self.number,
                    header,
                    shortened(fault.value),
                    fault.reason,
                    fault.suggestion,
                    of,
                )
            )
            if fault.severity != "error":
                continue
            if at_round >= 0:
                self.bad_rounds.add(at_round)
            elif single or of == "mechanisms" != self.table:
                self.bad_columns.add(fault.column)
            else:
                self.refused = True

    def _header(self, column: int) -> str:
        headers = self.source.headers
        return headers[column] if 0 <= column < len(headers) else ""

    def _cell(self, column: str, at: int) -> str:
        if at >= len(self.cells):
            return ""
        text = self.cells[at]
        return self.gathered.cell(self.source, self.number, column, at, text) if text else ""

    def _combined(self, column: str, at: Sequence[int]) -> str:
        if len(at) == 1:
            return self._cell(column, at[0])
        held = {one: text for one in at if (text := self._cell(column, one))}
        different: dict[str, str] = {}
        for text in held.values():
            different.setdefault(self.gathered.canonical(column, text), text)
        if len(different) < 2:
            return next(iter(different.values()), "")
        declared = column_of(column)
        if column == "mechanism" or (declared and declared.holds == "words"):
            return ";".join(different.values())
        if declared and declared.holds == "text" and column != "district":
            return "; ".join(different.values())
        names = " and ".join(f"'{self._header(one).strip()}'" for one in held)
        values = " and ".join(f"'{shortened(text)}'" for text in different.values())
        reason = (
            f"columns {names} both mean {column} but differ: {values}; leave one of them out in a mapping (columns)"
        )
        self.error(self._header(at[0]).strip(), " | ".join(different.values()), reason)
        self.refused = True
        return ""

    def _add_parts(self, parts: Sequence[tuple[int, Meaning]]) -> None:
        """Read the columns of a select-multiple; where they hold anything, they stand for the words beside them."""
        read: dict[str, list[str]] = {}
        for at, part in parts:
            cell = self.cells[at].strip() if at < len(self.cells) else ""
            if not cell:
                continue
            words = read.setdefault(part.column, [])
            ticked = self._ticked(at, cell)
            if ticked is None:
                reason = f"'{shortened(cell)}' is neither 1 nor 0, which say whether {part.column} has {part.word}"
                self.error(self._header(at), cell, reason)
                self.refused = True
            elif ticked and (word := self.gathered.mapping.value(part.column, part.word)):
                words.append(word)
            elif ticked:
                self.gathered.empty(self.source, self.number, at, part.word)
        for column, words in read.items():
            self.ours[column] = ";".join(words)

    def _ticked(self, at: int, text: str) -> bool | None:
        """Return whether a cell, read as `text`, ticks an option; None where it says neither. A blank word is recorded."""
        ticked = is_ticked(text)
        if ticked is None and is_blank(text):
            self.gathered.blank(self.source, self.number, at, self.cells[at].strip())
            return False
        return ticked

    def assessments(
        self, common: Mapping[str, str], single: Mapping[str, str] | None = None
    ) -> Iterator[tuple[dict[str, str], Mapping[str, str]]]:
        """Yield the assessments of the row, with the headers of their columns: of its stage, its rounds, its periods.

        `common` holds for all of them, `single` for that of its stage column.
        """
        headers = headers_of(self.source)
        if self._is_rating(self.ours.get("stage", "")):
            own = {
                **common,
                **(single or {}),
                "stage": self.ours["stage"],
                "date": self.ours.get("date", "") or self.source.period,
            }
            if self.has_date(own):
                yield own, headers
        elif given := self._without_stage():
            header = self.source.header("stage")
            self.error(header, " | ".join(given), "the row dates an assessment but gives no stage", "assessments")
        yield from self._rounds(common, headers)
        for at, what in self.source.of_how("period"):
            stage = self._cell("stage", at)
            if at not in self.bad_columns and self._is_rating(stage):
                named = {**headers, "stage": self._header(at).strip()}
                own = {**common, "stage": stage, "date": what.word}
                for other, beside in self.source.of_how("of period"):
                    if beside.word == what.word and (text := self._cell(beside.column, other)):
                        own[beside.column] = text
                        named[beside.column] = self._header(other).strip()
                yield own, named

    def _rounds(
        self, common: Mapping[str, str], headers: Mapping[str, str]
    ) -> Iterator[tuple[dict[str, str], Mapping[str, str]]]:
        """Yield the assessments of the rounds that stand side by side."""
        for number, one in enumerate(self.source.rounds):
            if number in self.bad_rounds:
                continue
            cells = {column: text for column, at in one.items() if (text := self._combined(column, at))}
            if "stage" not in cells:
                if cells and not self._declares_no_stage(one):
                    header = self._header((one.get("stage") or next(iter(one.values())))[0])
                    self.error(header, " | ".join(cells.values()), "the round has no stage", "assessments")
                continue
            if self._is_end(cells["stage"]):
                continue
            named = {**headers} | {column: self._header(at[0]).strip() for column, at in one.items()}
            own = {**common, **cells}
            own["date"] = own.get("date", "") or self.ours.get("date", "") or self.source.period
            if self.has_date(own):
                yield own, named

    def remarks(self) -> Iterator[tuple[str, str, int]]:
        """Yield the texts of the row that no assessment takes: our column, the text, and where it stands (-1: nowhere)."""
        dated = self.ours.get("date") or self.source.period or self.source.has("date")
        if not (dated and self._is_rating(self.ours.get("stage", ""))):
            for column in _REMARKS:
                if text := self.ours.get(column, ""):
                    yield column, text, next(iter(self.source.columns.get(column, ())), -1)
            for column in () if self._rates_beside() else _OF_RATING:
                at = self.source.columns.get(column, ())
                if text := self._combined(column, at):
                    yield column, text, at[0]
        yield from self.remarks_beside()

    def ratings(self) -> Iterator[tuple[str, str]]:
        """Yield the date and the stage of each rating of the row, as they stand; the date may be empty."""
        date = self.ours.get("date", "") or self.source.period
        stages = [(date, self.ours.get("stage", ""))]
        for one in self.source.rounds:
            own = self._first(one, "date") or date
            stages.append((own, self._first(one, "stage")))
        stages += [(what.word, self._cell("stage", at)) for at, what in self.source.of_how("period")]
        yield from ((own, stage) for own, stage in stages if self._is_rating(stage))

    def _first(self, columns: Mapping[str, Sequence[int]], column: str) -> str:
        return next((text for at in columns.get(column, ()) if (text := self._cell(column, at))), "")

    def _rates_beside(self) -> bool:
        """Return whether the row rates a stage in a round or a period."""
        stages = [self._combined("stage", one.get("stage", ())) for one in self.source.rounds]
        return any(
            map(self._is_rating, [*stages, *(self._cell("stage", at) for at, _ in self.source.of_how("period"))])
        )

    def remarks_beside(self) -> Iterator[tuple[str, str, int]]:
        """Yield as `remarks` does what stands beside the stages of rounds and periods; a refused round is listed whole."""
        for number, one in enumerate(self.source.rounds):
            stage = self._combined("stage", one.get("stage", ()))
            unrated = self._is_end(stage) or (not stage and self._declares_no_stage(one))
            if number not in self.bad_rounds and unrated:
                for column in _BESIDE_STAGE:
                    if text := self._combined(column, one.get(column, ())):
                        yield column, text, one[column][0]
        rated = {
            what.word
            for at, what in self.source.of_how("period")
            if at in self.bad_columns or self._is_rating(self._cell("stage", at))
        }
        for at, what in self.source.of_how("of period"):
            if what.column in _BESIDE_STAGE and what.word not in rated and (text := self._cell(what.column, at)):
                yield what.column, text, at

    def _declares_no_stage(self, columns: Mapping[str, Sequence[int]]) -> bool:
        """Return whether a round has a stage that the mapping declares empty, and no other."""
        cells = [cell for at in columns.get("stage", ()) if at < len(self.cells) and (cell := self.cells[at])]
        return bool(cells) and all(self.gathered.mapping.empties("stage", cell) for cell in cells)

    def _is_rating(self, stage: str) -> bool:
        return bool(stage) and not self._is_end(stage)

    def _is_end(self, stage: str) -> bool:
        return stage == ENDED and self.gathered.mapping.names_ends

    def read_end(self) -> None:
        """Read the end of the partnership from the first stage that the mapping reads as one, where no column gives it."""
        if self.refused or not self.gathered.mapping.names_ends:
            return
        source = self.source
        dated = [(at, self.ours.get("date", "") or source.period) for at in source.columns.get("stage", ())]
        for one in source.rounds:
            date = self._combined("date", one["date"]) if "date" in one else ""
            dated += [(at, date or self.ours.get("date", "") or source.period) for at in one.get("stage", ())]
        dated += [(at, what.word) for at, what in source.of_how("period")]
        for at, date in dated:
            if not self._is_end(self._cell("stage", at)):
                continue
            header, cell = self._header(at).strip(), self.cells[at].strip()
            if self.ours.get("end"):
                reason = (
                    f"stage '{shortened(cell)}' read as the end of the partnership, whose date is {self.ours['end']}"
                )
            elif date:
                self.ours["end"] = date
                reason = (
                    f"stage '{shortened(cell)}' read as the end of the partnership on the date of that stage, {date}"
                )
            else:
                reason = (
                    f"stage '{shortened(cell)}' stands for the end of the partnership, and the row gives no date of it"
                )
                self.error(header, cell, reason, "assessments")
                return
            self.warn(header, cell, reason)
            return

    def _without_stage(self) -> list[str]:
        """Return the date that a row gives of an assessment where its cell of the stage is empty, not only blank."""
        at = self.source.columns.get("stage", ())
        if (
            self.source.layout != "sheet"
            or not at
            or any(one < len(self.cells) and self.cells[one].strip() for one in at)
        ):
            return []
        return [text for one in self.source.columns.get("date", ()) if (text := self._cell("date", one))]

    def has_date(self, assessment: Mapping[str, str]) -> bool:
        """Return whether an assessment has a date, or could have one in its sheet; refuse it where none is possible."""
        if assessment["date"] or self.source.has("date"):
            return True
        if "stage" not in assessment:
            reason = "no column gives the stage of the assessment or its date; name a column stage, and one date"
            self.error("stage", "", reason, "assessments")
            return False
        sheet = f", and the sheet's name '{self.source.grid.title}' is no date" * bool(self.source.grid.sheet)
        reason = (
            f"no column gives the date of the assessment{sheet}; name a column date, or use assume: date, in a mapping"
        )
        self.error(self.source.header("stage"), assessment["stage"], reason, "assessments")
        return False

    def mechanisms(self) -> Iterator[tuple[dict[str, str], Mapping[str, str]]]:
        """Yield the mechanisms of a row, with the headers of their columns: those named in a cell, and those ticked."""
        headers = {name: self.source.header(column) for name, column in _OF_MECHANISM.items()}
        words = self.gathered.mechanisms(self.ours.get("mechanism", ""))
        beside = {name: text for name in ("start", "end") if (text := self.ours.get(f"mechanism_{name}", ""))}
        if beside and len(words) != 1:
            header = self.source.header(f"mechanism_{next(iter(beside))}")
            value = " | ".join(beside.values())
            if words:
                self.warn(header, value, f"the date was read for each of the {len(words)} mechanisms", "mechanisms")
            else:
                self.error(header, value, "no mechanism is named that this could be the date of", "mechanisms")
        named: set[str] = set()  # a multiple answer stands in its own cell and in the columns of its options
        for word in words:
            one = {**beside, **_dated(word)}
            found = vocabulary.find_word("mechanism", one["mechanism"])
            named |= {found[0]} if found else set()
            yield one, headers
        dates = {what.word: at for at, what in self.source.of_how("option date")}
        for at, what in self.source.of_how("option"):
            cell = self.cells[at].strip() if at < len(self.cells) else ""
            text = self.gathered.mapping.value("mechanism", cell)
            if cell and not text:
                self.gathered.empty(self.source, self.number, at, cell)
            dated = dates.get(what.word, -1)
            start = self._date_beside(dated)
            if at in self.bad_columns or dated in self.bad_columns:
                continue
            ticked = self._ticked(at, text)
            header = self._header(at).strip()
            own = {**headers, "mechanism": header, "start": self._header(dated).strip() if start else header}
            if ticked is None:
                if _reads("mechanism", text):
                    yield {"mechanism": text, "start": start}, own
                    continue
                if since := self._date_within(header, cell, text):
                    yield {"mechanism": what.word, "start": since}, own
                else:
                    reason = f"{what.word} '{shortened(cell)}' is neither yes, no nor a date"
                    self.error(header, cell, reason, "mechanisms")
            elif (ticked or start) and not (what.word in named and not start):
                if not ticked and cell and not is_blank(cell):
                    self.error(header, cell, f"{what.word} has a date but '{cell}' says no", "mechanisms")
                    continue
                yield {"mechanism": what.word, "start": start}, own

    def _date_beside(self, at: int) -> str:
        """Return the cell with the date of a ticked mechanism; empty where there is none, or a word for an empty one."""
        text = self.cells[at].strip() if 0 <= at < len(self.cells) else ""
        if text and is_blank(text):
            self.gathered.blank(self.source, self.number, at, text)
            return ""
        return text

    def _date_within(self, header: str, cell: str, text: str) -> str:
        """Return the date that a cell, read as `text`, is, or that stands behind its yes; empty where there is none."""
        if PartialDate.find(text):
            return text
        if date := PartialDate.find(ticked_on(text)):
            self.warn(header, cell, f"date '{shortened(cell)}' read as {date.text}", "mechanisms")
            return date.text
        return ""


def _dated(word: str) -> dict[str, str]:
    """Return a mechanism, and its start where a date stands behind its name.

    >>> _dated("MoU (May 2010)"), _dated("MoU")
    ({'mechanism': 'MoU', 'start': '2010-05'}, {'mechanism': 'MoU'})
    """
    words = word.split()
    for first in range(1, len(words)) if re.search(r"\d{4}", word) else ():
        name = " ".join(words[:first]).rstrip(" (,:-–")
        if _reads("mechanism", name) and (date := PartialDate.find(" ".join(words[first:]).strip(" ()"))):
            return {"mechanism": name, "start": date.text}
    return {"mechanism": word}


def headers_of(source: Headed) -> dict[str, str]:
    """Return our columns to their headers, where the two differ."""
    columns = {column: source.headers[at[0]].strip() for column, at in source.columns.items()}
    columns |= {m.column: source.headers[at].strip() for at, m in source.of_how("part") if m.column not in columns}
    return {column: header for column, header in columns.items() if header != column}
