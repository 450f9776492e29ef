"""The page that shows two editions compared: one file that asks nothing of the network."""

from __future__ import annotations

import base64
import functools
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image, ImageChops

from lnlib.batch.site.pages import environment, policy, stylesheet
from lnlib.editions.csv_changes import CellChange, Row
from lnlib.editions.edition_folder import Entry, Opened
from lnlib.editions.exhibit_changes import Change, Comparison
from lnlib.text import shown

_FOLDER = Path(__file__).parent / "templates"
_WIDE = 1050  # pixels of a picture on the page: the print's own would make a page of a hundred megabytes
_PLACES = re.compile(r"^-?\d+\.\d{5,}$")
_MOST = 200  # rows of a list; the rest is counted, and stands in the data


@dataclass(frozen=True)
class Picture:
    """A figure as the page holds it."""

    source: str
    alt: str
    mark: str = ""  # CSS of a frame around what changed


def page(found: Comparison) -> str:
    """Make the page of a comparison."""
    return (
        _templates()
        .get_template("compare.html")
        .render(
            found=found,
            policy=policy(),
            style=f"{stylesheet()}\n{(_FOLDER / 'compare.css').read_text('utf-8')}",
            changes=[_change(found, change) for change in found.changed],
            added=[_alone(found.new, entry) for entry in found.added],
            gone=[_alone(found.old, entry) for entry in found.gone],
            why=_why(found),
            most=_MOST,
        )
        .lstrip()
    )


@functools.cache
def _templates() -> jinja2.Environment:
    found = environment(_FOLDER)
    found.filters["shown"] = shown
    return found


def _change(found: Comparison, change: Change) -> dict[str, Any]:
    old, new = change.old.picture(), change.new.picture()
    pictures: list[Picture] = []
    if change.pictures and old and new:
        pictures = _pair(found.old.read(old), found.new.read(new), (change.old.alt, change.new.alt))
    return {
        "entry": change.new,
        "id": f"changed-{change.new.name}",
        "parts": _parts(change),
        "pictures": pictures,
        "words": change.words,
        "data": change.data,
        "cells": _by_row(change.data.cells) if change.data else None,
        "why": change.why,
        "files": change.files,
    }


def _parts(change: Change) -> str:
    """Return in a few words what of an exhibit changed."""
    data = change.data
    parts = ["picture"] * change.pictures + ["words"] * bool(change.words)
    if data is not None:
        counts = {
            "cell": len(data.cells),
            "row added": len(data.rows_added),
            "row gone": len(data.rows_gone),
            "column added": len(data.columns_added),
            "column gone": len(data.columns_gone),
        }
        parts += [_counted(n, what) for what, n in counts.items() if n] or ["order of rows"]
    return ", ".join(parts) or "files"


def _counted(n: int, what: str) -> str:
    first, _, rest = what.partition(" ")
    return f"{n} {first}{'s' * (n != 1)} {rest}".rstrip()


@dataclass(frozen=True)
class Changed:
    """The cells that changed, a row of data a line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Row, tuple[tuple[str, str] | None, ...]], ...]  # what it is, then old and new by column


def _by_row(cells: Iterable[CellChange]) -> Changed:
    rows: dict[Row, dict[str, tuple[str, str]]] = {}
    for cell in cells:
        rows.setdefault(cell.row, {})[cell.column] = _shortened(cell.old, cell.new)
    columns = tuple(dict.fromkeys(cell.column for cell in cells))
    return Changed(columns, tuple((row, tuple(own.get(column) for column in columns)) for row, own in rows.items()))


def _shortened(old: str, new: str) -> tuple[str, str]:
    """Write two numbers with four places, unless they are then the same.

    >>> _shortened("0.3423802275066531", "0.5")
    ('0.3424', '0.5')
    """
    short = [_PLACES.sub(lambda found: f"{float(found[0]):.4f}".rstrip("0"), one) for one in (old, new)]
    return (short[0], short[1]) if short[0] != short[1] else (old, new)


def _why(found: Comparison) -> list[tuple[str, int]]:
    """Return for how many exhibits each reason applies, the most frequent first."""
    counts: dict[str, int] = {}
    for change in found.changed:
        for reason in change.why:
            counts[reason] = counts.get(reason, 0) + 1
    return sorted(counts.items(), key=lambda one: -one[1])


def _alone(edition: Opened, entry: Entry) -> dict[str, Any]:
    file = entry.picture()
    return {"entry": entry, "picture": Picture(_packed(_open(edition.read(file))), shown(entry.alt)) if file else None}


def _pair(old: bytes, new: bytes, alts: tuple[str, str]) -> list[Picture]:
    """Return both pictures, with a frame around what changed where they have the same size."""
    one, other = _open(old), _open(new)
    mark = ""
    if one.size == other.size and (box := ImageChops.difference(one, other).getbbox()):
        wide, high = other.size
        edges = zip(("left", "top", "width", "height"), (box[0], box[1], box[2] - box[0], box[3] - box[1]), strict=True)
        mark = ";".join(
            f"{edge}:{100 * size / (wide if edge in ('left', 'width') else high):.2f}%" for edge, size in edges
        )
    return [Picture(_packed(one), shown(alts[0])), Picture(_packed(other), shown(alts[1]), mark)]


def _open(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _packed(picture: Image.Image) -> str:
    """Make a picture small enough for a page of many."""
    if (times := round(picture.width / _WIDE)) > 1:
        picture = picture.reduce(times)
    buffer = io.BytesIO()
    # the palette that is found fastest; print colours are few, and no eye tells it from the others
    picture.quantize(128, method=Image.Quantize.FASTOCTREE).save(buffer, "png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
