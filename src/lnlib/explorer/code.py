"""The Python that makes what the explorer shows: a whole program, in the words of the notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lnlib.explorer.choice import Choice
from lnlib.explorer.views import actor_name, flow_dates, one_actor
from lnlib.register import Register

_SHARES = "from lnlib.measures.counts.shares import shares"


def code(choice: Choice, here: Register, *, out: str) -> str:
    """Write the program that makes the exhibit of a choice and saves it.

    Parameters
    ----------
    choice : Choice
    here : Register
        The register narrowed to the choice.
    out : str
        Folder that the exhibit is saved to.

    Returns
    -------
    str
        Python source; run anywhere from which the register's path or name is found, it writes the bytes that the
        explorer saves.
    """
    chart, measures, lines, every, options = _PARTS[choice.view](choice, here)
    agreed = choice.view == "agreement"
    choices = f'{{"placed": {_said(choice.placed)}, "every": "half"}}' if agreed else "choices"
    if every and not agreed:
        choices = f'{{**choices, "every": {_said(every)}}}'
    given = [f"choices={choices}", *([f"options={options}"] if options else [])]
    given += [f"language={_said(choice.language)}"] if choice.language != "en" else []
    narrowed = f"whole.where({_keywords(choice.asked)})" if choice.asked else "whole"
    opened = ", ".join(part for part in (_said(choice.register), _keywords(choice.opened)) if part)
    told = ", ".join(f"{_said(name)}: {_said(value)}" for name, value in choice.told.items())
    return "\n".join(
        [
            *(["import pandas as pd", ""] if agreed else []),
            "import lnlib as ln",
            f"from lnlib.charts import {chart}",
            *measures,
            "",
            f"whole = ln.open_register({opened})",
            f"here = {narrowed}",
            *([] if agreed else [f"choices = {{{told}}}"]),
            *lines,
            f"exhibit = ln.Exhibit({_said(choice.name)}, {chart}, data, here, {', '.join(given)})",
            f"exhibit.save({_said(out)})",
            "",
        ]
    )


Parts = tuple[str, list[str], list[str], str, str]


def _grid(choice: Choice, every: str) -> str:
    placed = f", placed={_said(choice.placed)}" if choice.placed == "order" else ""
    return f"ln.grid(here, every={_said(every)}{placed})"


def _mix(choice: Choice, _: Register) -> Parts:
    lines = [f"dates = {_grid(choice, 'quarter')}", "data = shares(ln.spells(here, **choices), dates=dates)"]
    return "stage_mix", [_SHARES], lines, "quarter", ""


def _flows(choice: Choice, here: Register) -> Parts:
    every, step = flow_dates(here, placed=choice.placed)
    few = f"[::-{step}][::-1]" if step > 1 else ""
    lines = [f"dates = {_grid(choice, every)}{few}", "data = between.flows(ln.spells(here, **choices), dates=dates)"]
    return "flows", ["from lnlib.measures.counts import flows as between"], lines, every, ""


def _paths(_: Choice, __: Register) -> Parts:
    return "paths", [], ["data = ln.timelines(here, **choices)"], "", ""


def _provinces(choice: Choice, _: Register) -> Parts:
    language = f", language={_said(choice.language)}" if choice.language != "en" else ""
    lines = [
        'spells = ln.spells(here, **choices, attributes=["unit"])',
        f'mix = shares(spells, dates={_grid(choice, "half")}, by="unit")',
        f"data = ln.named_units(mix, here{language})",
    ]
    return "province_tiles", [_SHARES], lines, "half", ""


def _actors(choice: Choice, here: Register) -> Parts:
    if key := one_actor(here):
        options = f'{{"actor": {_said(actor_name(here, key))}}}'
        return "portfolio", [], ["data = ln.timelines(here, **choices)"], "", options
    lines = [
        'kinds = ["state_kind", "non_state_kind"]',
        "spells = ln.spells(here, **choices, attributes=kinds)",
        f"data = shares(spells, dates={_grid(choice, 'quarter')}[-1:], by=kinds)",
    ]
    return "actor_matrix", [_SHARES], lines, "", ""


def _agreement(choice: Choice, _: Register) -> Parts:
    placed = _said(choice.placed)
    lines = [
        f'seen = pd.concat([ln.visits(here, placed={placed}, rater=rater) for rater in ("state", "non_state")])',
        f"pairs = rated_pairs(seen, period={'1.0' if choice.placed == 'order' else _said('half')})",
        "data = agreement_table(pairs)",
    ]
    measures = ["from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs"]
    return "agreement", measures, lines, "half", '{"kappa": kappa(pairs)}'


_PARTS = {
    "mix": _mix,
    "flows": _flows,
    "paths": _paths,
    "provinces": _provinces,
    "actors": _actors,
    "agreement": _agreement,
}


def _keywords(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_said(value)}" for name, value in given.items())


def _said(value: Any) -> str:
    """Write a literal as the formatter of this project would: in double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    written = repr(value)
    if isinstance(value, str) and written.startswith("'") and '"' not in value:
        return f'"{written[1:-1]}"'
    return written
