"""The lines of the paths chart read out: what became of each partnership, and of all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lnlib.charts.time_axis import is_order, number, when
from lnlib.words import Words

QUARTER_DAYS = 92
TOLD_ONE_BY_ONE = 8


@dataclass(frozen=True)
class Mark:
    """An assessment or mechanism: when (a number to draw at), what, and whether its date is known to a quarter."""

    at: float
    time: Any
    detail: str
    told: bool


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


def lines_of(data: pd.DataFrame) -> list[Line]:
    """Give a line a partnership, by first date and then by label."""
    order = is_order(data["start"])
    found = [_line(rows, order) for _, rows in data.groupby("partnership", sort=False)]
    return sorted(found, key=lambda line: (min((start for _, start, _ in line.spells), default=np.inf), line.label))


def _line(rows: pd.DataFrame, order: bool) -> Line:
    spells = rows[rows["what"] == "spell"].sort_values("start", kind="stable")
    state = spells["stage"].astype(object).where(spells["status"] == "assessed", spells["status"]).astype(str)
    return Line(
        str(rows["partnership"].iloc[0]),
        str(rows["label"].iloc[0]),
        order,
        list(zip(state, number(spells["start"]), number(spells["end"]), strict=True)),
        list(spells["start"]),
        *(_marks(rows[rows["what"] == what], order) for what in ("assessment", "mechanism")),
    )


def _marks(rows: pd.DataFrame, order: bool) -> list[Mark]:
    rows = rows.sort_values("start", kind="stable")
    # an order has no dates that could be known well or badly, and its marks stand in the middle of their step
    wide = (pd.to_datetime(rows["last"]) - pd.to_datetime(rows["first"])).dt.days > QUARTER_DAYS
    told = [order or not vague for vague in (wide | rows["start"].isna())]
    at = number(rows["start"]) + 0.5 * order
    return [Mark(*mark) for mark in zip(at, rows["start"], rows["detail"].astype(str), told, strict=True)]


def mark_of(mechanism: Mark, words: Words) -> str:
    """Give the letter of a mechanism, in brackets where its date is not known to a quarter."""
    letter = words(f"paths.letters.{mechanism.detail}")
    return letter if mechanism.told else f"({letter})"


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], **_: object) -> str:
    """Say how many moved up, moved back and ended."""
    lines = lines_of(data) if len(data) else []
    if not lines:
        return words("paths.finding_none")
    levels = {str(stage): i for i, stage in enumerate(data["stage"].cat.categories)}
    steps = [[levels[state] for state in line.states if state in levels] for line in lines]
    moves = [np.diff(step) for step in steps]
    up, down = (sum(bool((sign * move > 0).any()) for move in moves) for sign in (1, -1))
    ended = sum("ended" in line.states for line in lines)
    if len(lines) == 1:
        return _finding_one(lines[0], words, labels)
    none = words("paths.none")
    values = {"up": up or none, "down": down or none, "ended": ended or none}
    key = "paths.finding_order" if is_order(data["start"]) else "paths.finding"
    said = words(key, n=len(lines), **values)
    return said[:1].upper() + said[1:]


def _finding_one(line: Line, words: Words, labels: dict[str, str]) -> str:
    stages = [labels.get(state, state) for state in line.states if state not in ("not_assessed", "ended")]
    if not stages:
        return words("paths.finding_one_never")
    key = "stayed" if len(set(stages)) == 1 else "moved"
    ended = words("paths.and_ended") if "ended" in line.states else ""
    moved = [stage for i, stage in enumerate(stages) if i == 0 or stage != stages[i - 1]]
    return words(f"paths.finding_one_{key}", path=words("paths.then").join(moved)) + ended


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], **_: object) -> str:
    """Say what the chart shows: each line's story where they are few, else how many stand where at the end."""
    lines = lines_of(data) if len(data) else []
    if not lines:
        return words("empty")
    if len(lines) <= TOLD_ONE_BY_ONE:
        told = " ".join(_story(line, words, labels) for line in lines)
    else:
        told = _standing(lines, data, words, labels)
    said = finding(data, words=words, labels=labels)
    return words("paths.alt", partnerships=words("n_partnerships", n=len(lines)), finding=said, lines=told)


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
    told = words("paths.then").join(story)
    with_mechanisms = words("paths.alt_mechanisms", story=told, mechanisms=words("marks.list").join(set_up))
    return words("paths.alt_line", label=line.label, story=with_mechanisms if set_up else told)


def _standing(lines: list[Line], data: pd.DataFrame, words: Words, labels: dict[str, str]) -> str:
    names = {str(stage): labels.get(str(stage), str(stage)) for stage in data["stage"].cat.categories}
    names |= {"not_assessed": words("paths.unknown"), "ended": words("paths.ended")}
    last = [line.states[-1] for line in lines if line.states]
    first = [line.states[0] for line in lines if line.states]
    parts = [
        words.listed([f"{name} {words.number(found.count(state))}" for state, name in names.items() if state in found])
        for found in (first, last)
    ]
    counts = {what: sum(len(getattr(line, what)) for line in lines) for what in ("assessments", "mechanisms")}
    return words("paths.alt_standing", first=parts[0], last=parts[1], **counts)
