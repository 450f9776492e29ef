"""nbclient's own notebooks and papermill's promises on this engine; where it differs is listed, one by one.

The notebooks of `tests/batch/nbclient` are those of nbclient 0.11's tests with the outputs that it expects (BSD-3-Clause, their
licence lies beside them).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import nbformat
import papermill
import pytest

from lnlib.batch.execute import forkserver

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
NOTEBOOKS = sorted(path.stem for path in (Path(__file__).parent / "nbclient").glob("*.json"))
FAILING = {
    "error": "ZeroDivisionError",
    "skip-exceptions": "Exception",
    "skip-exceptions-with-cell-tags": "Exception",
}  # those that nbclient runs with allow_errors
# Differences from what nbclient stores, by notebook: cell, and why.
_STORED_EARLIER = "stored with an ipywidgets that displayed a widget; today's returns it, with nbclient's engine too"
DIFFERENCES: dict[str, dict[int, str]] = {
    "output": dict.fromkeys((0, 3, 5, 7, 9, 11, 12), _STORED_EARLIER),
    "skip-exceptions": {1: "nbclient is told to go on after an error; papermill, whose engine this is, never does"},
}


def alike(output):
    """Return an output as text without what may differ, as nbclient's tests do; of an error its type and message."""
    result = json.loads(json.dumps(output))
    if result["output_type"] == "error":
        return f"{result['ename']}: {result['evalue']}"
    result.pop("metadata", None)
    if widget := result.get("data", {}).get("application/vnd.jupyter.widget-view+json"):
        widget["model_id"] = "…"
    if svg := result.get("data", {}).get("image/svg+xml"):
        result["data"]["image/svg+xml"] = canonicalize("".join(svg), strip_text=True)
    return re.sub(r"0x[0-9a-fA-F]+|\s|\\n", "", json.dumps(result, sort_keys=True, ensure_ascii=False))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_of_nbclient_gives_what_nbclient_expects(tmp_path, name):
    expected = nbformat.read(Path(__file__).parent / "nbclient" / f"{name}.json", as_version=4)
    nb = nbformat.from_dict(dict(expected))
    for cell in nb.cells:
        cell.metadata.setdefault("tags", [])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nb, tmp_path / "in.ipynb")
    failed = ""
    try:
        made = papermill.execute_notebook(
            tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine_name="lnlib", progress_bar=False
        )
    except papermill.PapermillExecutionError as error:
        failed = error.ename
        made = nbformat.read(tmp_path / "out.ipynb", as_version=4)
        made.cells = [cell for cell in made.cells if "papermill-error-cell-tag" not in cell.metadata.tags]
    assert failed == FAILING.get(name, "")
    different = {}
    for number, (cell, wanted) in enumerate(zip(made.cells, expected.cells, strict=True)):
        if cell.cell_type == "code":
            found = [alike(output) for output in cell.outputs]
            if found != [alike(output) for output in wanted.outputs]:
                different[number] = found, [alike(output) for output in wanted.outputs]
    assert set(different) == set(DIFFERENCES.get(name, {})), different


def test_every_difference_is_of_a_notebook_that_is_run():
    assert set(DIFFERENCES) <= set(NOTEBOOKS)
    assert len(NOTEBOOKS) >= 15
