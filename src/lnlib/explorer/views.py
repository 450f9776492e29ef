"""Views: each a narrowed register and how it is told, to a chart with its data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lnlib.charts import actor_matrix, agreement, flows, paths, portfolio, province_tiles, stage_mix
from lnlib.errors import ValueNotAllowed
from lnlib.exhibits.labels import named_units
from lnlib.history.choices import CARRIED_MONTHS, Choices
from lnlib.history.grid import grid
from lnlib.history.lives import visits
from lnlib.history.spells import spells
from lnlib.history.timelines import timelines
from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs
from lnlib.measures.counts.flows import flows as flows_between
from lnlib.measures.counts.shares import shares
from lnlib.register import Register

MOST_FLOW_DATES = 4  # that a print width has room for


@dataclass(frozen=True)
class View:
    """A chart with its data: what an `Exhibit` is made of.

    Parameters
    ----------
    chart : module
        One of `lnlib.charts`.
    data : DataFrame
    choices, options : mapping
        As `Exhibit` takes them.
    """

    chart: Any  # a module, whose options are its own
    data: pd.DataFrame = field(repr=False)
    choices: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


def view(
    name: str,
    here: Register,
    *,
    placed: str = "",
    rater: str = "any",
    carried: float = CARRIED_MONTHS,
    language: str = "en",
) -> View:
    """Make a view of a register.

    Parameters
    ----------
    name : str
        `mix` (stages over time), `flows`, `paths` (a line a partnership), `provinces` (tiles), `actors` (kinds against
        kinds, or the portfolio of the one actor that the register is narrowed to), `agreement` (of both partners,
        whatever `rater` is).
    here : Register
        Narrowed or whole.
    placed, rater, carried
        As `lnlib.history.spells.spells` takes them.
    language : str

    Raises
    ------
    ValueNotAllowed
        There is no such view; or it needs two dates, and the period has one.
    """
    if name not in _VIEWS:
        raise ValueNotAllowed.of("view", name, list(_VIEWS))
    told = Choices.of(here, placed=placed, rater=rater, carried=carried)
    return _VIEWS[name](here, dict(told), language)


def flow_dates(here: Register, *, placed: str) -> tuple[str, int]:
    """Return how often flows are counted, and the step between the dates shown; the last one is always shown."""
    for every in ("year", "half", "quarter", "month"):
        dates = grid(here, every=every, placed=placed)
        if len(dates) > 2 or placed == "order":
            break
    return every, max(math.ceil((len(dates) - 1) / (MOST_FLOW_DATES - 1)), 1)


def one_actor(here: Register) -> str:
    """Return the key of the actor that a register is narrowed to; empty for none."""
    return dict(here.filters).get("actor", "")


def actor_name(here: Register, key: str) -> str:
    """Return an actor's name."""
    actors = (here.whole or here).actors
    return str(actors.loc[actors["actor"] == key, "name"].iat[0])


def _mix(here: Register, told: dict[str, Any], _: str) -> View:
    dates = grid(here, every="quarter", placed=told["placed"])
    return View(stage_mix, shares(spells(here, **told), dates=dates), {**told, "every": "quarter"})


def _flows(here: Register, told: dict[str, Any], _: str) -> View:
    every, step = flow_dates(here, placed=told["placed"])
    dates = grid(here, every=every, placed=told["placed"])[::-step][::-1]
    return View(flows, flows_between(spells(here, **told), dates=dates), {**told, "every": every})


def _paths(here: Register, told: dict[str, Any], _: str) -> View:
    return View(paths, timelines(here, **told), told)


def _provinces(here: Register, told: dict[str, Any], language: str) -> View:
    dates = grid(here, every="half", placed=told["placed"])
    mix = shares(spells(here, **told, attributes=["unit"]), dates=dates, by="unit")
    return View(province_tiles, named_units(mix, here, language=language), {**told, "every": "half"})


def _actors(here: Register, told: dict[str, Any], _: str) -> View:
    if key := one_actor(here):
        return View(portfolio, timelines(here, **told), told, {"actor": actor_name(here, key)})
    kinds = ["state_kind", "non_state_kind"]
    dates = grid(here, placed=told["placed"])
    return View(actor_matrix, shares(spells(here, **told, attributes=kinds), dates=dates[-1:], by=kinds), told)


def _agreement(here: Register, told: dict[str, Any], _: str) -> View:
    placed = told["placed"]
    seen = pd.concat([visits(here, placed=placed, rater=rater) for rater in ("state", "non_state")])
    pairs = rated_pairs(seen, period=1.0 if placed == "order" else "half")
    return View(agreement, agreement_table(pairs), {"placed": placed, "every": "half"}, {"kappa": kappa(pairs)})


_VIEWS: dict[str, Callable[[Register, dict[str, Any], str], View]] = {
    "mix": _mix,
    "flows": _flows,
    "paths": _paths,
    "provinces": _provinces,
    "actors": _actors,
    "agreement": _agreement,
}
