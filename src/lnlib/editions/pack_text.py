"""The plain texts of a pack: what it holds, the words of its exhibits, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from lnlib.editions.edition_folder import EXHIBITS, Entry, Opened
from lnlib.text import shown
from lnlib.words import Words, draft_translation


def plain_text(edition: Opened) -> str:
    """Write captions, notes, sources, alt text and files of all exhibits as plain text."""
    words = words_of(edition)
    lines = [edition.title, "=" * len(edition.title), *filter(None, [draft_translation(words)])]
    lines += warnings(edition, words)
    for label, entries in by_run(edition, words):
        lines += ["", label, "-" * len(label)]
        for entry in entries:
            lines += ["", entry.caption]
            lines += [f"{name} {text}".strip() for name, text in _words(entry, words)]
    if choices := method(edition):
        heading = words("pack.method")
        lines += ["", heading, "-" * len(heading), " ".join(choices)]
    return "\n".join(map(shown, lines)) + "\n"


def words_of(edition: Opened) -> Words:
    """Return the words of the language that an edition's exhibits are in."""
    return Words.load(edition.entries[0].language)


def method(edition: Opened) -> list[str]:
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
        *filter(None, [draft_translation(words_of(edition))]),
        *warnings(edition, Words.load("en")),
        f"{name}.docx  every exhibit with its counted caption, note and source, in styles; pictures at print width,",
        "  without words around them, their alt text set on them",
        f"{name}.txt   the same words as plain text, with alt text and long description",
        f"figures/  <exhibit>.<width>.<format>, at {sizes}, and <exhibit>.<width>.bare.<format> without words around it:",
        "  PDF for print, its fonts embedded; SVG for the web and for editing, its words still words;",
        "  PNG at 300 dots an inch, framed only. Place each at its own width: letters are then 7 points or larger.",
        *(["tables/   <exhibit>.docx for layout, <exhibit>.html for the web"] if tables else []),
        "data/     <exhibit>.csv: exactly what is drawn or shown, UTF-8",
        "contact-sheet.png  all figures, small, on one sheet",
        "sources.txt    registers, kind of data, licence",
        f"{EXHIBITS}  all words, files and what each exhibit was made from, for programs",
        "",
        "Names of files stay the same from one edition to the next. Title, note and source are part of a framed picture; where layout",
        "sets them as text, take the bare one, and the words from the document. A cell that begins with an apostrophe in a CSV is text",
        "that a spreadsheet would have run as a formula.",
        *_shortlist_words(edition),
    ]
    return "\n".join(map(shown, lines)) + "\n"


def _shortlist_words(edition: Opened) -> list[str]:
    if not edition.chosen or len(edition.entries) != len(edition.chosen):
        return []
    return [
        "",
        f"Packed are the {len(edition.entries)} exhibits that the edition file chose for print, numbered in its order.",
        "A framed picture keeps the title that its notebook gave it: set the bare one with the words of the",
        "document.",
    ]


def warnings(edition: Opened, words: Words) -> list[str]:
    """Return what the pack lacks, a line for each run that failed."""
    return [words("pack.missing", run=one) for one in edition.unfinished]


def _words(entry: Entry, words: Words) -> list[tuple[str, str]]:
    """Return the words of an exhibit beside its caption, each with its label."""
    fields = [
        ("", entry.subtitle),
        (words("pack.note"), " ".join(entry.notes)),
        ("", entry.source),
        (words("pack.alt"), entry.alt),
        (words("pack.description"), entry.description),
        (words("pack.files"), ", ".join(files_of(entry))),
    ]
    return [(name, text) for name, text in fields if text]


def files_of(entry: Entry) -> list[str]:
    """Return the files of an exhibit, those apart only in their ending together."""
    return [*_together([file for file in entry.files if file != entry.data]), entry.data]


def _together(files: list[str]) -> list[str]:
    """Name files apart only in their ending together, such as `figures/a.column.svg|pdf|png`."""
    stems: dict[str, list[str]] = {}
    for file in files:
        stem, _, ending = file.rpartition(".")
        stems.setdefault(stem, []).append(ending)
    return [f"{stem}.{'|'.join(endings)}" for stem, endings in stems.items()]


def by_run(edition: Opened, words: Words) -> Iterator[tuple[str, list[Entry]]]:
    """Return the exhibits in their order, those of a run together under what it is called."""
    for run, entries in groupby(edition.entries, key=lambda entry: entry.run):
        label = edition.labels.get(run, run) or "Exhibits"
        yield words.translated(label), list(entries)
