"""Ways to make the same runs, beside each other: `python benchmarks/batch/compare.py [--notebook 06-actor]`.

Each way makes the same runs of one notebook, those of all editions in `params`, with the parameters that `lnlib run` gives
them. `lnlib run` makes their pages, index and ledger as well. The floor executes the notebook's code in forked
processes, without notebooks, shells or pages. Whole wall time and processor time (of all child processes) of each way,
start of the interpreter included; medians over `--times`, in turn, as one Markdown table.

What is made is compared: figures, tables and data byte for byte; notebooks but for times and chance ids. With `--old-files`
every way prints the figures of the first version: framed, at three widths of which two are the same. So ratios stay comparable.
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

import yaml

from lnlib.batch.dry_run import papermill_command
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.plan.project import Project
from lnlib.batch.register_members import members
from lnlib.filesystem import file_digest

ROOT = Path(__file__).resolve().parents[2]
OVER = {"05-province": "province", "06-actor": "actor"}
EDITIONS = ("demonstration", "learning-note-17")
SCRIPTS = Path(sys.executable).parent
SHARED = ("figures", "tables", "data")
# what notebooks say besides, to print what the first version did: framed figures at three widths, of which two are the same
OLD_FILES = """
from dataclasses import replace
from lnlib.exhibits.figure import FORMATS, Exhibit

def old_files(self):
    again = replace(self, _rendered={}, _drawings={}, _drawn={})
    widths = {"column": (self, "column"), "two-columns": (self, "two-columns"), "page": (again, "two-columns")}
    framed = [(form, False) for form in FORMATS]
    for exhibit, width in widths.values():
        exhibit._render(width, framed)
    return {
        self._file(name, form): exhibit.rendered(width, form) for name, (exhibit, width) in widths.items() for form in FORMATS
    }

