"""The lease of an edition at a URL: who holds it, and what happens to who held it before."""

import json
import threading

import fsspec
import pytest

from lnlib.batch.build import remote_copy
from lnlib.batch.build.lock import EditionBusy
from lnlib.batch.build.remote_copy import Lease, lease

URL = "memory://lease-tests"


@pytest.fixture(autouse=True)
def store():
    memory = fsspec.filesystem("memory")
    yield memory
    if memory.exists("/lease-tests"):
        memory.rm("/lease-tests", recursive=True)


@pytest.fixture
def clock(monkeypatch):
    """A clock that is moved by hand."""
    now = [1_000_000.0]
    monkeypatch.setattr(remote_copy.time, "time", lambda: now[0])
    return now


def held(store):
    return {
        path.rpartition("/")[2]: json.loads(store.cat_file(path))["holder"]
        for path in store.find("/lease-tests/.leases")
    }


def test_who_slept_past_the_end_of_the_lease_does_not_take_it_back(tmp_path, clock, store):
    laptop, server = Lease(URL, "small", tmp_path / "laptop"), Lease(URL, "small", tmp_path / "server")
    laptop.acquire(wait=False)
    with pytest.raises(EditionBusy, match=r"another batch \(process \d+ on .*\) is making the edition small"):
        server.acquire(wait=False)
    clock[0] += 121
    server.acquire(wait=False)
    before = held(store)
    assert list(before) == ["small.2.json"]
    with pytest.raises(
        EditionBusy, match=r"was taken over by process \d+ on .* while this batch was paused; run it again"
    ):
        laptop.check()
    laptop.release()
    assert held(store) == before
    clock[0] += 60
    server.check()
    server.release()
    assert held(store) == {}
    with pytest.raises(EditionBusy):  # also after the other has ended
        laptop.check()


def test_who_slept_through_all_of_another_batch_is_told_that_it_has_ended(tmp_path, clock, store):
    laptop, server = Lease(URL, "small", tmp_path / "laptop"), Lease(URL, "small", tmp_path / "server")
    laptop.acquire(wait=False)
    clock[0] += 121
    server.acquire(wait=False)
    server.release()
    with pytest.raises(EditionBusy, match="was taken over by a batch that has ended while this batch was paused"):
        laptop.check()


def test_who_slept_and_was_not_missed_goes_on(tmp_path, clock, store):
    laptop = Lease(URL, "small", tmp_path / "laptop")
    laptop.acquire(wait=False)
    clock[0] += 1000
    laptop.check()
    assert list(held(store)) == ["small.2.json"]
    with pytest.raises(EditionBusy):
        Lease(URL, "small", tmp_path / "server").acquire(wait=False)


def test_a_lease_is_renewed_while_it_is_held(tmp_path, clock):
    laptop = Lease(URL, "small", tmp_path / "laptop")
    laptop.acquire(wait=False)
    for _ in range(10):
        clock[0] += 50
        laptop.check()
    with pytest.raises(EditionBusy):
        Lease(URL, "small", tmp_path / "server").acquire(wait=False)


def test_a_folder_takes_over_its_own_lease_and_others_are_left_alone(tmp_path, clock, store):
    Lease(URL, "small", tmp_path / "laptop").acquire(wait=False)  # killed
    Lease(URL, "small.2", tmp_path / "server").acquire(wait=False)
    Lease(URL, "small", tmp_path / "laptop").acquire(wait=False)
    assert sorted(held(store)) == ["small.2.1.json", "small.2.json"]


def test_of_many_that_take_over_one_lease_one_gets_it(tmp_path, clock, store):
    Lease(URL, "small", tmp_path / "gone").acquire(wait=False)
    clock[0] += 500
    got, start = [], threading.Barrier(8)

    def take(number):
        one = Lease(URL, "small", tmp_path / str(number))
        start.wait()
        try:
            one.acquire(wait=False)
        except EditionBusy:
            return
        got.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert len(held(store)) == 1


def test_nothing_is_left_of_a_lease(tmp_path, store):
    with lease(URL, "small", tmp_path / "laptop") as one:
        one.check()
        assert list(held(store)) == ["small.1.json"]
    assert held(store) == {}
