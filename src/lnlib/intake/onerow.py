"""Sheets with one row per partnership: its actors by their names, its stage in a column or in a column per period.

A row makes a partnership, its two actors where they are new, an assessment for each stage, and a mechanism for each one
named; its comment and source belong to the assessment, or to the partnership where the row rates no stage. The same two
actors in the same province and district are the same partnership on every sheet, unless two rows of a sheet differ in its
start or in a rating of one date; a row without a province belongs to the only partnership of its two actors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lnlib.intake.cell_words import is_blank, is_ditto, is_no_name, is_total, totalled
from lnlib.intake.headers import kind_in
from lnlib.intake.joined_rows import JoinedRows
from lnlib.intake.kobo import Parents
from lnlib.intake.rows import Gathered, Record, Row, headers_of
from lnlib.intake.tables import Headed
from lnlib.reference.scales import folded
from lnlib.register.doubtful_rows import like_names
from lnlib.register.problems import shortened
from lnlib.register.schema import TABLES

# what is assumed, with a warning, where neither a column nor a mapping tells it
ASSUMED_RATER = "unstated"
ASSUMED_KIND = "other_non_state"
_ABOUT = ("district", "sectors", "functions", "start", "end", "end_reason")
_SIDES = {"non_state": "N", "state": "S"}
_SIDE_WORDS = {"non_state": "non-state", "state": "state"}
_WITH_ACRONYM = re.compile(r"(?P<name>.+?)\s*\((?P<acronym>[A-Z][A-Za-z&.-]{1,9})\)")
_Pair = tuple[str, str]


def warn_of_rater(gathered: Gathered, source: Headed, rows: Sequence[int] = ()) -> None:
    """Add the warning that no column of a sheet says who rated, or that rows leave it open."""
    what, first = "no column says", 0
    if rows and source.has("rated_by"):
        what, first = f"{len(rows):,} rows do not say" if len(rows) > 1 else "the row does not say", rows[0]
    reason = f"{what} who rated; {ASSUMED_RATER} was assumed; use assume: rated_by in a mapping"
    header = source.header("rated_by")
    gathered.problems.append(source.problem("warning", first, header, "", reason, "", "assessments"))


def next_key(letter: str, used: set[str], number: int) -> str:
    """Return the first key of a letter and a number, from `number`, that is not used; it is used from now on."""
    while (key := f"{letter}{number:03d}") in used:
        number += 1
    used.add(key)
    return key


class OneRow:
    """Sheets with one row per partnership while they are read, one after the other.

    Parameters
    ----------
    gathered : Gathered
        Where the tables grow.
    parents : Parents
        Where the rows are recorded for the repeat groups of an export.
    """

    def __init__(self, gathered: Gathered, parents: Parents) -> None:
        self.gathered, self.parents = gathered, parents
        self.made: dict[tuple[str, ...], list[Record]] = {}  # a key, or two actors and a province → the partnerships
        self.joined = JoinedRows(gathered)
        self.districts: dict[tuple[str, str, str], dict[str, str]] = {}  # two actors and a province → folded → district
        self.actors: dict[_Pair, str] = {}  # side and folded name → key
        self.remarks: dict[_Pair, list[str]] = {}  # partnership and column → the texts kept with it
        self.placeless: set[str] = set()  # partnerships without a province
        self.counts = dict.fromkeys(_SIDES, 0)  # actors made, by side
        self.used = {record.cells.get("actor", "") for record in gathered.records["actors"]}
        self.keys: set[str] = {record.cells.get("partnership", "") for record in gathered.records["partnerships"]}
        self.places = {record.cells.get("partnership", ""): record for record in gathered.records["partnerships"]}
        # side, and a folded acronym or a name without it → the full names with it
        self.full_names: dict[_Pair, set[str]] = {}
        for record in gathered.records["actors"]:
            for side in _SIDES:
                self._note_acronym(side, record.cells.get("name", ""))
        self.spelled: dict[str, str] = {}  # what identifies an actor → a name of it
        self.partners: dict[tuple[int, str], dict[str, None]] = {}  # side and actor → its partners in some province
        self.pairs: dict[tuple[int, str], dict[_Pair, _Pair]] = {}  # side and actor → its pairs, with their names
        self.alike: dict[_Pair, tuple[str, str] | None] = {}  # a pair in no province → the side and name it nearly is
        self.provinces: dict[_Pair, dict[str, str]] = {}  # two actors → codes of their provinces, with a text of each
        for record in gathered.records["partnerships"]:
            cells = record.cells
            pair, province = (cells.get("non_state", ""), cells.get("state", "")), cells.get("province", "")
            code = gathered.read_place(province) or folded(province)
            self.made.setdefault((*pair, code), []).append(record)
            self._note(pair, province)
            self._note_district(pair, code, cells.get("district", ""))
            self._note_pair(pair, pair)

    def reserve(self, source: Headed) -> None:
        """Record the keys that a sheet gives itself, and in which provinces two actors have partnerships."""
        gathered = self.gathered
        if at := source.columns.get("partnership"):
            self.keys.update(cells[at[0]].strip() for _, cells in source.data if at[0] < len(cells))
        for side in _SIDES:
            for column in source.columns.get(side, ()):
                for name in dict.fromkeys(source.filled(column)):
                    self._note_acronym(side, gathered.clean(side, name))
        for number, cells in source.data:
            texts = {
                column: next((gathered.clean(column, cells[one]) for one in at if one < len(cells) and cells[one]), "")
                for column in ("non_state", "state", "province", "district")
                if (at := source.columns.get(column))
            }
            names = (texts.get("non_state", ""), texts.get("state", ""))
            pair = (self._identity(names[0]), self._identity(names[1]))
            self._note_pair(pair, names)
            above = source.above.get(number, {}).get("province", "")
            for province in gathered.provinces(texts.get("province") or above or source.province):
                self._note(pair, province, names)
                code = gathered.read_place(province) or folded(province)
                self._note_district(pair, code, texts.get("district", ""))

    def _note_acronym(self, side: str, name: str) -> None:
        if found := _WITH_ACRONYM.fullmatch(name.strip()):
            initials = iter("".join(word[0] for word in re.findall(r"\w+", found["name"])).casefold())
            if all(letter in initials for letter in found["acronym"].casefold() if letter.isalpha()):
                for short in (found["name"], found["acronym"]):
                    self.full_names.setdefault((side, folded(short)), set()).add(name.strip())

    def _write_in_full(self, row: Row) -> bool:
        """Write out names that are acronyms of another row's, or lack its acronym; refuse the row where two have it."""
        for side in _SIDES:
            name = row.ours.get(side, "").strip()
            full = sorted(self.full_names.get((side, folded(name)), ()))
            if not full or self.gathered.actor(name) or self._mapped(row, side):
                continue
            header, names = row.source.header(side), " or ".join(f"'{shortened(one)}'" for one in full)
            if len({folded(one) for one in full}) > 1:
                row.error(header, name, f"'{shortened(name)}' may be {names}; write out which")
                return False
            row.ours[side] = full[0]
            row.warn(header, name, f"'{shortened(name)}' read as {names}", "actors")
        return True

    def _note(self, pair: _Pair, province: str, names: Sequence[str] = ()) -> None:
        if province and all(pair):
            for at, (identity, name) in enumerate(zip(pair, names or pair, strict=True)):
                self.spelled.setdefault(identity, name)
                self.partners.setdefault((at, identity), {})[pair[1 - at]] = None
            code = self.gathered.read_place(province) or folded(province)
            self.provinces.setdefault(pair, {}).setdefault(code, province)

    def _note_district(self, pair: _Pair, code: str, district: str) -> None:
        if district:
            self.districts.setdefault((*pair, code), {}).setdefault(folded(district), district)

    def _note_pair(self, pair: _Pair, names: _Pair) -> None:
        if all(pair) and not any(is_total(name) or is_no_name(name) or is_ditto(name) for name in names):
            for side, identity in enumerate(pair):
                self.pairs.setdefault((side, identity), {}).setdefault(pair, names)

    def _add_partner(self, row: Row) -> bool:
        """Add the actor for which a sheet has no column, where the other one has a single partner; refuse it otherwise."""
        names = [row.ours.get(side, "").strip() for side in _SIDES]
        at = 0 if names[0] else 1
        if all(names) or not any(names) or row.source.has(list(_SIDES)[1 - at]) or row.ours.get("partnership"):
            return True
        given, lacking = list(_SIDES)[at], list(_SIDES)[1 - at]
        known = self.pairs.get((at, self._identity(names[at])), {})
        partners = " and ".join(f"'{shortened(self._label(pair[1 - at]))}'" for pair in known.values())
        header, word = row.source.header(given), _SIDE_WORDS[lacking]
        if len(known) > 1:
            row.error(header, names[at], f"no {word} actor, and this one has partnerships with {partners}; name one")
        elif known:
            row.ours[lacking] = next(iter(known.values()))[1 - at]
            row.warn(header, names[at], f"no {word} actor; read as the only partner of this one, {partners}")
        return len(known) < 2

    def _label(self, name: str) -> str:
        """Return the name of an actor that may be given by its key."""
        label = self.gathered.labels["actors"].get(name, "").strip("'")
        named = (r.cells.get("name", "") for r in self.gathered.records["actors"] if r.cells.get("actor") == name)
        return label or next(named, "") or name

    def _identity(self, name: str) -> str:
        return self.gathered.actor(name) or folded(name)

    def read(self, source: Headed) -> None:
        """Read one sheet into the tables."""
        gathered, headers = self.gathered, headers_of(source)
        staged = source.has("stage") or bool(source.of_how("period"))
        if staged and not source.has("rated_by") and "rated_by" not in gathered.mapping.assume:
            warn_of_rater(gathered, source)
        gathered.declare("actors", ("actor", "name", "kind", "tier"))
        gathered.declare("partnerships", TABLES["partnerships"].names)
        gathered.declare("assessments", TABLES["assessments"].names)
        gathered.declare("mechanisms", TABLES["mechanisms"].names)
        placeless: list[int] = []
        unrated: list[int] = []
        for number, cells in source.data:
            if self._is_left_out(source, number, cells):
                continue
            row = Row(gathered, source, number, cells, "partnerships")
            row.read_end()
            keys = self._partnerships(row, headers)
            self.joined.add(row, keys)
            self.parents.add(source, number, cells, keys)
            placeless += [number for key in keys if key in self.placeless]
            self._keep_remarks(row, keys)
            for key in keys:
                common = {
                    "partnership": key,
                    "rated_by": row.ours.get("rated_by", ""),
                    "evidence": row.ours.get("evidence", ""),
                }
                common["rated_by"] = common["rated_by"] or ASSUMED_RATER
                single = {column: row.ours.get(column, "") for column in ("source", "quote", "note")}
                for assessment, named in row.assessments(common, single):
                    gathered.add("assessments", assessment, source, number, named)
                    if assessment["rated_by"] == ASSUMED_RATER and not row.ours.get("rated_by"):
                        unrated.append(number)
                for mechanism, named in row.mechanisms():
                    one = {"partnership": key, **mechanism}
                    gathered.add("mechanisms", one, source, number, {**headers, **named})
        if unrated and source.has("rated_by"):
            warn_of_rater(gathered, source, unrated)
        if placeless and source.has("province"):
            for number in placeless:
                reason = "the row gives no province; it was left empty, not taken from the row above"
                gathered.problems.append(source.problem("warning", number, source.header("province"), "", reason))
        elif placeless:
            rows = f"{len(placeless):,} row{'s' * (len(placeless) > 1)}"
            reason = f"no column, sub-heading, title or sheet name gives the province of {rows}; it was left empty"
            gathered.problems.append(source.problem("warning", 0, "province", "", reason))

    def _is_left_out(self, source: Headed, number: int, cells: Sequence[str]) -> bool:
        """Return whether a row was rejected by its review or holds totals, and record it; nothing in it is refused."""
        if (state := source.rejected(cells)) and self.gathered.mapping.submissions != "all":
            self.gathered.reject(source, number, state)
            self.parents.add(source, number, cells, [], state)
            return True
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        sides = [(side, at) for side in _SIDES for at in source.columns.get(side, ()) if at < len(cells)]
        names = [first, *(self.gathered.clean(side, cells[at]).strip() for side, at in sides)]
        total = next((name for name in names if name and self._totals(name)), "")
        if total:
            self.gathered.leave_out(source, number, f"the row of '{shortened(total)}' holds totals")
            self.parents.add(source, number, cells, [])
        return bool(total)

    def _totals(self, name: str) -> bool:
        return is_total(name) or bool((place := totalled(name)) and self.gathered.read_place(place))

    def _partnerships(self, row: Row, headers: Mapping[str, str]) -> list[str]:
        """Return the keys of the partnerships that a row is about; none where it is refused."""
        provinces = [] if row.refused or not self._actors_known(row) else self._provinces_of(row)
        known = bool(provinces) and self._kinds_known(row)
        several = len(provinces) > 1
        keys = [self._partnership(row, province, headers, several=several) for province in provinces if known]
        if not any(keys):
            self.gathered.lose("partnerships", row.source, row.number, row.cells)
        return [key for key in keys if key]

    def _actors_known(self, row: Row) -> bool:
        return self._add_partner(row) and self._named(row) and self._write_in_full(row)

    def _provinces_of(self, row: Row) -> list[str]:
        text = row.ours.get("province", "") or row.source.province
        header = row.source.header("province")
        if not text and not row.ours.get("partnership"):
            pair = (self._identity(row.ours.get("non_state", "")), self._identity(row.ours.get("state", "")))
            known = self.provinces.get(pair, {})
            names = " and ".join(f"'{shortened(self._place_name(name))}'" for name in known.values())
            if len(known) > 1:
                row.error(header, "", f"no province, and these two actors have partnerships in {names}; name one")
                return []
            if known and (heading := row.source.unplaced.get(row.number)):
                at, words = heading
                reason = f"no province: the row stands below '{shortened(words)}' (row {at}), which names none"
                row.error(header, "", f"{reason}; these two actors have a partnership in {names}")
                return []
            if near := self._nearly(row, pair):
                side, match = near
                name = row.ours.get(side, "").strip()
                reason = f"no province, and no row with one pairs '{shortened(name)}' with this actor"
                row.error(row.source.header(side), name, f"{reason}; did you mean '{shortened(match)}'?")
                return []
            if known:
                row.warn(header, "", f"no province; read as the only partnership of these two actors, in {names}")
                return list(known.values())
        provinces = self.gathered.provinces(text)
        if len(provinces) > 1:
            row.warn(header, text, f"{len(provinces)} provinces in one cell; read as one partnership in each")
        return provinces

    def _place_name(self, province: str) -> str:
        """Return the name of a province that a sub-heading or the name of a sheet gave by its code."""
        known = self.gathered.places.by_code.get(province)
        return known.name() if known else province

    def _nearly(self, row: Row, pair: _Pair) -> tuple[str, str] | None:
        """Return the side on which a pair without a partnership is nearly one that has some, and the name that has."""
        if pair in self.provinces:
            return None
        if pair not in self.alike:
            self.alike[pair] = None
            for at, side in enumerate(_SIDES):
                names = [self.spelled[other] for other in self.partners.get((1 - at, pair[1 - at]), ())]
                alike = dict(like_names([*names, row.ours.get(side, "")]))
                if len(names) in alike:
                    self.alike[pair] = (side, names[alike[len(names)]])
                    break
        return self.alike[pair]

    def _named(self, row: Row) -> bool:
        """Return whether the row names both actors, or a partnership that another row has; refuse it otherwise."""
        empty = []
        for side in _SIDES:
            name = row.ours.get(side, "").strip()
            if is_ditto(name):
                row.error(
                    row.source.header(side),
                    name,
                    f"'{name}' stands for the row above; write out the {_SIDE_WORDS[side]} actor",
                )
                return False
            if name and is_no_name(name) and not self.gathered.actor(name) and not self._mapped(row, side):
                row.error(
                    row.source.header(side), name, f"'{shortened(name)}' does not name one {_SIDE_WORDS[side]} actor"
                )
                return False
            if not name:
                empty.append(side)
        if not empty or (len(empty) == 2 and self._known(row.ours.get("partnership", ""))):
            return True
        reason = f"{' and '.join(empty)} may not be empty: a partnership has a non-state and a state actor"
        cells = [cell for at in row.source.columns.get(empty[0], ()) if at < len(row.cells) and (cell := row.cells[at])]
        if any(cell.strip() and is_blank(cell) for cell in cells):
            reason = f"'{shortened(cells[0])}' names no {_SIDE_WORDS[empty[0]]} actor; {reason}"
        value = " | ".join(cell for cell in row.cells if cell.strip())
        row.error(row.source.header(empty[0]), value, reason)
        return False

    def _mapped(self, row: Row, side: str) -> bool:
        cells = [row.cells[at] for at in row.source.columns.get(side, ()) if at < len(row.cells)]
        return any(self.gathered.mapping.names_value(side, cell) for cell in cells)

    def _known(self, given: str) -> bool:
        return any(key in self.places for key in self.gathered.partnership(given))

    def _kinds_known(self, row: Row) -> bool:
        """Settle the kinds of both actors; a state actor whose kind nothing tells refuses the row."""
        for side in _SIDES:
            name, column = row.ours.get(side, ""), f"{side}_kind"
            known = not name.strip() or self.gathered.actor(name) or (side, folded(name)) in self.actors
            if known or row.ours.get(column):
                continue
            header, mapping = row.source.header(side), self.gathered.mapping
            if declared := mapping.kind(name):
                row.ours[column] = declared
                continue
            kind = kind_in(name, side) or kind_in(header, side)
            if (assumed := mapping.assume.get(column, "")) and kind in ("", assumed):
                row.ours[column] = assumed
                continue
            if not kind and side == "state":
                reason = f"no column gives the kind of state actor '{shortened(name)}', nor does its name"
                hint = "name a column state_kind, or use kinds or assume, in a mapping"
                row.error(header, name, f"{reason}; {hint}")
                return False
            row.ours[column] = kind or ASSUMED_KIND
            how = "by its name or header" if kind else "assumed, as nothing tells it"
            row.warn(header, name, f"kind of '{shortened(name)}' read as {row.ours[column]}, {how}", "actors")
        return True

    def _actor(self, row: Row, side: str) -> str:
        name = row.ours.get(side, "").strip()
        if not name:
            return ""
        if known := self.gathered.actor(name) or self.actors.get((side, folded(name))):
            return known
        key = next_key(_SIDES[side], self.used, self.counts[side] + 1)
        self.counts[side] += 1
        self.actors[side, folded(name)] = key
        self.gathered.labels["actors"][key] = f"'{shortened(name)}'"
        self.gathered.derived.add(key)
        cells = {"actor": key, "name": name, "kind": row.ours.get(f"{side}_kind", "")}
        if side == "state":
            cells["tier"] = row.ours.get("tier", "")
        named = {"name": row.source.header(side), "kind": row.source.header(f"{side}_kind")}
        self.gathered.add("actors", cells, row.source, row.number, {**headers_of(row.source), **named})
        return key

    def _partnership(self, row: Row, province: str, headers: Mapping[str, str], *, several: bool) -> str:
        """Return the key of the partnership of a row in one province; empty where it contradicts the key it gives, or names no district."""
        given = row.ours.get("partnership", "")
        code = self.gathered.read_place(province) or folded(province)
        if not row.ours.get("non_state", "").strip():
            key = next(key for key in self.gathered.partnership(given) if key in self.places)
            return self._repeated(row, self.places[key], province)
        keyed = (given, code if several else "")
        if given and keyed in self.made:
            return self._repeated(row, self.made[keyed][0], province)
        sides = (self._actor(row, "non_state"), self._actor(row, "state"))
        identity: tuple[str, ...] = keyed if given else (*sides, code)
        records = self.made.get(identity, [])
        same = records if given else self._in_district(row, records, code)
        if same is None:
            return ""
        if known := same[0] if given and same else self.joined.likeliest(row, same):
            return self._repeated(row, known, province)
        key = f"{given}-{code}" if given and several else given
        if not key:
            key = next_key("P", self.keys, len(self.made) + 1)
            names = [shortened(row.ours[side].strip()) for side in _SIDES]
            self.gathered.labels["partnerships"][key] = f"'{names[0]}' with '{names[1]}'"
        self.keys.add(key)
        cells = {"partnership": key, "non_state": sides[0], "state": sides[1], "province": province}
        cells |= {column: row.ours.get(column, "") for column in _ABOUT}
        record = self.gathered.add("partnerships", cells, row.source, row.number, headers)
        self.made.setdefault(identity, []).append(record)
        self.places[key] = record
        self.placeless |= set() if province else {key}
        return key

    def _in_district(self, row: Row, records: Sequence[Record], code: str) -> list[Record] | None:
        """Return those of the partnerships of two actors in a province that are in the row's district.

        A row without a district is in the only one; where there are several, it is refused, and nothing returned.
        """
        pair = (self._identity(row.ours["non_state"]), self._identity(row.ours["state"]))
        own = row.ours.get("district", "")
        self._note_district(pair, code, own)
        districts = self.districts.get((*pair, code), {})
        if len(districts) < 2:
            return list(records)
        same = [record for record in records if folded(record.cells.get("district", "")) == folded(own)]
        header = row.source.header("district")
        if not own and not same:
            names = " and ".join(f"'{shortened(name)}'" for name in districts.values())
            row.error(header, "", f"no district, and these two actors have partnerships in {names}; name one")
            return None
        for near in records if not same else ():
            if like_names([near.cells.get("district", ""), own]):
                first = shortened(near.cells["district"])
                row.warn(header, own, f"nearly '{first}' of {self._row_of(near, row)}; read as another partnership")
                break
        return same

    def _keep_remarks(self, row: Row, keys: Sequence[str]) -> None:
        """Add to the partnerships of a row the texts that no assessment takes, each text once."""
        for column, text, at in row.remarks() if keys else ():
            if column not in TABLES["partnerships"].names:
                if at >= 0:
                    self.gathered.leave_remark(row.source, row.number, at, text)
                continue
            for key in keys:
                cells = self.places[key].cells
                held = cells.get(column, "")
                texts = self.remarks.setdefault((key, column), [held] if held else [])
                if text not in texts:
                    texts.append(text)
                    cells[column] = "; ".join(texts)

    def _repeated(self, row: Row, known: Record, province: str) -> str:
        """Fill what the first row of a partnership left empty and return its key; refuse a row that names another one."""
        differing = list(self._contradictions(row, known, province))
        if differing:
            key, (column, _, value) = row.ours["partnership"], differing[0]
            other = ", and ".join(
                f"{name} is '{shortened(first)}', not '{shortened(own)}'" for name, first, own in differing
            )
            reason = (
                f"key '{shortened(key)}' is that of {self._row_of(known, row)}, where {other}; write another key if this is "
                "another partnership, or correct the row that is wrong"
            )
            row.error(row.source.header(column), value, reason)
            return ""
        self._fill(row, known, province)
        return known.cells["partnership"]

    def _contradictions(self, row: Row, known: Record, province: str) -> Iterator[tuple[str, str, str]]:
        """Yield what identifies a partnership and is another one in a row: column, the first value, the row's value."""
        for side in _SIDES:
            first, name = self._label(known.cells.get(side, "")), row.ours.get(side, "").strip()
            if first and name and not self._is_actor(known.cells[side], side, name) and not like_names([first, name]):
                yield side, first, name
        first = known.cells.get("province", "")
        codes = {self.gathered.read_place(first), self.gathered.read_place(province)}
        if len(codes) == 2 and "" not in codes:
            yield "province", self._place_name(first), self._place_name(province)

    def _is_actor(self, key: str, side: str, name: str) -> bool:
        return key in (self.gathered.actor(name) or self.actors.get((side, folded(name))), name)

    @staticmethod
    def _row_of(known: Record, row: Row) -> str:
        return f"row {known.row}" + f" of sheet {known.sheet}" * (known.sheet != row.source.grid.sheet)

    def _fill(self, row: Row, known: Record, province: str) -> None:
        """Fill what an earlier row left empty; where the two differ, keep the first and flag the other for review."""
        later = {column: row.ours.get(column, "") for column in _ABOUT} | {"province": province}
        for column, value in later.items():
            first = known.cells.get(column, "")
            if value and not first:
                known.cells[column] = value
            elif value and first != value and not self._same(column, first, value):
                self._review(row, known, column, first, value)
        for side in _SIDES:
            key, name = known.cells.get(side, ""), row.ours.get(side, "").strip()
            if name and not self._is_actor(key, side, name):
                self._review(row, known, side, self._label(key), name)

    def _review(self, row: Row, known: Record, column: str, first: str, value: str) -> None:
        reason = f"{column} differs from '{shortened(first)}' in {self._row_of(known, row)}, which was kept"
        row.review(row.source.header(column), value, reason)

    def _same(self, column: str, one: str, two: str) -> bool:
        return column == "province" and self.gathered.read_place(one) == self.gathered.read_place(two) != ""
