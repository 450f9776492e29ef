"""The Python that makes what the explorer shows: a whole program, in the words of the notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lnlib.explorer.selection import Selection
from lnlib.explorer.view_and_filters import Choice
from lnlib.explorer.views import flow_dates
from lnlib.register import Register

_SHARES = "from lnlib.measures.counts.shares import shares"


def code(selection: Selection, *, out: str) -> str:
    """Return the program that makes the exhibit of a selection and saves it.

    Parameters
    ----------
    selection : Selection
        With an exhibit.
    out : str
        Folder that the exhibit is saved to.

    Returns
    -------
    str
        Python source; run anywhere from which the register's path or name is found, it writes the bytes that the
        explorer saves.
    """
    choice, here = selection.choice, selection.here
    chart, measures, lines, every = _PARTS[choice.view](choice, here)
    agreed = choice.view == "agreement"
    choices = f'{{"placed": {_literal(choice.placed)}, "every": "half"}}' if agreed else "choices"
    if every and not agreed:
        choices = f'{{**choices, "every": {_literal(every)}}}'
    shown = selection.drawn
    options = {name: _literal(value) for name, value in shown.options.items()}
    if agreed:
        options["kappa"] = "kappa(pairs)"
    given = [f"notes={_literal(list(shown.notes))}"] if shown.notes else []
    given.append(f"choices={choices}")
    given += [f"options={{{', '.join(f'{_literal(name)}: {value}' for name, value in options.items())}}}"] * bool(
        options
    )
    given += [f"language={_literal(choice.language)}"] if choice.language != "en" else []
    narrowed = f"whole.where({_keywords(choice.filters)})" if choice.filters else "whole"
    opened = ", ".join(part for part in (_literal(choice.register), _keywords(choice.opening)) if part)
    history = ", ".join(f"{_literal(name)}: {_literal(value)}" for name, value in choice.history.items())
    pandas = agreed or any("pd." in value for value in options.values())
    return "\n".join(
        [
            *(["import pandas as pd", ""] if pandas else []),
            "import lnlib as ln",
            f"from lnlib.charts import {chart}",
            *measures,
            "",
            f"whole = ln.open_register({opened})",
            f"here = {narrowed}",
            *([] if agreed else [f"choices = {{{history}}}"]),
            *lines,
            f"exhibit = ln.Exhibit({_literal(choice.name)}, {chart}, data, here, {', '.join(given)})",
            f"exhibit.save({_literal(out)})",
            "",
        ]
    )


Parts = tuple[str, list[str], list[str], str]


def _grid(choice: Choice, every: str) -> str:
    placed = f", placed={_literal(choice.placed)}" if choice.placed == "order" else ""
    return f"ln.grid(here, every={_literal(every)}{placed})"


def _without(choice: Choice, name: str) -> list[str]:
    """Return the lines that leave states out of counts, as `views.without_states`."""
    return [
        f'{name} = {name}.assign(n_known={name}["n_known"] - {name}["n_{state}"], n_{state}=0)' for state in choice.hide
    ]


def _mix(choice: Choice, _: Register) -> Parts:
    every = choice.every or "quarter"
    lines = [f"dates = {_grid(choice, every)}", "data = shares(ln.spells(here, **choices), dates=dates)"]
    return "stage_mix", [_SHARES], [*lines, *_without(choice, "data")], every


def _flows(choice: Choice, here: Register) -> Parts:
    every, step = flow_dates(here, placed=choice.placed)
    few = f"[::-{step}][::-1]" if step > 1 else ""
    lines = [f"dates = {_grid(choice, every)}{few}", "data = between.flows(ln.spells(here, **choices), dates=dates)"]
    return "flows", ["from lnlib.measures.counts import flows as between"], lines, every


def _paths(_: Choice, __: Register) -> Parts:
    return "paths", [], ["data = ln.timelines(here, **choices)"], ""


def _pace(choice: Choice, here: Register) -> Parts:
    to = _literal(choice.stage or here.scale.keys[1])
    lines = [f"data = first_passage(ln.spells(here, **choices), to={to})"]
    return "incidence", ["from lnlib.measures.curves.first_passage import first_passage"], lines, ""


def _provinces(choice: Choice, _: Register) -> Parts:
    language = f", language={_literal(choice.language)}" if choice.language != "en" else ""
    every = choice.every or "half"
    lines = [
        'spells = ln.spells(here, **choices, attributes=["unit"])',
        f'mix = shares(spells, dates={_grid(choice, every)}, by="unit")',
        *_without(choice, "mix"),
        f"data = ln.named_units(mix, here{language})",
    ]
    return "province_tiles", [_SHARES], lines, every


def _actors(choice: Choice, _: Register) -> Parts:
    lines = [
        'kinds = ["state_kind", "non_state_kind"]',
        "spells = ln.spells(here, **choices, attributes=kinds)",
        f"data = shares(spells, dates={_grid(choice, 'quarter')}[-1:], by=kinds)",
    ]
    return "actor_matrix", [_SHARES], lines, ""


def _agreement(choice: Choice, _: Register) -> Parts:
    placed = _literal(choice.placed)
    lines = [
        f'seen = pd.concat([ln.visits(here, placed={placed}, rater=rater) for rater in ("state", "non_state")])',
        f"pairs = rated_pairs(seen, period={'1.0' if choice.placed == 'order' else _literal('half')})",
        "data = agreement_table(pairs)",
    ]
    measures = ["from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs"]
    return "agreement", measures, lines, "half"


_PARTS = {
    "mix": _mix,
    "flows": _flows,
    "paths": _paths,
    "pace": _pace,
    "provinces": _provinces,
    "actors": _actors,
    "agreement": _agreement,
}


def _keywords(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_literal(value)}" for name, value in given.items())


def _literal(value: Any) -> str:
    """Write a literal as the formatter of this project would: in double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))})"
    if isinstance(value, pd.Timestamp):
        return f"pd.Timestamp({_literal(str(value.date()))})"
    written = repr(value)
    if isinstance(value, str) and written.startswith("'") and '"' not in value:
        return f'"{written[1:-1]}"'
    return written
