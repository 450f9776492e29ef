"""Pages of Word documents, counted by a program in the place of LibreOffice."""

import sys
from pathlib import Path

import pytest

from lnlib.notes import docx_pages
from lnlib.notes.docx_pages import count_pages, pages_line

# sets a document of so many pages as its text says; one that says nothing cannot be set
PROGRAM = """#!{python}
import pathlib, sys
assert "--headless" in sys.argv
folder = pathlib.Path(sys.argv[sys.argv.index("--outdir") + 1])
for name in sys.argv[sys.argv.index("--outdir") + 2:]:
    path = pathlib.Path(name)
    if pages := path.read_text():
        (folder / f"{{path.stem}}.pdf").write_bytes(b"<</Type/Pages>>" + b"<</Type/Page/Parent 1 0 R>>" * int(pages))
"""


@pytest.fixture
def documents(tmp_path, monkeypatch):
    program = tmp_path / "soffice"
    program.write_text(PROGRAM.format(python=sys.executable), "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(docx_pages, "libreoffice", lambda: str(program))
    files = [tmp_path / "notes" / f"{name}.docx" for name in ("a", "b", "c")]
    files[0].parent.mkdir()
    for file, pages in zip(files, ("2", "3", ""), strict=True):
        file.write_text(pages, "utf-8")
    return files


def test_pages_are_counted_and_those_that_differ_from_the_pdf_are_named(documents):
    pages = count_pages(documents)
    assert pages == {documents[0]: 2, documents[1]: 3}
    counted = "pages of the Word documents, counted by LibreOffice: "
    assert pages_line(pages, {documents[0]: 2, documents[1]: 3}) == f"{counted}as many as their PDF has"
    line = pages_line(pages, dict.fromkeys(documents, 2))
    assert line == f"{counted}b.docx 3, its PDF 2; c.docx could not be counted"
    none = pages_line({}, dict.fromkeys(documents, 2))
    assert none == "pages of the Word documents: not counted, LibreOffice could set none of them"
    assert sorted(path.name for path in documents[0].parent.iterdir()) == ["a.docx", "b.docx", "c.docx"]


def test_nothing_is_counted_where_libreoffice_is_not_installed(documents, monkeypatch):
    monkeypatch.setattr(docx_pages, "libreoffice", lambda: "")
    assert count_pages(documents) == {}
    message = "pages of the Word documents: not counted, LibreOffice is not installed"
    assert pages_line({}, dict.fromkeys(documents, 1)) == message


def test_a_program_that_cannot_be_started_counts_nothing(documents, monkeypatch):
    monkeypatch.setattr(docx_pages, "libreoffice", lambda: str(Path("no", "soffice")))
    assert count_pages(documents) == {}
