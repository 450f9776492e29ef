"""Editions made from end to end."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from small_project import EDITION, PARAMETERS, WRITE, Batch, members, notebook, write

from lnlib.batch.build import ledger, staleness
from lnlib.batch.build.lock import EditionBusy, edition_lock
from lnlib.batch.build.output_folder import OutputNotWritable, check_writable
from lnlib.batch.clean_command import clean
from lnlib.batch.execute import job_queue
from lnlib.batch.execute.forks import ForkExecutor
from lnlib.batch.execute.forkserver import ForkServer
from lnlib.batch.execute.interrupts import InterruptHandler
from lnlib.batch.job import Job, Outcome, Republication
from lnlib.batch.run_command import run_editions
from lnlib.errors import EditionError, LnlibError
from lnlib.import_record import Origin


def job(**changes):
    """Return a job that names nothing that is there."""
    empty = dict.fromkeys(("notebook", "cwd", "root", "register", "url", "library"), "")
    given = {"id": "a", "run": "a", "edition": "small", "parameters": {}, "uses_library": False, "page": {}}
    return Job(**{**empty, **given, "stage": "/nowhere", **changes})


HERE = os.path.dirname(__file__)  # noqa: PTH120


@pytest.fixture
def batch(project):
    return Batch(project)


def test_an_edition_is_made_whole_and_again_in_no_time(batch):
    assert batch.run() == 0
    assert set(batch.states().values()) == {"ok"}
    tree = batch.tree()
    assert {name for name in tree if "02" in name} == {
        "runs/05-province/02.ipynb",
        "runs/05-province/02.html",
        "figures/05-province.02.178.svg",
        "data/05-province.02.csv",
    }
    assert [exhibit["name"] for exhibit in json.loads(tree["exhibits.json"])] == [
        "01-portfolio",
        "05-province.02",
        "05-province.03",
        "05-province.21",
        "06-actor.youth-club",
    ]
    assert "look at" in batch.console_text
    published = json.loads(tree["runs/05-province/02.ipynb"])
    assert published["metadata"]["papermill"] == {
        "default_parameters": {},
        "exception": None,
        "input_path": "05-province.ipynb",
        "output_path": "02.ipynb",
        "parameters": {
            "register": "small",
            "frame": "24",
            "period_from": "2009-06",
            "period_to": "2014",
            "province": "02",
        },
        "version": published["metadata"]["papermill"]["version"],
    }
    for name, content in tree.items():
        assert str(batch.project.root).encode() not in content, name
    assert not (batch.project.root / "build/.staging").exists()

    assert batch.run() == 0
    assert set(batch.states().values()) == {"up to date"}
    assert batch.tree() == tree
    assert batch.status() == 0
    assert batch.console_text == "small: everything is up to date\n"

    # made again from nothing it is the same, byte for byte
    assert batch.clean() == 0
    assert not batch.out.exists()
    assert batch.run() == 0
    assert batch.tree() == tree


def test_a_run_that_fails_leaves_the_others_own_server(batch):
    broken = (
        f"{WRITE}\nexhibit(f'05.{{province}}', province)\nif province == '03':\n    raise ValueError('no <b>rows</b>')"
    )
    write(batch.project.root, "05-province", notebook(broken, parameters='province: str = ""\n' + PARAMETERS))
    assert batch.run() == 1
    assert batch.states() == {
        "01-portfolio/all": "ok",
        "05-province/02": "ok",
        "05-province/03": "failed",
        "05-province/21": "ok",
        "06-actor/youth-club": "ok",
    }
    text = (batch.out / "report.txt").read_text()
    assert "05-province/03 (Kampong Cham) failed: ValueError: no <b>rows</b> (cell 3, line 15)" in text
    assert "failed 05-province/03: ValueError: no <b>rows</b> (cell 3, line 15)" in batch.console_text
    tree = batch.tree()
    assert "figures/05.02.178.svg" in tree
    assert "figures/05.03.178.svg" not in tree  # nothing of a run that is not whole
    page = tree["runs/05-province/03.html"].decode()
    assert "This page is not complete" in page
    assert "no &lt;b&gt;rows&lt;/b&gt;" in page
    assert re.findall(r"<h(\d)", page) == ["1", "2"]  # a page is named before what is wrong with it
    assert "runs/05-province/03.html" in tree["index.html"].decode()

    write(
        batch.project.root,
        "05-province",
        notebook(broken.replace("'03'", "'99'"), parameters='province: str = ""\n' + PARAMETERS),
    )
    assert batch.run(failed=True) == 0
    assert [key for key, state in batch.states().items() if state == "ok"] == ["05-province/03"]


SAVE = """
import json, os
from pathlib import Path
folder = Path(out or os.environ["LNLIB_OUT"])
svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="60pt"><!-- as matplotlib wrote it, at length --><text y="30">drawn</text></svg>'
forms = ("svg", "pdf", "png")
entry = {
    "name": "first", "exhibit": "figure", "title": "A finding", "source": "Source: small register.", "alt": "Drawn.",
    "description": "In numbers.", "widths": {"wide": 178},
    "figures": [f"figures/first.wide.{form}" for form in forms],
    "bare": [f"figures/bare/first.wide.{form}" for form in forms], "data": "data/first.csv",
}
for name in [*entry["figures"], *entry["bare"], entry["data"], "exhibits/first.json", "exhibits/second.json"]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(svg)
(folder / "exhibits/first.json").write_text(json.dumps(entry))
(folder / "exhibits/second.json").write_text(json.dumps({"name": "second", "data": "data/never-written.csv"}))
display({"image/svg+xml": svg, "text/plain": "Drawn.", "text/vnd.lnlib.description": "In numbers."}, raw=True)
"""


def test_a_failed_run_s_page_links_the_files_of_what_it_had_saved_and_the_edition_has_none_of_them(batch, edit):
    write(batch.project.root, "01-portfolio", notebook(SAVE, "1 / 0"))
    assert batch.run() == 1
    home = "runs/01-portfolio/all"
    saved = [*(f"{home}/figures/{part}first.wide.{form}" for part in ("", "bare/") for form in ("svg", "pdf", "png"))]
    tree = batch.tree()
    assert sorted(name for name in tree if name.startswith(f"{home}/")) == sorted([*saved, f"{home}/data/first.csv"])
    page = tree[f"{home}.html"].decode()
    links = [
        f'<a href="../../{home}/{name}">{text}</a>'
        for name, text in [
            *((f"figures/first.wide.{text.lower()}", text) for text in ("SVG", "PDF", "PNG")),
            ("data/first.csv", "CSV"),
        ]
    ]
    assert " · ".join(links) in page
    assert "A finding. Source: small register. In: A small edition, exhibit first." in page
    assert '<div class="any">\n<svg style=' in page  # the drawing itself, not an image of it
    assert "first" not in tree["exhibits.json"].decode()
    assert "4 exhibits" in tree["index.html"].decode()

    edit(EDITION.replace("A small edition", "Another title"))
    batch.run(only=["notebook=05-province"])  # of the failed run the page alone is made again
    assert " · ".join(links) in (batch.out / f"{home}.html").read_text()

    write(batch.project.root, "01-portfolio", notebook(SAVE.replace("data/never-written.csv", "data/first.csv")))
    assert batch.run() == 0
    assert not (batch.out / home).exists()
    assert (batch.out / "figures/first.wide.svg").is_file()


def test_what_changed_is_made_again_and_nothing_else(built):
    path = built.project.root / "notebooks/06-actor.ipynb"
    write(built.project.root, "06-actor", notebook(WRITE, "1", parameters='actor: str = ""\n' + PARAMETERS))
    assert built.status() == 1
    assert built.console_text == (
        "small: 1 of 5 runs are stale\n  06-actor/youth-club: the notebook 06-actor changed\n"
    )
    assert built.run() == 0
    assert [key for key, state in built.states().items() if state == "ok"] == ["06-actor/youth-club"]
    assert "data/06-actor.youth-club.csv" not in built.tree()  # it makes none any more
    assert path.exists()

    (built.out / "figures/05-province.02.178.svg").write_text("<svg")
    (built.out / "runs/05-province/21.html").unlink()
    built.status()
    assert "05-province/02: its file figures/05-province.02.178.svg is not what was published" in built.console_text
    assert "05-province/21: its file runs/05-province/21.html is gone" in built.console_text
    assert built.run(only=["province=02"]) == 0
    assert [key for key, state in built.states().items() if state == "ok"] == ["05-province/02"]

    (built.project.root / "data/small/actors.csv").write_text("actor\nother\n")
    built.status()
    assert built.console_text.startswith("small: 5 of 5 runs are stale\n  01-portfolio/all: the register changed\n")


def test_files_that_a_run_read_count(batch):
    root = batch.project.root
    (root / "words.txt").write_text("one")
    cell = "open('../words.txt').read()"
    write(root, "06-actor", notebook(cell, parameters='actor: str = ""\n' + PARAMETERS))
    batch.run()
    (root / "words.txt").write_text("two")
    batch.status()
    assert batch.console_text == "small: 1 of 5 runs are stale\n  06-actor/youth-club: words.txt changed\n"


def test_a_module_of_the_project_counts_for_the_notebooks_that_import_it(batch):
    root = batch.project.root
    (root / "notebooks/mine.py").write_text("import deeper\n")
    (root / "notebooks/deeper.py").write_text("WORD = 'one'\n")
    write(root, "06-actor", notebook("import mine", parameters='actor: str = ""\n' + PARAMETERS))
    for word in ("two", "three"):  # in the second batch Python has them compiled
        assert batch.run() == 0
        (root / "notebooks/deeper.py").write_text(f"WORD = {word!r}\n")
        batch.status()
        assert (
            batch.console_text == "small: 1 of 5 runs are stale\n  06-actor/youth-club: notebooks/deeper.py changed\n"
        )


def test_words_of_an_installed_library_count(batch, monkeypatch, tmp_path):
    words = staleness.LIBRARY / "words/en.yml"
    cell = f"len(open({str(words)!r}).read())"
    write(batch.project.root, "06-actor", notebook(cell, parameters='actor: str = ""\n' + PARAMETERS))
    batch.run()
    changed = tmp_path / "lnlib"
    shutil.copytree(staleness.LIBRARY, changed)
    monkeypatch.setattr(staleness, "LIBRARY", changed)
    assert batch.status() == 0, batch.console_text
    with (changed / "words/en.yml").open("a") as file:
        file.write("# more\n")
    os.utime(changed / "words/en.yml", (0, 0))  # not while the batch looks
    batch.status()
    assert "  06-actor/youth-club: <lnlib>/words/en.yml changed\n" in batch.console_text


def test_a_run_that_was_being_published_is_said_to_be_not_whole(built):
    kept = ledger.Ledger(built.project.root / "build/.ledger/small.sqlite")
    was = kept.records()["05-province/02"]
    kept.put(ledger.Record.of(id=was.id, state="begun", made_from={}, page_from="", files=was.files))
    kept.close()
    built.status()
    assert built.console_text == (
        "small: 1 of 5 runs are stale\n  05-province/02: the batch that was publishing it was ended\n"
    )


def test_what_a_killed_batch_was_writing_is_removed(built):
    (built.out / ".lnlib-abc.part").write_text("half of an index")
    built.run()
    assert not list(built.out.glob(".*"))


def test_failed_says_so_where_nothing_failed(batch):
    assert batch.run(failed=True) == 0
    assert batch.console_text.startswith("small: no run failed the last time\n")


def test_words_of_many_letters_are_printed_in_no_time(batch):
    write(batch.project.root, "01-portfolio", notebook("for _ in range(3):\n    print('x' * 999_999)"))
    assert batch.run(only=["notebook=01-portfolio"], seconds=5) == 0, batch.console_text
    assert ("x" * 999_999).encode() in batch.tree()["runs/01-portfolio/all.ipynb"]


def test_how_a_notebook_ended_is_said(batch):
    write(batch.project.root, "01-portfolio", notebook("import os; os._exit(3)"))
    write(batch.project.root, "05-province", notebook("for", parameters='province: str = ""\n' + PARAMETERS))
    assert batch.run(only=["notebook=01-portfolio", "notebook=05-province"]) == 1
    console = batch.console_text.splitlines()
    assert "failed 01-portfolio/all: DeadKernelError: the notebook's process ended with status 3 (cell 3)" in console
    assert "failed 05-province/02: SyntaxError: invalid syntax (cell 3, line 1)" in console


def test_runs_that_are_in_the_edition_no_more_are_removed(built, edit):
    edit(EDITION.partition("  - notebook: 06-actor")[0])
    assert built.run() == 0
    assert not [name for name in built.tree() if "06-actor" in name]
    assert not (built.out / "runs/06-actor").exists()


def test_two_editions_in_one_batch_do_not_mix(built):
    alone = built.tree()
    assert built.clean() == 0
    built.params.append(built.project.root / "params/other.yml")
    built.params[1].write_text(EDITION.replace('frame: "24"', 'frame: "25"'))
    assert built.run() == 0
    assert built.tree() == alone
    built.out = built.project.root / "build/other"
    other = built.tree()
    assert set(other) == set(alone)
    assert '"frame": "25"' in other["runs/05-province/02.ipynb"].decode()


def test_two_runs_that_make_the_same_file_are_told(batch):
    write(
        batch.project.root,
        "06-actor",
        notebook(WRITE, 'exhibit("01-portfolio", "again")', parameters='actor: str = ""\n' + PARAMETERS),
    )
    assert batch.run(workers=1) == 1
    assert "data/01-portfolio.csv is also made by 01-portfolio/all" in batch.console_text
    assert batch.tree()["data/01-portfolio.csv"] == b"text\nall\n"


POLLUTE = """\
import os, sys, random, threading, time, math
import numpy as np
import matplotlib as mpl
marks = {
    "module": hasattr(math, "polluted"), "environment": "POLLUTED" in os.environ, "cwd": os.path.basename(os.getcwd()),
    "path": "polluted" in sys.path, "rcParams": mpl.rcParams["lines.linewidth"], "threads": threading.active_count(),
    "files": len(os.listdir("/proc/self/fd")), "name": "polluted" in globals(),
}
drawn = (random.random(), float(np.random.random()))
math.polluted = polluted = True
os.environ["POLLUTED"] = "1"
os.chdir("/")
sys.path.append("polluted")
mpl.rcParams["lines.linewidth"] = 9
random.seed(1); np.random.seed(1)
file = open("/dev/null")
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(json.dumps({"marks": marks, "drawn": drawn}))
"""


def test_nothing_passes_from_run_to_run(batch):
    for name, key in (("01-portfolio", ""), ("05-province", "province"), ("06-actor", "actor")):
        parameters = (f'{key}: str = ""\n' if key else "") + PARAMETERS
        write(batch.project.root, name, notebook("import json\n" + POLLUTE, parameters=parameters))
    assert batch.run(workers=2) == 0
    found = []
    for path in sorted(batch.out.rglob("*.ipynb")):
        cell = json.loads(path.read_text())["cells"][-1]
        found.append(json.loads("".join(cell["outputs"][0]["text"])))
    assert len(found) == 5
    assert {json.dumps(one["marks"]) for one in found} == {json.dumps(found[0]["marks"])}
    marks = found[0]["marks"]
    assert (marks["module"], marks["environment"], marks["path"], marks["name"]) == (False, False, False, False)
    assert (marks["cwd"], marks["rcParams"], marks["threads"]) == ("notebooks", 1.5, 1)
    for place in (0, 1):  # every run draws its own random numbers
        assert len({one["drawn"][place] for one in found}) == 5


def test_a_run_over_its_limits_is_killed_and_reported(batch):
    slow = "import time\nif province == '02':\n    time.sleep(60)\nif province == '03':\n    x = bytearray(700_000_000); time.sleep(60)\n"
    die = "import os\nif province == '21':\n    os.kill(os.getpid(), 9)"
    write(batch.project.root, "05-province", notebook(slow, die, parameters='province: str = ""\n' + PARAMETERS))
    assert batch.run(only=["notebook=05-province"], seconds=6, memory=500_000_000) == 1
    errors = {run["key"]: run.get("error") for run in batch.report()["runs"] if run["notebook"] == "05-province"}
    assert errors["02"]["message"] == "exceeded its time limit of 6 s and was killed; raise it with --seconds"
    assert errors["03"]["message"].endswith(
        "of memory, exceeded its limit of 500 MB and was killed; raise it with --memory"
    )
    assert errors["21"]["message"] == "the notebook's process was killed by SIGKILL, as when memory runs out"
    assert [errors[key]["cell"] for key in ("02", "03", "21")] == [3, 3, 4]
    assert "the notebook&#39;s process was killed by SIGKILL" in batch.tree()["runs/05-province/21.html"].decode()


def test_an_ordinary_kernel_over_its_limit_of_memory_is_killed_and_reported(batch):
    cell = "print('begun', flush=True)\nimport time\ntime.sleep(1)  # a kernel sends what it has printed now and then\nx = bytearray(700_000_000)\ntime.sleep(100)"
    batch.params[0].write_text("register: small\nruns:\n  - {notebook: 01-portfolio, engine: nbclient}\n")
    write(batch.project.root, "01-portfolio", notebook(cell))
    assert batch.run(memory=500_000_000) == 1
    (run,) = batch.report()["runs"]
    console = r"took \d+ MB of memory, exceeded its limit of 500 MB and was killed; raise it with --memory"
    assert (run["error"]["type"], bool(re.fullmatch(console, run["error"]["message"]))) == ("RunStopped", True), run
    made = json.loads(batch.tree()["runs/01-portfolio/all.ipynb"])
    assert made["cells"][-1]["outputs"][0]["text"] == ["begun\n"]


LEAVING = """\
import os, subprocess, threading, time
def begin(**kwargs):
    child = subprocess.Popen(["sleep", "600"], **kwargs)
    print(child.pid, flush=True)
