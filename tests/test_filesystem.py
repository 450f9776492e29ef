"""Files below a folder: nothing behind a symbolic link is walked, moved, written or removed."""

import os
import socket
from pathlib import Path

import pytest

from lnlib.filesystem import (
    UnsafePath,
    below,
    finish_replacement,
    lies_in,
    publish,
    remove_file,
    remove_parts,
    remove_tree,
    replace_together,
    scan,
    shown_name,
    write_atomic,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")


@pytest.fixture
def outside(tmp_path):
    """A folder that must stay as it is."""
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "precious.csv").write_text("precious\n")
    (folder / "inner" / "more.csv").write_text("more\n")
    yield folder
    kept = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.csv")}
    assert kept == {"precious.csv": "precious\n", "inner/more.csv": "more\n"}
    assert sorted(path.name for path in folder.rglob("*")) == ["inner", "more.csv", "precious.csv"]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_scan_lists_files_and_names_everything_else(folder, outside):
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("a")
    (folder / "linked").symlink_to(outside)
    (folder / "data" / "b.csv").symlink_to(outside / "precious.csv")
    (folder / "data" / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()  # noqa: PTH109
        os.chdir(folder)  # a socket's path must be short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
    (folder / "two\nlines").write_text("odd")
    (folder / os.fsdecode(b"not-\xff")).write_text("odd")
    tree = scan(folder)
    assert [path.as_posix() for path in tree.files] == ["data/a.csv"]
    assert {shown_name(path): kind for path, kind in tree.others.items()} == {
        "data/b.csv": f"a symbolic link to {outside / 'precious.csv'}",
        "data/gone": "a symbolic link to nowhere",
        "linked": f"a symbolic link to {outside}",
        "not-\\xff": "a name that is not UTF-8",
        "pipe": "a named pipe",
        "socket": "a socket",
        "two\\nlines": "a name with control characters or a backslash",
    }


def test_scan_of_a_folder_that_is_missing_or_is_a_link(folder, outside):
    assert scan(folder / "missing") == scan(folder)
    (folder / "linked").symlink_to(outside)
    tree = scan(folder / "linked")
    assert tree.files == ()
    assert list(tree.others.values()) == [f"a symbolic link to {outside}"]


def test_a_linked_folder_may_hold_files_but_not_lead_out_of_them(tmp_path, folder, outside):
    (tmp_path / "build").symlink_to(folder)
    build = tmp_path / "build"
    (build / "figures").mkdir()
    (build / "data").symlink_to(outside)
    assert lies_in(build / "figures" / "a.svg", build)
    assert lies_in(build / "data", build)  # the link itself
    assert not lies_in(build / "data" / "precious.csv", build)
    assert not lies_in(build / ".." / "outside" / "precious.csv", build)
    assert not lies_in(build, build)
    assert below(build, "figures/a.svg") == build / "figures" / "a.svg"
    for name in ("data/precious.csv", "../outside/precious.csv", str(outside / "precious.csv")):
        with pytest.raises(UnsafePath, match="leads out of"):
            below(build, name)


@pytest.mark.parametrize("position", ["source folder", "source file", "target folder"])
def test_publish_moves_nothing_through_a_link(tmp_path, folder, outside, position):
    target = tmp_path / "target"
    target.mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "precious.csv").write_text("new\n")
    if position == "source folder":
        (folder / "data" / "precious.csv").unlink()
        (folder / "data").rmdir()
        (folder / "data").symlink_to(outside)
    elif position == "source file":
        (folder / "data" / "precious.csv").unlink()
        (folder / "data" / "precious.csv").symlink_to(outside / "precious.csv")
    else:
        (target / "data").symlink_to(outside)
    with pytest.raises(UnsafePath, match=r"leads out of|is not a regular file"):
        publish("data/precious.csv", staged=folder, target=target)


def test_publish_replaces_a_linked_target_and_leaves_what_it_points_to(tmp_path, folder, outside):
    (folder / "a.csv").write_text("new\n")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "a.csv").symlink_to(outside / "precious.csv")
    publish("a.csv", staged=folder, target=tmp_path / "target")
    assert not (tmp_path / "target" / "a.csv").is_symlink()
    assert (tmp_path / "target" / "a.csv").read_text() == "new\n"


def test_write_atomic_replaces_a_link_and_does_not_leave_its_folder(folder, outside):
    (folder / "a.csv").symlink_to(outside / "precious.csv")
    write_atomic(folder / "a.csv", "new\n")
    assert (folder / "a.csv").read_text() == "new\n"
    (folder / "data").symlink_to(outside)
    with pytest.raises(UnsafePath, match="leads out of"):
        write_atomic(folder / "data" / "precious.csv", "new\n", within=folder)


def test_write_atomic_leaves_the_old_file_if_writing_fails(folder):
    def parts():
        yield b"half"
        raise OSError(28, "No space left on device")

    (folder / "a.csv").write_text("old\n")
    with pytest.raises(OSError, match="No space left"):
        write_atomic(folder / "a.csv", parts())
    assert [path.name for path in folder.iterdir()] == ["a.csv"]
    assert (folder / "a.csv").read_text() == "old\n"


def test_remove_file_leaves_links_and_what_is_behind_them(folder, outside):
    (folder / "a.csv").symlink_to(outside / "precious.csv")
    (folder / "data").symlink_to(outside)
    assert not remove_file(folder / "a.csv", within=folder)
    assert not remove_file(folder / "data" / "precious.csv", within=folder)
    assert not remove_file(folder / ".." / "outside" / "precious.csv", within=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "data"]


