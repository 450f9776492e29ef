"""Documents for a word processor (DOCX): headings, paragraphs, pictures at print width with alt text, tables.

The same calls give the same bytes: nothing in a document tells when it was made.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor

from lnlib.text import shown

TABLE_STYLES = Path(__file__).with_name("templates") / "table_styles.docx"
PAGE = (210, 297)  # mm, A4
MARGIN = 16  # mm, which leaves two columns of a learning note: 178 mm
UPRIGHT, _ACROSS = (side - 2 * MARGIN for side in PAGE)  # mm of text on a line
_LANGUAGES = {"en": "en-GB", "km": "km-KH"}
_FAINT, _RULE = RGBColor(0x5C, 0x5C, 0x5C), "B8B8B8"
_LETTER, _PADDING = 1.65, 4.0  # mm that a letter of a cell takes at most, but for wide capitals, and a cell's margins
_LONGEST_WORD, _MOST = 20, 400  # letters that a column's width is reckoned from
_USUAL, _TALL = 1.4, 10  # mm that a letter takes on average; lines of a row that are hard to read in narrow columns
_WORDS = re.compile(r"\s+|-(?!(?<=\d-)[\dQH])")  # a date such as 2011-Q2 is one
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time


class Document:
    """A document that is written from its beginning to its end.

    Parameters
    ----------
    title : str
        Told to the word processor; shown only where it is also written as a heading.
    template : Path
        A document whose styles and page it begins with.
    language : str
        That it is written in, `en` or `km`.
    """

    def __init__(self, title: str, *, template: Path = TABLE_STYLES, language: str = "en") -> None:
        self._document = docx.Document(str(template))
        about = self._document.core_properties
        about.title, about.author, about.comments, about.language = shown(title), "lnlib", "", _LANGUAGES[language]
        about.created = about.modified = dt.datetime(*_EARLIEST, tzinfo=dt.UTC)
        about.last_modified_by, about.revision = "", 1
        self._width: float = UPRIGHT
        self._below_table = False
        proofed = self._document.styles.element.find(f".//{qn('w:lang')}")
        if proofed is not None:
            proofed.set(qn("w:val"), _LANGUAGES["en"])
            proofed.set(qn("w:bidi"), _LANGUAGES["km"])

    def turn(self, *, across: bool) -> bool:
        """Go on with the paper laid across, or upright: on a new page, where it lay otherwise; return whether it did."""
        width = _ACROSS if across else UPRIGHT
        if width == self._width:
            return False
        self._width = width
        empty = len(self._document.element.body) == 1  # it holds what its pages are like, and no word
        section = self._document.sections[0] if empty else self._document.add_section(WD_SECTION.NEW_PAGE)
        self._lay(section, PAGE[::-1] if across else PAGE)
        return True

    def heading(self, text: str, *, level: int) -> None:
        """Write a heading; level 0 is the document's title."""
        self._document.add_heading(shown(text), level=level)

    def paragraph(self, text: str, *, label: str = "", style: str = "Normal", faint: bool = False) -> None:
        """Write a paragraph, with a label in bold before it; the lines of the text stay lines."""
        paragraph = self._document.add_paragraph(style=style)
        if self._below_table:
            paragraph.paragraph_format.space_before = Pt(5)
            self._below_table = False
        if label:
            paragraph.add_run(f"{shown(label)} ").bold = True
        for number, line in enumerate(shown(text).split("\n")):
            run = paragraph.add_run()
            if number:
                run.add_break(WD_BREAK.LINE)
            run.add_text(line)
            if faint:
                run.font.color.rgb = _FAINT

    def picture(self, content: bytes, *, width: float, alt: str, name: str) -> None:
        """Place a picture at its print width in mm, kept with the paragraph after it."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        placed = paragraph.add_run().add_picture(io.BytesIO(content), width=Emu(round(width * 36000)))
        for side in "TBLR":  # else LibreOffice keeps text 3 mm away, and moves the picture to the right by as much
            placed._inline.set(f"dist{side}", "0")
        about = placed._inline.docPr
        about.set("name", shown(name))
        about.set("descr", shown(alt))

    def table(
        self, headers: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[bool], alt: str, name: str
    ) -> None:
        """Write a table over the whole width; its first row is repeated on every page, and no row is cut."""
        cells = [[shown(cell) for cell in row] for row in rows]
        table = self._document.add_table(rows=0, cols=len(headers))
        table.autofit = False
        _rule(table._tbl.tblPr, name=shown(name), alt=shown(alt))
        widths = column_widths(headers, cells, self._width)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        head = _row(table, widths, numeric, head=True)
        body = _row(table, widths, numeric)
        for row in (head, body):
            table._tbl.remove(row)
        for number, row in enumerate([[shown(header) for header in headers], *cells]):
            written = copy.deepcopy(body if number else head)  # built cell by cell, a long table takes seconds
            for run, text in zip(written.iter(qn("w:r")), row, strict=True):
                run.text = text
            table._tbl.append(written)
        self._below_table = True

    def saved(self) -> bytes:
        """Return the bytes of the file."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        with zipfile.ZipFile(buffer) as made:
            # readers look for the list of parts first
            names = sorted(made.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
            return zipped((name, made.read(name)) for name in names)

    @staticmethod
    def _lay(section: Any, page: tuple[int, ...]) -> None:
        section.orientation = WD_ORIENT.LANDSCAPE if page[0] > page[1] else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(page[0]), Mm(page[1])
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)


