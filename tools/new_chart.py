"""Write a chart and a notebook over provinces that work and pass every check, to be changed: five files.

`python tools/new_chart.py months_since` asks what a row of your data is, what goes on the axis and in the title, and how the figure
could mislead; options answer beforehand.
`--like province_mix` begins from a chart that is there, with its words, its test and what its notebook measures for it.
`make chart NAME=months_since` checks what was written.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import chart_copy
import store_outputs
from notebook_figures import drawn_by

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.words import Words

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "chart_template"
RUN = re.compile(r"^  - notebook: (.*)\n((?:    .*\n)*)", re.MULTILINE)
EACH_PROVINCE = "    for_each: {province: all}\n"
TIMES = {
    "origin": "the start",
    "first_assessed": "the first assessment",
    "last_assessed": "the last assessment",
    "end": "the end of the period",
}
# each with its words, and what the notebook measures it with from `status`
COUNTS = {
    "assessments": ("Assessments", 'status["assessments"]'),
    "dates": ("Dates of assessments", 'status["dates"]'),
    "up": ("Moves to a higher stage", 'status["up"]'),
    "down": ("Moves to a lower stage", 'status["down"]'),
    "mechanisms": ("Kinds of mechanisms used", 'status["mechanisms"].str.findall("[^;]+").str.len()'),
}
SHARES = {
    "share_up": ("Share that moved up, in percent", '100 * (status["up"] > 0)'),
    "share_highest": ("Share at the highest stage, in percent", '100 * (status["stage"] == whole.scale.keys[-1])'),
    "share_mou": (
        "Share with an MoU, in percent",
        '100 * status["mechanisms"].str.split(";").map(lambda used: "mou" in used)',
    ),
}
AT_PRESENT = "at_present"  # months that the stage of the end of the period has been held
OTHER = "other"  # a value that is in no list: the notebook says where it goes
VALUES = (
    *(f"{one}..{two}" for one in TIMES for two in list(TIMES)[list(TIMES).index(one) + 1 :]),
    AT_PRESENT,
    *COUNTS,
    *SHARES,
    OTHER,
)
ROWS = {
    "provinces": "a province: all of them in one figure",
    "partnerships": "a partnership: a figure for each province",
}
# what only its author knows; while it stands there, `make chart` names it
READING = "A partnership of which nothing was recorded has no dot, which is not the same as 0."
OWN_VALUE = "  # in place of the assessments: your value"
RANGE = re.compile(r": \{low\} to \{high\}\"$")


@dataclass(frozen=True)
class Measured:
    """What a new chart shows: a row for each province or partnership, with a duration, a count or a share.

    Parameters
    ----------
    rows : str
        `provinces`, in one figure, or `partnerships`, in one figure for each province.
    value : str
        A duration in months, such as `last_assessed..end`, a count, such as `up`, or of provinces a share, such as `share_up`;
        one of `VALUES`.
    what : str
        The value in words, as an axis or a subtitle begins; left empty, those of the value.
    finding : str
        The title, a sentence around `{low}` and `{high}`; left empty, the words and the range.
    reading : str
        How the figure could mislead; left empty, what is true of all of them.
    """

    rows: str = "provinces"
    value: str = "first_assessed..last_assessed"
    what: str = ""
    finding: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        """Check every choice."""
        for name, given, allowed in (("rows", self.rows, list(ROWS)), ("value", self.value, VALUES)):
            if given not in allowed:
                raise ValueNotAllowed.of(name, given, allowed)
        if self.value in SHARES and self.rows != "provinces":
            raise ValueNotAllowed(f"the value '{self.value}' is a share of a province's partnerships: --rows provinces")
        for name, given, broken in (("words", self.what, r'["\\{}\n]'), ("title", self.finding, r'["\\\n]')):
            if found := re.search(broken, given):
                raise ValueNotAllowed(f"the {name} {given!r} may not hold {found[0]!r}: they stand in en.yml")
        if self.finding and sorted(re.findall(r"\{.*?\}|[{}]", self.finding)) != ["{high}", "{low}"]:
            raise ValueNotAllowed(
                f"the title {self.finding!r} needs {{low}} and {{high}} once each, the least and the greatest value"
            )
        if self.value == OTHER and not self.what:
            raise ValueNotAllowed("the value 'other' needs its words: --what 'Moves up and down'")

    @property
    def words(self) -> str:
        """The value in words."""
        return self.what or words_of(self.value)

    @property
    def is_time(self) -> bool:
        """Whether the value is a time, which a register that tells an order has none of."""
        return ".." in self.value or self.value == AT_PRESENT or self.words.startswith(("Months ", "Years "))

    @property
    def axis(self) -> str:
        """The name of the axis, short enough for one column."""
        if self.value in SHARES:
            return "Percent"
        if self.is_time:
            return self.words.partition(" ")[0] if self.value == OTHER else "Months"
        return self.words

    @property
    def measure(self) -> str:
        """The code that measures the value of each partnership, as the column `value` of `status`."""
        whose = "here" if self.rows == "partnerships" else "whole"
        first, _, last = self.value.partition("..")
        status = f"status = ln.current_status({whose}, choices)"
        if last == "end":
            status += '.assign(end=ln.grid(whole, choices, every="year")[-1])'
        if {first, last} == {"first_assessed", "last_assessed"}:
            status += '.query("dates >= 2")  # assessed on two dates or more'
        if first in ("up", "down", "share_up"):
            status += '.query("compared > 0")  # those of whom a move can be seen within the period'
        if first == "share_highest":
            status += ".query(\"status == 'assessed'\")  # those at a stage at the end of the period"
        if first == AT_PRESENT:
            held = f"ln.spells({whose}, choices).query(\"status == 'assessed' and outcome == 'censored'\")"
            status = f'held = {held}  # at the end of the period\n{status}.merge(held[["partnership", "start", "end"]], on="partnership")'
            first, last = "start", "end"
        if last:
            return f'{status}\nstatus["value"] = 12 * years_between(status["{first}"], status["{last}"])'
        known = {**COUNTS, **SHARES}
        return (
            f'{status}\nstatus["value"] = {known[first][1] if first in known else COUNTS["assessments"][1] + OWN_VALUE}'
        )

    @property
    def filling(self) -> dict[str, str]:
        """What stands for each placeholder of the template."""
        share, measure = self.value in SHARES, self.measure
        whom = "the partnerships of this province" if self.rows == "partnerships" else "provinces"
        within = self.words[0].lower() + self.words[1:] if self.words[1:2].islower() else self.words
        return {
            "IMPORTS": "from lnlib.measures.columns import years_between" if "years_between" in measure else "",
            "MEASURE": measure,
            "OF_ROWS": "mean" if share else "median",
            "ENOUGH": '.query("n >= 5")  # no percentage of fewer' if share else "",
            "SUMMARY": "" if share else " (median)",
            "STATISTIC": "share" if share else "median",
            "FEWER": " Provinces with fewer than five are left out." if share else "",
            "COMMENT": "# of a register that tells an order and no dates there are no months\n" if self.is_time else "",
            "ENDING": " if not choices.ordinal else None" if self.is_time else "",
            "READING": self.reading or READING,
            "QUESTION": f"How do {whom} differ in {within}",
            "IN_SENTENCE": within,
            "AXIS": self.axis,
            "TITLED": (self.finding or f"{self.words}: {{low}} to {{high}}").format(low=6, high=30),
            "FINDING": self.finding or f"{self.words}: {{low}} to {{high}}",
            "WHAT": self.words,
        }


def words_of(value: str) -> str:
    """Return a value of `VALUES` but `OTHER` in words."""
    first, _, last = value.partition("..")
    if last:
        return f"Months from {TIMES[first]} to {TIMES[last]}"
    return "Months at the present stage" if value == AT_PRESENT else {**COUNTS, **SHARES}[value][0]


def new_files(name: str, measured: Measured | None = None, *, like: str = "") -> dict[Path, str]:
    """Return the five files of a chart of this name, each with its text.

    Raises
    ------
    ValueNotAllowed
        The name is no name of a module, or is taken; or there is no chart to begin from.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise ValueNotAllowed(f"chart '{name}' must be a name in lower case with underscores, such as months_since")
    chart, words = ROOT / f"src/lnlib/charts/{name}.py", ROOT / "src/lnlib/words/en.yml"
    if chart.exists() or f"\n{name}:" in words.read_text("utf-8"):
        raise ValueNotAllowed(f"chart '{name}' is taken: choose a name that neither src/lnlib/charts nor en.yml has")
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


