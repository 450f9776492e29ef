"""Rates: what a simulated register is drawn from, all of it declared in a YAML that stands beside the register.

Rates are per partnership and year (of 365.25 days); effects are hazard ratios; shares are from 0 to 1; weights are
any numbers, and only their proportions count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.declared_mapping import Declared
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.reference.yaml_files import read_yaml

MOVES = ("up", "down", "jump", "end")
STEPS = {"up": 1, "down": -1, "jump": 2}
PRECISIONS = ("day", "month", "quarter", "half")
EFFECTS = ("mechanism", "non_state_kind", "state_kind", "tier", "hybrid", "multi_sector")
_KEYS = (
    *("title", "licence", "scale", "places", "frame", "period", "starts", "begin", "rates", "effects", "mechanisms"),
    *("ends", "closings", "provinces", "actors", "functions", "sectors", "second_sector", "visits"),
    *("never_assessed", "gaps", "precision"),
)

Effect = Mapping[str, float]


@dataclass(frozen=True)
class Arising:
    """How a mechanism arises while the partnership lives.

    Parameters
    ----------
    rate : float
        How often a year, while it is not in force.
    ceases : float
        How often a year it ceases, while in force.
    after : str
        The mechanism that must have come before; empty where none must.
    """

    rate: float
    ceases: float = 0.0
    after: str = ""


@dataclass(frozen=True)
class Visiting:
    """How a rater visits and rates.

    Parameters
    ----------
    rate : float
        Visits a year.
    at_start : float
        Chance of a rating on the first day.
    misrates : float
        Chance that a rating is one step beside the stage: up or down alike, at an end of the scale the only way.
    evidence : mapping of str to float
        Weights of the kinds of evidence.
    """

    rate: float
    at_start: float = 0.0
    misrates: float = 0.0
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of actor: its weight, the tier it works at and what it is called in invented names."""

    weight: float
    tier: str = ""
    called: str = ""


@dataclass(frozen=True)
class Side:
    """The actors of one side: how many for each partnership, and of which kinds."""

    per_partnership: float
    kinds: Mapping[str, Kind]


