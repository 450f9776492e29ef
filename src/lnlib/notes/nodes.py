"""What a note's Markdown file holds, before any number is filled in: front matter, blocks and inline text.

Every part that may be wrong knows the line it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lnlib.errors import LnlibError, shortened


class NoteError(LnlibError):
    """A note that cannot be made; the message lists every problem with file and line."""

    @classmethod
    def of(cls, problems: Iterable[str]) -> Self:
        """List problems, each once, in the order of their lines."""
        messages = [shortened(problem, most=1000) for several in problems for problem in several.splitlines()]
        return cls("\n".join(sorted(dict.fromkeys(messages), key=line_of)))


# --- inline --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A run of plain text."""

    text: str
    line: int = 0


@dataclass(frozen=True)
class Value:
    """A number or sentence of the edition: `{{key | form argument …}}`."""

    key: str
    form: str = ""
    arguments: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Styled:
    """Text in `emphasis` or `strong`, or a `link` with its address."""

    style: str
    children: tuple[Inline, ...]
    url: str = ""


@dataclass(frozen=True)
class Reference:
    """A cross reference to an exhibit by its id or name, `@fig:mix`; composing gives it the exhibit's label."""

    target: str
    line: int = 0
    label: str = ""
    kind: str = "fig"  # or tab, as it is written


@dataclass(frozen=True)
class FootnoteMark:
    """The place of a footnote in the text."""

    label: str


@dataclass(frozen=True)
class Break:
    """A forced line break."""


Inline = Text | Value | Styled | Reference | FootnoteMark | Break

# --- blocks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A heading below the title; level 1 is the first."""

    level: int
    text: tuple[Inline, ...]
    line: int = 0


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text."""

    text: tuple[Inline, ...]
    line: int = 0


@dataclass(frozen=True)
class Bullets:
    """A list; `ordered` lists are numbered from `start`."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True)
class Quote:
    """A pull quote with its attribution, the last line where that begins with a dash."""

    blocks: tuple[Block, ...]
    attribution: tuple[Inline, ...] = ()


@dataclass(frozen=True)
class Box:
    """A `box` in the column, or the `about` box over both columns at the end of the note."""

    kind: str
    title: tuple[Inline, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class When:
    """Blocks that are kept only where a key's value is one of `cases`: none, one, few, many, or so many and more (`20+`)."""

    key: str
    cases: tuple[str, ...]
    blocks: tuple[Block, ...]
    line: int = 0


@dataclass(frozen=True)
class Placed:
    """An exhibit of the edition at its place in the text.

    Parameters
    ----------
    name : str
        Of the exhibit in the edition.
    id : str
        What cross references call it; empty for its name.
    width : str
        `column` or `page`.
    floats : bool
        Whether its page may set it at the head or foot of a column.
    title : tuple
        The author's own title; empty for the edition's.
    alt : str
        The author's own alternative text; empty for the edition's.
    """

    name: str
    id: str = ""
    width: str = "column"
    title: tuple[Inline, ...] = ()
    alt: str = ""
    line: int = 0
    floats: bool = True


class Exhibit:
    """An exhibit with all its words, as composing makes it."""


Block = Exhibit | Heading | Paragraph | Bullets | Quote | Box | When | Placed


@dataclass(frozen=True)
class FrontMatter:
    """What the note says of itself."""

    title: str
    edition: str  # its name in the build folder, or the path of its folder
    subtitle: str = ""
    series: str = ""
    number: str = ""
    authors: tuple[str, ...] = ()
    editor: str = ""
    date: str = ""  # YYYY-MM-DD
    register: str = ""  # title or name of the register; checked against the edition
    language: str = "en"
    pages: int = 0  # greatest number of pages; 0 for any
    draft: bool = False
    for_each: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)  # of its keys

    def line(self, key: str) -> int:
        """Return the line that a key stands in, the first where it stands in none."""
        return self.lines.get(key, 1)


@dataclass(frozen=True)
class Note:
    """A note's file, parsed."""

    path: Path
    about: FrontMatter
    blocks: tuple[Block, ...]
    footnotes: Mapping[str, tuple[Inline, ...]]
    problems: tuple[str, ...] = ()  # of its text, which are reported with what its edition does not have

    @property
    def name(self) -> str:
        """The file's stem, such as `learning-note-17.en`."""
        return self.path.stem


def at(path: Path, line: int, message: str) -> str:
    """Write a message with its place.

    >>> at(Path("notes/a.en.md"), 3, "unknown key")
    'notes/a.en.md:3: unknown key'
    """
    return f"{path.as_posix()}:{line}: {message}" if line else f"{path.as_posix()}: {message}"


def line_of(message: str) -> int:
    """Return the line that a message written by `at` names; 0 for none.

    >>> line_of("notes/a.en.md:3: unknown key")
    3
    """
    found = re.search(r"\.md:(\d+): ", message)
    return int(found[1]) if found else 0
