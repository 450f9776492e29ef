"""Holes in columns, on drawn pages and on typeset notes."""

import io

import pypdf
import pytest
from note_project import composed, small_edition
from PIL import Image, ImageDraw

from lnlib.exhibits.document_style import look_of
from lnlib.notes import pdf
from lnlib.notes.column_gaps import PPI, holes
from lnlib.notes.pdf import write_pdf

MM = PPI / 25.4
LEFT, RIGHT = (16, 101), (109, 194)


def page(*inked):
    """A page with ink from and to so many mm from above, in a column each."""
    picture = Image.new("RGB", (round(210 * MM), round(297 * MM)), "white")
    for (left, right), top, foot in inked:
        ImageDraw.Draw(picture).rectangle([left * MM, top * MM, right * MM, foot * MM], fill="#2A7F74")
    buffer = io.BytesIO()
    picture.save(buffer, "png")
    return buffer.getvalue()


def test_what_is_blank_between_the_parts_of_a_column_is_a_hole():
    full = (RIGHT, 15, 280)
    (hole,) = holes([page((LEFT, 15, 100), (LEFT, 150, 280), full)])
    assert hole == pytest.approx(50, abs=3)
    assert holes([page((LEFT, 15, 100), (LEFT, 110, 280), full)]) == []


def test_the_end_of_the_last_page_is_none_but_where_one_column_is_longer():
    ended = page((LEFT, 15, 100), (RIGHT, 15, 100))
    assert holes([ended]) == []
    assert [round(hole, -1) for hole in holes([ended, ended])] == [180, 180]
    (hole,) = holes([page((LEFT, 15, 100), (RIGHT, 15, 200))])
    assert hole == pytest.approx(180, abs=3)


def test_an_exhibit_stands_in_the_text_where_it_would_leave_a_hole(tmp_path, monkeypatch):
    edition = small_edition(tmp_path / "build" / "small")
    text = "Before @fig:02-mix.\n\n![](02-mix)\n\nAfter.\n"
    made = composed(text, edition, tmp_path / "a.en.md"), edition, look_of()

    def typeset(*found):
        """The pages, with what is found to be holes at each look, and where the second paragraph stands."""
        looks = iter(found)
        monkeypatch.setattr(pdf, "holes", lambda _: next(looks))
        printed, after = write_pdf(*made).content, []

        def place(words, page, matrix, *_):
            if "After" in words:
                after.append(matrix[4] * page[0] + page[4])

        pypdf.PdfReader(io.BytesIO(printed)).pages[0].extract_text(visitor_text=place)
        assert next(looks, None) is None  # as often as expected
        return printed, after[0] / 72 * 25.4

    floating, left = typeset([])
    assert left == pytest.approx(16, abs=0.5)
    assert typeset([50.0], [60.0]) == (floating, left)  # to stand there is no better
    standing, right = typeset([50.0], [])
    assert standing != floating
    assert right == pytest.approx(109, abs=0.5)  # the figure fills the first column
    made = composed(text.replace("(02-mix)", "(02-mix){place=here}"), edition, tmp_path / "a.en.md"), edition, look_of()
    assert typeset([50.0]) == (standing, right)  # as its author wants it, holes or not: nothing else is tried
