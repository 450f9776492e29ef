"""Documents: what a table's columns are wide."""

import io

import docx

from lnlib.documents import Document

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


def test_columns_fill_the_page_also_where_the_words_have_no_room():
    for headers in (["a", "b"], ["x" * 60] * 12):
        assert abs(sum(widths(headers, ["-"] * len(headers))) - 178) < 0.2
