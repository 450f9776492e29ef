"""Who was exposed to what, from when: mechanisms and attributes beside visits, followed lives and endings.

An exposure starts on the day its mechanism starts and stops on the day it ceases; a partnership counts as unexposed
until then, whatever happened to it later, so that no time in which it could not have been exposed is given to the
exposed (immortal time: Suissa 2008, doi 10.1093/aje/kwm324; Andersen & Keiding 2012, doi 10.1002/sim.4385). Partial
dates are placed as the history's are; a mechanism whose start is not known is in force at no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.history.attributes import with_attributes
from lnlib.history.choices import Choices
from lnlib.history.placed_in_time import placed_assessments, placed_mechanisms
from lnlib.history.spells import spells
from lnlib.history.visits import life_spans, visits
from lnlib.reference import vocabulary
from lnlib.register import Register

_BEFORE_DAYS, _AFTER_DAYS = 182, 183  # a window around a closing: 365 days, so that closings a year apart only touch
_NEAR_DAYS = 91  # endings by closing no farther apart are of one closing
_YEAR = 365.25


def exposed_visits(
    register: Register, choices: Mapping[str, Any] | None = None, *, attributes: Sequence[str] = (), **options: Any
) -> pd.DataFrame:
    """Return every rating and ending with the mechanisms in force, and a row at each day on which these change.

    Parameters
    ----------
    choices : mapping, optional
        `placed`, `rater` and `evidence` as in `history.Choices`, or each by its name; several ratings of one day all stand.
    attributes : sequence of str
        Columns of `Register.described` to join on.

    Returns
    -------
    DataFrame
        The columns `visits` of `docs/columns.md`, status `changed` where only exposures change, a boolean column a
        mechanism, and the attributes.

    Raises
    ------
    ValueNotAllowed
        The placing, rater or an attribute is not known.
    LnlibError
        The dates are placed in order: then no time has passed.
    """
    chosen = Choices.of(register, choices, **options)
    _refuse_order(chosen.placed)
    endings = visits(register, chosen)
    endings = endings[endings["status"] == "ended"]
    rated = placed_assessments(register, chosen)[endings.columns]
    first, last = (pd.Timestamp(day) for day in register.observed)
    spans = _spans(register, chosen.placed)
    changes = _changes(spans)
    changes = changes.assign(stage=None, status="changed", rated_by=None)
    dtypes: dict[str, Any] = {
        "stage": register.scale.dtype,
        "rated_by": "str",
        "partnership": "str",
        "date": "datetime64[us]",
    }
    parts = [frame.assign(status=frame["status"].astype("str")).astype(dtypes) for frame in (rated, changes, endings)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[(rows["date"] >= first) & (rows["date"] <= last)]
    rows = _by_day(rows)
    for mechanism in vocabulary.words("mechanism"):
        rows[mechanism] = in_force(register, rows, mechanisms=[mechanism], placed=chosen.placed)
    return with_attributes(rows, register, attributes)


def around_start(
    register: Register,
    mechanism: str,
    choices: Mapping[str, Any] | None = None,
    *,
    before: int = 2,
    after: int = 2,
    **options: Any,
) -> pd.DataFrame:
    """Return every rating and ending with the half-year it falls in before or after a mechanism first starts.

    Parameters
    ----------
    mechanism : str
        A word of the vocabulary.
    choices : mapping, optional
        As `exposed_visits` takes them.
    before, after : int
        How many half-years are told apart on either side.

    Returns
    -------
    DataFrame
        The columns `visits` of `docs/columns.md`, a row of status `changed` where a half-year begins, and `window`
        (ordered categorical): `earlier` (before all of them, or the mechanism never started), then the number of
        half-years since the start, from −`before` to `after`, the last for all later time. Partnerships whose start of
        the mechanism is unknown are left out.
    """
    word = vocabulary.read_word("mechanism", mechanism)[0]
    chosen = Choices.of(register, choices, **options)
    rows = exposed_visits(register, chosen)
    names = ["partnership", "date", "stage", "status", "rated_by"]
    rows = rows.loc[rows["status"] != "changed", names]
    rows = rows[~rows["partnership"].isin(undated_partnerships(register, mechanisms=[word]))]
    spans = _spans(register, chosen.placed)
    start = spans[spans["mechanism"] == word].groupby("partnership")["date"].min()
    start = start[start.index.isin(rows["partnership"])]
    half = pd.Timedelta(days=_YEAR / 2).round("D")
    edges = [
        pd.DataFrame({"partnership": start.index, "date": (start + number * half).to_numpy(), "status": "changed"})
        for number in range(-before, after + 1)
    ]
    first, last = (pd.Timestamp(day) for day in register.observed)
    added = pd.concat(edges, ignore_index=True)
    added = added[(added["date"] >= first) & (added["date"] <= last)].assign(stage=None, rated_by=None)
    types = rows.dtypes.to_dict() | {"status": "str"}
    both = pd.concat([rows.astype({"status": "str"}), added[names].astype(types)], ignore_index=True)
    both = _by_day(both)
    begun = pd.Series(pd.DatetimeIndex(start.reindex(both["partnership"]).to_numpy()), index=both.index)
    days = (both["date"] - begun).dt.days.fillna(-np.inf)
    number = np.floor(days.to_numpy() / half.days).clip(-before - 1, after) + before + 1
    words = ["earlier", *(f"{each:+d}" if each else "0" for each in range(-before, after + 1))]
    return both.assign(window=pd.Categorical.from_codes(number.astype(int), categories=pd.Index(words), ordered=True))


def _by_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by partnership and day; of one day what changes comes first, and an ending last."""
    order = pd.Categorical(rows["status"], ["changed", "assessed", "ended"]).codes
    rows = rows.assign(order=order).sort_values(["partnership", "date", "order"], kind="stable", ignore_index=True)
    return rows.drop(columns="order").assign(status=pd.Categorical(rows["status"], ["assessed", "ended", "changed"]))


