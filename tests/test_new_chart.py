"""What `tools/new_chart.py` writes passes what is asked of every chart and notebook, before anybody has changed it."""

import ast
import builtins
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import chart_copy
import check_chart
import nbformat
import new_chart
import notebook_figures
import pandas as pd
import pytest
import store_outputs
import yaml

import lnlib
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.intake import open_register
from lnlib.measures.columns import years_between

ROOT = Path(__file__).parents[1]
PLACEHOLDERS = {
    "IMPORTS",
    "MEASURE",
    "BY_UNIT",
    "ON_LEFT",
    "ON_RIGHT",
    "COMMENT",
    "ENDING",
    "READING",
    "QUESTION",
    "IN_SENTENCE",
    "AXIS",
    "WHAT",
    "NOTEBOOK",
}
LIKE = ["--like", "province_mix"]
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
    told = ["--finding", "{low} to {high} percent are there", "--reading", "Ratings may be old."]
    drawn = {
        "trial_share": ["--value", "share_highest", *told],
        "trial_stay": ["--rows", "partnerships", "--value", "at_present"],
        "trial_two": ["--value", "two"],
    }
    kinds = {**drawn, "trial_mix": LIKE}
    for name, options in kinds.items():
        listed = run("tools/new_chart.py", name, *options).split()
        assert len(listed) == 5
        stems[name] = Path(listed[0]).stem
    changed = {path for path in files(tmp_path) if before.get(path) != path.read_bytes()}
    assert len(changed) == 14, "five files each, of which all change en.yml and the edition"
    runs = yaml.safe_load((tmp_path / "params/demonstration.yml").read_text("utf-8"))["runs"]
    assert runs[-4:] == [
        {"notebook": stems["trial_share"]},
        {"notebook": stems["trial_stay"], "for_each": {"province": "all"}},
        {"notebook": stems["trial_two"]},
        {"notebook": stems["trial_mix"]},
    ]
    of_charts = [f"tests/charts/test_{name}.py" for name in stems]
    theirs = f"not test_notebooks or {' or '.join(stems.values())} or {check_chart.OF_ALL}"
    assert " passed" in run(
        "-m", "pytest", *GUARDS, *of_charts, "-m", "not slow", "-k", theirs, "-p", "no:cacheprovider"
    )
    assert "pictures, 0 with faults" in run("tools/gallery.py", "--charts", *drawn)
    run("-m", "ruff", "check", "--no-cache", "src", "tests", "notebooks")
    run("-m", "ruff", "format", "--no-cache", "--check", "src", "tests", "notebooks")


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
            "chart 'Months-watched' must be a name in lower case with underscores, such as months_since",
        ),
        ("stage_mix", "chart 'stage_mix' is taken: choose a name that neither src/lnlib/charts nor en.yml has"),
        ("texts", "chart 'texts' is taken: choose a name that neither src/lnlib/charts nor en.yml has"),
        ("canvas", "chart 'canvas' is taken: choose a name that neither src/lnlib/charts nor en.yml has"),
        ("class", "chart 'class' must be a name in lower case with underscores, such as months_since"),
        (
            "rows",
            "chart 'rows' has a name that its own code uses; choose another, such as rows_by_province",
        ),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name, message):
    with pytest.raises(ValueNotAllowed) as error:
        new_chart.new_files(name)
    assert str(error.value) == message


NOTHING = dict.fromkeys(("rows", "value", "what", "whom", "question", "finding", "reading"), "")


def asked_and_found(given, *answers):
    """Return the prompts, and what a chart shows after some answers, each of which is given once."""
    prompts, left = [], iter(answers)
    found = new_chart.answered({**NOTHING, **given}, lambda prompt: prompts.append(prompt) or next(left))
    assert [*left] == []
    return prompts, found


