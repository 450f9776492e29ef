"""What is taken away makes the same again: the program, and the run file."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.plan.project import Project
from lnlib.batch.register_members import members
from lnlib.errors import LnlibError
from lnlib.exhibits.printed import Printed
from lnlib.explorer.code import code
from lnlib.explorer.run_file import run_text, write_run
from lnlib.explorer.selection import Selections
from lnlib.explorer.view_and_filters import VIEWS, Choice
from lnlib.words import Words

ROOT = Path(__file__).parents[2]
SELECTIONS = Selections()
NARROW = {"kind": ("ngo",), "function": ("accountability",), "mechanism": ("mou", "letter")}
CHOICES = [
    *[Choice(view=view) for view in VIEWS],
    *[
        Choice(register="learning-note-17", view=view, placed="order")
        for view in VIEWS
        if view not in ("pace", "agreement")
    ],
    Choice(view="paths", province="02", actor="N04", period_from="2010-06", period_to="2013"),
    Choice(view="actors", actor="N04", **NARROW),
    Choice(view="mix", **NARROW, in_force=True, rater="state", tier=("commune", "municipality")),
    Choice(view="flows", period_from="2011", period_to="2011-09", language="km"),
    Choice(view="provinces", sector=("health", "water"), frame="24", language="km"),
    Choice(view="mix", province=("02", "12", "17"), scale="share", every="year", hide=("ended",)),
    Choice(view="provinces", province="02;12", every="year", hide="not_assessed;ended"),
    Choice(view="provinces", scale="share", stage="integrated", language="km"),
    Choice(view="pace", province="02", stage="integrated"),
]


def run(*words, cwd=ROOT):
    return subprocess.run(words, cwd=cwd, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True)


def printed(exhibit):
    return exhibit.name, exhibit.rendered("two-columns", "svg"), exhibit.csv(), exhibit.entry()


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_the_program_makes_the_exhibit_that_is_shown(choice, monkeypatch):
    made = SELECTIONS.select(choice)
    monkeypatch.setattr(Printed, "save", lambda self, out: self)
    ran = {}
    exec(compile(code(made, out="out"), "copied", "exec"), ran)
    assert printed(ran["exhibit"]) == printed(made.exhibit)


def test_of_two_choices_each_program_makes_its_figure_on_the_scale_of_both(monkeypatch):
    monkeypatch.setattr(Printed, "save", lambda self, out: self)
    for view in VIEWS:
        pair = SELECTIONS.select_all([Choice(view=view, province="02"), Choice(view=view, period_from="2011")])
        for one in pair:
            ran = {}
            exec(compile(code(one, out="out"), "copied", "exec"), ran)
            assert printed(ran["exhibit"]) == printed(one.exhibit)


def test_the_program_reads_like_a_notebook():
    made = SELECTIONS.select(Choice(province="02", kind=("ngo",), period_to="2012"))
    choice = replace(made.choice, register="it's here")
    assert code(replace(made, choice=choice), out="build/explored") == (
        "import lnlib as ln\n"
        "from lnlib.charts import stage_mix\n"
        "from lnlib.measures.counts.shares import shares\n"
        "\n"
        'whole = ln.open_register("it\'s here", period_to="2012")\n'
        'here = whole.where(province="02", kind=["ngo"])\n'
        'choices = {"placed": "middle", "rater": "any", "carried": 18}\n'
        'dates = ln.grid(here, every="quarter")\n'
        "data = shares(ln.spells(here, **choices), dates=dates)\n"
        f'exhibit = ln.Exhibit("{choice.name}", stage_mix, data, here, choices={{**choices, "every": "quarter"}})\n'
        'exhibit.save("build/explored")\n'
    )


def project(tmp_path):
    """A project of its own, so that nothing is written to this one."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "10-view.ipynb", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "learning-note-17", tmp_path / "data" / "learning-note-17")
    return Project(tmp_path)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_a_run_file_says_the_choice_in_the_notebooks_parameters(choice, tmp_path):
    file = tmp_path / "explored.yml"
    here = Project(ROOT)
    made_of = SELECTIONS.select(choice).choice
    file.write_text(run_text(made_of, title="Explored", beside=tmp_path, project=here), "utf-8")
    (made,) = read_edition(file, members, project=here).runs
    given = made.parameters
    assert made.notebook == "10-view"
    assert given["register"] == choice.register
    again = Choice(
        register=given["register"],
        frame=given.get("frame", ""),
        view=given["view"],
        province=given.get("provinces", "") or given.get("province", ""),
        actor=given.get("actor", ""),
        period_from=given.get("period_from", ""),
        period_to=given.get("period_to", ""),
        kind=given.get("kinds", ""),
        tier=given.get("tiers", ""),
        function=given.get("functions", ""),
        sector=given.get("sectors", ""),
        mechanism=given.get("mechanisms", "") or given.get("in_force", ""),
        in_force="in_force" in given,
        rater=given["rater"],
        placed=given["placed"],
        scale=given.get("scale", "count"),
        every=given.get("every", ""),
        stage=given.get("stage", ""),
        hide=given.get("hide", ""),
        language=given["language"],
    )
    assert again == made_of


def test_a_run_gives_the_figure_that_was_explored(tmp_path):
    made_in = project(tmp_path)
    register = str(made_in.data / "learning-note-17")
    choice = Choice(register=register, view="paths", province="02", placed="order", function=("accountability",))
    file = write_run(choice, str(tmp_path / "params" / "explored"), title="Explored", words=Words.load())
    assert file == tmp_path / "params" / "explored.yml"
    assert yaml.safe_load(file.read_text("utf-8"))["register"] == "learning-note-17"
    lnlib = str(Path(sys.executable).with_name("lnlib"))
    ran = run(lnlib, "run", str(file), "--build", str(tmp_path / "build"), cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    made = SELECTIONS.select(choice)
    figure = tmp_path / "build" / "explored" / "figures" / "10-view-paths.two-columns.svg"
    assert figure.read_bytes() == made.exhibit.rendered("two-columns", "svg")


def test_a_run_file_that_says_something_else_is_left(tmp_path):
    made_in = project(tmp_path)
    file = made_in.root / "params" / "mine.yml"
    file.parent.mkdir()
    file.write_text("title: mine\n", "utf-8")
    chosen = Choice(register=str(made_in.data / "learning-note-17"), placed="order")
    message = {"title": "Explored", "words": Words.load()}
    assert write_run(chosen, str(file), **message) == file.with_name("mine-2.yml")
    assert write_run(chosen, str(file), **message) == file.with_name("mine-2.yml")
    assert file.read_text("utf-8") == "title: mine\n"


def test_a_run_file_outside_a_project_is_refused(tmp_path):
    with pytest.raises(LnlibError) as error:
        write_run(Choice(), str(tmp_path / "x.yml"), title="", words=Words.load())
    assert str(error.value) == (f"A run needs a project with notebooks/10-view.ipynb; none was found above {tmp_path}.")
