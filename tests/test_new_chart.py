"""What `tools/new_chart.py` writes passes what is asked of every chart and notebook, before anybody has changed it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import new_chart
import pytest
import yaml

from lnlib.errors import ValueNotAllowed

ROOT = Path(__file__).parents[1]
GUARDS = ["tests/charts/test_every_chart.py", "tests/test_notebooks.py", "tests/words/test_catalogue.py"]


@pytest.mark.slow
def test_a_new_chart_and_notebook_pass_their_checks(tmp_path):
    for entry in (*ROOT.glob("*.toml"), *(ROOT / name for name in ("data", "docs", "conftest.py"))):
        (tmp_path / entry.name).symlink_to(entry)
    for name in ("src", "tests", "notebooks", "params", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path: path.read_bytes() for path in files(tmp_path)}
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}

    def run(*command):
        ran = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    stems = {}
    for name, options in (("months_watched", []), ("time_watched", ["--each-province"])):
        listed = run("tools/new_chart.py", name, *options).split()
        assert len(listed) == 5
        stems[name] = Path(listed[3]).stem
    changed = {path for path in files(tmp_path) if before.get(path) != path.read_bytes()}
    assert len(changed) == 8, "five files each, of which both change en.yml and the edition"
    runs = yaml.safe_load((tmp_path / "params/demonstration.yml").read_text("utf-8"))["runs"]
    assert runs[-2:] == [
        {"notebook": stems["months_watched"]},
        {"notebook": stems["time_watched"], "for_each": {"province": "all"}},
    ]
    of_charts = [f"tests/charts/test_{name}.py" for name in stems]
    assert " passed" in run("-m", "pytest", *GUARDS, *of_charts, "-m", "not slow", "-p", "no:cacheprovider")
    assert "28 pictures, 0 with faults" in run("tools/gallery.py", "--charts", *stems)
    run("-m", "ruff", "check", "--no-cache", "src", "tests", "notebooks")
    run("-m", "ruff", "format", "--no-cache", "--check", "src", "tests", "notebooks")
    run("-m", "mypy", "--cache-dir", os.devnull, *(f"src/lnlib/charts/{name}.py" for name in stems))


def files(folder):
    return [
        path
        for name in ("src", "tests", "notebooks", "params")
        for path in (folder / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


def test_entries_join_the_group_that_a_catalogue_has():
    assert new_chart.with_words("texts:\n  a: A\n", "texts:\n  b: B\nmine:\n  c: C\n") == (
        "texts:\n  b: B\n  a: A\nmine:\n  c: C\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "Months-watched",
            "chart 'Months-watched' must be a name in lower case with underscores, such as months_watched",
        ),
        ("stage_mix", "chart 'stage_mix' is taken: choose a name that neither src/lnlib/charts nor en.yml has"),
        ("texts", "chart 'texts' is taken: choose a name that neither src/lnlib/charts nor en.yml has"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name, message):
    with pytest.raises(ValueNotAllowed) as error:
        new_chart.new_files(name, each=False)
    assert str(error.value) == message
