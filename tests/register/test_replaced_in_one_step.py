"""A register is replaced in one step: whenever its writer is killed, the old one is there or the new one is."""

import errno
import os
import shutil
from functools import cache, partial
from itertools import count, product
from pathlib import Path

import pytest
from exhaustive import EXHAUSTIVE
from faults import everything, import_shortened
from small_project import notebook, write
from typer.testing import CliRunner

from lnlib.batch.register_members import members
from lnlib.batch.status_command import stale_runs
from lnlib.cli import app
from lnlib.errors import EditionError, LnlibError, RegisterError
from lnlib.intake import open_register
from lnlib.intake.import_account import import_register
from lnlib.simulation.simulate import simulate_to

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "registers" / "small"
RATES = ROOT / "data" / "demonstration" / "rates.yml"
CALLS = ("mkdir", "rename", "replace", "fsync", "unlink", "rmdir")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed between two system calls")


def counted(act):
    """Call every function of `os` that changes the disk through `act`."""

    def through(function):
        def call(*args, **kwargs):
            act()
            return function(*args, **kwargs)

        return call

    for name in CALLS:
        setattr(os, name, through(getattr(os, name)))


def status_of(write, folder, act):
    """Write in a process of its own that does something before each call that changes the disk; return how it ended."""
    pid = os.fork()
    if pid == 0:
        try:
            counted(act)
            write(folder)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run_until(write, call, folder):
    """Write in a process of its own that is killed before its call number `call`; return whether it was."""
    left = [call]

    def act():
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)

    status = status_of(write, folder, act)
    assert status in (0, 9)
    return status == 9


def copied_at_each_call(write, folder, copies):
    """Write in a process of its own, and copy what lies beside and in the folder before each call: what a kill there leaves.

    What the process has not yet passed to the system is not on the disk, and so not in the copy.
    """
    numbers, copying = count(), []

    def act():
        if not copying:
            copying.append(True)
            shutil.copytree(folder.parent, copies / str(next(numbers)), symlinks=True)
            copying.clear()

    assert status_of(write, folder, act) == 0
    return [copies / str(number) for number in range(len(list(copies.iterdir())))]


def rows(folder):
    register = open_register(folder)
    return {name: frame.to_csv(index=False) for name, frame in register.tables.items()}


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@cache
def demonstration(province):
    return open_register("demonstration").where(province=province)


def save(folder):
    demonstration("02").save(folder, workbook=False)


WRITERS = {
    "save": save,
    "import": lambda folder: import_register(SMALL, folder),
    "simulate": partial(simulate_to, partnerships=3, rates=RATES, seed=2),
}


def first(folder, name):
    """Write an earlier register of the same sort."""
    if name == "simulate":
        simulate_to(folder, partnerships=5, rates=RATES, seed=1)
    elif name == "import":
        import_shortened(SMALL, folder, beside=folder.parent / "earlier import")
    else:
        demonstration("21").save(folder, workbook=False)
    (folder / "notes.md").write_text("mine")


# in `test_faults.py` each of them writes over an earlier one
CASES = list(product(WRITERS, [True, False])) if EXHAUSTIVE else [("save", True), ("import", False)]


@pytest.mark.parametrize(("name", "over"), CASES)
def test_a_killed_writer_leaves_the_old_register_or_the_new_one(tmp_path, name, over):
    write = WRITERS[name]
    whole = (
        tmp_path / "made" / "whole" / "register"
    )  # all as deep: an import keeps the way from the register to its file
    if over:
        first(whole, name)
    old = rows(whole) if over else None
    earlier = shutil.copytree(whole, tmp_path / "earlier") if over else None
    write(whole)
    new, expected = rows(whole), files(whole)
    assert new != old

    def begun(folder):
        folder.parent.mkdir(parents=True)
        if earlier:
            shutil.copytree(earlier, folder)
        return folder

    (tmp_path / "copies").mkdir()
    undisturbed = begun(tmp_path / "made" / "undisturbed" / "register")
    left = copied_at_each_call(write, undisturbed, tmp_path / "copies")
    for call in {0, len(left) // 3, len(left) // 2, len(left) - 1}:  # a kill leaves what was copied
        killed = begun(tmp_path / "killed" / str(call) / "register")
        assert run_until(write, call, killed)
        assert everything(killed.parent) == everything(left[call])
    found = set()
    seen = set()  # what two kills leave alike, byte for byte, is looked at and completed once
    for call, kept in enumerate([*left, undisturbed.parent]):
        if (there := everything(kept)) in seen:
            continue
        seen.add(there)
        folder = kept / "register"
        try:
            now = rows(folder)
        except LnlibError:
            assert not over  # there was none, and there is none
            now = None
        assert now in (old, new), f"between old and new when killed at call {call}"
        found.add("new" if now == new else "old")
        write(folder)  # the next command completes, and leaves nothing
        assert files(folder) == expected
        assert [path.name for path in folder.parent.iterdir()] == ["register"]
    assert found == {"old", "new"}
    assert len(left) > 10


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_register(tmp_path, monkeypatch, name):
    folder = tmp_path / "register"
    first(folder, name)
    before = files(folder)
    fsync, seen = os.fsync, []

    def full(handle):
        seen.append(handle)
        if len(seen) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RegisterError, match="cannot be written: No space left on device"):
        WRITERS[name](folder)
    assert files(folder) == before
    assert len(seen) == 3


def test_what_was_decided_is_completed_by_whoever_opens_the_register(tmp_path):
    folder = tmp_path / "register"
    first(folder, "save")
    call = 0
    while not (folder / ".lnlib-replacement").exists():
        assert run_until(save, call, folder)
        call += 1
    register = open_register(folder)
    assert set(register.partnerships["province"]) == {"02"}
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_status_and_a_plan_name_a_replacement_that_is_not_completed_and_write_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "data/small"
    first(folder, "save")
    for part in ("params", "notebooks"):
        (tmp_path / part).mkdir()
    write(tmp_path, "look", notebook("1", title="Look"))
    (tmp_path / "params/a.yml").write_text("register: small\nruns: [{notebook: look}]\n")
    call = 0
    while not (folder / ".lnlib-replacement").exists():
        assert run_until(save, call, folder)
        call += 1
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)
    for words in (["status", "params/a.yml"], ["run", "params/a.yml", "--dry-run"]):
        ran = CliRunner().invoke(app, words)
        assert (
            f"register {folder} is being replaced, or its writer was killed while it was; nothing was changed here: the next "
            f"batch, or 'lnlib check {folder}', completes it"
        ) in str(ran.exception)
        assert everything(tmp_path) == before
    with pytest.raises(
        EditionError, match="is being replaced, or its writer was killed while it was"
    ):  # a note asks this
        stale_runs(tmp_path / "params/a.yml", membership=members)
    assert everything(tmp_path) == before
    assert CliRunner().invoke(app, ["check", "data/small"]).exit_code == 0
    assert not (folder / ".lnlib-replacement").exists()


def test_a_register_is_written_into_a_linked_folder(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "register").symlink_to(tmp_path / "disk")
    save(tmp_path / "register")
    save(tmp_path / "register")
    assert (tmp_path / "register").is_symlink()
    assert "actors.csv" in files(tmp_path / "disk")
