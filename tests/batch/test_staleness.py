"""What is changed and what is made again: no run too few, none needless."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from importlib import resources
from types import SimpleNamespace

import nbformat
import pytest
from small_project import EDITION, PARAMETERS, WRITE, Batch, members, notebook, write

from lnlib.batch.build import edition_build, ledger, staleness
from lnlib.batch.job import FileStamp
from lnlib.batch.plan.edition_file import read_edition
from lnlib.errors import LnlibError

NOTHING, EVERYTHING = 0, 5
READER = """
import helper
from pathlib import Path
exhibit(f"06-actor.{actor}", Path("../data/notes.txt").read_text() + helper.WORD)
"""


@pytest.fixture
def batch(project):
    """An edition that is up to date; the run of the actor reads a file and a module of the project."""
    (project.root / "data/notes.txt").write_text("first")
    (project.root / "notebooks/helper.py").write_text("WORD = 'one'")
    (project.root / "data/declared").mkdir()
    (project.root / "data/declared/a.db").write_text("first")
    parameters = 'actor: str = "youth-club"\n' + PARAMETERS
    write(project.root, "06-actor", notebook(WRITE, READER, parameters=parameters, title="How is the actor?"))
    made = Batch(project)
    made.params[0].write_text(
        EDITION.replace("runs:", "reads: [data/declared/**, 'env:LNLIB_TEST_DECLARED']\nruns:", 1)
    )
    assert made.run() == 0
    assert made.status() == 0, made.console_text
    return made


def rewrite(path, text):
    """Write another text of the same size, and set the times back to what they were."""
    about = path.stat()
    assert len(text) == about.st_size
    path.write_text(text)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def retag(root):
    path = root / "notebooks/01-portfolio.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[-1].metadata["tags"] = ["skip-execution"]
    nbformat.write(nb, path)


def reformat(root):
    path = root / "notebooks/01-portfolio.ipynb"
    nb = nbformat.read(path, as_version=4)
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"other-{number}"
    path.write_text(json.dumps(nb, indent=3))


CHANGES = {
    "nothing": (lambda root: None, NOTHING, ""),
    "a file that is read": (lambda root: (root / "data/notes.txt").write_text("other"), 1, "data/notes.txt changed"),
    "same size and time": (lambda root: rewrite(root / "data/notes.txt", "other"), 1, "data/notes.txt changed"),
    "a file that is gone": (lambda root: (root / "data/notes.txt").unlink(), 1, "data/notes.txt is gone"),
    "a module": (
        lambda root: (root / "notebooks/helper.py").write_text("WORD = 'two'"),
        1,
        "notebooks/helper.py changed",
    ),
    "a file nobody reads": (lambda root: (root / "data/other.txt").write_text("x"), NOTHING, ""),
    "a tag": (retag, 1, "the notebook 01-portfolio changed"),
    "outputs, ids and layout": (reformat, NOTHING, ""),
    "the register": (
        lambda root: (root / "data/small/actors.csv").write_text("actor\nother\n"),
        EVERYTHING,
        "the register changed",
    ),
    "the register, same size and time": (
        lambda root: rewrite(root / "data/small/actors.csv", "actor\nyouth-cluc\n"),
        EVERYTHING,
        "the register changed",
    ),
    "a declared file": (
        lambda root: (root / "data/declared/a.db").write_text("other"),
        EVERYTHING,
        "what it declares to read changed: data/declared/**",
    ),
    "a new declared file": (
        lambda root: (root / "data/declared/b.db").write_text("new"),
        EVERYTHING,
        "what it declares to read changed: data/declared/**",
    ),
    "settings of matplotlib": (
        lambda root: (root / "notebooks/matplotlibrc").write_text("font.size: 20\n"),
        EVERYTHING,
        "matplotlibrc changed",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_made_again_and_nothing_else(batch, change):
    do, count, why = CHANGES[change]
    do(batch.project.root)
    assert batch.status() == bool(count)
    stale = batch.console_text.splitlines()[1:]
    assert len(stale) == count
    assert all(line.endswith(f": {why}") for line in stale)


def test_the_settings_of_matplotlib_are_those_of_the_file_that_it_takes(project, monkeypatch):
    """From the one that goes before all others to the last; what matplotlib takes is asked of it."""
    root = project.root
    folders = {"MATPLOTLIBRC": "named", "MPLCONFIGDIR": "own", "XDG_CONFIG_HOME": "config", "HOME": "home"}
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(root / folder))
    places = ["notebooks", "named", "own", "config/matplotlib", "home/.config/matplotlib"]
    for place in places:
        (root / place).mkdir(parents=True, exist_ok=True)
        (root / place / "matplotlibrc").write_text(f"# {place}\n")
    edition = read_edition(root / "params/small.yml", members)

    def noted():
        return staleness.Sources(edition, root).made_from(edition.runs[0], [], [])["matplotlibrc"]

    for place in places:
        code = "import matplotlib; print(open(matplotlib.matplotlib_fname()).read(), end='')"
        taken = subprocess.run([sys.executable, "-c", code], cwd=root / "notebooks", capture_output=True, check=True)
        assert taken.stdout.decode() == f"# {place}\n"
        assert noted() == hashlib.sha256(taken.stdout).hexdigest()
        (root / place / "matplotlibrc").unlink()
        for name in list(folders):
            if name != "HOME" and folders[name] == place.partition("/")[0]:
                monkeypatch.delenv(name)
    assert noted() == ""
    (root / "mine.rc").write_text("# mine\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(root / "mine.rc"))  # it may name the file, too
    assert noted() == hashlib.sha256(b"# mine\n").hexdigest()


STYLED = """
import os
from lnlib.charts.style.house_style import Theme
exhibit(f"06-actor.{actor}", Theme.load(os.environ["LNLIB_HOUSE"]).ink)
"""


def test_a_changed_house_style_makes_the_figures_drawn_in_it_again_and_no_other(project):
    ours, theirs = project.root / "params/ours.yml", project.root / "params/theirs.yml"
    style = resources.files("lnlib").joinpath("data/house_style/default.yml").read_text("utf-8")
    inks = {colour: re.sub(r"^ink: .*$", f'ink: "{colour}"', style, flags=re.M) for colour in ("#123456", "#654321")}
    for path in (ours, theirs):
        path.write_text(inks["#123456"], "utf-8")
    parameters = 'actor: str = "youth-club"\n' + PARAMETERS
    write(project.root, "06-actor", notebook(WRITE, STYLED, parameters=parameters, title="How is the actor?"))
    batch = Batch(project)
    batch.params[0].write_text(EDITION + "house: ours.yml\n")
    assert batch.run() == 0, batch.console_text
    assert batch.status() == 0, batch.console_text

    theirs.write_text(inks["#654321"], "utf-8")
    assert batch.status() == 0, batch.console_text
    ours.write_text(inks["#654321"], "utf-8")
    assert batch.status() == 1
    assert [line.strip() for line in batch.console_text.splitlines()[1:]] == [
        "06-actor/youth-club: params/ours.yml changed"
    ]
    assert batch.run() == 0, batch.console_text
    assert batch.tree()["data/06-actor.youth-club.csv"] == b"text\n#654321\n"
    assert batch.status() == 0, batch.console_text


FORKED = """
import multiprocessing, os
from pathlib import Path
def read(name):
    return Path(name).read_text()
