"""How kernels are started for tests, and what a failed comparison with the stored outputs of a notebook asks for."""

from __future__ import annotations

from collections.abc import Generator

import kernel_server
import pytest

from lnlib.batch.execute.forkserver import unsafe


def pytest_configure(config: pytest.Config) -> None:
    """Fork the kernels that nbval starts, where that is safe; `tests/batch` undoes it."""
    if not unsafe():
        patch = pytest.MonkeyPatch()
        patch.setattr("jupyter_client.launcher.Popen", kernel_server.Kernel)
        config.add_cleanup(patch.undo)


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
