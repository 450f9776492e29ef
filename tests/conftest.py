"""The hand-written register, small enough to check by eye, copies of it with one fault each, and what all tests share."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Tests run side by side: threads of linear algebra would wait for each other. Read when numpy is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest
from object_store import bucket, store  # noqa: F401  # fixtures

from lnlib.batch.execute import executors
from lnlib.intake import open_register
from lnlib.register import Register

SMALL = Path(__file__).parent / "registers" / "small"

Spoil = Callable[..., Path]


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
            file = folder / f"{table}.csv"
            with file.open(newline="", encoding="utf-8") as lines:
                read = list(csv.reader(lines))
            read[row - 1][read[0].index(column)] = value
            with file.open("w", newline="", encoding="utf-8") as lines:
                csv.writer(lines, lineterminator="\n").writerows(read)
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


@pytest.fixture(scope="session", autouse=True)
def light_start() -> Iterator[None]:
    """Let the fork servers of small batches import the library only where a notebook does, and not in advance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executors, "FOR_LNLIB", ())
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what drives a browser or builds the pages by its fixture, so that `-m 'not browser'` leaves all of it out."""
    for item in items:
        if "built" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
        if {"page", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


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
