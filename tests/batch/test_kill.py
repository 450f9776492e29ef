"""A batch that is killed leaves whole files, and the next one completes to what an undisturbed one makes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from small_project import PARAMETERS, WRITE, members, notebook, write

from lnlib.batch.execute import forkserver
from lnlib.batch.execute.limits import children, process_tree
from lnlib.batch.run_command import RunOptions, run_editions

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
PROCESS = Path(__file__).with_name("batch_process.py")
# the signal, and whether every process of the batch gets it; `benchmarks/batch/kills.py` does 200 of many more kinds
KILLS = ((signal.SIGKILL, True), (signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGHUP, False))


def start(params, build):
    return subprocess.Popen(
        [sys.executable, str(PROCESS), str(params), str(build)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def build_here(params, build):
    """Build in this process what no other one disturbs."""
    console = Console(quiet=True)
    assert run_editions([params], membership=members, options=RunOptions(), build=build, console=console) == 0


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {"report.json", "report.txt"} and ".ledger" not in path.parts
    }


def family(build):
    """Find the processes that work for a build folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"LNLIB_OUT=" + str(build).encode() in environment:
            found.append(folder.name)
    return found


def test_killed_batches_complete_to_the_undisturbed_one(project, tmp_path):
    params = project.root / "params/small.yml"
    for name, key in (("05-province", "province"), ("06-actor", "actor")):
        cells = [WRITE, f'exhibit(f"{name}.{{{key}}}", {key})', f'exhibit(f"{name}.{{{key}}}.b", {key})']
        write(project.root, name, notebook(*cells, parameters=f'{key}: str = ""\n' + PARAMETERS))
    started = time.monotonic()
    whole = start(params, tmp_path / "whole")
    assert whole.wait(120) == 0, whole.stderr.read()
    whole.stderr.close()
    took = time.monotonic() - started

    chance = random.Random(6)
    killed = tmp_path / "killed"
    for number, everybody in KILLS:
        batch = start(params, killed)
        time.sleep(chance.uniform(0.3, 1.0) * took)
        for pid in process_tree(batch.pid) if everybody else [batch.pid]:
            with contextlib.suppress(ProcessLookupError):  # it may end with the one before it
                os.kill(pid, number)
        batch.wait()
        batch.stderr.close()
        expected = tree(tmp_path / "whole")
        found = {name: content for name, content in tree(killed).items() if ".staging" not in name}
        for name, content in found.items():
            if name.startswith(("small/runs", "small/figures", "small/data")):
                assert content == expected[name], name
    deadline = time.monotonic() + 10
    while family(killed) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert family(killed) == []  # nothing goes on without its batch
    build_here(params, killed)
    assert tree(killed) == tree(tmp_path / "whole")


@pytest.mark.parametrize("limit", [20_000, 60_000])
def test_a_full_disk_leaves_whole_files_and_the_next_batch_completes(project, tmp_path, limit):
    """No file may be larger than the limit: what a run makes, or at once the ledger, cannot be written."""
    params = project.root / "params/small.yml"
    big = f"{WRITE}\nprint(province * 20_000)\nexhibit(f'05.{{province}}', province * 5_000)"
    write(project.root, "05-province", notebook(big, parameters='province: str = ""\n' + PARAMETERS))
    build_here(params, tmp_path / "whole")
    expected = tree(tmp_path / "whole")

    code = (
        f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
        f"sys.argv[:] = [{str(PROCESS)!r}, *sys.argv[1:]]; sys.path.insert(0, {str(PROCESS.parent)!r}); "
        f"runpy.run_path({str(PROCESS)!r}, run_name='__main__')"
    )
    full = tmp_path / "full"
    line = [sys.executable, "-c", code, str(params), str(full)]
    message = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert message.returncode == 1
    assert "Traceback" not in message.stderr
    assert "cannot write to" in message.stderr or "failed" in message.stderr
    for name, content in tree(full).items():
        if name.startswith(("small/runs", "small/figures", "small/data")):
            failed = name.startswith("small/runs") and b"This page is not complete" in content
            assert content == expected[name] or failed or name.endswith(".ipynb"), name

    build_here(params, full)
    assert tree(full) == expected


