"""A disk that turns read-only, or is full, midway: one sentence, whole files, and the next batch completes.

File systems are mounted in a namespace of the test's own. Where that is not permitted, folders lose the permission to write
instead, and `test_kill.py`, which limits the size of files, stands for the full disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_project import PARAMETERS, WRITE, notebook, write

from lnlib.batch.execute import forkserver

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
DISTURBED = Path(__file__).with_name("disturbed_disk.py")
WAITS = """
import time
(Path({folder!r}) / "waits").touch()
end = time.monotonic() + 100
while not (Path({folder!r}) / "goes on").exists() and time.monotonic() < end:
    time.sleep(0.02)
"""
EXHIBIT = "exhibit('05-province.02', 'more' * 20_000)"


def may_mount():
    if not sys.platform.startswith("linux"):
        return False
    try:
        tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
        return not subprocess.run(tried, capture_output=True).returncode
    except OSError:
        return False


KINDS = (
    {"read-only": "Read-only file system", "full": "full|No space left"}
    if may_mount()
    else {"forbidden": "Permission denied"}
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", ["before it wrote", "after it wrote"])
def test_a_disk_that_fails_midway_leaves_whole_files_and_the_next_batch_completes(project, tmp_path, kind, moment):
    params, folder = project.root / "params/small.yml", tmp_path / "disturbed"
    params.write_text("register: small\nruns: [{notebook: 01-portfolio}, {notebook: 05-province}]\n")
    waits = WAITS.format(folder=str(folder))
    cells = [WRITE, waits, EXHIBIT] if moment == "before it wrote" else [WRITE, EXHIBIT, waits]
    write(project.root, "05-province", notebook(*cells, parameters='province: str = "02"\n' + PARAMETERS))
    command = [sys.executable, str(DISTURBED), str(params), str(folder), kind]
    if kind != "forbidden":
        command = ["unshare", "--mount", *command]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["status"] == 1
    assert "Traceback" not in found["printed"]
    message = " ".join(found["printed"].split())
    stopped = "the batch was stopped, it cannot write to " in message and any(
        reason in message for reason in KINDS[kind].split("|")
    )
    # what a full disk refuses to the run, the batch may have room for again once the run's files are gone
    failed = kind == "full" and "its process could not write its result: the disk may be full" in message
    assert stopped or failed, found["printed"]
    if stopped:
        assert message.endswith("What was published is whole; the next batch makes the rest")
    assert found["status again"] == 0, found["printed again"]
    first = {name: content for name, content in found["published"].items() if "01-portfolio" in name}
    assert first == {name: content for name, content in found["made"].items() if "01-portfolio" in name}
    assert len(first) == 4
    pages = {f"small/runs/05-province/all.{form}" for form in ("html", "ipynb")}
    assert {name for name in found["published"] if "05-province" in name} in ((pages, set()) if failed else (set(),))
    assert "small/figures/05-province.02.178.svg" in found["made"]
    assert (found["left"], found["hidden"]) == ([".ledger", "small"], [])
