"""Standard output and standard error of a notebook's process, read from pipes and cut at the marks of its messages."""

from __future__ import annotations

import codecs
import contextlib
import os
from collections import deque
from collections.abc import Iterator

_CAPACITY = 1 << 20  # bytes that wait in a pipe before its writer does
_F_SETPIPE_SZ = 1031
_AT_ONCE = 1 << 20


def mark(token: str, number: int) -> bytes:
    """Return the bytes that separate what was written before message `number` from what comes after it.

    It is shorter than what a pipe takes in one piece, so that no other writer can come between.
    """
    return f"\x1e{token}:{number}\x1e".encode()


def output_pipe() -> tuple[int, int]:
    """Return the reading and the writing end of a pipe that holds as much as this user may."""
    import fcntl  # there is none on Windows, where nothing is forked

    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with contextlib.suppress(OSError):
        fcntl.fcntl(reading, _F_SETPIPE_SZ, _CAPACITY)
    return reading, writing


class Output:
    """The reading end of one stream.

    Parameters
    ----------
    name : str
        `stdout` or `stderr`.
    fd : int
        Reading end of the pipe, not blocking; closed with this object.
    token : str
        What marks begin with.
    """

    def __init__(self, name: str, fd: int, token: str):
        self.name = name
        self.ended = False  # whether nobody can write to it any more
        self._fd = fd
        self._begin = f"\x1e{token}:".encode()
        self._bytes = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: deque[str | int] = deque()  # text, and the numbers of marks

    def fileno(self) -> int:
        """Return the file descriptor, for `poll`."""
        return self._fd

    def read(self) -> None:
        """Read what has been written; does not wait."""
        while not self.ended:
            try:
                data = os.read(self._fd, _AT_ONCE)
            except BlockingIOError:
                return
            self.ended = not data
            self._split(self._bytes + data)

    def until(self, number: int | None = None) -> Iterator[str]:
        """Yield the text before mark `number`, and remove that mark; without a number, the text before the next mark."""
        while self._pieces:
            if isinstance(self._pieces[0], int):
                if number is None:
                    return
                found = self._pieces.popleft()
                if found == number:
                    return
            else:
                yield str(self._pieces.popleft())

    def rest(self) -> Iterator[str]:
        """Yield all text that is left, across marks: what a process that died had written."""
        self.read()
        for piece in self._pieces:
            if isinstance(piece, str):
                yield piece
        self._pieces.clear()

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._fd)

    def _split(self, data: bytes) -> None:
        while (start := data.find(self._begin)) >= 0:
            end = data.find(b"\x1e", start + len(self._begin))
            if end < 0:
                break
            self._put(data[:start])
            self._pieces.append(int(data[start + len(self._begin) : end]))
            data = data[end + 1 :]
        # a mark may have been read in two parts; what may be the begin of one is looked at with what follows it
        tail = data.rfind(b"\x1e")
        whole = len(data)
        if (
            not self.ended
            and tail >= 0
            and (data[tail:].startswith(self._begin) or self._begin.startswith(data[tail:]))
        ):
            whole = tail
        self._put(data[:whole])
        self._bytes = data[whole:]

    def _put(self, data: bytes) -> None:
        if text := self._decoder.decode(data, self.ended):
            self._pieces.append(text)