def test_questions_are_asked_for_what_no_option_answers(capsys):
    prompts, found = asked_and_found({}, "2", "3", "", "", "", "")
    assert found == new_chart.Measured("partnerships", "origin..end")
    assert prompts[2] == (
        "In your words, as the axis of a figure says it, which has room for some 24 letters "
        "[Months from the start to the end of the period]: "
    )
    assert "Share that moved up" not in capsys.readouterr().out, "of a province's partnerships"
    texts = ("Who moved?", "{low} to {high} moves in a province", "A move may be missed.")
    _, found = asked_and_found({}, "1", str(len(new_chart.VALUES)), "Moves up and down", *texts)
    question, finding, reading = texts
    assert found == new_chart.Measured("provinces", "other", "Moves up and down", "", finding, question, reading)
    assert "  13  Share that moved up, in percent\n" in capsys.readouterr().out
    assert asked_and_found({"rows": "provinces", "value": "up", "what": "Up"}, "", "", "")[1].words == "Up"
    assert new_chart.answered({**NOTHING, "value": "up"}, None) == new_chart.Measured(value="up")


@pytest.mark.parametrize(
    "given",
    [
        {"value": "two", "what": "Coalitions"},
        {"value": "share_up", "rows": "partnerships"},
        {"value": "two", "finding": "{low} to {high}"},
    ],
)
def test_options_that_do_not_go_together_are_refused_and_not_asked_about_for_ever(given):
    with pytest.raises(ValueNotAllowed):
        new_chart.answered({**NOTHING, **given}, lambda _: "")


def test_an_option_waits_for_the_answer_it_depends_on():
    title = "{left} back, {right} up"
    assert asked_and_found({"finding": title}, "", "two", "", "", "", "")[1].finding == title
    assert asked_and_found({"value": "share_up"}, "", "", "", "")[1].rows == "provinces"


def test_words_of_the_author_are_no_placeholders():
    measured = new_chart.Measured(question="WHAT is the AXIS?", reading="See WHAT.")
    text = next(text for path, text in new_chart.new_files("trial_words", measured).items() if path.suffix == ".ipynb")
    assert "# WHAT is the AXIS?" in text
    assert "See WHAT." in text


@pytest.mark.parametrize("title", ["Title: {left} and {right}; of {n}", "{right} up: {left}; of {n}"])
def test_a_title_of_the_authors_own_is_not_as_it_was_written(tmp_path, monkeypatch, title):
    files = new_chart.new_files("trial_two", new_chart.Measured(value="two", finding=title, reading="Own."))
    for path in files:
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(ROOT)).write_text(files[path], "utf-8")
    (notebook,) = (path for path in files if path.suffix == ".ipynb")
    monkeypatch.setattr(new_chart, "ROOT", tmp_path)
    assert new_chart.left_as_written("trial_two", tmp_path / notebook.relative_to(ROOT)) == []


def test_two_counts_are_asked_for_by_their_sides():
    title = "Of {n} partnerships, {right} moved up and {left} back"
    prompts, found = asked_and_found(
        {"rows": "provinces", "value": "two"}, "Down / Up", "Those with an MoU", "", title, ""
    )
    assert prompts[0] == "The sides left and right of zero in your words, with a / between [Moved back / Moved up]: "
    assert (found.sides, found.words, found.finding) == (("Down", "Up"), "Those with an MoU", title)
    assert new_chart.OWN_TWO in found.measure
    assert new_chart.OWN_TWO not in new_chart.Measured(value="two").measure, "of moves nothing is to be changed"


def test_an_answer_that_cannot_be_is_asked_for_again_and_no_other_is_lost(capsys):
    answers = ("1", "99", "two", "Down", "Down / Up", "", "", "{low} moved up", "{left} down, {right} up", "")
    prompts, found = asked_and_found({}, *answers)
    assert (found.sides, found.finding) == (("Down", "Up"), "{left} down, {right} up")
    assert len(prompts) == len(answers)
    printed = capsys.readouterr().out
    assert "value '99' is not known" in printed
    assert "the title '{low} moved up' needs once each {left} and {right}, and may have {n}\n" in printed
    with pytest.raises(ValueNotAllowed) as error:
        new_chart.answered({**NOTHING, "rows": "provinces2"}, lambda _: "")
    assert (
        str(error.value) == "rows 'provinces2' is not known; did you mean 'provinces'? Allowed: provinces, partnerships"
    )


