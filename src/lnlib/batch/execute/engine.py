"""The papermill engine `lnlib`: `papermill --engine lnlib` executes a notebook in a fork of an imported process.

papermill loads this module while it is itself being imported, so that nothing of papermill may be imported here
before a notebook is executed.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

_logged: set[str] = set()


class ForkEngine:
    """Executes each notebook in a process forked from a clean one that has the notebook's imports done.

    The executed notebook is what plain papermill makes, but for times and ids. A cell may do in it what it may do in
    a kernel: top-level `await`, `display`, widgets, magics, `%%bash`, threads, `sys.exit`; `input` fails as it does
    for papermill. What differs from a kernel of its own, as `docs/start/batch.md` lists it too:

    - The library and packages that do nothing else on import (numpy, pandas, scipy, matplotlib, seaborn, ipywidgets) may be imported
      already, once for all runs: an environment variable that they read on import has no effect where another notebook of the batch
      imports them first.
    - `PYTHONHASHSEED` is the same in all runs of a batch.
    - Linear algebra uses one thread; the variables that say so are not set in the notebook's environment.
    - The garbage collector runs less often (`gc.get_threshold()`).
    - There is no connection file: `get_connection_file()` raises, and nothing can connect to the kernel.
    - There is no debugger: `breakpoint()` raises, as nobody can answer.
    - There is no history on disk; the IPython profile's configuration and start-up files are not read.
    - `sys.argv` is not that of `ipykernel_launcher`.
    - What a cell writes to one stream between two other outputs is one output, standard output before standard error.
    - Asyncio tasks that a cell leaves behind go on only while cells execute.
    - Names that Python numbers (`Thread-5`), and the depth that a `RecursionError` states, are those of a process with fewer threads
      and calls.
    - A lone surrogate is printed as its escape, where a kernel prints an error of its own.
    - `exit()` and the kernel's `do_shutdown()` end the notebook at the next cell for certain; an ordinary kernel may execute one
      more, and may lose what the cell printed before.
    - Processes and threads that a cell starts in the background end with their run.

    A run that needs one of these has `engine: nbclient` in its edition file.

    Where an imported process cannot be forked safely (anywhere but Linux), where the notebook's kernel is not this
    environment's own, or where a kernel manager or arguments for a kernel are passed, papermill's own engine executes the
    notebook with an ordinary kernel, and this is logged once.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        **kwargs: Any,
    ) -> Any:
        """Execute `nb`; papermill's own contract.

        Raises
        ------
        nbclient.exceptions.DeadKernelError
            If the notebook's process died.
        nbclient.exceptions.CellTimeoutError
            If a cell took longer than `execution_timeout` seconds.
        """
        from papermill.engines import Engine, NBClientEngine

        reason = _ordinary_because(kernel_name or cls.nb_kernel_name(nb), kwargs)
        if reason:
            for name in ("watch", "guard"):
                kwargs.pop(name, None)
            engine: Any = NBClientEngine
            if reason not in _logged:
                _logged.add(reason)
                from papermill.log import logger

                logger.warning("lnlib uses ordinary kernels: %s", reason)
        else:
            engine = type("ManagedForkEngine", (_Managed, Engine), {})
        return engine.execute_notebook(
            nb,
            kernel_name,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=log_output,
            autosave_cell_every=autosave_cell_every,
            **kwargs,
        )

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the kernel that the notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language that the notebook is written in."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


def _ordinary_because(kernel_name: str, kwargs: dict[str, Any]) -> str:
    """Return why an ordinary kernel is needed; empty where it is not."""
    from lnlib.batch.execute.forkserver import unsafe

    wanted = [name for name in ("km", "kernel_manager_class", "extra_arguments") if kwargs.get(name)]
    return unsafe() or (f"{wanted[0]} was passed" if wanted else "") or _own_kernel(kernel_name)


def rehearse() -> None:
    """Look up the usual kernel, so that processes forked afterwards need not."""
    _own_kernel("python3")


@functools.cache
def _own_kernel(name: str) -> str:
    """Return why a kernel is not the one of this environment, which a fork stands for; empty where it is."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return f"kernel '{name}' is not installed"  # papermill's own engine raises the error
    major, minor = sys.version_info[:2]
    python = {"python", f"python{major}", f"python{major}.{minor}", sys.executable}  # the first three mean this one
    ours = (
        spec.argv[:1]
        and spec.argv[0] in python
        and spec.argv[1:] == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    )
    return "" if ours and not spec.env else f"kernel '{name}' has a command or an environment of its own"


class _Managed:
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **kwargs: Any,
    ) -> Any:
        from papermill.log import logger
        from papermill.utils import merge_kwargs, remove_args

        from lnlib.batch.execute.papermill_client import ForkClient

        timeout = execution_timeout or kwargs.get("timeout")
        settings = merge_kwargs(
            remove_args(["input_path", "timeout", "startup_timeout"], **kwargs),
            timeout=timeout,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
        )
        return ForkClient(nb_man, **settings).execute()
