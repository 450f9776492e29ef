"""Whether a long batch stays as it began: `python benchmarks/batch/soak.py [--runs 1000] [--workers 2]`.

Looks at the batch's own process while it makes small runs: its memory, its open files and how many runs it makes a
second, in its first and its last fifth; afterwards, at what it left over. Fails where memory reaches 300 MB or grows by
a tenth, a file or process is left over, or the last fifth is slower by more than a fifth.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from small import command, left_over, pages, project

MOST_MB, GROWTH, SLOWER = 300, 1.1, 1.2
PAGE = os.sysconf("SC_PAGE_SIZE")


def looked_at(pid: int) -> tuple[float, int]:
    """Return the memory (MB) and the number of open files of a process."""
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6
    return resident, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lnlib-soak-") as name:
        path = project(Path(name), asked.runs)
        batch = subprocess.Popen(command(path, asked.workers))
        seen: list[tuple[int, float, int]] = []  # runs made, MB, open files
        while batch.poll() is None:
            try:
                seen.append((len(pages(path)), *looked_at(batch.pid)))
            except (FileNotFoundError, ProcessLookupError):
                break
            time.sleep(1)
        code = batch.wait()
        written = sorted(page.stat().st_mtime for page in pages(path))
        processes = left_over(Path(name))
        staged = list((path.parent.parent / "build/.staging").rglob("*"))
    fifth = asked.runs // 5
    running = [entry for entry in seen if fifth // 2 <= entry[0] < asked.runs]
    first = [entry for entry in running if entry[0] < fifth] or running[:1]
    last = [entry for entry in running if entry[0] >= asked.runs - fifth] or running[-1:]
    took = written[fifth - 1] - written[0], written[-1] - written[-fifth]
    print(f"{len(written)} runs, {asked.workers} workers, exit status {code}")
    print("| | first fifth | last fifth |\n|---|---|---|")
    print(
        f"| most memory of the batch, MB | {max(mb for _, mb, _ in first):.1f} | {max(mb for _, mb, _ in last):.1f} |"
    )
    # the least that were seen: one more is open while a run's record is written
    handles = [min(many for *_, many in part) for part in (first, last)]
    print(f"| open files | {handles[0]} | {handles[1]} |")
    print(f"| runs a second | {(fifth - 1) / took[0]:.2f} | {(fifth - 1) / took[1]:.2f} |")
    print(f"\nleft over: {len(processes)} processes, {len(staged)} staged files")
    wrong = [
        "a run is missing" if code or len(written) != asked.runs else "",
        "memory" if max(mb for _, mb, _ in seen) >= MOST_MB else "",
        "memory grows" if max(mb for _, mb, _ in last) > GROWTH * max(mb for _, mb, _ in first) else "",
        "open files" if handles[1] > handles[0] else "",
        "something is left over" if processes or staged else "",
        "slower at the end" if took[1] > SLOWER * took[0] else "",
    ]
    if any(wrong):
        sys.exit(", ".join(filter(None, wrong)))


if __name__ == "__main__":
    main()
