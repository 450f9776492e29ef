"""Ways to make the same runs, beside each other: `python benchmarks/batch/compare.py [--notebook 06-actor] [--times 3]`.

Each way makes the same runs of the same notebook from the demonstration register, with the parameters that `lnlib run`
gives them. `lnlib run` makes their pages, index and ledger as well. The floor executes the notebook's code in forked
processes, without notebooks, shells or pages. Whole wall time and processor time (of all child processes) of each way,
start of the interpreter included; medians over `--times`, in turn, as one Markdown table.

What is made is compared: figures, tables and data byte for byte; notebooks but for times and chance ids.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lnlib.batch.command import papermill_command
from lnlib.batch.publish import digest_of
from lnlib.batch.runs import Edition, Project, read_edition
from lnlib.members import members

ROOT = Path(__file__).resolve().parents[2]
OVER = {"05-province": "province", "06-actor": "actor"}
SCRIPTS = Path(sys.executable).parent
SHARED = ("figures", "tables", "data")
# what papermill's own executions tell of themselves, and `lnlib run` leaves out
PASSING = {"id", "papermill", "execution", "widgets", "start_time", "end_time", "duration"}


@dataclass(frozen=True)
class Bench:
    """A project made for one measurement.

    Parameters
    ----------
    edition : Edition
        Its runs.
    workers : int
        How many go at once, where a way has workers.
    """

    edition: Edition
    workers: int

    @property
    def project(self) -> Project:
        return Project.around(self.edition.path)

    @property
    def out(self) -> Path:
        return self.project.build / self.edition.name

    def commands(self) -> list[list[str]]:
        """Give the papermill commands that make its runs, as `lnlib run --dry-run` prints them."""
        for run in self.edition.runs:
            (self.out / "runs" / run.notebook).mkdir(parents=True, exist_ok=True)
        given = [papermill_command(run, self.edition, self.out, self.project) for run in self.edition.runs]
        return [[str(SCRIPTS / name), *more, "--no-progress-bar"] for name, *more in given]

    def told(self) -> str:
        """Describe its runs for another process."""
        out = Path(os.path.relpath(self.out, self.project.notebooks)).as_posix()
        runs = [
            {
                "notebook": str(self.edition.notebooks[run.notebook].path),
                "made": str(self.out / "runs" / f"{run.id}.ipynb"),
                "parameters": {**run.parameters, "out": out},
            }
            for run in self.edition.runs
        ]
        return json.dumps({"runs": runs, "cwd": str(self.project.notebooks), "workers": self.workers})


def bench(folder: Path, notebook: str, most: int, workers: int) -> Bench:
    """Make a project with the notebooks and registers of this one, and an edition of at most so many runs."""
    for name in ("notebooks", "data"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / "params/bench.yml"
    path.parent.mkdir()
    text = f"register: demonstration\nframe: '25'\nruns:\n  - notebook: {notebook}\n    for_each: {{{OVER[notebook]}: %s}}\n"
    path.write_text(text % "all", encoding="utf-8")
    keys = [run.key for run in read_edition(path, members).runs][:most]
    path.write_text(text % json.dumps(keys), encoding="utf-8")
    return Bench(read_edition(path, members), workers)


def child(line: Sequence[str | Path], bench: Bench, told: str | None = None) -> None:
    """Run a command in the project's folder; what it says is shown if it fails."""
    made = subprocess.run(
        list(map(str, line)), cwd=bench.project.root, input=told, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SystemExit(f"{' '.join(map(str, line))}\n{made.stdout}{made.stderr}")


def ours(bench: Bench) -> None:
    child([SCRIPTS / "lnlib", "run", bench.edition.path, "--workers", str(bench.workers)], bench)


def loop(bench: Bench) -> None:
    for line in bench.commands():
        child(line, bench)


def pool(bench: Bench) -> None:
    with ThreadPoolExecutor(bench.workers) as threads:
        list(threads.map(lambda line: child(line, bench), bench.commands()))


def other(way: str) -> Callable[[Bench], None]:
    """Give a way of `others.py`."""

    def run(bench: Bench) -> None:
        for run in bench.edition.runs:
            (bench.out / "runs" / run.notebook).mkdir(parents=True, exist_ok=True)
        child([sys.executable, Path(__file__).with_name("others.py"), way], bench, bench.told())

    return run


WAYS: dict[str, Callable[[Bench], None]] = {
    "lnlib run, with pages": ours,
    "papermill command in a loop": loop,
    "papermill command, a pool": pool,
    "papermill API in a loop": other("api"),
    "papermill API, Dask": other("dask"),
    "the floor": other("floor"),
}
FLOOR = "the floor"


def made(bench: Bench) -> dict[str, str]:
    """Give a digest of everything that a way made and all ways should."""
    found = {
        path.relative_to(bench.out).as_posix(): digest_of(path)
        for name in SHARED
        for path in (bench.out / name).rglob("*")
        if path.is_file()
    }
    for path in (bench.out / "runs").rglob("*.ipynb"):
        plain = json.dumps(alike(json.loads(path.read_text(encoding="utf-8"))), sort_keys=True)
        found[path.relative_to(bench.out).as_posix()] = hashlib.sha256(plain.encode()).hexdigest()
    return found


def alike(part: Any) -> Any:
    """Take times, chance ids and the folder that was given out of an executed notebook."""
    if isinstance(part, dict):
        return {key: alike(value) for key, value in part.items() if key not in PASSING}
    if isinstance(part, list):
        return [alike(item) for item in part if not str(item).startswith("out = ")]
    return re.sub(r"\nout = .*", "", part) if isinstance(part, str) else part


def measure(way: str, notebook: str, most: int, workers: int) -> tuple[float, float, dict[str, str]]:
    """Give wall and processor seconds of a way, and what it made."""
    with tempfile.TemporaryDirectory(prefix="lnlib-bench-") as name:
        prepared = bench(Path(name), notebook, most, workers)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        WAYS[way](prepared)
        took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, made(prepared)


def differences(found: dict[str, dict[str, str]]) -> list[str]:
    """Say what ways made differently; the floor makes no notebooks."""
    wrong = []
    first, *others = found
    for way in others:
        names = found[first].keys() | found[way].keys()
        if FLOOR in (first, way):
            names = {name for name in names if not name.startswith("runs/")}
        differ = sorted(name for name in names if found[first].get(name) != found[way].get(name))
        wrong += [f"{way} and {first} differ in {len(differ)} files, the first {differ[0]}"] if differ else []
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notebook", choices=list(OVER), default="05-province")
    parser.add_argument("--runs", type=int, default=25, help="at most so many provinces or actors")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    asked = parser.parse_args()
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in asked.ways}
    found: dict[str, dict[str, str]] = {}
    for _ in range(asked.times):
        for way in asked.ways:  # in turn, so that a busy machine is busy for all
            wall, cpu, found[way] = measure(way, asked.notebook, asked.runs, asked.workers)
            times[way].append((wall, cpu))
            print(f"{way}: {wall:.1f} s", file=sys.stderr)
    middle = {way: [statistics.median(part) for part in zip(*several, strict=True)] for way, several in times.items()}
    runs = max(len([name for name in files if name.endswith(".ipynb")]) for files in found.values())
    print(f"{runs} runs of {asked.notebook}, {asked.workers} workers, median of {asked.times}\n")
    print("| way | wall s | × floor | × lnlib run | processor s | × floor |\n|---|---|---|---|---|---|")
    floor, our = middle.get(FLOOR), middle.get(next(iter(WAYS)))
    for way, (wall, cpu) in middle.items():
        ratios = [f"{part / base:.2f}" if base else "–" for part, base in
                  ((wall, floor and floor[0]), (wall, our and our[0]), (cpu, floor and floor[1]))]  # fmt: skip
        print(f"| {way} | {wall:.1f} | {ratios[0]} | {ratios[1]} | {cpu:.1f} | {ratios[2]} |")
    wrong = differences(found)
    same = len(set.intersection(*(set(files) for files in found.values())))
    print("\n" + ("\n".join(wrong) or f"All ways made the same: {same} figures, tables and data files, byte for byte."))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
