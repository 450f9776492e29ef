"""Ctrl-C: what has been asked for stays known, whatever becomes of the interruption."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


class Stopper:
    """Hears Ctrl-C: while a batch starts or ends it interrupts; while runs go on, once lets them finish, twice stops now.

    An interruption can be lost: one that comes while Python ends an object, or within an import, is only printed. How
    often it was asked for is counted here before that, so that a batch does not go on against its user's will.

    Attributes
    ----------
    asked : int
        How often Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.asked = 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Interrupt what goes on, where this is the main thread.

        Raises
        ------
        KeyboardInterrupt
            At Ctrl-C.
        """

        def heard(*_: object) -> None:
            self.asked += 1
            raise KeyboardInterrupt

        with _handled(heard):
            yield

    @contextlib.contextmanager
    def letting_finish(self, say: Callable[[str], None]) -> Iterator[None]:
        """Count only, and say at the first time what the next would do."""

        def heard(*_: object) -> None:
            self.asked += 1
            if self.asked == 1:
                say("Finishing what runs; press Ctrl-C again to stop now")

        with _handled(heard):
            yield


@contextlib.contextmanager
def _handled(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, handler)
    except ValueError:  # only the main thread hears signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
