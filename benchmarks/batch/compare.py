"""Ways to make the same province runs, beside each other: `python benchmarks/batch/compare.py [--provinces 25]`.

Whole wall time and processor time (of all child processes) of each way, medians over `--times`, in one table. The
floor executes the notebook's code in two forked processes, without notebooks, shells or pages.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = "05-province"
SCRIPTS = Path(sys.executable).parent


def parameters(province: str) -> dict[str, object]:
    return {"register": "demonstration", "frame": "25", "province": province}


def edition(folder: Path, provinces: list[str]) -> Path:
    text = f"register: {ROOT / 'data/demonstration'}\nframe: '25'\nruns:\n  - notebook: {NOTEBOOK}\n"
    path = folder / "params/bench.yml"
    path.parent.mkdir(parents=True)
    for name in ("notebooks", "data"):
        (folder / name).symlink_to(ROOT / name)
    path.write_text(text + f"    for_each: {{province: {json.dumps(provinces)}}}\n")
    return path


def ours(folder: Path, provinces: list[str], workers: int) -> None:
    code = "import sys; from lnlib.cli import main; sys.argv[0] = 'lnlib'; main()"
    path = edition(folder, provinces)
    subprocess.run([sys.executable, "-c", code, "run", str(path), "--workers", str(workers)], check=True, stdout=2)


def command(folder: Path, province: str) -> None:
    pairs = [part for name, value in parameters(province).items() for part in ("-r", name, str(value))]
    out = folder / province
    out.mkdir(parents=True)
    environment = {**os.environ, "LNLIB_OUT": str(out)}
    line = [str(SCRIPTS / "papermill"), "--no-progress-bar", str(ROOT / f"notebooks/{NOTEBOOK}.ipynb")]
    line += [str(out / "run.ipynb"), "--cwd", str(ROOT / "notebooks"), *pairs]
    subprocess.run(line, check=True, env=environment, stderr=subprocess.DEVNULL)


def loop(folder: Path, provinces: list[str], workers: int) -> None:
    del workers
    for province in provinces:
        command(folder, province)


def pool(folder: Path, provinces: list[str], workers: int) -> None:
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(lambda province: command(folder, province), provinces))


def floor(folder: Path, provinces: list[str], workers: int) -> None:
    code = Path(__file__).with_name("floor.py")
    subprocess.run([sys.executable, str(code), str(folder), str(workers), *provinces], check=True)


WAYS = {"lnlib run": ours, "papermill in a loop": loop, "papermill, a pool": pool, "the floor": floor}


def measure(way: str, provinces: list[str], workers: int) -> tuple[float, float]:
    folder = Path(tempfile.mkdtemp(prefix="lnlib-bench-"))
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        WAYS[way](folder, provinces, workers)
    finally:
        took = time.monotonic() - started
        shutil.rmtree(folder, ignore_errors=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=25)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    asked = parser.parse_args()
    provinces = [f"{code:02d}" for code in range(1, asked.provinces + 1)]
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in asked.ways}
    for _ in range(asked.times):
        for way in asked.ways:  # in turn, so that a busy machine is busy for all
            found[way].append(measure(way, provinces, asked.workers))
    middle = {way: [statistics.median(part) for part in zip(*times, strict=True)] for way, times in found.items()}
    least = middle.get("the floor", [0.0, 0.0])
    print(f"{len(provinces)} provinces, {asked.workers} workers, median of {asked.times}")
    print(f"{'way':<22}{'wall s':>9}{'× floor':>9}{'cpu s':>9}{'× floor':>9}")
    for way, (wall, cpu) in middle.items():
        times = [f"{value / base:9.2f}" if base else f"{'–':>9}" for value, base in ((wall, least[0]), (cpu, least[1]))]
        print(f"{way:<22}{wall:9.1f}{times[0]}{cpu:9.1f}{times[1]}")


if __name__ == "__main__":
    main()
