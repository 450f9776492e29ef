"""Follow-up: from when until when a partnership is followed, by one rule for all curves.

A partnership is followed from its first assessment until it ends or the observed period does, whether or not anybody
assessed it in between: its ending is known in any case, so leaving it out when its rating grows old, and counting it
again because it ended or was assessed after all, would let the future decide who is at risk. While its rating is too
old it is *not assessed*, a state of its own and not a reason to leave.

Time starts with the partnership (column `origin`, else its first spell); one that came under observation later enters
late (left truncation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.counts.shares import STATUSES


@dataclass(frozen=True)
class Followed:
    """Spells of partnerships ever assessed, from the first assessment on, sorted by partnership and start.

    `row` is the place in the frame given; `state` the stage from 0, then not assessed, then ended; `begun` when the
    partnership began, the same in all its rows. `subject` counts partnerships from 0.
    """

    stages: pd.Index
    row: np.ndarray
    subject: np.ndarray
    start: np.ndarray
    end: np.ndarray
    state: np.ndarray
    begun: np.ndarray

    @property
    def not_assessed(self) -> int:
        """The code of spells in which nobody knows the stage."""
        return len(self.stages)

    @property
    def ended(self) -> int:
        """The code of spells after the end."""
        return len(self.stages) + 1


def follow(spells: pd.DataFrame, *, caller: str) -> Followed:
    """Return the spells in which partnerships are followed.

    Parameters
    ----------
    spells
        Columns `partnership`, `stage`, `status`, `start`, `end`, as in `docs/columns.md`; perhaps `origin`, when each
        partnership began; else its first spell is taken.
    caller
        The measure, for messages.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        A column is missing or of the wrong kind, or a partnership began after its first assessment.
    """
    stages = columns.stages_of(spells, caller=caller)
    columns.require(spells, ["partnership", "start", "end"], caller=caller)
    status = columns.words_of(spells, "status", STATUSES, caller=caller)
    subject, _ = columns.codes_of(spells, caller=caller)
    start = columns.times_of(spells, "start", caller=caller)
    end = columns.times_of(spells, "end", caller=caller)
    begun = columns.times_of(spells, "origin", caller=caller) if "origin" in spells else start
    stage = columns.stage_codes(spells, caller=caller).astype(np.int64)
    order = np.arange(len(subject))[columns.in_order(subject, start)]
    subject, start, end, begun, status, stage = (x[order] for x in (subject, start, end, begun, status, stage))

    opening = np.flatnonzero(np.diff(subject, prepend=-1))
    length = np.diff(np.append(opening, len(subject)))
    begun = np.repeat(begun[opening], length)
    seen = (status == 0) & (stage >= 0)
    first = np.full(len(opening), len(subject))
    np.minimum.at(first, np.repeat(np.arange(len(opening)), length)[seen], np.flatnonzero(seen))
    kept = np.flatnonzero((np.arange(len(subject)) >= np.repeat(first, length)) & (start < end))
    late = int(np.count_nonzero((start < begun)[first[first < len(subject)]]))
    if late:
        raise ValueNotAllowed(f"{caller} needs origin no later than the first assessment, but {late} are later")
    state = np.where(seen, stage, len(stages) + (status == 2))
    rank = np.cumsum(first < len(subject)) - 1  # partnerships never assessed are not followed
    subject = rank[np.repeat(np.arange(len(opening)), length)]
    return Followed(stages, order[kept], subject[kept], start[kept], end[kept], state[kept], begun[kept])
