"""One assessment changed: its number in a sentence, its figure and the alternative text change together, nothing else."""

import io
import json
import re
import shutil
from pathlib import Path

import docx
import pypdf
import pytest
from note_project import elements

from lnlib.batch.register_members import members
from lnlib.batch.run_command import RunOptions, run_editions
from lnlib.batch.status_command import stale_runs
from lnlib.editions.compare import compare_editions
from lnlib.notes.make_notes import make_notes

ROOT = Path(__file__).parents[2]
EDITION = """\
register: small
frame: "25"
period: {from: "2010-01", to: "2013-12"}
language: en
parameters: {placed: middle, rater: any, carried: 24}
runs:
  - notebook: 02-over-time
  - notebook: 05-province
    for_each: {province: ["02", "17", "25"]}
  - notebook: 08-inline-statistics
"""
NOTE = """\
---
title: Small
date: 2026-11-28
edition: small
---

The register holds {{partnerships | words}} partnerships. In {{period.last | month}}, {{shares.last.coalition | pronoun}}
of {{assessed.last | words}} {{shares.last.coalition | plural "was a coalition" "were coalitions"}} (@fig:25).

![](05-province-25-paths){#25 width=page}
"""


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    """An edition and its note, kept as they were, and made again after the last row of assessments changed."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "tests" / "registers" / "small", root / "data" / "small")
    for folder in ("notebooks", "params", "notes"):
        (root / folder).mkdir()
    for name in ("02-over-time", "05-province", "08-inline-statistics"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", root / "notebooks")
    (root / "params" / "small.yml").write_text(EDITION, "utf-8")
    (root / "notes" / "small.en.md").write_text(NOTE, "utf-8")

    def made():
        options = RunOptions(workers=1)
        assert run_editions([root / "params/small.yml"], membership=members, options=options, build=root / "build") == 0
        (note,) = make_notes([root / "notes/small.en.md"], root=root)
        assert note.warnings == ()

    made()
    shutil.copytree(root / "build" / "small", root / "old")
    table = root / "data" / "small" / "assessments.csv"
    rows = table.read_text("utf-8")
    table.write_text(rows.replace("P4,2013-01-20,,coalition", "P4,2013-01-20,,collaboration"), "utf-8")
    assert table.read_text("utf-8") != rows

    def stale(path):
        return stale_runs(path, membership=members, build=root / "build")

    (note,) = make_notes([root / "notes/small.en.md"], root=root, stale_runs=stale)
    (warning,) = note.warnings
    why = "the register changed, rows of province=25 in the register changed"
    number = len(stale(root / "params/small.yml"))
    command = f"'lnlib run {root / 'params' / 'small.yml'}'"
    assert warning == f"edition 'small' is stale ({number} runs: {why}); bring it up to date with {command}"
    made()
    assert stale(root / "params/small.yml") == {}
    return root / "old", root / "build" / "small"


@pytest.mark.slow
def test_sentence_figure_and_alternative_text_change_together_and_nothing_else(editions):
    found, page = compare_editions(*editions)
    (sentence,) = found.sentences
    assert "".join(text for _, text in sentence.old) == "In December 2013, one of two was a coalition (Figure 1)."
    assert "".join(text for _, text in sentence.new) == "In December 2013, none of two were coalitions (Figure 1)."
    assert [(row.table, row.row, row.what) for row in found.rows] == [
        ("assessments", "P4, 2013-01-20, independent", "changed")
    ]
    changed = {change.new.name: change for change in found.changed}
    figure = changed["05-province-25-paths"]
    assert figure.pictures
    assert {words.what for words in figure.words} >= {"alt"}
    assert figure.why == ("The rows of the register changed",)
    assert not [name for name in changed if name.startswith(("05-province-02", "05-province-17"))]
    same = {entry.name for entry in found.same}
    assert {"05-province-02-paths", "05-province-17-paths"} <= same
    old, new = editions
    for entry in found.same:
        assert all((old / file).read_bytes() == (new / file).read_bytes() for file in entry.files)
    assert "one of two was" in re.sub(r"</?(?:del|ins)>", "", page.read_text("utf-8"))


def changed_files(old, new):
    """The files of an edition that are other than they were, or that only one of the two has."""
    files = {
        path.relative_to(folder).as_posix() for folder in (old, new) for path in folder.rglob("*") if path.is_file()
    }
    return {
        name
        for name in files
        if not ((old / name).is_file() and (new / name).is_file())
        or (old / name).read_bytes() != (new / name).read_bytes()
    }


@pytest.mark.slow
def test_every_file_is_the_same_but_those_of_what_quotes_or_draws_the_assessment(editions):
    changed = changed_files(*editions)
    of_the_whole = {"exhibits.json", "report.json", "report.txt", "index.html"}
    of_the_note = {f"notes/small.en.{form}" for form in ("pdf", "docx", "html", "json")}
    assert of_the_whole - {"report.txt"} <= changed
    assert of_the_note <= changed
    rest = changed - of_the_whole - of_the_note
    counted = ("02-over-time", "05-province-25", "05-province/25", "08-inline-statistics")
    assert [name for name in rest if not any(one in name for one in counted)] == []
    for width in ("column", "two-columns"):
        assert f"figures/05-province-25-paths.{width}.bare.svg" in rest


@pytest.mark.slow
def test_the_note_describes_its_figure_as_the_register_is_now(editions):
    result = []
    for folder in editions:
        entries = {one["name"]: one for one in json.loads((folder / "exhibits.json").read_text("utf-8"))}
        alt = entries["05-province-25-paths"]["alt"]
        tree = pypdf.PdfReader(folder / "notes" / "small.en.pdf").trailer["/Root"]["/StructTreeRoot"]
        assert [figure["/Alt"] for figure in elements(tree, "/Figure")] == [alt]
        result.append(alt)
    assert result[0] != result[1]


@pytest.mark.slow
def test_every_form_of_the_note_says_what_the_register_says_now(editions):
    sentence = "In December 2013, none of two were coalitions"
    _, new = editions
    notes = new / "notes"
    text = " ".join(pypdf.PdfReader(io.BytesIO((notes / "small.en.pdf").read_bytes())).pages[0].extract_text().split())
    assert sentence in text
    assert any(sentence in one.text for one in docx.Document(str(notes / "small.en.docx")).paragraphs)
    assert sentence in (notes / "small.en.html").read_text("utf-8")
