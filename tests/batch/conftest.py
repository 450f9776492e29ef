"""A small project to make editions in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_project import EDITION, PARAMETERS, WRITE, notebook, write

from lnlib.batch.plan.edition import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("notebooks", "params", "data/small"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data/small/actors.csv").write_text("actor\nyouth-club\n")
    of = {"province": 'province: str = "02"  # code or name\n', "actor": 'actor: str = "youth-club"\n'}
    write(tmp_path, "01-portfolio", notebook(WRITE, 'exhibit("01-portfolio", "all")', title="Who and where?"))
    for name, key in (("05-province", "province"), ("06-actor", "actor")):
        cells = [WRITE, f'exhibit(f"{name}.{{{key}}}", {key})']
        write(tmp_path, name, notebook(*cells, parameters=of[key] + PARAMETERS, title=f"How is the {key}?"))
    (tmp_path / "params/small.yml").write_text(EDITION)
    return Project(tmp_path)


@pytest.fixture
def edit(project: Project) -> Callable[[str], Path]:
    """Write another text into the edition file."""

    def edit(text: str) -> Path:
        path = project.root / "params/small.yml"
        path.write_text(text)
        return path

    return edit
