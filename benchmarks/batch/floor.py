"""The floor: the code of the province notebook in forked processes, imported once, drawn as often, without notebooks."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cells() -> list[ast.Module]:
    from lnlib.batch.notebooks import read_notebook

    return [ast.parse(code) for code in read_notebook(ROOT / "notebooks/05-province.ipynb").code]


def show(value: object) -> None:
    for name in ("_repr_mimebundle_", "_repr_html_", "_repr_svg_", "__repr__"):
        method = getattr(value, name, None)
        if method is not None:
            method()
            return


def execute(modules: list[ast.Module], given: dict[str, object]) -> None:
    space: dict[str, object] = {}
    for number, module in enumerate(modules):
        body = list(module.body)
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), space)
        if last is not None:
            show(eval(compile(ast.Expression(last.value), "cell", "eval"), space))
        if number == 1:
            space.update(given)


def main() -> None:
    out, workers, *provinces = sys.argv[1:]
    os.chdir(ROOT / "notebooks")
    modules = cells()
    exec(compile(modules[0], "cell", "exec"), {})
    children = []
    for worker in range(int(workers)):
        pid = os.fork()
        if pid == 0:
            for province in provinces[worker :: int(workers)]:
                folder = Path(out) / province
                folder.mkdir(parents=True)
                given = {"register": "demonstration", "frame": "25", "province": province, "out": str(folder)}
                execute(modules, given)
            os._exit(0)
        children.append(pid)
    for pid in children:
        if os.waitpid(pid, 0)[1]:
            sys.exit(1)


if __name__ == "__main__":
    main()
