"""Two editions compared: which exhibits were added, are gone, are the same, changed, in what and why."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageChops

from lnlib.editions.change_reasons import reasons
from lnlib.editions.changed_sentences import changed_sentences
from lnlib.editions.csv_changes import compare_data
from lnlib.editions.edition_folder import Entry, Opened, open_edition
from lnlib.editions.exhibit_changes import Change, Comparison, RowChange, Words
from lnlib.editions.word_differences import compare_words
from lnlib.errors import EditionError
from lnlib.filesystem import write_atomic

_TEXTS = ("number", "title", "subtitle", "notes", "source", "kind", "language", "alt")


def compare_editions(old: str | Path, new: str | Path, to: str | Path | None = None) -> tuple[Comparison, Path]:
    """Compare two editions and write the page that shows it.

    Parameters
    ----------
    old, new : str or Path
        Folders of editions, or their URLs.
    to : str or Path, optional
        The page; by default beside the new edition, `<its name>.changes.html`.

    Returns
    -------
    tuple of Comparison and Path
        What was found, and where the page is. The same two editions give the same bytes.

    Raises
    ------
    EditionError
        One of them is not an edition, or the page cannot be written.
    """
    from lnlib.editions.compare_page import page  # its templates and pictures are not needed to compare

    found = compare(open_edition(old), open_edition(new))
    target = Path(to) if to else found.new.beside(".changes.html")
    if target.is_dir():
        raise EditionError(f"{target} is a folder; name a file that ends in .html")
    written = page(found)
    for edition in (found.old, found.new):
        edition.check_unchanged()
    try:
        write_atomic(target, written, sole=True)
    except OSError as error:
        raise EditionError(f"{target} cannot be written: {error.strerror}") from None
    return found, target


def compare(old: Opened, new: Opened) -> Comparison:
    """Compare two editions, exhibit by exhibit, by name."""
    changed: list[Change] = []
    metadata: list[Change] = []
    same: list[Entry] = []
    otherwise: dict[str, int] = {}
    for entry in new.entries:
        if entry.name not in old.by_name:
            continue
        change = _change(old, new, old.by_name[entry.name], entry)
        if change is not None:
            (metadata if change.only_metadata else changed).append(change)
            continue
        same.append(entry)
        for why in reasons(old.by_name[entry.name], entry):
            otherwise[why] = otherwise.get(why, 0) + 1
    return Comparison(
        old,
        new,
        tuple(entry for entry in new.entries if entry.name not in old.by_name),
        tuple(entry for entry in old.entries if entry.name not in new.by_name),
        tuple(changed),
        tuple(same),
        tuple(otherwise.items()),
        tuple(changed_sentences(old, new)),
        tuple(_rows(old, new)),
        tuple(metadata),
    )


def _rows(old: Opened, new: Opened) -> Iterator[RowChange]:
    """Return the rows of the register that changed, are gone or were added, where both editions list them."""
    if not (old.rows and new.rows):
        return
    for table in new.rows:
        was, now = (_by_label(edition.rows.get(table, ())) for edition in (old, new))
        for row in {**was, **now}:
            if was.get(row) != now.get(row):
                yield RowChange(table, row, "added" if row not in was else "gone" if row not in now else "changed")


def _by_label(rows: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, digest in rows:
        found.setdefault(label, []).append(digest)
    return {label: sorted(digests) for label, digests in found.items()}


def _change(old: Opened, new: Opened, was: Entry, now: Entry) -> Change | None:
    files = [name for name in now.files if name not in was.files or old.read(name) != new.read(name)]
    files += [name for name in was.files if name not in now.files]
    words = [
        Words(name, tuple(compare_words(_text(was, name), _text(now, name))))
        for name in _TEXTS
        if _text(was, name) != _text(now, name)
    ]
    if not files and not words and was.exhibit == now.exhibit:
        return None
    data = None
    if now.data in files or was.data in files:
        data = compare_data(
            old.read(was.data).decode("utf-8", "replace"), new.read(now.data).decode("utf-8", "replace")
        )
    # words that only a screen reader says are in SVG and PDF; what is seen is in the PNG
    pictures = any(name.endswith(".png") and _looks_other(name, (old, was), (new, now)) for name in files)
    return Change(was, now, tuple(words), data, pictures, tuple(files), tuple(reasons(was, now)))


def _looks_other(name: str, *sides: tuple[Opened, Entry]) -> bool:
    """Whether a picture has other pixels: what a PNG says of itself is not seen."""
    if any(name not in entry.files for _, entry in sides):
        return True
    before, after = (Image.open(io.BytesIO(edition.read(name))).convert("RGB") for edition, _ in sides)
    return before.size != after.size or ImageChops.difference(before, after).getbbox() is not None


def _text(entry: Entry, name: str) -> str:
    value = getattr(entry, name)
    return "\n".join(value) if isinstance(value, tuple) else str(value)
