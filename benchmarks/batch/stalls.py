"""Whether small runs stall: `python benchmarks/batch/stalls.py [--runs 2000] [--workers 4]`.

Prints how long runs took, in their own process and until their page was there; fails where the longest took three
times the median or more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from small import NAME, command, pages, project

MOST = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lnlib-stalls-") as folder:
        path = project(Path(folder), asked.runs)
        started = time.monotonic()
        subprocess.run(command(path, asked.workers), check=True)
        took = time.monotonic() - started
        report = json.loads((Path(folder) / "build" / NAME / "report.json").read_text(encoding="utf-8"))
        seconds = sorted(run["seconds"] for run in report["runs"])
        written = sorted(page.stat().st_mtime for page in pages(path))
    gaps = sorted(after - before for before, after in pairwise(written))
    middle = statistics.median(seconds)
    print(f"{len(seconds)} runs, {asked.workers} workers, {took:.1f} s: {len(seconds) / took:.1f} runs a second")
    print("| | median s | 99 of 100 s | longest s | longest × median |\n|---|---|---|---|---|")
    for what, values in (("a run", seconds), ("from page to page", gaps)):
        half, most, last = statistics.median(values), values[int(0.99 * len(values))], values[-1]
        print(f"| {what} | {half:.3f} | {most:.3f} | {last:.3f} | {last / half:.2f} |")
    if len(seconds) != asked.runs or seconds[-1] >= MOST * middle:
        sys.exit(f"the longest run took {seconds[-1] / middle:.2f} × the median; wanted under {MOST:g}")


if __name__ == "__main__":
    main()
