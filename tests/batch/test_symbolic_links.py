"""Links, pipes and foreign files in every position around a build: nothing that no batch made is touched."""

import json
import os
from pathlib import Path

import pytest
from small_project import EDITION, WRITE, Batch, notebook, write

from lnlib.batch.clean_command import clean
from lnlib.errors import EditionError
from lnlib.filesystem import file_digest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
PORTFOLIO = """\
runs:
  - notebook: 01-portfolio
"""
ONLY_PORTFOLIO = EDITION.partition("runs:")[0] + PORTFOLIO


@pytest.fixture
def outside(tmp_path):
    """A researcher's folder; after the test it must be as it was."""
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    for name in ("01-portfolio.csv", "deep/b.csv"):
        (folder / name).write_text("precious\n")
    yield folder
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert found == {"01-portfolio.csv": "precious\n", "deep/b.csv": "precious\n"}


@pytest.fixture
def project(project, edit):
    edit(ONLY_PORTFOLIO)
    return project


@pytest.fixture
def batch(project):
    return Batch(project)


def test_a_linked_data_folder_fails_the_run_and_is_left(batch, outside):
    cell = f"exhibit('01-portfolio', 'all')\n(folder / 'data' / 'linked').symlink_to({str(outside)!r})"
    write(batch.project.root, "01-portfolio", notebook(WRITE, cell))
    assert batch.run() == 1
    (run,) = batch.report()["runs"]
    assert (run["state"], run["error"]["type"]) == ("failed", "UnsafeOutput")
    assert run["error"]["message"] == (
        f"the output folder holds what cannot be published: data/linked is a symbolic link to {outside}. Write regular "
        "files with plain names; to use data from elsewhere, read them from there or copy them"
    )
    assert sorted(batch.tree()) == [
        "exhibits.json",
        "index.html",
        "runs/01-portfolio/all.html",
        "runs/01-portfolio/all.ipynb",
        "style.css",
    ]
    assert batch.run() == 1  # it is made again, and nothing is removed
    assert batch.clean() == 0
    assert not batch.out.exists()


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("(folder / 'data').symlink_to({outside!r})", "data is a symbolic link to {outside}"),
        ("(folder / 'exhibits').symlink_to({outside!r})", "exhibits is a symbolic link to {outside}"),
        ("(folder / 'aside').symlink_to({outside!r})", "aside is a symbolic link to {outside}"),
        ("(folder / 'a.csv').symlink_to({outside!r} + '/01-portfolio.csv')", "a.csv is a symbolic link"),
        ("(folder / 'reads.txt').symlink_to({outside!r} + '/01-portfolio.csv')", "reads.txt is a symbolic link"),
        ("(folder / 'opened.txt').symlink_to({outside!r} + '/01-portfolio.csv')", ""),
        ("os.mkfifo(folder / 'pipe')", "pipe is a named pipe"),
        ("open(os.fsencode(folder) + b'/odd-\\xff', 'w').close()", "odd-\\xff is a name that is not UTF-8"),
        ("import shutil; shutil.rmtree(folder); folder.symlink_to({outside!r})", "it is a symbolic link"),
        ("(folder.parent / 'made').symlink_to({outside!r})", "leads out of"),
    ],
    ids=["folder", "exhibits", "aside", "file", "reads", "opened", "pipe", "name", "output folder", "staging"],
)
def test_whatever_a_notebook_links_nothing_outside_is_touched(batch, outside, cell, named):
    write(batch.project.root, "01-portfolio", notebook(WRITE, cell.format(outside=str(outside))))
    assert batch.run() == (1 if named else 0)
    (run,) = batch.report()["runs"]
    if named:
        assert named.format(outside=outside) in run["error"]["message"]
    assert (batch.out / "runs/01-portfolio/all.html").is_file()
    assert not [path for path in batch.out.rglob("*") if path.is_symlink()]
    assert batch.run() == (1 if named else 0)
    assert batch.clean() == 0


@pytest.mark.parametrize("position", ["small", ".staging", ".ledger", ".ledger/small.sqlite", ".ledger/small.lock"])
def test_a_batch_does_not_build_through_a_link(batch, outside, position):
    link = batch.project.root / "build" / position
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside if "." not in Path(position).name[1:] else outside / "01-portfolio.csv")
    for command in (batch.run, batch.clean):
        with pytest.raises(EditionError, match=r"is a symbolic link to .*; editions are not built through links"):
            command()


