"""One run, from its parameters to its staged files: what a process of the pool does, and then ends.

Nothing is published here: the run's files wait in its staging folder, with `result.json` written last.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from lnlib.batch.execute import dependencies as reads
from lnlib.batch.execute.limits import Guard, RunStopped
from lnlib.batch.execute.schedule import CANNOT_WRITE, how_ended
from lnlib.errors import listed
from lnlib.filesystem import file_digest, is_regular, publish, scan, shown_name, sync_files, write_atomic
from lnlib.storage import COPIES_VARIABLE

_TIMES = ("start_time", "end_time", "duration")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# Looked for only where a word begins: from every letter of it, a megabyte without a space would take hours.
_CELL_FILE = re.compile(r"(?<![^\s\"'])[^\s\"']*ipykernel_\d+[/\\](\d+)\.py")
_CELL_PLACE = re.compile(r" \(\d+\.py, line \d+\)$")  # of a syntax error: a file that nobody has
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def run(spec: dict[str, Any]) -> int:
    """Execute the run that `spec` describes and stage what it made.

    Parameters
    ----------
    spec : dict
        `id`, `run` (its id within the edition), `notebook` (path), `key`, `parameters`, `cwd`, `root` (of the project),
        `library` (what its folder is called there), `uses_library` (whether the notebook names it), `register` (full path), `url` (of which the register is a copy, or empty), `stage` (folder), `engine`
        (`lnlib` or None), `seconds` and `memory` (limits or None), `page` (what the page says beside the notebook).

    Returns
    -------
    int
        The status with which its process ends: 0, or `CANNOT_WRITE` if what became of the run could not be written.
    """
    stage = Path(spec["stage"])
    os.environ["LNLIB_OUT"] = str(stage / "out")
    if spec["url"]:
        os.environ[COPIES_VARIABLE] = json.dumps({spec["url"]: spec["register"]})
    started = time.monotonic()
    result: dict[str, Any] = {"id": spec["id"], "state": "ok", "error": None, "peak_memory": 0}
    try:
        (stage / "out").mkdir(parents=True, exist_ok=True)
        nb = _published(spec, result) if spec.get("only_page") else _execute(spec, result)
        stage_run(spec, nb, result, seconds=time.monotonic() - started)
    except Exception as error:  # ours or the disk's: the other runs go on, and the report says it
        said = {"type": type(error).__name__, "message": str(error), "traceback": traceback.format_exc()}
        result |= {"state": "failed", "error": said, "files": {}, "seconds": time.monotonic() - started}
    try:
        write_atomic(stage / "result.json", json.dumps(result, ensure_ascii=False))
    except OSError:
        return CANNOT_WRITE
    return 0


def stage_run(spec: dict[str, Any], nb: Any, result: dict[str, Any], *, seconds: float) -> None:
    """Stage the notebook, the page and, if the run is whole, its figures, tables and data; complete `result`."""
    import nbformat

    from lnlib.batch.site import story_pages
    from lnlib.batch.site.pages import run_page

    stage, out = Path(spec["stage"]), Path(spec["stage"]) / "out"
    made = stage / "made"
    tidy(nb, spec)
    result["seconds"] = round(seconds, 3)
    tree = scan(out)
    if result["state"] == "ok" and tree.others:
        result |= {"state": "failed", "error": _unsafe_output(tree.others)}
    write_atomic(made / "runs" / f"{spec['run']}.ipynb", nbformat.writes(nb) + "\n", sync=False, within=stage)
    page = run_page(nb, spec["page"], result["error"])
    write_atomic(made / "runs" / f"{spec['run']}.html", page, sync=False, within=stage)
    for name, text in story_pages.framed(spec["page"], out if result["state"] == "ok" else None):
        write_atomic(made / name, text, sync=False, within=stage)
    result["exhibits"] = []
    if result["state"] == "ok":
        for file in tree.files:
            if len(file.parts) == 2 and file.match("exhibits/*.json"):
                result["exhibits"].append(json.loads((out / file).read_text(encoding="utf-8")))
            if len(file.parts) > 1 and file.parts[0] in ("figures", "tables", "data"):
                publish(file.as_posix(), staged=out, target=made)
    parts = out / "reads.txt"
    result["reads"] = parts.read_text(encoding="utf-8").split("\n") if is_regular(parts) else ["all"]
    without = [stage.parent.parent.parent, Path(spec["register"]), Path(sys.prefix)]
    library = {name: spec[name] for name in ("library", "uses_library")}
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    result["opened"] = reads.of_project(out, Path(spec["root"]), without=without, code=code, **library)
    staged = scan(made).files
    sync_files(made, staged)  # so that a pulled plug leaves no renamed file empty
    result["files"] = {}
    for file in staged:
        about = (made / file).stat()
        result["files"][file.as_posix()] = [about.st_size, file_digest(made / file), about.st_mtime_ns]


def _unsafe_output(others: dict[Path, str]) -> dict[str, Any]:
    """Return the error of a run whose output folder holds what cannot be published."""
    named = [f"{shown_name(name)} is {kind}" if name.parts else f"it is {kind}" for name, kind in others.items()]
    message = (
        f"the output folder holds what cannot be published: {listed(named, most=3)}. Write regular files with plain "
        "names; to use data from elsewhere, read them from there or copy them"
    )
    return {"type": "UnsafeOutput", "message": message}


def page_of_dead(spec: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Stage the notebook as it was before the run, and a page that says why there is no more."""
    import nbformat

    nb = nbformat.read(spec["notebook"], as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    result = {**result, "state": "failed"}
    stage_run(spec, nb, result, seconds=result.get("seconds", 0.0))
    return result


def _execute(spec: dict[str, Any], result: dict[str, Any]) -> Any:
    """Execute the notebook; what went wrong is put into `result`, and the notebook is given as far as it came."""
    import nbformat
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    draft = Path(spec["stage"]) / "run.ipynb"
    at: dict[str, Any] = {"cell": None, "client": None}

    def watch(client: Any, index: int) -> None:
        at.update(cell=index, client=client)

    own: dict[str, Any] = {}
    if spec["engine"] == "lnlib":
        own = {"watch": watch, "guard": Guard(seconds=spec["seconds"], memory=spec["memory"])}
    error: dict[str, Any] | None = None
    nb = None
    try:
        nb = execute_notebook(
            _braces(spec["notebook"]),
            _braces(str(draft)),
            parameters=spec["parameters"],
            engine_name=spec["engine"],
            cwd=spec["cwd"],
            progress_bar=False,
            request_save_on_cell_execute=False,
            **own,
        )
    except PapermillExecutionError as failed:
        error = _of_cell(failed, _number(spec, failed.cell_index))
    except Exception as failed:  # the kernel died, a limit, a notebook that papermill cannot read
        stopped = isinstance(failed, RunStopped)
        error = {"type": type(failed).__name__, "message": _ANSI.sub("", str(failed)).strip()}
        if error["message"].startswith("Kernel died"):
            error["traceback"] = error["message"].removeprefix("Kernel died").strip()
            code = at["client"].code if at["client"] else None
            error["message"] = f"the notebook's process {'died' if code is None else how_ended(code)}"
        if at["cell"] is not None:
            error["cell"] = _number(spec, at["cell"])
        elif not stopped:
            error["traceback"] = traceback.format_exc()
    client = at["client"]
    if client is not None:
        result["peak_memory"] = client.peak_memory
        nb = nb or client.nb
    if draft.is_file():
        with contextlib.suppress(ValueError):  # a full disk leaves part of it; the error says so
            nb = nbformat.read(draft, as_version=4)
    if nb is None:
        nb = nbformat.read(spec["notebook"], as_version=4)
    if error is not None:
        result |= {"state": "failed", "error": error}
    return nb


def _published(spec: dict[str, Any], result: dict[str, Any]) -> Any:
    """Take the notebook as it was published: only its page is made again."""
    import nbformat

    result |= spec["only_page"]["result"]
    return nbformat.read(spec["only_page"]["notebook"], as_version=4)


def _braces(path: str) -> str:
    return path.replace("{", "{{").replace("}", "}}")  # papermill fills in parameters in paths


def _number(spec: dict[str, Any], index: int) -> int:
    """Count a cell as its author does, from 1 and without the one that papermill put in."""
    cells = json.loads(Path(spec["notebook"]).read_text(encoding="utf-8"))["cells"]
    tagged = [place for place, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])]
    injected = bool(spec["parameters"]) and bool(tagged) and index > tagged[0]
    return index if injected else index + 1


