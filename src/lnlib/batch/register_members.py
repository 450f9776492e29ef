"""What a batch needs to know of a register: who belongs to it, and a digest of the rows that each part is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lnlib.batch.plan.edition import Members
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.history.choices import DIFFER, EVIDENCE, Choices, is_ordinal, raters
from lnlib.history.grid import EVERY, grid
from lnlib.history.timelines import current_status
from lnlib.intake import open_register
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register
from lnlib.register.schema import TABLES
from lnlib.words import Words, languages

_IDENTIFYING = {
    "actors": ("actor",),
    "partnerships": ("partnership",),
    "assessments": ("partnership", "date", "step", "rated_by"),
    "mechanisms": ("partnership", "mechanism", "start", "step"),
}
_MOST_ROWS = 20_000  # that a report lists


def members(register: str, frame: str | None = None, choices: Mapping[str, Any] | None = None) -> Members:
    """Read a register for a batch.

    Parameters
    ----------
    register : str
        Path or bare name.
    frame : str, optional
        Number of units to count provinces in.
    choices : mapping, optional
        Choices of a history, and `period_from` and `period_to`, which the numbers rest on, and the `language` that
        names are in; those that are wrong are refused where runs are planned, and then there are no numbers.

    Returns
    -------
    Members
        Units as provinces, actors with their side, partnerships with their province and actors, the tile grid, the
        numbers on each tile (`n` partnerships, how many are `assessed` at the end of the period, the stage that leads
        among them, `stage_now`, its `level` from 1 and its `count`, `change`: moves up less moves down),
        whether an order is told and no dates, and digests of the rows behind the whole, each province and each actor.
    """
    opened = open_register(register, frame=frame or "")
    wanted = dict(choices or {})
    language = str(wanted.pop("language", "en"))
    language = language if language in languages() else "en"
    seen, chosen, refused = _read_by(opened, wanted)
    return Members(
        title=opened.title,
        kind=opened.kind,
        provinces=[(unit.code, unit.name()) for unit in opened.units],
        actors=list(opened.actors[["actor", "name", "side"]].itertuples(index=False, name=None)),
        partnerships=list(_partnerships(opened).itertuples(index=False, name=None)),
        also=_also(opened),
        grid={unit.code: unit.tiles[0] for unit in opened.units},
        numbers=_numbers(seen, chosen, language) if chosen is not None else {},
        until="" if chosen is None or chosen.ordinal else Words.load(language).date(seen.observed[1]),
        stages=list(opened.scale.labels(language).values()),
        in_order=is_ordinal(opened),
        resolve=_resolver(opened),
        digests=_digests(opened),
        rows=_rows(opened),
        allowed=_allowed(),
        refused=refused,
        names=_names(opened, language),
        check_house=_check_house,
        fonts=_fonts,
    )


def _allowed() -> dict[str, list[str]]:
    """Return what parameters of notebooks may be, so that a wrong one is refused before the first run."""
    return {
        "language": list(languages()),
        "placed": [*PLACINGS, "order"],
        "rater": list(raters()),
        "differ": list(DIFFER),
        "evidence": list(EVIDENCE),
        "every": list(EVERY),
    }


def _check_house(path: str) -> list[str]:
    """Return a warning for each font of a house style that is not installed; raise LnlibError if the style is wrong."""
    from lnlib.charts.style.house_style import Theme  # it loads matplotlib

    return Theme.load(path).font_warnings


def _fonts() -> list[tuple[str, int, Path]]:
    from lnlib.charts.style.typeface import SHIPPED, WEIGHTS  # it loads matplotlib

    return [(face.family, weight, file) for face in SHIPPED for weight, file in zip(WEIGHTS, face.files(), strict=True)]


def _resolver(register: Register) -> Any:
    def resolve(name: str, value: object) -> str:
        if name == "province":
            return register.unit(value).code
        if name == "actor":
            return register.actor(value)
        raise ValueNotAllowed.of("member", name, ("province", "actor"))

    return resolve


def _partnerships(register: Register) -> pd.DataFrame:
    return register.described[["partnership", "label", "unit", "non_state", "state"]]


def _also(register: Register) -> dict[str, str]:
    """Return the names that a province and an actor have beside the one shown."""
    found = {
        f"province={unit.code}": " ".join(
            name for place in unit.places for name in (place.name("km"), *place.spellings) if name != place.name()
        )
        for unit in register.units
    }
    actors = register.actors
    found |= {f"actor={key}": str(name) for key, name in zip(actors["actor"], actors["name_km"], strict=True)}
    found |= {f"partnership={key}": names for key, names in _topics(register).items()}
    return {key: names for key, names in found.items() if names}


def _names(register: Register, language: str) -> dict[str, str]:
    """Return what provinces are called in a language, where not by their label."""
    names = {f"province={unit.code}": (unit.name(language), unit.name()) for unit in register.units}
    return {key: name for key, (name, label) in names.items() if name != label}


def _topics(register: Register) -> dict[str, str]:
    """Return what each partnership is about and what it set up, in every language, by which its story is found."""
    described = register.described.set_index("partnership")
    words = {key: [*_split(row["sectors"]), *_split(row["functions"])] for key, row in described.iterrows()}
    for key, mechanism in register.mechanisms[["partnership", "mechanism"]].itertuples(index=False, name=None):
        words[key].append(mechanism)
    labels: dict[str, list[str]] = {}
    for language in languages():
        for group in ("sector", "function", "mechanism"):
            for word, label in Words.load(language).group(group).items():
                labels.setdefault(word, []).append(label)
    return {
        str(key): " ".join(label for word in dict.fromkeys(own) for label in labels.get(word, [word]))
        for key, own in words.items()
    }


def _split(cell: Any) -> list[str]:
    return [word.strip() for word in str(cell).split(";") if word.strip()] if pd.notna(cell) else []


def _read_by(register: Register, choices: Mapping[str, Any]) -> tuple[Register, Choices | None, dict[str, str]]:
    """Return a register within the period of an edition, its choices, None where they are wrong, and what is wrong."""
    period = [str(choices.get(name) or "") for name in ("period_from", "period_to")]
    wanted = {name: value for name, value in choices.items() if not name.startswith("period_")}
    refused = {}
    try:
        register = register.over(*period) if any(period) else register
    except LnlibError as error:
        refused["period"] = str(error)
    try:
        chosen = Choices.of(register, wanted)
    except (LnlibError, TypeError) as error:
        refused["parameters"] = str(error)
    return register, None if refused else chosen, refused


def _numbers(register: Register, choices: Choices, language: str) -> dict[str, dict[str, Any]]:
    frame = current_status(register, choices).dropna(subset=["status"])  # those that ran within the period
    labels = register.scale.labels(language)
    numbers: dict[str, dict[str, Any]] = {}
    for unit in register.units:
        own = frame[frame["unit"] == unit.code]
        # an ended partnership, or one not assessed for long, has a last stage and holds none now
        held = own.loc[own["status"] == "assessed", "stage"]
        entry: dict[str, Any] = {"n": len(own), "assessed": len(held)}
        if own["stage"].notna().any():
            entry["change"] = int(own["up"].sum() - own["down"].sum())
        counts = np.bincount(held.cat.codes, minlength=len(labels))
        leading = np.flatnonzero(counts == counts.max())
        if len(held) and len(leading) == 1:  # of two stages equally common neither leads, here as under a figure
            level = int(leading[0])
            entry |= {"stage_now": labels[register.scale.keys[level]], "level": level + 1, "count": int(counts[level])}
        numbers[unit.code] = entry
    return numbers


def _digests(register: Register) -> dict[str, str]:
    """Digest the rows of each part: those of its partnerships, of their actors, and what the register says of itself."""
    hashes = {name: _row_hashes(register.tables[name][table.names]) for name, table in TABLES.items()}
    about = json.dumps(
        [
            register.title,
            register.kind,
            register.licence,
            register.description,
            register.scale.as_declared(),
            register.frame,
            [unit.code for unit in register.units],
            register.places.as_csv(),
            [str(day) for day in register.observed],
            len(grid(register, placed="order")),  # the length of the axis where no dates are told
            [dict(source) for source in register.sources],
        ],
        ensure_ascii=False,
        sort_keys=True,
    )
    described = register.described
    actors = pd.Index(register.actors["actor"])
    sides = {side: actors.get_indexer(described[side]) for side in ("non_state", "state")}
    keys = pd.Index(described["partnership"])
    partnership_of = {
        name: keys.get_indexer(register.tables[name]["partnership"])
        for name in ("partnerships", "assessments", "mechanisms")
    }

    def digest(kept: np.ndarray, *also: int) -> str:
        """Digest the rows of partnerships, which are marked, of their actors and of further ones."""
        involved = np.zeros(len(actors) + 1, dtype=bool)  # the last stands for an actor that is not there
        for places in (*(places[kept] for places in sides.values()), list(also)):
            involved[places] = True
        total = hashlib.sha256(about.encode())
        total.update(hashes["actors"][involved[:-1]].tobytes())
        marked = np.append(kept, False)  # the last stands for a partnership that is not there
        for name, places in partnership_of.items():
            total.update(hashes[name][marked[places]].tobytes())
        return total.hexdigest()[:16]

    found = {"all": digest(np.ones(len(keys), dtype=bool))}
    units = described["unit"].to_numpy()
    for unit in register.units:
        found[f"province={unit.code}"] = digest(units == unit.code)
    for place, actor in enumerate(actors):
        found[f"actor={actor}"] = digest((sides["non_state"] == place) | (sides["state"] == place), place)
    return found


def _rows(register: Register) -> dict[str, list[list[str]]]:
    """Return what identifies each row of each table, with a digest of it; nothing of a register of very many rows."""
    if sum(len(register.tables[name]) for name in TABLES) > _MOST_ROWS:
        return {}
    found = {}
    for name, table in TABLES.items():
        frame = register.tables[name][table.names]
        shown = frame[list(_IDENTIFYING[name])].astype("str").fillna("").astype(object)
        labels = [
            ", ".join(cell for cell in row if cell not in ("", "nan", "<NA>"))
            for row in shown.itertuples(index=False, name=None)
        ]
        digests = [f"{digest:016x}" for digest in _row_hashes(frame)]
        found[name] = [list(pair) for pair in zip(labels, digests, strict=True)]
    return found


def _row_hashes(frame: pd.DataFrame) -> np.ndarray:
    text = frame.astype("str").fillna("").astype(object)
    return pd.util.hash_pandas_object(text, index=False).to_numpy()
