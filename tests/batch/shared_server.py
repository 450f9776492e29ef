"""Fork servers that serve one batch after another: importing what runs need takes two seconds, and a small batch less."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from lnlib.batch.execute.forkserver import ForkServer
from lnlib.batch.execute.messages import Message, wait_readable

_MOST = 3  # each takes some 60 MB
_waiting: dict[tuple[object, ...], tuple[ForkServer, Message]] = {}


class SharedServer:
    """A fork server as a batch sees it; the process behind it is kept for the next batch that would start the same one.

    That is one with the same modules and environment. A server that has opened a register, was lost, or whose runs have not
    all ended is closed, as a batch's own would be.
    """

    def __init__(self, modules: Iterable[str] = ()):
        self._modules = tuple(modules)
        self._server: ForkServer | None = None
        self._running: set[str] = set()

    def prepare(self, modules: Iterable[str] = (), registers: Iterable[str] = ()) -> None:
        """Leave it all to `ready`: what a server has been asked for is known only then."""

    def ready(self, modules: Iterable[str], registers: Iterable[str] = ()) -> Message | None:
        environment = frozenset((name, value) for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST")
        self._key = (self._modules, tuple(modules), tuple(registers), environment)
        self._server, self._answer = _waiting.pop(self._key, None) or (ForkServer(self._modules), None)
        if self._answer is None:
            self._answer = self._server.ready(self._key[1], self._key[2])
        return self._answer

    @property
    def link(self) -> SharedServer:
        return self

    @property
    def pid(self) -> int:
        return self._server.pid

    def fileno(self) -> int:
        return self._server.link.fileno()

    def receive(self) -> Message | None:
        message = self._server.link.receive()
        if message and "ended" in message:
            self._running.discard(message["id"])
        return message

    def run(self, job: Message) -> None:
        self._running.add(job["id"])
        self._server.run(job)

    def close(self, *, at_once: bool = False) -> None:
        if self._server is None:
            return
        opened = self._key[2]
        if self._answer and not (opened or self._running or wait_readable([self], 0)):
            _waiting[self._key] = (self._server, self._answer)
            if len(_waiting) > _MOST:
                _waiting.pop(next(iter(_waiting)))[0].close(at_once=True)
        else:
            self._server.close(at_once=at_once)
        self._server = None


@contextlib.contextmanager
def none_waiting() -> Iterator[None]:
    """Use no server that waits; close those that begin to."""
    global _waiting
    before, _waiting = _waiting, {}
    yield
    close_waiting()
    _waiting = before


def close_waiting() -> None:
    """Close the servers that wait for another batch."""
    while _waiting:
        _, (server, _) = _waiting.popitem()
        server.close(at_once=True)
