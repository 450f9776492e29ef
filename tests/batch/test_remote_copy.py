"""Editions made at a URL, from registers at a URL, against an object store on this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest
from edition_folders import figure, write_edition
from small_project import EDITION, PARAMETERS, WRITE, Batch, members, notebook, write
from test_command import state_of_files

from lnlib import storage
from lnlib.batch.build import remote_copy
from lnlib.batch.build.lock import EditionBusy
from lnlib.batch.clean_command import clean
from lnlib.editions.compare import compare_editions
from lnlib.editions.pack import pack
from lnlib.errors import EditionError
from lnlib.storage import StorageError


class Remote(Batch):
    """A project whose editions are made in a bucket."""

    def __init__(self, project, bucket):
        super().__init__(project)
        self.url = f"{bucket}/notes"
        self.fs = fsspec.filesystem("s3")

    def run(self, **kwargs):
        return super().run(**{"build": self.url, **kwargs})

    def status(self, **kwargs):
        return super().status(**{"build": self.url, **kwargs})

    def there(self):
        """Return the bucket's content without the report, which has times."""
        self.fs.invalidate_cache()
        root = f"{self.url}/small/".removeprefix("s3://")
        names = [path.removeprefix(root) for path in self.fs.find(root)]
        return {name: self.fs.cat_file(root + name) for name in names if not name.startswith("report.")}

    def states(self):
        return {
            run["id"]: run["state"] for run in json.loads(self.fs.cat_file(f"{self.url}/small/report.json"))["runs"]
        }


@pytest.fixture
def remote(project, bucket):
    return Remote(project, bucket)


@pytest.fixture
def puts(monkeypatch):
    """Note what is put, in order."""
    noted: list[list[str]] = []
    plain = storage.Shelf.put

    def put(shelf, files):
        noted.append(sorted(files))
        plain(shelf, files)

    monkeypatch.setattr(storage.Shelf, "put", put)
    return noted


def test_an_edition_in_a_bucket_is_the_edition(remote, puts, tmp_path):
    assert remote.run() == 0, remote.console_text
    assert f"look at {remote.url}/small/index.html" in remote.console_text
    named_last = [names for names in puts if names != ["small.json"]]
    assert named_last[-5:] == [["style.css"], ["exhibits.json"], ["report.json"], ["report.txt"], ["index.html"]]
    there = remote.there()
    super(Remote, remote).run(build=tmp_path / "here")
    remote.out = tmp_path / "here/small"
    assert there == remote.tree()
    assert set(remote.states().values()) == {"ok"}
    assert remote.fs.find(f"{remote.url}/.leases") == []

    puts.clear()
    assert remote.run() == 0
    assert set(remote.states().values()) == {"up to date"}
    # of an unchanged edition only the report is put again, which tells when
    assert [names for names in puts if names != ["small.json"]] == [["report.json"], ["report.txt"]]
    assert remote.status(remote=True) == 0
    assert remote.console_text == "small: everything is up to date\n"


def test_what_is_gone_or_was_changed_there_is_put_again(remote, puts):
    remote.run()
    there = remote.there()
    remote.fs.rm(f"{remote.url}/small/runs/05-province/02.html")
    remote.fs.pipe(f"{remote.url}/small/index.html", b"vandal" + there["index.html"][6:])  # of the same size
    assert remote.status(remote=True) == 1
    assert remote.console_text.splitlines() == [
        "small: everything is up to date",
        f"  {remote.url}/small: not as it was made: index.html, runs/05-province/02.html; the next batch uploads it again",
    ]
    puts.clear()
    assert remote.run() == 0
    assert set(remote.states().values()) == {"up to date"}
    assert ["runs/05-province/02.html"] in puts
    assert remote.there() == there
    assert remote.status(remote=True) == 0


def test_what_is_no_more_is_removed_after_the_index(remote, edit, monkeypatch):
    remote.run()
    edit(EDITION.partition("  - notebook: 06-actor")[0])
    removed = []
    plain = storage.Shelf.remove

    def remove(shelf, names):
        names = list(names)
        if any("/" in name for name in names):  # not the files of the lease
            assert b"06-actor" not in remote.there()["index.html"]
            removed.extend(names)
        plain(shelf, names)

    monkeypatch.setattr(storage.Shelf, "remove", remove)
    assert remote.run() == 0
    assert "runs/06-actor/youth-club.html" in removed
    assert not [name for name in remote.there() if "06-actor" in name]


def test_a_killed_batch_is_completed_to_the_undisturbed_one(remote, tmp_path):
    slow = [WRITE, 'import time; time.sleep(0.5); exhibit(f"05.{province}", province)']
    write(remote.project.root, "05-province", notebook(*slow, parameters='province: str = ""\n' + PARAMETERS))
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("batch_process.py")), str(remote.params[0]), remote.url],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not remote.fs.glob(f"{remote.url}/small/runs/05-province/*.html") and time.monotonic() < deadline:
        remote.fs.invalidate_cache()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert "index.html" not in remote.there()  # nothing names what is not there
    assert remote.run() == 0  # at once: the lease of this folder's own batch is taken over
    super(Remote, remote).run(build=tmp_path / "here")
    remote.out = tmp_path / "here/small"
    assert remote.there() == remote.tree()


