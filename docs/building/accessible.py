"""What the theme's pages lack for who reads them by keyboard or by ear: put in when the pages are written."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

_MENDED = (
    # a heading must say its level (WAI-ARIA, `heading`)
    (re.compile(r'(<p class="caption" role="heading")(?=>)'), r'\1 aria-level="2"'),
    # what scrolls must be reached by keyboard (WCAG 2.1.1)
    (re.compile(r"<pre>"), '<pre tabindex="0">'),
    (re.compile(r'<div class="(table-wrapper[^"]*)"(?=>)'), r'<div class="\1" tabindex="0"'),
    # the corner of a table is no heading (HTML, `th`)
    (re.compile(r'<th class="head"><p></p></th>'), "<td></td>"),
    # landmarks of one kind must have names of their own (WAI-ARIA, `complementary`)
    (re.compile(r'<aside class="sidebar-drawer"(?=>)'), '<aside class="sidebar-drawer" aria-label="Pages"'),
    (re.compile(r'<aside class="(toc-drawer[^"]*)"(?=>)'), r'<aside class="\1" aria-label="On this page"'),
    # the search's page has no heading until something is found
    (re.compile(r'(?<!</h1>\n)<div id="search-results">'), '<h1>Search</h1>\n<div id="search-results">'),
)


def mended(html: str) -> str:
    """Return a page of the theme with what it lacks.

    >>> mended('<p class="caption" role="heading">Start</p><pre>')
    '<p class="caption" role="heading" aria-level="2">Start</p><pre tabindex="0">'
    >>> mended(mended("<pre>")) == mended("<pre>")
    True
    """
    for pattern, put in _MENDED:
        html = pattern.sub(put, html)
    return html


def mend_pages(app: Sphinx, exception: Exception | None) -> None:
    """Mend every page that was written."""
    if exception is not None or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        if (after := mended(before)) != before:
            path.write_text(after, encoding="utf-8")
