"""The ledger of an edition: what it keeps of each run, whose each file is, and what it does with a file it cannot read."""

import json
import sqlite3

import pytest

from lnlib.batch.build.ledger import SCHEMA, Ledger, LedgerTooNew, Record
from lnlib.batch.job import FileStamp

PAGE, DATA = FileStamp(120, "ab" * 32, 17, 18), FileStamp(8, "cd" * 32, 19, 20)


def record(key, state="ok", files=None, **more):
    given = {"made_from": {"notebook": "digest"}, "page_from": "page", "files": files or {}}
    return Record.of(id=key, state=state, **{**given, **more})


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledgers" / "small.sqlite")
    yield one
    one.close()


def test_a_record_is_read_as_it_was_kept(tmp_path, ledger):
    error = {"type": "ValueError", "message": "បាត់ដំបង", "cell": 3}
    kept = record(
        "05/02",
        "failed",
        {"runs/05/02.html": PAGE, "data/05.02.csv": DATA},
        made_from={"parameters": {"province": "02"}, "files": {}},
        seconds=1.5,
        peak_memory=2_000_000,
        error=error,
        warnings=["UserWarning: a", "UserWarning: b"],
        exhibits=[{"name": "05.02"}, {"name": "05.02b"}],
    )
    ledger.put(kept)
    ledger.put(record("06/all"))
    ledger.close()
    again = Ledger(tmp_path / "ledgers" / "small.sqlite")
    read = again.records()
    again.close()
    assert list(read) == ["05/02", "06/all"]
    assert read["05/02"] == kept
    assert read["05/02"].made_from == {"parameters": {"province": "02"}, "files": {}}
    assert read["05/02"].files == {"runs/05/02.html": PAGE, "data/05.02.csv": DATA}
    assert read["05/02"].exhibits == [{"name": "05.02"}, {"name": "05.02b"}]
    assert (read["05/02"].shown, read["05/02"].error) == (2, error)
    plain = read["06/all"]
    assert (plain.seconds, plain.peak_memory, plain.error, plain.warnings, plain.shown) == (0.0, 0, None, (), 0)
    assert plain.exhibits == []


@pytest.mark.parametrize(("state", "there"), [("begun", False), ("earlier", False), ("ok", True), ("failed", True)])
def test_a_page_is_there_of_a_run_that_was_published(state, there):
    assert record("a", state).has_page is there


def test_a_file_belongs_to_the_run_that_made_it_last(ledger):
    ledger.put(record("a", files={"one": PAGE, "both": PAGE}))
    ledger.put(record("b", files={"two": DATA, "both": DATA}))
    assert ledger.owners(["both", "two", "one", "none"]) == {"both": "b", "two": "b", "one": "a"}
    assert ledger.names() == {"one", "two", "both"}
    ledger.put(record("a", files={"three": PAGE}))  # it makes `one` and `both` no more; `both` is b's
    assert ledger.owners(["one", "both", "three"]) == {"both": "b", "three": "a"}
    ledger.drop([ledger.records()["b"]])
    assert list(ledger.records()) == ["a"]
    assert ledger.names() == {"three"}


def test_what_a_run_that_is_dropped_had_and_another_has_now_stays(ledger):
    ledger.put(record("a", files={"both": PAGE}))
    before = ledger.records()["a"]
    ledger.put(record("b", files={"both": DATA}))
    ledger.drop([before])
    assert ledger.owners(["both"]) == {"both": "b"}


def test_what_was_uploaded_is_kept_until_it_is_forgotten(ledger):
    assert ledger.deposited() == {}
    ledger.deposit({"one": (3, "ab", "etag1"), "two": (4, "cd", "etag2")})
    ledger.deposit({"two": (5, "ef", "etag3")})
    assert ledger.deposited() == {"one": (3, "ab", "etag1"), "two": (5, "ef", "etag3")}
    ledger.undeposit(["one", "none"])
    assert ledger.deposited() == {"two": (5, "ef", "etag3")}


def test_what_the_pages_were_made_from_is_the_last_that_was_kept(ledger):
    assert ledger.site() == ""
    ledger.put_site("first")
    ledger.put_site("second")
    assert ledger.site() == "second"


def test_a_file_that_is_no_ledger_is_put_aside(tmp_path):
    path = tmp_path / "small.sqlite"
    path.write_bytes(b"not a database at all, and long enough to be told from an empty one" * 20)
    content = path.read_bytes()
    looked = Ledger.read_only(path)
    assert looked.records() == {}
    looked.close()
    assert path.read_bytes() == content  # looking changes nothing
    one = Ledger(path)
    one.put(record("a"))
    assert list(one.records()) == ["a"]
    one.close()
    assert path.with_suffix(".broken").read_bytes() == content


def test_looking_where_there_is_no_ledger_makes_none(tmp_path):
    looked = Ledger.read_only(tmp_path / "none" / "small.sqlite")
    assert (looked.records(), looked.names(), looked.deposited(), looked.site()) == ({}, set(), {}, "")
    looked.close()
    assert list(tmp_path.iterdir()) == []


def test_looking_sees_what_a_batch_writes_meanwhile_and_writes_nothing(tmp_path, ledger):
    ledger.put(record("a", files={"one": PAGE}))
    looked = Ledger.read_only(tmp_path / "ledgers" / "small.sqlite")
    assert list(looked.records()) == ["a"]
    with pytest.raises(sqlite3.OperationalError, match="attempt to write a readonly database"):
        looked.put(record("b"))
    looked.close()


@pytest.mark.parametrize("open_", [Ledger, Ledger.read_only])
def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path, open_):
    path = tmp_path / "small.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as base:
        base.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    base.close()
    with pytest.raises(LedgerTooNew) as error:
        open_(path)
    expected = f"{path} was written by a newer lnlib (ledger version 3, this one knows 2): update lnlib"
    assert str(error.value) == expected
    assert not path.with_suffix(".broken").exists()


def test_a_run_that_an_earlier_version_noted_keeps_its_files_and_is_made_again(tmp_path):
    path = tmp_path / "small.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE made (id TEXT PRIMARY KEY, state TEXT, page_from TEXT, packed BLOB)")
        base.execute("CREATE TABLE files (name TEXT PRIMARY KEY, run TEXT NOT NULL) WITHOUT ROWID")
        base.execute("INSERT INTO made VALUES ('a', 'ok', 'page', NULL)")
        base.execute("INSERT INTO files VALUES ('one', 'a')")
        base.execute("PRAGMA user_version = 1")
    base.close()
    looked = Ledger.read_only(path)
    assert {key: (one.state, one.has_page) for key, one in looked.records().items()} == {"a": ("earlier", False)}
    looked.close()
    one = Ledger(path)
    assert {key: one.state for key, one in one.records().items()} == {"a": "earlier"}
    assert one.owners(["one"]) == {"one": "a"}
    one.close()
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    base.close()


def test_text_is_kept_as_it_is_and_a_run_without_warnings_keeps_none(tmp_path, ledger):
    ledger.put(record("a", "failed", error={"type": "E", "message": "ខ"}, warnings=["ខ"]))
    ledger.put(record("b"))
    rows = ledger._db.execute("SELECT error, warnings FROM made ORDER BY id").fetchall()
    assert rows == [('{"type": "E", "message": "ខ"}', '["ខ"]'), (None, None)]
    assert json.loads(rows[0][0])["message"] == "ខ"
