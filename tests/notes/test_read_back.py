"""What the writers of PDF, DOCX and HTML make, read back by other tools."""

import io
import re
import zipfile
from dataclasses import replace

import docx
import pypdf
import pytest
from docx.oxml.ns import qn
from note_project import FRONT, bare_figure, composed, elements, small_edition

from lnlib.exhibits.document_style import look_of
from lnlib.exhibits.styled_document import TEMPLATE
from lnlib.notes.composed_note import NumberedExhibit
from lnlib.notes.docx import paged, write_docx
from lnlib.notes.html import write_html
from lnlib.notes.nodes import Heading, Paragraph, Text
from lnlib.notes.pdf import write_pdf

TEXT = """
# First heading

There were {{partnerships}} partnerships; see @fig:mix and @tab:02-standing.[^1]

![](02-mix){#mix}

## Below it

- one
- two

> No permission needed.
> — Learning Note 17

![](02-standing)

![](03-who){width=page}

::: box How to read
A box.
:::

::: about About this note
It is small.
:::

[^1]: Counted {{period.last}}.
"""
MM = 72 / 25.4


EMPHASIS = "\n# Heading\n\nAs *Learning Note 17* says, **plainly and *slanted* too**.\n"


def fonts_of(pdf):
    """Return the names of the fonts that a PDF embeds, without what tells that each is a part."""
    objects = (pdf.get_object(number) for number in range(1, pdf.trailer["/Size"]))
    names = (one.get("/FontName") for one in objects if isinstance(one, dict) and one.get("/Type") == "/FontDescriptor")
    return {re.sub(r"^/.*\+", "", name) for name in names}


