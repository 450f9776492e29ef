"""A small project to make editions in."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shared_server import SharedServer, close_waiting
from small_project import Batch, make_project

from lnlib.batch.execute import executor_choice, forks
from lnlib.batch.execute.executor_choice import EarlyStart
from lnlib.batch.execute.forkserver import unsafe
from lnlib.batch.plan.project import Project


@pytest.fixture(scope="session")
def waiting_servers() -> Iterator[None]:
    yield
    close_waiting()


@pytest.fixture(scope="module", autouse=True)
def shared_servers(waiting_servers: None) -> Iterator[None]:
    """Let batches of this process share their fork servers; those of a batch in a process of its own are its own."""

    def begin(early: EarlyStart) -> None:
        if early._server is None and not unsafe():
            early._server = SharedServer(executor_choice.imported_early())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forks, "ForkServer", SharedServer)
        patch.setattr(EarlyStart, "begin", begin)
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


@pytest.fixture
def edit(project: Project) -> Callable[[str], Path]:
    """Write another text into the edition file."""

    def edit(text: str) -> Path:
        path = project.root / "params/small.yml"
        path.write_text(text)
        return path

    return edit


@pytest.fixture(scope="session")
def built_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Build the small project's edition from the text of its file, each only once, and return its build folder."""

    @functools.cache
    def built_of(text: str) -> Path:
        batch = Batch(make_project(tmp_path_factory.mktemp("built")))
        batch.params[0].write_text(text)
        assert batch.run() == 0, batch.console_text
        return batch.project.build

    return built_of


@pytest.fixture
def built(project: Project, built_of: Callable[[str], Path]) -> Batch:
    """Return the project with its edition and ledger as a batch of it left them."""
    batch = Batch(project)
    shutil.copytree(built_of(batch.params[0].read_text()), project.build)
    return batch
