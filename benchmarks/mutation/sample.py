"""Mutation testing, sampled: change the code at random places, and see whether the tests notice.

cosmic-ray makes every mutant of a room; a seeded sample of them is run against the room's tests. It changes files in
place, so run it in a clone of its own, whose environment is in `.venv`:

    pip install cosmic-ray
    python benchmarks/mutation/sample.py --room history --count 20

Mutants of annotations and of other code that never runs are not counted; each survivor is printed as a difference.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

ROOMS = {
    "history": (
        "src/lnlib/history",
        "tests/history tests/measures/test_shares.py tests/measures/test_flows.py src/lnlib/history",
    ),
    "counts": ("src/lnlib/measures/counts", "tests/measures --ignore tests/measures/panel src/lnlib/measures/counts"),
    "curves": ("src/lnlib/measures/curves", "tests/measures --ignore tests/measures/panel src/lnlib/measures/curves"),
    "panel": ("src/lnlib/measures/panel", "tests/measures/panel src/lnlib/measures/panel"),
    "build": (
        "src/lnlib/batch/build",
        "tests/batch/test_staleness.py tests/batch/test_dependencies.py tests/batch/test_symbolic_links.py tests/batch/test_lease.py "
        "tests/batch/test_runs.py src/lnlib/batch/build",
    ),
}
CONFIG = """
[cosmic-ray]
module-path = "{path}"
timeout = 600.0
excluded-modules = []
test-command = ".venv/bin/python -m pytest -q -x -n 0 -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"
"""
# operators whose mutants live in annotations (X | None), or cannot be told apart by any test
SKIPPED = (
    "operator_name LIKE '%BitOr%' OR operator_name LIKE '%RemoveDecorator%' OR operator_name LIKE '%NumberReplacer%'"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--room", choices=ROOMS, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    path, tests = ROOMS[asked.room]
    folder = Path("build/mutation")
    folder.mkdir(parents=True, exist_ok=True)
    config, session = folder / f"{asked.room}.toml", folder / f"{asked.room}.sqlite"
    config.write_text(CONFIG.format(path=path, tests=tests))
    session.unlink(missing_ok=True)
    run("cosmic-ray", "init", str(config), str(session))
    made = keep_sample(session, asked.count, asked.seed)
    run("cosmic-ray", "exec", str(config), str(session))
    print(f"{asked.room}: {asked.count} of {made} mutants, seed {asked.seed}")
    run("cr-report", "--show-diff", "--surviving-only", str(session))


def keep_sample(session: Path, count: int, seed: int) -> int:
    """Leave a random sample of the mutants in a session, and return how many there were."""
    with sqlite3.connect(session) as base:
        base.execute(f"DELETE FROM mutation_specs WHERE {SKIPPED}")
        jobs = [
            job
            for (job,) in base.execute(
                "SELECT job_id FROM mutation_specs ORDER BY module_path, operator_name, occurrence"
            )
        ]
        kept = set(Random(seed).sample(jobs, min(count, len(jobs))))
        dropped = [(job,) for job in jobs if job not in kept]
        base.executemany("DELETE FROM mutation_specs WHERE job_id = ?", dropped)
        base.execute("DELETE FROM work_items WHERE job_id NOT IN (SELECT job_id FROM mutation_specs)")
    return len(jobs)


def run(*command: str) -> None:
    program = Path(sys.executable).parent / command[0]
    subprocess.run([str(program), *command[1:]], check=True)


if __name__ == "__main__":
    main()