text = multiprocessing.get_context("fork").Process(target=read, args=("../data/notes.txt",))
text.start(); text.join()
if os.fork() == 0:
    os.closerange(3, 256)
    Path("../data/other.txt").read_text()
    os._exit(0)
os.wait()
"""


def test_what_a_forked_process_reads_is_noticed(batch):
    root = batch.project.root
    (root / "data/other.txt").write_text("first")
    parameters = 'actor: str = "youth-club"\n' + PARAMETERS
    write(root, "06-actor", notebook(FORKED, parameters=parameters, title="How is the actor?"))
    for name in ("notes", "other"):
        assert batch.run() == 0, batch.console_text
        assert batch.status() == 0, batch.console_text
        (root / f"data/{name}.txt").write_text("other text")
        assert batch.status() == 1
        assert f"  06-actor/youth-club: data/{name}.txt changed\n" in batch.console_text


def test_a_declared_variable_is_read(batch, monkeypatch):
    monkeypatch.setenv("LNLIB_TEST_DECLARED", "other")
    assert batch.status() == 1
    assert "what it declares to read changed: env:LNLIB_TEST_DECLARED" in batch.console_text
    assert batch.run() == 0
    assert batch.status() == 0


def test_a_time_of_change_in_the_future_hides_nothing(batch):
    notes, later = batch.project.root / "data/notes.txt", time.time() + 86400
    for text in ("one", "two"):
        notes.write_text(text)
        os.utime(notes, (later, later))
        assert batch.status() == 1
        assert "data/notes.txt changed" in batch.console_text
        assert batch.run() == 0
        assert batch.status() == 0
        assert batch.tree()["data/06-actor.youth-club.csv"].decode() == f"text\n{text}one\n"


def test_a_published_file_of_the_same_size_and_time_is_compared(batch):
    rewrite(batch.out / "data/06-actor.youth-club.csv", "text\nfirsttwo\n")
    assert batch.status() == 1
    assert "its file data/06-actor.youth-club.csv is not what was published" in batch.console_text


def test_a_copied_build_is_up_to_date(batch, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(batch.project.root / "build", copied)
    assert batch.status(build=copied) == 0


@pytest.mark.parametrize(
    ("noted", "unchanged"),
    [
        (9_999_999_999, True),
        (10_300_000_001, False),
        (8_000_000_000, True),
        (9_000_000_000, False),
        (10_000_000_000, False),
    ],
)
def test_a_file_system_that_notes_whole_seconds_hides_no_change(noted, unchanged):
    """Planned at 10.3 s: a change within the same two seconds may have come after it."""
    file = SimpleNamespace(stat=lambda: SimpleNamespace(st_ctime_ns=noted, st_mtime_ns=noted))
    sources = SimpleNamespace(_edition=SimpleNamespace(planned=10_300_000_000))
    assert staleness.Sources._unchanged(sources, file) == unchanged


def test_a_published_file_is_read_where_times_are_coarse(tmp_path, monkeypatch):
    file = tmp_path / "a.csv"
    file.write_text("other")
    about = SimpleNamespace(st_mode=0o100644, st_size=5, st_mtime_ns=3_000_000_000, st_ctime_ns=3_000_000_000)
    monkeypatch.setattr(staleness.os, "lstat", lambda path: about)
    stamp = FileStamp(5, hashlib.sha256(b"first").hexdigest(), 3_000_000_000, 3_000_000_000)
    assert staleness.not_whole({"a.csv": stamp}, tmp_path) == "its file a.csv is not what was published"


SWAPPED = """
import shutil, os
from pathlib import Path
other = Path({other!r})
shutil.copy(other, str(other) + ".was")
other.write_bytes(other.read_bytes().replace(b"{old}", b"{new}"))
text = other.read_text()
shutil.copy2(str(other) + ".was", other)
os.remove(str(other) + ".was")
exhibit(f"06-actor.{{actor}}", "x")
"""


@pytest.mark.parametrize(
    ("name", "old", "why"),
    [
        ("data/notes.txt", "first", "data/notes.txt changed while the batch ran"),
        ("data/small/actors.csv", "youth", "the register changed while the batch ran"),
        ("notebooks/06-actor.ipynb", "How is", "the notebook 06-actor changed while the batch ran"),
    ],
)
def test_what_is_changed_and_changed_back_while_a_run_goes_on_is_made_again(batch, name, old, why):
    path = batch.project.root / name
    cell = SWAPPED.format(other=str(path), old=old, new="other")
    parameters = 'actor: str = "youth-club"\n' + PARAMETERS
    write(batch.project.root, "06-actor", notebook(WRITE, cell, parameters=parameters, title="How is the actor?"))
    before = path.read_bytes()
    assert batch.run(only=["notebook=06-actor"]) == 0, batch.console_text
    assert path.read_bytes() == before
    batch.status()
    assert f"06-actor/youth-club: {why}\n" in batch.console_text


def test_an_edition_of_an_earlier_version_is_made_again_and_known(batch):
    file = batch.project.root / "build/.ledger/small.sqlite"
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 0")
    db.close()
    tree = batch.tree()
    assert batch.status() == 1
    assert batch.console_text.count("it was made by an earlier version of lnlib") == EVERYTHING
    assert batch.run() == 0
    assert batch.tree() == tree
    assert batch.clean() == 0
    assert not batch.out.exists()


def test_a_ledger_of_a_newer_version_is_left_alone(batch):
    file = batch.project.root / "build/.ledger/small.sqlite"
    db = sqlite3.connect(file)
    db.execute(f"PRAGMA user_version = {ledger.SCHEMA + 1}")
    db.close()
    for command in (batch.run, batch.status, batch.clean):
        with pytest.raises(LnlibError, match=r"was written by a newer lnlib .*: update lnlib"):
            command()


def test_reads_must_be_paths(batch):
    batch.params[0].write_text(EDITION.replace("runs:", "reads: 3\nruns:", 1))
    with pytest.raises(LnlibError, match="reads must be a path or a list of paths, but got 3"):
        batch.status()


WITH_TABLE = """
(folder / "tables").mkdir(parents=True, exist_ok=True)
(folder / "tables" / f"05.{province}.html").write_text(f"<table><tr><td>{province}</td></tr></table>")
exhibit(f"05-province.{province}", province)
"""


@pytest.fixture
def with_tables(batch):
    own = 'province: str = "02"\n' + PARAMETERS
    write(batch.project.root, "05-province", notebook(WRITE, WITH_TABLE, parameters=own))
    assert batch.run() == 0, batch.console_text
    return batch


def test_a_page_that_is_made_alone_leaves_the_tables_of_its_run(with_tables, monkeypatch):
    before = with_tables.tree()
    monkeypatch.setattr(edition_build, "page_code_digest", lambda: "other")
    assert with_tables.run() == 0, with_tables.console_text
    assert set(with_tables.states().values()) == {"up to date"}
    assert with_tables.tree() == before
    assert before["tables/05.02.html"] == b"<table><tr><td>02</td></tr></table>"
    assert with_tables.status() == 0, with_tables.console_text


def test_a_page_is_not_made_alone_where_files_of_its_run_are_gone(with_tables, monkeypatch):
    (with_tables.out / "tables/05.02.html").unlink()
    monkeypatch.setattr(edition_build, "page_code_digest", lambda: "other")
    assert with_tables.run(only=["notebook=01-portfolio"]) == 0, with_tables.console_text
    assert with_tables.status() == 1
    assert with_tables.console_text == (
        "small: 1 of 5 runs are stale\n  05-province/02: its file tables/05.02.html is gone\n"
    )


def stamps(out):
    return {path.name: path.stat().st_ino for path in out.iterdir() if path.is_file()}


def renamed(batch):
    batch.params[0].write_text(batch.params[0].read_text().replace("A small edition", "Another title"))


def removed(batch):
    (batch.out / "index.html").unlink()


def spoiled(batch):
    (batch.out / "exhibits.json").write_text("[]\n")


def noted(batch):
    (batch.out / "notes").mkdir()
    (batch.out / "notes/a.en.pdf").write_bytes(b"%PDF")
    (batch.out / "notes/a.en.json").write_text('{"note": "a.en", "title": "Two pages", "files": {}}')


def ended(batch):
    (batch.out / ".lnlib-unfinished").touch()


def test_a_batch_that_makes_nothing_again_writes_its_report_alone(batch):
    before, tree = stamps(batch.out), batch.tree()
    assert batch.run() == 0, batch.console_text
    after = stamps(batch.out)
    assert {name for name in after if after[name] != before.get(name)} == {"report.json", "report.txt"}
    assert batch.tree() == tree


@pytest.mark.parametrize("change", [renamed, removed, spoiled, noted, ended])
def test_pages_around_the_runs_are_written_where_what_they_show_changed(batch, change):
    change(batch)
    assert batch.run() == 0, batch.console_text
    fresh = batch.tree()
    kept = ledger.Ledger(batch.project.root / "build/.ledger/small.sqlite")
    kept.put_site("")  # nothing is known: all are written
    kept.close()
    assert batch.run() == 0, batch.console_text
    assert batch.tree() == fresh
    assert len(json.loads(fresh["exhibits.json"])) == EVERYTHING
    assert (b"Another title" in fresh["index.html"]) == (change is renamed)
    assert (b"Two pages" in fresh["index.html"]) == (change is noted)
    assert not (batch.out / ".lnlib-unfinished").exists()
