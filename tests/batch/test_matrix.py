"""What is changed × what is made again, on a register of the library's own: none too few, none needless."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from small_project import PARAMETERS, WRITE, Batch, notebook, write

from lnlib.batch.build import staleness
from lnlib.batch.execute import forkserver
from lnlib.batch.plan.project import Project
from lnlib.batch.register_members import members
from lnlib.reference.scales import Scale

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
ROOT = Path(__file__).parents[2]
OPEN = "import lnlib as ln\nopened = ln.open_register(register, frame=frame)"
NATIONAL = "exhibit('01-portfolio', len(opened.assessments))"
PROVINCE = "exhibit(f'05-province.{province}', len(opened.where(province=province).assessments))"
ACTOR = "exhibit(f'06-actor.{actor}', len(opened.where(actor=actor).assessments))"
DRAWN = """
import os
from lnlib.charts.style.house_style import Theme
from lnlib.words.catalogue import Words
exhibit("08-drawn", Theme.load(os.environ["LNLIB_HOUSE"]).ink + Words.load("en").language)
"""
WAYS = """
import glob, multiprocessing, os, sqlite3
from pathlib import Path
import helper
sqlite3.connect("../inputs/lookup.db").execute("SELECT * FROM sqlite_master").fetchall()
sqlite3.connect("file:../inputs/other%20one.db?mode=ro", uri=True).execute("SELECT * FROM sqlite_master").fetchall()
with open("../inputs/plus.txt", "r+") as file:
    file.read()
glob.glob("../inputs/photos/*.jpg")
list(Path("../inputs/letters").iterdir())
Path(OUTSIDE).read_text()
Path("../build/earlier/data/made.csv").read_text()
def read(name):
    Path(name).read_text()
get_ipython().run_line_magic("run", "../inputs/other.ipynb")
for mode in ("a+", "w+"):
    open(f"../inputs/new-{mode}.txt", mode).close()  # what a run creates it does not read
with open("../inputs/appended.txt", "a+") as file:
    file.seek(0)
    file.read()
os.close(os.open("../inputs/flags.txt", os.O_RDWR | os.O_CREAT))
below = os.open("../inputs/below", os.O_RDONLY)
os.read(os.open("inner.txt", os.O_RDONLY, dir_fd=below), 10)
os.listdir(below)
open(b"../inputs/bytes.txt").read()
child = multiprocessing.get_context("fork").Process(target=read, args=("../inputs/child.txt",))
child.start(); child.join()
exhibit("09-ways", "all")
"""
EDITION = """\
title: A small edition
register: small
frame: "25"
house: house.yml
runs:
  - notebook: 01-portfolio
  - notebook: 05-province
    for_each: {province: ["02", "17", "25"]}
  - notebook: 06-actor
    for_each: {actor: [A1, A2, S1]}
  - notebook: 08-drawn
  - notebook: 09-ways
