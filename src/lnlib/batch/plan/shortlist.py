"""The exhibits that an edition file chooses for print: in order, with titles, widths and status of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lnlib.batch.plan.edition_problems import Problems
from lnlib.batch.plan.notebooks import Notebook
from lnlib.errors import not_allowed

WIDTHS = ("column", "page")
STATUSES = ("final", "draft")
_KEYS = ("name", "title", "width", "status")


@dataclass(frozen=True)
class Chosen:
    """An exhibit chosen for print.

    Parameters
    ----------
    name : str
        Of the exhibit in the edition.
    title : str
        The editor's own; empty for the exhibit's.
    width : str
        `column` or `page`.
    status : str
        `final` or `draft`.
    """

    name: str
    title: str = ""
    width: str = "column"
    status: str = "final"

    def entry(self) -> dict[str, str]:
        """Return it as plain data, as the edition's report keeps it."""
        return asdict(self)


def read_shortlist(given: Any, notebooks: Mapping[str, Notebook | None], problems: Problems) -> list[Chosen]:
    """Read the key `exhibits` of an edition file; add what is wrong with it to `problems`.

    Parameters
    ----------
    given : object
        A list of names, or of mappings with `name`, `title`, `width` and `status`.
    notebooks : mapping of str to Notebook or None
        The edition's, by name, None where it cannot be read: an exhibit's name begins with that of the notebook that makes it.
    """
    if given is None:
        return []
    if not isinstance(given, list):
        problems.add(f"exhibits must be a list, but got {given!r}", "exhibits")
        return []
    known, read = sorted(notebooks), list[Chosen]()
    for place, entry in enumerate(given):
        values = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(values, dict) or not isinstance(values.get("name"), str):
            message = f"an exhibit is a name, or a mapping with name, title, width and status; got {entry!r}"
            problems.add(message, "exhibits", place)
            continue
        wrong = [not_allowed("key", key, _KEYS) for key in values if key not in _KEYS]
        for key, allowed in (("width", WIDTHS), ("status", STATUSES)):
            if values.get(key, allowed[0]) not in allowed:
                wrong.append(not_allowed(key, values[key], allowed))
        name = values["name"]
        if known and not any(name.startswith(f"{notebook}-") for notebook in known):
            wrong.append(not_allowed("exhibit of any notebook", name, [f"{notebook}-…" for notebook in known]))
        wrong += [
            not_allowed(f"exhibit of {key}", name, [one.replace("*", "…") for one in made])
            for key, notebook in sorted(notebooks.items())
            if name.startswith(f"{key}-") and notebook and (made := notebook.exhibits) and not _is_made(name, made)
        ]
        if name in [one.name for one in read]:
            wrong.append(f"'{name}' is chosen twice")
        for problem in wrong:
            problems.add(problem, "exhibits", place)
        if not wrong:
            read.append(Chosen(**{key: str(value) for key, value in values.items() if value is not None}))
    return read


def _is_made(name: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(".+".join(map(re.escape, pattern.split("*"))), name) for pattern in patterns)
