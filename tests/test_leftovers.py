"""No command leaves a process, an open file or a temporary file behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from functools import partial
from pathlib import Path

import psutil
import pytest
from edition_folders import figure, write_edition
from note_project import FRONT, small_edition
from small_project import EDITION, PARAMETERS, WRITE, members, notebook, write

from lnlib import cli

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts what /proc lists")
ROOT = Path(__file__).parents[1]
SMALL, RATES = ROOT / "tests/registers/small", ROOT / "data/demonstration/rates.yml"


def left(temporary):
    """Count open files, child processes and temporary files."""
    process = psutil.Process()
    files = sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd))  # noqa: PTH115, PTH208
    children = [child.pid for child in process.children(recursive=True)]
    return Counter([*files, *children, *(path.name for path in temporary.rglob("*"))])


def _is_open(fd):
    try:
        os.fstat(int(fd))
    except OSError:  # of the listing itself
        return False
    return True


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small project with two editions made by hand, as the working folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(cli, "_members", members)
    project = tmp_path / "project"
    for part in ("notebooks", "params", "data/small", "notes"):
        (project / part).mkdir(parents=True)
    (project / "data/small/actors.csv").write_text("actor\nyouth-club\n")
    for name, key in (("01-portfolio", ""), ("05-province", 'province: str = ""\n'), ("06-actor", 'actor: str = ""\n')):
        write(project, name, notebook(WRITE, f"exhibit('{name}', 'all')", parameters=key + PARAMETERS))
    (project / "params/small.yml").write_text(EDITION.partition("runs:")[0] + "runs: [{notebook: 01-portfolio}]\n")
    for name in ("old", "new"):
        write_edition(project / name, figure(title=f"The {name} one"))
    small_edition(project / "build of notes/small")
    (project / "notes/a.en.md").write_text(FRONT + "Words.\n")
    monkeypatch.chdir(project)
    return project


COMMANDS = {
    "check": (["check", str(SMALL)], 0),
    "import": (["import", str(SMALL), "--to", "imported"], 0),
    "template": (["template", "template.xlsx"], 0),
    "simulate": (["simulate", "simulated", "--rates", str(RATES), "--partnerships", "3"], 0),
    "run": (["run", "params/small.yml", "--force"], 0),
    "status": (["status", "params/small.yml"], 1),
    "clean": (["clean", "params/small.yml"], 0),
    "note": (["note", "notes/a.en.md", "--build", "build of notes"], 0),
    "pack": (["pack", "new"], 0),
    "compare": (["compare", "old", "new"], 1),
    "refused": (["pack", "nowhere"], 2),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_left(folder, tmp_path, monkeypatch, name):
    words, status = COMMANDS[name]
    monkeypatch.setattr("sys.argv", ["lnlib", *words])
    for time in ("first", "second"):  # the first loads what stays open, such as fonts
        shutil.rmtree(folder / "build", ignore_errors=True)
        (folder / "template.xlsx").unlink(missing_ok=True)
        before = left(tmp_path / "temporary")
        if name == "clean":
            monkeypatch.setattr("sys.argv", ["lnlib", *COMMANDS["run"][0]])
            with pytest.raises(SystemExit):
                cli.main()
            monkeypatch.setattr("sys.argv", ["lnlib", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == status
        after = left(tmp_path / "temporary")
        if time == "second":
            assert not after - before
    assert not list((tmp_path / "temporary").iterdir())


MARK = "LNLIB_TEST_LEFTOVERS"


def marked(value):
    """Return the ids of processes that were started with this mark in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == value:
                found.append(process.pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "TERM"])
def test_the_explorer_leaves_nothing(folder, tmp_path, number):
    environment = {**os.environ, MARK: str(tmp_path)}
    command = [str(Path(sys.executable).with_name("lnlib")), "explore", str(SMALL), "--no-browser"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where the tests are run in the background
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=heard)
    try:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        for page in (url, f"{url.partition('?')[0]}?view=stages"):
            with jar.open(page, timeout=60) as answer:
                assert answer.status == 200
        assert marked(str(tmp_path)) == [server.pid]
        server.send_signal(number)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert marked(str(tmp_path)) == []
    assert not list((tmp_path / "temporary").iterdir())
