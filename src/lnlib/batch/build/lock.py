"""The lock of an edition: one batch at a time, and it ends with its process."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lnlib.batch.build.output_folder import OutputNotWritable
from lnlib.errors import LnlibError

# offset of the process id in a lock's file: on Windows nobody else can read the first byte, which is locked
_HOLDER = 1


class EditionBusy(LnlibError):
    """Another batch is making the same edition."""


@contextlib.contextmanager
def edition_lock(
    path: Path, edition: str, *, wait: float | None = 0.0, notify: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Lock an edition for this batch; the lock ends with the process, however it ends.

    Its file stays: were it removed, one batch could hold the removed one while the next holds a new one.

    Parameters
    ----------
    path : Path
        The lock's file.
    edition : str
        For the message.
    wait : float or None
        Seconds to wait for another batch to end; None waits for ever.
    notify : callable, optional
        Receives a message where there is another batch to wait for.

    Raises
    ------
    EditionBusy
        If another batch still holds it.
    OutputNotWritable
        If the lock's folder cannot be written to.
    """
    from filelock import lock_descriptor  # it loads ctypes, and `status` locks nothing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644), "r+")
    except OSError as error:
        raise OutputNotWritable(f"the folder {path.parent} cannot be written to: {error.strerror}") from error
    with file:
        deadline = None if wait is None else time.monotonic() + wait
        while not lock_descriptor(file.fileno(), blocking=False):
            file.seek(_HOLDER)
            busy = f"another batch (process {file.read().strip() or 'unknown'}) is making the edition {edition}"
            if deadline is not None and time.monotonic() >= deadline:
                raise EditionBusy(f"{busy}; wait for it to end")
            if notify is not None:
                notify(f"{busy}; waiting for it to end")
                notify = None
            time.sleep(0.2)
        file.truncate(0)
        file.seek(0)
        file.write(" " * _HOLDER + str(os.getpid()))
        file.flush()
        yield
