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
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import SITE_FILES, Ledger
from lnlib.batch.build.lock import EditionBusy
from lnlib.batch.build.output_folder import is_report_of, other_things
from lnlib.errors import EditionError, LnlibError
from lnlib.filesystem import file_digest, is_regular, write_atomic
from lnlib.storage import Shelf, cache, short_digest

_BYTES_AT_ONCE = 64_000_000
_LEASE = 120.0  # seconds a batch holds an edition without saying so again
_RENEWED = 30.0
_LOOK = 2.0


def kept_here(url: str, project: Path) -> Path:
    """Return the folder on this machine that belongs to a URL and a project."""
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
    """

    def __init__(self, url: str, name: str, out: Path, ledger: Ledger):
        self.url = f"{url.rstrip('/')}/{name}"
        self._out = out
        self._ledger = ledger
        self._shelf = Shelf(self.url)
        self._known = ledger.deposited()
        self.check_lease: Callable[[], None] = lambda: None  # before each upload
        self._forget_lost()

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

    def put(self, names: Iterable[str]) -> None:
        """Upload files that are missing or differ."""
        part: dict[str, bytes] = {}
        uploaded: dict[str, tuple[int, str, str]] = {}
        for name in [*names, ""]:
            if name and not self._whole(name):
                path = self._out / name
                part[name] = path.read_bytes()
                uploaded[name] = (len(part[name]), file_digest(path), "")
            if part and (not name or sum(map(len, part.values())) > _BYTES_AT_ONCE):
                self.check_lease()
                self._shelf.put(part)
                self._ledger.deposit(uploaded)
                self._known |= uploaded
                part, uploaded = {}, {}

    def finish(self) -> None:
        """Upload what is missing, the index last, then remove what no longer belongs."""
        here = self._here()
        self.put(name for name in here if name not in SITE_FILES)
        for name in SITE_FILES:
            self.put([name] if name in here else [])
        gone = [name for name in self._known if name not in set(here)]
        self.check_lease()
        self._shelf.remove(gone)
        self._ledger.undeposit(gone)
        for name in gone:
            del self._known[name]
        self._forget_lost()  # and note how the store marked what was put

    def _here(self) -> list[str]:
        return _own_files(self._ledger, self._out)

    def _whole(self, name: str) -> bool:
        return _uploaded(self._known.get(name), self._out / name)

    def _forget_lost(self) -> None:
        """Forget that files were uploaded which are gone or were changed in the store; note its marks of new ones."""
        lost, marked = _compare(self._known, self._shelf)
        self._ledger.undeposit(lost)
        self._ledger.deposit(marked)
        self._known = {name: about for name, about in {**self._known, **marked}.items() if name not in lost}


Uploaded = tuple[int, str, str]  # size, digest, and the store's mark, empty until somebody has looked


def differing(ledger: Ledger, out: Path, url: str = "") -> list[str]:
    """Return the names of files that are not in the store as they are here; nothing is written.

    Parameters
    ----------
    ledger : Ledger
        Remembers what was uploaded.
    out : Path
        The edition's folder on this machine.
    url : str
        The edition's folder in the store, to look there too; if empty, only what is remembered counts.
    """
    known, here = ledger.deposited(), set(_own_files(ledger, out))
    lost = set(_compare(known, Shelf(url))[0]) if url else set()
    names = {*here, *known}
    return sorted(
        name for name in names if name not in here or name in lost or not _uploaded(known.get(name), out / name)
    )


def _own_files(ledger: Ledger, out: Path) -> list[str]:
    """Return the edition's own files on this machine; whatever else lies in its folder is not uploaded."""
    return sorted(name for name in {*ledger.names(), *SITE_FILES} if is_regular(out / name))


def _uploaded(about: Uploaded | None, path: Path) -> bool:
    """Return whether a file was uploaded as it is here."""
    return about is not None and is_regular(path) and (path.stat().st_size, file_digest(path)) == about[:2]


def _compare(known: Mapping[str, Uploaded], shelf: Shelf) -> tuple[list[str], dict[str, Uploaded]]:
    """Return which uploaded files are gone or were changed in the store, and the others that get a mark now."""
    there = shelf.files()
    lost: list[str] = []
    marked: dict[str, Uploaded] = {}
    for name, (size, digest, mark) in known.items():
        now_size, now_mark = there.get(name, (-1, ""))
        if now_size != size or (mark and now_mark != mark):
            lost.append(name)
        elif not mark:
            marked[name] = (size, digest, now_mark)
    return lost, marked