def test_one_batch_at_a_time_even_from_other_machines(remote, monkeypatch, tmp_path):
    here, other = tmp_path / "here", tmp_path / "other"
    with remote_copy.lease(remote.url, "small", other):
        with pytest.raises(EditionBusy) as caught:
            remote.run()
        assert str(caught.value).startswith("another batch (process ")
        assert str(caught.value).endswith(f"is making the edition small at {remote.url}; wait for it to end")
        with remote_copy.lease(remote.url, "another", here):
            pass
    monkeypatch.setattr(remote_copy, "_LEASE", -1.0)  # as one that was killed two minutes ago
    forgotten = remote_copy.lease(remote.url, "small", other)
    forgotten.__enter__()
    with remote_copy.lease(remote.url, "small", here):
        pass
    forgotten.__exit__(None, None, None)


def test_a_register_in_a_bucket_is_opened_only_when_it_changed(remote, bucket, edit, monkeypatch, tmp_path):
    register = f"{bucket}/registers/small"
    remote.fs.pipe(f"{register}/actors.csv", b"actor\nyouth-club\n")
    opened = []

    def noted(name, *asked):
        opened.append(name)
        return members(name, *asked)

    monkeypatch.setattr("small_project.members", noted)
    edit(EDITION.replace("register: small", f"register: {register}"))
    # where the copy is that the batch made is told to runs, and the parameter stays the URL
    cells = [WRITE, "from lnlib.storage import copy_of\ntext = (copy_of(register).path / 'actors.csv').read_text()"]
    cells += ['print(register)\nexhibit(f"05.{province}", text.split()[-1])']
    write(remote.project.root, "05-province", notebook(*cells, parameters='province: str = ""\n' + PARAMETERS))
    assert remote.run(build=tmp_path / "build") == 0, remote.console_text
    assert opened == [register]
    remote.out = tmp_path / "build/small"
    assert remote.tree()["data/05.02.csv"] == b"text\nyouth-club\n"
    assert remote.run(build=tmp_path / "build") == 0
    assert opened == [register]
    assert remote.status(build=tmp_path / "build") == 0
    assert opened == [register]

    remote.fs.pipe(f"{register}/actors.csv", b"actor\nyouth-club\nhealth-office\n")
    assert remote.status(build=tmp_path / "build") == 0
    assert remote.console_text.endswith(f"\nnot opened: {register}; look there too with --remote\n")
    assert opened == [register]
    assert remote.status(build=tmp_path / "build", remote=True) == 1
    assert "  05-province/02: the register changed" in remote.console_text
    assert remote.run(build=tmp_path / "build") == 0
    assert opened == [register, register, register]
    assert remote.tree()["data/05.02.csv"] == b"text\nhealth-office\n"


def test_status_opens_no_url_and_writes_nothing(remote, bucket, edit, monkeypatch, tmp_path):
    register = f"{bucket}/registers/small"
    remote.fs.pipe(f"{register}/actors.csv", b"actor\nyouth-club\n")
    edit(EDITION.replace("register: small", f"register: {register}"))
    with pytest.raises(EditionError) as caught:
        remote.status()
    assert str(caught.value).endswith(
        f"register {register} has not been read on this machine yet; look there with --remote"
    )
    assert remote.run() == 0
    kept = remote_copy.kept_here(remote.url, remote.project.root)
    before = state_of_files(kept)
    monkeypatch.setattr(storage, "_opened", lambda url: pytest.fail(f"{url} was opened"))
    assert remote.status() == 0, remote.console_text
    assert remote.console_text.splitlines() == [
        "small: everything is up to date",
        f"not opened: {remote.url}/small, {register}; look there too with --remote",
    ]
    assert state_of_files(kept) == before
    (kept / "small/index.html").write_text("changed here")
    assert remote.status() == 1
    assert (
        f"  {remote.url}/small: not as it was made: index.html; the next batch uploads it again" in remote.console_text
    )


def test_commands_and_clean(remote):
    assert remote.run(commands=True) == 0
    assert remote.console_text.count("papermill ") == 5
    assert not remote.fs.exists(f"{remote.url}/small")
    remote.run()
    remote.fs.pipe(f"{remote.url}/other/index.html", b"another edition")
    assert remote._do(clean, build=remote.url) == 0
    assert remote.console_text == f"Removed {remote.url}/small\n"
    assert remote.there() == {}
    assert remote.fs.cat_file(f"{remote.url}/other/index.html") == b"another edition"
    assert remote.status() == 1
    assert "small: 5 of 5 runs are stale" in remote.console_text


def test_a_store_that_cannot_be_used_is_one_clear_error(remote, bucket):
    with pytest.raises(StorageError) as caught:
        remote.run(build="s3://no-such-bucket-here/notes")
    assert str(caught.value) == "s3://no-such-bucket-here/notes/.leases does not exist"
    with pytest.raises(StorageError, match="cannot be written to: files appear whole only in a store"):
        remote.run(build="sftp://host/notes")


def test_a_file_url_is_a_folder(remote, tmp_path):
    assert remote.run(build=f"file://{tmp_path}/here") == 0
    assert (tmp_path / "here/small/index.html").is_file()


def test_an_edition_in_a_bucket_is_packed_and_compared(remote, bucket, tmp_path, monkeypatch):
    for name in ("old", "new"):
        remote.fs.put(str(write_edition(tmp_path / name, figure())), f"{bucket}/{name}/demo", recursive=True)
    monkeypatch.chdir(tmp_path)
    packed = pack(f"{bucket}/new/demo")
    assert packed == tmp_path / "demo.zip"
    found, page = compare_editions(f"{bucket}/old/demo", f"{bucket}/new/demo")
    assert found.nothing
    assert page == tmp_path / "demo.changes.html"
    with pytest.raises(EditionError) as caught:
        pack(f"{bucket}/new/demo/figures")
    assert str(caught.value).startswith(f"{bucket}/new/demo/figures is not an edition, it has no exhibits.json")
