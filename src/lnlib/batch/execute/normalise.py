"""Executed notebooks that are the same on every machine and at any time: no times, chance ids or full paths."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from lnlib.batch.job import Job

_TIMES = ("start_time", "end_time", "duration")
# Looked for only where a word begins: from every letter of it, a megabyte without a space would take hours.
_CELL_FILE = re.compile(r"(?<![^\s\"'])[^\s\"']*ipykernel_\d+[/\\](\d+)\.py")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def normalise(nb: Any, job: Job) -> None:
    """Remove from an executed notebook whatever differs between machines and runs."""
    nb.metadata.pop("widgets", None)
    about = nb.metadata.get("papermill", {})
    for name in (*_TIMES, "environment_variables"):
        about.pop(name, None)
    about["input_path"] = f"{Path(job.notebook).name}"
    about["output_path"] = f"{Path(job.run).name}.ipynb"
    taken: set[str] = set()
    for number, cell in enumerate(nb.cells):
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags or "papermill-error-cell-tag" in tags:
            cell["id"] = f"{tags[0]}-{number}"
        while cell.get("id") in taken:
            cell["id"] += "-"
        taken.add(cell.get("id", ""))
        cell.metadata.pop("execution", None)
        for name in _TIMES:
            cell.metadata.get("papermill", {}).pop(name, None)
        for output in cell.get("outputs", ()):
            _normalise_output(output, job)


def _normalise_output(output: Any, job: Job) -> None:
    for name in ("text", "evalue"):
        if isinstance(output.get(name), str):
            output[name] = _portable(output[name], job)
    if "traceback" in output:
        output["traceback"] = [_portable(line, job) for line in output["traceback"]]
    for mime, value in output.get("data", {}).items():
        if mime.startswith("text/") and isinstance(value, str):
            output["data"][mime] = _portable(value, job)


def _portable(text: str, job: Job) -> str:
    text = text.replace(str(job.out), "out")
    for path in sorted({sys.prefix, sys.base_prefix, job.root}, key=len, reverse=True):
        text = text.replace(f"{path}/", "")
    text = _CELL_FILE.sub("cell", text)
    return _ADDRESS.sub("at 0x…", text)
