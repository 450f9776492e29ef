"""The plan of a batch in words: which notebooks, how often, what is stale and why, which exhibits are for print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lnlib.batch.plan.edition import Edition, Run
from lnlib.errors import listed


def plan_lines(edition: Edition, runs: Sequence[Run], stale: Mapping[str, str]) -> Iterator[str]:
    """Write what a batch would do, a line each.

    Parameters
    ----------
    runs : sequence of Run
        Those that were asked for.
    stale : mapping of str to str
        Why each run that is not up to date is not, by id.
    """
    waiting = [run for run in runs if run.id in stale]
    yield f"{edition.name}: {edition.title}"
    yield f"  register: {edition.members.title} ({edition.members.kind}), {_provinces(edition)}"
    yield f"  {_count(len(waiting), 'run')} to make, {len(runs) - len(waiting)} up to date"
    by_notebook: dict[str, list[Run]] = {}
    for run in runs:
        by_notebook.setdefault(run.notebook, []).append(run)
    for name, own in by_notebook.items():
        why = Counter(stale[run.id] for run in own if run.id in stale)
        reasons = "; ".join(f"{number} of {len(own)}: {reason}" for reason, number in why.items()) or "up to date"
        yield f"  {name}{_each(own, edition)}: {reasons}"
    if edition.exhibits:
        yield f"  {_count(len(edition.exhibits), 'exhibit')} for print:"
    for number, chosen in enumerate(edition.exhibits, 1):
        title = f", “{chosen.title}”" if chosen.title else ""
        yield f"    {number}. {chosen.name}: {chosen.width}, {chosen.status}{title}"


def _provinces(edition: Edition) -> str:
    return _count(len(edition.members.provinces), "province")


def _each(runs: Sequence[Run], edition: Edition) -> str:
    """Write what a notebook is run for each of, and how many provinces it leaves out as they have no partnership."""
    over = list(dict.fromkeys(name for run in runs for name in run.over))
    if not over:
        return ""
    shown = listed([run.label for run in runs], most=4)
    members = edition.members
    empty = {key for key, numbers in members.numbers.items() if numbers.get("n") == 0}
    made = {run.over.get("province") for run in runs}
    if empty and made == {key for key, _ in members.provinces} - empty:
        shown += f"; {_count(len(empty), 'province')} without a partnership left out"
    return f", {_count(len(runs), 'run')}, for each {' and '.join(over)} ({shown})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
