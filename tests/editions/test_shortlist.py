import io
import json
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from edition_folders import figure, table, write_edition
from PIL import Image

from lnlib.editions.contact_sheet import contact_sheet
from lnlib.editions.edition_folder import open_edition
from lnlib.editions.pack import pack
from lnlib.editions.shortlist import numbered, shortlisted
from lnlib.errors import EditionError

CHOSEN = [
    {"name": "b", "title": "Ours", "width": "column", "status": "final"},
    {"name": "t", "title": "", "width": "page", "status": "draft"},
    {"name": "a", "title": "", "width": "page", "status": "final"},
]


def edition(folder, chosen=CHOSEN):
    write_edition(folder, figure("a"), table("t"), figure("b"), figure("c"))
    report = json.loads((folder / "report.json").read_text("utf-8"))
    (folder / "report.json").write_text(json.dumps({**report, "exhibits": chosen}), "utf-8")
    return folder


def test_figures_and_tables_are_numbered_apart_across_notebooks(tmp_path):
    chosen = numbered(shortlisted(open_edition(edition(tmp_path / "small"))))
    assert [(one.name, one.number, one.title, one.print_width) for one in chosen.entries] == [
        ("b", "Figure 1", "Ours", "column"),
        ("t", "Table 1", "[Draft] Where they stand", "two-columns"),
        ("a", "Figure 2", "Three of six were low", "two-columns"),
    ]


def test_the_pack_holds_what_was_chosen_in_its_order(tmp_path):
    folder = edition(tmp_path / "small")
    with zipfile.ZipFile(pack(folder)) as made:
        assert [name for name in made.namelist() if name.startswith("small/data/")] == [
            "small/data/a.csv",
            "small/data/b.csv",
            "small/data/t.csv",
        ]
        captions = [
            "".join(text.text for text in one._p.iter(qn("w:t")))
            for one in Document(io.BytesIO(made.read("small/small.docx"))).paragraphs
            if one.style.name == "Caption"
        ]
        assert captions == ["Figure 1. Ours", "Table 1. [Draft] Where they stand", "Figure 2. Three of six were low"]
        packed = json.loads(made.read("small/exhibits.json"))
        assert [(one["name"], one["number"]) for one in packed] == [
            ("b", "Figure 1"),
            ("t", "Table 1"),
            ("a", "Figure 2"),
        ]
    with zipfile.ZipFile(pack(folder, tmp_path / "all.zip", whole=True)) as made:
        assert "small/data/c.csv" in made.namelist()


def test_an_exhibit_that_the_edition_does_not_have_is_named(tmp_path):
    folder = edition(tmp_path / "small", [{"name": "zz"}])
    with pytest.raises(EditionError) as error:
        pack(folder)
    assert str(error.value) == "edition 'small', chosen for print: exhibit 'zz' is not known. Allowed: a, b, c, t"


def test_the_contact_sheet_shows_each_figure_once(tmp_path):
    opened = open_edition(edition(tmp_path / "small"))
    with Image.open(io.BytesIO(contact_sheet(opened, opened.entries))) as sheet:
        assert sheet.size == (24 + 3 * 584, 24 + 466)
    assert contact_sheet(opened, opened.entries) == contact_sheet(opened, opened.entries)
