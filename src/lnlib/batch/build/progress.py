"""What is seen of a batch in a terminal: a bar with the running notebooks, and plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape

from lnlib.batch.job import Job

if TYPE_CHECKING:
    from rich.progress import Progress


class BatchProgress:
    """Shows a batch while it runs.

    Parameters
    ----------
    total : int
        How many runs are to be made.
    console : Console
        Where to; a bar is drawn only on a terminal.
    """

    def __init__(self, total: int, console: Console):
        self._console = console
        self._total = total
        self._done = self._failed = 0
        self._running: dict[str, float] = {}
        self._next_line = time.monotonic() + 30
        self._bar: Progress | None = None
        if console.is_terminal and total:
            self._bar = _bar(console)
            self._task = self._bar.add_task("Runs", total=total, running="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def started(self, job: Job) -> None:
        """Show that a run started."""
        self._running[job.id] = time.monotonic()
        self._refresh()

    def ended(self, job: Job, failure: str) -> None:
        """Show that a run ended; `failure` is empty if it went well."""
        self._running.pop(job.id, None)
        self._done += 1
        if failure:
            self._failed += 1
            self.line(f"[red]failed[/] {escape(job.id)}: {escape(failure)}")
        elif self._bar is None and time.monotonic() > self._next_line:
            self._next_line = time.monotonic() + 30
            self.line(f"{self._done} of {self._total} runs made")
        self._refresh()

    def line(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, highlight=False, soft_wrap=True)

    def _refresh(self) -> None:
        if self._bar is None:
            return
        names = ", ".join(self._running)
        words = f"Runs, {self._failed} failed" if self._failed else "Runs"
        self._bar.update(self._task, completed=self._done, running=escape(names), description=words)


def _bar(console: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[running]}", style="dim"),
        console=console,
        transient=True,
    )