def test_a_title_and_a_caution_that_are_given_leave_nothing_as_it_was_written(tmp_path, monkeypatch):
    title, caution = "From {low} to {high} percent moved up", 'The "rest" was not seen to.'
    files = new_chart.new_files("trial_up", new_chart.Measured(value="share_up", finding=title, reading=caution))
    (notebook,) = (path for path in files if path.suffix == ".ipynb")
    for path in files:
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(ROOT)).write_text(files[path], "utf-8")
    monkeypatch.setattr(new_chart, "ROOT", tmp_path)
    assert new_chart.left_as_written("trial_up", tmp_path / notebook.relative_to(ROOT)) == []
    test = next(text for path, text in files.items() if path.name == "test_trial_up.py")
    assert 'finding = "From 6 to 30 percent moved up"' in test


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"value": "other"}, "the value 'other' needs its words: --what 'Moves up and down'"),
        (
            {"value": "other", "what": 'Share of "up" moves'},
            """the words 'Share of "up" moves' may not hold '"': they stand in en.yml""",
        ),
        (
            {"finding": "From {low} to 12"},
            "the title 'From {low} to 12' needs once each {low} and {high}, the least and the greatest value",
        ),
        (
            {"rows": "partnerships", "value": "share_up"},
            "the value 'share_up' counts a province's partnerships: --rows provinces",
        ),
        (
            {"what": "Years since the last assessment"},
            "the value 'first_assessed..last_assessed' is in months: speak of months",
        ),
        ({"what": "a\x0bb"}, r"the words 'a\x0bb' may not hold '\x0b': they stand in en.yml"),
        ({"value": "other", "what": "  "}, "the value 'other' needs its words: --what 'Moves up and down'"),
        (
            {"value": "two", "what": "Moved up"},
            "the words 'Moved up' need a side left and right of a /: --what 'Moved back / Moved up'",
        ),
    ],
)
def test_choices_that_cannot_be_written_are_refused(choices, message):
    with pytest.raises(ValueNotAllowed) as error:
        new_chart.Measured(**choices)
    assert str(error.value) == message


def test_words_with_a_colon_stay_whole():
    text = new_chart.new_files("trial_moves", new_chart.Measured(value="other", what="Moves: up"))
    words = yaml.safe_load(
        next(words for path, words in text.items() if path.suffix == ".yml" and "words" in path.parts)
    )
    assert words["trial_moves"]["axis"] == "Moves: up"


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (rows, value)
        for rows in new_chart.ROWS
        for value in new_chart.VALUES
        if rows == "provinces" or value not in new_chart.OF_PROVINCES
    ],
)
def test_every_answer_gives_a_notebook_that_measures(rows, value):
    what = "Moves up and down" if value == new_chart.OTHER else ""
    files = new_chart.new_files("trial_since", new_chart.Measured(rows, value, what))
    text = next(text for path, text in files.items() if path.suffix == ".ipynb")
    assert not set(re.findall(r"\b[A-Z_]{4,}\b", text)) & PLACEHOLDERS
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    namespace = {}
    for source in (cell for cell in cells if "ln.Exhibit" not in cell):  # all but what draws
        exec(source.replace("from lnlib.charts import trial_since", ""), namespace)
    measured = ["left", "right"] if value == new_chart.TWO else ["value"]
    assert {"label", *measured, "n"} <= set(namespace["rows"])
    assert namespace["rows"][measured].notna().all(axis=None)
    assert len(namespace["rows"]) > 5


