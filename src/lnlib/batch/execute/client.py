"""papermill's notebook client over a forked shell: what is done with each message stays nbclient's own code."""

from __future__ import annotations

import datetime
import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from nbclient.client import timestamp
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient

from lnlib.batch.execute.forkserver import Fork, fork_shell
from lnlib.batch.execute.limits import Guard, RunStopped
from lnlib.batch.execute.link import wait_readable

_GRACE = 5.0  # seconds a shell is given to end after its last cell, as nbclient gives a kernel


class ForkClient(PapermillNotebookClient):
    """Executes the cells of a notebook in a fork of a clean, imported process.

    Parameters
    ----------
    nb_man : papermill.engines.NotebookExecutionManager
        Holds the notebook and its state.
    watch : callable, optional
        Told the client and the index of the cell, before each cell.
    guard : Guard, optional
        Ends a run that goes over its limits.
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
        self.peak_memory = 0
        self.code: int | None = None  # how the shell ended

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
            self.log.info(f"Executing notebook with a fork for kernel: {self.kernel_name}")
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
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in cell.metadata["tags"]:
            return cell
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        fork = self._fork
        if fork is None:
            raise DeadKernelError("Kernel died")
        asked = uuid.uuid4().hex
        try:
            fork.link.send({"do": "execute", "id": asked, "code": cell.source, "store_history": store_history})
        except OSError:
            raise DeadKernelError("Kernel died") from None
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        reply = self._follow(fork, asked, cell, cell_index)
        if self.record_timing:
            cell["metadata"]["execution"]["shell.execute_reply"] = timestamp(reply)
        if execution_count:
            cell["execution_count"] = execution_count
        if self.coalesce_streams and cell.outputs:
            cell.outputs = _coalesced(cell.outputs)
        run_sync(self._check_raise_for_error)(cell, cell_index, reply)
        self.nb["cells"][cell_index] = cell
        return cell

    def _follow(self, fork: Fork, asked: str, cell: Any, cell_index: int) -> dict[str, Any]:
        """Take messages until the cell is done; give its reply."""
        timeout = self._get_timeout(cell)
        deadline = None if timeout is None else time.monotonic() + timeout
        reply: dict[str, Any] | None = None
        interrupted = False
        while True:
            ready = self._wait(fork, deadline)
            if not ready:
                if interrupted and not self.interrupt_on_timeout:
                    break
                # nbclient interrupts a kernel before it ends it, and keeps what the cell says to that.
                os.kill(fork.pid, signal.SIGINT)
                interrupted = True
                deadline = None if self.interrupt_on_timeout else time.monotonic() + _GRACE
                continue
            # What a shell said before it died is still read.
            frame = fork.link.receive() if fork.link in ready else None
            if frame is None or "broken" in frame:
                raise DeadKernelError(f"Kernel died {(frame or {}).get('broken', '')}".strip())
            msg = _unpacked(frame)
            if msg["parent_header"].get("msg_id") != asked:
                continue  # said by a thread after its cell was done: a kernel's client drops it too
            if msg["msg_type"] == "execute_reply":
                reply = msg
                continue
            try:
                self.process_message(msg, cell, cell_index)
            except CellExecutionComplete:
                assert reply is not None  # the shell replies before it says that it is idle
                if not interrupted or self.interrupt_on_timeout:
                    return reply
                break
        fork.kill()
        assert timeout is not None
        raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", timeout, cell)

    def _wait(self, fork: Fork, deadline: float | None) -> list[Any]:
        """Wait for the shell, looking at its limits now and then; nothing says that the deadline passed."""
        while True:
            look = deadline
            if self._guard is not None:
                try:
                    self._guard.check(fork.pid)
                except RunStopped:
                    fork.kill()
                    raise
                look = min(time.monotonic() + self._guard.every, deadline or float("inf"))
            ready = wait_readable([fork.link, fork.pidfd], look)
            if ready or (deadline is not None and time.monotonic() >= deadline):
                return ready

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
    """Join the pieces of each stream, as nbclient does after each cell: one stdout, then one stderr."""
    from nbclient.client import _RGX_BACKSPACE, _RGX_CARRIAGERETURN

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
        before = None
        while before is None or len(output["text"]) < len(before):
            before = output["text"]
            output["text"] = _RGX_BACKSPACE.sub("", output["text"])
        output["text"] = _RGX_CARRIAGERETURN.sub("", output["text"])
    for index in range(len(joined) - 1):
        first, second = joined[index], joined[index + 1]
        if (first["output_type"], first.get("name")) == ("stream", "stderr") and (
            second["output_type"],
            second.get("name"),
        ) == ("stream", "stdout"):
            joined[index], joined[index + 1] = second, first
    return joined
