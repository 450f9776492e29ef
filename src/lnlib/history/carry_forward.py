"""How long a rating holds: until the next one, and no longer than a number of months."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from lnlib.history.placing import STATUS
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

    def piece(whose: pd.Series, start: Any, until: Any, status: str, seen: Any = None) -> pd.DataFrame:
        frame = pd.DataFrame({"partnership": whose.to_numpy(), "start": start, "end": until})
        none = np.full(len(frame), np.datetime64("NaT", "us"))
        code = rows["stage"].cat.codes.to_numpy() if status == "assessed" else np.full(len(frame), -1)
        return frame.assign(
            level=code, status=pd.Categorical([status] * len(frame), dtype=STATUS), seen=none if seen is None else seen
        )

    begin_to = first.to_numpy().copy()
    never = np.isnat(begin_to)
    begin_to[never] = lives["end"].to_numpy()[never]
    ended = lives[lives["known_end"]]
    return pd.concat(
        [
            piece(rows["partnership"], rows["date"].to_numpy(), known_to, "assessed", rows["date"].to_numpy()),
            piece(rows["partnership"], known_to, follow, "not_assessed"),
            piece(lives["partnership"], lives["begin"].to_numpy(), begin_to, "not_assessed"),
            piece(ended["partnership"], ended["end"].to_numpy(), np.full(len(ended), last), "ended"),
        ],
        ignore_index=True,
    )