def test_what_is_counted_since_the_last_assessment_is_the_median_of_each_province():
    """In the small register two provinces have partnerships that were assessed; the period ends on 31 December 2013."""
    files = new_chart.new_files("trial_since", new_chart.Measured(value="last_assessed..end"))
    text = next(text for path, text in files.items() if path.suffix == ".ipynb")
    source = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    source = source.replace("from lnlib.charts import trial_since", "").partition("common = ")[0]
    namespace = {}
    exec(
        source.replace('register: str = "demonstration"', f'register: str = "{ROOT / "tests/registers/small"}"'),
        namespace,
    )
    status = namespace["status"]
    days = (pd.Timestamp("2013-12-31") - status["last_assessed"]).dt.days
    expected = (12 * days / 365.25).groupby(status["unit"]).median().dropna()
    rows = namespace["rows"].set_index("unit")
    assert rows["value"].to_dict() == pytest.approx(expected.to_dict())


def test_a_partnership_that_had_not_begun_is_not_counted():
    """At the end of 2010 two partnerships of the small register had begun, of one province each."""
    for value in ("origin..end", "mechanisms", "other"):
        measured = new_chart.Measured(value=value, what="Words")
        namespace = {"whole": open_register(ROOT / "tests/registers/small", period_to="2010"), "ln": lnlib}
        namespace |= {"choices": lnlib.Choices.of(namespace["whole"]), "years_between": years_between}
        exec(f"{measured.measure}\n{measured.by_unit}", namespace)
        assert namespace["by"][["unit", "n"]].to_numpy().tolist() == [["02", 1], ["17", 1]]


@pytest.mark.parametrize("old", sorted(notebook_figures.drawn_by()))
def test_any_chart_can_be_begun_from(old):
    parts = chart_copy.parts(ROOT, old, "waits_new", "14-waits-new")
    cells = ["".join(cell["source"]) for cell in json.loads(parts["notebook"])["cells"]]
    tree = ast.parse("\n".join(cell for cell in cells[1:] if not cell.startswith("#")))
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {alias.asname or alias.name for node in ast.walk(tree) for alias in getattr(node, "names", ())}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {"waits_new"}
    assert used - bound - set(dir(builtins)) == set()
    assert not re.search(rf"(?<!from lnlib)(?<!\.)\bimport {old}\b", parts["chart"] + parts["test"])
    assert f'chart="{old}"' not in parts["chart"]
    assert "  subtitle" in parts["words"]


def test_words_are_copied_whose_key_is_put_together_and_none_that_only_another_module_asks_for():
    words = yaml.safe_load(chart_copy.parts(ROOT, "province_mix", "trial_mix", "14-trial-mix")["words"])
    assert {"alt", "subtitle_order", "finding_unstated", "finding_even_unstated"} <= set(words["trial_mix"])
    words = yaml.safe_load(chart_copy.parts(ROOT, "province_tiles", "trial_tiles", "14-trial-tiles")["words"])
    assert {"subtitle", "none"} <= set(words["trial_tiles"])
    assert "point_none" not in words["trial_tiles"], "of province_tiles_alt_text"


def test_a_chart_to_begin_from_that_is_not_there_is_refused():
    with pytest.raises(
        ValueNotAllowed,
        match=r"^like 'province_mixx' is not known; did you mean 'province_mix'\? Allowed: actor_matrix, ",
    ):
        new_chart.new_files("waits_new", like="province_mixx")


def test_a_cell_that_fails_is_named_with_its_line(tmp_path, monkeypatch):
    cells = [nbformat.v4.new_code_cell(source) for source in ("a = 1", "b = a\nstatus['vale']", "c = 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "14-new.ipynb")
    monkeypatch.setattr(store_outputs, "NOTEBOOKS", tmp_path)
    with pytest.raises(SystemExit) as error:
        store_outputs.main(["14-new"])
    assert str(error.value) == (
        "notebooks/14-new.ipynb, code cell 2 cannot be run: NameError: name 'status' is not defined\n"
        "    status['vale']\nchange that cell, then run it again"
    )


def test_a_notebook_is_run_without_a_warning_of_ports(tmp_path, monkeypatch, capfd):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), tmp_path / "14-new.ipynb")
    monkeypatch.setattr(store_outputs, "NOTEBOOKS", tmp_path)
    store_outputs.main(["14-new"])
    assert nbformat.read(tmp_path / "14-new.ipynb", 4).cells[0].outputs[0].data["text/plain"] == "2"
    assert capfd.readouterr().err == ""


