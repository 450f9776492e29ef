"""Who belongs to a register, remembered from the last batch: an unchanged register is not opened again."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lnlib.batch.build.lock import edition_lock
from lnlib.batch.build.staleness import code_digest, versions
from lnlib.batch.execute.dependencies import LIBRARY
from lnlib.batch.plan.edition import Members, Membership
from lnlib.errors import EditionError, ValueNotAllowed
from lnlib.filesystem import is_being_replaced, write_atomic
from lnlib.storage import contents, is_url

_CALLED = ("resolve", "check_house", "fonts")  # functions, which are not kept


class MembersCache:
    """A membership that opens a register only if its files, or the code that reads them, have changed.

    Parameters
    ----------
    membership : Membership
        Opens registers.
    path : Path
        The file in which answers are kept.
    offline : bool
        Answer of a register at a URL what was last known of it; the URL is not opened.
    read_only : bool
        Refuse a register whose writer was killed after the new one had been decided on: whoever opens it completes it.
    """

    def __init__(self, membership: Membership, path: Path, *, offline: bool = False, read_only: bool = False):
        self._membership = membership
        self._path = path
        self._offline = offline
        self._read_only = read_only
        self._known: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            entries = dict(json.loads(path.read_text(encoding="utf-8")))
            self._known = {key: entry for key, entry in entries.items() if "digest" in entry}  # not of earlier versions

    def __call__(self, register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
        """Return the members of a register."""
        if self._offline and is_url(register):
            return self._last_known(register, frame, choices)
        if self._read_only and not is_url(register) and is_being_replaced(Path(register)):
            words = "is being replaced, or its writer was killed while it was; nothing was changed here"
            raise EditionError(
                f"register {register} {words}: the next batch, or 'lnlib check {register}', completes it"
            )
        digest = contents(register)
        if not digest:  # nothing tells whether it has changed
            return self._membership(register, frame, choices)
        key = _key(register, frame, choices, digest)
        entry = self._known.get(key)
        if entry is None:
            found = self._membership(register, frame, choices)
            # Through JSON in any case, so that a remembered answer is the answer that was first given.
            members = json.loads(
                json.dumps({one.name: getattr(found, one.name) for one in fields(found) if one.name not in _CALLED})
            )
            about = {"register": register, "frame": frame, "choices": dict(choices)}
            self._asked[key] = {**about, "digest": digest, "members": members}
            return replace(_members(members), **{name: getattr(found, name) for name in _CALLED}, stamp=digest)
        self._asked[key] = entry
        members = entry["members"]

        keys = {"province": {key for key, *_ in members["provinces"]}, "actor": {key for key, *_ in members["actors"]}}

        def resolve(name: str, value: Any) -> str:
            # a key names itself; only a name asks the register
            if isinstance(value, str) and value in keys.get(name, ()):
                return value
            return self._membership(register, frame, choices).resolve(name, value)

        def check_house(path: str) -> list[str]:
            return self._membership(register, frame, choices).check_house(path)

        def fonts() -> list[tuple[str, int, Path]]:
            return self._membership(register, frame, choices).fonts()

        called: dict[str, Any] = {"resolve": resolve, "check_house": check_house, "fonts": fonts}
        return replace(_members(members), **called, stamp=digest)

    def _last_known(self, register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
        """Return the members of a register at a URL as the last batch read them."""
        for entry in reversed(self._known.values()):
            if (entry["register"], entry["frame"], entry.get("choices")) == (register, frame, dict(choices)):
                break
        else:
            raise EditionError(f"register {register} has not been read on this machine yet; look there with --remote")
        found = _members(entry["members"])

        def resolve(name: str, value: Any) -> str:
            known = {key: label for key, label, *_ in (found.provinces if name == "province" else found.actors)}
            for key, label in known.items():
                if str(value) in (key, label):
                    return key
            raise ValueNotAllowed.of(name, value, list(known.values()))

        return replace(found, resolve=resolve, stamp=entry["digest"])

    def keep(self) -> None:
        """Keep the answers given, for the next batch."""
        older = {key: answer for key, answer in self._known.items() if key not in self._asked}
        kept = {**older, **self._asked}  # the answers just given last, so that they are not the first to be dropped
        recent = dict(list(kept.items())[-40:])
        if recent != self._known:
            with edition_lock(self._path.with_name(".members.lock"), "members", wait=None):
                write_atomic(self._path, json.dumps(recent, ensure_ascii=False), sole=True)


def _members(data: dict[str, Any]) -> Members:
    found = dict(data)
    found["provinces"] = [(key, label) for key, label in data["provinces"]]
    found["actors"] = [(key, label, side) for key, label, side in data["actors"]]
    found["partnerships"] = [tuple(one) for one in data["partnerships"]]
    found["grid"] = {key: (row, column) for key, (row, column) in data["grid"].items()}
    return Members(**found)


def _key(register: str, frame: str | None, choices: Mapping[str, Any], digest: str) -> str:
    about = [register, frame, dict(choices), digest, code_digest(), _reading_digest(), versions()]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


@functools.cache
def _reading_digest() -> str:
    """Return a digest of the code of `batch` that reads registers, which is not among what notebooks use."""
    files = (LIBRARY / "batch" / name for name in ("register_members.py", "plan/edition.py", "plan/members_cache.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