def test_emphasis_is_set_in_italics(tmp_path):
    edition = small_edition(tmp_path / "build" / "small")
    content = write_pdf(composed(EMPHASIS, edition, tmp_path / "a.en.md"), edition, look_of()).content
    family = "NotoSansSemiCondensed"
    assert fonts_of(pypdf.PdfReader(io.BytesIO(content))) == {
        *(f"{family}-{style}" for style in ("Regular", "Bold", "Italic", "BoldItalic")),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("note")
    edition = small_edition(folder / "build" / "small")
    return composed(TEXT, edition, folder / "a.en.md"), edition, look_of()


@pytest.fixture(scope="module")
def pdf(made):
    return write_pdf(*made)


def test_a_pdf_is_tagged_with_language_title_headings_and_alt_text(pdf):
    root = pypdf.PdfReader(io.BytesIO(pdf.content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    tree = root["/StructTreeRoot"]
    alt = "Bars: 34 of 83 were integrated. Source: Small register."
    assert [figure["/Alt"] for figure in elements(tree, "/Figure")] == [alt, alt]
    assert [len(elements(tree, kind)) for kind in ("/H1", "/H2", "/Table", "/TH", "/L", "/Note")] == [1, 1, 1, 2, 1, 1]
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


def test_a_khmer_pdf_is_tagged_and_described_too(tmp_path):
    figures = bare_figure(language="km"), bare_figure("03-who", language="km")
    edition = small_edition(tmp_path / "build" / "small", *figures)
    text = "# ភាពជាដៃគូ\n\nភាពជាដៃគូ {{partnerships}}។\n\n![](02-mix)\n\n![](03-who){width=page}\n"
    note = composed(text, edition, tmp_path / "a.km.md", front=FRONT.replace("language: en", "language: km"))
    root = pypdf.PdfReader(io.BytesIO(write_pdf(note, edition, look_of()).content)).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "km")
    alt = "Bars: 34 of 83 were integrated. Source: Small register."
    assert [figure["/Alt"] for figure in elements(root["/StructTreeRoot"], "/Figure")] == [alt, alt]
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp


def test_a_dated_pdf_is_pdf_a_too(made, pdf, tmp_path):
    root = pypdf.PdfReader(io.BytesIO(pdf.content)).trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    claims = [re.search(rf"<pdfaid:{name}>(\w)</pdfaid:{name}>", xmp)[1] for name in ("part", "conformance")]
    assert claims == ["2", "A"]
    assert "2026-11-28" in xmp
    intent = root["/OutputIntents"][0]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"  # an ICC profile
    _, edition, look = made
    undated = composed(TEXT, edition, tmp_path / "a.en.md", front=FRONT.replace("date: 2026-11-28\n", ""))
    xmp = pypdf.PdfReader(io.BytesIO(write_pdf(undated, edition, look).content)).trailer["/Root"]["/Metadata"]
    assert b"pdfuaid:part" in xmp.get_data()
    assert b"pdfaid" not in xmp.get_data()


def test_figures_of_a_pdf_have_their_print_width_exactly(pdf):
    """A figure is clipped to its own size: the first path after its alternative text is drawn along its upper edge."""
    (page,) = pypdf.PdfReader(io.BytesIO(pdf.content)).pages
    edges = re.findall(
        rb"/Alt.*?>>BDC\s+q ([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l", page.get_contents().get_data(), re.DOTALL
    )
    assert all(edge[1] == edge[3] for edge in edges)
    assert [(float(right) - float(left)) / MM for left, _, right, _ in edges] == pytest.approx([85, 178], abs=0.01)


def test_a_pdf_has_a_page_bookmarks_and_embedded_fonts(pdf):
    reader = pypdf.PdfReader(io.BytesIO(pdf.content))
    assert pdf.pages == len(reader.pages) == 1
    assert reader.metadata.title == "Partnerships that last"
    assert reader.metadata.author == "A. Writer"
    assert [str(one["/Title"]) for one in reader.outline if not isinstance(one, list)] == ["First heading"]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    descriptors = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts]
    assert {re.sub(r"^.*\+|-.*$", "", one["/FontName"]) for one in descriptors} == {"NotoSansSemiCondensed"}
    assert all({"/FontFile2", "/FontFile3"} & set(one) for one in descriptors)


def test_a_pdf_prints_what_the_note_says(pdf):
    text = " ".join(pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text().split())
    for words in (
        "No. 3",
        "There were 160 partnerships; see Figure 1 and Table 1.",
        "Figure 1. Three of six were low",
        "Counted 30 September 2014.",
        "How the figures are made: Ratings are carried forward.",
        "Simulated data: this note shows how the charts read and is evidence of nothing.",
    ):
        assert words in text


def test_the_same_note_gives_the_same_bytes(made, pdf):
    assert write_pdf(*made) == pdf
    assert write_docx(*made) == write_docx(*made)
    assert write_html(*made) == write_html(*made)


def ends_of_columns(content):
    """Return where the columns of paragraphs on the first page end, in points from its foot: left, then right."""
    lines = {"left": [], "right": []}

    def place(words, page, text, *_):
        if "paragraph" in words:
            x, y = text[4] * page[0] + page[4], text[5] * page[3] + page[5]
            lines["left" if x < 105 * MM else "right"].append(y)

    pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text(visitor_text=place)
    return min(lines["left"]), min(lines["right"])


def test_both_columns_of_the_last_page_end_alike(tmp_path):
    edition = small_edition(tmp_path / "build" / "small", bare_figure())
    text = "# Heading\n\n" + "A paragraph of a few words that fills a line or two of a column.\n\n" * 24
    made = composed(text, edition, tmp_path / "a.en.md"), edition, look_of()
    left, right = ends_of_columns(write_pdf(*made).content)
    assert abs(left - right) < 40  # no more than a paragraph


def test_both_columns_of_the_first_page_end_alike_where_only_exhibits_follow(tmp_path):
    tall, wide = bare_figure("03-tall"), bare_figure()
    for name in [name for name in tall[1] if name.endswith(".svg")]:
        tall[1][name] = tall[1][name].replace(
            b'height="120pt" viewBox="0 0 240.9 120"', b'height="300pt" viewBox="0 0 240.9 300"'
        )
    edition = small_edition(tmp_path / "build" / "small", wide, tall)
    text = "![](02-mix){width=page}\n\n" + "A paragraph of a few words that fills a line or two of a column.\n\n" * 8
    made = composed(text + "![](03-tall){width=page}\n", edition, tmp_path / "a.en.md"), edition, look_of()
    typeset = write_pdf(*made)
    assert typeset.pages == 2
    left, right = ends_of_columns(typeset.content)
    assert abs(left - right) < 40


def test_a_figure_before_the_first_heading_stands_above_it(tmp_path):
    edition = small_edition(tmp_path / "build" / "small", bare_figure())
    before, after = (f"{word} of a few words that fills a line or two of a column.\n\n" for word in ("Opening", "Text"))
    for width in ("column", "page"):
        text = f"{before * 13}![](02-mix){{#mix width={width}}}\n\n# First heading\n\n{after * 18}"
        made = composed(text, edition, tmp_path / "a.en.md"), edition, look_of()
        assert made[0].exhibits[0].opens
        at = {}

        def place(words, page, matrix, *_, at=at):
            for word in ("Figure 1", "First heading"):
                if word in words:
                    x, y = matrix[4] * page[0] + page[4], matrix[5] * page[3] + page[5]
                    at.setdefault(word, (x > 105 * MM, -y))  # the column, and how far down

        pypdf.PdfReader(io.BytesIO(write_pdf(*made).content)).pages[0].extract_text(visitor_text=place)
        assert at["Figure 1"] < at["First heading"], (width, at)
        names = [one.text for one in docx.Document(io.BytesIO(write_docx(*made))).paragraphs]
        figure = next(row for row, name in enumerate(names) if name.startswith("Figure"))
        assert figure < names.index("First heading")


@pytest.fixture(scope="module")
def document(made):
    return docx.Document(io.BytesIO(write_docx(*made)))


def test_a_document_has_real_styles(document):
    styled = [(one.style.name, one.text) for one in document.paragraphs if one.text]
    assert styled[:6] == [
        ("Series", "Learning notes · No. 3"),
        ("Banner", "Simulated data: this note shows how the charts read and is evidence of nothing."),
        ("Title", "Partnerships that last"),
        ("Byline", "By A. Writer · 28 November 2026"),
        ("Heading 1", "First heading"),
        ("Normal", "There were 160 partnerships; see  and ."),  # references are fields
    ]
    assert [style for style, _ in styled[6:]] == [
        "Caption",
        "Exhibit Subtitle",
        "Exhibit Note",
        "Heading 2",
        "List Bullet",
        "List Bullet",
        "Quote",
        "Quote Source",
        "Caption",
        "Exhibit Subtitle",
        "Exhibit Note",
        "Caption",
        "Exhibit Subtitle",
        "Exhibit Note",
        "Exhibit Note",
    ]
    boxes = [[(one.style.name, one.text) for one in table.cell(0, 0).paragraphs] for table in document.tables[1:]]
    assert boxes == [
        [("Box Heading", "How to read"), ("Box", "A box.")],
        [("Box Heading", "About this note"), ("Box", "It is small.")],
    ]


def test_the_styles_of_a_document_are_the_templates_in_the_colours_of_the_house(made):
    note, edition, look = made
    template = docx.Document(str(TEMPLATE)).styles
    document = docx.Document(io.BytesIO(write_docx(note, edition, {**look, "deep": "#123456", "accent": "#654321"})))
    used = {one.style.name for one in document.paragraphs}
    for name in used:
        style, drawn = template[name], document.styles[name]
        assert (drawn.font.size, drawn.paragraph_format.space_after) == (
            style.font.size,
            style.paragraph_format.space_after,
        )
    assert {str(document.styles[name].font.color.rgb) for name in ("Title", "Heading 1", "Caption")} == {"123456"}
    fills = [document.styles[name].element.pPr.find(qn("w:shd")).get(qn("w:fill")) for name in ("Series", "Banner")]
    assert fills == ["123456", "654321"]


def test_a_box_of_a_document_is_never_cut(document):
    for table in document.tables[1:]:
        assert table.rows[0]._tr.trPr.find(qn("w:cantSplit")) is not None
    assert [round(table.cell(0, 0).width.mm) for table in document.tables[1:]] == [85, 178]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("# One\n\nText.\n\n# Two\n\nText.\n", [None, False]),
        ("# One\n\nText.\n\n# Two\n\nText.\n\nMore.\n", [None, None]),
        ("Text.\n", []),
    ],
)
def test_the_heading_of_the_last_paragraph_alone_may_be_parted_from_it(text, kept, tmp_path):
    edition = small_edition(tmp_path / "build" / "small")
    made = composed(text + "\n::: about About\nText.\n:::\n", edition, tmp_path / "a.en.md"), edition, look_of()
    document = docx.Document(io.BytesIO(write_docx(*made)))
    headings = [one for one in document.paragraphs if one.style.name == "Heading 1"]
    assert [one.paragraph_format.keep_with_next for one in headings] == kept
    assert document.styles["Heading 1"].paragraph_format.keep_with_next


