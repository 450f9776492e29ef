"""Time stories: one as a fragment, and all of a register saved as pages.

    python benchmarks/stories/pages.py [--partnerships 10000]

Prints seconds by the clock and of the processor's own time, the number of pages and their size.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from lnlib.analyses.stories import Stories, fragment, story
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.simulate import simulate

RATES = Path(__file__).parents[2] / "data/demonstration/rates.yml"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--partnerships", type=int, default=10_000)
    register = simulate(Rates.load(RATES), partnerships=asked.parse_args().partnerships, seed=1)
    keys = list(register.partnerships["partnership"])
    fragment(story(register, keys[0]))  # what is loaded once is not timed
    began = time.perf_counter()
    for key in keys[1:21]:
        fragment(story(register, key))
    print(f"one story as a fragment: {(time.perf_counter() - began) / 20:.3f} s (mean of 20)")
    with tempfile.TemporaryDirectory() as folder:
        began, before = time.perf_counter(), time.process_time()
        Stories(register).save(folder)
        print(
            f"all stories: {time.perf_counter() - began:.1f} s, of the processor {time.process_time() - before:.1f} s"
        )
        sizes = [path.stat().st_size for path in Path(folder, "stories").iterdir()]
        print(f"{len(sizes)} pages, {sum(sizes) / len(sizes) / 1024:.1f} KiB each")


if __name__ == "__main__":
    main()
