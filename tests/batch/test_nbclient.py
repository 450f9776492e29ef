"""nbclient's tests of its client, reworded for this engine's client; where that differs is listed, one by one, with the reason.

Each test names those of `nbclient/tests/test_client.py` (0.11, BSD-3-Clause) that it stands for; the notebooks of
`test_run_all_notebooks` are in `test_peers.py`.
"""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from unittest.mock import AsyncMock, MagicMock

import nbformat
import papermill
import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import NotebookExecutionManager
from small_project import notebook, write

from lnlib.batch.execute import forkserver
from lnlib.batch.execute import papermill_client as client_module
from lnlib.batch.execute.forkserver import Fork
from lnlib.batch.execute.messages import Link, pair
from lnlib.batch.execute.papermill_client import ForkClient

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
_NO_KERNEL = (
    "a fork has neither a kernel manager nor a kernel client; where one is passed, papermill's own engine is used"
)
_ONE_CHANNEL = "outputs and replies come over one connection: no message can be waited for that the other overtook"
_CALLED_SO = "papermill calls `execute` alone"
DIFFERENCES = {  # the tests of nbclient that do not apply, and why
    "test_mock_wrapper": "it tests a function of nbclient's tests",
    "test_async_parallel_notebooks": _CALLED_SO,
    "test_many_async_parallel_notebooks": _CALLED_SO,
    "test_synchronous_setup_kernel": _NO_KERNEL,
    "test_startnewkernel_with_kernelmanager": _NO_KERNEL,
    "test_start_new_kernel_history_file_setting": _NO_KERNEL,
    "test_start_new_kernel_client_cleans_up_kernel_on_failure": _NO_KERNEL,
    "test_reset_kernel_client": _NO_KERNEL,
    "test_cleanup_kernel_client": _NO_KERNEL,
    "test_execute_function": "it is a function of nbclient that starts its own client",
    "test_deadline_iopub": _ONE_CHANNEL,
    "test_eventual_deadline_iopub": _ONE_CHANNEL,
    "test_execution_count_message": "the count is taken from `execute_input`, which every cell has, and not from the reply",
}
NAMES = """
test_mock_wrapper test_run_all_notebooks test_parallel_notebooks test_many_parallel_notebooks test_async_parallel_notebooks
test_many_async_parallel_notebooks test_execution_timing test_synchronous_setup_kernel test_startnewkernel_with_kernelmanager
test_start_new_kernel_history_file_setting test_start_new_kernel_client_cleans_up_kernel_on_failure test_constructor
test_populate_language_info test_empty_path test_empty_kernel_name test_disable_stdin test_timeout test_timeout_func
test_sync_kernel_manager test_kernel_death_after_timeout test_kernel_death_during_execution test_allow_errors
test_force_raise_errors test_reset_kernel_client test_cleanup_kernel_client test_custom_kernel_manager
test_process_message_wrapper test_execute_function test_widgets test_execution_hook test_error_execution_hook_error
test_error_notebook_hook test_async_execution_hook test_error_async_execution_hook test_idle_message
test_message_for_wrong_parent test_busy_message test_deadline_exec_reply test_deadline_iopub test_eventual_deadline_iopub
test_execute_input_message test_stream_messages test_clear_output_message test_clear_output_wait_message
test_clear_output_wait_then_message_message test_clear_output_wait_then_update_display_message test_execution_count_message
test_execution_count_message_ignored_on_override test_execution_count_with_stream_message test_widget_comm_message
test_widget_comm_buffer_message_single test_widget_comm_buffer_messages test_unknown_comm_message test_execute_result_message
test_execute_result_with_display_message test_display_data_without_id_message test_display_data_message
test_display_data_same_id_message test_update_display_data_without_id_message test_update_display_data_mismatch_id_message
test_update_display_data_message test_error_message test_error_and_error_status_messages test_error_message_only
test_allow_error_names test_raises_exception_tag test_non_code_cell test_no_source test_cell_hooks test_error_cell_hooks
test_non_code_cell_hooks test_async_cell_hooks test_error_async_cell_hooks test_coalesce_streams
"""
COVERED = {"test_run_all_notebooks"}  # in test_peers.py
HOOKS = (
    "on_cell_start", "on_cell_execute", "on_cell_complete", "on_cell_executed", "on_cell_error", "on_notebook_start",
    "on_notebook_complete", "on_notebook_error",
)  # fmt: skip
NOT_BY_PAPERMILL = (
    "on_notebook_complete",
    "on_notebook_error",
)  # nbclient's own `execute` calls them, in whose place papermill has one