def test_two_batches_at_once_on_two_editions_do_not_mix(project, tmp_path):
    first, second = project.root / "params/small.yml", project.root / "params/other.yml"
    second.write_text(first.read_text().replace('frame: "24"', 'frame: "25"'))
    for params in (first, second):
        build_here(params, tmp_path / "alone")
    both = [start(params, tmp_path / "both") for params in (first, second)]
    for batch in both:
        assert batch.wait(120) == 0, batch.stderr.read()
        batch.stderr.close()
    assert tree(tmp_path / "both") == tree(tmp_path / "alone")


def test_ctrl_c_once_finishes_what_runs_and_twice_stops_now(project, tmp_path):
    params = project.root / "params/small.yml"
    slow = f"import time, pathlib\npathlib.Path({str(tmp_path)!r}, 'going-' + province).touch()\ntime.sleep(%s)"
    parameters = 'province: str = ""\n' + PARAMETERS
    for times, seconds in ((1, 3), (2, 100)):
        write(project.root, "05-province", notebook(slow % seconds, parameters=parameters))
        params.write_text("register: small\nruns:\n  - {notebook: 05-province, for_each: {province: all}}\n")
        batch = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import os; os.environ['LNLIB_WORKERS'] = '1'; import runpy, sys; "
                f"sys.argv[:] = [{str(PROCESS)!r}, *sys.argv[1:]]; sys.path.insert(0, {str(PROCESS.parent)!r}); "
                f"runpy.run_path({str(PROCESS)!r}, run_name='__main__')",
                str(params),
                str(tmp_path / "out"),
            ],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("going-*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        for path in tmp_path.glob("going-*"):
            path.unlink()
        for _ in range(times):
            batch.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert batch.wait(60) == 130
        message = batch.stderr.read()
        batch.stderr.close()
        assert "Finishing what runs; press Ctrl-C again to stop now" in message
        states = [run["state"] for run in json.loads((tmp_path / "out/small/report.json").read_text())["runs"]]
        assert states.count("ok") == (1 if times == 1 else 0), message


DAEMON = """
import os, pathlib, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # one that executes another program, and one that does not
        (pathlib.Path({0!r}) / f"forked-{{os.getpid()}}").touch()
        time.sleep(300)
    subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); open(os.path.join({0!r}, 'executed-%d' % os.getpid()), 'w'); time.sleep(300)"])
    os._exit(0)
while len(list(pathlib.Path({0!r}).glob("*-*"))) < 2:
    time.sleep(0.02)
time.sleep({1})
"""


def alive(pid):
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("victim", ["none", "run", "fork server", "batch", "all"])
def test_no_daemon_outlives_its_batch(project, tmp_path, victim):
    """Two processes that leave their session and their parents end with the run, its fork server, the batch, or the next one."""
    params, started = project.root / "params/small.yml", tmp_path / "started"
    started.mkdir()
    params.write_text("register: small\nruns:\n  - notebook: 01-portfolio\n")
    seconds = 0 if victim == "none" else 120
    write(project.root, "01-portfolio", notebook(WRITE, DAEMON.format(str(started), seconds)))
    batch = start(params, tmp_path / "build")
    deadline = time.monotonic() + 60
    while len(list(started.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    daemons = [int(path.name.partition("-")[2]) for path in started.iterdir()]
    assert len(daemons) == 2
    server = children(batch.pid)[0] if victim != "none" else 0
    if victim == "run":
        os.kill(children(server)[0], signal.SIGKILL)
    elif victim == "fork server":
        write(project.root, "01-portfolio", notebook(WRITE))  # what is made again
        os.kill(server, signal.SIGKILL)
    elif victim == "batch":
        os.kill(batch.pid, signal.SIGKILL)
    elif victim == "all":
        for pid in (batch.pid, server, *children(server)):
            with contextlib.suppress(ProcessLookupError):  # it may end with the one before it
                os.kill(pid, signal.SIGKILL)
        batch.wait()
        write(project.root, "01-portfolio", notebook(WRITE))
        assert any(map(alive, daemons))
        batch.stderr.close()
        batch = start(params, tmp_path / "build")
    deadline = time.monotonic() + 60
    while any(map(alive, daemons)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, daemons))
    assert batch.wait(60) == {"run": 1, "batch": -signal.SIGKILL}.get(victim, 0), batch.stderr.read()
    batch.stderr.close()
