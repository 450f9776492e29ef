"""Write a chart and a notebook that work and pass every check, to be changed: five files, from `tools/chart_template`.

`python tools/new_chart.py months_watched` draws a row for each province in one figure; with `--each-province` the notebook
is run for one province after the other, and a row is a partnership. `make chart NAME=months_watched` checks what was written.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import store_outputs

from lnlib.errors import LnlibError, ValueNotAllowed

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "chart_template"
RUN = re.compile(r"^  - notebook: .*\n(?:    .*\n)*", re.MULTILINE)


def new_files(name: str, *, each: bool) -> dict[Path, str]:
    """Return the five files of a chart of this name, each with its text.

    Raises
    ------
    ValueNotAllowed
        The name is no name of a module, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise ValueNotAllowed(f"chart '{name}' must be a name in lower case with underscores, such as months_watched")
    chart, words = ROOT / f"src/lnlib/charts/{name}.py", ROOT / "src/lnlib/words/en.yml"
    if chart.exists() or f"\n{name}:" in words.read_text("utf-8"):
        raise ValueNotAllowed(f"chart '{name}' is taken: choose a name that neither src/lnlib/charts nor en.yml has")
    kind = "each_province" if each else "all_provinces"
    number = 1 + max(int(path.name[:2]) for path in (ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    notebook = f"{number:02}-{name.replace('_', '-')}"

    def filled(file: str) -> str:
        return (TEMPLATE / file).read_text("utf-8").replace("new_chart", name).replace("NOTEBOOK", notebook)

    edition = ROOT / "params/demonstration.yml"
    run = f"  - notebook: {notebook}\n" + "    for_each: {province: all}\n" * each
    text = edition.read_text("utf-8")
    last = [match.end() for match in RUN.finditer(text)][-1]
    return {
        chart: filled("chart.py"),
        words: with_words(words.read_text("utf-8"), filled(f"{kind}.yml")),
        ROOT / f"tests/charts/test_{name}.py": filled("chart_test.txt"),
        ROOT / f"notebooks/{notebook}.ipynb": filled(f"{kind}.ipynb"),
        edition: text[:last] + run + text[last:],
    }


def with_words(catalogue: str, added: str) -> str:
    """Return a catalogue with the entries of another: first in a group that it has, else as a group at its end."""
    for key, entries in re.findall(r"^(\w+:\n)((?:  .*\n)+)", added, re.MULTILINE):
        head, found, rest = f"\n{catalogue}".partition(f"\n{key}")
        catalogue = (head + found + entries + rest)[1:] if found else catalogue + key + entries
    return catalogue


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the five files, store the outputs of the notebook, and list the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the chart, such as months_watched")
    parser.add_argument("--each-province", action="store_true", help="run the notebook for each province")
    given = parser.parse_args(arguments)
    files = new_files(given.name, each=given.each_province)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    code = [str(path) for path in files if path.suffix in (".py", ".ipynb")]
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--quiet", *code], check=True
    )  # lines are as long as the name
    store_outputs.main([path.stem for path in files if path.suffix == ".ipynb"])
    print(*(path.relative_to(ROOT) for path in files), sep="\n")  # noqa: T201 - it is a command


if __name__ == "__main__":
    try:
        main()
    except LnlibError as error:
        raise SystemExit(f"new_chart: {error}") from None
