"""Write a composed note as DOCX, for a Word user to go on with.

Its styles are those of the template (Title, Heading 1, Caption, Quote, List Bullet, …); captions count with SEQ fields, cross
references are REF fields, footnotes are Word's, pictures carry their alternative text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

from lnlib.editions.edition_folder import Opened
from lnlib.exhibits.styled_document import StyledDocument, bookmark, field
from lnlib.exhibits.word_document import MARGIN, PAGE
from lnlib.notes import nodes
from lnlib.notes.composed_note import Composed, NumberedExhibit
from lnlib.notes.head_and_foot import banner, byline, method_line, numbered, running
from lnlib.notes.nodes import Block, Inline
from lnlib.words import Words

_GUTTER = 8  # mm between the columns
_TOP, _BOTTOM = 10, 17  # mm above and below the text
_SIDES = ("top", "left", "bottom", "right")
_INSET = 115  # twentieths of a point within a box
_TINT = "#EEF0F5"  # ground of a box


def write_docx(
    composed: Composed, edition: Opened, look: Mapping[str, Any], *, block_pages: Mapping[int, int] | None = None
) -> bytes:
    """Write a note as a Word document; the same note gives the same bytes.

    Parameters
    ----------
    look : mapping
        Colours: `deep`, `accent`, `faint`.
    block_pages : mapping of int to int, optional
        The pages that blocks begin on in the PDF: an exhibit over both columns is written before the text that begins
        its page there, so that it leaves no gap at the end of the page before.
    """
    return _Writer(composed, edition, look).written(block_pages or {})


class _Writer(StyledDocument):
    """A note's document, written from its beginning to its end."""

    def __init__(self, composed: Composed, edition: Opened, look: Mapping[str, Any]) -> None:
        super().__init__(composed.title, language=composed.note.about.language, look=look)
        self._composed = composed
        self._edition = edition
        self._words = Words.load(composed.note.about.language)
        self._columns = 1
        self._box: Any = None  # the cell of the box that is being written

    def written(self, block_pages: Mapping[int, int]) -> bytes:
        """Write the whole note and return the bytes of the file."""
        composed, about = self._composed, self._composed.note.about
        self._document.core_properties.author = ", ".join(about.authors)
        number = numbered(about.number, self._words)
        for style, text in (
            ("Series", " · ".join(filter(None, [about.series, number]))),
            ("Banner", " · ".join(banner(composed, self._words))),
            ("Title", composed.title),
            ("Subtitle", about.subtitle),
            ("Byline", byline(composed, self._words)),
        ):
            if text:
                self.paragraph(text, style=style)
        self.footer(running(composed, self._words), str(self._words.pattern("note_page.page")))
        last = [block for block in composed.blocks if isinstance(block, nodes.Box) and block.kind == "about"]
        self._blocks(paged([block for block in composed.blocks if block not in last], block_pages))
        self._free_last_heading()
        self._set_columns(1)
        if method := method_line(composed, self._words):
            self.paragraph(method, style="Exhibit Note")
        self._blocks(last)
        self._lay_columns(self._document.sections[-1], 1)
        return self.saved()

    def _free_last_heading(self) -> None:
        """Let the heading of the last paragraph be parted from it.

        At the end of balanced columns it never is; but LibreOffice 7 leaves the rest of the page below such a heading empty.
        """
        *_, above, _ = [None, None, *self._document.paragraphs]
        if above is not None and above.style.name.startswith("Heading"):
            above.paragraph_format.keep_with_next = False

    # --- blocks

    def _blocks(self, blocks: Sequence[Block]) -> None:
        for place, block in enumerate(blocks):
            if isinstance(block, NumberedExhibit):
                self._exhibit(block)
                continue
            if self._box is None and not (isinstance(block, nodes.Box) and block.kind == "about"):
                self._set_columns(1 if _heads_wide_exhibit(blocks[place:]) else 2)
            self._block(block)

    def _block(self, block: Block, *, style: str = "Normal", level: int = 0) -> None:
        """Write a block; paragraphs have the style of what they stand in, and lists their level."""
        if isinstance(block, nodes.Heading):
            self._text(block.text, f"Heading {min(block.level, 3)}")
        elif isinstance(block, nodes.Paragraph):
            self._text(block.text, style if self._box is None or style != "Normal" else "Box")
        elif isinstance(block, nodes.Bullets):
            self._list(block, level)
        elif isinstance(block, nodes.Quote):
            for inner in block.blocks:
                self._block(inner, style="Quote", level=level)
            if block.attribution:
                self._text(block.attribution, "Quote Source")
        elif isinstance(block, nodes.Box):
            self._write_box(block)

    def _write_box(self, block: nodes.Box) -> None:
        """Write a box: a table of one cell, which is never cut at the end of a column."""
        width = (PAGE[0] - 2 * MARGIN - _GUTTER) / 2 if block.kind == "box" else PAGE[0] - 2 * MARGIN
        if self._box is not None:  # a box within a box is a part of it
            self._box_text(block)
            return
        table = self._document.add_table(rows=1, cols=1)
        table.autofit = False
        table.columns[0].width = Mm(width)
        self._box = table.cell(0, 0)
        self._box.width = Mm(width)
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        shading = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("fill", _TINT.lstrip("#"))):
            shading.set(qn(f"w:{name}"), value)
        self._box._tc.get_or_add_tcPr().append(shading)
        inset = OxmlElement("w:tblCellMar")
        for side in _SIDES:
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), str(_INSET))
            margin.set(qn("w:type"), "dxa")
            inset.append(margin)
        properties = table._tbl.tblPr
        properties.find(qn("w:tblLayout")).addnext(inset)
        indent = OxmlElement("w:tblInd")
        indent.set(qn("w:w"), str(_INSET))  # else its edge hangs out of the column
        indent.set(qn("w:type"), "dxa")
        properties.find(qn("w:tblLayout")).addprevious(indent)
        self._box_text(block)
        first = self._box.paragraphs[0]._p  # a cell is made with an empty paragraph
        first.getparent().remove(first)
        self._box = None
        if block.kind == "box":  # what follows a table is a paragraph, and a section ends in one
            self._document.add_paragraph(style="Box End")

    def _box_text(self, block: nodes.Box) -> None:
        if block.title:
            self._text(block.title, "Box Heading")
        for inner in block.blocks:
            self._block(inner)

    def _list(self, block: nodes.Bullets, level: int) -> None:
        numbering = self.list_numbering(ordered=block.ordered, level=level, start=block.start)
        for item in block.items:
            marked = False
            for inner in item:
                if isinstance(inner, nodes.Bullets):
                    self._list(inner, level + 1)
                elif isinstance(inner, nodes.Paragraph):
                    style = self.list_style(ordered=block.ordered, level=level, first=not marked)
                    self.number(self._text(inner.text, style), 0 if marked else numbering, level)
                    marked = True
                else:
                    self._block(inner, level=level + 1)

    def _exhibit(self, exhibit: NumberedExhibit) -> None:
        self._set_columns(1 if exhibit.width == "page" else 2)
        self._width = exhibit.mm
        self.caption(exhibit.label, exhibit.title, kind=exhibit.kind, target=exhibit.id)
        if exhibit.cells is not None:
            if exhibit.subtitle:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            cells = exhibit.cells
            self.table(cells.headers, cells.rows, numeric=cells.numeric, alt=exhibit.alt, name=exhibit.label)
        elif exhibit.pictures:
            if exhibit.subtitle and not exhibit.framed:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            self.picture(exhibit.png(self._edition), width=exhibit.mm, alt=exhibit.alt, name=exhibit.name)
        if exhibit.cells is not None or not exhibit.framed:
            self.paragraph(" ".join(filter(None, [exhibit.note, exhibit.source])), style="Exhibit Note")

    # --- text

    def _text(self, text: Sequence[Inline], style: str) -> Any:
        paragraph = (self._document if self._box is None else self._box).add_paragraph(style=style)
        if self._box is not None:
            paragraph.style = self._document.styles[style]
        self._inlines(paragraph, text)
        return paragraph

    def _inlines(
        self, paragraph: Any, text: Sequence[Inline], *, bold: bool = False, italic: bool = False, link: Any = None
    ) -> None:
        """Write inline text; that of a link into the link's element."""
        for inline in text:
            if isinstance(inline, nodes.Text):
                run = paragraph.add_run(inline.text, style="Hyperlink" if link is not None else None)
                run.bold, run.italic = bold or None, italic or None
                run.font.cs_bold = bold or None  # of Khmer and other complex scripts, which have no italics
                if link is not None:
                    link.append(run._r)
            elif isinstance(inline, nodes.Styled):
                strong, emphasis = bold or inline.style == "strong", italic or inline.style == "emphasis"
                followed = self.link(paragraph, inline.url) if inline.style == "link" else link
                self._inlines(paragraph, inline.children, bold=strong, italic=emphasis, link=followed)
            elif isinstance(inline, nodes.Reference):
                paragraph._p.append(field(f"REF {bookmark(inline.target)} \\h", inline.label))
            elif isinstance(inline, nodes.FootnoteMark):
                self._inlines(self.footnote(paragraph), self._composed.footnotes[inline.label])
            elif isinstance(inline, nodes.Break):
                paragraph.add_run().add_break()

    # --- columns

    def _set_columns(self, columns: int) -> None:
        """Go on in so many columns, from here on the same page."""
        if columns == self._columns:
            return
        self._lay_columns(self._document.sections[-1], self._columns)
        self._document.add_section(WD_SECTION.CONTINUOUS)
        self._columns = columns

    @staticmethod
    def _lay_columns(section: Any, columns: int) -> None:
        section.top_margin, section.bottom_margin = Mm(_TOP), Mm(_BOTTOM)
        properties = section._sectPr
        for old in properties.findall(qn("w:cols")):
            properties.remove(old)
        element = OxmlElement("w:cols")
        element.set(qn("w:num"), str(columns))
        element.set(qn("w:space"), str(round(_GUTTER * 56.7)))
        grid = properties.find(qn("w:docGrid"))  # the schema wants columns before it
        if grid is None:
            properties.append(element)
        else:
            grid.addprevious(element)


