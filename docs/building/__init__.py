"""What the pages hold beside their own text: pictures drawn, and tables written, when the pages are built."""

from __future__ import annotations

from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from building.dictionary import add_dictionary
from building.pictures import Picture


def setup(app: Sphinx) -> dict[str, Any]:
    """Give Sphinx the directive `picture`, and the hook that writes the data dictionary."""
    app.add_lexer("csv", TextLexer)  # Pygments knows none for it
    app.add_directive("picture", Picture)
    app.connect("source-read", add_dictionary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