def remove_deposit(url: str, name: str, ledger: Ledger) -> list[str]:
    """Remove the files of an edition from a store that its ledger lists; return the names of those that are left."""
    shelf = Shelf(f"{url.rstrip('/')}/{name}")
    uploaded, there = set(ledger.deposited()), set(shelf.files())
    shelf.remove(sorted(uploaded & there))
    ledger.undeposit(uploaded)
    return sorted(there - uploaded)


class Lease:
    """The right to build an edition at a URL, against batches on other machines.

    It lasts for two minutes and is renewed. Who takes over one that has run out adds a file of the next generation,
    which only one can; whoever held it before finds that out before it next renews or uploads, and stops.

    Parameters
    ----------
    url, name : str
        The store's folder, and the edition's name.
    here : Path
        The folder on this machine that belongs to it: only one batch at a time works in it, so that a lease of this
        folder's own is taken over at once.
    """

    def __init__(self, url: str, name: str, here: Path):
        self._shelf = Shelf(f"{url.rstrip('/')}/.leases")
        self._url, self._name, self._holder = url, name, _holder(here)
        self._generation = 0
        self._renewed = 0.0
        self._lost = ""
        self._renewing = threading.Lock()

    def acquire(self, *, wait: bool) -> None:
        """Acquire the lease, or wait until it can be acquired.

        Raises
        ------
        EditionBusy
            If another machine holds it.
        """
        while True:
            generation, held = self._latest()
            if not held or held.get("holder") == self._holder or held.get("until", 0) < time.time():
                if self._claim(generation + 1):
                    return
            elif not wait:
                raise EditionBusy(
                    f"another batch ({held['who']}) is making the edition {self._name} at {self._url}; wait for it to end"
                )
            else:
                time.sleep(_LOOK)

    def check(self) -> None:
        """Raise EditionBusy if another batch took the lease over; renew it if that is due."""
        with self._renewing:
            if not self._lost and time.time() > self._renewed + _RENEWED:
                generation, held = self._latest()
                if generation != self._generation or held.get("holder") != self._holder:
                    self._lost = held.get("who", "a batch that has ended")
                elif time.time() < self._renewed + _LEASE:
                    self._put(generation)
                elif not self._claim(generation + 1):  # it has run out: others may be taking it over right now
                    self._lost = "another batch"
            if self._lost:
                raise EditionBusy(
                    f"the edition {self._name} at {self._url} was taken over by {self._lost} while this batch was paused; "
                    "run it again"
                )

    def release(self) -> None:
        """Release the lease, if it is still held."""
        if not self._lost:
            self._shelf.remove([self._file(self._generation)])

    def _file(self, generation: int) -> str:
        return f"{self._name}.{generation}.json"

    def _latest(self) -> tuple[int, dict[str, Any]]:
        """Return the latest generation and what its file holds; 0 where nobody holds the lease."""
        generation = max(self._generations(), default=0)
        content = self._shelf.get(self._file(generation)) if generation else None
        return generation, json.loads(content) if content else {}

    def _generations(self) -> list[int]:
        pattern = re.compile(rf"{re.escape(self._name)}\.(\d+)\.json")
        return [int(found[1]) for name in self._shelf.files() if (found := pattern.fullmatch(name))]

    def _claim(self, generation: int) -> bool:
        """Try to add the file of a generation; return whether the lease is now held."""
        if not self._shelf.claim(self._file(generation), self._content()):
            return False
        there = self._generations()
        if max(there) != generation:
            self._shelf.remove([self._file(generation)])
            return False
        self._shelf.remove(self._file(old) for old in there if old < generation)
        self._generation, self._renewed = generation, time.time()
        return True

    def _put(self, generation: int) -> None:
        self._shelf.put({self._file(generation): self._content()})
        self._renewed = time.time()

    def _content(self) -> bytes:
        who = f"process {os.getpid()} on {platform.node()}"
        return json.dumps({"holder": self._holder, "who": who, "until": time.time() + _LEASE}).encode()


@contextlib.contextmanager
def lease(url: str, name: str, here: Path, *, wait: bool = False) -> Iterator[Lease]:
    """Lease an edition at a URL and renew the lease meanwhile.

    Parameters
    ----------
    url, name, here
        As of `Lease`.
    wait : bool
        Wait for another batch to end.

    Raises
    ------
    EditionBusy
        If another machine holds it.
    StorageError
        If the store cannot be used.
    """
    held = Lease(url, name, here)
    held.acquire(wait=wait)
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWED):
            with contextlib.suppress(LnlibError):  # what is uploaded next meets it again
                held.check()

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        ended.set()
        renewing.join()
        held.release()


def _holder(here: Path) -> str:
    path = here / ".ledger" / "holder"
    if not path.is_file():
        write_atomic(path, uuid.uuid4().hex)
    return path.read_text(encoding="utf-8")
