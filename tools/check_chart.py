"""Check one chart with its words, test and notebook, and print what to change where: `make chart NAME=months_since`.

The code is formatted and the notebook's outputs are stored first; then types, pictures and tests are checked side by side.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import store_outputs
from new_chart import left_as_written

from lnlib.errors import LnlibError
from lnlib.words import Words

ROOT = Path(__file__).parents[1]
# of all tests those that a new chart or notebook can fail
TESTS = (
    "tests/charts/test_every_chart.py",
    "tests/words/test_catalogue.py",
    "tests/test_arrows.py",
    "tests/test_banned_names.py",
)
OF_ALL = "every_chart_is_in or one_name or every_run_of"
MOST_LINES = 12  # of a message; what follows is a traceback or a table


def files(name: str) -> tuple[Path, Path, Path]:
    """Return the chart, its test and its notebook.

    Raises
    ------
    LnlibError
        One is not there.
    """
    chart, test = ROOT / f"src/lnlib/charts/{name}.py", ROOT / f"tests/charts/test_{name}.py"
    stem = name.replace("_", "-")
    notebooks = sorted((ROOT / "notebooks").glob(f"[0-9][0-9]-{stem}.ipynb"))
    if not name or not chart.exists():
        raise LnlibError(
            f"there is no chart src/lnlib/charts/{name or 'NAME'}.py; python tools/new_chart.py {name or 'NAME'} writes one"
        )
    for path, there in ((test.relative_to(ROOT), test.exists()), (f"notebooks/NN-{stem}.ipynb", notebooks)):
        if not there:
            raise LnlibError(f"the chart {name} has no {path}: name the file so")
    return chart, test, notebooks[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a chart; the exit status is 1 if there is anything to change."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name", nargs="?", default="", help="of the chart, such as months_since")
    name, start = parser.parse_args(arguments).name, time.monotonic()
    chart, test, notebook = files(name)
    Words.read("en")  # a catalogue that is no YAML is refused with its line
    own = [str(path) for path in (chart, test, notebook)]
    _ran("ruff", "format", "--quiet", *own)
    style = _ran("ruff", "check", "--output-format", "concise", "--quiet", *own)
    store_outputs.main([notebook.stem])
    with ThreadPoolExecutor() as pool, TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        types = pool.submit(_ran, "mypy", "--no-error-summary", str(chart))
        pictures = pool.submit(_ran, "", str(ROOT / "tools/gallery.py"), "--charts", name)
        of_all = f"({OF_ALL} or {notebook.stem} or {name})"
        tests = pool.submit(
            _ran, "pytest", "-q", "-m", "not slow", "--junitxml", str(report), str(test), *TESTS,
            "tests/test_notebooks.py", "tests/test_gallery.py",
            "-k", f"{of_all} or not (test_notebooks or test_gallery)",
        )  # fmt: skip
        wrong = [*_lines(style), *_lines(types.result()), *_of_pictures(pictures.result())]
        wrong += _failed(report, tests.result(), name, notebook)
    print(*wrong, sep="\n", end="\n" * bool(wrong))  # noqa: T201 - it is a command
    verdict = "change what is named above, then again: make chart NAME=" + name
    if not wrong:
        left = left_as_written(name, notebook)
        verdict = "it passes; what only you know is still as it was written" if left else "nothing to change"
        print(*left, sep="\n", end="\n" * bool(left))  # noqa: T201 - it is a command
    seconds = time.monotonic() - start
    print(f"{verdict} ({seconds:.0f} s). Look at build/gallery/index.html, at both widths.")  # noqa: T201
    return int(bool(wrong))


def _ran(module: str, *arguments: str) -> str:
    """Run a module, or a script, and return what it printed, or an empty text where it had nothing to say."""
    command = [sys.executable, *(["-m", module] if module else []), *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr if ran.returncode else ""


def _lines(printed: str) -> list[str]:
    return [line.replace(f"{ROOT}/", "") for line in printed.splitlines()]


def _of_pictures(printed: str) -> list[str]:
    """Return the faults of pictures, each with where to look; of a notebook that fails for a register, its last lines."""
    lines = _lines(printed)
    found = [f"build/gallery/{line}" for line in lines if re.match(r"\S+\.png: ", line)]
    return found or lines[-MOST_LINES:]


def _failed(report: Path, printed: str, name: str, notebook: Path) -> list[str]:
    """Return the message of each test that failed, with the file to change."""
    if not printed:
        return []
    if not report.exists():
        return _lines(printed)[-MOST_LINES:]
    places = {
        f"test_{name}": f"tests/charts/test_{name}.py: its DATA or its sentences, or the chart",
        "test_catalogue": "src/lnlib/words/en.yml",
        "test_notebooks": f"notebooks/{notebook.name}",
    }
    wrong = []
    for case in ET.parse(report).iter("testcase"):
        for failure in [*case.iter("failure"), *case.iter("error")]:
            module = next((part for part in case.get("classname", "").split(".") if part.startswith("test_")), "")
            title = case.get("name", "").removeprefix("test_").partition("[")[0].replace("_", " ")
            message = failure.get("message", "").removeprefix("AssertionError: ").splitlines()[:MOST_LINES]
            wrong += [
                f"{places.get(module, f'src/lnlib/charts/{name}.py')}: not true that {title}:",
                *(f"    {line}" for line in message),
            ]
    return wrong or _lines(printed)[-MOST_LINES:]


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except LnlibError as error:
        raise SystemExit(f"make chart: {error}") from None
