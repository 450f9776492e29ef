"""Views: each a narrowed register and the choices of its history, to a chart with its data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lnlib.charts import actor_matrix, agreement, flows, incidence, paths, province_tiles, stage_mix
from lnlib.charts.style.states import at_or_above
from lnlib.errors import ValueNotAllowed
from lnlib.exhibits.labels import named_units
from lnlib.explorer.view_and_filters import SCALES, STATES
from lnlib.history.choices import CARRIED_MONTHS, Choices
from lnlib.history.grid import EVERY, grid
from lnlib.history.spells import spells
from lnlib.history.timelines import timelines
from lnlib.history.visits import visits
from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs
from lnlib.measures.counts.flows import flows as flows_between
from lnlib.measures.counts.shares import shares
from lnlib.measures.curves.first_passage import first_passage
from lnlib.register import Register
from lnlib.words import Words

MOST_FLOW_DATES = 4  # that a print width has room for


@dataclass(frozen=True)
class View:
    """A chart with its data: what an `Exhibit` is made of.

    Parameters
    ----------
    chart : module
        One of `lnlib.charts`.
    choices, options : mapping
        As `Exhibit` takes them.
    notes : tuple of str
        As `Exhibit` takes them.
    """

    chart: Any  # a module, whose options are its own
    data: pd.DataFrame = field(repr=False)
    choices: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """How a view is drawn: its scale, its period, the stage it is about, the states it leaves out, its language."""

    scale: str = SCALES[0]
    every: str = ""
    stage: str = ""
    hide: tuple[str, ...] = ()
    language: str = "en"

    @property
    def notes(self) -> tuple[str, ...]:
        """The keys of the sentences that name what a chart of stages leaves out."""
        return tuple(f"left_out.{state}" for state in self.hide)


def view(  # noqa: PLR0913 - one parameter a choice, as the notebook has them
    name: str,
    here: Register,
    *,
    placed: str = "",
    rater: str = "any",
    carried: float = CARRIED_MONTHS,
    scale: str = SCALES[0],
    every: str = "",
    stage: str = "",
    hide: str | Sequence[str] = (),
    language: str = "en",
) -> View:
    """Return a view of a register.

    Parameters
    ----------
    name : str
        `mix` (stages over time), `flows`, `paths` (a line a partnership), `pace` (how soon a stage was reached), `provinces` (tiles), `actors` (kinds against
        kinds), `agreement` (of both partners,
        whatever `rater` is).
    here : Register
        Narrowed or whole.
    placed, rater, carried
        As `lnlib.history.spells.spells` takes them.
    scale : str
        Whether the mix and the provinces are drawn as `count` or `share`; of the provinces, at a stage or above.
    every : str
        Period of the mix and the provinces; empty for their own.
    stage : str
        That the pace, and shares of provinces, are about; empty for the second of the register's scale.
    hide : str or sequence of str
        The states `not_assessed` and `ended`, where the mix and the provinces leave them out; several in one text are
        separated by `;`.

    Raises
    ------
    ValueNotAllowed
        There is no such view, scale, period or state; or it needs two dates, and the period has one.
    """
    states = tuple(part.strip() for part in (hide.split(";") if isinstance(hide, str) else hide) if part.strip())
    for what, value, allowed in (
        ("view", name, list(_VIEWS)),
        ("scale", scale, SCALES),
        ("every", every or EVERY[0], EVERY),
        ("stage", stage or here.scale.keys[1], here.scale.keys[1:]),
        *(("hide", state, STATES) for state in states),
    ):
        if value not in allowed:
            raise ValueNotAllowed.of(what, value, list(allowed))
    history = Choices.of(here, placed=placed, rater=rater, carried=carried)
    return _VIEWS[name](here, dict(history), Drawing(scale, every, stage or here.scale.keys[1], states, language))


def flow_dates(here: Register, *, placed: str) -> tuple[str, int]:
    """Return how often flows are counted, and the step between the dates shown; the last one is always shown."""
    for every in ("year", "half", "quarter", "month"):
        dates = grid(here, every=every, placed=placed)
        if len(dates) > 2 or placed == "order":
            break
    return every, max(math.ceil((len(dates) - 1) / (MOST_FLOW_DATES - 1)), 1)


def without_states(counts: pd.DataFrame, hide: Sequence[str]) -> pd.DataFrame:
    """Return the counts of `measures.shares` without the partnerships not assessed, or ended."""
    for state in hide:
        counts = counts.assign(n_known=counts["n_known"] - counts[f"n_{state}"], **{f"n_{state}": 0})
    return counts


def _mix(here: Register, history: dict[str, Any], drawing: Drawing) -> View:
    every = drawing.every or "quarter"
    dates = grid(here, every=every, placed=history["placed"])
    counts = without_states(shares(spells(here, **history), dates=dates), drawing.hide)
    share = drawing.scale == "share"
    notes = ("stage_mix.share_note",) * share + drawing.notes
    return View(stage_mix, counts, {**history, "every": every}, {"share": True} if share else {}, notes)


def _flows(here: Register, history: dict[str, Any], _: Drawing) -> View:
    every, step = flow_dates(here, placed=history["placed"])
    dates = grid(here, every=every, placed=history["placed"])[::-step][::-1]
    return View(flows, flows_between(spells(here, **history), dates=dates), {**history, "every": every})


def _paths(here: Register, history: dict[str, Any], _: Drawing) -> View:
    return View(paths, timelines(here, **history), history)


def _pace(here: Register, history: dict[str, Any], drawing: Drawing) -> View:
    reached = first_passage(spells(here, **history), to=drawing.stage)
    words = Words.load(drawing.language)
    stage = at_or_above(drawing.stage, here.scale.labels(drawing.language), words)
    already = int(reached["n_already"].iloc[0]) if len(reached) else 0
    left_out = (words("hidden.already", n=already, reached=stage),) if already else ()
    return View(incidence, reached, history, {"to": drawing.stage}, left_out)


def _provinces(here: Register, history: dict[str, Any], drawing: Drawing) -> View:
    every = drawing.every or "half"
    dates = grid(here, every=every, placed=history["placed"])
    mix = without_states(shares(spells(here, **history, attributes=["unit"]), dates=dates, by="unit"), drawing.hide)
    named = named_units(mix, here, language=drawing.language)
    options = {"value": drawing.stage} if drawing.scale == "share" else {}
    return View(province_tiles, named, {**history, "every": every}, options, drawing.notes)


def _actors(here: Register, history: dict[str, Any], _: Drawing) -> View:
    kinds = ["state_kind", "non_state_kind"]
    dates = grid(here, placed=history["placed"])
    return View(actor_matrix, shares(spells(here, **history, attributes=kinds), dates=dates[-1:], by=kinds), history)


def _agreement(here: Register, history: dict[str, Any], _: Drawing) -> View:
    pairs = both_ratings(here, placed=history["placed"])
    chosen = {"placed": history["placed"], "every": "half"}
    return View(agreement, agreement_table(pairs), chosen, {"kappa": kappa(pairs)})


def both_ratings(here: Register, *, placed: str) -> pd.DataFrame:
    """Return the pairs of ratings by both partners in the same half-year."""
    seen = pd.concat([visits(here, placed=placed, rater=rater) for rater in ("state", "non_state")])
    return rated_pairs(seen, period=1.0 if placed == "order" else "half")


_VIEWS: dict[str, Callable[[Register, dict[str, Any], Drawing], View]] = {
    "mix": _mix,
    "flows": _flows,
    "paths": _paths,
    "pace": _pace,
    "provinces": _provinces,
    "actors": _actors,
    "agreement": _agreement,
}