def test_remove_file_removes_the_folders_it_leaves_empty(folder):
    for name in ("figures/deep/a.svg", "figures/b.svg"):
        write_atomic(folder / name, "x")
    assert remove_file(folder / "figures" / "deep" / "a.svg", within=folder)
    assert [path.name for path in (folder / "figures").iterdir()] == ["b.svg"]
    assert remove_file(folder / "figures" / "b.svg", within=folder)
    assert list(folder.iterdir()) == []
    assert remove_file(folder / "figures" / "b.svg", within=folder)  # it is gone already
    assert folder.is_dir()


def test_remove_tree_does_not_follow_links(tmp_path, folder, outside):
    (folder / "run").mkdir()
    (folder / "run" / "linked").symlink_to(outside)
    (folder / "run" / "file").symlink_to(outside / "precious.csv")
    remove_tree(folder / "run", within=folder)
    (folder / "run").symlink_to(outside)
    remove_tree(folder / "run", within=folder)
    assert list(folder.iterdir()) == []
    (folder / "staging").symlink_to(outside)
    with pytest.raises(UnsafePath, match="lies behind a symbolic link"):
        remove_tree(folder / "staging" / "inner", within=folder)
    with pytest.raises(UnsafePath, match="lies behind a symbolic link"):
        remove_tree(tmp_path / "outside", within=folder)


def test_remove_parts_removes_only_unfinished_files(folder, outside):
    for name in (".lnlib-abc.part", ".mine.part", "a.csv"):
        (folder / name).write_text("x")
    (folder / ".lnlib-link.part").symlink_to(outside / "precious.csv")
    remove_parts(folder)
    assert sorted(path.name for path in folder.iterdir()) == [".lnlib-link.part", ".mine.part", "a.csv"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed while it writes")
def test_the_next_writer_of_a_file_removes_what_a_killed_one_left(folder):
    def parts():
        yield b"half"
        os._exit(9)

    (folder / "a.zip").write_text("old")
    (folder / ".lnlib-other.part").write_text("of another file")
    pid = os.fork()
    if pid == 0:
        write_atomic(folder / "a.zip", parts(), sole=True)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert len(list(folder.iterdir())) == 3
    assert (folder / "a.zip").read_text() == "old"
    write_atomic(folder / "a.zip", "new", sole=True)
    assert sorted(path.name for path in folder.iterdir()) == [".lnlib-other.part", "a.zip"]
    assert (folder / "a.zip").read_text() == "new"


def staged(folder, **files):
    """A folder in which somebody left what looks like a decided replacement."""
    stage = folder / ".lnlib-replacement"
    for name, content in files.items():
        path = stage / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return stage


def test_a_replacement_does_not_follow_a_link_out_of_its_folder(tmp_path):
    register, outside = tmp_path / "register", tmp_path / "outside"
    outside.mkdir()
    (outside / "keys").write_text("precious")
    stage = staged(register, sub__keys="evil")
    (stage / ".lnlib-removed").write_text("[]")
    (register / "sub").symlink_to(outside)
    with pytest.raises(UnsafePath, match="leads out of"):
        finish_replacement(register)
    assert (outside / "keys").read_text() == "precious"


@pytest.mark.parametrize("content", ["[1", "[1]", "{}", "[" * 100_000])
def test_a_replacement_that_lnlib_did_not_write_changes_nothing(tmp_path, content):
    (tmp_path / "actors.csv").write_text("old")
    stage = staged(tmp_path, **{"actors.csv": "new"})
    (stage / ".lnlib-removed").write_text(content)
    with pytest.raises(UnsafePath, match="not a list of files that lnlib wrote; nothing was changed"):
        finish_replacement(tmp_path)
    assert (tmp_path / "actors.csv").read_text() == "old"


def test_a_replacement_whose_list_is_a_pipe_is_refused_at_once(tmp_path):
    stage = staged(tmp_path, **{"actors.csv": "new"})
    os.mkfifo(stage / ".lnlib-removed")
    with pytest.raises(UnsafePath, match="not a file that lnlib wrote"):
        finish_replacement(tmp_path)


@pytest.fixture
def steps(monkeypatch):
    """What is flushed to the disk and what takes a place, in order: the file, and how long it was then."""
    seen = []

    def noting(name, about, work):
        def noted(one, *rest):
            seen.append((name, about(one).st_ino, about(one).st_size))
            return work(one, *rest)

        return noted

    monkeypatch.setattr(os, "fsync", noting("flush", os.fstat, os.fsync))
    for name in ("replace", "rename"):
        monkeypatch.setattr(Path, name, noting(name, Path.stat, getattr(Path, name)))
    return seen


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path, steps):
    write_atomic(tmp_path / "a", "text")
    made = (tmp_path / "a").stat().st_ino
    assert steps == [("flush", made, 4), ("replace", made, 4)]
    steps.clear()
    write_atomic(tmp_path / "a", b"longer", sync=False)  # whoever writes many flushes them together
    assert [(name, size) for name, _, size in steps] == [("replace", 6)]


def test_files_replaced_together_are_on_the_disk_before_any_takes_its_place(tmp_path, steps):
    def write(folder):
        for name in ("a", "b"):
            (folder / name).write_text(name * 3)

    replace_together(tmp_path, write)
    made = {(tmp_path / name).stat().st_ino for name in ("a", "b")}
    decided = [name for name, *_ in steps].index("rename")
    assert {one for name, one, size in steps[:decided] if name == "flush" and size == 3} == made
    assert not [one for name, one, _ in steps[:decided] if name == "replace" and one in made]
