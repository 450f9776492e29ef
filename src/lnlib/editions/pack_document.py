"""The Word document of a pack: every exhibit as layout sets it, in the styles of notes."""

from __future__ import annotations

import csv
import io
import re

from lnlib.editions.edition_folder import Entry, Opened
from lnlib.editions.pack_text import by_run, files_of, method, warnings, words_of
from lnlib.editions.tables import read_table
from lnlib.errors import LnlibError
from lnlib.exhibits.document_style import look_of
from lnlib.exhibits.styled_document import StyledDocument
from lnlib.exhibits.svg_to_png import raster
from lnlib.exhibits.word_document import reads_across
from lnlib.words import Words, draft_translation

_WIDTH = 178.0  # mm, of an edition that does not tell its widths


def document(edition: Opened, *, described: bool = False) -> bytes:
    """Write all exhibits as a document: captions that count, pictures at print width with alt text, tables as tables.

    Parameters
    ----------
    edition : Opened
    described : bool
        Write also the long description of each figure: its words, and its numbers as a table.

    Raises
    ------
    EditionError
        A file of the edition cannot be read.
    """
    writer = _Writer(edition, words_of(edition))
    return writer.written(described=described)


class _Writer(StyledDocument):
    """The document, written from its beginning to its end."""

    def __init__(self, edition: Opened, words: Words) -> None:
        super().__init__(edition.title, language=words.language, look=_look(edition))
        self._edition = edition
        self._words = words

    def written(self, *, described: bool) -> bytes:
        """Write the whole document and return the bytes of the file."""
        edition, words = self._edition, self._words
        self.paragraph(edition.title, style="Title")
        for line in (draft_translation(words), *warnings(edition, words)):
            if line:
                self.paragraph(line, style="Banner")
        self._foot()
        for label, entries in by_run(edition, words):
            for place, entry in enumerate(entries):
                table = read_table(edition, entry)
                self._turn(across=reads_across(table.rows[0], table.rows[1:]) if table else False)
                if not place:
                    self.heading(label, level=1)
                self._exhibit(entry)
                if described and entry.exhibit == "figure":
                    self._describe(entry)
        if lines := method(edition):
            self.heading(words("pack.method"), level=1)
            self.paragraph(" ".join(lines))
        return self.saved()

    def _turn(self, *, across: bool) -> None:
        if self.turn(across=across):
            self._foot()

    def _foot(self) -> None:
        self.footer(self._edition.title, str(self._words.pattern("note_page.page")))

    def _exhibit(self, entry: Entry) -> None:
        """Write an exhibit: its title as a heading, its counted caption above, its note, source and files below."""
        self.heading(entry.title or entry.name, level=2)
        if re.search(r"\d$", entry.number):
            self.caption(entry.number, entry.title or entry.name, kind=entry.exhibit, target=entry.name)
        else:
            self.paragraph(entry.caption, style="Caption")
        if entry.subtitle:
            self.paragraph(entry.subtitle, style="Exhibit Subtitle")
        if table := read_table(self._edition, entry):
            cells = table.rows[0], table.rows[1:]
            self.table(*cells, numeric=table.numeric, alt=entry.alt, name=entry.caption)
        elif picture := self._picture(entry):
            content, width = picture
            self.picture(content, width=width, alt=entry.alt, name=entry.name)
        if words := " ".join(filter(None, [*entry.notes, entry.source])):
            self.paragraph(words, style="Exhibit Note")
        self.paragraph(", ".join(files_of(entry)), label=self._words("pack.files"), style="Exhibit Note")

    def _picture(self, entry: Entry) -> tuple[bytes, float] | None:
        """Return a figure as PNG at its print width, bare where the edition has it so, and its width in mm."""
        bare = [file for file in entry.bare if file.endswith(".svg")]
        file = (
            next((one for one in bare if f".{entry.print_width}." in one), bare[0] if bare else "") or entry.picture()
        )
        if not file:
            return None
        content = self._edition.read(file)
        stated = next((mm for width, mm in entry.widths.items() if f".{width}." in file), _WIDTH)
        return (raster(content, entry.language) if file.endswith(".svg") else content), float(stated)

    def _describe(self, entry: Entry) -> None:
        """Write the long description of a figure: its words, and its numbers as a table."""
        self.paragraph(entry.description or entry.alt, label=self._words("pack.description"), style="Exhibit Note")
        headers, *rows = csv.reader(io.StringIO(self._edition.read(entry.data).decode("utf-8-sig", "replace")))
        if rows:
            numeric = [all(_is_number(row[place]) for row in rows) for place in range(len(headers))]
            self._turn(across=reads_across(headers, rows))
            self.table(headers, rows, numeric=numeric, alt=entry.alt, name=entry.caption)


def _look(edition: Opened) -> dict[str, object]:
    """Return the look of the edition's house style; the default where an edition came without the file of its own."""
    try:
        return look_of(edition.house or "default")
    except LnlibError:
        return look_of("default")


def _is_number(text: str) -> bool:
    try:
        float(text or 0)
    except ValueError:
        return False
    return True
