"""What a register holds of one partnership, in the words of a language and in the order of time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.exhibits.source_and_choices import source_line
from lnlib.history.choices import Choices
from lnlib.history.grid import grid
from lnlib.history.placed_in_time import placed_assessments, placed_mechanisms
from lnlib.history.records import assessments_in_order
from lnlib.history.spells import spells
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.text import shown
from lnlib.words import Words
from lnlib.words.recorded_dates import in_words

QUARTER_DAYS = 92  # a date known less well than to a quarter is marked, as in the chart of paths


@dataclass(frozen=True)
class Actor:
    """One of the two partners; `kind`, `tier` and `side` are labels, and what is not known is empty."""

    key: str
    name: str
    name_km: str
    side: str
    kind: str
    tier: str
    note: str
    source: str


@dataclass(frozen=True)
class Rating:
    """One assessment: `stage` is its label, `level` its place on the scale from 0; what is not known is empty."""

    date: str
    step: str
    stage: str
    level: int
    rated_by: str
    evidence: str
    criterion: str
    quote: str
    passage: str
    source: str
    note: str


@dataclass(frozen=True)
class SetUp:
    """One mechanism, with the dates it lasted from and to."""

    mechanism: str
    start: str
    end: str
    step: str
    quote: str
    passage: str
    source: str
    note: str


@dataclass(frozen=True)
class Span:
    """A time on the drawing: numbers to draw at, days or places of the order.

    `status` is `assessed`, `not_assessed` or `ended`, of a mechanism `set_up`; `level` the place of a stage on its scale
    from 0, else -1; `sure` says whether the date is known to a quarter (of a mechanism in an order,
    whether its place is told); `start` is NaN where nothing is known of it.
    """

    state: str
    start: float
    end: float
    status: str
    level: int = -1
    sure: bool = True


@dataclass(frozen=True)
class Story:
    """The whole record of one partnership.

    Parameters
    ----------
    partnership, label : str
        Its key, and its partners' names.
    non_state, state : Actor
    unit, province : str
        Code of the unit it is counted in (empty where no place is stated), and that unit's name.
    sectors, functions : tuple of str
        Labels.
    start, end : str
        As precisely as they were recorded, in words; empty where not recorded.
    end_reason, source, note : str
    ratings : tuple of Rating
        Every assessment recorded, whoever rated and whenever, in the order of dates and steps.
    spells, rated, lasting : tuple of Span
        What the drawing shows within the observed period: the stages over time, the assessments, the mechanisms.
    axis : tuple of float
        Where the drawing begins and ends.
    order : bool
        Whether time is the order of telling.
    choices : mapping
        `placed`, `rater` and `carried` of the spells.
    register_source : str
        The source line: the register's title and its kind of data.
    stages : tuple of str
        Labels of the scale, lowest first.
    """

    partnership: str
    label: str
    non_state: Actor
    state: Actor
    unit: str
    province: str
    district: str
    sectors: tuple[str, ...]
    functions: tuple[str, ...]
    start: str
    end: str
    end_reason: str
    source: str
    note: str
    ratings: tuple[Rating, ...]
    mechanisms: tuple[SetUp, ...]
    spells: tuple[Span, ...]
    rated: tuple[Span, ...]
    lasting: tuple[Span, ...]
    axis: tuple[float, float]
    order: bool
    choices: Mapping[str, Any]
    register_source: str
    stages: tuple[str, ...]
    language: str


def story(
    register: Register,
    partnership: str,
    choices: Mapping[str, Any] | None = None,
    *,
    language: str = "en",
    **options: Any,
) -> Story:
    """Return the story of one partnership.

    Parameters
    ----------
    partnership : str
        Its key.
    choices : mapping, optional
        Of the drawing, as `lnlib.history.spells.spells` takes them. The record is told whole whatever they are.
    language : str
        Of the labels; what the register says stays as it says it.
    """
    frame = register.partnerships
    own = frame[frame["partnership"] == partnership]
    if own.empty:
        raise ValueNotAllowed.of("partnership", partnership, list(frame["partnership"]))
    # only the rows of its two partners are placed in time, so that one story of a large register is told at once
    alone = register.where(actor=own["non_state"].iat[0]).where(actor=own["state"].iat[0])
    result = stories(alone, Choices.of(register, choices, **options), language=language)
    return next(one for one in result if one.partnership == partnership)


def stories(
    register: Register, choices: Mapping[str, Any] | None = None, *, language: str = "en", **options: Any
) -> Iterator[Story]:
    """Return the story of every partnership in the register's order; places all in time at once."""
    words, chosen = Words.load(language), Choices.of(register, choices, **options)
    lives = spells(register, chosen)
    axis = _axis(register, chosen)
    scale = register.scale
    levels = {key: level for level, key in enumerate(scale.keys)}
    stages = tuple(scale.labels(language).values())
    names = words.group("status")
    drawn = {
        "spells": _spells(lives, levels, stages, names),
        "rated": _marks(placed_assessments(register, chosen), levels, stages, axis),
        "lasting": _lasting(placed_mechanisms(register, chosen), words, axis, _ends(lives)),
    }
    ratings = _ratings(register, chosen, words, levels, stages)
    set_up = _set_up(register, words)
    units = {unit.code: unit.name(language) for unit in register.units}
    known = (register.whole or register).actors
    own = known["actor"].isin({*register.partnerships["non_state"], *register.partnerships["state"]})
    actors = {row["actor"]: _actor(row, words) for row in known[own].to_dict("records")}
    for row in register.described.to_dict("records"):
        key = row["partnership"]
        yield Story(
            partnership=key,
            label=shown(row["label"]),
            non_state=actors[row["non_state"]],
            state=actors[row["state"]],
            unit=row["unit"],
            province=units.get(row["unit"], ""),
            district=shown(row["district"]),
            sectors=_labels(row["sectors"], "sector", words),
            functions=_labels(row["functions"], "function", words),
            start=in_words(row["start"], words),
            end=in_words(row["end"], words),
            end_reason=_label(row["end_reason"], "end_reason", words),
            source=shown(row["source"]),
            note=shown(row["note"]),
            ratings=tuple(ratings.get(key, ())),
            mechanisms=tuple(set_up.get(key, ())),
            spells=tuple(drawn["spells"].get(key, ())),
            rated=tuple(drawn["rated"].get(key, ())),
            lasting=tuple(drawn["lasting"].get(key, ())),
            axis=axis,
            order=chosen.ordinal,
            choices={name: chosen[name] for name in ("placed", "rater", "carried")},
            register_source=shown(source_line(register, words)),
            stages=stages,
            language=language,
        )