@dataclass(frozen=True)
class Rates:
    """The declared intensities of a simulated register.

    Parameters
    ----------
    title, licence : str
        Of the register made.
    scale : Scale
        Its stages.
    places : Places
        Its provinces.
    frame : str
        Number of units it is shown in.
    period : PartialDate
        The observed time; what happens later is not recorded.
    starts : mapping of PartialDate to float
        Weights of the times in which partnerships begin (evenly within each).
    begin : mapping of str to float
        Weights of the first stages.
    moves : mapping of str to mapping of str to float
        For `up`, `down`, `jump` (two steps up) and `end`: how often a year, by the stage held.
    effects : mapping of str to mapping of str to mapping of str to float
        For each of `EFFECTS` and each of its words: hazard ratios of the moves. Those of `hybrid` and
        `multi_sector` stand under the word `yes`.
    mechanisms : mapping of str to Arising
        How mechanisms arise.
    ends : mapping of str to float
        Weights of the reasons for which partnerships end of themselves.
    closings : mapping of date to float
        Days on which projects close, and the share of living partnerships that end with them; the effects on `end`
        raise or lower it as they would a rate.
    weights, counts : mapping of str to float and int
        Provinces by weight (1 where not named) and those with an exact number of partnerships.
    non_state, state : Side
        The actors.
    functions : mapping of str to float
        Chance of each function; a partnership has at least the likeliest.
    sectors : mapping of str to float
        Weights of the sectors.
    second_sector : float
        Chance of a second one.
    visits : mapping of str to Visiting
        How each rater visits.
    never_assessed : float
        Share of partnerships that nobody rates.
    gap_share, gap_years : float
        Share of partnerships in whose ratings there is a gap, and how long it is.
    precision : mapping of str to float
        Weights of how precisely dates are written.
    """

    title: str
    licence: str
    scale: Scale
    places: Places
    frame: str
    period: PartialDate
    starts: Mapping[PartialDate, float]
    begin: Mapping[str, float]
    moves: Mapping[str, Effect]
    effects: Mapping[str, Mapping[str, Effect]]
    mechanisms: Mapping[str, Arising]
    ends: Mapping[str, float]
    closings: Mapping[PartialDate, float]
    weights: Mapping[str, float]
    counts: Mapping[str, int]
    non_state: Side
    state: Side
    functions: Mapping[str, float]
    sectors: Mapping[str, float]
    second_sector: float
    visits: Mapping[str, Visiting]
    never_assessed: float
    gap_share: float
    gap_years: float
    precision: Mapping[str, float]

    @classmethod
    def load(cls, path: str | Path) -> Rates:
        """Load rates from a YAML.

        Raises
        ------
        LnlibError
            The file is missing, is not YAML, or declares something that is not known or not possible; the message
            gives the keys that lead there.
        """
        file = Path(path)
        words = read_yaml(file, what="rates")
        if isinstance(words, dict):
            # files it names stand beside it
            for key, ends in (("scale", (".yml", ".yaml")), ("places", (".csv",))):
                if str(words.get(key)).endswith(ends):
                    words[key] = file.parent / words[key]
        return cls.declared(words, place=str(file))

    @classmethod
    def declared(cls, words: Any, *, place: str = "rates") -> Rates:
        """Build rates from the mapping that their YAML holds; only `period` and `rates` must be there.

        Raises
        ------
        LnlibError
            Something in it is not known or not possible.

        Examples
        --------
        >>> rates = Rates.declared({"period": "2009/2014", "rates": {"up": {"coalition": 0.5}}})
        >>> rates.moves["up"]
        {'coalition': 0.5}
        """
        top = Declared(words, place)
        top.only(_KEYS)
        named = top.get("scale", "dfgg")
        try:
            scale = Scale.declared(named, place="scale") if isinstance(named, dict) else Scale.load(str(named))
            places = Places.load(str(top.get("places", "cambodia")))
        except LnlibError as error:
            raise LnlibError(f"{place}: {error}") from None
        period = top.date("period")
        gaps = top.inner("gaps", only=("share", "years"))
        where = top.inner("provinces", only=("weights", "counts"))
        sides = top.inner("actors", only=("non_state", "state"))
        starts = {PartialDate.read(when): weight for when, weight in top.inner("starts").dated().items()}
        for when in starts:
            if when.first < period.first or when.last > period.last:
                raise LnlibError(f"{place}: starts: {when.text} is not within the period, {period.text}")
        mechanisms = {name: _arising(inner) for name, inner in top.each("mechanisms", _words("mechanism"))}
        for name, arising in mechanisms.items():
            if arising.after and arising.after not in mechanisms:
                raise LnlibError(f"{place}: mechanisms: {name}: after: {arising.after} is not declared here")
        return cls(
            title=str(top.get("title", "Simulated register")),
            licence=str(top.get("licence", "CC0-1.0")),
            scale=scale,
            places=places,
            frame=places.check_frame(top.get("frame", None)),
            period=period,
            starts=starts or {period: 1.0},
            begin=top.weights("begin", ("stage", scale.keys)) or {scale.keys[0]: 1.0},
            moves=_moves(top.inner("rates", only=MOVES, needed=True), scale),
            effects=_effects(top.inner("effects", only=EFFECTS)),
            mechanisms=mechanisms,
            ends=top.weights("ends", _words("end_reason")),
            closings={PartialDate.read(k): v for k, v in top.inner("closings").dated(most=1.0).items()},
            weights=_by_code(where.inner("weights").numbers(), places, where.place),
            counts=_by_code(where.inner("counts").whole_numbers(), places, where.place),
            non_state=_side(sides.inner("non_state", only=("per_partnership", "kinds")), "non_state"),
            state=_side(sides.inner("state", only=("per_partnership", "kinds")), "state"),
            functions=top.inner("functions").numbers(_words("function"), most=1.0),
            sectors=top.weights("sectors", _words("sector")),
            second_sector=top.number("second_sector", 0.0, most=1.0),
            visits={name: _visiting(inner) for name, inner in top.each("visits", _words("rated_by"))},
            never_assessed=top.number("never_assessed", 0.0, most=1.0),
            gap_share=gaps.number("share", 0.0, most=1.0),
            gap_years=gaps.number("years", 0.0),
            precision=top.weights("precision", ("precision", PRECISIONS)) or {"day": 1.0},
        )

    def hazard_ratio(self, move: str, *, mechanisms: tuple[str, ...] = (), **attributes: object) -> float:
        """Return the hazard ratio of a move for a partnership with these mechanisms in force and these attributes.

        Parameters
        ----------
        move : str
            One of `MOVES`.
        mechanisms : tuple of str
            Mechanisms in force.
        **attributes
            `non_state_kind`, `state_kind`, `tier` (words), `hybrid`, `multi_sector` (true or false).
        """
        if move not in MOVES:
            raise ValueNotAllowed.of("move", move, MOVES)
        words = [("mechanism", word) for word in mechanisms]
        for name, value in attributes.items():
            if name not in EFFECTS[1:]:
                raise ValueNotAllowed.of("attribute", name, EFFECTS[1:])
            words.append((name, value if isinstance(value, str) else "yes" if value else "no"))
        ratios = [self.effects.get(name, {}).get(word, {}).get(move, 1.0) for name, word in words]
        return float(np.prod(ratios))

    def true_rates(self, *, mechanisms: tuple[str, ...] = (), **attributes: object) -> pd.DataFrame:
        """Return the intensities that a fitted model should find: from each stage (rows) into each stage and `ended`.

        Parameters
        ----------
        mechanisms, **attributes
            As for `hazard_ratio`.

        Returns
        -------
        DataFrame
            Per year; the diagonal makes each row sum to zero. Project closings are not in it: they come on a day.

        Examples
        --------
        >>> rates = Rates.declared({"period": "2009/2014", "rates": {"up": {"coalition": 0.5}}})
        >>> rates.true_rates().loc["coalition"].to_dict()
        {'coalition': -0.5, 'collaboration': 0.5, 'integrated': 0.0, 'ended': 0.0}
        """
        keys = self.scale.keys
        table = np.zeros((len(keys), len(keys) + 1))
        for move, by_stage in self.moves.items():
            ratio = self.hazard_ratio(move, mechanisms=mechanisms, **attributes)
            for stage, rate in by_stage.items():
                at = keys.index(stage)
                table[at, len(keys) if move == "end" else at + STEPS[move]] += rate * ratio
        table[np.arange(len(keys)), np.arange(len(keys))] = -table.sum(axis=1)
        return pd.DataFrame(table, index=list(keys), columns=[*keys, "ended"])

    def misrating(self, rater: str) -> pd.DataFrame:
        """Return the chance of each rating (columns) at each stage (rows) for one rater."""
        if rater not in self.visits:
            raise ValueNotAllowed.of("rater", rater, tuple(self.visits))
        keys, chance = self.scale.keys, self.visits[rater].misrates
        table = pd.DataFrame(np.eye(len(keys)) * (1 - chance), index=list(keys), columns=list(keys))
        for position in range(len(keys)):
            beside = [other for other in (position - 1, position + 1) if 0 <= other < len(keys)]
            for other in beside:
                table.iat[position, other] = chance / len(beside)
        return table


