"""Places named by URLs, against an object store on this machine."""

from __future__ import annotations

import http.server
import shutil
import socket
import sys
import threading
import time
import zipfile
from pathlib import Path

import fsspec
import pytest
import s3fs

from conftest import SMALL
from lnlib import open_register, storage
from lnlib.errors import LnlibError, RegisterError
from lnlib.intake import examine
from lnlib.storage import Shelf, StorageError, cache, copy_of, is_url, stamp


@pytest.fixture
def put(bucket):
    """Copy a folder or file into the bucket, and return its URL."""

    def put(source: Path, name: str = "registers/small") -> str:
        fsspec.filesystem("s3").put(str(source), f"{bucket}/{name}", recursive=source.is_dir())
        return f"{bucket}/{name}"

    return put


@pytest.mark.slow
def test_a_register_in_a_bucket_is_the_register(put):
    there, here = open_register(put(SMALL)), open_register(SMALL)
    assert (there.title, there.kind, there.frame) == (here.title, here.kind, here.frame)
    for name, table in here.tables.items():
        assert there.tables[name].equals(table)


@pytest.mark.slow
def test_a_workbook_in_a_bucket_is_read(put, tmp_path):
    open_register(SMALL).save(tmp_path / "small.xlsx")
    there = open_register(put(tmp_path / "small.xlsx", "small.xlsx"))
    assert list(there.partnerships["partnership"]) == ["P1", "P2", "P3", "P4"]


@pytest.mark.slow
def test_what_fsspec_chains_is_read(put, tmp_path, monkeypatch):
    monkeypatch.setenv("LNLIB_CACHE", str(tmp_path / "cache"))
    assert len(open_register(f"file://{SMALL}").partnerships) == 4
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for path in SMALL.iterdir():
            archive.write(path, f"small/{path.name}")
    for url in (
        f"zip://small::file://{tmp_path}/archive.zip",
        f"zip://small::{put(tmp_path / 'archive.zip', 'a.zip')}",
    ):
        assert len(open_register(url).partnerships) == 4
    memory = fsspec.filesystem("memory")
    memory.put(str(SMALL), "/small", recursive=True)
    try:
        assert len(open_register("memory://small").partnerships) == 4
    finally:
        memory.rm("/small", recursive=True)


@pytest.mark.slow
def test_problems_name_the_url(put, spoiled):
    url = put(spoiled(without=("actors.csv",)))
    with pytest.raises(RegisterError) as caught:
        open_register(url)
    assert str(caught.value) == (
        f"register {url} lacks actors.csv; a register has actors.csv, partnerships.csv, assessments.csv, mechanisms.csv"
    )


def test_what_has_not_changed_is_not_fetched_again(put, monkeypatch, tmp_path):
    url = put(SMALL)
    first, before = copy_of(url), stamp(url)
    assert first.stamp == before
    assert first.path.name == "small"
    fetched = []
    plain = storage._fetch
    monkeypatch.setattr(storage, "_fetch", lambda *args: fetched.append(url) or plain(*args))
    assert copy_of(url) == first
    assert fetched == []

    changed = tmp_path / "actors.csv"
    shutil.copy(SMALL / "actors.csv", changed)
    with changed.open("a") as file:
        file.write("A9,Another,ngo,,\n")
    put(changed, "registers/small/actors.csv")
    assert stamp(url) != before
    again = copy_of(url)
    assert fetched == [url]
    assert again.path != first.path
    assert "Another" in (again.path / "actors.csv").read_text()
    assert "Another" not in (first.path / "actors.csv").read_text()  # who reads the first goes on reading it


def test_runs_of_a_batch_read_the_copy_that_it_made(monkeypatch):
    monkeypatch.setenv(storage.COPIES_VARIABLE, f'{{"s3://nowhere/small": "{SMALL}"}}')
    assert len(open_register("s3://nowhere/small").partnerships) == 4


def test_what_is_not_there_or_denied_is_said_at_once(bucket, monkeypatch):
    started = time.monotonic()
    with pytest.raises(StorageError) as caught:
        open_register(f"{bucket}/nothing")
    assert str(caught.value) == f"{bucket}/nothing does not exist"
    with pytest.raises(StorageError) as caught:
        open_register("s3://no-such-bucket-here/register")
    assert str(caught.value) == "s3://no-such-bucket-here/register does not exist"

    with pytest.raises(StorageError) as caught:
        open_register(f"{bucket}/nothing.xlsx")
    assert str(caught.value) == f"{bucket}/nothing.xlsx does not exist"
    assert time.monotonic() - started < 5