def _actor(row: Mapping[Any, Any], words: Words) -> Actor:
    return Actor(
        key=row["actor"],
        name=shown(row["name"]),
        name_km=shown(row["name_km"]),
        side=_label(row["side"], "side", words),
        kind=_label(row["kind"], "kind", words),
        tier=_label(row["tier"], "tier", words) if row["tier"] else "",
        note=shown(row["note"]),
        source=shown(row["source"]),
    )


def _label(key: str, group: str, words: Words) -> str:
    return _group(group, words.language).get(key, key) if key else ""


@cache
def _group(name: str, language: str) -> Mapping[str, str]:
    return Words.load(language).group(name)


def _labels(cell: str, group: str, words: Words) -> tuple[str, ...]:
    """Label the words of a cell in the vocabulary's order."""
    held = cell.split(";") if cell else []
    known = [word for word in vocabulary.words(group) if word in held]
    return tuple(_label(word, group, words) for word in known)


def _ratings(
    register: Register, choices: Choices, words: Words, levels: Mapping[str, int], stages: tuple[str, ...]
) -> dict[str, list[Rating]]:
    result: dict[str, list[Rating]] = {}
    for row in assessments_in_order(register, choices).to_dict("records"):
        level = levels[row["stage"]]
        rating = Rating(
            date=in_words(row["date"], words),
            step=_step(row["step"], words),
            stage=stages[level],
            level=level,
            rated_by=_label(row["rated_by"], "rated_by", words),
            evidence=_label(row["evidence"], "evidence", words),
            **{name: shown(row[name]) for name in ("criterion", "quote", "passage", "source", "note")},
        )
        result.setdefault(row["partnership"], []).append(rating)
    return result