def _words(name: str) -> tuple[str, tuple[str, ...]]:
    return name, vocabulary.words(name)


def _by_code(numbers: Mapping[str, Any], places: Places, place: str) -> dict[str, Any]:
    try:
        return {places.read(name)[0]: number for name, number in numbers.items()}
    except ValueNotAllowed as error:
        raise LnlibError(f"{place}: {error}") from None


def _moves(top: Declared, scale: Scale) -> dict[str, Effect]:
    moves: dict[str, Effect] = {}
    for move in MOVES:
        inner = top.inner(move)
        by_stage = inner.numbers(("stage", scale.keys))
        for stage in by_stage:
            into = scale.keys.index(stage) + STEPS.get(move, 0)
            if not 0 <= into < len(scale.keys):
                raise LnlibError(f"{inner.place}: the scale has no stage to move to from {stage}")
        moves[move] = by_stage
    return moves


def _effects(top: Declared) -> dict[str, dict[str, Effect]]:
    effects: dict[str, dict[str, Effect]] = {}
    for name in EFFECTS:
        if name in ("hybrid", "multi_sector"):
            effects[name] = {"yes": _ratios(top.inner(name))}
        else:
            allowed = _words("kind" if name.endswith("kind") else name)
            effects[name] = {word: _ratios(inner) for word, inner in top.each(name, allowed)}
    return effects


def _ratios(inner: Declared) -> Effect:
    inner.only(MOVES)
    ratios = inner.numbers(("key", MOVES))
    for move, ratio in ratios.items():
        if ratio == 0:
            raise LnlibError(f"{inner.place}: {move} is a hazard ratio, which is above 0")
    return ratios


def _arising(inner: Declared) -> Arising:
    inner.only(("rate", "ceases", "after"))
    after = str(inner.get("after", ""))
    if after and after not in vocabulary.words("mechanism"):
        raise LnlibError(f"{inner.place}: after: {ValueNotAllowed.of('mechanism', after, _words('mechanism')[1])}")
    return Arising(inner.number("rate", 0.0), inner.number("ceases", 0.0), after)


def _visiting(inner: Declared) -> Visiting:
    inner.only(("rate", "at_start", "misrates", "evidence"))
    return Visiting(
        inner.number("rate", 0.0),
        inner.number("at_start", 0.0, most=1.0),
        inner.number("misrates", 0.0, most=1.0),
        inner.weights("evidence", _words("evidence")),
    )


def _side(inner: Declared, side: str) -> Side:
    allowed = tuple(word for word in vocabulary.words("kind") if vocabulary.side_of(word) == side)
    kinds = {}
    for word, one in inner.each("kinds", ("kind", allowed)):
        one.only(("weight", "tier", "called"))
        tier = str(one.get("tier", ""))
        if tier and tier not in vocabulary.words("tier"):
            raise LnlibError(f"{one.place}: {ValueNotAllowed.of('tier', tier, vocabulary.words('tier'))}")
        kinds[word] = Kind(one.number("weight", 1.0), tier, str(one.get("called", word.replace("_", " "))))
    return Side(inner.number("per_partnership", 0.5), kinds or {allowed[0]: Kind(1.0, "", allowed[0])})
