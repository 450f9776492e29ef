"""How long a rating holds: until the next one, and no longer than a number of months."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from lnlib.history.placed_in_time import STATUS
from lnlib.history.visits import DAY


def carried_forward(rows: pd.DataFrame, lives: pd.DataFrame, carried: float, last_day: dt.date) -> pd.DataFrame:
    """Return each life in pieces: assessed while a rating holds, not assessed before and after, ended.

    A rating holds until the next one, at most `carried` months.

    Parameters
    ----------
    rows : DataFrame
        The assessments, one a date, by partnership and date: `partnership`, `date`, `stage`.
    lives : DataFrame
        As `life_spans` returns them.
    carried : float
        In months; infinite where a rating holds until the next, however old.
    last_day : date
        Of the observed period, to which an ending lasts.

    Returns
    -------
    DataFrame
        `partnership`, `start`, `end`, `level` (rank of the stage, −1 where none is known), `status`, `seen` (the date of
        the rating); empty pieces (`start` = `end`) included, in no order.
    """
    by = lives.set_index("partnership")
    end = by["end"].reindex(rows["partnership"]).to_numpy()
    same = (rows["partnership"] == rows["partnership"].shift(-1)).to_numpy()
    follow = np.where(same, rows["date"].shift(-1).to_numpy(), end)
    limit = np.isfinite(carried)
    days = np.timedelta64(round(carried * 365.25 / 12), "D") if limit else DAY
    known_to = np.minimum(follow, rows["date"].to_numpy() + days) if limit else follow
    first = rows.drop_duplicates("partnership").set_index("partnership")["date"].reindex(lives["partnership"])
    last = (np.datetime64(last_day, "us") + DAY).astype("datetime64[us]")

    begin_to = first.to_numpy().copy()
    never = np.isnat(begin_to)
    begin_to[never] = lives["end"].to_numpy()[never]
    ended = lives[lives["known_end"]]
    date, level = rows["date"].to_numpy(), rows["stage"].cat.codes.to_numpy()
    parts = [
        (rows, date, known_to, "assessed"),
        (rows, known_to, follow, "not_assessed"),
        (lives, lives["begin"].to_numpy(), begin_to, "not_assessed"),
        (ended, ended["end"].to_numpy(), np.full(len(ended), last), "ended"),
    ]
    whose, starts, ends, statuses = zip(*parts, strict=True)
    sizes = [len(frame) for frame in whose]
    unseen = sum(sizes[1:])
    return pd.DataFrame(
        {
            "partnership": pd.concat([frame["partnership"] for frame in whose], ignore_index=True),
            "start": np.concatenate(starts),
            "end": np.concatenate(ends),
            "level": np.append(level, np.full(unseen, -1, dtype=level.dtype)),
            "status": pd.Categorical.from_codes(
                np.repeat(STATUS.categories.get_indexer(statuses), sizes), dtype=STATUS
            ),
            "seen": np.append(date, np.full(unseen, np.datetime64("NaT", "us"))),
        }
    )
