"""Holes in columns, on drawn pages and on typeset notes."""

import io
import re

import pypdf
import pytest
from note_project import bare_figure, composed, small_edition
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


def test_a_figure_in_a_column_stays_between_its_heading_and_the_next(tmp_path, monkeypatch):
    figures = [bare_figure(f"0{number}-mix") for number in range(1, 5)]
    edition = small_edition(tmp_path / "build" / "small", *figures)
    words = "Some words of a province, as many as make a line or two of a column of a note. " * 3
    sections = [
        f"## Province {number}\n\n{words} @fig:0{number}-mix.\n\n![](0{number}-mix){{width=column}}\n\nLast of {number}."
        for number in range(1, 5)
    ]
    note = composed("# Where\n\nBefore.\n\n" + "\n\n".join(sections) + "\n", edition, tmp_path / "a.en.md")

    def lines():
        """Headings, captions and last paragraphs, in the order that their pages and columns are read in."""
        found = []
        for number, sheet in enumerate(pypdf.PdfReader(io.BytesIO(write_pdf(note, edition, look_of()).content)).pages):

            def place(text, page, matrix, *_, number=number):
                for words in re.findall(r"Province \d|Figure \d\. |Last of \d", text):
                    left = matrix[4] * page[0] + page[4]
                    found.append((number, left > 297, -(matrix[5] * page[3] + page[5]), words.strip(" .")))

            sheet.extract_text(visitor_text=place)
        return [words for *_, words in sorted(found)]

    held = [f"{what} {number}" for number in range(1, 5) for what in ("Province", "Figure", "Last of")]
    assert sorted(lines()) == sorted(held)
    for number in range(1, 5):
        assert {*lines()[3 * number - 3 : 3 * number]} == {*held[3 * number - 3 : 3 * number]}
    assert [words for words in lines() if words.startswith("Province")] == [held[0], held[3], held[6], held[9]]
    monkeypatch.setattr(pdf, "_sections_of", lambda *_: {})  # without it a figure stands elsewhere
    assert any({*lines()[3 * n - 3 : 3 * n]} != {*held[3 * n - 3 : 3 * n]} for n in range(1, 5))