def reads_across(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table reads better on paper laid across: upright its words have no room, or its rows get tall."""
    least, wanted = _room(headers, rows)
    if sum(least) > UPRIGHT:
        return True
    widths = _widths(least, wanted, UPRIGHT)
    return any(
        len(text) * _USUAL > _TALL * (width - _PADDING) for row in rows for text, width in zip(row, widths, strict=True)
    )


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files in the given order, without times or machine-dependent metadata."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in files:
            about = zipfile.ZipInfo(name, _EARLIEST)
            about.create_system = 3  # as on Unix, wherever it is made
            about.external_attr = 0o644 << 16
            # pictures are packed already
            about.compress_type = zipfile.ZIP_STORED if name.endswith((".png", ".zip")) else zipfile.ZIP_DEFLATED
            made.writestr(about, content)
    return buffer.getvalue()


def _rule(properties: Any, *, name: str, alt: str) -> None:
    """Set the rules of a table and its alternative text."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", _RULE)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(borders)
    margins = OxmlElement("w:tblCellMar")
    for side, twentieths in (("left", "0"), ("right", "120")):  # the first column stands under the text above it
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), twentieths)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    layout.addnext(margins)
    for tag, text in (("w:tblCaption", name), ("w:tblDescription", alt)):
        element = OxmlElement(tag)
        element.set(qn("w:val"), text)
        properties.append(element)


def _row(table: Any, widths: Sequence[float], numeric: Sequence[bool], *, head: bool = False) -> Any:
    """Add a row without its words; give its element."""
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, width, right in zip(row.cells, widths, numeric, strict=True):
        cell.width = Mm(width)
        paragraph = cell.paragraphs[0]
        paragraph._p.style = "Cell"
        paragraph.add_run("").bold = head or None
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return row._tr


def _widths(least: Sequence[float], wanted: Sequence[float], width: float) -> list[float]:
    """Return column widths: the longest word of each, and the rest shared by what its cells need beyond that."""
    room = width - sum(least)
    if room < 0 or not sum(wanted):  # all words have no room, or more than they need
        return [round(width * one / sum(least), 2) for one in least]
    return [round(one + room * more / sum(wanted), 2) for one, more in zip(least, wanted, strict=True)]


def column_widths(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: float,
    *,
    letter: float = _LETTER,
    padding: float = _PADDING,
) -> list[float]:
    """Share a width in mm among the columns of a table by their longest words and cells.

    Parameters
    ----------
    headers, rows
        The cells as text.
    width : float
        Of the table, in mm.
    letter, padding : float
        The mm that a letter takes at most, and a cell's two margins.
    """
    return _widths(*_room(headers, rows, letter, padding), width)


def _room(
    headers: Sequence[str], rows: Sequence[Sequence[str]], letter: float = _LETTER, padding: float = _PADDING
) -> tuple[list[float], list[float]]:
    """Return the mm that each column's longest word takes, and those that its longest cell would take beyond that."""
    columns = [[header, *(row[place] for row in rows)] for place, header in enumerate(headers)]
    words = [max(len(word) for text in column for word in _WORDS.split(text)) for column in columns]
    least = [padding + letter * min(longest, _LONGEST_WORD) for longest in words]
    cells = [padding + letter * min(max(map(len, column)), _MOST) for column in columns]
    return least, [cell - one for cell, one in zip(cells, least, strict=True)]
