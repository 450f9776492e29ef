"""Write a composed note as DOCX, for a Word user to go on with.

Its styles are real ones (Title, Heading 1, Caption, Quote, List Bullet, …); captions count with SEQ fields, cross
references are REF fields, and pictures carry their alternative text. Footnotes stand at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from lnlib.editions.opening import Opened
from lnlib.exhibits.docx import COMPLEX_FONT, FONT, Document
from lnlib.notes.composed import Composed, Shown
from lnlib.notes.layout import banner, byline, method_line
from lnlib.notes.source import (
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
from lnlib.text import shown
from lnlib.words import Words

_GUTTER = 8  # mm between the columns
_MARGIN = 10  # mm above and below the text
# size in points, bold, space before and after in points
_STYLES: Mapping[str, tuple[float, bool, float, float]] = {
    "Series": (8.5, True, 0, 6),
    "Banner": (8, True, 0, 6),
    "Title": (20, True, 4, 3),
    "Subtitle": (11, False, 0, 3),
    "Byline": (8, False, 0, 5),
    "Normal": (8.8, False, 0, 3),
    "Heading 1": (11, True, 8, 2),
    "Heading 2": (9.6, True, 8, 3),
    "Heading 3": (9.2, True, 6, 3),
    "List Bullet": (8.8, False, 0, 2),
    "List Number": (8.8, False, 0, 2),
    "Quote": (9.6, False, 4, 1),
    "Quote Source": (7.6, False, 0, 6),
    "Box Heading": (9.2, True, 8, 2),
    "Box": (8.6, False, 0, 2),
    "Caption": (8.4, True, 5, 2),
    "Exhibit Subtitle": (7.6, False, 0, 3),
    "Exhibit Note": (7, False, 0, 5),
    "Footnote Text": (7.4, False, 0, 2),
    "Cell": (7, False, 0, 1),
}
_FAINT = {"Subtitle", "Byline", "Quote Source", "Exhibit Subtitle", "Exhibit Note"}
_DEEP = {"Title", "Heading 1", "Heading 2", "Heading 3", "Quote", "Box Heading", "Caption"}
_KEPT = {"Heading 1", "Heading 2", "Heading 3", "Caption", "Exhibit Subtitle", "Box Heading", "Quote"}


def write_docx(composed: Composed, edition: Opened, look: Mapping[str, Any]) -> bytes:
    """Write a note as a Word document; the same note gives the same bytes."""
    return _Writer(composed, edition, look).written()


class _Writer(Document):
    """A note's document, written from its beginning to its end."""

    def __init__(self, composed: Composed, edition: Opened, look: Mapping[str, Any]) -> None:
        super().__init__(composed.title)
        self._composed = composed
        self._edition = edition
        self._look = look
        self._words = Words.load(composed.note.about.language)
        self._notes: list[str] = []  # labels of footnotes in the order of their marks
        self._columns = 1
        self._bookmarks = 0
        self._style()

    def written(self) -> bytes:
        """Write the whole note and return the bytes of the file."""
        composed, about = self._composed, self._composed.note.about
        properties = self._document.core_properties
        properties.author = ", ".join(about.authors)
        properties.language = about.language
        number = self._words("note_page.number", n=about.number) if about.number else ""
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
        self._blocks([block for block in composed.blocks if block not in last])
        self._set_columns(1)
        self._write_notes()
        if method := method_line(composed, self._words):
            self.paragraph(method, style="Exhibit Note")
        self._blocks(last)
        self._lay_columns(self._document.sections[-1], 1)
        return self.saved()

    # --- blocks

    def _blocks(self, blocks: Sequence[Block], *, box: bool = False) -> None:
        for block in blocks:
            if isinstance(block, Shown):
                self._exhibit(block)
                continue
            if not box and not (isinstance(block, Box) and block.kind == "about"):
                self._set_columns(2)
            if isinstance(block, Heading):
                self._text(block.text, f"Heading {min(block.level, 3)}")
            elif isinstance(block, Paragraph):
                self._text(block.text, "Box" if box else "Normal")
            elif isinstance(block, Bullets):
                self._bullets(block)
            elif isinstance(block, Quote):
                for inner in block.blocks:
                    if isinstance(inner, Paragraph):
                        self._text(inner.text, "Quote")
                if block.attribution:
                    self._text(block.attribution, "Quote Source")
            elif isinstance(block, Box):
                if block.title:
                    self._text(block.title, "Box Heading")
                self._blocks(block.blocks, box=True)

    def _bullets(self, block: Bullets) -> None:
        for item in block.items:
            for inner in item:
                if isinstance(inner, Paragraph):
                    self._text(inner.text, "List Number" if block.ordered else "List Bullet")
                else:
                    self._blocks([inner])

    def _exhibit(self, exhibit: Shown) -> None:
        self._set_columns(1 if exhibit.width == "page" else 2)
        self._width = exhibit.mm
        self._caption(exhibit)
        if exhibit.cells is not None:
            if exhibit.subtitle:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            cells = exhibit.cells
            self.table(cells.headers, cells.rows, numeric=cells.numeric, alt=exhibit.alt, name=exhibit.label)
        elif "png" in exhibit.pictures:
            if exhibit.subtitle and not exhibit.framed:
                self.paragraph(exhibit.subtitle, style="Exhibit Subtitle")
            content = self._edition.read(exhibit.pictures["png"])
            self.picture(content, width=exhibit.mm, alt=exhibit.alt, name=exhibit.name)
        if exhibit.cells is not None or not exhibit.framed:
            self.paragraph(" ".join(filter(None, [exhibit.note, exhibit.source])), style="Exhibit Note")

    def _caption(self, exhibit: Shown) -> None:
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

    def _text(self, text: Sequence[Inline], style: str) -> None:
        self._inlines(self._document.add_paragraph(style=style), text)

    def _inlines(self, paragraph: Any, text: Sequence[Inline], *, bold: bool = False, italic: bool = False) -> None:
        for inline in text:
            if isinstance(inline, Text):
                run = paragraph.add_run(inline.text)
                run.bold, run.italic = bold or None, italic or None
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

    def _style(self) -> None:
        styles: Any = self._document.styles
        known = {style.name for style in styles}
        deep, faint = (RGBColor.from_string(self._look[name].lstrip("#")) for name in ("deep", "faint"))
        for name, (size, bold, before, after) in _STYLES.items():
            style = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            if name not in known:
                style.base_style = styles["Normal"]
            family = style.element.get_or_add_rPr().get_or_add_rFonts()
            family.attrib.clear()
            for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
                family.set(qn(script), COMPLEX_FONT if script == "w:cs" else FONT)
            style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
            if name in _DEEP | _FAINT:
                style.font.color.rgb = deep if name in _DEEP else faint
            laid = style.paragraph_format
            laid.space_before, laid.space_after = Pt(before), Pt(after)
            laid.line_spacing = 1.0
            laid.keep_with_next = name in _KEPT
            for built_in in ("w:pPr/w:pBdr", "w:rPr/w:spacing"):  # lines and letter spacing of the default template
                path = "/".join(map(qn, built_in.split("/")))
                for element in style.element.findall(path):
                    element.getparent().remove(element)
        quote = styles["Quote"]
        for name in ("Quote", "Quote Source"):
            styles[name].paragraph_format.left_indent = Mm(4)
            styles[name].paragraph_format.right_indent = Mm(0)
        quote.paragraph_format.keep_together = True
        for name, fill in (
            ("Series", self._look["deep"]),
            ("Banner", self._look["accent"]),
            ("Box", "#EEF0F5"),
            ("Box Heading", "#EEF0F5"),
        ):
            _shade(styles[name], fill)
        for name in ("Series", "Banner"):
            styles[name].font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)


def _shade(style: Any, fill: str) -> None:
    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), fill.lstrip("#"))
    style.element.get_or_add_pPr().append(shading)


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