def test_every_numbered_list_of_a_document_begins_at_one(tmp_path):
    edition = small_edition(tmp_path / "build" / "small")
    text = "1. one\n2. two\n\nText.\n\n1. first\n"
    made = composed(text, edition, tmp_path / "a.en.md"), edition, look_of()
    document = docx.Document(io.BytesIO(write_docx(*made)))
    items = [one for one in document.paragraphs if one.style.name == "List Number"]
    numbers = [one._p.pPr.numPr.numId.val for one in items]
    assert numbers[0] == numbers[1] != numbers[2]
    numbering = document.part.numbering_part.element
    starts = [num.lvlOverride_lst[0].startOverride.val for num in numbering.num_lst if num.numId in numbers]
    assert starts == [1, 1]


def test_an_exhibit_on_a_later_page_than_its_text_is_written_where_that_page_begins():
    text, more = Paragraph(()), Paragraph((Text("more"),))
    heading, last = Heading(1, (Text("h"),)), Paragraph((Text("last"),))
    words = {"label": "", "title": "", "subtitle": "", "note": "", "source": "", "alt": ""}
    wide, narrow = (NumberedExhibit(name=w, id=w, kind="figure", width=w, mm=85, **words) for w in ("page", "column"))
    blocks = [text, wide, narrow, more, heading, last]
    assert paged(blocks, {0: 1, 1: 2, 2: 2, 3: 1, 5: 2}) == [text, more, wide, narrow, heading, last]
    assert paged(blocks, {0: 1, 1: 2, 2: 1, 3: 1, 5: 2}) == [text, more, wide, narrow, heading, last]  # in their order
    assert paged(blocks, {0: 1, 1: 1, 2: 2, 3: 1, 5: 1}) == [text, wide, more, heading, last, narrow]
    assert paged(blocks, {}) == blocks
    first = replace(wide, opens=True)  # before the first heading
    assert paged([text, first, more, heading, last], {0: 1, 1: 2, 2: 1, 4: 2}) == [text, first, more, heading, last]