def paged(blocks: Sequence[Block], pages: Mapping[int, int]) -> list[Block]:
    """Return blocks with each exhibit that stands on a later page than its text before the text that begins that page.

    Exhibits keep their order, in which they are counted.
    """
    starts = dict(pages)
    following = 0
    for place in reversed(range(len(blocks))):  # a heading stands with the text below it
        if isinstance(blocks[place], nodes.Heading):
            starts.setdefault(place, following)
        starts.setdefault(place, starts.get(place + 1, 0))
        if not isinstance(blocks[place], NumberedExhibit):
            following = starts[place]
    moved: list[tuple[int, int, Block]] = []
    least = text_page = 0
    for place, block in enumerate(blocks):
        to = place
        if isinstance(block, NumberedExhibit):
            if starts[place] > text_page > 0 and not block.opens:
                later = (i for i in range(place + 1, len(blocks)) if not isinstance(blocks[i], NumberedExhibit))
                to = next((i for i in later if starts[i] >= starts[place]), len(blocks))
            least = to = max(to, least)
        else:
            text_page = starts[place]
        moved.append((to, int(to == place), block))
    return [block for _, _, block in sorted(moved, key=lambda one: one[:2])]


def _heads_wide_exhibit(blocks: Sequence[Block]) -> bool:
    """Return whether blocks begin with headings and then an exhibit over both columns, whose section they stand in."""
    after = next((block for block in blocks if not isinstance(block, nodes.Heading)), None)
    return isinstance(blocks[0], nodes.Heading) and isinstance(after, NumberedExhibit) and after.width == "page"
