"""The lines of the paths chart read out: what became of each partnership, and of all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lnlib.charts.style.time_axis import is_order, number, when
from lnlib.words import Words

QUARTER_DAYS = 92
DESCRIBED_ONE_BY_ONE = 8


@dataclass(frozen=True)
class Mark:
    """An assessment or mechanism: when (a number to draw at), what, and whether its date is known to a quarter."""

    at: float
    time: Any
    detail: str
    known: bool

    @property
    def undated(self) -> bool:
        """Whether nothing says when it was."""
        return bool(np.isnan(self.at))


@dataclass(frozen=True)
class Line:
    """What is drawn of a partnership; a state is a stage, `not_assessed` or `ended`."""

    partnership: str
    label: str
    order: bool
    spells: list[tuple[str, float, float]]
    times: list[Any]
    assessments: list[Mark]
    mechanisms: list[Mark]

    @property
    def states(self) -> list[str]:
        """The states in their order."""
        return [state for state, _, _ in self.spells]

    @property
    def start(self) -> float:
        """Where the first spell begins, at which marks stand that have no date; NaN without a spell."""
        return min((at for _, at, _ in self.spells), default=np.nan)


def lines_of(data: pd.DataFrame) -> list[Line]:
    """Return a row per partnership, sorted by first date and label."""
    order = is_order(data["start"])
    rows = data.sort_values("start", kind="stable")
    state = rows["stage"].astype(object).where(rows["status"] == "assessed", rows["status"]).astype(str)
    # an order has no dates that could be known well or badly, and its marks stand in the middle of their step
    wide = (pd.to_datetime(rows["last"]) - pd.to_datetime(rows["first"])).dt.days > QUARTER_DAYS
    known = order | ~(wide | rows["start"].isna()).to_numpy(dtype=bool)
    begin, end = number(rows["start"]), number(rows["end"])
    # plain lists, read once: thousands of partnerships are a hundred thousand rows
    plain = [rows[name].astype(str).to_numpy(object) for name in ("partnership", "label", "what", "detail")]
    times = rows["start"].astype(object).to_numpy(object)
    read = zip(*plain, state.to_numpy(object), times, begin.tolist(), end.tolist(), known.tolist(), strict=True)
    result: dict[str, Line] = {}
    for partnership, label, what, detail, held, time, at, until, known in read:
        line = result.get(partnership)
        if line is None:
            line = result[partnership] = Line(partnership, label, order, [], [], [], [])
        if what == "spell":
            line.spells.append((held, at, until))
            line.times.append(time)
        else:
            marks = line.assessments if what == "assessment" else line.mechanisms
            marks.append(Mark(at + 0.5 * order, time, detail, known))
    return sorted(result.values(), key=lambda line: (min((at for _, at, _ in line.spells), default=np.inf), line.label))


def most_assessed(data: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the rows of the partnerships assessed most often, of equals those begun first; all where they are few."""
    spells = data["what"] == "spell"
    by = pd.DataFrame(
        {
            "count": (data["what"] == "assessment").groupby(data["partnership"]).sum(),
            "begin": data.loc[spells, "start"].groupby(data.loc[spells, "partnership"]).min(),
            "label": data.groupby("partnership")["label"].first(),
        }
    )
    first = by.sort_values(["count", "begin", "label"], ascending=[False, True, True], kind="stable").index[:most]
    return data[data["partnership"].isin(first)]


def mark_of(mechanism: Mark, words: Words) -> str:
    """Return the letter of a mechanism: in brackets if its date is not known to a quarter, with a `?` if it has none."""
    letter = words(f"paths.letters.{mechanism.detail}")
    if mechanism.undated:
        return words("paths.undated", letter=letter)
    return letter if mechanism.known else f"({letter})"


@dataclass(frozen=True)
class Moves:
    """How many partnerships were seen twice, moved up, moved back and ended, and the states at the first and at the last."""

    n: int
    twice: int
    up: int
    down: int
    ended: int
    first: pd.Series
    last: pd.Series


