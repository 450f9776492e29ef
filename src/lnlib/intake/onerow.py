"""Sheets with one row per partnership: its actors by their names, its stage in a column or in a column per period.

A row makes a partnership, its two actors where they are new, an assessment for each stage, and a mechanism for each one
named. The same two actors in the same province are the same partnership on every sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lnlib.intake.headers import kind_told
from lnlib.intake.kobo import note_parent
from lnlib.intake.layouts import Headed
from lnlib.intake.rows import Gathered, Record, Row, headers_of
from lnlib.reference.scales import folded
from lnlib.register.problems import shortened
from lnlib.register.schema import TABLES

# what is assumed, with a warning, where neither a column nor a mapping tells it
ASSUMED_RATER = "unstated"
ASSUMED_KIND = "other_non_state"
_ABOUT = ("district", "sectors", "functions", "start", "end", "end_reason")
_SIDES = {"non_state": "N", "state": "S"}


def remark_rater(gathered: Gathered, found: Headed) -> None:
    """Say of a sheet that nothing in it tells who rated."""
    reason = f"no column says who rated; {ASSUMED_RATER} was assumed; say it in a mapping (assume: rated_by)"
    gathered.problems.append(found.problem("warning", 0, "rated_by", "", reason, "", "assessments"))


class OneRow:
    """Sheets with one row per partnership while they are read, one after the other.

    Parameters
    ----------
    gathered : Gathered
        Where the tables grow.
    """

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.made: dict[tuple[str, ...], Record] = {}  # what tells a partnership → its record
        self.actors: dict[tuple[str, str], str] = {}  # side and folded name → key
        self.used = {record.cells.get("actor", "") for record in gathered.records["actors"]}
        self.keys: set[str] = {record.cells.get("partnership", "") for record in gathered.records["partnerships"]}
        self.places = {record.cells.get("partnership", ""): record for record in gathered.records["partnerships"]}

    def reserve(self, found: Headed) -> None:
        """Note the keys that a sheet gives itself, so that none is made that is there already."""
        at = found.columns().get("partnership", -1)
        if at >= 0:
            self.keys.update(cells[at].strip() for _, cells in found.data if at < len(cells))

    def take(self, found: Headed) -> None:
        """Read one sheet into the tables."""
        gathered, headers = self.gathered, headers_of(found)
        columns = set(found.columns()) | {part.column for _, part in found.of_how("part")}
        periods = [(at, m.word, {**headers, "stage": found.headers[at].strip()}) for at, m in found.of_how("period")]
        told = columns | set(gathered.mapping.assume)
        if ("stage" in columns or periods) and "rated_by" not in told:
            remark_rater(gathered, found)
        if "stage" in columns and "date" not in told and not found.period:
            reason = "no column says when, nor does the name of the sheet; say it in a mapping (assume: date)"
            gathered.problems.append(found.problem("warning", 0, "date", "", reason, "", "assessments"))
        gathered.take("actors", ("actor", "name", "kind", "tier"))
        gathered.take("partnerships", TABLES["partnerships"].names)
        gathered.take("assessments", TABLES["assessments"].names)
        gathered.take("mechanisms", TABLES["mechanisms"].names)
        for number, cells in found.data:
            row = Row(gathered, found, number, cells, "partnerships")
            if row.refused or not self._named(found, row) or not self._kinds_known(found, row):
                continue
            keys = [self._partnership(found, row, province, headers) for province in self._provinces(found, row)]
            note_parent(gathered, found, cells, keys)
            for key in keys:
                self._assessments(found, row, key, headers, periods)
                self._mechanisms(found, row, key, headers)

    def _provinces(self, found: Headed, row: Row) -> list[str]:
        text = row.ours.get("province", "")
        provinces = self.gathered.provinces(text)
        if len(provinces) > 1:
            reason = f"{len(provinces)} provinces in one cell; read as one partnership in each"
            header = found.headers[found.columns()["province"]] if "province" in found.columns() else "province"
            self.gathered.problems.append(found.problem("warning", row.number, header.strip(), shortened(text), reason))
        return provinces

    def _named(self, found: Headed, row: Row) -> bool:
        """Whether the row names both actors, or a partnership that another row has; a total or a footnote does not."""
        empty = [side for side in _SIDES if not row.ours.get(side, "").strip()]
        if not empty or (len(empty) == 2 and self._known(row.ours.get("partnership", ""))):
            return True
        header = found.headers[found.columns()[empty[0]]].strip() if empty[0] in found.columns() else empty[0]
        reason = f"{' and '.join(empty)} may not be empty: a partnership has a non-state and a state actor"
        value = shortened(" | ".join(cell for cell in row.cells if cell.strip()))
        self.gathered.problems.append(found.problem("error", row.number, header, value, reason))
        return False

    def _known(self, given: str) -> bool:
        return any(key in self.places for key in self.gathered.partnership(given))

    def _kinds_known(self, found: Headed, row: Row) -> bool:
        """Settle the kinds of both actors; a state actor whose kind nothing tells refuses the row."""
        for side in _SIDES:
            name, column = row.ours.get(side, ""), f"{side}_kind"
            known = not name.strip() or self.gathered.actor(name) or (side, folded(name)) in self.actors
            if known or row.ours.get(column):
                continue
            header = found.headers[found.columns()[side]].strip() if side in found.columns() else side
            kind = kind_told(name, side) or kind_told(header, side)
            if not kind and side == "state":
                reason = f"the kind of state actor '{shortened(name)}' is told by no column and not by its name"
                hint = "name a column state_kind, or say in a mapping (assume: state_kind)"
                self.gathered.problems.append(
                    found.problem("error", row.number, header, shortened(name), f"{reason}; {hint}")
                )
                return False
            row.ours[column] = kind or ASSUMED_KIND
            how = "by its name or header" if kind else "assumed, as nothing tells it"
            reason = f"kind of '{shortened(name)}' read as {row.ours[column]}, {how}"
            self.gathered.problems.append(
                found.problem("warning", row.number, header, shortened(name), reason, "", "actors")
            )
        return True

    def _actor(self, found: Headed, row: Row, side: str) -> str:
        name = row.ours.get(side, "").strip()
        if not name:
            return ""
        if known := self.gathered.actor(name) or self.actors.get((side, folded(name))):
            return known
        key = self._next(_SIDES[side], self.used, sum(of == side for of, _ in self.actors) + 1)
        self.used.add(key)
        self.actors[side, folded(name)] = key
        cells = {"actor": key, "name": name, "kind": row.ours.get(f"{side}_kind", "")}
        if side == "state":
            cells["tier"] = row.ours.get("tier", "")
        headers = headers_of(found)
        named = {"name": headers.get(side, side), "kind": headers.get(f"{side}_kind", f"{side}_kind")}
        self.gathered.add("actors", cells, found, row.number, {**headers, **named})
        return key

    @staticmethod
    def _next(letter: str, used: set[str], number: int) -> str:
        while f"{letter}{number:03d}" in used:
            number += 1
        return f"{letter}{number:03d}"

    def _partnership(self, found: Headed, row: Row, province: str, headers: Mapping[str, str]) -> str:
        given = row.ours.get("partnership", "")
        code = self.gathered.read_place(province) or folded(province)
        several = len(self.gathered.provinces(row.ours.get("province", ""))) > 1
        if not row.ours.get("non_state", "").strip():
            key = next(key for key in self.gathered.partnership(given) if key in self.places)
            self._fill(found, row, self.places[key], province)
            return key
        sides = (self._actor(found, row, "non_state"), self._actor(found, row, "state"))
        identity: tuple[str, ...] = (given, code if several else "") if given else (*sides, code)
        if known := self.made.get(identity):
            self._fill(found, row, known, province, sides)
            return known.cells["partnership"]
        key = f"{given}-{code}" if given and several else given
        key = key or self._next("P", self.keys, len(self.made) + 1)
        self.keys.add(key)
        cells = {"partnership": key, "non_state": sides[0], "state": sides[1], "province": province}
        cells |= {column: row.ours.get(column, "") for column in _ABOUT}
        if not self._has_stage(found, row):
            cells |= {column: row.ours.get(column, "") for column in ("source", "note")}
        self.made[identity] = self.places[key] = self.gathered.add("partnerships", cells, found, row.number, headers)
        return key

    @staticmethod
    def _has_stage(found: Headed, row: Row) -> bool:
        return bool(row.ours.get("stage")) and not found.of_how("period")

    def _fill(self, found: Headed, row: Row, known: Record, province: str, sides: Sequence[str] = ()) -> None:
        """Fill what an earlier row left empty; where the two differ, the first is kept and the other said."""
        later = {column: row.ours.get(column, "") for column in _ABOUT} | {"province": province}
        later |= dict(zip(("non_state", "state"), sides, strict=False))
        for column, value in later.items():
            first = known.cells.get(column, "")
            same = first == value or (column == "province" and self._same_place(first, value))
            if value and not first:
                known.cells[column] = value
            elif value and not same:
                where = f"row {known.row}" + (f" of sheet {known.sheet}" if known.sheet != found.grid.sheet else "")
                reason = f"{column} differs from '{shortened(first)}' in {where}, which was kept"
                self.gathered.problems.append(found.problem("warning", row.number, column, shortened(value), reason))

    def _same_place(self, one: str, two: str) -> bool:
        return self.gathered.read_place(one) == self.gathered.read_place(two) != ""

    def _assessments(
        self,
        found: Headed,
        row: Row,
        key: str,
        headers: Mapping[str, str],
        periods: Sequence[tuple[int, str, Mapping[str, str]]],
    ) -> None:
        common = {
            "partnership": key,
            "rated_by": row.ours.get("rated_by", ""),
            "evidence": row.ours.get("evidence", ""),
        }
        if "rated_by" not in found.columns():
            common["rated_by"] = common["rated_by"] or ASSUMED_RATER
        if row.ours.get("stage"):
            own = {column: row.ours.get(column, "") for column in ("stage", "source", "quote")}
            own["date"] = row.ours.get("date", "") or found.period
            own["note"] = row.ours.get("note", "")
            self.gathered.add("assessments", common | own, found, row.number, headers)
        for at, period, named in periods:
            text = self.gathered.clean("stage", row.cells[at]) if at < len(row.cells) else ""
            if text and at not in row.bad_periods:
                self.gathered.add("assessments", {**common, "stage": text, "date": period}, found, row.number, named)

    def _mechanisms(self, found: Headed, row: Row, key: str, headers: Mapping[str, str]) -> None:
        for part in re.split(r"[;,\n]", row.ours.get("mechanism", "")):
            if part.strip():
                cells = {"partnership": key, "mechanism": self.gathered.clean("mechanism", part.strip())}
                self.gathered.add("mechanisms", cells, found, row.number, headers)
