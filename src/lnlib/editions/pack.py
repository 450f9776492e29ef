"""An edition as one zip for layout: figures, tables, data, captions with alt text, and where it all comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lnlib.batch.plan.project import Project
from lnlib.editions.contact_sheet import contact_sheet
from lnlib.editions.edition_folder import EXHIBITS, Opened, open_edition
from lnlib.editions.pack_document import document
from lnlib.editions.pack_text import plain_text, readme, sources
from lnlib.editions.shortlist import numbered, shortlisted
from lnlib.editions.stale_edition import stale_warning
from lnlib.errors import EditionError, listed
from lnlib.exhibits.word_document import zipped
from lnlib.filesystem import write_atomic


def pack(
    folder: str | Path,
    to: str | Path | None = None,
    *,
    partial: bool = False,
    whole: bool = False,
    described: bool = False,
) -> Path:
    """Pack an edition; the same edition gives the same bytes.

    Parameters
    ----------
    folder : str or Path
        The edition's folder, or its URL.
    to : str or Path, optional
        The zip; by default beside the folder (of one at a URL, in the folder one works in), and named after it.
    partial : bool
        Pack it also where runs failed, whose exhibits are then missing.
    whole : bool
        Pack all exhibits, also where the edition file chose some for print.
    described : bool
        Write the long description of each figure into the document: its words, and its numbers as a table.

    Returns
    -------
    Path
        Of the zip.

    Raises
    ------
    EditionError
        The folder is not a whole edition, has no exhibits, or the zip cannot be written.
    """
    edition = open_edition(folder)
    if edition.unfinished and not partial:
        raise EditionError(
            f"edition {folder} is not whole: {listed(edition.unfinished, most=3)}. Make it again, or pack what there is "
            "with --partial"
        )
    if not edition.entries:
        raise EditionError(f"edition {folder} has no exhibits to pack")
    edition = numbered(edition if whole else shortlisted(edition))
    target = Path(to) if to else edition.beside(".zip")
    if target.is_dir():
        raise EditionError(f"{target} is a folder; name a file that ends in .zip")
    try:
        write_atomic(target, zipped(_files(edition, described=described)), sole=True)
    except OSError as error:
        raise EditionError(f"{target} cannot be written: {error.strerror}") from None
    return target


def stale_pack(folder: str | Path, stale_runs: Callable[[Path], Mapping[str, str]]) -> str:
    """Return the warning that what was packed is not what its project would make today; empty where it is, or nobody can tell.

    An edition of which its build folder keeps no ledger, such as a copy, is what it is.
    """
    edition = open_edition(folder)
    ledger = edition.folder.absolute().parent / ".ledger" / f"{edition.name}.sqlite"
    if edition.url or not ledger.is_file():
        return ""
    try:
        root = Project.around(edition.folder.absolute()).root
    except EditionError:
        return ""
    return stale_warning(edition, root, stale_runs)


def _files(edition: Opened, *, described: bool) -> Iterator[tuple[str, bytes]]:
    """Return what the zip holds: first what is read first, then all files by name."""
    name = edition.name
    yield f"{name}/README.txt", readme(edition).encode()
    yield f"{name}/{name}.docx", document(edition, described=described)
    yield f"{name}/{name}.txt", plain_text(edition).encode()
    yield f"{name}/sources.txt", sources(edition).encode()
    yield f"{name}/contact-sheet.png", contact_sheet(edition, edition.entries)
    yield f"{name}/{EXHIBITS}", _exhibits(edition)
    for file in sorted({file for entry in edition.entries for file in entry.files}):
        yield f"{name}/{file}", edition.read(file)
    edition.check_unchanged()


def _exhibits(edition: Opened) -> bytes:
    """Return the entries of what is packed, with the numbers and titles that they have in the pack."""
    entries = {entry["name"]: entry for entry in json.loads(edition.read(EXHIBITS))}
    packed = [{**entries[one.name], "number": one.number, "title": one.title} for one in edition.entries]
    return json.dumps(packed, ensure_ascii=False, indent=1).encode() + b"\n"
