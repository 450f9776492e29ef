import io
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from editions_made import figure, png, table, write_edition
from pypdf import PdfReader

from lnlib.charts import stage_mix
from lnlib.editions.pack import pack
from lnlib.errors import EditionError
from lnlib.exhibits.figure import Exhibit
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.intake import open_register
from lnlib.measures.counts.shares import shares
from lnlib.text import shown
from lnlib.words import Words

SMALL = Path(__file__).parent.parent / "registers" / "small"
ODD = "<script>, =cmd(), $x^2$, bell \x07"


def opened(path):
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None
        return {name: made.read(name) for name in made.namelist()}


def packed(tmp_path, *exhibits, **more):
    return opened(pack(write_edition(tmp_path / "small", *exhibits, **more)))


def document(files):
    return Document(io.BytesIO(files["small/small.docx"]))


def test_the_zip_holds_words_figures_tables_and_data_under_stable_names(tmp_path):
    files = packed(tmp_path, figure("a"), table("t"))
    assert list(files) == [
        "small/README.txt",
        "small/small.docx",
        "small/small.txt",
        "small/sources.txt",
        "small/contact-sheet.png",
        "small/exhibits.json",
        "small/data/a.csv",
        "small/data/t.csv",
        "small/figures/a.column.png",
        "small/figures/a.two-columns.pdf",
        "small/figures/a.two-columns.png",
        "small/figures/a.two-columns.svg",
        "small/tables/t.docx",
        "small/tables/t.html",
    ]
    assert files["small/figures/a.column.png"] == png()


def test_the_document_has_headings_captions_notes_sources_and_alt_text(tmp_path):
    told = [(p.style.name, p.text) for p in document(packed(tmp_path, figure("a"))).paragraphs if p.text]
    assert told == [
        ("Title", "A small edition"),
        ("Heading 1", "How did they move?"),
        ("Heading 2", "a"),
        ("Caption", "Figure 1. Three of six were low"),
        ("Normal", "By unit"),
        ("Normal", "Note: A note."),
        ("Normal", "Source: Small register. Simulated data."),
        ("Normal", "Alt text: Bar chart where three of six were low."),
        ("Normal", "Files: figures/a.column.png, figures/a.two-columns.pdf|png|svg, data/a.csv"),
    ]


def test_a_picture_stands_at_its_print_width_with_its_alt_text(tmp_path):
    shape = document(packed(tmp_path, figure("a", alt=f"Bar chart of {ODD}."))).inline_shapes[0]
    assert shape.width.mm == pytest.approx(178, abs=0.01)
    about = shape._inline.docPr
    assert (about.get("name"), about.get("descr")) == ("a", "Bar chart of <script>, =cmd(), $x^2$, bell ␇.")


def test_a_table_stands_as_a_table_with_a_header_and_a_description(tmp_path):
    placed = document(packed(tmp_path, table("t", alt="Table with 1 row."))).tables[0]
    assert [[cell.text for cell in row.cells] for row in placed.rows] == [["Who & what", "n"], ["<script>", "4"]]
    assert [p.text for p in document(packed(tmp_path, table("t"))).paragraphs][3] == "Table 1. Where they stand"
    assert "<w:tblHeader/>" in placed.rows[0]._tr.xml
    assert 'w:tblDescription w:val="Table with 1 row."' in placed._tbl.xml


def test_odd_letters_are_shown_as_letters_in_every_text(tmp_path):
    files = packed(tmp_path, figure("a", title=ODD, notes=[ODD], source=ODD), title=ODD)
    letters = "<script>, =cmd(), $x^2$, bell ␇"
    told = [p.text for p in document(files).paragraphs]
    assert [letters, f"Figure 1. {letters}", f"Note: {letters}"] == [text for text in told if text.endswith(letters)][
        :3
    ]
    assert f"Figure 1. {letters}" in files["small/small.txt"].decode()
    assert letters in files["small/README.txt"].decode()


def test_the_plain_text_says_the_same(tmp_path):
    text = packed(tmp_path, figure("a"))["small/small.txt"].decode()
    assert text == (
        "A small edition\n===============\n\nHow did they move?\n------------------\n\n"
        "Figure 1. Three of six were low\nBy unit\nNote: A note.\nSource: Small register. Simulated data.\n"
        "Alt text: Bar chart where three of six were low.\n"
        "Files: figures/a.column.png, figures/a.two-columns.pdf|png|svg, data/a.csv\n"
    )