def test_a_document_counts_captions_and_refers_to_them(document):
    fields = [
        (field.get(qn("w:instr")).strip(), "".join(text.text for text in field.iter(qn("w:t"))))
        for field in document.element.body.iter(qn("w:fldSimple"))
    ]
    assert fields == [
        ("REF exhibit_mix \\h", "Figure 1"),
        ("REF exhibit_02_standing \\h", "Table 1"),
        ("SEQ Figure \\* ARABIC", "1"),
        ("SEQ Table \\* ARABIC", "1"),
        ("SEQ Figure \\* ARABIC", "2"),
    ]
    marks = [mark.get(qn("w:name")) for mark in document.element.body.iter(qn("w:bookmarkStart"))]
    assert marks == ["exhibit_mix", "exhibit_02_standing", "exhibit_03_who"]


def test_pictures_of_a_document_have_alt_text_and_their_print_width(document):
    assert [round(one.width.mm) for one in document.inline_shapes] == [85, 178]
    alt = "Bars: 34 of 83 were integrated. Source: Small register."
    assert [one._inline.docPr.get("descr") for one in document.inline_shapes] == [alt, alt]
    assert {one._inline.get(f"dist{side}") for one in document.inline_shapes for side in "TBLR"} == {"0"}


def test_columns_of_a_document_change_on_the_page(document):
    columns = [section._sectPr.find(qn("w:cols")).get(qn("w:num")) for section in document.sections]
    assert columns == ["1", "2", "1", "2", "1"]
    kinds = [section._sectPr.find(qn("w:type")) for section in document.sections[1:]]
    assert {kind.get(qn("w:val")) for kind in kinds} == {"continuous"}


def test_a_page_asks_nothing_of_the_network(made):
    page = write_html(*made).decode()
    assert re.findall(r'(?:src|href)="(?!data:|#|\.\./index\.html)[^"]*"', page) == []
    assert '<html lang="en">' in page
    assert page.count('alt="Bars: 34 of 83 were integrated. Source: Small register."') == 2
    assert '<a href="#exhibit-mix">Figure 1</a>' in page
    assert '<a id="mark-1" href="#note-1">1</a>' in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_names_are_printed_as_their_letters(tmp_path):
    name = '<script>alert(1)</script> #set page() $x$ ]] "'
    edition = small_edition(tmp_path / "build" / "small", bare_figure(title=name))
    made = composed("![](02-mix)\n\n{{02-mix.title}}\n", edition, tmp_path / "a.en.md"), edition, look_of()
    text = " ".join(pypdf.PdfReader(io.BytesIO(write_pdf(*made).content)).pages[0].extract_text().split())
    assert text.count('<script>alert(1)</script> #set page() $x$ ]] "') == 2
    assert "<script" not in write_html(*made).decode()
    with zipfile.ZipFile(io.BytesIO(write_docx(*made))) as parts:
        assert b"&lt;script&gt;" in parts.read("word/document.xml")


def test_a_draft_says_so(tmp_path):
    edition = small_edition(tmp_path / "build" / "small")
    front = FRONT.replace("pages: 1", "draft: true")
    made = composed("Text.\n", edition, tmp_path / "a.en.md", front=front), edition, look_of()
    assert "Draft · Simulated data" in pypdf.PdfReader(io.BytesIO(write_pdf(*made).content)).pages[0].extract_text()