def _of_cell(failed: Any, number: int) -> dict[str, Any]:
    """Tell an error of a cell: its type, its message, the number of the cell, the line in it."""
    said = _ANSI.sub("", "\n".join(failed.traceback))
    lines = re.findall(rf"(?:Cell )?In\[{failed.exec_count}\], line (\d+)", said)
    return {
        "type": failed.ename,
        "message": _CELL_PLACE.sub("", _ANSI.sub("", failed.evalue).strip()),
        "cell": number,
        "count": failed.exec_count,
        "line": int(lines[0]) if lines else None,
        "source": failed.source,
        "traceback": said,
    }


def tidy(nb: Any, spec: dict[str, Any]) -> None:
    """Make an executed notebook the same on every machine and at any time: no times, chance ids or full paths."""
    nb.metadata.pop("widgets", None)
    about = nb.metadata.get("papermill", {})
    for name in (*_TIMES, "environment_variables"):
        about.pop(name, None)
    about["input_path"] = f"{Path(spec['notebook']).name}"
    about["output_path"] = f"{Path(spec['run']).name}.ipynb"
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
            _tidy_output(output, spec)


def _tidy_output(output: Any, spec: dict[str, Any]) -> None:
    for name in ("text", "evalue"):
        if isinstance(output.get(name), str):
            output[name] = _portable(output[name], spec)
    if "traceback" in output:
        output["traceback"] = [_portable(line, spec) for line in output["traceback"]]
    for mime, value in output.get("data", {}).items():
        if mime.startswith("text/") and isinstance(value, str):
            output["data"][mime] = _portable(value, spec)


def _portable(text: str, spec: dict[str, Any]) -> str:
    text = text.replace(str(Path(spec["stage"]) / "out"), "out")
    for path in sorted({sys.prefix, sys.base_prefix, spec["root"]}, key=len, reverse=True):
        text = text.replace(f"{path}/", "")
    text = _CELL_FILE.sub("cell", text)
    return _ADDRESS.sub("at 0x…", text)


def main() -> None:
    """Run the one spec that is read from standard input, in a process of its own."""
    spec = json.load(sys.stdin)
    os.chdir(spec["cwd"])
    sys.exit(run(spec))


if __name__ == "__main__":
    main()
