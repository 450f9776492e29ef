import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lnlib.cli import app, main
from lnlib.errors import LnlibError

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "registers" / "small"
RATES = ROOT / "data" / "demonstration" / "rates.yml"
TABLES = ("actors", "partnerships", "assessments", "mechanisms")


def only_headers(*tables):
    return {f"{name}.csv": (SMALL / f"{name}.csv").read_text().splitlines()[0] + "\n" for name in tables}


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def run(*words, cwd=ROOT):
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from lnlib.cli import main; main()", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
    )


def test_check_of_a_good_register_says_what_was_read_and_ends_well():
    answer = ask("check", SMALL)
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "review: assessments.csv, row 7, column stage: goes back, from collaboration to coalition",
        "actors: 6 rows read, 6 accepted, 0 refused",
        "partnerships: 4 rows read, 4 accepted, 0 refused",
        "assessments: 7 rows read, 7 accepted, 0 refused",
        "mechanisms: 2 rows read, 2 accepted, 0 refused",
        "0 errors, 0 warnings, 1 to review",
    ]


def test_check_says_every_problem_with_its_place_and_ends_with_one(spoiled):
    folder = spoiled(
        cells={("assessments", 3, "stage"): "colaboration", ("partnerships", 5, "province"): "Batambang"},
        rows={"assessments": ["P3,2009-05-01,,coalition,state,,,,,,"]},
    )
    answer = ask("check", folder)
    assert answer.exit_code == 1
    lines = answer.stdout.splitlines()
    assert (
        "error: assessments.csv, row 3, column stage: stage 'colaboration' is not known; did you mean 'collaboration'? "
        "Allowed: coalition, collaboration, integrated"
    ) in lines
    assert (
        "error: assessments.csv, row 9, column date: date '2009-05-01' is before the partnership's start, 2011" in lines
    )
    assert any(
        line.startswith("error: partnerships.csv, row 5, column province: province 'Batambang' ") for line in lines
    )
    assert "partnerships: 4 rows read, 3 accepted, 1 refused" in lines
    assert lines[-1].startswith(f"{sum(line.startswith('error: ') for line in lines)} errors, 0 warnings, ")


def test_check_of_one_problem_counts_one(spoiled):
    answer = ask("check", spoiled(cells={("assessments", 3, "stage"): "nothing like it"}))
    assert answer.stdout.splitlines()[-1].startswith("1 error, 0 warnings, ")


def test_check_of_an_empty_register_says_so(spoiled):
    answer = ask("check", spoiled(texts=only_headers(*TABLES)))
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[-2:] == [
        "0 errors, 0 warnings, 0 to review",
        "The register is empty: its table of partnerships has no rows.",
    ]


@pytest.mark.parametrize(
    ("faults", "status", "line"),
    [
        ({}, 0, "read 19 = accepted 19 + refused 0"),
        ({"cells": {("assessments", 3, "stage"): "x"}}, 1, "read 19 = accepted 18 + refused 1"),
        ({"texts": only_headers("assessments")}, 1, "the register has no assessment: nothing can be shown over time"),
        ({"texts": only_headers(*TABLES)}, 2, "the register is empty: no row was read"),
    ],
    ids=["all accepted", "one refused", "no assessments", "empty"],
)
def test_the_exit_status_of_an_import_tells_whether_all_something_or_nothing_was_accepted(
    spoiled, tmp_path, faults, status, line
):
    answer = ask("import", spoiled(**faults), "--to", tmp_path / "imported")
    assert (answer.exit_code, line in answer.stdout.splitlines()) == (status, True)


def test_check_writes_nothing(spoiled):
    folder = spoiled(cells={("assessments", 3, "stage"): "x"})
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    ask("check", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_names_in_brackets_are_printed_as_they_are(spoiled):
    answer = ask("check", spoiled(cells={("assessments", 3, "stage"): "[bold]x[/bold]"}))
    assert "stage '[bold]x[/bold]' is not known" in answer.stdout


def test_simulate_writes_a_register_that_opens_and_is_the_same_for_the_same_seed(tmp_path):
    for name in ("one", "two"):
        answer = ask("simulate", tmp_path / name, "--rates", RATES, "--partnerships", "6", "--provinces", "02, Takeo")
        assert answer.exit_code == 0
        assert answer.stdout == f"{tmp_path / name}: 6 simulated partnerships\n"
    for table in TABLES:
        assert (tmp_path / "one" / f"{table}.csv").read_bytes() == (tmp_path / "two" / f"{table}.csv").read_bytes()
    assert ask("check", tmp_path / "one").exit_code == 0


def test_simulate_with_another_seed_is_another_register(tmp_path):
    for seed in ("1", "2"):
        ask("simulate", tmp_path / seed, "--rates", RATES, "--partnerships", "6", "--seed", seed)
    assert (tmp_path / "1" / "assessments.csv").read_bytes() != (tmp_path / "2" / "assessments.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "demonstratoin"], "register 'demonstratoin' does not exist; did you mean 'demonstration'?"),
        (
            ["run", "params/none.yml"],
            f"edition file 'none.yml' is not known. Allowed: demonstration.yml, dfgg-documents.yml, learning-note-17.km.yml, learning-note-17.yml in {ROOT / 'params'}",
        ),
        (["simulate", "OUT", "--rates", RATES, "--provinces", "Batambang"], "province 'Batambang' is not known"),
    ],
)
def test_what_is_refused_is_raised_with_its_sentence_and_writes_nothing(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    answer = ask(*[tmp_path / "out" if word == "OUT" else word for word in words])
    assert isinstance(answer.exception, LnlibError)
    assert message in str(answer.exception)
    assert not (tmp_path / "out").exists()


def test_a_refusal_is_one_sentence_without_a_traceback_and_ends_with_two(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["lnlib", "check", "demonstratoin"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "lnlib: register 'demonstratoin' does not exist; did you mean 'demonstration'?\n"


def test_the_same_as_a_process(tmp_path):
    edition = tmp_path / "params" / "bad.yml"
    edition.parent.mkdir()
    (tmp_path / "notebooks").mkdir()
    edition.write_text("title: Bad\nregistr: demonstration\nruns: []\n")
    answer = run("run", edition, cwd=tmp_path)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stdout + answer.stderr
    assert "registr" in answer.stderr
    assert "did you mean 'register'?" in answer.stderr
    assert not (tmp_path / "build").exists()


def test_a_command_that_is_not_there_is_refused():
    answer = ask("chekc")
    assert answer.exit_code == 2
    assert "No such command" in answer.stderr


def test_help_names_every_command():
    answer = ask("--help")
    for command in ("check", "import", "template", "simulate", "run", "status", "clean"):
        assert command in answer.stdout


def test_ctrl_c_before_the_first_run_is_said_in_a_sentence(monkeypatch):
    def interrupted(*args, interrupts, **kwargs):
        signal.raise_signal(signal.SIGINT)
        raise AssertionError(f"it goes on after {interrupts.count} interruptions")

    monkeypatch.setattr("lnlib.batch.run_command.run_editions", interrupted)
    answer = ask("run")
    assert (answer.exit_code, answer.stderr) == (130, "stopped; the next batch makes the rest\n")