def stands_for(*names):
    """Note which tests of nbclient a test stands for."""
    COVERED.update(names)
    return lambda test: test


# --- one cell, for which messages are played


class Played(Link):
    """A link to a shell that answers a request with messages, the reply and that it is idle."""

    def __init__(self, messages, reply, *, answers=True):
        ours, theirs = pair()
        super().__init__(ours)
        self._theirs = Link(theirs)
        self._messages = messages
        self._reply = {"msg_type": "execute_reply", "content": {"status": "ok", "execution_count": 1, **reply}}
        self._answers = answers

    def send(self, message, fds=None):
        if message["do"] != "execute":
            return
        idle = {"msg_type": "status", "content": {"execution_state": "idle"}}
        for one in [*self._messages, *([self._reply, idle] if self._answers else [])]:
            header = {"msg_type": one["msg_type"], "date": "2026-01-01T00:00:00+00:00"}
            parent = {"msg_id": message["id"], **one.get("parent_header", {})}
            whole = {"header": header, "metadata": {}, **one, "parent_header": parent}
            buffers = [buffer.hex() for buffer in whole.pop("buffers", [])]
            self._theirs.send({"message": json.dumps(whole), "buffers": buffers, "mark": 0})

    def close(self):
        super().close()
        self._theirs.close()


def stream(text, name="stdout", **more):
    return {"msg_type": "stream", "content": {"name": name, "text": text, **more}}


def display(data, kind="display_data", **content):
    return {"msg_type": kind, "content": {"metadata": {"meta": "data"}, "data": data, **content}}


def of_id(name):
    return {"transient": {"display_id": name}}


def comm(*buffers, **data):
    return {"msg_type": "comm", "buffers": buffers, "content": {"comm_id": "a", "data": data}}


def out(data, kind="display_data", **more):
    return {"output_type": kind, "metadata": {"meta": "data"}, "data": data, **more}


def text(content, name="stdout"):
    return {"output_type": "stream", "name": name, "text": content}


CLEAR, WAIT = ({"msg_type": "clear_output", "content": content} for content in ({}, {"wait": True}))
FAILED = {"msg_type": "error", "content": {"ename": "E", "evalue": "why", "traceback": ["Boom"]}}
ERROR = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["Boom"]}
BUSY = {"msg_type": "status", "content": {"execution_state": "busy"}}
ENCODED = {"data": "MTIz", "encoding": "base64"}
A, B = {"text": "a"}, {"text": "b"}


@pytest.fixture
def execute_cell():
    """Execute a cell whose messages are played; return the cell and the client."""
    opened = []

    def execute(*messages, reply=None, cell=None, answers=True, execution_count=None, **settings):
        nb = nbformat.v4.new_notebook()
        nb.cells = [cell or NotebookNode(source="'a'", metadata={}, cell_type="code", outputs=[])]
        client = ForkClient(SimpleNamespace(nb=nb, autosave_cell=lambda: None), **settings)
        client.reset_execution_trackers()
        process = subprocess.Popen(["sleep", "1000"], preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_IGN))
        link = Played(messages, reply or {}, answers=answers)
        client._fork = Fork(link, (), process.pid, os.pidfd_open(process.pid), own=False)
        opened.append((client._fork, process))
        try:
            client.execute_cell(nb.cells[0], 0, execution_count=execution_count)
        except (CellExecutionError, CellTimeoutError) as error:
            client.raised = error
        return nb.cells[0], client

    yield execute
    for fork, process in opened:
        process.kill()
        process.wait()
        os.close(fork.pidfd)
        fork.link.close()


