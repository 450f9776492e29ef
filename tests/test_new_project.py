"""A project of one's own, from the checkout and from a wheel."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.errors import LnlibError
from lnlib.import_record import changed_source
from lnlib.intake import open_register
from lnlib.intake.guided_import import mapping_beside
from lnlib.intake.import_account import import_register
from lnlib.new_project import new_project

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests/registers/small"


def test_a_new_project_holds_all_that_a_run_needs(tmp_path):
    folder = tmp_path / "My notes"
    edition, account = new_project(folder, title="Partners: a series")
    assert edition == folder / "params/my-notes.yml"
    assert account == [
        f"{folder} is ready. Three commands lead to the first note:",
        f"  cd {shlex.quote(str(folder))}",
        "  lnlib run     # makes the edition: open build/my-notes/index.html",
        "  lnlib note    # sets notes/my-notes.en.md: open build/my-notes/notes/my-notes.en.pdf",
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        ".gitignore",
        "README.md",
        "data",
        "notebooks",
        "notes",
        "params",
    ]
    names = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.stem for path in (folder / "notebooks").iterdir()} == names
    declared = yaml.safe_load(edition.read_text("utf-8"))
    assert declared["title"] == "Partners: a series"
    assert {run["notebook"] for run in declared["runs"]} <= names
    assert open_register(folder / "data" / declared["register"]).kind == "simulated"
    note = (folder / "notes/my-notes.en.md").read_text("utf-8")
    assert note.startswith('---\ntitle: "Partners: a series"\n')
    assert "edition: my-notes\nregister: demonstration\n" in note
    key = "province.02.partnerships"  # of the provinces that the edition runs
    assert f" Battambang has {{{{{key}}}}} {{{{{key} | plural partnership partnerships}}}}." in note
    assert "pages: 1\n" in note
    assert "lnlib explore demonstration" in (folder / "README.md").read_text("utf-8")


def test_the_note_of_a_register_without_provinces_quotes_none(tmp_path):
    tracker = tmp_path / "tracker.csv"
    tracker.write_text("NGO,State,Stage,Date\nRiver Watch,OWSO,integrated,2011\n", "utf-8")
    new_project(tmp_path / "series", source=str(tracker))
    assert "{{province." not in (tmp_path / "series/notes/series.en.md").read_text("utf-8")


@pytest.mark.slow
def test_its_first_runs_and_its_note_work(tmp_path):
    new_project(tmp_path / "notes", source=str(SMALL))  # of fewer partnerships than a mix is drawn of
    names = ("02-over-time", "04-by-province", "05-province", "08-inline-statistics")
    only = [word for name in names for word in ("--only", f"notebook={name}")]
    for words in (["run", *only], ["note"]):
        command = [sys.executable, "-m", "lnlib", *words]
        ran = subprocess.run(command, cwd=tmp_path / "notes", capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "notes/build/notes/index.html").is_file()
    assert (tmp_path / "notes/build/notes/notes/notes.en.pdf").read_bytes().startswith(b"%PDF-")


def test_a_project_of_ones_own_register(tmp_path):
    edition, account = new_project(tmp_path / "series", source=str(SMALL))
    declared = yaml.safe_load(edition.read_text("utf-8"))
    assert (declared["register"], declared["runs"][4]["for_each"]) == ("series", {"province": "all"})
    assert "{{province.02.partnerships}}" in (tmp_path / "series/notes/series.en.md").read_text("utf-8")
    assert len(open_register(tmp_path / "series/data/series").partnerships) == len(open_register(SMALL).partnerships)
    assert account
    assert (
        f"lnlib import {Path(os.path.relpath(SMALL, tmp_path / 'series')).as_posix()} --to data/series --ask    #"
        in (tmp_path / "series/README.md").read_text("utf-8")
    )


def test_the_mapping_of_ones_own_register_is_kept_for_its_next_import(tmp_path):
    tracker, mapping = tmp_path / "tracker.csv", tmp_path / "own.yml"
    tracker.write_text("NGO,State,Stage,Date\nRiver Watch,OWSO Battambang,deep,2011\n", "utf-8")
    mapping.write_text("values: {stage: {deep: integrated}}\n", "utf-8")
    new_project(tmp_path / "series", source=str(tracker), mapping=mapping)
    kept = tmp_path / "series/data/series.mapping.yml"
    assert kept.read_bytes() == mapping.read_bytes()
    assert mapping_beside(tmp_path / "series/data/series") == kept  # where --ask goes on from
    command = "lnlib import ../tracker.csv --to data/series --ask    #"
    assert command in (tmp_path / "series/README.md").read_text("utf-8")


def test_a_new_project_with_refused_rows_ends_on_the_command_that_its_readme_prints_and_that_works(
    tmp_path, monkeypatch
):
    tracker, folder = tmp_path / "tracker.csv", tmp_path / "series"
    tracker.write_text("NGO,State,Stage,Date\nRiver Watch,OWSO Battambang,deep,2011\n", "utf-8")
    runner = CliRunner()
    made = runner.invoke(app, ["new", str(folder), "--from", str(tracker)])
    command = "lnlib import ../tracker.csv --to data/series --ask"
    assert made.stdout.splitlines()[-1] == f"in {folder}, `{command}` asks about what was refused or not read"
    assert "is ready" not in made.stdout
    assert f"{command}    #" in (folder / "README.md").read_text("utf-8")
    monkeypatch.chdir(folder)
    answers = "register: {kind: field}\nvalues: {stage: {deep: integrated}}\nassume: {rated_by: state}\n"
    mapping_beside(Path("data/series")).write_text(answers, "utf-8")
    for _ in range(2):
        again = runner.invoke(app, shlex.split(command)[1:])  # nothing is left to be asked
        assert again.exit_code == 0, again.output


TRACKER = "NGO,Government partner,Province,Stage,Date,rated_by\n"


def test_a_new_project_asks_what_is_undecided_and_has_a_section_for_each_of_few_provinces(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ("River,Commune of Sala,Pursat,deep,2011,state", "Hill,Commune of Kep,Kep,coalition,2012,state")
    Path("tracker.csv").write_text(TRACKER + "\n".join(rows) + "\n", "utf-8")
    answers = "\n".join(["dfgg", "integrated", "coded"]) + "\n"
    made = CliRunner().invoke(app, ["new", "series", "--from", "tracker.csv", "--ask"], input=answers)
    assert made.exit_code == 0, made.output
    lines = made.output.splitlines()
    assert lines.count("the answers are in series/data/series.mapping.yml") == 1
    assert lines[-4:-2] == ["series is ready. Three commands lead to the first note:", "  cd series"]
    assert not any(line.startswith(".series") for line in lines)  # where it was made at first
    register = open_register("series/data/series")
    assert (register.kind, register.title) == ("coded", "series")
    assert sorted(register.assessments["stage"]) == ["coalition", "integrated"]
    note = Path("series/notes/series.en.md").read_text("utf-8")
    assert [line for line in note.splitlines() if line.startswith("## ")] == ["## Pursat", "## Kep"]
    assert "![](05-province-15-paths){#paths-15 width=column}" in note
    assert "pages: 2\n" in note


def test_no_file_of_a_project_is_named_before_it_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ("River,Commune of Sala,Pursat,deep,2011,state", "Hill,Commune of Kep,Kep,coalition,2012,state")
    Path("tracker.csv").write_text(TRACKER + "\n".join(rows) + "\n", "utf-8")
    shown, there = [], []
    answers = {"What kind": "coded", "Go through": "no"}

    def answer(question, allowed, likely):
        there.append(Path("series").exists())
        return next((text for begun, text in answers.items() if question.startswith(begun)), likely)

    _, lines = new_project(Path("series"), source="tracker.csv", answer=answer, show=shown.append)
    assert (any(there), [line for line in shown if "series" in line]) == (False, [])
    refused = "every refused row, with its reason: series/data/series/refused.csv"
    assert lines.index(refused) < lines.index("series is ready. Three commands lead to the first note:")
    assert Path(refused.partition(": ")[2]).is_file()


def test_answers_of_a_project_that_could_not_be_made_are_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tracker.csv").write_text(TRACKER + "River,RDB,Kep,coalition,2011,state\n", "utf-8")
    made = CliRunner().invoke(app, ["new", "series", "--from", "tracker.csv", "--ask"], input="undecided\ncoded\nno\n")
    assert isinstance(made.exception, LnlibError)
    command = "lnlib new series --from tracker.csv --ask --mapping series.mapping.yml"
    assert str(made.exception).splitlines()[-1] == f"`{command}` asks what is undecided"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["series.mapping.yml", "tracker.csv"]
    again = CliRunner().invoke(app, shlex.split(command)[1:], input="ministry\n")
    assert again.exit_code == 0, again.output
    assert open_register("series/data/series").kind == "coded"


def test_only_a_workbook_can_be_asked_about(tmp_path):
    ran = CliRunner().invoke(app, ["new", str(tmp_path / "series"), "--ask"])
    assert str(ran.exception) == "--ask asks about a workbook or export: name it with --from"


def test_a_project_can_be_imported_again_and_tells_that_its_workbook_has_changed(tmp_path, monkeypatch):
    tracker, folder = tmp_path / "my tracker.csv", tmp_path / "series" / "data" / "series"
    tracker.write_text("NGO,State,Stage,Date\nRiver Watch,OWSO Battambang,integrated,2011\n", "utf-8")
    new_project(tmp_path / "series", source=str(tracker), title="Our series")
    monkeypatch.chdir(tmp_path / "series")
    assert changed_source(folder) == ""
    tracker.write_text("NGO,State,Stage,Date\nRiver Watch,OWSO Battambang,coalition,2011\n", "utf-8")
    assert changed_source(folder) == (
        "'../my tracker.csv' has changed since the register was imported from it; "
        "`lnlib import '../my tracker.csv' --to data/series` reads it again"
    )
    assert import_register("../my tracker.csv", "data/series").register.title == "Our series"
    assert changed_source(folder) == ""
    tracker.unlink()
    assert changed_source(folder) == ""


def test_nothing_is_left_of_a_project_that_could_not_be_made(tmp_path):
    with pytest.raises(LnlibError, match="does not exist"):
        new_project(tmp_path / "series", source=str(tmp_path / "missing.xlsx"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_project_whose_register_would_be_empty(tmp_path):
    tracker = tmp_path / "my tracker.csv"
    tracker.write_text("NGO,Government partner,Province,Stage,Date\nRiver Watch,RDB,Atlantis,coalition,2011\n")
    ran = CliRunner().invoke(app, ["new", str(tmp_path / "series"), "--from", str(tracker)])
    assert isinstance(ran.exception, LnlibError)
    assert str(ran.exception) == (
        f"no project was made: none of the 1 rows read from {tracker} was accepted\n"
        "  my tracker.csv, row 2, column Government partner: no column gives the kind of state actor 'RDB', nor does its "
        "name; name a column state_kind, or use kinds or assume, in a mapping\n"
        f"`lnlib new {tmp_path / 'series'} --from '{tracker}' --ask` asks what is undecided"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["my tracker.csv"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(LnlibError) as error:
        new_project(tmp_path)
    assert str(error.value) == f"{tmp_path} already exists and is not an empty folder; name a new one"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_the_command_and_the_version():
    runner = CliRunner()
    message = runner.invoke(app, ["--version"]).stdout
    assert message.startswith("lnlib ")
    assert "papermill 2" in message


@pytest.mark.slow
def test_a_wheel_brings_what_a_new_project_needs(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    notebooks = {f"lnlib/project/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks <= names
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert sources <= names
    assert {
        "lnlib/project/data/demonstration/datapackage.json",
        "lnlib/data/project/edition.yml",
        "lnlib/py.typed",
    } <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
