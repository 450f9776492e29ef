"""Documents: what a table's columns are wide."""

import io

import docx
import pytest
from docx.oxml.ns import qn

from lnlib.exhibits.word_document import Document, reads_across

LETTER_MM = 1.65  # at 8 points a letter takes less, but for wide capitals


def widths(headers, *rows):
    made = Document("T")
    made.table(headers, rows, numeric=[False] * len(headers), alt="", name="t")
    (table,) = docx.Document(io.BytesIO(made.saved())).tables
    return [column.width.mm for column in table.columns]


def test_no_word_of_a_narrow_column_is_broken_by_a_long_text_beside_it():
    found = widths(["Stage", "Words"], ["Collaboration", "a long quote " * 40])
    assert found[0] >= len("Collaboration") * LETTER_MM
    assert found[1] > 3 * found[0]
    period = widths(["Date", "Words"], ["2009-06-24/2014-09-30", "a long quote " * 40])[0]
    assert period >= len("24/2014") * LETTER_MM  # no line ends at a stroke


QUOTE = "In another initiative the principals followed up on what the monitors had seen in the schools. " * 6
SEVEN = ["Partnership", "Date", "Stage", "Rated by", "Criterion", "In the source's words", "Passage"]
ROW = ["One – another", "2012-06", "Collaboration", "Independent rater", "formality: agreed roles", QUOTE, "Page 3"]


def test_a_table_whose_rows_would_get_tall_is_laid_across_and_what_follows_stands_upright():
    assert reads_across(SEVEN, [ROW])
    assert reads_across(["x" * 20] * 9, [["-"] * 9])  # the words of its headers have no room upright
    assert not reads_across(SEVEN[:5], [ROW[:5]] * 100)  # a long table of short rows
    made = Document("T")
    made.paragraph("before")
    for across in (False, True, True, False):
        made.turn(across=across)
        made.table(SEVEN, [ROW], numeric=[False] * 7, alt="", name="t")
    read = docx.Document(io.BytesIO(made.saved()))
    assert [round(one.page_width.mm) for one in read.sections] == [210, 297, 210]
    wide = [sum(column.width.mm for column in table.columns) for table in read.tables]
    assert wide == pytest.approx([178, 265, 265, 178], abs=0.2)


def test_a_document_that_begins_across_has_no_empty_page_before_it():
    made = Document("T")
    made.turn(across=True)
    made.paragraph("first")
    assert [round(one.page_width.mm) for one in docx.Document(io.BytesIO(made.saved())).sections] == [297]


def test_a_long_text_has_the_room_that_short_ones_beside_it_do_not_need():
    found = widths(SEVEN, ROW)
    assert found[5] == max(found)
    assert found[5] > 2 * max(found[:5])


def test_khmer_letters_have_the_size_and_weight_of_the_latin_ones_beside_them():
    styles = docx.Document(io.BytesIO(Document("T").saved())).styles
    for name in ("Normal", "Cell", "Caption", "Title", "Heading 1", "Heading 2"):
        message = {element.tag.split("}")[1]: element.get(qn("w:val")) for element in styles[name].element.rPr}
        assert message["szCs"] == message["sz"], name
        assert (message["bCs"] == "1") == bool(styles[name].font.bold), name


def test_columns_fill_the_page_also_where_the_words_have_no_room():
    for headers in (["a", "b"], ["x" * 60] * 12):
        assert abs(sum(widths(headers, ["-"] * len(headers))) - 178) < 0.2
