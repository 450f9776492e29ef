"""Starts the explorer's server: as a command, until it is interrupted, or in a thread of a notebook's kernel."""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from lnlib.errors import LnlibError, RegisterError
from lnlib.exhibits.figure import SHOWN_WIDTH
from lnlib.explorer.allowed_paths import Limits
from lnlib.explorer.guard import Guard
from lnlib.explorer.import_page import ROUTES
from lnlib.explorer.importing import Imports
from lnlib.explorer.page_data import shown, table
from lnlib.explorer.run_file import saved_in
from lnlib.explorer.server import MOST_BYTES, Service, application
from lnlib.explorer.view_and_filters import VIEWS, Choice
from lnlib.explorer.worker import Busy
from lnlib.intake import find_register, open_register
from lnlib.register.package import DESCRIPTOR
from lnlib.storage import is_url

HOST = "127.0.0.1"  # nobody else on the network


def serve(  # noqa: PLR0913 - one parameter an option of the command
    registers: Sequence[str],
    *,
    frame: str = "",
    language: str = "en",
    save_to: Path | None = None,
    import_to: Path | None = None,
    port: int = 0,
    browser: bool = True,
    theme: str = "",
    address: str = "",
    ready: Callable[[str], object],
) -> int:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    registers : sequence of str
        Paths, bare names or URLs; nothing else of this machine can be opened in the page. The first is opened before
        anything starts, so that a wrong one is refused at once; a workbook, a CSV or an export that needs answers, or no
        register at all, leads to the page *Open a register*.
    frame, language : str
    save_to : Path, optional
        The one folder in which exhibits and run files are saved; by default `build/saved` and `params` of the project
        around, or of the working folder.
    import_to : Path, optional
        The one folder that imported registers are written in; by default a private one, which ends with the explorer.
    port : int
        0 for a free one.
    browser : bool
        Whether to open a browser on the page.
    theme : str
        `light`, `dark`, or empty for the browser's own.
    address : str
        The address of a choice that was copied from a page, or its query; that choice is shown first.
    ready : function
        Called with the page's URL, with its token, when it is served.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    LnlibError
        A register cannot be opened, the port is taken, or the language is not known.
    """
    named = tuple(dict.fromkeys(named_in_page(register) for register in registers))
    files = tuple(register for register in named if is_foreign(register))
    query = address.rpartition("?")[2]
    if registers:
        try:
            open_register(registers[0], frame=frame)
        except RegisterError:
            if named[0] not in files:
                raise
            query = urlencode({"open": "yes", "file": named[0], "language": language})
    folder, params = saved_in(Path.cwd())
    limits = Limits(named, (save_to or folder).absolute(), (save_to or params).absolute())
    first = Choice(register=named[0] if named else "", frame=frame, language=language)
    # however this process is ended, it ends as one that was asked to
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="lnlib-explore-", ignore_cleanup_errors=True) as private:
        imports = Imports(Path(private).resolve(), files, import_to.absolute() if import_to else None)
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(Service(limits, first, theme, imports=imports), port, browser, query, ready))
    return 0


def is_foreign(register: str) -> bool:
    """Return whether a register is a file or folder of this machine that is not a Data Package."""
    return not is_url(register) and not (find_register(register) / DESCRIPTOR).is_file()


async def _serve(service: Service, port: int, browser: bool, query: str, ready: Callable[[str], object]) -> None:
    url = _listen(service, port)
    url = f"{url}&{query}" if query else url
    ready(url)
    if browser:
        webbrowser.open(url)
    if service.limits.registers:
        await _warm_up(service)
    await asyncio.Event().wait()


async def _warm_up(service: Service) -> None:
    """Draw each view once, the first one first, so that no page waits for what is loaded once; requests come between."""

    def draw(view: str) -> None:
        selection = service.selections.select(replace(service.first, view=view))
        shown(selection, width=SHOWN_WIDTH, folder="")
        table(selection, mark="", search="", sort="", page=1)

    for view in dict.fromkeys((service.first.view, *VIEWS)):
        try:
            await service.worker.run(partial(draw, view))
        except LnlibError:  # the page says it
            return
        except Busy:  # whoever waits there loads it too
            continue
    with suppress(Busy):
        await service.worker.run(_settle)


def _settle() -> None:
    """Exempt what was loaded once from garbage collection, which would pause a picture for a fifth of a second."""
    gc.collect()
    gc.freeze()


def _listen(service: Service, port: int) -> str:
    """Start listening, and return the page's URL with its token."""
    try:
        sockets = bind_sockets(port, HOST)
    except OSError as error:
        raise LnlibError(f"port {port} cannot be used: {error.strerror}; leave it out for a free one") from None
    port = int(sockets[0].getsockname()[1])
    guard = Guard(secrets.token_urlsafe(32), port)
    server = HTTPServer(application(service, guard, more=ROUTES), max_body_size=MOST_BYTES, max_buffer_size=MOST_BYTES)
    server.add_sockets(sockets)
    return f"http://{HOST}:{port}/?token={guard.token}"


def named_in_page(register: str) -> str:
    """Return a register as the page names it: a bare name or a URL as it is, a path in full."""
    found = find_register(register) if not is_url(register) else register
    bare = is_url(register) or (len(Path(register).parts) == 1 and not Path(register).exists())
    return register if bare else str(Path(found).resolve())


@dataclass
class Background:
    """The server of a notebook's kernel: one for all its explorers, in a thread that ends with the process."""

    service: Service
    url: str

    @classmethod
    def start(cls, limits: Limits) -> Background:
        """Start the server.

        Raises
        ------
        LnlibError
            No port is free.
        """
        service = Service(limits, framed="http://127.0.0.1:* http://localhost:*")
        started: list[Any] = []
        listening = threading.Event()

        async def run() -> None:
            try:
                started.append(_listen(service, 0))
            except LnlibError as error:
                started.append(error)
                return
            finally:
                listening.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(run()), name="lnlib-explorer-server", daemon=True).start()
        listening.wait()
        if isinstance(started[0], LnlibError):
            raise started[0]
        return cls(service, started[0])

    def allow(self, register: str) -> None:
        """Let one more register be opened."""
        self.service.allow(register)
