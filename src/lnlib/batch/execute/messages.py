"""Messages between the processes of a batch: JSON with its length before it, over a socket."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from typing import Any

_HEAD = struct.Struct(">Q")

Message = dict[str, Any]


class Link:
    """One end of a stream socket that carries JSON messages and, with them, open files.

    Parameters
    ----------
    sock : socket.socket
        A connected stream socket; the link owns it from now on.
    """

    def __init__(self, sock: socket.socket):
        self._sock = sock
        self._sending = threading.Lock()  # a notebook's threads print too
        self._passed: list[int] = []

    def fileno(self) -> int:
        """Return the file descriptor, for `select`."""
        return self._sock.fileno()

    def send(self, message: Message, fds: list[int] | None = None) -> None:
        """Send one message, with copies of the open files `fds`."""
        body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        with self._sending:
            if fds:
                socket.send_fds(self._sock, [_HEAD.pack(len(body))], fds)
            else:
                self._sock.sendall(_HEAD.pack(len(body)))
            self._sock.sendall(body)

    def receive(self) -> Message | None:
        """Wait for one message; return None if the other end is gone."""
        try:
            head = self._exactly(_HEAD.size)
            body = self._exactly(_HEAD.unpack(head)[0]) if head else None
        except ConnectionError:
            return None
        return json.loads(body.decode("utf-8", "surrogatepass")) if body else None

    def passed(self) -> list[int]:
        """Return the open files that came with the messages so far; the caller closes them."""
        fds, self._passed = self._passed, []
        return fds

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def _exactly(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            part, fds, _, _ = socket.recv_fds(self._sock, min(size - len(parts), 1 << 20), 8)
            self._passed.extend(fds)
            if not part:
                return None
            parts += part
        return bytes(parts)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def wait_readable(fds: list[Any], deadline: float | None) -> list[Any]:
    """Return those of `fds` that can be read before `deadline` (monotonic seconds); none if it passed."""
    poller = select.poll()
    by_number = {fd if isinstance(fd, int) else fd.fileno(): fd for fd in fds}
    for number in by_number:
        poller.register(number, select.POLLIN)
    wait = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
    return [by_number[number] for number, _ in poller.poll(wait)]
