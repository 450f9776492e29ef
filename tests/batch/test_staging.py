"""What a run leaves in its staging folder is in nobody's way: not of its page, not of the next batch, not of `clean`."""

from __future__ import annotations

import pytest
from restricted_process import heeding_permissions
from small_project import WRITE, Batch, notebook, write

from lnlib import filesystem
from lnlib.batch.execute import forkserver
from lnlib.filesystem import make_accessible, remove_tree

pytestmark = pytest.mark.skipif(bool(forkserver.unsafe()), reason="no safe fork here")
ONE = "register: small\nruns:\n  - notebook: 01-portfolio\n"
LOCKED = """
(folder / "data" / "locked").mkdir(parents=True)
(folder / "data" / "locked" / "a.csv").write_text("a\\n")
(folder / "data" / "locked").chmod(0o500)
(folder / "aside" / "hidden").mkdir(parents=True)
(folder / "aside" / "hidden" / "b.csv").write_text("b\\n")
(folder / "aside" / "hidden").chmod(0)
(folder / "aside").chmod(0o100)
"""


@pytest.mark.parametrize("last", ["", "1 / 0", "os._exit(3)"], ids=["whole", "failed", "died"])
def test_folders_that_may_not_be_written_to_are_published_removed_and_made_again(project, tmp_path, last):
    batch = Batch(project)
    build = project.build
    batch.params[0].write_text(ONE)

    def thrice():
        write(project.root, "01-portfolio", notebook(WRITE, LOCKED, last))
        for _ in range(2):
            assert batch.run() == (1 if last else 0), batch.console_text
            assert (build / "small/data/locked/a.csv").is_file() == (not last)
            assert (build / "small/runs/01-portfolio/all.html").is_file()
            assert not (build / ".staging").exists()
            if not last:
                write(project.root, "01-portfolio", notebook(WRITE, LOCKED, "'changed'"))
        write(project.root, "01-portfolio", notebook(WRITE, "exhibit('01-portfolio', 'all')"))
        assert batch.run() == 0, batch.console_text
        assert sorted(path.name for path in (build / "small/data").iterdir()) == ["01-portfolio.csv"]

    assert heeding_permissions(thrice) == ""


def test_a_process_that_heeds_permissions_may_not_write_where_it_may_not(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "PermissionError" in heeding_permissions((tmp_path / "locked/file").touch)


def test_what_nobody_can_remove_is_in_no_runs_way_and_clean_names_it(project, monkeypatch):
    batch = Batch(project)
    batch.params[0].write_text(ONE)
    cell = "(folder / 'data').mkdir(exist_ok=True)\n(folder / 'data' / f'{len(str(parameter))}.csv').touch()"
    write(project.root, "01-portfolio", notebook(WRITE, cell.replace("parameter", "register")))
    with monkeypatch.context() as stuck:
        stuck.setattr(filesystem.shutil, "rmtree", lambda *_, **__: None)
        assert batch.run() == 0
        write(project.root, "01-portfolio", notebook(WRITE, "exhibit('01-portfolio', 'all')"))
        assert batch.run() == 0  # in a folder of its own
        write(project.root, "01-portfolio", notebook(WRITE, "os._exit(3)"))
        assert batch.run() == 1
        assert "data/01-portfolio.csv" not in batch.tree()
        assert batch.clean() == 0
        assert "cannot be removed: " in batch.console_text
        assert "what runs left in " in batch.console_text
        assert "outcome.json" in batch.console_text
    assert batch.clean() == 0
    assert "cannot be removed" not in batch.console_text
    assert not (project.root / "build/.staging/small").exists()


def test_making_a_folder_accessible_changes_neither_files_nor_what_links_point_to(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "deep/deeper").mkdir(parents=True)
    outside.mkdir()
    (inside / "deep/file").touch(0o400)
    (inside / "deep/link").symlink_to(outside)
    outside.chmod(0o500)
    (inside / "deep/deeper").chmod(0o010)
    (inside / "deep").chmod(0)
    make_accessible(inside)
    modes = {
        path.name: path.stat().st_mode & 0o777 for path in (inside / "deep", *(inside / "deep").iterdir(), outside)
    }
    assert modes == {"deep": 0o700, "deeper": 0o710, "file": 0o400, "link": 0o500, "outside": 0o500}
    remove_tree(inside, within=tmp_path)
    assert list(tmp_path.iterdir()) == [outside]
