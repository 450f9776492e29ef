"""What became of the exhibits of an edition."""

from __future__ import annotations

from dataclasses import dataclass

from lnlib.editions.cells import DataChange
from lnlib.editions.opening import Entry, Opened
from lnlib.editions.sentences import SentenceChange


@dataclass(frozen=True)
class Words:
    """Words of an exhibit that changed."""

    what: str  # title, subtitle, notes, …
    pieces: tuple[tuple[str, str], ...]  # same, gone or added, with the text


@dataclass(frozen=True)
class Change:
    """How one exhibit changed."""

    old: Entry
    new: Entry
    words: tuple[Words, ...]
    data: DataChange | None
    pictures: bool  # whether a figure looks other than it did
    files: tuple[str, ...]  # files whose bytes changed, that are gone or were added
    why: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What became of an edition."""

    old: Opened
    new: Opened
    added: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    changed: tuple[Change, ...]
    same: tuple[Entry, ...]
    made_otherwise: tuple[tuple[str, int], ...]  # why exhibits might have changed and did not, with how many
    sentences: tuple[SentenceChange, ...] = ()  # of notes, printed otherwise

    @property
    def nothing(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.gone or self.changed or self.sentences)

    @property
    def said(self) -> str:
        """What happened, in one line."""
        if self.nothing:
            return "Nothing changed"
        counts = {"changed": self.changed, "added": self.added, "gone": self.gone}
        parts = [(len(which), what) for what, which in counts.items() if which]
        said = [f"{n} {what}" for n, what in parts]
        if parts:
            said[0] = f"{_count(parts[0][0], 'exhibit')} {parts[0][1]}"
        if self.sentences:
            said.append(f"{_count(len(self.sentences), 'sentence')} of notes changed")
        return ", ".join(said)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
