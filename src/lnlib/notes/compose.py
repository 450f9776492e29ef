"""Fill a note with the numbers and exhibits of an edition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lnlib.editions.edition_folder import Entry, Opened
from lnlib.editions.tables import read_table
from lnlib.errors import LnlibError, not_allowed
from lnlib.exhibits.printed import digest_of
from lnlib.notes import nodes
from lnlib.notes.composed_note import Cells, Composed, NumberedExhibit, Sentence
from lnlib.notes.nodes import Block, Inline, Note, NoteError, at
from lnlib.notes.quoted_numbers import Numbers
from lnlib.notes.quoting_sentences import sentences_of
from lnlib.notes.typed_numbers import title_warnings, typed_numbers
from lnlib.text import shown
from lnlib.words import Words, draft_translation

_KINDS = {"figure": "fig", "table": "tab"}  # how cross references write them
_MENTION = re.compile(r"(?<![\w.@])@(?:\w+:)?(?P<id>[\w-]+)")  # what was meant as a cross reference and is none
MM = {"column": 85.0, "page": 178.0}
_EDITION_WIDTHS = {"column": "column", "page": "two-columns"}


def compose(note: Note, edition: Opened, *, province: tuple[str, str] | None = None) -> Composed:
    """Fill in values, choose conditional blocks, number exhibits and resolve cross references.

    Parameters
    ----------
    edition : Opened
        The edition that the note quotes.
    province : tuple of str, optional
        Key and name of the province that the note is made for; `{province}` in names of exhibits is the key.

    Raises
    ------
    NoteError
        Keys, forms or exhibits that the edition does not have; every problem is listed with its line.
    EditionError
        The edition states no numbers.
    """
    words = Words.load(note.about.language)
    key, name = province or ("", "")
    numbers = Numbers.read(edition, words, province=key, name=name)
    composer = _Composer(note, edition, numbers, words, key)
    return composer.composed()


@dataclass
class _Composer:
    note: Note
    edition: Opened
    numbers: Numbers
    words: Words
    province: str
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    shown: dict[str, NumberedExhibit] = field(default_factory=dict)  # by id
    placed: dict[str, int] = field(default_factory=dict)  # lines of exhibits by name
    digests: dict[str, str] = field(default_factory=dict)
    method: list[str] = field(default_factory=list)

    def composed(self) -> Composed:
        note, about = self.note, self.note.about
        self._check_register()
        if not about.date:
            self._warn(1, "the front matter has no date, without which the PDF is PDF/UA but not PDF/A")
        kept = list(self._kept(note.blocks))
        self._check_headings(kept)
        opening = _before_first_heading(kept)
        for placed in _placed(kept):
            self._show(placed, opens=placed in opening)
        blocks = tuple(self._block(block) for block in kept)
        footnotes = {label: self._inlines(text, record=True) for label, text in note.footnotes.items()}
        if problems := [*self.problems, *note.problems]:
            raise NoteError.of(problems)
        entry = self.edition.entries[0] if self.edition.entries else None
        title, subtitle = self._filled("title"), self._filled("subtitle")
        return Composed(
            note=replace(note, about=replace(about, subtitle=subtitle)),
            key=self.province,
            title=title,
            blocks=blocks,
            footnotes=footnotes,
            sentences=tuple(self.sentences),
            source=entry.source if entry else "",
            kind=entry.kind if entry else "",
            translation=draft_translation(self.words),
            warnings=tuple(dict.fromkeys(self.warnings)),
            exhibits=tuple(self.shown.values()),
            method=tuple(dict.fromkeys(self.method)),
            digests=self.digests,
        )

    def _problem(self, line: int, message: str) -> None:
        self.problems.append(at(self.note.path, line, message))

    def _warn(self, line: int, message: str) -> None:
        self.warnings.append(at(self.note.path, line, message))

    def _check_register(self) -> None:
        wanted = self.note.about.register
        made_from = {str(entry.made_from.get("parameters", {}).get("register", "")) for entry in self.edition.entries}
        titles = {str(entry.register.get("title", "")) for entry in self.edition.entries}
        if wanted and wanted not in made_from | titles:
            known = ", ".join(sorted((made_from | titles) - {""}))
            self._problem(
                self.note.about.line("register"),
                f"the note is about register '{wanted}', but edition '{self.edition.name}' is made from {known}",
            )

    def _check_headings(self, blocks: Sequence[Block]) -> None:
        """Report headings with nothing below them but the next heading, or that leave out a level."""
        level = 0
        for place, block in enumerate(blocks):
            if not isinstance(block, nodes.Heading):
                continue
            words = "".join(_plain(block.text))
            if block.level > level + 1:
                signs = "#" * (level + 1)
                self._problem(block.line, f"heading '{words}' leaves out a level; begin it with '{signs} '")
            level = block.level
            below = blocks[place + 1] if place + 1 < len(blocks) else None
            about = isinstance(below, nodes.Box) and below.kind == "about"
            if below is None or about or (isinstance(below, nodes.Heading) and below.level <= block.level):
                self._problem(block.line, f"heading '{words}' has nothing below it; write a text, or take it out")

    def _filled(self, key: str) -> str:
        """Fill in the values of a text in the front matter, and warn of numbers typed beside them."""
        text: str = getattr(self.note.about, key)
        line = self.note.about.line(key)
        found, values = text, {}
        for match in re.finditer(r"\{\{\s*([\w.-]+)\s*\}\}", text):
            values[match[1]] = self._value(nodes.Value(match[1], line=line))
            found = found.replace(match[0], values[match[1]])
        for warning in typed_numbers(Sentence(line, text, found, values), self.numbers):
            self._warn(line, warning)
        return found

    # --- exhibits

    def _kept(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """Leave out the blocks whose condition does not hold."""
        for block in blocks:
            if isinstance(block, nodes.Bullets):
                yield replace(block, items=tuple(tuple(self._kept(item)) for item in block.items))
                continue
            if isinstance(block, nodes.Box | nodes.Quote):
                yield replace(block, blocks=tuple(self._kept(block.blocks)))
                continue
            if not isinstance(block, nodes.When):
                yield block
                continue
            try:
                case, number = self.numbers.case(block.key), self.numbers.number(block.key)
            except LnlibError as error:
                self._problem(block.line, str(error))
                yield from self._kept(block.blocks)
                continue
            least = [int(one.removesuffix("+")) for one in block.cases if one.endswith("+")]
            if case in block.cases or any(number >= one for one in least):
                yield from self._kept(block.blocks)
            else:
                self._check_keys(block.blocks)

    def _check_keys(self, blocks: Sequence[Block]) -> None:
        """Report keys and forms that are not known in blocks that this note leaves out, and another would print."""
        for value in _values(blocks):
            try:
                self.numbers.check(value)
            except LnlibError as error:
                self._problem(value.line, str(error))

    def _show(self, placed: nodes.Placed, *, opens: bool) -> None:
        name = placed.name.replace("{province}", self.province)
        entry = self.edition.by_name.get(name)
        if entry is None:
            self._problem(placed.line, self._no_exhibit(name))
            return
        if before := self.placed.get(name):
            once = f"exhibit '{name}' is already placed in line {before}"
            reference = f"@{_KINDS[entry.exhibit]}:{self._id(name)}"
            self._problem(placed.line, f"{once}; place it once, and refer to it by {reference}")
            return
        own = placed.id.replace("{province}", self.province)
        if own in self.shown:
            self._problem(placed.line, f"#{own} already names exhibit '{self.shown[own].name}'; set another #id")
            return
        self.placed[name] = placed.line
        if entry.language != self.note.about.language:
            message = f"exhibit '{name}' is in '{entry.language}' and the note in '{self.note.about.language}'"
            self._warn(placed.line, f"{message}; make the edition with language: {self.note.about.language}")
        number = 1 + sum(other.kind == entry.exhibit for other in self.shown.values())
        title = "".join(_plain(self._inlines(placed.title))) if placed.title else entry.title
        if placed.title:
            titled = sentences_of(placed.title, self._value, self._label)
            for warning in title_warnings(" ".join(one.template for one in titled), title, entry, self.numbers):
                self._warn(placed.line, warning)
            self.sentences += titled
        table = read_table(self.edition, entry) if entry.exhibit == "table" else None
        if entry.exhibit == "table" and table is None:
            self._warn(placed.line, f"table '{name}' has no rows")
        pictures, framed = self._pictures(entry, placed.width)
        self.shown[own] = NumberedExhibit(
            name=name,
            id=placed.id,
            kind=entry.exhibit,
            label=self.words(entry.exhibit, n=number),
            title=shown(title),
            subtitle=shown(entry.subtitle),
            note=shown(" ".join(entry.notes)),
            source=shown(entry.source),
            alt=shown(placed.alt or entry.alt),
            width=placed.width,
            mm=float(entry.widths.get(_EDITION_WIDTHS[placed.width], MM[placed.width])),
            pictures=pictures,
            framed=framed,
            cells=Cells(tuple(table.rows[0]), tuple(map(tuple, table.rows[1:])), tuple(table.numeric))
            if table
            else None,
            language=entry.language,
            floats=placed.floats,
            opens=opens,
        )
        self.method += entry.method
        self.digests[name] = self._printed(self.shown[own])

    def _printed(self, exhibit: NumberedExhibit) -> str:
        """Return the digest of what is printed of an exhibit: its picture or cells, and its words but for its label."""
        picture = exhibit.pictures.get("svg") or exhibit.pictures.get("png")
        words = (exhibit.title, exhibit.subtitle, exhibit.note, exhibit.source, exhibit.alt, exhibit.cells, exhibit.mm)
        content = self.edition.read(picture) if picture else b""
        return digest_of(repr(words).encode() + content)

    def _id(self, name: str) -> str:
        return next(one for one, exhibit in self.shown.items() if exhibit.name == name)

    def _pictures(self, entry: Entry, width: str) -> tuple[dict[str, str], bool]:
        """Return the files of a figure at a width by format, bare where the edition has them so, and whether framed."""
        wanted = f".{_EDITION_WIDTHS[width]}."
        files = entry.bare or entry.figures
        return {Path(file).suffix[1:]: file for file in files if wanted in file}, not entry.bare

    def _no_exhibit(self, name: str) -> str:
        for folder in sorted(self.edition.folder.resolve().parent.glob("*/exhibits.json")):
            if folder.parent != self.edition.folder.resolve() and f'"name": "{name}"' in folder.read_text("utf-8"):
                return f"exhibit '{name}' is in edition '{folder.parent.name}', not in '{self.edition.name}'"
        names = list(self.edition.by_name)
        alike = [one for one in names if one.split("-")[0] == name.split("-")[0]]  # of the same notebook
        return f"{not_allowed('exhibit', name, alike or names)} (edition '{self.edition.name}')"

    # --- text

    def _block(self, block: Block) -> Block:
        if isinstance(block, nodes.Heading | nodes.Paragraph):
            return replace(block, text=self._inlines(block.text, record=True))
        if isinstance(block, nodes.Bullets):
            return replace(block, items=tuple(tuple(self._block(one) for one in item) for item in block.items))
        if isinstance(block, nodes.Quote):
            blocks = tuple(self._block(one) for one in block.blocks)
            return replace(block, blocks=blocks, attribution=self._inlines(block.attribution))
        if isinstance(block, nodes.Box):
            title = self._inlines(block.title, record=True)
            return replace(block, title=title, blocks=tuple(self._block(one) for one in block.blocks))
        assert isinstance(block, nodes.Placed)
        return self.shown.get(block.id.replace("{province}", self.province), block)

    def _inlines(self, text: tuple[Inline, ...], *, record: bool = False) -> tuple[Inline, ...]:
        if record:
            recorded = sentences_of(text, self._value, self._label)
            for sentence in recorded:
                for warning in typed_numbers(sentence, self.numbers):
                    self._warn(sentence.line, warning)
            self.sentences += recorded
        return tuple(self._inline(one) for one in text)

    def _inline(self, inline: Inline) -> Inline:
        if isinstance(inline, nodes.Value):
            return nodes.Text(self._value(inline), inline.line)
        if isinstance(inline, nodes.Styled):
            return replace(inline, children=tuple(self._inline(child) for child in inline.children))
        if isinstance(inline, nodes.Reference):
            return self._referred(inline)
        if isinstance(inline, nodes.Text):
            self._check_mentions(inline)
            return replace(inline, text=shown(inline.text))
        return inline

    def _check_mentions(self, text: nodes.Text) -> None:
        """Report `@mix` where an exhibit has that id: it would be printed as it stands."""
        for mention in _MENTION.finditer(text.text):
            if found := self.shown.get(mention["id"]):
                right = f"@{_KINDS[found.kind]}:{found.id}"
                self._problem(text.line, f"'{mention[0]}' is no cross reference to '{found.name}'; write '{right}'")

    def _referred(self, reference: nodes.Reference) -> nodes.Reference:
        found = self.shown.get(reference.target)
        found = found or next((one for one in self.shown.values() if one.name == reference.target), None)
        if found is None:
            return reference
        kind = _KINDS[found.kind]
        if reference.kind != kind:
            written, right = f"@{reference.kind}:{reference.target}", f"@{kind}:{reference.target}"
            self._problem(reference.line, f"'{written}' names a {found.kind}, '{found.name}'; write '{right}'")
        return replace(reference, target=found.id, label=found.label)

    def _label(self, reference: nodes.Reference) -> str:
        return self._referred(reference).label or f"@{reference.target}"

    def _value(self, value: nodes.Value) -> str:
        try:
            return shown(self.numbers.written(value))
        except LnlibError as error:
            self._problem(value.line, str(error))
            return ""


def _before_first_heading(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks that stand before the first heading; none of a note without one."""
    first = next((place for place, block in enumerate(blocks) if isinstance(block, nodes.Heading)), 0)
    return list(blocks[:first])


