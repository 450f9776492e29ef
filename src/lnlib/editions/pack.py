"""An edition as one zip for layout: figures, tables, data, captions with alt text, and where it all comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from lnlib.editions.contact_sheet import contact_sheet
from lnlib.editions.opening import EXHIBITS, Entry, Opened, open_edition
from lnlib.editions.shortlist import shortlisted
from lnlib.editions.tables import read_table
from lnlib.errors import EditionError, listed
from lnlib.exhibits.docx import Document, reads_across, zipped
from lnlib.filesystem import write_atomic
from lnlib.text import shown
from lnlib.words import Words, draft_translation

_WIDTH = 178.0  # mm, of an edition that does not tell its widths


def pack(folder: str | Path, to: str | Path | None = None, *, partial: bool = False, whole: bool = False) -> Path:
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
    if not whole:
        edition = shortlisted(edition)
    target = Path(to) if to else edition.beside(".zip")
    if target.is_dir():
        raise EditionError(f"{target} is a folder; name a file that ends in .zip")
    try:
        write_atomic(target, zipped(_files(edition)), sole=True)
    except OSError as error:
        raise EditionError(f"{target} cannot be written: {error.strerror}") from None
    return target


def _files(edition: Opened) -> Iterator[tuple[str, bytes]]:
    """Return what the zip holds: first what is read first, then all files by name."""
    name = edition.name
    yield f"{name}/README.txt", readme(edition).encode()
    yield f"{name}/{name}.docx", document(edition)
    yield f"{name}/{name}.txt", plain_text(edition).encode()
    yield f"{name}/sources.txt", sources(edition).encode()
    yield f"{name}/contact-sheet.png", contact_sheet(edition, edition.entries)
    yield f"{name}/{EXHIBITS}", _exhibits(edition)
    for file in sorted({file for entry in edition.entries for file in entry.files}):
        yield f"{name}/{file}", edition.read(file)


def _exhibits(edition: Opened) -> bytes:
    """Return the entries of what is packed, with the numbers and titles that they have in the pack."""
    entries = {entry["name"]: entry for entry in json.loads(edition.read(EXHIBITS))}
    packed = [{**entries[one.name], "number": one.number, "title": one.title} for one in edition.entries]
    return json.dumps(packed, ensure_ascii=False, indent=1).encode() + b"\n"


def document(edition: Opened) -> bytes:
    """Write all exhibits as a document: pictures at print width, tables as tables, captions and alt text as text."""
    words = _words_of(edition)
    made = Document(edition.title, language=words.language)
    made.heading(edition.title, level=0)
    if translation := draft_translation(words):
        made.paragraph(translation, style="Intense Quote")
    for warning in _warnings(edition, words):
        made.paragraph(warning, label=words("pack.incomplete"))
    for label, entries in _by_run(edition, words):
        for place, entry in enumerate(entries):
            table = read_table(edition, entry)
            made.turn(across=reads_across(table.rows[0], table.rows[1:]) if table else False)
            if not place:
                made.heading(label, level=1)
            made.heading(entry.name, level=2)
            if entry.exhibit == "table":  # words stand above a table and below a figure
                made.paragraph(entry.caption, style="Caption")
                if table:
                    made.table(table.rows[0], table.rows[1:], numeric=table.numeric, alt=entry.alt, name=entry.caption)
            elif picture := entry.picture():
                width = float(entry.widths.get(picture.split(".")[-2], _WIDTH))
                made.picture(edition.read(picture), width=width, alt=entry.alt, name=entry.name)
            if entry.exhibit != "table":
                made.paragraph(entry.caption, style="Caption")
            for name, text in _words(entry, words):
                made.paragraph(text, label=name)
    if method := _method(edition):
        made.turn(across=False)
        made.heading(words("pack.method"), level=1)
        made.paragraph(" ".join(method))
    return made.saved()


def plain_text(edition: Opened) -> str:
    """Write captions, notes, sources, alt text and files of all exhibits as plain text."""
    words = _words_of(edition)
    lines = [edition.title, "=" * len(edition.title), *filter(None, [draft_translation(words)])]
    lines += _warnings(edition, words)
    for label, entries in _by_run(edition, words):
        lines += ["", label, "-" * len(label)]
        for entry in entries:
            lines += ["", entry.caption]
            lines += [f"{name} {text}".strip() for name, text in _words(entry, words)]
    if method := _method(edition):
        heading = words("pack.method")
        lines += ["", heading, "-" * len(heading), " ".join(method)]
    return "\n".join(map(shown, lines)) + "\n"


def _words_of(edition: Opened) -> Words:
    """Return the words of the language that an edition's exhibits are in."""
    return Words.load(edition.entries[0].language)


