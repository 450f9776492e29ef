"""How long a change in the explorer takes to be redrawn: the median of each view, for each register given.

    python benchmarks/explorer/redraw.py demonstration
    lnlib simulate build/10000 --rates data/demonstration/rates.yml --partnerships 10000
    python benchmarks/explorer/redraw.py build/10000

Each reading is a choice that was not made before: the register whole with other raters and periods, one province, one
actor, one sector. Wall time and the time of the processor are given; on a machine that does other work only the second
says something.
"""

import argparse
import statistics
import time

from lnlib.explorer import explore
from lnlib.explorer.choice import VIEWS

READINGS = 7


def chosen(explorer):
    """Choices that change the whole register, and some that narrow it."""
    province = max(explorer._map.tiles, key=lambda tile: tile["n"])["key"]
    sectors = [key for key, _ in explorer._chips["sector"].options]
    return [
        {},
        {"rater": "state"},
        {"rater": "non_state"},
        {"period_to": "2013"},
        {"province": province},
        {"sector": (sectors[0],)},
        {"mechanism": tuple(key for key, _ in explorer._chips["mechanism"].options)},
    ][:READINGS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("registers", nargs="*", default=["demonstration"])
    for register in parser.parse_args().registers:
        explorer = explore(register)
        explorer._clear.click()
        print(f"{register}: {explorer.made.n} partnerships")
        for view in VIEWS:
            walls, processors = [], []
            for choice in chosen(explorer):
                explorer._maker._made.clear()
                wall, processor = time.perf_counter(), time.process_time()
                explorer._choose(**(explorer._nothing_chosen() | {"view": view} | choice))
                walls.append(time.perf_counter() - wall)
                processors.append(time.process_time() - processor)
            said = " ".join(f"{seconds:.2f}" for seconds in walls)
            medians = f"{statistics.median(walls):.2f} s ({statistics.median(processors):.2f} s of the processor)"
            print(f"  {view:10} median {medians}, readings {said}")


if __name__ == "__main__":
    main()
