"""What a batch would make, printed: in words, or as plain papermill commands."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from rich.console import Console

from lnlib.batch.find_editions import opened_to_read
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.plan.plan_text import plan_lines
from lnlib.batch.plan.project import Project
from lnlib.filesystem import from_here


def print_plan(edition: Edition, runs: list[Run], build: Path, project: Project, console: Console) -> None:
    """Print in words what a batch would make, and why."""
    with opened_to_read(edition, project, build) as edition_build:
        stale = edition_build.stale()
    for line in plan_lines(edition, runs, stale):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_commands(edition: Edition, runs: list[Run], build: Path, project: Project, console: Console) -> None:
    """Print runs as commands for a shell, to be given in the current folder."""
    out = build / edition.name
    for folder in sorted({f"runs/{run.notebook}" for run in runs}):
        console.print(f"mkdir -p {shlex.quote(from_here(out / folder))}", markup=False, highlight=False, soft_wrap=True)
    for run in runs:
        command = papermill_command(run, edition, out, project)
        if "house" in run.parameters:  # figures ask the environment for it
            command = ["env", f"LNLIB_HOUSE={run.parameters['house']}", *command]
        console.print(shlex.join(command), markup=False, highlight=False, soft_wrap=True)


def papermill_command(run: Run, edition: Edition, out: Path, project: Project) -> list[str]:
    """Write a run as a plain papermill command that makes the same notebook, figures and data.

    Text is given raw, so that `02` stays text; everything that is neither text, number nor a truth value as YAML.
    """
    import yaml

    notebook = edition.notebooks[run.notebook]
    command = ["papermill", from_here(notebook.path), from_here(out / "runs" / f"{run.id}.ipynb")]
    command += ["--cwd", from_here(project.notebooks)]
    given = dict(run.parameters)
    if "out" in notebook.parameters:
        given["out"] = Path(os.path.relpath(out, project.notebooks)).as_posix()
    for name, value in given.items():
        if isinstance(value, str):
            command += ["-r", name, value]
        elif isinstance(value, bool | int | float) or value is None:
            command += ["-p", name, str(value)]
        else:
            command += ["-y", yaml.safe_dump({name: value}, default_flow_style=True, width=10**6).strip()]
    return command
