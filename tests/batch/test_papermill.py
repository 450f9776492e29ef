"""What papermill promises of an engine, held against its own engine and this one: each case has one answer for both.

The subjects are those of papermill's own suite (parameters, error marks, `sys.exit`, working folders, logs, autosave, handlers of
paths, kernels and languages); the cases are written here. What differs elsewhere is listed in `ForkEngine`, and held by
`test_engine.py` and `test_peers.py`.
"""

from __future__ import annotations

import copy
import json
import logging
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill.cli
import pytest
from click.testing import CliRunner
from nbclient.exceptions import CellTimeoutError
from papermill import engines
from papermill.exceptions import PapermillException, PapermillExecutionError
from papermill.iorw import papermill_io

from lnlib.batch.execute import forkserver

pytestmark = [
    pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here"),
    pytest.mark.filterwarnings("ignore"),  # what nbclient and zmq say about loops is theirs
]
v4 = nbformat.v4
OURS, PLAIN = "lnlib", "nbclient"


@pytest.fixture(params=[OURS, PLAIN])
def engine(request, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it ipykernel leaves out what comes from below Python
    return request.param


def written(path, *cells, tags=None, kernel="python3"):
    """Write a notebook of code cells (and Markdown where a cell begins with #), with the tags of some."""
    made = [v4.new_markdown_cell(cell) if cell.startswith("# ") else v4.new_code_cell(cell) for cell in cells]
    for number, words in (tags or {}).items():
        made[number].metadata["tags"] = words
    spec = {"kernelspec": {"name": kernel, "language": "python", "display_name": "Python 3"}} if kernel else {}
    nbformat.write(v4.new_notebook(cells=made, metadata=spec), path)
    return path


def executed(engine, path, out, parameters=None, **kwargs):
    """Execute a notebook; a kernel of Jupyter's, whose ports another took before it, is started again."""
    for left in (2, 1, 0):
        try:
            return papermill.execute_notebook(path, out, parameters, engine_name=engine, progress_bar=False, **kwargs)
        except RuntimeError as error:
            if engine != PLAIN or not left or "Kernel died before replying to kernel_info" not in str(error):
                raise
    raise AssertionError


def texts(nb):
    """Return what each code cell wrote to standard output, and the errors that it ended with."""
    return [
        "".join(
            output.get("text", output.get("ename", "")) for output in cell.outputs if output.get("name") != "stderr"
        )
        for cell in nb.cells
        if cell.cell_type == "code"
    ]


def statuses(nb):
    return [cell.metadata.papermill["status"] for cell in nb.cells if "papermill" in cell.metadata]


VALUES = {
    "text": 'quotes " and \' and \\ and \\" and {braces}',
    "lines": "two\nlines",
    "khmer": "បាត់ដំបង",
    "whole": 10**20,
    "real": 0.1,
    "truth": True,
    "nothing": None,
    "list": [1, "b", [None]],
    "mapping": {"a": {"b": [1.5]}},
}


def test_parameters_arrive_as_they_are(engine, tmp_path):
    path = written(
        tmp_path / "in.ipynb",
        "text = 1",
        "print(repr({name: globals()[name] for name in names}))",
        tags={0: ["parameters"]},
    )
    nb = executed(engine, path, tmp_path / "out.ipynb", {**VALUES, "names": list(VALUES)})
    assert texts(nb)[-1] == f"{VALUES!r}\n"
    assert nb.metadata.papermill.parameters == {**VALUES, "names": list(VALUES)}
    assert [cell.metadata.get("tags") for cell in nb.cells] == [["parameters"], ["injected-parameters"], []]


def test_numbers_that_are_none_arrive(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "import math\nprint(math.isnan(a), b)")
    nb = executed(engine, path, tmp_path / "out.ipynb", {"a": math.nan, "b": -math.inf})
    assert texts(nb)[-1] == "True -inf\n"


def test_without_a_cell_of_parameters_they_come_first_and_are_replaced_when_executed_again(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "# A title", "print(word)")
    first = executed(engine, path, tmp_path / "first.ipynb", {"word": "one"})
    again = executed(engine, tmp_path / "first.ipynb", tmp_path / "again.ipynb", {"word": "two"})
    for nb, word in ((first, "one"), (again, "two")):
        assert [cell.cell_type for cell in nb.cells] == ["code", "markdown", "code"]
        assert nb.cells[0].source == f'# Parameters\nword = "{word}"\n'
        assert texts(nb) == ["", f"{word}\n"]


def test_a_notebook_that_is_only_prepared_is_not_executed(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "open('made', 'w')")
    nb = executed(engine, path, tmp_path / "out.ipynb", {"a": 1}, prepare_only=True, cwd=tmp_path)
    assert nb.cells[0].source == "# Parameters\na = 1\n"
    assert texts(nb) == ["", ""]
    assert not (tmp_path / "made").exists()


def test_a_report_hides_its_code(engine, tmp_path):
    nb = executed(engine, written(tmp_path / "in.ipynb", "1", "2"), tmp_path / "out.ipynb", {"a": 1}, report_mode=True)
    assert [cell.metadata.jupyter.source_hidden for cell in nb.cells] == [True, True, True]


def test_a_notebook_in_memory_needs_no_file(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nb = nbformat.read(written(tmp_path / "in.ipynb", "print(a)"), as_version=4)
    (tmp_path / "in.ipynb").unlink()
    assert texts(executed(engine, nb, None, {"a": 3})) == ["", "3\n"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [str, Path])
def test_cells_work_in_the_folder_that_is_given_and_the_output_is_saved_from_here(engine, tmp_path, monkeypatch, kind):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/read.txt").write_text("read")
    written(tmp_path / "in.ipynb", "print(open('read.txt').read())", "import os\nprint(os.path.basename(os.getcwd()))")
    monkeypatch.chdir(tmp_path)
    nb = executed(engine, kind("in.ipynb"), kind("out.ipynb"), cwd=kind("work"))
    assert texts(nb) == ["read\n", "work\n"]
    assert (tmp_path / "out.ipynb").is_file()
    assert Path.cwd() == tmp_path


def test_an_error_ends_the_notebook_and_is_marked_in_it(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "# A title", "print('a')", "display(1)\n1 / 0", "print('never')")
    with pytest.raises(PapermillExecutionError) as caught:
        executed(engine, path, tmp_path / "out.ipynb")
    error = caught.value
    assert (error.ename, error.evalue, error.cell_index, error.exec_count) == (
        "ZeroDivisionError",
        "division by zero",
        2,
        2,
    )
    nb = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    marked = [
        number for number, cell in enumerate(nb.cells) if "papermill-error-cell-tag" in cell.metadata.get("tags", [])
    ]
    assert marked == [0, 3]
    assert "In [2]" in nb.cells[0].source
    assert [cell.execution_count for cell in nb.cells if cell.cell_type == "code"] == [1, 2, None]
    assert [output.output_type for output in nb.cells[4].outputs] == ["display_data", "error"]
    assert statuses(nb) == ["completed", "completed", "failed", "pending"]
    assert (nb.metadata.papermill.exception, nb.cells[4].metadata.papermill.exception) == (True, True)
    # executed again without the error, the marks are gone
    nb.cells[4].source = "2"
    nbformat.write(nb, tmp_path / "mended.ipynb")
    again = executed(engine, tmp_path / "mended.ipynb", tmp_path / "again.ipynb")
    assert len(again.cells) == 4
    assert statuses(again) == ["completed"] * 4


def test_an_error_that_is_raised_tells_the_traceback_without_colours(engine, tmp_path):
    with pytest.raises(PapermillExecutionError) as caught:
        executed(engine, written(tmp_path / "in.ipynb", "raise SystemExit(1)"), tmp_path / "out.ipynb")
    assert papermill.exceptions.strip_color(caught.value.traceback[-1]).strip().endswith("SystemExit: 1")
    assert "SystemExit: 1" in str(caught.value)


@pytest.mark.parametrize("code", ["sys.exit()", "sys.exit(0)", "raise SystemExit", "raise SystemExit(0)"])
def test_an_exit_without_a_status_ends_the_notebook_well(engine, tmp_path, code):
    nb = executed(engine, written(tmp_path / "in.ipynb", "import sys", code, "print('never')"), tmp_path / "out.ipynb")
    assert [cell.execution_count for cell in nb.cells] == [1, 2, None]
    assert texts(nb) == ["", "SystemExit", ""]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("sys.exit(1)", "SystemExit"),
        ("sys.exit('words')", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("%load_ext nothing_of_this_name", "ModuleNotFoundError"),
        ("%nothing_of_this_name", "CellExecutionError"),
        ("x = = 1", "SyntaxError"),
    ],
)
def test_what_else_ends_a_notebook_is_an_error(engine, tmp_path, code, error):
    path = written(tmp_path / "in.ipynb", "import sys", code, "print('never')")
    with pytest.raises(PapermillExecutionError) as caught:
        executed(engine, path, tmp_path / "out.ipynb")
    assert caught.value.ename == error
    assert texts(nbformat.read(tmp_path / "out.ipynb", as_version=4))[-1] == ""


def test_a_cell_that_may_fail_and_one_that_is_skipped(engine, tmp_path):
    tags = {0: ["raises-exception"], 1: ["skip-execution"]}
    path = written(tmp_path / "in.ipynb", "1 / 0", "print('skipped')", "print('on')", tags=tags)
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):  # papermill says so at the end all the same
        executed(engine, path, tmp_path / "out.ipynb")
    nb = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert texts(nb) == ["ZeroDivisionError", "", "on\n"]
    assert [cell.execution_count for cell in nb.cells if cell.cell_type == "code"] == [1, None, 2]


