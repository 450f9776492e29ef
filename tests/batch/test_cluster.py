"""Runs on a Dask cluster: the same as on this machine, whatever happens to workers."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_project import PARAMETERS, WRITE, Batch, notebook, write
from test_command import job

import lnlib
from lnlib.batch.dask.cluster import Cluster as ClusterExecutor
from lnlib.batch.dask.cluster import ClusterError
from lnlib.batch.dask.payload import differences, pack_project
from lnlib.batch.execute import forkserver
from lnlib.errors import EditionError

PROCESS = Path(__file__).with_name("batch_process.py")
pytestmark = [pytest.mark.cluster, pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")]


class Cluster:
    """A scheduler and workers in processes of their own, as on machines that share no files."""

    def __init__(self, folder: Path, **env: str):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.processes = [self._process("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", **env)]

    def worker(self, **env: str) -> subprocess.Popen:
        folder = self.folder / f"worker-{len(self.processes)}"
        folder.mkdir()
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        process = self._process("worker", self.address, *options, "--local-directory", str(folder), cwd=folder, **env)
        self.processes.append(process)
        return process

    def _process(self, what: str, *options: str, cwd: Path | None = None, **env: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + what, *options],
            cwd=cwd or self.folder,
            env={**os.environ, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def with_workers(self, count: int) -> list[subprocess.Popen]:
        """Start workers until so many run and the scheduler knows them, and return them."""
        from distributed import Client

        while len(running := [one for one in self.processes[1:] if one.poll() is None]) < count:
            self.worker()
        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        return running

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    level = logging.getLogger("distributed").level
    yield made
    made.close()
    logging.getLogger("distributed").setLevel(level)


@pytest.fixture(scope="module")
def clusters():
    """Those that tests of this file share, one after the other: each process takes seconds to start."""
    made = []
    level = logging.getLogger("distributed").level
    yield made
    for one in made:
        one.close()
    logging.getLogger("distributed").setLevel(level)


@pytest.fixture
def shared(clusters, tmp_path_factory):
    """A cluster with a worker or more; the next test has another if its scheduler is lost."""
    if not clusters or clusters[-1].processes[0].poll() is not None:
        clusters.append(Cluster(tmp_path_factory.mktemp("shared")))
    clusters[-1].with_workers(1)
    return clusters[-1]


@pytest.fixture
def batch(project):
    return Batch(project)


def many(batch, count, seconds=0.0):
    """Make the edition one of many small runs."""
    cells = [WRITE, f"import time; time.sleep({seconds})", 'exhibit(f"05.{number}", f"number {number}")']
    write(batch.project.root, "05-many", notebook(*cells, parameters="number: int = 0\n" + PARAMETERS))
    numbers = list(range(count))
    batch.params[0].write_text(f"register: small\nruns:\n  - {{notebook: 05-many, for_each: {{number: {numbers}}}}}\n")


def test_limits_hold_on_workers(batch, shared):
    many(batch, 2, seconds=60)
    assert batch.run(dask=shared.address, seconds=1.0, only=["number=0"]) == 1
    assert (
        "failed 05-many/0: RunStopped: exceeded its time limit of 1 s and was killed; raise it with --seconds (cell 4)"
        in batch.console_text
    )


@pytest.mark.parametrize(("times", "made"), [(1, 1), (2, 0)])
def test_ctrl_c_once_finishes_what_runs_and_twice_stops_now(batch, shared, tmp_path, times, made):
    many(batch, 3)
    slow = f"import pathlib, time\npathlib.Path({str(tmp_path)!r}, 'going').touch()\ntime.sleep({3 if made else 100})"
    write(batch.project.root, "05-many", notebook(slow, parameters="number: int = 0\n" + PARAMETERS))
    process = subprocess.Popen(
        [sys.executable, str(PROCESS), str(batch.params[0]), str(tmp_path / "build"), shared.address],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "going").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert process.wait(60) == 130
    message = process.stderr.read()
    process.stderr.close()
    lines = message.splitlines()
    assert "Finishing what runs; press Ctrl-C again to stop now" in lines
    assert f"stopped: {3 - made} runs were not made; the next batch makes them" in lines
    # Dask says nothing of its own
    assert [line for line in lines if "distributed" in line or "Traceback" in line] == []


def test_a_cluster_makes_what_this_machine_makes(batch, shared, tmp_path):
    shared.with_workers(2)
    reads_file = 'print(open("../data/note.txt").read())'
    (batch.project.root / "data/note.txt").write_text("a note")
    fails = "if province == '03':\n    raise ValueError('no rows')"
    cells = [WRITE, reads_file, 'exhibit(f"05.{province}", province)', fails]
    write(batch.project.root, "05-province", notebook(*cells, parameters='province: str = ""\n' + PARAMETERS))
    assert batch.run(build=tmp_path / "here", workers=2) == 1
    batch.out = tmp_path / "here/small"
    here, states = batch.tree(), batch.states()
    assert batch.run(build=tmp_path / "there", dask=shared.address) == 1
    batch.out = tmp_path / "there/small"
    assert batch.tree() == here
    assert batch.states() == states
    report = batch.report()
    assert report["executed_by"] == "dask"
    assert report["workers"] == 2
    assert batch.console_text.splitlines()[0] == "small: 5 of 5 runs to make, 2 at once"
    assert "failed 05-province/03: ValueError: no rows (cell 6, line 2)" in batch.console_text

    # the ledger knows what was read there
    assert batch.status(build=tmp_path / "there") == 1
    assert batch.console_text.splitlines() == [
        "small: 1 of 5 runs are stale",
        "  05-province/03: it failed: no rows",
    ]
    (batch.project.root / "data/note.txt").write_text("another note")
    batch.status(build=tmp_path / "there")
    assert "  05-province/02: data/note.txt changed" in batch.console_text.splitlines()
    # nothing is left on the workers
    assert list(shared.folder.rglob("*.ipynb")) == []


def test_a_worker_killed_in_the_midst_of_many_runs_loses_none(batch, shared, tmp_path):
    many(batch, 12, seconds=0.1)
    assert batch.run(build=tmp_path / "here") == 0
    batch.out = tmp_path / "here/small"
    here = batch.tree()
    first, _ = shared.with_workers(2)

    def kill_it():
        deadline = time.monotonic() + 100
        pages = tmp_path / "there/small/runs/05-many"
        while len(list(pages.glob("*.html"))) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_it)
    killer.start()
    try:
        assert batch.run(build=tmp_path / "there", dask=shared.address) == 0, batch.console_text
    finally:
        killer.join()
    assert first.wait(10) == -signal.SIGKILL
    batch.out = tmp_path / "there/small"
    assert list(batch.states().values()) == ["ok"] * 12
    assert batch.tree() == here


def test_a_scheduler_that_is_lost_stops_the_batch_and_keeps_what_was_made(batch, shared, tmp_path):
    many(batch, 16, seconds=0.3)

    def kill_it():
        pages = batch.out / "runs/05-many"
        while len(list(pages.glob("*.html"))) < 3:
            time.sleep(0.02)
        shared.processes[0].send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_it)
    killer.start()
    assert batch.run(dask=shared.address) == 1
    killer.join()
    assert f"stopped: the Dask scheduler at {shared.address} is gone" in batch.console_text
    states = list(batch.states().values())
    assert states.count("ok") >= 3
    assert set(states) == {"ok", "not made"}
    assert batch.run() == 0  # here, now: what was made is not made again
    states = list(batch.states().values())
    assert states.count("up to date") >= 3
    assert set(states) == {"ok", "up to date"}


def test_a_run_that_takes_its_worker_down_is_reported(batch, tmp_path):
    few = Cluster(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    try:
        for _ in range(2):
            few.worker()
        up = (
            "import os, signal, pathlib\n"
            "def parent(pid):\n"
            "    return int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])\n"
            "worker = parent(parent(parent(os.getpid())))\n"  # this is a shell; then the run, the forkserver, the worker
            "assert b'dask_worker' in pathlib.Path(f'/proc/{worker}/cmdline').read_bytes()\n"
            "os.kill(worker, signal.SIGKILL) if number == 1 else None"
        )
        many(batch, 3)
        write(batch.project.root, "05-many", notebook(up, parameters="number: int = 0\n" + PARAMETERS))
        assert batch.run(dask=few.address) == 1
        assert batch.states() == {"05-many/0": "ok", "05-many/1": "failed", "05-many/2": "ok"}
        assert "failed 05-many/1: RunDied: its worker died" in batch.console_text
    finally:
        few.close()


def test_a_worker_with_other_code_is_refused(batch, cluster, tmp_path):
    shutil.copytree(Path(lnlib.__file__).parent, tmp_path / "other/lnlib")
    with (tmp_path / "other/lnlib/letters.py").open("a") as file:
        file.write("# another version\n")
    cluster.worker(PYTHONPATH=str(tmp_path / "other"))
    with pytest.raises(ClusterError) as caught:
        batch.run(dask=cluster.address)
    lines = str(caught.value).splitlines()
    assert lines[0] == "workers must have the same lnlib and versions as this machine:"
    assert re.fullmatch(r"  tcp://127.0.0.1:\d+: lnlib [0-9a-f]{12} there, [0-9a-f]{12} here", lines[1])
    assert not (batch.out / "index.html").exists()


def test_a_worker_with_other_code_that_comes_later_stops_the_batch(batch, cluster, tmp_path):
    shutil.copytree(Path(lnlib.__file__).parent, tmp_path / "other/lnlib")
    with (tmp_path / "other/lnlib/letters.py").open("a") as file:
        file.write("# another version\n")
    cluster.worker()
    many(batch, 40, seconds=0.5)

    def add_it():
        while not list((batch.out / "runs/05-many").glob("*.html")):
            time.sleep(0.02)
        cluster.worker(PYTHONPATH=str(tmp_path / "other"))

    adding = threading.Thread(target=add_it)
    adding.start()
    assert batch.run(dask=cluster.address) == 1
    adding.join()
    assert re.search(r"stopped: the worker tcp://127.0.0.1:\d+ differs: lnlib \w+ there, \w+ here", batch.console_text)
    assert "failed" not in set(batch.states().values())


def test_what_cannot_be_used_is_one_clear_error_soon(batch, cluster, monkeypatch):
    started = time.monotonic()
    with pytest.raises(ClusterError) as caught:
        batch.run(dask="scheduler:8786")
    assert str(caught.value) == "--dask takes an address such as tcp://scheduler:8786, but got 'scheduler:8786'"
    with pytest.raises(ClusterError) as caught:
        batch.run(dask="tcp://127.0.0.1:1")
    assert str(caught.value).startswith("no Dask scheduler answers at tcp://127.0.0.1:1: ")
    with pytest.raises(ClusterError) as caught:
        batch.run(dask=cluster.address)
    assert str(caught.value) == f"the Dask scheduler at {cluster.address} has no workers"
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError) as caught:
        batch.run(dask=cluster.address)
    assert str(caught.value) == "--dask needs Dask: pip install 'lnlib[dask]'"
    assert time.monotonic() - started < 30


def test_a_dry_run_asks_no_scheduler(batch):
    assert batch.run(dask="tcp://127.0.0.1:1", commands=True) == 0
    assert batch.console_text.count("papermill ") == 5


def test_paths_in_the_payload_stay_what_they_are(tmp_path):
    root, register = tmp_path / "a/project", tmp_path / "registers/mine"
    for path in (
        root / "notebooks/one.ipynb",
        root / "params/one.yml",
        root / "build/one/index.html",
        root / ".git/config",
        register / "actors.csv",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    packed = pack_project(root, [register], without=[root / "build"])
    assert packed.unpack(tmp_path / "there") == tmp_path / "there/a/project"
    found = {path.relative_to(tmp_path / "there").as_posix() for path in (tmp_path / "there").rglob("*.*")}
    assert found == {"a/project/notebooks/one.ipynb", "a/project/params/one.yml", "registers/mine/actors.csv"}


def test_a_payload_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lnlib.batch.dask.payload.MAX_BYTES", 1000)
    for name, size in (("data/big.bin", 5000), ("notebooks/one.ipynb", 10)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(bytes(size))
    with pytest.raises(EditionError) as caught:
        pack_project(tmp_path, [], without=[])
    assert str(caught.value) == (
        "the project's files are 5.0 kB; at most 1.0 kB can be sent to workers. The largest: data 5.0 kB, notebooks 10 B"
    )


def test_fingerprints_that_are_alike_say_nothing():
    assert differences({"lnlib": "a"}, {"lnlib": "a"}) == ""
    assert differences({"lnlib": "a"}, {"lnlib": "a", "scipy": "1.16"}) == "scipy not there, 1.16 here"


def test_workers_open_the_registers_of_all_jobs(project):
    (project.root / "data/other").mkdir()
    sent = []
    cluster = ClusterExecutor.__new__(ClusterExecutor)
    cluster._project, cluster._keeper = project, "keeper"
    cluster._client = SimpleNamespace(register_plugin=lambda keeper, name: sent.append((name, keeper._registers)))
    jobs = [job(register=str(project.data / name), uses_library=True) for name in ("small", "other", "small")]
    cluster._send_payload([*jobs, job(register=str(project.data / "small"))], project.build, [])
    assert sent == [("keeper", ["data/other", "data/small"])]
