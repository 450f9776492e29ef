"""The hand-written register, small enough to check by eye, copies of it with one fault each, and what all tests share."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Tests run side by side: threads of linear algebra would wait for each other. Read when numpy is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import chromium
import pytest
import session_folder
from object_store import bucket, store  # noqa: F401  # fixtures
from register_rows import replace_cell

from lnlib.batch.execute import executor_choice
from lnlib.batch.execute.forkserver import FOR_RUNS
from lnlib.intake import open_register
from lnlib.intake.register_opening import prepare
from lnlib.register import Register

SMALL = Path(__file__).parent / "registers" / "small"
DATA = Path(__file__).parents[1] / "data"

Spoil = Callable[..., Path]
# Files that the quick tests leave out: their tests take a second each, or together several. They execute notebooks, serve pages, fit
# models, fail at every call, set notes, or put every measure to every odd register; each room has others.
SLOW = frozenset(
    Path(__file__).parent / name
    for name in (
        "analyses/claims/test_claim_sentences.py",
        "analyses/claims/test_evaluate.py",
        "analyses/test_around_start.py",
        "analyses/test_certainty.py",
        "analyses/test_specifications.py",
        "batch/test_command.py",
        "batch/test_dependencies.py",
        "batch/test_disk_full.py",
        "batch/test_engine.py",
        "batch/test_kill.py",
        "batch/test_matrix.py",
        "batch/test_members_and_figures.py",
        "batch/test_nbclient.py",
        "batch/test_papermill.py",
        "batch/test_register_members.py",
        "batch/test_remote_copy.py",
        "batch/test_staging.py",
        "batch/test_staleness.py",
        "batch/test_story_pages.py",
        "batch/test_symbolic_links.py",
        "charts/test_export.py",
        "editions/test_pack_and_compare.py",
        "explorer/test_code_and_run_file.py",
        "explorer/test_guard.py",
        "explorer/test_importing.py",
        "explorer/test_page_data.py",
        "explorer/test_start_server.py",
        "history/test_day_by_day.py",
        "intake/test_cases.py",
        "intake/test_dates_and_stages.py",
        "intake/test_fuzz.py",
        "intake/test_kinds.py",
        "intake/test_planted.py",
        "intake/test_import_account.py",
        "intake/test_several_tables.py",
        "intake/test_terminal_guide.py",
        "intake/test_ticks.py",
        "measures/panel/test_event_study.py",
        "measures/panel/test_life_histories.py",
        "measures/panel/test_recorded.py",
        "measures/test_cluster_coverage.py",
        "measures/test_known_lives.py",
        "measures/test_odd_registers.py",
        "notes/test_editor_page.py",
        "notes/test_make_notes.py",
        "notes/test_one_assessment.py",
        "notes/test_read_back.py",
        "register/test_replaced_in_one_step.py",
        "statistics/test_hidden_stage.py",
        "statistics/test_statistics.py",
        "test_coded_registers.py",
        "test_editions.py",
        "test_faults.py",
        "test_gallery.py",
        "test_hostile_names.py",
        "test_banned_names.py",
        "test_leftovers.py",
        "test_new_project.py",
    )
)


@pytest.fixture
def small() -> Register:
    """Six actors, four partnerships, seven assessments, two mechanisms.

    P1 climbs all three stages; P2 goes back and ended; P3 was never assessed; P4 is all that is known of A3, and its
    district later went to another province. Every province but 02, 03 (now 25) and 17 is empty.
    """
    return open_register(SMALL)


@pytest.fixture
def spoiled(tmp_path: Path) -> Spoil:
    """Copy the small register with faults; rows are numbered as in a spreadsheet, the headers being row 1."""

    def spoil(
        *,
        cells: Mapping[tuple[str, int, str], str] | None = None,
        rows: Mapping[str, list[str]] | None = None,
        without: tuple[str, ...] = (),
        about: Mapping[str, Any] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> Path:
        """Spoil a copy.

        `cells` replaces cells by (table, row, column); `rows` adds lines to tables; `without` takes files away;
        `about` replaces keys of the register in `datapackage.json`; `texts` replaces whole files.
        """
        folder = tmp_path / "small"
        shutil.copytree(SMALL, folder)
        for (table, row, column), value in (cells or {}).items():
            replace_cell(folder, table, row, column, value)
        for table, more in (rows or {}).items():
            with (folder / f"{table}.csv").open("a", encoding="utf-8") as lines:
                lines.writelines(f"{line}\n" for line in more)
        for name, text in (texts or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        for name in without:
            (folder / name).unlink()
        if about:
            words = json.loads((folder / "datapackage.json").read_text("utf-8"))
            words["register"] |= about
            (folder / "datapackage.json").write_text(json.dumps(words), encoding="utf-8")
        return folder

    return spoil


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one file: while Playwright drives it, a loop runs in this process."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=chromium.PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.PATH, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def tabs(browser: Any, request: pytest.FixtureRequest) -> chromium.Tabs:
    """The pages that the tests of one file share; they close with the browser."""
    return chromium.Tabs(browser, request.session)


@pytest.fixture(scope="session", autouse=True)
def opened_before() -> None:
    """Prepare the registers that many tests open, as a batch does for its runs: each opening has tables of its own."""
    for folder in (SMALL, DATA / "demonstration", DATA / "learning-note-17"):
        prepare(folder)


@pytest.fixture(scope="session", autouse=True)
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the processes that share a session's files find what one of them has evaluated."""
    own = tmp_path_factory.getbasetemp()
    session_folder.path = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session", autouse=True)
def light_start() -> Iterator[None]:
    """Let the fork servers of small batches import the library only where a notebook does, and not in advance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executor_choice, "imported_early", lambda: [*FOR_RUNS])
        yield


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file of slow tests where they are left out."""
    left_out = "not slow" in config.option.markexpr.split(" and ")
    return True if left_out and collection_path in SLOW else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is slow or drives a browser by its file and fixtures, and begin with files of such tests and notebooks.

    Where two processes share the files, none is left waiting at the end while the other goes through a long one.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path in SLOW or "built" in fixtures:
            item.add_marker("slow")
        if "browser" in fixtures:
            item.add_marker("browser")
            item.add_marker(pytest.mark.skipif(chromium.PATH is None, reason="no Chromium on this machine"))
    long = {
        item.path
        for item in items
        if item.path.suffix == ".ipynb" or any(item.get_closest_marker(name) for name in ("slow", "cluster", "browser"))
    }
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was collected: a million objects that stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_terminal_summary(terminalreporter):
    """Name what was skipped for want of Chromium in one line."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    if without := sum("no Chromium" in reason for reason in skipped):
        terminalreporter.write_line(f"{without} tests were skipped because Chromium is not installed")


def pytest_sessionfinish(session):
    """Fail where CI skips a test on Linux: what it needs is installed there. Elsewhere nothing is forked."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    strict = os.environ.get("CI") and sys.platform == "linux"
    if strict and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        reporter.write_line("a skipped test is a failure in CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
