"""Whether a killed batch is made whole: `python benchmarks/batch/kills.py [--times 200] [--runs 12]`.

Batches of small runs. In each, one process is sent a signal at a random moment: one half at any moment of the whole time
that an undisturbed batch takes, the other half while it publishes, as soon as so many runs are published. By chance the
process is the batch (the parent), a run (a child), the fork server, or all of them at once; the signal is SIGTERM, SIGHUP,
SIGINT or SIGKILL. After each, every published file must be that of the undisturbed batch; the next batch must complete to
the same tree, byte for byte, but for the times in its report, and leave nothing beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from small import NAME, command, left_over, pages, project

from lnlib.batch.build.output_folder import UNFINISHED
from lnlib.batch.execute.limits import children, process_tree

TIMES = {"report.json", "report.txt"}  # they state how long it took
VICTIMS = ("batch", "run", "fork server", "group")
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL)
CHANGES_WITH_RUNS = {"index.html", "exhibits.json"}  # whole, but of the runs made so far


def tree(build: Path) -> dict[str, bytes]:
    """Return the published files."""
    folder = build / NAME
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in {*TIMES, UNFINISHED})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def failed_runs(build: Path) -> list[str]:
    """Return the runs that a batch went on without, which were signalled themselves."""
    report = build / NAME / "report.json"
    runs = json.loads(report.read_text("utf-8"))["runs"] if report.is_file() else []
    return [run["id"] for run in runs if run["state"] == "failed"]


def torn(build: Path, found: dict[str, bytes], whole: dict[str, bytes]) -> list[str]:
    """List the published files that are not whole."""
    failed = {f"runs/{run}.{ending}" for run in failed_runs(build) for ending in ("html", "ipynb")}
    other = [part for part in found if part not in CHANGES_WITH_RUNS and found[part] != whole.get(part)]
    parts = [part for part in other if part not in failed or not found[part].rstrip().endswith((b"</html>", b"}"))]
    if "index.html" in found and not found["index.html"].rstrip().endswith(b"</html>"):
        parts.append("index.html")
    try:
        json.loads(found.get("exhibits.json", b"[]"))
    except ValueError:
        parts.append("exhibits.json")
    return parts


def disturbed(path: Path, *, after: float, published: int, victim: str, number: int, chance: random.Random) -> None:
    """Start a batch and send a signal after so many seconds, once so many runs are published; wait for its end."""
    batch = subprocess.Popen(command(path, 2), stderr=subprocess.DEVNULL)
    while len(pages(path)) < published and batch.poll() is None:
        time.sleep(0.002)
    time.sleep(after)
    for pid in victims(batch.pid, victim, chance):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    batch.wait()


def victims(batch: int, victim: str, chance: random.Random) -> list[int]:
    """Return the processes to signal; the batch itself where there is no fork server or run yet."""
    servers = children(batch)
    runs = [run for server in servers for run in children(server)]
    if victim == "fork server":
        return servers[:1] or [batch]
    if victim == "run":
        return [chance.choice(process_tree(chance.choice(runs)))] if runs else [batch]
    return process_tree(batch) if victim == "group" else [batch]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    published: Counter[int] = Counter()
    sent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="lnlib-kills-") as name:
        path = project(Path(name), asked.runs)
        build = Path(name) / "build"
        started = time.monotonic()
        subprocess.run(command(path, 2), check=True)
        took = time.monotonic() - started
        whole = tree(build)
        for number in range(asked.times):
            shutil.rmtree(build)
            victim, number_sent = chance.choice(VICTIMS), chance.choice(SIGNALS)
            if number % 2:
                after, least = chance.uniform(0, 0.2), chance.randint(0, asked.runs)
            else:
                after, least = chance.uniform(0, took), 0
            disturbed(path, after=after, published=least, victim=victim, number=number_sent, chance=chance)
            sent[f"{number_sent.name} to the {victim}"] += 1
            found = tree(build)
            parts = torn(build, found, whole)
            published[sum(part.startswith("runs/") and part.endswith(".html") for part in found)] += 1
            deadline = time.monotonic() + 10
            while left_over(Path(name)) and time.monotonic() < deadline:
                time.sleep(0.05)
            left = left_over(Path(name))
            subprocess.run(command(path, 2), check=True)
            again = tree(build)
            differ = sorted(part for part in whole.keys() | again.keys() if whole.get(part) != again.get(part))
            hidden = [*build.glob(".staging/**/*"), *(build / NAME).rglob(".*")]
            if parts or left or differ or hidden:
                sys.exit(
                    f"{number_sent.name} to the {victim}, number {number + 1}: torn {parts}, left over {left} {hidden}, different afterwards {differ}"
                )
            print(f"{number + 1}: {number_sent.name} to the {victim}", file=sys.stderr, flush=True)
    many = ", ".join(f"{runs} runs: {times}" for runs, times in sorted(published.items()))
    print(f"{asked.times} batches of {asked.runs} runs, {took:.1f} s each, disturbed")
    print(", ".join(f"{what}: {times}" for what, times in sorted(sent.items())))
    print(f"published by then or in spite of it {many}")
    print("every published file was whole; every next batch made the undisturbed tree, byte for byte")


if __name__ == "__main__":
    main()
