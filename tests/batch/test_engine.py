"""The engine against papermill's own: the same notebooks but for times and ids."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from small_project import notebook, write

pytest.importorskip("papermill")
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from lnlib.batch.execute import forkserver
from lnlib.batch.execute.engine import ForkEngine

needs_fork = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")

ALIKE = [
    "import sys, os, asyncio\nprint('out', province)\nprint('err', file=sys.stderr)",
    "import time; os.system('echo from below'); time.sleep(0.3)",
    "await asyncio.sleep(0.01)\nawait asyncio.sleep(0.01, 'awaited')",
    "%%bash\necho bash\necho wrong >&2",
    "!echo system",
    "from IPython.display import HTML, Markdown, Javascript, clear_output, display, update_display\n"
    "handle = display(HTML('<b>first</b>'), display_id='d')\ndisplay(Markdown('*m*'), {'a': 1})",
    "update_display(HTML('<b>second</b>'), display_id='d')",
    "print('gone'); clear_output(); print('kept')",
    "print('10%\\r20%\\rdone')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('shown at the end');",
    "import ipywidgets\noutput = ipywidgets.Output()\nwith output:\n    print('inside')\noutput",
    "import warnings\nwarnings.warn('careful')",
    "class Rich:\n    def _repr_mimebundle_(self, **kw):\n        return {'text/plain': 'p', 'image/svg+xml': '<svg/>'}\nRich()",
    "def deep():\n    return 1 / 0\ndeep()",
    "input('name?')",
    "import getpass\ngetpass.getpass()",
    "sys.exit(3)",
    "raise KeyboardInterrupt",
    "x = = 1",
    "__name__, In[-1], asyncio.get_running_loop().is_running()",
    "%matplotlib inline",
    "%matplotlib agg",
    "%gui",
    "from ipykernel.kernelapp import IPKernelApp\nIPKernelApp.initialized()",
    "os.system('echo reopened > /dev/stdout; echo also >&2'); time.sleep(0.3)\nprint('after')",
    "import subprocess\nprint('a'); subprocess.run(['echo', 'b']); time.sleep(0.3); print('c')",
    "async def late():\n    await asyncio.sleep(0.05)\n    print('of an earlier cell')\ntask = asyncio.ensure_future(late())",
    "await asyncio.sleep(0.2)\nprint('of this cell')",
    "sys.path[-1].endswith('site-packages'), [path for path in sys.path if path.endswith('bin')]",
]


def alike(nb):
    """Return an executed notebook without what may differ.

    A kernel of Jupyter's reads what comes from below Python in a thread, some time after it was written: its place
    among the cell's own lines is left to chance, so the lines of such a cell are compared in order of the alphabet.
    """
    for cell in nb["cells"]:
        if re.search("os.system|subprocess", "".join(cell["source"])):
            streams: dict[str, list[str]] = {}
            for output in cell["outputs"]:
                assert output["output_type"] == "stream"
                streams.setdefault(output["name"], []).extend("".join(output["text"]).splitlines())
            cell["outputs"] = [[name, sorted(lines)] for name, lines in sorted(streams.items())]
    drop = {"start_time", "end_time", "duration", "execution", "id", "output_path", "input_path", "widgets"}

    def plain(part):
        if isinstance(part, dict):
            return {key: plain(value) for key, value in part.items() if key not in drop}
        if isinstance(part, list):
            return [plain(item) for item in part]
        return re.sub(r"ipykernel_\d+|[0-9a-f]{32}", "…", part) if isinstance(part, str) else part

    return plain(json.loads(json.dumps(nb)))


@needs_fork
@pytest.mark.filterwarnings("ignore")  # what nbclient and zmq say about loops is theirs
def test_an_executed_notebook_equals_plain_papermills(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it ipykernel leaves out what comes from below Python
    (tmp_path / "notebooks").mkdir()
    nb = notebook(*ALIKE, parameters='province = "02"')
    for cell in nb.cells[2:]:
        cell.metadata["tags"] = ["raises-exception"]
    path = write(tmp_path, "n", nb)
    made = {}
    for engine in (None, "lnlib"):
        out = tmp_path / f"{engine}.ipynb"
        with pytest.raises(papermill.PapermillExecutionError, match="SyntaxError"):
            started(path, out, {"province": "07"}, engine_name=engine, progress_bar=False)
        made[engine] = alike(json.loads(out.read_text()))
    assert made["lnlib"] == made[None]
    assert len(made["lnlib"]["cells"]) == len(ALIKE) + 5  # title, parameters twice, papermill's two marks


def started(*args, **kwargs):
    """Execute with papermill; a kernel of Jupyter's that dies or falls silent, as its ports were another's, is started again."""
    plain = not kwargs["engine_name"]
    for left in (2, 1, 0):
        try:
            papermill.execute_notebook(*args, execution_timeout=90 if plain else None, **kwargs)
        except (RuntimeError, CellTimeoutError) as error:
            lost = isinstance(error, CellTimeoutError) or "Kernel died before replying to kernel_info" in str(error)
            if not (plain and left and lost):
                raise
        else:
            return


@needs_fork
def test_a_cell_that_is_interrupted_ends_and_the_next_goes_on(tmp_path):
    # not held against a kernel of Jupyter's: on a busy machine that may hear the signal between its cells, and hang
    (tmp_path / "notebooks").mkdir()
    nb = notebook("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)", "print('on')")
    nb.cells[-2].metadata["tags"] = ["raises-exception"]
    with pytest.raises(papermill.PapermillExecutionError, match="KeyboardInterrupt"):
        execute(write(tmp_path, "n", nb), tmp_path / "out.ipynb")
    interrupted, on = json.loads((tmp_path / "out.ipynb").read_text())["cells"][-2:]
    assert [output["ename"] for output in interrupted["outputs"]] == ["KeyboardInterrupt"]
    assert on["outputs"][0]["text"] == ["on\n"]


def execute(path, out, **kwargs):
    return papermill.execute_notebook(path, out, engine_name="lnlib", progress_bar=False, **kwargs)


@pytest.fixture
def made(tmp_path):
    (tmp_path / "notebooks").mkdir()
    return lambda *cells: write(tmp_path, "n", notebook(*cells)), tmp_path / "out.ipynb"


@needs_fork
def test_a_shell_that_dies_is_reported_and_what_it_said_is_kept(made):
    write_, out = made
    with pytest.raises(DeadKernelError, match="Kernel died"):
        execute(write_("import os, signal\nprint('last words', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"), out)
    cell = json.loads(out.read_text())["cells"][-1]
    assert cell["outputs"][0]["text"] == ["last words\n"]


@needs_fork
def test_a_cell_over_its_time_is_ended(made):
    write_, out = made
    started = time.monotonic()
    with pytest.raises(CellTimeoutError, match="A cell timed out while it was being executed, after 1 seconds"):
        execute(write_("import time\ntime.sleep(30)"), out, execution_timeout=1)
    assert time.monotonic() - started < 15


@needs_fork
def test_a_child_left_behind_does_not_hold_up_the_end(made):
    write_, out = made
    cell = "import os, time\nif os.fork() == 0:\n    print('child')\n    time.sleep(60)\n    os._exit(0)"
    started = time.monotonic()
    execute(write_(cell, "import os, signal\nprint('parent')"), out)
    assert time.monotonic() - started < 20


@needs_fork
def test_farewells_of_the_notebook_are_said_once(made, tmp_path):
    write_, out = made
    cell = f"import atexit\natexit.register(lambda: open({str(tmp_path / 'bye')!r}, 'a').write('bye'));"
    execute(write_(cell), out)
    assert (tmp_path / "bye").read_text() == "bye"


def test_ordinary_kernels_are_used_where_fork_is_unsafe_and_it_is_said_once(made, monkeypatch, caplog):
    write_, out = made
    monkeypatch.setenv("LNLIB_NO_FORK", "1")
    used = []
    monkeypatch.setattr(
        "papermill.engines.NBClientEngine.execute_managed_notebook",
        classmethod(lambda cls, nb_man, kernel_name, **kwargs: used.append(kernel_name)),
    )
    from lnlib.batch.execute import engine

    monkeypatch.setattr(engine, "_logged", set())
    with caplog.at_level("WARNING", logger="papermill"):
        for _ in range(2):
            execute(write_("1"), out)
    assert used == ["python3", "python3"]
    assert [record.message for record in caplog.records] == ["lnlib uses ordinary kernels: LNLIB_NO_FORK is set"]


def test_papermill_finds_the_engine_by_its_name():
    from papermill.engines import papermill_engines

    assert papermill_engines.get_engine("lnlib") is ForkEngine


@needs_fork
def test_output_streams_while_a_cell_runs_and_is_one_piece_in_the_end(made, tmp_path):
    write_, out = made
    cell = f"""
