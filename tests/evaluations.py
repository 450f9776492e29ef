"""The claims evaluated once for all tests of a session: fitting the demonstration takes seconds."""

from __future__ import annotations

import pickle
from functools import cache

import session_folder
from filelock import FileLock

import lnlib as ln
from lnlib.analyses.claims import Claims, Evaluation, evaluate

NOTE = Claims.load()


@cache
def demonstration() -> Evaluation:
    """Return the evaluation that the first process of the session to ask for it made."""
    file = session_folder.path / "demonstration.pickle"
    with FileLock(session_folder.path / "demonstration.lock"):
        if not file.exists():
            evaluation = evaluate(NOTE, ln.open_register("demonstration", frame="25"))
            file.write_bytes(pickle.dumps(evaluation))
    result: Evaluation = pickle.loads(file.read_bytes())
    return result