def test_an_older_notebook_is_brought_to_what_validates(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "print(a)")
    older = json.loads(path.read_text())
    older["nbformat_minor"] = 4
    for cell in older["cells"]:
        del cell["id"]
    path.write_text(json.dumps(older))
    executed(engine, path, tmp_path / "out.ipynb", {"a": 1})
    nbformat.validate(nbformat.read(tmp_path / "out.ipynb", as_version=nbformat.NO_CONVERT))


def test_a_notebook_that_names_no_kernel_is_executed_with_the_one_that_is_passed(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "print(a)", kernel="")
    with pytest.raises(ValueError, match="No kernel name found"):
        executed(engine, path, tmp_path / "out.ipynb")
    nb = executed(engine, path, tmp_path / "out.ipynb", {"a": 1}, kernel_name="python3", language="python")
    assert texts(nb)[-1] == "1\n"


def test_a_language_that_papermill_cannot_write_is_refused(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "print(a)")
    with pytest.raises(PapermillException, match="no-language"):
        executed(engine, path, tmp_path / "out.ipynb", {"a": 1}, kernel_name="no-kernel", language="no-language")


def test_what_cells_print_is_logged_between_their_begin_and_end(engine, tmp_path, caplog):
    path = written(
        tmp_path / "in.ipynb",
        "# A title",
        "import sys\nprint('out')\nsys.stdout.flush()",
        "print('err', file=sys.stderr)",
        "40 + 2",
    )
    with caplog.at_level(logging.INFO, logger="papermill"):
        executed(engine, path, tmp_path / "out.ipynb", log_output=True)
    records = [(record.levelname, record.message.strip("-\n")) for record in caplog.records]
    console = [(level, text) for level, text in records if text]  # a line's end may come as an output of its own
    begin = next(number for number, (_, text) in enumerate(console) if text.startswith("Executing notebook"))
    assert console[begin:] == [
        ("INFO", "Executing notebook with kernel: python3"),
        *[("INFO", "Executing Cell 1"), ("INFO", "Ending Cell 1")],
        *[("INFO", "Executing Cell 2"), ("INFO", "out"), ("INFO", "Ending Cell 2")],
        *[("INFO", "Executing Cell 3"), ("WARNING", "err"), ("INFO", "Ending Cell 3")],
        *[("INFO", "Executing Cell 4"), ("INFO", "42"), ("INFO", "Ending Cell 4")],
    ]


