"""A small project: three notebooks, one edition, and a fake of who belongs to its register."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from rich.console import Console

from lnlib.batch.clean_command import clean
from lnlib.batch.plan.edition import Members
from lnlib.batch.plan.project import Project
from lnlib.batch.run_command import RunOptions, run_editions
from lnlib.batch.status_command import status
from lnlib.errors import ValueNotAllowed

PROVINCES = [("02", "Battambang"), ("03", "Kampong Cham"), ("21", "Takeo")]
ACTORS = [("youth-club", "Youth Club", "non_state"), ("health-office", "Health Office", "state")]
PARAMETERS = """\
register: str = "small"  # folder or name
frame: str = "24"
period_from: str = ""
period_to: str = ""
language: str = "en"
out: str = ""
"""
WRITE = """\
import json, os
from pathlib import Path
folder = Path(out or os.environ.get("LNLIB_OUT") or ".")
def exhibit(name, text):
    for part in ("figures", "data", "exhibits"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60"><text y="30">{text}</text></svg>'
    (folder / "figures" / f"{name}.178.svg").write_text(svg)
    (folder / "data" / f"{name}.csv").write_text(f"text\\n{text}\\n")
    (folder / "exhibits" / f"{name}.json").write_text(json.dumps({"name": name, "alt": f"Picture of {text}"}))
    display({"image/svg+xml": svg, "text/plain": f"Picture of {text}"}, raw=True)
"""


def notebook(*cells: str, parameters: str = PARAMETERS, title: str = "A question?") -> nbformat.NotebookNode:
    v4 = nbformat.v4
    made = [v4.new_markdown_cell(f"# {title}"), v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made += [v4.new_code_cell(source) for source in cells]
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


def resolve(name: str, value: object) -> str:
    known = PROVINCES if name == "province" else [(key, label) for key, label, _ in ACTORS]
    for key, label in known:
        if str(value) in (key, label):
            return key
    raise ValueNotAllowed.of(name, value, [label for _, label in known])


def members(register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
    return Members(
        title="A small register",
        kind="simulated",
        provinces=PROVINCES,
        actors=ACTORS,
        grid={"02": (1, 1), "03": (1, 2), "21": (2, 2)},
        numbers={
            "02": {"n": 5, "assessed": 4, "stage_now": "Collaboration", "level": 2, "count": 3, "change": 2},
            "03": {"n": 4, "assessed": 4},
            "21": {"n": 1, "assessed": 0},
        },
        also={"province=02": "បាត់ដំបង Batdambang", "actor=health-office": "ការិយាល័យសុខាភិបាល"},
        resolve=resolve,
    )


EDITION = """\
title: A small edition
register: small
frame: "24"
period: {from: "2009-06", to: 2014}
runs:
  - notebook: 01-portfolio
  - notebook: 05-province
    for_each: {province: all}
  - notebook: 06-actor
    for_each: {actor: non_state}
"""


def write(root: Path, name: str, nb: nbformat.NotebookNode) -> Path:
    path = root / "notebooks" / f"{name}.ipynb"
    nbformat.write(nb, path)
    return path


def make_project(folder: Path) -> Project:
    """Write a project of three notebooks that need no library."""
    for name in ("notebooks", "params", "data/small"):
        (folder / name).mkdir(parents=True)
    (folder / "data/small/actors.csv").write_text("actor\nyouth-club\n")
    of = {"province": 'province: str = "02"  # code or name\n', "actor": 'actor: str = "youth-club"\n'}
    write(folder, "01-portfolio", notebook(WRITE, 'exhibit("01-portfolio", "all")', title="Who and where?"))
    for name, key in (("05-province", "province"), ("06-actor", "actor")):
        cells = [WRITE, f'exhibit(f"{name}.{{{key}}}", {key})']
        write(folder, name, notebook(*cells, parameters=of[key] + PARAMETERS, title=f"How is the {key}?"))
    (folder / "params/small.yml").write_text(EDITION)
    return Project(folder)


class Batch:
    """One project and what was said about it."""

    def __init__(self, project, membership=None):
        self.project = project
        self.membership = membership
        self.params = [project.root / "params/small.yml"]
        self.out = project.root / "build/small"
        self.console_text = ""

    def run(self, *, build=None, interrupts=None, **options):
        where = {"build": build, "interrupts": interrupts}
        return self._do(run_editions, membership=self.membership or members, options=RunOptions(**options), **where)

    def status(self, **kwargs):
        return self._do(status, membership=self.membership or members, **kwargs)

    def clean(self):
        return self._do(clean)

    def _do(self, command, **kwargs):
        console = Console(width=300, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
        try:
            return command(self.params, console=console, **kwargs)
        finally:
            console.file.close()
            self.console_text = console.export_text()

    def report(self):
        return json.loads((self.out / "report.json").read_text())

    def states(self):
        return {run["id"]: run["state"] for run in self.report()["runs"]}

    def tree(self):
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file() and path.name not in {"report.json", "report.txt"}
        }
