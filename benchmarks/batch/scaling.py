"""What a run costs, and what a plan of many runs costs: `python benchmarks/batch/scaling.py [--runs 1000 10000 100000]`.

The first table is measured on runs of the province notebook. The second is measured on ledgers of so many records, each
a copy of one of those runs under another name, with files of its sizes (holes, without content); each number of runs
in a process of its own. It prints the tables of `docs/scaling.md`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lnlib.batch.build.edition_build import EditionBuild
from lnlib.batch.build.ledger import Ledger, Record
from lnlib.batch.build.report import make_report
from lnlib.batch.build.staleness import Sources
from lnlib.batch.execute.limits import process_tree
from lnlib.batch.job import FileStamp
from lnlib.batch.plan.edition import Members
from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.plan.project import Project

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
NOTEBOOK = "05-province"
MEGA = 1e6


# --- runs of a notebook ----------------------------------------------------------------------------------------------


class Watch(threading.Thread):
    """Samples the memory of a running batch: the batch itself, the fork server, and what each run adds to it."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid = pid
        self.batch = self.server = self.run_own = 0

    def run(self) -> None:
        while Path(f"/proc/{self._pid}").exists():
            for pid in process_tree(self._pid):
                try:
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, IndexError):
                    continue
                if pid == self._pid:
                    self.batch = max(self.batch, rss(pid))
                elif b"lnlib.batch.execute.forkserver" in command and parent == self._pid:
                    self.server = max(self.server, rss(pid))
                elif b"lnlib.batch.execute.forkserver" in command:
                    self.run_own = max(self.run_own, private(pid))
            time.sleep(0.05)


def rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def private(pid: int) -> int:
    """Return the bytes of a process that it shares with no other."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def batch(params: Path, workers: int) -> tuple[float, Watch]:
    code = "import sys; from lnlib.cli import main; sys.argv[0] = 'lnlib'; main()"
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(params), "--workers", str(workers)], stdout=subprocess.DEVNULL
    )
    watch = Watch(process.pid)
    watch.start()
    if process.wait():
        sys.exit("a run failed")
    watch.join()
    return time.monotonic() - started, watch


def real_runs(folder: Path, provinces: list[str]) -> Path:
    """Write an edition of the province notebook for some provinces of the demonstration."""
    (folder / "params").mkdir(parents=True)
    for name in ("notebooks", "data"):
        (folder / name).symlink_to(ROOT / name)
    path = folder / "params/bench.yml"
    each = json.dumps(provinces)
    path.write_text(f"register: demonstration\nruns:\n  - {{notebook: {NOTEBOOK}, for_each: {{province: {each}}}}}\n")
    return path


def small_runs(folder: Path, count: int) -> Path:
    """Write an edition of runs that do nothing, to see what a run costs beside its work."""
    cells = [("# A small run", "markdown", []), ("number: int = 0", "code", ["parameters"]), ("number", "code", [])]
    made = [
        {"cell_type": kind, "source": source, "metadata": {"tags": tags}, "id": f"c{place}"}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for place, (source, kind, tags) in enumerate(cells)
    ]
    spec = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    for name in ("notebooks", "params"):
        (folder / name).mkdir(parents=True)
    (folder / "data").symlink_to(ROOT / "data")
    notebook = {"cells": made, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebooks/small.ipynb").write_text(json.dumps(notebook))
    path = folder / "params/small.yml"
    numbers = json.dumps(list(range(count)))
    path.write_text(f"register: demonstration\nruns:\n  - {{notebook: small, for_each: {{number: {numbers}}}}}\n")
    return path


# --- a ledger of many records ----------------------------------------------------------------------------------------


def plan(folder: Path, count: int, template: dict[str, Any]) -> dict[str, float]:
    """Measure a plan of so many runs, all made and up to date."""
    (folder / "params").mkdir(parents=True)
    for name in ("notebooks", "data"):
        (folder / name).symlink_to(ROOT / name)
    path = folder / "params/plan.yml"
    path.write_text("register: demonstration\nruns:\n  - {notebook: 06-actor, for_each: {actor: all}}\n")
    actors = [(f"actor-{number:06}", f"Actor {number}", "non_state") for number in range(count)]

    def members(register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
        del register, frame, choices
        return Members("A plan", "simulated", [("02", "Battambang")], actors, digests={"all": "a"})

    found: dict[str, float] = {}

    def timed(name: str, do: Callable[[], Any]) -> Any:
        started = time.monotonic()
        done = do()
        found[name] = time.monotonic() - started
        return done

    project, build = Project(folder), folder / "build"
    planned = timed("read the edition file", lambda: read_edition(path, members, project=project))
    ledger = Ledger(build / ".ledger/plan.sqlite")
    writing = 0.0
    for record in copied(planned, project, build, template):
        started = time.monotonic()
        ledger.put(record)
        writing += time.monotonic() - started
    ledger.close()
    found["write"] = writing * 1000 / count
    found["ledger"] = (build / ".ledger/plan.sqlite").stat().st_size / MEGA
    edition_build = timed("open", lambda: EditionBuild(planned, project, build))
    stale = timed("find what is stale", edition_build.stale)
    if stale:
        sys.exit(f"{len(stale)} runs are stale: {next(iter(stale.values()))}")
    jobs = timed(
        "describe all runs", lambda: edition_build.jobs({run.id: "asked" for run in planned.runs}, seconds=1, memory=1)
    )
    one = edition_build.records[planned.runs[0].id]
    timed("look for another's files", lambda: edition_build.ledger.owners(one.files))
    now = datetime.datetime.now(datetime.UTC)
    report = make_report(planned, edition_build.records, {}, set(), started=now, seconds=1.0, workers=1, how="forks")
    timed("write what stands around", lambda: edition_build.finish(report))
    for name in ("index.html", "exhibits.json", "report.json"):
        found[name] = (edition_build.out / name).stat().st_size / MEGA
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    del jobs
    edition_build.close()
    return found


def copied(planned: Any, project: Project, build: Path, template: dict[str, Any]) -> Iterator[Record]:
    """Copy the template's record to each run, with files of its sizes."""
    made_from, files, exhibits = template["record"]
    sources = Sources(planned, project.root)
    edition_build = EditionBuild(planned, project, build)
    edition_build.ledger.close()
    for folder in {Path(name.replace(NOTEBOOK, "06-actor")).parent for name in files}:
        (edition_build.out / folder).mkdir(parents=True)
    for run in planned.runs:
        own = {}
        for name, (size, digest, *_) in files.items():
            inside = name.replace(template["key"], run.key).replace(NOTEBOOK, run.notebook)
            handle = os.open(f"{edition_build.out}/{inside}", os.O_CREAT | os.O_WRONLY)
            os.ftruncate(handle, size)
            about = os.fstat(handle)
            own[inside] = FileStamp(size, digest, about.st_mtime_ns, about.st_ctime_ns)
            os.close(handle)
        yield Record.of(
            id=run.id,
            state="ok",
            made_from=sources.made_from(run, ["all"], made_from["files"]),
            page_from=edition_build._page_from(run),
            files=own,
            seconds=1.0,
            peak_memory=1,
            exhibits=exhibits,
        )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000, 100_000])
    asked.add_argument("--provinces", type=int, default=25)
    asked.add_argument("--small", type=int, default=500)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument(
        "--files", type=int, help="of each run planned; as many as the province notebook makes by default"
    )
    asked.add_argument("--plan", nargs=3, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.plan:
        folder, count, template = given.plan
        print(json.dumps(plan(Path(folder), int(count), json.loads(Path(template).read_text()))))
        return
    with tempfile.TemporaryDirectory(prefix="lnlib-scaling-") as name:
        folder = Path(name)
        provinces = [f"{number:02}" for number in range(1, given.provinces + 1)]
        seconds, watch = batch(real_runs(folder / "real", provinces), given.workers)
        small, watch_small = batch(small_runs(folder / "small", given.small), given.workers)
        ledger = Ledger(folder / "real/build/.ledger/bench.sqlite")
        records = ledger.records()
        record = records[f"{NOTEBOOK}/{provinces[0]}"]
        made_from, own = record.unpacked()
        own = dict(list(own.items())[: given.files])
        template = {"key": provinces[0], "record": [made_from, own, record.exhibits]}
        (folder / "template.json").write_text(json.dumps(template))
        files = [path for path in (folder / "real/build/bench").rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        print("| of a run | province notebook | a notebook that does nothing |")
        print("|---|---|---|")
        cost = [seconds * given.workers / len(provinces), small * given.workers / given.small]
        print(f"| worker seconds | {cost[0]:.2f} | {cost[1]:.3f} |")
        print(f"| files, MB | {len(files) / len(provinces):.0f}, {size / len(provinces) / MEGA:.2f} | 2 |")
        print(f"| memory of its own, at most | {watch.run_own / MEGA:.0f} MB | {watch_small.run_own / MEGA:.0f} MB |")
        print(f"| memory of the fork server | {watch.server / MEGA:.0f} MB | {watch_small.server / MEGA:.0f} MB |")
        print(f"| memory of the batch | {watch.batch / MEGA:.0f} MB | {watch_small.batch / MEGA:.0f} MB |")
        print()
        shutil.rmtree(folder / "real/build/bench")
        columns = []
        for count in given.runs:
            made = folder / f"plan-{count}"
            line = [sys.executable, str(HERE), "--plan", str(made), str(count), str(folder / "template.json")]
            columns.append(json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout))
            shutil.rmtree(made)
        print("| of a plan | " + " | ".join(f"{count:,} runs" for count in given.runs) + " |")
        print("|---|" + "---|" * len(given.runs))
        for words, key, unit in ROWS:
            print(f"| {words} | " + " | ".join(f"{column[key]:,.{unit[1]}f} {unit[0]}" for column in columns) + " |")


ROWS = (
    ("read the edition file", "read the edition file", ("s", 1)),
    ("open the ledger and say what pages show", "open", ("s", 1)),
    ("find what is stale, with all files looked at", "find what is stale", ("s", 1)),
    ("describe all runs, to make them again", "describe all runs", ("s", 1)),
    ("keep one record", "write", ("ms", 2)),
    ("write index, exhibits and report", "write what stands around", ("s", 1)),
    ("ledger", "ledger", ("MB", 0)),
    ("`index.html`", "index.html", ("MB", 1)),
    ("`exhibits.json`", "exhibits.json", ("MB", 1)),
    ("`report.json`", "report.json", ("MB", 1)),
    ("peak memory of the batch", "memory", ("MB", 0)),
)


if __name__ == "__main__":
    main()
