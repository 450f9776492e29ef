"""Ctrl-C during a batch: every press is counted, also one whose KeyboardInterrupt gets lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


class InterruptHandler:
    """Handles Ctrl-C: it interrupts a batch that starts or ends; with jobs running, the first waits for them, a second stops them.

    A KeyboardInterrupt can be lost: one that is raised while Python ends an object, or within an import, is only printed.
    Presses are counted before that, so that a batch does not go on against its user's will.

    Attributes
    ----------
    count : int
        How often Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Raise KeyboardInterrupt at Ctrl-C, where this is the main thread."""

        def handler(*_: object) -> None:
            self.count += 1
            raise KeyboardInterrupt

        with _handling(handler):
            yield

    @contextlib.contextmanager
    def finishing_first(self, notify: Callable[[str], None]) -> Iterator[None]:
        """Count only; at the first press report what a second would do."""

        def handler(*_: object) -> None:
            self.count += 1
            if self.count == 1:
                notify("Finishing what runs; press Ctrl-C again to stop now")

        with _handling(handler):
            yield


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, handler)
    except ValueError:  # only the main thread hears signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
