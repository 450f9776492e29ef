"""Other ways to make the runs that `compare.py` describes on standard input: `api`, `dask`, or the `floor`.

`api` calls papermill in a loop, in one process; `dask` calls it on a local cluster of processes. `floor` is what no way
can go under: the notebooks' code in as many forked processes as there are workers, imported once, what it shows made as
often, without notebooks, shells or pages.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from typing import Any


def execute(run: dict[str, Any], cwd: str) -> str:
    """Execute a run with papermill's API."""
    from papermill.execute import execute_notebook

    execute_notebook(run["notebook"], run["made"], parameters=run["parameters"], cwd=cwd, progress_bar=False)
    return str(run["made"])


def api(description: dict[str, Any]) -> None:
    for run in description["runs"]:
        execute(run, description["cwd"])


def dask(description: dict[str, Any]) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=description["workers"], threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(execute, description["runs"], cwd=description["cwd"], pure=False))


def floor(description: dict[str, Any]) -> None:
    from lnlib.batch.plan.notebooks import read_notebook

    os.environ.setdefault("MPLBACKEND", "agg")
    os.chdir(description["cwd"])
    read = read_notebook(Path(description["runs"][0]["notebook"]))
    modules = [ast.parse(code) for code in read.code]
    exec(compile(modules[0], "cell", "exec"), {})
    workers, children = description["workers"], []
    for worker in range(workers):
        pid = os.fork()
        if pid == 0:
            for run in description["runs"][worker::workers]:
                _cells(modules, run["parameters"])
            os._exit(0)
        children.append(pid)
    if any(os.waitpid(pid, 0)[1] for pid in children):
        sys.exit("a floor's process failed")


def _cells(modules: list[ast.Module], given: dict[str, Any]) -> None:
    space: dict[str, Any] = {}
    for number, module in enumerate(modules):
        body = list(module.body)
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), space)
        if last is not None:
            _show(eval(compile(ast.Expression(last.value), "cell", "eval"), space))
        if number == 1:  # after the cell that declares the parameters
            space.update(given)


def _show(value: object) -> None:
    for name in ("_repr_mimebundle_", "_repr_html_", "_repr_svg_", "__repr__"):
        method = getattr(value, name, None)
        if method is not None:
            method()
            return


if __name__ == "__main__":
    {"api": api, "dask": dask, "floor": floor}[sys.argv[1]](json.load(sys.stdin))
