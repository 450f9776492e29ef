"""Kernels of Jupyter's that are forked from a process with everything imported, as a batch forks its runs.

A kernel of its own imports for seconds what the one before it imported, in each notebook that nbval runs and each that is
executed by plain papermill. `python kernel_server.py FD` is the process that they are forked from; `Kernel` stands for
`subprocess.Popen` where Jupyter starts them.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MODULES = ("ipykernel.kernelapp", "IPython.core.completer", "seaborn", "lnlib.batch.execute.shell")
INLINE = "module://matplotlib_inline.backend_inline"  # read when matplotlib is imported


@functools.cache
def _server(owner: int) -> socket.socket:
    """Start the process that kernels of the process `owner` are forked from."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        env={**os.environ, "MPLBACKEND": INLINE, "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )
    theirs.close()
    atexit.register(_close, owner, process, ours)
    return ours


def _close(owner: int, process: subprocess.Popen[bytes], ours: socket.socket) -> None:
    if os.getpid() == owner:  # not in a fork of it
        ours.close()
        process.wait()


class Kernel:
    """A kernel as `subprocess.Popen` would return it; of other commands, that itself."""

    def __new__(cls, command: Sequence[str], **kwargs: Any) -> Any:
        if command[0] != sys.executable or "ipykernel_launcher" not in command:
            return subprocess.Popen(command, **kwargs)
        return super().__new__(cls)

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: str | None, **streams: Any):
        self._server = _server(os.getpid())
        message = {
            "arguments": [*command[command.index("ipykernel_launcher") :]],
            "env": dict(env),
            "cwd": str(Path(cwd or ".").resolve()),
        }
        ours, theirs = socket.socketpair()
        with ours, theirs:
            outputs = [streams[name] for name in ("stdout", "stderr")]
            numbers = [number if one is None else one.fileno() for number, one in zip((1, 2), outputs, strict=True)]
            socket.send_fds(self._server, [b"."], [theirs.fileno(), *numbers])
            ours.sendall(json.dumps(message).encode() + b"\n")
            theirs.close()
            with ours.makefile("rb") as answer:
                self.pid = int(answer.readline())
        self._pidfd = os.pidfd_open(self.pid)
        self.stdin, self.stdout, self.stderr = io.BytesIO(), None, None
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it runs; only the process that it was forked from learns its status."""
        if self.returncode is None and select.select([self._pidfd], [], [], 0)[0]:
            os.close(self._pidfd)
            self.returncode = 1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        if self.poll() is None and not select.select([self._pidfd], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve(asked: socket.socket) -> None:
    """Fork a kernel for each request, until nobody can ask any more."""
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        _, fds, _, _ = socket.recv_fds(asked, 1, 3)
        if not fds:
            return
        if os.fork() == 0:
            asked.close()
            _be_kernel(*fds)
        for fd in fds:
            os.close(fd)


def _be_kernel(connection: int, stdout: int, stderr: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server = os.getppid()
    os.setsid()
    with socket.socket(fileno=connection) as asking, asking.makefile("rb") as lines:
        message = json.loads(lines.readline())
        asking.sendall(b"%d\n" % os.getpid())
    for fd, number in ((os.open(os.devnull, os.O_RDONLY), 0), (stdout, 1), (stderr, 2)):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(message["cwd"])
    os.environ.clear()
    os.environ.update(message["env"])
    if "JPY_PARENT_PID" in os.environ:
        os.environ["JPY_PARENT_PID"] = str(server)
    time.tzset()
    sys.argv[:] = message["arguments"]
    sys.modules["ipykernel.kernelapp"].launch_new_instance()
    with contextlib.suppress(ValueError, OSError):
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    for name in MODULES:
        importlib.import_module(name)
    from lnlib.batch.execute.forkserver import FOR_LNLIB

    for name in FOR_LNLIB:
        importlib.import_module(name)
    serve(socket.socket(fileno=int(sys.argv[1])))
