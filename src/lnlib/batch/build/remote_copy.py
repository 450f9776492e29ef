"""An edition at a URL: made on this machine as always, and put there file by file, each whole.

The edition's folder, its ledger and what is staged are kept on this machine, in a folder of this person's cache that
belongs to the URL and the project. The ledger remembers of every file that was put what it was (size, digest) and how
the store marked it (its ETag), so that nothing is put twice, and what is gone or was changed there is put again.

Order matters where a reader may look at any moment: a run's files are put before anything names them, the index last
of all, and files that are no more are removed only after that.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from lnlib.batch.build.ledger import Ledger, SITE_FILES
from lnlib.batch.build.files import EditionBusy, is_report_of, other_things
from lnlib.errors import EditionError
from lnlib.filesystem import file_digest, is_regular, write_atomic
from lnlib.storage import Shelf, cache, short_digest

_BYTES_AT_ONCE = 64_000_000
_LEASE = 120.0  # seconds a batch holds an edition without saying so again
_RENEWED = 30.0
_LOOK = 2.0


def kept_here(url: str, project: Path) -> Path:
    """Give the folder on this machine that belongs to a URL and a project."""
    name = url.rstrip("/").rpartition("/")[2] or "build"
    return cache() / "builds" / f"{name}-{short_digest(f'{url} {project}')}"


class RemoteCopy:
    """The files of one edition in a store.

    Parameters
    ----------
    url : str
        The folder of all editions; this one is put into `url/<its name>`.
    name : str
        The edition's.
    out : Path
        Its folder on this machine.
    ledger : Ledger
        Remembers what was put.

    Raises
    ------
    StorageError
        If the store cannot be used.
    """

    def __init__(self, url: str, name: str, out: Path, ledger: Ledger):
        self.url = f"{url.rstrip('/')}/{name}"
        self._out = out
        self._ledger = ledger
        self._shelf = Shelf(self.url)
        self._known = ledger.deposited()
        self._settle()

    def check_own(self, edition: str) -> None:
        """Raise EditionError if the store's folder holds other things than this edition.

        Raises
        ------
        EditionError
            Naming the first of them.
        StorageError
            If the store cannot be used.
        """
        if self._known:
            return
        there = self._shelf.files()
        if there and not is_report_of(self._shelf.get("report.json"), edition):
            raise EditionError(other_things(self.url, there))

    def lacking(self) -> list[str]:
        """Name the files that are here and not there as they were put, and those that are there and should not be."""
        here = set(self._here())
        return sorted(name for name in {*here, *self._known} if name not in here or not self._whole(name))

    def put(self, names: Iterable[str]) -> None:
        """Put files that are not there as they are here."""
        part: dict[str, bytes] = {}
        said: dict[str, tuple[int, str, str]] = {}
        for name in [*names, ""]:
            if name and not self._whole(name):
                path = self._out / name
                part[name] = path.read_bytes()
                said[name] = (len(part[name]), file_digest(path), "")
            if part and (not name or sum(map(len, part.values())) > _BYTES_AT_ONCE):
                self._shelf.put(part)
                self._ledger.deposit(said)
                self._known |= said
                part, said = {}, {}

    def finish(self) -> None:
        """Put what is lacking, the index last, and then remove what is no more."""
        here = self._here()
        self.put(name for name in here if name not in SITE_FILES)
        for name in SITE_FILES:
            self.put([name] if name in here else [])
        gone = [name for name in self._known if name not in set(here)]
        self._shelf.remove(gone)
        self._ledger.undeposit(gone)
        for name in gone:
            del self._known[name]
        self._settle()  # how the store marked what was put

    def _here(self) -> list[str]:
        """Return the edition's own files on this machine; whatever else lies in its folder is not uploaded."""
        return sorted(name for name in {*self._ledger.names(), *SITE_FILES} if is_regular(self._out / name))

    def _whole(self, name: str) -> bool:
        """Whether a file is there as it is here."""
        size, digest, _ = self._known.get(name, (0, "", ""))
        path = self._out / name
        return bool(digest) and is_regular(path) and path.stat().st_size == size and file_digest(path) == digest

    def _settle(self) -> None:
        """Compare what is remembered with what is there: what is gone or was changed there is no longer known."""
        there = self._shelf.files()
        settled: dict[str, tuple[int, str, str]] = {}
        lost = []
        for name, (size, digest, mark) in self._known.items():
            now_size, now_mark = there.get(name, (-1, ""))
            if now_size != size or (mark and now_mark != mark):
                lost.append(name)
            elif not mark:
                settled[name] = (size, digest, now_mark)  # it was put, and nobody has looked since
        self._ledger.undeposit(lost)
        self._ledger.deposit(settled)
        self._known = {name: said for name, said in {**self._known, **settled}.items() if name not in lost}


def remove_deposit(url: str, name: str, ledger: Ledger) -> list[str]:
    """Remove the files of an edition from a store that its ledger lists; return the names of those that are left.

    Raises
    ------
    StorageError
        If the store cannot be used.
    """
    shelf = Shelf(f"{url.rstrip('/')}/{name}")
    uploaded, there = set(ledger.deposited()), set(shelf.files())
    shelf.remove(sorted(uploaded & there))
    ledger.undeposit(uploaded)
    return sorted(there - uploaded)


@contextlib.contextmanager
def lease(url: str, name: str, here: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold an edition in a store for this batch, against batches on other machines.

    A lease ends by itself after two minutes, so that a batch that was killed holds nobody up for long; one of this
    folder is taken over at once, as only one batch at a time works in it.

    Parameters
    ----------
    url, name : str
        The store's folder, and the edition's name.
    here : Path
        The folder on this machine that belongs to it.
    wait : bool
        Wait for the other to end.

    Raises
    ------
    EditionBusy
        If another machine holds it.
    StorageError
        If the store cannot be used.
    """
    shelf = Shelf(f"{url.rstrip('/')}/.leases")
    file = f"{name}.json"
    holder = _holder(here)

    def written() -> bytes:
        who = f"process {os.getpid()} on {platform.node()}"
        return json.dumps({"holder": holder, "who": who, "until": time.time() + _LEASE}).encode()

    while not shelf.claim(file, written()):
        said = json.loads(shelf.get(file) or b"{}")
        if said.get("holder") == holder or said.get("until", 0) < time.time():
            shelf.put({file: written()})
            break
        if not wait:
            raise EditionBusy(
                f"another batch ({said['who']}) is making the edition {name} at {url}; wait for it to end"
            )
        time.sleep(_LOOK)
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWED):
            with contextlib.suppress(Exception):  # what is put next will say what is wrong
                shelf.put({file: written()})

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        shelf.remove([file])


def _holder(here: Path) -> str:
    path = here / ".ledger" / "holder"
    if not path.is_file():
        write_atomic(path, uuid.uuid4().hex)
    return path.read_text(encoding="utf-8")
