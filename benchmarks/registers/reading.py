"""How long a large register takes to read and check, and how much memory: as CSV, as a workbook, as a survey export.

    python benchmarks/registers/reading.py [--repeats 3] [--small]

Each reading runs in a process of its own, so that its peak of memory is its own. Limits on an idle machine: 15 s and 3 GB
for 100,000 partnerships with 1,000,000 assessments in CSV; 9 s for a workbook of 50,000 rows; 10 s for an export with 20,000
rows in a repeat group.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

STAGES = ("coalition", "collaboration", "integrated")
ACTORS = 2_000


def tables(partnerships: int, assessments: int, seed: int = 1):
    """Make the rows of the four tables, the headers first."""
    chance = random.Random(seed)
    yield (
        "actors",
        [("actor", "name", "kind", "tier", "province")]
        + [
            (f"A{n:05d}", f"Organisation number {n}", "ngo" if n % 2 else "commune_council", "", f"{n % 25 + 1:02d}")
            for n in range(ACTORS)
        ],
    )
    yield (
        "partnerships",
        [("partnership", "non_state", "state", "province", "sectors", "functions", "start")]
        + [
            (
                f"P{n:06d}",
                f"A{2 * chance.randrange(ACTORS // 2) + 1:05d}",
                f"A{2 * chance.randrange(ACTORS // 2):05d}",
                f"{chance.randrange(25) + 1:02d}",
                "water;education",
                "accountability",
                "2009",
            )
            for n in range(partnerships)
        ],
    )
    rows = [("partnership", "date", "stage", "rated_by", "evidence", "source", "note")]
    for n in range(assessments):
        wave, which = divmod(n, partnerships)
        date = f"{2010 + wave // 2}-{6 * (wave % 2) + 1 + n % 6:02d}-{n % 28 + 1:02d}"
        stage = STAGES[min(2, (wave + which % 7) // 5)]
        rows.append(
            (f"P{which:06d}", date, stage, ("state", "non_state")[wave % 2], "interview", "Field visit", "a note")
        )
    yield "assessments", rows
    yield (
        "mechanisms",
        [("partnership", "mechanism", "start")] + [(f"P{n:06d}", "mou", "2011-05") for n in range(0, partnerships, 10)],
    )


def write_texts(folder: Path, partnerships: int, assessments: int) -> Path:
    """Write the tables as CSV."""
    import csv

    folder.mkdir()
    for name, rows in tables(partnerships, assessments):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines, lineterminator="\n").writerows(rows)
    return folder


def write_book(file: Path, partnerships: int, assessments: int) -> Path:
    """Write the tables as a workbook."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in tables(partnerships, assessments):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file


def write_export(file: Path, forms: int, children: int) -> Path:
    """Write an export of KoboToolbox: a form, and a repeat group of assessments."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    form = book.create_sheet("Form")
    form.append(
        ["NGO", "Kind of NGO", "Government partner", "Kind of state actor", "Province", "_id", "_uuid", "_index"]
    )
    for n in range(1, forms + 1):
        office = f"Commune council {n % 500}"
        form.append([f"NGO {n % 900}", "ngo", office, "commune_council", f"{n % 25 + 1:02d}", n, f"u{n}", n])
    group = book.create_sheet("assess")
    group.append(["Date", "Stage", "Rated by", "_index", "_parent_table_name", "_parent_index", "_submission__uuid"])
    for n in range(children):
        wave, which = divmod(n, forms)
        date = f"{2010 + wave}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
        group.append([date, STAGES[min(2, wave)], "state", n + 1, "Form", which + 1, f"u{which + 1}"])
    book.save(file)
    return file


def read_once(path: Path, *, bar: bool) -> None:
    """Read and check one register in this process, and print what it took."""
    from lnlib.intake.reading import read
    from lnlib.intake.register_opening import from_raw

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} rows"), TimeElapsedColumn()
    with Progress(*columns, disable=not bar, transient=True) as shown:
        task = shown.add_task("reading", total=None)
        begun = time.perf_counter()
        raw = read(path, progress=lambda words, done, _: shown.update(task, description=words, completed=done))
        read_in = time.perf_counter() - begun
        shown.update(task, description="checking")
        _, checked = from_raw(raw)
        took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak, cpu = peak_memory(), used.ru_utime + used.ru_stime
    rows, refused = sum(checked.read.values()), sum(checked.refused.values())
    print(json.dumps({"rows": rows, "refused": refused, "read": read_in, "took": took, "cpu": cpu, "peak": peak}))


def peak_memory() -> float:
    """Return the peak of this process's memory in MB; what `getrusage` tells on Linux is not below that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(words: str, path: Path, repeats: int) -> None:
    """Read a register several times, each in a process of its own, and print medians."""
    command = [sys.executable, __file__, "--once", str(path)]
    runs = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(repeats)]
    took, read_in, cpu = (statistics.median(run[key] for run in runs) for key in ("took", "read", "cpu"))
    peak = max(run["peak"] for run in runs)
    print(
        f"{words}: {runs[0]['rows']:,} rows, {runs[0]['refused']} refused; median of {repeats}: {took:.1f} s "
        f"({read_in:.1f} s reading; {cpu:.1f} s of processor, imports included), peak {peak:,.0f} MB"
    )


def main() -> None:
    """Make the registers, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--small", action="store_true", help="a tenth of the rows")
    arguments.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.once:
        read_once(asked.once, bar=sys.stderr.isatty())
        return
    scale = 10 if asked.small else 1
    with tempfile.TemporaryDirectory() as folder:
        texts = write_texts(Path(folder) / "texts", 100_000 // scale, 1_000_000 // scale)
        measure("CSV", texts, asked.repeats)
        book = write_book(Path(folder) / "book.xlsx", 8_000 // scale, 39_200 // scale)
        measure("workbook", book, asked.repeats)
        export = write_export(Path(folder) / "export.xlsx", 5_000 // scale, 20_000 // scale)
        measure("KoboToolbox export", export, asked.repeats)


if __name__ == "__main__":
    main()
