"""Whether a killed batch is made whole: `python benchmarks/batch/kills.py [--times 50] [--runs 12]`.

Batches of small runs, each killed (SIGKILL) at a random moment: one half at any moment of the whole time that an
undisturbed one takes, the other half while it publishes, as soon as so many runs are published. By the same chance the
batch alone is killed, as a person or the kernel does it, or at once with everything that it started, as a pulled plug
does it. After each, every published file must be that of the undisturbed batch; the next batch must complete to the same
tree, byte for byte, but for the times in its report, and leave nothing beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from small import NAME, command, left_over, pages, project

from lnlib.batch.execute.limits import kill_tree

TIMES = {"report.json", "report.txt"}  # they tell how long it took
CHANGES_WITH_RUNS = {"index.html", "exhibits.json"}  # whole, but of the runs made so far


def tree(build: Path) -> dict[str, bytes]:
    """Give what was published."""
    folder = build / NAME
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in TIMES)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def torn(found: dict[str, bytes], whole: dict[str, bytes]) -> list[str]:
    """List the published files that are not whole."""
    parts = [part for part in found if part not in CHANGES_WITH_RUNS and found[part] != whole.get(part)]
    if "index.html" in found and not found["index.html"].rstrip().endswith(b"</html>"):
        parts.append("index.html")
    try:
        json.loads(found.get("exhibits.json", b"[]"))
    except ValueError:
        parts.append("exhibits.json")
    return parts


def killed(path: Path, *, after: float, published: int, all_of_it: bool) -> None:
    """Start a batch and kill it after so many seconds, once so many runs are published."""
    batch = subprocess.Popen(command(path, 2), stderr=subprocess.DEVNULL)
    while len(pages(path)) < published and batch.poll() is None:
        time.sleep(0.002)
    time.sleep(after)
    if all_of_it:
        kill_tree(batch.pid)
    batch.kill()
    batch.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    published: Counter[int] = Counter()
    alone = 0
    with tempfile.TemporaryDirectory(prefix="lnlib-kills-") as name:
        path = project(Path(name), asked.runs)
        build = Path(name) / "build"
        started = time.monotonic()
        subprocess.run(command(path, 2), check=True)
        took = time.monotonic() - started
        whole = tree(build)
        for number in range(asked.times):
            shutil.rmtree(build)
            all_of_it = chance.random() < 0.5
            if number % 2:
                after, least = chance.uniform(0, 0.2), chance.randint(0, asked.runs)
            else:
                after, least = chance.uniform(0, took), 0
            killed(path, after=after, published=least, all_of_it=all_of_it)
            alone += not all_of_it
            found = tree(build)
            published[sum(part.startswith("runs/") and part.endswith(".html") for part in found)] += 1
            deadline = time.monotonic() + 10
            while left_over(Path(name)) and time.monotonic() < deadline:
                time.sleep(0.05)
            left = left_over(Path(name))
            subprocess.run(command(path, 2), check=True)
            again = tree(build)
            differ = sorted(part for part in whole.keys() | again.keys() if whole.get(part) != again.get(part))
            hidden = [*build.glob(".staging/**/*"), *(build / NAME).rglob(".*")]
            if torn(found, whole) or left or differ or hidden:
                sys.exit(
                    f"kill {number + 1}: torn {torn(found, whole)}, left over {left} {hidden}, different afterwards {differ}"
                )
    many = ", ".join(f"{runs} runs: {times}" for runs, times in sorted(published.items()))
    print(f"{asked.times} batches of {asked.runs} runs, {took:.1f} s each, killed; {alone} of them alone")
    print(f"killed after publishing {many}")
    print("every published file was whole; every next batch made the undisturbed tree, byte for byte")


if __name__ == "__main__":
    main()