import time
from pathlib import Path
print(0)
while not Path({str(tmp_path / "seen")!r}).exists():  # only once the first line was logged
    time.sleep(0.02)
print(1)
"""
    pieces = []
    with (tmp_path / "log.txt").open("w+") as log:

        def seen(text):
            pieces.append(text)
            (tmp_path / "seen").touch()

        log.write = seen
        execute(write_(cell), out, stdout_file=log, execution_timeout=60)
    assert "".join(pieces) == "0\n1\n"
    assert len(pieces) > 1
    (output,) = json.loads(out.read_text())["cells"][-1]["outputs"]
    assert output["text"] == ["0\n", "1\n"]


@needs_fork
@pytest.mark.parametrize(
    ("last", "error"),
    [
        ("os._exit(3)", DeadKernelError),
        ("ctypes.string_at(0)", DeadKernelError),
        ("time.sleep(60)", CellTimeoutError),
    ],
)
def test_what_a_cell_wrote_before_it_died_is_kept_without_a_flush(made, last, error):
    write_, out = made
    with pytest.raises(error):
        execute(
            write_(f"import ctypes, os, time\nprint('progress 1')\nprint('progress 2')\n{last}"),
            out,
            execution_timeout=1,
        )
    assert json.loads(out.read_text())["cells"][-1]["outputs"][0]["text"] == ["progress 1\n", "progress 2\n"]


PATIENT = """
from lnlib.batch.execute import papermill_client
from papermill.cli import papermill
papermill_client._GRACE = 60  # seconds: a busy machine does not make the difference
papermill()
"""
INTERRUPTED = """
import atexit, time
atexit.register(lambda: open("ended", "w").close())
print("begun")
open("begun", "w").close()
time.sleep(1000)
"""


@needs_fork
def test_an_interrupt_reaches_the_cell_which_keeps_its_output_and_ends_by_itself(made, tmp_path):
    write_, out = made
    path = write_(INTERRUPTED)
    command = [sys.executable, "-c", PATIENT, str(path), str(out), "--engine", "lnlib", "--no-progress-bar"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where the tests are run in the background
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    while not (tmp_path / "begun").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    process.stderr.close()
    printed, error = json.loads(out.read_text())["cells"][-1]["outputs"]
    assert (printed["text"], error["ename"]) == (["begun\n"], "KeyboardInterrupt")
    assert (tmp_path / "ended").exists()  # it was not killed


@needs_fork
def test_imports_happen_where_the_notebook_has_them(made, tmp_path, monkeypatch):
    write_, out = made
    (tmp_path / "settings.py").write_text("import os\nprint('imported')\nMODE = os.environ.get('MODE', 'dev')\n")
    (tmp_path / "ends.py").write_text("raise SystemExit('cannot be imported')\n")
    cells = [
        f"import os, sys\nsys.path.insert(0, {str(tmp_path)!r})",
        "if False:\n    import ends",
        "os.environ['MODE'] = 'prod'",
        "from settings import MODE\nMODE",
    ]
    execute(write_(*cells), out)
    *_, last = json.loads(out.read_text())["cells"]
    assert [output.get("text") or output["data"]["text/plain"] for output in last["outputs"]] == [
        ["imported\n"],
        ["'prod'"],
    ]


@needs_fork
def test_a_kernel_that_is_not_this_environments_is_left_to_papermill(made, tmp_path, monkeypatch):
    from jupyter_client.kernelspec import NoSuchKernel

    from lnlib.batch.execute.engine import _own_kernel

    write_, out = made
    with pytest.raises(NoSuchKernel, match="elsewhere"):
        execute(write_("1"), out, kernel_name="elsewhere")
    for name, change in {
        "other": {"argv": ["other-python", "-m", "ipykernel_launcher"]},
        "set": {"env": {"A": "1"}},
    }.items():
        folder = tmp_path / "jupyter/kernels" / name
        folder.mkdir(parents=True)
        argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (folder / "kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": name, "language": "python"} | change)
        )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert _own_kernel("other") == "kernel 'other' has a command or an environment of its own"
    assert _own_kernel("set") == "kernel 'set' has a command or an environment of its own"
    assert _own_kernel("python3") == ""


@needs_fork
def test_a_fork_server_that_died_is_started_again(made, monkeypatch):
    write_, out = made
    monkeypatch.setattr(forkserver, "_servers", {})
    execute(write_("1"), out)
    os.kill(forkserver._servers[os.getpid()].pid, signal.SIGKILL)
    execute(write_("print('again')"), out)
    assert json.loads(out.read_text())["cells"][-1]["outputs"][0]["text"] == ["again\n"]
    forkserver._servers.pop(os.getpid()).close()


@needs_fork
def test_coalescing_equals_nbclients(made):
    write_, out = made
    cells = ["import sys\nprint('1'); display(1); print('2', file=sys.stderr); print('10%\\r20%'); print('a\\bb')"]
    results = {}
    for engine in ("nbclient", "lnlib"):
        papermill.execute_notebook(write_(*cells), out, engine_name=engine, progress_bar=False, coalesce_streams=True)
        results[engine] = alike(json.loads(out.read_text()))["cells"][-1]["outputs"]
    assert results["lnlib"] == results["nbclient"]


@needs_fork
def test_nbclients_hooks_are_called(made):
    write_, out = made
    called = []

    def hook(name):
        return lambda **kwargs: called.append((name, kwargs.get("cell_index")))

    names = ("on_notebook_start", "on_cell_start", "on_cell_execute", "on_cell_complete", "on_cell_executed")
    hooks = {name: hook(name) for name in names}
    execute(write_("1"), out, **hooks)
    last = max(index for _, index in called if index is not None)
    assert called[0] == ("on_notebook_start", None)
    assert [name for name, index in called if index == last] == [
        "on_cell_start", "on_cell_execute", "on_cell_complete", "on_cell_executed",
    ]  # fmt: skip


@needs_fork
@pytest.mark.parametrize("ending", ["exit()", "get_ipython().kernel.do_shutdown(False);"])
@pytest.mark.parametrize("after", ["", "import asyncio\nawait asyncio.sleep(1)\nprint('late')"], ids=["", "waits"])
def test_exit_and_shutdown_end_the_notebook_and_exit_functions_are_called(made, tmp_path, ending, after):
    write_, out = made
    first = f"import atexit\natexit.register(lambda: open({str(tmp_path / 'ended')!r}, 'w').close());"
    with pytest.raises(DeadKernelError, match=r"^Kernel died$"):
        execute(write_(first, f"print('a')\n{ending}\n{after}", "print('b')"), out)
    first, second = json.loads(out.read_text())["cells"][-2:]
    assert [output["text"] for output in first["outputs"]] == [["a\n"]]
    assert second["outputs"] == []
    assert (tmp_path / "ended").exists()


DOCS = Path(__file__).parents[2] / "docs/start/batch.md"


def bullets(text):
    """Return the items of the lists in a text, each in one line."""
    return [" ".join(item.split()) for item in re.findall(r"^ *- (.*(?:\n +(?!- )\S.*)*)", text, re.MULTILINE)]


def test_the_page_lists_the_differences_that_the_engine_states():
    stated = bullets(ForkEngine.__doc__)
    page = DOCS.read_text("utf-8").partition("## 6.")[2].partition("```yaml")[0]
    assert bullets(page) == stated
    assert len(stated) >= 9


@needs_fork
def test_a_module_beside_the_notebook_does_not_hide_one_of_the_standard_library(made, tmp_path):
    write_, out = made
    (tmp_path / "random.py").write_text("raise ImportError('hides the standard library')\n")
    (tmp_path / "own_module.py").write_text("WORD = 'own'\n")
    cell = "import random, own_module, sys\nprint(own_module.WORD, sys.path.index('') > 0)"
    execute(write_(cell), out, cwd=tmp_path)
    assert json.loads(out.read_text())["cells"][-1]["outputs"][0]["text"] == ["own True\n"]
