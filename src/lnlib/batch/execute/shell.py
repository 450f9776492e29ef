"""An IPython kernel that answers over a link instead of Jupyter's sockets: what a forked run executes its cells in.

It is ipykernel's own kernel and application with another way of sending, so that display, comms, `input`, tracebacks,
magics and top-level `await` behave as they do in a kernel. There are no threads. Standard output and standard error are
pipes to the client, for Python and for child processes alike: what was written before the process died is still read.
A message and the output before it keep their order by marks, which are written into both pipes before it is sent.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import io
import logging
import os
import random
import signal
import sys
import threading
import weakref
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config

from lnlib.batch.execute import dependencies
from lnlib.batch.execute.messages import Link
from lnlib.batch.execute.output import mark

_cell: ContextVar[str] = ContextVar("cell")  # inherited by the asyncio tasks that a cell starts


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the notebook, written to a pipe without a buffer.

    What an asyncio task of an earlier cell writes is dropped, as it is by the client of a kernel.

    Parameters
    ----------
    name : str
        `stdout` or `stderr`.
    fd : int
        The file descriptor below it, 1 or 2; replaced by the pipe, for child processes.
    pipe : int
        File descriptor of the pipe.
    """

    def __init__(self, name: str, fd: int, pipe: int):
        super().__init__()
        self.name = name
        self._fd = fd
        self._pipe = pipe  # of its own, so that it stays when the notebook redirects or closes `fd`
        self._current = ""
        os.dup2(pipe, fd)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, always."""
        return "UTF-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """How text that has no UTF-8 is written."""
        return "backslashreplace"

    def fileno(self) -> int:
        """Return the file descriptor that child processes write to."""
        return self._fd

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return False."""
        return False

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Set the request whose output follows; called by the kernel."""
        self._current = parent["header"]["msg_id"]
        _cell.set(self._current)

    def write(self, text: str) -> int:
        """Write text to the pipe; return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if _cell.get(self._current) == self._current:
            self.write_bytes(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def write_bytes(self, data: bytes) -> None:
        """Write all of `data` to the pipe."""
        while data:
            data = data[os.write(self._pipe, data) :]


class LinkSession(Session):
    """Jupyter's session, sending over a link."""

    link: Link
    owner: int  # the process that may send
    streams: tuple[Stream, ...] = ()
    token: str = ""
    _marks = 0

    def send(  # type: ignore[no-untyped-def]  # noqa: PLR0913 - the signature of jupyter_client's Session
        self,
        stream,
        msg_or_type,
        content=None,
        parent=None,
        ident=None,
        buffers=None,
        track=False,
        header=None,
        metadata=None,
    ):
        """Send one message; from a process forked by the notebook nothing is sent, as in a kernel."""
        del stream, ident, track
        if os.getpid() != self.owner:
            return None
        if isinstance(msg_or_type, dict):
            msg = msg_or_type
            buffers = buffers or msg.get("buffers")
        else:
            msg = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        packed = self.pack(msg)  # Jupyter's own packing, so that bytes and dates become what they always become
        text = packed.decode("utf-8", "surrogatepass") if isinstance(packed, bytes) else packed
        frames = [bytes(buffer).hex() for buffer in buffers or ()]
        with _sending:
            self._marks += 1
            for pipe in self.streams:
                pipe.write_bytes(mark(self.token, self._marks))
            self.link.send({"message": text, "buffers": frames, "mark": self._marks})
        return msg


_sending = threading.RLock()  # a notebook's threads display too


class LinkKernel(IPythonKernel):
    """ipykernel's kernel over a link: no sockets, no threads, no history on disk."""

    def start(self) -> None:
        """Do nothing: cells are executed when the client asks."""


def _config() -> Config:
    config = Config()
    config.HistoryManager.hist_file = ":memory:"  # a history on disk has a thread
    return config


def _reset_inherited_state() -> None:
    """Drop what belongs to the process this one was forked from."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a kernel: only a cell is interrupted
    signal.set_wakeup_fd(-1)
    # Its exit functions (removing a temporary folder, say) are not ours to call.
    atexit._clear()
    weakref.finalize._registry.clear()  # type: ignore[attr-defined]
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    atexit.register(logging.shutdown)
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # forked processes would all draw the same numbers
    asyncio.set_event_loop_policy(None)


def serve(link: Link, pipes: tuple[int, int], token: str) -> None:
    """Execute cells as they are asked for over `link`, then end this process. Only for a fresh fork.

    Parameters
    ----------
    link : Link
        To the client.
    pipes : tuple of int
        File descriptors that standard output and standard error are written to.
    token : str
        What marks in the pipes begin with.
    """
    _reset_inherited_state()
    os.environ["MPLBACKEND"] = os.environ.get("MPLBACKEND") or "module://matplotlib_inline.backend_inline"
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    session = LinkSession(config=_config())
    session.link, session.owner, session.token = link, os.getpid(), token
    sys.stdout, sys.stderr = session.streams = (Stream("stdout", 1, pipes[0]), Stream("stderr", 2, pipes[1]))
    out = os.environ.get("LNLIB_OUT")
    if out:
        dependencies.track_register()
        dependencies.track_children(Path(out))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_answer(link, session))
    except RuntimeError:  # `exit()` and `do_shutdown()` stop the loop, of which the cell may wait for something
        shell = LinkKernel.instance().shell
        if shell is None or not shell.exit_now:
            raise
    if out:
        with contextlib.suppress(OSError):
            dependencies.write(Path(out))
    with contextlib.suppress(RuntimeError, AssertionError):  # a thread that cannot be joined does not hold up the end
        threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does: wait for the notebook's threads
    atexit._run_exitfuncs()  # it prints what fails
    os._exit(0)


def _kernel(session: LinkSession) -> Any:
    """Return the kernel of this process, and the application around it that magics and libraries look for."""
    # A batch has no use for a debugger, and importing one takes longer than most runs.
    sys.modules["ipykernel.debugger"] = no_debugger = ModuleType("ipykernel.debugger")
    vars(no_debugger).update(_is_debugpy_available=False, Debugger=object)
    app = IPKernelApp.instance(config=_config(), session=session, log=logging.getLogger("ipykernel"))
    kernel: Any = LinkKernel.instance(
        parent=app,
        session=session,
        config=_config(),
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
        iopub_socket=object(),
        log=app.log,
    )
    del sys.modules["ipykernel.debugger"]
    kernel.io_loop = IOLoop.current()
    app.kernel = kernel
    _add_working_folder()
    app.init_pdb()
    app.init_shell()
    app.init_gui_pylab()
    app.init_extensions()
    return kernel


def _add_working_folder() -> None:
    """Let modules be imported from the working folder, after the standard library's, as IPython does.

    `IPKernelApp.init_path` would refuse, since the fork server itself imports nothing from there (`python -P`).
    """
    if "" not in sys.path and not os.environ.get("PYTHONSAFEPATH"):
        packages = ("site-packages", "dist-packages")
        sys.path.insert(next((i for i, path in enumerate(sys.path) if Path(path).name in packages), 0), "")


async def _answer(link: Link, session: LinkSession) -> None:
    kernel = _kernel(session)
    while True:
        request = link.receive()
        if request is None or request["do"] == "end":
            return
        if request["do"] == "comm":
            kernel.comm_manager.comm_msg(None, b"", request["message"])
            continue
        parent = session.msg("execute_request")
        parent["header"]["msg_id"] = request["id"]
        kernel.set_parent(b"", parent)
        # Tasks that earlier cells left behind go on at every cell, as they would in a kernel.
        await asyncio.sleep(0)
        kernel._publish_status("busy", "shell", parent=parent)
        kernel._publish_execute_input(request["code"], parent, kernel.execution_count)
        kernel.pre_handler_hook()
        try:
            reply = await kernel.do_execute(
                request["code"], False, store_history=request["store_history"], cell_id=None
            )
        finally:
            kernel.post_handler_hook()
        session.send(None, "execute_reply", reply, parent=parent)  # type: ignore[no-untyped-call]
        kernel._publish_status("idle", "shell", parent=parent)
        if kernel.shell.exit_now:
            return  # `exit()` ends a kernel, and the client finds it gone at the next cell
