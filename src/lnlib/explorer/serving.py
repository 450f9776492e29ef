"""The explorer in a browser page of its own, served on this machine by Voila."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat

from lnlib.errors import LnlibError
from lnlib.intake import find_register, open_register
from lnlib.storage import is_url

HOST = "127.0.0.1"  # nobody else on the network
STARTING = 60.0  # seconds


def page_notebook(register: str, *, frame: str, language: str, folder: Path) -> str:
    """Write the notebook that the page is made of; what it saves is saved from `folder`."""
    source = (
        f"import os\n\nimport lnlib as ln\n\nos.chdir({str(folder)!r})\n"
        f"ln.explore({register!r}, frame={frame!r}, language={language!r})"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="explorer")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return str(nbformat.writes(notebook))


def serve(
    register: str,
    *,
    frame: str = "",
    language: str = "en",
    port: int = 0,
    browser: bool = True,
    theme: str = "light",
    say: Callable[[str], object],
) -> int:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    register : str
        Path or bare name; opened first, so that a wrong one is said before anything starts.
    frame, language : str
    port : int
        0 for a free one.
    browser : bool
        Whether to open a browser on the page.
    theme : str
        `light` or `dark`.
    say : function
        Is given the page's URL when it is ready.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    LnlibError
        The register cannot be opened, the port is taken, or the server did not start.
    """
    open_register(register, frame=frame)
    bare = is_url(register) or (len(Path(register).parts) == 1 and not Path(register).exists())
    named = register if bare else str(find_register(register).resolve())
    port = _free(port)
    with tempfile.TemporaryDirectory(prefix="lnlib-explore-") as folder:
        notebook = Path(folder) / "explore.ipynb"
        notebook.write_text(page_notebook(named, frame=frame, language=language, folder=Path.cwd()), encoding="utf-8")
        command = [sys.executable, "-m", "voila", str(notebook), f"--port={port}", f"--Voila.ip={HOST}"]
        command += ["--no-browser", f"--theme={theme}", "--Voila.log_level=ERROR"]
        # however this process is ended, the server ends with it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = subprocess.Popen(command)
        try:
            url = f"http://{HOST}:{port}/"
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
            with urlopen(f"{url}voila/static/voila.js", timeout=2):
                return
        except URLError as error:
            if getattr(error, "code", None):  # it answers, whatever it says of this path
                return
            time.sleep(0.2)
        except OSError:
            time.sleep(0.2)
    raise LnlibError(f"the page was not ready after {STARTING:.0f} seconds")