def moves(data: pd.DataFrame) -> Moves:
    """Count what became of all partnerships, without telling them one by one."""
    spells = data[data["what"] == "spell"].sort_values(["partnership", "start"], kind="stable")
    state = spells["stage"].astype(object).where(spells["status"] == "assessed", spells["status"]).astype(str)
    held = spells.loc[spells["status"] == "assessed", ["partnership", "stage"]]
    step = held["stage"].cat.codes.astype(int).groupby(held["partnership"]).diff()
    up, down = (int(held.loc[found, "partnership"].nunique()) for found in (step > 0, step < 0))
    ended = int(spells.loc[state == "ended", "partnership"].nunique())
    # a stage that was carried into the period begins with it, and is seen again at an assessment
    seen = data[(data["what"] == "assessment") | (data["status"] == "assessed")]
    times = seen.groupby("partnership")["start"].nunique()
    twice = int((times >= 2).sum())
    by = state.groupby(spells["partnership"])
    return Moves(int(data["partnership"].nunique()), twice, up, down, ended, by.first(), by.last())


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], **_: object) -> str:
    """State how many moved up, moved back and ended, or that no move can be seen where none was assessed twice."""
    found = moves(data) if len(data) else None
    if not found:
        return words("paths.finding_none")
    if found.n == 1:
        return _finding_one(lines_of(data)[0], words, labels)
    none = words("paths.none_of")
    values = {"up": found.up or none, "down": found.down or none, "ended": found.ended or none}
    dated, ordered = (
        ("paths.finding", "paths.finding_order") if found.twice else ("paths.finding_once", "paths.finding_once_order")
    )
    key = ordered if is_order(data["start"]) else dated
    text = words(key, n=found.n, **values)
    return text[:1].upper() + text[1:]


def _finding_one(line: Line, words: Words, labels: dict[str, str]) -> str:
    stages = [labels.get(state, state) for state in line.states if state not in ("not_assessed", "ended")]
    if not stages:
        return words("paths.finding_one_never")
    key = "stayed" if len(set(stages)) == 1 else "moved"
    ended = words("paths.and_ended") if "ended" in line.states else ""
    moved = [stage for i, stage in enumerate(stages) if i == 0 or stage != stages[i - 1]]
    return words(f"paths.finding_one_{key}", path=words("paths.then").join(moved)) + ended


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], **_: object) -> str:
    """Describe the chart: each line's story where they are few, else how many stand where at the end."""
    if data.empty:
        return finding(data, words=words, labels=labels)
    n = int(data["partnership"].nunique())
    if n <= DESCRIBED_ONE_BY_ONE:
        accounts = " ".join(_story(line, words, labels) for line in lines_of(data))
    else:
        accounts = _standing(data, words, labels)
    sentence = finding(data, words=words, labels=labels)
    return words("paths.alt", partnerships=words("n_partnerships", n=n), finding=sentence, lines=accounts)


def _story(line: Line, words: Words, labels: dict[str, str]) -> str:
    last = max((end - 1 for _, _, end in line.spells), default=None) if line.order else None
    names = {**labels, "not_assessed": words("paths.unknown"), "ended": words("paths.ended")}
    story = [
        words("paths.alt_step", state=names.get(state, state), when=when(time, words, last=last))
        for (state, _, _), time in zip(line.spells, line.times, strict=True)
    ]
    set_up = [
        words("paths.alt_step", state=words(f"mechanism.{m.detail}"), when=when(m.time, words, last=last))
        if pd.notna(m.time)
        else words("paths.alt_undated", state=words(f"mechanism.{m.detail}"))
        for m in line.mechanisms
    ]
    steps = words("paths.then").join(story)
    with_mechanisms = words("paths.alt_mechanisms", story=steps, mechanisms=words("marks.list").join(set_up))
    return words("paths.alt_line", label=line.label, story=with_mechanisms if set_up else steps)


def _standing(data: pd.DataFrame, words: Words, labels: dict[str, str]) -> str:
    names = {str(stage): labels.get(str(stage), str(stage)) for stage in data["stage"].cat.categories}
    names |= {"not_assessed": words("paths.unknown"), "ended": words("paths.ended")}
    found = moves(data)
    parts = []
    for states in (found.first, found.last):
        counts = states.value_counts()
        counted = [f"{name} {words.number(int(counts[state]))}" for state, name in names.items() if state in counts]
        parts.append(words.listed(counted))
    marked = {f"{what}s": int((data["what"] == what).sum()) for what in ("assessment", "mechanism")}
    return words("paths.alt_standing", first=parts[0], last=parts[1], **marked)