def test_sources_say_title_kind_licence_and_where_each_register_is_from(tmp_path):
    other = {
        "title": "Other",
        "kind": "coded",
        "licence": "",
        "sources": [{"title": "A note", "path": "https://x.org"}],
    }
    text = packed(tmp_path, figure("a"), figure("b"), figure("c", register=other, source="Source: Other."))
    assert text["small/sources.txt"].decode() == (
        "Sources of A small edition\n\n"
        "Register: Small register\nKind of data: simulated\nLicence: CC0-1.0\nSource: Made up\n"
        "On the exhibits: Source: Small register. Simulated data.\nExhibits: a, b\n\n"
        "Register: Other\nKind of data: coded\nLicence: not stated\nSource: A note, https://x.org\n"
        "On the exhibits: Source: Other.\nExhibits: c\n"
    )


def test_the_same_edition_gives_the_same_bytes(tmp_path):
    folder = write_edition(tmp_path / "small", figure("a"), table("t"))
    one, other = pack(folder, tmp_path / "1.zip"), pack(folder, tmp_path / "2.zip")
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as made, zipfile.ZipFile(io.BytesIO(made.read("small/small.docx"))) as inside:
        assert {about.date_time for about in [*made.infolist(), *inside.infolist()]} == {(1980, 1, 1, 0, 0, 0)}


def test_fonts_of_every_pdf_are_embedded(tmp_path):
    small = open_register(SMALL)
    mix = shares(spells(small), dates=grid(small, every="half"))
    exhibit = Exhibit("02-mix", stage_mix, mix, small, number=1)
    pdf = exhibit.rendered("column", "pdf")
    fonts = [
        font.get_object() for page in PdfReader(io.BytesIO(pdf)).pages for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert "/FontFile2" in inner["/FontDescriptor"].get_object(), font["/BaseFont"]


# --- what is refused -------------------------------------------------------------------------------------------------


def refusal(*given, **more):
    with pytest.raises(EditionError) as error:
        pack(*given, **more)
    return str(error.value)


def test_an_edition_with_failed_runs_is_packed_only_when_asked_for(tmp_path):
    runs = [("02-over-time/all", "Over time", "ok"), ("05-province/02", "Battambang", "failed")]
    folder = write_edition(tmp_path / "small", figure("a"), runs=runs)
    assert refusal(folder) == (
        f"edition {folder} is not whole: 05-province/02 failed. Make it again, or pack what there is with --partial"
    )
    files = opened(pack(folder, partial=True))
    assert "Exhibits are missing: 05-province/02 failed." in files["small/README.txt"].decode()


def test_an_edition_without_exhibits_is_refused(tmp_path):
    folder = write_edition(tmp_path / "small")
    assert refusal(folder) == f"edition {folder} has no exhibits to pack"


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    folder = write_edition(tmp_path / "small", figure("a"))
    assert refusal(folder, tmp_path) == f"{tmp_path} is a folder; name a file that ends in .zip"
    (tmp_path / "file").write_text("")
    assert refusal(folder, tmp_path / "file" / "a.zip").startswith(f"{tmp_path / 'file' / 'a.zip'} cannot be written: ")


def test_a_khmer_pack_is_labelled_in_khmer_and_marked_as_a_draft_translation(tmp_path):
    folder = write_edition(
        tmp_path / "small",
        figure("a", language="km"),
        runs=[("02-over-time/all", "How did partnerships move over time?", "ok")],
    )
    with zipfile.ZipFile(pack(folder)) as made:
        document = Document(io.BytesIO(made.read("small/small.docx")))
        text, readme = (made.read(f"small/{name}").decode() for name in ("small.txt", "README.txt"))
    words = Words.load("km")
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [shown(words("texts.notebook_over_time"))]
    mark = shown(words("note_page.draft_translation"))
    assert mark in [one.text for one in document.paragraphs]
    assert mark in text
    assert mark in readme
    assert not {"Note:", "Alt text:", "Files:"} & set(re.findall(r"^[\w ]+:", text, re.MULTILINE))
    assert document.core_properties.language == "km-KH"