def in_force(register: Register, at: pd.DataFrame, *, mechanisms: Sequence[str], placed: str = "middle") -> pd.Series:
    """Return for each partnership and date whether any of the mechanisms was in force then.

    Parameters
    ----------
    at : DataFrame
        Columns `partnership` and `date` (datetime64).
    mechanisms : sequence of str
        Words of the vocabulary.
    placed : str
        As `exposed_visits` takes it.

    Returns
    -------
    Series of bool
        With the index of `at`.
    """
    wanted = {vocabulary.read_word("mechanism", word)[0] for word in mechanisms}
    spans = _spans(register, placed)
    spans = spans[spans["mechanism"].isin(wanted)]
    keys = pd.Index(register.partnerships["partnership"])
    asked = _key(keys, at["partnership"], at["date"])
    begun = np.sort(_key(keys, spans["partnership"], spans["date"]))
    over = spans.dropna(subset=["until"])
    ceased = np.sort(_key(keys, over["partnership"], over["until"]))
    opening = _key(keys, at["partnership"], pd.Series(np.datetime64("1000-01-01", "us"), index=at.index))
    running = [
        np.searchsorted(each, asked, side="right") - np.searchsorted(each, opening, side="left")
        for each in (begun, ceased)
    ]
    return pd.Series(running[0] > running[1], index=at.index)


