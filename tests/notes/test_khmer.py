import io

import pypdf
from note_project import FRONT, bare_figure, composed, small_edition

from lnlib.exhibits.document_style import look_of
from lnlib.notes.html import write_html
from lnlib.notes.pdf import write_pdf

KHMER = FRONT.replace("language: en", "language: km")
TEXT = "# ភាពជាដៃគូ\n\nមាន {{partnerships}} ភាពជាដៃគូ។ {{provinces | words}} ខេត្ត។\n\n![](02-mix)\n"


def test_a_khmer_note_is_set_and_says_that_its_words_are_a_draft(tmp_path):
    edition = small_edition(tmp_path / "build" / "small", bare_figure(language="km"))
    made = composed(TEXT, edition, tmp_path / "a.km.md", front=KHMER), edition, look_of()
    assert made[0].warnings == ()
    assert [one.text for one in made[0].sentences] == ["ភាពជាដៃគូ", "មាន ១៦០ ភាពជាដៃគូ។", "បី ខេត្ត។"]
    assert made[0].exhibits[0].label == "រូប\u200bទី១"
    reader = pypdf.PdfReader(io.BytesIO(write_pdf(*made).content))
    assert reader.trailer["/Root"]["/Lang"] == "km"
    fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert any("KhmerSemiCondensed" in font for font in fonts)
    page = write_html(*made).decode()
    assert '<html lang="km">' in page
    assert made[0].translation
    assert made[0].translation in page


def test_an_exhibit_in_another_language_is_warned_of(tmp_path):
    edition = small_edition(tmp_path / "build" / "small", bare_figure())
    path = tmp_path / "a.km.md"
    (warning,) = composed(TEXT, edition, path, front=KHMER).warnings
    message = "exhibit '02-mix' is in 'en' and the note in 'km'; make the edition with language: km"
    assert warning == f"{path.as_posix()}:15: {message}"