def test_what_cells_print_goes_to_files(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "import sys\nprint('out')", "print('err', file=sys.stderr)\n3")
    with (tmp_path / "out.txt").open("w") as out, (tmp_path / "err.txt").open("w") as err:
        executed(engine, path, tmp_path / "out.ipynb", stdout_file=out, stderr_file=err)
    assert ((tmp_path / "out.txt").read_text(), (tmp_path / "err.txt").read_text()) == ("out\n", "err\n")


def test_progress_is_shown_by_cell(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "1", "# papermill_description=SECOND\n2", "3")
    command = [sys.executable, "-m", "papermill", "--engine", engine, "--progress-bar", str(path)]
    shown = subprocess.run([*command, str(tmp_path / "out.ipynb")], capture_output=True, text=True, check=True).stderr
    assert re.search(r"Executing[^\r]*0/3", shown)
    assert re.search(r"Executing[^\r]*100%[^\r]*3/3", shown)


@pytest.mark.parametrize(("every", "more"), [(0, 0), (0.6, 2)])
def test_the_notebook_is_saved_before_and_after_each_cell_and_while_a_long_one_works(
    engine, tmp_path, monkeypatch, every, more
):
    saved = []
    monkeypatch.setattr(engines, "write_ipynb", lambda nb, path: saved.append(copy.deepcopy(nb)))
    cell = "import time\nfor i in range(7):\n    print(i, flush=True)\n    time.sleep(0.25)"
    executed(engine, written(tmp_path / "in.ipynb", cell, "2"), str(tmp_path / "out.ipynb"), autosave_cell_every=every)
    assert len(saved) == 2 + 2 * 2 if not more else len(saved) >= 2 + 2 * 2 + more  # a busy machine takes longer
    if more:
        assert texts(saved[2])[0].startswith("0\n")  # what was printed so far
        assert statuses(saved[2]) == ["running", "pending"]