def _filled(name: str, notebook: str, measured: Measured) -> dict[str, str]:
    """Return the parts of a chart from the template."""
    each = measured.rows == "partnerships"
    kind = "each_province" if each else "all_provinces"

    def filled(text: str) -> str:
        for placeholder, value in {**measured.filling, "new_chart": name, "NOTEBOOK": notebook}.items():
            text = text.replace(placeholder, value)
        return text

    def read(file: str) -> str:
        return (TEMPLATE / file).read_text("utf-8")

    cells = json.loads(read(f"{kind}.json"))
    for cell in cells["cells"]:
        cell["source"] = filled("".join(cell["source"])).strip().splitlines(keepends=True)
    words = filled(read(f"{kind}.yml"))
    if measured.is_time:  # of an order it is not drawn
        words = re.sub(r"  subtitle_order: .*\n", "", words)
    return {
        "chart": filled(read("chart.py")),
        "words": words,
        "test": filled(read("chart_test.txt")),
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
    """Return what a chart shows, from options; what they leave open is asked for, if there is anybody to ask."""
    answers = dict(given)
    if ask and not answers["rows"]:
        print("What does a row of your data mean?", *_numbered(list(ROWS.values())), sep="\n")  # noqa: T201 - it asks
        answers["rows"] = _chosen(ask("Number [1]: "), list(ROWS))
    if ask and not answers["value"]:
        offered = [value for value in VALUES if value not in SHARES or answers["rows"] == "provinces"]
        each = [words_of(value) for value in offered if value != OTHER]
        each.append("something else, or two values: you write it into the notebook")
        print("What goes on the axis?", *_numbered(each), sep="\n")  # noqa: T201 - it asks
        answers["value"] = _chosen(ask("Number [1]: "), offered)
    if ask and not answers["what"]:
        named = "" if answers["value"] == OTHER else f" [{words_of(answers['value'] or Measured.value)}]"
        answers["what"] = ask(f"In your words, as the axis of a figure says it{named}: ").strip()
    if ask and not answers["finding"]:
        print("The title is a sentence with the result. {low} and {high} stand for the least and the greatest value;")  # noqa: T201
        print("no number of your own, as other registers are drawn too. Enter leaves it for later.")  # noqa: T201
        answers["finding"] = ask("Title: ").strip()
    if ask and not answers["reading"]:
        print("How could the figure mislead? A sentence or two for the end of the notebook; Enter leaves it for later.")  # noqa: T201
        answers["reading"] = ask("Caution: ").strip()
    return Measured(**{name: value for name, value in answers.items() if value})


def _numbered(choices: Sequence[str]) -> list[str]:
    return [f"  {number}  {choice}" for number, choice in enumerate(choices, 1)]


def _chosen(answer: str, choices: Sequence[str]) -> str:
    """Return the choice of a number or of its own name; the first where there is no answer."""
    answer = answer.strip() or "1"
    return choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(choices) else answer


def left_as_written(name: str, notebook: Path) -> list[str]:
    """Return what of a new chart is still as it was written and only its author can know, each with its place."""
    text = "\n".join("".join(cell["source"]) for cell in json.loads(notebook.read_text("utf-8"))["cells"])
    entries = re.search(rf"^{name}:\n((?:  .*\n)+)", (ROOT / "src/lnlib/words/en.yml").read_text("utf-8"), re.MULTILINE)
    findings = re.findall(r"^  finding: .*$", entries[1] if entries else "", re.MULTILINE)
    left = []
    if OWN_VALUE.strip() in text:
        left.append(f"notebooks/{notebook.name}: your value, in place of the assessments")
    if READING in text:
        left.append(f"notebooks/{notebook.name}: the closing section, how the figure could mislead")
    if any(RANGE.search(finding) for finding in findings):
        left.append(f"src/lnlib/words/en.yml, {name}.finding: a sentence with the result, which is the title")
    return left


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the five files, store the outputs of the notebook, and list what to change in which order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="", help="of the chart, such as months_since")
    parser.add_argument("--list", action="store_true", help="list the charts that are there, and what each is")
    parser.add_argument("--rows", default="", help="provinces (one figure) or partnerships (one for each province)")
    parser.add_argument("--value", default="", help=f"what goes on the axis: {', '.join(VALUES)}")
    parser.add_argument("--what", default="", help="the value in words, such as 'Months since the last assessment'")
    parser.add_argument("--finding", default="", metavar="TITLE", help="a sentence around {low} and {high}")
    parser.add_argument("--reading", default="", metavar="CAUTION", help="how the figure could mislead")
    parser.add_argument("--like", default="", metavar="CHART", help="begin from a chart that is there")
    given = parser.parse_args(arguments)
    if given.list:
        kinds = Words.load("en").group("chart_type")
        print(*(f"{chart:<20} {kinds.get(chart, '')}" for chart in sorted(drawn_by(ROOT / "notebooks"))), sep="\n")  # noqa: T201 - it is a command
        return
    measured = None
    if not given.like:
        options = {name: getattr(given, name) for name in ("rows", "value", "what", "finding", "reading")}
        measured = answered(options, input if sys.stdin.isatty() else None)
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
