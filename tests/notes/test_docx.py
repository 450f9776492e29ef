"""What a Word user finds in a note's document: footers, footnotes, lists of several levels, links."""

import io
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree
from note_project import composed, small_edition

from lnlib.exhibits.document_style import look_of
from lnlib.notes.composed_note import NumberedExhibit
from lnlib.notes.docx import paged, write_docx
from lnlib.notes.nodes import Heading, Paragraph, Text

NUMBER = {"nested": "4. four\n\n   more of four\n\n   - bullet\n\n     1. deep\n5. five\n", "plain": "- a\n- b\n"}


def parts(text, folder):
    edition = small_edition(folder / "build" / "small")
    content = write_docx(composed(text, edition, folder / "a.en.md"), edition, look_of())
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}, docx.Document(io.BytesIO(content))


def fields(element):
    return [one.get(qn("w:instr")).strip() for one in element.iter(qn("w:fldSimple"))]


def shown_text(element):
    return "".join(one.text or "" for one in element.iter(qn("w:t")))


def test_every_page_has_series_number_title_and_its_own_number(tmp_path):
    _, document = parts("# A\n\nText.\n\n![](03-who){width=page}\n\nMore.\n", tmp_path)
    footer = document.sections[0].footer.paragraphs[0]
    assert footer.style.name == "Footer"
    assert shown_text(footer._p) == "Learning notes · No. 3 · Partnerships that last1 of 1"
    assert fields(footer._p) == ["PAGE", "NUMPAGES"]
    assert [section.footer.is_linked_to_previous for section in document.sections] == [False, True, True, True, True]
    assert {round(section.bottom_margin.mm) for section in document.sections} == {17}


def test_footnotes_are_words_own(tmp_path):
    files, document = parts(
        "One.[^a] Two.[^b]\n\n[^a]: First, *set*.\n[^b]: [Second](https://example.org).\n", tmp_path
    )
    root = etree.fromstring(files["word/footnotes.xml"])
    notes = {one.get(qn("w:id")): shown_text(one) for one in root}
    assert notes == {"-1": "", "0": "", "1": " First, set.", "2": " Second."}
    marks = [one.get(qn("w:id")) for one in document.element.body.iter(qn("w:footnoteReference"))]
    assert marks == ["1", "2"]
    assert b"/word/footnotes.xml" in files["[Content_Types].xml"]
    assert b"https://example.org" in files["word/_rels/footnotes.xml.rels"]
    assert not [one for one in document.paragraphs if one.style.name == "Footnote Text"]


def test_a_list_has_levels_and_begins_where_it_is_told(tmp_path):
    _, document = parts(NUMBER["nested"], tmp_path)
    items = [one for one in document.paragraphs if one.style.name.startswith("List")]
    assert [(one.style.name, one.text, round(one.paragraph_format.left_indent.pt)) for one in items] == [
        ("List Number", "four", 14),
        ("List Continue", "more of four", 14),
        ("List Bullet 2", "bullet", 28),
        ("List Number 3", "deep", 42),
        ("List Number", "five", 14),
    ]
    set_in = [one._p.pPr.numPr for one in items]
    assert [None if one is None else one.ilvl.val for one in set_in] == [0, None, 1, 2, 0]
    numbering = document.part.numbering_part.element
    nums = {num.numId: num for num in numbering.num_lst}
    first, deep = nums[set_in[0].numId.val], nums[set_in[3].numId.val]
    assert first is nums[set_in[4].numId.val]
    assert [(one.lvlOverride_lst[0].ilvl, one.lvlOverride_lst[0].startOverride.val) for one in (first, deep)] == [
        (0, 4),
        (2, 1),
    ]
    abstract = {one.get(qn("w:abstractNumId")): one for one in numbering.findall(qn("w:abstractNum"))}
    levels = [
        one.find(qn("w:numFmt")).get(qn("w:val")) for one in abstract[str(first.abstractNumId.val)].iter(qn("w:lvl"))
    ]
    assert levels[:4] == ["decimal", "lowerLetter", "lowerRoman", "decimal"]
    order = [one.tag for one in numbering]
    assert order == sorted(order, key=lambda tag: tag != qn("w:abstractNum"))


@pytest.mark.parametrize("outer", ["> {0}\n> — Who\n", ":::: box Outer\n::: box Inner\n{0}\n:::\n::::\n"])
def test_what_stands_within_a_quote_or_a_box_is_written(outer, tmp_path):
    inner = "- one\n> - two\n>\n> last" if outer.startswith(">") else "- one\n- two\n\nlast"
    files, _ = parts(outer.format(inner), tmp_path)
    text = shown_text(etree.fromstring(files["word/document.xml"]))
    assert text.count("onetwolast") == 1


def test_a_link_can_be_followed(tmp_path):
    files, document = parts("See [the **page**](https://example.org/a?b=1) and <https://example.org>.\n", tmp_path)
    links = list(document.element.body.iter(qn("w:hyperlink")))
    assert [shown_text(one) for one in links] == ["the page", "https://example.org"]
    targets = [document.part.rels[one.get(qn("r:id"))].target_ref for one in links]
    assert targets == ["https://example.org/a?b=1", "https://example.org"]
    assert b"(https" not in files["word/document.xml"]


def test_a_heading_stands_in_the_section_of_the_wide_figure_below_it(tmp_path):
    text = "Before.\n\n# Where\n\n## Exactly\n\n![](03-who){width=page}\n\nAfter.\n"
    _, document = parts(text, tmp_path)
    sections, own = [], []
    for paragraph in document.paragraphs:
        own.append(paragraph.text)
        if paragraph._p.pPr is not None and paragraph._p.pPr.sectPr is not None:
            sections.append((paragraph._p.pPr.sectPr.find(qn("w:cols")).get(qn("w:num")), own))
            own = []
    (wide,) = [one for columns, one in sections if "Where" in one]
    assert wide[:2] == ["Where", "Exactly"]
    assert wide[2].endswith(". Who works with whom")
    assert [columns for columns, one in sections if "Where" in one] == ["1"]
    for name in ("Heading 1", "Heading 2", "Caption", "Exhibit Subtitle"):
        assert document.styles[name].paragraph_format.keep_with_next


def test_a_heading_above_a_figure_of_a_later_page_stays_with_its_text():
    words = {"label": "", "title": "", "subtitle": "", "note": "", "source": "", "alt": ""}
    wide = NumberedExhibit(name="w", id="w", kind="figure", width="page", mm=178, **words)
    first, heading, text = Paragraph((Text("first"),)), Heading(1, (Text("h"),)), Paragraph((Text("text"),))
    assert paged([first, heading, wide, text], {0: 1, 2: 2, 3: 1}) == [first, heading, text, wide]
