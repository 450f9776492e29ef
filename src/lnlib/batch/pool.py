"""Runs on this machine: forked where that is safe, with ordinary kernels where it is not."""

from __future__ import annotations

from collections.abc import Callable

from lnlib.batch.forks import Forks
from lnlib.batch.going import Events, Place, Spec, keep_going
from lnlib.batch.kernels import Kernels
from lnlib.batch.nursery import unsafe


def execute(specs: list[Spec], *, workers: int, modules: list[str], events: Events) -> str:
    """Execute runs on this machine, `workers` at once.

    Parameters
    ----------
    specs : list of dict
        As `lnlib.batch.runner.run` takes them, without `engine`.
    workers : int
        How many go at once.
    modules : list of str
        What is imported before the first run is forked.
    events : Events
        Told what happens.

    Returns
    -------
    str
        How runs were executed: `forks`, or `kernels: …` with the reason.

    Raises
    ------
    Stopped
        As `keep_going` says.
    """
    if not specs:
        return "nothing"
    place, reason = place_here(modules, workers, events.said)
    if reason:
        events.said(f"Runs use ordinary kernels: {reason}")
    keep_going(specs, place, events)
    return f"kernels: {reason}" if reason else "forks"


def place_here(modules: list[str], workers: int, say: Callable[[str], None]) -> tuple[Place, str]:
    """Give a place on this machine, and why its runs cannot be forked; empty where they are."""
    reason = unsafe()
    if not reason:
        forks = Forks(modules, workers, say)
        if not forks.unsafe:
            return forks, ""
        forks.close()
        reason = forks.unsafe
    return Kernels(workers), reason
