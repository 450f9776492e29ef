"""What the page is sent: all that a choice shows in one answer, what can be chosen, a page of the table, a story."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from lnlib.analyses.stories import fragment, story
from lnlib.errors import LnlibError
from lnlib.explorer.code import code
from lnlib.explorer.downloads import plain_name
from lnlib.explorer.mark_details import labels_of
from lnlib.explorer.partnership_table import COLUMNS, headers, page_of
from lnlib.explorer.selection import Selection
from lnlib.explorer.view_and_filters import EVERY, SCALES, VIEWS, WORDS
from lnlib.history.choices import is_ordinal
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.words import Words

WIDTHS = ("column", "two-columns")
_ID = re.compile(r'<g id="((?:bar|flow|block|tile|cell|pair):[^"]*|line-[^"]*)"')


def shown(selection: Selection, *, width: str, folder: str) -> dict[str, Any]:
    """Return what a selection shows: words, counts, picture and program, or the reason why there is none.

    Parameters
    ----------
    width : str
        Print width that the picture is drawn at.
    folder : str
        That the program saves to.
    """
    choice, exhibit = selection.choice, selection.exhibit
    words = Words.load(choice.language)
    tiles = {unit.code: selection.narrowed.tiles.get(unit.code, 0) for unit in selection.whole.units}
    places = [words("statistics.provinces", n=sum(map(bool, tiles.values())), units=len(tiles))]
    if unstated := selection.narrowed.tiles.get("", 0):
        places.append(words("statistics.place_not_stated", n=unstated))
    answer: dict[str, Any] = {
        "choice": asdict(choice),
        "query": choice.query,
        "summary": selection.summary,
        "n": selection.n,
        "reason": selection.reason,
        "tiles": tiles,
        "places": " ".join(places),
        "period": [str(day)[:7] for day in selection.whole.observed],
        "svg": "",
        "alt": "",
        "description": "",
        "marks": {},
        "hint": "",
        "code": "",
        "name": plain_name(selection),
    }
    if exhibit is None:
        return answer
    svg = exhibit.rendered(width, "svg").decode()
    drawn = {html.unescape(key) for key in _ID.findall(svg)}
    marks = {key: label for key, label in labels_of(selection).items() if key in drawn}
    hints = {"paths": "point", "actors": "point" if "actor" in exhibit.options else "point_mark"}
    hint = words(f"explorer.{hints.get(choice.view, 'point_mark')}") if marks else ""
    if choice.view == "agreement" and choice.rater != "any":
        hint = f"{hint} {words('explorer.both_raters')}"
    return answer | {
        "svg": svg,
        "alt": exhibit.alt,
        "description": exhibit.description,
        "marks": marks,
        "hint": hint,
        "code": code(selection, out=folder),
    }


def refused(reason: str) -> dict[str, Any]:
    """Return the answer that shows a reason alone."""
    blank = dict.fromkeys(("query", "summary", "places", "svg", "alt", "description", "hint", "code", "name"), "")
    return {"choice": None, "tiles": {}, "marks": {}, "n": 0, **blank, "reason": reason}


def options(register: Register, *, language: str) -> dict[str, Any]:
    """Return what can be chosen of a register, each value with its label."""
    words, described = Words.load(language), register.described
    kinds = set(described["non_state_kind"]) | set(described["state_kind"])
    rated = set(register.assessments["rated_by"])
    first, last = register.observed
    months = pd.period_range(str(first)[:7], str(last)[:7], freq="M")
    units = [
        {"code": unit.code, "label": unit.name(language), "row": row, "col": column}
        for unit in register.units
        for row, column in unit.tiles
    ]
    return {
        "title": register.title,
        "ordinal": is_ordinal(register),
        "units": units,
        "actors": _actors(register),
        "words": {
            "non_state": _held("kind", {kind for kind in kinds if vocabulary.side_of(kind) == "non_state"}, words),
            "state": _held("kind", {kind for kind in kinds if vocabulary.side_of(kind) == "state"}, words),
            "tier": _held("tier", set(described["tier"]), words),
            "function": _held("function", set(";".join(described["functions"]).split(";")), words),
            "sector": _held("sector", set(";".join(described["sectors"]).split(";")), words),
            "mechanism": _held("mechanism", set(register.mechanisms["mechanism"]), words),
        },
        "stages": list(register.scale.labels(language).items())[1:],
        "raters": [word for word in vocabulary.words("rated_by") if word in rated],
        "months": [
            {"value": str(month), "label": words.date(month.end_time.date(), precision="month")} for month in months
        ],
        "n": len(register.partnerships),
    }


def _actors(register: Register) -> list[tuple[str, str, int]]:
    """Return key, name and partnerships of each actor that has one, of the most first; of one name the key is added."""
    described = register.described
    held = Counter([*described["non_state"].astype(str), *described["state"].astype(str)])
    actors = register.actors[register.actors["actor"].astype(str).isin(held)].sort_values("name", kind="stable")
    twice = set(actors.loc[actors["name"].duplicated(keep=False), "name"])
    named = zip(actors["actor"].astype(str), actors["name"].astype(str), strict=True)
    found = [(key, f"{name} ({key})" if name in twice else name, held[key]) for key, name in named]
    return sorted(found, key=lambda actor: -actor[2])


def _held(name: str, held: Iterable[str], words: Words) -> list[list[str]]:
    labels, held = words.group(name), set(held)
    return [[word, labels.get(word, word)] for word in vocabulary.words(WORDS[name]) if word in held]


def table(selection: Selection, *, mark: str, search: str, sort: str, page: int) -> dict[str, Any]:
    """Return a page of the partnerships of a selection, of those behind a mark where one is named."""
    found = page_of(selection, mark=mark, search=search, sort=sort, page=page)
    words = Words.load(selection.choice.language)
    heading = words("explorer.table")
    if mark:
        heading = labels_of(selection)[mark]
    named = headers(selection)
    between = words(
        "explorer.between",
        partnerships=words("n_partnerships", n=found.n),
        non_state=words("explorer.n_non_state", n=found.n_non_state),
        state=words("explorer.n_state", n=found.n_state),
    )
    first = (found.page - 1) * len(found.rows) + 1 if found.page < found.pages else found.n - len(found.rows) + 1
    counted = words("explorer.rows", first=first, last=first + len(found.rows) - 1, n=found.n)
    return {
        "heading": heading,
        "between": between if found.n else "",
        "columns": [[name, named[name]] for name in COLUMNS],
        "rows": found.rows,
        "keys": found.keys,
        "n": found.n,
        "page": found.page,
        "pages": found.pages,
        "counted": words("pages.near", found=counted, words=found.near) if found.near and found.n else counted,
    }


def story_of(selection: Selection, partnership: str) -> dict[str, str]:
    """Return the story of a partnership as HTML, in which all that the register states is escaped."""
    if partnership not in set(selection.here.partnerships["partnership"].astype(str)):
        raise LnlibError(Words.load(selection.choice.language)("explorer.no_story", name=partnership))
    life = story(selection.here, partnership, language=selection.choice.language, **selection.choice.history)
    return {"key": partnership, "html": fragment(life, level=2)}


def page_words(language: str) -> dict[str, Any]:
    """Return the words of the page's script, and the signs that it writes numbers with."""
    entries = Words.load(language).entries
    return {**entries["explorer"]["page"], **{sign: entries["marks"][sign] for sign in ("digits", "thousands")}}


def controls(language: str) -> dict[str, Sequence[Sequence[str]]]:
    """Return the values of the controls that every register has, with their labels."""
    words = Words.load(language)
    groups = {"views": VIEWS, "scales": SCALES, "periods": EVERY}
    return {name: [[key, words(f"explorer.{name}.{key or 'own'}")] for key in keys] for name, keys in groups.items()}
