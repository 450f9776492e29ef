"""How many figure files editions hold, and how large they are; beside those of an earlier build.

    python benchmarks/charts/files.py build
    python benchmarks/charts/files.py build --against EARLIER_BUILD

Counts the SVG, PDF and PNG files in the `figures` folders of the editions that both builds hold, framed and bare.
"""

import argparse
from collections import Counter
from pathlib import Path

FORMATS = ("svg", "pdf", "png")


def sizes(build: Path, editions: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Return how many files there are of each format, and their bytes."""
    many: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for edition in editions:
        for file in (build / edition / "figures").rglob("*"):
            if (form := file.suffix[1:]) in FORMATS:
                many[form] += 1
                large[form] += file.stat().st_size
    return many, large


def editions_of(build: Path) -> list[str]:
    return sorted(folder.parent.name for folder in build.glob("*/figures"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--against", type=Path)
    given = parser.parse_args()
    editions = editions_of(given.build)
    if given.against:
        editions = [name for name in editions if name in editions_of(given.against)]
    print(f"editions: {', '.join(editions)}")
    print("| build | files | MB | SVG | PDF | PNG |")
    print("|---|---|---|---|---|---|")
    totals = []
    for build in filter(None, (given.against, given.build)):
        many, large = sizes(build, editions)
        totals.append(sum(large.values()))
        forms = " | ".join(f"{large[form] / 1e6:.1f} MB" for form in FORMATS)
        print(f"| {build.name} | {sum(many.values()):,} | {totals[-1] / 1e6:.1f} | {forms} |")
    if len(totals) == 2:
        print(f"{1 - totals[1] / totals[0]:.0%} smaller")


if __name__ == "__main__":
    main()
