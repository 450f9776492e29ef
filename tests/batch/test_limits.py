"""How many cores and how much memory there are, as the machine and its containers say."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from lnlib.batch.execute import limits
from lnlib.batch.execute.limits import cores, default_workers, format_size, free_memory, parse_size
from lnlib.errors import LnlibError

GIGA = 1024**3


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of eight cores and 16 GB, and control groups as one writes them."""
    monkeypatch.delenv("LNLIB_WORKERS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    for name in ("_CGROUP", "_OWN"):
        monkeypatch.setattr(limits, name, tmp_path / name)
    monkeypatch.setattr(limits.psutil, "virtual_memory", lambda: SimpleNamespace(available=16 * GIGA))

    def group(own: str, **files: str) -> None:
        (tmp_path / "_OWN").write_text(own)
        for name, text in files.items():
            path = tmp_path / "_CGROUP" / name.replace("__", "/").replace("_0_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return group


def test_a_machine_without_containers_is_itself(machine):
    assert cores() == 8
    assert free_memory() == 16 * GIGA
    assert default_workers() == 8


def test_a_container_says_how_much_of_it(machine):
    machine(
        "0::/\n",
        cpu_0_max="250000 100000\n",
        memory_0_max=f"{4 * GIGA}\n",
        memory_0_current=f"{3 * GIGA}\n",
        memory_0_stat="",
    )
    assert cores() == 2
    assert free_memory() == GIGA
    machine("0::/\n", memory_0_stat=f"anon 5\ninactive_file {GIGA}\n")  # files that are given back count as free
    assert free_memory() == 2 * GIGA


def test_a_group_within_a_group_holds_too(machine):
    machine(
        "0::/user/one\n",
        cpu_0_max="max 100000\n",
        user__cpu_0_max="100000 100000\n",
        user__one__cpu_0_max="max 100000\n",
        user__memory_0_max="max\n",
        user__one__memory_0_max=f"{GIGA}\n",
        user__one__memory_0_current="0\n",
        user__one__memory_0_stat="",
    )
    assert cores() == 1
    assert free_memory() == GIGA


def test_the_first_version_of_groups_is_understood(machine):
    machine(
        "4:memory:/box\n3:cpu,cpuacct:/box\n",
        cpu__box__cpu_0_cfs_quota_us="300000\n",
        cpu__box__cpu_0_cfs_period_us="100000\n",
        memory__box__memory_0_limit_in_bytes=f"{2 * GIGA}\n",
        memory__box__memory_0_usage_in_bytes=f"{GIGA}\n",
        memory__box__memory_0_stat=f"inactive_file {GIGA // 2}\ntotal_inactive_file {GIGA // 2}\n",
    )
    assert cores() == 3
    assert free_memory() == 1.5 * GIGA


def test_where_memory_is_short_fewer_runs_go_at_once(machine, monkeypatch):
    machine("0::/\n", memory_0_max="800000000\n", memory_0_current="0\n", memory_0_stat="")
    assert default_workers() == 2
    machine("0::/\n", memory_0_max="1000\n")
    assert default_workers() == 1
    monkeypatch.setenv("LNLIB_WORKERS", "5")
    assert default_workers() == 5


@pytest.mark.parametrize(
    ("text", "count"), [("2GB", 2 * 10**9), ("500 M", 5 * 10**8), ("1.5GiB", 1_610_612_736), ("7", 7)]
)
def test_a_size_is_read(text, count):
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "much", "1.2.3GB", "2XB"])
def test_what_is_no_size_is_said(text):
    with pytest.raises(LnlibError) as caught:
        parse_size(text)
    assert str(caught.value) == f"a size is a number with a unit, as 500MB or 2GB, but got '{text}'"


def test_a_size_is_written_for_people():
    assert [format_size(count) for count in (999, 1500, 25_000_000, 3 * 10**12)] == [
        "999 B",
        "1.5 kB",
        "25 MB",
        "3.0 TB",
    ]


CHILDREN = """
import subprocess, sys
from lnlib.batch.execute.limits import Guard, RunStopped
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
try:
    with Guard(seconds=0.3).checking_children():
        raise OSError(f"the child ended: {child.wait()}")
except RunStopped as error:
    print(f"{error}; from: {error.__cause__}")
try:
    with Guard(seconds=100).checking_children():
        raise OSError("an error of its own")
except OSError as error:
    print(error)
"""


def test_children_are_checked_in_a_thread_and_killed_over_a_limit():
    ended = subprocess.run([sys.executable, "-c", CHILDREN], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == (
        "exceeded its time limit of 0.3 s and was killed; raise it with --seconds; from: the child ended: -9\n"
        "an error of its own\n"
    )


def test_a_run_is_checked_once_in_a_while_however_often_it_writes(monkeypatch):
    checked = []
    monkeypatch.setattr(limits, "process_tree", lambda pid: checked.append(pid) or [])
    often, seldom = limits.Guard(every=0.0), limits.Guard(every=60.0)
    for _ in range(3):
        often.check(1)
        seldom.check(2)
    assert checked == [1, 2, 1, 1]
    late = limits.Guard(seconds=0.0, every=60.0)
    with pytest.raises(limits.RunStopped, match="exceeded its time limit of 0 s"):
        late.check(3)
