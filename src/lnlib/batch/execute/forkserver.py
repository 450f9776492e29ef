"""The fork server: a clean process with everything imported, from which each run is forked.

It has one thread, holds no notebook's state and executes no notebook. It forks whole runs for a batch (`ForkServer.run`) and
single shells for papermill (`fork_shell`). A process forked from it for
a run is still clean when it forks its shell, so a run needs the fork server only once.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import ctypes
import functools
import gc
import importlib
import importlib.util
import io
import os
import re
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import traceback
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lnlib.batch.execute import leftover_processes
from lnlib.batch.execute.dependencies import LIBRARY
from lnlib.batch.execute.limits import children, kill_children, kill_tree
from lnlib.batch.execute.messages import Link, Message, pair, wait_readable
from lnlib.batch.execute.output import Output, output_pipe
from lnlib.errors import LnlibError

# The shell, and what it would load late.
_ALWAYS = (
    "lnlib.batch.execute.shell",
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.crashhandler",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.debugger",
    "IPython.utils.wildcard",
    "encodings.unicode_escape",
    "encodings.utf_8_sig",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
)
# What a run needs around its shell.
FOR_RUNS = (
    "papermill.execute",
    "lnlib.batch.execute.papermill_client",
    "lnlib.batch.execute.execute_run",
    "lnlib.batch.site.pages",
    "mistune",
    "mistune.plugins.table",
    "pygments.formatters.html",
    "pygments.lexers.python",
)
_OPENING = "lnlib.intake.register_opening"  # can prepare a register
# What lnlib's names bring in when a notebook first uses them; a run that imports lnlib opens a register, draws and saves.
FOR_LNLIB = (
    "lnlib.charts.canvas.warm_up",
    "lnlib.exhibits.figure",
    "lnlib.history.grid",
    "lnlib.history.timelines",
    "lnlib.exhibits.labels",
    "lnlib.exhibits.table",
    "lnlib.exhibits.word_document",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    _OPENING,
)
# each has a rehearsal
_ENGINE, _PAGES, _CHARTS = "lnlib.batch.execute.engine", "lnlib.batch.site.pages", "lnlib.charts.canvas.warm_up"
# Builds a grammar for seconds when jsonschema finds it, to check a format that no notebook has.
_NOT_WHILE_IMPORTING = "rfc3987_syntax"
_INLINE = "module://matplotlib_inline.backend_inline"
# Packages that do nothing on import that a notebook could notice, so that forks may have them imported already.
_IMPORTED_AHEAD = frozenset({"lnlib", "IPython", "ipywidgets", "matplotlib", "numpy", "pandas", "scipy", "seaborn"})
# What may change the meaning of an import that comes after it.
_CHANGES_IMPORTS = re.compile(
    r"\b(?:environ|putenv|unsetenv|chdir|load_dotenv|addsitedir|meta_path|path_hooks|sys\s*\.\s*(?:path|modules))\b"
    r"|from\s+(?:sys|os)\s+import|^\s*%(?:env|set_env|cd|run|load_ext)\b",
    re.MULTILINE,
)
# Threads of linear algebra would be lost in the forks, and so many runs share the cores already.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

# A run lives for seconds and makes many objects that it needs until its end: looking for garbage as often as the
# interpreter does by default takes a twelfth of its time.
_COLLECTING = (20_000, 20, 20)

# Pictures at print resolution are megabytes each: what a run frees is kept for its next one, not given back to the
# system, which would have to clear it again (`M_MMAP_THRESHOLD`, `M_TRIM_THRESHOLD`, `M_TOP_PAD` of `malloc.h`).
_KEEPING_MEMORY = {-3: 32 << 20, -1: 512 << 20, -2: 16 << 20}

_clean = False  # True in a process that was forked from the fork server and has executed nothing yet


class ForkServerLost(LnlibError):
    """The process that runs are forked from is gone."""


def unsafe() -> str:
    """Return why runs cannot be forked here; empty where they can."""
    if os.environ.get("LNLIB_NO_FORK"):
        return "LNLIB_NO_FORK is set"
    if not hasattr(os, "fork"):
        return f"{sys.platform} cannot fork"
    if not sys.platform.startswith("linux"):
        return f"forking an imported interpreter is not safe on {sys.platform}"
    return ""


def imported_by(sources: Iterable[str]) -> list[str]:
    r"""List the modules of a notebook that may be imported before it runs, and `module:name` for names taken from them.

    These are the library and a few packages that do nothing but define names on import, where the notebook imports them
    at the top level of a cell, before any cell that could change what an import means (environment, `sys.path`, working
    directory). Of `lnlib`, which loads what it offers when that is first used, also the names that the notebook uses.

    Parameters
    ----------
    sources : iterable of str
        The code cells of one notebook, in order; not executed.

    >>> imported_by(["import numpy as np, own_module", "if wanted:\n    import scipy", "from lnlib.charts import stage_mix"])[:3]
    ['lnlib.charts', 'lnlib.charts:stage_mix', 'numpy']
    >>> imported_by(["import lnlib as ln", "ln.Table(ln.assessment_records(here))"])[:3]
    ['lnlib', 'lnlib:Table', 'lnlib:assessment_records']
    >>> imported_by(["import os", "os.environ['MPLBACKEND'] = 'agg'", "import matplotlib"])
    []
    """
    names: set[str] = set()
    aliases: set[str] = set()  # of lnlib
    used: set[tuple[str, str]] = set()
    for source in sources:
        if _CHANGES_IMPORTS.search(source):
            break
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue  # magics; what they import is imported when they run
        for node in tree.body:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names if _may_be_imported_ahead(alias.name))
                aliases.update(alias.asname or alias.name for alias in node.names if alias.name == "lnlib")
            elif (
                isinstance(node, ast.ImportFrom)
                and node.module
                and not node.level
                and _may_be_imported_ahead(node.module)
            ):
                names.add(node.module)
                names.update(f"{node.module}:{alias.name}" for alias in node.names)
        attributes = (
            node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        )
        used.update((node.value.id, node.attr) for node in attributes if isinstance(node.value, ast.Name))
    names.update(f"lnlib:{name}" for module, name in used if module in aliases)
    return [*sorted(names), *(FOR_LNLIB if any(name.partition(".")[0] == "lnlib" for name in names) else ())]


@functools.cache
def _may_be_imported_ahead(name: str) -> bool:
    """Return whether a module belongs to a package of `_IMPORTED_AHEAD` that is installed, not to a file that hides it."""
    package = name.partition(".")[0]
    if package not in _IMPORTED_AHEAD:
        return False
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(LIBRARY.parent))
            return spec.origin.startswith(tuple(f"{folder}{os.sep}" for folder in installed))
    return False


@dataclass
class Fork:
    """A forked shell: the connection to it, and how it ended."""

    link: Link
    outputs: tuple[Output, Output]  # its stdout and stderr
    pid: int
    pidfd: int
    own: bool
    peak_memory: int = 0
    code: int | None = None  # how it ended, where that is known
    _ended: bool = field(default=False, repr=False)

    def kill(self) -> None:
        """Kill it and its descendants."""
        kill_tree(self.pid)

    def end(self, grace: float) -> None:
        """Ask it to end, wait `grace` seconds, then kill it."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(OSError):
            self.link.send({"do": "end"})
        deadline = time.monotonic() + grace
        while True:
            open_ = [output for output in self.outputs if not output.ended]  # a full pipe would hold it up
            ready = wait_readable([self.link, self.pidfd, *open_], deadline)
            if self.pidfd in ready:
                break
            if not ready:
                self.kill()
                break
            for output in open_:
                list(output.rest())
            if self.link in ready and self.link.receive() is None:  # its last messages, or it has hung up
                if not wait_readable([self.pidfd], deadline):
                    self.kill()
                break
        if self.own:
            # Its own peak, not its parent's, which it shares until it writes.
            _, status, usage = os.wait4(self.pid, 0)
            self.peak_memory, self.code = usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)
        os.close(self.pidfd)
        self.link.close()
        for output in self.outputs:
            output.close()