begin()
begin(start_new_session=True)
thread = threading.Thread(target=begin, kwargs={"start_new_session": True})
thread.start(); thread.join()
"""


@pytest.mark.parametrize("ending", ["", "time.sleep(60)", "os.kill(os.getpid(), 9)"])
def test_what_a_run_started_ends_with_it(batch, ending):
    write(batch.project.root, "01-portfolio", notebook(LEAVING, ending or "pass"))
    assert batch.run(only=["notebook=01-portfolio"], seconds=4) == int(bool(ending))
    outputs = json.loads((batch.out / "runs/01-portfolio/all.ipynb").read_text())["cells"]
    console = "".join(
        line
        for cell in outputs
        for out in cell.get("outputs", ())
        if out.get("name") == "stdout"
        for line in out["text"]
    )
    started = [Path(f"/proc/{pid}/cmdline") for pid in console.split()]
    assert len(started) == 3
    deadline = time.monotonic() + 5
    while any(path.exists() and path.read_bytes() for path in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [path for path in started if path.exists() and path.read_bytes()]


def test_a_run_that_cannot_be_ended_from_within_is_said_to_be_over_its_time(monkeypatch):
    child = subprocess.Popen(["sleep", "60"])
    monkeypatch.setattr(job_queue, "_GRACE", 0.0)
    run = job_queue.RunningJob(job(seconds=0.01), child.pid)
    time.sleep(0.05)
    run.end_if_overdue()
    outcome = run.outcome(child.wait(10))
    assert outcome.state == "failed"
    assert outcome.error["message"] == "exceeded its time limit of 0.01 s and was killed; raise it with --seconds"
    killed = job_queue.RunningJob(job(seconds=60)).outcome(-9)
    assert killed.error["message"] == "its process was killed by SIGKILL, as when memory runs out"
    unwritten = job_queue.RunningJob(job(seconds=60)).outcome(job_queue.CANNOT_WRITE)
    assert unwritten.error["message"] == "its process could not write its result: the disk may be full"


def test_a_job_and_its_outcome_go_through_json():
    one = job(parameters={"province": "02"}, republication=Republication("a.ipynb", "failed", {"type": "A"}, 3))
    assert Job.of(json.loads(json.dumps(one.data()))) == one
    assert one.again(2).again(3).stage == "/nowhere~3"
    outcome = Outcome(
        "ok",
        files={"a": (1, "x", 2)},
        exhibits=[{"name": "a"}],
        reads=["all"],
        opened=["b"],
        programs=["d"],
        warnings=["c"],
    )
    assert Outcome.of(json.loads(json.dumps(outcome.data()))) == outcome


def test_a_ctrl_c_that_python_loses_while_a_batch_starts_still_stops_it(batch, monkeypatch):
    class Ended:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)  # in here an interruption is only printed

    def losing(*asked):
        Ended()
        return members(*asked)

    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda console: lost.append(console.exc_type))
    interrupts = InterruptHandler()
    before = signal.getsignal(signal.SIGINT)
    with interrupts.raising():
        status = batch._do(run_editions, membership=losing, interrupts=interrupts)
    assert lost == [KeyboardInterrupt]
    assert (status, interrupts.count) == (130, 1)
    assert set(batch.states().values()) == {"not made"}
    count = len(batch.states())
    assert f"stopped: {count} runs were not made; the next batch makes them" in batch.console_text
    assert signal.getsignal(signal.SIGINT) is before
    assert batch.run() == 0


def test_a_ctrl_c_while_the_server_imports_ends_it():
    class Importing(ForkServer):
        def ready(self, modules, registers=()):
            raise KeyboardInterrupt

    server = Importing()
    with pytest.raises(KeyboardInterrupt):
        ForkExecutor([], 1, print, server)
    with pytest.raises(ChildProcessError):  # nobody is left to wait for
        os.waitpid(server.pid, os.WNOHANG)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "exhibits/bad.json must hold a JSON object, but holds [1, 2]"),
        ("3", "exhibits/bad.json must hold a JSON object, but holds 3"),
        ('{"name": ["a"]}', 'exhibits/bad.json: name must be text, but is ["a"]'),
        (
            "{",
            "exhibits/bad.json is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_an_exhibit_that_is_no_mapping_fails_its_run_alone(batch, text, message):
    cell = f"exhibit('a', 'one')\n(folder / 'exhibits/bad.json').write_text({text!r})"
    write(batch.project.root, "01-portfolio", notebook(WRITE, cell))
    assert batch.run() == 1
    failed = [run for run in batch.report()["runs"] if run["state"] == "failed"]
    assert [(run["id"], run["error"]["type"], run["error"]["message"]) for run in failed] == [
        ("01-portfolio/all", "BadExhibit", message)
    ]
    assert sum(run["state"] == "ok" for run in batch.report()["runs"]) == 4
    assert (batch.out / "runs/01-portfolio/all.html").is_file()
    assert "figures/a.178.svg" not in batch.tree()


def test_a_run_that_is_made_again_publishes_nothing_of_its_first_attempt(batch, tmp_path):
    first = tmp_path / "first"
    cell = f"""
