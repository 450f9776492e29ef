"""Raw rows to checked tables and a list of problems. A row with an error is refused and listed, never dropped unseen.

Cells are read once for each different text, so that a million rows cost as much as their different cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from lnlib.dates import PartialDate
from lnlib.errors import LnlibError, listed, nearest
from lnlib.places import Places
from lnlib.register import vocabulary
from lnlib.register.problems import Problem, shortened
from lnlib.register.raw import RawRegister, RawTable
from lnlib.register.tables import TABLES, Column, Table
from lnlib.scales import Scale


@dataclass(frozen=True)
class Checked:
    """What a check gives: the accepted rows of each table, every problem, and which rows were refused.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The declared columns; dates with `<column>_first` and `<column>_last` (datetime64) beside the text.
    problems : tuple of Problem
        In order of table and row.
    read, refused : mapping of str to int
        Rows read and rows refused, by table.
    """

    tables: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...]
    read: Mapping[str, int]
    refused: Mapping[str, int]


class _Sheet:
    """One table under check: its typed columns so far, and which rows have an error."""

    def __init__(self, raw: RawTable, table: Table) -> None:
        self.raw, self.table = raw, table
        self.size = len(raw.frame)
        self.bad = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.typed: dict[str, pd.Series] = {}

    def find(
        self, severity: str, rows: np.ndarray, column: str, reason: Callable[[int], str], suggestion: str = ""
    ) -> None:
        """Note a problem in each of the rows; an error refuses them."""
        values = self.raw.frame.get(column)
        for row in rows:
            value = "" if values is None else values.iat[row]
            self.problems.append(self.raw.problem(severity, int(row), column, value, reason(int(row)), suggestion))
        if severity == "error":
            self.bad[rows] = True

    def text(self, column: str) -> pd.Series:
        return self.typed[column]


def check(raw: RawRegister, *, scale: Scale, places: Places) -> Checked:
    """Check all four tables.

    Parameters
    ----------
    raw : RawRegister
        Rows with their places.
    scale : Scale
        The register's scale.
    places : Places
        The country's provinces.

    Returns
    -------
    Checked
        Accepted rows and all problems.
    """
    sheets = {name: _Sheet(raw.tables[name], table) for name, table in TABLES.items()}
    for sheet in sheets.values():
        _check_headers(sheet)
        for column in sheet.table.columns:
            _check_column(sheet, column, scale, places)
        _check_keys(sheet)
        _check_repeats(sheet)
        _check_order(sheet)
    _check_references(sheets["partnerships"], sheets["actors"])
    _check_sides(sheets["partnerships"], sheets["actors"])
    _check_split(sheets["partnerships"], places)
    for name in ("assessments", "mechanisms"):
        _check_references(sheets[name], sheets["partnerships"])
    _check_lives(sheets["assessments"], sheets["partnerships"], "date")
    _check_lives(sheets["mechanisms"], sheets["partnerships"], "start")
    _check_ratings(sheets["assessments"])
    _review_moves(sheets["assessments"], scale)
    _review_names(sheets["actors"])
    return _result(raw, sheets, scale)


def _result(raw: RawRegister, sheets: Mapping[str, _Sheet], scale: Scale) -> Checked:
    tables = {}
    for name, sheet in sheets.items():
        frame = pd.DataFrame(sheet.typed)[~sheet.bad].reset_index(drop=True)
        if "stage" in frame:
            frame["stage"] = frame["stage"].astype(scale.dtype)
        tables[name] = frame
    before = {name: [p for p in raw.problems if p.table == name and p.severity == "error"] for name in sheets}
    found = [problem for sheet in sheets.values() for problem in sheet.problems]
    order = {name: number for number, name in enumerate(TABLES)}
    found.sort(key=lambda p: (order[p.table], p.file, p.sheet, p.row))
    # a row refused in reading never reached its table: it counts as read and as refused here
    lost = {name: len({(p.file, p.sheet, p.row) for p in before[name] if p.row}) for name in sheets}
    return Checked(
        tables,
        (*raw.problems, *found),
        {name: sheet.size + lost[name] for name, sheet in sheets.items()},
        {name: int(sheet.bad.sum()) + lost[name] for name, sheet in sheets.items()},
    )


def _check_headers(sheet: _Sheet) -> None:
    raw, table = sheet.raw, sheet.table
    missing = [name for name in table.required if name not in raw.frame]
    if missing:
        reason = f"column {listed(missing)} is missing; {table.name} has {listed(table.names, most=20)}"
        sheet.problems.append(Problem("error", table.name, raw.whole, "", 1, "", "", reason))
        sheet.bad[:] = True
    for name in raw.frame.columns:
        if name not in table.names:
            match = nearest(name, [other for other in table.names if other not in raw.frame])
            hint = f"; did you mean '{match}'?" if match else ""
            reason = f"column '{shortened(name)}' is not known and was not read{hint}"
            sheet.problems.append(Problem("warning", table.name, raw.whole, "", 1, str(name), "", reason, match or ""))


def _check_column(sheet: _Sheet, column: Column, scale: Scale, places: Places) -> None:
    raw = sheet.raw.frame
    if column.name in raw:
        cells = raw[column.name].astype("str")
    else:
        cells = pd.Series([""] * sheet.size, index=raw.index, dtype="str")
    codes, texts = pd.factorize(cells)
    read = _cell_reader(column, scale, places)
    values, wrong, remarks = _read_each(texts, read)
    if column.required and column.name in raw:
        empty = np.flatnonzero((cells == "").to_numpy())
        sheet.find("error", empty, column.name, lambda _: f"{column.name} may not be empty")
    for code, (reason, suggestion) in wrong.items():
        sheet.find("error", np.flatnonzero(codes == code), column.name, lambda _, r=reason: r, suggestion)  # type: ignore[misc]
    for code, remark in remarks.items():
        rows = np.flatnonzero((codes == code) & ~sheet.bad)
        sheet.find("warning", rows, column.name, lambda _, r=remark: r)  # type: ignore[misc]
    if column.holds == "date":
        canonical = np.array([value.text if value else "" for value in values] or [""], dtype=object)
        firsts = np.array([value.first if value else None for value in values] or [None], dtype="datetime64[us]")
        lasts = np.array([value.last if value else None for value in values] or [None], dtype="datetime64[us]")
        sheet.typed[column.name] = pd.Series(canonical[codes], index=raw.index, dtype="str")
        sheet.typed[f"{column.name}_first"] = pd.Series(firsts[codes], index=raw.index)
        sheet.typed[f"{column.name}_last"] = pd.Series(lasts[codes], index=raw.index)
    elif column.holds == "number":
        numbers = np.array([value or None for value in values] or [None], dtype=object)
        sheet.typed[column.name] = pd.Series(numbers[codes], index=raw.index).astype("Int64")
    else:
        words = np.array([value or "" for value in values] or [""], dtype=object)
        sheet.typed[column.name] = pd.Series(words[codes], index=raw.index, dtype="str")


_Read = Callable[[str], tuple[object, str]]


def _read_each(texts: pd.Index, read: _Read) -> tuple[list, dict[int, tuple[str, str]], dict[int, str]]:
    values: list = []
    wrong: dict[int, tuple[str, str]] = {}
    remarks: dict[int, str] = {}
    for code, text in enumerate(texts):
        value: object = None
        if text != "":
            try:
                value, remark = read(text)
                if remark:
                    remarks[code] = remark
            except LnlibError as error:
                reason = str(error)
                suggestion = reason.split("did you mean '", 1)[1].split("'", 1)[0] if "did you mean '" in reason else ""
                wrong[code] = (reason.replace(text, shortened(text)), suggestion)
        values.append(value)
    return values, wrong, remarks


def _cell_reader(column: Column, scale: Scale, places: Places) -> _Read:
    def stage(text: str) -> tuple[object, str]:
        key, how = scale.read(text)
        return key, "" if how == "key" else f"stage '{text}' read as {key}, by its {how}"

    def province(text: str) -> tuple[object, str]:
        code, how = places.read(text)
        remarks = {"number": "its zero restored", "name": "by its name", "alias": "by another spelling"}
        name = f"{code} ({places.by_code[code].name()})"
        return code, f"province '{text}' read as {name}, {remarks[how]}" if how in remarks else ""

    def date(text: str) -> tuple[object, str]:
        value, remark = PartialDate.read_with_remark(text)
        return value, f"date '{text}' read as {value.text}{', day first' * (remark == 'day first')}" if remark else ""

    def word(text: str) -> tuple[object, str]:
        key, how = vocabulary.read_word(column.vocabulary, text, name=column.name)
        return key, f"{column.name} '{text}' read as {key}" if how == "alias" else ""

    def words(text: str) -> tuple[object, str]:
        read = [word(part.strip()) for part in text.split(";") if part.strip()]
        chosen = {str(key) for key, _ in read}
        return ";".join(w for w in column.allowed if w in chosen), "; ".join(remark for _, remark in read if remark)

    def number(text: str) -> tuple[object, str]:
        plain = text.removesuffix(".0")
        if not re.fullmatch(r"0{0,9}[1-9][0-9]{0,8}", plain):
            raise LnlibError(f"{column.name} '{text}' is not a whole number from 1")
        return int(plain), ""

    def plain(text: str) -> tuple[object, str]:
        return text, ""

    def key(text: str) -> tuple[object, str]:
        return text.strip(), ""

    readers: dict[str, _Read] = {
        "stage": stage,
        "province": province,
        "date": date,
        "word": word,
        "words": words,
        "number": number,
        "key": key,
    }
    return readers.get(column.holds, plain)


def _check_keys(sheet: _Sheet) -> None:
    if not sheet.table.key:
        return
    keys = sheet.text(sheet.table.key)
    again = np.flatnonzero((keys.duplicated() & (keys != "")).to_numpy())
    if not len(again):
        return
    first = {key: position for position, key in reversed(list(enumerate(keys)))}

    def reason(row: int) -> str:
        _, _, at = sheet.raw.place(first[keys.iat[row]])
        return f"{sheet.table.key} '{shortened(keys.iat[row])}' is in row {at} already; a key stands once"

    sheet.find("error", again, sheet.table.key, reason)


def _check_repeats(sheet: _Sheet) -> None:
    if sheet.table.key or sheet.size < 2:
        return
    seen = pd.DataFrame(sheet.typed)[sheet.table.names]
    again = np.flatnonzero(seen.duplicated().to_numpy() & ~sheet.bad)
    sheet.find("error", again, "", lambda _: "the same row stands above already")


def _check_order(sheet: _Sheet) -> None:
    if "end_last" not in sheet.typed:
        return
    late = (sheet.typed["start_first"] > sheet.typed["end_last"]).to_numpy() & ~sheet.bad
    start = sheet.typed["start"]
    sheet.find("error", np.flatnonzero(late), "end", lambda row: f"it ends before its start, {start.iat[row]}")


def _check_references(sheet: _Sheet, target: _Sheet) -> None:
    known = target.text(target.table.key)
    accepted = set(known[~target.bad])
    refused = set(known[target.bad]) - accepted
    for column in sheet.table.columns:
        if column.refers_to != target.table.name:
            continue
        cells = sheet.text(column.name)
        codes, texts = pd.factorize(cells)
        for code, text in enumerate(texts):
            if text == "" or text in accepted:
                continue
            match = None
            if text in refused:
                reason = f"{target.table.key} '{shortened(text)}' was refused in {target.raw.whole}"
            else:
                match = nearest(text, list(accepted)) if len(accepted) <= 5000 else None
                hint = f"; did you mean '{match}'?" if match else ""
                reason = f"{target.table.key} '{shortened(text)}' is not in {target.raw.whole}{hint}"
            sheet.find("error", np.flatnonzero(codes == code), column.name, lambda _, r=reason: r, match or "")  # type: ignore[misc]


def _check_sides(partnerships: _Sheet, actors: _Sheet) -> None:
    kinds = dict(zip(actors.text("actor"), actors.text("kind"), strict=True))
    for column in ("non_state", "state"):
        cells = partnerships.text(column)
        for actor in pd.unique(cells):
            kind = kinds.get(actor, "")
            if kind and vocabulary.side_of(kind) != column:
                rows = np.flatnonzero((cells == actor).to_numpy())
                words = column.replace("_", "-")
                reason = f"actor '{shortened(actor)}' is of kind {kind}, which is not a {words} actor"
                partnerships.find("error", rows, column, lambda _, r=reason: r)  # type: ignore[misc]


def _check_split(partnerships: _Sheet, places: Places) -> None:
    provinces, districts = partnerships.text("province"), partnerships.text("district")
    for daughter in places.places:
        if not daughter.split_from or daughter.since is None:
            continue
        split = np.datetime64(daughter.since.last)
        before = (partnerships.typed["start_first"] <= split).to_numpy()
        mother = (provinces == daughter.split_from).to_numpy() & ~partnerships.bad
        name = places.by_code[daughter.split_from].name()
        vague = np.flatnonzero(mother & before & (districts == "").to_numpy())
        reason = (
            f"no district: a record of {name} from before {daughter.since.text} cannot be told from "
            f"{daughter.name()}; the two will be shown together"
        )
        partnerships.find("review", vague, "district", lambda _, r=reason: r)  # type: ignore[misc]
        moved = districts.map({d: places.moved(daughter.split_from, d) == daughter.code for d in pd.unique(districts)})
        after = mother & ~before & moved.to_numpy(dtype=bool) & partnerships.typed["start_first"].notna().to_numpy()
        reason = f"since {daughter.since.text} this district is in {daughter.name()} ({daughter.code})"
        partnerships.find("review", np.flatnonzero(after), "district", lambda _, r=reason: r)  # type: ignore[misc]


def _check_lives(sheet: _Sheet, partnerships: _Sheet, column: str) -> None:
    lives = (
        pd.DataFrame(
            {
                "partnership": partnerships.text("partnership"),
                "born": partnerships.typed["start_first"],
                "start": partnerships.text("start"),
                "died": partnerships.typed["end_last"],
                "end": partnerships.text("end"),
            }
        )[~partnerships.bad]
        .drop_duplicates("partnership")
        .set_index("partnership")
    )
    own = lives.reindex(sheet.text("partnership").to_numpy()).reset_index(drop=True)
    early = (sheet.typed[f"{column}_last"].reset_index(drop=True) < own["born"]).to_numpy() & ~sheet.bad
    late = (sheet.typed[f"{column}_first"].reset_index(drop=True) > own["died"]).to_numpy() & ~sheet.bad
    cells = sheet.text(column)
    sheet.find(
        "error",
        np.flatnonzero(early),
        column,
        lambda row: f"{column} '{cells.iat[row]}' is before the partnership's start, {own['start'].iat[row]}",
    )
    sheet.find(
        "error",
        np.flatnonzero(late),
        column,
        lambda row: f"{column} '{cells.iat[row]}' is after the partnership's end, {own['end'].iat[row]}",
    )


def _check_ratings(assessments: _Sheet) -> None:
    frame = pd.DataFrame(
        {name: assessments.typed[name] for name in ("partnership", "date", "step", "stage", "rated_by")}
    )
    frame["exact"] = assessments.typed["date_first"] == assessments.typed["date_last"]
    frame = frame[~assessments.bad]
    same = ["partnership", "date", "step", "rated_by"]
    # sorted groups would cost most of the time at a million rows; only the repeated ones are looked at
    frame = frame[frame.duplicated(same, keep=False)]
    for _, group in frame.groupby(same, sort=False, dropna=False):
        if group["stage"].nunique() < 2:
            continue
        severity = "error" if group["exact"].all() else "review"
        rows = ", ".join(str(assessments.raw.place(row)[2]) for row in group.index)
        reason = f"rows {rows} give different stages by the same rater on one date ({listed(group['stage'])})"
        assessments.find(severity, group.index.to_numpy(), "stage", lambda _, r=reason: r)  # type: ignore[misc]


def _review_moves(assessments: _Sheet, scale: Scale) -> None:
    frame = pd.DataFrame({name: assessments.typed[name] for name in ("partnership", "rated_by", "date_first", "step")})
    frame["level"] = pd.Categorical(assessments.typed["stage"], dtype=scale.dtype).codes
    frame = frame[~assessments.bad].sort_values(["partnership", "rated_by", "date_first", "step"], kind="stable")
    follows = (
        (frame["partnership"] == frame["partnership"].shift()) & (frame["rated_by"] == frame["rated_by"].shift())
    ).to_numpy()
    level = frame["level"].to_numpy().astype(int)
    before = np.r_[0, level[:-1]] if len(level) else level
    jump, down = follows & (level - before > 1), follows & (level < before)
    cases = ((jump, "jumps over a stage, from {} to {}, in one assessment"), (down, "goes back, from {} to {}"))
    for moved, words in cases:
        positions = np.flatnonzero(moved)
        reasons = {
            int(frame.index[p]): words.format(scale.keys[before[p]], scale.keys[level[p]]) for p in positions.tolist()
        }
        assessments.find("review", np.array(list(reasons), dtype=int), "stage", lambda row, r=reasons: r[row])  # type: ignore[misc]


def _review_names(actors: _Sheet) -> None:
    names = [
        (row, name.strip()) for row, name in enumerate(actors.text("name")) if name.strip() and not actors.bad[row]
    ]
    if len(names) > 3000:
        return
    for position, (row, name) in enumerate(names):
        others = [other for _, other in names[:position]]
        match = near_name(name, others)
        if match:
            twin = actors.raw.place(names[others.index(match)][0])[2]
            reason = (
                f"'{shortened(name)}' is much like '{shortened(match)}' in row {twin}; the same actor? (not merged)"
            )
            actors.find("review", np.array([row]), "name", lambda _, r=reason: r, match)  # type: ignore[misc]


def near_name(name: str, others: list[str]) -> str | None:
    """Give the name among others that is so like this one that both may be the same actor."""
    plain = name.casefold()
    for other in others:
        match = SequenceMatcher(None, plain, other.casefold(), autojunk=False)
        digits = [c for c in plain if c.isdigit()] == [c for c in other if c.isdigit()]
        if digits and match.real_quick_ratio() > 0.92 and match.quick_ratio() > 0.92 and match.ratio() > 0.92:
            return other
    return None