def fork_shell(nb: Any) -> Fork:
    """Fork a shell for the cells of `nb` from a clean process.

    Raises
    ------
    ForkServerLost
        If there is no process left to fork from.
    """
    ours, theirs = pair()
    token = uuid.uuid4().hex
    (stdout, stdout_end), (stderr, stderr_end) = output_pipe(), output_pipe()
    outputs = (Output("stdout", stdout, token), Output("stderr", stderr, token))
    ends = (stdout_end, stderr_end)
    try:
        if _clean:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                _die_with_parent(parent)
                ours.close()
                for output in outputs:
                    output.close()
                _serve(theirs, ends, token)
        else:
            modules = imported_by(cell.source for cell in nb.cells if cell.cell_type == "code")
            pid = _fork_from_own_server(modules, [theirs.fileno(), *ends], token)
        return Fork(Link(ours), outputs, pid, os.pidfd_open(pid), own=_clean)
    except ProcessLookupError:
        raise ForkServerLost("the forked shell ended at once") from None
    finally:
        theirs.close()
        for end in ends:
            os.close(end)


def _fork_from_own_server(modules: list[str], fds: list[int], token: str) -> int:
    """Fork a shell from this process's own fork server; one that has died is started again, once."""
    try:
        return _own_server(modules).fork_shell(fds, token)
    except ForkServerLost:
        with _server_lock:
            _servers.pop(os.getpid()).close(at_once=True)
        return _own_server(modules).fork_shell(fds, token)


