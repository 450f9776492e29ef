"""An IPython shell that answers over a link instead of Jupyter's sockets: what a forked run executes its cells in.

It is ipykernel's own kernel class with another way of sending, so that display, comms, `input`, tracebacks and
top-level `await` behave as they do in a kernel. There are no threads: what is written below Python, to file
descriptors 1 and 2, goes to files in memory that are read after each write and at the end of each cell.
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
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config

from lnlib.batch.execute import dependencies as reads
from lnlib.batch.execute.link import Link


class LinkSession(Session):
    """Jupyter's session, sending over a link."""

    link: Link | None = None
    owner: int = 0

    def send(  # type: ignore[no-untyped-def]  # the signature of Session
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
        if self.link is None or os.getpid() != self.owner:
            return None
        if isinstance(msg_or_type, dict):
            msg = msg_or_type
            buffers = buffers or msg.get("buffers")
        else:
            msg = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        packed = self.pack(msg)  # Jupyter's own packing, so that bytes and dates become what they always become
        text = packed.decode("utf-8", "surrogatepass") if isinstance(packed, bytes) else packed
        frames = [bytes(buffer).hex() for buffer in buffers or ()]
        self.link.send({"message": text, "buffers": frames})
        return msg


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the notebook.

    Parameters
    ----------
    session : LinkSession
        Where stream messages go.
    name : str
        `stdout` or `stderr`.
    fd : int
        The file descriptor below it, 1 or 2, replaced by a file in memory.
    """

    def __init__(self, session: LinkSession, name: str, fd: int):
        super().__init__()
        self.name = name
        self._session = session
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self._text: list[str] = []
        self._file = os.memfd_create(f"lnlib-{name}")
        self._seen = 0
        self._parent: dict[str, Any] = {}
        os.dup2(self._file, fd)
        self._fd = fd

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, always."""
        return "UTF-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What is done with text that has no UTF-8."""
        return "backslashreplace"

    def fileno(self) -> int:
        """Give the file descriptor that child processes write to."""
        return self._fd

    def writable(self) -> bool:
        """Say yes."""
        return True

    def isatty(self) -> bool:
        """Say no."""
        return False

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Remember whose output follows."""
        self._parent = parent

    def write(self, text: str) -> int:
        """Take text; it is sent at the next flush, display or end of cell."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._owner:
            # A process forked by the notebook: through the file, so that messages never mix.
            os.write(self._fd, text.encode("utf-8", "backslashreplace"))
            return len(text)
        with self._lock:
            self._drain()
            self._text.append(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written so far."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._drain()
            text = "".join(self._text)
            self._text = []
            if text:
                text = text.encode("utf-8", self.errors).decode()  # half a character could not be sent
                content = {"name": self.name, "text": text}
                self._session.send(None, "stream", content, parent=self._parent)

    def _drain(self) -> None:
        size = os.fstat(self._file).st_size
        if size > self._seen:
            self._text.append(os.pread(self._file, size - self._seen, self._seen).decode("utf-8", "replace"))
            self._seen = size


class LinkKernel(IPythonKernel):
    """ipykernel's kernel over a link: no sockets, no threads, no history on disk."""

    def start(self) -> None:
        """Do nothing: cells are executed when the client asks."""


def _config() -> Config:
    config = Config()
    config.HistoryManager.hist_file = ":memory:"  # a history on disk has a thread
    return config


def _forget_parent() -> None:
    """Drop what belongs to the process this one was forked from."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.set_wakeup_fd(-1)
    # Its farewells (removing a temporary folder, say) are not ours to say.
    atexit._clear()
    weakref.finalize._registry.clear()  # type: ignore[attr-defined]
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    atexit.register(logging.shutdown)
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # forked processes would all draw the same numbers
    asyncio.set_event_loop_policy(None)


def serve(link: Link) -> None:
    """Execute cells as they are asked for over `link`, then end this process. Only for a fresh fork."""
    _forget_parent()
    os.environ["MPLBACKEND"] = os.environ.get("MPLBACKEND") or "module://matplotlib_inline.backend_inline"
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    session = LinkSession(config=_config())
    session.link, session.owner = link, os.getpid()
    sys.stdout = Stream(session, "stdout", 1)
    sys.stderr = Stream(session, "stderr", 2)
    if "" not in sys.path:
        sys.path.insert(0, "")
    out = os.environ.get("LNLIB_OUT")
    if out:
        reads.watch_register()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_answer(link, session))
    if out:
        with contextlib.suppress(OSError):
            reads.write(Path(out))
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does: wait for the notebook's threads
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    os._exit(0)


async def _answer(link: Link, session: LinkSession) -> None:
    # A batch has no use for a debugger, and importing one takes longer than most runs.
    sys.modules["ipykernel.debugger"] = no_debugger = ModuleType("ipykernel.debugger")
    vars(no_debugger).update(_is_debugpy_available=False, Debugger=object)
    kernel: Any = LinkKernel.instance(
        session=session,
        config=_config(),
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
        iopub_socket=object(),
        log=logging.getLogger("ipykernel"),
    )
    del sys.modules["ipykernel.debugger"]
    kernel.io_loop = IOLoop.current()
    while True:
        asked = link.receive()
        if asked is None or asked["do"] == "end":
            return
        if asked["do"] == "comm":
            kernel.comm_manager.comm_msg(None, b"", asked["message"])
            continue
        parent = session.msg("execute_request")
        parent["header"]["msg_id"] = asked["id"]
        kernel.set_parent(b"", parent)
        # Tasks that earlier cells left behind go on at every cell, as they would in a kernel.
        await asyncio.sleep(0)
        kernel._publish_status("busy", "shell", parent=parent)
        kernel._publish_execute_input(asked["code"], parent, kernel.execution_count)
        reply = await kernel.do_execute(asked["code"], False, store_history=asked["store_history"], cell_id=None)
        sys.stdout.flush()
        sys.stderr.flush()
        session.send(None, "execute_reply", reply, parent=parent)
        kernel._publish_status("idle", "shell", parent=parent)
