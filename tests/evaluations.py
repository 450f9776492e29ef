"""The claims evaluated once for all tests of a process: fitting the demonstration takes seconds."""

from __future__ import annotations

from functools import cache

import lnlib as ln
from lnlib.analyses.claims import Claims, Evaluation, evaluate

NOTE = Claims.load()


@cache
def demonstration() -> Evaluation:
    return evaluate(NOTE, ln.open_register("demonstration", frame="25"))