_servers: dict[int, ForkServer] = {}
_server_lock = threading.Lock()


def _own_server(modules: list[str]) -> ForkServer:
    """Return this process's own fork server, started at the first call."""
    with _server_lock:
        server = _servers.get(os.getpid())
        if server is None:
            server = _servers[os.getpid()] = ForkServer()
            atexit.register(server.close, at_once=True)  # forks end without asking it
            server.ready(modules)
        return server


class ForkServer:
    """The client of a fork server: starts it and requests forks.

    Parameters
    ----------
    modules : iterable of str
        Modules that it begins to import at once; `ready` names the rest and waits for it.
    """

    def __init__(self, modules: Iterable[str] = ()):
        ours, theirs = pair()
        env = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1")}
        env["MPLBACKEND"] = env.get("MPLBACKEND") or _INLINE  # read when matplotlib is imported
        self._mark = env[leftover_processes.VARIABLE] = leftover_processes.new_mark()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lnlib.batch.execute.forkserver", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is for the batch to handle
        )
        theirs.close()
        self.link = Link(ours)
        self.prepare(modules)
        self._asking = threading.Lock()
        self._has_run = False
        self.pid = self._process.pid

    def prepare(self, modules: Iterable[str] = (), registers: Iterable[str] = ()) -> None:
        """Let it import modules and open registers while its caller does something else."""
        with contextlib.suppress(OSError):  # it has ended, which `ready` reports
            self.link.send({"modules": list(modules), "registers": list(registers)})

    def ready(self, modules: Iterable[str], registers: Iterable[str] = ()) -> Message | None:
        """Let it import these too and open registers; return its message when it can be forked, None if it ended instead."""
        try:
            self.link.send({"modules": list(modules), "registers": list(registers), "last": True})
            return self.link.receive()
        except OSError:
            return None

    def fork_shell(self, fds: list[int], token: str) -> int:
        """Fork a shell that answers on the first of `fds`, a socket, and writes to the others; return its process id."""
        with self._asking:
            try:
                self.link.send({"do": "shell", "cwd": str(Path.cwd()), "env": dict(os.environ), "token": token}, fds)
                while (message := self.link.receive()) is not None:
                    if "started" in message:
                        return int(message["started"])
            except OSError:
                pass
            raise ForkServerLost("the process that runs are forked from ended unexpectedly")

    def run(self, job: Message) -> None:
        """Fork a run; `link` receives `{"started": pid, "id": …}` and later `{"ended": pid, …}`."""
        try:
            self._has_run = True
            env = {**os.environ, leftover_processes.VARIABLE: self._mark}
            self.link.send({"do": "run", "cwd": str(Path.cwd()), "env": env, "job": job})
        except OSError:
            raise ForkServerLost("the process that runs are forked from ended unexpectedly") from None

    def close(self, *, at_once: bool = False) -> None:
        """End it and everything forked from it; with `at_once`, whatever it is importing."""
        self.link.close()
        if at_once:
            self._process.kill()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._has_run:
            leftover_processes.kill_marked(self._mark)  # what it left if it was killed


