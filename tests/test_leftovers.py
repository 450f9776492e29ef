"""No command leaves a process, an open file or a temporary file behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import psutil
import pytest
from editions_made import figure, write_edition
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
