"""Write a composed note as HTML: a page of the edition that asks nothing of the network, its figures within."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from lnlib.batch.site.pages import environment, policy
from lnlib.editions.edition_folder import Opened
from lnlib.notes.composed_note import Composed
from lnlib.notes.svg_fonts import with_fonts
from lnlib.notes.template_data import template_data

_FOLDER = Path(__file__).with_name("templates")
_MIME = {"svg": "image/svg+xml", "png": "image/png"}


def write_html(composed: Composed, edition: Opened, look: Mapping[str, Any]) -> bytes:
    """Write a note as a web page; the same note gives the same bytes."""
    note = template_data(composed, look)
    pictures = {exhibit.id: exhibit.pictures for exhibit in composed.exhibits}
    marks: list[str] = []
    for piece in _walk([note["blocks"], note["about"]]):
        if piece.get("type") == "exhibit" and piece["kind"] == "figure":
            form = "svg" if "svg" in pictures[piece["id"]] else "png"
            content = edition.read(pictures[piece["id"]][form])
            content = with_fonts(content) if form == "svg" else content
            piece["src"] = f"data:{_MIME[form]};base64,{base64.b64encode(content).decode()}"
        elif piece.get("type") == "footnote":
            if piece["label"] not in marks:
                marks.append(piece["label"])
            piece["number"] = marks.index(piece["label"]) + 1
    return (
        _template()
        .render(
            note=note,
            notes=[note["footnotes"][label] for label in marks],
            edition=edition.title,
            style=(_FOLDER / "note.css").read_text("utf-8"),
            policy=policy,
        )
        .encode()
    )


@cache
def _template() -> jinja2.Template:
    return environment(_FOLDER).get_template("note.html")


def _walk(item: Any) -> Any:
    """Return every mapping in a tree, in the order of the text."""
    if isinstance(item, dict):
        yield item
        item = list(item.values())
    if isinstance(item, list):
        for inner in item:
            yield from _walk(inner)