MESSAGES = {  # by the test of nbclient: the messages, and the outputs that come of them
    "test_idle_message": ([], []),
    "test_message_for_wrong_parent": ([{**stream("a"), "parent_header": {"msg_id": "another"}}], []),
    "test_busy_message": ([BUSY], []),
    "test_execute_input_message": ([{"msg_type": "execute_input", "content": {}}], []),
    "test_stream_messages": ([stream("a"), stream("b", "stderr")], [text("a"), text("b", "stderr")]),
    "test_clear_output_message": ([stream("a"), CLEAR], []),
    "test_clear_output_wait_message": ([stream("a"), WAIT], [text("a")]),
    "test_clear_output_wait_then_message_message": ([stream("a"), WAIT, stream("b", "stderr")], [text("b", "stderr")]),
    "test_clear_output_wait_then_update_display_message": (
        [stream("a"), WAIT, display(A, "update_display_data")],
        [text("a")],
    ),
    "test_execution_count_with_stream_message": ([stream("a", execution_count=42)], [text("a")]),
    "test_execute_result_message": (
        [display(A, "execute_result", execution_count=42)],
        [out(A, "execute_result", execution_count=42)],
    ),
    "test_execute_result_with_display_message": (
        [display(A, "execute_result", execution_count=42, **of_id("one"))],
        [out(A, "execute_result", execution_count=42)],
    ),
    "test_display_data_without_id_message": ([display(A)], [out(A)]),
    "test_display_data_message": ([display(A, **of_id("one"))], [out(A)]),
    "test_display_data_same_id_message": (
        [display(A, **of_id("one")), display(A, **of_id("two")), display(B, **of_id("one"))],
        [out(B), out(A), out(B)],
    ),
    "test_update_display_data_without_id_message": ([display(A, "update_display_data")], []),
    "test_update_display_data_mismatch_id_message": (
        [display(A, **of_id("one")), display(B, "update_display_data", **of_id("two"))],
        [out(A)],
    ),
    "test_update_display_data_message": (
        [display(A, **of_id("one")), display(B, "update_display_data", **of_id("one"))],
        [out(B)],
    ),
    "test_error_message": ([FAILED], [ERROR]),
    "test_error_message_only": ([FAILED], [ERROR]),
    "test_unknown_comm_message": ([comm(other={"a": 1})], []),
}
COVERED |= set(MESSAGES)
_COUNTED = {"test_execution_count_with_stream_message", "test_execute_result_message"}


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_become_outputs(execute_cell, name):
    messages, outputs = MESSAGES[name]
    cell, client = execute_cell(*messages)
    assert cell.outputs == outputs
    assert not hasattr(client, "raised")
    assert client.clear_before_next_output == (WAIT in messages and outputs == [text("a")])
    named = [message["content"].get("transient", {}).get("display_id") for message in messages]
    assert set(client._display_id_map) == {"one"} & set(named) | {"two"} & set(named) - (
        {"two"} if "mismatch" in name else set()
    )
    assert not client.widget_state
    assert not client.widget_buffers
    if name in _COUNTED:
        assert cell.execution_count == 42


@stands_for("test_execution_count_message_ignored_on_override")
def test_a_given_count_goes_before_the_kernels(execute_cell):
    counted = {"msg_type": "execute_input", "content": {"execution_count": 42}}
    assert execute_cell(counted)[0].execution_count == 42
    assert execute_cell(counted, execution_count=21)[0].execution_count == 21


@stands_for("test_widget_comm_message", "test_widget_comm_buffer_message_single", "test_widget_comm_buffer_messages")
def test_the_state_of_widgets_is_kept(execute_cell):
    for messages, state, buffers in (
        ([comm(state={"a": 1})], {"a": 1}, None),
        ([comm(b"123", state={"a": 1}, buffer_paths=[["p"]])], {"a": 1}, ["p"]),
        (
            [comm(b"123", state={name: 1}, buffer_paths=[[path]]) for name, path in (("a", "p"), ("b", "q"))],
            {"a": 1, "b": 1},
            ["p", "q"],
        ),
    ):
        cell, client = execute_cell(*messages)
        assert client.widget_state == {"a": state}
        assert client.widget_buffers == (
            {"a": {(path,): {**ENCODED, "path": [path]} for path in buffers}} if buffers else {}
        )
        assert cell.outputs == []


