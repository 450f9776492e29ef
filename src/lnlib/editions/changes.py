"""What became of the exhibits of an edition."""

from __future__ import annotations

from dataclasses import dataclass

from lnlib.editions.cells import DataChange
from lnlib.editions.opening import Entry, Opened


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

    @property
    def nothing(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.gone or self.changed)

    @property
    def said(self) -> str:
        """What happened, in one line."""
        if self.nothing:
            return "Nothing changed"
        counts = {"changed": self.changed, "added": self.added, "gone": self.gone}
        parts = [(len(which), what) for what, which in counts.items() if which]
        first, rest = parts[0], parts[1:]
        noun = "exhibit" if first[0] == 1 else "exhibits"
        return ", ".join([f"{first[0]} {noun} {first[1]}", *(f"{n} {what}" for n, what in rest)])