def _method(edition: Opened) -> list[str]:
    """Return the choices behind the exhibits, each once."""
    return list(dict.fromkeys(line for entry in edition.entries for line in entry.method))


def sources(edition: Opened) -> str:
    """Return which registers the exhibits are made from, with kind, licence and sources."""
    lines = [f"Sources of {edition.title}"]
    declared: dict[str, dict[str, list[str]]] = {}
    for entry in edition.entries:
        about = [f"Kind of data: {entry.register.get('kind', entry.kind) or 'not stated'}"]
        about += [f"Licence: {entry.register.get('licence') or 'not stated'}"]
        named = entry.register.get("sources") or []
        for source in named if isinstance(named, list) else []:
            words = [str(part) for part in source.values()] if isinstance(source, dict) else [str(source)]
            about.append(f"Source: {', '.join(words)}")
        title = str(entry.register.get("title") or entry.source or "not stated")
        declared.setdefault("\n".join([f"Register: {title}", *about]), {}).setdefault(entry.source, []).append(
            entry.name
        )
    for about_register, lines_on_exhibits in declared.items():
        lines += ["", about_register]
        for source_line, names in lines_on_exhibits.items():
            lines += [f"On the exhibits: {source_line}", f"Exhibits: {', '.join(names)}"]
    return "\n".join(map(shown, lines)) + "\n"


def readme(edition: Opened) -> str:
    """Return the README of the zip."""
    name = edition.name
    widths = {width: mm for entry in edition.entries for width, mm in entry.widths.items()}
    sizes = ", ".join(f"{width} ({mm:g} mm)" for width, mm in widths.items()) or "each width"
    tables = any(entry.exhibit == "table" for entry in edition.entries)
    lines = [
        edition.title,
        "",
        *filter(None, [draft_translation(_words_of(edition))]),
        *_warnings(edition, Words.load("en")),
        f"{name}.docx  every exhibit with its caption, note, source and alt text; pictures at print width,",
        "  their alt text set on them",
        f"{name}.txt   the same words as plain text",
        f"figures/  <exhibit>.<width>.<format>, at {sizes}, and <exhibit>.<width>.bare.<format> without words around it:",
        "  PDF for print, its fonts embedded; SVG for the web and for editing, its words still words;",
        "  PNG at 300 dots an inch, framed only. Place each at its own width: letters are then 7 points or larger.",
        *(["tables/   <exhibit>.docx for layout, <exhibit>.html for the web"] if tables else []),
        "data/     <exhibit>.csv: exactly what is drawn or shown, UTF-8",
        "contact-sheet.png  all figures, small, on one sheet",
        "sources.txt    registers, kind of data, licence",
        f"{EXHIBITS}  all words, files and what each exhibit was made from, for programs",
        "",
        "Names of files stay the same from one edition to the next. Number, title, note and source are part of the",
        "picture; where layout sets them as text, take the bare one, and the words from the document. A cell that begins with an apostrophe",
        "in a CSV is text that a spreadsheet would have run as a formula.",
        *_shortlist_words(edition),
    ]
    return "\n".join(map(shown, lines)) + "\n"


def _shortlist_words(edition: Opened) -> list[str]:
    if not edition.chosen or len(edition.entries) != len(edition.chosen):
        return []
    return [
        "",
        f"Packed are the {len(edition.entries)} exhibits that the edition file chose for print, numbered in its order.",
        "A framed picture keeps the number and title that its notebook gave it: set the bare one with the words of the",
        "document.",
    ]


def _warnings(edition: Opened, words: Words) -> list[str]:
    return [words("pack.missing", run=one) for one in edition.unfinished]


def _words(entry: Entry, words: Words) -> list[tuple[str, str]]:
    """Return the words of an exhibit beside its caption, each with its label."""
    forms = [file for file in entry.files if file != entry.data]
    fields = [
        ("", entry.subtitle),
        (words("pack.note"), " ".join(entry.notes)),
        ("", entry.source),
        (words("pack.alt"), entry.alt),
        (words("pack.description"), entry.description),
        (words("pack.files"), ", ".join([*_together(forms), entry.data])),
    ]
    return [(name, text) for name, text in fields if text]


def _together(files: list[str]) -> list[str]:
    """Name files apart only in their ending together, such as `figures/a.column.svg|pdf|png`."""
    stems: dict[str, list[str]] = {}
    for file in files:
        stem, _, ending = file.rpartition(".")
        stems.setdefault(stem, []).append(ending)
    return [f"{stem}.{'|'.join(endings)}" for stem, endings in stems.items()]


def _by_run(edition: Opened, words: Words) -> Iterator[tuple[str, list[Entry]]]:
    for run, entries in groupby(edition.entries, key=lambda entry: entry.run):
        label = edition.labels.get(run, run) or "Exhibits"
        yield words.translated(label), list(entries)