@stands_for("test_deadline_exec_reply")
def test_a_cell_that_never_replies_is_over_its_time_and_keeps_its_outputs(execute_cell, monkeypatch):
    monkeypatch.setattr(client_module, "_GRACE", 0.1)
    cell, client = execute_cell(BUSY, stream("a"), stream("b", "stderr"), answers=False, timeout=1)
    assert isinstance(client.raised, CellTimeoutError)
    assert cell.outputs == [text("a"), text("b", "stderr")]


@stands_for("test_error_and_error_status_messages")
def test_a_reply_that_is_an_error_is_raised(execute_cell):
    cell, client = execute_cell(FAILED, reply={"status": "error"})
    assert isinstance(client.raised, CellExecutionError)
    assert cell.outputs == [ERROR]


@stands_for("test_allow_errors", "test_allow_error_names", "test_raises_exception_tag")
def test_allowed_errors_are_not_raised(execute_cell):
    tagged = NotebookNode(source="a", metadata={"tags": ["raises-exception"]}, cell_type="code", outputs=[])
    for given in (
        {"allow_errors": True},
        {"allow_error_names": ["Expected"]},
        {"cell": tagged},
    ):
        cell, client = execute_cell(reply={"status": "error", "ename": "Expected"}, **given)
        assert not hasattr(client, "raised"), given
        assert cell.outputs == []


@stands_for("test_non_code_cell", "test_no_source")
def test_what_is_no_code_is_not_executed(execute_cell):
    for source, kind in (("a = 1", "raw"), ("     ", "code")):
        cell = NotebookNode(source=source, metadata={}, cell_type=kind, outputs=[])
        cell, client = execute_cell(FAILED, reply={"status": "error"}, cell=cell)
        assert not hasattr(client, "raised")
        assert cell.outputs == []


@stands_for(
    "test_cell_hooks",
    "test_error_cell_hooks",
    "test_non_code_cell_hooks",
    "test_async_cell_hooks",
    "test_error_async_cell_hooks",
)
@pytest.mark.parametrize("kind", [MagicMock, AsyncMock])
@pytest.mark.parametrize(
    ("reply", "cell_type", "called"),
    [
        ({}, "code", HOOKS[:4]),
        ({"status": "error"}, "code", HOOKS[:5]),
        ({"status": "error"}, "raw", HOOKS[:1]),
    ],
    ids=["code", "error", "raw"],
)
def test_hooks_of_a_cell_are_called_with_it(execute_cell, kind, reply, cell_type, called):
    hooks = {name: kind() for name in HOOKS}
    cell = NotebookNode(source="a", metadata={}, cell_type=cell_type, outputs=[])
    cell, client = execute_cell(reply=reply, cell=cell, **hooks)
    for name, hook in hooks.items():
        assert hook.call_count == (name in called), name
        if name in called:
            given = dict(hook.call_args.kwargs)
            answered = given.pop("execute_reply", None)
            assert given == {"cell": cell, "cell_index": 0}
            expected = reply.get("status", "ok") if name in ("on_cell_executed", "on_cell_error") else None
            assert (answered and answered["content"]["status"]) == expected
    assert hasattr(client, "raised") == (len(called) == 5)


@stands_for("test_coalesce_streams")
def test_streams_are_joined_where_that_is_wanted(execute_cell):
    messages = [stream("a"), stream("b", "stderr"), stream("c"), stream("d", "stderr")]
    cell, _ = execute_cell(*messages, coalesce_streams=True)
    assert cell.outputs == [text("ac"), text("bd", "stderr")]


# --- whole notebooks


@pytest.fixture
def executed(tmp_path):
    """Execute cells by papermill with this engine; return the notebook, as far as it came, and what was raised."""
    (tmp_path / "notebooks").mkdir()

    def execute(*cells, name="n", tags=(), **kwargs):
        nb = notebook(*cells, parameters="")
        for cell in nb.cells[2:]:
            cell.metadata["tags"] = list(tags)
        raised = None
        written = tmp_path / f"{name}.ipynb"
        given = {"engine_name": "lnlib", "progress_bar": False, **kwargs}
        try:
            papermill.execute_notebook(write(tmp_path, name, nb), written, **given)
        except Exception as error:  # noqa: BLE001 - returned
            raised = error
        return nbformat.read(written, as_version=4), raised

    return execute


