"""How partnerships between state and non-state actors move, from a register to a learning note.

The map, in the order of a notebook:

- `open_register(path)` gives a `Register`; `register.where(province=…, actor=…)` narrows it.
- `Choices` holds what a history rests on; `spells`, `visits`, `placed_assessments`, `timelines`, `current_status` and
  `assessment_records` return the histories; `grid` the dates to count them on; `with_attributes` and `named_units` join
  attributes of partnerships and units.
- `measures` turns histories into numbers, frame to frame.
- `charts` draws a measured frame; `Exhibit` puts drawing, data and words together and saves them; `Table` shows a frame.
- `Statistics` says every number that prose may quote, in each language; `Stories` tells each partnership on a page of its own.
- `explore(register)` shows all this in a notebook or a page, to be looked at without programming.
- `LnlibError` is what is raised when something is refused.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from lnlib.errors import LnlibError

# loaded when first used, so that the command line starts without pandas and matplotlib
_HOMES = {
    "Choices": "lnlib.history.choices",
    "Exhibit": "lnlib.exhibits.figure",
    "Register": "lnlib.register",
    "Statistics": "lnlib.analyses.statistics",
    "Stories": "lnlib.analyses.stories",
    "Table": "lnlib.exhibits.table",
    "Words": "lnlib.words",
    "assessment_records": "lnlib.history.records",
    "current_status": "lnlib.history.timelines",
    "explore": "lnlib.explorer",
    "grid": "lnlib.history.grid",
    "named_units": "lnlib.exhibits.labels",
    "open_register": "lnlib.intake",
    "placed_assessments": "lnlib.history.placed_in_time",
    "spells": "lnlib.history.spells",
    "timelines": "lnlib.history.timelines",
    "visits": "lnlib.history.visits",
    "with_attributes": "lnlib.history.attributes",
}

__all__ = ["LnlibError", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"lnlib has no '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
