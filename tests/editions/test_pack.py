import io
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn
from edition_folders import figure, png, table, write_edition
from note_project import SVG, bare_figure
from pypdf import PdfReader

from lnlib.charts import stage_mix
from lnlib.editions.pack import pack
from lnlib.errors import EditionError
from lnlib.exhibits.figure import Exhibit
from lnlib.exhibits.svg_to_png import raster
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.intake import open_register
from lnlib.measures.counts.shares import shares
from lnlib.text import shown
from lnlib.words import Words

SMALL = Path(__file__).parent.parent / "registers" / "small"
WIDE = f"<table><tr>{'<th>Incommensurable</th>' * 9}</tr><tr>{'<td>Incommensurable</td>' * 9}</tr></table>"
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


def text_of(paragraph):
    return "".join(one.text or "" for one in paragraph._p.iter(qn("w:t")))


def test_the_document_has_the_styles_of_notes_with_headings_by_title(tmp_path):
    found = [(p.style.name, text_of(p)) for p in document(packed(tmp_path, figure("a"))).paragraphs if text_of(p)]
    assert found == [
        ("Title", "A small edition"),
        ("Heading 1", "How did they move?"),
        ("Heading 2", "Three of six were low"),
        ("Caption", "Figure 1. Three of six were low"),
        ("Exhibit Subtitle", "By unit"),
        ("Exhibit Note", "A note. Source: Small register. Simulated data."),
        ("Exhibit Note", "Files: figures/a.column.png, figures/a.two-columns.pdf|png|svg, data/a.csv"),
    ]


def test_captions_count_across_notebooks_with_fields(tmp_path):
    exhibits = figure("a"), table("t"), figure("b", number="", run="05-province/02")
    made = document(packed(tmp_path, *exhibits))
    captions = [p for p in made.paragraphs if p.style.name == "Caption"]
    assert [text_of(p) for p in captions] == [
        "Figure 1. Three of six were low",
        "Table 1. Where they stand",
        "Figure 2. Three of six were low",
    ]
    counted = [[one.get(qn("w:instr")).strip() for one in p._p.iter(qn("w:fldSimple"))] for p in captions]
    assert counted == [["SEQ Figure \\* ARABIC"], ["SEQ Table \\* ARABIC"], ["SEQ Figure \\* ARABIC"]]


def test_every_page_has_the_editions_title_and_its_number_upright_and_across(tmp_path):
    made = document(packed(tmp_path, figure("a"), table("t", page=WIDE), figure("b", run="05-province/02")))
    across = [section.page_width > section.page_height for section in made.sections]
    assert across == [False, True, False]
    footers = [section.footer.paragraphs[0] for section in made.sections]
    assert [text_of(one) for one in footers] == ["A small edition1 of 1"] * 3
    assert [one.style.name for one in footers] == ["Footer"] * 3
    stops = [[round(stop.position.mm) for stop in one.paragraph_format.tab_stops][-1:] for one in footers]
    assert stops == [[], [265], []]
    assert len({section._sectPr.footerReference_lst[0].rId for section in made.sections}) == 2


def test_the_bare_figure_is_shown_below_its_caption(tmp_path):
    svg = SVG.replace('120">', '120"><title>T</title><desc>D</desc>').encode()
    entry, files = bare_figure("a")
    made = document(packed(tmp_path, (entry, {name: svg if ".bare.svg" in name else files[name] for name in files})))
    pictures = [part.blob for part in made.part.package.iter_parts() if part.partname.startswith("/word/media/")]
    assert pictures == [raster(svg, "en")]
    assert made.inline_shapes[0].width.mm == pytest.approx(178, abs=0.01)


def test_long_descriptions_stand_in_the_document_where_they_are_wanted(tmp_path):
    folder = write_edition(tmp_path / "small", figure("a", description="Three of six in 02 were low."), table("t"))
    plain, described = (
        document(opened(pack(folder, tmp_path / f"{wanted}.zip", described=wanted))) for wanted in (False, True)
    )
    assert len(plain.tables) == 1
    assert "Three of six in 02" not in "".join(map(text_of, plain.paragraphs))
    numbers, _ = described.tables
    assert [[cell.text for cell in row.cells] for row in numbers.rows] == [
        ["unit", "stage", "count", "share"],
        ["02", "low", "3", "0.5"],
        ["02", "high", "3", "0.5"],
        ["03", "low", "1", "1.0"],
    ]
    assert "Description: Three of six in 02 were low." in [text_of(one) for one in described.paragraphs]


def test_a_picture_stands_at_its_print_width_with_its_alt_text(tmp_path):
    shape = document(packed(tmp_path, figure("a", alt=f"Bar chart of {ODD}."))).inline_shapes[0]
    assert shape.width.mm == pytest.approx(178, abs=0.01)
    about = shape._inline.docPr
    assert (about.get("name"), about.get("descr")) == ("a", "Bar chart of <script>, =cmd(), $x^2$, bell ␇.")


def test_a_table_stands_as_a_table_with_a_header_and_a_description(tmp_path):
    placed = document(packed(tmp_path, table("t", alt="Table with 1 row."))).tables[0]
    assert [[cell.text for cell in row.cells] for row in placed.rows] == [["Who & what", "n"], ["<script>", "4"]]
    assert [text_of(p) for p in document(packed(tmp_path, table("t"))).paragraphs][3] == "Table 1. Where they stand"
    assert "<w:tblHeader/>" in placed.rows[0]._tr.xml
    assert 'w:tblDescription w:val="Table with 1 row."' in placed._tbl.xml


def test_odd_letters_are_shown_as_letters_in_every_text(tmp_path):
    files = packed(tmp_path, figure("a", title=ODD, notes=[ODD], source=ODD), title=ODD)
    letters = "<script>, =cmd(), $x^2$, bell ␇"
    texts = [text_of(p) for p in document(files).paragraphs]
    assert texts[0] == letters
    assert f"Figure 1. {letters}" in texts
    assert f"{letters} {letters}" in texts  # note and source
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


def test_the_command_warns_of_a_stale_edition_but_of_no_copy_of_one(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from lnlib.cli import app

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "small.yml").write_text("register: small\n", "utf-8")
    write_edition(tmp_path / "build" / "small", figure("a"))
    monkeypatch.chdir(tmp_path)
    asked = []

    def stale_runs(params, *, membership, build):
        asked.append((params, build))
        return {"02-over-time/all": "the register changed", "05-province/02": "the register changed"}

    monkeypatch.setattr("lnlib.batch.status_command.stale_runs", stale_runs)
    lines = CliRunner().invoke(app, ["pack", "build/small"]).output.splitlines()
    assert (len(lines), asked) == (1, [])
    (tmp_path / "build" / ".ledger").mkdir()
    (tmp_path / "build" / ".ledger" / "small.sqlite").touch()
    lines = CliRunner().invoke(app, ["pack", "build/small"]).output.splitlines()
    warning = "edition 'small' is stale (2 runs: the register changed)"
    assert lines[1:] == [f"  {warning}; bring it up to date with 'lnlib run params/small.yml'"]
    assert asked == [(tmp_path / "params" / "small.yml", tmp_path / "build")]