Exhibit.files = old_files
"""
# what papermill records of an execution, and `lnlib run` leaves out
PASSING = {"id", "papermill", "execution", "widgets", "start_time", "end_time", "duration"}


@dataclass(frozen=True)
class Bench:
    """A project created for one measurement.

    Parameters
    ----------
    editions : list of Edition
        Its editions, each with its runs.
    workers : int
        How many go at once, where a way has workers.
    """

    editions: list[Edition]
    workers: int

    @property
    def project(self) -> Project:
        return Project.around(self.editions[0].path)

    def runs(self) -> list[tuple[Edition, Run, Path]]:
        """Return every run with its edition and its output folder, which is created."""
        found = [(edition, run, self.project.build / edition.name) for edition in self.editions for run in edition.runs]
        for _, run, out in found:
            (out / "runs" / run.notebook).mkdir(parents=True, exist_ok=True)
        return found

    def commands(self) -> list[list[str]]:
        """Return the papermill commands of its runs, as `lnlib run --dry-run` prints them."""
        given = [papermill_command(run, edition, out, self.project) for edition, run, out in self.runs()]
        return [[str(SCRIPTS / name), *more, "--no-progress-bar"] for name, *more in given]

    def description(self) -> str:
        """Describe its runs for another process."""
        runs = [
            {
                "notebook": str(edition.notebooks[run.notebook].path),
                "made": str(out / "runs" / f"{run.id}.ipynb"),
                "parameters": {**run.parameters, "out": Path(os.path.relpath(out, self.project.notebooks)).as_posix()},
            }
            for edition, run, out in self.runs()
        ]
        return json.dumps({"runs": runs, "cwd": str(self.project.notebooks), "workers": self.workers})


def bench(
    folder: Path, notebook: str, names: Sequence[str], most: int, workers: int, *, old_files: bool = False
) -> Bench:
    """Return a project with this one's notebooks and registers, and of its editions at most `most` runs of a notebook.

    Without a notebook, all runs. An edition of one notebook numbers no exhibits, as those of other notebooks are not there.
    With `old_files` notebooks print the figures of the first version.
    """
    for name in ("notebooks", "data", "params"):
        shutil.copytree(ROOT / name, folder / name)
    for path in sorted((folder / "notebooks").glob("*.ipynb")) if old_files else ():
        content = json.loads(path.read_text(encoding="utf-8"))
        imports = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
        imports["source"] = "".join(imports["source"]) + OLD_FILES
        path.write_text(json.dumps(content), encoding="utf-8")
    paths = [folder / "params" / f"{name}.yml" for name in names]
    for path in paths if notebook else ():
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        declared.pop("exhibits", None)
        declared["runs"] = [run for run in declared["runs"] if run["notebook"] == notebook]
        path.write_text(yaml.safe_dump(declared), encoding="utf-8")
        keys = [run.key for run in read_edition(path, members).runs]
        if len(keys) > most:
            declared["runs"][0]["for_each"] = {OVER[notebook]: keys[:most]}
            path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    return Bench([read_edition(path, members) for path in paths], workers)


def child(line: Sequence[str | Path], bench: Bench, text: str | None = None) -> None:
    """Run a command in the project's folder; its output is shown if it fails."""
    made = subprocess.run(
        list(map(str, line)), cwd=bench.project.root, input=text, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SystemExit(f"{' '.join(map(str, line))}\n{made.stdout}{made.stderr}")


def compile_library(checkout: Path, python: str | Path = sys.executable) -> None:
    """Compile the library of a checkout, as its first start does where it may (`PYTHONDONTWRITEBYTECODE`)."""
    subprocess.run([python, "-m", "compileall", "-q", checkout / "src"], check=True)


def ours(bench: Bench) -> None:
    paths = [edition.path for edition in bench.editions]
    child([SCRIPTS / "lnlib", "run", *paths, "--workers", str(bench.workers)], bench)


def loop(bench: Bench) -> None:
    for line in bench.commands():
        child(line, bench)


def pool(bench: Bench) -> None:
    with ThreadPoolExecutor(bench.workers) as threads:
        list(threads.map(lambda line: child(line, bench), bench.commands()))


def other(way: str) -> Callable[[Bench], None]:
    """Return a way of `others.py`."""

    def run(bench: Bench) -> None:
        child([sys.executable, Path(__file__).with_name("others.py"), way], bench, bench.description())

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
    """Return a digest of every file that all ways have to make."""
    found = {}
    for edition in bench.editions:
        out = bench.project.build / edition.name
        for path in (path for name in SHARED for path in (out / name).rglob("*") if path.is_file()):
            found[f"{edition.name}/{path.relative_to(out).as_posix()}"] = file_digest(path)
        for path in (out / "runs").rglob("*.ipynb"):
            plain = json.dumps(alike(json.loads(path.read_text(encoding="utf-8"))), sort_keys=True)
            found[f"{edition.name}/{path.relative_to(out).as_posix()}"] = hashlib.sha256(plain.encode()).hexdigest()
    return found


def alike(part: Any) -> Any:
    """Return an executed notebook without times, random ids, the output folder and the order of its parameters."""
    if isinstance(part, dict):
        if "injected-parameters" in part.get("metadata", {}).get("tags", ()):
            part = {**part, "source": sorted("".join(part["source"]).splitlines())}
        return {key: alike(value) for key, value in part.items() if key not in PASSING}
    if isinstance(part, list):
        return [alike(item) for item in part if not str(item).startswith("out = ")]
    return re.sub(r"\nout = .*", "", part) if isinstance(part, str) else part


def measure(way: str, asked: argparse.Namespace) -> tuple[float, float, dict[str, str]]:
    """Return wall and processor seconds of a way, and digests of its files."""
    with tempfile.TemporaryDirectory(prefix="lnlib-bench-") as name:
        prepared = bench(
            Path(name), asked.notebook, asked.editions, asked.runs, asked.workers, old_files=asked.old_files
        )
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        WAYS[way](prepared)
        took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, made(prepared)


def differences(found: dict[str, dict[str, str]]) -> list[str]:
    """Return the ways whose files differ; the floor makes no notebooks."""
    wrong = []
    first, *others = found
    for way in others:
        names = found[first].keys() | found[way].keys()
        if FLOOR in (first, way):
            names = {name for name in names if not name.endswith(".ipynb")}
        differ = sorted(name for name in names if found[first].get(name) != found[way].get(name))
        wrong += [f"{way} and {first} differ in {len(differ)} files, the first {differ[0]}"] if differ else []
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notebook", choices=list(OVER), default="05-province")
    parser.add_argument("--editions", nargs="*", default=EDITIONS, choices=EDITIONS)
    parser.add_argument("--runs", type=int, default=99, help="at most so many provinces or actors of an edition")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--old-files", action="store_true", help="the figures that the first version printed")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    asked = parser.parse_args()
    compile_library(ROOT)
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in asked.ways}
    found: dict[str, dict[str, str]] = {}
    for _ in range(asked.times):
        for way in asked.ways:  # in turn, so that a busy machine is busy for all
            wall, cpu, found[way] = measure(way, asked)
            times[way].append((wall, cpu))
            print(f"{way}: {wall:.1f} s", file=sys.stderr)
    middle = {way: [statistics.median(part) for part in zip(*several, strict=True)] for way, several in times.items()}
    runs = max(len([name for name in files if name.endswith(".ipynb")]) for files in found.values())
    print(
        f"{runs} runs of {asked.notebook} ({', '.join(asked.editions)}), {asked.workers} workers, median of {asked.times}\n"
    )
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