def test_what_is_left_as_it_was_written_is_named(tmp_path, monkeypatch):
    files = new_chart.new_files("trial_moves", new_chart.Measured(value="other", what="Moves up and down"))
    notebook, words = (next(path for path in files if path.suffix == suffix) for suffix in (".ipynb", ".yml"))
    for path in (notebook, words):
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(ROOT)).write_text(files[path], "utf-8")
    monkeypatch.setattr(new_chart, "ROOT", tmp_path)
    notebook, words = tmp_path / notebook.relative_to(ROOT), tmp_path / words.relative_to(ROOT)
    assert new_chart.left_as_written("trial_moves", notebook) == [
        f"notebooks/{notebook.name}: your value, in place of the assessments",
        f"notebooks/{notebook.name}: the closing section, how the figure could mislead",
        "src/lnlib/words/en.yml, trial_moves.finding: a sentence with the result, which is the title",
    ]
    written = words.read_text("utf-8").replace('"Moves up and down: {low} to {high}"', "Most moved up in {low}")
    words.write_text(written, "utf-8")
    text = notebook.read_text("utf-8").replace(new_chart.OWN_VALUE, "").replace(new_chart.READING, "Moves are rare.")
    notebook.write_text(text, "utf-8")
    assert new_chart.left_as_written("trial_moves", notebook) == []


def test_a_time_of_ones_own_is_left_out_of_an_order():
    measured = new_chart.Measured(value="other", what="Months at the present stage")
    files = new_chart.new_files("trial_stay", measured)
    notebook, words = (
        next(text for path, text in files.items() if path.suffix == suffix) for suffix in (".ipynb", ".yml")
    )
    assert ".save(out) if not choices.ordinal else None" in notebook
    assert "subtitle_order" not in words.partition("\ntrial_stay:\n")[2]
    assert '\ntrial_stay:\n  axis: "Months"\n' in words


def test_charts_that_are_there_are_listed(capsys):
    new_chart.main(["--list"])
    lines = capsys.readouterr().out.splitlines()
    assert "stage_mix            Stacked bar chart" in lines


def test_a_check_of_what_is_not_there_names_what_writes_it():
    for name in ("", "trial_since"):
        with pytest.raises(LnlibError) as error:
            check_chart.files(name)
        shown = name or "NAME"
        assert str(error.value) == (
            f"there is no chart src/lnlib/charts/{shown}.py; python tools/new_chart.py {shown} writes one"
        )


def test_a_failed_test_names_the_file_to_change_and_the_message(tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.words.test_catalogue" name="test_no_key_stands_twice[en]">'
        '<failure message="AssertionError: nothing reads new.x&#10;more"/></testcase>'
        '<testcase classname="tests.charts.test_new" name="test_the_finding"><failure message="assert 1 == 2"/></testcase>'
        '<testcase classname="tests.charts.test_new" name="test_whole"/></testsuite></testsuites>'
    )
    assert check_chart._failed(report, "printed", "new", Path("notebooks/14-new.ipynb")) == [
        "src/lnlib/words/en.yml: not true that no key stands twice:",
        "    nothing reads new.x",
        "    more",
        "tests/charts/test_new.py: its DATA or its sentences, or the chart: not true that the finding:",
        "    assert 1 == 2",
    ]
    assert check_chart._failed(report, "", "new", Path("notebooks/14-new.ipynb")) == []
