"""Write a chart and a notebook over provinces that work and pass every check, to be changed: five files.

`python tools/new_chart.py months_since` asks what a row of your data is, what goes on the axis and in the title, and how the figure
could mislead; options answer beforehand.
`--like province_mix` begins from a chart that is there, with its words, its test and what its notebook measures for it.
`make chart NAME=months_since` checks what was written.
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import chart_copy
import store_outputs
import yaml
from measured_chart import (
    OF_PROVINCES,
    OTHER,
    OWN_TWO,
    OWN_VALUE,
    READING,
    ROWS,
    SIDES,
    TWO,
    VALUES,
    WHOM,
    Measured,
    default_finding,
    words_of,
)
from notebook_figures import drawn_by

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.words import Words

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "chart_template"
RUN = re.compile(r"^  - notebook: (.*)\n((?:    .*\n)*)", re.MULTILINE)
EACH_PROVINCE = "    for_each: {province: all}\n"


def new_files(name: str, measured: Measured | None = None, *, like: str = "") -> dict[Path, str]:
    """Return the five files of a chart of this name, each with its text.

    Raises
    ------
    ValueNotAllowed
        The name is no name of a module, or is taken; or there is no chart to begin from.
    """
    check_name(name)
    chart, words = ROOT / f"src/lnlib/charts/{name}.py", ROOT / "src/lnlib/words/en.yml"
    number = 1 + max(int(path.name[:2]) for path in (ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    notebook = f"{number:02}-{name.replace('_', '-')}"
    edition = ROOT / "params/demonstration.yml"
    text = edition.read_text("utf-8")
    parts = chart_copy.parts(ROOT, like, name, notebook) if like else _filled(name, notebook, measured or Measured())
    each = dict(RUN.findall(text)).get(parts.pop("like", ""), "") if like else parts.pop("each")
    last = [match.end() for match in RUN.finditer(text)][-1]
    return {
        ROOT / f"notebooks/{notebook}.ipynb": parts["notebook"],
        words: with_words(words.read_text("utf-8"), parts["words"]),
        chart: parts["chart"],
        ROOT / f"tests/charts/test_{name}.py": parts["test"],
        edition: f"{text[:last]}  - notebook: {notebook}\n{each}{text[last:]}",
    }


def check_name(name: str) -> None:
    """Check that a new chart can have a name.

    Raises
    ------
    ValueNotAllowed
        It is no name of a module, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise ValueNotAllowed(f"chart '{name}' must be a name in lower case with underscores, such as months_since")
    charts = {path.stem for path in (ROOT / "src/lnlib/charts").iterdir()}
    if name in charts or f"\n{name}:" in (ROOT / "src/lnlib/words/en.yml").read_text("utf-8"):
        raise ValueNotAllowed(f"chart '{name}' is taken: choose a name that neither src/lnlib/charts nor en.yml has")
    template = " ".join(path.read_text("utf-8") for path in TEMPLATE.iterdir() if path.is_file())
    if re.search(rf"\b{name}\b", template):
        raise ValueNotAllowed(
            f"chart '{name}' has a name that its own code uses; choose another, such as {name}_by_province"
        )


def _filled(name: str, notebook: str, measured: Measured) -> dict[str, str]:
    """Return the parts of a chart from the template."""
    each, two = measured.rows == "partnerships", measured.value == TWO
    kind = "each_province" if each else "all_provinces"

    filling = {**measured.filling, "new_chart": name, "NOTEBOOK": notebook}
    placeholder = re.compile("|".join(sorted(filling, key=len, reverse=True)))

    def filled(text: str) -> str:
        return placeholder.sub(lambda found: filling[found[0]], text)

    def read(file: str) -> str:
        return (TEMPLATE / file).read_text("utf-8")

    cells = json.loads(read(f"{kind}.json"))
    for cell in cells["cells"]:
        cell["source"] = filled("".join(cell["source"])).strip().splitlines(keepends=True)
    words = filled(read("two_sides.yml" if two else f"{kind}.yml"))
    if measured.is_time:  # of an order it is not drawn
        words = re.sub(r"  subtitle_order: .*\n", "", words)
    return {
        "chart": filled(read("two_sides.py" if two else "chart.py")),
        "words": words,
        "test": filled(read("two_sides_test.txt" if two else "chart_test.txt")),
        "notebook": json.dumps(cells, indent=1, ensure_ascii=False) + "\n",
        "each": EACH_PROVINCE * each,
    }


