"""A note with the numbers and exhibits of an edition filled in: what the writers of PDF, DOCX and HTML read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lnlib.editions.edition_folder import Opened
from lnlib.exhibits.svg_to_png import raster
from lnlib.notes.nodes import Block, Exhibit, Inline, Note


@dataclass(frozen=True)
class Cells:
    """The cells of a table; `numeric` columns are set to the right."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True)
class NumberedExhibit(Exhibit):
    """An exhibit at its place, numbered in the order of the note.

    Parameters
    ----------
    name, id, kind : str
        `kind` is figure or table.
    label : str
        Such as `Figure 1`, in the note's language.
    title, subtitle, note, source, alt : str
    width : str
        `column` or `page`.
    mm : float
        Its print width.
    pictures : mapping of str to str
        The edition's files by format: svg, png.
    framed : bool
        Whether number, title, note and source are part of the picture.
    cells : Cells or None
        Of a table.
    floats : bool
        Whether it may stand at the head or foot of a column, away from its place in the text.
    opens : bool
        Whether it stands before the first heading of the note, and so above it on the page.
    """

    name: str
    id: str
    kind: str
    label: str
    title: str
    subtitle: str
    note: str
    source: str
    alt: str
    width: str
    mm: float
    pictures: Mapping[str, str] = field(default_factory=dict)
    framed: bool = False
    cells: Cells | None = None
    language: str = "en"
    floats: bool = True
    opens: bool = False

    def png(self, edition: Opened) -> bytes:
        """Return a figure as PNG: the edition's own, or one made of its SVG."""
        if file := self.pictures.get("png"):
            return edition.read(file)
        return raster(edition.read(self.pictures["svg"]), self.language)


@dataclass(frozen=True)
class Sentence:
    """A sentence as the note has it and as it is printed.

    Parameters
    ----------
    template : str
        With keys in braces.
    text : str
        With their values.
    values : mapping of str to str
        What each key in it is written as.
    """

    line: int
    template: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Composed:
    """A note, ready to be written.

    Parameters
    ----------
    key : str
        Of the province that it is made for; empty for one note.
    blocks : tuple
        Without values and conditions; exhibits are `NumberedExhibit`.
    source, kind : str
        The source line of the register, and its kind: field, coded or simulated.
    translation : str
        What a draft translation says of itself; empty for words that were read.
    exhibits : tuple of NumberedExhibit
        In the order of the note.
    method : tuple of str
        The choices behind its exhibits, a sentence each, stated once.
    digests : mapping of str to str
        Of what is printed of each exhibit.
    """

    note: Note
    key: str
    title: str
    blocks: tuple[Block, ...]
    footnotes: Mapping[str, tuple[Inline, ...]]
    sentences: tuple[Sentence, ...]
    source: str
    kind: str
    translation: str = ""
    warnings: tuple[str, ...] = ()
    exhibits: tuple[NumberedExhibit, ...] = ()
    method: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The stem of its files."""
        return f"{self.note.name}-{self.key}" if self.key else self.note.name