def test_a_folder_of_an_edition_that_was_replaced_by_a_link_stops_the_batch(built, outside):
    (built.out / "data" / "01-portfolio.csv").unlink()
    (built.out / "data").rmdir()
    (built.out / "data").symlink_to(outside)
    with pytest.raises(EditionError, match=r"01-portfolio.csv lies behind a symbolic link; remove the link"):
        built.run()
    assert built.clean() == 0
    assert built.console_text.endswith("what batches made; left: data; no batch made them\n")
    assert (built.out / "data").is_symlink()


def test_a_published_file_that_was_replaced_by_a_link_is_made_again(built, outside):
    tree = built.tree()
    (built.out / "data" / "01-portfolio.csv").unlink()
    (built.out / "data" / "01-portfolio.csv").symlink_to(outside / "01-portfolio.csv")
    assert built.status() == 1
    assert "its file data/01-portfolio.csv is no longer a regular file" in built.console_text
    assert built.run() == 0
    assert built.tree() == tree
    assert not (built.out / "data" / "01-portfolio.csv").is_symlink()


def test_a_linked_build_folder_is_allowed(batch, outside, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (batch.project.root / "build").symlink_to(tmp_path / "elsewhere")
    assert batch.run() == 0
    assert (tmp_path / "elsewhere/small/index.html").is_file()
    assert batch.clean() == 0
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == [".ledger"]


def test_clean_leaves_and_names_what_no_batch_made(built):
    (built.out / "notes.txt").write_text("mine")
    (built.out / "figures" / "mine.svg").write_text("mine")
    assert built.clean() == 0
    where = built.out if Path.cwd() not in built.out.parents else built.out.relative_to(Path.cwd())
    assert (
        built.console_text
        == f"Removed from {where} what batches made; left: figures/mine.svg, notes.txt; no batch made them\n"
    )
    assert sorted(built.tree()) == ["figures/mine.svg", "notes.txt"]


def test_clean_removes_notes_as_their_records_list_them_and_leaves_other_files_beside_them(built):
    notes = built.out / "notes"
    notes.mkdir()
    written = {}
    for form in ("html", "pdf", "docx"):
        for name in ("a.en", "edited", "mine", "another", "deep"):
            (notes / f"{name}.{form}").write_text("x")
        written[form] = file_digest(notes / f"a.en.{form}")

    def record(stem, of):
        files = {f"{stem}.{form}": digest for form, digest in written.items()}
        (notes / f"{stem}.json").write_text(json.dumps({"note": of, "title": "A", "files": files}))

    record("a.en", "a.en")
    record("edited", "edited")
    (notes / "edited.docx").write_text("with a remark of mine")
    record("another", "a.en")  # a copy
    (notes / "mine.json").write_text('{"title": "A"}')
    (notes / "deep.json").write_text("[" * 100_000)
    (notes / "../data.csv").write_text("mine")
    assert built.clean() == 0
    kept = [f"notes/{name}.{form}" for name in ("another", "deep", "mine") for form in ("docx", "html", "json", "pdf")]
    assert sorted(built.tree()) == sorted(["data.csv", "notes/edited.docx", *kept])
    assert "left: data.csv, notes/another.docx, notes/another.html, " in built.console_text


@pytest.mark.parametrize(("build", "name"), [("data", "small"), (".", "notebooks"), (".", "data"), ("..", "outside")])
def test_an_edition_is_neither_built_in_nor_cleaned_from_a_folder_that_holds_other_things(
    project, outside, monkeypatch, build, name
):
    monkeypatch.chdir(project.root)
    file = project.root / "params" / f"{name}.yml"
    file.write_text(ONLY_PORTFOLIO)
    folder = (project.root / build / name).resolve()
    if build == "..":
        folder = project.root / "build" / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("a page of somebody else")
        build = "build"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert before
    batch = Batch(project)
    batch.params = [file]
    with pytest.raises(EditionError, match=f"{name} holds files that are not of this edition: .*choose another folder"):
        batch.run(build=build)
    assert batch._do(clean, build=build) == 0
    assert "left: " in batch.console_text
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_an_edition_whose_ledger_was_lost_is_built_again(built):
    tree = built.tree()
    for path in (built.project.root / "build/.ledger").iterdir():
        path.unlink()
    assert built.run() == 0
    assert built.tree() == tree


@pytest.mark.parametrize("name", [".ledger", ".staging", "a.sqlite", "a.lock", "-a", "a\tb"])
def test_an_edition_is_not_called_like_a_file_of_the_batch(batch, name):
    file = batch.project.root / "params" / f"{name}.yml"
    file.write_text(ONLY_PORTFOLIO)
    batch.params = [file]
    for command in (batch.run, batch.clean):
        with pytest.raises(EditionError, match=r"an edition may not be called"):
            command()
    assert not (batch.project.root / "build" / name).exists()
