"""The explorer in a browser page of its own, served on this machine by Voila."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.request import urlopen

import nbformat

from lnlib.errors import LnlibError
from lnlib.explorer.limits import Limits
from lnlib.explorer.run_file import saved_in
from lnlib.intake import find_register, open_register
from lnlib.storage import is_url

HOST = "127.0.0.1"  # nobody else on the network
STARTING = 60.0  # seconds
TOKEN_VARIABLE = "LNLIB_EXPLORE_TOKEN"  # the name of a variable; arguments can be read by other users


def page_notebook(register: str, *, frame: str, language: str, folder: Path, limits: Limits) -> str:
    """Return the notebook that the page is made of.

    Parameters
    ----------
    register, frame, language : str
        As `explore` takes them.
    folder : Path
        The working folder of its kernel.
    limits : Limits
        What may be opened and where may be saved.
    """
    source = (
        f"import os\nfrom pathlib import Path\n\nfrom lnlib.explorer import Limits, explore\n\nos.chdir({str(folder)!r})\n"
        f"limits = Limits({limits.registers!r}, Path({str(limits.folder)!r}), Path({str(limits.params)!r}))\n"
        f"explore({register!r}, frame={frame!r}, language={language!r}, limits=limits)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="explorer")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return str(nbformat.writes(notebook))


def serve(  # noqa: PLR0913 - one parameter an option of the command
    registers: Sequence[str],
    *,
    frame: str = "",
    language: str = "en",
    save_to: Path | None = None,
    port: int = 0,
    browser: bool = True,
    theme: str = "light",
    say: Callable[[str], object],
) -> int:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    registers : sequence of str
        Paths, bare names or URLs; nothing else can be opened in the page. The first is opened before anything starts,
        so that a wrong one is refused at once.
    frame, language : str
    save_to : Path, optional
        The one folder in which exhibits and run files are saved; by default `build/saved` and `params` of the project
        around, or of the working folder.
    port : int
        0 for a free one.
    browser : bool
        Whether to open a browser on the page.
    theme : str
        `light` or `dark`.
    say : function
        Is given the page's URL, with its token, when it is ready.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    LnlibError
        A register cannot be opened, the port is taken, or the server did not start.
    """
    open_register(registers[0], frame=frame)
    named = tuple(dict.fromkeys(_named(register) for register in registers))
    folder, params = saved_in(Path.cwd())
    limits = Limits(named, (save_to or folder).absolute(), (save_to or params).absolute())
    port = _free(port)
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="lnlib-explore-") as temporary:
        notebook = Path(temporary) / "explore.ipynb"
        text = page_notebook(named[0], frame=frame, language=language, folder=Path.cwd(), limits=limits)
        notebook.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "lnlib.explorer.page_server", str(notebook), f"--port={port}"]
        command += [f"--Voila.ip={HOST}", "--Voila.port_retries=0", "--no-browser", f"--theme={theme}"]
        command += ["--Voila.log_level=ERROR"]
        # however this process is ended, the server ends with it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = subprocess.Popen(command, env={**os.environ, TOKEN_VARIABLE: token})
        try:
            url = f"http://{HOST}:{port}/?token={token}"
            _wait(server, url)
            say(url)
            if browser:
                webbrowser.open(url)
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def _named(register: str) -> str:
    """Return a register as the page names it: a bare name or a URL as it is, a path in full."""
    found = find_register(register) if not is_url(register) else register
    bare = is_url(register) or (len(Path(register).parts) == 1 and not Path(register).exists())
    return register if bare else str(Path(found).resolve())


def _free(port: int) -> int:
    with socket.socket() as trial:
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise LnlibError(f"port {port} cannot be used: {error.strerror}; leave it out for a free one") from None
        return int(trial.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait until the server answers; a page is only made when somebody asks for it."""
    begun = time.monotonic()
    while time.monotonic() - begun < STARTING:
        if server.poll() is not None:
            raise LnlibError(f"the page could not be served: voila ended with status {server.returncode}")
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise LnlibError(f"the page was not ready after {STARTING:.0f} seconds")
