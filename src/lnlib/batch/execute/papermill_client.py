"""papermill's notebook client over a forked shell: what is done with each message stays nbclient's own code."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from types import FrameType, SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from nbclient.client import timestamp
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbclient.util import run_hook, run_sync
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient

from lnlib.batch.execute.forkserver import Fork, fork_shell
from lnlib.batch.execute.limits import Guard, RunStopped
from lnlib.batch.execute.messages import wait_readable

_GRACE = 5.0  # seconds a shell is given to end after its last cell or an interrupt, as nbclient gives a kernel
_READ_EVERY = 0.02  # seconds between two looks at what a cell writes, so that many small writes are read together
_JOIN_EVERY = 0.2  # seconds after which text that was read is put into the notebook, for whoever looks at it meanwhile
_KEEPS_SEGMENT = frozenset({"status", "execute_input", "execute_reply", "update_display_data"})


class ForkClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill ships no types
    """Executes the cells of a notebook in a fork of a clean, imported process.

    What a cell writes is one output per stream between two other outputs, standard output first, however long it took:
    the same run gives the same notebook.

    Parameters
    ----------
    nb_man : papermill.engines.NotebookExecutionManager
        Holds the notebook and its state.
    watch : callable, optional
        Called with the client and the index of the cell before each cell.
    guard : Guard, optional
        Ends a run that exceeds its limits.
    """

    def __init__(
        self,
        nb_man: Any,
        *,
        watch: Callable[[ForkClient, int], None] | None = None,
        guard: Guard | None = None,
        **kwargs: Any,
    ):
        super().__init__(nb_man, **kwargs)
        self._watch = watch
        self._guard = guard
        self._fork: Fork | None = None
        self._interrupts = 0
        self._interrupted = float("inf")  # when it was first interrupted
        self._segment: dict[
            str, tuple[NotebookNode, list[str]]
        ] = {}  # by stream: its output, and text to be joined to it
        self._joined = self._read = 0.0
        self.peak_memory = 0
        self.code: int | None = None  # exit status of the shell

    def execute(self, **kwargs: Any) -> Any:
        """Execute all cells; a cell that fails ends the notebook and is recorded in it, as papermill does.

        Raises
        ------
        nbclient.exceptions.DeadKernelError
            If the shell died.
        nbclient.exceptions.CellTimeoutError
            If a cell took longer than `execution_timeout`.
        """
        del kwargs
        self.reset_execution_trackers()
        self._fork = fork_shell(self.nb)
        # An output widget answers the kernel through these two names of a kernel client.
        self.kc = SimpleNamespace(session=Session(), shell_channel=SimpleNamespace(send=self._comm))
        try:
            with self._interruptible(self._fork):
                self._hook(self.on_notebook_start, notebook=self.nb)
                self.log.info(f"Executing notebook with kernel: {self.kernel_name}")
                self.papermill_execute_cells()
                self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
                self.set_widgets_metadata()
        finally:
            self._end()
        return self.nb

    def execute_cell(
        self,
        cell: Any,
        cell_index: int,
        execution_count: int | None = None,
        store_history: bool = True,
    ) -> Any:
        """Execute one cell."""
        if self._watch is not None:
            self._watch(self, cell_index)
        self._hook(self.on_cell_start, cell=cell, cell_index=cell_index)
        if (
            cell.cell_type != "code"
            or not cell.source.strip()
            or self.skip_cells_with_tag in cell.metadata.get("tags", [])
        ):
            return cell
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        fork = self._fork
        if fork is None:
            raise DeadKernelError("Kernel died")
        if self._interrupts:  # between two cells, where there was nothing to interrupt
            raise KeyboardInterrupt
        request = uuid.uuid4().hex
        self._hook(self.on_cell_execute, cell=cell, cell_index=cell_index)
        try:
            fork.link.send({"do": "execute", "id": request, "code": cell.source, "store_history": store_history})
        except OSError:
            raise DeadKernelError("Kernel died") from None
        self._hook(self.on_cell_complete, cell=cell, cell_index=cell_index)
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        reply = self._follow(fork, request, cell, cell_index)
        if self.record_timing:
            cell["metadata"]["execution"]["shell.execute_reply"] = timestamp(reply)
        if execution_count:
            cell["execution_count"] = execution_count
        self._hook(self.on_cell_executed, cell=cell, cell_index=cell_index, execute_reply=reply)
        if self.coalesce_streams and cell.outputs:
            cell.outputs = _coalesced(cell.outputs)
        run_sync(self._check_raise_for_error)(cell, cell_index, reply)
        self.nb["cells"][cell_index] = cell
        return cell

    def _follow(self, fork: Fork, request: str, cell: Any, cell_index: int) -> dict[str, Any]:  # noqa: C901 - one loop and its state
        """Process messages and output until the cell is done; return its reply."""
        timeout = self._get_timeout(cell)
        deadline = None if timeout is None else time.monotonic() + timeout
        reply: dict[str, Any] | None = None
        timed_out = False
        begun = False  # what was written before this cell began belongs to none
        while True:
            for output in fork.outputs if begun else ():  # text that was read with the message before it
                self._take(output.name, output.until(), request, cell, cell_index)
            try:
                ready = self._wait(fork, deadline)
            except RunStopped:
                self._take_rest(fork, request, cell, cell_index)
                raise
            if not ready:
                if self._interrupts or (timed_out and not self.interrupt_on_timeout):
                    break
                # nbclient interrupts a kernel before it ends it, and keeps what the cell says to that.
                os.kill(fork.pid, signal.SIGINT)
                timed_out = True
                deadline = None if self.interrupt_on_timeout else time.monotonic() + _GRACE
                continue
            for output in fork.outputs:
                output.read()
                if begun:
                    self._take(output.name, output.until(), request, cell, cell_index)
            self._join_segment(at_most_every=_JOIN_EVERY)
            if fork.link not in ready:
                if fork.pidfd not in ready:
                    continue
                frame = None
            else:
                frame = fork.link.receive()
            if frame is None or "broken" in frame:
                self._take_rest(fork, request, cell, cell_index)
                raise DeadKernelError(f"Kernel died {(frame or {}).get('broken', '')}".strip())
            msg = _unpacked(frame)
            for output in fork.outputs:
                output.read()
                text = list(output.until(frame["mark"]))
                if begun:
                    self._take(output.name, text, request, cell, cell_index)
            if msg["parent_header"].get("msg_id") != request:
                continue  # of a task or thread of an earlier cell: a kernel's client drops it too
            begun = True
            if msg["msg_type"] == "execute_reply":
                reply = msg
                continue
            if msg["msg_type"] not in _KEEPS_SEGMENT:
                self._close_segment()
            try:
                self.process_message(msg, cell, cell_index)
            except CellExecutionComplete:
                self._close_segment()
                assert reply is not None  # the shell replies before it says that it is idle
                if not timed_out or self._interrupts or self.interrupt_on_timeout:
                    return reply
                break
        self._take_rest(fork, request, cell, cell_index)
        fork.kill()
        if self._interrupts:
            raise DeadKernelError("Kernel died")
        assert timeout is not None
        raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", timeout, cell)

    def _take(self, name: str, pieces: Iterator[str] | list[str], request: str, cell: Any, cell_index: int) -> None:
        """Add text that a cell wrote to its outputs, for the time being; `_join_segment` joins it."""
        for text in pieces:
            if name in self._segment:
                self._segment[name][1].append(text)
                if self.log_output or self.stdout_file or self.stderr_file:
                    self.log_output_message(NotebookNode(output_type="stream", name=name, text=text))
                continue
            msg = {
                "msg_type": "stream",
                "header": {"msg_type": "stream"},
                "content": {"name": name, "text": text},
                "parent_header": {"msg_id": request},
                "metadata": {},
            }
            output = self.process_message(msg, cell, cell_index)
            if output is None:
                continue  # an output widget has taken it
            self._segment[name] = (output, [])
            if name == "stdout" and "stderr" in self._segment:
                cell.outputs.pop()
                place = next(i for i, one in enumerate(cell.outputs) if one is self._segment["stderr"][0])
                cell.outputs.insert(place, output)

    def _join_segment(self, at_most_every: float = 0.0) -> None:
        now = time.monotonic()
        if not self._segment or now - self._joined < at_most_every:
            return
        self._joined = now
        for output, parts in self._segment.values():
            if parts:
                output["text"] += "".join(parts)
                parts.clear()
        if at_most_every:
            self.nb_man.autosave_cell()

    def _close_segment(self) -> None:
        self._join_segment()
        self._segment.clear()

    def _take_rest(self, fork: Fork, request: str, cell: Any, cell_index: int) -> None:
        """Add to the outputs what the cell wrote before its process died or is killed."""
        for output in fork.outputs:
            self._take(output.name, output.rest(), request, cell, cell_index)
        self._close_segment()

    def _wait(self, fork: Fork, deadline: float | None) -> list[Any]:
        """Wait for the shell, checking its limits now and then; an empty list means that the deadline passed."""
        while True:
            now = time.monotonic()
            end = min(deadline or float("inf"), self._interrupted + _GRACE)
            until = min(end, now + 1.0)  # seconds: an interrupt is noticed
            if self._guard is not None:
                try:
                    self._guard.check(fork.pid)
                except RunStopped:
                    fork.kill()
                    raise
                until = min(now + self._guard.every, end)
            if now < self._read + _READ_EVERY:
                streams, until = [], min(self._read + _READ_EVERY, until)
            else:
                streams = [output for output in fork.outputs if not output.ended]
            ready = wait_readable([fork.link, fork.pidfd, *streams], until)
            if any(one in streams for one in ready):
                self._read = time.monotonic()
            if ready or time.monotonic() >= end:
                return ready

    @contextlib.contextmanager
    def _interruptible(self, fork: Fork) -> Iterator[None]:
        """Pass Ctrl-C on to the cell, which keeps its output and ends with KeyboardInterrupt."""
        ignored = signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None)
        if ignored or threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(_signal: int, _frame: FrameType | None) -> None:
            self._interrupts += 1
            self._interrupted = min(self._interrupted, time.monotonic())
            if self._interrupts > 1:
                fork.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(fork.pid, signal.SIGINT)

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _hook(self, hook: Callable[..., Any] | None, **kwargs: Any) -> None:
        """Call one of nbclient's hooks, such as `on_cell_start`."""
        if hook is not None:
            run_sync(run_hook)(hook, **kwargs)

    def _comm(self, msg: dict[str, Any]) -> None:
        if self._fork is not None:
            content = {"header": {"msg_id": ""}, "content": msg["content"], "metadata": {}, "buffers": []}
            self._fork.link.send({"do": "comm", "message": json.loads(json.dumps(content, default=str))})

    def _end(self) -> None:
        if self._fork is not None:
            self._fork.end(_GRACE)
            self.peak_memory, self.code = self._fork.peak_memory, self._fork.code
            self._fork = None


def _unpacked(frame: dict[str, Any]) -> dict[str, Any]:
    msg: dict[str, Any] = json.loads(frame["message"])
    msg["buffers"] = [bytes.fromhex(buffer) for buffer in frame["buffers"]]
    for header in (msg["header"], msg["parent_header"]):
        if isinstance(header.get("date"), str):
            header["date"] = datetime.datetime.fromisoformat(header["date"])
    return msg


def _coalesced(outputs: list[Any]) -> list[Any]:
    """Join the pieces of each stream as nbclient does after each cell: one stdout, then one stderr."""
    from nbclient.client import _RGX_CARRIAGERETURN

    joined: list[Any] = []
    streams: dict[str, Any] = {}
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            joined.append(output)
            if output["output_type"] == "stream":
                streams[output["name"]] = output
    for output in streams.values():
        output["text"] = _RGX_CARRIAGERETURN.sub("", output["text"])  # nbclient leaves backspaces as they are
    for index in range(len(joined) - 1):
        first, second = joined[index], joined[index + 1]
        if (first["output_type"], first.get("name")) == ("stream", "stderr") and (
            second["output_type"],
            second.get("name"),
        ) == ("stream", "stdout"):
            joined[index], joined[index + 1] = second, first
    return joined
