"""The cells of a table, read from the HTML file that an edition keeps of it."""

from __future__ import annotations

from html.parser import HTMLParser

from lnlib.editions.edition_folder import Entry, Opened


def read_table(edition: Opened, entry: Entry) -> TableCells | None:
    """Read the cells of an exhibit that is a table with rows; None for a figure and for an empty table."""
    page = next((file for file in entry.tables if file.endswith(".html")), "") if entry.exhibit == "table" else ""
    if not page:
        return None
    read = TableCells()
    read.feed(edition.read(page).decode("utf-8", "replace"))
    return read if read.rows[1:] else None


class TableCells(HTMLParser):
    """The cells of a table's HTML file: `rows` (headers first), and which columns are `numeric`.

    The words that head a group of rows are no cells of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.numeric: list[bool] = []
        self._in_cell = False
        self._heads_group = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self._heads_group = dict(attrs).get("class") == "group"
            if not self._heads_group:
                self.rows.append([])
        elif tag in ("th", "td") and self.rows and not self._heads_group:
            self._in_cell = True
            self.rows[-1].append("")
            if len(self.rows) == 1:
                self.numeric.append("right" in (dict(attrs).get("style") or ""))

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("th", "td"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        """Add text to the cell."""
        if self._in_cell:
            self.rows[-1][-1] += data
