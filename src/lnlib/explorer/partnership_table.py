"""The partnerships of a selection as a table: searched, sorted, in pages, and as CSV."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

import pandas as pd

from lnlib.charts.style.time_axis import when
from lnlib.errors import ValueNotAllowed
from lnlib.explorer.mark_details import partnerships_of
from lnlib.explorer.selection import Selection
from lnlib.explorer.view_and_filters import STATES
from lnlib.history.placed_in_time import placed_assessments, recorded_dates
from lnlib.history.spells import spells
from lnlib.history.timelines import current_status
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded
from lnlib.register.cell_text import guarded
from lnlib.words import Words
from lnlib.words.recorded_dates import in_words, shortened

PAGE_ROWS = 20
COLUMNS = (
    "non_state",
    "state",
    "province",
    "began",
    "ended",
    "status",
    "moved_up",
    "moved_back",
    "assessments",
    "last_assessed",
)
TOPICS = {"sector": "sectors", "function": "functions"}  # words by which a partnership is found, and their columns
LEAST_LETTERS, ALIKE = 4, 0.8  # of a word that nothing is called, and of the one shown in its place


@dataclass(frozen=True)
class Page:
    """A page of the table: its rows of words, their keys, and how many rows, actors of each side, and pages there are.

    `near` are the words that were searched for in the place of those that nothing is called.
    """

    rows: list[list[str]]
    keys: list[str]
    n: int
    n_non_state: int
    n_state: int
    page: int
    pages: int
    near: str = ""


def page_of(
    selection: Selection, *, mark: str = "", search: str = "", sort: str = "", page: int = 1, rows: int = PAGE_ROWS
) -> Page:
    """Return a page of the partnerships of a selection.

    Parameters
    ----------
    mark : str
        A mark of the picture, whose partnerships alone are listed.
    search : str
        Words that each row listed contains, in any case and order, in its cells, sectors, functions or mechanisms.
    sort : str
        A column of `COLUMNS`, with `-` before it for descending order.
    page, rows : int
        Number of the page, and rows of each; a page after the last is the last.
    """
    frame, near = _listed(selection, mark, search, sort)
    pages = max(math.ceil(len(frame) / rows), 1)
    page = min(max(page, 1), pages)
    shown = frame.iloc[(page - 1) * rows : page * rows]
    cells = [[str(value) for value in row] for row in shown[list(COLUMNS)].itertuples(index=False)]
    non_state, state = (int(frame[f"{side}_actor"].nunique()) for side in ("non_state", "state"))
    return Page(cells, list(shown["partnership"]), len(frame), non_state, state, page, pages, near)


def csv_of(selection: Selection, *, mark: str = "", search: str = "", sort: str = "") -> bytes:
    """Return all rows of the table as CSV with a byte order mark, so that spreadsheets read its letters."""
    frame, _ = _listed(selection, mark, search, sort)
    named = frame[["partnership", *COLUMNS]].rename(columns=headers(selection))
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


def _listed(selection: Selection, mark: str, search: str, sort: str) -> tuple[pd.DataFrame, str]:
    """Return the rows that are listed, and the words that were searched for in the place of others."""
    column = sort.removeprefix("-")
    if column and column not in COLUMNS:
        raise ValueNotAllowed.of("sort", column, COLUMNS)
    frame, near = _table(selection), ""
    if search.strip():
        texts = _searchable(selection, frame)
        wanted, near = _wanted(search, frame, texts)
        frame = frame[[all(word in text for word in wanted) for text in texts]]
    if mark:
        frame = frame[frame["partnership"].isin(partnerships_of(selection, mark))]
    if column:
        by = f"{column}_key" if f"{column}_key" in frame else column
        frame = frame.sort_values(by, ascending=not sort.startswith("-"), kind="stable", na_position="last")
    return frame, near


def _searchable(selection: Selection, frame: pd.DataFrame) -> list[str]:
    """Return the text of each row that is searched, made once for a list: a line for each cell and each topic."""
    if "searchable" not in frame:
        fold = {cell: folded(cell) for name in ("partnership", *COLUMNS) for cell in frame[name].astype(str).unique()}
        columns = [frame[name].astype(str).map(fold) for name in ("partnership", *COLUMNS)]
        topics = _topics(selection)
        about = [topics.get(str(key), "") for key in frame["partnership"]]
        frame["searchable"] = ["\n".join(cells) for cells in zip(*columns, about, strict=True)]
    return list(frame["searchable"])


def _topics(selection: Selection) -> dict[str, str]:
    """Return the sectors, functions and mechanisms of each partnership in words, folded, a line each."""
    words, here = Words.load(selection.choice.language), selection.here
    found: dict[str, list[str]] = {}
    for group, column in TOPICS.items():
        labels = {word: folded(label) for word, label in words.group(group).items()}
        for key, cell in zip(
            here.described["partnership"].astype(str), here.described[column].astype(str), strict=True
        ):
            found.setdefault(key, []).extend(labels.get(word, folded(word)) for word in cell.split(";") if word)
    labels = {word: folded(label) for word, label in words.group("mechanism").items()}
    for key, word in here.mechanisms[["partnership", "mechanism"]].astype(str).itertuples(index=False, name=None):
        found.setdefault(key, []).append(labels.get(word, folded(word)))
    return {key: "\n".join(dict.fromkeys(names)) for key, names in found.items()}


def _wanted(search: str, frame: pd.DataFrame, texts: list[str]) -> tuple[list[str], str]:
    """Return the words of a search folded, a word that is in no row replaced by one like it; and those replacements."""
    wanted, near = [], []
    for word in map(folded, search.split()):
        if len(word) >= LEAST_LETTERS and not any(word in text for text in texts):
            cells = {cell for name in COLUMNS for cell in frame[name].astype(str).unique()}
            parts = {part for cell in cells for part in map(folded, cell.split())} | set("\n".join(texts).split("\n"))
            like = difflib.get_close_matches(word, sorted(parts), n=1, cutoff=ALIKE)
            near += like
            wanted += like or [word]
        else:
            wanted.append(word)
    return wanted, " ".join(near)


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
    why = words.group("end_reason")
    rank = {name: place for place, name in enumerate([*STATES, *stages])}
    moves = _moves(selection, words)
    recorded = here.partnerships.set_index("partnership")[["start", "end", "end_reason"]]
    recorded = recorded.reindex(now["partnership"]).astype("str").fillna("")
    recorded.loc[(status != "ended").to_numpy(), ["end", "end_reason"]] = ""  # after the period, or not at all
    starts, ends, reasons = (list(recorded[name]) for name in recorded)
    dates = {date: in_words(date, words) for date in {*starts, *ends}}
    order = {date: PartialDate.read(date).first.toordinal() if date else None for date in dates}
    keys = now["partnership"].astype(str)
    return pd.DataFrame(
        {
            "partnership": now["partnership"],
            "non_state": now["non_state_name"],
            "non_state_actor": now["non_state"],
            "state": now["state_name"],
            "state_actor": now["state"],
            "province": now["unit"].map(units),
            "began": [dates[start] for start in starts],
            "began_key": [order[start] for start in starts],
            "ended": [
                words("story.ended_why", when=dates[end], why=why[reason]) if reason else dates[end]
                for end, reason in zip(ends, reasons, strict=True)
            ],
            "ended_key": [order[end] for end in ends],
            "status": [names[one] for one in state],
            "status_key": state.map(rank),
            "moved_up": [moves["up"].get(key, "") for key in keys],
            "moved_up_key": now["up"],
            "moved_back": [moves["down"].get(key, "") for key in keys],
            "moved_back_key": now["down"],
            "assessments": now["assessments"],
            "last_assessed": _rated_when(selection, now[["partnership", "last_assessed"]], words),
            "last_assessed_key": now["last_assessed"],
        }
    ).sort_values(["non_state", "state"], kind="stable")


def _moves(selection: Selection, words: Words) -> dict[str, dict[str, str]]:
    """Return the dates on which each partnership moved, up and back, in words."""
    frame = spells(selection.here, selection.choice.history)
    moves: dict[str, dict[str, str]] = {}
    for way in ("up", "down"):
        moved = frame.loc[frame["outcome"] == way, ["partnership", "end", "into"]]
        dates: dict[str, list[str]] = {}
        for key, date in zip(moved["partnership"].astype(str), _rated_when(selection, moved, words), strict=True):
            dates.setdefault(key, []).append(date)
        moves[way] = {key: words("marks.list").join(texts) for key, texts in dates.items()}
    return moves


def _rated_when(selection: Selection, at: pd.DataFrame, words: Words) -> list[str]:
    """Return the dates of assessments in words as they were recorded, or their places in the order that a source tells.

    `at` holds the partnership, the time and perhaps the stage of each; the time is missing where none was assessed.
    """
    at = at.set_axis(["partnership", "date", "stage"][: len(at.columns)], axis=1)
    last = _last_place(selection)
    if last is not None:
        return [when(time, words, last=last, alone=True) if pd.notna(time) else "" for time in at["date"]]
    recorded = recorded_dates(placed_assessments(selection.here, selection.choice.history), at)
    written = {date: shortened(date, words) for date in set(recorded)}
    return [written[date] for date in recorded]


def _last_place(selection: Selection) -> float | None:
    """Return the last place in the order that a source tells; None where it tells dates."""
    frame = spells(selection.here, selection.choice.history)
    return float(frame["end"].max()) - 1 if selection.choice.placed == "order" and len(frame) else None