def with_words(catalogue: str, added: str) -> str:
    """Return a catalogue with the entries of another: first in a group that it has, else as a group at its end."""
    for key, entries in re.findall(r"^(\w+:\n)((?:  .*\n)+)", added, re.MULTILINE):
        head, found, rest = f"\n{catalogue}".partition(f"\n{key}")
        catalogue = (head + found + entries + rest)[1:] if found else catalogue + key + entries
    return catalogue


def answered(given: Mapping[str, str], ask: Callable[[str], str] | None) -> Measured:
    """Return what a chart shows, from options; what they leave open is asked for, if there is anybody to ask.

    Raises
    ------
    ValueNotAllowed
        An option is not allowed; an answer that is not is asked for again.
    """
    answers = {name: value for name, value in given.items() if value}
    if not ask:
        return Measured(**answers)
    if answers.get("value") in OF_PROVINCES:
        answers.setdefault("rows", "provinces")
    for name, allowed in (("rows", list(ROWS)), ("value", VALUES)):
        if answers.get(name) not in (None, *allowed):
            raise ValueNotAllowed.of(name, answers[name], allowed)

    def put(name: str, prompt: str, *lines: str, choices: Sequence[str] = ()) -> None:
        while name not in answers:
            print(*lines, sep="\n", end="\n" * bool(lines))  # noqa: T201 - it asks
            answer = ask(prompt).strip()
            try:
                answers[name] = _chosen(name, answer, choices) if choices else answer
                if not choices:
                    Measured(**answers)
            except ValueNotAllowed as error:
                answers.pop(name, None)
                print(error)  # noqa: T201 - it asks

    put(
        "rows",
        "Number [1]: ",
        "What does a row of your data mean?",
        *_numbered(list(ROWS.values())),
        choices=list(ROWS),
    )
    offered = [value for value in VALUES if value not in OF_PROVINCES or answers["rows"] == "provinces"]
    others = {
        TWO: "two counts, one on each side of zero, such as moves back and up",
        OTHER: "something else: you write it into the notebook",
    }
    each = [others.get(value) or words_of(value) for value in offered]
    put("value", "Number [1]: ", "What goes on the axis?", *_numbered(each), choices=offered)
    two, other = answers["value"] == TWO, answers["value"] == OTHER
    Measured(**({"what": "Words"} if other else {}) | answers)  # what the options say goes together
    if two:
        named = f"The sides left and right of zero in your words, with a / between [{' / '.join(SIDES)}]: "
    else:
        known = "" if other else f" [{words_of(answers['value'])}]"
        named = f"In your words, as the axis of a figure says it, which has room for some 24 letters{known}: "
    put("what", named)
    if two:
        put("whom", f"Who is counted, as the subtitle says it [{WHOM}]: ")
    put("question", "The question that the notebook answers, which is its heading [Enter: how they differ]: ")
    numbers = (
        "{left}, {right} and {n} stand for the sums"
        if two
        else "{low} and {high} stand for the least and the greatest value"
    )
    hint = f"The title is a sentence with the result. {numbers}; no number of your own, as"
    put("finding", "Title [Enter: later]: ", hint, "other registers are drawn too.")
    put("reading", "How could the figure mislead? A sentence or two for the end of the notebook [Enter: later]: ")
    return Measured(**answers)


def _numbered(choices: Sequence[str]) -> list[str]:
    return [f"  {number}  {choice}" for number, choice in enumerate(choices, 1)]


