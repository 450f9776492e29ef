"""On how many processes tests run, and what a failed comparison with the stored outputs of a notebook asks for."""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are cores, as tests wait for others and for limits of time; nine at most."""
    from lnlib.batch.execute.limits import cores  # not needed where tests run in one process

    return min(cores(), 8) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the command that stores the outputs of a notebook again, where nbval finds that they differ."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if type(error).__name__ == "NbCellError" and "Cell outputs differ" in str(error):
        command = f"python tools/store_outputs.py {item.path.stem}"
        report.sections.append(
            ("stored outputs", f"if the change is meant, run {command} and commit it (docs/extend/notebook.md)")
        )
    return report