# --- the process itself ---------------------------------------------------------------------------------------


_libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent(parent: int) -> None:
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _keep_orphans() -> None:
    """Become the parent of what processes below leave behind, in whatever session, so that it counts and ends here."""
    _libc.prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _serve(sock: socket.socket, pipes: tuple[int, int], token: str) -> None:
    """Become a shell; never returns."""
    from lnlib.batch.execute import shell

    link = Link(sock)
    try:
        shell.serve(link, pipes, token)
    except BaseException:  # noqa: BLE001 - the process ends here, and only the client can report why
        with contextlib.suppress(OSError):
            link.send({"broken": traceback.format_exc()})
    finally:
        os._exit(1)


def _rehearse(done: set[str]) -> None:
    """Load what runs, pages and drawing load late: kernels, schemas, lexers, backends, fonts; nothing a notebook could see changes.

    Each of the modules that have a rehearsal rehearses once, as soon as it is imported; `done` are those that have.
    """
    from lnlib.batch.execute import dependencies

    for name in {_PAGES, _ENGINE, _CHARTS}.intersection(sys.modules) - done:
        done.add(name)
        # the words of pages are not what a notebook reads
        apart = dependencies.excluding(LIBRARY / "words") if name == _PAGES else contextlib.nullcontext()
        with contextlib.suppress(Exception), apart:  # an error is raised again in the run that meets it
            sys.modules[name].rehearse()


def _rehearse_plain_drawing() -> None:
    """Draw with matplotlib alone, where it is imported and the library's charts are not."""
    if "matplotlib" in sys.modules and _CHARTS not in sys.modules:
        with contextlib.suppress(Exception):  # as above: drawing is only rehearsed
            from matplotlib.figure import Figure

            figure = Figure(figsize=(1, 1))
            figure.subplots().set_title("0123 abc")
            for kind in ("png", "svg", "pdf"):
                figure.savefig(io.BytesIO(), format=kind)


def _import(names: Iterable[str]) -> list[str]:
    """Import modules, and `module:name`; return what failed, which the notebook that imports it will raise."""
    failed = []
    for name in names:
        try:
            home, _, part = name.partition(":")
            module = importlib.import_module(home)
            if part and part != "*":
                getattr(module, part, None)  # a package may load it only now
        except Exception as error:  # noqa: BLE001 - a module may raise anything when it is imported
            failed.append(f"{name}: {error}")
    return failed


def _open(registers: Iterable[str]) -> None:
    """Open registers that runs will open; the runs record themselves that they read them."""
    from lnlib.batch.execute import dependencies

    if _OPENING not in sys.modules:
        return  # the notebooks that name the library do not import it
    for register in registers:
        # an error is raised again in the run that meets it
        with dependencies.excluding(Path(register)), contextlib.suppress(Exception):
            sys.modules[_OPENING].prepare(register)


