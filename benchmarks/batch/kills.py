"""Whether a killed batch is made whole: `python benchmarks/batch/kills.py [--times 50] [--runs 12]`.

Batches of small runs, each killed (SIGKILL) at a moment drawn from the whole time that an undisturbed one takes. After
each, every published file must be that of the undisturbed batch; the next batch must complete to the same tree, byte for
byte, but for the times in its report.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from small import NAME, command, left_over, project

TIMES = {"report.json", "report.txt"}  # they tell how long it took
CHANGES_WITH_RUNS = {"index.html", "exhibits.json"}  # whole, but of the runs made so far


def tree(build: Path) -> dict[str, bytes]:
    """Give what was published."""
    folder = build / NAME
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in TIMES)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    killed_at: Counter[int] = Counter()
    with tempfile.TemporaryDirectory(prefix="lnlib-kills-") as name:
        path = project(Path(name), asked.runs)
        build = Path(name) / "build"
        started = time.monotonic()
        subprocess.run(command(path, 2), check=True)
        took = time.monotonic() - started
        whole = tree(build)
        for number in range(asked.times):
            shutil.rmtree(build)
            batch = subprocess.Popen(command(path, 2), stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, took))
            batch.kill()
            batch.wait()
            found = tree(build)
            killed_at[sum(part.startswith("runs/") and part.endswith(".html") for part in found)] += 1
            torn = [part for part in found if part not in CHANGES_WITH_RUNS and found[part] != whole.get(part)]
            deadline = time.monotonic() + 10
            while left_over(Path(name)) and time.monotonic() < deadline:
                time.sleep(0.05)
            left = left_over(Path(name))
            subprocess.run(command(path, 2), check=True)
            again = tree(build)
            differ = sorted(part for part in whole.keys() | again.keys() if whole.get(part) != again.get(part))
            hidden = [part for part in build.rglob("*") if ".staging" in part.parts or part.name.endswith(".part")]
            if torn or left or differ or hidden:
                sys.exit(f"kill {number + 1}: torn {torn}, left over {left} {hidden}, different afterwards {differ}")
    many = ", ".join(f"{runs} runs: {times}" for runs, times in sorted(killed_at.items()))
    print(f"{asked.times} batches of {asked.runs} runs killed within {took:.1f} s; killed after publishing {many}")
    print("every published file was whole; every next batch made the undisturbed tree, byte for byte")


if __name__ == "__main__":
    main()
