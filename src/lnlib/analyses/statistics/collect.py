"""The statistics of a register together: collected topic by topic, shown as a table, saved as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from lnlib.analyses.statistics import from_measures, from_tables
from lnlib.analyses.statistics.statistic import Statistic, StatisticWriter
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.exhibits.printed import folder_named, write_files
from lnlib.exhibits.source_and_choices import choice_notes, context, source_line
from lnlib.register import Register
from lnlib.words import Words, languages

_HISTORY = ("placed", "rater", "carried")
# topic: what computes it, the measure it comes from, and the choices it rests on
_TOPICS: Mapping[str, tuple[Callable[..., list[Statistic]], str, tuple[str, ...]]] = {
    "period": (from_tables.of_period, "Register.observed", ()),
    "actors": (from_tables.of_actors, "Register.actors", ()),
    "partnerships": (from_tables.of_partnerships, "Register.described", ()),
    "assessments": (from_tables.of_assessments, "Register.assessments", ()),
    "mechanisms": (from_tables.of_mechanisms, "Register.mechanisms", ()),
    "standing": (from_tables.of_standing, "history.timelines.current_status", _HISTORY),
    "shares": (from_measures.of_shares, "measures.counts.shares.shares", (*_HISTORY, "least_n")),
    "cohorts": (from_measures.of_cohorts, "measures.counts.cohorts.cohorts", _HISTORY),
    "moves": (from_measures.of_moves, "measures.counts.transitions.moves", ("placed", "rater", "least_n")),
    "passages": (
        from_measures.of_passages,
        "measures.curves.first_passage.reached_after",
        (*_HISTORY, "years", "least_n"),
    ),
    "closings": (from_measures.of_closings, "analyses.claims.evaluate.ended_around_closings", ("placed", "least_n")),
    "hidden": (from_measures.of_hidden, "measures.panel.hidden_stage", ("placed", "rater", "years", "least_n")),
    "times": (from_measures.of_times, "measures.counts.sequences.mean_time", (*_HISTORY, "years", "least_n")),
    "agreement": (from_measures.of_agreement, "measures.counts.agreement.kappa", ("placed", "least_n")),
    "provinces": (from_measures.of_provinces, "measures.counts.shares.shares", (*_HISTORY, "least_n")),
}


@dataclass(frozen=True)
class Statistics:
    """Numbers with their sentences.

    Parameters
    ----------
    name : str
        Of the file, unique in an edition.
    choices : mapping
        `placed`, `rater` and `carried`, and whatever else the numbers rest on.
    least_n : int
        Of fewer no share, rate or time is given.
    """

    name: str
    register: Register = field(repr=False)
    choices: Mapping[str, Any]
    least_n: int = 5
    statistics: tuple[Statistic, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Statistic]:
        return iter(self.statistics)

    def __getitem__(self, key: str) -> Statistic:
        """Return a statistic by its key."""
        result = {one.key: one for one in self.statistics}
        if key not in result:
            raise ValueNotAllowed.of("statistic", key, list(result))
        return result[key]

    def with_topic(self, topic: str, frame: Any, *, cell: int, **more: Any) -> Self:
        """Return these with the statistics of one more topic.

        Parameters
        ----------
        topic : str
            `period`, `actors`, `partnerships`, `assessments`, `mechanisms`, `standing`, `shares`, `cohorts`, `moves`,
            `passages`, `closings`, `hidden`, `times`, `agreement` or `provinces`.
        frame : DataFrame, Register or mapping
            What the topic is counted in or was measured as: see its function in `lnlib.analyses.statistics`.
        cell : int
            Number of the notebook's cell that yields it, counted from 1.

        Raises
        ------
        ValueNotAllowed
            There is no such topic.
        LnlibError
            The topic was added before.
        """
        if topic not in _TOPICS:
            raise ValueNotAllowed.of("topic", topic, list(_TOPICS))
        compute, measure, rests_on = _TOPICS[topic]
        added = compute(
            frame, StatisticWriter(self.register, self.choices, self.least_n, measure, cell, rests_on, topic), **more
        )
        taken = {one.key for one in self.statistics}
        if twice := [one.key for one in added if one.key in taken]:
            raise LnlibError(f"topic '{topic}' was added before: {twice[0]} has a number")
        return replace(self, statistics=(*self.statistics, *added))

    def frame(self) -> pd.DataFrame:
        """Return them as a table.

        Returns
        -------
        DataFrame
            `topic`, `key`, `value` (a number; NaN for a date and where there is none), `n`, `low`, `high`, `unit`, a column
            `sentence_<language>` for each language, `cell`, `measure`.
        """
        rows = [
            {
                "topic": one.topic,
                "key": one.key,
                "value": one.value if isinstance(one.value, int | float) else None,
                "n": one.n,
                "low": one.low,
                "high": one.high,
                "unit": one.unit,
                **{f"sentence_{language}": one.sentences[language] for language in languages()},
                "cell": one.cell,
                "measure": one.measure,
            }
            for one in self.statistics
        ]
        columns = ["topic", "key", "value", "n", "low", "high", "unit", *(f"sentence_{one}" for one in languages())]
        frame = pd.DataFrame(rows, columns=[*columns, "cell", "measure"])
        return frame.astype({"value": "float", "n": "Int64", "low": "float", "high": "float", "cell": "int"})

    def finding(self, *, language: str = "en") -> str:
        """Return how many partnerships were recorded as moving up and as moving back, in words; it needs the topic `standing`."""
        words, up, down = Words.load(language), self["moved.up"], self["moved.down"]
        moved = {name: words(f"statistics.finding_{name}", n=one.value) for name, one in (("up", up), ("down", down))}
        return words("statistics.finding", n=up.n, **moved)

    def entry(self) -> dict[str, Any]:
        """Return all of them for JSON, with the register, the choices and notes."""
        first, last = self.register.observed
        return {
            "register": {
                "title": self.register.title,
                "kind": self.register.kind,
                "digest": self.register.digest,
                "frame": self.register.frame,
                "period": [first.isoformat(), last.isoformat()],
                "filters": [list(one) for one in self.register.filters],
            },
            "choices": {**self.choices, "least_n": self.least_n},
            "words": {language: self._about(Words.load(language)) for language in languages()},
            "statistics": [one.entry() for one in self.statistics],
        }

    def _about(self, words: Words) -> dict[str, Any]:
        values = context(self.register, words, {**self.choices, "least_n": self.least_n})
        notes = [words(note, **values) for note in (*choice_notes(self.choices, self.register), "least_n")]
        return {
            "status": str(words.entries["type"]["status"]),
            "place": values["place"],
            "source": source_line(self.register, words),
            "notes": notes,
        }

    def save(self, out: str | Path = "") -> Self:
        """Write `data/<name>.json`, whole or not at all.

        Parameters
        ----------
        out : str or Path
            Folder; left empty, the one that a batch run names; else nothing is written.
        """
        folder = folder_named(out)
        if folder is None:
            return self
        text = json.dumps(self.entry(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_files(folder, [(f"data/{self.name}.json", text.encode())], what=f"statistics {self.name}")
        return self

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        words = Words.load("en")
        return {"text/plain": words("statistics.saved", n=len(self.statistics))}
