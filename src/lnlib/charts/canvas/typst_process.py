"""Typst, called in this process, or in one of its own where a fork has left its threads behind.

Typst keeps a pool of threads from its first use on. A process that is forked later has the pool without its threads, and
would wait for them for ever: so it starts another process for each figure. `lnlib run` forks from a process that has never
used Typst.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import typst

Form = Literal["pdf", "png"]


@dataclass
class _Threads:
    """Whether Typst has started its threads, and whether they are in another process."""

    started: bool = False
    elsewhere: bool = False

    def forked(self) -> None:
        self.elsewhere = self.started


_THREADS = _Threads()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_THREADS.forked)


@cache
def fonts_in(folder: str) -> typst.Fonts:
    """Return the fonts of a folder, and no others."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def typeset(files: Mapping[str, bytes], folder: str, inputs: Mapping[str, str], *, form: Form, ppi: int) -> bytes:
    """Compile files, of which one is `main.typ`, with the fonts of a folder.

    Raises
    ------
    typst.TypstError
        Typst cannot compile them.
    """
    if _THREADS.elsewhere:
        task = pickle.dumps((dict(files), folder, dict(inputs), form, ppi))
        command = [sys.executable, "-m", "lnlib.charts.canvas.typst_process"]
        return subprocess.run(command, input=task, stdout=subprocess.PIPE, check=True).stdout
    _THREADS.started = True
    compiler = typst.Compiler(dict(files), font_paths=fonts_in(folder), sys_inputs=dict(inputs))  # type: ignore[type-var]  # also takes several files
    compiled = compiler.compile(format=form, ppi=ppi)
    assert isinstance(compiled, bytes)
    return compiled


if __name__ == "__main__":
    files, folder, inputs, form, ppi = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(typeset(files, folder, inputs, form=form, ppi=ppi))
