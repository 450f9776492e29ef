"""Write a composed note as DOCX, for a Word user to go on with.

Its styles are those of `templates/note.docx` (Title, Heading 1, Caption, Quote, List Bullet, …), in the colours of the house;
captions count with SEQ fields, cross references are REF fields, and pictures carry their alternative text. Footnotes
stand at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, RGBColor

from lnlib.editions.opening import Opened
from lnlib.exhibits.docx import MARGIN, PAGE, Document
from lnlib.notes.blocks import (
    Block,
    Box,
    Break,
    Bullets,
    FootnoteMark,
    Heading,
    Inline,
    Paragraph,
    Quote,
    Reference,
    Styled,
    Text,
)
from lnlib.notes.composed_note import Composed, NumberedExhibit
from lnlib.notes.look import raster
from lnlib.notes.masthead import banner, byline, method_line, numbered
from lnlib.text import shown
from lnlib.words import Words

_GUTTER = 8  # mm between the columns
_MARGIN = 10  # mm above and below the text
_SIDES = ("top", "left", "bottom", "right")
TEMPLATE = Path(__file__).with_name("templates") / "note.docx"
_FAINT = ("Subtitle", "Byline", "Quote Source", "Exhibit Subtitle", "Exhibit Note")
_DEEP = ("Title", "Heading 1", "Heading 2", "Heading 3", "Quote", "Box Heading", "Caption")
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


class _Writer(Document):
    """A note's document, written from its beginning to its end."""

    def __init__(self, composed: Composed, edition: Opened, look: Mapping[str, Any]) -> None:
        super().__init__(composed.title, template=TEMPLATE, language=composed.note.about.language)
        self._composed = composed
        self._edition = edition
        self._look = look
        self._words = Words.load(composed.note.about.language)
        self._notes: list[str] = []  # labels of footnotes in the order of their marks
        self._columns = 1
        self._bookmarks = 0
        self._box: Any = None  # the cell of the box that is being written
        self._colour()

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
        last = [block for block in composed.blocks if isinstance(block, Box) and block.kind == "about"]
        self._blocks(paged([block for block in composed.blocks if block not in last], block_pages))
        self._set_columns(1)
        self._write_notes()
        if method := method_line(composed, self._words):
            self.paragraph(method, style="Exhibit Note")
        self._blocks(last)
        self._lay_columns(self._document.sections[-1], 1)
        return self.saved()

    # --- blocks

    def _blocks(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            if isinstance(block, NumberedExhibit):
                self._exhibit(block)
                continue
            if self._box is None and not (isinstance(block, Box) and block.kind == "about"):
                self._set_columns(2)
            if isinstance(block, Heading):
                self._text(block.text, f"Heading {min(block.level, 3)}")
            elif isinstance(block, Paragraph):
                self._text(block.text, "Normal" if self._box is None else "Box")
            elif isinstance(block, Bullets):
                self._bullets(block)
            elif isinstance(block, Quote):
                self._quote(block)
            elif isinstance(block, Box):
                self._write_box(block)

    def _quote(self, block: Quote) -> None:
        for inner in block.blocks:
            if isinstance(inner, Paragraph):
                self._text(inner.text, "Quote")
        if block.attribution:
            self._text(block.attribution, "Quote Source")

    def _write_box(self, block: Box) -> None:
        """Write a box: a table of one cell, which is never cut at the end of a column."""
        width = (PAGE[0] - 2 * MARGIN - _GUTTER) / 2 if block.kind == "box" else PAGE[0] - 2 * MARGIN
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
        if block.title:
            self._text(block.title, "Box Heading")
        self._blocks(block.blocks)
        first = self._box.paragraphs[0]._p  # a cell is made with an empty paragraph
        first.getparent().remove(first)
        self._box = None
        if block.kind == "box":  # what follows a table is a paragraph, and a section ends in one
            self._document.add_paragraph(style="Box End")

    def _bullets(self, block: Bullets) -> None:
        style = "List Number" if block.ordered else "List Bullet"
        numbering = self._new_numbering() if block.ordered else 0
        for item in block.items:
            for inner in item:
                if not isinstance(inner, Paragraph):
                    self._blocks([inner])
                    continue
                paragraph = self._text(inner.text, style)
                if numbering:
                    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                    properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, numbering

    def _new_numbering(self) -> int:
        """Return the number of a numbering that begins at 1 and looks as the style's."""
        style = self._document.styles["List Number"].element
        numbering = self._document.part.numbering_part.element
        abstract = numbering.num_having_numId(style.pPr.numPr.numId.val).abstractNumId.val
        added = numbering.add_num(abstract)
        added.add_lvlOverride(0).add_startOverride(1)
        return int(added.numId)

    def _exhibit(self, exhibit: NumberedExhibit) -> None:
        self._set_columns(1 if exhibit.width == "page" else 2)
        self._width = exhibit.mm
        self._caption(exhibit)
        if exhibit.cells is not None:
            if exhibit.subtitle:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            cells = exhibit.cells
            self.table(cells.headers, cells.rows, numeric=cells.numeric, alt=exhibit.alt, name=exhibit.label)
        elif exhibit.pictures:
            if exhibit.subtitle and not exhibit.framed:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            self.picture(raster(self._edition, exhibit), width=exhibit.mm, alt=exhibit.alt, name=exhibit.name)
        if exhibit.cells is not None or not exhibit.framed:
            self.paragraph(" ".join(filter(None, [exhibit.note, exhibit.source])), style="Exhibit Note")

    def _caption(self, exhibit: NumberedExhibit) -> None:
        """Write a caption whose number is a SEQ field in a bookmark that cross references name."""
        paragraph = self._document.add_paragraph(style="Caption")
        before, number, after = re.split(
            r"(\d+)$", exhibit.label
        )  # the word and the number, in the digits of any language
        self._bookmarks += 1
        opened, closed = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (opened, closed):
            element.set(qn("w:id"), str(self._bookmarks))
        opened.set(qn("w:name"), _bookmark(exhibit.id))
        paragraph._p.append(opened)
        paragraph.add_run(before)
        counted = "Figure" if exhibit.kind == "figure" else "Table"
        paragraph._p.append(_field(f"SEQ {counted} \\* ARABIC", number + after))
        paragraph._p.append(closed)
        paragraph.add_run(f". {exhibit.title}")

    # --- text

    def _text(self, text: Sequence[Inline], style: str) -> Any:
        paragraph = (self._document if self._box is None else self._box).add_paragraph(style=style)
        if self._box is not None:
            paragraph.style = self._document.styles[style]
        self._inlines(paragraph, text)
        return paragraph

    def _inlines(self, paragraph: Any, text: Sequence[Inline], *, bold: bool = False, italic: bool = False) -> None:
        for inline in text:
            if isinstance(inline, Text):
                run = paragraph.add_run(inline.text)
                run.bold, run.italic = bold or None, italic or None
                run.font.cs_bold = bold or None  # of Khmer and other complex scripts, which have no italics
            elif isinstance(inline, Styled):
                strong, emphasis = bold or inline.style == "strong", italic or inline.style == "emphasis"
                self._inlines(paragraph, inline.children, bold=strong, italic=emphasis)
                if inline.style == "link":
                    paragraph.add_run(f" ({inline.url})")
            elif isinstance(inline, Reference):
                paragraph._p.append(_field(f"REF {_bookmark(inline.target)} \\h", inline.label))
            elif isinstance(inline, FootnoteMark):
                self._notes.append(inline.label)
                paragraph.add_run(str(len(self._notes))).font.superscript = True
            elif isinstance(inline, Break):
                paragraph.add_run().add_break()

    def _write_notes(self) -> None:
        """Write the footnotes at the end: LibreOffice begins a new page where columns of a section have footnotes."""
        for number, label in enumerate(self._notes, 1):
            paragraph = self._document.add_paragraph(style="Footnote Text")
            paragraph.add_run(f"{number} ").font.superscript = True
            self._inlines(paragraph, self._composed.footnotes[label])

    # --- columns and styles

    def _set_columns(self, columns: int) -> None:
        """Go on in so many columns, from here on the same page."""
        if columns == self._columns:
            return
        self._lay_columns(self._document.sections[-1], self._columns)
        self._document.add_section(WD_SECTION.CONTINUOUS)
        self._columns = columns

    @staticmethod
    def _lay_columns(section: Any, columns: int) -> None:
        section.top_margin = section.bottom_margin = Mm(_MARGIN)
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

    def _colour(self) -> None:
        """Colour the template's styles as the house does."""
        styles: Any = self._document.styles
        for upright in list(styles.element.iter(qn("w:iCs"))):
            upright.getparent().remove(upright)
        for names, colour in ((_DEEP, "deep"), (_FAINT, "faint")):
            for name in names:
                styles[name].font.color.rgb = RGBColor.from_string(self._look[colour].lstrip("#"))
        for name, colour in (("Series", "deep"), ("Banner", "accent"), ("Quote", "accent"), ("Quote Source", "accent")):
            for element in styles[name].element.pPr.iter(qn("w:shd"), *(qn(f"w:{side}") for side in _SIDES)):
                attribute = qn("w:fill" if element.tag == qn("w:shd") else "w:color")
                if element.get(attribute):
                    element.set(attribute, self._look[colour].lstrip("#"))


def paged(blocks: Sequence[Block], pages: Mapping[int, int]) -> list[Block]:
    """Return blocks with each exhibit that stands on a later page than its text before the text that begins that page.

    Exhibits keep their order, in which they are counted.
    """
    starts = dict(pages)
    for place in reversed(range(len(blocks))):  # a heading stands with the text below it
        starts.setdefault(place, starts.get(place + 1, 0))
    moved: list[tuple[int, int, Block]] = []
    least = text_page = 0
    for place, block in enumerate(blocks):
        to = place
        if isinstance(block, NumberedExhibit):
            if starts[place] > text_page > 0:
                later = (i for i in range(place + 1, len(blocks)) if not isinstance(blocks[i], NumberedExhibit))
                to = next((i for i in later if starts[i] >= starts[place]), len(blocks))
            least = to = max(to, least)
        else:
            text_page = starts[place]
        moved.append((to, int(to == place), block))
    return [block for _, _, block in sorted(moved, key=lambda one: one[:2])]


def _field(instruction: str, result: str) -> Any:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" {instruction} ")
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = shown(result)
    run.append(text)
    field.append(run)
    return field


def _bookmark(target: str) -> str:
    """Name a bookmark of an exhibit: letters, digits and underscores, at most 40."""
    return f"exhibit_{re.sub(r'[^A-Za-z0-9]', '_', target)}"[:40]