class Denying(http.server.BaseHTTPRequestHandler):
    """Answers as S3 does to somebody who may not read."""

    def do_GET(self):
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command == "GET" else b"")

    do_HEAD = do_GET  # noqa: N815  # named by http.server

    def log_message(self, *args):
        pass


@pytest.mark.slow
def test_what_may_not_be_read_is_said_at_once(bucket, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Denying) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        s3fs.S3FileSystem.clear_instance_cache()
        started = time.monotonic()
        with pytest.raises(StorageError) as caught:
            open_register(f"{bucket}/secret")
        server.shutdown()
    assert str(caught.value).startswith(f"access to {bucket}/secret is denied: ")
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_a_store_that_does_not_answer_is_said_soon(bucket, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    s3fs.S3FileSystem.clear_instance_cache()
    started = time.monotonic()
    with pytest.raises(StorageError) as caught:
        open_register("s3://bucket/register")
    assert str(caught.value).startswith("s3://bucket/register cannot be reached: ")
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert time.monotonic() - started < 10


def test_no_credentials_is_said(bucket, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StorageError) as caught:
        open_register("s3://bucket/register")
    assert str(caught.value) == (
        "s3://bucket/register needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    )


def test_a_missing_extra_and_an_unknown_protocol_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(StorageError) as caught:
        open_register("s3://bucket/register")
    assert str(caught.value) == ("s3://bucket/register cannot be opened without more packages: pip install 'lnlib[s3]'")
    with pytest.raises(StorageError) as caught:
        open_register("memry://register")
    assert str(caught.value).startswith(
        "memry://register: protocol 'memry' is not known; did you mean 'memory'? Allowed: "
    )


def test_names_that_lead_out_of_their_folder_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("LNLIB_CACHE", str(tmp_path))
    memory = fsspec.filesystem("memory")
    memory.store["/bad/../../x.csv"] = memory.store["/bad/actors.csv"] = fsspec.implementations.memory.MemoryFile(
        memory, "/bad/actors.csv", b"actor\n"
    )
    memory.pseudo_dirs.append("/bad")
    try:
        with pytest.raises(StorageError) as caught:
            copy_of("memory://bad")
        assert str(caught.value).endswith("leads out of its folder")
    finally:
        memory.store.clear()


@pytest.mark.slow
def test_a_shelf_holds_what_is_put(bucket):
    shelf = Shelf(f"{bucket}/shelf")
    assert shelf.files() == {}
    assert shelf.get("a.txt") is None
    shelf.put({"a.txt": b"one", "runs/b.txt": b"three"})
    assert {name: size for name, (size, _) in shelf.files().items()} == {"a.txt": 3, "runs/b.txt": 5}
    before = shelf.files()["a.txt"]
    shelf.put({"a.txt": b"two"})
    assert shelf.files()["a.txt"] != before
    assert shelf.get("a.txt") == b"two"
    assert shelf.claim("mine", b"me")
    assert not shelf.claim("mine", b"you")
    assert shelf.get("mine") == b"me"
    shelf.remove(["a.txt", "mine"])
    assert set(shelf.files()) == {"runs/b.txt"}


def test_files_are_put_only_where_they_appear_whole():
    with pytest.raises(StorageError) as caught:
        Shelf("sftp://host/folder")
    assert str(caught.value) == (
        "sftp://host/folder cannot be written to: files appear whole only in a store such as "
        "abfs, az, gcs, gs, memory, s3, s3a"
    )


def test_copies_lie_where_one_says(monkeypatch, tmp_path):
    monkeypatch.setenv("LNLIB_CACHE", str(tmp_path))
    assert cache() == tmp_path
    monkeypatch.delenv("LNLIB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if sys.platform != "win32":
        assert cache() == tmp_path / "cache/lnlib"


def test_a_path_is_no_url(spoiled):
    assert not is_url(r"C:\data\register")
    assert not is_url(SMALL)
    with pytest.raises(LnlibError, match="does not exist"):
        examine("no-such-register")