def followed_until(
    register: Register, mechanism: str, *, exposures: Sequence[str], placed: str = "middle",
    attributes: Sequence[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """Follow partnerships from their begin until a mechanism first starts, with other mechanisms in force.

    Returns
    -------
    DataFrame
        Rows as of `visits`: `partnership`, `date`, `stage` (ordered categorical: `before`, `after`), `status`, a boolean
        column an exposure, the attributes. One that had the mechanism from its first day has no row.
    """
    _refuse_order(placed)
    lives = _lives(register, placed)
    spans = _spans(register, placed)
    happened = spans[spans["mechanism"] == vocabulary.read_word("mechanism", mechanism)[0]]
    first = happened.groupby("partnership")["date"].min().reindex(lives["partnership"]).reset_index(drop=True)
    lives = lives.assign(event=first.where(first < lives["end"]))
    lives = lives[~(lives["event"] <= lives["begin"])]
    stop = lives["event"].fillna(lives["end"])
    inside = _changes(spans).merge(lives.assign(stop=stop)[["partnership", "begin", "stop"]], on="partnership")
    inside = inside[(inside["date"] > inside["begin"]) & (inside["date"] < inside["stop"])]
    parts = [
        pd.DataFrame({"partnership": lives["partnership"], "date": lives["begin"], "stage": "before", "order": 0}),
        pd.DataFrame({"partnership": inside["partnership"], "date": inside["date"], "stage": None, "order": 1}),
        pd.DataFrame(
            {
                "partnership": lives["partnership"],
                "date": stop,
                "stage": np.where(lives["event"].notna(), "after", "before"),
                "order": 2,
            }
        ),
    ]
    rows = pd.concat(parts, ignore_index=True).sort_values(["partnership", "date", "order"], kind="stable")
    rows = rows.assign(
        stage=pd.Categorical(rows["stage"], ["before", "after"], ordered=True),
        status=pd.Categorical(
            np.where(rows["stage"].isna(), "changed", "assessed"), ["assessed", "ended", "changed"]
        ),
    ).drop(columns="order").reset_index(drop=True)  # fmt: skip
    for exposure in exposures:
        rows[exposure] = in_force(register, rows, mechanisms=[exposure], placed=placed)
    return with_attributes(rows, register, attributes)


def at_age(register: Register, *, mechanisms: Sequence[str], years: float, placed: str = "middle") -> pd.Series:
    """Return for each partnership whether any of the mechanisms was in force so many years after it began.

    Returns
    -------
    Series of bool
        By partnership: what is known at a landmark, whatever came later (van Houwelingen 2007).
    """
    _refuse_order(placed)
    lives = life_spans(register, placed)
    days = lives.assign(date=lives["begin"] + pd.Timedelta(days=round(years * _YEAR)))
    return in_force(register, days, mechanisms=mechanisms, placed=placed).set_axis(lives["partnership"])


def closings(register: Register, *, placed: str = "middle", least_n: int = 5) -> list[pd.Timestamp]:
    """Return the days on which projects closed, as the endings tell: the middle one of each cluster of them.

    Endings whose reason is `project_closed` and that lie no more than a quarter from the next are of one closing; one
    that took fewer than `least_n` partnerships is left out.
    """
    frame = register.partnerships
    closed = frame.loc[frame["end_reason"] == "project_closed", "partnership"]
    ended = visits(register, placed=placed)
    days = ended.loc[(ended["status"] == "ended") & ended["partnership"].isin(closed), "date"].sort_values()
    cluster = (days.diff() > pd.Timedelta(days=_NEAR_DAYS)).cumsum()
    return [rows.iloc[(len(rows) - 1) // 2] for _, rows in days.groupby(cluster) if len(rows) >= least_n]


def around_closings(
    register: Register, days: Sequence[pd.Timestamp], *, mechanisms: Sequence[str], placed: str = "middle"
) -> pd.DataFrame:
    """Follow the partnerships running half a year before each closing until half a year after it.

    A window ends where that of the next closing begins, if that is a quarter after its own closing or later. Who has a mechanism is settled on the first day of the window (a landmark): what starts later changes nothing, so
    that nobody must have lived on to count as exposed. Windows of one partnership do not overlap, so that every ending
    counts once: one that stands in the window of a closing is followed again only for closings whose window begins when
    that one ended, or later.

    Returns
    -------
    DataFrame
        `partnership`, `closing`, `exposed` (bool), `time` (years of 365 days since the window began), `event` (categorical:
        `ended`; NA where it ran on, or the observed period ended).
    """
    _refuse_order(placed)
    lives, parts = _lives(register, placed), []
    free = pd.Series(lives["begin"].to_numpy(), index=lives["partnership"])  # from when a window may begin
    for day, first, last in _windows(sorted(days)):
        clear = (free.reindex(lives["partnership"]) <= first).to_numpy()
        running = lives[clear & (lives["end"] > first).to_numpy()]
        free[running["partnership"]] = last
        stop = running["end"].where(running["end"] <= last, last)
        ended = running["known_end"] & (running["end"] <= last)
        part = pd.DataFrame(
            {
                "partnership": running["partnership"],
                "closing": day,
                "date": first,
                "time": (stop - first) / pd.Timedelta(days=_BEFORE_DAYS + _AFTER_DAYS),
                "event": pd.Categorical.from_codes(np.where(ended, 0, -1), categories=pd.Index(["ended"])),
            }
        )
        parts.append(part.assign(exposed=in_force(register, part, mechanisms=mechanisms, placed=placed)))
    columns = ["partnership", "closing", "exposed", "time", "event"]
    if not parts:
        return pd.DataFrame({column: [] for column in columns}).astype({"exposed": bool, "time": float})
    return pd.concat(parts, ignore_index=True)[columns]


def _windows(days: Sequence[pd.Timestamp]) -> list[tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]]:
    """Return each closing with the first and last day of its window, cut where the next begins soon enough after it."""
    firsts = [day - pd.Timedelta(days=_BEFORE_DAYS) for day in days]
    lasts = [day + pd.Timedelta(days=_AFTER_DAYS) for day in days]
    for place, (day, following) in enumerate(zip(days, firsts[1:], strict=False)):
        if following >= day + pd.Timedelta(days=_NEAR_DAYS):
            lasts[place] = min(lasts[place], following)
    return list(zip(days, firsts, lasts, strict=True))


def undated(register: Register, *, but: Sequence[str] = ()) -> int:
    """Count the mechanisms whose start is not known, which are in force at no time; without those named."""
    mechanisms = register.mechanisms
    return int((mechanisms["start_first"].isna() & ~mechanisms["mechanism"].isin(list(but))).sum())


def undated_partnerships(register: Register, *, mechanisms: Sequence[str]) -> set[str]:
    """Return the partnerships with one of these mechanisms whose start is not known: when they were exposed is not known."""
    rows = register.mechanisms
    return set(rows.loc[rows["start_first"].isna() & rows["mechanism"].isin(list(mechanisms)), "partnership"])


def _refuse_order(placed: str) -> None:
    if placed == "order":
        raise LnlibError("an exposure needs dates; placed='order' gives none")


def _spans(register: Register, placed: str) -> pd.DataFrame:
    """Return the mechanisms with a start; one placed to cease before it starts ceases as it starts."""
    spans = placed_mechanisms(register, placed=placed).dropna(subset=["date"])
    until = spans["until"].astype("datetime64[us]")
    return spans.assign(until=until.where(~(until < spans["date"]), spans["date"]))


def _changes(spans: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which any mechanism of a partnership starts or ceases, each once."""
    ceasing = spans[["partnership", "until"]].set_axis(["partnership", "date"], axis=1)
    return pd.concat([spans[["partnership", "date"]], ceasing]).dropna().drop_duplicates()


def _lives(register: Register, placed: str) -> pd.DataFrame:
    """Return begin and end of each partnership within the observed period, and whether the end is its own."""
    spans = spells(register, placed=placed)
    gone = spans["status"] == "ended"
    by = spans[~gone].groupby("partnership")
    lives = pd.DataFrame({"begin": by["start"].min(), "end": by["end"].max()}).reset_index()
    return lives.assign(known_end=lives["partnership"].isin(spans.loc[gone, "partnership"]))


def _key(keys: pd.Index, partnership: pd.Series, date: pd.Series) -> np.ndarray:
    """Return one sortable number of partnership and day."""
    day = date.to_numpy().astype("datetime64[D]").astype(np.int64) + 10**6
    return keys.get_indexer(pd.Index(partnership)).astype(np.int64) * 10**8 + day
