"""The engine against papermill's own: the same notebooks but for times and ids."""

from __future__ import annotations

import json
import re
import time

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
    "os.system('echo from below'); None",
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
]


def alike(nb):
    """Take out of an executed notebook what may differ."""
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
    """Execute with papermill; a kernel of Jupyter's, whose ports another took before it, is started again."""
    for left in (2, 1, 0):
        try:
            papermill.execute_notebook(*args, **kwargs)
        except RuntimeError as error:
            if kwargs["engine_name"] or not left or "Kernel died before replying to kernel_info" not in str(error):
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

    monkeypatch.setattr(engine, "_said", set())
    with caplog.at_level("WARNING", logger="papermill"):
        for _ in range(2):
            execute(write_("1"), out)
    assert used == ["python3", "python3"]
    assert [record.message for record in caplog.records] == ["lnlib uses ordinary kernels: LNLIB_NO_FORK is set"]


def test_papermill_finds_the_engine_by_its_name():
    from papermill.engines import papermill_engines

    assert papermill_engines.get_engine("lnlib") is ForkEngine