def client_of(*sources, kind=ForkClient, **settings):
    """Return a client of a notebook as papermill would have loaded it."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    for part in (nb, *nb.cells):
        part.metadata["papermill"] = NotebookNode()
    return kind(NotebookExecutionManager(nb, progress_bar=False), kernel_name="python3", **settings)


@stands_for("test_constructor", "test_populate_language_info", "test_process_message_wrapper")
def test_a_client_executes_a_notebook_and_names_its_language():
    found = []

    class Wrapped(ForkClient):
        def process_message(self, *args, **kwargs):
            found.append(super().process_message(*args, **kwargs))
            return found[-1]

    done = client_of("print('Hello World')", kind=Wrapped).execute()
    assert done.metadata["language_info"]["name"] == "python"
    assert [one for one in found if one] == [text("Hello World\n")]
    assert done.cells[0].outputs == [text("Hello World\n")]


@stands_for("test_empty_path", "test_empty_kernel_name")
def test_no_folder_and_no_kernels_name_are_needed(executed):
    nb, raised = executed("print('a')", kernel_name="", cwd=None)
    assert (raised, nb.cells[-1].outputs) == (None, [text("a\n")])


@stands_for("test_disable_stdin")
def test_nobody_can_be_asked(executed):
    _, raised = executed("input('name?')")
    assert (raised.ename, raised.evalue) == (
        "StdinNotImplementedError",
        "raw_input was called, but this frontend does not support input requests.",
    )


@stands_for("test_timeout", "test_timeout_func", "test_kernel_death_after_timeout")
@pytest.mark.parametrize(
    "settings", [{"execution_timeout": 1}, {"timeout_func": lambda cell: 1 if cell.source else None}]
)
def test_a_cell_over_its_time_is_named_and_the_next_notebook_runs(executed, monkeypatch, settings):
    monkeypatch.setattr(client_module, "_GRACE", 30)  # seconds: a busy machine does not make the difference
    nb, raised = executed("while True: continue", "print('late')", **settings)
    assert isinstance(raised, CellTimeoutError)
    assert str(raised) == (
        "A cell timed out while it was being executed, after 1 seconds.\nThe message was: Cell execution timed out.\n"
        "Here is a preview of the cell contents:\n-------------------\nwhile True: continue\n-------------------\n"
    )
    assert nb.cells[-1].outputs == []
    assert executed("print('on')", name="next")[1] is None


@stands_for("test_kernel_death_during_execution", "test_error_notebook_hook")
def test_a_process_that_dies_ends_the_notebook_and_its_hooks_are_called(executed):
    hooks = {name: MagicMock() for name in HOOKS}
    _, raised = executed("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", **hooks)
    assert isinstance(raised, DeadKernelError)
    calls = {name: hook.call_count for name, hook in hooks.items()}
    assert (calls["on_cell_start"], calls["on_cell_execute"], calls["on_cell_complete"]) == (
        3,
        1,
        1,
    )  # the first two are empty
    assert (calls["on_cell_executed"], calls["on_cell_error"]) == (0, 0)
    assert (calls["on_notebook_start"], calls["on_notebook_complete"], calls["on_notebook_error"]) == (1, 0, 0)


@stands_for("test_allow_errors", "test_force_raise_errors")
@pytest.mark.parametrize(
    "settings", [{"allow_errors": False}, {"force_raise_errors": True, "tags": ["raises-exception"]}]
)
def test_an_error_ends_the_notebook_and_is_shown_with_its_cell(executed, settings):
    cell = "import sys\nprint('hello')\nprint('errorred', file=sys.stderr)\n# üñîçø∂é\nraise Exception('message')"
    nb, raised = executed(cell, "print('never')", **settings)
    assert isinstance(raised, papermill.PapermillExecutionError)
    assert "Exception: message" in str(raised)
    assert "# üñîçø∂é" in str(raised)
    failed, never = nb.cells[-2:]
    assert [output.get("text") for output in failed.outputs] == ["hello\n", "errorred\n", None]
    assert never.outputs == []


@stands_for(
    "test_execution_hook",
    "test_error_execution_hook_error",
    "test_async_execution_hook",
    "test_error_async_execution_hook",
)
@pytest.mark.parametrize("kind", [MagicMock, AsyncMock])
@pytest.mark.parametrize("code", ["print('a')", "1 / 0"])
def test_hooks_of_a_notebook_are_called(kind, code):
    hooks = {name: kind() for name in HOOKS}
    client_of(code, **hooks).execute()
    expected = {name: int(name not in NOT_BY_PAPERMILL) for name in HOOKS}
    expected["on_cell_error"] = int(code == "1 / 0")
    assert {name: hook.call_count for name, hook in hooks.items()} == expected


@stands_for("test_sync_kernel_manager", "test_custom_kernel_manager")
def test_a_kernel_manager_of_ones_own_is_used(executed):
    from jupyter_client.manager import AsyncKernelManager

    started = []

    class Own(AsyncKernelManager):
        async def _async_launch_kernel(self, *args, **kwargs):
            started.append(self)
            return await super()._async_launch_kernel(*args, **kwargs)

    nb, raised = executed("import sys\n'ipykernel_launcher' in sys.argv[0]", kernel_manager_class=Own)
    assert raised is None
    assert nb.cells[-1].outputs[0]["data"]["text/plain"] == "True"
    assert len(started) == 1


@stands_for("test_widgets")
def test_the_state_of_shown_widgets_is_saved(executed):
    nb, raised = executed("import ipywidgets\nipywidgets.IntSlider()")
    assert raised is None
    (output,) = nb.cells[-1].outputs
    key = output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    saved = nb.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]
    assert {"model_name", "model_module", "state"} <= set(saved["state"][key])
    assert {"version_major", "version_minor"} <= set(saved)


MEET = """
import os, time
from pathlib import Path
folder = Path(os.environ["LNLIB_TEST_MEET"])
(folder / "{own}").touch()
end = time.monotonic() + 60
while not (folder / "{other}").exists() and time.monotonic() < end:
    time.sleep(0.02)
