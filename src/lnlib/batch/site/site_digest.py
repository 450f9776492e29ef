"""What the pages around an edition's runs are made from, so that a batch that changes nothing does not write them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import Record
from lnlib.batch.build.staleness import code_digest
from lnlib.batch.plan.edition import Edition
from lnlib.batch.site.note_links import FOLDER
from lnlib.batch.site.pages import page_code_digest
from lnlib.filesystem import stamp_of
from lnlib.words import Words

WRITTEN = ("style.css", "exhibits.json", "index.html")  # the report tells of its batch, and is written by each


def site_digest(
    edition: Edition,
    pages: Mapping[str, Any],
    records: Mapping[str, Record],
    runs: Sequence[Mapping[str, Any]],
    out: Path,
) -> str:
    """Digest what stylesheet, exhibits and index of an edition are made from.

    Parameters
    ----------
    edition : Edition
        Its title, members, notebooks, runs and chosen exhibits.
    pages : mapping
        What each run's page shows around its notebook.
    records : mapping of str to Record
        What is known of each run.
    runs : sequence of mapping
        The runs as the report lists them: of one without a record, the index shows its state.
    out : Path
        The edition's folder, with its notes.
    """
    members = [getattr(edition.members, one.name) for one in fields(edition.members)]
    notebooks = [(one.name, one.title, one.tells_stories) for one in edition.notebooks.values()]
    about = [
        page_code_digest(),
        code_digest(),
        [edition.name, edition.title, edition.register, edition.language],
        [value for value in members if not callable(value)],
        notebooks,
        pages,
        [chosen.entry() for chosen in edition.exhibits],
        [(run["id"], run["label"], run.get("warnings"), run["id"] in records or run["state"]) for run in runs],
        dict(Words.load(edition.language).entries),
        sorted((file.name, *_stamp(file)) for file in (out / FOLDER).glob("*")),
    ]
    whole = hashlib.sha256(json.dumps(about, ensure_ascii=False, sort_keys=True, default=str).encode())
    for key, record in sorted(records.items()):
        state = [key, record.state, record.page_from, record.error, record.warnings, record.shown]
        whole.update(json.dumps(state, ensure_ascii=False).encode())
        whole.update(record.packed + record.packed_exhibits)
    return whole.hexdigest()


def file_stamps(files: Iterable[Path]) -> str:
    """Return what tells that one of some files was changed or removed."""
    return json.dumps([_stamp(file) for file in files])


def _stamp(file: Path) -> tuple[int, ...]:
    """Return the stamp of a file; nothing of one that is not there."""
    try:
        return stamp_of(file.lstat())
    except OSError:
        return ()
