"""Make notes: from Markdown files and editions to PDF, DOCX, HTML and a record of what they quote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lnlib.batch.site.note_links import note_files, renew_note_links
from lnlib.editions.edition_folder import EXHIBITS, Opened, open_edition
from lnlib.editions.stale_edition import stale_warning
from lnlib.errors import EditionError, LnlibError, listed, not_allowed
from lnlib.exhibits.document_style import font_warnings, look_of
from lnlib.filesystem import from_here, remove_file, write_atomic
from lnlib.notes.compose import compose
from lnlib.notes.composed_note import Composed
from lnlib.notes.docx import write_docx
from lnlib.notes.html import write_html
from lnlib.notes.markdown import read_note
from lnlib.notes.nodes import Note, NoteError, at
from lnlib.notes.pdf import write_pdf
from lnlib.notes.provinces import scopes
from lnlib.notes.quotation_record import FOLDER, record_of
from lnlib.notes.quoted_numbers import stated_provinces
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

    Of a note that is refused nothing stays that an earlier run had made: what is there is of the note as it is. Where a
    note cannot be written, each of its files is the old or the new one.

    Parameters
    ----------
    paths : sequence of Path
        Markdown files; all of `notes/*.md` in the project if empty.
    root : Path
        The project's folder.
    build : str
        Where editions are; `build` in the project if empty.
    """
    chosen = list(paths) or sorted(Path(from_here(root / FOLDER)).glob("*.md"))
    if not chosen:
        raise NoteError(f"there are no notes in {root / FOLDER}")
    refused: list[str] = []
    warned: set[Path] = set()  # the editions of which it was told that they are stale, or lack a font
    made_in = Path(build) if build else root / "build"
    for path in chosen:
        try:
            edition, composed = _composed(path, made_in)
            about = () if edition.folder in warned else _about_edition(edition, root, stale_runs)
            warned.add(edition.folder)
            for one in composed:
                made = _make(one, edition)
                yield replace(made, warnings=(*made.warnings, *about))
                about = ()
            _remove_earlier(edition.folder, path, but=[one.name for one in composed])
        except _NotWritten as error:
            refused.append(str(error))
        except LnlibError as error:  # the other notes are made
            refused.append(str(error))
            gone = [file for one in _folders_of(path, made_in) for file in _remove_earlier(one, path)]
            if gone:
                names = listed([from_here(file) for file in gone if file.suffix != ".json"], most=len(FORMATS))
                refused.append(at(path, 0, f"what an earlier run had made of it was removed: {names}"))
    if refused:
        raise NoteError("\n".join(refused))


class _NotWritten(NoteError):
    """A note that is as it should be, which the disk does not take."""


def _folders_of(path: Path, build: Path) -> list[Path]:
    """Return the folders of the editions in which a note may have been made: its own, or all where it cannot be read."""
    try:
        return [edition_of(read_note(path), build).folder]
    except LnlibError:
        return sorted(file.parent for file in build.glob(f"*/{EXHIBITS}"))


def _remove_earlier(folder: Path, path: Path, *, but: Collection[str] = ()) -> list[Path]:
    """Remove what an earlier run made of a note, and return it; what somebody changed since is left."""
    found = [folder / name for name in note_files(folder, of=path.name, but=but)]
    gone = [file for file in found if remove_file(file, within=folder)]
    if gone:
        renew_note_links(folder)
    return gone


def _composed(path: Path, build: Path) -> tuple[Opened, list[Composed]]:
    """Read a note and compose it, for each province that it is made for, before any of them is written."""
    note = read_note(path)
    try:
        edition = edition_of(note, build)
    except LnlibError as error:
        raise NoteError.of([*note.problems, str(error)]) from None
    composed, refused = [], list[str]()
    try:
        provinces = scopes(note, edition)
    except LnlibError as error:  # what else is wrong is found in any other province
        refused.append(str(error))
        refused += note.problems
        provinces = [(key, key) for key in stated_provinces(edition)[:1]]
    for province in provinces:
        try:
            composed.append(compose(note, edition, province=province))
        except LnlibError as error:
            refused.append(str(error))
    if refused:
        raise NoteError.of(refused)
    return edition, composed


def _about_edition(
    edition: Opened, root: Path, stale_runs: Callable[[Path], Mapping[str, str]] | None
) -> tuple[str, ...]:
    """Warn where the edition of a note is stale, or a font of its house style is not installed."""
    stale = stale_warning(edition, root, stale_runs) if stale_runs else ""
    fonts = (
        [f"house style {edition.house}: {warning}" for warning in font_warnings(edition.house)] if edition.house else []
    )
    return (*filter(None, [stale]), *fonts)


def edition_of(note: Note, build: Path) -> Opened:
    """Open the edition that a note names: by its name in the build folder, its folder or its URL."""
    named = note.about.edition
    if is_url(named) or "/" in named or "\\" in named:
        return open_edition(named if is_url(named) else note.path.parent / named)
    if not (build / named).is_dir():
        made = sorted(file.parent.name for file in build.glob(f"*/{EXHIBITS}"))
        hint = f"; make it with 'lnlib run params/{named}.yml'"
        raise EditionError(
            at(note.path, note.about.line("edition"), not_allowed("edition", named, made or ["none is made"]) + hint)
        )
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
        raise _NotWritten(f"note {composed.name} cannot be written to {folder}: {error.strerror}") from None
    most = composed.note.about.pages
    renew_note_links(edition.folder)
    long = ""
    if most and printed.pages > most:
        line = composed.note.about.line("pages")
        long = at(
            composed.note.path, line, f"{composed.name} has {printed.pages} pages; its front matter allows {most}"
        )
    return MadeNote(composed.name, printed.pages, tuple(files[form] for form in FORMATS), composed.warnings, long)
