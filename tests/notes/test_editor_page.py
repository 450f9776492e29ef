"""The page for editors, followed as it stands: its note of a province, and its three mistakes."""

import re
from pathlib import Path

import pypdf
import pytest
from note_project import bare_figure, numbers, small_edition, statistic
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.errors import LnlibError
from lnlib.notes import docx_pages

GUIDE = (Path(__file__).parents[2] / "docs" / "start" / "editor.md").read_text("utf-8")
NOTE = re.search(r"^```markdown\n(.*?)^```$", GUIDE, re.M | re.S)[1]
NAMED = re.search(r"^```text\n(notes/battambang\.en\.md:.*?)^```$", GUIDE, re.M | re.S)[1].splitlines()
WARNED = re.search(r"^```text\n(notes/battambang\.en\.md:\d+: '.*?)^```$", GUIDE, re.M | re.S)[1].strip()
MISTAKES = {"partnerships |": "partnershps |", "-mix){#mix": "-mxi){#mix", "@fig:map": "@fig:mapp"}
NOT_COUNTED = "pages of the Word documents: not counted, LibreOffice is not installed"
BATTAMBANG = (
    statistic("partnerships", 15),
    statistic("endings", 6, n=15),
    statistic("period.last", "2014-09-30", "date"),
    statistic("shares.last.integrated", 3, n=8, low=0.14, high=0.69),
)


def write(project, text):
    (project / "notes" / "battambang.en.md").write_text(text, "utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a small edition in place of the demonstration, and the note of the page saved in it."""
    for name in ("notebooks", "notes"):
        (tmp_path / name).mkdir()
    exhibits = bare_figure("05-province-02-mix"), bare_figure("04-by-province-reached", title="Half reached the stage")
    edition = small_edition(tmp_path / "build" / "demonstration", *exhibits)
    stated = numbers(*BATTAMBANG, place="Battambang")
    (edition.folder / "data" / "05-province-02-numbers.json").write_text(stated, "utf-8")
    write(tmp_path, NOTE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(docx_pages, "libreoffice", lambda: "")
    return tmp_path


def test_the_note_of_the_page_is_one_page_with_two_figures_and_three_numbers(project):
    ran = CliRunner().invoke(app, ["note", "notes/battambang.en.md"])
    folder = "build/demonstration/notes/battambang.en-02"
    files = ", ".join(f"{folder}.{form}" for form in ("pdf", "docx", "html"))
    assert (ran.exit_code, ran.output) == (0, f"battambang.en-02: 1 page: {files}\n{NOT_COUNTED}\n")
    reader = pypdf.PdfReader(project / f"{folder}.pdf")
    (page,) = reader.pages
    printed = " ".join(page.extract_text().split())
    for words in (
        "Battambang in one page",
        "The register holds 15 partnerships in Battambang.",
        "Six of them have ended (Figure 1).",
        "In September 2014, 3 of 8 that were running",
        "Figure 1. The balance of stages, quarter by quarter",
        "Figure 2. Half reached the stage",
    ):
        assert words in printed
    assert "Figure 3" not in printed


def test_its_three_mistakes_are_named_together_each_with_its_line_and_the_nearest_name(project):
    wrong = NOTE
    for right, mistaken in MISTAKES.items():
        assert wrong.count(right) == 1
        wrong = wrong.replace(right, mistaken)
    write(project, wrong)
    ran = CliRunner().invoke(app, ["note", "notes/battambang.en.md"])
    assert isinstance(ran.exception, LnlibError)
    message = str(ran.exception).splitlines()
    assert len(message) == len(NAMED) == len(MISTAKES)
    for line, stated in zip(message, NAMED, strict=True):
        assert line.startswith(stated.removesuffix("…"))
    assert not (project / "build/demonstration/notes").exists()


def test_a_number_typed_into_its_prose_is_the_warning_that_the_page_shows(project):
    end = "recently were integrated."
    assert NOTE.count(end) == 1
    write(project, NOTE.replace(end, "recently were integrated, and 14 were coalitions."))
    ran = CliRunner().invoke(app, ["note", "notes/battambang.en.md"])
    assert ran.exit_code == 0
    assert [line.strip() for line in ran.output.splitlines() if "typed by hand" in line] == [WARNED]
