"""A composed note as plain data: what the templates of PDF and HTML walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lnlib.exhibits.word_document import column_widths
from lnlib.notes import nodes
from lnlib.notes.composed_note import Composed, NumberedExhibit
from lnlib.notes.head_and_foot import banner, byline, method_line, numbered, running
from lnlib.notes.nodes import Block, Inline
from lnlib.words import Words

_LETTER, _PADDING = 1.4, 1.6  # mm that a letter of a table takes at most, and a cell's margins


def template_data(composed: Composed, look: Mapping[str, Any]) -> dict[str, Any]:
    """Return a note as plain data, for a template to walk."""
    about = composed.note.about
    words = Words.load(about.language)
    blocks = [block for block in composed.blocks if not (isinstance(block, nodes.Box) and block.kind == "about")]
    return {
        "look": dict(look),
        "language": about.language,
        "title": composed.title,
        "subtitle": about.subtitle,
        "series": about.series,
        "number": numbered(about.number, words),
        "authors": list(about.authors),
        "byline": byline(composed, words),
        "banner": banner(composed, words),
        "date": [int(part) for part in about.date.split("-")] if about.date else None,
        "running": running(composed, words),
        "page": str(words.pattern("note_page.page")),
        "digits": list(words.digits("0123456789")),
        "blocks": [_block(block) for block in blocks],
        "about": [_block(block) for block in composed.blocks if isinstance(block, nodes.Box) and block.kind == "about"],
        "method": method_line(composed, words),
        "footnotes": {label: _inlines(text) for label, text in composed.footnotes.items()},
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, nodes.Heading):
        return {"type": "heading", "level": block.level, "text": _inlines(block.text)}
    if isinstance(block, nodes.Paragraph):
        return {"type": "paragraph", "text": _inlines(block.text)}
    if isinstance(block, nodes.Bullets):
        items = [[_block(one) for one in item] for item in block.items]
        return {"type": "bullets", "ordered": block.ordered, "start": block.start, "items": items}
    if isinstance(block, nodes.Quote):
        inner = [_block(one) for one in block.blocks]
        return {"type": "quote", "attribution": _inlines(block.attribution), "blocks": inner}
    if isinstance(block, nodes.Box):
        return {"type": "box", "title": _inlines(block.title), "blocks": [_block(one) for one in block.blocks]}
    assert isinstance(block, NumberedExhibit)
    tag = {
        name: getattr(block, name)
        for name in (
            "id",
            "kind",
            "label",
            "title",
            "subtitle",
            "note",
            "source",
            "alt",
            "width",
            "mm",
            "framed",
            "opens",
        )
    }
    if block.cells is None:
        return {"type": "exhibit", **tag}
    rows = [list(row) for row in block.cells.rows]
    return {
        "type": "exhibit",
        **tag,
        "framed": False,
        "headers": list(block.cells.headers),
        "rows": rows,
        "numeric": list(block.cells.numeric),
        "columns": column_widths(block.cells.headers, rows, block.mm, letter=_LETTER, padding=_PADDING),
    }


def _inlines(text: Sequence[Inline]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for inline in text:
        if isinstance(inline, nodes.Text):
            found.append({"type": "text", "text": inline.text})
        elif isinstance(inline, nodes.Styled):
            found.append({"type": inline.style, "children": _inlines(inline.children), "url": inline.url})
        elif isinstance(inline, nodes.Reference):
            found.append({"type": "reference", "target": inline.target, "label": inline.label})
        elif isinstance(inline, nodes.FootnoteMark):
            found.append({"type": "footnote", "label": inline.label})
        elif isinstance(inline, nodes.Break):
            found.append({"type": "break"})
    return found