assert (folder / "{other}").exists()
"""


@stands_for("test_parallel_notebooks", "test_many_parallel_notebooks")
def test_notebooks_run_side_by_side(executed, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LNLIB_TEST_MEET", str(tmp_path))

    def in_thread(*cells, **settings):
        try:
            return executed(*cells, **settings)
        finally:
            ensure_event_loop().close()  # nbclient leaves a loop in each thread

    with ThreadPoolExecutor(6) as pool:
        meeting = [pool.submit(in_thread, MEET.format(own=a, other=b), name=a) for a, b in (("a", "b"), ("b", "a"))]
        many = [pool.submit(in_thread, f"print({number})", name=f"many-{number}") for number in range(8)]
        assert [done.result()[1] for done in meeting] == [None, None]
        for number, done in enumerate(many):
            nb, raised = done.result()
            assert (raised, nb.cells[-1].outputs) == (None, [text(f"{number}\n")])
    assert capfd.readouterr().err == ""


@stands_for("test_execution_timing")
def test_times_of_a_cell_are_those_of_its_execution():
    before = time.time()
    nb = client_of("import time", "begun = time.time()\ntime.sleep(0.3)\nbegun").execute()
    after = time.time()
    about = nb.cells[1].metadata["execution"]
    names = ("iopub.status.busy", "iopub.execute_input", "shell.execute_reply", "iopub.status.idle")
    busy, given, replied, idle = (nbformat_time(about[name]) for name in names)
    begun = float(nb.cells[1].outputs[0]["data"]["text/plain"])
    assert before <= busy <= given <= begun + 0.001
    assert begun + 0.3 <= replied + 0.001
    assert replied <= idle + 0.001 <= after + 0.001


def nbformat_time(stamp):
    return datetime.datetime.fromisoformat(stamp).timestamp()


def test_every_test_of_nbclient_is_covered_or_named_as_a_difference():
    assert set(NAMES.split()) == COVERED | set(DIFFERENCES)
    assert not COVERED & set(DIFFERENCES)
