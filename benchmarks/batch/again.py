"""What a batch takes when it has been made before: `python benchmarks/batch/again.py [--notebook 05-province] [--times 5]`.

Makes the runs of one notebook, or all, of both editions: from nothing; then when nothing has changed; then when the stage
of one assessment in Battambang is another one. Whole wall time, start of the interpreter included; medians over `--times`
(the first is made `--cold` times), and the runs that were made, as a Markdown table. `--beside FOLDER` makes all runs of both
editions also by another version, a checkout with its own `.venv`, from its own notebooks and registers, in turn with this one.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from compare import EDITIONS, OVER, ROOT, Bench, bench, compile_library, ours

BATTAMBANG = "02"
STAGES = ("coalition", "collaboration")


def change(folder: Path) -> None:
    """Change the stage of the first assessment in Battambang."""
    table = folder / "data" / "demonstration"
    with (table / "partnerships.csv").open(encoding="utf-8", newline="") as file:
        there = {row["partnership"] for row in csv.DictReader(file) if row["province"] == BATTAMBANG}
    with (table / "assessments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = next(row for row in rows if row["partnership"] in there)
    first["stage"] = STAGES[first["stage"] == STAGES[0]]
    with (table / "assessments.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def timed(bench: Bench, before: Callable[[], None]) -> tuple[float, list[str]]:
    """Return the seconds of a batch and its executed runs."""
    before()
    started = time.monotonic()
    ours(bench)
    took = time.monotonic() - started
    executed = []
    for edition in bench.editions:
        report = json.loads((bench.project.build / edition.name / "report.json").read_text(encoding="utf-8"))
        executed += [f"{edition.name}: {run['id']}" for run in report["runs"] if run["state"] != "up to date"]
    return took, executed


def timed_beside(checkout: Path, workers: int) -> float:
    """Return the seconds in which another version makes both editions from nothing."""
    with tempfile.TemporaryDirectory(prefix="lnlib-beside-") as name:
        for part in ("notebooks", "data", "params"):
            shutil.copytree(checkout / part, Path(name) / part)
        files = [f"params/{edition}.yml" for edition in EDITIONS]
        line = [checkout / ".venv/bin/lnlib", "run", *files, "--workers", str(workers)]
        started = time.monotonic()
        made = subprocess.run(line, cwd=name, capture_output=True, text=True, check=False)
        if made.returncode:
            sys.exit(f"{made.stdout}{made.stderr}")
        return time.monotonic() - started


def row(name: str, cases: Sequence[tuple[float, list[str]]], cold: float) -> str:
    """Return a table row with the medians of one case."""
    middle = statistics.median(took for took, _ in cases)
    return (
        f"| {name} | {len(cases[-1][1])} | {middle:.2f} | {max(took for took, _ in cases):.2f} | {cold / middle:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notebook", choices=list(OVER), default="", help="of one notebook; without it, all runs")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cold", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--beside", type=Path, help="the checkout of another version")
    options = parser.parse_args()
    if options.beside and options.notebook:
        parser.error("--beside makes all runs, and so does this version then: leave out --notebook")
    compile_library(ROOT)
    if options.beside:
        compile_library(options.beside, options.beside / ".venv/bin/python")
    beside: list[float] = []
    with tempfile.TemporaryDirectory(prefix="lnlib-again-") as name:
        prepared = bench(Path(name), options.notebook, EDITIONS, 99, options.workers)
        build = prepared.project.build
        cold = []
        for _ in range(options.cold):
            cold.append(timed(prepared, lambda: shutil.rmtree(build, ignore_errors=True)))
            beside += [timed_beside(options.beside, options.workers)] if options.beside else []
        same = [timed(prepared, lambda: None) for _ in range(options.times)]
        changed = [timed(prepared, lambda: change(Path(name))) for _ in range(options.times)]
    whole = statistics.median(took for took, _ in cold)
    print(f"{options.notebook or 'all notebooks'} ({', '.join(EDITIONS)}), {options.workers} workers\n")
    print("| batch | runs made | median s | longest s | times faster than cold |\n|---|---|---|---|---|")
    print(row("from nothing", cold, whole))
    print(row("nothing changed", same, whole))
    print(row("one assessment changed", changed, whole))
    if beside:
        other = statistics.median(beside)
        print(f"\n{options.beside}, from nothing: {other:.2f} s; this version takes {whole / other:.2f} of it")
    print("\nmade again: " + ", ".join(changed[-1][1]))
    if same[-1][1] or not changed[-1][1]:
        sys.exit("the wrong runs were executed")


if __name__ == "__main__":
    main()
