"""The partnerships of a selection as a table: searched, sorted, in pages, and as CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from lnlib.analyses.stories.story import in_words
from lnlib.charts.style.time_axis import when
from lnlib.errors import ValueNotAllowed
from lnlib.explorer.choice import STATES
from lnlib.explorer.mark_details import partnerships_of
from lnlib.explorer.selection import Selection
from lnlib.history.spells import spells
from lnlib.history.timelines import current_status
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded
from lnlib.register.cell_text import guarded
from lnlib.words import Words

PAGE_ROWS = 20
COLUMNS = ("non_state", "state", "province", "began", "status", "moved_up", "moved_back", "assessments")


@dataclass(frozen=True)
class Page:
    """A page of the table: its rows of words, their keys, and how many rows, actors of each side, and pages there are."""

    rows: list[list[str]]
    keys: list[str]
    n: int
    n_non_state: int
    n_state: int
    page: int
    pages: int


def page_of(
    selection: Selection, *, mark: str = "", search: str = "", sort: str = "", page: int = 1, rows: int = PAGE_ROWS
) -> Page:
    """Return a page of the partnerships of a selection.

    Parameters
    ----------
    mark : str
        A mark of the picture, whose partnerships alone are listed.
    search : str
        Words that each row listed contains, in any case and order.
    sort : str
        A column of `COLUMNS`, with `-` before it for descending order.
    page, rows : int
        Number of the page, and rows of each; a page after the last is the last.
    """
    frame = _listed(selection, mark, search, sort)
    pages = max(math.ceil(len(frame) / rows), 1)
    page = min(max(page, 1), pages)
    shown = frame.iloc[(page - 1) * rows : page * rows]
    cells = [[str(value) for value in row] for row in shown[list(COLUMNS)].itertuples(index=False)]
    non_state, state = (int(frame[f"{side}_actor"].nunique()) for side in ("non_state", "state"))
    return Page(cells, list(shown["partnership"]), len(frame), non_state, state, page, pages)


def csv_of(selection: Selection, *, mark: str = "", search: str = "", sort: str = "") -> bytes:
    """Return all rows of the table as CSV with a byte order mark, so that spreadsheets read its letters."""
    frame = _listed(selection, mark, search, sort)[["partnership", *COLUMNS]]
    named = frame.rename(columns=headers(selection))
    for column in named.columns:
        named[column] = guarded(named[column].astype("str"))
    return ("\ufeff" + named.to_csv(index=False, lineterminator="\n")).encode()


def headers(selection: Selection) -> dict[str, str]:
    """Return the header of each column in words."""
    words = Words.load(selection.choice.language)
    named = {name: words(f"explorer.columns.{name}") for name in ("partnership", *COLUMNS)}
    if selection.choice.placed != "order":
        last = words.date(selection.whole.observed[1], precision="month")
        named["status"] = words("explorer.columns.status_dated", when=last)
    return named


def _listed(selection: Selection, mark: str, search: str, sort: str) -> pd.DataFrame:
    column = sort.removeprefix("-")
    if column and column not in COLUMNS:
        raise ValueNotAllowed.of("sort", column, COLUMNS)
    frame = _table(selection)
    if mark:
        frame = frame[frame["partnership"].isin(partnerships_of(selection, mark))]
    if search.strip():
        columns = [frame[name].astype(str) for name in ("partnership", *COLUMNS)]
        wanted = [folded(word) for word in search.split()]
        texts = [folded(" ".join(cells)) for cells in zip(*columns, strict=True)]
        frame = frame[[all(word in text for word in wanted) for text in texts]]
    if column:
        by = f"{column}_key" if f"{column}_key" in frame else column
        frame = frame.sort_values(by, ascending=not sort.startswith("-"), kind="stable", na_position="last")
    return frame


def _table(selection: Selection) -> pd.DataFrame:
    rows, rater = selection.narrowed.rows, selection.choice.rater
    if rater not in rows:
        rows[rater] = _rows(selection)
    return rows[rater]


def _rows(selection: Selection) -> pd.DataFrame:
    """Return a row of words for each partnership that had begun, with keys to sort by."""
    here, choice = selection.here, selection.choice
    words = Words.load(choice.language)
    now = current_status(here, choice.history)
    now = now[now["status"].notna()]
    stages = here.scale.labels(choice.language)
    units = {unit.code: unit.name(choice.language) for unit in here.units} | {"": words("place_not_stated")}
    status = now["status"].astype(str)
    state = now["stage"].astype(object).where(status == "assessed", status).astype(str)
    names = {**stages, **{state: words(f"status.{state}") for state in STATES}}
    rank = {name: place for place, name in enumerate([*STATES, *stages])}
    moves = _moves(selection, words)
    recorded = here.partnerships.set_index("partnership")["start"]
    starts = list(recorded.reindex(now["partnership"]).astype("str").fillna(""))
    began = {start: in_words(start, words) for start in set(starts)}
    begun = {start: PartialDate.read(start).first.toordinal() if start else None for start in set(starts)}
    keys = now["partnership"].astype(str)
    return pd.DataFrame(
        {
            "partnership": now["partnership"],
            "non_state": now["non_state_name"],
            "non_state_actor": now["non_state"],
            "state": now["state_name"],
            "state_actor": now["state"],
            "province": now["unit"].map(units),
            "began": [began[start] for start in starts],
            "began_key": [begun[start] for start in starts],
            "status": state.map(names),
            "status_key": state.map(rank),
            "moved_up": [moves["up"].get(key, "") for key in keys],
            "moved_up_key": now["up"],
            "moved_back": [moves["down"].get(key, "") for key in keys],
            "moved_back_key": now["down"],
            "assessments": now["assessments"],
        }
    ).sort_values(["non_state", "state"], kind="stable")


def _moves(selection: Selection, words: Words) -> dict[str, dict[str, str]]:
    """Return the dates on which each partnership moved, up and back, in words."""
    frame = spells(selection.here, selection.choice.history)
    moves: dict[str, dict[str, str]] = {}
    last = float(frame["end"].max()) - 1 if selection.choice.placed == "order" and len(frame) else None
    for way in ("up", "down"):
        moved = frame[frame["outcome"] == way]
        written = {time: when(time, words, last=last, alone=True) for time in moved["end"].unique()}
        dates: dict[str, list[str]] = {}
        for key, time in zip(moved["partnership"].astype(str), moved["end"], strict=True):
            dates.setdefault(key, []).append(written[time])
        moves[way] = {key: words("marks.list").join(texts) for key, texts in dates.items()}
    return moves
