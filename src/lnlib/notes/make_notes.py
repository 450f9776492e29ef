"""Make notes: from Markdown files and editions to PDF, DOCX, HTML and a record of what they quote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lnlib.batch.site.note_links import renew_note_links
from lnlib.editions.edition_folder import EXHIBITS, Opened, open_edition
from lnlib.errors import EditionError, LnlibError, listed, not_allowed
from lnlib.exhibits.document_style import look_of
from lnlib.filesystem import write_atomic
from lnlib.notes.blocks import Note, NoteError, at
from lnlib.notes.compose import compose
from lnlib.notes.composed_note import Composed
from lnlib.notes.docx import write_docx
from lnlib.notes.html import write_html
from lnlib.notes.markdown import read_note
from lnlib.notes.pdf import write_pdf
from lnlib.notes.provinces import scopes
from lnlib.notes.quotation_record import FOLDER, record_of
from lnlib.storage import is_url

FORMATS = ("pdf", "docx", "html")


@dataclass(frozen=True)
class MadeNote:
    """A note that was made.

    Parameters
    ----------
    pages : int
        Of the PDF.
    warnings : tuple of str
        What may drift from the edition.
    too_long : str
        That it has more pages than its front matter allows; empty where it has not.
    """

    name: str
    pages: int
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    too_long: str = ""


def make_notes(
    paths: Sequence[Path], *, root: Path, build: str = "", stale_runs: Callable[[Path], Mapping[str, str]] | None = None
) -> Iterator[MadeNote]:
    """Make notes one by one, as they are asked for.

    Parameters
    ----------
    paths : sequence of Path
        Markdown files; all of `notes/*.md` in the project if empty.
    root : Path
        The project's folder.
    build : str
        Where editions are; `build` in the project if empty.
    """
    chosen = list(paths) or sorted(from_here(root / FOLDER).glob("*.md"))
    if not chosen:
        raise NoteError(f"there are no notes in {root / FOLDER}")
    for path in chosen:
        note = read_note(path)
        edition = edition_of(note, Path(build) if build else root / "build")
        stale = _stale_edition(note, edition, root / "params" / f"{edition.name}.yml", stale_runs)
        for province in scopes(note, edition):
            made = _make(compose(note, edition, province=province), edition)
            yield replace(made, warnings=(*made.warnings, *stale))
            stale = ()


def _stale_edition(
    note: Note, edition: Opened, params: Path, stale_runs: Callable[[Path], Mapping[str, str]] | None
) -> tuple[str, ...]:
    """Warn where the edition of a note is not what its file, notebooks and register would make today."""
    if stale_runs is None or edition.url or not params.is_file():
        return ()
    command = f"'lnlib run {from_here(params)}'"
    try:
        stale = stale_runs(params)
    except LnlibError as error:
        message = f"cannot tell whether edition '{edition.name}' is up to date: {str(error).splitlines()[0]}"
        return (at(note.path, 1, message),)
    if not stale:
        return ()
    named = listed([f"{run} ({why})" for run, why in stale.items()], most=3)
    message = f"edition '{edition.name}' is stale, and the note quotes it as it was made: {named}"
    return (at(note.path, 1, f"{message}; bring it up to date with {command}"),)


def from_here(path: Path) -> Path:
    """Return a path from the working folder where it lies below it, as messages name it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def edition_of(note: Note, build: Path) -> Opened:
    """Open the edition that a note names: by its name in the build folder, its folder or its URL."""
    named = note.about.edition
    if is_url(named) or "/" in named or "\\" in named:
        return open_edition(named if is_url(named) else note.path.parent / named)
    if not (build / named).is_dir():
        made = sorted(file.parent.name for file in build.glob(f"*/{EXHIBITS}"))
        hint = f"; make it with 'lnlib run params/{named}.yml'"
        raise EditionError(at(note.path, 1, not_allowed("edition", named, made or ["none is made"]) + hint))
    return open_edition(build / named)


def _make(composed: Composed, edition: Opened) -> MadeNote:
    look = look_of(edition.house or "default")
    printed = write_pdf(composed, edition, look)
    contents = {
        "pdf": printed.content,
        "docx": write_docx(composed, edition, look, block_pages=printed.block_pages),
        "html": write_html(composed, edition, look),
    }
    written = {f"{composed.name}.{form}": hashlib.sha256(content).hexdigest() for form, content in contents.items()}
    record = {**record_of(composed), "files": written}
    contents["json"] = json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n"
    folder = edition.folder / FOLDER
    files = {form: folder / f"{composed.name}.{form}" for form in contents}
    edition.check_unchanged()
    try:
        for form, content in contents.items():
            write_atomic(files[form], content, sole=True)
    except OSError as error:
        raise NoteError(f"note {composed.name} cannot be written to {folder}: {error.strerror}") from None
    most = composed.note.about.pages
    renew_note_links(edition.folder)
    long = ""
    if most and printed.pages > most:
        long = at(composed.note.path, 1, f"{composed.name} has {printed.pages} pages; its front matter allows {most}")
    return MadeNote(composed.name, printed.pages, tuple(files[form] for form in FORMATS), composed.warnings, long)