def test_the_notebook_is_not_saved_meanwhile_where_that_is_not_wanted(engine, tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(engines, "write_ipynb", lambda nb, path: saved.append(path))
    executed(
        engine, written(tmp_path / "in.ipynb", "1"), str(tmp_path / "out.ipynb"), request_save_on_cell_execute=False
    )
    assert saved == []


def test_times_and_states_are_noted(engine, tmp_path):
    nb = executed(
        engine, written(tmp_path / "in.ipynb", "# A title", "import time\ntime.sleep(0.2)"), tmp_path / "out.ipynb"
    )
    for about in (nb.metadata.papermill, *(cell.metadata.papermill for cell in nb.cells)):
        assert about["start_time"] <= about["end_time"]
        assert not about["exception"]
    assert nb.metadata.papermill.duration >= nb.cells[1].metadata.papermill.duration >= 0.2
    assert statuses(nb) == ["completed", "completed"]
    assert nb.metadata.language_info.name == "python"
    assert nb.metadata.papermill.input_path == str(tmp_path / "in.ipynb")


def test_paths_are_opened_by_the_handlers_that_are_registered(engine, tmp_path, monkeypatch):
    kept = {}

    class Shelf:
        read = staticmethod(lambda path: kept[path])
        write = staticmethod(lambda text, path: kept.__setitem__(path, text))
        pretty_path = staticmethod(str)
        listdir = staticmethod(lambda path: sorted(kept))

    monkeypatch.setattr(papermill_io, "_handlers", [("shelf://", Shelf), *papermill_io._handlers])
    kept["shelf://in.ipynb"] = written(tmp_path / "in.ipynb", "print(a)").read_text()
    executed(engine, "shelf://in.ipynb", "shelf://out-{a}.ipynb", {"a": 5})
    assert texts(nbformat.reads(kept["shelf://out-5.ipynb"], as_version=4)) == ["", "5\n"]


def test_a_cell_over_its_time_ends_the_notebook(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "import time\nprint('begun', flush=True)\ntime.sleep(30)")
    with pytest.raises(CellTimeoutError):
        executed(engine, path, tmp_path / "out.ipynb", execution_timeout=4, start_timeout=60)
    assert texts(nbformat.read(tmp_path / "out.ipynb", as_version=4)) == ["begun\nKeyboardInterrupt"]


def test_the_command_reads_and_writes_pipes_and_says_how_it_ended(engine, tmp_path):
    path = written(tmp_path / "in.ipynb", "print(a)", "import os\nos._exit(int(status)) if int(status) else None")
    words = ["--engine", engine, "--no-progress-bar", "-p", "a", "7"]
    logged = tmp_path / "log.txt"
    command = [sys.executable, "-m", "papermill", *words, "-p", "status", "0", "--stdout-file", str(logged)]
    done = subprocess.run(command, input=path.read_bytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert b"cell/s" not in done.stderr  # no progress is shown
    assert texts(nbformat.reads(done.stdout.decode(), as_version=4)) == ["", "7\n", ""]
    assert logged.read_text() == "7\n"
    dead = CliRunner().invoke(
        papermill.cli.papermill, [*words, "-p", "status", "3", str(path), str(tmp_path / "out.ipynb")]
    )
    assert dead.exit_code == 138  # papermill's own for a kernel that died


def test_a_notebook_is_executed_twice_in_one_process_without_a_trace_of_the_first(engine, tmp_path):
    path = written(
        tmp_path / "in.ipynb",
        "print('kept' in globals())\nkept = 1\nimport os\nos.environ['KEPT'] = '1'",
        "import os\nprint(os.environ.get('KEPT'))",
    )
    for _ in range(2):
        assert texts(executed(engine, path, tmp_path / "out.ipynb")) == ["False\n", "1\n"]
    assert "KEPT" not in os.environ


def test_an_engine_of_no_such_name_is_refused(tmp_path):
    with pytest.raises(PapermillException, match="No engine named 'lnlob' found"):
        executed("lnlob", written(tmp_path / "in.ipynb", "1"), None)


def test_kernel_and_language_are_read_from_the_notebook(engine, tmp_path):
    nb = nbformat.read(written(tmp_path / "in.ipynb", "1", kernel="some-kernel"), as_version=4)
    assert engines.papermill_engines.nb_kernel_name(engine, nb) == "some-kernel"
    assert engines.papermill_engines.nb_language(engine, nb) == "python"
    assert engines.papermill_engines.nb_kernel_name(engine, nb, "other") == "other"
    assert engines.papermill_engines.nb_language(engine, nb, "R") == "R"
