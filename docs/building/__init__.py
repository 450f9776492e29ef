"""What the pages hold beside their own text: pictures drawn, and tables written, when the pages are built."""

from __future__ import annotations

from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from building.accessible import mend_pages
from building.dictionary import data_dictionary
from building.notebooks import LISTED, linked, questions
from building.pictures import Picture
from building.reference import api_reference, columns_drawn, columns_returned

WRITTEN = {
    "columns-drawn": columns_drawn,
    "columns-returned": columns_returned,
    "dictionary": data_dictionary,
    "notebooks": questions,
    "reference": api_reference,
}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive `picture`, and the hook that writes tables, with Sphinx."""
    app.add_lexer("csv", TextLexer)  # Pygments knows none for it
    app.add_directive("picture", Picture)
    app.connect("source-read", write)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001 - as Sphinx calls it
    """Write each table where a page has the comment `<!-- written here: NAME -->`, and link the names of notebooks."""
    for name, table in WRITTEN.items():
        mark = f"<!-- written here: {name} -->"
        if mark in source[0]:
            source[0] = source[0].replace(mark, table())
    if docname != LISTED:
        source[0] = linked(source[0], from_page=docname)
