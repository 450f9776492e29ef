"""When each partnership began and ended, and the ratings and endings seen in between."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lnlib.history.choices import Choices, history
from lnlib.history.placed_in_time import STATUS, in_period, placed_assessments, placed_mechanisms, placed_plainly
from lnlib.history.which_ratings_count import one_a_date
from lnlib.register import Register
from lnlib.register.derived_frames import kept

DAY = np.timedelta64(1, "D")


@kept
def life_spans(register: Register, placed: str) -> pd.DataFrame:
    """Return the begin and end of each partnership, the same whoever's ratings count.

    A partnership begins at its start; where that is not known, at its first assessment (whoever rated it) or mechanism,
    else with the observed period. It ends after the day of its end.

    Returns
    -------
    DataFrame
        `partnership`, `begin`, `end` (datetime64, the first day after; the end of the period where it runs on),
        `known_end` (bool). Neither is cut to the observed period.
    """
    frame = register.partnerships
    lives = pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "begin": placed_plainly(frame["start_first"], frame["start_last"], placed),
            "end": placed_plainly(frame["end_first"], frame["end_last"], placed),
        }
    )
    rated = placed_assessments(register, placed=placed)[["partnership", "date"]]
    set_up = placed_mechanisms(register, placed=placed)[["partnership", "date"]]
    assessed = rated.groupby("partnership")["date"].agg(["min", "max"]).reindex(lives["partnership"])
    first_recorded = pd.concat([rated, set_up]).groupby("partnership")["date"].min()
    earliest, latest = assessed["min"].reset_index(drop=True), assessed["max"].reset_index(drop=True)
    begin = lives["begin"].fillna(first_recorded.reindex(lives["partnership"]).reset_index(drop=True))
    begin = begin.fillna(pd.Timestamp(register.observed[0]))
    begin = begin.where(~(earliest < begin), earliest)
    known = lives["end"].notna()
    end = lives["end"].where(~(latest > lives["end"]), latest)
    after = np.datetime64(register.observed[1], "us") + DAY
    return lives.assign(
        # placed apart, the start of a short partnership may fall after its end
        begin=begin.where(~(end < begin), end),
        end=(end + DAY).where(known, after),
        known_end=known,
    )


@history("placed", "rater", "differ", "evidence")
def visits(register: Register, choices: Choices) -> pd.DataFrame:
    """Return one row an assessment, and one for each dated ending.

    Where two ratings of a partnership share a date, the lower (or higher) is used. Rows placed outside the observed
    period are left out. An ordinal register has no endings.

    Returns
    -------
    DataFrame
        The columns `visits` of `docs/columns.md`.
    """
    rows = one_a_date(placed_assessments(register, choices), choices.differ)
    columns = ["partnership", "date", "stage", "status", "rated_by"]
    if choices.ordinal:
        return rows[columns]
    lives = life_spans(register, choices.placed)
    gone = lives[lives["known_end"]]
    endings = pd.DataFrame(
        {
            "partnership": gone["partnership"],
            "date": gone["end"] - DAY,
            "stage": pd.Categorical([None] * len(gone), dtype=register.scale.dtype),
            "status": pd.Categorical(["ended"] * len(gone), dtype=STATUS),
            "rated_by": pd.array([None] * len(gone), dtype="str"),
        }
    )
    both = pd.concat([rows[columns], endings[columns]]) if len(endings) else rows[columns]
    seen = both[in_period(both["date"], register)]
    return seen.sort_values(["partnership", "date", "status"], kind="stable").reset_index(drop=True)


@history("placed", "rater", "evidence")
def ratings(register: Register, choices: Choices) -> pd.DataFrame:
    """Return one row a rating, several a day included, and one for each dated ending, within the observed period.

    Returns
    -------
    DataFrame
        The columns `visits` of `docs/columns.md`: what a model needs that hides the stage behind raters who err.
    """
    endings = visits(register, choices)
    endings = endings[endings["status"] == "ended"]
    rated = placed_assessments(register, choices)[list(endings.columns)]
    rated = rated[in_period(rated["date"], register)]
    both = pd.concat([rated, endings]) if len(endings) else rated
    return both.sort_values(["partnership", "date", "status"], kind="stable").reset_index(drop=True)