def _chosen(name: str, answer: str, choices: Sequence[str]) -> str:
    """Return the choice of a number or of its own name; the first where there is no answer."""
    answer = answer or "1"
    chosen = choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(choices) else answer
    if chosen not in choices:
        raise ValueNotAllowed.of(name, chosen, choices)
    return chosen


def left_as_written(name: str, notebook: Path) -> list[str]:
    """Return what of a new chart is still as it was written and only its author can know, each with its place."""
    text = "\n".join("".join(cell["source"]) for cell in json.loads(notebook.read_text("utf-8"))["cells"])
    entries = re.search(rf"^{name}:\n((?:  .*\n)+)", (ROOT / "src/lnlib/words/en.yml").read_text("utf-8"), re.MULTILINE)
    words = yaml.safe_load(entries[1]) if entries else {}
    alike = str(words.get("finding_alike", "")).removesuffix(": {value}")
    written = default_finding((words["left"], words["right"]) if {"left", "right"} <= {*words} else alike)
    left = []
    if OWN_VALUE.strip() in text:
        left.append(f"notebooks/{notebook.name}: your value, in place of the assessments")
    if OWN_TWO.strip() in text:
        left.append(
            f"notebooks/{notebook.name}: whom you count, and your two values, in the lines below the comment that says so; then delete the comment"
        )
    if READING in text:
        left.append(f"notebooks/{notebook.name}: the closing section, how the figure could mislead")
    if words.get("finding") == written:
        left.append(f"src/lnlib/words/en.yml, {name}.finding: a sentence with the result, which is the title")
    return left


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the five files, store the outputs of the notebook, and list what to change in which order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="", help="of the chart, such as months_since")
    parser.add_argument("--list", action="store_true", help="list the charts that are there, and what each is")
    parser.add_argument("--rows", default="", help="provinces (one figure) or partnerships (one for each province)")
    parser.add_argument("--value", default="", help=f"what goes on the axis: {', '.join(VALUES)}")
    parser.add_argument(
        "--what",
        default="",
        help="the value in words, such as 'Months since the last assessment', or 'Moved back / Moved up'",
    )
    parser.add_argument("--whom", default="", help="of two: who is counted, as a subtitle says it")
    parser.add_argument("--question", default="", help="that the notebook answers, its heading")
    parser.add_argument(
        "--finding", default="", metavar="TITLE", help="a sentence around {low} and {high}, or {left} and {right}"
    )
    parser.add_argument("--reading", default="", metavar="CAUTION", help="how the figure could mislead")
    parser.add_argument("--like", default="", metavar="CHART", help="begin from a chart that is there")
    given = parser.parse_args(arguments)
    if given.list:
        kinds = Words.load("en").group("chart_type")
        print(*(f"{chart:<20} {kinds.get(chart, '')}" for chart in sorted(drawn_by(ROOT / "notebooks"))), sep="\n")  # noqa: T201 - it is a command
        return
    check_name(given.name)
    options = {field.name: getattr(given, field.name) for field in fields(Measured)}
    if given.like and any(options.values()):
        raise ValueNotAllowed(f"--like {given.like} takes all from that chart: no other option stands beside it")
    measured = None if given.like else answered(options, input if sys.stdin.isatty() else None)
    files = new_files(given.name, measured, like=given.like)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    code = [str(path) for path in files if path.suffix in (".py", ".ipynb")]
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):  # lines are as long as the name
        subprocess.run([sys.executable, "-m", "ruff", *command, *code], check=False)
    store_outputs.main([path.stem for path in files if path.suffix == ".ipynb"])
    print(*(path.relative_to(ROOT) for path in files), sep="\n")  # noqa: T201 - it is a command


if __name__ == "__main__":
    try:
        main()
    except LnlibError as error:
        raise SystemExit(f"new_chart: {error}") from None
    except (EOFError, KeyboardInterrupt):
        raise SystemExit("\nnew_chart: no more answers; nothing was written") from None
