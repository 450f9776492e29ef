"""Which partnerships of a register have one of the words asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lnlib.reference import vocabulary
from lnlib.register.contents import Contents

# whose words each parameter of `Register.where` takes
VOCABULARIES = {
    "kind": "kind",
    "tier": "tier",
    "function": "function",
    "sector": "sector",
    "mechanism": "mechanism",
    "in_force": "mechanism",
}


def fitting(register: Contents, what: str, words: Sequence[str]) -> Iterable[str]:
    """Return the keys of the partnerships that have one of the words.

    Parameters
    ----------
    what : str
        One of `VOCABULARIES`.
    words : sequence of str
        Words of that vocabulary.
    """
    frame = register.described
    if what == "tier":
        keep = frame["tier"].isin(words)
    elif what == "kind":
        keep = _of_kinds(frame, words)
    elif what in ("function", "sector"):
        keep = _holding(frame[f"{what}s"], words)
    else:
        keep = frame["partnership"].isin(_with_mechanism(register, words, in_force=what == "in_force"))
    return frame.loc[keep, "partnership"]


def _of_kinds(frame: pd.DataFrame, words: Sequence[str]) -> pd.Series:
    keep = pd.Series(True, index=frame.index)
    for side in ("state", "non_state"):
        asked = [word for word in words if vocabulary.side_of(word) == side]
        if asked:
            keep &= frame[f"{side}_kind"].isin(asked)
    return keep


def _holding(cells: pd.Series, words: Sequence[str]) -> pd.Series:
    wanted = set(words)
    fits = {cell: bool(wanted & set(cell.split(";"))) for cell in cells.unique()}
    return cells.map(fits).astype(bool)


def _with_mechanism(register: Contents, words: Sequence[str], *, in_force: bool) -> pd.Series:
    last = pd.Timestamp(register.observed[1])
    frame = register.mechanisms
    frame = frame[frame["mechanism"].isin(words) & ~(frame["start_first"] > last)]
    if in_force:
        ends = register.partnerships.set_index("partnership")["end_last"]
        gone = ends.reindex(frame["partnership"]).to_numpy() < last.to_datetime64()
        frame = frame[~(frame["end_last"] < last) & ~gone]
    return frame["partnership"]
