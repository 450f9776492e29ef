"""One run, from its parameters to its staged files: what a process of the pool does, and then ends.

Nothing is published here: the run's files wait in its staging folder, with `outcome.json` written last.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from lnlib.batch.execute import dependencies
from lnlib.batch.execute.entries import FILES, read_entry
from lnlib.batch.execute.job_queue import CANNOT_WRITE, describe_exit
from lnlib.batch.execute.limits import Guard, RunStopped
from lnlib.batch.execute.normalise import normalise
from lnlib.batch.job import FileStamp, Job, Outcome, RunError
from lnlib.errors import LnlibError, listed
from lnlib.filesystem import (
    Tree,
    file_digest,
    is_regular,
    make_accessible,
    publish,
    scan,
    shown_name,
    sync_files,
    write_atomic,
)
from lnlib.storage import COPIES_VARIABLE

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_PLACE = re.compile(r" \(\d+\.py, line \d+\)$")  # of a syntax error: a file that nobody has
_WARNING = re.compile(r"^(?:.*?:\d+: )?(\w*Warning: .*)$", re.MULTILINE)  # as `warnings` prints it
_WARNINGS = 20  # kept of a run
_LONGEST = 500  # characters kept of a warning
_SYNCED_TOGETHER = 8  # files, for which the disk writes its journal once
_PUBLISHED = ("figures", "tables", "data")  # the folders of a run's output that go into the edition


class UnsafeOutput(LnlibError):
    """An output folder that holds links, special files or names that cannot be published."""


def run(job: Job, *, engine: str | None) -> int:
    """Execute a job and stage what it made.

    Parameters
    ----------
    job : Job
        Its staging folder must be new: what an earlier attempt left is not published.
    engine : str or None
        Name of the papermill engine; its own if None.

    Returns
    -------
    int
        The status with which its process ends: 0, or `CANNOT_WRITE` if the outcome could not be written.
    """
    os.environ["LNLIB_OUT"] = str(job.out)
    if house := job.parameters.get("house"):
        os.environ["LNLIB_HOUSE"] = str(house)
    if job.url:
        os.environ[COPIES_VARIABLE] = json.dumps({job.url: job.register})
    started = time.monotonic()
    if job.engine != "lnlib":
        engine = None
    try:
        job.out.mkdir(parents=True)
        nb, outcome = _republished(job) if job.republication is not None else _execute(job, engine)
        outcome = stage_run(job, nb, replace(outcome, seconds=round(time.monotonic() - started, 3)))
    except Exception as error:  # noqa: BLE001 - ours or the disk's: the other runs go on, and the report shows it
        why: RunError = {"type": type(error).__name__, "message": str(error), "traceback": traceback.format_exc()}
        outcome = Outcome("failed", why, seconds=time.monotonic() - started)
    try:
        content = json.dumps(outcome.data(), ensure_ascii=False)
        write_atomic(job.outcome_file, content, sync=False)  # nobody reads it after a power cut
    except OSError:
        return CANNOT_WRITE
    return 0


def stage_run(job: Job, nb: Any, outcome: Outcome) -> Outcome:
    """Stage the notebook, its page, and figures, tables and data; return the complete outcome.

    What a failed run had saved is staged beside its page, where it is part of no edition: its page alone links it.
    """
    import nbformat

    from lnlib.batch.site import story_pages
    from lnlib.batch.site.exhibits import Shown
    from lnlib.batch.site.pages import run_page

    stage = Path(job.stage)
    normalise(nb, job)
    make_accessible(job.out)
    tree = scan(job.out)
    if outcome.state == "ok":
        try:
            outcome = replace(outcome, exhibits=_exhibits(job.out, tree))
        except LnlibError as error:
            outcome = outcome.failed({"type": type(error).__name__, "message": str(error)})
    elif job.republication is None:
        outcome = replace(outcome, exhibits=_staged_beside_page(job, tree))
    write_atomic(job.made / "runs" / f"{job.run}.ipynb", nbformat.writes(nb) + "\n", sync=False, within=stage)
    before = job.republication
    folder = job.out if outcome.state == "ok" else job.made
    shown = Shown(outcome.exhibits, folder) if before is None else Shown(before.exhibits, before.folder)
    page = run_page(nb, job.page, outcome.error, shown)
    write_atomic(job.made / "runs" / f"{job.run}.html", page, sync=False, within=stage)
    for name, text in story_pages.framed(job.page, job.out if outcome.state == "ok" else None):
        write_atomic(job.made / name, text, sync=False, within=stage)
    if outcome.state == "ok":
        for file in tree.files:
            if len(file.parts) > 1 and file.parts[0] in _PUBLISHED:
                publish(file.as_posix(), staged=job.out, target=job.made)
    parts = job.out / "reads.txt"
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    opened = dependencies.files_read(
        job.out,
        Path(job.root),
        without=[stage.parent.parent, stage.parent.parent.parent / ".ledger", Path(job.register), Path(job.notebook)],
        code=code,
        library=job.library,
        uses_library=job.uses_library,
    )
    staged = scan(job.made).files
    with ThreadPoolExecutor(_SYNCED_TOGETHER) as threads:  # so that a power cut leaves no renamed file empty
        list(threads.map(lambda file: sync_files(job.made, [file]), staged))
    files = {}
    for file in staged:
        about = (job.made / file).stat()
        files[file.as_posix()] = FileStamp(about.st_size, file_digest(job.made / file), about.st_mtime_ns)
    return replace(
        outcome,
        warnings=_warnings(nb),
        files=files,
        reads=parts.read_text(encoding="utf-8").split("\n") if is_regular(parts) else ["all"],
        opened=opened,
        programs=dependencies.programs_started(job.out),
    )


def _warnings(nb: Any) -> list[str]:
    """Return the warnings among what the cells of a notebook wrote to standard error, each once."""
    texts = [
        output["text"]
        for cell in nb.cells
        for output in cell.get("outputs", ())
        if output.get("output_type") == "stream" and output.get("name") == "stderr"
    ]
    found = dict.fromkeys(_ANSI.sub("", text).strip()[:_LONGEST] for one in texts for text in _WARNING.findall(one))
    return list(found)[:_WARNINGS]


def _exhibits(out: Path, tree: Tree) -> list[dict[str, Any]]:
    """Return the entries of the exhibits that a run saved.

    Raises
    ------
    UnsafeOutput
        If the output folder holds what cannot be published.
    BadExhibit
        If an entry is not what an exhibit holds.
    """
    if tree.others:
        named = [
            f"{shown_name(name)} is {kind}" if name.parts else f"it is {kind}" for name, kind in tree.others.items()
        ]
        raise UnsafeOutput(
            f"the output folder holds what cannot be published: {listed(named, most=3)}. Write regular files with "
            "plain names; to use data from elsewhere, read them from there or copy them"
        )
    return [read_entry(out, file) for file in tree.files if len(file.parts) == 2 and file.match("exhibits/*.json")]


def _staged_beside_page(job: Job, tree: Tree) -> list[dict[str, Any]]:
    """Stage the exhibits that a failed run had saved below `runs/<run>/`, and return their entries with these paths."""
    try:
        entries = _exhibits(job.out, tree)
    except LnlibError:
        return []  # the run failed already, and says why
    there = {file.as_posix() for file in tree.files}
    complete = [entry for entry in entries if there.issuperset(_files_of(entry))]
    for name in sorted({name for entry in complete for name in _files_of(entry)}):
        publish(name, staged=job.out, target=job.made / "runs" / job.run)
    return [
        {**entry, **{kind: [f"runs/{job.run}/{name}" for name in entry[kind]] for kind in FILES if kind in entry}}
        | ({"data": f"runs/{job.run}/{entry['data']}"} if entry.get("data") else {})
        for entry in complete
    ]


def _files_of(entry: dict[str, Any]) -> list[str]:
    """Return the files of an exhibit."""
    named = [name for kind in FILES for name in entry.get(kind, ())]
    return [*named, entry["data"]] if entry.get("data") else named


def page_of_dead(job: Job, outcome: Outcome) -> Outcome:
    """Stage the notebook as it was before the run, and a page that says why there is no more."""
    import nbformat

    nb = nbformat.read(job.notebook, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return stage_run(job, nb, replace(outcome, state="failed", exhibits=()))


def _execute(job: Job, engine: str | None) -> tuple[Any, Outcome]:
    """Execute the notebook; return it as far as it came, and the outcome so far."""
    import nbformat
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    draft = Path(job.stage) / "run.ipynb"
    at: dict[str, Any] = {"cell": None, "client": None}

    def watch(client: Any, index: int) -> None:
        at.update(cell=index, client=client)

    guard = Guard(seconds=job.seconds, memory=job.memory)
    ours = engine == "lnlib"
    own: dict[str, Any] = {"watch": watch, "guard": guard} if ours else {}
    parameters = {name: value for name, value in job.parameters.items() if name != "house"}  # it is in the environment
    error: RunError | None = None
    nb = None
    try:
        with contextlib.nullcontext() if ours else guard.checking_children():
            nb = execute_notebook(
                _braces(job.notebook),
                _braces(str(draft)),
                parameters=parameters,
                engine_name=engine,
                cwd=job.cwd,
                progress_bar=False,
                request_save_on_cell_execute=not ours,  # what a kernel that died had sent is then in the draft
                **own,
            )
    except PapermillExecutionError as failed:
        error = _of_cell(failed, _number(job, failed.cell_index))
    except Exception as failed:  # noqa: BLE001 - the kernel died, a limit, a notebook that papermill cannot read
        stopped = isinstance(failed, RunStopped)
        error = {"type": type(failed).__name__, "message": _ANSI.sub("", str(failed)).strip()}
        if error["message"].startswith("Kernel died"):
            error["traceback"] = error["message"].removeprefix("Kernel died").strip()
            code = at["client"].code if at["client"] else None
            error["message"] = f"the notebook's process {'died' if code is None else describe_exit(code)}"
        if at["cell"] is not None:
            error["cell"] = _number(job, at["cell"])
        elif not stopped:
            error["traceback"] = traceback.format_exc()
    client = at["client"]
    if nb is None and draft.is_file():
        with contextlib.suppress(ValueError):  # a full disk leaves part of it; the error shows it
            nb = nbformat.read(draft, as_version=4)
    if nb is None:
        nb = client.nb if client is not None else nbformat.read(job.notebook, as_version=4)
    return nb, Outcome("failed" if error else "ok", error, peak_memory=client.peak_memory if client else 0)


def _republished(job: Job) -> tuple[Any, Outcome]:
    """Return the notebook as it was published, of which only the page is made again, with what came of its run."""
    import nbformat

    published = job.republication
    assert published is not None
    outcome = Outcome(published.state, published.error, peak_memory=published.peak_memory)
    return nbformat.read(published.notebook, as_version=4), outcome


def _braces(path: str) -> str:
    return path.replace("{", "{{").replace("}", "}}")  # papermill fills in parameters in paths


def _number(job: Job, index: int) -> int:
    """Count a cell as its author does, from 1 and without the one that papermill put in."""
    cells = json.loads(Path(job.notebook).read_text(encoding="utf-8"))["cells"]
    tagged = [place for place, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])]
    injected = bool(job.parameters) and bool(tagged) and index > tagged[0]
    return index if injected else index + 1


def _of_cell(failed: Any, number: int) -> RunError:
    """Return the error of a cell: its type, message, the number of the cell and the line in it."""
    text = _ANSI.sub("", "\n".join(failed.traceback))
    lines = re.findall(rf"(?:Cell )?In\[{failed.exec_count}\], line (\d+)", text)
    return {
        "type": failed.ename,
        "message": _CELL_PLACE.sub("", _ANSI.sub("", failed.evalue).strip()),
        "cell": number,
        "count": failed.exec_count,
        "line": int(lines[0]) if lines else None,
        "source": failed.source,
        "traceback": text,
    }


def main() -> None:
    """Execute the one job that is read from standard input, in a process of its own."""
    job = Job.of(json.load(sys.stdin))
    os.chdir(job.cwd)
    sys.exit(run(job, engine=None))


if __name__ == "__main__":
    main()