import os, signal, time
if not os.path.exists({str(first)!r}):
    open({str(first)!r}, "w").close()
    exhibit("first-only", "left behind")
    (folder / "data" / "a.csv").write_text("half a fi")
    def parent(pid):
        return int(open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[1])
    server = os.getpid()
    while "forkserver" in open(f"/proc/{{parent(server)}}/cmdline").read():
        server = parent(server)
    os.kill(server, signal.SIGKILL)
    time.sleep(60)
exhibit("a", "whole")
"""
    write(batch.project.root, "01-portfolio", notebook(WRITE, cell))
    assert batch.run(only=["notebook=01-portfolio"]) == 0
    assert first.exists()
    assert "was killed; starting it again" in batch.console_text
    tree = batch.tree()
    assert tree["data/a.csv"] == b"text\nwhole\n"
    assert not [name for name in tree if "first-only" in name]
    assert not (batch.project.root / "build/.staging").exists()


def test_half_a_character_is_printed_as_what_it_is(batch):
    write(batch.project.root, "01-portfolio", notebook(r"print('\ud83d half, \udcff a byte, ខ្មែរ 😀')", "print('on')"))
    assert batch.run(only=["notebook=01-portfolio"]) == 0
    cells = json.loads((batch.out / "runs/01-portfolio/all.ipynb").read_text())["cells"]
    console = ["".join(cell["outputs"][0]["text"]) for cell in cells if cell.get("outputs")]
    assert console == ["\\ud83d half, \\udcff a byte, ខ្មែរ 😀\n", "on\n"]


@pytest.mark.parametrize("what", ["register: smal", "register: small\nlanguag: en", "register: small\nlanguage: 3"])
def test_a_mistake_in_the_edition_stops_before_the_first_run(batch, edit, what):
    edit(EDITION.replace("register: small", what))
    with pytest.raises(LnlibError):
        batch.run()
    assert not batch.out.exists()


def test_an_output_folder_that_cannot_be_written_is_one_clear_error(batch):
    batch.out.parent.mkdir()
    batch.out.write_text("a file where the folder should be")
    with pytest.raises(OutputNotWritable, match=r"the output folder .*small cannot be written to: File exists"):
        batch.run()


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no POSIX users here")
def test_a_read_only_output_folder_is_one_clear_error():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        out = Path(folder) / "small"
        out.mkdir(mode=0o555)
        before = os.geteuid()
        if before == 0:  # root may write anywhere: ask as a user who may not
            os.seteuid(65534)
        try:
            with pytest.raises(OutputNotWritable, match="Permission denied"):
                check_writable(out)
        finally:
            os.seteuid(before)


def test_an_edition_is_made_by_one_batch_at_a_time(batch):
    lock = batch.project.root / "build/.ledger/small.lock"
    with edition_lock(lock, "small"), pytest.raises(EditionBusy) as caught:
        batch.run()
    assert str(caught.value) == (
        f"another batch (process {os.getpid()}) is making the edition small; wait for it to end"
    )


def test_who_waits_for_another_batch_says_so(batch):
    lock = batch.project.root / "build/.ledger/small.lock"
    console = []
    with (
        edition_lock(lock, "small"),
        pytest.raises(EditionBusy),
        edition_lock(lock, "small", wait=0.1, notify=console.append),
    ):
        raise AssertionError("both hold it")
    assert console == [f"another batch (process {os.getpid()}) is making the edition small; waiting for it to end"]


def test_clean_keeps_the_lock_that_another_batch_may_wait_for(built):
    lock = built.project.root / "build/.ledger/small.lock"
    before = lock.stat().st_ino
    assert built.clean() == 0
    assert lock.stat().st_ino == before
    assert not built.out.exists()
    assert sorted(path.name for path in lock.parent.iterdir()) == [".members.lock", "members.json", "small.lock"]


@pytest.mark.parametrize("name", ["params/smal.yml", "params", "..", "params/..", "nowhere/..", ".ledger", ".yml"])
def test_clean_removes_only_what_is_an_edition(built, monkeypatch, name):
    monkeypatch.chdir(built.project.root / "notebooks" if name == ".." else built.project.root)
    before = sorted(built.project.root.rglob("*"))
    with pytest.raises(EditionError, match=r"edition file|has a folder"):
        clean([Path(name)])
    assert sorted(built.project.root.rglob("*")) == before


def test_clean_removes_an_edition_whose_file_is_gone(built):
    built.params[0].unlink()
    assert built.clean() == 0
    assert not built.out.exists()


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no POSIX users here")
def test_who_may_only_read_sees_the_ledger_and_removes_nothing():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = ledger.Ledger(folder / "small.sqlite")
        kept.put(ledger.Record.of(id="a", state="ok", made_from={}, page_from="", files={}))
        kept.close()
        folder.chmod(0o555)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            read = ledger.Ledger(folder / "small.sqlite")
            assert read.records()["a"].state == "ok"
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                read.put(read.records()["a"])
            read.close()
            with pytest.raises(OutputNotWritable, match="Permission denied"), edition_lock(folder / "a.lock", "a"):
                pass
        finally:
            os.seteuid(before)
            folder.chmod(0o755)
        assert (folder / "small.sqlite").exists()


def test_a_dry_run_tells_the_plan_in_words_and_makes_nothing(batch, edit):
    edit(
        EDITION
        + "exhibits:\n  - 01-portfolio-who\n  - {name: 05-province-02, width: page, status: draft, title: Here}\n"
    )
    assert batch.run(dry_run=True) == 0
    assert batch.console_text.splitlines() == [
        "small: A small edition",
        "  register: A small register (simulated), 3 provinces",
        "  5 runs to make, 0 up to date",
        "  01-portfolio: 1 of 1: never made",
        "  05-province, 3 runs, for each province (Battambang, Kampong Cham, Takeo): 3 of 3: never made",
        "  06-actor, 1 run, for each actor (Youth Club): 1 of 1: never made",
        "  2 exhibits for print:",
        "    1. 01-portfolio-who: column, final",
        "    2. 05-province-02: page, draft, “Here”",
    ]
    assert not (batch.project.root / "build").exists()


@pytest.mark.parametrize(
    ("empty", "each", "shown"),
    [
        (
            ["21"],
            "all",
            "2 runs, for each province (Battambang, Kampong Cham; 1 province without a partnership left out)",
        ),
        (["03", "21"], "all", "1 run, for each province (Battambang; 2 provinces without a partnership left out)"),
        (["21"], '["02"]', "1 run, for each province (Battambang)"),
        (["21"], '["02", "03", "21"]', "3 runs, for each province (Battambang, Kampong Cham, Takeo)"),
    ],
)
def test_a_dry_run_counts_the_provinces_that_are_left_out_as_they_have_no_partnership(batch, edit, empty, each, shown):
    def with_empty(*asked):
        found = members(*asked)
        return replace(found, numbers={**found.numbers, **{key: {"n": 0, "assessed": 0} for key in empty}})

    edit(EDITION.replace("{province: all}", f"{{province: {each}}}"))
    batch.membership = with_empty
    assert batch.run(dry_run=True) == 0
    count = shown.split()[0]
    assert f"  05-province, {shown}: {count} of {count}: never made" in batch.console_text.splitlines()


def test_commands_are_plain_papermill(batch, monkeypatch):
    monkeypatch.chdir(batch.project.root)
    assert batch.run(commands=True, only=["province=Battambang"]) == 0
    assert batch.console_text.splitlines() == [
        "mkdir -p build/small/runs/05-province",
        "papermill notebooks/05-province.ipynb build/small/runs/05-province/02.ipynb --cwd notebooks -r register small "
        "-r frame 24 -r period_from 2009-06 -r period_to 2014 -r province 02 -r out ../build/small",
    ]
    assert not (batch.project.root / "build").exists()
    mkdir, papermill = (shlex.split(line) for line in batch.console_text.splitlines())
    subprocess.run(mkdir, check=True)
    papermill[0:1] = [sys.executable, "-m", "papermill", "--no-progress-bar", "--engine", "lnlib"]
    subprocess.run(papermill, check=True, capture_output=True)
    assert (batch.out / "figures/05-province.02.178.svg").exists()


def test_an_actor_with_markup_in_its_name_stays_text(batch, monkeypatch):
    name = "<script>alert(1)</script>"

    def with_markup(*asked):
        found = members(*asked)
        return replace(found, actors=[("youth-club", name, "non_state")], provinces=[("02", "<b>B</b>")])

    write(
        batch.project.root,
        "06-actor",
        notebook(
            f"from IPython.display import Markdown\ndisplay(Markdown({('# ' + name)!r}))\nprint({name!r})\n{name!r}",
            parameters='actor: str = ""\n' + PARAMETERS,
        ),
    )
    monkeypatch.setattr("small_project.members", with_markup)
    assert batch.run() == 0
    for page in ("index.html", "runs/06-actor/youth-club.html", "runs/05-province/02.html"):
        html = (batch.out / page).read_text()
        assert "<script>alert" not in html
        assert "<b>B" not in html
    page = (batch.out / "runs/06-actor/youth-club.html").read_text()
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def test_ordinary_kernels_make_the_same_pages(batch, monkeypatch, capfd):
    batch.run(only=["province=02"])
    forked = batch.tree()
    batch.clean()
    monkeypatch.setenv("LNLIB_NO_FORK", "1")
    assert batch.run(only=["province=02"]) == 0
    assert "Runs use ordinary kernels: LNLIB_NO_FORK is set" in batch.console_text
    assert batch.tree() == forked
    assert batch.report()["executed_by"] == "kernels: LNLIB_NO_FORK is set"
    assert capfd.readouterr().err == ""  # what kernels say of themselves is nobody's concern

    write(batch.project.root, "01-portfolio", notebook("import os\nos.kill(os.getppid(), 9)"))
    monkeypatch.setenv("PYTHONVERBOSE", "1")  # any words on standard error
    assert batch.run(only=["notebook=01-portfolio"]) == 1
    error = next(run["error"] for run in batch.report()["runs"] if run["id"] == "01-portfolio/all")
    assert error["message"] == "its process was killed by SIGKILL, as when memory runs out"
    assert "import " in error["traceback"]


def test_a_run_may_have_an_ordinary_kernel(batch):
    code = "import sys\nprint('ipykernel_launcher' in sys.argv[0])"
    write(batch.project.root, "05-kernel", notebook(code))
    params = batch.project.root / "params/small.yml"
    params.write_text("title: T\nregister: small\nruns:\n  - {notebook: 05-kernel, engine: nbclient}\n")
    assert batch.run() == 0
    assert "True" in batch.tree()["runs/05-kernel/all.ipynb"].decode()
    assert batch.status() == 0
    console = "  05-kernel/all: has an ordinary kernel; which files it reads is not seen: declare them under reads\n"
    assert batch.console_text == f"small: everything is up to date\n{console}"
    params.write_text(params.read_text().replace(", engine: nbclient", ""))
    assert batch.run() == 0
    assert "False" in batch.tree()["runs/05-kernel/all.ipynb"].decode()
    params.write_text(params.read_text().replace("05-kernel", "05-kernel, engine: jupyter"))
    with pytest.raises(LnlibError, match="engine 'jupyter' is not known"):
        batch.run()


def test_warnings_of_runs_are_printed_and_reported_also_of_runs_that_are_up_to_date(batch):
    cell = "import warnings\nwarnings.warn(f'words of {province} overlap')\nprint('no Warning: here')"
    write(batch.project.root, "05-province", notebook(cell, parameters='province: str = ""\n' + PARAMETERS))
    expected = {f"05-province/{key}": [f"UserWarning: words of {key} overlap"] for key in ("02", "03", "21")}
    for state in ("ok", "up to date"):
        assert batch.run() == 0
        for key, texts in expected.items():
            assert f"  {key} warned: {texts[0]}\n" in batch.console_text
            assert f"\n{key} warned: {texts[0]}\n" in (batch.out / "report.txt").read_text()
        report = batch.report()
        assert report["warnings"] == 3
        assert {run["id"]: run["warnings"] for run in report["runs"] if "warnings" in run} == expected
        assert {run["state"] for run in report["runs"]} == {state}


def test_of_many_warnings_the_report_has_all(batch):
    cell = "import warnings\nfor number in range(4):\n    warnings.warn(f'warning {number} of {province}')"
    write(batch.project.root, "05-province", notebook(cell, parameters='province: str = ""\n' + PARAMETERS))
    assert batch.run() == 0
    assert batch.console_text.count("warned: UserWarning") == 5
    assert "  7 more warnings: " in batch.console_text
    assert (batch.out / "report.txt").read_text().count("warned: UserWarning: warning ") == 12


def state_of_files(folder):
    """Return every file and folder with its content and times."""
    return {
        path: (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")
    }


def test_status_and_the_plan_write_nothing(batch):
    for before in ("never made", "made"):
        there = state_of_files(batch.project.root)
        assert batch.status() == (before == "never made")
        assert batch.run(dry_run=True) == 0
        assert state_of_files(batch.project.root) == there
        assert batch.run() == 0


def test_a_workbook_that_has_changed_since_its_import_makes_an_edition_out_of_date(batch):
    source, register = batch.project.root / "tracker.xlsx", batch.project.root / "data" / "small"
    source.write_bytes(b"as imported")
    Origin.of(source, register).write(register, {})
    assert (batch.run(), batch.status()) == (0, 0)
    source.write_bytes(b"one more assessment")
    assert batch.status() == 1
    assert "small: every run is up to date\n  register: " in batch.console_text
    assert "tracker.xlsx has changed since the register was imported from it; `lnlib import " in batch.console_text
    assert batch.run() == 0
    assert re.search("small: .*tracker.xlsx has changed since the register was imported from it; ", batch.console_text)


def test_status_reads_what_a_killed_batch_left_in_the_log_of_its_ledger(built):
    file = built.project.root / "build/.ledger/small.sqlite"
    kept = ledger.Ledger(file)
    record = kept.records()["05-province/02"]
    kept.put(ledger.Record.of(id=record.id, state="begun", made_from={}, page_from="", files=record.files))
    copied = built.project.root / "copied"
    shutil.copytree(built.project.root / "build", copied)  # while the log waits: as after a kill
    kept.close()
    assert (copied / ".ledger/small.sqlite-wal").stat().st_size
    assert built.status(build=copied) == 1
    assert "05-province/02: the batch that was publishing it was ended" in built.console_text


def test_a_notebook_that_sets_the_environment_keeps_no_other_from_importing_ahead(batch, monkeypatch):
    write(batch.project.root, "01-portfolio", notebook("import os\nos.environ['A'] = 'a'", "import scipy"))
    write(batch.project.root, "05-province", notebook("import pandas", parameters='province: str = ""\n' + PARAMETERS))
    asked = []

    def execute(jobs, *, modules, **_):
        asked.extend(modules)
        return "nothing"

    monkeypatch.setattr("lnlib.batch.batch.execute", execute)
    assert batch.run() == 0
    assert asked == ["pandas"]


def test_runs_begin_longest_first_as_they_took_the_last_time_and_else_those_of_the_whole(built, monkeypatch):
    begun = []

    def execute(jobs, **_):
        begun.extend(job.run for job in jobs)
        return "nothing"

    monkeypatch.setattr("lnlib.batch.batch.execute", execute)
    kept = ledger.Ledger(built.project.root / "build/.ledger/small.sqlite")
    records = kept.records()
    seconds = {"01-portfolio/all": 2.0, "05-province/02": 1.0, "05-province/03": 9.0, "06-actor/youth-club": 5.0}
    for key, took in seconds.items():
        kept.put(replace(records[key], seconds=took))
    kept.drop([records["05-province/21"]])
    kept.close()
    built.run(force=True)
    longest = ["05-province/03", "06-actor/youth-club", "01-portfolio/all", "05-province/02"]
    assert begun == [*longest, "05-province/21"]  # never made, and of one province
    begun.clear()
    shutil.rmtree(built.project.build)
    built.run()
    assert begun[0] == "01-portfolio/all"
    assert sorted(begun) == sorted(records)
