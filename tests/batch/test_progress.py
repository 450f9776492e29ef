"""What is seen of a batch in a terminal, and in a file that its output goes to."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from lnlib.batch.build import progress
from lnlib.batch.build.progress import BatchProgress
from lnlib.batch.job import Job

JOB = Job("05/02", "05/02", "small", "", {}, "", "", "", "", "", False, "/nowhere", {})


@pytest.fixture
def clock(monkeypatch):
    """A clock that is moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def console(*, terminal):
    return Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None, legacy_windows=False)


def text(shown):
    return shown.file.getvalue()


def test_in_a_file_failures_are_lines_and_every_half_minute_the_count(clock):
    shown = console(terminal=False)
    with BatchProgress(5, shown) as batch:
        batch.started(JOB)
        batch.ended(JOB, "")
        clock[0] = 1030.0
        batch.ended(JOB, "")
        assert text(shown) == ""
        clock[0] = 1030.1
        batch.ended(JOB, "")
        assert text(shown) == "3 of 5 runs made\n"
        batch.ended(replace(JOB, id="05/[b]"), "ValueError: [bold] is no stage")
        clock[0] = 1060.1
        batch.ended(JOB, "")
    assert text(shown).splitlines() == ["3 of 5 runs made", "failed 05/[b]: ValueError: [bold] is no stage"]


def test_a_long_line_is_not_broken(clock):
    shown = console(terminal=False)
    BatchProgress(1, shown).ended(JOB, "word " * 60)
    assert text(shown) == f"failed 05/02: {'word ' * 60}\n"


def bar_of(batch):
    """Return what the bar of a batch shows: its words, how many of how many, and the runs that are running."""
    task = batch._bar.tasks[0]
    return task.description, task.completed, task.total, task.fields["running"]


def drawn_last(shown):
    """Return the words on the terminal from its last bar on, as drawn after the description."""
    return text(shown).rpartition("Runs")[2].split()


def test_a_terminal_shows_the_running_notebooks_and_how_many_failed(clock):
    shown = console(terminal=True)
    other = replace(JOB, id="05/[b]")
    with BatchProgress(3, shown) as batch:
        assert bar_of(batch) == ("Runs", 0, 3, "")
        batch.started(JOB)
        batch.started(other)
        assert bar_of(batch) == ("Runs", 0, 3, r"05/02, 05/\[b]")
        batch._bar.refresh()
        assert drawn_last(shown) == ["0/3", "0:00:00", "-:--:--", "05/02,", "05/[b]"]
        clock[0] += 3600
        batch.ended(JOB, "")
        assert bar_of(batch) == ("Runs", 1, 3, r"05/\[b]")
        batch._bar.refresh()
        assert re.fullmatch("━+╺?", drawn_last(shown)[0])
        assert drawn_last(shown)[1] == "1/3"
        batch.ended(other, "ValueError")
        assert bar_of(batch) == ("Runs, 1 failed", 2, 3, "")
        assert batch._bar.live.is_started
    assert not batch._bar.live.is_started
    assert "failed 05/[b]: ValueError\n" in text(shown)
    assert "runs made" not in text(shown)  # the bar tells it


def test_nothing_to_make_has_no_bar(clock):
    shown = console(terminal=True)
    with BatchProgress(0, shown) as batch:
        batch.ended(JOB, "")
    assert text(shown) == ""
