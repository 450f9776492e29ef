"""Whatever writes is killed, or finds the disk full or read-only, at any call: old or new, and the next command completes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from functools import partial
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from edition_folders import figure, write_edition
from exhaustive import EXHAUSTIVE
from faults import KINDS, REFUSED, attempt, everything, hidden, import_shortened, killed, reasons, state
from note_project import FRONT, small_edition
from rich.console import Console
from small_project import EDITION, members, notebook, write

from lnlib.batch import run_command
from lnlib.batch.execute import execute_run
from lnlib.batch.execute.job_queue import read_outcome
from lnlib.batch.job import Outcome
from lnlib.batch.run_command import run_editions
from lnlib.batch.status_command import status
from lnlib.editions.compare import compare_editions
from lnlib.editions.pack import pack
from lnlib.errors import EditionError
from lnlib.intake import open_register
from lnlib.intake.import_account import import_register
from lnlib.intake.template import write_template
from lnlib.notes import make_notes as make_notes_module
from lnlib.notes.make_notes import edition_of, make_notes
from lnlib.notes.markdown import parse_note
from lnlib.simulation.simulate import simulate_to

ROOT = Path(__file__).parents[1]
SMALL, RATES = ROOT / "tests/registers/small", ROOT / "data/demonstration/rates.yml"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed between two system calls")


NO_FAULT = sys.maxsize


def places(calls, kind):
    """Return the numbers of the calls to fail at, or all.

    From each line of the library it is the first call of a name where the disk is read-only, and the last where it is full.
    """
    if EXHAUSTIVE:
        return range(len(calls))
    last = {call: number for number, call in enumerate(calls)}
    return sorted({0, *last.values()} if kind == "full" else {calls.index(call) for call in last})


COMPLETED = {}  # what was found in what faults left, by what was done, from what to what


def everywhere(tmp_path, what, prepare, act, kind, whole, look=lambda folder, now, old, new: None):
    """Do `what` with a fault from each place on; return what was found, the old, the new, or some files of each, and count the calls.

    `prepare` lays out a folder with the old files, `act` makes the new ones in it, `whole` returns those to look at, and `look`
    checks what readers say of what a fault left. What two faults leave alike, byte for byte, is looked at and completed once, of
    whichever kinds they are: a process that is killed and one that finds the disk read-only leave much the same.
    """
    undisturbed = tmp_path / "undisturbed"
    prepare(undisturbed)
    old = whole(undisturbed)
    act(undisturbed)
    new, kept = whole(undisturbed), hidden(undisturbed)
    assert new != old
    folder, log = tmp_path / "disturbed", tmp_path / "message.txt"
    prepare(folder)
    seen = COMPLETED.setdefault((what, frozenset(old.items()), frozenset(new.items()), tuple(kept)), {})

    def look_and_complete(left, where):
        """Check what a fault left and that the next command completes it, and return whether it is old, new or between."""
        if left not in seen:
            now = whole(folder)
            assert all(content in (old.get(name), new.get(name)) for name, content in now.items()), where
            seen[left] = "old" if now == old else "new" if now == new else "between"
            look(folder, now, old, new)
            act(folder)
            assert whole(folder) == new
            assert hidden(folder) == kept, where
        return seen[left]

    if kind == "killed":
        status, message, calls, left_by_call = killed(partial(act, folder), folder, tmp_path / "killed", log)
        assert (status, whole(folder)) == (0, new), message
        for at, left in left_by_call.items():
            shutil.rmtree(folder)
            left.rename(folder)
            look_and_complete(everything(folder), f"killed before call {at}, {calls[at]}")
        return {*seen.values(), "new"}, counted(calls)

    prepared = everything(folder)
    status, message, all_calls = attempt(partial(act, folder), NO_FAULT, kind, log)
    assert (status, whole(folder)) == (0, new), message
    found = set()
    for at in places(all_calls, kind):
        if everything(folder) != prepared:
            shutil.rmtree(folder)
            prepare(folder)
        status, message, calls = attempt(partial(act, folder), at, kind, log)
        assert calls[at] == all_calls[at]
        assert status in (0, REFUSED), message
        if status == REFUSED:
            assert any(reason in message for reason in reasons(kind)), message
            assert "\n" not in message
        left = look_and_complete(everything(folder), f"{kind} from call {at} on, {calls[at]}")
        assert status or left == "new"
        found.add(left)
    return {*found, "new"}, counted(all_calls)


def counted(calls):
    return Counter(call.partition(" ")[0] for call in calls)


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

    found, calls = everywhere(tmp_path, name, prepare, act, kind, whole)
    assert found == {"old", "new"}
    assert min(calls[name] for name in ("open", "write", "fsync", "chmod", "replace")) >= 1, calls


REGISTERS = {
    "save": lambda folder: open_register(SMALL).save(folder, workbook=False),
    "import": lambda folder: import_register(SMALL, folder),
    "simulate": lambda folder: simulate_to(folder, partnerships=2, provinces=["02"], rates=RATES, seed=2),
}


# all three are put in place by `filesystem.replace_together`; `test_replaced_in_one_step.py` kills two of them too
REGISTER_CASES = (
    list(product(REGISTERS, KINDS))
    if EXHAUSTIVE
    else [*product(["save"], KINDS), ("import", "read-only"), ("simulate", "killed")]
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), REGISTER_CASES)
def test_a_register_is_the_old_or_the_new_one(tmp_path, name, kind):
    if name == "import":  # which replaces only what it imported
        import_shortened(SMALL, tmp_path / "template", beside=tmp_path / "earlier")
    else:
        simulate_to(tmp_path / "template", partnerships=2, provinces=["03"], rates=RATES, seed=1)

    opened = {}

    def whole(folder):
        """Return the tables of a register; the same bytes are opened once."""
        if (found := everything(folder)) not in opened:
            opened[found] = {name: frame.to_csv(index=False) for name, frame in open_register(folder).tables.items()}
        return opened[found]

    prepare = partial(shutil.copytree, tmp_path / "template")
    found, calls = everywhere(tmp_path, name, prepare, REGISTERS[name], kind, whole)
    assert found == {"old", "new"}
    least = {
        "write": 6,
        "fsync": 6,
        "rename": 1,
        "replace": 5,
    }  # four tables, the descriptor, what is removed; one decision
    assert all(calls[name] >= count for name, count in least.items()), calls


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

    found, calls = everywhere(tmp_path, "note", prepare, act, kind, lambda folder: state(folder / "build/small/notes"))
    assert {"old", "new"} <= found
    least = dict.fromkeys(("write", "fsync", "replace"), 4)  # PDF, DOCX, HTML and the record
    assert all(calls[name] >= count for name, count in least.items()), calls


def wrote(job, engine):
    """Write what a notebook would, in place of executing it, and return the notebook."""
    del engine
    nb = nbformat.read(job.notebook, as_version=4)
    name, title = job.run.replace("/", "."), nb.cells[0].source
    entry = {"name": name, "data": f"data/{name}.csv", "alt": title}
    for file, content in ((entry["data"], title), (f"exhibits/{name}.json", json.dumps(entry))):
        (job.out / file).parent.mkdir(exist_ok=True)
        with (job.out / file).open("w") as written:
            written.write(content)
    return nb, Outcome("ok")


def canned(jobs, *, events, **_):
    """Let each job be staged in this process by the code that stages it in a fork."""
    for job in jobs:
        execute_run.run(job, engine=None)
        events.finished(job, read_outcome(job, "it left no outcome"))
    return "forks"


def refused(act):
    try:
        act()
    except EditionError as error:
        return str(error)
    return ""


def readers_take_no_mix_for_whole(folder, now, old, new):
    """Check what status, pages, pack, comparison and notes say of an edition, some files of which may be old and some new."""
    out, run = folder / "build/small", "runs/01-portfolio/all"
    reading = {
        "status": status([folder / "params/small.yml"], membership=members, console=Console(quiet=True)),
        "pack": refused(lambda: pack(out, folder / "packed.zip")),
        "compare": refused(lambda: compare_editions(out, out, folder / "compared.html")),
        "note": refused(lambda: edition_of(parse_note(FRONT + "Words.", folder / "note.md"), folder / "build")),
    }
    assert reading["status"] == 1 or now == new
    if now not in (old, new):
        assert f"{run}.html" not in now or len({now[name] == new[name] for name in of_run(new)}) == 1
        for reader in ("pack", "compare", "note"):
            assert reading[reader] == (
                f"edition {out} is being made, or its batch was ended: some of its files are old, some new. Wait for the "
                "batch to end, or run it again"
            )
    for name in ("packed.zip", "compared.html"):
        (folder / name).unlink(missing_ok=True)


def of_run(files):
    return [name for name in files if name.startswith(("runs/", "data/"))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_each_file_of_an_edition_is_the_old_or_the_new_one(tmp_path, monkeypatch, kind):
    monkeypatch.setattr("lnlib.batch.batch.execute", canned)
    monkeypatch.setattr(execute_run, "_execute", wrote)
    monkeypatch.setenv("LNLIB_OUT", "")
    monkeypatch.setattr(run_command.EarlyStart, "begin", lambda self: None)

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
    reports = tmp_path / "template/build/small"  # of another time: else they are now and then the ones that are written
    (reports / "report.txt").write_text("An earlier report.\n")
    (reports / "report.json").write_text(
        json.dumps(json.loads((reports / "report.json").read_text()) | {"seconds": 99})
    )

    def whole(folder):
        return {name: content for name, content in state(folder / "build/small").items() if "report" not in name}

    found, calls = everywhere(
        tmp_path,
        "edition",
        partial(shutil.copytree, tmp_path / "template"),
        act,
        kind,
        whole,
        readers_take_no_mix_for_whole,
    )
    assert found == {"old", "new", "between"}  # it is marked as unfinished, and the run as begun
    # the notebook's files, its page and notebook, its outcome, the mark, the pages around; the ledger before and after
    least = {"write": 10, "fsync": 9, "replace": 12, "statement": 4, "commit": 2}
    assert all(calls[name] >= count for name, count in least.items()), calls
