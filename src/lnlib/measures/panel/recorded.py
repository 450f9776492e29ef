"""Moves as they were recorded: from one rating of a partnership to that of a later day, and by what held in between."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lnlib.measures import columns

_RANK = {"changed": 0, "assessed": 1, "ended": 2}


def recorded_moves(visits: pd.DataFrame) -> pd.DataFrame:
    """Return each rating and ending that follows the rating of an earlier day, and the row that held until then.

    Of several ratings on one day the lowest counts, since two raters who differ are no move. What held until a rating
    is the last row, rating or change, of an earlier day: what changes on the day of the rating comes after it.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage` and `status` (`assessed`, `changed` or `ended`), in any order.

    Returns
    -------
    DataFrame
        `row` and `held` (positions in `visits`), `before` and `now` (ranks of the stages; −1 of an ending), by
        partnership and date.

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": "a", "date": [0, 1, 2, 2], "status": ["assessed", "changed", "assessed", "assessed"],
    ...     "stage": pd.Categorical(["low", None, "high", "low"], ["low", "high"], ordered=True)})
    >>> recorded_moves(seen).values.tolist()
    [[3, 1, 0, 0]]
    """
    columns.require(visits, ["status"], caller="recorded_moves")
    owner, _ = columns.codes_of(visits, caller="recorded_moves")
    date = columns.times_of(visits, "date", caller="recorded_moves")
    stage = columns.stage_codes(visits, caller="recorded_moves").astype(int)
    rank = visits["status"].astype("str").map(_RANK).to_numpy()
    order = np.lexsort((stage, rank, date, owner))
    rows = pd.DataFrame({"owner": owner[order], "date": date[order], "rank": rank[order]})
    kept = (rows["rank"] == 2) | ((rows["rank"] == 1) & ~rows.duplicated())
    level = pd.Series(np.where(kept & (rows["rank"] == 1), stage[order], np.nan))
    first = pd.Series(rows.index).groupby([rows["owner"], rows["date"]]).transform("min")
    held = (first - 1).where(rows["owner"] == rows["owner"].reindex(first - 1).set_axis(rows.index))
    before = level.groupby(rows["owner"]).ffill().reindex(held).set_axis(rows.index)
    found = kept & before.notna()
    return pd.DataFrame(
        {
            "row": order[found],
            "held": order[held[found].astype(int)],
            "before": before[found].astype(int),
            "now": level[found].fillna(-1).astype(int),
        }
    ).reset_index(drop=True)
