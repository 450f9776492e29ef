"""The folder of an edition and its lock: whose the folder is, that it holds no links, and one batch at a time."""

import os

import pytest

from lnlib.batch.build import lock
from lnlib.batch.build.lock import EditionBusy, edition_lock
from lnlib.batch.build.output_folder import (
    OutputNotWritable,
    check_links,
    check_own,
    check_writable,
    is_report_of,
    is_unfinished,
)
from lnlib.errors import EditionError

OTHER = "Move them away, rename the edition file, or choose another folder with --build"


def refused(out, known=()):
    with pytest.raises(EditionError) as error:
        check_own(out, "small", known)
    return str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        *(".ledger", ".staging", "small", ".ledger/small.lock", ".ledger/small.sqlite", ".ledger/small.sqlite-wal"),
        *(".ledger/small.sqlite-shm", ".ledger/small.broken"),
    ],
)
def test_nothing_that_a_batch_writes_to_may_be_a_link(tmp_path, name):
    build = tmp_path / "build"
    link = build / name
    link.parent.mkdir(parents=True)
    check_links(build, "small")
    link.symlink_to("elsewhere")
    with pytest.raises(EditionError) as error:
        check_links(build, "small")
    assert str(error.value) == (
        f"{link} is a symbolic link to elsewhere; editions are not built through links. Remove the link, or link the "
        "build folder itself"
    )
    if name not in (".ledger", ".staging"):
        check_links(build, "another")


def test_the_build_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "build").symlink_to("disk")
    check_links(tmp_path / "build", "small")


def test_a_folder_that_is_not_there_or_holds_nothing_is_the_editions_own(tmp_path):
    check_own(tmp_path / "none", "small", [])
    check_own(tmp_path, "small", [])
    (tmp_path / "file").touch()
    check_own(tmp_path / "file", "small", [])  # what is no folder is refused where it is written to


def test_files_that_no_ledger_lists_are_somebody_elses(tmp_path):
    for name in ("d", "b", "a", "c"):
        (tmp_path / name).touch()
    assert refused(tmp_path) == f"{tmp_path} holds files that are not of this edition: a, b, c and 1 more. {OTHER}"
    check_own(tmp_path, "small", ["data/one.csv"])  # a ledger lists files: these were put beside them


def test_an_edition_whose_ledger_was_lost_is_known_by_its_report(tmp_path):
    report = tmp_path / "report.json"
    report.write_text('{"edition": "small"}')
    check_own(tmp_path, "small", [])
    report.write_text('{"edition": "another"}')
    message = f"{tmp_path} holds files that are not of this edition: report.json. {OTHER}"
    assert refused(tmp_path) == message
    report.rename(tmp_path.parent / "report.json")
    report.symlink_to("../report.json")  # of this edition, were it followed
    (tmp_path.parent / "report.json").write_text('{"edition": "small"}')
    assert refused(tmp_path) == message


@pytest.mark.parametrize(
    ("content", "is_one"),
    [(b'{"edition": "small"}', True), (b"{}", False), (b"[]", False), (b'"small"', False), (b"{", False), (b"", False)],
)
def test_a_report_is_of_an_edition_if_it_says_so(content, is_one):
    assert is_report_of(content, "small") is is_one
    assert is_report_of(None, "small") is False


def test_a_listed_file_behind_a_link_is_named(tmp_path):
    out, elsewhere = tmp_path / "small", tmp_path / "elsewhere"
    for folder in (out / "data", elsewhere):
        folder.mkdir(parents=True)
    known = ["data/a.csv", "figures/b.svg", "figures/a.svg", "index.html"]
    check_own(out, "small", known)
    (out / "figures").symlink_to(elsewhere)
    assert refused(out, known) == f"{out / 'figures/a.svg'} lies behind a symbolic link; remove the link and run again"


def test_an_output_folder_is_made_and_left_empty_or_refused_with_the_reason(tmp_path):
    check_writable(tmp_path / "new" / "folder")
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OutputNotWritable) as error:
        check_writable(tmp_path / "file" / "inner")
    assert str(error.value) == (
        f"the output folder {tmp_path / 'file' / 'inner'} cannot be written to: Not a directory"
    )


def test_an_edition_is_unfinished_while_it_is_marked_also_by_a_link_to_nowhere(tmp_path):
    assert not is_unfinished(tmp_path)
    (tmp_path / ".lnlib-unfinished").symlink_to("nowhere")
    assert is_unfinished(tmp_path)


def test_a_lock_names_its_holder_and_ends_with_its_block(tmp_path):
    path = tmp_path / "locks" / "small.lock"
    with edition_lock(path, "small"):
        assert path.read_text() == f" {os.getpid()}"  # the first byte is the one that is locked
        with pytest.raises(EditionBusy) as error, edition_lock(path, "small"):
            pass
        assert str(error.value) == (
            f"another batch (process {os.getpid()}) is making the edition small; wait for it to end"
        )
    assert path.stat().st_mode & 0o111 == 0  # a file, and no program
    path.write_text(" 123456789 and more than a new holder writes")
    with edition_lock(path, "small"):
        assert path.read_text() == f" {os.getpid()}"


def test_a_lock_whose_holder_has_not_written_its_id_yet_is_held_by_somebody(tmp_path):
    path = tmp_path / "small.lock"
    with edition_lock(path, "small"):
        path.write_text("")
        busy = r"another batch \(process unknown\) is making the edition small;"
        with pytest.raises(EditionBusy, match=busy), edition_lock(path, "small"):
            pass


@pytest.mark.parametrize(("wait", "sleeps"), [(0.0, 0), (0.5, 3), (None, 4)])
def test_who_waits_looks_five_times_a_second_and_is_told_once(tmp_path, monkeypatch, wait, sleeps):
    """The clock is moved by sleeping; the one who waits for ever is stopped at the fourth look."""
    path, now, told = tmp_path / "small.lock", [100.0], []

    def sleep(seconds):
        now[0] += seconds
        if now[0] > 100.7:
            raise InterruptedError

    monkeypatch.setattr(lock.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(lock.time, "sleep", sleep)
    ended = InterruptedError if wait is None else EditionBusy
    other = edition_lock(path, "small", wait=wait, notify=told.append)
    with edition_lock(path, "small"), pytest.raises(ended), other:
        pass
    assert now[0] == pytest.approx(100 + 0.2 * sleeps)
    busy = f"another batch (process {os.getpid()}) is making the edition small; waiting for it to end"
    assert told == [busy] * (sleeps > 0)


def test_a_lock_that_cannot_be_written_names_its_folder(tmp_path):
    (tmp_path / "locks").touch()
    with pytest.raises(OutputNotWritable) as error, edition_lock(tmp_path / "locks" / "small.lock", "small"):
        pass
    assert str(error.value) == f"the folder {tmp_path / 'locks'} cannot be written to: File exists"


def test_a_lock_is_not_followed_where_it_is_a_link(tmp_path):
    (tmp_path / "target").write_text("kept")
    (tmp_path / "small.lock").symlink_to("target")
    with pytest.raises(OutputNotWritable), edition_lock(tmp_path / "small.lock", "small"):
        pass
    assert (tmp_path / "target").read_text() == "kept"