class _Server:
    def __init__(self, link: Link):
        self.link = link
        self.ids: dict[int, str] = {}
        self.shells = False  # whether it serves papermill, which leaves alone what a notebook has started

    def prepare(self) -> None:
        from lnlib.batch.execute import dependencies

        dependencies.install_audit_hook()
        _keep_orphans()
        gc.disable()  # what is imported stays
        sys.modules.setdefault(_NOT_WHILE_IMPORTING, None)  # type: ignore[arg-type]
        failed = _import(_ALWAYS)
        rehearsed: set[str] = set()
        last = False
        while not last:
            asked = self.link.receive() or {"modules": [], "last": True}
            failed += _import(asked["modules"])
            _open(asked.get("registers", ()))
            _rehearse(rehearsed)
            last = asked.get("last", False)
        if sys.modules.get(_NOT_WHILE_IMPORTING) is None:
            sys.modules.pop(_NOT_WHILE_IMPORTING, None)
        _rehearse_plain_drawing()
        dependencies.separate_imports()
        gc.enable()
        gc.freeze()  # so that the forks' collector does not copy every page; the garbage of importing stays
        gc.set_threshold(*_COLLECTING)
        with contextlib.suppress(AttributeError):  # a C library without it
            for option, size in _KEEPING_MEMORY.items():
                _libc.mallopt(option, size)
        threads = len(list(Path("/proc/self/task").iterdir()))
        self.link.send({"ready": os.getpid(), "failed": failed, "threads": threads})

    def loop(self) -> None:
        wake, woken = socket.socketpair()
        wake.setblocking(False)
        woken.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.serve(wake, woken)
        finally:
            signal.set_wakeup_fd(-1)  # a child that ends while this process does must not write to a closed socket

    def serve(self, wake: socket.socket, woken: socket.socket) -> None:
        sources: list[Any] = [self.link, wake]
        while True:
            ready = select.select(sources, [], [])[0]
            if wake in ready:
                with contextlib.suppress(BlockingIOError):
                    wake.recv(4096)
                self.reap()
            if self.link in ready:
                asked = self.link.receive()
                if asked is None:
                    return
                self.fork(asked, [wake, woken])

    def fork(self, asked: Message, ours: list[socket.socket]) -> None:
        global _clean
        passed = self.link.passed()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()  # so that a run can be killed with all it started
                _die_with_parent(parent)
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for sock in ours:
                    sock.close()
                self.link.close()
                os.environ.clear()
                os.environ.update(asked["env"])
                os.chdir(asked["cwd"])
                if asked["do"] == "shell":
                    _serve(socket.socket(fileno=passed[0]), (passed[1], passed[2]), asked["token"])
                from lnlib.batch.execute import execute_run
                from lnlib.batch.job import Job

                _clean = True
                _keep_orphans()
                code = execute_run.run(Job.of(asked["job"]), engine="lnlib")
                kill_children(os.getpid())
                os._exit(code)
            except BaseException:  # noqa: BLE001 - a forked process must not go on as the fork server
                traceback.print_exc()
            finally:
                os._exit(70)
        for fd in passed:
            os.close(fd)
        job = asked.get("job", {}).get("id", "")
        self.ids[pid] = job
        self.shells = self.shells or asked["do"] == "shell"
        self.link.send({"started": pid, "id": job})

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid in self.ids:
                    self._report(pid, status, usage)
        if not self.shells:
            for orphan in set(children(os.getpid())) - set(self.ids):  # a run was killed before it could end them
                kill_tree(orphan)

    def _report(self, pid: int, status: int, usage: Any) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # whatever the run left behind
        self.link.send(
            {
                "ended": pid,
                "id": self.ids.pop(pid, ""),
                "code": os.waitstatus_to_exitcode(status),
                "peak_memory": usage.ru_maxrss * 1024,
                "cpu": usage.ru_utime + usage.ru_stime,
            }
        )

    def end(self) -> None:
        if self.shells:
            for pid in self.ids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            return
        while left := children(os.getpid()):  # whose own children are then left to this process
            for pid in left:
                kill_tree(pid)
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def main() -> None:
    """Serve forks until the process that started this one hangs up."""
    # Run as a script this module has two names; the forks must see one `_clean`.
    from lnlib.batch.execute import forkserver

    server = forkserver._Server(Link(socket.socket(fileno=int(sys.argv[1]))))
    try:
        server.prepare()
        server.loop()
    except (BrokenPipeError, ConnectionError):
        pass
    except BaseException:  # noqa: BLE001 - the process ends here, and all it forked with it
        traceback.print_exc()
    finally:
        server.end()
        atexit._run_exitfuncs()
        os._exit(0)  # the interpreter would first take apart all that is imported


if __name__ == "__main__":
    main()
