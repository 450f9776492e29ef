"""The plain texts of a pack: what it holds, the words of its exhibits, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from lnlib.batch.site.pages import environment
from lnlib.editions.edition_folder import Entry, Opened
from lnlib.text import shown
from lnlib.words import Words, draft_translation

_FOLDER = Path(__file__).parent / "templates"


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
    widths = {width: mm for entry in edition.entries for width, mm in entry.widths.items()}
    sizes = ", ".join(f"{width} ({mm:g} mm)" for width, mm in widths.items()) or "each width"
    remarks = [*filter(None, [draft_translation(words_of(edition))]), *warnings(edition, Words.load("en"))]
    templates = environment(_FOLDER).overlay(autoescape=False)
    templates.filters["shown"] = shown
    return templates.get_template("README.txt").render(edition=edition, sizes=sizes, remarks=remarks)


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