"""
PROVINCES = {f"05-province/{code}" for code in ("02", "17", "25")}
ACTORS = {f"06-actor/{actor}" for actor in ("A1", "A2", "S1")}
DRAWN_RUN, WAYS_RUN = {"08-drawn/all"}, {"09-ways/all"}
WHOLE = {"01-portfolio/all", *DRAWN_RUN, *WAYS_RUN}  # of a run that takes no rows, the whole register counts
BATTAMBANG = {*WHOLE, "05-province/02", "06-actor/A1", "06-actor/S1"}
LIBRARY_USERS = {"01-portfolio/all", *PROVINCES, *ACTORS, *DRAWN_RUN}
ALL = LIBRARY_USERS | WAYS_RUN
NONE: set[str] = set()


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """An edition of a register of its own, up to date."""
    root, outside = tmp_path_factory.mktemp("matrix"), tmp_path_factory.mktemp("outside")
    for folder in (
        "notebooks",
        "params",
        "data",
        "inputs/photos",
        "inputs/letters",
        "inputs/below",
        "build/earlier/data",
        "temporary",
    ):
        (root / folder).mkdir(parents=True)
    shutil.copytree(ROOT / "tests/registers/small", root / "data/small")
    shutil.copy(ROOT / "src/lnlib/data/places/cambodia.csv", root / "data/small/places.csv")
    shutil.copy(ROOT / "src/lnlib/data/house_style/default.yml", root / "params/house.yml")
    descriptor = root / "data/small/datapackage.json"
    descriptor.write_text(descriptor.read_text("utf-8").replace('"cambodia"', '"places.csv"'), "utf-8")
    names = ("plus", "child", "letters/a", "appended", "flags", "below/inner", "bytes")
    for name in ("lookup.db", "other one.db", "photos/a.jpg", *(f"{name}.txt" for name in names)):
        (root / "inputs" / name).write_text("" if name.endswith(".db") else "first")
    nbformat.write(notebook("WORD = 'another notebook'"), root / "inputs/other.ipynb")
    (root / "build/earlier/data/made.csv").write_text("first")
    (outside / "far.txt").write_text("first")
    (root / "notebooks/helper.py").write_text("WORD = 'one'\n")
    write(root, "01-portfolio", notebook(OPEN, WRITE, NATIONAL))
    write(root, "05-province", notebook(OPEN, WRITE, PROVINCE, parameters='province: str = ""\n' + PARAMETERS))
    write(root, "06-actor", notebook(OPEN, WRITE, ACTOR, parameters='actor: str = ""\n' + PARAMETERS))
    write(root, "08-drawn", notebook(WRITE, DRAWN))
    write(root, "09-ways", notebook(WRITE, WAYS.replace("OUTSIDE", repr(str(outside / "far.txt")))))
    (root / "params/small.yml").write_text(EDITION)
    made = Batch(Project(root), membership=members)
    made.outside = outside
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TMPDIR", str(root / "temporary"))  # what lies among temporary files does not count
        assert made.run() == 0, made.console_text
        assert stale(made) == {}
        yield made


def stale(batch):
    """Return why each run is stale."""
    batch.status()
    return dict(re.findall(r"^  (\S+): (.*)$", batch.console_text, re.MULTILINE))


@pytest.fixture
def changed(batch):
    """Change files, and change them back afterwards."""
    before = {}

    def change(path, content):
        before[path] = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True) if content is None else path.write_bytes(content)

    yield change
    for path, content in before.items():
        path.unlink(missing_ok=True) if content is None else path.write_bytes(content)


def replaced(name, old, new):
    """Return a change of one text in a file of the project."""

    def change(batch, changed):
        path = batch.project.root / name
        content = path.read_bytes()
        assert old.encode() in content
        changed(path, content.replace(old.encode(), new.encode()))

    return change


def written(name, content):
    """Return a change that writes a file of the project."""
    return lambda batch, changed: changed(batch.project.root / name, content.encode())


def reformatted(batch, changed):
    path = batch.project.root / "notebooks/01-portfolio.ipynb"
    changed(path, json.dumps(json.loads(path.read_text()), indent=4).encode())


def tagged(batch, changed):
    path = batch.project.root / "notebooks/01-portfolio.ipynb"
    nb = json.loads(path.read_text())
    nb["cells"][-1]["metadata"]["tags"] = ["skip-execution"]
    changed(path, json.dumps(nb).encode())


def declared_scale(batch, changed):
    """Declare the scale in the register, with other words for a stage."""
    path = batch.project.root / "data/small/datapackage.json"
    about = json.loads(path.read_text("utf-8"))
    about["register"]["scale"] = {**Scale.load("dfgg").as_declared(), "title": "Other words"}
    changed(path, json.dumps(about).encode())


CHANGES = {
    "nothing": (lambda batch, changed: None, NONE, ""),
    # the register
    "a row of assessments": (
        replaced("data/small/assessments.csv", "P1,2011-Q2,,collaboration", "P1,2011-Q2,,coalition"),
        BATTAMBANG,
        "register changed",
    ),
    "a row of mechanisms": (replaced("data/small/mechanisms.csv", "P1,mou", "P1,letter"), BATTAMBANG, "register changed"),
    "a row of partnerships": (replaced("data/small/partnerships.csv", "P1,A1,S1,02,,administration;water", "P1,A1,S1,02,,water"), BATTAMBANG, "register changed"),
    "a row of actors": (
        replaced("data/small/actors.csv", "A3,Seen Once Society", "A3,Seen Twice Society"),
        {*WHOLE, "05-province/25"},
        "register changed",
    ),
    "the licence": (replaced("data/small/datapackage.json", "CC0-1.0", "CC-BY-4.0"), ALL, "register changed"),
    "the kind": (replaced("data/small/datapackage.json", '"kind": "simulated"', '"kind": "field"'), ALL, "register changed"),
    "the scale": (declared_scale, ALL, "register changed"),
    "the name of a place": (replaced("data/small/places.csv", "Battambang", "Batdambang"), ALL, "register changed"),
    # the notebooks and what they are given
    "a cell": (replaced("notebooks/01-portfolio.ipynb", "len(opened.assessments)", "len(opened.actors)"), {"01-portfolio/all"}, "the notebook 01-portfolio changed"),
    "a tag": (tagged, {"01-portfolio/all"}, "the notebook 01-portfolio changed"),
    "the layout of a notebook's file": (reformatted, NONE, ""),
    "a parameter of the edition": (replaced("params/small.yml", "title:", "period: {from: 2011, to: 2013}\ntitle:"), ALL, "its parameters changed: .*period_from None → '2011'.*"),
    "a parameter of one notebook": (replaced("params/small.yml", "  - notebook: 08-drawn", "  - {notebook: 08-drawn, parameters: {language: km}}"), DRAWN_RUN, "its parameters changed: language None → 'km'"),
    "an engine": (replaced("params/small.yml", "  - notebook: 08-drawn", "  - {notebook: 08-drawn, engine: nbclient}"), DRAWN_RUN, "its engine changed: lnlib → nbclient"),
    "the title of the edition": (replaced("params/small.yml", "A small edition", "Another title"), NONE, ""),
    "the house style": (replaced("params/house.yml", "ink: ", "ink:  "), DRAWN_RUN, "params/house.yml changed"),
    "matplotlibrc": (written("notebooks/matplotlibrc", "font.size: 20\n"), ALL, "matplotlibrc changed"),
    # what cells read in their own ways
    "a module": (written("notebooks/helper.py", "WORD = 'two'\n"), WAYS_RUN, "notebooks/helper.py changed"),
    "a database": (written("inputs/lookup.db", "x"), WAYS_RUN, "inputs/lookup.db changed"),
    "a database named by a URI": (written("inputs/other one.db", "x"), WAYS_RUN, "inputs/other one.db changed"),
    "another notebook that is executed": (replaced("inputs/other.ipynb", "another notebook", "other words"), WAYS_RUN, "inputs/other.ipynb changed"),
    "a file opened to read and append": (written("inputs/appended.txt", "other"), WAYS_RUN, "inputs/appended.txt changed"),
    "a file opened by flags": (written("inputs/flags.txt", "other"), WAYS_RUN, "inputs/flags.txt changed"),
    "a file opened from an open folder": (written("inputs/below/inner.txt", "other"), WAYS_RUN, "inputs/below/inner.txt changed"),
    "a file in an open folder that is listed": (written("inputs/below/new.txt", "x"), WAYS_RUN, "the list of files in inputs/below/ changed"),
    "a file named in bytes": (written("inputs/bytes.txt", "other"), WAYS_RUN, "inputs/bytes.txt changed"),
    "a file that a run created": (written("inputs/new-a+.txt", "other"), NONE, ""),
    "a file opened to read and write": (written("inputs/plus.txt", "other"), WAYS_RUN, "inputs/plus.txt changed"),
    "a file that a pattern matches": (written("inputs/photos/b.jpg", "x"), WAYS_RUN, "the list of files in inputs/photos/ changed"),
    "the content of a file that is only listed": (written("inputs/photos/a.jpg", "other"), NONE, ""),
    "a file in a listed folder": (written("inputs/letters/b.txt", "x"), WAYS_RUN, "the list of files in inputs/letters/ changed"),
    "a hidden file in a listed folder": (written("inputs/letters/.b.swp", "x"), NONE, ""),
    "a file outside the project": (lambda batch, changed: changed(batch.outside / "far.txt", b"other"), WAYS_RUN, ".*/far.txt changed"),
    "a file of another edition": (written("build/earlier/data/made.csv", "other"), WAYS_RUN, "build/earlier/data/made.csv changed"),
    "a file that a forked process reads": (written("inputs/child.txt", "other"), WAYS_RUN, "inputs/child.txt changed"),
    "a file that nobody reads": (written("inputs/nobody.txt", "x"), NONE, ""),
    "a new notebook": (written("notebooks/10-new.ipynb", "{}"), NONE, ""),
    "a new edition file": (written("params/other.yml", "register: small\nruns: []\n"), NONE, ""),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_depends_on_a_change_is_made_again_and_nothing_else(batch, changed, change):
    do, runs, why = CHANGES[change]
    do(batch, changed)
    found = stale(batch)
    assert set(found) == runs, batch.console_text
    assert all(re.search(f"{why}$", reason) for reason in found.values()), found


def test_what_is_published_names_no_folder_of_this_machine(batch):
    entries = json.loads((batch.out / "exhibits.json").read_text("utf-8"))
    (ways,) = (entry["made_from"]["files"] for entry in entries if entry["run"] in WAYS_RUN)
    assert "…/far.txt" in ways
    assert str(batch.outside) not in (batch.out / "exhibits.json").read_text("utf-8")


IN_LIBRARY = {
    "words that are read": ("words/en.yml", LIBRARY_USERS),
    "a module that notebooks use": ("measures/counts/shares.py", ALL),
    "the engine": ("batch/execute/shell.py", ALL),
    "what hears from its cells": ("batch/execute/papermill_client.py", ALL),
    "what makes a notebook the same everywhere": ("batch/execute/normalise.py", ALL),
    "a page": ("batch/site/index.py", NONE),
    "the schedule": ("batch/execute/job_queue.py", NONE),
    "the command line": ("cli.py", NONE),
    "the explorer": ("explorer/server.py", NONE),
    "notes": ("notes/pdf.py", NONE),
}


def test_what_counts_by_name_is_there_by_that_name():
    modules = {path.stem for path in (staleness.LIBRARY / "batch" / "execute").glob("*.py")}
    assert set(staleness._WRITES_NOTEBOOKS) <= modules
    assert set(staleness._NOT_READ_BY_NOTEBOOKS) <= {path.name for path in staleness.LIBRARY.iterdir()}


@pytest.fixture
def library(monkeypatch, tmp_path):
    """A copy of the library, as the ledger looks at it."""
    folder = tmp_path / "lnlib"
    shutil.copytree(staleness.LIBRARY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(staleness, "LIBRARY", folder)
    staleness.code_digest.cache_clear()
    yield folder
    staleness.code_digest.cache_clear()


@pytest.mark.parametrize("change", IN_LIBRARY)
def test_what_depends_on_the_library_is_made_again(batch, library, change):
    file, runs = IN_LIBRARY[change]
    assert stale(batch) == {}
    with (library / file).open("a", encoding="utf-8") as lines:
        lines.write("\n# more\n")
    os.utime(library / file, (0, 0))
    staleness.code_digest.cache_clear()
    assert set(stale(batch)) == runs, batch.console_text


@pytest.mark.parametrize(
    "package",
    ["numpy", "pandas", "matplotlib", "seaborn", "pillow", "ipykernel", "papermill", "tornado", "typer", "jinja2"],
)
def test_versions_that_shape_results_count(batch, monkeypatch, package):
    plain = staleness._version
    monkeypatch.setattr(staleness, "_version", lambda name: "0.0" if name == package else plain(name))
    staleness.versions.cache_clear()
    try:
        found = stale(batch)
    finally:
        staleness.versions.cache_clear()
    counts = package not in ("tornado", "typer", "jinja2")
    assert set(found) == (ALL if counts else NONE)
    assert all(
        reason == f"versions changed: {package} '{importlib.metadata.version(package)}' → '0.0'"
        for reason in found.values()
    )


UNSEEN = {  # ways to read that are not seen: the code, and the program that `status` names
    "a shell": ("!cat ../data/declared/a.txt", "cat"),
    "bash": ("%%bash\ncat ../data/declared/a.txt", "bash"),
    "a subprocess": ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'open(\"../data/declared/a.txt\").read()'])", "python"),
    "os.system": ("import os\nos.system('sort ../data/declared/a.txt')", "sort"),
    "a spawned process": ("import multiprocessing, builtins\nspawned = multiprocessing.get_context('spawn').Process(target=builtins.open, args=('../data/declared/a.txt',))\nspawned.start(); spawned.join()", ""),
    "whether a file is there": ("from pathlib import Path\nPath('../data/declared/a.txt').exists()", ""),
    "the size of a file": ("import os\nos.stat('../data/declared/a.txt').st_size", ""),
}  # fmt: skip


@pytest.mark.parametrize("way", UNSEEN)
def test_what_is_read_unseen_is_declared(project, monkeypatch, way):
    code, program = UNSEEN[way]
    write(project.root, "01-portfolio", notebook(WRITE, code))
    (project.root / "data/declared").mkdir()
    file = project.root / "data/declared/a.txt"
    file.write_text("first")
    batch = Batch(project)
    for reads in ("", "reads: [data/declared/**]\n"):
        batch.params[0].write_text(f"register: small\n{reads}runs: [{{notebook: 01-portfolio}}]\n")
        assert batch.run() == 0, batch.console_text
        assert batch.status() == 0
        named = re.findall(
            r"starts (\S+); what it reads that way is not seen: declare it under reads", batch.console_text
        )
        assert [name.rstrip("0123456789.") for name in named] == ([program] if program and not reads else [])
        file.write_text(f"other {len(reads)}")
        assert batch.status() == bool(reads)  # unseen, until it is declared


def test_a_variable_is_declared(project, monkeypatch):
    batch = Batch(project)
    write(project.root, "01-portfolio", notebook(WRITE, "import os\nos.environ.get('LNLIB_TEST_YEAR')"))
    for reads in ("", "reads: 'env:LNLIB_TEST_YEAR'\n"):
        batch.params[0].write_text(f"register: small\n{reads}runs: [{{notebook: 01-portfolio}}]\n")
        assert batch.run() == 0, batch.console_text
        monkeypatch.setenv("LNLIB_TEST_YEAR", f"201{len(reads)}")
        assert batch.status() == bool(reads)
