"""Who belongs to a register, remembered from the last batch: an unchanged register is not opened again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import code_digest, versions
from lnlib.batch.plan.edition import Members, Membership
from lnlib.filesystem import write_atomic
from lnlib.storage import contents

_CALLED = ("resolve", "check_house")  # functions, which are not kept


class MembersCache:
    """A membership that opens a register only if its files, or the code that reads them, have changed.

    Parameters
    ----------
    membership : Membership
        Opens registers.
    path : Path
        The file in which answers are kept.
    """

    def __init__(self, membership: Membership, path: Path):
        self._membership = membership
        self._path = path
        self._known: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            self._known = dict(json.loads(path.read_text(encoding="utf-8")))

    def __call__(self, register: str, frame: str | None) -> Members:
        """Return the members of a register.

        Raises
        ------
        LnlibError
            If it cannot be opened.
        """
        digest = contents(register)
        if not digest:  # nothing tells whether it has changed
            return self._membership(register, frame)
        key = _key(register, frame, digest)
        said = self._known.get(key)
        if said is None:
            found = self._membership(register, frame)
            # Through JSON in any case, so that a remembered answer is the answer that was first given.
            said = json.loads(
                json.dumps({one.name: getattr(found, one.name) for one in fields(found) if one.name not in _CALLED})
            )
            self._asked[key] = said
            return replace(_members(said), resolve=found.resolve, check_house=found.check_house, stamp=digest)
        self._asked[key] = said

        keys = {"province": {key for key, *_ in said["provinces"]}, "actor": {key for key, *_ in said["actors"]}}

        def resolve(name: str, value: Any) -> str:
            if isinstance(value, str) and value in keys.get(
                name, ()
            ):  # a key names itself; only a name asks the register
                return value
            return self._membership(register, frame).resolve(name, value)

        def check_house(path: str) -> object:
            return self._membership(register, frame).check_house(path)

        return replace(_members(said), resolve=resolve, check_house=check_house, stamp=digest)

    def keep(self) -> None:
        """Keep the answers given, for the next batch."""
        older = {key: answer for key, answer in self._known.items() if key not in self._asked}
        kept = {**older, **self._asked}  # the answers just given last, so that they are not the first to be dropped
        recent = dict(list(kept.items())[-40:])
        if recent != self._known:
            write_atomic(self._path, json.dumps(recent, ensure_ascii=False))


def _members(said: dict[str, Any]) -> Members:
    found = dict(said)
    found["provinces"] = [(key, label) for key, label in said["provinces"]]
    found["actors"] = [(key, label, side) for key, label, side in said["actors"]]
    found["partnerships"] = [tuple(one) for one in said["partnerships"]]
    found["grid"] = {key: (row, column) for key, (row, column) in said["grid"].items()}
    return Members(**found)


def _key(register: str, frame: str | None, digest: str) -> str:
    said = json.dumps([register, frame, digest, code_digest(), versions()], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
