"""One thread that draws: matplotlib's settings belong to a process, so pictures are made one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")
MOST_WAITING = 16  # requests, of all tabs


class Busy(Exception):
    """As many requests wait as may."""


class Superseded(Exception):
    """The same tab has asked for something newer."""


class Worker:
    """Executes what requests ask for in turn; of one tab only the newest request waits."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="lnlib-explorer")
        self._newest: dict[str, Future[Any]] = {}
        self._waiting = 0

    async def run(self, work: Callable[[], Result], *, tab: str = "") -> Result:
        """Return what the work returns.

        Parameters
        ----------
        work : callable
        tab : str
            The tab that asks: what it asked for before and is not begun yet is dropped.

        Raises
        ------
        Busy
            As many requests wait as may.
        Superseded
            The tab asked for something newer before this was begun.
        """
        earlier = self._newest.pop(tab, None)
        if tab and earlier is not None:
            earlier.cancel()
        if self._waiting >= MOST_WAITING:
            raise Busy
        future = self._executor.submit(work)
        if tab:
            self._newest[tab] = future
        self._waiting += 1
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if future.cancelled():
                raise Superseded from None
            raise
        finally:
            self._waiting -= 1
            if self._newest.get(tab) is future:
                del self._newest[tab]

    def close(self) -> None:
        """Drop what waits; what is being drawn ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)
