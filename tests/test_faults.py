"""Whatever writes is killed, or finds the disk full or read-only, at every call: old or new, and the next command completes."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from editions_made import figure, write_edition
from faults import KILLED, KINDS, REFUSED, attempt, everything, hidden, import_shortened, state
from notes_made import FRONT, small_edition
from rich.console import Console
from small_project import EDITION, members, notebook, write

from lnlib.batch import command
from lnlib.batch.command import run_editions
from lnlib.batch.job import FileStamp, Outcome
from lnlib.editions.compare import compare_editions
from lnlib.editions.pack import pack
from lnlib.filesystem import file_digest
from lnlib.intake import open_register
from lnlib.intake.report import import_register
from lnlib.intake.template import write_template
from lnlib.notes import make_notes as make_notes_module
from lnlib.notes.make_notes import make_notes
from lnlib.simulation.simulate import simulate_to

ROOT = Path(__file__).parents[1]
SMALL, RATES = ROOT / "tests/registers/small", ROOT / "data/demonstration/rates.yml"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed between two system calls")


def everywhere(tmp_path, prepare, act, kind, whole):
    """Act with a fault from each call on; return what was found: the old, the new, or some files of each.

    `prepare` lays out a folder with the old files, `act` makes the new ones in it, `whole` returns those to look at.
    What two faults leave alike, byte for byte, is looked at and completed once.
    """
    undisturbed = tmp_path / "undisturbed"
    prepare(undisturbed)
    old = whole(undisturbed)
    act(undisturbed)
    new, kept = whole(undisturbed), hidden(undisturbed)
    assert new != old
    found, at = [], 0
    seen: dict[frozenset, str] = {}
    folder = tmp_path / "disturbed"
    prepare(folder)
    prepared = everything(folder)
    while True:
        status, message, calls = attempt(partial(act, folder), at, kind, tmp_path / "message.txt")
        assert status in (0, KILLED if kind == "killed" else REFUSED), message
        if status == REFUSED:
            assert os.strerror(28 if kind == "full" else 30) in message
            assert "\n" not in message
        left = everything(folder)
        if left not in seen:
            now = whole(folder)
            assert all(content in (old.get(name), new.get(name)) for name, content in now.items()), f"{kind} at {at}"
            seen[left] = "old" if now == old else "new" if now == new else "between"
            act(folder)  # the next command completes, and leaves nothing
            assert whole(folder) == new
            assert hidden(folder) == kept, f"{kind} at call {at}"
        found.append(seen[left])
        assert status or seen[left] == "new"
        if calls <= at:  # no call is left to fail
            return found
        if everything(folder) != prepared:
            shutil.rmtree(folder)
            prepare(folder)
        at += 1


def two_editions(folder):
    for name in ("old", "new"):
        write_edition(folder / name, figure(title=f"The {name} one"))


WRITERS = {
    "pack": ("p.zip", lambda folder: pack(folder / "new", folder / "p.zip")),
    "compare": ("c.html", lambda folder: compare_editions(folder / "old", folder / "new", folder / "c.html")),
    "template": ("t.xlsx", lambda folder: (folder / "t.xlsx").exists() or write_template(folder / "t.xlsx")),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_the_old_or_the_new_one(tmp_path, name, kind):
    file, act = WRITERS[name]

    def prepare(folder):
        two_editions(folder)
        if name != "template":  # which is only written to a new file
            (folder / file).write_text("an earlier one")

    def whole(folder):
        return {file: (folder / file).read_bytes()} if (folder / file).exists() else {}

    found = everywhere(tmp_path, prepare, act, kind, whole)
    assert set(found) == {"old", "new"}
    assert len(found) >= 4


REGISTERS = {  # killed at every call in tests/register/test_replaced_in_one_step.py
    "save": lambda folder: open_register(SMALL).save(folder, workbook=False),
    "import": lambda folder: import_register(SMALL, folder),
    "simulate": lambda folder: simulate_to(folder, partnerships=2, provinces=["02"], rates=RATES, seed=2),
}


@pytest.mark.parametrize(("name", "kind"), [("save", "read-only"), ("import", "full"), ("simulate", "full")])
def test_a_register_is_the_old_or_the_new_one(tmp_path, name, kind):
    if name == "import":  # which replaces only what it imported
        import_shortened(SMALL, tmp_path / "template", beside=tmp_path / "earlier")
    else:
        simulate_to(tmp_path / "template", partnerships=2, provinces=["03"], rates=RATES, seed=1)

    def whole(folder):
        return {name: frame.to_csv(index=False) for name, frame in open_register(folder).tables.items()}

    found = everywhere(tmp_path, partial(shutil.copytree, tmp_path / "template"), REGISTERS[name], kind, whole)
    assert set(found) == {"old", "new"}
    assert len(found) >= 20


@pytest.mark.parametrize("kind", KINDS)
def test_each_file_of_a_note_is_the_old_or_the_new_one(tmp_path, monkeypatch, kind):
    def pdf(composed, edition, look):
        del edition, look
        return SimpleNamespace(content=repr(composed.note).encode(), pages=1, block_pages={})

    monkeypatch.setattr(make_notes_module, "write_pdf", pdf)  # typesetting takes its time and writes nothing here
    monkeypatch.setattr(
        make_notes_module, "write_docx", lambda composed, *_, **__: b"docx" + repr(composed.note).encode()
    )
    monkeypatch.setattr(
        make_notes_module, "write_html", lambda composed, *_, **__: b"html" + repr(composed.note).encode()
    )

    def act(folder):
        monkeypatch.chdir(folder)
        list(make_notes([Path("note.md")], root=folder))

    def prepare(folder):
        small_edition(folder / "build" / "small")
        for text in ("old", "new"):
            (folder / "note.md").write_text(FRONT + f"The {text} words.\n")
            if text == "old":
                act(folder)

    found = everywhere(tmp_path, prepare, act, kind, lambda folder: state(folder / "build/small/notes"))
    assert {"old", "new"} <= set(found)
    assert len(found) >= 16


def canned(jobs, *, events, **_):
    """Stage for each job what its notebook's title says, as a run would."""
    for job in jobs:
        title = json.loads(Path(job.notebook).read_text())["cells"][0]["source"]
        for name in (f"runs/{job.run}.html", f"runs/{job.run}.ipynb", f"data/{job.run.replace('/', '.')}.csv"):
            path = job.made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name} {title}")
        staged = [path for path in job.made.rglob("*") if path.is_file()]
        files = {
            path.relative_to(job.made).as_posix(): FileStamp(
                path.stat().st_size, file_digest(path), path.stat().st_mtime_ns
            )
            for path in staged
        }
        entry = {"name": job.run.replace("/", "."), "alt": title}
        events.finished(job, Outcome("ok", files=files, exhibits=[entry], opened=[]))
    return "forks"


@pytest.mark.parametrize("kind", KINDS)
def test_each_file_of_an_edition_is_the_old_or_the_new_one(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(command, "execute", canned)
    monkeypatch.setattr(command.EarlyStart, "begin", lambda self: None)

    def act(folder):
        console = Console(quiet=True)
        assert run_editions([folder / "params/small.yml"], membership=members, console=console) == 0

    def lay_out(folder):
        for part in ("notebooks", "params", "data/small"):
            (folder / part).mkdir(parents=True)
        (folder / "data/small/actors.csv").write_text("actor\nyouth-club\n")
        (folder / "params/small.yml").write_text(EDITION.partition("runs:")[0] + "runs: [{notebook: 01-portfolio}]\n")
        for title in ("Old?", "New?"):
            write(folder, "01-portfolio", notebook("1", title=title))
            if title == "Old?":
                act(folder)

    lay_out(tmp_path / "template")

    def whole(folder):
        return {name: content for name, content in state(folder / "build/small").items() if "report" not in name}

    found = everywhere(tmp_path, partial(shutil.copytree, tmp_path / "template"), act, kind, whole)
    assert {"old", "new", "between"} == set(found)  # the ledger notes that the run was begun
    assert len(found) >= 40
