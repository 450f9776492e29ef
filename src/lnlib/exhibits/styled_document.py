"""Word documents in the styles of `templates/word_styles.docx`, in the colours of the house: those of notes and of packs.

What a Word user goes on with is real: captions count with SEQ fields, footers with PAGE fields, lists have levels, footnotes
stand at the foot of the page, and links can be followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.enum.section import WD_HEADER_FOOTER
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from lnlib.exhibits.word_document import UPRIGHT, Document
from lnlib.text import shown

TEMPLATE = Path(__file__).with_name("templates") / "word_styles.docx"
LEVELS = 9  # of a list, as many as Word knows
_STYLED_LEVELS = 3  # that have a style of their own
_BULLETS = "•–·"
_NUMBERS = ("decimal", "lowerLetter", "lowerRoman")
_TWENTIETHS = 10091  # of a point: where the style Footer has its tab
_INDENT = 283  # twentieths of a point, by level
_SIDES = ("top", "left", "bottom", "right")
_FAINT = ("Subtitle", "Byline", "Quote Source", "Exhibit Subtitle", "Exhibit Note", "Footer")
_DEEP = ("Title", "Heading 1", "Heading 2", "Heading 3", "Quote", "Box Heading", "Caption", "Hyperlink")


class StyledDocument(Document):
    """A document in the styles of the template.

    Parameters
    ----------
    title : str
    language : str
        That it is written in, `en` or `km`.
    look : mapping
        Colours: `deep`, `accent`, `faint`.
    """

    def __init__(self, title: str, *, language: str, look: Mapping[str, Any]) -> None:
        super().__init__(title, template=TEMPLATE, language=language)
        self._look = look
        self._bookmarks = 0
        self._bullets = 0  # the number of the numbering that all bulleted lists share
        self._numbers = 0  # the abstract numbering of numbered lists
        self._footers: dict[float, str] = {}  # relations to footer parts, by the width of the text above
        self._footnotes: Any = None  # the root of footnotes.xml
        self._colour()

    # --- captions and fields

    def caption(self, label: str, title: str, *, kind: str, target: str) -> None:
        """Write a caption whose number is a SEQ field, in a bookmark that cross references name.

        Parameters
        ----------
        label : str
            Such as `Figure 1`, with the digits of any language.
        title : str
        kind : str
            `figure` or `table`, which are counted apart.
        target : str
            What cross references call it.
        """
        paragraph = self._document.add_paragraph(style="Caption")
        before, number, after = re.split(r"(\d+)$", shown(label))
        self._bookmarks += 1
        opened, closed = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (opened, closed):
            element.set(qn("w:id"), str(self._bookmarks))
        opened.set(qn("w:name"), bookmark(target))
        paragraph._p.append(opened)
        paragraph.add_run(before)
        counted = "Figure" if kind == "figure" else "Table"
        paragraph._p.append(field(f"SEQ {counted} \\* ARABIC", number + after))
        paragraph._p.append(closed)
        paragraph.add_run(f". {shown(title)}")

    def footer(self, text: str, pattern: str) -> None:
        """Write the footer of the last section: a text, and the page's number to the right.

        Parameters
        ----------
        text : str
        pattern : str
            Such as `{page} of {pages}`.
        """
        section = self._document.sections[-1]
        section.bottom_margin, section.footer_distance = Mm(17), Mm(8)
        if part := self._footers.get(self._width):  # a part of its own for each section would be many
            section._sectPr.add_footerReference(WD_HEADER_FOOTER.PRIMARY, part)
            return
        section.footer.is_linked_to_previous = False
        reference: Any = section._sectPr.get_footerReference(WD_HEADER_FOOTER.PRIMARY)
        self._footers[self._width] = reference.rId
        paragraph = section.footer.paragraphs[0]
        paragraph.style = "Footer"
        if self._width > UPRIGHT:  # the style's own tab is that of upright paper
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(self._width), WD_TAB_ALIGNMENT.RIGHT)
            clear = OxmlElement("w:tab")
            clear.set(qn("w:val"), "clear")
            clear.set(qn("w:pos"), str(_TWENTIETHS))
            paragraph._p.pPr.find(qn("w:tabs")).insert(0, clear)
        paragraph.add_run(f"{shown(text)}\t")
        for piece in re.split(r"(\{pages?\})", pattern):
            if piece in ("{page}", "{pages}"):
                paragraph._p.append(field("PAGE" if piece == "{page}" else "NUMPAGES", "1"))
            elif piece:
                paragraph.add_run(piece)

    # --- lists

    def list_numbering(self, *, ordered: bool, level: int, start: int = 1) -> int:
        """Return the numbering of a new list at a level; a numbered one begins at `start`."""
        numbering = self._document.part.numbering_part.element
        if not ordered:
            if not self._bullets:
                self._bullets = int(numbering.add_num(self._abstract_numbering(ordered=False)).numId)
            return self._bullets
        self._numbers = self._numbers or self._abstract_numbering(ordered=True)
        added = numbering.add_num(self._numbers)
        added.add_lvlOverride(min(level, LEVELS - 1)).add_startOverride(start)
        return int(added.numId)

    def _abstract_numbering(self, *, ordered: bool) -> int:
        """Declare a numbering of several levels."""
        numbering = self._document.part.numbering_part.element
        known = numbering.findall(qn("w:abstractNum"))
        identifier = 1 + max((int(one.get(qn("w:abstractNumId"))) for one in known), default=-1)
        levels = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/>'
            f'<w:numFmt w:val="{_NUMBERS[level % 3] if ordered else "bullet"}"/>'
            f'<w:lvlText w:val="{f"%{level + 1}." if ordered else _BULLETS[level % 3]}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="{_INDENT * (level + 1)}" w:hanging="{_INDENT}"/></w:pPr></w:lvl>'
            for level in range(LEVELS)
        )
        declared = parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{identifier}">'
            f'<w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
        numbering.insert(len(known), declared)  # the schema wants them before what refers to them
        return identifier

    @staticmethod
    def list_style(*, ordered: bool, level: int, first: bool) -> str:
        """Name the style of an item's first paragraph, or of one that follows within it."""
        name = "List Continue" if not first else "List Number" if ordered else "List Bullet"
        own = min(level + 1, _STYLED_LEVELS)
        return f"{name} {own}" if own > 1 else name

    @staticmethod
    def number(paragraph: Paragraph, numbering: int, level: int) -> None:
        """Set a paragraph as part of a list's item: indented, and with its number or bullet unless `numbering` is 0."""
        at = min(level, LEVELS - 1)
        if numbering:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = at, numbering
        paragraph.paragraph_format.left_indent = Pt(_INDENT * (at + 1) / 20)
        paragraph.paragraph_format.first_line_indent = Pt(-_INDENT / 20 if numbering else 0)

    # --- footnotes and links

    def footnote(self, paragraph: Paragraph) -> Paragraph:
        """Mark a footnote at the end of a paragraph, and return the footnote's own paragraph."""
        if self._footnotes is None:
            self._footnotes = self._add_footnotes()
        identifier = len(self._footnotes) - 1  # two separators come first
        note = parse_xml(f'<w:footnote {nsdecls("w")} w:id="{identifier}"><w:p/></w:footnote>')
        self._footnotes.append(note)
        mark = paragraph.add_run(style="footnote reference")._r
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(identifier))
        mark.append(reference)
        text = Paragraph(note[0], self._document._body)
        text.style = self._document.styles["Footnote Text"]
        text.add_run(style="footnote reference")._r.append(OxmlElement("w:footnoteRef"))
        text.add_run(" ")
        return text

    def _add_footnotes(self) -> Any:
        """Add the part that holds the footnotes, and return its root."""
        separators = "".join(
            f'<w:footnote w:type="{kind}" w:id="{identifier}"><w:p><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr>'
            f"<w:r><w:{kind}/></w:r></w:p></w:footnote>"
            for identifier, kind in ((-1, "separator"), (0, "continuationSeparator"))
        )
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}>{separators}</w:footnotes>")
        main = self._document.part
        part = XmlPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, main.package)
        main.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        return root

    def link(self, paragraph: Paragraph, url: str) -> Any:
        """Add a link that can be followed, and return its element; its runs are added to the element."""
        inside = paragraph._p.getroottree().getroot() is self._footnotes
        part = self._footnotes_part() if inside else self._document.part
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        paragraph._p.append(link)
        return link

    def _footnotes_part(self) -> Any:
        return self._document.part.part_related_by(RELATIONSHIP_TYPE.FOOTNOTES)

    # --- colours

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


def field(instruction: str, result: str) -> Any:
    """Return a field that Word works out anew, with its result as it is now."""
    element = OxmlElement("w:fldSimple")
    element.set(qn("w:instr"), f" {instruction} ")
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = shown(result)
    run.append(text)
    element.append(run)
    return element


def bookmark(target: str) -> str:
    """Name a bookmark of an exhibit: letters, digits and underscores, at most 40.

    >>> bookmark("02-mix")
    'exhibit_02_mix'
    """
    return f"exhibit_{re.sub(r'[^A-Za-z0-9]', '_', target)}"[:40]
