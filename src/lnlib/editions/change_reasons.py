"""Why an exhibit is not what it was: what it was made from then and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lnlib.editions.edition_folder import Entry
from lnlib.errors import listed

VERSION = "Version of "
_ABOUT = ("title", "kind", "licence", "sources")


def reasons(old: Entry, new: Entry) -> list[str]:
    """Return in words why an exhibit may differ: register, parameters, notebook, code, files read, versions."""
    return [
        *_register(old, new),
        *[f"Parameter {one}" for one in _changed(_parameters(old), _parameters(new))],
        *_notebook(old, new),
        *_files(old, new),
        *["The code of lnlib changed"] * _differs(old, new, "code"),
        *[f"{VERSION}{one}" for one in _versions(old, new)],
        *[
            f"How the {side} one was made is not recorded"
            for side, one in (("old", old), ("new", new))
            if not one.made_from
        ],
    ]


def _register(old: Entry, new: Entry) -> list[str]:
    found = []
    if old.digests.get("register") != new.digests.get("register"):
        counts = f", {old.partnerships} → {new.partnerships} partnerships" * (old.partnerships != new.partnerships)
        found.append(f"The rows of the register changed{counts}")
    elif _mapping(old, "register") != _mapping(new, "register") and old.made_from and new.made_from:
        found.append("Other rows of the register changed, or what it says of itself")
    if old.register and new.register:
        before, after = ({name: one.register.get(name) for name in _ABOUT} for one in (old, new))
        found += [f"The register's {one}" for one in _changed(before, after)]
    return found


def _notebook(old: Entry, new: Entry) -> list[str]:
    name = new.run.rpartition("/")[0]
    return [f"The notebook {name} changed".replace("  ", " ")] * _differs(old, new, "notebook")


def _files(old: Entry, new: Entry) -> list[str]:
    if not (old.made_from and new.made_from):
        return []
    was, now = _mapping(old, "files"), _mapping(new, "files")
    both = [name for name in sorted(was) if name in now and was[name] != now[name]]
    apart = sorted({*was} ^ {*now})
    return [f"{listed(both)} changed"] * bool(both) + [f"Other files were read: {listed(apart)}"] * bool(apart)


def _parameters(entry: Entry) -> Mapping[str, Any]:
    return _mapping(entry, "parameters")


def _versions(old: Entry, new: Entry) -> list[str]:
    was, now = ({**entry.versions, **_mapping(entry, "versions")} for entry in (old, new))
    if not (old.made_from and new.made_from):
        was, now = ({name: before[name] for name in was if name in now} for before in (was, now))
    return _changed(was, now)


def _mapping(entry: Entry, name: str) -> Mapping[str, Any]:
    found = entry.made_from.get(name)
    return found if isinstance(found, dict) else {}


def _differs(old: Entry, new: Entry, name: str) -> bool:
    # what one of them does not tell cannot be called changed
    return bool(old.made_from and new.made_from) and old.made_from.get(name) != new.made_from.get(name)


def _changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return [f"{name}: {_shown_value(was, name)} → {_shown_value(now, name)}" for name in names] if was and now else []


def _shown_value(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "not given" if value is None or value == "" else str(value)