def _placed(blocks: Sequence[Block]) -> Iterator[nodes.Placed]:
    for block in blocks:
        if isinstance(block, nodes.Placed):
            yield block
        elif isinstance(block, nodes.Box | nodes.Quote):
            yield from _placed(block.blocks)
        elif isinstance(block, nodes.Bullets):
            for item in block.items:
                yield from _placed(item)


def _values(parts: Sequence[Block | Inline]) -> Iterator[nodes.Value]:
    """Return the values that blocks quote, those of conditions too."""
    for part in parts:
        if isinstance(part, nodes.Value):
            yield part
        elif isinstance(part, nodes.Heading | nodes.Paragraph):
            yield from _values(part.text)
        elif isinstance(part, nodes.Styled):
            yield from _values(part.children)
        elif isinstance(part, nodes.Placed):
            yield from _values(part.title)
        elif isinstance(part, nodes.Bullets):
            yield from _values([block for item in part.items for block in item])
        elif isinstance(part, nodes.Box | nodes.Quote | nodes.When):
            if isinstance(part, nodes.When):
                yield nodes.Value(part.key, line=part.line)
            yield from _values(part.title if isinstance(part, nodes.Box) else ())
            yield from _values(part.blocks)


def _plain(text: Sequence[Inline]) -> Iterator[str]:
    for inline in text:
        if isinstance(inline, nodes.Text):
            yield inline.text
        elif isinstance(inline, nodes.Styled):
            yield from _plain(inline.children)
        elif isinstance(inline, nodes.Reference):
            yield inline.label