def _set_up(register: Register, words: Words) -> dict[str, list[SetUp]]:
    frame = register.mechanisms.sort_values(["partnership", "start_first", "step", "mechanism"], kind="stable")
    result: dict[str, list[SetUp]] = {}
    for row in frame.to_dict("records"):
        mechanism = SetUp(
            mechanism=_label(row["mechanism"], "mechanism", words),
            start=in_words(row["start"], words),
            end=in_words(row["end"], words),
            step=_step(row["step"], words),
            **{name: shown(row[name]) for name in ("quote", "passage", "source", "note")},
        )
        result.setdefault(row["partnership"], []).append(mechanism)
    return result


def _step(step: Any, words: Words) -> str:
    return "" if pd.isna(step) else words.number(int(step))


def _axis(register: Register, choices: Choices) -> tuple[float, float]:
    """Return where the drawings begin and end: the observed period of the whole register, or its order."""
    if choices.ordinal:
        return 1.0, grid(register, choices)[-1] + 1
    first, last_day = register.observed
    return float(first.toordinal()), float(last_day.toordinal() + 1)


def _numbers(times: pd.Series) -> list[float]:
    """Return times as numbers: dates as ordinal days, positions of an order as they are, unknown ones as NaN."""
    if not pd.api.types.is_datetime64_any_dtype(times):
        return [float(time) for time in times]
    return [float(time.toordinal()) if pd.notna(time) else math.nan for time in times]


def _spells(
    lives: pd.DataFrame, levels: Mapping[str, int], stages: tuple[str, ...], names: Mapping[str, str]
) -> dict[str, list[Span]]:
    result: dict[str, list[Span]] = {}
    columns = (lives["partnership"], lives["stage"], lives["status"], _numbers(lives["start"]), _numbers(lives["end"]))
    for key, stage, status, start, end in zip(*columns, strict=True):
        level = levels[stage] if status == "assessed" else -1
        state = stages[level] if status == "assessed" else names[status]
        result.setdefault(key, []).append(Span(state, start, end, status, level))
    return result


def _ends(lives: pd.DataFrame) -> dict[str, float]:
    """Return when each partnership that ended did so."""
    ended = lives[lives["status"] == "ended"]
    return dict(zip(ended["partnership"], _numbers(ended["start"]), strict=True))


def _sure(frame: pd.DataFrame) -> list[bool]:
    """Return which dates are known to a quarter; in an order, which have a declared position."""
    if not pd.api.types.is_datetime64_any_dtype(frame["date"]):
        return [bool(dated) for dated in frame["step"].notna()]
    return [bool(days <= QUARTER_DAYS) for days in (frame["last"] - frame["first"]).dt.days]


def _marks(
    rated: pd.DataFrame, levels: Mapping[str, int], stages: tuple[str, ...], axis: tuple[float, float]
) -> dict[str, list[Span]]:
    result: dict[str, list[Span]] = {}
    # the order of telling is that of the assessments themselves, so that none of them lacks a place
    sure = _sure(rated) if pd.api.types.is_datetime64_any_dtype(rated["date"]) else [True] * len(rated)
    columns = (rated["partnership"], rated["stage"], _numbers(rated["date"]), sure)
    for key, stage, at, dated in zip(*columns, strict=True):
        if axis[0] <= at < axis[1]:
            level = levels[stage]
            result.setdefault(key, []).append(Span(stages[level], at, at, "assessed", level, dated))
    return result


def _lasting(
    set_up: pd.DataFrame, words: Words, axis: tuple[float, float], ends: Mapping[str, float]
) -> dict[str, list[Span]]:
    """Return the mechanisms in force at some time within the axis, and those of unknown date.

    One whose end is not recorded lasts as long as its partnership.
    """
    names = words.group("mechanism")
    result: dict[str, list[Span]] = {}
    columns = (set_up["partnership"], set_up["mechanism"], _numbers(set_up["date"]), _numbers(set_up["until"]))
    for key, kind, start, until, sure in zip(*columns, _sure(set_up), strict=True):
        end = until
        if math.isnan(until):
            end = ends.get(key, axis[1])
            end = start if start > end else end  # set up after the end: a place in time, and no more
        if not (start >= axis[1] or end < axis[0]):
            result.setdefault(key, []).append(Span(names[kind], start, min(end, axis[1]), "set_up", sure=sure))
    return result
